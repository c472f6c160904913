//! How expressions are made: each constructor gives the normal form of what it is asked for.
//!
//! Here stand the rules that hold on their own: like terms are added, powers of one base multiplied, numbers and scalars moved out of
//! sums and matrix products. What sums of fractions come to is in `fractions.rs`, what functions are to each other in `identities.rs`.

use crate::number::Number;
use crate::pool::{Dims, Id, Len, Node, Pool, Role, broadcast_dims};
use std::collections::BTreeMap;

/// The factors of a product while it is formed.
pub(crate) struct Factors {
    pub(crate) coefficient: Number,
    pub(crate) powers: BTreeMap<Id, Number>,
    /// The exponents of e.
    pub(crate) exponents: Vec<Id>,
}

impl Pool {
    pub(crate) fn number(&mut self, number: Number) -> Id {
        self.intern(Node::Number(number), Dims::new())
    }

    pub(crate) fn whole(&mut self, n: i64) -> Id {
        self.number(Number::whole(n))
    }

    /// The number of rows.
    pub(crate) fn row_count(&mut self) -> Id {
        match self.symbols.iter().position(|symbol| symbol.role == Role::RowCount) {
            Some(place) => self.intern(Node::Symbol(place as u32), Dims::new()),
            None => self.symbol(self.letters.count, Role::RowCount, None, Dims::new()),
        }
    }

    pub(crate) fn count(&mut self, len: Len) -> Id {
        match len {
            Len::Rows => self.row_count(),
            Len::Of(n) => self.whole(n as i64),
        }
    }

    pub(crate) fn joint_dims(&self, operands: &[Id]) -> Dims {
        operands.iter().fold(Dims::new(), |dims, &operand| broadcast_dims(&dims, self.dims(operand)))
    }

    /// A term's coefficient and the rest.
    pub(crate) fn split_coefficient(&mut self, id: Id) -> (Number, Option<Id>) {
        match self.node(id).clone() {
            Node::Number(number) => (number, None),
            Node::Product(factors) => match factors.split_first() {
                Some((&first, rest)) => match self.as_number(first) {
                    Some(number) => {
                        let rest = match rest {
                            &[single] => single,
                            _ => {
                                let dims = self.joint_dims(rest);
                                self.intern(Node::Product(rest.to_vec()), dims)
                            }
                        };
                        (number, Some(rest))
                    }
                    None => (Number::ONE, Some(id)),
                },
                None => (Number::ONE, Some(id)),
            },
            _ => (Number::ONE, Some(id)),
        }
    }

    pub(crate) fn sum(&mut self, terms: &[Id]) -> Id {
        if self.is_verbatim {
            return self.written_sum(terms);
        }
        let mut constant = Number::ZERO;
        let mut coefficients: BTreeMap<Id, Number> = BTreeMap::new();
        let mut pending: Vec<(Id, Number)> = terms.iter().map(|&term| (term, Number::ONE)).collect();
        while let Some((term, scale)) = pending.pop() {
            self.work += 1;
            let (coefficient, rest) = self.split_coefficient(term);
            let scale = scale.times(coefficient);
            match rest {
                None => constant = constant.plus(scale),
                Some(rest) => match self.node(rest).clone() {
                    Node::Sum(terms) => pending.extend(terms.into_iter().map(|term| (term, scale))),
                    _ => {
                        let known = coefficients.entry(rest).or_insert(Number::ZERO);
                        *known = known.plus(scale);
                    }
                },
            }
        }
        let mut terms = Vec::new();
        if !constant.is_zero() {
            terms.push(self.number(constant));
        }
        for (rest, coefficient) in coefficients {
            if !coefficient.is_zero() {
                terms.push(self.scaled(rest, coefficient));
            }
        }
        match terms.as_slice() {
            [] => self.number(Number::ZERO),
            &[single] => single,
            _ => {
                let dims = self.joint_dims(&terms);
                self.intern(Node::Sum(terms), dims)
            }
        }
    }

    pub(crate) fn plus(&mut self, a: Id, b: Id) -> Id {
        self.sum(&[a, b])
    }

    pub(crate) fn minus(&mut self, a: Id, b: Id) -> Id {
        let b = self.negated(b);
        self.sum(&[a, b])
    }

    pub(crate) fn negated(&mut self, x: Id) -> Id {
        self.scaled(x, Number::MINUS_ONE)
    }

    /// The sum of the negatives of terms.
    pub(crate) fn negated_terms(&mut self, terms: &[Id]) -> Id {
        let terms: Vec<Id> = terms.iter().map(|&term| self.negated(term)).collect();
        self.sum(&terms)
    }

