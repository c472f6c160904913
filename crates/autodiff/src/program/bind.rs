//! Arrays bound to a program's inputs.

use crate::error::{Error, Result, Source};
use crate::given::Bindable;
use crate::graph::{Input, InputValue};
use crate::identity::Identity;
use crate::memory::Limit;
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::tape::{IndexVar, Inner, Tape, Var, check_bound_shape};
use ndarray::{ArrayViewD, CowArray, IxDyn};
use std::panic::Location;
use std::sync::Arc;

/// An array bound to an input for one run: by name ([`bind`], [`bind_indices`]) or by handle ([`Var::bind`],
/// [`IndexVar::bind`]).
///
/// ```
/// use autodiff::{Binding, bind};
/// let data = ndarray::arr1(&[1.0, 2.0]);
/// let binding: Binding<'_, f64> = bind("x", &data);
/// assert_eq!((binding.name(), binding.numbers().map(|x| x.len())), ("x", Some(2)));
/// ```
#[derive(Clone, Debug)]
pub struct Binding<'a, T> {
    key: Key<'a>,
    pub(super) array: Bound<'a, T>,
}

#[derive(Clone, Debug)]
enum Key<'a> {
    Name(&'a str),
    Handle { name: Arc<str>, tape: Identity, source_line: Source },
}

/// The elements an input is bound to.
#[derive(Clone, Debug)]
pub(crate) enum Bound<'a, T> {
    Numbers(CowArray<'a, T, IxDyn>),
    Indices(CowArray<'a, usize, IxDyn>),
}

/// Binds an array, a slice or a number ([`Bindable`](crate::Bindable)) to the input named `name`.
///
/// ```
/// use autodiff::{Tape, bind};
/// use ndarray::arr1;
/// let tape = Tape::<f64>::new();
/// let total = (tape.rows("x", &[]) * tape.input("scale", &[])).sum();
/// let program = tape.compile(&[total])?;
/// assert_eq!(program.run(&[bind("x", &arr1(&[1.0, 2.0])), bind("scale", 10.0)])?.number(0)?, 30.0);
/// # Ok::<(), autodiff::Error>(())
/// ```
pub fn bind<'a, T: Scalar>(name: &'a str, array: impl Bindable<'a, T>) -> Binding<'a, T> {
    Binding { key: Key::Name(name), array: Bound::Numbers(array.into_value()) }
}

/// Binds indices to the index input named `name`.
///
/// ```
/// use autodiff::{Tape, bind_indices};
/// let tape = Tape::<f64>::new();
/// let effects = tape.variable("effects", &[10.0, 20.0]);
/// let program = tape.compile(&[effects.gather(tape.index_rows("group", &[])).sum()])?;
/// assert_eq!(program.run(&[bind_indices("group", &[0, 1, 1])])?.number(0)?, 50.0);
/// # Ok::<(), autodiff::Error>(())
/// ```
pub fn bind_indices<'a, T: Scalar>(name: &'a str, indices: impl Bindable<'a, usize>) -> Binding<'a, T> {
    Binding { key: Key::Name(name), array: Bound::Indices(indices.into_value()) }
}

impl<'t, T: Scalar> Var<'t, T> {
    /// Binds an array, a slice or a number to this input.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (x, theta) = (tape.rows("X", &[2]), tape.input("theta", &[2]));
    /// let program = tape.compile(&[x.linear(theta).sum()])?;
    /// let results = program.run(&[x.bind(&[[1.0, 2.0], [3.0, 4.0]]), theta.bind(&[1.0, 10.0])])?;
    /// assert_eq!(results.number(0)?, 64.0);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn bind<'a>(self, array: impl Bindable<'a, T>) -> Binding<'a, T> {
        Binding { key: self.key(Location::caller()), array: Bound::Numbers(array.into_value()) }
    }

    fn key(self, source_line: Source) -> Key<'static> {
        Key::Handle { name: self.input_name(), tape: self.tape().identity(), source_line }
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
    /// Binds indices to this input.
    #[track_caller]
    pub fn bind<'a>(self, indices: impl Bindable<'a, usize>) -> Binding<'a, T> {
        Binding { key: self.node().key(Location::caller()), array: Bound::Indices(indices.into_value()) }
    }
}

