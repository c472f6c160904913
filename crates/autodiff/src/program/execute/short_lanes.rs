//! Reductions and normalisations of a few neighbours, sixteen lanes at once.
//!
//! The sixteen are copied so that their first elements are neighbours, then their second, …: what is done along a lane is then
//! done by whole vectors, as are the exponentials, and one logarithm or division serves all. What isn't finite is noticed once
//! for the sixteen, and left to the reference.

// Loops over indices, as in the products.
#![allow(clippy::needless_range_loop)]

use crate::kernels::product::all_finite;
use crate::kernels::{LANES, Math, Tile};
use crate::ops::{Normalise, Reduce, normalise_lane};
use crate::program::instr::At;
use crate::scalar::Scalar;

/// Numbers in the arena, a result for each `[red, inner]`.
pub(super) struct Lanes<'m, T> {
    pub(super) arena: &'m mut [T],
    pub(super) x: usize,
    pub(super) out: usize,
    /// How many `[red, inner]` there are.
    pub(super) outer: usize,
    pub(super) red: usize,
    pub(super) inner: usize,
}

/// The most neighbours there may be: longer lanes are worth vectors of their own.
pub(super) const MOST: usize = 32;

/// A plain reduction of each of `lanes`.
#[inline(always)]
pub(super) fn reduce<T: Scalar>(op: Reduce, lanes: Lanes<'_, T>) {
    let Lanes { arena, x, out, outer, red, .. } = lanes;
    let mut tiles = [[T::zero(); LANES]; MOST];
    let tiles = &mut tiles[..red.min(MOST)];
    for first in (0..outer).step_by(LANES) {
        let width = LANES.min(outer - first);
        gather(&arena[x + first * red..][..width * red], tiles);
        let results = op.of_tiles(tiles);
        arena[out + first..][..width].copy_from_slice(&results[..width]);
    }
}

/// Log-sum-exp, log-softmax and softmax of each of `lanes`, those with a place among `outs`; the last as `softmax` says.
#[inline(always)]
pub(super) fn exponentials<T: Scalar, M: Math<T>>(outs: &[Option<At>; 3], softmax: Normalise, lanes: Lanes<'_, T>) {
    let Lanes { arena, x, outer, red, .. } = lanes;
    let outs = outs.map(|out| out.map(|at| at as usize));
    let (mut tiles, mut powers) = ([[T::zero(); LANES]; MOST], [[T::zero(); LANES]; MOST]);
    let (tiles, powers) = (&mut tiles[..red.min(MOST)], &mut powers[..red.min(MOST)]);
    for first in (0..outer).step_by(LANES) {
        let width = LANES.min(outer - first);
        let elements = x + first * red..x + (first + width) * red;
        gather(&arena[elements.clone()], tiles);
        let largest = largest(tiles);
        let Sums { excess, scale } = exponentiate::<T, M>(tiles, &largest, powers);
        if !all_finite(&excess) {
            by_reference(arena, elements, red, &outs, first, softmax);
            continue;
        }
        if let Some(out) = outs[0] {
            for lane in 0..width {
                arena[out + first + lane] = largest[lane] + excess[lane];
            }
        }
        if let Some(out) = outs[1] {
            for tile in &mut *tiles {
                for lane in 0..LANES {
                    tile[lane] = tile[lane] - excess[lane];
                }
                one_by_one(tile);
            }
            scatter(tiles, &mut arena[out + first * red..][..width * red]);
        }
        if let Some(out) = outs[2] {
            for tile in &mut *powers {
                for lane in 0..LANES {
                    tile[lane] = tile[lane] * scale[lane];
                }
                one_by_one(tile);
            }
            scatter(powers, &mut arena[out + first * red..][..width * red]);
        }
    }
}

/// Keeps the compiler from doing a loop over tiles for the elements of several tiles at once, by gathers and scatters.
#[inline(always)]
fn one_by_one<T>(tile: &mut Tile<T>) {
    std::hint::black_box(tile);
}

