//! Gathers from tables and scatters into them.

use super::Frame;
use crate::ops::{Failure, RunningSum};
use crate::program::instr::{At, Indices};
use crate::program::resolve::BoundInputs;
use crate::scalar::Scalar;
use ndarray::{Axis, Slice};

/// Calls `f` on the position (the row, for indices on the rows) of every index, its place among the block's, and itself.
fn each_index<T: Scalar>(
    inputs: &BoundInputs<'_, '_, T>,
    indices: Indices,
    block: std::ops::Range<usize>,
    mut f: impl FnMut(usize, usize, usize) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (input, rows) = match indices {
        Indices::Rows(input) => (input, block),
        Indices::Fixed(input) => (input, 0..usize::MAX),
    };
    let Some(array) = inputs.indices(input) else {
        return Err(Failure::Reason("indices are missing".into()));
    };
    if array.ndim() == 0 {
        return array.first().map_or(Ok(()), |&index| f(0, 0, index));
    }
    let rows = rows.start..rows.end.min(array.len_of(Axis(0)));
    if let Some(indices) = array.as_slice()
        && array.ndim() == 1
    {
        for (place, &index) in indices[rows.clone()].iter().enumerate() {
            f(rows.start + place, place, index)?;
        }
        return Ok(());
    }
    let first = rows.start;
    let block = array.slice_axis(Axis(0), Slice::from(rows.clone()));
    let per_row = (block.len() / rows.len().max(1)).max(1);
    for (place, &index) in block.iter().enumerate() {
        f(first + place / per_row, place, index)?;
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
        each_index(self.inputs, indices, self.start..self.start + self.rows, |position, place, index| {
            if index >= len {
                return Err(Failure::Index { position, index, len });
            }
            // A call to move a few bytes costs more than moving them.
            if inner == 1 {
                out[place] = table[index];
            } else {
                let entry = &table[index * inner..][..inner];
                out[place * inner..][..inner].iter_mut().zip(entry).for_each(|(out, &x)| *out = x);
            }
            Ok(())
        })
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
    each_index(inputs, indices, block, |position, place, index| {
        if index >= len {
            return Err(Failure::Index { position, index, len });
        }
        let entry = index * inner..(index + 1) * inner;
        for ((sum, error), &x) in sums[entry.clone()].iter_mut().zip(&mut errors[entry]).zip(&x[place * inner..]) {
            let mut running = RunningSum { sum: *sum, error: *error };
            running.add(x);
            (*sum, *error) = (running.sum, running.error);
        }
        Ok(())
    })
}
