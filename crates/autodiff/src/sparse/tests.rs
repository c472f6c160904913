//! Sparse derivatives against dense ones.

use crate::rules::test_support::random;
use crate::{Csr, Error, Tape, Var};
use ndarray::{Array1, Array2, ArrayD, Axis, arr2, s};

fn close(found: &Csr<f64>, expected: &ArrayD<f64>) {
    let dense = found.to_dense();
    let expected = expected.to_shape(dense.raw_dim()).unwrap();
    for ((place, found), &expected) in dense.indexed_iter().zip(&expected) {
        assert!((found - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{place:?}: {found} is not {expected}");
    }
    assert_eq!(found.to_csc().to_dense(), dense);
}

/// The sparse Jacobian is the dense one, in the interpreter and in a program; the number of its places.
fn assert_jacobian<'t>(f: Var<'t, f64>, x: Var<'t, f64>) -> usize {
    let sparse = f.sparse_jacobian(x).unwrap();
    let dense = f.jacobian(x);
    close(&sparse.value().unwrap(), &dense.value().unwrap());
    let results = f.tape().compile(&[sparse.values, dense]).unwrap().run(&[]).unwrap();
    close(&sparse.pattern.with_values(results[0].clone()).unwrap(), &results[1]);
    sparse.pattern.len()
}

fn assert_hessian<'t>(loss: Var<'t, f64>, x: Var<'t, f64>) -> usize {
    let sparse = loss.sparse_hessian(x).unwrap();
    let dense = loss.hessian(x).value().unwrap();
    close(&sparse.value().unwrap(), &dense);
    assert_eq!(sparse.pattern, loss.hessian_pattern(x).unwrap());
    sparse.pattern.len()
}

#[test]
fn the_pattern_of_each_kind_of_operation_is_as_small_as_it_can_be() {
    type Function = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;
    // Of a matrix of 3 × 4 elements.
    let cases: [(&str, Function, usize); 24] = [
        ("elementwise", |x| x.exp() * x, 12),
        ("comparison", |x| x.gt(0.5).select(x, 2.0 * x), 12),
        ("kept still", |x| x.stop_gradient() * x.floor(), 0),
        ("sum", |x| x.sum_axes(&[1]), 12),
        ("stretched", |x| x + x.sum_axes(&[0]), 36),
        ("logsumexp", |x| x.logsumexp_axes(&[0]), 12),
        ("softmax", |x| x.softmax(&[1]), 48),
        ("maximum", |x| x.max_axes(&[1]), 12),
        ("weighted", |x| x.logsumexp_weighted_axes(x * x + 1.0, &[1]), 12),
        ("norm", |x| x.norm_axes(&[1]), 12),
        ("transposed", |x| x.t().slice(s![1..3, ..]), 6),
        ("from the end", |x| x.slice(s![..;-1, ..;2]), 6),
        ("joined", |x| x.tape().concatenate(0, &[x.slice(s![..1, ..]), x.slice(s![2.., ..])]), 8),
        ("looked up", |x| x.gather(x.tape().index_constant(&[2, 2, 0])), 12),
        ("summed by index", |x| x.scatter_add(x.tape().index_constant(&[1, 1, 0]), 4), 12),
        ("cumulative", |x| x.cumsum(1), 30),
        ("recurrence", |x| x.linear_recurrence(x.sin(), 0), 24),
        ("sorted", |x| x.sort(1), 48),
        ("product", |x| x.dot(x.t()), 2 * 3 * 3 * 4 - 3 * 4),
        ("product with a vector", |x| x.dot(x.tape().constant(&[1.0, 2.0, 3.0, 4.0])), 12),
        ("a constant's zeros", |x| x.tape().constant(&[[1.0, 0.0, 0.0], [0.0, 0.0, 2.0]]).dot(x), 8),
        ("diagonal", |x| x.slice(s![.., ..3]).diagonal().diag(), 3),
        ("determinant", |x| x.slice(s![.., 1..]).det(), 9),
        ("a user's own", |x| x.slice(s![..2, ..2]).elementwise("cube", |x| x * x * x, |x, _| 3.0 * x * x), 16),
    ];
    for (name, function, places) in cases {
        let tape = Tape::new();
        let x = tape.variable("x", random(&[3, 4], 3) + 1.3);
        let f = function(x);
        tape.check().unwrap();
        assert_eq!(assert_jacobian(f, x), places, "{name}");
        assert_eq!(f.jacobian_pattern(x).unwrap().len(), places, "{name}");
    }
}

