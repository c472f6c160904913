//! Arrays bound to a program's inputs.

use crate::error::{Error, Result};
use crate::graph::{Graph, Input, InputValue};
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::{IndexVar, Tape, Var, check_bound_shape};
use ndarray::{ArrayBase, ArrayViewD, Data, Dimension};
use smallvec::SmallVec;
use std::sync::Arc;

/// An array bound to an input for one run: by name ([`bind`], [`bind_indices`]) or by handle ([`Var::bind`],
/// [`IndexVar::bind`]).
#[derive(Clone, Debug)]
pub struct Binding<'a, T> {
    key: Key<'a>,
    array: Bound<'a, T>,
}

#[derive(Clone, Debug)]
enum Key<'a> {
    Name(&'a str),
    Handle(Arc<str>),
}

/// The elements an input is bound to.
#[derive(Clone, Debug)]
pub(crate) enum Bound<'a, T> {
    Numbers(ArrayViewD<'a, T>),
    Indices(ArrayViewD<'a, usize>),
}

/// Binds an array, of any memory layout, to the input named `name`.
///
/// ```
/// use autodiff::{Tape, bind};
/// use ndarray::arr1;
/// let tape = Tape::<f64>::new();
/// let total = tape.rows("x", &[]).sum();
/// let program = tape.compile(&[total])?;
/// assert_eq!(program.run(&[bind("x", &arr1(&[1.0, 2.0]))])?[0][[]], 3.0);
/// # Ok::<(), autodiff::Error>(())
/// ```
pub fn bind<'a, T, S: Data<Elem = T>, D: Dimension>(name: &'a str, array: &'a ArrayBase<S, D>) -> Binding<'a, T> {
    Binding { key: Key::Name(name), array: Bound::Numbers(array.view().into_dyn()) }
}

/// Binds an array of indices to the index input named `name`.
pub fn bind_indices<'a, T, S: Data<Elem = usize>, D: Dimension>(
    name: &'a str,
    array: &'a ArrayBase<S, D>,
) -> Binding<'a, T> {
    Binding { key: Key::Name(name), array: Bound::Indices(array.view().into_dyn()) }
}

impl<'t, T: Scalar> Var<'t, T> {
    /// Binds an array to this input.
    pub fn bind<'a, S: Data<Elem = T>, D: Dimension>(self, array: &'a ArrayBase<S, D>) -> Binding<'a, T> {
        Binding { key: Key::Handle(self.input_name()), array: Bound::Numbers(array.view().into_dyn()) }
    }

    fn input_name(self) -> Arc<str> {
        if self.is_failed() {
            return Arc::from("an operation that could not be recorded");
        }
        let inner = self.tape().inner();
        match inner.graph.op(self.id()) {
            Op::Input(index) => inner.graph.inputs[index as usize].name.clone(),
            op => Arc::from(format!("the result of {}", op.name())),
        }
    }
}

impl<'t, T: Scalar> IndexVar<'t, T> {
    /// Binds an array of indices to this input.
    pub fn bind<'a, S: Data<Elem = usize>, D: Dimension>(self, array: &'a ArrayBase<S, D>) -> Binding<'a, T> {
        Binding { key: Key::Handle(self.node().input_name()), array: Bound::Indices(array.view().into_dyn()) }
    }
}

impl<T: Scalar> Tape<T> {
    /// Gives the bound inputs values at hand, in place of any before: what a program would run on is then what `value()` and
    /// the checks of derivatives see. The arrays are copied.
    ///
    /// ```
    /// use autodiff::{Tape, bind};
    /// use ndarray::arr1;
    /// let tape = Tape::<f64>::new();
    /// let total = tape.rows("x", &[]).sum();
    /// tape.set_values(&[bind("x", &arr1(&[1.0, 2.0]))])?;
    /// assert_eq!(total.value()?[[]], 3.0);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// # Errors
    /// The first error of the recording; a binding that names no input, holds the wrong kind of elements, or has another
    /// shape than the input was declared with.
    pub fn set_values(&self, bindings: &[Binding<'_, T>]) -> Result<()> {
        self.check()?;
        let mut inner = self.inner_mut();
        inner.values.clear();
        for binding in bindings {
            let Some(place) = inner.graph.inputs.iter().position(|input| *input.name == *binding.name()) else {
                let known = inner.graph.inputs.iter().map(|input| input.name.to_string()).collect();
                return Err(Error::UnknownInput { name: binding.name().into(), known });
            };
            let shape = inner.graph.shape(inner.graph.inputs[place].node).clone();
            let input = &mut inner.graph.inputs[place];
            let array = bound_array(input, &shape, std::slice::from_ref(binding))?;
            check_bound_shape(&input.name, &shape, array.shape())?;
            input.value = match array {
                Bound::Numbers(array) => InputValue::Numbers(Some(array.to_shared())),
                Bound::Indices(array) => InputValue::Indices(Some(array.to_shared())),
            };
        }
        Ok(())
    }
}

impl<T> Bound<'_, T> {
    fn shape(&self) -> &[usize] {
        match self {
            Bound::Numbers(array) => array.shape(),
            Bound::Indices(array) => array.shape(),
        }
    }
}

