//! The `f64` functions against values computed with 400 digits.

use super::test_support::ulps;
use super::{Fast, VectorMath};
use serde_json::Value;

/// Rows `x, f(x), f'(x), f''(x)` per function, and rows `y, z, loss, d/dz, d²/dz²` of the logistic loss.
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/functions.json");

type Fma = Fast<true>;
type NoFma = Fast<false>;

fn reference() -> Value {
    let text = std::fs::read_to_string(REFERENCE).expect("the reference table");
    serde_json::from_str(&text).expect("valid JSON")
}

/// Infinities are written as strings.
fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some(text) => text.parse().expect("a number"),
        None => value.as_f64().expect("a number"),
    }
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    let rows = value.as_array().expect("an array of rows");
    rows.iter().map(|row| row.as_array().expect("a row").iter().map(number).collect()).collect()
}

/// Checks `function` against column `column` of the table of `name`.
fn check(table: &Value, name: &str, column: usize, bound: u64, function: impl Fn(f64) -> f64) {
    let rows = rows(&table["functions"][name]);
    assert!(!rows.is_empty(), "no rows for {name}");
    for row in rows {
        let (got, want) = (function(row[0]), row[column]);
        assert!(ulps(got, want) <= bound, "{name}[{column}] at {:e}: {got:e} for {want:e}", row[0]);
    }
}

fn sin<M: VectorMath<f64>>(x: f64) -> f64 {
    M::sin_tile([x])[0]
}

fn cos<M: VectorMath<f64>>(x: f64) -> f64 {
    M::cos_tile([x])[0]
}

fn functions_match<M: VectorMath<f64>>() {
    let table = reference();
    check(&table, "exp", 1, 1, M::exp);
    check(&table, "exp_m1", 1, 1, M::exp_m1);
    check(&table, "exp_m1", 2, 1, M::exp);
    check(&table, "ln", 1, 1, M::ln);
    check(&table, "ln_1p", 1, 1, M::ln_1p);
    check(&table, "tanh", 1, 2, M::tanh);
    check(&table, "sinh", 1, 1, M::sinh);
    check(&table, "cosh", 1, 1, M::cosh);
    check(&table, "sin", 1, 1, sin::<M>);
    check(&table, "sin", 2, 1, cos::<M>);
    check(&table, "cos", 1, 1, cos::<M>);
    check(&table, "sigmoid", 1, 2, M::sigmoid);
    check(&table, "softplus", 1, 2, M::softplus);
    check(&table, "softplus", 2, 2, |x| M::logistic(x).sigmoid);
    check(&table, "softplus", 3, 4, |x| M::logistic(x).sigmoid * M::logistic(x).sigmoid_neg);
    check(&table, "sigmoid", 2, 4, |x| M::logistic(x).sigmoid * M::logistic(x).sigmoid_neg);
    check(&table, "log_sigmoid", 1, 2, |x| -M::logistic(x).softplus_neg);
    check(&table, "log_sigmoid", 2, 2, |x| M::logistic(x).sigmoid_neg);
}

fn logistic_loss_matches<M: VectorMath<f64>>() {
    let rows = rows(&reference()["logistic_loss"]["rows"]);
    assert!(!rows.is_empty());
    for row in rows {
        let (y, z) = (row[0], row[1]);
        let l = M::logistic(z);
        // Both are softplus(z) − y·z; this one has summands of one sign.
        let loss = if z < 0.0 { l.softplus - y * z } else { l.softplus_neg + (1.0 - y) * z };
        let gradient = (1.0 - y) * l.sigmoid - y * l.sigmoid_neg;
        let got = [loss, gradient, l.sigmoid * l.sigmoid_neg];
        for (got, want) in got.into_iter().zip(&row[2..]) {
            assert!(ulps(got, *want) <= 4, "y = {y}, z = {z}: {got:e} for {want:e}");
        }
    }
}

#[test]
fn functions_match_the_reference() {
    functions_match::<Fma>();
    functions_match::<NoFma>();
}

#[test]
fn logistic_loss_matches_the_reference_in_both_tails() {
    logistic_loss_matches::<Fma>();
    logistic_loss_matches::<NoFma>();
}
