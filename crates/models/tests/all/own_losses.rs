//! Losses of one's own that are not convex, not smooth, not everywhere defined, or have no minimum: every fit ends, at the
//! minimum or with the reason.

use super::own::{METHODS, Own, own};
use approx::assert_relative_eq;
use autodiff::{Tape, Var};
use models::Error;
use models::fit::{Fit, Method, Options, Status, minimise};
use ndarray::{arr1, arr2};

fn fits<F>(model: &Own<F>) -> Vec<(Method, Fit)>
where
    F: for<'t> Fn(&'t Tape<f64>, Var<'t, f64>) -> Var<'t, f64>,
{
    let fit = |method| (method, model.fit(method).unwrap_or_else(|error| panic!("{method:?}: {error}")));
    METHODS.into_iter().map(fit).collect()
}

fn assert_found<F>(model: Own<F>, expected: &[f64])
where
    F: for<'t> Fn(&'t Tape<f64>, Var<'t, f64>) -> Var<'t, f64>,
{
    for (method, fit) in fits(&model) {
        assert!(fit.converged(), "{method:?} after {}: {} {:?}", fit.iterations, fit.status, fit.parameters);
        for (found, expected) in fit.parameters.iter().zip(expected) {
            assert_relative_eq!(*found, *expected, max_relative = 1e-6, epsilon = 1e-6);
        }
    }
}

#[test]
fn where_the_hessian_is_indefinite_the_minimum_is_found() {
    assert_found(own(&[0.1], |_, p| (p * p - 1.0).powi(2).sum()), &[1.0]);
    assert_found(own(&[-0.1, 0.3], |_, p| (p * p - 1.0).powi(2).sum()), &[-1.0, 1.0]);
    // Rosenbrock's valley.
    assert_found(
        own(&[-1.2, 1.0], |_, p| {
            let (a, b) = (p.index_axis(0, 0), p.index_axis(0, 1));
            100.0 * (b - a * a).powi(2) + (1.0 - a).powi(2)
        }),
        &[1.0, 1.0],
    );
}

#[test]
fn a_saddle_is_left_by_methods_that_see_the_hessian() {
    let model = own(&[0.0, 0.5], |_, p| {
        let (a, b) = (p.index_axis(0, 0), p.index_axis(0, 1));
        (a * a - 1.0).powi(2) + b * b
    });
    for method in [Method::Newton, Method::TrustRegion] {
        let fit = model.fit(method).unwrap();
        assert!(fit.converged(), "{method:?}: {}", fit.status);
        assert_relative_eq!(fit.parameters[0].abs(), 1.0, max_relative = 1e-7);
    }
}

#[test]
fn steps_out_of_the_domain_are_rejected() {
    assert_found(own(&[5.0], |_, p| (p - p.ln()).sum()), &[1.0]);
    assert_found(own(&[0.9], |_, p| (-(1.0 - p * p).sqrt() + 0.5 * p).sum()), &[-(0.2f64.sqrt())]);
    // The logarithm of a determinant, by a factorisation that fails where the matrix isn't positive definite.
    assert_found(
        own(&[3.0], |tape, p| {
            let matrix = tape.constant(arr2(&[[1.0, 0.0], [0.0, 1.0]])) * p.index_axis(0, 0);
            p.sum() - 0.5 * matrix.log_det_spd()
        }),
        &[1.0],
    );
}

#[test]
fn minima_that_are_flatter_than_a_parabola_are_found() {
    for (method, fit) in fits(&own(&[3.0], |_, p| (p - 1.0).powi(4).sum())) {
        assert!(fit.converged(), "{method:?}: {} {:?}", fit.status, fit.parameters);
        assert_relative_eq!(fit.parameters[0], 1.0, max_relative = 1e-3);
    }
}

#[test]
fn fits_of_losses_with_kinks_end_and_say_so() {
    for start in [3.3, -0.7, 1e3] {
        for (method, fit) in fits(&own(&[start], |_, p| p.abs().sum())) {
            assert!(fit.parameters[0].abs() < 1e-2, "{method:?} from {start}: {} {:?}", fit.status, fit.parameters);
            assert!(
                fit.iterations <= 1000 && (fit.parameters[0] == 0.0 || !fit.converged()),
                "{method:?}: {}",
                fit.status
            );
        }
    }
    let model = own(&[3.3, 0.2], |tape, p| (p - tape.constant(arr1(&[0.5, 0.25]))).abs().sum() + (p * p).sum());
    for (method, fit) in fits(&model) {
        assert!(matches!(&fit.status, Status::Kink { .. }), "{method:?}: {} {:?}", fit.status, fit.parameters);
    }
    let model = own(&[0.0], |tape, p| {
        let residual = tape.constant(arr1(&[1.0, 2.0, 4.0, 8.0])) - p;
        residual.gt(0.0).select(0.3 * residual, -0.7 * residual).sum()
    });
    for (method, fit) in fits(&model) {
        assert_eq!(fit.status, Status::Kink { parameter: 0 }, "{method:?} {:?}", fit.parameters);
        assert!(fit.reason().contains("a kink along `p1`"), "{}", fit.reason());
        assert_relative_eq!(fit.parameters[0], 2.0, max_relative = 1e-4);
    }
}

