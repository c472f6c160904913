//! Changes of the data or the recording whose effect is known without knowing the result.

use autodiff::{Scalar, Tape, Var};
use ndarray::{Array1, Array2, ArrayD, Axis, concatenate};
use tests::compare::{assert_close, relative_error};
use tests::evaluate::{both, compiled};

/// A design of as many rows as asked for, with labels.
fn data(rows: usize) -> (Array2<f64>, Array1<f64>) {
    let x = Array2::from_shape_fn((rows, 3), |(i, j)| ((i * 37 + j * 101) % 64) as f64 / 16.0 - 2.0);
    (x, Array1::from_shape_fn(rows, |i| (i * 7 % 3 % 2) as f64))
}

fn loss<'t, T: Scalar>(x: Var<'t, T>, y: Var<'t, T>, theta: Var<'t, T>) -> Var<'t, T> {
    x.linear(theta).sigmoid().log_loss(y).sum()
}

/// The loss, its gradient and its Hessian.
fn fit(x: &Array2<f64>, y: &Array1<f64>) -> Vec<ArrayD<f64>> {
    let tape = Tape::new();
    let theta = tape.variable("theta", Array1::from(vec![0.5, -0.25, 0.125]));
    let loss = loss(tape.data("X", x), tape.data("y", y), theta);
    compiled(&tape, &[loss, loss.grad(theta), loss.hessian(theta)]).unwrap()
}

#[track_caller]
fn assert_near(found: &[ArrayD<f64>], wanted: &[ArrayD<f64>], factor: f64) {
    for (found, wanted) in found.iter().zip(wanted) {
        let largest = wanted.fold(0.0f64, |a, b| a.max(b.abs()));
        for (found, wanted) in found.iter().zip(wanted) {
            assert!(relative_error(*found, wanted * factor, largest) < 1e-13, "{found} for {} times {factor}", wanted);
        }
    }
}

#[test]
fn a_replay_is_a_fresh_recording_to_the_last_bit() {
    let (x, y) = data(1000);
    let tape = Tape::new();
    let (rows, labels, theta) = (tape.rows("X", &[3]), tape.rows("y", &[]), tape.input("theta", &[3]));
    let recorded = loss(rows, labels, theta);
    let program = tape.compile(&[recorded, recorded.grad(theta), recorded.hessian(theta)]).unwrap();
    let at = Array1::from(vec![0.5, -0.25, 0.125]);
    let mut workspace = program.workspace();
    for _ in 0..3 {
        let mut outputs = [ArrayD::from_elem(vec![], f64::NAN), ArrayD::zeros(vec![3]), ArrayD::ones(vec![3, 3])];
        let mut views = outputs.each_mut().map(|output| output.view_mut());
        program.run_into(&mut workspace, &[rows.bind(&x), labels.bind(&y), theta.bind(&at)], &mut views).unwrap();
        assert_eq!(outputs.to_vec(), fit(&x, &y));
    }
}

#[test]
fn doubled_rows_double_the_loss() {
    for rows in [0, 1, 5, 333] {
        let (x, y) = data(rows);
        let (twice_x, twice_y) = (
            concatenate(Axis(0), &[x.view(), x.view()]).unwrap(),
            concatenate(Axis(0), &[y.view(), y.view()]).unwrap(),
        );
        assert_near(&fit(&twice_x, &twice_y), &fit(&x, &y), 2.0);
    }
}

#[test]
fn rows_in_another_order_give_the_same() {
    for rows in [2, 5, 333, 3000] {
        let (x, y) = data(rows);
        let order: Vec<usize> = (0..rows).map(|i| (i * 1009 + 7) % rows).collect();
        let mut seen = order.clone();
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..rows));
        assert_near(&fit(&x.select(Axis(0), &order), &y.select(Axis(0), &order)), &fit(&x, &y), 1.0);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let (x, y) = data(20_000);
    let tape = Tape::new();
    let theta = tape.variable("theta", Array1::from(vec![0.5, -0.25, 0.125]));
    let recorded = loss(tape.data("X", &x), tape.data("y", &y), theta);
    let run =
        |threads| tape.compile(&[recorded, recorded.grad(theta)]).unwrap().with_threads(threads).run(&[]).unwrap();
    let one = run(1);
    for threads in [2, 3, 7] {
        assert_eq!(run(threads), one, "{threads} threads");
    }
}

#[test]
fn a_feature_of_zeros_adds_zeros_and_changes_nothing() {
    let (x, y) = data(50);
    let of = |x: Array2<f64>| {
        let tape = Tape::new();
        let theta = tape.variable("theta", Array1::from_elem(x.ncols(), 0.25));
        let loss = loss(tape.data("X", x), tape.data("y", &y), theta);
        both(&tape, &[loss, loss.grad(theta)]).map(|(_, values)| values)
    };
    let wider = concatenate(Axis(1), &[x.view(), Array2::zeros((50, 1)).view()]).unwrap();
    for (wide, narrow) in of(wider).iter().zip(of(x)) {
        assert!(relative_error(wide[0][[]], narrow[0][[]], narrow[0][[]]) < 1e-14);
        assert_eq!(wide[1][[3]], 0.0);
        for index in 0..3 {
            assert!(relative_error(wide[1][[index]], narrow[1][[index]], 50.0) < 1e-14);
        }
    }
}

#[test]
fn a_change_of_units_changes_the_gradient_by_its_inverse_exactly() {
    let (x, y) = data(40);
    let of = |scale: f64| {
        let tape = Tape::new();
        let theta = tape.variable("theta", Array1::from(vec![0.5, -0.25, 0.125]) / scale);
        let loss = loss(tape.data("X", &x * scale), tape.data("y", &y), theta);
        compiled(&tape, &[loss, loss.grad(theta)]).unwrap()
    };
    // Powers of two round nothing.
    let plain = of(1.0);
    for scale in [2f64.powi(30), 2f64.powi(-30)] {
        let scaled = of(scale);
        assert_eq!(scaled[0], plain[0]);
        assert_eq!(scaled[1], &plain[1] * scale);
    }
}

#[test]
fn a_masked_row_leaves_the_derivatives_alone_whatever_its_data_are() {
    let derivatives = |x: ndarray::ArrayView2<'_, f64>, kept: ndarray::ArrayView1<'_, f64>| {
        let tape = Tape::<f64>::new();
        let (x, kept) = (tape.data("X", x), tape.data("kept", kept));
        let theta = tape.variable("theta", Array1::from(vec![0.5, -1.0]));
        let terms = x.linear(theta).sigmoid().log_loss(1.0);
        let loss = kept.gt(0.0).select(terms, 0.0).sum();
        both(&tape, &[loss, loss.grad(theta), loss.hvp(theta, theta), loss.hessian(theta)])
    };
    let kept = Array1::from(vec![1.0, 0.0, 1.0, 0.0, 1.0]);
    let x = ndarray::arr2(&[[1.0, 2.0], [f64::NAN, 1.0], [0.0, -1.0], [f64::INFINITY, 0.0], [3.0, 0.5]]);
    let rows: Vec<usize> = (0..5).filter(|&row| kept[row] > 0.0).collect();
    let few = (x.select(Axis(0), &rows), kept.select(Axis(0), &rows));
    let masked = derivatives(x.view(), kept.view());
    let alone = derivatives(few.0.view(), few.1.view());
    for ((way, masked), (_, alone)) in masked.into_iter().zip(alone) {
        for (masked, alone) in masked.iter().zip(&alone) {
            assert_close(masked, alone, &alone.mapv(f64::abs), 1e-14, &format!("{way:?}"));
        }
    }
}
