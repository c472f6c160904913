//! Values: arrays of numbers or of indices that share their elements, and parts of axes.

use crate::scalar::Scalar;
use crate::shape::Dims;
use ndarray::{ArcArray, ArrayD, IxDyn};
use smallvec::SmallVec;

/// The values of a leaf or node.
pub(crate) type Value<T> = ArcArray<T, IxDyn>;

/// The index of a leaf.
pub(crate) type IndexValue = ArcArray<usize, IxDyn>;

/// An operand's value during evaluation.
#[derive(Clone)]
pub(crate) enum Evaluated<T: Scalar> {
    Numbers(Value<T>),
    Indices(IndexValue),
}

impl<T: Scalar> Evaluated<T> {
    /// The numbers; indices can't stand here, since only index handles name index nodes.
    pub(crate) fn numbers(&self) -> Value<T> {
        match self {
            Evaluated::Numbers(value) => value.clone(),
            Evaluated::Indices(_) => ArrayD::from_elem(IxDyn(&[]), T::nan()).into_shared(),
        }
    }
}

/// The part of an axis that a slice takes: `start`, `start + step`, … `len` of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct AxisSlice {
    pub(crate) start: usize,
    pub(crate) step: isize,
    pub(crate) len: usize,
}

/// The parts of its operand's axes that a slice takes.
pub(crate) type Slices = SmallVec<[AxisSlice; 4]>;

pub(crate) fn numbers<T: Scalar>(args: &[Evaluated<T>]) -> SmallVec<[Value<T>; 2]> {
    args.iter().map(Evaluated::numbers).collect()
}

/// `value` stretched to `dims`, to which its shape was checked to broadcast.
pub(crate) fn broadcast<'a, T: Scalar>(value: &'a Value<T>, dims: &Dims) -> ndarray::ArrayViewD<'a, T> {
    // The shapes were checked when the node was recorded; the view itself is the answer should they ever disagree.
    value.broadcast(IxDyn(dims)).unwrap_or_else(|| value.view())
}
