//! The shortest form of an expression among those that the rules give: as it is, as one fraction, expanded.

use crate::number::Number;
use crate::pool::{Dims, Id, Node, Pool, Reduction};
use crate::write::{View, write};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The most that choices or terms may cost which are taken together: their parts are simplified again.
pub(crate) const MOST_CHOSEN: usize = 300;

/// The most terms that are taken together two by two.
pub(crate) const MOST_GROUPED: usize = 12;

impl Pool {
    /// The expression, each of its parts in the shortest form found, if it is no longer for it where it is written.
    pub(crate) fn simplify(&mut self, id: Id) -> Id {
        let simple = self.with_shortest_parts(id);
        if simple == id || self.cost(id) > MOST_CHOSEN {
            return simple;
        }
        let [is, was] = [simple, id].map(|id| write(self, id, View::One).size());
        if is <= was { simple } else { id }
    }

    fn with_shortest_parts(&mut self, id: Id) -> Id {
        let mut made: HashMap<Id, Id> = HashMap::new();
        for node in self.reachable(id) {
            let operands: Vec<Id> =
                self.operands(node).iter().map(|operand| made.get(operand).copied().unwrap_or(*operand)).collect();
            let mut new = if operands.is_empty() { node } else { self.rebuild(node, &operands) };
            // A form found may have parts that are new.
            for _ in 0..3 {
                let shorter = self.shortest(new);
                if shorter == new {
                    break;
                }
                new = shorter;
            }
            made.insert(node, new);
        }
        made.get(&id).copied().unwrap_or(id)
    }

    pub(crate) fn shortest(&mut self, id: Id) -> Id {
        if !matches!(self.node(id), Node::Sum(_) | Node::Product(_) | Node::Power(..)) || self.is_too_large() {
            return id;
        }
        let cleared = self.with_clear_denominators(id);
        let mut forms = vec![id, cleared, self.with_cleared_factors(id)];
        forms.extend(self.with_shared_factor(id));
        forms.push(self.with_like_denominators(id));
        forms.extend(self.as_fraction(id));
        if let Some(expanded) = self.as_expanded(id) {
            forms.push(expanded);
            forms.extend(self.as_fraction(expanded));
        }
        forms.push(self.collected(id));
        forms.extend(self.with_constants_outside(id));
        forms.extend(self.with_product_in_each_term(id));
        let short: Vec<Id> = forms.iter().copied().filter(|&form| self.cost(form) <= MOST_CHOSEN).collect();
        forms.extend(short.into_iter().filter_map(|form| self.with_grouped_terms(form)));
        forms.extend(self.with_joint_choices(id));
        let expanded = forms.clone();
        for form in expanded {
            if let Some(found) = self.with_shared_factor(form) {
                forms.push(found);
            }
        }
        // The first of equals: the form it has.
        forms.into_iter().min_by_key(|&form| self.cost(form)).unwrap_or(id)
    }

    /// How long an expression is to read, a fraction counting more than a product.
    pub(crate) fn cost(&self, id: Id) -> usize {
        let mut costs: HashMap<Id, usize> = HashMap::new();
        for node in self.reachable(id) {
            let parts: usize = self
                .operands(node)
                .iter()
                .map(|operand| costs.get(operand).copied().unwrap_or(1))
                .fold(0, usize::saturating_add);
            let own = match self.node(node) {
                // A sign.
                Node::Number(Number::MINUS_ONE) => 0,
                Node::Number(Number::ONE) => 1,
                Node::Number(_) => 2,
                Node::Symbol(_) | Node::Identity => 2,
                // Long sums are hard to read: factors are better left. So is one that all terms have.
                Node::Sum(terms) => {
                    let shared = if self.has_shared_base(terms) { 2 } else { 0 };
                    4 * terms.len() - 5 + 4 * terms.len().saturating_sub(3) + shared
                }
                // A fraction within a factor is hard to read.
                Node::Product(factors) => {
                    let nested = factors.iter().filter(|&&factor| self.is_sum_of_fractions(factor)).count();
                    factors.len() - 1 + 6 * nested
                }
                Node::Power(_, exponent) if exponent.is_negative() => 3,
                Node::Power(..) => 2,
                Node::MatMul(..) => 3,
                _ => 2,
            };
            costs.insert(node, parts.saturating_add(own));
        }
        costs.get(&id).copied().unwrap_or(usize::MAX)
    }

