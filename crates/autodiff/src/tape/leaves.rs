//! The leaves of a tape: inputs, data, constants.

use super::{IndexVar, Tape, Var};
use crate::error::{Error, Result};
use crate::given::{IntoValue, owned};
use crate::graph::{Input, InputValue};
use crate::identity::Identity;
use crate::ops::{Op, check_size};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::value::{Evaluated, Value};
use ndarray::{ArcArray, ArrayD, IxDyn};
use std::panic::Location;
use std::sync::Arc;

/// What the names of index constants begin with.
const INDEX_CONSTANT: &str = "index constant";

/// Whether an input is an index constant: nothing else is bound in its place.
pub(crate) fn is_index_constant<T: Scalar>(input: &Input<T>) -> bool {
    matches!(input.value, InputValue::Indices(Some(_))) && input.name.starts_with(INDEX_CONSTANT)
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
    pub fn variable<'a>(&self, name: &str, value: impl IntoValue<'a, T>) -> Var<'_, T> {
        match self.taken("variable", value) {
            Ok(value) => self.leaf(name, Shape::fixed(value.shape()), InputValue::Numbers(Some(value))),
            Err(error) => self.keep_error(error),
        }
    }

    /// A rows input with a value at hand: the leading axis of `value` is the rows.
    #[track_caller]
    pub fn data<'a>(&self, name: &str, value: impl IntoValue<'a, T>) -> Var<'_, T> {
        match self.taken("data", value) {
            Ok(value) => self.rows_leaf("data", name, value.shape(), InputValue::Numbers(Some(value.clone()))),
            Err(error) => self.keep_error(error),
        }
    }

    /// A constant: its value is part of the recording.
    #[track_caller]
    pub fn constant<'a>(&self, value: impl IntoValue<'a, T>) -> Var<'_, T> {
        match self.taken("constant", value) {
            Ok(value) => self.push_constant("constant", value),
            Err(error) => self.keep_error(error),
        }
    }

    /// Indices that are part of the recording, as [`constant`](Self::constant) is for numbers: which rows of a table to take.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", &[1.0, 2.0, 3.0]);
    /// let (upper, lower) = (tape.index_constant(&[0, 0, 1]), tape.index_constant(&[1, 2, 2]));
    /// let products = x.gather(upper) * x.gather(lower); // of all pairs
    /// assert_eq!(products.sum().item()?, 11.0);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn index_constant<'a>(&self, value: impl IntoValue<'a, usize>) -> IndexVar<'_, T> {
        // An input with its value at hand, under a name that no other input of any tape has.
        self.index_variable(&format!("{INDEX_CONSTANT} {}", Identity::new()), value)
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
    pub fn index_data<'a>(&self, name: &str, value: impl IntoValue<'a, usize>) -> IndexVar<'_, T> {
        IndexVar::new(match self.taken("index_data", value) {
            Ok(value) => self.rows_leaf("index_data", name, value.shape(), InputValue::Indices(Some(value.clone()))),
            Err(error) => self.keep_error(error),
        })
    }

    /// A fixed input of indices with a value at hand.
    #[track_caller]
    pub fn index_variable<'a>(&self, name: &str, value: impl IntoValue<'a, usize>) -> IndexVar<'_, T> {
        IndexVar::new(match self.taken("index_variable", value) {
            Ok(value) => self.leaf(name, Shape::fixed(value.shape()), InputValue::Indices(Some(value))),
            Err(error) => self.keep_error(error),
        })
    }

    /// A constant that `operation` makes: zeros, as `fill` changes them.
    #[track_caller]
    pub(crate) fn constant_of(&self, operation: &str, dims: &[usize], fill: impl FnOnce(&mut ArrayD<T>)) -> Var<'_, T> {
        match self.memory().zeros(dims) {
            Ok(mut array) => {
                fill(&mut array);
                self.push_constant(operation, array.into_shared())
            }
            Err(shortage) => {
                let line = self.source(Location::caller());
                self.keep_error(
                    shortage.of(format!("{operation} at {line}, which needs a constant of shape {dims:?},")),
                )
            }
        }
    }

    /// The identity matrix, which `operation` needs.
    #[track_caller]
    pub(crate) fn identity_matrix(&self, operation: &str, len: usize) -> Var<'_, T> {
        self.constant_of(operation, &[len, len], |matrix| matrix.diag_mut().fill(T::one()))
    }

    #[inline(never)]
    #[track_caller]
    fn push_constant(&self, operation: &str, value: Value<T>) -> Var<'_, T> {
        let source = Location::caller();
        let refused = self.check_idle(source).err();
        if let Some(error) = refused {
            return self.keep_error(error);
        }
        if let Err(reason) = check_size::<T>(&Shape::fixed(value.shape())) {
            return self.fail(operation, &[], reason);
        }
        let mut inner = self.inner_mut();
        let source = inner.on_behalf_of.unwrap_or(source);
        let id = inner.graph.push_constant(value, source);
        drop(inner);
        self.var(id)
    }

    /// A value given by the user, copied if need be.
    #[track_caller]
    fn taken<'a, A: Clone + 'a>(&self, operation: &str, value: impl IntoValue<'a, A>) -> Result<ArcArray<A, IxDyn>> {
        let source = Location::caller();
        owned(value, self.memory())
            .map_err(|shortage| shortage.of(format!("a copy of the array given to `{operation}` at {source}")))
    }

    #[inline(never)]
    #[track_caller]
    fn rows_leaf(&self, operation: &str, name: &str, dims: &[usize], value: InputValue<T>) -> Var<'_, T> {
        match dims.split_first() {
            Some((_, trailing)) => self.leaf(name, Shape::rows(trailing), value),
            None => self.fail(operation, &[], format!("`{name}` needs a leading axis, the rows")),
        }
    }

    #[inline(never)]
    #[track_caller]
    fn leaf(&self, name: &str, shape: Shape, value: InputValue<T>) -> Var<'_, T> {
        let refused = self.check_idle(Location::caller()).err();
        if let Some(error) = refused {
            return self.keep_error(error);
        }
        let mut inner = self.inner_mut();
        let name: Arc<str> = name.into();
        let reason = if inner.names.contains_key(&name) {
            Some(format!("there is an input `{name}` already; inputs are identified by name"))
        } else {
            check_size::<T>(&shape).err()
        };
        if let Some(reason) = reason {
            drop(inner);
            return self.fail("input", &[], reason);
        }
        let place = inner.graph.inputs.len();
        inner.names.insert(name.clone(), place);
        let id = inner.graph.push_input(name, &shape, value, Location::caller());
        drop(inner);
        self.var(id)
    }
}