#[test]
fn losses_without_a_minimum_are_told_with_the_direction() {
    let along = |model: Result<Fit, Error>, expected: &str| match model.unwrap_err() {
        Error::Unbounded { direction, .. } => assert_eq!(direction[0].0, expected),
        other => panic!("{other}"),
    };
    for method in METHODS {
        along(own(&[0.3], |_, p| -(p * p).sum()).fit(method), "p1");
        along(own(&[0.3], |_, p| p.sum()).fit(method), "p1");
        along(own(&[0.3], |_, p| -p.exp().sum()).fit(method), "p1");
        along(own(&[0.3, 0.1], |_, p| (p.index_axis(0, 0) - 1.0).powi(2) - 2.0 * p.index_axis(0, 1)).fit(method), "p2");
    }
}

#[test]
fn an_infimum_at_infinity_is_told_with_the_direction() {
    let along = |model: Result<Fit, Error>, expected: &[(&str, f64)]| match model.unwrap_err() {
        error @ Error::AtInfinity { .. } => {
            let Error::AtInfinity { direction, .. } = &error else { panic!() };
            for ((name, part), (expected, sign)) in direction.iter().zip(expected) {
                assert!(name == expected && part * sign > 0.0, "{error}");
            }
        }
        other => panic!("{other}"),
    };
    for method in METHODS {
        along(own(&[0.3], |_, p| (-p).exp().sum()).fit(method), &[("p1", 1.0)]);
        along(own(&[0.3], |_, p| p.softplus().sum()).fit(method), &[("p1", -1.0)]);
        along(own(&[0.3], |_, p| 1.0 + (-p).exp().sum()).fit(method), &[("p1", 1.0)]);
        along(own(&[2.0], |_, p| (p * p + 1.0).recip().sum()).fit(method), &[("p1", 1.0)]);
        let beside = own(&[0.3, 0.5], |_, p| (-p.index_axis(0, 1)).exp() + (p.index_axis(0, 0) - 1.0).powi(2));
        along(beside.fit(method), &[("p2", 1.0)]);
    }
    // Flat ways, and minima far from the start, are none of these.
    for method in METHODS {
        let fit = own(&[0.3, 0.2], |_, p| (p.sum() - 1.0).powi(2)).fit(method).unwrap();
        assert!(fit.converged(), "{method:?}: {}", fit.status);
        let fit = own(&[0.0], |_, p| (p - 1000.0).powi(2).sum().ln_1p()).fit(method);
        assert!(fit.as_ref().is_ok_and(|fit| (fit.parameters[0] - 1000.0).abs() < 1e-3), "{method:?}: {fit:?}");
    }
}

#[test]
fn what_is_not_finite_at_the_start_is_named() {
    for method in METHODS {
        let message = |model: Result<Fit, Error>| model.unwrap_err().to_string();
        let text = message(own(&[-1.0], |_, p| p.ln().sum()).fit(method));
        assert!(text.contains("the loss is NaN at the starting values") && text.contains("own_losses.rs"), "{text}");
        let text = message(own(&[1.0, 0.0], |_, p| p.sqrt().sum()).fit(method));
        assert!(text.contains("the derivative of the loss by `p2` is inf"), "{text}");
    }
}

#[test]
fn inputs_may_have_any_name() {
    struct Named(ndarray::Array1<f64>);
    impl models::Objective for Named {
        fn blocks(&self) -> Vec<models::Block> {
            vec![models::Block::numbered("p", 1)]
        }
        fn record<'t>(&self, tape: &'t Tape<f64>, p: &[Var<'t, f64>]) -> models::Result<models::Recording<'t>> {
            Ok(models::Recording::new((p[0] - tape.input("parameters 0", &[1])).powi(2).sum()))
        }
        fn bind(&self) -> Vec<autodiff::Binding<'_, f64>> {
            vec![autodiff::bind("parameters 0", &self.0)]
        }
    }
    assert_relative_eq!(minimise(&Named(arr1(&[2.5])), &Options::default()).unwrap().parameters[0], 2.5);
}
