//! Partial results of blocks and parts, put together.

use super::plan::{Accumulator, Stored};
use crate::kernels::LANES;
use crate::ops::{RunningSum, State, pairwise_sum};
use crate::scalar::Scalar;

/// Sets an accumulator to the result over no rows.
pub(crate) fn clear<T: Scalar>(accumulator: &Accumulator, numbers: &mut [T]) {
    accumulator.op.clear(own(accumulator, numbers), accumulator.len as usize);
}

/// Adds the partial result `from` to `into`.
pub(crate) fn merge<T: Scalar>(accumulator: &Accumulator, into: &mut [T], from: &mut [T]) {
    accumulator.op.merge(own(accumulator, into), own(accumulator, from), accumulator.len as usize);
}

/// Whether a partial result has stayed within the range of the scalar.
pub(crate) fn is_in_range<T: Scalar>(accumulator: &Accumulator, numbers: &[T]) -> bool {
    accumulator.op.is_in_range(&numbers[accumulator.at as usize..][..accumulator.size as usize])
}

/// Writes the finished result to `out`.
pub(crate) fn finish<T: Scalar>(accumulator: &Accumulator, numbers: &mut [T], out: &mut [T]) {
    let (len, numbers) = (accumulator.len as usize, own(accumulator, numbers));
    match accumulator.op.state() {
        State::Result if accumulator.stored == Stored::WithErrors => {
            let (sums, errors) = numbers.split_at(len);
            for ((out, &sum), &error) in out.iter_mut().zip(sums).zip(errors) {
                *out = RunningSum { sum, error }.value();
            }
        }
        State::Result if len == 1 && numbers.len() == LANES => out[0] = pairwise_sum(numbers),
        State::Result => copy_out(accumulator.stored, &numbers[..len], &mut out[..len]),
        State::Exponentials | State::Squares => accumulator.op.finish(numbers, &mut out[..len]),
    }
}

fn copy_out<T: Scalar>(stored: Stored, numbers: &[T], out: &mut [T]) {
    match stored {
        Stored::AsIs | Stored::WithErrors => out.copy_from_slice(numbers),
        Stored::UpperTriangle => {
            out.copy_from_slice(numbers);
            crate::kernels::product::mirror(out, numbers.len().isqrt());
        }
        Stored::Transposed { rows } => {
            let columns = numbers.len() / rows as usize;
            for (i, row) in numbers.chunks_exact(columns).enumerate() {
                for (j, &number) in row.iter().enumerate() {
                    out[j * rows as usize + i] = number;
                }
            }
        }
    }
}

fn own<'n, T>(accumulator: &Accumulator, numbers: &'n mut [T]) -> &'n mut [T] {
    &mut numbers[accumulator.at as usize..][..accumulator.size as usize]
}
