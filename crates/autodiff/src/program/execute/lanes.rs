//! Reductions and normalisations within rows: of `[outer, red, inner]` elements a row along `red`.

use super::short_lanes::Lanes;
use super::{Frame, short_lanes};
use crate::kernels::{LANES, Math, Task, Tile};
use crate::ops::{Normalise, Reduce, State, normalise_lane, pairwise_sum};
use crate::program::instr::At;
use crate::scalar::{Scalar, count};

/// Vectors after which partial sums are added to the total: long sums are thus sums of short ones.
const VECTORS_A_SUM: usize = 64;

struct ReduceTask<'m, T> {
    op: Reduce,
    lanes: Lanes<'m, T>,
}

impl<T: Scalar> Task<T> for ReduceTask<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        let ReduceTask { op, lanes } = self;
        if M::VECTORS && lanes.inner == 1 && (1..=short_lanes::MOST).contains(&lanes.red) {
            match op.state() {
                State::Exponentials if op == Reduce::Excess => {}
                State::Squares => {}
                State::Exponentials => {
                    let outs = [Some(lanes.out as At), None, None];
                    return short_lanes::exponentials::<T, M>(&outs, Normalise::Weights, lanes);
                }
                State::Result => return short_lanes::reduce(op, lanes),
            }
        }
        let Lanes { arena, x, out, outer, red, inner } = lanes;
        for outer in 0..outer {
            let (from, to) = (x + outer * red * inner, out + outer * inner);
            if inner == 1 {
                arena[to] = reduce_lane::<T, M>(op, &arena[from..from + red]);
                continue;
            }
            for first in (0..inner).step_by(LANES) {
                let width = LANES.min(inner - first);
                // No elements, where there are none to reduce.
                let columns = arena.get(from + first..from + red * inner).unwrap_or_default();
                let results = reduce_columns(op, columns, [red, inner, width]);
                arena[to + first..to + first + width].copy_from_slice(&results[..width]);
            }
        }
    }
}

/// The reduction of neighbours.
#[inline(always)]
fn reduce_lane<T: Scalar, M: Math<T>>(op: Reduce, lane: &[T]) -> T {
    match op.state() {
        State::Exponentials if op == Reduce::LogSumExp => log_sum_exp::<T, M>(lane),
        State::Exponentials => op.lane(lane),
        State::Squares => op.lane(lane),
        State::Result if lane.len() <= LANES || keeps_order(op) => op.lane(lane),
        State::Result => {
            let (tiles, rest) = lane.as_chunks::<LANES>();
            let tail = if rest.is_empty() { op.start() } else { partial(op).lane(rest) };
            let of_tiles = reduce_columns(op, tiles.as_flattened(), [tiles.len(), LANES, LANES]);
            let total = op.combined(partial(op).lane(&of_tiles), tail);
            if op == Reduce::Mean { total / count(lane.len()) } else { total }
        }
    }
}

/// Whether elements are put together one after another, as in the recording: part of a product may leave the range where the
/// other is 0.
#[inline(always)]
fn keeps_order(op: Reduce) -> bool {
    op == Reduce::Prod
}

/// What a reduction of a part of a lane is.
#[inline(always)]
fn partial(op: Reduce) -> Reduce {
    if op == Reduce::Mean { Reduce::Sum } else { op }
}

/// Sums (not divided, for a mean), products or extrema along the first axis of `red × inner` elements, of the first `width ≤ LANES`
/// columns.
#[inline(always)]
fn reduce_columns<T: Scalar>(op: Reduce, x: &[T], [red, inner, width]: [usize; 3]) -> [T; LANES] {
    if red <= VECTORS_A_SUM || keeps_order(op) {
        return reduce_part(op, x, 0..red, [inner, width]);
    }
    // The totals of 2⁰, 2¹, 2², … parts, those that are whole: a long sum is one of few sums.
    let mut totals = [[op.start(); LANES]; usize::BITS as usize];
    for (parts, first) in (0..red).step_by(VECTORS_A_SUM).enumerate() {
        let mut total = reduce_part(op, x, first..red.min(first + VECTORS_A_SUM), [inner, width]);
        let level = parts.trailing_ones() as usize;
        for earlier in &mut totals[..level] {
            total = both(op, *earlier, total);
            *earlier = [op.start(); LANES];
        }
        totals[level] = total;
    }
    totals.into_iter().rev().reduce(|a, b| both(op, a, b)).unwrap_or([op.start(); LANES])
}

