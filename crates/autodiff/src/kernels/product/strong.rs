//! Products in which 0·x is 0 for every x, as adjoints and tangents need.
//!
//! They differ from plain products only where an infinity or a NaN meets a 0. So the plain kernels do the work, and the functions here
//! check whether such a product occurred, and then compute the elements one by one. A product with one result a row is checked by its
//! results. A sum over rows is checked by its smaller factor; the larger one is read only where that has zeros.

use super::{Matrix, Panels};
use crate::scalar::Scalar;

/// `a·b`, with 0·∞ = 0·NaN = 0. Without branches, since loops over it are to be vectors.
#[inline(always)]
pub(crate) fn strong<T: Scalar>(a: T, b: T) -> T {
    let product = a * b;
    let undefined = product.is_nan() & ((a == T::zero()) | (b == T::zero()));
    if undefined { T::zero() } else { product }
}

/// Computes again, by strong products, the elements of `z = X·θ` that aren't finite.
#[cold]
#[inline(never)]
pub(crate) fn recompute_nonfinite_matvec<T: Scalar>(x: &Matrix<T>, theta: &[T], z: &mut [T]) {
    for (i, z) in z.iter_mut().enumerate() {
        if !z.is_finite() {
            *z = theta.iter().enumerate().fold(T::zero(), |sum, (j, &theta)| sum + strong(x.at(i, j), theta));
        }
    }
}

/// The same of `Z = X·W`, in rows of `w.width()`.
#[inline(always)]
pub(crate) fn recompute_nonfinite_matmul<T: Scalar>(x: Matrix<T>, w: &Panels<T>, z: &mut [T]) {
    if !all_finite(z) {
        recompute_nonfinite_elements(x, w, z);
    }
}

#[cold]
#[inline(never)]
fn recompute_nonfinite_elements<T: Scalar>(x: Matrix<T>, w: &Panels<T>, z: &mut [T]) {
    for (i, row) in z.chunks_exact_mut(w.width().max(1)).enumerate() {
        for (j, z) in row.iter_mut().enumerate() {
            if !z.is_finite() {
                *z = (0..w.depth()).fold(T::zero(), |sum, k| sum + strong(x.at(i, k), w.at(k, j)));
            }
        }
    }
}

/// Whether `r` makes no difference to `Xᵀr`: without branches, since most often it doesn't.
#[inline(always)]
pub(crate) fn all_plain<T: Scalar>(r: &[T]) -> bool {
    r.iter().fold(true, |all, r| all & r.is_finite() & (*r != T::zero()))
}

/// `G += AᵀB` element by element, if zeros of one may meet what isn't finite in the other; else nothing is done, and false
/// given.
#[inline(always)]
pub(crate) fn add_transposed<T: Scalar>(a: &Matrix<T>, b: &Matrix<T>, g: &mut [T]) -> bool {
    let (narrow, wide) = if a.cols() < b.cols() { (a, b) } else { (b, a) };
    let is_plain = |k: usize| match kinds(narrow, k) {
        Kinds { all_finite: false, .. } => false,
        Kinds { any_zero: true, .. } => kinds(wide, k).all_finite,
        _ => true,
    };
    if narrow.as_slice().is_some_and(all_plain) || (0..b.rows()).all(is_plain) {
        return false;
    }
    add_each(a, b, g);
    true
}

#[cold]
#[inline(never)]
fn add_each<T: Scalar>(a: &Matrix<T>, b: &Matrix<T>, g: &mut [T]) {
    let (p, q) = (a.cols(), b.cols());
    for k in 0..b.rows() {
        for i in 0..p {
            for j in 0..q {
                g[i * q + j] = g[i * q + j] + strong(a.at(k, i), b.at(k, j));
            }
        }
    }
}

/// The upper triangle of `H += Xᵀ diag(w) X`, element by element: for where `diag(w) X` isn't finite, as it is nowhere else that
/// zeros may meet what isn't.
#[cold]
#[inline(never)]
pub(crate) fn add_gram<T: Scalar>(x: Matrix<T>, w: &[T], h: &mut [T]) {
    let p = x.cols();
    for (k, &w) in w.iter().enumerate() {
        for i in 0..p {
            for j in i..p {
                h[i * p + j] = h[i * p + j] + strong(x.at(k, i), strong(w, x.at(k, j)));
            }
        }
    }
}

/// Whether all of `x` are finite: without branches, since most often they are.
#[inline(always)]
pub(crate) fn all_finite<T: Scalar>(x: &[T]) -> bool {
    x.iter().fold(true, |all, x| all & x.is_finite())
}

/// What the elements of a row are.
#[derive(Clone, Copy)]
struct Kinds {
    all_finite: bool,
    any_zero: bool,
}

#[inline(always)]
fn kinds<T: Scalar>(x: &Matrix<T>, row: usize) -> Kinds {
    let none = Kinds { all_finite: true, any_zero: false };
    let add = |kinds: Kinds, x: T| Kinds {
        all_finite: kinds.all_finite & x.is_finite(),
        any_zero: kinds.any_zero | (x == T::zero()),
    };
    if x.rows_are_slices() {
        return x.row(row).iter().fold(none, |kinds, &x| add(kinds, x));
    }
    (0..x.cols()).fold(none, |kinds, column| add(kinds, x.at(row, column)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_win_over_what_is_not_finite() {
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        let x = [1.0, nan, 0.0, 2.0, inf, 3.0];
        let x = Matrix::row_major(&x, 3, 2);
        let mut z = [nan, nan, nan];
        recompute_nonfinite_matvec(&x, &[0.0, 2.0], &mut z);
        assert!(z[0].is_nan());
        assert_eq!(z[1..], [4.0, 6.0]);

        let mut panels = Panels::new();
        panels.pack::<crate::kernels::Reference, 4>(Matrix::row_major(&[0.0, 1.0, 2.0, 0.0], 2, 2));
        let mut z = [nan; 6];
        recompute_nonfinite_matmul(x, &panels, &mut z);
        assert!(z[0].is_nan());
        assert_eq!(z[1..], [1.0, 4.0, 0.0, 6.0, inf]);

        let mut g = [0.0; 2];
        assert!(add_transposed(&x, &Matrix::row_major(&[0.0, nan, 0.0], 3, 1), &mut g));
        assert!(g[0] == 0.0 && g[1].is_nan(), "{g:?}");
        assert!(add_transposed(&x, &Matrix::row_major(&[0.0, 5.0, 0.0], 3, 1), &mut [0.0; 2]));
        assert!(!add_transposed(&x, &Matrix::row_major(&[1.0, 5.0, 1.0], 3, 1), &mut [0.0; 2]));

        let mut h = [0.0; 4];
        add_gram(x, &[0.0, 1.0, 0.0], &mut h);
        assert_eq!(h, [0.0, 0.0, 0.0, 4.0]);
    }
}
