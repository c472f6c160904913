//! Elementwise instructions, tile by tile.

use super::Frame;
use crate::kernels::product::strong;
use crate::kernels::{LANES, Math, Task, Tile};
use crate::ops::{Unary, choose, map_tiles, zip_tiles};
use crate::program::instr::{At, Operand, Step};
use crate::scalar::Scalar;

/// An operand's first tile and step.
#[inline(always)]
fn lane(operand: Operand) -> (usize, usize) {
    (operand.at as usize / LANES, usize::from(!operand.splat))
}

struct UnaryTask<'t, T> {
    tiles: &'t mut [Tile<T>],
    op: Unary,
    x: usize,
    out: usize,
    count: usize,
}

impl<T: Scalar> Task<T> for UnaryTask<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        let UnaryTask { tiles, op, x, out, count } = self;
        match op {
            Unary::Sin | Unary::Cos => {
                for tile in 0..count {
                    let x = tiles[x + tile];
                    tiles[out + tile] = if op == Unary::Sin { M::sin_tile(x) } else { M::cos_tile(x) };
                }
            }
            _ if M::VECTORS => op.map::<T, M>(tiles, x, out, count),
            _ => map_tiles(tiles, x, out, count, |x| op.value::<T, M>(x)),
        }
    }
}

/// Binary operations, one after the other.
struct ChainTask<'t, T> {
    tiles: &'t mut [Tile<T>],
    steps: &'t [Step],
    count: usize,
}

impl<T: Scalar> Task<T> for ChainTask<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        let ChainTask { tiles, steps, count } = self;
        for &Step { op, a, b, out } in steps {
            let (a, b, out) = (lane(a), lane(b), out as usize / LANES);
            if M::VECTORS {
                op.map::<T, M>(tiles, a, b, out, count);
            } else {
                zip_tiles(tiles, a, b, out, count, |a, b| op.value::<T, M>(a, b));
            }
        }
    }
}

struct SelectTask<'t, T> {
    tiles: &'t mut [Tile<T>],
    operands: [(usize, usize); 3],
    out: usize,
    count: usize,
}

impl<T: Scalar> Task<T> for SelectTask<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        for tile in 0..self.count {
            let [condition, a, b] = self.operands.map(|(first, step)| self.tiles[first + step * tile]);
            let mut result = [T::zero(); LANES];
            for lane in 0..LANES {
                result[lane] = choose(condition[lane], a[lane], b[lane]);
            }
            self.tiles[self.out + tile] = result;
        }
    }
}

/// What is made of the logistic family: `N` results a tile.
trait OfLogistic<T: Scalar, const N: usize> {
    /// The results of a tile, given its `z` and `t = e^(−|z|)`.
    fn results<M: Math<T>>(&self, tiles: &[Tile<T>], tile: usize, z: Tile<T>, t: Tile<T>) -> [Tile<T>; N];
}

/// The family itself.
struct Family;

impl<T: Scalar> OfLogistic<T, 4> for Family {
    #[inline(always)]
    fn results<M: Math<T>>(&self, _: &[Tile<T>], _: usize, z: Tile<T>, t: Tile<T>) -> [Tile<T>; 4] {
        let mut results = [[T::zero(); LANES]; 4];
        for lane in 0..LANES {
            let values = M::logistic_from(z[lane], t[lane]);
            results[0][lane] = values.softplus;
            results[1][lane] = values.softplus_neg;
            results[2][lane] = values.sigmoid;
            results[3][lane] = values.sigmoid_neg;
        }
        results
    }
}

/// The logistic loss and its slope.
struct Loss {
    y: usize,
    c: (usize, usize),
}

impl<T: Scalar> OfLogistic<T, 2> for Loss {
    #[inline(always)]
    fn results<M: Math<T>>(&self, tiles: &[Tile<T>], tile: usize, z: Tile<T>, t: Tile<T>) -> [Tile<T>; 2] {
        let (y, c) = (tiles[self.y + tile], tiles[self.c.0 + self.c.1 * tile]);
        let mut results = [[T::zero(); LANES]; 2];
        for lane in 0..LANES {
            let values = M::logistic_from(z[lane], t[lane]);
            let (z, y, c) = (z[lane], y[lane], c[lane]);
            // By the side of z: the loss is a·z + c·ln(1 + e^(−|z|)), its slope a·σ(|z|) − b·σ(−|z|).
            let above = z > T::zero();
            let (a, b) = if above { (c - y, y) } else { (-y, y - c) };
            let (near, far) =
                if above { (values.sigmoid, values.sigmoid_neg) } else { (values.sigmoid_neg, values.sigmoid) };
            results[0][lane] = a * z + c * values.softplus_far;
            results[1][lane] = strong(a, near) - strong(b, far);
        }
        results
    }
}

/// Tiles of the logistic family whose exponentials are computed before the rest. All of the work on one tile is more than a
/// processor looks ahead by, some hundred operations, and would be waited for step by step.
const GROUP: usize = 8;