    pub(crate) fn scaled(&mut self, x: Id, by: Number) -> Id {
        // Not made anew: of an exponential's exponent that would take twice as long for each exponential within.
        if by.is_one() {
            return x;
        }
        let by = self.number(by);
        self.product(&[by, x])
    }

    pub(crate) fn times(&mut self, a: Id, b: Id) -> Id {
        self.product(&[a, b])
    }

    pub(crate) fn over(&mut self, a: Id, b: Id) -> Id {
        let b = self.power(b, Number::MINUS_ONE);
        self.product(&[a, b])
    }

    pub(crate) fn product(&mut self, factors: &[Id]) -> Id {
        let powers: Vec<(Id, Number)> = factors.iter().map(|&factor| (factor, Number::ONE)).collect();
        self.product_of_powers(&powers)
    }

    pub(crate) fn power(&mut self, x: Id, exponent: Number) -> Id {
        self.product_of_powers(&[(x, exponent)])
    }

    pub(crate) fn product_of_powers(&mut self, powers: &[(Id, Number)]) -> Id {
        if self.is_verbatim {
            return self.written_product(powers);
        }
        self.work += powers.len();
        if self.is_too_large() {
            return powers.first().map_or_else(|| self.number(Number::ONE), |&(base, _)| base);
        }
        let mut factors = Factors { coefficient: Number::ONE, powers: BTreeMap::new(), exponents: Vec::new() };
        for &(base, exponent) in powers {
            self.multiply(&mut factors, base, exponent);
        }
        if factors.coefficient.is_zero() {
            return self.number(Number::ZERO);
        }
        // What stands in |x| may be an exponential.
        self.join_signs(&mut factors);
        self.join_exponentials(&mut factors);
        self.join_softmax_in_sums(&mut factors);
        self.join_tangents(&mut factors);
        self.join_powers(&mut factors);
        let mut parts = Vec::new();
        if !factors.coefficient.is_one() {
            parts.push(self.number(factors.coefficient));
        }
        for (base, exponent) in factors.powers {
            if !exponent.is_zero() {
                parts.push(self.raw_power(base, exponent));
            }
        }
        match parts.as_slice() {
            [] => self.number(Number::ONE),
            &[single] => single,
            _ => {
                let dims = self.joint_dims(&parts);
                self.intern(Node::Product(parts), dims)
            }
        }
    }

    fn raw_power(&mut self, base: Id, exponent: Number) -> Id {
        if exponent.is_one() {
            return base;
        }
        let dims = self.dims(base).clone();
        self.intern(Node::Power(base, exponent), dims)
    }

    /// Multiplies by `base^exponent`.
    pub(crate) fn multiply(&mut self, factors: &mut Factors, base: Id, exponent: Number) {
        let mut pending = vec![(base, exponent)];
        while let Some((base, exponent)) = pending.pop() {
            self.work += 1;
            let whole = exponent.as_whole();
            match (self.node(base).clone(), whole) {
                (Node::Number(number), Some(n)) => match number.powi(n) {
                    Some(power) => factors.coefficient = factors.coefficient.times(power),
                    None if number.is_zero() => {
                        factors.coefficient = factors.coefficient.times(Number::from_f64(f64::INFINITY));
                    }
                    None => add(&mut factors.powers, base, exponent),
                },
                (Node::Number(number), None) if number.is_negative() => {
                    factors.coefficient = factors.coefficient.times(Number::from_f64(f64::NAN));
                }
                (Node::Number(number), None) if is_square(number) && exponent == Number::HALF => {
                    factors.coefficient = factors.coefficient.times(Number::from_f64(number.to_f64().sqrt()));
                }
                (Node::Product(parts), Some(_)) => pending.extend(parts.into_iter().map(|part| (part, exponent))),
                (Node::Power(inner, by), _) if whole.is_some() || has_odd_or_broken_exponent(by) => {
                    pending.push((inner, by.times(exponent)));
                }
                (Node::Call(function, args), _) if &*function.name == "exp" => {
                    for arg in args {
                        let exponent = self.scaled(arg, exponent);
                        factors.exponents.push(exponent);
                    }
                }
                (Node::Sum(_), Some(n)) => {
                    let (content, primitive) = self.primitive(base);
                    if let Some(power) = content.powi(n) {
                        factors.coefficient = factors.coefficient.times(power);
                        match self.logistic(primitive).filter(|_| n < 0) {
                            // A sum of two exponentials, below a bar.
                            Some(parts) => {
                                for part in parts {
                                    pending.push((part, Number::whole(-n)));
                                }
                            }
                            None => add(&mut factors.powers, primitive, exponent),
                        }
                    } else {
                        add(&mut factors.powers, base, exponent);
                    }
                }
                _ => add(&mut factors.powers, base, exponent),
            }
        }
    }

