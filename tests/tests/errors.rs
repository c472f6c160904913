//! Each error, by making the mistake: the message names the operation, the shapes, the line and what to do.

use autodiff::{Error, Tape, bind, bind_indices};
use ndarray::{Array1, ArrayD, arr1, arr2};

/// Asserts that the message has all of `words`.
#[track_caller]
fn assert_says(error: &Error, words: &[&str]) {
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "`{word}` is not in: {message}");
    }
}

/// The place of the line `back` lines above the caller, as messages write it.
macro_rules! line_above {
    ($back:literal) => {
        format!("{}:{}", file!(), line!() - $back)
    };
}

#[test]
fn shapes_that_do_not_broadcast() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.input("a", &[2]), tape.input("b", &[3]));
    let sum = a + b;
    let line = line_above!(1);
    let error = tape.check().unwrap_err();
    assert!(matches!(&error, Error::Recording { operation, .. } if operation == "add"));
    assert_says(&error, &["add", &line, "[2], [3]", "right-aligned axes", "reshape"]);
    // Everything that leaves the tape returns it, and later mistakes don't hide it.
    let _ = sum.exp().dot(a);
    assert_eq!(sum.value().unwrap_err(), error);
    assert_eq!(tape.compile(&[a]).err().unwrap(), error);
    assert_eq!(a.sum().grad(b).value().unwrap_err(), error);
}

#[test]
fn products_of_lengths_that_differ() {
    let tape = Tape::<f64>::new();
    let (x, theta) = (tape.rows("X", &[3]), tape.input("theta", &[2]));
    x.linear(theta);
    assert_says(&tape.check().unwrap_err(), &["linear", "3 columns", "2 parameters", "[rows, 3], [2]"]);
    let tape = Tape::<f64>::new();
    tape.input("A", &[2, 3]).dot(tape.input("B", &[2, 3]));
    assert_says(&tape.check().unwrap_err(), &["dot", "inner lengths", "[2, 3], [2, 3]"]);
    let tape = Tape::<f64>::new();
    tape.rows("X", &[3]).dot(tape.input("v", &[2]));
    assert_says(&tape.check().unwrap_err(), &["dot", "inner lengths", "[rows, 3], [2]"]);
}

#[test]
fn an_axis_that_does_not_exist() {
    let tape = Tape::<f64>::new();
    tape.input("x", &[2, 3]).sum_axes(&[2]);
    assert_says(&tape.check().unwrap_err(), &["sum", "axis 2 does not exist", "2 axes"]);
    let tape = Tape::<f64>::new();
    tape.input("x", &[2, 3]).mean_axes(&[1, 1]);
    assert_says(&tape.check().unwrap_err(), &["mean", "axis 1 is named twice"]);
}

#[test]
fn elements_that_do_not_fit() {
    let tape = Tape::<f64>::new();
    tape.input("x", &[2, 3]).reshape(&[4]);
    assert_says(&tape.check().unwrap_err(), &["reshape", "[4]", "[2, 3]"]);
    let tape = Tape::<f64>::new();
    tape.input("x", &[2, 3]).slice(ndarray::s![.., 5]);
    assert_says(&tape.check().unwrap_err(), &["slice", "index 5 is out of range for axis 1 of length 3"]);
    let tape = Tape::<f64>::new();
    tape.concatenate(0, &[tape.input("x", &[2, 3]), tape.input("y", &[2, 2])]);
    assert_says(&tape.check().unwrap_err(), &["concatenate", "[2, 3], [2, 2]", "must agree"]);
    let tape = Tape::<f64>::new();
    tape.concatenate(1, &[tape.input("x", &[3, 2]), tape.rows("y", &[2])]);
    assert_says(&tape.check().unwrap_err(), &["concatenate", "[3, 2], [rows, 2]", "stretch those to the rows"]);
}

