//! Sums of fractions brought over one denominator, and factors that numerator and denominator share cancelled: `−y/π + (1 − y)/(1 − π)`
//! becomes `(π − y)/(π(1 − π))`.
//!
//! A numerator is a polynomial in the parts that aren't sums. All work is bounded: where a polynomial would have more than
//! [`MOST_TERMS`] terms, the expression stays as it is.

use crate::number::Number;
use crate::pool::{Id, Node, Pool};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The most terms of a polynomial.
const MOST_TERMS: usize = 64;
/// How much more work a power in a polynomial is than a factor of a product.
const POLYNOMIAL: usize = 10;

/// A product of powers, by base.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Monomial(Vec<(Id, i64)>);

impl Monomial {
    fn times(&self, other: &Self) -> Self {
        let mut powers: BTreeMap<Id, i64> = self.0.iter().copied().collect();
        for &(base, exponent) in &other.0 {
            *powers.entry(base).or_insert(0) += exponent;
        }
        Self(powers.into_iter().filter(|&(_, exponent)| exponent != 0).collect())
    }

    fn over(&self, other: &Self) -> Option<Self> {
        let inverse = Self(other.0.iter().map(|&(base, exponent)| (base, -exponent)).collect());
        let quotient = self.times(&inverse);
        quotient.0.iter().all(|&(_, exponent)| exponent > 0).then_some(quotient)
    }

    fn exponent(&self, of: Id) -> i64 {
        self.0.iter().find(|&&(base, _)| base == of).map_or(0, |&(_, exponent)| exponent)
    }
}

/// Lexicographic: a monomial order, as division needs.
impl Ord for Monomial {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut mine, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            match (mine.peek(), theirs.peek()) {
                (None, None) => return Ordering::Equal,
                (Some(_), None) => return Ordering::Greater,
                (None, Some(_)) => return Ordering::Less,
                (Some((a, m)), Some((b, n))) => match b.cmp(a).then(m.cmp(n)) {
                    Ordering::Equal => {
                        mine.next();
                        theirs.next();
                    }
                    unequal => return unequal,
                },
            }
        }
    }
}

impl PartialOrd for Monomial {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Clone, PartialEq, Debug, Default)]
struct Polynomial(BTreeMap<Monomial, Number>);

impl Polynomial {
    fn constant(number: Number) -> Self {
        let mut polynomial = Self::default();
        polynomial.add(Monomial::default(), number);
        polynomial
    }

    /// How many powers all terms have together.
    fn size(&self) -> usize {
        self.0.keys().map(|monomial| 1 + monomial.0.len()).sum()
    }

    fn add(&mut self, monomial: Monomial, coefficient: Number) {
        let sum = self.0.get(&monomial).copied().unwrap_or(Number::ZERO).plus(coefficient);
        if sum.is_zero() {
            self.0.remove(&monomial);
        } else {
            self.0.insert(monomial, sum);
        }
    }

    fn times(&self, other: &Self) -> Option<Self> {
        if self.0.len() * other.0.len() > 4 * MOST_TERMS {
            return None;
        }
        let mut product = Self::default();
        for (a, c) in &self.0 {
            for (b, d) in &other.0 {
                product.add(a.times(b), c.times(*d));
            }
        }
        (product.0.len() <= MOST_TERMS).then_some(product)
    }

    /// The quotient, if `other` divides this without a remainder.
    fn over(&self, other: &Self) -> Option<Self> {
        let (lead, coefficient) = other.0.last_key_value()?;
        let inverse = coefficient.recip()?;
        let (mut rest, mut quotient) = (self.clone(), Self::default());
        for _ in 0..MOST_TERMS {
            let Some((monomial, value)) = rest.0.last_key_value() else { return Some(quotient) };
            let factor = monomial.over(lead)?;
            let by = value.times(inverse);
            for (other, value) in &other.0 {
                rest.add(factor.times(other), by.times(*value).negated());
            }
            quotient.add(factor, by);
        }
        None
    }
}

/// What sums that have fractions among their terms are within a polynomial.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// One variable each.
    Variables,
    /// Terms like others, with negative powers.
    Powers,
}

/// A term of a sum: its coefficient and the powers it is made of.
pub(crate) struct Term {
    pub(crate) coefficient: Number,
    pub(crate) powers: Vec<(Id, i64)>,
}

