//! Choices by one condition, taken together: each branch is as short as if it stood alone.

use crate::fractions::Term;
use crate::number::Number;
use crate::pool::{Id, Node, Pool};
use crate::simplify::MOST_CHOSEN;
use std::collections::HashMap;

impl Pool {
    /// Factors that are chosen by the same condition chosen together, and what else there is with them:
    /// `{a if c, else b}/{d if c, else e} = {a/d if c, else b/e}`, `a·{1/a if c, else b} = {1 if c, else ab}`.
    pub(crate) fn with_joint_choices(&mut self, id: Id) -> Vec<Id> {
        if let Node::Sum(terms) = self.node(id).clone() {
            return self.with_added_choices(id, &terms).into_iter().collect();
        }
        let Term { coefficient, powers } = self.term(id);
        let choices: Vec<Option<[Id; 3]>> = powers.iter().map(|&(base, _)| self.as_choice(base)).collect();
        let Some(&[condition, ..]) = choices.iter().flatten().next() else { return Vec::new() };
        let is_one = |choice: &&[Id; 3]| choice[0] == condition;
        let count = choices.iter().flatten().filter(is_one).count();
        let has_others = count < powers.len();
        if count < 2 && !has_others || self.cost(id) > MOST_CHOSEN {
            return Vec::new();
        }
        let is_only = choices.iter().flatten().count() == count;
        let [mut then, mut otherwise, mut others] = [const { Vec::new() }; 3];
        for (&(base, exponent), choice) in powers.iter().zip(choices) {
            let exponent = Number::whole(exponent);
            match choice {
                Some([of, a, b]) if of == condition => {
                    then.push((a, exponent));
                    otherwise.push((b, exponent));
                }
                _ => others.push((base, exponent)),
            }
        }
        let joint = |pool: &mut Self, inside: &[(Id, Number)], outside: &[(Id, Number)]| {
            let branches = [&then, &otherwise].map(|factors| {
                let branch = pool.product_of_powers(&[factors.as_slice(), inside].concat());
                pool.shortest(branch)
            });
            let mut coefficient = coefficient;
            let is_negative = |&branch: &Id| pool.split_coefficient(branch).0.is_negative();
            let branches = match coefficient.is_negative() && branches.iter().any(is_negative) {
                true => {
                    coefficient = coefficient.negated();
                    branches.map(|branch| pool.negated(branch))
                }
                false => branches,
            };
            let choice = pool.call("select", &[condition, branches[0], branches[1]]);
            let rest = pool.product_of_powers(outside);
            let product = pool.times(rest, choice);
            pool.scaled(product, coefficient)
        };
        let mut forms = Vec::new();
        if count > 1 {
            forms.push(joint(self, &[], &others));
        }
        if is_only && has_others {
            forms.push(joint(self, &others, &[]));
        }
        forms
    }

    /// Of a sum, its choices by one condition as one: `{a if c, else b} + x·{0 if c, else d} = {a if c, else b + xd}`.
    fn with_added_choices(&mut self, id: Id, terms: &[Id]) -> Option<Id> {
        if self.cost(id) > MOST_CHOSEN {
            return None;
        }
        let choices: Vec<Option<(Id, [Id; 3])>> = terms.iter().map(|&term| self.choice_within(term)).collect();
        let (_, [condition, ..]) = choices.iter().flatten().next().copied()?;
        let [mut then, mut otherwise, mut others] = [const { Vec::new() }; 3];
        for (&term, choice) in terms.iter().zip(choices) {
            match choice {
                Some((node, [of, a, b])) if of == condition => {
                    for (branch, value) in [(&mut then, a), (&mut otherwise, b)] {
                        branch.push(self.replace(term, &HashMap::from([(node, value)])));
                    }
                }
                _ => others.push(term),
            }
        }
        if then.len() < 2 {
            return None;
        }
        let [then, otherwise] = [then, otherwise].map(|terms| {
            let branch = self.sum(&terms);
            self.shortest(branch)
        });
        others.push(self.call("select", &[condition, then, otherwise]));
        Some(self.sum(&others))
    }

    /// A choice that is a term, or its only factor of the kind; and its condition and branches.
    fn choice_within(&self, term: Id) -> Option<(Id, [Id; 3])> {
        let factors = match self.node(term) {
            Node::Product(factors) => factors.as_slice(),
            _ => &[term],
        };
        let mut choices = factors.iter().filter_map(|&factor| Some((factor, self.as_choice(factor)?)));
        choices.next().filter(|_| choices.next().is_none())
    }

    /// The condition and the branches of a choice.
    pub(crate) fn as_choice(&self, id: Id) -> Option<[Id; 3]> {
        match self.node(id) {
            Node::Call(function, args) if &*function.name == "select" => args.as_slice().try_into().ok(),
            _ => None,
        }
    }
}
