//! A program that has run once in a workspace allocates nothing when it runs again.

use autodiff::{Binding, Program, Tape};
use ndarray::{Array1, Array2, ArrayD, ArrayViewMutD, IxDyn, ShapeBuilder};

/// Runs the program twice in one workspace and counts what the second run allocates.
fn assert_replay_allocates_nothing(program: &Program<f64>, bindings: &[Binding<'_, f64>], rows: usize, what: &str) {
    let dims = |shape: &autodiff::Shape| {
        let own = shape.has_rows().then_some(rows);
        own.into_iter().chain(shape.trailing().iter().copied()).collect::<Vec<_>>()
    };
    let mut results: Vec<ArrayD<f64>> =
        program.output_shapes().iter().map(|shape| ArrayD::zeros(IxDyn(&dims(shape)))).collect();
    let mut views: Vec<ArrayViewMutD<'_, f64>> = results.iter_mut().map(|result| result.view_mut()).collect();
    let mut workspace = program.workspace();
    program.run_into(&mut workspace, bindings, &mut views).unwrap();
    let counted = allocation_counter::measure(|| program.run_into(&mut workspace, bindings, &mut views).unwrap());
    assert_eq!(counted.count_total, 0, "{what} allocates {} bytes", counted.bytes_total);
}

#[test]
fn replays_of_row_programs_allocate_nothing() {
    let rows = 1_000;
    let numbers = |i: usize, j: usize| ((i * 3 + j * 5) as f64).sin();
    let tape = Tape::<f64>::new();
    let (x, y, groups) = (tape.rows("x", &[20]), tape.rows("y", &[]), tape.index_rows("groups", &[]));
    let theta = tape.variable("theta", Array1::linspace(-1.0, 1.0, 20));
    let weights = tape.variable("weights", Array2::from_shape_fn((20, 4), |(i, j)| numbers(i, j)));
    let table = tape.variable("table", Array1::linspace(0.0, 1.0, 5));
    let logistic = x.linear(theta).sigmoid().log_loss(y).sum();
    let direction = tape.constant(Array1::ones(20));
    let softmax = x.dot(weights).log_softmax(&[1]).slice_axis(1, 0..2).sum();
    let gathered = (x.linear(theta) + table.gather(groups)).tanh();
    let programs = [
        ("value and gradient", vec![logistic, logistic.grad(theta)]),
        ("hvp", vec![logistic.hvp(theta, direction)]),
        ("hessian", vec![logistic.hessian(theta)]),
        ("softmax", vec![softmax, softmax.grad(weights)]),
        ("gather", vec![gathered, gathered.sum().grad(table)]),
        ("two passes", vec![(gathered - gathered.mean()).sin().sum()]),
    ];
    let labels = Array1::from_shape_fn(rows, |i| f64::from(numbers(i, 1) > 0.0));
    let indices = Array1::from_shape_fn(rows, |i| i % 5);
    let mut spread = Array2::zeros((2 * rows, 40));
    let mut columns_first = Array2::zeros((rows, 20).f());
    let rows_first = Array2::from_shape_fn((rows, 20), |(i, j)| numbers(i, j));
    spread.slice_mut(ndarray::s![..;2, ..;2]).assign(&rows_first);
    columns_first.assign(&rows_first);
    let layouts = [
        ("rows are slices", rows_first.view()),
        ("columns are slices", columns_first.view()),
        ("neither are slices", spread.slice(ndarray::s![..;2, ..;2])),
    ];
    for (name, outputs) in programs {
        let program = tape.compile(&outputs).unwrap().with_threads(1);
        for (layout, array) in &layouts {
            let bindings = [x.bind(array), y.bind(&labels), groups.bind(&indices)];
            assert_replay_allocates_nothing(&program, &bindings, rows, &format!("{name}, {layout}"));
        }
    }
}

#[test]
fn replays_with_more_rows_outputs_than_are_kept_at_hand_allocate_nothing() {
    let tape = Tape::<f64>::new();
    let x = tape.rows("x", &[]);
    let outputs: Vec<_> = (0..40).map(|index| x + f64::from(index)).collect();
    let program = tape.compile(&outputs).unwrap().with_threads(1);
    let column = Array1::linspace(0.0, 1.0, 50);
    assert_replay_allocates_nothing(&program, &[x.bind(&column)], 50, "many outputs on the rows");
}

/// Parts are handed to other threads by rayon's queue, which grows by a block of memory for some sixty of them.
#[test]
fn replays_on_several_threads_allocate_only_what_their_queue_does() {
    let tape = Tape::<f64>::new();
    let (x, theta) = (tape.rows("x", &[3]), tape.input("theta", &[3]));
    let loss = x.linear(theta).softplus().sum();
    let program = tape.compile(&[loss, loss.grad(theta)]).unwrap().with_threads(16);
    let (rows, at) = (Array2::from_shape_fn((50_000, 3), |(i, j)| (i + j) as f64 * 1e-5), Array1::ones(3));
    let bindings = [x.bind(&rows), theta.bind(&at)];
    let mut results: Vec<ArrayD<f64>> = vec![ArrayD::zeros(IxDyn(&[])), ArrayD::zeros(IxDyn(&[3]))];
    let mut views: Vec<ArrayViewMutD<'_, f64>> = results.iter_mut().map(|result| result.view_mut()).collect();
    let mut workspace = program.workspace();
    let replays = 200;
    (0..10).for_each(|_| program.run_into(&mut workspace, &bindings, &mut views).unwrap());
    let counted = allocation_counter::measure(|| {
        (0..replays).for_each(|_| program.run_into(&mut workspace, &bindings, &mut views).unwrap());
    });
    assert!(counted.count_total <= replays / 20, "{} allocations in {replays} replays", counted.count_total);
}

#[test]
fn replays_of_scalar_programs_allocate_nothing() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 0.3);
    let mut value = x;
    for step in 0..100 {
        value = (value * x + f64::from(step)).sin();
    }
    let program = tape.compile(&[value, value.grad(x)]).unwrap();
    assert_replay_allocates_nothing(&program, &[], 0, "a scalar program");
}

