//! The catalogue of operations: what each computes, its derivative, its domain and edges, and how exact it is.
//!
//! There is one registry, and this module reads it: the tables of the elementwise operations (`ops/unary.rs` and
//! `ops/binary.rs`) and that of the calls of all others (`catalogue/calls.rs`). The documentation below is generated from it,
//! and a test that is to hold for every operation runs over [`operations`]:
//!
//! ```
//! use autodiff::{Tape, catalogue};
//! for operation in catalogue::operations() {
//!     let tape = Tape::<f64>::new();
//!     let operands: Vec<_> = operation
//!         .operands()
//!         .iter()
//!         .enumerate()
//!         .map(|(index, sample)| {
//!             let middle = (sample.low + sample.high) / 2.0;
//!             let shape = sample.shape.unwrap_or(&[3]);
//!             tape.variable(&format!("x{index}"), ndarray::ArrayD::from_elem(shape, middle))
//!         })
//!         .collect();
//!     let result = operation.record(&tape, &operands);
//!     result.value()?;
//! }
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
#![doc = include_str!("operations.md")]

mod calls;
#[cfg(test)]
mod table;

pub use crate::ops::Sample;

use crate::ops::{Binary, Entry, Unary};
use crate::scalar::Scalar;
use crate::tape::{Tape, Var};
use calls::Call;

/// An operation of the catalogue.
///
/// ```
/// let sigmoid = autodiff::catalogue::operations().find(|operation| operation.name() == "sigmoid").unwrap();
/// assert!(sigmoid.is_elementwise() && sigmoid.ulp().is_some());
/// println!("{}: {}, derivative {}", sigmoid.name(), sigmoid.formula(), sigmoid.derivative());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Unary(Unary),
    Binary(Binary),
    Call(Call),
}

/// All operations: the elementwise ones of one and of two operands, then the others.
pub fn operations() -> impl Iterator<Item = Operation> {
    let unary = Unary::ALL.iter().map(|&unary| Kind::Unary(unary));
    let binary = Binary::ALL.iter().map(|&binary| Kind::Binary(binary));
    let calls = Call::ALL.iter().map(|&call| Kind::Call(call));
    unary.chain(binary).chain(calls).map(|kind| Operation { kind })
}

impl Operation {
    fn entry(self) -> &'static Entry {
        match self.kind {
            Kind::Unary(unary) => unary.entry(),
            Kind::Binary(binary) => binary.entry(),
            Kind::Call(call) => call.entry(),
        }
    }

    /// The name of the method of [`Var`], or the call with its parameters, such as `sum_axes(&[0])`.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What it computes, of an operand `x` or of `a` and `b`.
    pub fn formula(self) -> &'static str {
        self.entry().formula
    }

    /// The derivatives, of an operation with several operands separated by semicolons; `y` is the result. Where an
    /// operation is no function of single elements, its vjp: the operand's adjoint from the result's, `ȳ`.
    pub fn derivative(self) -> &'static str {
        self.entry().derivative
    }

    /// The domain, and what happens at its edges.
    pub fn domain(self) -> &'static str {
        self.entry().domain
    }

    /// One sample for each operand; the samples lie within the domain.
    pub fn operands(self) -> &'static [Sample] {
        self.entry().operands
    }

    /// The largest error of the value seen in a program, in units in the last place, for `f64` and `f32`, against values of
    /// 400 bits and more at thousands of points over the whole domain, all binades included; `None` where it depends on
    /// parameters, the length of a sum or the condition of a matrix. It is measured (on x86-64 with fused multiply-add, and the
    /// GNU C library where `std` calls it), not proved.
    pub fn ulp(self) -> Option<[f64; 2]> {
        self.entry().ulp
    }

    /// Whether each element of the result depends on the same element of the (broadcast) operands alone.
    pub fn is_elementwise(self) -> bool {
        self.operands().iter().all(|operand| operand.shape.is_none())
    }

    /// Records the operation on operands of one tape, as many as [`operands`](Self::operands) has.
    ///
    /// A wrong number of operands is an error of the recording, as a wrong shape is.
    #[track_caller]
    pub fn record<'t, T: Scalar>(self, tape: &'t Tape<T>, operands: &[Var<'t, T>]) -> Var<'t, T> {
        if let Some(failed) = tape.refused(self.name(), operands) {
            return failed;
        }
        let recorded = match (self.kind, operands) {
            (Kind::Unary(unary), &[x]) => Some(x.unary(unary)),
            (Kind::Binary(binary), &[a, b]) => Some(a.binary(binary, b)),
            (Kind::Call(call), operands) => call.record(operands),
            _ => None,
        };
        match recorded {
            Some(recorded) => recorded,
            None => {
                let (expected, found) = (self.operands().len(), operands.len());
                tape.fail(self.name(), operands, format!("it takes {expected} operands, but {found} are given"))
            }
        }
    }
}
