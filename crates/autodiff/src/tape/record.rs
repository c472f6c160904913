//! How nodes get onto a tape: operations, numbers, what is refused, and whose derivative is being recorded.

use super::{Tape, Var};
use crate::error::{Error, Source};
use crate::graph::{Args, NodeId};
use crate::ops::{self, Op};
use crate::scalar::{Scalar, real};
use crate::shape::{Dims, Shape};
use crate::value::Slices;
use std::panic::Location;

impl<T: Scalar> Tape<T> {
    /// Records an operation whose operands decide its shape.
    #[track_caller]
    pub(crate) fn record<'t>(&'t self, op: Op, operands: &[Var<'t, T>]) -> Var<'t, T> {
        self.record_node(op, operands, None, Location::caller())
    }

    /// Records an operation whose result is of a given shape.
    #[track_caller]
    pub(crate) fn record_as<'t>(&'t self, op: Op, operands: &[Var<'t, T>], shape: &Shape) -> Var<'t, T> {
        self.record_node(op, operands, Some(shape), Location::caller())
    }

    #[inline(never)]
    fn record_node<'t>(&'t self, op: Op, operands: &[Var<'t, T>], shape: Option<&Shape>, source: Source) -> Var<'t, T> {
        let mut ids = Args::new();
        for operand in operands {
            if !self.owns(*operand) {
                let operation = self.inner().graph.operation_name(op).into();
                return self.keep_error(Error::ForeignTape { operation, source_line: self.source(source) });
            }
            if operand.is_failed() {
                return *operand;
            }
            ids.push(operand.id());
        }
        let mut inner = self.inner_mut();
        if let Some(error) = inner.refusal(source) {
            drop(inner);
            return self.keep_error(error);
        }
        let inferred = match shape {
            None => inner.graph.infer_shape(op, &ids),
            Some(shape) => ops::check_size::<T>(shape).map(|()| inner.graph.intern(shape)),
        };
        match inferred {
            Ok(shape) => {
                let source = inner.on_behalf_of.unwrap_or(source);
                let id = inner.graph.push(op, &ids, shape, source);
                Var::new(self, id)
            }
            Err(reason) => {
                let operation = inner.graph.operation_name(op).to_string();
                drop(inner);
                self.fail_at(&operation, operands, reason, source)
            }
        }
    }

    #[track_caller]
    pub(crate) fn record_slice<'t>(&'t self, x: Var<'t, T>, slices: Slices) -> Var<'t, T> {
        let index = self.inner_mut().graph.payloads.keep_slices(slices);
        self.record(Op::Slice(index), &[x])
    }

    #[track_caller]
    pub(crate) fn record_permutation<'t>(&'t self, x: Var<'t, T>, order: &[usize]) -> Var<'t, T> {
        let index = self.inner_mut().graph.payloads.keep_permutation(Dims::from_slice(order));
        self.record(Op::Permute(index), &[x])
    }

    /// Keeps the first error of a recording; what failed is a handle on which nothing more is recorded.
    #[track_caller]
    pub(crate) fn fail<'t>(&'t self, operation: &str, operands: &[Var<'t, T>], reason: String) -> Var<'t, T> {
        self.fail_at(operation, operands, reason, Location::caller())
    }

    #[inline(never)]
    fn fail_at<'t>(&'t self, operation: &str, operands: &[Var<'t, T>], reason: String, source: Source) -> Var<'t, T> {
        let known = operands.iter().filter(|operand| !operand.is_failed() && std::ptr::eq(self, operand.tape()));
        let operands = known.map(|operand| operand.shape()).collect();
        let source_line = self.source(source);
        self.keep_error(Error::Recording { operation: operation.into(), operands, reason, source_line })
    }

    /// Refuses an operation over the open rows axis, saying why and what to do.
    #[track_caller]
    pub(crate) fn not_streamable(&self, operation: &str, reason: &str) -> Var<'_, T> {
        let source_line = self.source(Location::caller());
        self.keep_error(Error::NotStreamable { operation: operation.into(), reason: reason.into(), source_line })
    }

    #[inline(never)]
    pub(crate) fn keep_error(&self, error: Error) -> Var<'_, T> {
        self.inner_mut().error.get_or_insert(error);
        Var::new(self, NodeId::FAILED)
    }

    /// A number as a node: what code that is generic in the scalar writes for `2.0`. NaN where the scalar can't hold it.
    ///
    /// ```
    /// use autodiff::{Scalar, Tape, Var};
    /// fn half_square<'t, T: Scalar>(x: Var<'t, T>) -> Var<'t, T> {
    ///     x.tape().number(0.5) * x * x
    /// }
    /// let tape = Tape::<f32>::new();
    /// assert_eq!(half_square(tape.variable("x", 3.0)).item()?, 4.5);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn number(&self, value: f64) -> Var<'_, T> {
        self.scalar(real(value))
    }

    /// A number of the tape's own scalar as a node.
    #[inline(never)]
    #[track_caller]
    pub(crate) fn scalar(&self, value: T) -> Var<'_, T> {
        let source = Location::caller();
        let mut inner = self.inner_mut();
        if let Some(error) = inner.refusal(source) {
            drop(inner);
            return self.keep_error(error);
        }
        let source = inner.on_behalf_of.unwrap_or(source);
        let id = inner.graph.push_scalar(value, source);
        Var::new(self, id)
    }

    /// The failed handle that `operation` is if it can't be recorded on `operands`, whatever their shapes: one is of another
    /// tape, or could not be recorded itself.
    #[inline(never)]
    #[track_caller]
    pub(crate) fn refused<'t>(&'t self, operation: &str, operands: &[Var<'t, T>]) -> Option<Var<'t, T>> {
        match self.check_owns(operation, operands, self.source(Location::caller())) {
            Ok(()) => operands.iter().copied().find(|operand| operand.is_failed()),
            Err(error) => Some(self.keep_error(error)),
        }
    }

    /// Begins a derivative; [`DerivativeOf::node`] says of which node, from there on.
    pub(crate) fn begin_derivative(&self) -> DerivativeOf<'_, T> {
        let outer = self.inner().primals.last().and_then(|&(_, primal)| primal);
        DerivativeOf { tape: self, outer }
    }

    fn record_on_behalf_of(&self, primal: Option<NodeId>) {
        let mut inner = self.inner_mut();
        inner.on_behalf_of = primal.map(|primal| inner.graph.sources[primal.index()]);
        let next = NodeId(inner.graph.len() as u32);
        match inner.primals.last_mut() {
            Some((from, last)) if *from == next => *last = primal,
            Some((_, last)) if *last == primal => {}
            _ => inner.primals.push((next, primal)),
        }
    }

    /// Records a derivative that a rule needs by itself; nothing, and `None`, where that one's rules ask for others in turn.
    pub(crate) fn aside<R>(&self, record: impl FnOnce() -> R) -> Option<R> {
        struct Aside<'t, T: Scalar>(&'t Tape<T>);
        impl<T: Scalar> Drop for Aside<'_, T> {
            fn drop(&mut self) {
                self.0.inner_mut().is_aside = false;
            }
        }
        if std::mem::replace(&mut self.inner_mut().is_aside, true) {
            return None;
        }
        let _until_recorded = Aside(self);
        Some(record())
    }
}

/// A derivative that is being recorded. When it is dropped, by a panic in a user's rule too, recording goes on for what it was
/// recorded for before.
pub(crate) struct DerivativeOf<'t, T: Scalar> {
    tape: &'t Tape<T>,
    outer: Option<NodeId>,
}

impl<T: Scalar> DerivativeOf<'_, T> {
    /// What is recorded from here on belongs to the derivative of `primal`.
    pub(crate) fn node(&self, primal: NodeId) {
        self.tape.record_on_behalf_of(Some(primal));
    }
}

impl<T: Scalar> Drop for DerivativeOf<'_, T> {
    fn drop(&mut self) {
        self.tape.record_on_behalf_of(self.outer);
    }
}
