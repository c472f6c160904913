//! The determinant, and its derivatives where the matrix is singular too.
//!
//! `det A·A⁻ᵀ`, its derivative, is the matrix of the cofactors: polynomials in the elements of A, which don't care whether A
//! has an inverse. Elimination of rows *and* columns gives `E·A·F = D` with D diagonal and E, F of determinant ±1. In these
//! coordinates cofactors are products of D's other elements, `Πₖ₍≠ᵢ₎ dₖ`, and second derivatives products of all but two. So they are
//! formed there, without a division, and transformed back.

use crate::ops::linalg::{lu, square};
use crate::scalar::Scalar;

pub(super) fn check_slope(a: &crate::shape::Shape, w: &crate::shape::Shape) -> Result<(), String> {
    square(a)?;
    if a == w { Ok(()) } else { Err("both operands must be of one shape".into()) }
}

/// The determinant by elimination with partial pivoting.
pub(super) fn det<T: Scalar>(a: &[T], work: &mut [T], n: usize) -> T {
    let mut product = Product::of_nothing();
    lu::each_pivot(a, work, n, |pivot| product.times(pivot));
    product.value()
}

/// The numbers that [`cofactors`] and [`cofactors_slope`] work in.
pub(super) const fn work_len(n: usize) -> usize {
    5 * n * n
}

/// `±Eᵀ·diag(πₖ)·Fᵀ`, πₖ the product of all elements of D but dₖ.
pub(super) fn cofactors<T: Scalar>(a: &[T], out: &mut [T], work: &mut [T], n: usize) {
    let Coordinates { sign, d, e, f, rest } = coordinates(a, work, n);
    let (middle, half) = rest.split_at_mut(n * n);
    middle.fill(T::zero());
    for k in 0..n {
        middle[k * n + k] = sign * product_but(d, n, [k, k]);
    }
    transform_back(e, middle, f, out, half, n);
}

/// The derivative of `tr Wᵀ·cofactors(A)`: `±Eᵀ·M·Fᵀ`. With `V = E·W·F` and πᵢⱼ the product of all elements of D but dᵢ and dⱼ, the
/// diagonal of M is `Σ_{j≠i} πᵢⱼvⱼⱼ`, and `−πᵢⱼvⱼᵢ` is the rest of it.
pub(super) fn cofactors_slope<T: Scalar>(a: &[T], w: &[T], out: &mut [T], work: &mut [T], n: usize) {
    out.fill(T::zero());
    if w.iter().all(|w| *w == T::zero()) {
        return;
    }
    let Coordinates { sign, d, e, f, rest } = coordinates(a, work, n);
    let (v, half) = rest.split_at_mut(n * n);
    multiply(e, [n, 1], w, [n, 1], half, n);
    multiply(half, [n, 1], f, [n, 1], v, n);
    let middle = half;
    middle.fill(T::zero());
    for i in 0..n {
        for j in (0..n).filter(|&j| j != i) {
            let others = sign * product_but(d, n, [i, j]);
            middle[i * n + i] = middle[i * n + i] + others * v[j * n + j];
            middle[i * n + j] = -(others * v[j * n + i]);
        }
    }
    transform_back(e, middle, f, out, v, n);
}

/// Where a matrix is diagonal: `E·A·F = D`, `det E·det F = sign`.
struct Coordinates<'w, T> {
    sign: T,
    d: &'w [T],
    e: &'w [T],
    f: &'w [T],
    rest: &'w mut [T],
}

