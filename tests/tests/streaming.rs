//! Programs that stream over the rows give what the interpreter gives, for any graph, layout and number of rows, in as few
//! passes as can be.

use autodiff::{IndexVar, Program, Scalar, Tape, Var};
use ndarray::{Array1, Array2, ArrayView2, ShapeBuilder, array, s};
use tests::compare::assert_near;
use tests::splitmix::splitmix;

/// Numbers that look random.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: usize) -> usize {
        (splitmix(&mut self.0) >> 11) as usize % n
    }

    fn number<T: Scalar>(&mut self) -> T {
        T::from(self.below(2001) as f64 / 1000.0 - 1.0).unwrap()
    }
}

const COLUMNS: usize = 3;
const GROUPS: usize = 4;

/// The leaves of a random graph.
#[derive(Clone, Copy)]
struct Leaves<'t, T: Scalar> {
    x: Var<'t, T>,
    y: Var<'t, T>,
    theta: Var<'t, T>,
    weights: Var<'t, T>,
    groups: IndexVar<'t, T>,
}

struct Data<T> {
    x: Array2<T>,
    y: Array1<T>,
    theta: Array1<T>,
    weights: Array2<T>,
    groups: Array1<usize>,
}

impl<T: Scalar> Data<T> {
    fn draw(draws: &mut Draws, rows: usize) -> Self {
        Data {
            x: Array2::from_shape_simple_fn((rows, COLUMNS), || draws.number()),
            y: Array1::from_shape_simple_fn(rows, || draws.number()),
            theta: Array1::from_shape_simple_fn(COLUMNS, || draws.number()),
            weights: Array2::from_shape_simple_fn((COLUMNS, COLUMNS), || draws.number()),
            groups: Array1::from_shape_simple_fn(rows, || draws.below(GROUPS)),
        }
    }

    fn leaves<'t>(&self, tape: &'t Tape<T>) -> Leaves<'t, T> {
        Leaves {
            x: tape.data("x", &self.x),
            y: tape.data("y", &self.y),
            theta: tape.variable("theta", &self.theta),
            weights: tape.variable("weights", &self.weights),
            groups: tape.index_data("groups", &self.groups),
        }
    }
}

/// A loss of random operations, all of them smooth and bounded, and a node on the rows.
fn random_loss<'t, T: Scalar>(draws: &mut Draws, leaves: Leaves<'t, T>) -> [Var<'t, T>; 2] {
    let Leaves { x, y, theta, weights, groups } = leaves;
    let half = T::from(0.5).unwrap();
    let table = weights.dot(theta).sin();
    let table = theta.tape().concatenate(0, &[table, theta.sum().reshape(&[1])]);
    let mut wide = vec![x];
    let mut narrow = vec![y, x.linear(theta), table.gather(groups)];
    for _ in 0..draws.below(8) + 3 {
        let (a, b) = (wide[draws.below(wide.len())], wide[draws.below(wide.len())]);
        let (c, d) = (narrow[draws.below(narrow.len())], narrow[draws.below(narrow.len())]);
        match draws.below(14) {
            0 => wide.push(a * b + theta),
            1 => wide.push((a - b).tanh()),
            2 => wide.push(a.dot(weights) * half),
            3 => wide.push(a.softmax(&[1]) * b),
            4 => wide.push(a.sigmoid() * c.sum().tanh()),
            5 => wide.push(a.slice_axis(1, ndarray::Slice::from(..).step_by(-1)) * half),
            6 => narrow.push(a.logsumexp_axes(&[1]).tanh()),
            7 => narrow.push((a * b).sum_axes(&[1]).sin()),
            8 => narrow.push(a.linear(theta).softplus() * d.sigmoid()),
            9 => narrow.push((c - c.mean()).tanh()),
            10 => narrow.push(c * d * half),
            11 => narrow.push(c.gt(d).select(c.sin(), d.cos())),
            12 => narrow.push(c.abs().ln_1p() + a.max_axes(&[1])),
            _ => narrow.push(a.log_softmax(&[1]).slice_axis(1, 0..1).sum_axes(&[1]).tanh()),
        }
    }
    let (last_wide, last_narrow) = (wide[wide.len() - 1], narrow[narrow.len() - 1]);
    let loss = (last_wide * last_wide).sum() + (last_narrow * y).sum() + narrow[draws.below(narrow.len())].sin().sum();
    [loss, last_narrow]
}