impl<'a, T> Binding<'a, T> {
    /// The name of the input.
    pub fn name(&self) -> &str {
        match &self.key {
            Key::Name(name) => name,
            Key::Handle(name) => name,
        }
    }

    /// The array, if it holds numbers.
    pub fn numbers(&self) -> Option<ArrayViewD<'a, T>> {
        match &self.array {
            Bound::Numbers(array) => Some(array.clone()),
            Bound::Indices(_) => None,
        }
    }

    /// The array, if it holds indices.
    pub fn indices(&self) -> Option<ArrayViewD<'a, usize>> {
        match &self.array {
            Bound::Numbers(_) => None,
            Bound::Indices(array) => Some(array.clone()),
        }
    }
}

/// The arrays of a run, in the order of the program's inputs, and the number of rows.
pub(crate) struct BoundInputs<'a, T> {
    pub(crate) arrays: SmallVec<[Bound<'a, T>; 8]>,
    pub(crate) rows: usize,
}

/// Matches bindings with the inputs a program needs; `known` are the names of all inputs of its tape.
pub(crate) fn resolve<'a, T: Scalar>(
    graph: &'a Graph<T>,
    known: &[Arc<str>],
    bindings: &'a [Binding<'_, T>],
) -> Result<BoundInputs<'a, T>> {
    for (index, binding) in bindings.iter().enumerate() {
        let name = binding.name();
        if !known.iter().any(|known| **known == *name) {
            let known = known.iter().map(ToString::to_string).collect();
            return Err(Error::UnknownInput { name: name.into(), known });
        }
        if bindings[..index].iter().any(|earlier| earlier.name() == name) {
            return Err(Error::BoundTwice { name: name.into() });
        }
    }
    let mut arrays = SmallVec::new();
    let mut rows: Option<(&str, usize)> = None;
    for input in &graph.inputs {
        let shape = graph.shape(input.node);
        let bound = bound_array(input, shape, bindings)?;
        let dims = bound.shape();
        check_bound_shape(&input.name, shape, dims)?;
        if shape.has_rows() {
            let found = dims.first().copied().unwrap_or(0);
            match rows {
                None => rows = Some((&input.name, found)),
                Some((_, expected)) if expected == found => {}
                Some((other, expected)) => {
                    let (name, other) = (input.name.to_string(), other.to_string());
                    return Err(Error::RowsDiffer { name, found, other, expected });
                }
            }
        }
        arrays.push(bound);
    }
    Ok(BoundInputs { arrays, rows: rows.map_or(0, |(_, rows)| rows) })
}

fn bound_array<'a, T: Scalar>(
    input: &'a Input<T>,
    shape: &Shape,
    bindings: &'a [Binding<'_, T>],
) -> Result<Bound<'a, T>> {
    if let Some(binding) = bindings.iter().find(|binding| binding.name() == &*input.name) {
        return match (&input.value, &binding.array) {
            (InputValue::Numbers(_), Bound::Indices(_)) => Err(kind(input, "numbers", "indices")),
            (InputValue::Indices(_), Bound::Numbers(_)) => Err(kind(input, "indices", "numbers")),
            (_, Bound::Numbers(array)) => Ok(Bound::Numbers(array.view())),
            (_, Bound::Indices(array)) => Ok(Bound::Indices(array.view())),
        };
    }
    match &input.value {
        InputValue::Numbers(Some(value)) => Ok(Bound::Numbers(value.view())),
        InputValue::Indices(Some(value)) => Ok(Bound::Indices(value.view())),
        _ => Err(Error::Unbound { name: input.name.to_string(), shape: shape.clone() }),
    }
}

fn kind<T: Scalar>(input: &Input<T>, expected: &'static str, found: &'static str) -> Error {
    Error::InputKind { name: input.name.to_string(), expected, found }
}
