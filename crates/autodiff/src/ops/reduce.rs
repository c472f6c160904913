//! Reductions along axes, the rows axis included: what they are of a lane, and in parts. How they are differentiated is in
//! `rules/reduce.rs`.

use crate::kernels::product::all_finite;
use crate::kernels::{LANES, Tile};
use crate::scalar::{Scalar, count};
use crate::shape::{Axes, Dims, Shape};
use crate::value::Value;
use ndarray::{Array2, ArrayD, IxDyn};

/// A reduction along a set of axes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Reduce {
    Sum,
    Mean,
    Max,
    Min,
    LogSumExp,
    /// `Σ e^(x − m) − 1` of the largest element m, what `LogSumExp` keeps beside it: for programs, that look along the rows.
    Excess,
    Prod,
    Norm,
}

impl Reduce {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Reduce::Sum => "sum",
            Reduce::Mean => "mean",
            Reduce::Max => "max",
            Reduce::Min => "min",
            Reduce::LogSumExp => "logsumexp",
            Reduce::Excess => "excess",
            Reduce::Prod => "prod",
            Reduce::Norm => "norm",
        }
    }

    pub(crate) fn is_linear(self) -> bool {
        match self {
            Reduce::Sum | Reduce::Mean => true,
            Reduce::Max | Reduce::Min | Reduce::LogSumExp | Reduce::Excess | Reduce::Prod | Reduce::Norm => false,
        }
    }

    pub(crate) fn shape(self, x: &Shape, axes: Axes) -> Result<Shape, String> {
        if matches!(self, Reduce::Mean | Reduce::Max | Reduce::Min)
            && let Some(axis) = axes.iter().find(|&axis| x.len_of(axis) == Some(0))
        {
            return Err(format!("axis {axis} has length 0, and the {} of nothing is undefined", self.name()));
        }
        Ok(x.reduce(axes, false))
    }

    pub(crate) fn evaluate<T: Scalar>(self, x: &Value<T>, axes: Axes, dims: &Dims) -> ArrayD<T> {
        let lanes = lanes(x, axes);
        let values = lanes.rows().into_iter().map(|lane| self.lane(&lane.to_vec())).collect();
        ArrayD::from_shape_vec(IxDyn(dims), values).unwrap_or_else(|_| ArrayD::from_elem(IxDyn(dims), T::nan()))
    }

    /// The reduction of one lane of elements.
    pub(crate) fn lane<T: Scalar>(self, lane: &[T]) -> T {
        match self {
            Reduce::Sum => pairwise_sum(lane),
            Reduce::Mean => pairwise_sum(lane) / count(lane.len()),
            Reduce::Max | Reduce::Min | Reduce::Prod => lane.iter().fold(self.start(), |a, &b| self.combined(a, b)),
            Reduce::LogSumExp => logsumexp(lane),
            Reduce::Excess => excess(lane),
            Reduce::Norm => norm(lane),
        }
    }
}

/// What is kept of a reduction while elements are still to come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// The result so far.
    Result,
    /// Of `ln Σ eˣ`, the largest x, and the sum of the other exponentials relative to its own.
    Exponentials,
    /// Of `√Σx²`, the largest |x|, and the sum of the squares relative to its own.
    Squares,
}

/// Reductions in parts, over rows that come block by block. The state of `len` reductions are `len` numbers, or twice as many, the largest
/// ones first.
impl Reduce {
    #[inline(always)]
    pub(crate) fn state(self) -> State {
        match self {
            Reduce::Sum | Reduce::Mean | Reduce::Max | Reduce::Min | Reduce::Prod => State::Result,
            Reduce::LogSumExp | Reduce::Excess => State::Exponentials,
            Reduce::Norm => State::Squares,
        }
    }

    /// How many numbers the state of `len` reductions takes.
    pub(crate) fn state_len(self, len: usize) -> usize {
        match self.state() {
            State::Result => len,
            State::Exponentials | State::Squares => 2 * len,
        }
    }

