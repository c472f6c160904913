//! Partial results of blocks and parts, put together.

use super::plan::{Accumulator, Stored};
use crate::kernels::LANES;
use crate::ops::{Reduce, RunningSum, pairwise_sum};
use crate::scalar::Scalar;

/// Sets an accumulator to the result over no rows.
pub(crate) fn clear<T: Scalar>(accumulator: &Accumulator, numbers: &mut [T]) {
    let (len, numbers) = (accumulator.len as usize, own(accumulator, numbers));
    match accumulator.op {
        Reduce::Sum | Reduce::Mean => numbers.fill(T::zero()),
        Reduce::Prod => numbers.fill(T::one()),
        Reduce::Norm => numbers.fill(T::zero()),
        Reduce::Max => numbers.fill(T::neg_infinity()),
        Reduce::Min => numbers.fill(T::infinity()),
        Reduce::LogSumExp => {
            let (largest, excesses) = numbers.split_at_mut(len);
            largest.fill(T::neg_infinity());
            excesses.fill(T::zero());
        }
    }
}

/// Adds the partial result `from` to `into`.
pub(crate) fn merge<T: Scalar>(accumulator: &Accumulator, into: &mut [T], from: &mut [T]) {
    let len = accumulator.len as usize;
    let (into, from) = (own(accumulator, into), own(accumulator, from));
    match accumulator.op {
        Reduce::Sum | Reduce::Mean => into.iter_mut().zip(from).for_each(|(a, b)| *a = *a + *b),
        op @ (Reduce::Max | Reduce::Min | Reduce::Prod) => {
            into.iter_mut().zip(from).for_each(|(a, b)| *a = op.lane(&[*a, *b]))
        }
        Reduce::LogSumExp => {
            let (largest, excesses) = into.split_at_mut(len);
            let (other, their) = from.split_at_mut(len);
            for (((largest, excess), other), their) in largest.iter_mut().zip(excesses).zip(other).zip(their) {
                add_exponential(largest, excess, *other, *their);
            }
        }
        Reduce::Norm => {
            let (scale, sums) = into.split_at_mut(len);
            let (other, counts) = from.split_at_mut(len);
            for (((scale, sum), other), count) in scale.iter_mut().zip(sums).zip(other).zip(counts) {
                add_square(scale, sum, *other, *count);
            }
        }
    }
}

/// Whether a partial result has stayed within the range of the scalar: it is no NaN, and no infinity but for what it begins with.
pub(crate) fn is_in_range<T: Scalar>(accumulator: &Accumulator, numbers: &[T]) -> bool {
    let numbers = &numbers[accumulator.at as usize..][..accumulator.size as usize];
    match accumulator.op {
        Reduce::Sum | Reduce::Mean | Reduce::Prod | Reduce::Norm => numbers.iter().all(|x| x.is_finite()),
        Reduce::Max | Reduce::LogSumExp => numbers.iter().all(|&x| x < T::infinity()),
        Reduce::Min => numbers.iter().all(|&x| x > T::neg_infinity()),
    }
}

/// Writes the finished result to `out`.
pub(crate) fn finish<T: Scalar>(accumulator: &Accumulator, numbers: &mut [T], out: &mut [T]) {
    let (len, numbers) = (accumulator.len as usize, own(accumulator, numbers));
    match accumulator.op {
        Reduce::Sum | Reduce::Mean if len == 1 && numbers.len() == LANES => out[0] = pairwise_sum(numbers),
        Reduce::Sum if accumulator.stored == Stored::WithErrors => {
            let (sums, errors) = numbers.split_at(len);
            for ((out, &sum), &error) in out.iter_mut().zip(sums).zip(errors) {
                *out = RunningSum { sum, error }.value();
            }
        }
        Reduce::LogSumExp => {
            let (largest, excesses) = numbers.split_at(len);
            for ((out, &largest), &excess) in out.iter_mut().zip(largest).zip(excesses) {
                *out = if largest.is_finite() { largest + excess.ln_1p() } else { largest };
            }
        }
        Reduce::Norm => {
            let (scale, sums) = numbers.split_at(len);
            for ((out, &scale), &sum) in out.iter_mut().zip(scale).zip(sums) {
                *out = if scale == T::zero() { scale } else { scale * sum.sqrt() };
            }
        }
        _ => copy_out(accumulator.stored, &numbers[..len], &mut out[..len]),
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

/// Adds `(1 + more)·eˣ` to `(1 + excess)·e^largest`, keeping the larger exponent apart: the 1 of the largest is not in the
/// excess, so that a logarithm near 0 keeps its digits. No exponent is −∞, with an excess of 0.
pub(crate) fn add_exponential<T: Scalar>(largest: &mut T, excess: &mut T, x: T, more: T) {
    if x == T::neg_infinity() {
        return;
    }
    if x.is_nan() || x > *largest {
        *excess = (T::one() + *excess) * (*largest - x).exp() + more;
        *largest = x;
    } else {
        *excess = *excess + (T::one() + more) * (x - *largest).exp();
    }
}

/// Adds `count·x²`, x ≥ 0, to `sum·scale²`, keeping the larger of the two apart, so that no square overflows.
pub(crate) fn add_square<T: Scalar>(scale: &mut T, sum: &mut T, x: T, count: T) {
    if x > *scale || x.is_nan() {
        let ratio = *scale / x;
        *sum = *sum * ratio * ratio + count;
        *scale = x;
    } else if x == *scale {
        *sum = *sum + count;
    } else {
        let ratio = x / *scale;
        *sum = *sum + count * ratio * ratio;
    }
}
