//! Norms, absolute values and spreads where squares over- or underflow, where curvature would cancel, and at 0, where the norm has
//! a kink and smooth functions of it have none. Right values are from 80 digits.

use autodiff::{Scalar, Tape, Var};
use ndarray::Array1;
use tests::evaluate::{Way, both};

type Record<T> = for<'t> fn(Var<'t, T>) -> Var<'t, T>;

/// A function of a vector at a point: its value, gradient and Hessian.
struct Case<T: Scalar> {
    record: Record<T>,
    at: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    hessian: Vec<f64>,
    /// Whether the interpreter's value is that of the recording as it stands, which isn't right.
    is_rewritten: bool,
}

/// Asserts a case both ways, each number relative to itself.
#[track_caller]
fn check<T: Scalar>(case: &Case<T>) {
    let tape = Tape::<T>::new();
    let x = tape.variable("x", case.at.iter().map(|&x| T::from(x).unwrap()).collect::<Array1<T>>());
    let y = (case.record)(x);
    let gradient = y.grad(x);
    let rows: Vec<Var<'_, T>> = (0..case.at.len()).map(|k| gradient.index_axis(0, k).grad(x)).collect();
    let by_rows = tape.stack(0, &rows);
    let wanted = [&[case.value][..], &case.gradient, &case.hessian, &case.hessian];
    for (way, found) in both(&tape, &[y, gradient, y.hessian(x), by_rows]) {
        for (order, (found, wanted)) in found.iter().zip(wanted).enumerate() {
            assert_eq!(found.len(), wanted.len());
            for (found, &wanted) in found.iter().zip(wanted) {
                if order == 0 && way == Way::Interpreter && case.is_rewritten {
                    continue;
                }
                let error = (found.to_f64().unwrap() - wanted).abs();
                let bound = 8.0 * T::epsilon().to_f64().unwrap() * wanted.abs();
                assert!(error <= bound, "{way:?}, result {order}: {found:?} for {wanted:e} at {:?}", case.at);
            }
        }
    }
}

#[test]
fn the_curvature_of_a_norm_does_not_cancel() {
    let (r, record): (f64, Record<f64>) = (1e8, |x| x.norm());
    check(&Case {
        record,
        at: vec![1e8, 1.0],
        value: r,
        gradient: vec![1.0, 1e-8],
        hessian: vec![1e-24, -1e-16, -1e-16, 1e-8],
        is_rewritten: false,
    });
    check(&Case {
        record,
        at: vec![3.0, 4.0],
        value: 5.0,
        gradient: vec![0.6, 0.8],
        hessian: vec![0.128, -0.096, -0.096, 0.072],
        is_rewritten: false,
    });
    check(&Case {
        record,
        at: vec![3e200, 4e200],
        value: 5e200,
        gradient: vec![0.6, 0.8],
        hessian: vec![1.28e-201, -9.6e-202, -9.6e-202, 7.2e-202],
        is_rewritten: false,
    });
    check(&Case {
        record,
        at: vec![3e-200, 4e-200],
        value: 5e-200,
        gradient: vec![0.6, 0.8],
        hessian: vec![1.28e199, -9.6e198, -9.6e198, 7.2e198],
        is_rewritten: false,
    });
    let single: Record<f32> = |x| x.norm();
    check(&Case {
        record: single,
        at: vec![4096.0, 0.0009765625],
        value: 4096.0,
        gradient: vec![1.0, 2.384185791015625e-7],
        hessian: vec![1.3877787807814457e-17, -5.820766091346741e-11, -5.820766091346741e-11, 0.000244140625],
        is_rewritten: false,
    });
}

/// At 0 the Hessian is `curvature` on the diagonal, whatever the number of elements, and the gradient is 0.
#[track_caller]
fn check_at_0(record: Record<f64>, value: f64, curvature: f64) {
    for n in [1, 2, 3] {
        let hessian = (0..n * n).map(|at| if at % (n + 1) == 0 { curvature } else { 0.0 }).collect();
        check(&Case { record, at: vec![0.0; n], value, gradient: vec![0.0; n], hessian, is_rewritten: false });
    }
}