impl<'t, T: Scalar> Var<'t, T> {
    /// Gives an input a value at hand, in place of any before; what was computed from that is computed anew.
    ///
    /// That is for [`value`](Var::value), the checks, and what is compiled from now on. A program has the values at hand of when
    /// it was compiled, and doesn't see later ones: bind what changes.
    ///
    /// ```
    /// use autodiff::{Tape, bind};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", 1.0);
    /// let program = tape.compile(&[x * 10.0])?;
    /// x.set_value(2.0)?;
    /// assert_eq!((x * 10.0).item()?, 20.0);
    /// assert_eq!(program.run(&[])?[0][[]], 10.0);
    /// assert_eq!(program.run(&[bind("x", &ndarray::arr0(2.0))])?[0][[]], 20.0);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// # Errors
    /// Of a node that is not an input of numbers, or a value of another shape than it was declared with.
    #[track_caller]
    pub fn set_value<'a>(self, value: impl IntoValue<'a, T>) -> Result<()> {
        self.tape().check()?;
        self.tape().check_idle(Location::caller())?;
        let value = self.tape().taken("set_value", value)?;
        let mut inner = self.tape().inner_mut();
        let shape = inner.graph.shape(self.id()).clone();
        let place = if let Op::Input(place) = inner.graph.op(self.id()) { place as usize } else { usize::MAX };
        let Some(input) = inner.graph.inputs.get_mut(place) else {
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
        inner.forget_values();
        Ok(())
    }
}

/// Whether an array of shape `found` can be bound to the input `name` declared with shape `expected`.
pub(crate) fn check_bound_shape(name: &str, expected: &Shape, found: &[usize]) -> Result<()> {
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