/// The largest elements. A NaN may get lost, but comes back where the largest is subtracted and exponentials are summed up.
#[inline(always)]
fn largest<T: Scalar>(tiles: &[Tile<T>]) -> Tile<T> {
    let mut largest = [T::neg_infinity(); LANES];
    for tile in tiles {
        for lane in 0..LANES {
            largest[lane] = if largest[lane] > tile[lane] { largest[lane] } else { tile[lane] };
        }
    }
    largest
}

/// Of sums of exponentials: their logarithms and their reciprocals.
struct Sums<T> {
    excess: Tile<T>,
    scale: Tile<T>,
}

/// The tiles less the largest, in place, and their exponentials.
#[inline(always)]
fn exponentiate<T: Scalar, M: Math<T>>(tiles: &mut [Tile<T>], largest: &Tile<T>, powers: &mut [Tile<T>]) -> Sums<T> {
    // The largest are counted, not summed up: their ones would drown what the others add.
    let (mut others, mut ties) = ([T::zero(); LANES], [T::zero(); LANES]);
    for (tile, power) in tiles.iter_mut().zip(powers) {
        for lane in 0..LANES {
            let shifted = tile[lane] - largest[lane];
            let is_largest = shifted == T::zero();
            let value = M::exp(shifted);
            tile[lane] = shifted;
            power[lane] = value;
            others[lane] = others[lane] + if is_largest { T::zero() } else { value };
            ties[lane] = ties[lane] + if is_largest { T::one() } else { T::zero() };
        }
    }
    let mut sums = Sums { excess: others, scale: others };
    for lane in 0..LANES {
        sums.excess[lane] = M::ln_1p(others[lane] + (ties[lane] - T::one()));
        sums.scale[lane] = (others[lane] + ties[lane]).recip();
    }
    sums
}

#[cold]
#[inline(never)]
fn by_reference<T: Scalar>(
    arena: &mut [T],
    elements: std::ops::Range<usize>,
    red: usize,
    outs: &[Option<usize>; 3],
    first: usize,
    softmax: Normalise,
) {
    for (lane, from) in elements.clone().step_by(red).enumerate() {
        if let Some(out) = outs[0] {
            arena[out + first + lane] = Reduce::LogSumExp.lane(&arena[from..from + red]);
        }
        for (out, op) in [(outs[1], Normalise::LogSoftmax), (outs[2], softmax)] {
            if let Some(out) = out {
                let to = out + (first + lane) * red;
                arena.copy_within(from..from + red, to);
                normalise_lane(op, &mut arena[to..to + red]);
            }
        }
    }
}

// Element by element, in functions of their own: where gathers and scatters are to be had, compilers would use them, and they
// are several times slower.

/// Tile `k` becomes the elements `k` of the lanes, of `tiles.len()` elements each, and zeros after the last lane.
#[inline(never)]
pub(super) fn gather<T: Scalar>(x: &[T], tiles: &mut [Tile<T>]) {
    let red = tiles.len();
    if x.len() < LANES * red {
        tiles.fill([T::zero(); LANES]);
        for (lane, x) in x.chunks_exact(red).enumerate() {
            tiles.iter_mut().zip(x).for_each(|(tile, &x)| tile[lane] = x);
        }
        return;
    }
    for (k, tile) in tiles.iter_mut().enumerate() {
        // One slice, whose length is checked once: iterators that step take three times as long.
        let x = &x[k..][..(LANES - 1) * red + 1];
        for lane in 0..LANES {
            tile[lane] = x[lane * red];
        }
    }
}

/// The inverse of [`gather`].
#[inline(never)]
pub(super) fn scatter<T: Scalar>(tiles: &[Tile<T>], out: &mut [T]) {
    for (lane, out) in out.chunks_exact_mut(tiles.len()).enumerate().take(LANES) {
        for (out, tile) in out.iter_mut().zip(tiles) {
            *out = tile[lane];
        }
    }
}
