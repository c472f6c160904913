//! Compositions f(g(x)) of elementary functions, where a factor of the chain rule over- or underflows though the product doesn't:
//! values, gradients and second derivatives against many digits. A wrong finite number is refused everywhere; where a NaN or an
//! infinity stands for a number, the reason is listed.

use autodiff::{Tape, Var, catalogue};
use ndarray::{Array1, arr1};
use std::collections::BTreeSet;
use tests::compare::relative_error;
use tests::edge_case::Case;
use tests::evaluate::{both, compiled};
use tests::reference;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Relative error that is right. An exponential of a logarithm near 700 loses as much.
const TOLERANCE: f64 = 1e-12;

/// How many times what half a unit of g(x) loses is right.
const ROUNDINGS: f64 = 16.0;

fn record<'t>(name: &str, tape: &'t Tape<f64>, x: Var<'t, f64>) -> Var<'t, f64> {
    if name == "square" {
        return x.powi(2);
    }
    let operation = catalogue::operations().find(|operation| operation.name() == name);
    operation.expect("an operation of the catalogue").record(tape, &[x])
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Found {
    Right,
    NotFinite,
    Wrong,
}

fn judge(found: f64, wanted: f64, lost: f64) -> Found {
    if !found.is_finite() {
        return if wanted.is_finite() { Found::NotFinite } else { Found::Right };
    }
    let right = (found - wanted).abs() <= TOLERANCE * wanted.abs() + ROUNDINGS * lost + f64::MIN_POSITIVE;
    if right { Found::Right } else { Found::Wrong }
}

/// Why the derivative of this order (0: the value) of f(g(x)) may be infinite or NaN where the truth is a number.
fn reason(order: usize, f: &str, g: &str) -> Option<&'static str> {
    let decaying = [
        "erf",
        "erfc",
        "exp",
        "exp2",
        "exp_m1",
        "gaussian",
        "log_sigmoid",
        "norm_cdf",
        "norm_pdf",
        "sigmoid",
        "softplus",
        "tanh",
    ];
    let exploding = ["cosh", "exp", "exp2", "exp_m1", "log1mexp", "log_norm_cdf", "logit", "recip", "rsqrt", "sinh"];
    match f {
        "acos" | "acosh" | "asin" | "atanh" | "log1mexp" | "logit" => {
            Some("g(x) is rounded to 0 or ±1, where f has no derivative")
        }
        "atan" if order == 2 && g == "rsqrt" => Some("the second derivative of g overflows beside the first of f"),
        _ if order == 2 && decaying.contains(&f) && exploding.contains(&g) => Some(
            "a derivative of g overflows before the derivative of f, which is rounded to 0, is there to win over it",
        ),
        _ => None,
    }
}

/// What is found of the value and the derivatives of f(g(x)) at one point.
struct Row {
    x: f64,
    /// By the program; the derivatives also by the interpreter, which takes the value as it is written.
    found: [[f64; 2]; 3],
    wanted: [f64; 3],
    lost: [f64; 3],
}

fn rows(pair: &str, rows: &serde_json::Value, points: &Array1<f64>) -> Vec<Row> {
    let rows: Vec<Array1<f64>> = rows.as_array().expect("rows").iter().map(reference::vector).collect();
    let at: Array1<f64> = rows.iter().map(|row| points[row[0] as usize]).collect();
    let (f, g) = pair.split_once(' ').expect("two functions");
    let tape = Tape::new();
    let x = tape.data("x", &at);
    let value = record(f, &tape, record(g, &tape, x));
    let slope = value.sum().grad(x);
    let [(_, interpreted), (_, compiled)] = both(&tape, &[value, slope, slope.sum().grad(x)]);
    let row = |(index, row): (usize, &Array1<f64>)| Row {
        x: at[index],
        found: std::array::from_fn(|order| {
            let program = compiled[order][index];
            [program, if order == 0 { program } else { interpreted[order][index] }]
        }),
        wanted: std::array::from_fn(|order| row[1 + order]),
        lost: std::array::from_fn(|order| row.get(4 + order).copied().unwrap_or(0.0)),
    };
    rows.iter().enumerate().map(row).collect()
}

