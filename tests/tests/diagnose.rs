//! Finding trouble: the first node that makes a NaN or an infinity, its line, its primal; and inputs without influence.

use autodiff::{Independence, Rewrites, Tape};
use ndarray::{arr1, arr2};

#[test]
fn the_first_node_that_makes_a_nan_is_named_with_operands_index_and_line() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", arr2(&[[1.0, 4.0], [-9.0, 16.0]]));
    let line = line!() + 1;
    let root = x.sqrt().named("root");
    let loss = (root * 2.0).ln().sum();
    let trouble = tape.trouble(&[loss]).unwrap().unwrap();
    assert_eq!((trouble.node.operation.as_str(), trouble.node.name.as_deref()), ("sqrt", Some("root")));
    assert_eq!((trouble.node.source_line.line(), trouble.node.source_line.file()), (line, file!()));
    assert_eq!((trouble.index.as_slice(), trouble.count), ([1, 0].as_slice(), 1));
    assert!(trouble.value.is_nan() && trouble.primal.is_none());
    assert_eq!(trouble.operands.len(), 1);
    assert_eq!(trouble.operands[0].element, Some(-9.0));
    assert_eq!(trouble.operands[0].range, Some([-9.0, 16.0]));
    let text = trouble.to_string();
    assert!(text.contains("`sqrt`") && text.contains("[1, 0]") && text.contains("= -9"), "{text}");
}

#[test]
fn the_element_of_a_stretched_operand_is_the_one_that_met() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.variable("a", arr2(&[[1.0], [2.0]])), tape.variable("b", arr2(&[[3.0, 0.0, 5.0]])));
    let trouble = tape.trouble(&[(a / b).sum()]).unwrap().unwrap();
    assert_eq!((trouble.index.as_slice(), trouble.count), ([0, 1].as_slice(), 2));
    let elements: Vec<_> = trouble.operands.iter().map(|operand| operand.element).collect();
    assert_eq!(elements, [Some(1.0), Some(0.0)]);
}

#[test]
fn trouble_in_a_gradient_is_traced_to_the_primal() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", arr1(&[4.0, 0.0]));
    let line = line!() + 1;
    let root = x.sqrt();
    let loss = (root * 3.0).sum();
    assert!(tape.trouble(&[loss]).unwrap().is_none());
    let trouble = tape.trouble(&[loss.grad(x)]).unwrap().unwrap();
    assert_eq!(trouble.node.source_line.line(), line);
    let (primal, operands) = trouble.primal.unwrap();
    assert_eq!((primal.operation.as_str(), primal.source_line.line()), ("sqrt", line));
    assert_eq!(operands[0].element, Some(0.0));
}

#[test]
fn trouble_in_a_second_derivative_is_traced_to_the_users_own_node() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 0.0);
    let loss = x.powf(1.5);
    let slope = loss.grad(x);
    assert!(tape.trouble(&[loss, slope]).unwrap().is_none());
    let trouble = tape.trouble(&[slope.grad(x)]).unwrap().unwrap();
    assert_eq!(trouble.primal.unwrap().0.operation, "powf");
}

#[test]
fn the_report_reads_as_a_sentence_with_lines_to_look_at() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", arr1(&[4.0, 0.0]));
    let (file, line) = (file!(), line!() + 1);
    let root = x.sqrt().named("root");
    let trouble = tape.trouble(&[root.sum().grad(x)]).unwrap().unwrap();
    let number = trouble.node.number;
    let expected = format!(
        "`recip` (%{number}, {file}:{line}:18) made inf at [1] (1 of its elements is not finite)
    from `sqrt` (%1 \"root\", {file}:{line}:18) = 0
in the derivative of `sqrt` (%1 \"root\", {file}:{line}:18)
    from `input` (%0 \"x\", {file}:{}:18) = 0",
        line - 2
    );
    assert_eq!(trouble.to_string(), expected);
}

#[test]
fn what_does_no_harm_is_passed_over() {
    let tape = Tape::<f64>::new();
    tape.set_rewrites(Rewrites::NONE);
    let x = tape.variable("x", arr1(&[0.0, 2.0]));
    let harmless = x.gt(0.0).select(x.ln(), 0.0);
    assert!(tape.trouble(&[harmless.sum(), harmless.sum().grad(x)]).unwrap().is_none());
    // Both branches are infinite at 0, and the logarithm was recorded first; but it is not the branch that is taken.
    let harmful = x.gt(0.0).select(x.ln(), x.recip());
    let trouble = tape.trouble(&[(harmless + harmful).sum()]).unwrap().unwrap();
    assert_eq!((trouble.node.operation.as_str(), trouble.index.as_slice()), ("recip", [0].as_slice()));
}

#[test]
fn an_input_that_was_given_a_nan_is_the_trouble_itself() {
    let tape = Tape::<f64>::new();
    let x = tape.data("X", arr2(&[[1.0, 2.0], [3.0, f64::NAN], [5.0, f64::INFINITY]]));
    let theta = tape.variable("theta", arr1(&[1.0, 1.0]));
    let trouble = tape.trouble(&[x.linear(theta).sum()]).unwrap().unwrap();
    assert_eq!(
        (trouble.node.name.as_deref(), trouble.index.as_slice(), trouble.count),
        (Some("X"), [1, 1].as_slice(), 2)
    );
    x.set_value(arr2(&[[1.0, 2.0]])).unwrap();
    assert!(tape.trouble(&[x.linear(theta).sum()]).unwrap().is_none());
}

#[test]
fn an_overflow_in_a_product_names_the_product() {
    let tape = Tape::<f64>::new();
    let a = tape.variable("A", arr2(&[[1e200, 1.0], [1.0, 1.0]]));
    let trouble = tape.trouble(&[a.dot(a).sum()]).unwrap().unwrap();
    assert_eq!((trouble.node.operation.as_str(), trouble.index.as_slice()), ("dot", [0, 0].as_slice()));
    assert_eq!((trouble.operands[0].element, trouble.operands[0].range), (None, Some([1.0, 1e200])));
}

#[test]
fn inputs_without_influence_are_named_and_nothing_is_recorded() {
    let tape = Tape::<f64>::new();
    let x = tape.rows("x", &[2]);
    let (theta, cut) = (tape.input("theta", &[2]), tape.input("cut", &[]));
    tape.input("forgotten", &[3]);
    let (table, groups) = (tape.input("table", &[4]), tape.index_rows("group", &[]));
    tape.index_rows("other", &[]);
    let loss = (x.linear(theta) + cut.stop_gradient() + table.gather(groups)).tanh().sum();
    let before = tape.len();
    let found = loss.independent_inputs().unwrap();
    assert_eq!(tape.len(), before);
    let found: Vec<_> = found.iter().map(|input| (input.name.as_str(), input.reason)).collect();
    assert_eq!(
        found,
        [("cut", Independence::ZeroDerivative), ("forgotten", Independence::Unused), ("other", Independence::Unused)]
    );
    assert!(x.linear(theta).independent_inputs().is_err());
}