    /// Whether all terms have a factor in common that is no number.
    fn has_shared_base(&self, terms: &[Id]) -> bool {
        let bases = |term: Id| -> Vec<Id> {
            let factors = match self.node(term) {
                Node::Product(factors) => factors.as_slice(),
                _ => &[term],
            };
            let base = |&factor: &Id| match *self.node(factor) {
                Node::Power(base, exponent) if !exponent.is_negative() => base,
                _ => factor,
            };
            factors.iter().map(base).filter(|&base| self.as_number(base).is_none()).collect()
        };
        let Some((&first, others)) = terms.split_first() else { return false };
        bases(first).iter().any(|base| others.iter().all(|&other| bases(other).contains(base)))
    }

    pub(crate) fn is_sum_of_fractions(&self, factor: Id) -> bool {
        let sum = match *self.node(factor) {
            Node::Power(base, _) => base,
            _ => factor,
        };
        let is_fraction = |&term: &Id| match self.node(term) {
            Node::Product(factors) => factors.iter().any(|&factor| self.divides_by_array(factor)),
            _ => self.divides_by_array(term),
        };
        matches!(self.node(sum), Node::Sum(terms) if terms.iter().any(is_fraction))
    }

    pub(crate) fn divides_by_array(&self, factor: Id) -> bool {
        matches!(self.node(factor), Node::Power(_, exponent) if exponent.is_negative())
    }

    /// Terms that are sums over the same axes, or products with the same matrix, taken together: `Xᵀa + Xᵀb = Xᵀ(a + b)`.
    fn collected(&mut self, id: Id) -> Id {
        let Node::Sum(terms) = self.node(id).clone() else { return id };
        let mut groups: Vec<(Group, Vec<Id>)> = Vec::new();
        let mut others = Vec::new();
        for term in terms {
            match self.group_of(term) {
                Some((group, part)) => match groups.iter_mut().find(|(known, _)| *known == group) {
                    Some((_, parts)) => parts.push(part),
                    None => groups.push((group, vec![part])),
                },
                None => others.push(term),
            }
        }
        for (group, parts) in groups {
            let sum = self.sum(&parts);
            let sum = if parts.len() > 1 { self.shortest(sum) } else { sum };
            others.push(match group {
                Group::Left(matrix) => self.matmul(matrix, sum),
                Group::Right(matrix) => self.matmul(sum, matrix),
                Group::Diagonal => self.diag(sum),
                Group::Reduced(axes, full) => self.reduce_as(Reduction::Sum, &axes, sum, &full),
            });
        }
        self.sum(&others)
    }

    /// What a term can be taken together by, and its part; scalar factors go into the part.
    fn group_of(&mut self, term: Id) -> Option<(Group, Id)> {
        let (mut scalars, others) = self.split_scalars(term);
        let core = match others.as_slice() {
            &[core] => core,
            [] => {
                // A sum over all axes is a scalar itself.
                let place = scalars.iter().position(|&scalar| matches!(self.node(scalar), Node::Reduce(..)))?;
                scalars.remove(place)
            }
            _ => return None,
        };
        let (group, part) = match self.node(core).clone() {
            Node::MatMul(a, b) if !self.is_given(b) || self.is_given(a) => (Group::Left(a), b),
            Node::MatMul(a, b) => (Group::Right(b), a),
            Node::Diag(weights) => (Group::Diagonal, weights),
            Node::Reduce(Reduction::Sum, axes, of) => (Group::Reduced(axes, self.dims(of).clone()), of),
            _ => return None,
        };
        scalars.push(part);
        Some((group, self.product(&scalars)))
    }

    /// Whether this is a symbol or its transpose.
    fn is_given(&self, id: Id) -> bool {
        match *self.node(id) {
            Node::Transpose(inner) => self.as_symbol(inner).is_some(),
            _ => self.as_symbol(id).is_some(),
        }
    }

