//! Adjoints under way, and whose zeros win over infinities.
//!
//! A 0 that a choice or the data put into an adjoint (`select`, a weight of 0, `relu`) is exact: the row takes no part, whatever its
//! partials are, so the product with it is strong (0·∞ = 0·NaN = 0). A 0 that comes of rounding (an exponential that underflows, a
//! reciprocal of an overflow) says nothing beside an infinity: their product is NaN, since 0 would be a wrong number in silence. So
//! an adjoint is kept as two factors, the mask and what was computed: the computed ones are multiplied plainly, and by the mask last.
//! One rounded 0 counts as exact, for the partials that follow: that of a function which decays as an exponential, so that no power of
//! what it is of, infinite or not, makes up for it (the derivative of `σ(eˣ)` where eˣ overflows).

use crate::graph::{Graph, NodeId, NodeMap, ShapeId};
use crate::ops::{Binary, Op, Partial, Unary};
use crate::scalar::Scalar;
use crate::tape::{Tape, Var};
use Adjoint::{Computed, Masked, Product};

/// An adjoint as it is passed from a node to its operands.
#[derive(Clone, Copy)]
pub(super) enum Adjoint<'t, T: Scalar> {
    /// Its zeros are exact.
    Masked(Var<'t, T>),
    /// Its zeros may come of rounding.
    Computed(Var<'t, T>),
    /// The strong product of the two.
    Product { mask: Var<'t, T>, computed: Var<'t, T> },
}

impl<'t, T: Scalar> Adjoint<'t, T> {
    /// An adjoint that is given.
    pub(super) fn given(var: Var<'t, T>) -> Self {
        if may_mask(var) { Masked(var) } else { Computed(var) }
    }

    /// The adjoint as one node.
    pub(super) fn value(self) -> Var<'t, T> {
        match self {
            Masked(var) | Computed(var) => var,
            Product { mask, computed } => mask.strong_mul(computed),
        }
    }

    /// The adjoint in one factor, for a node with several operands to pass it to.
    pub(super) fn joined(self) -> Self {
        match self {
            Product { .. } => Masked(self.value()),
            one => one,
        }
    }

    /// The adjoint of an operand with the derivative `partial`; `None` where that is 0.
    pub(super) fn times(self, partial: Partial<Var<'t, T>>) -> Option<Self> {
        Some(match partial {
            Partial::Zero => return None,
            Partial::One => self,
            Partial::MinusOne => self.negated(),
            Partial::Of(factor) if may_mask(factor) => self.times_mask(factor),
            Partial::Of(factor) => self.times_rounded(factor),
            Partial::ZeroWith(mask, rest) if may_mask(mask) => self.times_rounded(rest).times_mask(mask),
            Partial::ZeroWith(mask, rest) => self.times_rounded(rest).times_computed(mask),
            Partial::Twice(a, b) => match self {
                Masked(mask) => Product { mask: mask.strong_mul(a), computed: b },
                Product { mask, computed } => Product { mask: mask.strong_mul(a), computed: computed * b },
                other => other.times_computed(a).times_computed(b),
            },
        })
    }

    fn negated(self) -> Self {
        match self {
            Masked(var) => Masked(-var),
            Computed(var) => Computed(-var),
            Product { mask, computed } => Product { mask, computed: -computed },
        }
    }

    fn times_mask(self, factor: Var<'t, T>) -> Self {
        match self {
            Masked(mask) => Masked(mask.strong_mul(factor)),
            Computed(computed) => Product { mask: factor, computed },
            Product { mask, computed } => Product { mask: mask.strong_mul(factor), computed },
        }
    }

    /// The product with a factor of which a 0 comes of rounding.
    fn times_rounded(self, factor: Var<'t, T>) -> Self {
        let product = self.times_computed(factor);
        if decays(factor) { Masked(product.value()) } else { product }
    }

    fn times_computed(self, factor: Var<'t, T>) -> Self {
        match self {
            Masked(mask) => Product { mask, computed: factor },
            Computed(computed) => Computed(computed * factor),
            Product { mask, computed } => Product { mask, computed: computed * factor },
        }
    }

    /// The adjoint of shape `from`, summed to the shape of an operand that was stretched.
    pub(super) fn sum_to(self, operand: Var<'t, T>, from: ShapeId) -> Self {
        if operand.shape_id() == from {
            return self;
        }
        let sum = self.value().sum_to(operand);
        if matches!(self, Computed(_)) { Computed(sum) } else { Masked(sum) }
    }

    /// What a rule that isn't elementwise makes of it: still computed where the rule only moves or adds up elements.
    pub(super) fn passed_by(self, op: Op, contribution: Var<'t, T>) -> Self {
        let keeps = match op {
            Op::Reduce(reduce, _) => reduce.is_linear(),
            op => matches!(op, Op::Reshape | Op::Broadcast | Op::Permute(_)),
        };
        if keeps && matches!(self, Computed(_)) { Computed(contribution) } else { Masked(contribution) }
    }

    /// The sum with what reaches the same node another way.
    fn plus(self, other: Self) -> Self {
        let sum = self.value() + other.value();
        if matches!((self, other), (Computed(_), Computed(_))) { Computed(sum) } else { Masked(sum) }
    }
}

/// The adjoints of nodes, so far.
pub(super) struct Adjoints<'t, T: Scalar> {
    tape: &'t Tape<T>,
    masks: NodeMap,
    computed: NodeMap,
}

impl<'t, T: Scalar> Adjoints<'t, T> {
    pub(super) fn new(tape: &'t Tape<T>) -> Self {
        Adjoints { tape, masks: tape.take_map(), computed: tape.take_map() }
    }

