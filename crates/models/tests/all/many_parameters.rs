//! Losses of more parameters than a Hessian is taken of by L-BFGS, in units that are orders of magnitude apart.

use super::own::own;
use autodiff::{Tape, Var};
use models::fit::{Method, Options, minimise};
use ndarray::Array1;

const COUNT: usize = 130;

/// Units from 1e-8 to 1e8, in no order.
fn units() -> Array1<f64> {
    Array1::from_shape_fn(COUNT, |at| 10f64.powf(16.0 * (at as f64 * 0.618_033_988_749_895).fract() - 8.0))
}

/// What the parameters times their units are compared with.
fn targets() -> Array1<f64> {
    Array1::from_shape_fn(COUNT, |at| 1.0 + (at as f64 * 0.414_213_562_373_095).fract())
}

type Of = for<'t> fn(&'t Tape<f64>, Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;

/// Losses of parameters in usual units and of the targets. All have their minimum, 0, at the targets.
const LOSSES: [(&str, Of); 5] = [
    ("squares", |_, z, t| (z - t).powi(2).sum()),
    ("ln cosh", |_, z, t| (z - t).cosh().ln().sum()),
    ("neighbours", |_, z, t| {
        let gap = z - t;
        gap.powi(2).sum() + (gap.slice_axis(0, 1..COUNT) - gap.slice_axis(0, 0..COUNT - 1)).powi(2).sum()
    }),
    ("a common part", |_, z, t| (z - t).powi(2).sum() + (z - t).sum().powi(2)),
    ("exponentials", |_, z, t| ((z - t).exp() - 1.0 - (z - t)).sum()),
];

/// The farthest that a parameter is off, in usual units.
fn off(parameters: &[f64]) -> f64 {
    let off = |((p, unit), target): ((&f64, &f64), &f64)| (p * unit - target).abs();
    parameters.iter().zip(&units()).zip(&targets()).map(off).fold(0.0, f64::max)
}

#[test]
fn whatever_the_units_of_many_parameters_their_minimum_is_found() {
    for (name, loss) in LOSSES {
        let model = own(&vec![0.0; COUNT], |tape: &Tape<f64>, p| {
            loss(tape, p * tape.constant(units()), tape.constant(targets()))
        });
        let fit = minimise(&model, &Options::method(Method::Lbfgs)).unwrap();
        let off = off(&fit.parameters);
        assert!(fit.converged() && off < 1e-5, "{name}: {} after {}, off by {off:e}", fit.reason(), fit.iterations);
    }
}

/// Not even where the loss is flat beside what it starts from.
#[test]
fn no_fit_of_many_parameters_converges_where_only_the_largest_slopes_have_vanished() {
    for (name, loss) in LOSSES {
        for max_iterations in [1, 3, 10, 30] {
            let model = own(&vec![0.0; COUNT], |tape: &Tape<f64>, p| {
                loss(tape, p * tape.constant(units()), tape.constant(targets())) + 100.0
            });
            let options = Options { max_iterations, ..Options::method(Method::Lbfgs) };
            let fit = minimise(&model, &options).unwrap();
            let off = off(&fit.parameters);
            assert!(
                !fit.converged() || off < 1e-3,
                "{name}: {} after {}, off by {off:e}",
                fit.reason(),
                fit.iterations
            );
        }
    }
}