#[test]
fn parts_of_the_rows() {
    let tape = Tape::<f64>::new();
    tape.rows("x", &[2]).slice_axis(0, 0..3);
    assert_says(&tape.check().unwrap_err(), &["slice", "rows", "slice the data before binding them"]);
    let tape = Tape::<f64>::new();
    tape.rows("x", &[2]).t();
    assert_says(&tape.check().unwrap_err(), &["permuted_axes", "rows axis must stay in front", "t_dot"]);
}

#[test]
fn two_inputs_of_one_name() {
    let tape = Tape::<f64>::new();
    tape.input("x", &[]);
    tape.input("x", &[]);
    assert_says(&tape.check().unwrap_err(), &["input `x` already", "identified by name"]);
}

#[test]
fn handles_of_two_tapes() {
    let (one, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let (a, b) = (one.variable("a", 1.0), other.variable("b", 2.0));
    let sum = a * b;
    let line = line_above!(1);
    let error = sum.value().unwrap_err();
    assert!(matches!(error, Error::ForeignTape { .. }));
    assert_says(&error, &["mul", &line, "different tapes", "tape.constant(other.value()?)"]);
    assert!(matches!(one.compile(&[b]).err().unwrap(), Error::ForeignTape { .. }));
    let (one, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let (a, b) = (one.variable("a", 1.0), other.variable("b", 2.0));
    assert!(matches!(a.grad(b).value().unwrap_err(), Error::ForeignTape { .. }));
}

#[test]
fn a_gradient_of_an_array() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", arr1(&[1.0, 2.0]));
    let gradient = x.exp().grad(x);
    let line = line_above!(1);
    let error = gradient.value().unwrap_err();
    assert!(matches!(error, Error::NotScalar { .. }));
    assert_says(&error, &["gradient", &line, "[2]", "`sum()`", "`vjp`"]);
    assert!(matches!(tape.variable("y", arr1(&[1.0])).item().unwrap_err(), Error::NotScalar { .. }));
}

#[test]
fn an_adjoint_or_a_tangent_of_another_shape() {
    let tape = Tape::<f64>::new();
    let (x, seed) = (tape.variable("x", arr1(&[1.0, 2.0])), tape.constant(arr1(&[1.0])));
    x.exp().vjp(&[x], seed);
    assert_says(&tape.check().unwrap_err(), &["vjp", "[2], [1]", "shape of the output"]);
    let tape = Tape::<f64>::new();
    let (x, tangent) = (tape.variable("x", arr1(&[1.0, 2.0])), tape.constant(arr1(&[1.0])));
    x.exp().jvp(&[x], &[tangent]);
    assert_says(&tape.check().unwrap_err(), &["jvp", "one tangent of its shape for each node"]);
}

#[test]
fn a_hessian_by_the_rows() {
    let tape = Tape::<f64>::new();
    let x = tape.rows("x", &[2]);
    x.exp().sum().hessian(x);
    assert_says(&tape.check().unwrap_err(), &["hessian", "[rows, 2]", "fixed input"]);
}

#[test]
fn bindings_that_are_missing_doubled_or_unknown() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("x", &[]), tape.input("y", &[2]));
    let program = tape.compile(&[x.sum() * y]).unwrap();
    let (rows, two, three) = (arr1(&[1.0, 2.0, 3.0]), arr1(&[1.0, 2.0]), arr1(&[1.0, 2.0, 3.0]));
    let error = program.run(&[x.bind(&rows)]).unwrap_err();
    assert!(matches!(error, Error::Unbound { .. }));
    assert_says(&error, &["`y`", "[2]", "y.bind(&array)", "set_value"]);
    assert_eq!(y.value().unwrap_err(), error);
    let error = program.run(&[x.bind(&rows), bind("x", &rows), y.bind(&two)]).unwrap_err();
    assert!(matches!(error, Error::BoundTwice { .. }));
    assert_says(&error, &["`x`", "twice"]);
    let error = program.run(&[bind("z", &rows)]).unwrap_err();
    assert!(matches!(error, Error::UnknownInput { .. }));
    assert_says(&error, &["`z`", "x, y"]);
    let error = program.run(&[x.bind(&rows), y.bind(&three)]).unwrap_err();
    assert!(matches!(error, Error::InputShape { .. }));
    assert_says(&error, &["`y`", "[2]", "[3]"]);
    assert_eq!(y.set_value(&three).unwrap_err(), error);
    assert!(matches!(program.run(&[(x * 2.0).bind(&rows)]).unwrap_err(), Error::UnknownInput { .. }));
}

