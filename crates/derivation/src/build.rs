//! How expressions are made: each constructor gives the normal form of what it is asked for.
//!
//! Here stand the rules that hold on their own: like terms are added, powers of one base multiplied, numbers and scalars moved out of
//! sums and matrix products. What sums of fractions come to is in `fractions.rs`, what functions are to each other in `identities.rs`.

use crate::number::Number;
use crate::pool::{Dims, Id, Len, Node, Pool, Reduction, Role, broadcast_dims};
use std::collections::BTreeMap;
use std::sync::Arc;

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
            None => self.symbol("n", Role::RowCount, None, Dims::new()),
        }
    }

    pub(crate) fn count(&mut self, len: Len) -> Id {
        match len {
            Len::Rows => self.row_count(),
            Len::Of(n) => self.whole(n as i64),
        }
    }

    fn joint_dims(&self, operands: &[Id]) -> Dims {
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
        let mut constant = Number::ZERO;
        let mut coefficients: BTreeMap<Id, Number> = BTreeMap::new();
        let mut pending: Vec<(Id, Number)> = terms.iter().map(|&term| (term, Number::ONE)).collect();
        while let Some((term, scale)) = pending.pop() {
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
        let mut factors = Factors { coefficient: Number::ONE, powers: BTreeMap::new(), exponents: Vec::new() };
        for &(base, exponent) in powers {
            self.multiply(&mut factors, base, exponent);
        }
        if factors.coefficient.is_zero() {
            return self.number(Number::ZERO);
        }
        self.join_exponentials(&mut factors);
        self.join_tangents(&mut factors);
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
            let whole = exponent.as_whole();
            match (self.node(base).clone(), whole) {
                (Node::Number(number), Some(n)) => match number.powi(n) {
                    Some(power) => factors.coefficient = factors.coefficient.times(power),
                    None => add(&mut factors.powers, base, exponent),
                },
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

    pub(crate) fn matmul(&mut self, a: Id, b: Id) -> Id {
        for side in [a, b] {
            let (mut scalars, others) = self.split_scalars(side);
            if !scalars.is_empty() && !others.is_empty() {
                let rest = self.product(&others);
                scalars.push(if side == a { self.matmul(rest, b) } else { self.matmul(a, rest) });
                return self.product(&scalars);
            }
        }
        if [a, b].iter().any(|&side| self.as_number(side).is_some_and(Number::is_zero)) {
            return self.number(Number::ZERO);
        }
        let (da, db) = (self.dims(a).clone(), self.dims(b).clone());
        match (self.node(a).clone(), self.node(b).clone(), da.len(), db.len()) {
            (Node::Identity, ..) => b,
            (_, Node::Identity, ..) => a,
            (_, _, 1, 1) => {
                let product = self.times(a, b);
                self.reduce(Reduction::Sum, &[0], product)
            }
            (_, _, 1, 2) => {
                let b = self.transpose(b);
                self.matmul(b, a)
            }
            // A vector as a column.
            (_, Node::Reshape(vector), 2, 2) if db.get(1) == Some(&Len::Of(1)) && self.dims(vector).len() == 1 => {
                let product = self.matmul(a, vector);
                let dims = vec![da.first().copied().unwrap_or(Len::Of(1)), Len::Of(1)];
                self.reshape(product, &dims)
            }
            // A vector as a row.
            (Node::Transpose(column), _, 2, 2) if self.is_column(column) => {
                let Node::Reshape(vector) = *self.node(column) else { return a };
                let product = self.matmul(vector, b);
                let dims = vec![Len::Of(1), db.get(1).copied().unwrap_or(Len::Of(1))];
                self.reshape(product, &dims)
            }
            _ => {
                let mut dims: Dims = da.first().copied().into_iter().collect();
                dims.extend(db.get(1).copied());
                self.intern(Node::MatMul(a, b), dims)
            }
        }
    }

    /// Whether this is a vector in the shape of a column.
    fn is_column(&self, id: Id) -> bool {
        match self.node(id) {
            Node::Reshape(vector) => self.dims(*vector).len() == 1 && self.dims(id).get(1) == Some(&Len::Of(1)),
            _ => false,
        }
    }

    pub(crate) fn transpose(&mut self, x: Id) -> Id {
        let dims = self.dims(x).clone();
        if dims.len() != 2 {
            return x;
        }
        let (mut scalars, others) = self.split_scalars(x);
        if !scalars.is_empty() && !others.is_empty() {
            let rest = self.product(&others);
            scalars.push(self.transpose(rest));
            return self.product(&scalars);
        }
        match self.node(x).clone() {
            Node::Transpose(inner) => inner,
            Node::Diag(_) | Node::Identity => x,
            Node::MatMul(a, b) if self.dims(b).len() == 2 => {
                let (a, b) = (self.transpose(a), self.transpose(b));
                self.matmul(b, a)
            }
            _ => {
                let dims: Dims = dims.iter().rev().copied().collect();
                self.intern(Node::Transpose(x), dims)
            }
        }
    }

    pub(crate) fn reshape(&mut self, x: Id, dims: &[Len]) -> Id {
        if self.dims(x).as_slice() == dims || self.as_number(x).is_some() {
            return x;
        }
        if self.is_scalar(x) && dims.iter().all(|&len| len == Len::Of(1)) {
            return x;
        }
        let (mut scalars, others) = self.split_scalars(x);
        if !scalars.is_empty() && !others.is_empty() {
            let rest = self.product(&others);
            scalars.push(self.reshape(rest, dims));
            return self.product(&scalars);
        }
        match *self.node(x) {
            Node::Reshape(inner) => self.reshape(inner, dims),
            _ => self.intern(Node::Reshape(x), dims.to_vec()),
        }
    }

    /// Stretched to `dims`; numbers stretch by themselves.
    pub(crate) fn broadcast(&mut self, x: Id, dims: &[Len]) -> Id {
        if self.dims(x).as_slice() == dims {
            return x;
        }
        let (mut scalars, others) = self.split_scalars(x);
        if !scalars.is_empty() {
            let rest = self.product(&others);
            let ones = self.intern(Node::Broadcast(rest), dims.to_vec());
            scalars.push(ones);
            return self.product(&scalars);
        }
        self.intern(Node::Broadcast(x), dims.to_vec())
    }

    pub(crate) fn diag(&mut self, x: Id) -> Id {
        let len = self.dims(x).first().copied().unwrap_or(Len::Of(1));
        self.intern(Node::Diag(x), vec![len, len])
    }

    pub(crate) fn identity(&mut self, len: Len) -> Id {
        self.intern(Node::Identity, vec![len, len])
    }

    pub(crate) fn reduce(&mut self, reduction: Reduction, axes: &[usize], x: Id) -> Id {
        let dims = self.dims(x).clone();
        self.reduce_as(reduction, axes, x, &dims)
    }

    /// A reduction of what stretches to `full`, along the axes of that.
    pub(crate) fn reduce_as(&mut self, reduction: Reduction, axes: &[usize], x: Id, full: &Arc<Dims>) -> Id {
        if let Node::Broadcast(inner) = *self.node(x) {
            return self.reduce_as(reduction, axes, inner, full);
        }
        let dims = self.dims(x).clone();
        let gap = full.len().saturating_sub(dims.len());
        let (mut own, mut dropped, mut scale) = (Vec::new(), Vec::new(), Vec::new());
        for &axis in axes {
            let Some(&len) = full.get(axis) else { continue };
            let is_own = axis >= gap && dims.get(axis - gap) == Some(&len);
            match is_own && len != Len::Of(1) {
                true => own.push(axis - gap),
                false => {
                    if axis >= gap {
                        dropped.push(axis - gap);
                    }
                    if len != Len::Of(1) && reduction == Reduction::Sum {
                        scale.push(self.count(len));
                    }
                }
            }
        }
        let mut result = x;
        if !dropped.is_empty() {
            let kept: Dims = (0..dims.len()).filter(|axis| !dropped.contains(axis)).map(|axis| dims[axis]).collect();
            result = self.reshape(result, &kept);
            for axis in &mut own {
                *axis -= dropped.iter().filter(|&&gone| gone < *axis).count();
            }
        }
        if !own.is_empty() {
            result = self.raw_reduce(reduction, own, result);
        }
        scale.push(result);
        self.product(&scale)
    }

    fn raw_reduce(&mut self, reduction: Reduction, mut axes: Vec<usize>, x: Id) -> Id {
        axes.sort_unstable();
        if reduction == Reduction::Sum {
            let (mut scalars, others) = self.split_scalars(x);
            if !scalars.is_empty() && !others.is_empty() {
                let rest = self.product(&others);
                let full = self.dims(x).clone();
                scalars.push(self.reduce_as(reduction, &axes, rest, &full));
                return self.product(&scalars);
            }
        }
        if let Node::Reduce(inner, first, of) = self.node(x).clone()
            && inner == reduction
        {
            let left: Vec<usize> = (0..self.dims(of).len()).filter(|axis| !first.contains(axis)).collect();
            let mut all = first;
            all.extend(axes.iter().filter_map(|&axis| left.get(axis)));
            return self.raw_reduce(reduction, all, of);
        }
        let dims: Dims =
            self.dims(x).iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, &len)| len).collect();
        self.intern(Node::Reduce(reduction, axes, x), dims)
    }

    /// Softmax, without the terms that are the same for all it is taken over.
    pub(crate) fn softmax(&mut self, axes: &[usize], x: Id) -> Id {
        let dims = self.dims(x).clone();
        let mut kept = x;
        if let Node::Sum(terms) = self.node(x).clone() {
            let varying: Vec<Id> =
                terms.into_iter().filter(|&term| !self.is_constant_along(term, axes, dims.len())).collect();
            let sum = self.sum(&varying);
            if self.dims(sum) == &dims {
                kept = sum;
            }
        }
        self.intern(Node::Softmax(axes.to_vec(), kept), dims)
    }

    /// Whether `x`, stretched to `ndim` axes, is the same along `axes`.
    pub(crate) fn is_constant_along(&self, x: Id, axes: &[usize], ndim: usize) -> bool {
        let dims = self.dims(x);
        let gap = ndim.saturating_sub(dims.len());
        axes.iter().all(|&axis| axis < gap || dims.get(axis - gap) == Some(&Len::Of(1)))
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

/// The greatest common divisor of fractions, with the sign of the first.
fn content(coefficients: &[Number]) -> Number {
    let (mut numerator, mut denominator) = (0i64, 1i64);
    for coefficient in coefficients {
        let Number::Ratio(a, b) = *coefficient else {
            let is_negative = coefficients.first().is_some_and(|first| first.is_negative());
            return if is_negative { Number::MINUS_ONE } else { Number::ONE };
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