/// The same numbers in memory of every kind of layout, handed to `check`.
fn in_layouts<T: Scalar>(x: &Array2<T>, mut check: impl FnMut(&str, ArrayView2<'_, T>)) {
    let (rows, columns) = x.dim();
    check("rows are slices", x.view());
    let mut columns_first = Array2::zeros((rows, columns).f());
    columns_first.assign(x);
    check("columns are slices", columns_first.view());
    let mut spread = Array2::from_elem((2 * rows, 3 * columns), T::nan());
    spread.slice_mut(s![..;2, ..;3]).assign(x);
    check("neither are slices", spread.slice(s![..;2, ..;3]));
    let mut reversed = x.clone();
    reversed.invert_axis(ndarray::Axis(0));
    let mut reversed = reversed.as_standard_layout().into_owned();
    reversed.invert_axis(ndarray::Axis(0));
    check("rows backwards", reversed.view());
    let mut mirrored = x.slice(s![.., ..;-1]).as_standard_layout().into_owned();
    mirrored.invert_axis(ndarray::Axis(1));
    check("columns backwards", mirrored.view());
}

/// Loss, derivatives and a rows output of random graphs, as programs and as the interpreter has them.
fn programs_are_interpreters<T: Scalar>(tolerance: f64) {
    // The last is more than a second-level cache keeps: then blocks are smaller.
    let sizes = [1, 2, 15, 16, 17, 63, 130, 1_001, 40_001];
    for seed in 0..48 {
        let mut draws = Draws(seed);
        let rows = sizes[seed as usize % sizes.len()];
        let data = Data::<T>::draw(&mut draws, rows);
        let tape = Tape::new();
        let leaves = data.leaves(&tape);
        let [loss, on_rows] = random_loss(&mut draws, leaves);
        let derivatives = loss.grads(&[leaves.theta, leaves.weights]);
        let curvature = loss.hvp(leaves.theta, tape.constant(&data.theta));
        let outputs = [loss, derivatives[0], derivatives[1], curvature, on_rows];
        let expected = outputs.map(|output| output.value().unwrap());
        let program = tape.compile(&outputs).unwrap();
        in_layouts(&data.x, |layout, x| {
            let found = program.run(&[leaves.x.bind(x)]).unwrap();
            for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
                assert_near(found, expected, tolerance, &format!("seed {seed}, {layout}, output {index}"));
            }
        });
    }
}

#[test]
fn programs_of_doubles_are_the_interpreter() {
    programs_are_interpreters::<f64>(1e-11);
}

#[test]
fn programs_of_singles_are_the_interpreter() {
    programs_are_interpreters::<f32>(2e-3);
}

#[test]
fn a_row_that_is_repeated_by_a_zero_stride_is_read_in_place() {
    let tape = Tape::<f64>::new();
    let (x, theta) = (tape.rows("x", &[2]), tape.input("theta", &[2]));
    let loss = x.linear(theta).sigmoid().sum();
    let program = tape.compile(&[loss, loss.grad(theta), loss.hessian(theta)]).unwrap();
    let row = ndarray::arr1(&[1.5, -0.5]);
    let repeated = row.broadcast((100, 2)).unwrap();
    let parameters = ndarray::arr1(&[0.3, 0.7]);
    let found = program.run(&[x.bind(repeated), theta.bind(&parameters)]).unwrap();
    let expected = program.run(&[x.bind(&repeated.to_owned()), theta.bind(&parameters)]).unwrap();
    for (found, expected) in found.iter().zip(&expected) {
        assert_near(found, expected, 1e-14, "zero stride");
    }
}

