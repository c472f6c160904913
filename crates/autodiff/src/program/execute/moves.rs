//! Elements moved: from inputs, between layouts, to accumulators and outputs.

use super::Frame;
use crate::ops::Reduce;
use crate::program::instr::{At, Part};
use crate::program::plan::Layout;
use crate::scalar::Scalar;
use ndarray::{Axis, Slice};
use smallvec::SmallVec;

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
        for row in 0..rows {
            copy_row(self.arena, layout, x + row * layout.from_row, out + row * layout.to_row);
        }
    }

    /// Columns out of rows of `len`.
    pub(super) fn split(&mut self, x: usize, len: usize, columns: &[(u32, At)]) {
        for &(at, out) in columns {
            copy_run(self.arena, (x + at as usize, len as isize), (out as usize, 1), self.rows);
        }
    }

    /// Rows of `len` out of parts.
    pub(super) fn join(&mut self, parts: &[Part], out: usize, len: usize) {
        let mut to = out;
        for part in parts {
            let from = (part.x + part.at) as usize;
            match part.count {
                1 => copy_run(self.arena, (from, part.row as isize), (to, len as isize), self.rows),
                count => {
                    for row in 0..self.rows {
                        copy_run(self.arena, (from + row * part.row as usize, 1), (to + row * len, 1), count as usize);
                    }
                }
            }
            to += part.count as usize;
        }
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
fn copy_row<T: Scalar>(arena: &mut [T], layout: &Layout, from: usize, to: usize) {
    let (mut from, mut to) = (from + layout.from_offset, to + layout.to_offset);
    let Some((&last, outer)) = layout.dims.split_last() else {
        arena[to] = arena[from];
        return;
    };
    if layout.dims.contains(&0) {
        return;
    }
    let (step_from, step_to) = (layout.from[outer.len()], layout.to[outer.len()]);
    if outer.is_empty() {
        return copy_run(arena, (from, step_from), (to, step_to), last);
    }
    let mut at: SmallVec<[usize; 8]> = SmallVec::from_elem(0, outer.len());
    loop {
        copy_run(arena, (from, step_from), (to, step_to), last);
        let mut axis = outer.len();
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            at[axis] += 1;
            from = from.wrapping_add_signed(layout.from[axis]);
            to = to.wrapping_add_signed(layout.to[axis]);
            if at[axis] < outer[axis] {
                break;
            }
            from = from.wrapping_add_signed(-layout.from[axis] * outer[axis] as isize);
            to = to.wrapping_add_signed(-layout.to[axis] * outer[axis] as isize);
            at[axis] = 0;
        }
    }
}

/// Moves `count` elements, each side by its step.
#[inline(always)]
fn copy_run<T: Scalar>(
    arena: &mut [T],
    (from, step_from): (usize, isize),
    (to, step_to): (usize, isize),
    count: usize,
) {
    match (step_from, step_to) {
        (0, 1) => {
            let x = arena[from];
            arena[to..to + count].fill(x);
        }
        (1, 1) if count >= 8 => arena.copy_within(from..from + count, to),
        _ => {
            for k in 0..count as isize {
                arena[to.wrapping_add_signed(k * step_to)] = arena[from.wrapping_add_signed(k * step_from)];
            }
        }
    }
}
