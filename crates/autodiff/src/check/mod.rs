//! Checks of derivatives against finite differences, for tests.
//!
//! [`check_gradient`] and [`check_hessian`] look at every component, [`check_directions`] at a few random directions
//! (for many parameters), [`check_given_gradient`] at a gradient that was worked out by hand. Each gives a [`Report`]:
//!
//! ```
//! use autodiff::{Tape, check_gradient};
//! # fn main() -> autodiff::Result<()> {
//! let tape = Tape::<f64>::new();
//! let theta = tape.variable("theta", ndarray::arr1(&[0.5, -1.0]));
//! let loss = (theta.exp() * theta.sin()).sum();
//! let report = check_gradient(loss, &[theta])?;
//! assert!(report.passed(), "{report}");
//! # Ok(())
//! # }
//! ```
//!
//! | file | what is there |
//! |---|---|
//! | `checker`, `function`, `random` | the checks; a recording as a function of its inputs; random directions |
//! | `slope`, `judge`, `report` | numerical derivatives; the verdict on one; what was found, as a table |
//! | `rounding` | how much of the differences may be rounding |
//!
//! # How
//! The differences are central, at a ladder of steps that starts at the size of each component and is walked until the
//! Richardson extrapolations of neighbouring steps agree. The extrapolation's error estimate distinguishes a wrong derivative
//! (the difference is beyond the error) from a function too noisy to judge ([`Verdict::Unclear`], which is no pass). Where the
//! slopes on the two sides of a point differ however small the step, the function has a kink there: a derivative between
//! the two slopes is accepted ([`Verdict::Kink`]) and any other fails. Close to a kink the steps shrink until they are clear
//! of it. A component that doesn't pass is looked at once more, with what rounding does to all that the function is computed from: where
//! large numbers cancel, at the minimum of an exact fit say, its differences know no slope, and a derivative that they can't tell from
//! theirs passes. [`Check::step`] takes plain central differences of one given step instead.
//!
//! The functions are evaluated by compiled programs at the inputs' values at hand, which stay as they are; what is checked
//! is recorded on the tape as usual. A gradient in d components takes some 20·d evaluations of the loss.

mod checker;
mod function;
mod judge;
mod random;
mod report;
mod rounding;
mod slope;

pub use checker::Check;
pub use report::{Component, Report, Verdict};

use crate::error::Result;
use crate::given::IntoValue;
use crate::scalar::Scalar;
use crate::tape::Var;

/// Checks the gradient of a scalar by inputs with values at hand: [`Check::gradient`] with the default options.
#[track_caller]
pub fn check_gradient<'t, T: Scalar>(loss: Var<'t, T>, parameters: &[Var<'t, T>]) -> Result<Report<T>> {
    Check::new().gradient(loss, parameters)
}

/// Checks the Hessian of a scalar, all blocks of it: [`Check::hessian`] with the default options.
#[track_caller]
pub fn check_hessian<'t, T: Scalar>(loss: Var<'t, T>, parameters: &[Var<'t, T>]) -> Result<Report<T>> {
    Check::new().hessian(loss, parameters)
}

/// Checks the gradient along random directions: [`Check::directions`] with the default options.
#[track_caller]
pub fn check_directions<'t, T: Scalar>(loss: Var<'t, T>, parameters: &[Var<'t, T>]) -> Result<Report<T>> {
    Check::new().directions(loss, parameters)
}

/// Checks a gradient that was worked out otherwise: [`Check::given_gradient`] with the default options.
#[track_caller]
pub fn check_given_gradient<'a, T: Scalar>(
    loss: Var<'_, T>,
    parameter: Var<'_, T>,
    gradient: impl IntoValue<'a, T>,
) -> Result<Report<T>> {
    Check::new().given_gradient(loss, parameter, gradient)
}