#[test]
fn smooth_functions_of_a_norm_are_smooth_at_0() {
    check_at_0(|x| x.norm().powi(2) * 0.5, 0.0, 1.0);
    check_at_0(|x| x.norm() * x.norm(), 0.0, 2.0);
    check_at_0(|x| x.powi(2).sum().sqrt().powi(2), 0.0, 2.0);
    check_at_0(|x| x.norm().powi(4) + x.norm().powi(2), 0.0, 2.0);
    check_at_0(|x| (x.norm() + 1.0) * (-x.norm()).exp(), 1.0, -1.0);
    check_at_0(
        |x| {
            let r = x.norm();
            (r + 1.0) * (-r).exp()
        },
        1.0,
        -1.0,
    );
    check_at_0(|x| x.norm().cosh(), 1.0, 1.0);
    check_at_0(|x| (x.norm().powi(2) + 1.0).sqrt(), 1.0, 1.0);
    check_at_0(|x| (x.norm() * 2.0).hypot(1.0), 1.0, 4.0);
    check_at_0(|x| x.norm().sinc(), 1.0, -std::f64::consts::PI.powi(2) / 3.0);
    check_at_0(|x| x.norm_axes(&[0]).gaussian().sum(), 1.0, -2.0);
}

#[test]
fn even_functions_of_an_absolute_value_are_smooth_at_0() {
    check_at_0(|x| x.abs().powi(2).sum(), 0.0, 2.0);
    check_at_0(|x| (x.abs() * x.abs()).sum(), 0.0, 2.0);
    check_at_0(|x| x.abs().cos().sum() - x.abs().cosh().sum(), 0.0, -2.0);
    check_at_0(|x| x.abs().gaussian().sum() - x.abs().cos().sum(), 0.0, -1.0);
}

#[test]
fn the_square_of_a_hypotenuse_is_smooth_at_0() {
    let record: Record<f64> = |x| x.index_axis(0, 0).hypot(x.index_axis(0, 1)).powi(2);
    check(&Case {
        record,
        at: vec![0.0; 2],
        value: 0.0,
        gradient: vec![0.0; 2],
        hessian: vec![2.0, 0.0, 0.0, 2.0],
        is_rewritten: false,
    });
    let root: Record<f64> = |x| (x.index_axis(0, 0).powi(2) + x.index_axis(0, 1).powi(2)).sqrt();
    let hessian = vec![1.28e-201, -9.6e-202, -9.6e-202, 7.2e-202];
    check(&Case {
        record: root,
        at: vec![3e200, 4e200],
        value: 5e200,
        gradient: vec![0.6, 0.8],
        hessian,
        is_rewritten: true,
    });
}

#[test]
fn only_the_norms_that_are_0_have_the_limit() {
    // Of two norms, a smooth function of one and the other itself.
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", ndarray::arr2(&[[0.0, 0.0], [3.0, 4.0]]));
    let r = x.norm_axes(&[1]);
    let y = ((r + 1.0) * (-r).exp()).sum();
    let (e, r) = ((-5.0f64).exp(), 5.0);
    for (way, found) in both(&tape, &[y.grad(x), y.hessian(x)]) {
        // Of (1 + r)·e⁻ʳ: −e⁻ʳ·x, and −e⁻ʳ·(I − xxᵀ/r).
        let at = |i: usize, j: usize| found[1][[1, i, 1, j]];
        let wanted = [[1.0 - 9.0 / r, -12.0 / r], [-12.0 / r, 1.0 - 16.0 / r]].map(|row| row.map(|x: f64| -e * x));
        assert_eq!(
            [found[1][[0, 0, 0, 0]], found[1][[0, 1, 0, 1]], found[1][[0, 0, 0, 1]]],
            [-1.0, -1.0, 0.0],
            "{way:?}"
        );
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            assert!((at(i, j) - wanted[i][j]).abs() < 1e-16, "{} for {}", at(i, j), wanted[i][j]);
        }
        assert!((found[0][[1, 0]] + 3.0 * e).abs() < 1e-17);
    }
}

#[test]
fn spread_is_scaled() {
    for s in [1e-200, 1.0, 1e200] {
        let record: Record<f64> = |x| x.std(0);
        // Two numbers ±s: the curvature is 0.
        check(&Case {
            record,
            at: vec![-s, s],
            value: s,
            gradient: vec![-0.5, 0.5],
            hessian: vec![0.0; 4],
            is_rewritten: false,
        });
        let half = 0.5f64.sqrt();
        let sample: Record<f64> = |x| x.std(1);
        check(&Case {
            record: sample,
            at: vec![-s * half, s * half],
            value: s,
            gradient: vec![-half, half],
            hessian: vec![0.0; 4],
            is_rewritten: false,
        });
    }
    let record: Record<f64> = |x| x.var(0);
    check(&Case {
        record,
        at: vec![-1e150, 1e150],
        value: 1e300,
        gradient: vec![-1e150, 1e150],
        hessian: vec![0.5, -0.5, -0.5, 0.5],
        is_rewritten: false,
    });
}
