//! Long recordings: what is done with them is linear in their length, and nothing recurses on them.

use autodiff::{Tape, Var};
use ndarray::{Array1, Array2, Slice, arr1, arr2};
use tests::compare::assert_near;

#[test]
fn a_million_scalar_nodes_record_differentiate_compile_and_replay() {
    let (steps, rate) = (333_334, 1e-6);
    let tape = Tape::<f64>::new();
    let (start, goal) = (tape.variable("start", 0.25), tape.variable("goal", 1.0));
    let mut x = start;
    for _ in 0..steps {
        x = (goal - x) * rate + x;
    }
    assert!(tape.len() >= 1_000_000);
    let gradients = x.grads(&[start, goal]);
    let program = tape.compile(&[x, gradients[0], gradients[1]]).unwrap();
    let found = program.run(&[]).unwrap();
    // What is left of the start is (1 − rate)^steps.
    let left = (f64::from(steps) * (-rate).ln_1p()).exp();
    for (found, expected) in found.iter().zip([1.0 - 0.75 * left, left, 1.0 - left]) {
        assert!((found[[]] - expected).abs() < 1e-10, "{found} for {expected}");
    }
}

#[test]
fn a_hundred_thousand_inputs_are_declared_bound_and_found() {
    let names: Vec<String> = (0..100_000).map(|index| format!("x{index}")).collect();
    let tape = Tape::<f64>::new();
    let inputs: Vec<_> = names.iter().map(|name| tape.input(name, &[])).collect();
    let total = inputs.iter().fold(inputs[0] * 0.0, |total, &input| total + input);
    let program = tape.compile(&[total, total.grad(inputs[77_777])]).unwrap();
    let numbers: Vec<_> = (0..names.len()).map(|index| ndarray::arr0(index as f64)).collect();
    let bindings: Vec<_> = names.iter().zip(&numbers).map(|(name, number)| autodiff::bind(name, number)).collect();
    let found = program.run(&bindings).unwrap();
    assert_eq!([found[0][[]], found[1][[]]], [99_999.0 * 50_000.0, 1.0]);
}

/// Records `times` steps from `start` on.
fn chain<'t>(start: Var<'t, f64>, times: usize, step: impl Fn(usize, Var<'t, f64>) -> Var<'t, f64>) -> Var<'t, f64> {
    (0..times).fold(start, |y, place| step(place, y))
}

/// Each rule of a program's simplification could follow such a chain to its end, and each end makes it begin.
#[test]
fn programs_of_long_chains_compile_and_give_what_the_recordings_say() {
    let tape = Tape::<f64>::new();
    let x = tape.data("X", Array2::from_shape_fn((5, 3), |(i, j)| 1.0 + (i + 2 * j) as f64));
    let z = tape.data("z", Array1::from_shape_fn(5, |i| 0.5 + i as f64));
    let (a, b) = (tape.variable("a", 1.25), tape.variable("b", 0.8));
    let (c, e) = (tape.variable("c", arr1(&[1.25, 0.5, 2.0])), tape.variable("e", arr1(&[0.8, 2.0, 0.5])));
    let square = tape.variable("square", arr2(&[[1e-4, 2e-4, 0.0], [0.0, 1e-4, 0.0], [3e-4, 0.0, 1e-4]]));
    let sign = tape.data("sign", Array1::from_shape_fn(5, |i| if i % 2 == 0 { 1.0 } else { -1.0 }));
    let long = 20_000;
    let by_numbers = chain(z, long, |_, y| y * a / b * 0.64);
    let by_vectors = chain(x, long, |_, y| y * c * e);
    let by_rows = chain(z, long, |_, y| y * a * sign * b);
    let negated = chain(z, long, |_, y| -(y + a) - b);
    let turned = chain(x, long, |_, y| (y * a).slice_axis(1, Slice::new(0, None, -1)) * b);
    let added = chain(square, long, |_, y| y + square);
    let doubled = chain(square, 60, |_, y| y + y);
    let multiplied = chain(square, long, |_, y| y * a * b);
    let opened = chain(x, long, |place, y| if place % 2 == 0 { y.reshape(&[3, 1]) } else { y.reshape(&[3]) } * 1.0);
    let outputs = [
        by_numbers.sum(),
        by_numbers.sum().grad(a),
        by_vectors.sum_axes(&[0]),
        by_vectors.sum().grad(c),
        by_rows.sum(),
        negated.mean(),
        turned.sum(),
        turned.sum().grad(b),
        added.diagonal(),
        added.diagonal().sum().grad(square),
        doubled.diagonal(),
        multiplied.diagonal(),
        x.dot(multiplied).sum(),
        multiplied.t().sum().grad(a),
        opened.exp().sum(),
        (by_numbers * (1.0 / by_numbers)).sum(),
    ];
    tape.check().unwrap();
    let wanted = outputs.map(|output| output.value().unwrap());
    for (index, (output, wanted)) in outputs.iter().zip(&wanted).enumerate() {
        let found = &tape.compile(&[*output]).unwrap().run(&[]).unwrap()[0];
        // Each step rounds.
        assert_near(found, wanted, 4.0 * long as f64 * f64::EPSILON, &format!("output {index}"));
    }
    let together = tape.compile(&outputs).unwrap().run(&[]).unwrap();
    for (index, (found, wanted)) in together.iter().zip(&wanted).enumerate() {
        assert_near(found, wanted, 4.0 * long as f64 * f64::EPSILON, &format!("output {index} with the others"));
    }
}

