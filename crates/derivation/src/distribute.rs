//! Factors taken into the terms of sums, where they cancel, and terms taken out of sums over the rows.

use crate::number::Number;
use crate::pool::{Id, Node, Pool, Reduction};
use crate::simplify::{MOST_CHOSEN, MOST_GROUPED};
use std::collections::BTreeSet;

impl Pool {
    /// The factors beside the longest sum taken into each of its terms, where they cancel: `(a/x + b)·x = a + bx`.
    pub(crate) fn with_product_in_each_term(&mut self, id: Id) -> Option<Id> {
        let Node::Product(mut factors) = self.node(id).clone() else { return None };
        let is_sum =
            |&place: &usize| matches!(self.node(factors[place]), Node::Sum(terms) if terms.len() <= MOST_GROUPED);
        let longest = (0..factors.len()).filter(is_sum).max_by_key(|&place| self.cost(factors[place]))?;
        let sum = factors.remove(longest);
        let has_fractions = self.reachable(sum).into_iter().any(|part| self.divides_by_array(part));
        let rest = self.product(&factors);
        let Node::Sum(terms) = self.node(sum).clone() else { return None };
        if !has_fractions || self.as_number(rest).is_some() || self.cost(id) > MOST_CHOSEN {
            return None;
        }
        let mut products = Vec::new();
        for term in terms {
            let product = self.times(term, rest);
            products.push(self.shortest_product(product));
        }
        Some(self.sum(&products))
    }

    /// A product as one fraction, or with its fractions cleared, if that is shorter.
    fn shortest_product(&mut self, id: Id) -> Id {
        let cleared = self.with_cleared_factors(id);
        let mut forms = vec![id, cleared, self.as_fraction(cleared).unwrap_or(cleared)];
        forms.extend(self.with_joint_choices(cleared));
        forms.into_iter().min_by_key(|&form| self.cost(form)).unwrap_or(id)
    }

    /// Factors taken into sums of fractions that they are below the bar of: `x(a/x + b) = a + bx`.
    pub(crate) fn with_cleared_factors(&mut self, id: Id) -> Id {
        let Node::Product(factors) = self.node(id).clone() else { return id };
        for (place, &sum) in factors.iter().enumerate() {
            let Node::Sum(terms) = self.node(sum).clone() else { continue };
            let below: BTreeSet<Id> = terms.iter().flat_map(|&term| self.below(term)).collect();
            let powers = self.term(id).powers;
            let Some(&(base, _)) = powers.iter().find(|&&(base, exponent)| exponent > 0 && below.contains(&base))
            else {
                continue;
            };
            let cleared: Vec<Id> = terms.iter().map(|&term| self.times(term, base)).collect();
            let mut rest = factors.clone();
            rest[place] = self.sum(&cleared);
            rest.push(self.power(base, Number::MINUS_ONE));
            let product = self.product(&rest);
            return self.with_cleared_factors(product);
        }
        id
    }

    /// What a term is divided by.
    fn below(&mut self, term: Id) -> Vec<Id> {
        let powers = self.term(term).powers;
        powers.into_iter().filter(|&(_, exponent)| exponent < 0).map(|(base, _)| base).collect()
    }

    /// Numbers beside a sum over the rows taken into it, where they cancel: `e^{−a}·Σ [eᵃ − r] = Σ [1 − r·e^{−a}]`.
    pub(crate) fn with_factors_in_sum(&mut self, id: Id) -> Option<Id> {
        let (mut factors, others) = self.split_scalars(id);
        let is_sum = |&factor: &Id| matches!(self.node(factor), Node::Reduce(Reduction::Sum, ..));
        let place = factors.iter().position(is_sum).filter(|_| others.is_empty())?;
        let Node::Reduce(Reduction::Sum, axes, of) = self.node(factors[place]).clone() else { return None };
        factors.remove(place);
        let Node::Sum(terms) = self.node(of).clone() else { return None };
        let (numbers, factors): (Vec<Id>, Vec<Id>) =
            factors.into_iter().partition(|&factor| self.as_number(factor).is_some());
        let (full, factor) = (self.dims(of).clone(), self.product(&factors));
        let terms: Vec<Id> = terms.into_iter().map(|term| self.times(factor, term)).collect();
        let row = self.sum(&terms);
        let sum = self.reduce_as(Reduction::Sum, &axes, row, &full);
        let number = self.product(&numbers);
        Some(self.times(number, sum))
    }

    /// Terms of a sum over the rows that are the same in each row, outside it: `Σ [a − r] = na − Σ r`.
    pub(crate) fn with_constants_outside(&mut self, id: Id) -> Option<Id> {
        let Node::Sum(terms) = self.node(id).clone() else { return None };
        let mut outside = Vec::new();
        for &term in &terms {
            outside.push(self.with_constants_of_sum_outside(term).unwrap_or(term));
        }
        (outside != terms).then(|| self.sum(&outside))
    }

    fn with_constants_of_sum_outside(&mut self, term: Id) -> Option<Id> {
        let (mut scalars, others) = self.split_scalars(term);
        let is_sum = |&scalar: &Id| matches!(self.node(scalar), Node::Reduce(Reduction::Sum, ..));
        let place = scalars.iter().position(is_sum).filter(|_| others.is_empty())?;
        let Node::Reduce(Reduction::Sum, axes, of) = self.node(scalars.remove(place)).clone() else { return None };
        let Node::Sum(terms) = self.node(of).clone() else { return None };
        let (constants, varying): (Vec<Id>, Vec<Id>) = terms.into_iter().partition(|&term| self.is_scalar(term));
        if constants.is_empty() {
            return None;
        }
        let full = self.dims(of).clone();
        let scale = self.product(&scalars);
        let mut parts = Vec::new();
        for part in [constants, varying] {
            let sum = self.sum(&part);
            let sum = self.reduce_as(Reduction::Sum, &axes, sum, &full);
            parts.push(self.times(scale, sum));
        }
        Some(self.sum(&parts))
    }
}