#[test]
fn replays_with_many_inputs_and_outputs_allocate_nothing() {
    let tape = Tape::<f64>::new();
    let rows: Vec<_> = (0..8).map(|index| tape.rows(&format!("rows{index}"), &[])).collect();
    let fixed: Vec<_> = (0..30).map(|index| tape.input(&format!("fixed{index}"), &[2])).collect();
    let mut outputs: Vec<_> = rows.iter().map(|rows| rows.exp()).collect();
    outputs.extend(fixed.iter().map(|fixed| fixed.exp()));
    let program = tape.compile(&outputs).unwrap().with_threads(1);
    let (column, pair) = (Array1::linspace(0.0, 1.0, 50), Array1::from(vec![0.5, 2.0]));
    let of_rows = rows.iter().map(|rows| rows.bind(&column));
    let mut bindings: Vec<Binding<'_, f64>> = of_rows.chain(fixed.iter().map(|fixed| fixed.bind(&pair))).collect();
    assert_replay_allocates_nothing(&program, &bindings, 50, "inputs in order");
    bindings.reverse();
    assert_replay_allocates_nothing(&program, &bindings, 50, "inputs the other way round");
}

/// Their elements are rows of a program of its own.
#[test]
fn replays_of_elementwise_work_on_large_arrays_allocate_nothing() {
    let tape = Tape::<f64>::new();
    let inputs: Vec<_> = (0..12).map(|index| tape.input(&format!("x{index}"), &[40_000])).collect();
    let mut sum = inputs[0] * 0.5;
    let mut outputs = Vec::new();
    for &input in &inputs {
        sum = (sum + input).sin();
        outputs.push(sum);
    }
    outputs.push(sum.sum());
    let program = tape.compile(&outputs).unwrap().with_threads(1);
    assert!(program.explain().to_string().contains("elements of arrays of 40000 as rows"), "{}", program.explain());
    let array = Array1::linspace(0.0, 1.0, 40_000);
    let bindings: Vec<Binding<'_, f64>> = inputs.iter().map(|input| input.bind(&array)).collect();
    assert_replay_allocates_nothing(&program, &bindings, 0, "a program on large arrays");
}
