//! Recordings to look at: the list of nodes, the algebra, the Graphviz text, the SVG picture.

use autodiff::{Tape, Var};
use ndarray::{arr1, arr2};

/// The logistic loss with its gradient.
fn logistic(tape: &Tape<f64>) -> [Var<'_, f64>; 2] {
    let x = tape.data("X", arr2(&[[1.0, 0.5], [1.0, -2.0], [1.0, 3.0]]));
    let y = tape.data("y", arr1(&[1.0, 0.0, 0.0]));
    let theta = tape.variable("theta", arr1(&[0.25, -0.5]));
    let pi = x.linear(theta).named("z").sigmoid().named("pi");
    let loss = pi.log_loss(y).sum().named("loss");
    [loss, loss.grad(theta).named("gradient")]
}

#[test]
fn a_list_has_a_line_for_each_node_with_its_shape_name_and_value() {
    let tape = Tape::new();
    let [loss, _] = logistic(&tape);
    let list = tape.display(&[loss]).with_values().unwrap().to_string();
    assert_eq!(
        list,
        "\
%0 = input X           [rows, 2]          = [1, 0.5, 1, …]
%1 = input y           [rows]             = [1, 0, 0]
%2 = input theta       [2]                = [0.25, -0.5]
%3 = linear(%0, %2)    [rows]     \"z\"     = [0, 1.25, -1.25]
%4 = sigmoid(%3)       [rows]     \"pi\"    = [0.5, 0.7773, 0.2227]
%5 = log_loss(%4, %1)  [rows]             = [0.6931, 1.5019, 0.2519]
%6 = sum(%5)           []         \"loss\"  = 2.447  output
"
    );
}

#[test]
fn nodes_of_a_derivative_say_whose() {
    let tape = Tape::<f64>::new();
    let x = tape.input("x", &[]);
    let list = tape.display(&[x.exp().grad(x).grad(x)]).to_string();
    assert!(list.contains("derivative of exp %1"), "{list}");
    let no_derivative = tape.display(&[x.exp()]).to_string();
    assert!(!no_derivative.contains("derivative"), "{no_derivative}");
}

#[test]
fn algebra_has_the_parentheses_it_needs_and_no_others() {
    let tape = Tape::<f64>::new();
    let (a, b, c) = (tape.input("a", &[]), tape.input("b", &[]), tape.input("c", &[]));
    let written = |node: Var<'_, f64>| {
        let node = node.named("f");
        tape.display(&[node]).algebra().trim_end().to_string()
    };
    for (node, expected) in [
        (a - (b - c), "f = a - (b - c)"),
        (a - b - c, "f = a - b - c"),
        ((a + b) * c, "f = (a + b) * c"),
        (a / (b * c), "f = a / (b * c)"),
        (a + b * c, "f = a + b * c"),
        (-(a + b), "f = -(a + b)"),
        ((-a).powi(2), "f = (-a)^2"),
        (a.powf(1.5) * 2.0, "f = a^1.5 * 2"),
        (a.pow(b).pow(c), "f = (a ^ b) ^ c"),
        (1.0 - a.exp(), "f = 1 - exp(a)"),
        (a * -2.0, "f = a * (-2)"),
        (a.lt(b).select(a, c), "f = select(a < b, a, c)"),
    ] {
        assert_eq!(written(node), expected);
    }
}

#[test]
fn algebra_writes_a_shared_node_once() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.input("A", &[3, 2]), tape.input("b", &[2]));
    let product = a.dot(b);
    let node = product * product + a.t().dot(product).sum();
    let text = tape.display(&[node]).algebra();
    assert_eq!(text.matches("A · ").count(), 1, "{text}");
    assert_eq!(text.lines().count(), 2, "{text}");
}

#[test]
fn arguments_that_are_no_operands_are_written_too() {
    let tape = Tape::<f64>::new();
    let x = tape.input("x", &[3, 4]);
    let list = tape.display(&[
        x.sum_axes(&[0]),
        x.softmax(&[1]),
        x.slice(ndarray::s![1..3, ..;2]),
        x.t(),
        x.reshape(&[12]),
        tape.concatenate(1, &[x, x]),
        x.cumsum(1),
        x.cumsum(1).sum().grad(x),
    ]);
    let list = list.to_string();
    for part in [
        "sum(%0, axes [0])",
        "axes [1]",
        "[1..3, 2 values from 0 by 2]",
        "[1, 0]",
        "reshape(%0, [12])",
        "cumsum(%0, axis 1)",
        "axis 1, from the end)",
        "axis 1",
    ] {
        assert!(list.contains(part), "{part} is not in\n{list}");
    }
}

#[test]
fn dot_text_names_every_node_and_line() {
    let tape = Tape::new();
    let text = tape.display(&logistic(&tape)).dot();
    assert!(text.starts_with("digraph recording {\n") && text.ends_with("}\n"));
    let nodes: Vec<&str> =
        text.lines().filter_map(|line| line.trim().split_once(" [label=")).map(|(node, _)| node).collect();
    let lines: Vec<(&str, &str)> = text.lines().filter_map(|line| line.trim().split_once(" -> ")).collect();
    assert!(nodes.len() > 10 && lines.len() >= nodes.len());
    for (from, to) in lines {
        let to = to.split([' ', ';']).next().unwrap();
        assert!(nodes.contains(&from) && nodes.contains(&to), "{from} -> {to}");
    }
    assert!(text.contains("\\npi\\n[rows]"), "{text}");
}

#[test]
fn names_with_quotes_and_brackets_are_escaped() {
    let tape = Tape::<f64>::new();
    let node = tape.input("a\"<b>&\\", &[]).exp();
    let dot = tape.display(&[node]).dot();
    assert!(dot.contains("a\\\"<b>&\\\\"), "{dot}");
    let svg = tape.display(&[node]).svg();
    assert!(svg.contains("a&quot;&lt;b&gt;&amp;\\"), "{svg}");
    assert_well_formed(&svg);
}

#[test]
fn an_svg_is_well_formed_and_has_a_box_for_each_node() {
    let tape = Tape::new();
    let outputs = logistic(&tape);
    let drawing = tape.display(&outputs).with_values().unwrap();
    let svg = drawing.svg();
    assert_well_formed(&svg);
    assert_eq!(svg.matches("<title>").count(), drawing.to_string().lines().count());
    for word in ["linear", "sigmoid", "sum", "theta", "gradient", "[rows, 2]", "recorded by a derivative"] {
        assert!(svg.contains(word), "{word}");
    }
    assert_well_formed(&tape.display(&[]).svg());
}

#[test]
fn an_error_of_the_recording_heads_the_list() {
    let tape = Tape::<f64>::new();
    let x = tape.input("x", &[2]);
    let failed = x + tape.input("y", &[3]);
    let list = tape.display(&[failed, x]).to_string();
    assert!(list.starts_with("error: add at "), "{list}");
}

/// Every tag is closed by its own name, in order; attributes are quoted; no bare ampersand.
fn assert_well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>'), "a bare > in {:?}", &rest[..start]);
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap());
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
    let bare =
        xml.split('&').skip(1).find(|after| !["amp;", "lt;", "gt;", "quot;"].iter().any(|e| after.starts_with(e)));
    assert_eq!(bare, None);
}