#[inline(always)]
fn both<T: Scalar>(op: Reduce, a: [T; LANES], b: [T; LANES]) -> [T; LANES] {
    let mut out = a;
    for lane in 0..LANES {
        out[lane] = op.combined(a[lane], b[lane]);
    }
    out
}

/// As [`reduce_columns`], of few elements.
#[inline(always)]
fn reduce_part<T: Scalar>(
    op: Reduce,
    x: &[T],
    elements: std::ops::Range<usize>,
    [inner, width]: [usize; 2],
) -> [T; LANES] {
    let mut part = [op.start(); LANES];
    for k in elements {
        let row = &x[k * inner..][..width];
        if let Some(row) = row.first_chunk::<LANES>() {
            for lane in 0..LANES {
                part[lane] = op.combined(part[lane], row[lane]);
            }
        } else {
            for (part, &x) in part.iter_mut().zip(row) {
                *part = op.combined(*part, x);
            }
        }
    }
    part
}

/// A tile of exponentials at a time; the largest is taken out exactly.
#[inline(always)]
fn log_sum_exp<T: Scalar, M: Math<T>>(lane: &[T]) -> T {
    let largest = extremum(Reduce::Max, lane);
    if !largest.is_finite() {
        return largest;
    }
    largest + M::ln_1p(exp_sum::<T, M>(lane, largest))
}

/// `Σ e^(x − largest) − 1`: the largest themselves are counted, so that a small rest keeps its digits beside the 1.
#[inline(always)]
fn exp_sum<T: Scalar, M: Math<T>>(lane: &[T], largest: T) -> T {
    let (mut sums, mut counts) = ([T::zero(); LANES], [T::zero(); LANES]);
    let (tiles, rest) = lane.as_chunks::<LANES>();
    let mut last = [T::neg_infinity(); LANES];
    last[..rest.len()].copy_from_slice(rest);
    for tile in tiles.iter().chain((!rest.is_empty()).then_some(&last)) {
        for lane in 0..LANES {
            let is_largest = tile[lane] == largest;
            let exponential = M::exp(tile[lane] - largest);
            counts[lane] = counts[lane] + if is_largest { T::one() } else { T::zero() };
            sums[lane] = sums[lane] + if is_largest { T::zero() } else { exponential };
        }
    }
    (pairwise_sum(&counts) - T::one()) + pairwise_sum(&sums)
}

/// The largest or smallest of neighbours.
#[inline(always)]
fn extremum<T: Scalar>(op: Reduce, lane: &[T]) -> T {
    let (tiles, rest) = lane.as_chunks::<LANES>();
    let best = tiles.iter().fold([op.start(); LANES], |best, tile| both(op, best, *tile));
    op.combined(op.lane(&best), op.lane(rest))
}

/// Extrema and exponentials of one number a row, a granule of rows at a time, added to what is known of the rows before.
struct RowsTask<'m, T> {
    op: Reduce,
    x: &'m [T],
    granule: usize,
    state: &'m mut [T],
}

impl<T: Scalar> Task<T> for RowsTask<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        let RowsTask { op, x, granule, state } = self;
        for rows in x.chunks(granule.max(1)) {
            match op {
                Reduce::Min => state[0] = op.combined(state[0], extremum(Reduce::Min, rows)),
                Reduce::Max => state[0] = op.combined(state[0], extremum(Reduce::Max, rows)),
                _ => {
                    let largest = extremum(Reduce::Max, rows);
                    match largest.is_finite() {
                        true => op.merge(state, &[largest, exp_sum::<T, M>(rows, largest)], 1),
                        false => rows.iter().for_each(|&x| op.add(state, &[x])),
                    }
                }
            }
        }
    }
}

/// Log-sum-exp, log-softmax and softmax, those with a place among `outs`; the last as `softmax` says.
struct ExponentialsTask<'m, T> {
    outs: [Option<At>; 3],
    softmax: Normalise,
    lanes: Lanes<'m, T>,
}

impl<T: Scalar> Task<T> for ExponentialsTask<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) {
        let ExponentialsTask { outs, softmax, lanes } = self;
        if M::VECTORS && (1..=short_lanes::MOST).contains(&lanes.red) {
            return short_lanes::exponentials::<T, M>(&outs, softmax, lanes);
        }
        let Lanes { arena, x, outer, red, .. } = lanes;
        if let Some(out) = outs[0] {
            for lane in 0..outer {
                arena[out as usize + lane] = log_sum_exp::<T, M>(&arena[x + lane * red..][..red]);
            }
        }
        for (out, op) in [(outs[1], Normalise::LogSoftmax), (outs[2], softmax)] {
            if let Some(out) = out {
                for lane in 0..outer {
                    normalise::<T, M>(op, arena, [x + lane * red, out as usize + lane * red], red);
                }
            }
        }
    }
}

