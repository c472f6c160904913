//! Recordings and programs to look at: the list of nodes, the algebra, the Graphviz text, the SVG picture.

use autodiff::{Paper, Tape, Var};
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
    let recorded = tape.display(&outputs[..1]);
    assert_eq!(recorded.svg().matches("<title>").count(), recorded.to_string().lines().count());
    for word in ["linear", "sigmoid", "sum", "theta", "gradient", "[rows, 2]", "recorded by a derivative"] {
        assert!(svg.contains(word), "{word}");
    }
    assert_well_formed(&tape.display(&[]).svg());
}

#[test]
fn adjoints_stand_below_the_values() {
    let tape = Tape::new();
    let [loss, _] = logistic(&tape);
    let drawing = tape.display(&[loss]).with_adjoints(loss).unwrap();
    let list = drawing.to_string();
    // (π − y)/(π(1 − π)), then π − y, then Xᵀ(π − y).
    assert!(list.contains("\"pi\"    = [0.5, 0.7773, 0.2227]  ∂ [-2, 4.4903, 1.2865]"), "{list}");
    assert!(list.contains("\"z\"     = [0, 1.25, -1.25]  ∂ [-0.5, 0.7773, 0.2227]"), "{list}");
    assert!(list.contains("∂ [0.5, -1.1365]"), "{list}");
    let svg = drawing.svg();
    assert_well_formed(&svg);
    assert!(svg.contains(">∂ [0.5, -1.1365]<") && svg.contains("∂ adjoint: derivative of the loss"), "{svg}");
}

#[test]
fn adjoints_are_of_a_number_of_the_same_tape() {
    let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let x = tape.variable("x", &[1.0, 2.0]);
    assert!(tape.display(&[x]).with_adjoints(x).is_err());
    assert!(tape.display(&[x]).with_adjoints(other.variable("x", 1.0)).is_err());
}

