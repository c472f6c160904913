//! Expressions as `rᵈ·rest`, an identity whatever r is: of `r + m` the degree is 1 and the rest `1 + m/r`.

use super::Rewriter;
use super::atom::Atom;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Ordered, Unary};
use crate::scalar::Scalar;
use smallvec::{SmallVec, smallvec};

const ADD: Op = Op::Binary(Binary::Add);
const SUB: Op = Op::Binary(Binary::Sub);
const MUL: Op = Op::Binary(Binary::Mul);
const STRONG_MUL: Op = Op::Binary(Binary::StrongMul);
const DIV: Op = Op::Binary(Binary::Div);
const RECIP: Op = Op::Unary(Unary::Recip);
const EXP: Op = Op::Unary(Unary::Exp);
const LN_1P: Op = Op::Unary(Unary::Ln1p);
const EXP_M1: Op = Op::Unary(Unary::ExpM1);

/// How deep an expression is looked into.
const DEPTH: usize = 5;

/// `r = factor·base^degree`, the degree being 1 or −1; or `r = e^(degree·log)`.
#[derive(Clone, Copy)]
pub(super) struct Scale<T> {
    base: NodeId,
    factor: T,
    degree: i32,
    log: Option<NodeId>,
}

impl<T: Scalar> Scale<T> {
    /// That of 1/r.
    pub(super) fn inverse(self) -> Self {
        Scale { factor: self.factor.recip(), degree: -self.degree, ..self }
    }
}