#[test]
fn rows_of_different_numbers() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("x", &[]), tape.rows("y", &[]));
    let program = tape.compile(&[(x * y).sum()]).unwrap();
    let error = program.run(&[x.bind(&Array1::zeros(3)), y.bind(&Array1::zeros(4))]).unwrap_err();
    assert!(matches!(error, Error::RowsDiffer { .. }));
    assert_says(&error, &["`x`", "`y`", "3", "4", "one number of rows"]);
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.data("x", arr1(&[1.0])), tape.data("y", arr1(&[1.0, 2.0])));
    assert!(matches!((x * y).value().unwrap_err(), Error::RowsDiffer { .. }));
}

#[test]
fn indices_that_are_out_of_range_or_no_indices() {
    let tape = Tape::<f64>::new();
    let (table, group) = (tape.variable("table", arr1(&[1.0, 2.0])), tape.index_rows("group", &[]));
    let picked = table.gather(group);
    let line = line_above!(1);
    let program = tape.compile(&[picked, picked.sum().grad(table)]).unwrap();
    let error = program.run(&[group.bind(&arr1(&[0, 1, 5]))]).unwrap_err();
    assert!(matches!(error, Error::IndexOutOfRange { position: 2, index: 5, len: 2, .. }), "{error:?}");
    assert_says(&error, &["gather", &line, "index 5", "position 2", "length 2"]);
    let error = program.run(&[bind("group", &arr1(&[0.0, 1.0]))]).unwrap_err();
    assert!(matches!(error, Error::InputKind { .. }));
    assert_says(&error, &["`group`", "takes indices", "holds numbers"]);
    let error = program.run(&[bind_indices("table", &arr1(&[0, 1])), group.bind(&arr1(&[0]))]).unwrap_err();
    assert!(matches!(error, Error::InputKind { .. }));
}

#[test]
fn outputs_that_do_not_fit() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", arr1(&[1.0, 2.0]));
    let (program, other) = (tape.compile(&[x * 2.0]).unwrap(), tape.compile(&[x * 2.0, x.sum(), x.exp()]).unwrap());
    let mut workspace = program.workspace();
    let mut three: ArrayD<f64> = Array1::zeros(3).into_dyn();
    let error = program.run_into(&mut workspace, &[], &mut [three.view_mut()]).unwrap_err();
    assert!(matches!(error, Error::OutputShape { .. }));
    assert_says(&error, &["output 0", "[2]", "[3]"]);
    let error = program.run_into(&mut workspace, &[], &mut []).unwrap_err();
    assert!(matches!(error, Error::OutputCount { expected: 1, found: 0 }));
    let error = program.run_into(&mut other.workspace(), &[], &mut [three.view_mut()]).unwrap_err();
    assert!(matches!(error, Error::ForeignWorkspace));
    assert_says(&error, &["program.workspace()"]);
}

#[test]
fn a_value_for_what_is_no_input() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 1.0);
    let error = x.exp().set_value(2.0).unwrap_err();
    assert_says(&error, &["set_value", "only an input"]);
    assert!(tape.check().is_ok());
}

#[test]
fn a_matrix_that_is_singular() {
    let tape = Tape::<f64>::new();
    let a = tape.variable("A", arr2(&[[1.0, 2.0], [2.0, 4.0]]));
    let solution = a.solve(tape.constant(arr1(&[1.0, 1.0])));
    let line = line_above!(1);
    for error in [solution.value().unwrap_err(), tape.compile(&[solution]).unwrap().run(&[]).unwrap_err()] {
        assert_says(&error, &["solve", &line, "singular", "pivot 1"]);
    }
}