#[test]
fn pictures_have_colours_for_dark_paper() {
    let tape = Tape::new();
    let svg = tape.display(&logistic(&tape)).svg();
    let (_, dark) = svg.split_once("prefers-color-scheme: dark").expect("rules for dark paper");
    let (rules, drawing) = dark.split_once("</style>").expect("they end");
    let classes = drawing.split("class=\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(class, _)| class);
    for class in classes {
        let has_rule = [' ', ','].iter().any(|end| rules.contains(&format!(".{class}{end}")));
        assert!(has_rule, "nothing says how `{class}` looks on dark paper");
    }
}

/// The names of the inputs that each output of a program is drawn to come from.
fn sources(dot: &str) -> Vec<Vec<String>> {
    let boxes: Vec<(&str, &str)> = dot.lines().filter_map(|line| line.trim().split_once(" [label=\"")).collect();
    let lines: Vec<(&str, &str)> =
        dot.lines().filter_map(|line| line.trim().trim_end_matches(';').split_once(" -> ")).collect();
    let label = |node: &str| boxes.iter().find(|(name, _)| *name == node).map_or("", |(_, label)| *label);
    let mut outputs: Vec<(usize, &str)> = Vec::new();
    for (node, label) in &boxes {
        let text = label.split('"').next().unwrap_or_default();
        for numbers in
            text.split("\\n").filter_map(|line| line.strip_prefix("outputs ").or(line.strip_prefix("output ")))
        {
            outputs.extend(numbers.split(", ").map(|number| (number.parse::<usize>().expect("a number"), *node)));
        }
    }
    outputs.sort_unstable();
    let from = |&(_, output): &(usize, &str)| {
        let (mut found, mut next) = (vec![output], 0);
        while let Some(&node) = found.get(next) {
            for &(from, _) in lines.iter().filter(|(_, to)| *to == node) {
                if !found.contains(&from) {
                    found.push(from);
                }
            }
            next += 1;
        }
        let inputs = found.into_iter().filter(|node| label(node).contains("fillcolor=\"#dbeafe\""));
        let names = inputs.map(|node| label(node).split(['\\', '"']).next().unwrap_or_default().to_string());
        names.collect::<std::collections::BTreeSet<String>>().into_iter().collect()
    };
    outputs.iter().map(from).collect()
}

#[test]
fn a_program_is_drawn_with_a_frame_for_each_pass_and_what_its_outputs_come_from() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("X", &[3]), tape.rows("y", &[]), tape.input("theta", &[3]));
    let (weights, scale) = (tape.rows("w", &[]), tape.input("s", &[]));
    let pi = x.linear(theta).sigmoid();
    let loss = -(y * pi.ln() + (1.0 - y) * (1.0 - pi).ln()).sum();
    let centred = (y - y.mean()).powi(2).sum() / scale;
    let product = x.dot(tape.input("B", &[3, 2]));
    type Names<'n> = &'n [&'n str];
    let cases: Vec<(Vec<Var<'_, f64>>, Vec<Names>)> = vec![
        (
            vec![loss, loss.grad(theta), loss.hessian(theta)],
            // One step computes the factors of all three.
            vec![&["X", "theta", "y"]; 3],
        ),
        (vec![centred, (weights * y).sum()], vec![&["number of rows", "s", "y"], &["w", "y"]]),
        (vec![product.tanh().sum() + scale, scale.exp()], vec![&["B", "X", "s"], &["s"]]),
        (vec![pi, theta.sum()], vec![&["X", "theta"], &["theta"]]),
    ];
    for (outputs, expected) in cases {
        let program = tape.compile(&outputs).unwrap();
        let (svg, dot) = (program.svg(), program.dot());
        assert_well_formed(&svg);
        assert_eq!(sources(&dot), expected, "{dot}");
        let passes = svg.matches(&format!("of {} over the rows: ", program.passes())).count();
        assert_eq!(passes, program.passes(), "{svg}");
        assert_eq!(svg.matches("class=\"frame\"").count(), dot.matches("subgraph").count());
    }
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

/// A picture on paper that is chosen has its colours wherever it stands.
#[test]
fn pictures_on_chosen_paper_ask_for_no_preference() {
    let tape = Tape::new();
    let outputs = logistic(&tape);
    let program = tape.compile(&outputs).unwrap();
    let drawn = |paper| [tape.display(&outputs).on(paper).svg(), program.svg_on(paper)];
    for picture in drawn(Paper::Light) {
        assert!(!picture.contains("<style>"), "{picture}");
        assert_well_formed(&picture);
    }
    for (dark, as_reader) in drawn(Paper::Dark).into_iter().zip(drawn(Paper::AsReader)) {
        assert_eq!(dark, as_reader.replace("(prefers-color-scheme: dark)", "all"));
        assert_well_formed(&dark);
    }
}

/// The labels of a picture's boxes, each with those of the boxes whose lines enter it, in order.
fn boxes(dot: &str) -> Vec<(&str, Vec<&str>)> {
    let boxes: Vec<(&str, &str)> = dot.lines().filter_map(|line| line.trim().split_once(" [label=\"")).collect();
    let label = |node: &str| {
        let found = boxes.iter().find(|(name, _)| *name == node);
        found.and_then(|(_, label)| label.split('"').next()).unwrap_or_default()
    };
    let lines: Vec<(&str, &str)> = dot.lines().filter_map(|line| line.trim().split_once(" -> ")).collect();
    let enters = |node: &str, to: &str| to.split([' ', ';']).next() == Some(node);
    let from = |node: &str| lines.iter().filter(|(_, to)| enters(node, to)).map(|(from, _)| label(from)).collect();
    boxes.iter().map(|(node, _)| (label(node), from(node))).collect()
}

/// A derivative's picture leaves out what does nothing and what is there already, and nothing that a user recorded.
#[test]
fn pictures_of_derivatives_have_no_idle_boxes() {
    type Recorded = for<'t> fn(&'t Tape<f64>) -> [Var<'t, f64>; 2];
    let losses: [Recorded; 5] = [
        |tape| {
            let theta = tape.variable("theta", arr1(&[0.25, -0.5]));
            let loss = (theta * theta).sum() * 0.5 + theta.sum().exp();
            [loss, theta]
        },
        |tape| {
            let (x, theta) =
                (tape.data("X", arr2(&[[1.0, 0.5], [1.0, -2.0]])), tape.variable("theta", arr1(&[0.25, -0.5])));
            [x.linear(theta).powi(2).mean(), theta]
        },
        |tape| {
            let theta = tape.variable("theta", arr1(&[0.25, -0.5]));
            [-(-theta).exp().sum() * 2.0, theta]
        },
        |tape| {
            let theta = tape.variable("theta", arr1(&[0.25, -0.5, 1.0, 2.0]));
            [theta.reshape(&[2, 2]).sin().reshape(&[4]).mean(), theta]
        },
        |tape| {
            let (x, v) = (tape.data("X", arr2(&[[1.0, 0.5], [1.0, -2.0]])), tape.variable("v", arr1(&[0.25, -0.5])));
            [x.tanh().linear(v).powi(2).mean(), v]
        },
    ];
    let mut removed = 0;
    for record in losses {
        let tape = Tape::new();
        let [loss, theta] = record(&tape);
        let drawing = tape.display(&[loss, loss.grad(theta)]).with_values().unwrap();
        let (dot, list) = (drawing.dot(), drawing.to_string());
        let mut seen = std::collections::HashSet::new();
        for (label, from) in boxes(&dot) {
            let lines: Vec<&str> = label.split("\\n").collect();
            let above: Vec<&str> = from.iter().filter_map(|from| from.split("\\n").next()).collect();
            assert!(!["1 * a", "a * 1", "a / 1"].contains(&lines[0]), "{label}: {dot}");
            assert!(lines[0] != "-a" || above != ["-a"], "{dot}");
            assert!(lines[0] != "reshape" || above != ["reshape"], "{dot}");
            assert!(from.is_empty() || seen.insert((label, from)), "{label} twice: {dot}");
            // What is left has the value that it has in the recording.
            if let Some(value) = lines.iter().find(|line| line.starts_with("= ")) {
                assert!(list.contains(value), "{value} isn't in {list}");
            }
        }
        removed += list.lines().count() - boxes(&dot).len();
        // What the user recorded stays.
        let recorded = tape.display(&[loss]);
        assert_eq!(boxes(&recorded.dot()).len(), recorded.to_string().lines().count());
    }
    assert!(removed > 5, "{removed}");
}

/// With adjoints, no nodes are taken together: each adjoint is that of the recorded node.
#[test]
fn boxes_with_adjoints_stay_apart() {
    let tape = Tape::new();
    let theta = tape.variable("theta", 0.5);
    let loss = theta * theta * 3.0;
    let gradient = loss.grad(theta);
    let square = gradient * gradient;
    let picture = tape.display(&[square]).with_adjoints(square).unwrap();
    let list = picture.to_string();
    for (label, _) in boxes(&picture.dot()) {
        if let Some(adjoint) = label.split("\\n").find(|line| line.starts_with("∂ ")) {
            assert!(list.contains(adjoint), "{adjoint} isn't in {list}");
        }
    }
}

/// Titles call operands by letters that are no names in the picture.
#[test]
fn letters_of_operands_are_no_names_of_nodes() {
    for [first, second, title] in [["x", "y", "a - b"], ["a", "b", "c - d"], ["b", "a", "c - d"], ["a", "y", "b - c"]] {
        let tape = Tape::<f64>::new();
        let (one, other) = (tape.variable(first, 2.0), tape.variable(second, 1.0));
        let loss = (one.exp() - other).powi(2);
        for drawing in [tape.display(&[loss]), tape.display(&[loss]).with_adjoints(loss).unwrap()] {
            let (svg, dot) = (drawing.svg(), drawing.dot());
            assert!(svg.contains(&format!(">{title}<")), "{first}, {second}: {svg}");
            let (left, right) = title.split_once(" - ").unwrap();
            assert!([left, right].iter().all(|letter| dot.contains(&format!("headlabel=\"{letter}\""))), "{dot}");
        }
    }
}