#[inline(always)]
fn normalise<T: Scalar, M: Math<T>>(op: Normalise, arena: &mut [T], [from, to]: [usize; 2], len: usize) {
    let largest = extremum(Reduce::Max, &arena[from..from + len]);
    if !largest.is_finite() {
        // The reference has rules for these.
        arena.copy_within(from..from + len, to);
        normalise_lane(op, &mut arena[to..to + len]);
    } else if op == Normalise::LogSoftmax {
        let excess = M::ln_1p(exp_sum::<T, M>(&arena[from..from + len], largest));
        for k in 0..len {
            arena[to + k] = (arena[from + k] - largest) - excess;
        }
    } else {
        softmax::<T, M>(arena, [from, to], len, largest);
    }
}

/// `e^(x − largest)`, added to sums.
#[inline(always)]
fn exponentials<T: Scalar, M: Math<T>>(tile: &Tile<T>, largest: T, sums: &mut Tile<T>) -> Tile<T> {
    let mut out = *tile;
    for lane in 0..LANES {
        out[lane] = M::exp(tile[lane] - largest);
        sums[lane] = sums[lane] + out[lane];
    }
    out
}

/// The softmax of `len` neighbours, the largest of them being finite.
#[inline(always)]
fn softmax<T: Scalar, M: Math<T>>(arena: &mut [T], [from, to]: [usize; 2], len: usize, largest: T) {
    let Ok([x, out]) = arena.get_disjoint_mut([from..from + len, to..to + len]) else { return };
    let mut sums = [T::zero(); LANES];
    let ((tiles, rest), (out_tiles, out_rest)) = (x.as_chunks::<LANES>(), out.as_chunks_mut::<LANES>());
    // Whole tiles stay in registers: what has a length of its own goes through memory.
    for (tile, out) in tiles.iter().zip(out_tiles) {
        *out = exponentials::<T, M>(tile, largest, &mut sums);
    }
    if !rest.is_empty() {
        let mut tile = [T::neg_infinity(); LANES];
        tile[..rest.len()].copy_from_slice(rest);
        out_rest.copy_from_slice(&exponentials::<T, M>(&tile, largest, &mut sums)[..rest.len()]);
    }
    let scale = pairwise_sum(&sums).recip();
    for value in out {
        *value = *value * scale;
    }
}

impl<T: Scalar> Frame<'_, '_, '_, T> {
    #[inline(always)]
    pub(super) fn reduce<M: Math<T>, const L: usize>(
        &mut self,
        op: Reduce,
        [x, out]: [At; 2],
        [outer, red, inner]: [u32; 3],
    ) {
        let lanes = self.lanes([x, out], [outer, red, inner]);
        M::out_of_line::<L, _>(ReduceTask { op, lanes });
    }

    /// A reduction over the rows to one number.
    #[inline(always)]
    pub(super) fn reduce_rows<M: Math<T>, const L: usize>(&mut self, op: Reduce, x: usize, acc: usize) {
        let (x, state) = (&self.arena[x..][..self.rows], &mut self.accumulators[acc..][..op.state_len(1)]);
        M::out_of_line::<L, _>(RowsTask { op, x, granule: self.granule, state });
    }

    /// What is made of the exponentials of neighbours: `inner` is 1.
    #[inline(always)]
    pub(super) fn exponentials<M: Math<T>, const L: usize>(
        &mut self,
        softmax: Normalise,
        x: At,
        outs: [Option<At>; 3],
        [outer, red]: [u32; 2],
    ) {
        let lanes = self.lanes([x, x], [outer, red, 1]);
        M::out_of_line::<L, _>(ExponentialsTask { outs, softmax, lanes });
    }

    #[inline(always)]
    fn lanes(&mut self, [x, out]: [At; 2], [outer, red, inner]: [u32; 3]) -> Lanes<'_, T> {
        Lanes {
            x: x as usize,
            out: out as usize,
            outer: self.rows * outer as usize,
            red: red as usize,
            inner: inner as usize,
            arena: self.arena,
        }
    }
}
