//! The leaves of a tape: inputs, data, constants.

use super::{IndexVar, Tape, Var};
use crate::error::Error;
use crate::graph::{IndexValue, InputValue, Value};
use crate::ops::{Evaluated, check_size};
use crate::scalar::Scalar;
use crate::shape::Shape;
use ndarray::{ArrayBase, ArrayD, Data, Dimension, IxDyn};
use std::panic::Location;
use std::sync::Arc;

/// What can be given as the value of a leaf: an ndarray array or view of any dimension, a reference to one, or a plain
/// `f64` or `f32`.
pub trait IntoValue<T> {
    /// The value as an array of its own.
    fn into_value(self) -> ArrayD<T>;
}

impl<T: Clone, S: Data<Elem = T>, D: Dimension> IntoValue<T> for ArrayBase<S, D> {
    fn into_value(self) -> ArrayD<T> {
        self.into_owned().into_dyn()
    }
}

impl<T: Clone, S: Data<Elem = T>, D: Dimension> IntoValue<T> for &ArrayBase<S, D> {
    fn into_value(self) -> ArrayD<T> {
        self.to_owned().into_dyn()
    }
}

impl IntoValue<f64> for f64 {
    fn into_value(self) -> ArrayD<f64> {
        ArrayD::from_elem(IxDyn(&[]), self)
    }
}

impl IntoValue<f32> for f32 {
    fn into_value(self) -> ArrayD<f32> {
        ArrayD::from_elem(IxDyn(&[]), self)
    }
}

fn shared<A: Clone>(value: impl IntoValue<A>) -> ndarray::ArcArray<A, IxDyn> {
    value.into_value().into_shared()
}

impl<T: Scalar> Tape<T> {
    /// A *fixed* input of the given shape, bound when a program runs: parameters, mostly.
    #[track_caller]
    pub fn input(&self, name: &str, shape: &[usize]) -> Var<'_, T> {
        self.leaf(name, Shape::fixed(shape), InputValue::Numbers(None))
    }

    /// A *rows* input: an array whose leading axis, the observations, has no length on the tape; `trailing` is the shape
    /// of one row (`&[]` for one number a row). All rows inputs of a tape have the same rows.
    #[track_caller]
    pub fn rows(&self, name: &str, trailing: &[usize]) -> Var<'_, T> {
        self.leaf(name, Shape::rows(trailing), InputValue::Numbers(None))
    }

    /// A fixed input with a value at hand: what [`Var::value`] uses, and a program where nothing else is bound.
    #[track_caller]
    pub fn variable(&self, name: &str, value: impl IntoValue<T>) -> Var<'_, T> {
        let value = shared(value);
        self.leaf(name, Shape::fixed(value.shape()), InputValue::Numbers(Some(value)))
    }

    /// A rows input with a value at hand: the leading axis of `value` is the rows.
    #[track_caller]
    pub fn data(&self, name: &str, value: impl IntoValue<T>) -> Var<'_, T> {
        let value: Value<T> = shared(value);
        match value.shape().split_first() {
            Some((_, trailing)) => self.leaf(name, Shape::rows(trailing), InputValue::Numbers(Some(value.clone()))),
            None => self.fail("data", &[], format!("`{name}` needs a leading axis, the rows")),
        }
    }

    /// A constant: its value is part of the recording.
    #[track_caller]
    pub fn constant(&self, value: impl IntoValue<T>) -> Var<'_, T> {
        self.push_constant(shared(value))
    }

    /// A fixed input of indices (group numbers, class labels), usable where an index is meant.
    #[track_caller]
    pub fn index_input(&self, name: &str, shape: &[usize]) -> IndexVar<'_, T> {
        IndexVar::new(self.leaf(name, Shape::fixed(shape), InputValue::Indices(None)))
    }

    /// A rows input of indices; `trailing` is the shape of one row.
    #[track_caller]
    pub fn index_rows(&self, name: &str, trailing: &[usize]) -> IndexVar<'_, T> {
        IndexVar::new(self.leaf(name, Shape::rows(trailing), InputValue::Indices(None)))
    }

    /// A rows input of indices with a value at hand: the leading axis of `value` is the rows.
    #[track_caller]
    pub fn index_data(&self, name: &str, value: impl IntoValue<usize>) -> IndexVar<'_, T> {
        let value: IndexValue = shared(value);
        IndexVar::new(match value.shape().split_first() {
            Some((_, trailing)) => self.leaf(name, Shape::rows(trailing), InputValue::Indices(Some(value.clone()))),
            None => self.fail("index_data", &[], format!("`{name}` needs a leading axis, the rows")),
        })
    }

    /// A fixed input of indices with a value at hand.
    #[track_caller]
    pub fn index_variable(&self, name: &str, value: impl IntoValue<usize>) -> IndexVar<'_, T> {
        let value: IndexValue = shared(value);
        IndexVar::new(self.leaf(name, Shape::fixed(value.shape()), InputValue::Indices(Some(value))))
    }

    #[track_caller]
    fn leaf(&self, name: &str, shape: Shape, value: InputValue<T>) -> Var<'_, T> {
        let mut inner = self.inner_mut();
        let name: Arc<str> = name.into();
        let reason = if !inner.names.insert(name.clone()) {
            Some(format!("there is an input `{name}` already; inputs are told apart by name"))
        } else {
            check_size(&shape).err()
        };
        if let Some(reason) = reason {
            drop(inner);
            return self.fail("input", &[], reason);
        }
        let id = inner.graph.push_input(name, &shape, value, Location::caller());
        drop(inner);
        self.var(id)
    }
}

