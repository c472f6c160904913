//! The doctor of digits: what is lost is found, named and told from what the data don't have.

use autodiff::{Error, Rewrite, Rewrites, Scalar, Tape, Var, bind};
use ndarray::{Array1, Array2, arr1};

/// The loss of a mixture of two normal distributions, as people write it.
fn mixture<'t>(x: Var<'t, f64>, mean: Var<'t, f64>) -> Var<'t, f64> {
    let first = ((x - mean).powi(2) * -0.5).exp() * 0.3;
    let second = ((x + mean).powi(2) * -0.5).exp() * 0.7;
    -(first + second).ln().sum()
}

/// The right loss and slope at x = (0.5, −1, 45), mean 0.3; mpmath, 60 digits.
const MIXTURE: [f64; 2] = [1000.8596038092101, -44.58565599993765];

/// A tape on which `1 − cos x` stays as it is recorded.
fn as_it_stands<T: Scalar>() -> Tape<T> {
    let tape = Tape::new();
    tape.set_rewrites(Rewrites::ALL.without(Rewrite::Complement));
    tape
}

#[test]
fn a_cancelling_difference_is_named_with_its_line_operands_and_the_form_to_write() {
    for x in [1e-5, 1e-8, 1e-12] {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.variable("a", 1.0 + x), tape.variable("b", 1.0));
        let (square, other) = (a.powi(2), b.powi(2));
        let line = line!() + 1;
        let y = square - other;
        let found = tape.accuracy(&[y]).unwrap();
        let result = &found.results[0];
        let lost = result.lost.as_ref().unwrap();
        assert_eq!((lost.node.operation.as_str(), lost.node.source_line.line()), ("sub", line));
        assert_eq!(lost.node.source_line.file(), file!());
        assert_eq!(lost.operands[0].value, Some(square.item().unwrap()));
        assert!(lost.operands.iter().all(|operand| operand.digits > 15.5));
        assert!(lost.advice.as_ref().unwrap().contains("(a - b) * (a + b)"));
        let text = found.to_string();
        assert!(text.contains(&format!("`sub` at {}:{line}", file!())), "{text}");
    }
}

#[test]
fn as_many_digits_are_counted_as_are_right() {
    // 1 − cos x by rounding cos x: the error is known.
    for x in [1e-3, 1e-4, 1e-5, 1e-6, 3e-7] {
        let tape = as_it_stands::<f64>();
        let point = tape.variable("x", x);
        let right: f64 = 2.0 * (0.5 * x).sin().powi(2);
        let error = ((1.0 - x.cos()) - right).abs() / right;
        let found = tape.accuracy(&[1.0 - point.cos()]).unwrap();
        assert!((found.results[0].digits + error.log10()).abs() < 0.01, "{x}: {} digits", found.results[0].digits);
        assert!((found.results[0].right.to_f64() - right).abs() < 1e-15 * right);
        assert!(found.to_string().contains("switch the rewrite `Rewrite::Complement` on"), "{found}");
    }
}

#[test]
fn digits_that_31_cancel_too_are_said_to_be_unknown() {
    let tape = Tape::<f64>::new();
    let (x, a, b) = (tape.variable("x", 1e-40), tape.variable("a", 1.0), tape.variable("b", 1.0));
    let found = tape.accuracy(&[(a + x) - b]).unwrap();
    let result = &found.results[0];
    assert_eq!((result.digits, result.right_digits), (0.0, 0.0));
    assert!(result.input_digits.is_nan());
    assert!(found.to_string().contains("31 digits are too few"), "{found}");
}

#[test]
fn what_leaves_the_range_is_named_in_values_and_gradients() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.variable("a", 800.0), tape.variable("b", 799.0));
    tape.set_rewrites(Rewrites::NONE);
    let line = line!() + 1;
    let ratio = a.exp() / b.exp();
    let found = tape.accuracy(&[ratio, ratio.grad(a)]).unwrap();
    for result in &found.results {
        assert_eq!((result.digits, result.right.to_f64()), (0.0, std::f64::consts::E));
        let lost = result.lost.as_ref().unwrap();
        assert_eq!((lost.node.operation.as_str(), lost.node.source_line.line()), ("exp", line));
        assert_eq!((lost.value, lost.operands[0].value), (f64::INFINITY, Some(800.0)));
    }
    // A rewrite that is switched off is named first.
    assert!(found.results[0].lost.as_ref().unwrap().advice.as_ref().unwrap().contains("Rewrite::Softmax"));
    assert!(found.results.iter().all(|result| result.value.is_nan()));
}