#[test]
fn a_hundred_thousand_inputs_in_any_order_cost_no_more() {
    let count = 100_000;
    let names: Vec<String> = (0..count).map(|index| format!("x{index}")).collect();
    let tape = Tape::<f64>::new();
    let inputs: Vec<_> = names.iter().map(|name| tape.input(name, &[])).collect();
    let total = inputs.iter().fold(inputs[0] * 0.0, |total, &input| total + input);
    let numbers: Vec<_> = (0..count).map(|index| ndarray::arr0(index as f64)).collect();
    let backwards: Vec<_> =
        names.iter().zip(&numbers).rev().map(|(name, number)| autodiff::bind(name, number)).collect();
    let program = tape.compile(&[total, total.grad(inputs[77_777])]).unwrap();
    let found = program.run(&backwards).unwrap();
    assert_eq!([found[0][[]], found[1][[]]], [99_999.0 * 50_000.0, 1.0]);
    tape.set_values(&backwards).unwrap();
    assert_eq!(total.item().unwrap(), 99_999.0 * 50_000.0);
    for (input, number) in inputs.iter().zip(&numbers) {
        input.set_value(number[[]] + 1.0).unwrap();
    }
    for (input, number) in inputs.iter().zip(&numbers) {
        assert_eq!(input.item().unwrap(), number[[]] + 1.0);
    }
    let loss = inputs[..count / 2].iter().fold(inputs[0], |total, &input| total + input.floor());
    assert_eq!(loss.independent_inputs().unwrap().len(), count - 1);
}

#[test]
fn a_hundred_thousand_operands_are_concatenated_and_differentiated() {
    let count = 100_000;
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", arr1(&[2.0]));
    let operands: Vec<_> = (0..count).map(|index| x * f64::from(index % 3)).collect();
    let whole = tape.concatenate(0, &operands);
    let loss = (whole * whole).sum();
    let gradient = loss.grad(x);
    let wanted = 4.0 * (0..count).map(|index| f64::from(index % 3).powi(2)).sum::<f64>();
    assert_eq!((loss.item().unwrap(), gradient.value().unwrap()[0]), (wanted, wanted));
    let found = tape.compile(&[whole, loss, gradient]).unwrap().run(&[]).unwrap();
    assert_eq!((found[0].len(), found[1][[]], found[2][0]), (whole.value().unwrap().len(), wanted, wanted));
    assert!(tape.display(&[whole]).to_string().len() < 300 * count as usize);
}

#[test]
fn pictures_of_long_recordings_are_as_long_as_these() {
    let tape = Tape::<f64>::new();
    let x = tape.data("x", arr1(&[1.0, 2.0]));
    let scale = tape.variable("scale", 0.999);
    // Half of the formula would be written out in each of its steps; the lines from x and the scale cross every layer.
    let y = (0..15_000).fold(x, |y, _| y * scale + x);
    let drawing = tape.display(&[y]);
    let nodes = tape.len();
    for text in [drawing.to_string(), drawing.algebra(), drawing.dot(), drawing.svg()] {
        assert!((2 * nodes..3000 * nodes).contains(&text.len()), "{} characters for {nodes} nodes", text.len());
    }
    let outputs: Vec<_> = (0..30_000).map(|index| x + f64::from(index)).collect();
    assert!(tape.display(&outputs).to_string().lines().count() > 30_000);
    assert!(tape.display(&outputs).svg().len() < 3000 * 30_000);
}

/// If each tangent walked through the recording before it, they would take two thousand million steps.
#[test]
fn tangents_inside_a_long_recording_cost_what_they_look_at() {
    let tape = Tape::<f64>::new();
    let one = tape.constant(1.0);
    let (mut y, mut slope) = (tape.variable("y", 0.5), one);
    for _ in 0..60_000 {
        let next = (y * 0.5).sin() + y;
        slope *= next.jvp(&[y], &[one]);
        y = next;
    }
    assert!(tape.len() < 60_000 * 40, "{}", tape.len());
    assert!(slope.item().unwrap().is_finite());
}

#[test]
fn outputs_on_the_rows_are_stored_however_many_they_are() {
    let tape = Tape::<f64>::new();
    let x = tape.data("x", Array1::from_shape_fn(700, |i| i as f64));
    let outputs: Vec<_> = (0..5_000).map(|index| x + f64::from(index)).collect();
    let found = tape.compile(&outputs).unwrap().run(&[]).unwrap();
    assert!(found.iter().enumerate().all(|(index, found)| found[[699]] == 699.0 + index as f64));
}

/// The second derivative of each norm has a part of its own for where the norm is 0: if it went through all that follows, twice as long
/// a chain would take four times as many nodes.
#[test]
fn the_curvature_of_a_chain_of_norms_is_linear_in_its_length() {
    let nodes = |length: usize| {
        let tape = Tape::<f64>::new();
        let w = tape.variable("w", arr1(&[0.5, -1.0, 2.0]));
        let loss = chain(w, length, |_, y| y / y.norm() + w).sum();
        let curvature = loss.hvp(w, w);
        assert!(curvature.value().unwrap().iter().all(|x| x.is_finite()));
        tape.len()
    };
    let [short, long] = [2_000, 4_000].map(nodes);
    assert!(long < 2 * short + short / 2, "{short} and {long} nodes");
}