    /// Fractions below a bar made one: `1/(1 + r²/s²) = s²/(s² + r²)`.
    fn with_clear_denominators(&mut self, id: Id) -> Id {
        match self.node(id).clone() {
            Node::Sum(terms) => {
                let terms: Vec<Id> = terms.into_iter().map(|term| self.with_clear_denominators(term)).collect();
                self.sum(&terms)
            }
            Node::Product(factors) => {
                let factors: Vec<Id> = factors.into_iter().map(|factor| self.with_clear_denominators(factor)).collect();
                self.product(&factors)
            }
            Node::Power(base, exponent)
                if exponent.as_whole().is_some_and(|n| n < 0) && self.is_sum_of_fractions(base) =>
            {
                let fraction = self.with_shared_factor(base).unwrap_or(base);
                self.power(fraction, exponent)
            }
            _ => id,
        }
    }

    /// Fractions of one denominator taken together: `y/(r + μ) − μ/(r + μ) = (y − μ)/(r + μ)`.
    fn with_like_denominators(&mut self, id: Id) -> Id {
        let Node::Sum(terms) = self.node(id).clone() else { return id };
        let mut groups: Vec<(Id, Vec<Id>)> = Vec::new();
        for term in terms {
            let factors = match self.node(term).clone() {
                Node::Product(factors) => factors,
                _ => vec![term],
            };
            let (below, above): (Vec<Id>, Vec<Id>) =
                factors.into_iter().partition(|&factor| self.divides_by_array(factor));
            let (below, above) = (self.product(&below), self.product(&above));
            match groups.iter_mut().find(|(known, _)| *known == below) {
                Some((_, parts)) => parts.push(above),
                None => groups.push((below, vec![above])),
            }
        }
        let mut sum = Vec::new();
        for (below, above) in groups {
            let above = self.sum(&above);
            // What divides nothing stays as terms of the sum.
            sum.push(self.times(above, below));
        }
        self.sum(&sum)
    }

    /// Terms of a sum taken together, two by two, by the most that they share: `a·x + a·y + b·x = a·(x + y) + b·x`; so within a product.
    fn with_grouped_terms(&mut self, id: Id) -> Option<Id> {
        if let Node::Product(factors) = self.node(id).clone() {
            let grouped: Vec<Id> =
                factors.iter().map(|&factor| self.with_grouped_terms(factor).unwrap_or(factor)).collect();
            return (grouped != factors).then(|| self.product(&grouped));
        }
        let Node::Sum(mut terms) = self.node(id).clone() else { return None };
        if !(4..=MOST_GROUPED).contains(&terms.len()) {
            return None;
        }
        let count = terms.len();
        while let Some(Shared { places: [i, j], powers, .. }) = self.most_shared(&terms) {
            let shared = self.product_of_powers(&powers);
            let inverse = self.power(shared, Number::MINUS_ONE);
            let (second, first) = (terms.remove(j), terms.remove(i));
            let rests = [first, second].map(|term| self.times(term, inverse));
            let sum = self.sum(&rests);
            terms.push(self.times(shared, sum));
        }
        (terms.len() < count).then(|| self.sum(&terms))
    }

    /// The two terms that share the most, and the powers that they share above a bar.
    fn most_shared(&mut self, terms: &[Id]) -> Option<Shared> {
        let powers: Vec<Vec<(Id, i64)>> = terms.iter().map(|&term| self.term(term).powers).collect();
        let mut best: Option<Shared> = None;
        for (j, second) in powers.iter().enumerate() {
            for (i, first) in powers.iter().enumerate().take(j) {
                let both = first.iter().filter_map(|&(base, n)| {
                    let m = second.iter().find(|(other, _)| *other == base)?.1;
                    (n > 0 && m > 0).then_some((base, n.min(m)))
                });
                let both: Vec<(Id, i64)> = both.collect();
                let size: usize = both.iter().map(|&(base, n)| self.cost(base) * n as usize).sum();
                if size > best.as_ref().map_or(0, |best| best.size) {
                    let powers = both.into_iter().map(|(base, n)| (base, Number::whole(n))).collect();
                    best = Some(Shared { places: [i, j], powers, size });
                }
            }
        }
        best
    }