#[test]
fn the_element_that_does_the_harm_is_found_through_sums() {
    let tape = Tape::<f64>::new();
    let mut z = Array1::from_elem(50, 0.5);
    z[17] = 37.5;
    let z = tape.variable("z", z);
    tape.set_rewrites(Rewrites::NONE);
    let loss = -(1.0 - z.sigmoid()).ln().sum();
    let result = &tape.accuracy(&[loss]).unwrap().results[0];
    let lost = result.lost.as_ref().unwrap();
    assert_eq!((lost.node.operation.as_str(), lost.index.as_slice()), ("sub", [17].as_slice()));
    let advice = lost.advice.as_ref().unwrap();
    assert!(advice.contains("Rewrite::OneMinusSigmoid"), "{advice}");
}

#[test]
fn a_rewrite_that_saves_digits_is_named() {
    let tape = Tape::<f64>::new();
    let z = tape.variable("z", arr1(&[3.0, 40.0, 200.0]));
    let line = line!() + 1;
    let loss = (1.0 - z.sigmoid()).ln().sum();
    let result = &tape.accuracy(&[loss]).unwrap().results[0];
    assert!(result.digits > 15.0 && result.lost.is_none());
    assert_eq!((result.recorded_digits, result.recorded_value), (0.0, f64::NEG_INFINITY));
    let saved = result.saved.as_ref().unwrap();
    assert_eq!((saved.node.operation.as_str(), saved.node.source_line.line()), ("sub", line));
    assert!(result.rewrites.iter().any(|applied| applied.rewrite == Rewrite::OneMinusSigmoid));
}

#[test]
fn a_healthy_loss_has_fifteen_digits() {
    let tape = Tape::<f64>::new();
    let wave = |i: usize, j: usize| ((7 * i + 13 * j) as f64).sin() * 3.0;
    let x = tape.data("X", Array2::from_shape_fn((200, 4), |(i, j)| wave(i, j)));
    let y = tape.data("y", Array1::from_shape_fn(200, |i| f64::from(u8::from(i % 3 == 0))));
    let theta = tape.variable("theta", arr1(&[0.5, -0.2, 1.0, 0.1]));
    let p = x.linear(theta).sigmoid();
    let loss = -(y * p.ln() + (1.0 - y) * (1.0 - p).ln()).mean();
    let found = tape.accuracy(&[loss, loss.grad(theta)]).unwrap();
    for result in &found.results {
        assert!(result.digits >= 15.0 && result.lost.is_none() && result.saved.is_none(), "{found}");
    }
    assert!(found.to_string().lines().count() < 8, "{found}");
}

#[test]
fn the_naive_mixture_at_an_outlier_loses_its_digits_by_the_exponential() {
    let tape = Tape::<f64>::new();
    tape.set_rewrites(Rewrites::NONE);
    let x = tape.data("x", arr1(&[0.5, -1.0, 45.0]));
    let mean = tape.variable("mean", 0.3);
    let loss = mixture(x, mean);
    let found = tape.accuracy(&[loss, loss.grad(mean)]).unwrap();
    for (result, wanted) in found.results.iter().zip(MIXTURE) {
        assert_eq!(result.digits, 0.0);
        assert!((result.right.to_f64() - wanted).abs() <= 1e-15 * wanted.abs(), "{} for {wanted}", result.right);
        let lost = result.lost.as_ref().unwrap();
        assert_eq!((lost.node.operation.as_str(), lost.index.as_slice(), lost.value), ("exp", [2].as_slice(), 0.0));
    }
    assert!(found.to_string().lines().count() <= 12, "{found}");
}

#[test]
fn the_naive_mixture_at_an_outlier_has_its_digits_with_rewrites() {
    let tape = Tape::<f64>::new();
    let x = tape.data("x", arr1(&[0.5, -1.0, 45.0]));
    let mean = tape.variable("mean", 0.3);
    let loss = mixture(x, mean);
    let found = tape.accuracy(&[loss, loss.grad(mean)]).unwrap();
    for (result, wanted) in found.results.iter().zip(MIXTURE) {
        assert!(result.digits >= 15.0 && result.lost.is_none(), "{found}");
        assert!((result.value - wanted).abs() <= 1e-15 * wanted.abs(), "{} for {wanted}", result.value);
    }
    // What the rewrites saved is named, of the loss as recorded.
    let loss = &found.results[0];
    assert_eq!((loss.recorded_digits, loss.recorded_value), (0.0, f64::INFINITY));
    assert_eq!(loss.saved.as_ref().unwrap().node.operation, "exp");
    println!("{found}");
}