impl<T: Scalar> Tape<T> {
    /// Gives the bound inputs values at hand, in place of any before: what a program would run on is then what `value()` and
    /// the checks of derivatives see. The arrays are copied. Programs that are compiled already keep theirs, as with
    /// [`Var::set_value`].
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
    /// The first error of the recording; a binding that names no input, is by a handle of another tape, holds the wrong kind of
    /// elements, or has another shape than the input was declared with; memory that can't be had. Then no value is changed.
    #[inline(never)]
    #[track_caller]
    pub fn set_values(&self, bindings: &[Binding<'_, T>]) -> Result<()> {
        self.check()?;
        self.check_idle(Location::caller())?;
        let mut inner = self.inner_mut();
        let mut given = Vec::with_capacity(bindings.len());
        for binding in bindings {
            let (place, array) = bound_input(&inner, self.identity(), binding)?;
            given.push((place, array.to_value(binding.name(), inner.memory)?));
        }
        inner.forget_values();
        for (place, value) in given {
            inner.graph.inputs[place].value = value;
        }
        Ok(())
    }

    /// Makes sure that bindings are of inputs of this recording and fit them, before anything is compiled; gives the number of
    /// rows that they and the values at hand have, if there are any.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (x, y) = (tape.rows("x", &[]), tape.data("y", &[1.0, 2.0]));
    /// assert_eq!(tape.check_bindings(&[x.bind(&[3.0, 4.0])])?, Some(2));
    /// assert!(tape.check_bindings(&[x.bind(&[3.0])]).is_err());
    /// # let _ = y;
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`set_values`](Self::set_values); an input that is bound twice; numbers of rows that differ.
    pub fn check_bindings(&self, bindings: &[Binding<'_, T>]) -> Result<Option<usize>> {
        self.check()?;
        let inner = self.inner();
        let mut bound = vec![None; inner.graph.inputs.len()];
        for binding in bindings {
            let (place, array) = bound_input(&inner, self.identity(), binding)?;
            if bound[place].replace(array.shape()).is_some() {
                return Err(Error::BoundTwice { name: binding.name().into() });
            }
        }
        let mut rows = Rows::default();
        for (input, bound) in inner.graph.inputs.iter().zip(&bound) {
            if inner.graph.shape(input.node).has_rows()
                && let Some(dims) = bound.or(value_shape(&input.value))
            {
                rows.agree(input, dims)?;
            }
        }
        Ok(rows.known.map(|(_, rows)| rows))
    }
}

/// The place of the input that a binding is of, and its array, which fits.
fn bound_input<'b, 'a, T: Scalar>(
    inner: &Inner<T>,
    tape: Identity,
    binding: &'b Binding<'a, T>,
) -> Result<(usize, &'b Bound<'a, T>)> {
    binding.check_tape(tape)?;
    let Some(place) = inner.input_named(binding.name()) else {
        let known = inner.graph.inputs.iter().map(|input| input.name.to_string()).collect();
        return Err(Error::UnknownInput { name: binding.name().into(), known });
    };
    let input = &inner.graph.inputs[place];
    let array = bound_array(input, binding)?;
    check_bound_shape(&input.name, inner.graph.shape(input.node), array.shape())?;
    Ok((place, array))
}

/// The shape of the value at hand, if there is one.
pub(super) fn value_shape<T: Scalar>(value: &InputValue<T>) -> Option<&[usize]> {
    match value {
        InputValue::Numbers(value) => value.as_ref().map(|value| value.shape()),
        InputValue::Indices(value) => value.as_ref().map(|value| value.shape()),
    }
}

/// The number of rows that all inputs on them have to agree about, and the input that said it first.
pub(super) struct Rows<'a, T: Scalar> {
    pub(super) known: Option<(&'a Input<T>, usize)>,
}

impl<T: Scalar> Default for Rows<'_, T> {
    fn default() -> Self {
        Rows { known: None }
    }
}

