//! Losses with kinks that have a method of their own: L1 penalties and quantiles.

use super::own::own;
use approx::assert_relative_eq;
use autodiff::{Tape, Var};
use models::Design;
use models::fit::{Method, Options, minimise};
use models::quantile::Quantile;
use ndarray::{Array1, Array2, arr1, s};

/// Columns that are correlated, and a response of two of them.
fn data() -> (Array2<f64>, Array1<f64>) {
    let noise = |i: usize| (i as f64 * 0.618_033_988_749_895).fract() - 0.5;
    let x = Array2::from_shape_fn((40, 6), |(i, j)| noise(7 * i + 3 * j + i * j) + 0.5 * noise(i));
    let y = (0..40).map(|i| 1.0 + 2.0 * x[[i, 0]] - 1.5 * x[[i, 3]] + 0.2 * noise(11 * i + 5)).collect();
    (x, y)
}

fn methods(lambda: f64) -> [Options; 2] {
    let newton = Options::l1(lambda);
    let lbfgs = Options { l1: newton.l1.clone(), ..Options::method(Method::Lbfgs) };
    [newton, lbfgs]
}

#[test]
fn the_lasso_meets_its_conditions_and_sets_parameters_to_0() {
    let (x, y) = data();
    for lambda in [0.0, 0.1, 0.8, 3.0, 100.0] {
        let model = own(&[0.0; 7], |tape, p| {
            let residual = tape.constant(&y) - p.index_axis(0, 0) - tape.constant(&x).dot(p.slice_axis(0, 1..7));
            0.5 * (residual * residual).sum()
        });
        let mut found: Vec<Vec<f64>> = Vec::new();
        for options in methods(lambda) {
            let fit = minimise(&model, &options.except(&["p1"])).unwrap();
            assert!(fit.converged(), "{lambda}: {}", fit.reason());
            let residual = &y - fit.parameters[0] - x.dot(&arr1(&fit.parameters[1..]));
            assert!(residual.sum().abs() < 1e-5);
            for (column, &parameter) in x.columns().into_iter().zip(&fit.parameters[1..]) {
                let pull = column.dot(&residual);
                match parameter == 0.0 {
                    true => assert!(pull.abs() <= lambda + 1e-6, "{lambda}: {pull}"),
                    false => assert_relative_eq!(pull, lambda * parameter.signum(), epsilon = 1e-6),
                }
            }
            let penalty: f64 = fit.parameters[1..].iter().map(|parameter| lambda * parameter.abs()).sum();
            assert_relative_eq!(fit.loss, 0.5 * residual.dot(&residual) + penalty, max_relative = 1e-12);
            found.push(fit.parameters);
        }
        for (newton, lbfgs) in found[0].iter().zip(&found[1]) {
            assert_relative_eq!(newton, lbfgs, epsilon = 1e-5);
        }
        let zeros = found[0].iter().filter(|parameter| **parameter == 0.0).count();
        match lambda {
            0.0 => assert_eq!(zeros, 0),
            100.0 => assert_eq!(zeros, 6),
            _ => {}
        }
    }
}

#[test]
fn a_logistic_lasso_is_the_same_by_both_methods() {
    let (x, y) = data();
    let labels = y.mapv(|y| f64::from(y > 1.0));
    let model = own(&[0.0; 6], |tape: &Tape<f64>, p: Var<'_, f64>| {
        let eta = tape.constant(&x).dot(p);
        (eta.softplus() - tape.constant(&labels) * eta).sum()
    });
    let [newton, lbfgs] = methods(0.5).map(|options| minimise(&model, &options).unwrap());
    assert!(newton.converged() && lbfgs.converged());
    assert!(newton.parameters.contains(&0.0));
    for (newton, lbfgs) in newton.parameters.iter().zip(&lbfgs.parameters) {
        assert_relative_eq!(newton, lbfgs, epsilon = 1e-5);
        assert_eq!(*newton == 0.0, *lbfgs == 0.0);
    }
}

#[test]
fn a_fused_lasso_is_one_of_differences() {
    // Two levels with noise: the differences within a level are exactly 0.
    let y = Array1::from_shape_fn(20, |i| f64::from(i >= 10) * 3.0 + 0.1 * (((i * 7 + 2) % 5) as f64 - 2.0));
    let model = own(&[0.0; 20], |tape, p| (tape.constant(&y) - p.cumsum(0)).powi(2).sum() * 0.5);
    let fit = minimise(&model, &Options::l1(1.0).except(&["p1"])).unwrap();
    assert!(fit.converged(), "{}", fit.reason());
    let jumps: Vec<usize> = (1..20).filter(|&at| fit.parameters[at] != 0.0).collect();
    assert_eq!(jumps, [10]);
    // Each level is its mean, moved by λ over its length.
    let mean = y.slice(s![..10]).mean().unwrap();
    assert_relative_eq!(fit.parameters[0], mean + 0.1, max_relative = 1e-9);
}