#[test]
fn sums_over_no_rows_are_zero() {
    let tape = Tape::<f64>::new();
    let (x, theta) = (tape.rows("x", &[2]), tape.input("theta", &[2]));
    let z = x.linear(theta);
    let loss = z.softplus().sum();
    let program = tape.compile(&[loss, loss.grad(theta), loss.hessian(theta), z, z.logsumexp()]).unwrap();
    let found = program.run(&[x.bind(&Array2::zeros((0, 2))), theta.bind(&Array1::ones(2))]).unwrap();
    assert_eq!(found[0].first(), Some(&0.0));
    assert!(found[1].iter().chain(&found[2]).all(|&x| x == 0.0));
    assert_eq!(found[3].shape(), [0]);
    assert_eq!(found[4].first(), Some(&f64::NEG_INFINITY));
}

/// A logistic regression of two columns.
fn logistic(tape: &Tape<f64>) -> (Var<'_, f64>, Var<'_, f64>) {
    let (x, y, theta) = (tape.rows("x", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    (x.linear(theta).sigmoid().log_loss(y).sum(), theta)
}

fn passes(tape: &Tape<f64>, outputs: &[Var<'_, f64>]) -> usize {
    tape.compile(outputs).as_ref().map(Program::passes).unwrap()
}

#[test]
fn a_sum_with_all_its_derivatives_takes_one_pass() {
    let tape = Tape::new();
    let (loss, theta) = logistic(&tape);
    let direction = tape.input("direction", &[2]);
    let outputs = [loss, loss.grad(theta), loss.hvp(theta, direction), loss.hessian(theta)];
    assert_eq!(passes(&tape, &outputs), 1);
}

#[test]
fn a_factor_free_of_the_rows_leaves_their_sum() {
    // d√(Σr²/n) = Xᵀr/(n·√…): the root is known after the pass only, but multiplies its result.
    let tape = Tape::new();
    let (x, y, theta) = (tape.rows("x", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let residual = x.linear(theta) - y;
    let rmse = (residual * residual).mean().sqrt();
    assert_eq!(passes(&tape, &[rmse, rmse.grad(theta)]), 1);
    let logarithm = (residual * residual).sum().ln();
    assert_eq!(passes(&tape, &[logarithm, logarithm.grad(theta)]), 1);
}

#[test]
fn a_factor_that_is_not_finite_leaves_strong_zeros() {
    let tape = Tape::<f64>::new();
    let x = tape.data("x", array![[1.0, -5.0], [2.0, -3.0]]);
    let z = tape.data("z", array![1.0, 2.0]);
    let scale = tape.variable("scale", ndarray::arr0(f64::INFINITY));
    let theta = tape.variable("theta", ndarray::arr0(-1.0));
    // The other column is not in the loss; −∞ is no larger than 0, whatever theta.
    let of_slice = (x.index_axis(1, 0) * (z * scale)).sum().grad(x);
    let of_nothing = (theta * (z * scale)).relu().sum().grad(theta);
    // The largest is NaN, and so are the shares of its column; the other column has no part in it.
    let of_largest = (x.index_axis(1, 1) - scale + scale).max().grad(x);
    for (way, values) in tests::evaluate::both(&tape, &[of_slice, of_nothing, of_largest]) {
        let infinite = f64::INFINITY;
        assert_eq!(values[0], array![[infinite, 0.0], [infinite, 0.0]].into_dyn(), "{way:?}");
        assert_eq!(values[1].sum(), 0.0, "{way:?}");
        assert!(values[2][[0, 0]] == 0.0 && values[2][[0, 1]].is_nan(), "{way:?}: {}", values[2]);
    }
}

#[test]
fn the_logarithm_of_a_sum_over_the_rows_keeps_its_digits_near_zero() {
    let tape = Tape::<f64>::new();
    let x = tape.data("x", array![-46.0, -0.0, -211.0, -47.0]);
    let expected = ((-46f64).exp() + (-47f64).exp()).ln_1p();
    for (way, values) in tests::evaluate::both(&tape, &[x.logsumexp()]) {
        let found = values[0].sum();
        assert!((found - expected).abs() <= 4.0 * f64::EPSILON * expected, "{way:?}: {found:e} for {expected:e}");
    }
}

#[test]
fn what_needs_a_finished_sum_on_the_rows_takes_another_pass() {
    let tape = Tape::new();
    let (x, theta) = (tape.rows("x", &[2]), tape.input("theta", &[2]));
    let z = x.linear(theta);
    let centred = z - z.mean();
    assert_eq!(passes(&tape, &[centred.tanh().sum()]), 2);
    let standardised = centred / (centred * centred).mean().sqrt();
    assert_eq!(passes(&tape, &[standardised.tanh().sum()]), 3);
}

#[test]
fn what_can_not_be_streamed_is_refused_with_a_way_out() {
    let refused = |record: &dyn for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>, words: &str| {
        let tape = Tape::<f64>::new();
        let result = record(tape.rows("x", &[2]));
        let message = tape.compile(&[result]).err().unwrap().to_string();
        assert!(message.contains(words), "{message}");
    };
    refused(&|x| x.t(), "summed over the rows, use `t_dot`");
    refused(&|x| x.tape().concatenate(0, &[x, x]), "append the data before binding them");
    refused(&|x| x.slice_axis(0, 0..1), "rows");
    refused(&|x| x.reshape(&[4]), "rows");
}

#[test]
fn an_explanation_names_passes_inputs_and_bytes() {
    let tape = Tape::new();
    let (loss, theta) = logistic(&tape);
    let program = tape.compile(&[loss, loss.grad(theta)]).unwrap();
    let text = program.explain().to_string();
    for words in ["pass 1 of 1", "reads 24 bytes a row: x, y", "sum xᵀ·vector over the rows: 2 numbers"] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
}

fn stable_logistic<'t>(z: Var<'t, f64>, y: Var<'t, f64>) -> Var<'t, f64> {
    y * (-z).softplus() + (1.0 - y) * z.softplus()
}

#[test]
fn a_logistic_loss_is_one_instruction_where_nothing_else_needs_its_parts() {
    let x = Array2::from_shape_fn((53, 2), |(i, j)| (i as f64 - 26.0) * [0.3, 40.0][j] * (0.5 + (i % 3) as f64));
    let labels = Array1::from_shape_fn(53, |i| [0.0, 1.0, 0.25, 1.0][i % 4]);
    let parameters = ndarray::arr1(&[0.7, -0.4]);
    let tape = Tape::<f64>::new();
    let (xs, y, theta) = (tape.data("x", &x), tape.data("y", &labels), tape.variable("theta", &parameters));
    let z = xs.linear(theta);
    let loss = z.sigmoid().log_loss(y).sum();
    let (gradient, twice) = (loss.grad(theta), z.sigmoid().log_loss(1.0 - y).sum());
    let weighted = (z.sigmoid().log_loss(y) * (y + 1.0)).sum();
    // As written, their values are infinite in the tails: these are what programs make of them.
    let (stable_loss, stable_twice) = (stable_logistic(z, y).sum(), stable_logistic(z, 1.0 - y).sum());
    let stable_weighted = (stable_logistic(z, y) * (y + 1.0)).sum();
    type Case<'t, 'o> = (&'static str, &'o [Var<'t, f64>], &'o [Var<'t, f64>], bool);
    let cases: [Case<'_, '_>; 6] = [
        ("loss", &[loss], &[stable_loss], true),
        ("gradient", &[gradient], &[stable_loss.grad(theta)], true),
        ("both", &[loss, gradient], &[stable_loss, gradient], true),
        ("with a probability", &[loss, gradient, z.sigmoid()], &[stable_loss, gradient, z.sigmoid()], false),
        ("labels the other way round beside them", &[loss, twice], &[stable_loss, stable_twice], false),
        ("weighted", &[weighted, weighted.grad(theta)], &[stable_weighted, stable_weighted.grad(theta)], false),
    ];
    for (name, outputs, expected, fused) in cases {
        let program = tape.compile(outputs).unwrap();
        let text = program.explain().to_string();
        let one = text.contains("y·softplus(−z) + (1 − y)·softplus(z) by") || text.contains("(1 − y)·σ(z) − y·σ(−z)");
        assert_eq!(one, fused, "{name} in\n{text}");
        let found = program.run(&[]).unwrap();
        for (found, expected) in found.iter().zip(expected) {
            assert_near(found, &expected.value().unwrap(), 1e-14, name);
        }
    }
}