    /// The reduction of nothing, or the largest of nothing where the state has it.
    #[inline(always)]
    pub(crate) fn start<T: Scalar>(self) -> T {
        match self {
            Reduce::Sum | Reduce::Mean | Reduce::Norm => T::zero(),
            Reduce::Prod => T::one(),
            Reduce::Max | Reduce::LogSumExp | Reduce::Excess => T::neg_infinity(),
            Reduce::Min => T::infinity(),
        }
    }

    /// Two results put together, before a mean is divided; of what has another state, two of its sums.
    #[inline(always)]
    pub(crate) fn combined<T: Scalar>(self, a: T, b: T) -> T {
        match self {
            Reduce::Sum | Reduce::Mean | Reduce::LogSumExp | Reduce::Excess | Reduce::Norm => a + b,
            Reduce::Prod => a * b,
            Reduce::Max if a > b => a,
            Reduce::Min if a < b => a,
            Reduce::Max | Reduce::Min if a == b || b > a || b < a => b,
            // One is NaN.
            Reduce::Max | Reduce::Min => a + b,
        }
    }

    /// The reduction of the elements in each lane of some tiles; of what has another state, their sum.
    #[inline(always)]
    pub(crate) fn of_tiles<T: Scalar>(self, tiles: &[Tile<T>]) -> Tile<T> {
        // Each by name: the loops are to be compiled for one operation.
        match self {
            Reduce::Sum | Reduce::LogSumExp | Reduce::Excess | Reduce::Norm => Reduce::Sum.combined_tiles(tiles),
            Reduce::Mean => {
                let (mut total, n) = (Reduce::Mean.combined_tiles(tiles), count(tiles.len()));
                total.iter_mut().for_each(|total| *total = *total / n);
                total
            }
            Reduce::Max => Reduce::Max.combined_tiles(tiles),
            Reduce::Min => Reduce::Min.combined_tiles(tiles),
            Reduce::Prod => Reduce::Prod.combined_tiles(tiles),
        }
    }

    #[inline(always)]
    fn combined_tiles<T: Scalar>(self, tiles: &[Tile<T>]) -> Tile<T> {
        let mut total = [self.start(); LANES];
        for tile in tiles {
            for lane in 0..LANES {
                total[lane] = self.combined(total[lane], tile[lane]);
            }
        }
        total
    }

    /// Sets a state to that over nothing.
    pub(crate) fn clear<T: Scalar>(self, state: &mut [T], len: usize) {
        state.fill(self.start());
        match self.state() {
            State::Result => {}
            State::Exponentials | State::Squares => state[len..].fill(T::zero()),
        }
    }

    /// Adds an element to each of the reductions.
    pub(crate) fn add<T: Scalar>(self, state: &mut [T], elements: &[T]) {
        match self.state() {
            State::Result => self.combine_each(state, elements),
            State::Exponentials => {
                each_pair(state, elements.len(), elements, |largest, sum, &x| {
                    add_exponential(largest, sum, x, T::zero())
                });
            }
            State::Squares => {
                each_pair(state, elements.len(), elements, |largest, sum, &x| {
                    add_square(largest, sum, x.abs(), T::one())
                });
            }
        }
    }

    /// Adds the state `from` to `into`.
    pub(crate) fn merge<T: Scalar>(self, into: &mut [T], from: &[T], len: usize) {
        let pairs = || from[..len].iter().zip(&from[len..]);
        match self.state() {
            State::Result => self.combine_each(into, from),
            State::Exponentials => {
                each_pair(into, len, pairs(), |largest, sum, (&x, &more)| add_exponential(largest, sum, x, more));
            }
            State::Squares => {
                each_pair(into, len, pairs(), |largest, sum, (&x, &count)| add_square(largest, sum, x, count));
            }
        }
    }

    /// Whether a state has stayed within the range of the scalar: it is no NaN, and no infinity but for what it begins with.
    pub(crate) fn is_in_range<T: Scalar>(self, state: &[T]) -> bool {
        match self {
            Reduce::Sum | Reduce::Mean | Reduce::Prod | Reduce::Norm => all_finite(state),
            Reduce::Max | Reduce::LogSumExp | Reduce::Excess | Reduce::Min => {
                state.iter().all(|&x| x.is_finite() || x == self.start())
            }
        }
    }

