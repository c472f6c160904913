//! The adjoint of x where `ln Σ eˣ` is one of several uses of x.
//!
//! `x_k − ln Σ eˣ` is the log-probability of class k, by whatever way x_k is taken out of x. With the adjoint 1 of the one and
//! −1 of the other, those of x would add up to `1 − p_k`, which is 0 where the class is sure. So the log-sum-exp waits for the
//! other uses. Where their adjoints a and its own w add up to 0, the sum is `Σⱼ (aᵢpⱼ − pᵢaⱼ)`, which keeps its digits. The same is so of
//! `ln Σ e^(x + c)` where c doesn't depend on what the derivative is by: weights, priors, corrections for sampling.

use super::adjoint::{Adjoint, Adjoints};
use crate::graph::{NodeId, NodeMap};
use crate::hash::SmallMap;
use crate::ops::{Binary, Normalise, Op, Reduce};
use crate::rules::Rule;
use crate::scalar::Scalar;
use crate::shape::Axes;
use crate::tape::{DerivativeOf, Var};

/// The log-sum-exps whose operands have not had all of their adjoint yet, by operand.
pub(super) struct LogSums {
    waiting: SmallMap<NodeId, LogSum>,
    /// Only in the derivative of a number: a recording that is linear in a direction is to stay so.
    is_on: bool,
}

struct LogSum {
    node: NodeId,
    /// What the exponentials are of: x and a constant.
    exponent: NodeId,
    axes: Axes,
    adjoint: NodeId,
}

impl LogSums {
    /// Of a sweep that starts from the adjoint `seed`.
    pub(super) fn new<T: Scalar>(seed: Var<'_, T>) -> Self {
        let is_on = matches!(seed.tape().inner().graph.op(seed.id()), Op::Scalar(_));
        LogSums { waiting: SmallMap::default(), is_on }
    }

    /// Whether the adjoint of this node's operand is left for later.
    pub(super) fn defer<T: Scalar>(&mut self, op: Op, rule: &Rule<'_, T>, depends: &NodeMap, xs: &[NodeId]) -> bool {
        let Op::Reduce(Reduce::LogSumExp, axes) = op else { return false };
        let exponent = rule.args[0];
        let over_rows = exponent.shape().has_rows() && axes.contains(0);
        if !self.is_on || over_rows {
            return false;
        }
        let x = less_constants(exponent, depends, xs);
        if self.waiting.contains_key(&x) {
            return false;
        }
        let (node, exponent, adjoint) = (rule.output.id(), exponent.id(), rule.adjoint.id());
        self.waiting.insert(x, LogSum { node, exponent, axes, adjoint });
        true
    }

    /// Adds the log-sum-exp of `x`, if there is one, to its adjoint, now that all other uses have added theirs.
    pub(super) fn settle<'t, T: Scalar>(
        &mut self,
        derivative: &DerivativeOf<'t, T>,
        x: Var<'t, T>,
        adjoints: &mut Adjoints<'t, T>,
    ) {
        if self.waiting.is_empty() {
            return;
        }
        let Some(LogSum { node, exponent, axes, adjoint }) = self.waiting.remove(&x.id()) else { return };
        derivative.node(node);
        let tape = x.tape();
        let (others, w) = (adjoints.get(x.id()).map(Adjoint::value), tape.var(adjoint));
        let weights = tape.record(Op::Normalise(Normalise::Weights, axes), &[tape.var(exponent)]);
        let own = w.stretch_back(x, axes).strong_mul(weights);
        let sum = match others {
            None => own,
            Some(a) => {
                let total = tape.record(Op::Reduce(Reduce::Sum, axes), &[a]);
                let balanced = a.triple(weights, tape.scalar(T::one()), axes);
                // The excess is 0 here, but its derivative need not be.
                let balanced = balanced + (own + total.stretch_back(x, axes).strong_mul(weights));
                (w + total).equal(T::zero()).stretch_back(x, axes).select(balanced, a + own)
            }
        };
        adjoints.set(x.id(), Adjoint::Masked(sum));
    }
}

/// The most constants that are looked through.
const MOST_CONSTANTS: usize = 8;

/// x of `x + c`, where the derivative isn't by what c depends on. Its adjoint is that of the sum, which nobody asks for.
fn less_constants<T: Scalar>(sum: Var<'_, T>, depends: &NodeMap, xs: &[NodeId]) -> NodeId {
    let inner = sum.tape().inner();
    let mut x = sum.id();
    for _ in 0..MOST_CONSTANTS {
        let summand = match (inner.graph.op(x), inner.graph.args(x)) {
            (Op::Binary(Binary::Add), &[a, b]) if !depends.contains(b) => a,
            (Op::Binary(Binary::Add), &[a, b]) if !depends.contains(a) => b,
            (Op::Binary(Binary::Sub), &[a, b]) if !depends.contains(b) => a,
            _ => break,
        };
        if xs.contains(&x) || inner.graph.node(summand).shape != inner.graph.node(x).shape {
            break;
        }
        x = summand;
    }
    x
}
