//! Losses that are hard to minimise: flat, steep, kinked, badly scaled, undefined in places, without a minimum. Every fit ends, and
//! none says that it converged where the loss isn't at a minimum.

use super::own::{METHODS, own};
use super::verdicts::Wanted::{Kink, Least, LeastInTime, NoMinimum, NotConverged, Stationary};
use super::verdicts::{Case, case, check, pair, parts};
use autodiff::{Tape, Var};
use models::Error;
use models::fit::{Options, minimise};

fn flat_and_curved() -> Vec<Case> {
    vec![
        case(
            "Beale",
            &[&[1.0, 1.0]],
            |_, p| {
                let (x, y) = pair(p);
                (1.5 - x + x * y).powi(2) + (2.25 - x + x * y * y).powi(2) + (2.625 - x + x * y.powi(3)).powi(2)
            },
            Least(0.0),
        ),
        case(
            "Powell's singular",
            &[&[3.0, -1.0, 0.0, 1.0]],
            |_, p| {
                let [a, b, c, d] = parts(p);
                (a + 10.0 * b).powi(2) + 5.0 * (c - d).powi(2) + (b - 2.0 * c).powi(4) + 10.0 * (a - d).powi(4)
            },
            LeastInTime(0.0),
        ),
        case(
            "a curve of minima",
            &[&[3.0, 2.5]],
            |_, p| {
                let (x, y) = pair(p);
                (x * y - 1.0).powi(2)
            },
            Least(0.0),
        ),
        case(
            "a valley whose floor is nearly flat",
            &[&[1.0, 2.0], &[0.5, 2.0], &[2.0, 1.0]],
            |t, p| falling_valley(t, p) + 1e-6 * p.index_axis(0, 0).powi(2),
            Least(-250_000.0),
        ),
        case("an eighth power", &[&[2.0, -3.0]], |_, p| p.powi(8).sum(), LeastInTime(0.0)),
        case("Cauchy's from far away", &[&[1e6]], |_, p| (p * p + 1.0).ln().sum(), Least(0.0)),
        case(
            "a degenerate saddle nearby",
            &[&[0.1, 0.05]],
            |_, p| {
                let (x, y) = pair(p);
                x.powi(3) - 3.0 * x * y * y + (x * x + y * y).powi(2)
            },
            Least(-0.10546875),
        ),
        case("from a maximum", &[&[1e-3]], |_, p| (p.cos() + 1.0).sum(), Least(0.0)),
        case("a ripple", &[&[2.3]], |_, p| (p * p + 0.5 * (20.0 * p).sin().powi(2)).sum(), Stationary),
        case("the power 3/2", &[&[2.0]], |_, p| p.abs().powf(1.5).sum(), Least(0.0)),
        case("a minimum inside of a nearly flat region", &[&[2.5]], |_, p| (1.0 - (-(p * p)).exp()).sum(), Least(0.0)),
    ]
}

fn scaled() -> Vec<Case> {
    vec![
        case(
            "Brown's, badly scaled",
            &[&[1.0, 1.0]],
            |_, p| {
                let (x, y) = pair(p);
                (x - 1e6).powi(2) + (y - 2e-6).powi(2) + (x * y - 2.0).powi(2)
            },
            Least(0.0),
        ),
        case(
            "Powell's, badly scaled",
            &[&[0.0, 1.0]],
            |_, p| {
                let (x, y) = pair(p);
                (1e4 * x * y - 1.0).powi(2) + ((-x).exp() + (-y).exp() - 1.0001).powi(2)
            },
            Least(0.0),
        ),
        case(
            "curvatures of 1e8 and 1e-8",
            &[&[0.0, 0.0]],
            |_, p| {
                let (x, y) = pair(p);
                1e8 * (x - 1.0).powi(2) + 1e-8 * (y - 1.0).powi(2)
            },
            Least(0.0),
        ),
        case(
            "parameters of 1e8 and 1e-8",
            &[&[0.0, 0.0]],
            |_, p| {
                let (x, y) = pair(p);
                (x * 1e-8 - 1.0).powi(2) + (y * 1e8 - 1.0).powi(2)
            },
            Least(0.0),
        ),
        case("of the size 1e-20", &[&[5.0, 2.0]], |_, p| 1e-20 * (p - 1.0).powi(2).sum(), Least(0.0)),
        case("of the size 1e20", &[&[5.0, 2.0]], |_, p| 1e20 * (p - 1.0).powi(2).sum(), Least(0.0)),
        case("above 1e12", &[&[5.0]], |_, p| 1e12 + (p - 1.0).powi(2).sum(), Least(1e12)),
        case("an exponential of an exponential", &[&[3.0]], |_, p| (p.exp().exp() - 100.0 * p).sum(), Least(-90.59829)),
        case("the same from further", &[&[6.0]], |_, p| (p.exp().exp() - 100.0 * p).sum(), LeastInTime(-90.59829)),
    ]
}