struct LogisticTask<'t, T, K, const N: usize> {
    tiles: &'t mut [Tile<T>],
    kind: K,
    z: usize,
    outs: &'t [Option<At>; N],
    count: usize,
}

impl<T: Scalar, K: OfLogistic<T, N>, const N: usize> Task<T> for LogisticTask<'_, T, K, N> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        let LogisticTask { tiles, kind, z, outs, count } = self;
        let mut exponentials = [[T::zero(); LANES]; GROUP];
        for first in (0..count).step_by(GROUP) {
            let group = first..count.min(first + GROUP);
            for (t, z) in exponentials.iter_mut().zip(&tiles[z + group.start..z + group.end]) {
                for lane in 0..LANES {
                    t[lane] = M::exp_neg_abs(z[lane]);
                }
            }
            for tile in group {
                let results = kind.results::<M>(tiles, tile, tiles[z + tile], exponentials[tile - first]);
                for (out, result) in outs.iter().zip(results) {
                    if let Some(out) = out {
                        tiles[*out as usize / LANES + tile] = result;
                    }
                }
            }
        }
    }
}

impl<T: Scalar> Frame<'_, '_, '_, T> {
    #[inline(always)]
    pub(super) fn unary<M: Math<T>, const L: usize>(&mut self, op: Unary, x: At, out: At, len: u32) {
        let count = self.count(len);
        let (x, out) = (x as usize / LANES, out as usize / LANES);
        M::out_of_line::<L, _>(UnaryTask { tiles: self.tiles(), op, x, out, count });
    }

    #[inline(always)]
    pub(super) fn chain<M: Math<T>, const L: usize>(&mut self, steps: &[Step], len: u32) {
        let count = self.count(len);
        M::out_of_line::<L, _>(ChainTask { tiles: self.tiles(), steps, count });
    }

    #[inline(always)]
    pub(super) fn select<M: Math<T>, const L: usize>(&mut self, operands: [Operand; 3], out: At, len: u32) {
        let count = self.count(len);
        let operands = operands.map(lane);
        M::out_of_line::<L, _>(SelectTask { tiles: self.tiles(), operands, out: out as usize / LANES, count });
    }

    #[inline(always)]
    pub(super) fn logistic<M: Math<T>, const L: usize>(&mut self, z: At, outs: &[Option<At>; 4], len: u32) {
        let count = self.count(len);
        M::out_of_line::<L, _>(LogisticTask { tiles: self.tiles(), kind: Family, z: z as usize / LANES, outs, count });
    }

    #[inline(always)]
    pub(super) fn logistic_loss<M: Math<T>, const L: usize>(
        &mut self,
        [z, y]: [At; 2],
        c: Operand,
        outs: &[Option<At>; 2],
        len: u32,
    ) {
        let (count, c) = (self.count(len), lane(c));
        let [z, y] = [z, y].map(|at| at as usize / LANES);
        M::out_of_line::<L, _>(LogisticTask { tiles: self.tiles(), kind: Loss { y, c }, z, outs, count });
    }

    /// Adds a number a row to the lanes of an accumulator, by sums of a granule's rows.
    #[inline(always)]
    pub(super) fn sum_lanes(&mut self, x: usize, acc: usize) {
        let (whole, rest) = (self.rows / LANES, self.rows % LANES);
        let tiles = &self.arena.as_chunks::<LANES>().0[x..];
        let lanes = &mut self.accumulators[acc..][..LANES];
        let mut total = [T::zero(); LANES];
        total.copy_from_slice(lanes);
        for tiles in tiles[..whole].chunks(self.granule / LANES) {
            let mut sums = [T::zero(); LANES];
            for tile in tiles {
                sums = added(sums, tile);
            }
            total = added(total, &sums);
        }
        if rest > 0 {
            let tile = &tiles[whole];
            let mut last = [T::zero(); LANES];
            for lane in 0..LANES {
                // A selection: a loop over `rest` would keep the sums in memory.
                last[lane] = if lane < rest { tile[lane] } else { T::zero() };
            }
            total = added(total, &last);
        }
        lanes.copy_from_slice(&total);
    }

    pub(super) fn powi(&mut self, n: i32, x: At, out: At, len: u32) {
        let count = self.count(len);
        map_tiles(self.tiles(), x as usize / LANES, out as usize / LANES, count, |x: T| x.powi(n));
    }

    pub(super) fn powf(&mut self, scalar: u32, x: At, out: At, len: u32) {
        let (count, p) = (self.count(len), self.graph.payloads.scalar(scalar));
        map_tiles(self.tiles(), x as usize / LANES, out as usize / LANES, count, |x: T| x.powf(p));
    }
}

#[inline(always)]
fn added<T: Scalar>(a: Tile<T>, b: &Tile<T>) -> Tile<T> {
    let mut out = a;
    for lane in 0..LANES {
        out[lane] = a[lane] + b[lane];
    }
    out
}