impl<'a, T: Scalar> Rows<'a, T> {
    pub(super) fn agree(&mut self, input: &'a Input<T>, dims: &[usize]) -> Result<()> {
        let found = dims.first().copied().unwrap_or(0);
        let (other, expected) = *self.known.get_or_insert((input, found));
        if expected == found {
            return Ok(());
        }
        let (name, other) = (input.name.to_string(), other.name.to_string());
        Err(Error::RowsDiffer { name, found, other, expected })
    }
}

impl<T: Scalar> Bound<'_, T> {
    /// A copy, as the value at hand of the input `name`.
    pub(super) fn to_value(&self, name: &str, limit: Limit) -> Result<InputValue<T>> {
        let asked = match self {
            Bound::Numbers(array) => limit.ask_array::<T>(array.shape()),
            Bound::Indices(array) => limit.ask_array::<usize>(array.shape()),
        };
        asked.map_err(|shortage| shortage.of(format!("a copy of the array bound to `{name}`")))?;
        Ok(match self {
            Bound::Numbers(array) => InputValue::Numbers(Some(array.to_shared())),
            Bound::Indices(array) => InputValue::Indices(Some(array.to_shared())),
        })
    }
}

impl<T> Bound<'_, T> {
    pub(super) fn shape(&self) -> &[usize] {
        match self {
            Bound::Numbers(array) => array.shape(),
            Bound::Indices(array) => array.shape(),
        }
    }
}

impl<'a, T> Binding<'a, T> {
    pub(super) fn named(name: &'a str, array: Bound<'a, T>) -> Self {
        Binding { key: Key::Name(name), array }
    }

    /// The name of the input.
    pub fn name(&self) -> &str {
        match &self.key {
            Key::Name(name) => name,
            Key::Handle { name, .. } => name,
        }
    }

    /// Whether this is by name, or by a handle of the tape.
    pub(super) fn check_tape(&self, tape: Identity) -> Result<()> {
        match self.key {
            Key::Handle { tape: own, source_line, .. } if own != tape => {
                Err(Error::ForeignTape { operation: format!("bind of `{}`", self.name()), source_line })
            }
            _ => Ok(()),
        }
    }

    /// The same by the input's name, for a recording made again on another tape ([`Tape::substitute`]).
    pub fn by_name(&self) -> Binding<'_, T>
    where
        T: Clone,
    {
        let array = match &self.array {
            Bound::Numbers(array) => Bound::Numbers(array.view().into()),
            Bound::Indices(array) => Bound::Indices(array.view().into()),
        };
        Binding { key: Key::Name(self.name()), array }
    }

    /// The array, if it holds numbers.
    pub fn numbers(&self) -> Option<ArrayViewD<'_, T>> {
        match &self.array {
            Bound::Numbers(array) => Some(array.view()),
            Bound::Indices(_) => None,
        }
    }

    /// The array, if it holds indices.
    pub fn indices(&self) -> Option<ArrayViewD<'_, usize>> {
        match &self.array {
            Bound::Numbers(_) => None,
            Bound::Indices(array) => Some(array.view()),
        }
    }

    /// The array, if it holds numbers: as it was given, borrowed or handed over.
    pub fn into_numbers(self) -> Option<CowArray<'a, T, IxDyn>> {
        match self.array {
            Bound::Numbers(array) => Some(array),
            Bound::Indices(_) => None,
        }
    }

    /// The same for indices.
    pub fn into_indices(self) -> Option<CowArray<'a, usize, IxDyn>> {
        match self.array {
            Bound::Numbers(_) => None,
            Bound::Indices(array) => Some(array),
        }
    }
}

/// The array of a binding, if it is of the kind that its input takes.
pub(super) fn bound_array<'a, 'b, T: Scalar>(
    input: &Input<T>,
    binding: &'a Binding<'b, T>,
) -> Result<&'a Bound<'b, T>> {
    match (&input.value, &binding.array) {
        (InputValue::Numbers(_), Bound::Indices(_)) => Err(kind(input, "numbers", "indices")),
        (InputValue::Indices(_), Bound::Numbers(_)) => Err(kind(input, "indices", "numbers")),
        (_, array) => Ok(array),
    }
}

fn kind<T: Scalar>(input: &Input<T>, expected: &'static str, found: &'static str) -> Error {
    Error::InputKind { name: input.name.to_string(), expected, found }
}