#[test]
fn l1_options_that_make_no_sense_are_refused() {
    let model = own(&[1.0], |_, p| (p * p).sum());
    let message = |options: Options| minimise(&model, &options).unwrap_err().to_string();
    assert!(message(Options::l1(-1.0)).contains("it must be at least 0"));
    assert!(message(Options::l1(1.0).except(&["q"])).contains("no parameter `q`"));
    let region = Options { l1: Options::l1(1.0).l1, ..Options::method(Method::TrustRegion) };
    assert!(message(region).contains("Newton's method or L-BFGS"));
}

/// R's `stackloss`: air flow, water temperature, acid concentration, loss.
const STACKLOSS: [[f64; 4]; 21] = [
    [80.0, 27.0, 89.0, 42.0],
    [80.0, 27.0, 88.0, 37.0],
    [75.0, 25.0, 90.0, 37.0],
    [62.0, 24.0, 87.0, 28.0],
    [62.0, 22.0, 87.0, 18.0],
    [62.0, 23.0, 87.0, 18.0],
    [62.0, 24.0, 93.0, 19.0],
    [62.0, 24.0, 93.0, 20.0],
    [58.0, 23.0, 87.0, 15.0],
    [58.0, 18.0, 80.0, 14.0],
    [58.0, 18.0, 89.0, 14.0],
    [58.0, 17.0, 88.0, 13.0],
    [58.0, 18.0, 82.0, 11.0],
    [58.0, 19.0, 93.0, 12.0],
    [50.0, 18.0, 89.0, 8.0],
    [50.0, 18.0, 86.0, 7.0],
    [50.0, 19.0, 72.0, 8.0],
    [50.0, 19.0, 79.0, 8.0],
    [50.0, 20.0, 80.0, 9.0],
    [56.0, 20.0, 82.0, 15.0],
    [70.0, 20.0, 91.0, 15.0],
];

#[test]
fn the_median_regression_of_stackloss_is_that_of_quantreg() {
    let table = ndarray::arr2(&STACKLOSS);
    let fit = Quantile::new(Design::new(table.slice(s![.., ..3])), table.column(3), 0.5).unwrap().fit().unwrap();
    // `rq(stack.loss ~ stack.x, .5)`, to the digits that its documentation prints.
    for (found, expected) in fit.coefficients.iter().zip([-39.68985507, 0.83188406, 0.57391304, -0.06086957]) {
        assert_relative_eq!(*found, expected, max_relative = 1e-7);
    }
    assert_eq!(fit.gap, 0.0);
}

#[test]
fn no_coefficients_have_a_lower_quantile_loss() {
    let (x, y) = data();
    for tau in [0.05, 0.3, 0.5, 0.9] {
        let fit = Quantile::new(Design::new(&x), &y, tau).unwrap().fit().unwrap();
        assert!(fit.gap <= 1e-9 * fit.loss, "{tau}: {}", fit.gap);
        let loss = |coefficients: &[f64]| -> f64 {
            let residual = &y - coefficients[0] - x.dot(&arr1(&coefficients[1..]));
            residual.iter().map(|&r| r * (tau - f64::from(r < 0.0))).sum()
        };
        assert_relative_eq!(loss(&fit.coefficients), fit.loss, max_relative = 1e-12);
        for at in 0..7 {
            for step in [1e-3, -1e-3, 0.1, -0.1] {
                let mut moved = fit.coefficients.clone();
                moved[at] += step;
                assert!(loss(&moved) >= fit.loss - 1e-12);
            }
        }
        // As many rows below as τ says, but for those on the line.
        let residual = &y - fit.coefficients[0] - x.dot(&arr1(&fit.coefficients[1..]));
        let count = |which: fn(f64) -> bool| residual.iter().filter(|r| which(**r)).count() as f64;
        let (below, on) = (count(|r| r < -1e-9), count(|r| r.abs() <= 1e-9));
        assert!(below <= tau * 40.0 && tau * 40.0 <= below + on, "{tau}: {below} below, {on} on the line");
    }
    assert!(Quantile::new(Design::new(&x), &y, 1.0).is_err());
}