    pub(super) fn get(&self, node: NodeId) -> Option<Adjoint<'t, T>> {
        let var = |id: NodeId| self.tape.var(id);
        match (self.masks.get(node).map(var), self.computed.get(node).map(var)) {
            (Some(mask), Some(computed)) => Some(Product { mask, computed }),
            (Some(mask), None) => Some(Masked(mask)),
            (None, computed) => computed.map(Computed),
        }
    }

    pub(super) fn set(&mut self, node: NodeId, adjoint: Adjoint<'t, T>) {
        let (mask, computed) = match adjoint {
            Masked(mask) => (Some(mask), None),
            Computed(computed) => (None, Some(computed)),
            Product { mask, computed } => (Some(mask), Some(computed)),
        };
        for (map, factor) in [(&mut self.masks, mask), (&mut self.computed, computed)] {
            match factor {
                Some(factor) => map.insert(node, factor.id()),
                None => map.remove(node),
            }
        }
    }

    /// Adds what reaches `node`. Returns what could not be recorded, if anything.
    pub(super) fn add(&mut self, node: NodeId, contribution: Adjoint<'t, T>) -> Option<Var<'t, T>> {
        let sum = match self.get(node) {
            None => contribution,
            Some(sum) => sum.plus(contribution),
        };
        self.set(node, sum);
        match sum {
            Masked(var) | Computed(var) => Some(var).filter(|var| var.is_failed()),
            Product { mask, computed } => [mask, computed].into_iter().find(|var| var.is_failed()),
        }
    }
}

impl<T: Scalar> Drop for Adjoints<'_, T> {
    fn drop(&mut self) {
        for map in [&mut self.masks, &mut self.computed] {
            self.tape.return_map(std::mem::take(map));
        }
    }
}

/// Whether the factor is the derivative of a function that goes to its limit as fast as an exponential.
fn decays<T: Scalar>(factor: Var<'_, T>) -> bool {
    let inner = factor.tape().inner();
    let (graph, mut id) = (&inner.graph, factor.id());
    for _ in 0..DEPTH {
        id = match (graph.op(id), graph.args(id)) {
            (Op::Unary(Unary::Neg), &[x]) => x,
            (Op::Binary(Binary::Mul), &[x, number]) if matches!(graph.op(number), Op::Scalar(_)) => x,
            (Op::Unary(unary), _) => {
                use Unary::{Exp, Exp2, Gaussian, NormHazard, NormPdf, Sigmoid, SigmoidSlope};
                return matches!(unary, Exp | Exp2 | Gaussian | NormHazard | NormPdf | Sigmoid | SigmoidSlope);
            }
            _ => return false,
        };
    }
    false
}

/// How far back from a factor masks are looked for.
const DEPTH: u32 = 6;

/// Whether a 0 of this factor is exact, put there by the data or by a choice, as far as can be seen; not one of rounding.
fn may_mask<T: Scalar>(factor: Var<'_, T>) -> bool {
    factor.is_failed() || masks(&factor.tape().inner().graph, factor.id(), DEPTH)
}

fn masks<T: Scalar>(graph: &Graph<T>, id: NodeId, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    let args = graph.args(id);
    let operand = |index: usize| args.get(index).is_none_or(|&arg| masks(graph, arg, depth));
    // A number other than 0 isn't rounded either.
    let is_exact =
        |index: usize| args.get(index).is_some_and(|&arg| matches!(graph.op(arg), Op::Scalar(_))) || operand(index);
    match graph.op(id) {
        Op::Scalar(index) => graph.payloads.scalar(index) == T::zero(),
        Op::RowCount | Op::Ordered(..) => false,
        Op::Unary(unary) => match unary {
            Unary::Step | Unary::Signum | Unary::Relu | Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc => {
                true
            }
            Unary::Neg | Unary::Abs | Unary::StopGradient | Unary::Fract | Unary::ToDegrees | Unary::ToRadians => {
                operand(0)
            }
            // 0 only at 0, and finite.
            Unary::Sqrt | Unary::Cbrt | Unary::Sin | Unary::Atan | Unary::Asinh | Unary::Tanh | Unary::Erf => {
                operand(0)
            }
            _ => false,
        },
        Op::Binary(binary) => match binary {
            // The earlier one first: it has less behind it.
            Binary::Mul | Binary::StrongMul if args.first() < args.last() => operand(0) || operand(1),
            Binary::Mul | Binary::StrongMul => operand(1) || operand(0),
            Binary::Div | Binary::StrongDiv | Binary::Copysign | Binary::Xlogy | Binary::Xlog1py => operand(0),
            Binary::Add | Binary::Sub | Binary::Maximum | Binary::Minimum => {
                (operand(0) || operand(1)) && is_exact(0) && is_exact(1)
            }
            Binary::Pow | Binary::PowLn | Binary::Logaddexp | Binary::LogaddexpWeight | Binary::Atan2 => false,
            Binary::LogLoss | Binary::LogLossSlope => false,
            _ => true,
        },
        Op::Powi(_) | Op::Powf(_) => operand(0),
        Op::Reduce(reduce, _) if reduce.is_linear() => operand(0),
        Op::Reshape | Op::Broadcast | Op::Permute(_) | Op::Slice(_) | Op::Gather => operand(0),
        Op::Input(_) | Op::Constant(_) | Op::Select | Op::Reduce(..) | Op::Normalise(..) | Op::Weighted(..) => true,
        Op::Triple(_) | Op::Radial(_) | Op::MatMul { .. } | Op::Linear | Op::Unslice(_) | Op::Concatenate(_) => true,
        Op::ScatterAdd | Op::Diag | Op::Diagonal | Op::Lanewise(_) | Op::Linalg(_) | Op::Custom(_) => true,
    }
}
