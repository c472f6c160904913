//! Rows of any length that come from memory: more than a cache keeps, so that blocks may be worked on two at a time.

use autodiff::{Scalar, Tape, Var};
use ndarray::{Array1, Array2, ArrayD, ArrayView2, Axis, s};
use tests::compare::assert_near;

fn number<T: Scalar>(i: usize, j: usize) -> T {
    T::from(((i * 7 + j * 13) as f64 * 0.618).sin()).unwrap()
}

/// Enough rows that they take more than 512 KiB, and not a whole number of blocks.
fn rows<T>(columns: usize) -> usize {
    (700 << 10) / (columns * size_of::<T>()) + 5
}

/// The same numbers, rows beside each other, with gaps, and backwards.
fn in_layouts<T: Scalar>(x: &Array2<T>, mut check: impl FnMut(ArrayView2<'_, T>)) {
    check(x.view());
    let (rows, columns) = x.dim();
    let mut spread = Array2::from_elem((rows, columns + 3), T::nan());
    spread.slice_mut(s![.., 1..=columns]).assign(x);
    check(spread.slice(s![.., 1..=columns]));
    let mut reversed = x.slice(s![..;-1, ..]).as_standard_layout().into_owned();
    reversed.invert_axis(Axis(0));
    check(reversed.view());
}

/// What sums in another order may differ by.
fn assert_equal<T: Scalar>(found: &ArrayD<T>, expected: &ArrayD<T>, what: &str) {
    assert_near(found, expected, 64.0 * T::epsilon().to_f64().unwrap(), what);
}

/// Programs of the logistic loss and its derivatives, with a product for each block and with two, beside the interpreter.
fn losses_of_long_rows<T: Scalar>() {
    for columns in [3, 8, 9, 20, 35, 36, 50, 70, 100, 128, 129, 200] {
        let x = Array2::from_shape_fn((rows::<T>(columns), columns), |(i, j)| number::<T>(i, j));
        let y = Array1::from_shape_fn(x.nrows(), |i| if number::<T>(i, 9) > T::zero() { T::one() } else { T::zero() });
        let tape = Tape::new();
        let (xs, ys) = (tape.data("x", &x), tape.data("y", &y));
        let theta = tape.variable("theta", Array1::from_shape_fn(columns, |j| number(3, j)));
        let z = xs.linear(theta);
        let loss = (ys * (-z).softplus() - (ys - T::one()) * z.softplus()).mean();
        let direction = tape.constant(Array1::from_shape_fn(columns, |j| number(5, j)));
        let slope = loss.grad(theta);
        let curvature = loss.hvp(theta, direction);
        for outputs in [vec![loss, slope], vec![slope], vec![loss, slope, curvature], vec![curvature], vec![slope, z]] {
            let expected: Vec<ArrayD<T>> = outputs.iter().map(|output: &Var<'_, T>| output.value().unwrap()).collect();
            in_layouts(&x, |x| {
                let run = |threads| {
                    let program = tape.compile(&outputs).unwrap().with_threads(threads);
                    program.run(&[xs.bind(x)]).unwrap()
                };
                let found = run(1);
                for (found, expected) in found.iter().zip(&expected) {
                    assert_equal(found, expected, &format!("{} outputs, {columns} columns", outputs.len()));
                }
                assert!(run(2) == found && run(3) == found, "{} outputs, {columns} columns", outputs.len());
            });
        }
    }
}

#[test]
fn losses_of_long_rows_are_the_interpreters() {
    losses_of_long_rows::<f64>();
    losses_of_long_rows::<f32>();
}

/// A row of weight 0 adds nothing to a gradient, whatever is in it; its block is summed up otherwise than those beside it.
#[test]
fn rows_of_weight_zero_add_nothing_whatever_is_in_them() {
    for columns in [9, 50, 100] {
        let mut x = Array2::from_shape_fn((rows::<f64>(columns), columns), |(i, j)| number::<f64>(i, j));
        let last = x.nrows() - 1;
        let mut weight = Array1::ones(x.nrows());
        for row in [40, 41, 300, last] {
            weight[row] = 0.0;
        }
        let tape = Tape::<f64>::new();
        let (xs, ws) = (tape.data("x", &x), tape.data("weight", &weight));
        let theta = tape.variable("theta", Array1::from_shape_fn(columns, |j| number(3, j)));
        let gradient = (ws * xs.linear(theta).softplus()).sum().grad(theta);
        let program = tape.compile(&[gradient]).unwrap();
        let expected = program.run(&[]).unwrap();
        assert_equal(&expected[0], &gradient.value().unwrap(), &format!("{columns} columns"));
        x.row_mut(40).fill(f64::INFINITY);
        x[[300, 1]] = f64::NAN;
        x[[last, 2]] = f64::NEG_INFINITY;
        let found = program.run(&[xs.bind(&x)]).unwrap();
        assert!(found[0].iter().all(|x| x.is_finite()));
        assert_equal(&found[0], &expected[0], &format!("{columns} columns"));
    }
}
