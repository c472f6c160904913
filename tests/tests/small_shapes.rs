//! Programs give what their recordings say where an array has one element, or none, beside others that have many.

use autodiff::{Tape, Var};
use ndarray::{Array2, Array3, ArrayD, IxDyn, arr1, arr2, arr3};
use tests::compare::{assert_close, assert_near};
use tests::evaluate::{compiled, interpreted};

/// Asserts that one program of all `nodes`, and a program of each, gives what the interpreter gives.
#[track_caller]
fn assert_programs_agree(tape: &Tape<f64>, nodes: &[Var<'_, f64>], what: &str) {
    tape.check().unwrap();
    let wanted = interpreted(nodes).unwrap();
    let together = compiled(tape, nodes).unwrap();
    for (index, (node, wanted)) in nodes.iter().zip(&wanted).enumerate() {
        let alone = compiled(tape, &[*node]).unwrap();
        let scale = wanted.mapv(|x| x.abs().max(1.0));
        for (found, how) in [(&alone[0], "alone"), (&together[index], "with others")] {
            assert_close(found, wanted, &scale, 1e-14, &format!("{what}, output {index} {how}"));
        }
    }
}

#[test]
fn a_weight_of_one_element_scales_rows_of_single_numbers() {
    type Record = fn(&Tape<f64>) -> [Var<'_, f64>; 2];
    let losses: [(&str, Record); 8] = [
        ("x·w", |tape| leaves(tape, |x, w| x * w)),
        ("x·w·w", |tape| leaves(tape, |x, w| x * w * w)),
        ("ln w·x", |tape| leaves(tape, |x, w| w.ln() * x)),
        ("w³·x", |tape| leaves(tape, |x, w| w.powi(3) * x)),
        ("x·eʷ", |tape| leaves(tape, |x, w| x * w.exp())),
        ("x/w", |tape| leaves(tape, |x, w| x / w)),
        ("x/w·w", |tape| leaves(tape, |x, w| x / w * w)),
        ("−x·w − w", |tape| leaves(tape, |x, w| -x * w - w)),
    ];
    for (what, record) in losses {
        let tape = Tape::new();
        let [y, w] = record(&tape);
        let mut nodes = Vec::new();
        for loss in [y.sum(), y.mean(), y.sum_axes(&[0]), (y * y).sum().ln()] {
            let gradient = loss.grad(w);
            nodes.extend([loss, gradient, gradient.sum().grad(w), loss.hvp(w, w), loss.hessian(w)]);
        }
        assert_programs_agree(&tape, &nodes, what);
    }
    let tape = Tape::new();
    let [y, _] = leaves(&tape, |x, w| x * w);
    assert_eq!(compiled(&tape, &[y.sum()]).unwrap()[0], ndarray::arr0(9.0).into_dyn());
}

/// A function of the rows 1, 2 and the weight [3], and the weight.
fn leaves<'t>(tape: &'t Tape<f64>, record: impl Fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>) -> [Var<'t, f64>; 2] {
    let (x, w) = (tape.data("x", arr1(&[1.0, 2.0])), tape.variable("w", arr1(&[3.0])));
    [record(x, w), w]
}

#[test]
fn a_fixed_array_with_an_axis_of_length_1_beside_the_rows_scales_them() {
    let tape = Tape::new();
    let x = tape.data("X", arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]]));
    let (row, one) = (tape.variable("row", arr2(&[[0.5, 2.0, 4.0]])), tape.variable("one", arr2(&[[3.0]])));
    let cube = tape.data("cube", Array3::from_shape_fn((2, 2, 3), |(i, j, k)| (1 + i + 2 * j + 4 * k) as f64));
    let slab = tape.variable("slab", arr3(&[[[0.5, 2.0, 4.0]]]));
    let mut nodes = Vec::new();
    for (y, scale) in [(x * row, row), (x * one, one), (x / row * one, one), (cube * slab, slab), (cube * row, row)] {
        for loss in [y.sum(), y.sum_axes(&[0]).exp().sum(), y.mean(), y.sum_axes(&[0, 1]).sum()] {
            nodes.extend([loss, loss.grad(scale), loss.hvp(scale, scale)]);
        }
        nodes.push(y.sum_axes(&[0]));
    }
    assert_programs_agree(&tape, &nodes, "axes of length 1");
}