/// Powers of one base as one.
fn added(powers: Vec<(Id, i64)>) -> Vec<(Id, i64)> {
    let mut all: Vec<(Id, i64)> = Vec::new();
    for (base, exponent) in powers {
        match all.iter_mut().find(|(known, _)| *known == base) {
            Some((_, sum)) => *sum += exponent,
            None => all.push((base, exponent)),
        }
    }
    all
}

impl Pool {
    /// The expression as one fraction in lowest terms; `None` where that is too much work.
    pub(crate) fn as_fraction(&mut self, id: Id) -> Option<Id> {
        let terms = match self.node(id).clone() {
            Node::Sum(terms) => terms,
            _ => vec![id],
        };
        let terms: Vec<Term> = terms.into_iter().map(|term| self.term(term)).collect();
        let mut denominators: BTreeMap<Id, i64> = BTreeMap::new();
        for &(base, exponent) in terms.iter().flat_map(|term| &term.powers) {
            if exponent < 0 {
                let least = denominators.entry(base).or_insert(0);
                *least = (*least).max(-exponent);
            }
        }
        let mut numerator = Polynomial::default();
        for term in &terms {
            let product = self.expanded(term, &denominators, Within::Variables)?;
            for (monomial, coefficient) in product.0 {
                numerator.add(monomial, coefficient);
            }
        }
        if numerator.0.len() > MOST_TERMS {
            return None;
        }
        self.cancel(&mut numerator, &mut denominators);
        Some(self.fraction(numerator, &denominators))
    }

    /// The expression without parentheses; `None` where it would be too long, or has nothing to expand.
    pub(crate) fn as_expanded(&mut self, id: Id) -> Option<Id> {
        let terms = match self.node(id).clone() {
            Node::Sum(terms) => terms,
            _ => vec![id],
        };
        let mut sum = Vec::new();
        for term in terms {
            let Term { coefficient, powers } = self.term(term);
            let (above, below): (Vec<_>, Vec<_>) = powers.into_iter().partition(|&(_, exponent)| exponent > 0);
            let polynomial = self.expanded(&Term { coefficient, powers: above }, &BTreeMap::new(), Within::Powers)?;
            let below: Vec<(Id, Number)> = below.into_iter().map(|(base, n)| (base, Number::whole(n))).collect();
            let below = self.product_of_powers(&below);
            for (monomial, coefficient) in polynomial.0 {
                let term = self.monomial(&monomial, coefficient);
                sum.push(self.times(term, below));
            }
        }
        Some(self.sum(&sum))
    }

    /// What a term is made of; a broken power is a power of its root.
    pub(crate) fn term(&mut self, id: Id) -> Term {
        let factors = match self.node(id).clone() {
            Node::Product(factors) => factors,
            _ => vec![id],
        };
        let (mut coefficient, mut powers) = (Number::ONE, Vec::new());
        for factor in factors {
            match self.node(factor).clone() {
                Node::Number(number) => coefficient = coefficient.times(number),
                Node::Power(base, Number::Ratio(n, 1)) => powers.push((base, n)),
                Node::Power(base, Number::Ratio(n, d)) => {
                    let root = self.power(base, Number::Ratio(1, d));
                    powers.push((root, n));
                }
                _ => match self.whole_power(factor) {
                    Some(parts) => powers.extend(parts),
                    None => powers.push(self.power_of_exponential(factor).unwrap_or((factor, 1))),
                },
            }
        }
        let powers = added(powers);
        Term { coefficient, powers }
    }

    /// `x^{2 − p}` as `x²·x^{−p}`: what other powers of x share with it.
    fn whole_power(&mut self, id: Id) -> Option<[(Id, i64); 2]> {
        let Node::Call(function, args) = self.node(id).clone() else { return None };
        let (&[base, exponent], "pow") = (args.as_slice(), &*function.name) else { return None };
        let Node::Sum(terms) = self.node(exponent) else { return None };
        let times = terms.first().and_then(|&first| self.as_number(first)?.as_whole())?;
        let less = self.whole(-times);
        let exponent = self.plus(exponent, less);
        Some([(base, times), (self.call("pow", &[base, exponent]), 1)])
    }

    /// `e²ˣ` as `(eˣ)²`: exponentials of multiples are powers of one.
    fn power_of_exponential(&mut self, id: Id) -> Option<(Id, i64)> {
        let exponent = self.as_call(id, "exp")?;
        let (coefficient, rest) = self.split_coefficient(exponent);
        let times = coefficient.as_whole().map(i64::abs).filter(|&times| times > 1)?;
        let sign = if coefficient.is_negative() { Number::MINUS_ONE } else { Number::ONE };
        let exponent = self.scaled(rest?, sign);
        Some((self.call("exp", &[exponent]), times))
    }

