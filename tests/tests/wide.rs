//! The engine on a scalar that isn't the machine's: twice the digits of `f64`, and a range without end, all through.

use autodiff::{Tape, Wide};
use ndarray::{Array1, Array2};
use num_traits::Float;
use tests::evaluate::both;
use tests::reference;

type Function = fn(Wide) -> Wide;

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

/// The number of a row's columns from `at` on: a sum of two, and the power of two that it is times.
fn far(row: ndarray::ArrayView1<'_, f64>, at: usize) -> Wide {
    Wide::new(row[at], row[at + 1]) * Wide::from(row[at + 2]).exp2()
}

/// The relative error, as a plain number.
fn error(found: Wide, wanted: Wide) -> f64 {
    if found == wanted { 0.0 } else { ((found - wanted) / wanted).to_f64().abs() }
}

#[test]
fn the_scalar_itself_has_thirty_digits() {
    let table = &reference::json("wide.json")["functions"];
    assert_eq!(table.as_object().unwrap().len(), FUNCTIONS.len());
    for (name, function) in FUNCTIONS {
        for row in reference::matrix(&table[name]).rows() {
            let (x, wanted) = (Wide::new(row[0], row[1]), Wide::new(row[2], row[3]));
            let error = error(function(x), wanted);
            assert!(error < 1e-29, "{name} of {x}: {} for {wanted}, {error:e}", function(x));
        }
    }
}

#[test]
fn the_scalar_keeps_its_digits_where_f64_has_no_numbers() {
    let table = reference::json("wide.json");
    for (name, rows) in table["far"].as_object().unwrap() {
        let (_, function) = FUNCTIONS.iter().find(|(other, _)| other == name).unwrap();
        for row in reference::matrix(rows).rows() {
            let (x, wanted) = (far(row, 0), far(row, 3));
            let error = error(function(x), wanted);
            assert!(error < 2e-30, "{name} of {x}: {} for {wanted}, {error:e}", function(x));
        }
    }
    for row in reference::matrix(&table["powers"]).rows() {
        let (x, p, wanted) = (far(row, 0), far(row, 3), far(row, 6));
        let bound = 1e-30 * (p * x.ln()).abs().to_f64().max(1.0);
        assert!(error(x.powf(p), wanted) < bound, "{x} to the {p}: {} for {wanted}", x.powf(p));
    }
}

#[test]
fn the_scalars_edges_are_those_of_f64() {
    let points = [f64::NEG_INFINITY, -1e308, -2.5, -1.0, -0.5, -5e-324, -0.0, 0.0, 5e-324, 0.5, 1.0, 3.0, 1e308];
    let points = || points.into_iter().chain([f64::INFINITY, f64::NAN]);
    let same = |name: &str, found: Wide, wanted: f64| {
        let found = found.to_f64();
        let equal = found == wanted && found.is_sign_negative() == wanted.is_sign_negative();
        let near = (found - wanted).abs() <= 1e-15 * wanted.abs();
        assert!(equal || near || found.is_nan() && wanted.is_nan(), "{name}: {found} for {wanted}");
    };
    // Where neither over- nor underflows in f64 alone.
    let in_range = |x: f64| !x.is_finite() || x.abs() < 700.0;
    type Plain = fn(f64) -> f64;
    let plain: [(&str, Function, Plain); 22] = [
        ("exp", Float::exp, f64::exp),
        ("exp_m1", Float::exp_m1, f64::exp_m1),
        ("ln", Float::ln, f64::ln),
        ("ln_1p", Float::ln_1p, f64::ln_1p),
        ("sqrt", Float::sqrt, f64::sqrt),
        ("cbrt", Float::cbrt, f64::cbrt),
        ("sin", Float::sin, f64::sin),
        ("cos", Float::cos, f64::cos),
        ("tan", Float::tan, f64::tan),
        ("asin", Float::asin, f64::asin),
        ("acos", Float::acos, f64::acos),
        ("atan", Float::atan, f64::atan),
        ("sinh", Float::sinh, f64::sinh),
        ("cosh", Float::cosh, f64::cosh),
        ("tanh", Float::tanh, f64::tanh),
        ("floor", Float::floor, f64::floor),
        ("ceil", Float::ceil, f64::ceil),
        ("round", Float::round, f64::round),
        ("trunc", Float::trunc, f64::trunc),
        ("log2", Float::log2, f64::log2),
        ("exp2", Float::exp2, f64::exp2),
        ("abs", Float::abs, f64::abs),
    ];
    for (name, wide, double) in plain {
        let exponential = ["exp", "exp_m1", "sinh", "cosh", "exp2"].contains(&name);
        points()
            .filter(|&x| !exponential || in_range(x))
            .for_each(|x| same(&format!("{name} of {x}"), wide(x.into()), double(x)));
    }
    type Pair<T> = fn(T, T) -> T;
    let pairs: [(&str, Pair<Wide>, Pair<f64>); 9] = [
        ("+", |a, b| a + b, |a, b| a + b),
        ("-", |a, b| a - b, |a, b| a - b),
        ("*", |a, b| a * b, |a, b| a * b),
        ("/", |a, b| a / b, |a, b| a / b),
        ("%", |a, b| a % b, |a, b| a % b),
        ("atan2", Float::atan2, f64::atan2),
        ("max", Float::max, f64::max),
        ("min", Float::min, f64::min),
        ("powf", Float::powf, f64::powf),
    ];
    let is_far = |x: f64| x != 0.0 && x.is_finite() && !(1e-300..1e300).contains(&x.abs());
    for (name, wide, double) in pairs {
        for a in points() {
            for b in points().filter(|&b| !is_far(a) && !is_far(b) || name == "%" && a.abs() < b.abs()) {
                if ["max", "min"].contains(&name) && a == b {
                    continue;
                }
                same(&format!("{a} {name} {b}"), wide(a.into(), b.into()), double(a, b));
            }
        }
        for a in points() {
            for b in points() {
                let (found, wanted) = (Wide::from(a).partial_cmp(&b.into()), a.partial_cmp(&b));
                assert_eq!(found, wanted, "{a} against {b}");
            }
        }
    }
}

