//! The triple product of a long lane, with vectors along it.

// Loops over indices, as in the products.
#![allow(clippy::needless_range_loop)]

use crate::kernels::LANES;
use crate::ops::pairwise_sum;
use crate::scalar::Scalar;

/// Products `xₖ·yₖ`; where `ONE`, x is one number.
#[derive(Clone, Copy)]
pub(super) struct Products<'x, T, const ONE: bool> {
    pub(super) x: &'x [T],
    pub(super) y: &'x [T],
}

impl<T: Scalar, const ONE: bool> Products<'_, T, ONE> {
    #[inline(always)]
    fn factor(&self, k: usize) -> T {
        self.x[if ONE { 0 } else { k }]
    }

    #[inline(always)]
    fn at(&self, k: usize) -> T {
        self.factor(k) * self.y[k]
    }

    /// Where the first of so large a size is, whole vectors being passed over.
    #[inline(always)]
    fn first_of_size(&self, size: T) -> usize {
        let len = self.y.len();
        let whole = len / LANES * LANES;
        let mut first = 0;
        while first < whole {
            let mut is_there = false;
            for k in 0..LANES {
                is_there |= self.at(first + k).abs() == size;
            }
            if is_there {
                break;
            }
            first += LANES;
        }
        for k in first..len {
            if self.at(k).abs() == size {
                return k;
            }
        }
        0
    }

    /// The sum of those from `start` up to `end`, a vector of partial sums at a time.
    #[inline(always)]
    fn sum(&self, start: usize, end: usize) -> T {
        let mut sums = [T::zero(); LANES];
        for part in (start..end).step_by(64 * LANES) {
            let stop = end.min(part + 64 * LANES);
            let whole = part + (stop - part) / LANES * LANES;
            let mut partial = [T::zero(); LANES];
            for first in (part..whole).step_by(LANES) {
                for k in 0..LANES {
                    partial[k] = partial[k] + self.at(first + k);
                }
            }
            for k in 0..stop - whole {
                partial[k] = partial[k] + self.at(whole + k);
            }
            for k in 0..LANES {
                sums[k] = sums[k] + partial[k];
            }
        }
        pairwise_sum(&sums)
    }
}

/// The sum of products, and the sum without the largest.
pub(super) struct Others<T> {
    pub(super) largest: usize,
    rest: T,
    pub(super) total: T,
}

impl<T: Scalar> Others<T> {
    #[inline(always)]
    pub(super) fn of<const ONE: bool>(products: Products<'_, T, ONE>) -> Self {
        let len = products.y.len();
        let mut sizes = [T::zero(); LANES];
        let whole = len / LANES * LANES;
        for first in (0..whole).step_by(LANES) {
            for k in 0..LANES {
                let size = products.at(first + k).abs();
                sizes[k] = if size > sizes[k] { size } else { sizes[k] };
            }
        }
        for k in 0..len - whole {
            let size = products.at(whole + k).abs();
            sizes[k] = if size > sizes[k] { size } else { sizes[k] };
        }
        let mut size = T::zero();
        for x in sizes {
            size = if x > size { x } else { size };
        }
        let largest = products.first_of_size(size);
        let rest = products.sum(0, largest) + products.sum(largest + 1, len);
        Others { largest, rest, total: rest + products.at(largest) }
    }

    #[inline(always)]
    pub(super) fn without(&self, k: usize, x: T) -> T {
        if k == self.largest { self.rest } else { self.total - x }
    }
}

/// The triple product of one lane as the reference computes it, with `bc` the factors b and c; false if a sum isn't finite.
#[inline(always)]
pub(super) fn weighted_lane<T: Scalar, const ONE: bool>(a: &[T], bc: Products<'_, T, ONE>, out: &mut [T]) -> bool {
    let len = out.len();
    let (a, c) = (&a[..len], &bc.y[..len]);
    let of_b = Others::of(bc);
    let heaviest = of_b.largest;
    let b = bc.factor(heaviest);
    let lambda = if b == T::zero() { b } else { a[heaviest] / b };
    let [plain, shifted] = sizes(a, bc, lambda);
    if !(of_b.total.is_finite() && plain.is_finite()) {
        return false;
    }
    out.copy_from_slice(a);
    if shifted < plain {
        for k in 0..len {
            out[k] = a[k] - lambda * bc.factor(k);
        }
        out[heaviest] = T::zero();
    }
    let of_a = Others::of(Products::<T, false> { x: out, y: c });
    let places = [of_b.largest, of_a.largest];
    let mut products = [T::zero(); 2];
    for (k, product) in places.into_iter().zip(&mut products) {
        let (a, b) = (out[k], bc.factor(k));
        *product = a * of_b.without(k, b * c[k]) - b * of_a.without(k, a * c[k]);
    }
    for k in 0..len {
        let (a, b) = (out[k], bc.factor(k));
        out[k] = a * (of_b.total - b * c[k]) - b * (of_a.total - a * c[k]);
    }
    for (k, product) in places.into_iter().zip(products) {
        out[k] = product;
    }
    true
}

/// `Σ |c·a|`, and the same with λb taken off a.
#[inline(always)]
fn sizes<T: Scalar, const ONE: bool>(a: &[T], bc: Products<'_, T, ONE>, lambda: T) -> [T; 2] {
    let len = a.len();
    let c = &bc.y[..len];
    let [mut plain, mut shifted] = [[T::zero(); LANES]; 2];
    let whole = len / LANES * LANES;
    for first in (0..whole).step_by(LANES) {
        for k in 0..LANES {
            let (a, b, c) = (a[first + k], bc.factor(first + k), c[first + k]);
            plain[k] = plain[k] + (c * a).abs();
            shifted[k] = shifted[k] + (c * (a - lambda * b)).abs();
        }
    }
    for k in 0..len - whole {
        let (a, b, c) = (a[whole + k], bc.factor(whole + k), c[whole + k]);
        plain[k] = plain[k] + (c * a).abs();
        shifted[k] = shifted[k] + (c * (a - lambda * b)).abs();
    }
    [pairwise_sum(&plain), pairwise_sum(&shifted)]
}
