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

/// Partial results of successive parts, merged pairwise by position, as a binary counter counts: so their number needn't be known
/// beforehand. Those that wait for their neighbours' are on a stack.
pub(crate) struct Pairwise<'p, T> {
    accumulators: &'p [Accumulator],
    /// The numbers of a partial result.
    size: usize,
    stack: &'p mut [T],
    waiting: usize,
    pushed: usize,
}

impl<'p, T: Scalar> Pairwise<'p, T> {
    /// `stack` has room for one more than the binary logarithm of the number of parts.
    pub(crate) fn new(accumulators: &'p [Accumulator], size: usize, stack: &'p mut [T]) -> Self {
        Pairwise { accumulators, size, stack, waiting: 0, pushed: 0 }
    }

    /// The place for the next partial result, which is then [pushed](Self::push).
    pub(crate) fn next(&mut self) -> &mut [T] {
        &mut self.stack[self.waiting * self.size..][..self.size]
    }

    pub(crate) fn push(&mut self) {
        self.waiting += 1;
        self.pushed += 1;
        for _ in 0..self.pushed.trailing_zeros() {
            self.merge_last();
        }
    }

    fn merge_last(&mut self) {
        self.waiting -= 1;
        let (into, from) = self.stack.split_at_mut(self.waiting * self.size);
        let into = &mut into[(self.waiting - 1) * self.size..];
        self.accumulators.iter().for_each(|accumulator| merge(accumulator, into, from));
    }

    /// What all parts give together.
    pub(crate) fn finish(mut self) -> &'p [T] {
        while self.waiting > 1 {
            self.merge_last();
        }
        &self.stack[..self.size]
    }
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