    /// A sum as a number times a sum whose coefficients are whole, without a common divisor, the first positive.
    pub(crate) fn primitive(&mut self, id: Id) -> (Number, Id) {
        if let Some(&known) = self.primitives.get(&id) {
            return known;
        }
        let found = self.find_primitive(id);
        self.primitives.insert(id, found);
        found
    }

    fn find_primitive(&mut self, id: Id) -> (Number, Id) {
        let Node::Sum(terms) = self.node(id).clone() else { return (Number::ONE, id) };
        let coefficients: Vec<Number> = terms.iter().map(|&term| self.split_coefficient(term).0).collect();
        let content = content(&coefficients);
        match content.recip() {
            Some(inverse) if !content.is_one() => {
                let terms: Vec<Id> = terms.iter().map(|&term| self.scaled_term(term, inverse)).collect();
                (content, self.sum(&terms))
            }
            _ => (Number::ONE, id),
        }
    }

    /// A term that is no sum, by a number.
    fn scaled_term(&mut self, term: Id, by: Number) -> Id {
        let (coefficient, rest) = self.split_coefficient(term);
        let coefficient = self.number(coefficient.times(by));
        match rest {
            None => coefficient,
            Some(rest) => self.product(&[coefficient, rest]),
        }
    }

    /// The scalar factors of a product, and the others.
    pub(crate) fn split_scalars(&mut self, id: Id) -> (Vec<Id>, Vec<Id>) {
        let factors = match self.node(id).clone() {
            Node::Product(factors) => factors,
            _ => vec![id],
        };
        factors.into_iter().partition(|&factor| self.is_scalar(factor))
    }
}

fn add(powers: &mut BTreeMap<Id, Number>, base: Id, exponent: Number) {
    let known = powers.entry(base).or_insert(Number::ZERO);
    *known = known.plus(exponent);
}

/// Whether `(xᵏ)ᵖ = xᵏᵖ` wherever the left side is defined: not so for even k, which lose the sign of x, nor for negative ones, which
/// make a zero of −∞.
fn has_odd_or_broken_exponent(k: Number) -> bool {
    k.as_whole().is_none_or(|k| k > 0 && k % 2 != 0)
}

fn is_square(number: Number) -> bool {
    match number {
        Number::Ratio(a, b) => {
            [a, b].iter().all(|&x| x >= 0 && ((x as f64).sqrt().round() as i64).pow(2) == x && x < 1 << 52)
        }
        Number::Real(_) => false,
    }
}

/// The power of π that leaves most coefficients fractions where it is taken out: `1/(2π) + u/π² = (½ + u/π)/π`.
fn power_of_pi(coefficients: &[Number]) -> Option<Number> {
    let others =
        |by: Number| coefficients.iter().filter(|&&number| matches!(number.times(by), Number::Real(_))).count();
    let pi = Number::from_f64(std::f64::consts::PI);
    let powers = [-3, -2, -1, 1, 2, 3].into_iter().filter_map(|n| Some((pi.powi(n)?, others(pi.powi(-n)?))));
    let (power, least) = powers.min_by_key(|&(_, count)| count)?;
    (least < others(Number::ONE)).then_some(power)
}

/// The greatest common divisor of fractions, with the sign of the first; of decimals, the sign alone: 1 − 0.2x stays.
fn content(coefficients: &[Number]) -> Number {
    let (mut numerator, mut denominator) = (0i64, 1i64);
    for coefficient in coefficients {
        let Some(Number::Ratio(a, b)) = Some(*coefficient).filter(|number| number.is_plain()) else {
            let is_negative = coefficients.first().is_some_and(|first| first.is_negative());
            let sign = if is_negative { Number::MINUS_ONE } else { Number::ONE };
            return power_of_pi(coefficients).map_or(sign, |power| power.times(sign));
        };
        numerator = gcd(numerator, a);
        match (denominator / gcd(denominator, b).max(1)).checked_mul(b) {
            Some(multiple) => denominator = multiple,
            None => return Number::ONE,
        }
    }
    let sign = if coefficients.first().is_some_and(|first| first.is_negative()) { -1 } else { 1 };
    match Number::whole(denominator).recip() {
        Some(part) => Number::whole(sign).times(Number::whole(numerator)).times(part),
        None => Number::ONE,
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i64::try_from(a).unwrap_or(1)
}
