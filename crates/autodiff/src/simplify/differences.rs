//! Differences of roots and of logarithms whose operands differ by less than they are: `√(1 + x) − 1`, `ln a − ln(a + b)`.

use super::Rewriter;
use super::atom::Atom;
use super::form::Form;
use super::gamma::Affine;
use super::inverse_pairs::Domain;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Unary};
use crate::scalar::{Scalar, real};

const ADD: Op = Op::Binary(Binary::Add);
const MUL: Op = Op::Binary(Binary::Mul);
const LN: Op = Op::Unary(Unary::Ln);
const HYPOT: Op = Op::Binary(Binary::Hypot);

impl<T: Scalar> Rewriter<'_, T> {
    /// `√p − √q` as `(p − q)/(√p + √q)`, where p and q have terms in common.
    pub(super) fn difference_of_roots(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        if !self.rewrites.contains(Rewrite::RootDifference) {
            return None;
        }
        if let Some(x) = self.beside_in_hypot(a, b) {
            self.apply(Rewrite::RootDifference.by("√(x² + b²) − b → x²/(√(x² + b²) + b)"))?;
            let excess = self.make(Op::Binary(Binary::HypotExcess), &[x, b]);
            // √(x² + c) − √(x² + b²) where b is √c, rounded.
            return Some(match self.rounded_roots.get(&a).copied() {
                Some(rest) => {
                    let inverse = self.unary(Unary::Recip, a);
                    let correction = self.times(rest * real(0.5), inverse);
                    self.make(ADD, &[excess, correction])
                }
                None => excess,
            });
        }
        let [p, q] = [self.operand_of(a, Op::Unary(Unary::Sqrt)), self.operand_of(b, Op::Unary(Unary::Sqrt))];
        let number = self.graph.scalar_value(b).filter(|&b| b >= T::zero());
        let difference = match (p, q, number) {
            (Some(p), Some(q), _) => self.shorter_difference(p, q)?,
            (Some(p), None, Some(root)) => {
                let alone = self.combined(&[(p, T::one())]);
                // Exactly, though the root may be a rounded one.
                let rest = (-root).mul_add(root, alone.constant);
                let is_less = rest.abs() <= T::epsilon() * (alone.constant.abs() + alone.constant.abs());
                (is_less && alone.constant != T::zero()).then_some(Affine { constant: rest, ..alone })?
            }
            _ => return None,
        };
        self.apply(Rewrite::RootDifference)?;
        let (difference, sum) = (self.sum_of_multiples(&difference), self.make(ADD, &[a, b]));
        Some(self.make(Op::Binary(Binary::StrongDiv), &[difference, sum]))
    }

    /// `x + √(x² + b²)`, which cancels left of 0.
    pub(super) fn sum_with_root(&mut self, x: NodeId, root: NodeId) -> Option<NodeId> {
        if self.graph.scalar_value(x).is_some() {
            return None;
        }
        if let (Op::Select, &[condition, root, other]) = (self.seen(root)?, self.graph.args(root)) {
            let (sum, other) = (self.sum_with_root(x, root)?, self.make(ADD, &[x, other]));
            return Some(self.make(Op::Select, &[condition, sum, other]));
        }
        let minus_x = self.negative_of(x);
        let beside = |x: NodeId| self.beside_in_hypot(root, x);
        let side = beside(x).or_else(|| minus_x.and_then(beside))?;
        self.apply(Rewrite::RootDifference.by("x + √(x² + b²) → b²/(√(x² + b²) − x)"))?;
        let minus_x = self.negated(x);
        Some(self.make(Op::Binary(Binary::HypotExcess), &[side, minus_x]))
    }

    /// Of `√(x² + b²)`, the x.
    fn beside_in_hypot(&self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let (HYPOT, &[x, y]) = (self.seen(a)?, self.graph.args(a)) else { return None };
        if self.same(y, b) { Some(x) } else { self.same(x, b).then_some(y) }
    }

    /// `ln(p/q)` as `ln(1 + (p − q)/q)` where that is near 0 and p and q have terms in common.
    pub(super) fn ln_of_quotient(&mut self, x: NodeId) -> Option<NodeId> {
        let (Op::Binary(Binary::Div), &[p, q]) = (self.seen(x)?, self.graph.args(x)) else { return None };
        if !self.rewrites.contains(Rewrite::LnRatio) || !matches!(self.form_of(x), Form::Plain) {
            return None;
        }
        let less = T::zero();
        if let Some(log) = self.ln_of_odds((p, less), (q, less)) {
            return Some(log);
        }
        let difference = self.difference_with_less(p, q)?;
        self.apply(Rewrite::LnRatio.by("ln(p/q) → ln_1p((p − q)/q)"))?;
        let (difference, inverse) = (self.sum_of_multiples(&difference), self.unary(Unary::Recip, q));
        let ratio = self.make(MUL, &[difference, inverse]);
        let (half, zero, one) = (self.number(real(0.5)), self.number(T::zero()), self.number(T::one()));
        let [size, of_q] = [ratio, q].map(|x| self.unary(Unary::Abs, x));
        let is_near = self.make(Op::Binary(Binary::Lt), &[size, half]);
        // The reciprocal of an infinite q would be 0.
        let infinity = self.number(T::infinity());
        let is_finite = self.make(Op::Binary(Binary::Lt), &[of_q, infinity]);
        let is_near = self.make(MUL, &[is_near, is_finite]);
        let near = self.make(Op::Select, &[is_near, ratio, zero]);
        let near = self.unary(Unary::Ln1p, near);
        let far = self.make(Op::Select, &[is_near, one, x]);
        let far = self.unary(Unary::Ln, far);
        let log = self.make(Op::Select, &[is_near, near, far]);
        self.logs_of.insert(log, Atom::Plain(x));
        Some(log)
    }

    /// `ln p − ln q` as `∓ln(1 + (q − p)/p)`, where p and q have terms in common.
    pub(super) fn difference_of_logs(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let (p, q) = (self.argument_of_log(a)?, self.argument_of_log(b)?);
        if !self.rewrites.contains(Rewrite::LnRatio) {
            return None;
        }
        if let Some(log) = self.ln_of_odds(p, q) {
            return Some(log);
        }
        let size = |sum: &Affine<T>| sum.parts.len() + usize::from(sum.constant != T::zero());
        let [of_p, of_q] = [p, q].map(|(x, less)| {
            let mut sum = self.combined(&[(x, T::one())]);
            sum.constant = sum.constant + less;
            sum
        });
        let mut difference = self.combined(&[(q.0, T::one()), (p.0, -T::one())]);
        difference.constant = difference.constant + (q.1 - p.1);
        if size(&difference) == 0 || size(&difference) >= size(&of_p).max(size(&of_q)) {
            return None;
        }
        let p_is_part = size(&of_p) <= size(&of_q);
        self.apply(match p_is_part {
            true => Rewrite::LnRatio.into(),
            false => Rewrite::LnRatio.by("ln(a + b) − ln a → ln_1p(b/a)"),
        })?;
        let difference = self.sum_of_multiples(&difference);
        let ((part, less), difference) = if p_is_part { (p, difference) } else { (q, self.negated(difference)) };
        let part = if less == T::zero() { part } else { self.plus(part, less) };
        let part = self.within(Domain::From(0.0), part);
        // By a reciprocal, whose derivative stays in range.
        let inverse = self.unary(Unary::Recip, part);
        let ratio = self.make(MUL, &[difference, inverse]);
        // Far from 0 nothing cancels, but derivatives of the ratio would.
        let [zero, half] = [T::zero(), real(0.5)].map(|number| self.number(number));
        let size = self.unary(Unary::Abs, ratio);
        let is_near = self.make(Op::Binary(Binary::Lt), &[size, half]);
        let near = self.make(Op::Select, &[is_near, ratio, zero]);
        let near = self.unary(Unary::Ln1p, near);
        let far = if p_is_part { [b, a] } else { [a, b] };
        let far = self.as_it_is(|rewriter| rewriter.make(Op::Binary(Binary::Sub), &far));
        let log = self.make(Op::Select, &[is_near, near, far]);
        self.logs_of.insert(log, Atom::OnePlus(ratio));
        Some(if p_is_part { self.negated(log) } else { log })
    }

    /// `ln((1 + r)/(1 − r))` as `2·artanh r`; p and q are nodes, each with a number beside it.
    fn ln_of_odds(&mut self, (p, beside_p): (NodeId, T), (q, beside_q): (NodeId, T)) -> Option<NodeId> {
        let (one, two) = (T::one(), T::one() + T::one());
        let sum = self.combined(&[(p, one), (q, one)]);
        if !sum.parts.is_empty() || sum.constant + (beside_p + beside_q) != two {
            return None;
        }
        let mut r = self.combined(&[(p, one)]);
        r.constant = r.constant + (beside_p - one);
        if r.constant != T::zero() {
            return None;
        }
        self.apply(Rewrite::LnRatio.by("ln((1 + r)/(1 − r)) → 2 artanh r"))?;
        let r = self.sum_of_multiples(&r);
        let half = self.unary(Unary::Atanh, r);
        Some(self.times(two, half))
    }

    /// What a logarithm is of: a node, and a number beside it.
    fn argument_of_log(&self, log: NodeId) -> Option<(NodeId, T)> {
        match (self.seen(log)?, self.graph.args(log)) {
            (LN, &[p]) => Some((p, T::zero())),
            (Op::Unary(Unary::Ln1p), &[u]) => Some((u, T::one())),
            _ => None,
        }
    }

    /// `a − b` of what is left where terms, or factors of both, are the same.
    pub(super) fn difference_apart(&mut self, a: NodeId, b: NodeId) -> NodeId {
        if let Some(rest) = self.difference_with_less(a, b) {
            return self.sum_of_multiples(&rest);
        }
        let products = [a, b].map(|x| match (self.seen(x), self.graph.args(x)) {
            (Some(MUL), &[p, q]) => [Some((p, q)), Some((q, p))],
            _ => [None; 2],
        });
        for (t, p) in products[0].into_iter().flatten() {
            for (_, q) in products[1].into_iter().flatten().filter(|&(other, _)| self.same(other, t)) {
                if let Some(rest) = self.difference_with_less(p, q) {
                    let rest = self.sum_of_multiples(&rest);
                    return self.make(MUL, &[t, rest]);
                }
            }
        }
        self.difference(a, b)
    }

    /// `p − q`, if terms cancel.
    pub(super) fn shorter_difference(&self, p: NodeId, q: NodeId) -> Option<Affine<T>> {
        let size = |affine: &Affine<T>| affine.parts.len() + usize::from(affine.constant != T::zero());
        let [alone, other] = [p, q].map(|x| size(&self.combined(&[(x, T::one())])));
        let difference = self.combined(&[(p, T::one()), (q, -T::one())]);
        let left = size(&difference);
        (left > 0 && left < alone.max(other)).then_some(difference)
    }

    /// `p − q`, if a term of either cancels.
    pub(super) fn difference_with_less(&self, p: NodeId, q: NodeId) -> Option<Affine<T>> {
        let size = |affine: &Affine<T>| affine.parts.len() + usize::from(affine.constant != T::zero());
        let [alone, other] = [p, q].map(|x| size(&self.combined(&[(x, T::one())])));
        let difference = self.combined(&[(p, T::one()), (q, -T::one())]);
        (size(&difference) > 0 && size(&difference) + 2 <= alone + other).then_some(difference)
    }

    pub(super) fn sum_of_multiples(&mut self, sum: &Affine<T>) -> NodeId {
        let mut total = (sum.constant != T::zero()).then(|| self.number(sum.constant));
        for &(part, factor) in &sum.parts {
            let term = self.times(factor, part);
            total = Some(total.map_or(term, |total| self.make(ADD, &[total, term])));
        }
        total.unwrap_or_else(|| self.number(T::zero()))
    }
}