fn undefined_in_places() -> Vec<Case> {
    vec![
        case("a root and a pole", &[&[10.0]], |_, p| ((p - 1.0).sqrt() + 1.0 / (p - 1.0)).sum(), Least(1.8898815748)),
        case(
            "the same from the pole",
            &[&[1.001]],
            |_, p| ((p - 1.0).sqrt() + 1.0 / (p - 1.0)).sum(),
            Least(1.8898815748),
        ),
        case(
            "squared logarithms",
            &[&[1e-8, 1e8]],
            |_, p| {
                let (x, y) = pair(p);
                x.ln().powi(2) + (y.ln() - 3.0).powi(2)
            },
            Least(0.0),
        ),
        case(
            "a barrier near its wall",
            &[&[0.5]],
            |_, p| (-p.ln() - (1.0 - p).ln() + 1e6 * p).sum(),
            Least(14.815511557),
        ),
        case(
            "a choice that hides NaN",
            &[&[4.0]],
            |_, p| p.gt(0.0).select(p - p.ln(), 1.0 + (p - 1.0).powi(2)).sum(),
            Least(1.0),
        ),
    ]
}

fn kinked() -> Vec<Case> {
    vec![
        case(
            "two absolute values",
            &[&[5.0, 5.0]],
            |_, p| {
                let (x, y) = pair(p);
                (x - 1.0).abs() + (y + 2.0).abs() + 0.1 * x * x
            },
            Kink(0.1),
        ),
        case("the larger of two parabolas", &[&[5.0]], |_, p| (p * p).maximum((p - 2.0).powi(2)).sum(), Kink(1.0)),
        case("a hinge", &[&[-3.0]], |_, p| ((1.0 - p).maximum(0.0) + 0.05 * p * p).sum(), Kink(0.05)),
        case("a cusp", &[&[1.0]], |_, p| p.abs().sqrt().sum(), Kink(0.0)),
    ]
}

fn without_a_minimum() -> Vec<Case> {
    vec![
        case("softplus", &[&[3.0]], |_, p| p.softplus().sum(), NoMinimum),
        case("an exponential", &[&[0.5], &[40.0], &[-300.0]], |_, p| (-p).exp().sum(), NoMinimum),
        case("a product with an exponential", &[&[0.0]], |_, p| (p * (-p).exp()).sum(), NoMinimum),
        case(
            "a saddle of infinite depth",
            &[&[1.0, 0.1]],
            |_, p| {
                let (x, y) = pair(p);
                x * x - y * y
            },
            NoMinimum,
        ),
        case("a cube, whose slope vanishes on the way", &[&[1.0]], |_, p| p.powi(3).sum(), Stationary),
        case(
            "a valley of two parameters whose floor falls",
            &[&[1.0, 2.0, 0.0], &[0.5, 1.5, 1.0], &[2.0, 0.0, 1.0]],
            |_, p| {
                let [a, b, c] = parts(p);
                (a * (b - c)).powi(2) + 0.01 * c * c - a
            },
            NoMinimum,
        ),
        case(
            "a steep valley whose floor falls",
            &[&[1.0, 2.0], &[0.5, 1.5], &[2.0, 0.3]],
            |_, p| {
                let (a, b) = pair(p);
                a.powi(4) * (b - 1.0).powi(2) - a
            },
            NoMinimum,
        ),
        case("a logarithm", &[&[2.0]], |_, p| -p.ln().sum(), NoMinimum),
        case("a valley whose floor falls", &[&[1.0, 2.0], &[1.0, 1.5], &[0.5, 2.0]], falling_valley, NoMinimum),
        case(
            "one that grows steep until numbers end",
            &[&[1.0, 2.0], &[1.0, 1.5], &[2.0, 1.0]],
            |_, p| {
                let (a, b) = pair(p);
                a.exp() * (b - 1.0).powi(2) - a
            },
            NotConverged,
        ),
        case(
            "a likelihood with a point mass",
            &[&[0.5, 0.0]],
            |tape, p| {
                let (mean, log_sd) = pair(p);
                let z = (tape.constant(ndarray::arr1(&[1.0, 1.0])) - mean) / log_sd.exp();
                (0.5 * z * z + log_sd).sum()
            },
            NotConverged,
        ),
    ]
}

/// At b = 1 the loss curves along b alone, and what rounding leaves of it along a says nothing.
fn falling_valley<'t>(_: &'t Tape<f64>, p: Var<'t, f64>) -> Var<'t, f64> {
    let (a, b) = pair(p);
    a * a * (b - 1.0).powi(2) - a
}

#[test]
fn every_method_follows_a_valley_whose_floor_falls_for_ever() {
    let starts = [[1.0, 2.0], [1.0, 1.5], [0.5, 2.0], [2.0, 1.0], [3.0, 0.9], [-1.0, 5.0], [0.0, 0.0], [50.0, -3.0]];
    for (start, method) in starts.iter().flat_map(|start| METHODS.map(|method| (start, method))) {
        match minimise(&own(start, falling_valley), &Options::method(method)) {
            Err(Error::Unbounded { direction, .. }) => {
                assert!(direction.len() == 1 && direction[0].1 == 1.0, "{start:?}, {method:?}: {direction:?}");
            }
            other => panic!("{start:?}, {method:?}: {other:?}"),
        }
    }
}

#[test]
fn flat_and_curved_minima_are_found() {
    check(flat_and_curved());
}

#[test]
fn minima_are_found_whatever_the_scales() {
    check(scaled());
}

#[test]
fn minima_are_found_beside_where_the_loss_is_undefined() {
    check(undefined_in_places());
}

#[test]
fn kinks_are_no_convergence() {
    check(kinked());
}

#[test]
fn a_loss_without_a_minimum_is_told() {
    check(without_a_minimum());
}
