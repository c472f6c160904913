//! Values and derivatives against what other software computed.

use autodiff::catalogue::{self, Operation};
use autodiff::{Tape, Var};
use ndarray::Array1;
use tests::compare::{assert_relative, relative_error, ulps};
use tests::evaluate::both;
use tests::reference;

/// The elementwise functions that there are reference rows for, and by how many units in the last place their value, first
/// and second derivative may be off, over the whole range of f64. A few are more than three: the second derivative of `cbrt`
/// is that of the fifth power of its value, which the platform's library gives to one unit.
const FUNCTIONS: &[(&str, [u64; 3])] = &[
    ("exp", [1, 1, 1]),
    ("exp_m1", [1, 1, 1]),
    ("ln", [1, 1, 2]),
    ("ln_1p", [1, 1, 3]),
    ("sqrt", [1, 1, 3]),
    ("cbrt", [1, 3, 8]),
    ("sin", [1, 1, 1]),
    ("cos", [1, 1, 1]),
    ("tan", [1, 2, 3]),
    ("asin", [1, 2, 3]),
    ("acos", [1, 2, 3]),
    ("atan", [1, 2, 3]),
    ("sinh", [1, 1, 1]),
    ("cosh", [1, 1, 1]),
    ("tanh", [2, 3, 3]),
    ("asinh", [1, 2, 3]),
    ("acosh", [1, 2, 3]),
    ("atanh", [1, 2, 3]),
    ("recip", [0, 1, 2]),
    ("sigmoid", [2, 3, 3]),
    ("softplus", [2, 2, 3]),
    ("log_sigmoid", [2, 2, 3]),
    ("logit", [3, 3, 3]),
    ("erf", [3, 3, 3]),
    ("erfc", [3, 3, 3]),
    ("lgamma", [3, 3, 3]),
    ("digamma", [3, 3, 3]),
    ("norm_cdf", [3, 3, 3]),
];

fn operation(name: &str) -> Option<Operation> {
    catalogue::operations().find(|operation| operation.name() == name)
}

#[test]
fn elementwise_functions_have_the_reference_values_and_derivatives() {
    for (name, bounds) in FUNCTIONS {
        let Some(operation) = operation(name) else { continue };
        let rows = reference::function(name);
        let tape = Tape::new();
        let x = tape.data("x", rows.column(0));
        let value = operation.record(&tape, &[x]);
        let slope = value.sum().grad(x);
        let curvature = slope.sum().grad(x);
        for (way, found) in both(&tape, &[value, slope, curvature]) {
            for (order, (found, bound)) in found.iter().zip(bounds).enumerate() {
                for (row, &found) in rows.rows().into_iter().zip(found) {
                    let (x, wanted) = (row[0], row[1 + order]);
                    let off = ulps(found, wanted);
                    assert!(
                        off <= *bound,
                        "{name}, derivative {order}, at {x:e} by {way:?}: {found:e} for {wanted:e}, {off} ulp"
                    );
                }
            }
        }
    }
}

#[test]
fn every_function_of_the_reference_is_tested() {
    let mut tested: Vec<_> = FUNCTIONS.iter().map(|(name, _)| name.to_string()).collect();
    tested.sort_unstable();
    let mut there = reference::function_names();
    there.sort_unstable();
    assert_eq!(tested, there);
}

/// The example `name` of derivation.json on a tape: θ, the log-likelihood and its gradient.
fn likelihood<'t>(tape: &'t Tape<f64>, example: &serde_json::Value) -> [Var<'t, f64>; 3] {
    let (x, y) = (reference::matrix(&example["X"]), reference::vector(&example["y"]));
    let (x, y, theta) = (tape.data("X", &x), tape.data("y", &y), tape.input("theta", &[x.ncols()]));
    let pi = x.linear(theta).sigmoid();
    let likelihood = (y * pi.ln() + (1.0 - y) * (1.0 - pi).ln()).sum();
    [theta, likelihood, likelihood.grad(theta)]
}

#[test]
fn the_derivation_has_the_gradients_and_likelihoods_of_the_reference() {
    let data = reference::json("derivation.json");
    let example = &data["gradient_example"];
    let tape = Tape::new();
    let [theta, likelihood_at, gradient] = likelihood(&tape, example);

    theta.set_value(Array1::zeros(3)).unwrap();
    for (way, values) in both(&tape, &[likelihood_at, gradient]) {
        let wanted = [&example["log_likelihood_at_zero"], &example["gradient_norm_at_zero"]].map(reference::number);
        let norm = values[1].mapv(|g| g * g).sum().sqrt();
        for (found, wanted) in [values[0][[]], norm].into_iter().zip(wanted) {
            assert!(relative_error(found, wanted, wanted.abs()) < 1e-12, "{way:?}: {found} for {wanted}");
        }
        let wanted = reference::vector(&example["gradient_at_zero"]).into_dyn();
        assert_relative(&values[1], &wanted, 1e-12, &format!("{way:?}: gradient at 0"));
    }

    theta.set_value(reference::vector(&example["theta_mle"])).unwrap();
    for (way, values) in both(&tape, &[likelihood_at, gradient]) {
        let wanted = reference::number(&example["log_likelihood_at_mle"]);
        assert!(relative_error(values[0][[]], wanted, wanted.abs()) < 1e-12, "{way:?}");
        assert!(
            values[1].iter().all(|g| g.abs() < 1e-7),
            "{way:?}: the gradient vanishes at the maximum: {}",
            values[1]
        );
    }
}

#[test]
fn the_gradient_check_has_the_gradients_of_the_reference() {
    let data = reference::json("derivation.json");
    let example = &data["gradient_check_example"];
    let tape = Tape::new();
    let [theta, likelihood_at, gradient] = likelihood(&tape, example);
    for point in example["points"].as_array().unwrap() {
        theta.set_value(reference::vector(&point["theta"])).unwrap();
        for (way, values) in both(&tape, &[likelihood_at, gradient]) {
            let wanted = reference::number(&point["log_likelihood"]);
            assert!(relative_error(values[0][[]], wanted, wanted.abs()) < 1e-12, "{way:?}");
            let wanted = reference::vector(&point["gradient"]).into_dyn();
            assert_relative(&values[1], &wanted, 1e-12, &format!("{way:?}"));
        }
    }
}
