//! The engine on a scalar that isn't the machine's: twice the digits of `f64`, all through.

use autodiff::Tape;
use ndarray::{Array1, Array2};
use num_traits::Float;
use tests::double_double::DoubleDouble;
use tests::evaluate::both;
use tests::reference;

type Function = fn(DoubleDouble) -> DoubleDouble;

const FUNCTIONS: &[(&str, Function)] = &[
    ("exp", Float::exp),
    ("exp_m1", Float::exp_m1),
    ("ln", Float::ln),
    ("ln_1p", Float::ln_1p),
    ("sin", Float::sin),
    ("cos", Float::cos),
    ("tan", Float::tan),
    ("asin", Float::asin),
    ("acos", Float::acos),
    ("atan", Float::atan),
    ("sinh", Float::sinh),
    ("cosh", Float::cosh),
    ("tanh", Float::tanh),
    ("asinh", Float::asinh),
    ("acosh", Float::acosh),
    ("atanh", Float::atanh),
    ("sqrt", Float::sqrt),
    ("cbrt", Float::cbrt),
    ("recip", Float::recip),
    ("exp2", Float::exp2),
    ("log2", Float::log2),
    ("log10", Float::log10),
];

/// The relative error, as a plain number.
fn error(found: DoubleDouble, wanted: DoubleDouble) -> f64 {
    if found == wanted { 0.0 } else { ((found - wanted) / wanted).hi().abs() }
}

#[test]
fn the_scalar_itself_has_thirty_digits() {
    let table = &reference::json("double_double.json")["functions"];
    assert_eq!(table.as_object().unwrap().len(), FUNCTIONS.len());
    for (name, function) in FUNCTIONS {
        for row in reference::matrix(&table[name]).rows() {
            let (x, wanted) = (DoubleDouble::new(row[0], row[1]), DoubleDouble::new(row[2], row[3]));
            let error = error(function(x), wanted);
            assert!(error < 1e-29, "{name} of {x}: {} for {wanted}, {error:e}", function(x));
        }
    }
}

#[test]
fn the_logistic_gradient_has_twenty_eight_digits() {
    let data = reference::json("derivation.json");
    let example = &data["gradient_check_example"];
    let x: Array2<DoubleDouble> = reference::matrix(&example["X"]).mapv(DoubleDouble::from);
    let y: Array1<DoubleDouble> = reference::vector(&example["y"]).mapv(DoubleDouble::from);
    let tape = Tape::new();
    let (x, y) = (tape.data("X", &x), tape.data("y", &y));
    let theta = tape.input("theta", &[4]);
    let pi = x.linear(theta).sigmoid();
    let one = DoubleDouble::from(1.0);
    let naive = (y * pi.ln() + (-y + one) * (-pi + one).ln()).sum();
    let stable = -pi.log_loss(y).sum();
    for point in reference::json("double_double.json")["logistic"].as_array().unwrap() {
        theta.set_value(reference::vector(&point["theta"]).mapv(DoubleDouble::from)).unwrap();
        let two =
            |value: &serde_json::Value| DoubleDouble::new(reference::number(&value[0]), reference::number(&value[1]));
        for likelihood in [naive, stable] {
            let gradient = likelihood.grad(theta);
            for (way, values) in both(&tape, &[likelihood, gradient]) {
                let value_error = error(values[0][[]], two(&point["log_likelihood"]));
                assert!(value_error < 1e-28, "{way:?}: log-likelihood off by {value_error:e}");
                for (found, wanted) in values[1].iter().zip(point["gradient"].as_array().unwrap()) {
                    let error = error(*found, two(wanted));
                    assert!(error < 1e-28, "{way:?}: {found} for {}, off by {error:e}", two(wanted));
                }
            }
        }
    }
}

#[test]
fn the_tails_of_the_logistic_loss_have_twenty_eight_digits() {
    // ln(1 + e⁻ᶻ) and its derivatives for large z, by the series in t = e⁻ᶻ that its definition is.
    let tape = Tape::new();
    let z = tape.variable("z", Array1::from_vec([40.0, 100.0, 300.0, 600.0].map(DoubleDouble::from).to_vec()));
    let loss = z.sigmoid().log_loss(z.step().stop_gradient());
    let slope = loss.sum().grad(z);
    let curvature = slope.sum().grad(z);
    for (way, values) in both(&tape, &[slope, curvature]) {
        for (index, z) in [40.0, 100.0, 300.0, 600.0].into_iter().enumerate() {
            let t = DoubleDouble::from(-z).exp();
            let sigma = t - t * t + t * t * t;
            assert!(error(values[0][[index]], -sigma) < 1e-28, "{way:?}: slope at {z}: {}", values[0][[index]]);
            let product = t - (t * t) * 2.0.into() + (t * t * t) * 3.0.into();
            assert!(error(values[1][[index]], product) < 1e-28, "{way:?}: curvature at {z}: {}", values[1][[index]]);
        }
    }
}
