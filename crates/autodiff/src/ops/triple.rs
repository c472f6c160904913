//! The triple product along axes, `Σⱼ cⱼ(aᵢbⱼ − bᵢaⱼ) = a(b·c) − b(a·c)`; of three elements it is `c × (a × b)`.
//!
//! It is what the derivatives of everything normalised are made of: of the logarithm of a softmax `Σⱼ (ȳᵢpⱼ − pᵢȳⱼ)`, of a
//! softmax `pᵢ·Σⱼ pⱼ(ȳᵢ − ȳⱼ)`, of a unit vector u `Σⱼ uⱼ(ȳᵢuⱼ − uᵢȳⱼ)/r`. As `ȳ − pΣȳ` and the like these cancel where one
//! element outweighs the others, as it does in every good fit: a class with p near 1 has `1 − p`, and so no gradient. Of one
//! piece the term of i itself is left out, so that `1 − pᵢ` is the sum of the others.
//!
//! It is linear in each operand, and its derivatives are triple products again: with the adjoint w, those by a, b and c are
//! `w(b·c) − c(w·b)`, `c(w·a) − w(c·a)` and `b(w·a) − a(w·b)`.

use crate::kernels::product::strong;
use crate::scalar::Scalar;
use crate::shape::{Axes, Dims};
use crate::value::{Value, broadcast};
use ndarray::ArrayD;

pub(crate) fn evaluate<T: Scalar>(operands: &[Value<T>], axes: Axes, dims: &Dims) -> ArrayD<T> {
    let lanes: Vec<_> =
        operands.iter().map(|operand| super::lanes(&broadcast(operand, dims).to_shared(), axes)).collect();
    let mut out = lanes[0].clone();
    for (row, mut out) in out.rows_mut().into_iter().enumerate() {
        let [a, b, c] = [0, 1, 2].map(|operand| lanes[operand].row(row).to_vec());
        if let Some(out) = out.as_slice_mut() {
            lane([&a, &b, &c].map(Lane::of), out, 1);
        }
    }
    super::from_lanes(out, axes, dims)
}

/// The elements `start`, `start + step`, … of a slice, from its beginning on.
#[derive(Clone, Copy)]
pub(crate) struct Lane<'x, T> {
    pub(crate) elements: &'x [T],
    /// 0 for one number that stands for all.
    pub(crate) step: usize,
}

impl<'x, T: Scalar> Lane<'x, T> {
    fn of(elements: &'x Vec<T>) -> Self {
        Lane { elements, step: 1 }
    }

    #[inline(always)]
    fn at(self, i: usize) -> T {
        self.elements[i * self.step]
    }
}

/// The triple product of one lane, to `out` by steps of `step`.
pub(crate) fn lane<T: Scalar>(operands: [Lane<'_, T>; 3], out: &mut [T], step: usize) {
    let len = out.len().div_ceil(step.max(1));
    let all_finite = (0..len).all(|i| operands.iter().all(|operand| operand.at(i).is_finite()));
    if all_finite { finite_lane(operands, out, len, step) } else { strong_lane(operands, out, len, step) }
}

/// The sums without an element's own term: where that is the largest they are taken without it, elsewhere it is taken off, which
/// then loses nothing.
fn finite_lane<T: Scalar>([a, b, c]: [Lane<'_, T>; 3], out: &mut [T], len: usize, step: usize) {
    if len == 0 {
        return;
    }
    let bc = |i: usize| b.at(i) * c.at(i);
    let first = largest(len, bc);
    let lambda = shift([a, b, c], len, first);
    for i in 0..len {
        let is_shifted_away = i == first && lambda != T::zero();
        out[i * step] = if is_shifted_away { T::zero() } else { a.at(i) - lambda * b.at(i) };
    }
    let second = largest(len, |i| out[i * step] * c.at(i));
    let rest_b = sum_but(len, first, bc);
    let rest_a = sum_but(len, second, |i| out[i * step] * c.at(i));
    let total_b = rest_b + bc(first);
    let total_a = rest_a + out[second * step] * c.at(second);
    for i in 0..len {
        let a = out[i * step];
        let others_b = if i == first { rest_b } else { total_b - bc(i) };
        let others_a = if i == second { rest_a } else { total_a - a * c.at(i) };
        out[i * step] = a * others_b - b.at(i) * others_a;
    }
}

/// The multiple of b to take off a. It changes nothing, but is worth a digit for each that what it takes off has in common: with
/// the a of the element that weighs most as the point to measure from, `Σⱼ pⱼ(aᵢ − aⱼ)` of (0, 1, 1) is one term.
fn shift<T: Scalar>([a, b, c]: [Lane<'_, T>; 3], len: usize, heaviest: usize) -> T {
    if b.at(heaviest) == T::zero() {
        return T::zero();
    }
    let lambda = a.at(heaviest) / b.at(heaviest);
    let plain = sum(0..len, &|i| (c.at(i) * a.at(i)).abs());
    let shifted = sum(0..len, &|i| (c.at(i) * (a.at(i) - lambda * b.at(i))).abs());
    if shifted < plain { lambda } else { T::zero() }
}

/// From the front, then from the back, without subtraction: an infinity or a NaN reaches all but its own element.
fn strong_lane<T: Scalar>([a, b, c]: [Lane<'_, T>; 3], out: &mut [T], len: usize, step: usize) {
    out.iter_mut().step_by(step.max(1)).for_each(|out| *out = T::zero());
    for backwards in [false, true] {
        let (mut sum_b, mut sum_a) = (T::zero(), T::zero());
        for k in 0..len {
            let i = if backwards { len - 1 - k } else { k };
            let [a, b, c] = [a, b, c].map(|operand| operand.at(i));
            out[i * step] = out[i * step] + (strong(a, sum_b) - strong(b, sum_a));
            sum_b = sum_b + strong(b, c);
            sum_a = sum_a + strong(a, c);
        }
    }
}

/// Where `f` is largest in magnitude.
fn largest<T: Scalar>(len: usize, f: impl Fn(usize) -> T) -> usize {
    let of = (0, f(0).abs());
    (1..len)
        .fold(of, |(at, largest), i| {
            let size = f(i).abs();
            if size > largest { (i, size) } else { (at, largest) }
        })
        .0
}

fn sum_but<T: Scalar>(len: usize, but: usize, f: impl Fn(usize) -> T) -> T {
    sum(0..but, &f) + sum(but + 1..len, &f)
}

/// The sum by halves.
fn sum<T: Scalar>(range: std::ops::Range<usize>, f: &impl Fn(usize) -> T) -> T {
    if range.len() <= 16 {
        return range.fold(T::zero(), |sum, i| sum + f(i));
    }
    let middle = range.start + range.len() / 2;
    sum(range.start..middle, f) + sum(middle..range.end, f)
}