/// By elimination with complete pivoting, of rows and then of columns.
fn coordinates<'w, T: Scalar>(a: &[T], work: &'w mut [T], n: usize) -> Coordinates<'w, T> {
    let (d, work) = work.split_at_mut(n * n);
    let (e, work) = work.split_at_mut(n * n);
    let (f, rest) = work.split_at_mut(n * n);
    d.copy_from_slice(a);
    for identity in [&mut *e, &mut *f] {
        identity.fill(T::zero());
        identity.iter_mut().step_by(n + 1).for_each(|one| *one = T::one());
    }
    let mut sign = T::one();
    for i in 0..n {
        let [row, column] = largest_from(d, n, i);
        if row != i {
            swap_rows(d, n, i, row);
            swap_rows(e, n, i, row);
            sign = -sign;
        }
        if column != i {
            swap_columns(d, n, i, column);
            swap_columns(f, n, i, column);
            sign = -sign;
        }
        let pivot = d[i * n + i];
        if pivot == T::zero() {
            break;
        }
        for row in i + 1..n {
            let factor = d[row * n + i] / pivot;
            for k in 0..n {
                d[row * n + k] = d[row * n + k] - factor * if k >= i { d[i * n + k] } else { T::zero() };
                e[row * n + k] = e[row * n + k] - factor * e[i * n + k];
            }
        }
        for column in i + 1..n {
            let factor = d[i * n + column] / pivot;
            for k in 0..n {
                f[k * n + column] = f[k * n + column] - factor * f[k * n + i];
            }
            d[i * n + column] = T::zero();
        }
    }
    Coordinates { sign, d, e, f, rest }
}

/// Where the largest element from row and column `i` on is; a NaN counts as the largest.
fn largest_from<T: Scalar>(d: &[T], n: usize, i: usize) -> [usize; 2] {
    let mut place = [i, i];
    for row in i..n {
        for column in i..n {
            let (x, largest) = (d[row * n + column].abs(), d[place[0] * n + place[1]].abs());
            if x > largest || x.is_nan() {
                place = [row, column];
            }
        }
    }
    place
}

fn swap_rows<T>(matrix: &mut [T], n: usize, i: usize, j: usize) {
    (0..n).for_each(|k| matrix.swap(i * n + k, j * n + k));
}

fn swap_columns<T>(matrix: &mut [T], n: usize, i: usize, j: usize) {
    (0..n).for_each(|k| matrix.swap(k * n + i, k * n + j));
}

/// `Eᵀ·M·Fᵀ`.
fn transform_back<T: Scalar>(e: &[T], m: &[T], f: &[T], out: &mut [T], half: &mut [T], n: usize) {
    let half = &mut half[..n * n];
    multiply(e, [1, n], m, [n, 1], half, n);
    multiply(half, [n, 1], f, [1, n], out, n);
}

/// The product of two matrices, given by the steps from row to row and from column to column.
fn multiply<T: Scalar>(a: &[T], a_steps: [usize; 2], b: &[T], b_steps: [usize; 2], out: &mut [T], n: usize) {
    for i in 0..n {
        for j in 0..n {
            let term = |k: usize| a[i * a_steps[0] + k * a_steps[1]] * b[k * b_steps[0] + j * b_steps[1]];
            out[i * n + j] = (0..n).fold(T::zero(), |sum, k| sum + term(k));
        }
    }
}

/// The product of the elements on the diagonal of D, but for those in two places (or one, given twice).
fn product_but<T: Scalar>(d: &[T], n: usize, but: [usize; 2]) -> T {
    let mut product = Product::of_nothing();
    (0..n).filter(|k| !but.contains(k)).for_each(|k| product.times(d[k * n + k]));
    product.value()
}

/// A product that over- or underflows only if it does as a whole: a number, and how often it has to be divided by epsilon.
struct Product<T> {
    number: T,
    scale: i64,
}

impl<T: Scalar> Product<T> {
    fn of_nothing() -> Self {
        Product { number: T::one(), scale: 0 }
    }

    fn times(&mut self, factor: T) {
        let factor = self.scaled(factor);
        self.number = self.scaled(self.number * factor);
    }

    /// A number near 1, the rest of it among the scales.
    fn scaled(&mut self, mut x: T) -> T {
        if !x.is_finite() || x == T::zero() {
            return x;
        }
        while x.abs() > T::epsilon().recip() {
            x = x * T::epsilon();
            self.scale += 1;
        }
        while x.abs() < T::epsilon() {
            x = x / T::epsilon();
            self.scale -= 1;
        }
        x
    }

    pub(crate) fn value(self) -> T {
        let mut value = self.number;
        for _ in 0..self.scale.unsigned_abs() {
            if !value.is_finite() || value == T::zero() {
                break;
            }
            value = if self.scale > 0 { value / T::epsilon() } else { value * T::epsilon() };
        }
        value
    }
}
