//! The special functions, and what else has slopes that are hard to keep exact, against values computed with 6000 bits:
//! value, first, second and third derivative, by the interpreter and by a program.

use autodiff::{Tape, bind, catalogue};
use ndarray::Array1;
use serde_json::Value;
use std::collections::BTreeMap;

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/special.json");

/// Rows `x, f(x), f'(x), f''(x), f'''(x)` by function.
fn reference() -> BTreeMap<String, Vec<[f64; 5]>> {
    let text = std::fs::read_to_string(REFERENCE).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let number = |value: &Value| match value.as_str() {
        Some(text) => text.parse().unwrap(),
        None => value.as_f64().unwrap(),
    };
    let rows = |rows: &Value| {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| std::array::from_fn(|column| number(&row[column]))).collect()
    };
    let functions = json["functions"].as_object().unwrap();
    functions.iter().map(|(name, table)| (name.clone(), rows(table))).collect()
}

/// `f`, `f′`, `f″` and `f‴` at every `x`, by the interpreter, then by a program.
fn evaluated(name: &str, x: &Array1<f64>) -> [[Vec<f64>; 4]; 2] {
    let operation = catalogue::operations().find(|operation| operation.name() == name).unwrap();
    let tape = Tape::<f64>::new();
    let var = tape.data("x", x);
    let mut orders = vec![operation.record(&tape, &[var])];
    for order in 0..3 {
        orders.push(orders[order].sum().grad(var));
    }
    let program = tape.compile(&orders).unwrap().run(&[bind("x", x)]).unwrap();
    let interpreted: Vec<_> = orders.iter().map(|order| order.value().unwrap()).collect();
    [interpreted, program.into_vec()].map(|values| std::array::from_fn(|order| values[order].iter().copied().collect()))
}

/// The error in units in the last place of `want`; those of a subnormal are the smallest number.
fn ulps(got: f64, want: f64) -> f64 {
    if got == want || (got.is_nan() && want.is_nan()) {
        return 0.0;
    }
    let ulp = (f64::from_bits(want.abs().to_bits() + 1) - want.abs()).min(want.abs() * f64::EPSILON).max(5e-324);
    let error = ((got - want) / ulp).abs();
    if error.is_nan() { f64::INFINITY } else { error }
}

/// The largest error allowed of the value and of each derivative.
const BOUNDS: [f64; 4] = [4.0, 5.0, 5.0, 10.0];

/// Derivatives that cross 0 between these points and are sums of recorded terms there: their errors are relative to the terms.
/// Function, order, bound.
const CROSSING: [(&str, usize, f64); 12] = [
    ("gaussian", 2, 30.0),
    ("norm_pdf", 2, 30.0),
    ("norm_pdf", 3, 30.0),
    ("erf", 3, 40.0),
    ("erfc", 3, 40.0),
    ("norm_cdf", 3, 30.0),
    ("tanh", 3, 60.0),
    ("log_norm_cdf", 3, 100.0),
    ("norm_hazard", 2, 100.0),
    ("norm_hazard", 3, 500.0),
    ("norm_residual", 2, 100.0),
    ("norm_residual", 3, 500.0),
];

fn bound(name: &str, order: usize) -> f64 {
    let exception = CROSSING.iter().find(|&&(function, at, _)| (function, at) == (name, order));
    match (name, order) {
        // 1 − h·(x + h) on the right, of terms that are about five times as large.
        ("norm_residual", 1) => 15.0,
        _ => exception.map_or(BOUNDS[order], |&(_, _, bound)| bound),
    }
}

#[test]
fn values_and_three_derivatives_keep_their_relative_accuracy_everywhere() {
    let reference = reference();
    assert_eq!(reference.len(), 24);
    for (name, rows) in reference {
        let x = Array1::from_iter(rows.iter().map(|row| row[0]));
        for (way, orders) in ["interpreter", "program"].into_iter().zip(evaluated(&name, &x)) {
            for (order, values) in orders.iter().enumerate() {
                for (row, &got) in rows.iter().zip(values) {
                    let (x, want) = (row[0], row[order + 1]);
                    let error = ulps(got, want);
                    assert!(
                        error <= bound(&name, order),
                        "{way}: derivative {order} of {name} at {x:e} is {got:e}, not {want:e}: {error:.1} ulp"
                    );
                }
            }
        }
    }
}