    /// What all terms of a sum share in front of it, denominators too: `a·x + a²·y/b = (a/b)·(b·x + a·y)`; so within a product.
    fn with_shared_factor(&mut self, id: Id) -> Option<Id> {
        if let Node::Product(factors) = self.node(id).clone() {
            let factored: Vec<Id> =
                factors.iter().map(|&factor| self.with_shared_factor(factor).unwrap_or(factor)).collect();
            return (factored != factors).then(|| self.product(&factored));
        }
        let Node::Sum(terms) = self.node(id).clone() else { return None };
        let powers: Vec<Vec<(Id, i64)>> = terms.iter().map(|&term| self.term(term).powers).collect();
        let exponent =
            |powers: &[(Id, i64)], of: Id| powers.iter().find(|&&(base, _)| base == of).map_or(0, |&(_, n)| n);
        let bases: BTreeSet<Id> = powers.iter().flatten().map(|&(base, _)| base).collect();
        // A number that is still a power is 1/0.
        let bases = bases.into_iter().filter(|&base| self.as_number(base).is_none());
        let least = bases.map(|base| (base, powers.iter().map(|term| exponent(term, base)).min().unwrap_or(0)));
        let shared: Vec<(Id, Number)> =
            least.filter(|&(_, n)| n != 0).map(|(base, n)| (base, Number::whole(n))).collect();
        if shared.is_empty() {
            return None;
        }
        let shared = self.product_of_powers(&shared);
        let inverse = self.power(shared, Number::MINUS_ONE);
        let terms: Vec<Id> = terms.into_iter().map(|term| self.times(term, inverse)).collect();
        let sum = self.sum(&terms);
        Some(self.times(shared, sum))
    }
}

/// What two terms of a sum, at these places, share, and how long that is.
struct Shared {
    places: [usize; 2],
    powers: Vec<(Id, Number)>,
    size: usize,
}

/// What terms have in common.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Group {
    Left(Id),
    Right(Id),
    /// On the diagonal of a matrix.
    Diagonal,
    /// Summed along axes of what has a shape.
    Reduced(Vec<usize>, Arc<Dims>),
}

#[cfg(test)]
mod tests {
    use crate::number::Number;
    use crate::pool::{Id, MOST_WORK, Pool, Role};

    /// What is begun when the limit is passed is finished: the forms of one node.
    const FINISHED: usize = MOST_WORK / 2;

    /// The derivatives of long sums, products and quotients are long: the work on them ends soon after it is known to be too much.
    #[test]
    fn long_formulas_take_bounded_work() {
        let kinds: [fn(&mut Pool, &[Id]) -> Id; 4] = [
            |pool, parts| pool.product(parts),
            |pool, parts| {
                let quotients: Vec<Id> = parts.iter().map(|&part| pool.power(part, Number::MINUS_ONE)).collect();
                pool.sum(&quotients)
            },
            |pool, parts| parts.iter().copied().reduce(|a, b| pool.over(a, b)).unwrap_or(parts[0]),
            |pool, parts| {
                let roots: Vec<Id> = parts.iter().map(|&part| pool.power(part, Number::HALF)).collect();
                pool.product(&roots)
            },
        ];
        for kind in kinds {
            let mut works = Vec::new();
            for count in [60, 200, 400] {
                let mut pool = Pool::default();
                let x = pool.symbol("x", Role::Parameter, None, Vec::new());
                let part = |pool: &mut Pool, place: i64| {
                    let number = pool.whole(place + 2);
                    let scaled = pool.scaled(x, Number::whole(2 * place + 1));
                    pool.plus(scaled, number)
                };
                let parts: Vec<Id> = (0..count).map(|place| part(&mut pool, place)).collect();
                let whole = kind(&mut pool, &parts);
                let slope = pool.partial(whole, x);
                pool.simplify(slope);
                works.push(pool.work);
            }
            assert!(works.iter().all(|&work| work < MOST_WORK + FINISHED), "{works:?}");
        }
    }
}
