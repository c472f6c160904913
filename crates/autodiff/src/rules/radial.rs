//! `r̄·x/‖x‖`: the adjoint of x where that of r = ‖x‖ is r̄.
//!
//! Of one piece, because what it is the derivative of may be smooth where x is 0 though the norm is not: ½‖x‖², `√(1 + ‖x‖²)`, any
//! even function of the norm. The second derivative along v is, with u = x/r,
//! `(r̄/r)·(v − u(u·v)) + ṙ̄·u`. Away from 0 the part across u is a triple product, whose digits don't cancel. At 0 there is
//! no direction to be across, r̄ is 0 too if the function is smooth, and `r̄/r` has the limit `dr̄/dr`, the whole second derivative
//! in every direction.

use crate::ops::{Op, Reduce};
use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::shape::Axes;
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// The adjoint of `self`, of whose norm along `axes`, `r`, it is `adjoint`.
    #[track_caller]
    pub(crate) fn radial(self, r: Self, adjoint: Self, axes: Axes) -> Self {
        self.tape().record(Op::Radial(axes), &[self, r, adjoint])
    }
}

/// The norm `r` is no variable of its own: what depends on it is said by the derivative by x.
pub(crate) fn vjp<'t, T: Scalar>(axes: Axes, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let (x, r, adjoint, v) = (rule.args[0], rule.args[1], rule.args[2], rule.adjoint);
    let radius = r.stretch_back(x, axes);
    let unit = x.strong_div(radius);
    rule.each(|index| match index {
        0 => {
            let across = v.triple(unit, unit, axes).strong_div(radius);
            let across = adjoint.stretch_back(x, axes).strong_mul(across);
            let Some(curvature) = curvature(rule) else { return Some(across) };
            let is_smooth = r.equal(T::zero()) * adjoint.equal(T::zero());
            let at_0 = is_smooth.select(curvature, T::zero()).stretch_back(x, axes);
            Some(radius.equal(T::zero()).select(at_0.strong_mul(v), across))
        }
        1 => None,
        _ => Some(x.tape().record(Op::Reduce(Reduce::Sum, axes), &[v.strong_mul(unit)])),
    })
}

/// The most nodes after a norm that its adjoint is made of where the norm's curvature at 0 is recorded. Each norm of a long chain has all
/// nodes after it in its adjoint: to record its curvature from them would take as many nodes again, for each norm.
const MOST_NODES: usize = 1024;

/// `dr̄/dr`; nothing where r̄ is the same whatever r is, NaN where it is made of too many nodes. The sum over all norms is that of
/// each by itself: where one is 0 and the function smooth, the function is even in it, and the others' adjoints have no derivative
/// by it.
fn curvature<'t, T: Scalar>(rule: &Rule<'t, T>) -> Option<Var<'t, T>> {
    let (r, adjoint) = (rule.args[1], rule.args[2]);
    if !r.tape().inner().graph.has_few_ancestors(adjoint.id(), r.id(), MOST_NODES) {
        return Some(adjoint.filled(f64::NAN));
    }
    (rule.slope)(adjoint, r)
}
