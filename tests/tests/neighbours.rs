//! What is done along the last axis of rows, of any length, extreme or not finite: programs, which take many lanes at once,
//! give what the interpreter does. Likewise sums over the rows of products of two matrices, of any shapes.

use autodiff::{Scalar, Tape};
use ndarray::{Array2, ArrayD};
use tests::evaluate::both;

/// Numbers that look random, among them ties, and in some rows numbers that are huge or not finite.
fn draw(rows: usize, columns: usize, seed: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |(i, j)| {
        let number = ((i * 7919 + j * 104_729 + seed * 31) % 997) as f64 / 100.0 - 5.0;
        match (i % 23, j % 3) {
            (3, _) => 2.0,
            (5, 0) => f64::NEG_INFINITY,
            (7, _) => f64::NEG_INFINITY,
            (9, 1) => f64::INFINITY,
            (11, 0) => f64::NAN,
            (13, _) => number * 1e8,
            (15, 0) => -1e300,
            (17, _) => number * 1e-12,
            _ => number,
        }
    })
}

fn assert_same<T: Scalar>(found: &ArrayD<T>, expected: &ArrayD<T>, tolerance: f64, what: &str) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    for ((index, found), expected) in found.indexed_iter().zip(expected) {
        let (found, expected) = (found.to_f64().unwrap(), expected.to_f64().unwrap());
        let is_same = found == expected || found.is_nan() && expected.is_nan();
        assert!(
            is_same || (found - expected).abs() <= tolerance * expected.abs(),
            "{what} at {index:?}: {found:e} for {expected:e}"
        );
    }
}

fn programs_reduce_and_normalise_as_the_interpreter_does<T: Scalar>(tolerance: f64) {
    for columns in (1..=18).chain([31, 32, 33, 40]) {
        for rows in [0, 1, 15, 16, 17, 70] {
            let tape = Tape::<T>::new();
            let x = tape.data("x", draw(rows, columns, columns).mapv(|x| T::from(x).unwrap()));
            let outputs = [
                x.logsumexp_axes(&[1]),
                x.log_softmax(&[1]),
                x.softmax(&[1]),
                x.logsumexp_axes(&[1]).sum().grad(x),
                x.max_axes(&[1]),
                x.min_axes(&[1]),
            ];
            let names = ["logsumexp", "log_softmax", "softmax", "softmax weights", "max", "min"];
            let together = both(&tape, &outputs);
            for ((name, found), expected) in names.iter().zip(&together[1].1).zip(&together[0].1) {
                assert_same(found, expected, tolerance, &format!("{name} of {rows} × {columns}"));
            }
            // One at a time, too: together they share work.
            for (name, output) in names.iter().zip(outputs) {
                let [(_, expected), (_, found)] = both(&tape, &[output]);
                assert_same(&found[0], &expected[0], tolerance, &format!("{name} alone, of {rows} × {columns}"));
            }
        }
    }
}

#[test]
fn programs_reduce_and_normalise_as_the_interpreter_does_f64() {
    programs_reduce_and_normalise_as_the_interpreter_does::<f64>(2e-14);
}

#[test]
fn programs_reduce_and_normalise_as_the_interpreter_does_f32() {
    programs_reduce_and_normalise_as_the_interpreter_does::<f32>(1e-5);
}

#[test]
fn programs_sum_products_of_two_matrices_as_the_interpreter_does() {
    for (p, q) in
        [(1, 1), (1, 5), (2, 3), (3, 17), (9, 10), (10, 9), (16, 2), (20, 3), (33, 7), (7, 33), (40, 40), (100, 10)]
    {
        for rows in [0, 1, 16, 33, 300] {
            let tape = Tape::<f64>::new();
            let number = |i: usize, j: usize| ((i * 7919 + j * 104_729) % 997) as f64 / 498.5 - 1.0;
            let a = tape.data("a", Array2::from_shape_fn((rows, p), |(i, j)| number(i, j)));
            let b = tape.data("b", Array2::from_shape_fn((rows, q), |(i, j)| number(i + 3, j + 1)));
            let weights = tape.variable("weights", Array2::zeros((p, q)));
            // AᵀB of both as they are bound, and of what is computed on the rows.
            for loss in [(a.dot(weights) * b).sum(), (a.sin().dot(weights) * b.cos()).sum()] {
                let [(_, expected), (_, found)] = both(&tape, &[loss.grad(weights)]);
                assert_eq!(found[0].shape(), [p, q]);
                for (found, expected) in found[0].iter().zip(&expected[0]) {
                    let tolerance = 1e-14 * rows as f64;
                    assert!((found - expected).abs() <= tolerance, "{rows} × {p} × {q}: {found:e} for {expected:e}");
                }
            }
        }
    }
}
