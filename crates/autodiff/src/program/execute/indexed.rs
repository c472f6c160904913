//! Gathers from tables and scatters into them.

use super::Frame;
use crate::ops::{Failure, RunningSum};
use crate::program::instr::{At, Indices};
use crate::program::resolve::BoundInputs;
use crate::scalar::Scalar;
use ndarray::{Axis, Slice};

/// Calls `f` on the place among the block's and the value of every index below `len`; another is an error that names its position (the row,
/// for indices on the rows).
#[inline(always)]
fn each_index<T: Scalar>(
    inputs: &BoundInputs<'_, '_, T>,
    indices: Indices,
    block: std::ops::Range<usize>,
    len: usize,
    mut f: impl FnMut(usize, usize),
) -> Result<(), Failure> {
    let (input, rows) = match indices {
        Indices::Rows(input) => (input, block),
        Indices::Fixed(input) => (input, 0..usize::MAX),
    };
    let Some(array) = inputs.indices(input) else {
        return Err(Failure::Reason("indices are missing".into()));
    };
    let (block, first, per_row) = if array.ndim() == 0 {
        (array.view(), 0, 1)
    } else {
        let rows = rows.start..rows.end.min(array.len_of(Axis(0)));
        let block = array.slice_axis(Axis(0), Slice::from(rows.clone()));
        let per_row = (block.len() / rows.len().max(1)).max(1);
        (block, rows.start, per_row)
    };
    let outside = |place: usize, index: usize| Failure::Index { position: first + place / per_row, index, len };
    if let Some(indices) = block.as_slice() {
        for (place, &index) in indices.iter().enumerate() {
            if index >= len {
                return Err(outside(place, index));
            }
            f(place, index);
        }
        return Ok(());
    }
    for (place, &index) in block.iter().enumerate() {
        if index >= len {
            return Err(outside(place, index));
        }
        f(place, index);
    }
    Ok(())
}

/// How many indices there are, of a block of so many rows.
fn count<T: Scalar>(inputs: &BoundInputs<'_, '_, T>, indices: Indices, rows: usize) -> usize {
    let (Indices::Fixed(input) | Indices::Rows(input)) = indices;
    let Some(array) = inputs.indices(input) else { return 0 };
    match indices {
        Indices::Fixed(_) => array.len(),
        Indices::Rows(_) => rows * array.shape().iter().skip(1).product::<usize>(),
    }
}

impl<T: Scalar> Frame<'_, '_, '_, T> {
    pub(super) fn gather(
        &mut self,
        [table, out]: [At; 2],
        len: usize,
        indices: Indices,
        inner: usize,
    ) -> Result<(), Failure> {
        let entries = count(self.inputs, indices, self.rows);
        let ranges = [(table, len * inner), (out, entries * inner)].map(|(at, len)| at as usize..at as usize + len);
        let Ok([table, out]) = self.arena.get_disjoint_mut(ranges) else {
            return Err(Failure::Reason("a table and what is taken out of it overlap".into()));
        };
        let block = self.start..self.start + self.rows;
        each_index(
            self.inputs,
            indices,
            block,
            len,
            #[inline(always)]
            |place, index| copy_entry(&table[index * inner..][..inner], &mut out[place * inner..][..inner]),
        )
    }

    /// A table of sums, in the arena: with their rounding errors, since there may be any number of terms.
    pub(super) fn scatter_add(
        &mut self,
        x: At,
        indices: Indices,
        [out, errors]: [At; 2],
        [len, inner]: [usize; 2],
    ) -> Result<(), Failure> {
        let block = self.start..self.start + self.rows;
        let terms = count(self.inputs, indices, self.rows) * inner;
        let ranges = [(x, terms), (out, len * inner), (errors, len * inner)];
        let ranges = ranges.map(|(at, len)| at as usize..at as usize + len);
        let Ok([x, sums, errors]) = self.arena.get_disjoint_mut(ranges) else {
            return Err(Failure::Reason("terms and sums overlap".into()));
        };
        sums.fill(T::zero());
        errors.fill(T::zero());
        scatter(self.inputs, indices, block, x, [&mut *sums, &mut *errors], [len, inner])?;
        for (sum, &mut error) in sums.iter_mut().zip(errors) {
            *sum = RunningSum { sum: *sum, error }.value();
        }
        Ok(())
    }

    /// As [`scatter_add`](Self::scatter_add), to an accumulator.
    pub(super) fn accumulate_scatter(
        &mut self,
        x: At,
        indices: Indices,
        acc: u32,
        [len, inner]: [usize; 2],
    ) -> Result<(), Failure> {
        let table = &mut self.accumulators[acc as usize..][..2 * len * inner];
        let (sums, errors) = table.split_at_mut(len * inner);
        let block = self.start..self.start + self.rows;
        scatter(self.inputs, indices, block, &self.arena[x as usize..], [sums, errors], [len, inner])
    }
}

/// Adds the entries of x, of `inner` numbers each, to those of a table of `len` that their indices name.
fn scatter<T: Scalar>(
    inputs: &BoundInputs<'_, '_, T>,
    indices: Indices,
    block: std::ops::Range<usize>,
    x: &[T],
    [sums, errors]: [&mut [T]; 2],
    [len, inner]: [usize; 2],
) -> Result<(), Failure> {
    each_index(
        inputs,
        indices,
        block,
        len,
        #[inline(always)]
        |place, index| {
            let entry = index * inner..(index + 1) * inner;
            add_entry(&mut sums[entry.clone()], &mut errors[entry], &x[place * inner..][..inner]);
        },
    )
}

/// How many numbers of an entry are moved, or added, at once.
const TILE: usize = 4;

/// Copies a few numbers: a call to move them would cost more than that.
#[inline(always)]
fn copy_entry<T: Scalar>(entry: &[T], out: &mut [T]) {
    let (tiles, rest) = entry.as_chunks::<TILE>();
    let (out_tiles, out_rest) = out.as_chunks_mut::<TILE>();
    for (out, tile) in out_tiles.iter_mut().zip(tiles) {
        *out = *tile;
    }
    for (out, &x) in out_rest.iter_mut().zip(rest) {
        *out = x;
    }
}

/// Adds the numbers of an entry to sums of their own.
#[inline(always)]
fn add_entry<T: Scalar>(sums: &mut [T], errors: &mut [T], x: &[T]) {
    let (tiles, rest) = x.as_chunks::<TILE>();
    let (sum_tiles, sum_rest) = sums.as_chunks_mut::<TILE>();
    let (error_tiles, error_rest) = errors.as_chunks_mut::<TILE>();
    for ((sums, errors), x) in sum_tiles.iter_mut().zip(error_tiles).zip(tiles) {
        let mut running: [RunningSum<T>; TILE] =
            std::array::from_fn(|lane| RunningSum { sum: sums[lane], error: errors[lane] });
        for (running, &x) in running.iter_mut().zip(x) {
            running.add(x);
        }
        *sums = std::array::from_fn(|lane| running[lane].sum);
        *errors = std::array::from_fn(|lane| running[lane].error);
    }
    for ((sum, error), &x) in sum_rest.iter_mut().zip(error_rest).zip(rest) {
        let mut running = RunningSum { sum: *sum, error: *error };
        running.add(x);
        (*sum, *error) = (running.sum, running.error);
    }
}
