//! Instructions on whole lanes and matrices: scans, sorting, linear algebra. They run the reference's own code, on slices of
//! the arena, in memory the workspace keeps.

use super::Frame;
use crate::ops::{Failure, Lanewise, Linalg, Sizes, Weighted};
use crate::program::instr::At;
use crate::scalar::Scalar;

impl<T: Scalar> Frame<'_, '_, '_, T> {
    /// What `op` makes of `[outer, len, inner]` a row along `len`.
    pub(super) fn lanewise(&mut self, op: Lanewise, operands: [At; 2], out: At, [outer, len, inner]: [u32; 3]) {
        let lanes = [self.rows * outer as usize, len as usize, inner as usize];
        let total = lanes.iter().product();
        if let Some((operands, [out, _])) = disjoint(self.arena, operands, [total; 2], [out, out], [total, 0]) {
            op.run(operands, out, self.places, lanes);
        }
    }

    /// What `op` makes of `[outer, len]` numbers and weights a row along `len`.
    pub(super) fn weighted(&mut self, op: Weighted, operands: [At; 2], out: At, [outer, len]: [u32; 2]) {
        let lanes = [self.rows * outer as usize, len as usize];
        let total = lanes.iter().product();
        let results = if op.keeps_shape() { total } else { lanes[0] };
        if let Some(([x, w], [out, _])) = disjoint(self.arena, operands, [total; 2], [out, out], [results, 0]) {
            op.run([x, w], out, lanes);
        }
    }

    /// An operation on `sizes.batch` matrices a row.
    pub(super) fn linalg(&mut self, op: Linalg, operands: [At; 2], outs: [At; 2], sizes: Sizes) -> Result<(), Failure> {
        let a_row = sizes.batch as usize;
        let count = self.rows * a_row;
        let [a_len, b_len] = [0, 1].map(|operand| sizes.operand_len(operand, count));
        let lens = [count * op.result_len(sizes), op.work_len(sizes)];
        let Some((operands, [out, work])) = disjoint(self.arena, operands, [a_len, b_len], outs, lens) else {
            return Err(Failure::Reason("operands and results overlap".into()));
        };
        let first = self.start * a_row;
        op.run(self.plan.processor.instructions, operands, out, work, sizes, count).map_err(|failure| match failure {
            Failure::Singular { matrix, pivot } => Failure::Singular { matrix: first + matrix, pivot },
            Failure::NotPositiveDefinite { matrix, pivot } => {
                Failure::NotPositiveDefinite { matrix: first + matrix, pivot }
            }
            other => other,
        })
    }
}

/// Two operands, possibly the same, and two results, which overlap neither them nor each other.
#[allow(clippy::type_complexity)]
fn disjoint<T>(
    arena: &mut [T],
    operands: [At; 2],
    lens: [usize; 2],
    outs: [At; 2],
    out_lens: [usize; 2],
) -> Option<([&[T]; 2], [&mut [T]; 2])> {
    let range = |at: At, len: usize| at as usize..at as usize + len;
    let [out, work] = [range(outs[0], out_lens[0]), range(outs[1], out_lens[1])];
    if operands[0] == operands[1] {
        let [both, out, work] = arena.get_disjoint_mut([range(operands[0], lens[0].max(lens[1])), out, work]).ok()?;
        let both: &[T] = both;
        return Some(([&both[..lens[0]], &both[..lens[1]]], [out, work]));
    }
    let [a, b] = [range(operands[0], lens[0]), range(operands[1], lens[1])];
    let [a, b, out, work] = arena.get_disjoint_mut([a, b, out, work]).ok()?;
    Some(([a, b], [out, work]))
}
