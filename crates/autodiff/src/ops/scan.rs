//! Scans along an axis: the cumulative sum, and the first-order linear recurrence, from which the cumulative product and
//! the derivative of a product follow. All are polynomials in their operands, without a division: exact at 0, to any
//! order.

use crate::ops::RunningSum;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::value::Value;
use ndarray::{ArrayD, IxDyn};

/// A scan along an axis. The rows axis is refused when it is recorded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Scan {
    CumSum,
    /// `ln(e^x₀ + … + e^xᵢ)`.
    CumLogSumExp,
    /// `hᵢ = aᵢ·hᵢ₋₁ + bᵢ` of the operands b and a.
    Recurrence,
}

/// A scan, the axis it goes along, and whether from the end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Along {
    pub(crate) scan: Scan,
    pub(crate) axis: u8,
    pub(crate) reverse: bool,
}

impl Scan {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Scan::CumSum => "cumsum",
            Scan::CumLogSumExp => "cumlogsumexp",
            Scan::Recurrence => "linear_recurrence",
        }
    }
}

impl Along {
    pub(crate) fn name(self) -> &'static str {
        self.scan.name()
    }

    pub(crate) fn arity(self) -> usize {
        match self.scan {
            Scan::CumSum | Scan::CumLogSumExp => 1,
            Scan::Recurrence => 2,
        }
    }

    pub(crate) fn shape(self, operands: &[&Shape]) -> Result<Shape, String> {
        if operands.iter().any(|operand| *operand != operands[0]) {
            return Err("the operands must be of one shape".into());
        }
        Ok(operands[0].clone())
    }

    pub(crate) fn evaluate<T: Scalar>(self, operands: &[Value<T>]) -> ArrayD<T> {
        let dims = operands[0].shape();
        let axis = usize::from(self.axis);
        let lanes = [dims[..axis].iter().product(), dims[axis], dims[axis + 1..].iter().product()];
        let elements: Vec<Vec<T>> = operands.iter().map(|operand| operand.iter().copied().collect()).collect();
        let mut out = vec![T::zero(); operands[0].len()];
        let (b, a) = (&elements[0], elements.last().unwrap_or(&elements[0]));
        self.run([b, a], &mut out, lanes);
        ArrayD::from_shape_vec(IxDyn(dims), out).unwrap_or_else(|_| ArrayD::from_elem(IxDyn(dims), T::nan()))
    }

    /// Scans the lanes of arrays of `[outer, len, inner]` elements.
    pub(crate) fn run<T: Scalar>(self, [b, a]: [&[T]; 2], out: &mut [T], [outer, len, inner]: [usize; 3]) {
        if out.is_empty() {
            return;
        }
        for lane in 0..outer * inner {
            let first = lane / inner * len * inner + lane % inner;
            if self.scan == Scan::CumLogSumExp {
                self.log_sums(b, out, first, len, inner);
                continue;
            }
            let (mut last, mut sum) = (T::zero(), RunningSum::of_nothing());
            for k in 0..len {
                let at = first + if self.reverse { len - 1 - k } else { k } * inner;
                last = match self.scan {
                    Scan::Recurrence if k > 0 => a[at] * last + b[at],
                    Scan::CumSum if k > 0 => {
                        sum.add(b[at]);
                        sum.value()
                    }
                    _ => {
                        sum.add(b[at]);
                        b[at]
                    }
                };
                out[at] = last;
            }
        }
    }

    /// The largest so far is kept separate from the sum, `(1 + rest)·e^largest`.
    fn log_sums<T: Scalar>(self, x: &[T], out: &mut [T], first: usize, len: usize, inner: usize) {
        let (mut largest, mut rest) = (T::neg_infinity(), T::zero());
        for k in 0..len {
            let at = first + if self.reverse { len - 1 - k } else { k } * inner;
            let x = x[at];
            if x > largest || x.is_nan() {
                rest = if largest == T::neg_infinity() { T::zero() } else { (T::one() + rest) * (largest - x).exp() };
                largest = x;
            } else if x > T::neg_infinity() && x.is_finite() {
                rest = rest + (x - largest).exp();
            }
            out[at] = if largest.is_finite() { largest + rest.ln_1p() } else { largest };
        }
    }
}