#[test]
fn an_ill_conditioned_problem_is_told_from_a_bad_recording() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.variable("a", 1.0 / 3.0), tape.variable("b", 3.0));
    // a·b − 1 at a·b ≈ 1: what rounding a does, no form can undo.
    let result = &tape.accuracy(&[a * b - 1.0]).unwrap().results[0];
    assert!(result.digits < 1.0 && result.input_digits < 1.0, "{result}");
    assert!(result.to_string().contains("ill-conditioned"), "{result}");
}

#[test]
fn results_that_are_no_numbers_in_31_digits_either_are_right() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 0.0);
    let found = tape.accuracy(&[x.ln(), x / x, x.recip(), x * 2.0, (x - 1.0).sqrt()]).unwrap();
    for result in &found.results {
        assert!(result.digits > 15.0 && result.lost.is_none(), "{found}");
    }
}

#[test]
fn custom_operations_are_taken_as_given() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 2.0);
    let y = x.elementwise("softsign", |x| x / (1.0 + x.abs()), |x, _| (x.abs() + 1.0).powi(-2));
    let found = tape.accuracy(&[y * y, y.grad(x)]).unwrap();
    assert_eq!((found.taken_as_given.len(), found.taken_as_given[0].operation.as_str()), (1, "softsign"));
    assert!(found.results.iter().all(|result| result.digits > 15.0), "{found}");
}

const LOSSY_LINE: u32 = line!() + 2;
fn one_less_cosine<'t>(x: Var<'t, f64>) -> Var<'t, f64> {
    1.0 - x.cos()
}

#[test]
fn every_kind_of_node_is_seen_through() {
    // The loss of digits stands before each, on the rows and not.
    let tape = as_it_stands::<f64>();
    let x = tape.data("x", Array2::from_shape_fn((6, 3), |(i, j)| 1e-6 * (1 + i + j) as f64));
    let groups = tape.index_data("group", arr1(&[0, 1, 0, 1, 0, 1]));
    let theta = tape.variable("theta", Array2::from_shape_fn((3, 3), |(i, j)| 1e-6 * (2 + i * 2 + j) as f64));
    let (rows, fixed) = (one_less_cosine(x), one_less_cosine(theta));
    let outputs = [
        rows.sum(),
        rows.sum_rows().max(),
        rows.dot(fixed.t()).sum_rows(),
        rows.permuted_axes(&[0, 1]).index_axis(1, 2),
        fixed.t().slice_axis(0, 1..3),
        rows.scatter_add(groups, 2),
        fixed.cumsum(1).sum(),
        fixed.norm(),
        fixed.diagonal().prod().powf(0.3),
        fixed.gather(tape.index_variable("picked", arr1(&[2]))).mean(),
    ];
    let found = tape.accuracy(&outputs).unwrap();
    for result in &found.results {
        let lost = result.lost.as_ref().unwrap();
        assert_eq!((lost.node.operation.as_str(), lost.node.source_line.line()), ("sub", LOSSY_LINE), "{result}");
    }
}

#[test]
fn other_scalars_are_judged_too() {
    let tape = as_it_stands::<f32>();
    let x = tape.variable("x", 1e-3f32);
    let found = tape.accuracy(&[x.sin(), 1.0 - x.cos()]).unwrap();
    assert!(found.results[0].digits > 7.0 && found.results[1].digits < 2.0, "{found}");
    let tape = Tape::<autodiff::Wide>::new();
    let x = tape.variable("x", arr1(&[autodiff::Wide::from(1.0)]));
    assert!(matches!(tape.accuracy(&[x]), Err(Error::Check { .. })));
}

#[test]
fn what_can_not_be_judged_is_an_error() {
    let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let x = tape.rows("x", &[]);
    assert!(matches!(tape.accuracy(&[x.sum()]), Err(Error::Unbound { .. })));
    assert!(matches!(tape.accuracy(&[other.variable("y", 1.0)]), Err(Error::ForeignTape { .. })));
    tape.set_values(&[bind("x", &Array1::from_elem(3_000_000, 1.0))]).unwrap();
    let error = tape.accuracy(&[(x * 2.0).sum()]).unwrap_err();
    assert!(error.to_string().contains("fewer rows"), "{error}");
    assert!(tape.accuracy(&[]).unwrap().results.is_empty());
}