#[test]
fn solutions_depend_on_their_matrix_and_their_column() {
    let tape = Tape::new();
    let (a, b) = (tape.variable("a", random(&[2, 3, 3], 1)), tape.variable("b", random(&[2, 3, 2], 2)));
    let matrix = a + 3.0 * tape.constant(Array2::<f64>::eye(3));
    assert_eq!(assert_jacobian(matrix.solve(b), b), 2 * 2 * 9);
    assert_eq!(assert_jacobian(matrix.solve(b), a), 2 * 6 * 9);
    assert_eq!(assert_jacobian(matrix.matmul(b), b), 2 * 6 * 3);
    assert_eq!(assert_jacobian(matrix.log_abs_det(), a), 18);
    let theta = tape.variable("theta", &[0.5, -1.0, 2.0]);
    let design = tape.constant(&[[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]]);
    assert_eq!(assert_jacobian(design.linear(theta).tanh(), theta), 3);
}

#[test]
fn a_place_whose_derivative_happens_to_be_0_stays_in_the_pattern() {
    let tape = Tape::new();
    let x = tape.variable("x", &[0.0, 0.0, 1.0]);
    let sparse = (x * x).sparse_jacobian(x).unwrap();
    assert_eq!(sparse.value().unwrap().values, [0.0, 0.0, 2.0]);
    let program = tape.compile(&[sparse.values]).unwrap();
    assert_eq!(program.run(&[x.bind(&[1.0, 2.0, 3.0])]).unwrap().vector(0).unwrap(), ndarray::arr1(&[2.0, 4.0, 6.0]));
}

#[test]
fn sparse_hessians_of_losses_on_rows_and_grids_are_the_dense_ones() {
    let tape = Tape::new();
    let x = tape.variable("x", random(&[40], 5));
    let (a, b) = (x.slice(s![..-1]), x.slice(s![1..]));
    assert_eq!(assert_hessian((100.0 * (b - a * a).powi(2) + (1.0 - a).powi(2)).sum(), x), 3 * 40 - 2);
    // An arrow: one element that all others meet.
    let hub = x.index_axis(0, 0);
    assert_eq!(assert_hessian((hub * b.exp()).sum() + x.powi(4).sum(), x), 3 * 40 - 2);
    assert_eq!(((hub * b.exp()).sum() + x.powi(4).sum()).sparse_hessian(x).unwrap().colours, 2);
    let u = tape.variable("u", random(&[6, 6], 6));
    let (down, right) = (u.slice(s![1.., ..]) - u.slice(s![..-1, ..]), u.slice(s![.., 1..]) - u.slice(s![.., ..-1]));
    assert_eq!(assert_hessian(down.cosh().sum() + right.powi(4).sum() + u.exp().sum(), u), 5 * 36 - 4 * 6);
    // Effects of groups, on the rows.
    let group = tape.index_data("group", Array1::from_shape_fn(50, |row| row * 7 % 5));
    let effects = tape.variable("effects", random(&[6], 7));
    let z = effects.slice(s![..5]).gather(group) + effects.slice(s![5..]) * tape.data("z", random(&[50], 8));
    assert_eq!(assert_hessian(z.softplus().sum() + effects.powi(2).sum(), effects), 6 + 2 * 5);
}

#[test]
fn the_side_with_fewer_colours_is_taken() {
    let tape = Tape::new();
    let x = tape.variable("x", random(&[30], 9));
    let tall = tape.concatenate(0, &[x.sin(), x.cos(), x * x]);
    assert_eq!(tall.sparse_jacobian(x).unwrap().colours, 1);
    let wide = x.reshape(&[3, 10]).exp().sum_axes(&[1]);
    assert_eq!(wide.sparse_jacobian(x).unwrap().colours, 1);
    assert_jacobian(wide, x);
    assert_jacobian(tall, x);
}

#[test]
fn sparse_values_are_differentiated_again() {
    let tape = Tape::new();
    let x = tape.variable("x", &[0.5, 1.5, -1.0]);
    let jacobian = (x.powi(3) * x.slice(s![..;-1])).sparse_jacobian(x).unwrap();
    let again = jacobian.values.sum().grad(x).value().unwrap();
    let dense = (x.powi(3) * x.slice(s![..;-1])).jacobian(x).sum().grad(x).value().unwrap();
    crate::rules::test_support::assert_close(&again, &dense, 1e-13);
}