    /// The term times the denominators, without parentheses.
    fn expanded(&mut self, term: &Term, denominators: &BTreeMap<Id, i64>, fractions: Within) -> Option<Polynomial> {
        let mut exponents = denominators.clone();
        for &(base, exponent) in &term.powers {
            *exponents.entry(base).or_insert(0) += exponent;
        }
        let mut product = Polynomial::constant(term.coefficient);
        for (base, exponent) in exponents {
            let factor = self.polynomial(base, fractions)?;
            self.work += POLYNOMIAL * product.size() * factor.0.len();
            if self.is_too_large() {
                return None;
            }
            if factor.0.len() > 1 && exponent > 4 {
                return None;
            }
            if factor.0.len() == 1 || exponent < 0 {
                let mut power = Polynomial::default();
                if exponent != 0 {
                    power.add(Monomial(vec![(base, exponent)]), Number::ONE);
                    product = product.times(&power)?;
                }
            } else {
                for _ in 0..exponent {
                    product = product.times(&factor)?;
                }
            }
        }
        Some(product)
    }

    /// A sum as a polynomial in the parts of its terms; another expression as one variable.
    fn polynomial(&mut self, id: Id, fractions: Within) -> Option<Polynomial> {
        let Node::Sum(terms) = self.node(id).clone() else {
            let mut variable = Polynomial::default();
            variable.add(Monomial(vec![(id, 1)]), Number::ONE);
            return Some(variable);
        };
        let mut polynomial = Polynomial::default();
        for term in terms {
            let term = self.term(term);
            if fractions == Within::Variables && term.powers.iter().any(|&(_, exponent)| exponent < 0) {
                let mut variable = Polynomial::default();
                variable.add(Monomial(vec![(id, 1)]), Number::ONE);
                return Some(variable);
            }
            for (monomial, coefficient) in self.expanded(&term, &BTreeMap::new(), fractions)?.0 {
                polynomial.add(monomial, coefficient);
            }
        }
        (polynomial.0.len() <= MOST_TERMS).then_some(polynomial)
    }

    fn cancel(&mut self, numerator: &mut Polynomial, denominators: &mut BTreeMap<Id, i64>) {
        let bases: Vec<Id> = denominators.keys().copied().collect();
        for base in bases {
            let Some(divisor) = self.polynomial(base, Within::Variables) else { continue };
            while denominators.get(&base).is_some_and(|&exponent| exponent > 0) {
                self.work += POLYNOMIAL * numerator.size() * divisor.0.len();
                let Some(quotient) = numerator.over(&divisor) else { break };
                *numerator = quotient;
                if let Some(exponent) = denominators.get_mut(&base) {
                    *exponent -= 1;
                }
                if numerator.0.is_empty() {
                    return;
                }
            }
        }
    }

    /// The quotient, what all terms of the numerator share in front.
    fn fraction(&mut self, numerator: Polynomial, denominators: &BTreeMap<Id, i64>) -> Id {
        let mut shared: Option<Monomial> = None;
        for monomial in numerator.0.keys() {
            shared = Some(match shared {
                None => monomial.clone(),
                Some(shared) => Monomial(
                    shared
                        .0
                        .iter()
                        .map(|&(base, exponent)| (base, exponent.min(monomial.exponent(base))))
                        .filter(|&(_, exponent)| exponent > 0)
                        .collect(),
                ),
            });
        }
        let shared = shared.unwrap_or_default();
        let mut terms = Vec::new();
        for (monomial, coefficient) in numerator.0 {
            let rest = monomial.over(&shared).unwrap_or(monomial);
            terms.push(self.monomial(&rest, coefficient));
        }
        let sum = self.sum(&terms);
        let mut powers: Vec<(Id, Number)> = vec![(sum, Number::ONE)];
        powers.extend(shared.0.iter().map(|&(base, exponent)| (base, Number::whole(exponent))));
        powers.extend(denominators.iter().map(|(&base, &exponent)| (base, Number::whole(-exponent))));
        self.product_of_powers(&powers)
    }

    fn monomial(&mut self, monomial: &Monomial, coefficient: Number) -> Id {
        let coefficient = self.number(coefficient);
        let mut powers = vec![(coefficient, Number::ONE)];
        powers.extend(monomial.0.iter().map(|&(base, exponent)| (base, Number::whole(exponent))));
        self.product_of_powers(&powers)
    }
}
