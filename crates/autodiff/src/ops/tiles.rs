//! Loops over tiles, which vectorise.

use crate::kernels::{LANES, Tile};
use crate::scalar::Scalar;

/// Applies `f` to every element of `count` tiles from `x` on.
#[inline(always)]
pub(crate) fn map_tiles<T: Scalar>(tiles: &mut [Tile<T>], x: usize, out: usize, count: usize, f: impl Fn(T) -> T) {
    for tile in 0..count {
        let x = tiles[x + tile];
        let mut result = [T::zero(); LANES];
        for lane in 0..LANES {
            result[lane] = f(x[lane]);
        }
        tiles[out + tile] = result;
    }
}

/// Applies `f` to pairs of elements of `count` tiles; an operand is its first tile and its step.
#[inline(always)]
pub(crate) fn zip_tiles<T: Scalar>(
    tiles: &mut [Tile<T>],
    a: (usize, usize),
    b: (usize, usize),
    out: usize,
    count: usize,
    f: impl Fn(T, T) -> T,
) {
    for tile in 0..count {
        let (a, b) = (tiles[a.0 + a.1 * tile], tiles[b.0 + b.1 * tile]);
        let mut result = [T::zero(); LANES];
        for lane in 0..LANES {
            result[lane] = f(a[lane], b[lane]);
        }
        tiles[out + tile] = result;
    }
}