#[test]
fn the_scalar_prints_its_digits() {
    let print = |x: Wide| x.to_string();
    assert_eq!(print(Wide::from(2.0)), "2e0");
    assert_eq!(print(-Wide::from(1.0) / Wide::from(3.0)), "-3.33333333333333333333333333333e-1");
    assert_eq!(print(Wide::from(1e6).exp()), "3.0332153968020875450864021e434294");
    assert_eq!(format!("{:.3}", Wide::from(9.9999)), "1.000e1");
    assert_eq!(print(Wide::from(f64::NAN)), "NaN");
    assert_eq!(print(Wide::from(-0.0)), "-0");
}

#[test]
fn special_functions_keep_their_digits_in_the_far_tails() {
    // ln Φ(−x) and ln erfc x far out, where Φ and erfc are no numbers of f64; from mpmath with 60 digits.
    let tape = Tape::new();
    let x = tape.variable("x", Array1::from_vec([-60.0, -70_000.0].map(Wide::from).to_vec()));
    let cdf = [[-1805.0135606805673, 1.1364716108096618e-13], [-2450000012.075189, 5.9176692943868416e-08]];
    let erfc = [[-3604.6668483458434, -3.45640949474331e-16], [-4900000011.728616, 2.9674498571170045e-07]];
    let wanted = [cdf, cdf, erfc];
    for (way, values) in both(&tape, &[x.norm_cdf().ln(), x.log_norm_cdf(), (-x).erfc().ln()]) {
        for (function, (value, wanted)) in values.iter().zip(wanted).enumerate() {
            for (&found, [hi, lo]) in value.iter().zip(wanted) {
                let error = error(found, Wide::new(hi, lo));
                assert!(error < 1e-28, "{way:?}: function {function}: {found}, off by {error:e}");
            }
        }
    }
}

#[test]
fn the_logistic_gradient_has_twenty_eight_digits() {
    let data = reference::json("derivation.json");
    let example = &data["gradient_check_example"];
    let x: Array2<Wide> = reference::matrix(&example["X"]).mapv(Wide::from);
    let y: Array1<Wide> = reference::vector(&example["y"]).mapv(Wide::from);
    let tape = Tape::new();
    let (x, y) = (tape.data("X", &x), tape.data("y", &y));
    let theta = tape.input("theta", &[4]);
    let pi = x.linear(theta).sigmoid();
    let one = Wide::from(1.0);
    let naive = (y * pi.ln() + (-y + one) * (-pi + one).ln()).sum();
    let stable = -pi.log_loss(y).sum();
    for point in reference::json("wide.json")["logistic"].as_array().unwrap() {
        theta.set_value(reference::vector(&point["theta"]).mapv(Wide::from)).unwrap();
        let two = |value: &serde_json::Value| Wide::new(reference::number(&value[0]), reference::number(&value[1]));
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
    let z = tape.variable("z", Array1::from_vec([40.0, 100.0, 300.0, 600.0].map(Wide::from).to_vec()));
    let loss = z.sigmoid().log_loss(z.step().stop_gradient());
    let slope = loss.sum().grad(z);
    let curvature = slope.sum().grad(z);
    for (way, values) in both(&tape, &[slope, curvature]) {
        for (index, z) in [40.0, 100.0, 300.0, 600.0].into_iter().enumerate() {
            let t = Wide::from(-z).exp();
            let sigma = t - t * t + t * t * t;
            assert!(error(values[0][[index]], -sigma) < 1e-28, "{way:?}: slope at {z}: {}", values[0][[index]]);
            let product = t - (t * t) * 2.0.into() + (t * t * t) * 3.0.into();
            assert!(error(values[1][[index]], product) < 1e-28, "{way:?}: curvature at {z}: {}", values[1][[index]]);
        }
    }
}
