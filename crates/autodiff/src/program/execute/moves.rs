//! Elements moved: from inputs, between layouts, to accumulators and outputs.

use super::Frame;
use crate::ops::Reduce;
use crate::program::instr::{At, Part};
use crate::program::plan::Layout;
use crate::scalar::Scalar;
use ndarray::{Axis, Slice};
use smallvec::SmallVec;
use std::ops::Range;

impl<T: Scalar> Frame<'_, '_, '_, T> {
    /// The block's rows of an input, row-major.
    pub(super) fn load(&mut self, input: u32, out: usize, len: usize) {
        let Some(array) = self.inputs.numbers(input) else { return };
        let out = &mut self.arena[out..][..self.rows * len];
        if let Some(elements) = array.as_slice() {
            out.copy_from_slice(&elements[self.start * len..][..self.rows * len]);
            return;
        }
        let block = array.slice_axis(Axis(0), Slice::from(self.start..self.start + self.rows));
        for (out, &x) in out.iter_mut().zip(&block) {
            *out = x;
        }
    }

    /// Every row in another layout; once, where all rows share the result.
    pub(super) fn copy(&mut self, layout: u32, x: usize, out: usize) {
        let layout = &self.plan.layouts[layout as usize];
        let rows = if layout.to_row == 0 { self.rows.min(1) } else { self.rows };
        let Some(last) = rows.checked_sub(1).filter(|_| !layout.dims.contains(&0)) else { return };
        let [from_len, to_len] = layout.reach;
        let Some([from, to]) =
            self.disjoint([x..x + last * layout.from_row + from_len, out..out + last * layout.to_row + to_len])
        else {
            return;
        };
        for row in 0..rows {
            copy_row(layout, &from[row * layout.from_row..], &mut to[row * layout.to_row..]);
        }
    }

    /// Columns out of rows of `len`.
    pub(super) fn split(&mut self, x: usize, len: usize, columns: &[(u32, At)]) {
        for &(at, out) in columns {
            let out = out as usize;
            let Some([rows, column]) = self.disjoint([x..x + self.rows * len, out..out + self.rows]) else { return };
            let elements = rows.iter().skip(at as usize).step_by(len.max(1));
            column.iter_mut().zip(elements).for_each(|(out, &x)| *out = x);
        }
    }

    /// Rows of `len` out of parts.
    pub(super) fn join(&mut self, parts: &[Part], out: usize, len: usize) {
        let (rows, mut at) = (self.rows, 0);
        let Some(last) = rows.checked_sub(1) else { return };
        for part in parts {
            let (from, step, count) = ((part.x + part.at) as usize, part.row as usize, part.count as usize);
            let Some([from, to]) = self.disjoint([from..from + last * step + count, out..out + rows * len]) else {
                return;
            };
            if count == 1 {
                copy_run((from, 0), (to, at), (step as isize, len as isize), rows);
            } else {
                for row in 0..rows {
                    copy_run((from, row * step), (to, row * len + at), (1, 1), count);
                }
            }
            at += count;
        }
    }

    /// Two values of the arena: no two of them overlap.
    fn disjoint(&mut self, ranges: [Range<usize>; 2]) -> Option<[&mut [T]; 2]> {
        self.arena.get_disjoint_mut(ranges).ok()
    }

    pub(super) fn accumulate(&mut self, op: Reduce, x: usize, acc: usize, len: usize) {
        let acc = &mut self.accumulators[acc..];
        for row in 0..self.rows {
            op.add(acc, &self.arena[x + row * len..][..len]);
        }
    }

    pub(super) fn store(&mut self, x: usize, output: u32, len: usize) {
        let Some(array) = self.outputs.get_mut(output as usize) else { return };
        let first = self.start - self.first_row;
        let elements = &self.arena[x..][..self.rows * len];
        // A part of a slice: a view of some of the rows costs as much as moving a few hundred numbers.
        if let Some(out) = array.as_slice_mut() {
            out[first * len..][..elements.len()].copy_from_slice(elements);
            return;
        }
        let mut block = array.slice_axis_mut(Axis(0), Slice::from(first..first + self.rows));
        block.iter_mut().zip(elements).for_each(|(out, &x)| *out = x);
    }
}

/// Moves the elements of one row.
fn copy_row<T: Scalar>(layout: &Layout, from: &[T], to: &mut [T]) {
    let (mut at_from, mut at_to) = (layout.from_offset, layout.to_offset);
    let Some((&last, outer)) = layout.dims.split_last() else {
        to[at_to] = from[at_from];
        return;
    };
    let steps = (layout.from[outer.len()], layout.to[outer.len()]);
    if outer.is_empty() {
        return copy_run((from, at_from), (to, at_to), steps, last);
    }
    let mut at: SmallVec<[usize; 8]> = SmallVec::from_elem(0, outer.len());
    loop {
        copy_run((from, at_from), (to, at_to), steps, last);
        let mut axis = outer.len();
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            at[axis] += 1;
            at_from = at_from.wrapping_add_signed(layout.from[axis]);
            at_to = at_to.wrapping_add_signed(layout.to[axis]);
            if at[axis] < outer[axis] {
                break;
            }
            at_from = at_from.wrapping_add_signed(-layout.from[axis] * outer[axis] as isize);
            at_to = at_to.wrapping_add_signed(-layout.to[axis] * outer[axis] as isize);
            at[axis] = 0;
        }
    }
}

/// Moves `count` elements, each side by its step.
#[inline(always)]
fn copy_run<T: Scalar>(
    (from, at_from): (&[T], usize),
    (to, at_to): (&mut [T], usize),
    steps: (isize, isize),
    count: usize,
) {
    match steps {
        (0, 1) => to[at_to..][..count].fill(from[at_from]),
        (1, 1) if count >= 8 => to[at_to..][..count].copy_from_slice(&from[at_from..][..count]),
        (1, step) if step > 0 => {
            let to = to[at_to..].iter_mut().step_by(step as usize);
            to.zip(&from[at_from..][..count]).for_each(|(to, &x)| *to = x);
        }
        (step, 1) if step > 0 => {
            let from = from[at_from..].iter().step_by(step as usize);
            to[at_to..][..count].iter_mut().zip(from).for_each(|(to, &x)| *to = x);
        }
        (step_from, step_to) => {
            for k in 0..count as isize {
                to[at_to.wrapping_add_signed(k * step_to)] = from[at_from.wrapping_add_signed(k * step_from)];
            }
        }
    }
}