impl<T: Scalar> Rewriter<'_, T> {
    pub(super) fn scale(&self, r: NodeId) -> Scale<T> {
        let mut scale = Scale { base: r, factor: T::one(), degree: 1, log: None };
        for _ in 0..DEPTH {
            let number = |x: NodeId| self.seen_number(x);
            let (base, factor, degree) = match (self.seen(scale.base), self.graph.args(scale.base)) {
                (Some(RECIP), &[a]) => (a, T::one(), -1),
                (Some(Op::Unary(Unary::Neg)), &[a]) => (a, -T::one(), 1),
                (Some(op @ (DIV | MUL)), &[a, b]) => match (number(a), number(b)) {
                    (Some(k), _) if op == DIV => (b, k, -1),
                    (Some(k), _) => (b, k, 1),
                    (None, Some(k)) => (a, if op == DIV { k.recip() } else { k }, 1),
                    _ => break,
                },
                (Some(EXP), &[l]) if scale.factor == T::one() => {
                    let log = self.negative_of(l);
                    let sign = if log.is_some() { -1 } else { 1 };
                    return Scale { log: log.or(Some(l)), degree: scale.degree * sign, ..scale };
                }
                _ => break,
            };
            scale.factor = scale.factor * if scale.degree > 0 { factor } else { factor.recip() };
            scale = Scale { base, degree: scale.degree * degree, ..scale };
        }
        scale
    }

    /// The power of r that a node is, beside a number.
    pub(super) fn power_of(&self, scale: &Scale<T>, x: NodeId) -> Option<(i32, T)> {
        let own = self.scale(x);
        let is_it = match (scale.log, own.log) {
            (Some(log), Some(own)) => self.same(log, own),
            (None, None) => self.same(scale.base, own.base),
            _ => false,
        };
        if !is_it {
            return None;
        }
        let degree = scale.degree * own.degree;
        let factor = if degree == 1 { scale.factor.recip() } else { scale.factor };
        Some((degree, own.factor * factor))
    }

    /// The d of `rᵈ·rest`.
    pub(super) fn degree(&self, scale: &Scale<T>, x: NodeId) -> i32 {
        self.degree_within(scale, x, DEPTH)
    }

    fn degree_within(&self, scale: &Scale<T>, x: NodeId, depth: usize) -> i32 {
        if let Some((degree, _)) = self.power_of(scale, x) {
            return degree;
        }
        let Some(below) = depth.checked_sub(1) else { return 0 };
        let of = |x: NodeId| self.degree_within(scale, x, below);
        match (self.seen(x), self.graph.args(x)) {
            (Some(Op::Unary(Unary::Neg)), &[a]) => of(a),
            (Some(RECIP), &[a]) => -of(a),
            (Some(MUL | STRONG_MUL), &[a, b]) => of(a) + of(b),
            (Some(DIV), &[a, b]) => of(a) - of(b),
            (Some(ADD | SUB), &[a, b]) => of(a).max(of(b)),
            (Some(EXP), &[l]) => self.degree_of_exp(scale, l),
            // As small as what they are of, where that is.
            (Some(LN_1P | EXP_M1), &[a]) if of(a) == -1 => -1,
            _ => 0,
        }
    }

    /// The degree of `eˡ`.
    pub(super) fn degree_of_exp(&self, scale: &Scale<T>, l: NodeId) -> i32 {
        let Some(log) = scale.log else { return 0 };
        let counts = |(summand, negative): (NodeId, bool)| match self.same(summand, log) {
            true if negative => -scale.degree,
            true => scale.degree,
            false => 0,
        };
        self.summands(l).into_iter().map(counts).sum()
    }

    pub(super) fn degree_of_atom(&self, scale: &Scale<T>, atom: Atom) -> Option<i32> {
        match atom {
            Atom::Plain(x) => Some(self.degree(scale, x)),
            Atom::OnePlus(x) => Some(self.degree(scale, x).max(0)),
            Atom::OnePlusExp(z) => Some(self.degree_of_exp(scale, z).max(0)).filter(|&degree| degree <= 1),
            Atom::Exp(l) => Some(self.degree_of_exp(scale, l)),
        }
    }

    /// Whether the rest of an atom is 1 + x, with x of degree −1.
    pub(super) fn has_limit(&self, scale: &Scale<T>, atom: Atom) -> bool {
        match atom {
            Atom::Plain(x) => self.one_beside(scale, x).is_some(),
            Atom::OnePlus(x) => self.degree(scale, x) == -1,
            Atom::OnePlusExp(z) => self.degree_of_exp(scale, z).abs() == 1,
            Atom::Exp(_) => false,
        }
    }

    /// Of a sum `r + m`: the m, and whether it is subtracted.
    fn one_beside(&self, scale: &Scale<T>, x: NodeId) -> Option<(NodeId, bool)> {
        let is_it = |x: NodeId| self.power_of(scale, x) == Some((1, T::one()));
        match (self.seen(x)?, self.graph.args(x)) {
            (ADD | SUB, &[a, b]) if is_it(a) && self.degree(scale, b) == 0 => Some((b, self.seen(x) == Some(SUB))),
            (ADD, &[a, b]) if is_it(b) && self.degree(scale, a) == 0 => Some((a, false)),
            _ => None,
        }
    }

    /// What the logarithms of an atom are beside a multiple of `ln r`.
    pub(super) fn rest_of_atom(&mut self, scale: &Scale<T>, atom: Atom) -> SmallVec<[Atom; 2]> {
        match atom {
            Atom::Plain(x) => {
                if let Some((m, is_negative)) = self.one_beside(scale, x) {
                    let inverse = self.inverse_of(scale);
                    let ratio = self.make(MUL, &[m, inverse]);
                    return smallvec![Atom::OnePlus(if is_negative { self.negated(ratio) } else { ratio })];
                }
                let rest = self.rest(scale, x);
                if self.is_number(rest, T::one()) { smallvec![] } else { smallvec![Atom::Plain(rest)] }
            }
            Atom::OnePlus(x) if self.degree(scale, x) > 0 => {
                let degree = self.degree(scale, x);
                let (rest, one) = (self.rest(scale, x), self.number(T::one()));
                let one = self.over_scale(scale, one, degree);
                smallvec![Atom::Plain(self.make(ADD, &[rest, one]))]
            }
            // z + softplus(−z).
            Atom::OnePlusExp(z) if self.degree_of_exp(scale, z) > 0 => {
                let (rest, minus_z) = (self.rest_of_log(scale, z), self.negated(z));
                smallvec![Atom::Exp(rest), Atom::OnePlusExp(minus_z)]
            }
            // As a multiple of the base, whatever the way from there to r.
            Atom::OnePlus(x) if self.degree(scale, x) == -1 => {
                let rest = self.rest(scale, x);
                smallvec![Atom::OnePlus(self.over_scale(scale, rest, 1))]
            }
            Atom::Exp(l) => smallvec![Atom::Exp(self.rest_of_log(scale, l))],
            atom => smallvec![atom],
        }
    }

    /// The rest of `rᵈ·rest`.
    pub(super) fn rest(&mut self, scale: &Scale<T>, x: NodeId) -> NodeId {
        self.rest_within(scale, x, DEPTH)
    }

    fn rest_within(&mut self, scale: &Scale<T>, x: NodeId, depth: usize) -> NodeId {
        if let Some((_, factor)) = self.power_of(scale, x) {
            return self.number(factor);
        }
        let Some(below) = depth.checked_sub(1) else { return x };
        let args: SmallVec<[NodeId; 3]> = self.graph.args(x).into();
        let degrees: SmallVec<[i32; 3]> = args.iter().map(|&arg| self.degree_within(scale, arg, below)).collect();
        match (self.seen(x), args.as_slice()) {
            (Some(EXP), &[l]) if self.degree_of_exp(scale, l) != 0 => {
                let rest = self.rest_of_log(scale, l);
                self.unary(Unary::Exp, rest)
            }
            (Some(LN_1P | EXP_M1), _) if degrees[0] != -1 => x,
            _ if degrees.iter().all(|&degree| degree == 0) => x,
            (Some(Op::Unary(Unary::Neg)), &[a]) => {
                let rest = self.rest_within(scale, a, below);
                self.negated(rest)
            }
            (Some(op @ (LN_1P | EXP_M1)), &[a]) => {
                let family = if op == LN_1P { Ordered::Ln1pRatio } else { Ordered::ExpM1Ratio };
                let (rest, ratio) = (self.rest_within(scale, a, below), self.make(Op::Ordered(family, 0), &[a]));
                self.make(MUL, &[rest, ratio])
            }
            (Some(RECIP), &[a]) => {
                let rest = self.rest_within(scale, a, below);
                self.unary(Unary::Recip, rest)
            }
            (Some(op @ (MUL | STRONG_MUL | DIV)), &[a, b]) => {
                let [a, b] = [a, b].map(|arg| self.rest_within(scale, arg, below));
                if self.is_number(b, T::one()) {
                    a
                } else if op != DIV && self.is_number(a, T::one()) {
                    b
                } else {
                    self.make(op, &[a, b])
                }
            }
            (Some(op @ (ADD | SUB)), &[a, b]) => {
                let most = degrees[0].max(degrees[1]);
                let [a, b] = [(a, degrees[0]), (b, degrees[1])].map(|(arg, degree)| {
                    let rest = self.rest_within(scale, arg, below);
                    self.over_scale(scale, rest, most - degree)
                });
                self.make(op, &[a, b])
            }
            _ => x,
        }
    }

    /// l less the multiples of `ln r` among its summands.
    pub(super) fn rest_of_log(&mut self, scale: &Scale<T>, l: NodeId) -> NodeId {
        let Some(log) = scale.log else { return l };
        let summands = self.summands(l);
        let mut rest = None;
        for (summand, negative) in summands {
            if self.same(summand, log) {
                continue;
            }
            rest = Some(match (rest, negative) {
                (None, false) => summand,
                (None, true) => self.negated(summand),
                (Some(rest), negative) => self.make(if negative { SUB } else { ADD }, &[rest, summand]),
            });
        }
        rest.unwrap_or_else(|| self.number(T::zero()))
    }

    /// `x/rⁿ` for n ≥ 0.
    fn over_scale(&mut self, scale: &Scale<T>, x: NodeId, n: i32) -> NodeId {
        let mut x = x;
        for _ in 0..n {
            let inverse = self.inverse_of(scale);
            x = if self.is_number(x, T::one()) { inverse } else { self.make(MUL, &[x, inverse]) };
        }
        x
    }

    /// `1/r`.
    pub(super) fn inverse_of(&mut self, scale: &Scale<T>) -> NodeId {
        if let Some(log) = scale.log {
            let log = if scale.degree > 0 { self.negated(log) } else { log };
            return self.unary(Unary::Exp, log);
        }
        let base = if scale.degree > 0 { self.unary(Unary::Recip, scale.base) } else { scale.base };
        self.times(scale.factor.recip(), base)
    }
}
