//! Losses that are functions of sums: what is written of each sum, of the loss by the sums, and of both together.

use super::Random;
use crate::derive::{Found, find};
use crate::pool::Id;
use crate::{sums, value};
use autodiff::{Tape, Var};
use ndarray::ArrayD;

/// A loss, and the sums that it is a function of.
type Case<'t> = (Var<'t, f64>, Vec<Var<'t, f64>>);

/// Sums of the squares of residuals, of exponentials, of weighted values, named or not, one and two of them, with what is beside them.
fn cases<'t>(x: Var<'t, f64>, y: Var<'t, f64>, theta: Var<'t, f64>, s: Var<'t, f64>) -> Vec<Case<'t>> {
    let eta = x.linear(theta);
    let r = y - eta;
    let [squares, odds, cubes] = [r.powi(2).sum(), (s * eta).exp().sum(), (y * eta.powi(3)).sum()];
    let entropy = (y * eta.sigmoid().ln() + (1.0 - y) * (1.0 - eta.sigmoid()).ln()).sum();
    let [linear, sizes, total] = [(y * eta).sum(), r.abs().sum(), eta.sum()];
    let ridge = s * theta.powi(2).sum();
    let (named, mean) = ((y - 2.0 * eta).powi(2).sum().named("Q"), (y - 3.0 * eta).powi(2).mean().named("M"));
    vec![
        ((squares / 5.0).sqrt(), vec![squares]),
        ((squares / 5.0).sqrt() + ridge, vec![squares]),
        (squares.ln() - cubes, vec![squares, cubes]),
        (odds.ln() / s, vec![odds]),
        (odds.ln() - linear, vec![odds, linear]),
        ((odds + ridge).ln(), vec![odds]),
        (cubes / squares, vec![cubes, squares]),
        (cubes / (1.0 + odds).powi(2) * s, vec![cubes, odds]),
        (squares * (1.0 + sizes), vec![squares, sizes]),
        ((-entropy / 5.0).exp(), vec![entropy]),
        ((named / s).sqrt() + named.ln(), vec![named]),
        (mean.sqrt() + ridge, vec![mean]),
        (squares + total.powi(2), vec![squares, total]),
    ]
}

fn close(engine: Var<'_, f64>, ours: &ArrayD<f64>) -> bool {
    let engine = engine.value().expect("a value");
    let scale = engine.iter().fold(1e-3f64, |largest, x| largest.max(x.abs()));
    engine.shape() == ours.shape() && engine.iter().zip(ours).all(|(a, b)| (a - b).abs() <= 1e-12 * scale)
}

#[test]
fn sums_and_the_loss_by_them_have_the_engines_derivatives() {
    let mut random = Random(12);
    for _ in 0..5 {
        let tape = Tape::<f64>::new();
        let values: Vec<(&str, ArrayD<f64>)> = [("X", &[5, 2][..]), ("y", &[5]), ("theta", &[2]), ("s", &[])]
            .map(|(name, shape)| (name, ArrayD::from_shape_simple_fn(shape, || random.unit() + 0.1)))
            .into();
        let array = |place: usize| values[place].1.clone();
        let (x, y) = (tape.data("X", array(0)), tape.data("y", array(1)));
        let (theta, s) = (tape.variable("theta", array(2)), tape.variable("s", array(3)));
        for (loss, of) in cases(x, y, theta, s) {
            let mut found = find(loss, &[theta, s]).expect("a derivation");
            let printed = crate::derive_all(loss, &[theta, s]).expect("a derivation");
            let number = |found: &Found, id: Id, like: Option<Id>| value(found, id, like, &values).expect("a value");
            let named = sums::named(&found);
            assert_eq!(named.len(), of.len(), "{printed}");
            for sum in named {
                let full = found.of_inputs(sum.symbol);
                let at = number(&found, full, None);
                let is_it = |of: &&Var<'_, f64>| close(**of, &at);
                let engine = *of.iter().find(is_it).unwrap_or_else(|| panic!("no sum is {at}: {printed}"));
                let adjoint = found.adjoints.iter().find(|adjoint| adjoint.of == sum.symbol).expect("it").value;
                let adjoint = found.of_inputs(adjoint);
                assert!(close(loss.grad(engine), &number(&found, adjoint, None)), "{printed}");
                let mut part = sums::of_sum(&found, &sum).expect("a derivation");
                for (parameter, gradient) in part.parameters.clone().into_iter().zip(part.gradients.clone()) {
                    let by = if parameter == found.parameters[0] { theta } else { s };
                    let gradient = part.of_inputs(gradient);
                    assert!(close(engine.grad(by), &number(&part, gradient, Some(parameter))), "{printed}");
                }
            }
            for (place, by) in [theta, s].into_iter().enumerate() {
                let gradient = printed.gradient_value(place, &values).expect("a value");
                assert!(close(loss.grad(by), &gradient), "{printed}");
            }
        }
    }
}