#[test]
fn single_precision_is_the_rounded_double() {
    for (name, rows) in reference() {
        let operation = catalogue::operations().find(|operation| operation.name() == name).unwrap();
        let x: Array1<f32> = rows.iter().map(|row| row[0] as f32).collect();
        let tape = Tape::<f32>::new();
        let var = tape.data("x", &x);
        let y = operation.record(&tape, &[var]);
        let program = tape.compile(&[y, y.sum().grad(var)]).unwrap().run(&[bind("x", &x)]).unwrap();
        let [_, double] = evaluated(&name, &x.mapv(f64::from));
        for order in 0..2 {
            for ((&x, &got), &want) in x.iter().zip(&program[order]).zip(&double[order]) {
                // In units of the last place of f32; what overflows or underflows there is left out.
                if want.abs() > 1e-37 && want.abs() < 1e38 {
                    let error = (f64::from(got) - want).abs() / (want.abs() * f64::from(f32::EPSILON));
                    assert!(
                        error <= 4.0,
                        "derivative {order} of {name} at {x:e} is {got:e}, not {want:e}: {error:.1} ulp"
                    );
                }
            }
        }
    }
}

/// Records the function named, and its first two derivatives, at one point.
fn at(name: &str, x: f64) -> [f64; 3] {
    let [orders, program] = evaluated(name, &Array1::from_elem(1, x));
    for (interpreted, run) in orders.iter().zip(&program).take(3) {
        let same = interpreted[0] == run[0] || (interpreted[0].is_nan() && run[0].is_nan());
        assert!(same, "{name} at {x}: {} by the interpreter, {} by the program", interpreted[0], run[0]);
    }
    std::array::from_fn(|order| orders[order][0])
}

fn assert_at(name: &str, x: f64, expected: [f64; 3]) {
    let got = at(name, x);
    let same = |(&got, &expected): (&f64, &f64)| {
        let sign = got != 0.0 || got.is_sign_negative() == expected.is_sign_negative();
        (got == expected && sign) || (got.is_nan() && expected.is_nan())
    };
    assert!(got.iter().zip(&expected).all(same), "{name} at {x}: {got:?}, not {expected:?}");
}

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

#[test]
fn the_ends_of_the_line_are_limits() {
    for (name, left, right) in [
        ("gaussian", [0.0, 0.0, 0.0], [0.0, -0.0, 0.0]),
        ("norm_pdf", [0.0, 0.0, 0.0], [0.0, -0.0, 0.0]),
        ("erf", [-1.0, 0.0, 0.0], [1.0, 0.0, -0.0]),
        ("erfc", [2.0, -0.0, -0.0], [0.0, -0.0, 0.0]),
        ("norm_cdf", [0.0, 0.0, 0.0], [1.0, 0.0, -0.0]),
        ("log_norm_cdf", [-INF, INF, -1.0], [-0.0, 0.0, 0.0]),
        ("norm_hazard", [INF, -1.0, 0.0], [0.0, 0.0, 0.0]),
        ("norm_residual", [0.0, 0.0, 0.0], [INF, 1.0, 0.0]),
        ("digamma", [NAN, INF, NAN], [INF, 0.0, 0.0]),
        ("sinc", [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
    ] {
        for (x, expected) in [(-INF, left), (INF, right), (NAN, [NAN; 3])] {
            let got = at(name, x);
            let same = |(&got, &expected): (&f64, &f64)| got == expected || (got.is_nan() && expected.is_nan());
            assert!(got.iter().zip(&expected).all(same), "{name} at {x}: {got:?}, not {expected:?}");
        }
    }
}

#[test]
fn poles_and_ends_of_domains() {
    for (name, x, expected) in [
        ("lgamma", 0.0, [INF, -INF, INF]),
        ("lgamma", -0.0, [INF, INF, INF]),
        ("lgamma", -1.0, [INF, NAN, INF]),
        ("lgamma", INF, [INF, INF, 0.0]),
        ("digamma", 0.0, [-INF, INF, -INF]),
        ("digamma", -2.0, [NAN, INF, NAN]),
        ("trigamma", 0.0, [INF, -INF, INF]),
        ("trigamma", -2.0, [INF, NAN, INF]),
        ("logit", 0.0, [-INF, INF, -INF]),
        ("logit", 1.0, [INF, INF, INF]),
        ("logit", -0.1, [NAN, NAN, NAN]),
        ("logit", 1.1, [NAN, NAN, NAN]),
        ("log1mexp", 0.0, [-INF, INF, -INF]),
        ("log1mexp", INF, [-0.0, 0.0, -0.0]),
        ("log1mexp", -1.0, [NAN, NAN, NAN]),
        ("asin", 1.0, [std::f64::consts::FRAC_PI_2, INF, INF]),
        ("acosh", 1.0, [0.0, INF, -INF]),
        ("acosh", INF, [INF, 0.0, -0.0]),
        ("atanh", 1.0, [INF, INF, INF]),
        ("atanh", -1.0, [-INF, INF, -INF]),
        ("atanh", -0.0, [-0.0, 1.0, -0.0]),
        ("erf", -0.0, [-0.0, std::f64::consts::FRAC_2_SQRT_PI, 0.0]),
    ] {
        assert_at(name, x, expected);
    }
}
