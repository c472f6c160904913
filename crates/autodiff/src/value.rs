//! Values: arrays of numbers or of indices that share their elements, and parts of axes.

use crate::scalar::Scalar;
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