#[test]
fn what_has_no_sparse_derivative_is_an_error() {
    let tape = Tape::<f64>::new();
    let (x, rows) = (tape.variable("x", &[1.0, 2.0]), tape.rows("rows", &[2]));
    for error in [(rows * x).sparse_jacobian(x).unwrap_err(), x.jacobian_pattern(rows).unwrap_err()] {
        assert!(matches!(&error, Error::Recording { .. }), "{error}");
        assert!(error.to_string().contains("row_jacobian"), "{error}");
    }
    let other = Tape::<f64>::new();
    let foreign = other.variable("y", 1.0);
    assert!(matches!(x.sparse_jacobian(foreign), Err(Error::ForeignTape { .. })));
    assert!(matches!((x * 2.0).row_jacobian(&[x]), Err(Error::Recording { .. })));
    let total = rows.sum_rows();
    let error = (rows * total).row_jacobian(&[rows]).unwrap_err();
    assert!(error.to_string().contains("other rows"), "{error}");
    assert!(matches!(x.sparse_hessian(x), Err(Error::NotScalar { .. })));
    tape.set_memory_limit(1 << 20);
    tape.check().unwrap_err();
}

#[test]
fn row_blocks_are_the_parts_of_the_dense_jacobian() {
    // 20 observations of 5 points by 3 cameras, each with a weight of its own.
    let (views, cameras, points) = (20, 3, 5);
    let record = |on_rows: bool| {
        let tape = Tape::new();
        let camera = tape.variable("camera", random(&[cameras, 4], 1));
        let point = tape.variable("point", random(&[points, 2], 2));
        let weight = random(&[views], 3);
        let by_camera = Array1::from_shape_fn(views, |row| row % cameras);
        let by_point = Array1::from_shape_fn(views, |row| row * 3 % points);
        let (weight, by_camera, by_point) = match on_rows {
            true => (tape.data("w", &weight), tape.index_data("c", &by_camera), tape.index_data("p", &by_point)),
            false => {
                (tape.variable("w", &weight), tape.index_variable("c", &by_camera), tape.index_variable("p", &by_point))
            }
        };
        let (c, p) = (camera.gather(by_camera), point.gather(by_point));
        let turned = c.slice(s![.., ..2]) * p * p.norm_axes(&[1]).insert_axis(1) + c.slice(s![.., 2..]).sin();
        let errors = turned * weight.insert_axis(1);
        let found: Vec<ArrayD<f64>> = match on_rows {
            true => {
                let blocks = errors.row_jacobian(&[camera, point, weight]).unwrap();
                assert_eq!(
                    blocks.iter().map(|block| (block.of, block.index.is_some())).collect::<Vec<_>>(),
                    [(0, true), (1, true), (2, false)]
                );
                let blocks: Vec<_> = blocks.iter().map(|block| block.block).collect();
                let results = tape.compile(&blocks).unwrap().run(&[]).unwrap();
                blocks.iter().zip(&results).for_each(|(block, result)| {
                    crate::rules::test_support::assert_close(result, &block.value().unwrap(), 1e-13);
                });
                results.into_vec()
            }
            false => [camera, point, weight].iter().map(|&x| errors.jacobian(x).value().unwrap()).collect(),
        };
        found
    };
    let (blocks, dense) = (record(true), record(false));
    assert_eq!(
        (blocks[0].shape(), blocks[1].shape(), blocks[2].shape()),
        (&[20, 2, 4][..], &[20, 2, 2][..], &[20, 2][..])
    );
    for (block, (dense, place)) in
        blocks.iter().zip(dense.iter().zip([|row: usize| row % 3, |row| row * 3 % 5, |row| row]))
    {
        let mut rest = dense.clone();
        for row in 0..views {
            let mut there = rest.index_axis_mut(Axis(0), row);
            let mut there = there.index_axis_mut(Axis(1), place(row));
            crate::rules::test_support::assert_close(
                &there.to_owned(),
                &block.index_axis(Axis(0), row).to_owned(),
                1e-13,
            );
            there.fill(0.0);
        }
        assert!(rest.iter().all(|&x| x == 0.0));
    }
}

#[test]
fn more_results_than_arguments_take_a_direction_for_each_argument() {
    let tape = Tape::new();
    let x = tape.data("x", random(&[9, 2], 4));
    let theta = tape.variable("theta", random(&[3], 5));
    let y = tape.concatenate(1, &[x.sin(), x * x, (x * x.slice(s![.., ..;-1])).exp()]) * theta.index_axis(0, 1);
    let blocks = y.row_jacobian(&[x, theta]).unwrap();
    let (block, whole) = (blocks[0].block.value().unwrap(), blocks[1].block.value().unwrap());
    assert_eq!((block.shape(), whole.shape()), (&[9, 6, 2][..], &[9, 6, 3][..]));
    for result in 0..6 {
        let gradient = y.slice(s![.., result]).sum().grad(x).value().unwrap();
        crate::rules::test_support::assert_close(&block.index_axis(Axis(1), result).to_owned(), &gradient, 1e-13);
    }
    assert_eq!(arr2(&[[0.0]]).sum(), whole.index_axis(Axis(2), 0).sum());
}