impl<'t, T: Scalar> Var<'t, T> {
    /// Gives an input a value at hand, in place of any before; what was computed from that is computed anew.
    ///
    /// # Errors
    /// Of a node that is not an input of numbers, or a value of another shape than it was declared with.
    #[track_caller]
    pub fn set_value(self, value: impl IntoValue<T>) -> crate::Result<()> {
        self.tape().check()?;
        let value = shared(value);
        let mut inner = self.tape().inner_mut();
        let shape = inner.graph.shape(self.id()).clone();
        let node = self.id();
        let Some(input) = inner.graph.inputs.iter_mut().find(|input| input.node == node) else {
            return Err(Error::Recording {
                operation: "set_value".into(),
                operands: vec![shape],
                reason: "only an input can be given a value".into(),
                source_line: Location::caller(),
            });
        };
        check_bound_shape(&input.name, &shape, value.shape())?;
        match &mut input.value {
            InputValue::Numbers(slot) => *slot = Some(value),
            InputValue::Indices(_) => {
                let (expected, found) = ("indices", "numbers");
                return Err(Error::InputKind { name: input.name.to_string(), expected, found });
            }
        }
        inner.values.clear();
        Ok(())
    }
}

/// Whether an array of shape `found` can be bound to the input `name` declared with shape `expected`.
pub(crate) fn check_bound_shape(name: &str, expected: &Shape, found: &[usize]) -> crate::Result<()> {
    let fits = match (expected.has_rows(), found.split_first()) {
        (true, Some((_, trailing))) => trailing == expected.trailing(),
        (true, None) => false,
        (false, _) => found == expected.trailing(),
    };
    if fits {
        return Ok(());
    }
    Err(Error::InputShape { name: name.into(), expected: expected.clone(), found: found.to_vec() })
}

/// The value at hand of an input, if it has one.
pub(crate) fn value_at_hand<T: Scalar>(value: &InputValue<T>) -> Option<Evaluated<T>> {
    match value {
        InputValue::Numbers(value) => value.clone().map(Evaluated::Numbers),
        InputValue::Indices(value) => value.clone().map(Evaluated::Indices),
    }
}