#[test]
fn no_composition_has_a_wrong_finite_number() {
    let data = reference::json("compositions.json");
    let points = reference::vector(&data["points"]);
    let (mut counts, mut total, mut wrong, mut not_finite) = ([0; 3], [0; 3], Vec::new(), BTreeSet::new());
    for (pair, list) in data["pairs"].as_object().expect("pairs") {
        for row in rows(pair, list, &points) {
            for order in 0..3 {
                let wanted = row.wanted[order];
                total[order] += usize::from(wanted.is_finite());
                let each = row.found[order].map(|found| judge(found, wanted, row.lost[order]));
                counts[order] += usize::from(wanted.is_finite() && each == [Found::Right; 2]);
                if each.contains(&Found::Wrong) {
                    wrong.push(format!("{order} {pair} at {:e}: {:e} for {wanted:e}", row.x, row.found[order][0]));
                } else if each.contains(&Found::NotFinite) {
                    not_finite.insert((order, pair.as_str()));
                }
            }
        }
    }
    println!("right, of the values and derivatives that are numbers: {counts:?} of {total:?}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let is_listed =
        |(order, pair): &&(usize, &str)| pair.split_once(' ').is_some_and(|(f, g)| reason(*order, f, g).is_some());
    let unlisted: Vec<_> = not_finite.iter().filter(|found| !is_listed(found)).collect();
    let least = [11_900, 11_820, 11_520];
    assert!(counts.iter().zip(least).all(|(&count, least)| count >= least), "right: {counts:?}, wanted {least:?}");
    assert!(unlisted.is_empty(), "not finite, and not listed: {unlisted:?}");
}

/// A recording of one operand, and its NaN outside of where its inner function is defined.
type Recording = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;

#[test]
fn inverse_pairs_keep_their_domain() {
    let pairs: [(Recording, f64); 11] = [
        (|x| x.ln().exp(), -1.0),
        (|x| x.ln().exp_m1(), -1.0),
        (|x| x.log2().exp2(), -1.0),
        (|x| x.ln_1p().exp_m1(), -2.0),
        (|x| x.sqrt().powi(2), -1.0),
        (|x| x.powf(0.25).powi(8), -1.0),
        (|x| x.acosh().cosh(), 0.5),
        (|x| x.atanh().tanh(), -1.5),
        (|x| x.logit().sigmoid(), 1.5),
        (|x| x.ln().sigmoid(), -0.5),
        (|x| x.ln().softplus(), -0.5),
    ];
    for (index, (record, outside)) in pairs.iter().enumerate() {
        let tape = Tape::new();
        let x = tape.data("x", arr1(&[*outside]));
        let value = record(x);
        for (way, values) in both(&tape, &[value, value.sum().grad(x)]) {
            assert!(values.iter().flatten().all(|found| found.is_nan()), "pair {index} by {way:?}: {values:?}");
        }
    }
}

#[test]
fn inverse_pairs_are_right_where_the_inner_function_is_lost() {
    Case::of(|x| x[0].ln().exp(), &[0.0], 0.0).gradient(&[1.0]).second(&[0.0]).check("exp ln");
    Case::of(|x| x[0].sqrt().powi(2), &[0.0], 0.0).gradient(&[1.0]).second(&[0.0]).check("the square of a root");
    Case::of(|x| x[0].recip().recip(), &[0.0], 0.0).gradient(&[1.0]).second(&[0.0]).check("1/(1/x)");
    Case::of(|x| 1.0 / (1.0 / x[0]), &[1e200], 1e200).gradient(&[1.0]).check("1/(1/x), as quotients");
    Case::of(|x| x[0].recip().ln(), &[1e170], -391.4394658089878).gradient(&[-1e-170]).check("ln(1/x)");
    Case::of(|x| x[0].recip().ln(), &[1e200], -460.51701859880916).gradient(&[-1e-200]).check("ln(1/x)");
    Case::of(|x| x[0].recip().ln(), &[1e-200], 460.51701859880916).gradient(&[-1e200]).check("ln(1/x)");
    Case::of(|x| x[0].powi(2).sqrt(), &[1e170], 1e170).as_written(INF).gradient(&[1.0]).check("the root of a square");
    Case::of(|x| (x[0] * x[0]).sqrt(), &[-1e-170], 1e-170).as_written(0.0).gradient(&[-1.0]).check("the root of x·x");
    Case::of(|x| x[0].exp().sqrt(), &[800.0], 5.221469689764144e173)
        .as_written(INF)
        .gradient(&[2.610734844882072e173])
        .check("the root of an exponential");
    Case::of(|x| x[0].ln().sigmoid(), &[0.0], 0.0).gradient(&[1.0]).second(&[-2.0]).check("σ(ln x)");
    Case::of(|x| x[0].ln().sigmoid(), &[INF], 1.0).gradient(&[0.0]).check("σ(ln x)");
    Case::of(|x| x[0].ln().softplus(), &[0.0], 0.0).gradient(&[1.0]).second(&[-1.0]).check("softplus(ln x)");
    Case::of(|x| x[0].ln().exp(), &[-1.0], NAN).gradient(&[NAN]).check("exp ln, outside");
}

#[test]
fn a_reciprocal_that_is_in_range_has_its_derivative() {
    let tape = Tape::new();
    let x = tape.variable("x", -30.0);
    let slope = x.norm_cdf().recip().grad(x);
    for (way, values) in both(&tape, &[slope]) {
        let (found, wanted) = (values[0][[]], -6.120849944249592e198);
        assert!(relative_error(found, wanted, -wanted) < 1e-12, "{way:?}: {found:e} for {wanted:e}");
    }
}

/// A chain whose derivative at 800 is a rounded 0 times an infinity.
fn lost<'t>(x: Var<'t, f64>) -> Var<'t, f64> {
    (1.0 + x.exp()).atan()
}