    /// The results that a state is of; a mean is not divided.
    pub(crate) fn finish<T: Scalar>(self, state: &[T], out: &mut [T]) {
        let (firsts, sums) = state.split_at(out.len());
        let pairs = firsts.iter().zip(sums);
        match self.state() {
            State::Result => out.copy_from_slice(firsts),
            State::Exponentials if self == Reduce::Excess => out.copy_from_slice(&sums[..out.len()]),
            State::Exponentials => {
                for (out, (&largest, &sum)) in out.iter_mut().zip(pairs) {
                    *out = if largest.is_finite() { largest + sum.ln_1p() } else { largest };
                }
            }
            State::Squares => {
                for (out, (&largest, &sum)) in out.iter_mut().zip(pairs) {
                    *out = if largest == T::zero() { largest } else { largest * sum.sqrt() };
                }
            }
        }
    }

    fn combine_each<T: Scalar>(self, into: &mut [T], from: &[T]) {
        let mut by = |op: Reduce| into.iter_mut().zip(from).for_each(|(a, &b)| *a = op.combined(*a, b));
        // By name, so that the loops are compiled for one operation.
        match self {
            Reduce::Sum | Reduce::Mean => by(Reduce::Sum),
            Reduce::Max => by(Reduce::Max),
            Reduce::Min => by(Reduce::Min),
            other => by(other),
        }
    }
}

/// Calls `f` with the two numbers of each state, and what comes to it.
fn each_pair<T, X>(state: &mut [T], len: usize, with: impl IntoIterator<Item = X>, f: impl Fn(&mut T, &mut T, X)) {
    let (largest, sums) = state.split_at_mut(len);
    for ((largest, sum), x) in largest.iter_mut().zip(sums).zip(with) {
        f(largest, sum, x);
    }
}

/// Adds `(1 + more)·eˣ` to `(1 + excess)·e^largest`, keeping the larger exponent separate: the 1 of the largest is not in the
/// excess, so that a logarithm near 0 keeps its digits. No exponent is −∞, with an excess of 0.
fn add_exponential<T: Scalar>(largest: &mut T, excess: &mut T, x: T, more: T) {
    if x == T::neg_infinity() {
        return;
    }
    if x.is_nan() || x > *largest {
        *excess = (T::one() + *excess) * (*largest - x).exp() + more;
        *largest = x;
    } else if x == *largest {
        // Also of ∞.
        *excess = *excess + (T::one() + more);
    } else {
        *excess = *excess + (T::one() + more) * (x - *largest).exp();
    }
}

