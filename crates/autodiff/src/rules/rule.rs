//! What a vjp rule is given, and what it gives.

use crate::scalar::Scalar;
use crate::tape::Var;
use smallvec::SmallVec;

/// What a vjp rule is given: a node's operands, its output, and the output's adjoint.
pub(crate) struct Rule<'t, T: Scalar> {
    pub(crate) args: SmallVec<[Var<'t, T>; 3]>,
    pub(crate) output: Var<'t, T>,
    pub(crate) adjoint: Var<'t, T>,
    /// Which operands' adjoints are asked for.
    pub(crate) wanted: SmallVec<[bool; 3]>,
    /// The derivative of the sum of a node by another, recorded beside the one under way; `None` where it is 0, or where it is asked for by
    /// the rules of another such derivative.
    pub(crate) slope: fn(Var<'t, T>, Var<'t, T>) -> Option<Var<'t, T>>,
}

/// The operands' adjoints; `None` where there is none or none is asked for.
pub(crate) type Adjoints<'t, T> = SmallVec<[Option<Var<'t, T>>; 3]>;

impl<'t, T: Scalar> Rule<'t, T> {
    /// The adjoints of the operands that are asked for, by `rule`.
    pub(crate) fn each(&self, mut rule: impl FnMut(usize) -> Option<Var<'t, T>>) -> Adjoints<'t, T> {
        (0..self.args.len()).map(|index| if self.wanted[index] { rule(index) } else { None }).collect()
    }
}