#[test]
fn a_rounded_zero_beside_an_infinity_is_no_number() {
    let tape = Tape::new();
    let x = tape.data("x", arr1(&[0.0, 800.0]));
    let weights = tape.data("w", arr1(&[2.0, 3.0]));
    for loss in [lost(x).sum(), (weights * lost(x)).sum(), x.gt(-1.0).select(lost(x), 0.0).mean()] {
        for (way, values) in both(&tape, &[loss.grad(x)]) {
            assert!(values[0][0].is_finite() && values[0][1].is_nan(), "{way:?}: {}", values[0]);
        }
    }
}

#[test]
fn what_takes_no_part_has_gradient_zero_all_the_same() {
    let tape = Tape::new();
    let x = tape.data("x", arr1(&[0.0, 800.0]));
    let weights = tape.data("w", arr1(&[1.0, 0.0]));
    let losses = [
        (weights * lost(x)).sum(),
        (lost(x) * weights * x).sum(),
        x.lt(1.0).select(lost(x), x).sum() - x.ge(1.0).select(x, 0.0).sum(),
        (x.lt(1.0) * lost(x)).sum(),
        ((1.0 - x).relu() * lost(x)).sum(),
        x.lt(1.0).select(lost(x), 0.0).max(),
    ];
    for (index, loss) in losses.into_iter().enumerate() {
        let gradient = loss.grad(x);
        for (way, values) in both(&tape, &[gradient, gradient.sum().grad(x)]) {
            assert_eq!(values[0][1], 0.0, "loss {index} by {way:?}: {}", values[0]);
            assert_eq!(values[1][1], 0.0, "the second derivative of loss {index} by {way:?}: {}", values[1]);
        }
    }
}

#[test]
fn an_exponential_tail_wins_over_what_overflows_inside() {
    let tape = Tape::new();
    let x = tape.data("x", arr1(&[800.0]));
    for loss in [x.exp().sigmoid(), x.cosh().erf(), x.exp().norm_cdf(), (-x.sinh()).softplus()] {
        assert_eq!(compiled(&tape, &[loss.sum().grad(x)]).unwrap()[0][0], 0.0);
    }
}