/// Adds `count·x²`, x ≥ 0, to `sum·scale²`, keeping the larger of the two separate, so that no square overflows.
fn add_square<T: Scalar>(scale: &mut T, sum: &mut T, x: T, count: T) {
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

/// The elements of `x` as a matrix: a row for each element of the reduction's result, the reduced ones along it.
pub(crate) fn lanes<T: Scalar>(x: &Value<T>, axes: Axes) -> Array2<T> {
    let ndim = x.ndim();
    let order: Vec<usize> =
        (0..ndim).filter(|&axis| !axes.contains(axis)).chain((0..ndim).filter(|&axis| axes.contains(axis))).collect();
    let inner: usize = axes.iter().filter(|&axis| axis < ndim).map(|axis| x.len_of(ndarray::Axis(axis))).product();
    let outer: usize =
        (0..ndim).filter(|&axis| !axes.contains(axis)).map(|axis| x.len_of(ndarray::Axis(axis))).product();
    let elements: Vec<T> = x.view().permuted_axes(order).iter().copied().collect();
    Array2::from_shape_vec((outer, inner), elements).unwrap_or_else(|_| Array2::from_elem((outer, inner), T::nan()))
}

/// Undoes [`lanes`] of an array of lengths `dims`.
pub(crate) fn from_lanes<T: Scalar>(lanes: Array2<T>, axes: Axes, dims: &[usize]) -> ArrayD<T> {
    let ndim = dims.len();
    let order: Vec<usize> =
        (0..ndim).filter(|&axis| !axes.contains(axis)).chain((0..ndim).filter(|&axis| axes.contains(axis))).collect();
    let mut out = ArrayD::from_elem(IxDyn(dims), T::nan());
    for (out, value) in out.view_mut().permuted_axes(order).iter_mut().zip(lanes) {
        *out = value;
    }
    out
}

/// A running sum with the rounding errors of its additions (Neumaier, *Rundungsfehleranalyse einiger Verfahren zur Summation
/// endlicher Summen*, 1974): as exact as if it were rounded once or twice, however many terms there are.
#[derive(Clone, Copy)]
pub(crate) struct RunningSum<T> {
    pub(crate) sum: T,
    pub(crate) error: T,
}

impl<T: Scalar> RunningSum<T> {
    pub(crate) fn of_nothing() -> Self {
        RunningSum { sum: T::zero(), error: T::zero() }
    }

    pub(crate) fn add(&mut self, x: T) {
        let sum = self.sum + x;
        let added = sum - self.sum;
        self.error = self.error + ((self.sum - (sum - added)) + (x - added));
        self.sum = sum;
    }

    pub(crate) fn value(self) -> T {
        if self.error.is_finite() { self.sum + self.error } else { self.sum }
    }
}

/// The sum by halves: the rounding error grows with the logarithm of the length (Higham, *Accuracy and Stability*, 4.2).
pub(crate) fn pairwise_sum<T: Scalar>(lane: &[T]) -> T {
    pairwise_sum_of(lane, |x| x)
}

/// The sum of `f` of the elements, by halves.
fn pairwise_sum_of<T: Scalar>(lane: &[T], f: impl Fn(T) -> T + Copy) -> T {
    if lane.len() <= 16 {
        return lane.iter().fold(T::zero(), |a, &b| a + f(b));
    }
    let (left, right) = lane.split_at(lane.len() / 2);
    pairwise_sum_of(left, f) + pairwise_sum_of(right, f)
}

/// `√Σx²` of one lane. Where squares would overflow, or be lost below the smallest numbers, the largest element is taken
/// out of the sum (Blue, *A portable Fortran program to find the Euclidean norm of a vector*, 1978).
fn norm<T: Scalar>(lane: &[T]) -> T {
    let sum = pairwise_sum_of(lane, |x| x * x);
    let smallest = T::min_positive_value() / (T::epsilon() * T::epsilon());
    if sum.is_finite() && sum >= smallest {
        return sum.sqrt();
    }
    let largest = lane.iter().fold(T::zero(), |a, &b| if b.abs() > a || b.is_nan() { b.abs() } else { a });
    if largest == T::zero() || !largest.is_finite() {
        return largest;
    }
    largest * pairwise_sum_of(lane, |x| (x / largest) * (x / largest)).sqrt()
}

/// `ln Σ eˣ` of one lane: the largest element is taken out of the sum, so that nothing overflows.
pub(crate) fn logsumexp<T: Scalar>(lane: &[T]) -> T {
    let largest = Reduce::Max.lane(lane);
    largest + log_excess(lane, largest)
}

/// `Σ e^(x − m) − 1` of the largest element m.
fn excess<T: Scalar>(lane: &[T]) -> T {
    let mut state = [T::neg_infinity(), T::zero()];
    lane.iter().for_each(|&x| Reduce::Excess.add(&mut state, &[x]));
    state[1]
}

/// By how much `ln Σ eˣ` of one lane exceeds its largest element; 0 where that is infinite.
pub(crate) fn log_excess<T: Scalar>(lane: &[T], largest: T) -> T {
    if !largest.is_finite() {
        return T::zero();
    }
    let first = lane.iter().position(|&x| x == largest);
    let rest: Vec<T> =
        lane.iter().enumerate().filter(|&(i, _)| Some(i) != first).map(|(_, &x)| (x - largest).exp()).collect();
    pairwise_sum(&rest).ln_1p()
}