#[test]
fn reductions_of_nothing_give_their_start_beside_any_number_of_elements() {
    for shape in [vec![0, 17], vec![0, 16], vec![17, 0], vec![5, 0, 17], vec![2, 0, 33], vec![0, 3, 17], vec![0]] {
        for on_rows in [false, true] {
            let tape = Tape::new();
            let data = ArrayD::<f64>::zeros(IxDyn(&shape));
            let x = if on_rows { tape.data("x", data) } else { tape.variable("x", data) };
            let mut nodes = Vec::new();
            for axis in usize::from(on_rows)..shape.len() {
                nodes.extend([x.sum_axes(&[axis]), x.prod_axes(&[axis]), x.logsumexp_axes(&[axis])]);
                nodes.extend([x.norm_axes(&[axis]), x.sum_axes(&[axis]).exp() * 2.0]);
                nodes.push((x.prod_axes(&[axis]) + 1.0).sum().grad(x));
            }
            nodes.extend([x.sum(), x.sum().grad(x), x.exp().sum() + 1.0]);
            assert_programs_agree(&tape, &nodes, &format!("{shape:?}, on the rows: {on_rows}"));
        }
    }
}

/// Operations that the rules leave alone: their instructions run on nothing.
#[test]
fn instructions_run_on_arrays_without_elements() {
    for [height, columns] in [[0, 0], [0, 17], [17, 0], [3, 0], [0, 3]] {
        let tape = Tape::new();
        let rows = tape.data("rows", Array2::<f64>::ones((3, columns)));
        let (a, b) = (
            tape.variable("a", Array2::<f64>::ones((height, columns))),
            tape.variable("b", Array2::<f64>::ones((columns, columns))),
        );
        let groups = tape.index_data("groups", arr1(&[0, 1, 1]));
        let mut nodes = vec![rows.dot(b), rows.t_dot(rows), a.dot(b), a.t_dot(a), a.cumsum(0), a.cumsum(1)];
        nodes.extend([rows.scatter_add(groups, 2), b.diagonal(), a.t(), tape.concatenate(0, &[a, a]), a.sort(0)]);
        nodes.extend([
            rows.dot(b).sum().grad(b),
            rows.softmax(&[1]),
            rows.linear(tape.constant(ndarray::Array1::zeros(columns))),
        ]);
        assert_programs_agree(&tape, &nodes, &format!("{height} × {columns}"));
    }
}

#[test]
fn rows_without_columns_cost_nothing_however_many_they_are() {
    let tape = Tape::<f64>::new();
    let x = tape.data("x", Array2::zeros((1 << 40, 0)));
    let outputs =
        [x.sum(), x.exp().sum(), x.sum().grad(x), (x * 2.0 - 1.0).sum_axes(&[0]), x.sum_axes(&[1]).exp().sum()];
    let program = tape.compile(&outputs).unwrap();
    let found = program.run(&[]).unwrap();
    assert_eq!((found[0][[]], found[1][[]], found[2].dim()), (0.0, 0.0, IxDyn(&[1 << 40, 0])));
    assert_eq!((found[3].len(), found[4][[]]), (0, (1u64 << 40) as f64));
}

#[test]
fn a_sum_over_the_rows_of_what_does_not_depend_on_them_counts_them() {
    for rows in [0, 1, 5, 1000] {
        let tape = Tape::<f64>::new();
        let x = tape.data("x", Array2::ones((rows, 3)));
        let (c, v) = (tape.variable("c", 0.1), tape.variable("v", arr1(&[0.5, f64::INFINITY, -2.0])));
        let ones = x.sum().grad(x);
        let nodes = [ones.sum(), (ones * c).sum(), (ones * v).sum_axes(&[0]), (ones * c).exp().sum().grad(c)];
        let (found, wanted) = (compiled(&tape, &nodes).unwrap(), interpreted(&nodes).unwrap());
        for (found, wanted) in found.iter().zip(&wanted) {
            if wanted.iter().all(|x| x.is_finite()) {
                assert_near(found, wanted, 1e-14, "a sum over the rows");
            } else {
                assert_eq!(found, wanted);
            }
        }
    }
}

/// A factor of 0 makes rows of zeros, which a strong product leaves out whatever they meet: so does the factor once it is moved out.
#[test]
fn a_factor_of_zero_leaves_a_strong_product_as_its_rows_would() {
    let tape = Tape::<f64>::new();
    let (c, rows) = (tape.variable("c", 0.0), tape.data("rows", arr2(&[[1.0], [-2.0], [0.5]])));
    let weights = tape.variable("weights", arr2(&[[0.5, 2.0]]));
    // Where the product is 0, the derivative of the root is infinite.
    let loss = (rows * c).dot(weights).sqrt().sum();
    let gradient = loss.grad(weights);
    let (found, wanted) = (compiled(&tape, &[gradient]).unwrap(), gradient.value().unwrap());
    assert_eq!((&found[0], &wanted), (&ArrayD::zeros(IxDyn(&[1, 2])), &ArrayD::zeros(IxDyn(&[1, 2]))));
}
