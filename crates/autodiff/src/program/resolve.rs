//! Which binding is of which input of a program, and the arrays of a run.

use super::bind::{Binding, Bound, Rows, bound_array, value_shape};
use crate::error::{Error, Result};
use crate::graph::{Graph, Input, InputValue};
use crate::identity::Identity;
use crate::memory::Limit;
use crate::scalar::Scalar;
use crate::tape::check_bound_shape;
use ndarray::{ArrayRef, ArrayViewD, Axis, IxDyn, Slice};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// The names that bindings may have: of all inputs of the tape, though a program needs only some.
pub(crate) struct Names {
    tape: Identity,
    all: Vec<Arc<str>>,
    places: HashMap<Arc<str>, usize>,
    /// For each input of the program, its place among all.
    needed: Vec<usize>,
}

impl Names {
    /// The names of the inputs of a tape, of which `program` has kept some.
    pub(crate) fn new<T: Scalar>(tape: Identity, recorded: &Graph<T>, program: &Graph<T>) -> Self {
        let all: Vec<Arc<str>> = recorded.inputs.iter().map(|input| input.name.clone()).collect();
        let places = all.iter().cloned().zip(0..).collect();
        let mut names = Names { tape, all, places, needed: Vec::with_capacity(program.inputs.len()) };
        for input in &program.inputs {
            let next = names.needed.last().map_or(0, |place| place + 1);
            names.needed.extend(names.place(&input.name, next));
        }
        names
    }

    /// The place of a name among the inputs of the program, if that needs it.
    pub(crate) fn program_place(&self, name: &str) -> Option<u32> {
        let place = self.places.get(name)?;
        self.needed.iter().position(|needed| needed == place).map(|place| place as u32)
    }

    /// The place of a name; looked for at `guess` first, since most callers bind in the order of declaration.
    fn place(&self, name: &str, guess: usize) -> Result<usize> {
        if self.all.get(guess).is_some_and(|guessed| **guessed == *name) {
            return Ok(guess);
        }
        self.places.get(name).copied().ok_or_else(|| {
            let known = self.all.iter().map(ToString::to_string).collect();
            Error::UnknownInput { name: name.into(), known }
        })
    }
}

/// By place among all inputs, the number of its binding, if it has one. Kept from run to run for its memory.
pub(crate) type Matches = Vec<Option<u32>>;

/// The arrays of a run, and the number of rows. Nothing is copied: an input's array is looked up where it is bound.
pub(crate) struct BoundInputs<'a, 'b, T: Scalar> {
    inputs: &'a [Input<T>],
    bindings: &'a [Binding<'b, T>],
    needed: &'a [usize],
    matches: &'a [Option<u32>],
    /// Of a lifted program, all arrays, in the order of the inputs.
    views: &'a [ArrayViewD<'b, T>],
    pub(crate) rows: usize,
}

impl<'a, 'b, T: Scalar> BoundInputs<'a, 'b, T> {
    /// Inputs that all have their values at hand, of so many rows.
    pub(crate) fn at_hand(inputs: &'a [Input<T>], rows: usize) -> Self {
        BoundInputs { inputs, bindings: &[], needed: &[], matches: &[], views: &[], rows }
    }

    /// Inputs that are all views.
    pub(crate) fn views(inputs: &'a [Input<T>], views: &'a [ArrayViewD<'b, T>], rows: usize) -> Self {
        BoundInputs { views, ..Self::at_hand(inputs, rows) }
    }

    /// Copies of what the fixed inputs are bound to.
    pub(crate) fn fixed<'g>(&self, graph: &'g Graph<T>, limit: Limit) -> Result<Vec<Binding<'g, T>>> {
        let mut fixed = Vec::new();
        for (input, place) in graph.inputs.iter().zip(0..) {
            let Some(array) = self.binding(place).filter(|_| !graph.shape(input.node).has_rows()) else { continue };
            let array = match array.to_value(&input.name, limit)? {
                InputValue::Numbers(value) => value.map(|value| Bound::Numbers(value.into_owned().into())),
                InputValue::Indices(value) => value.map(|value| Bound::Indices(value.into_owned().into())),
            };
            fixed.extend(array.map(|array| Binding::named(&input.name, array)));
        }
        Ok(fixed)
    }

    /// Some of the rows of what the inputs on them are bound to.
    pub(crate) fn rows_from(&self, graph: &'a Graph<T>, rows: Range<usize>) -> Result<Vec<Binding<'a, T>>> {
        let part = Slice::from(rows);
        let mut some = Vec::new();
        for (input, place) in graph.inputs.iter().zip(0..) {
            let shape = graph.shape(input.node);
            if !shape.has_rows() {
                continue;
            }
            let array = match self.binding(place) {
                Some(Bound::Numbers(array)) => Bound::Numbers(array.slice_axis(Axis(0), part).into()),
                Some(Bound::Indices(array)) => Bound::Indices(array.slice_axis(Axis(0), part).into()),
                // Rows at hand are no part of rows that come piece by piece.
                None => return Err(Error::Unbound { name: input.name.to_string(), shape: shape.clone() }),
            };
            some.push(Binding::named(&input.name, array));
        }
        Ok(some)
    }

    fn binding(&self, input: u32) -> Option<&'a Bound<'b, T>> {
        let index = self.matches[*self.needed.get(input as usize)?]?;
        Some(&self.bindings[index as usize].array)
    }

    /// The numbers of an input.
    #[inline]
    pub(crate) fn numbers(&self, input: u32) -> Option<&'a ArrayRef<T, IxDyn>> {
        if let Some(view) = self.views.get(input as usize) {
            return Some(view);
        }
        match (self.binding(input), &self.inputs.get(input as usize)?.value) {
            (Some(Bound::Numbers(array)), _) => Some(array),
            (None, InputValue::Numbers(Some(array))) => Some(array),
            _ => None,
        }
    }

    /// The indices of an input.
    #[inline]
    pub(crate) fn indices(&self, input: u32) -> Option<&'a ArrayRef<usize, IxDyn>> {
        match (self.binding(input), &self.inputs.get(input as usize)?.value) {
            (Some(Bound::Indices(array)), _) => Some(array),
            (None, InputValue::Indices(Some(array))) => Some(array),
            _ => None,
        }
    }
}

/// Views of fixed inputs that are known to be of the program, and of rows that have come.
pub(crate) fn together<'a, T: Scalar>(
    names: &Names,
    fixed: &'a [Binding<'_, T>],
    rows: &'a [Binding<'_, T>],
) -> Result<Vec<Binding<'a, T>>> {
    rows.iter().try_for_each(|binding| binding.check_tape(names.tape))?;
    Ok(fixed.iter().map(Binding::by_name).chain(rows.iter().map(Binding::by_name)).collect())
}

/// Matches bindings with the inputs that a program needs.
pub(crate) fn resolve<'a, 'b, T: Scalar>(
    graph: &'a Graph<T>,
    names: &'a Names,
    bindings: &'a [Binding<'b, T>],
    matches: &'a mut Matches,
) -> Result<BoundInputs<'a, 'b, T>> {
    resolve_those(graph, names, bindings, matches, |_| true)
}

/// The same of the inputs that are not on the rows; those on them are bound piece by piece.
pub(crate) fn resolve_fixed<'a, 'b, T: Scalar>(
    graph: &'a Graph<T>,
    names: &'a Names,
    bindings: &'a [Binding<'b, T>],
    matches: &'a mut Matches,
    rows: usize,
) -> Result<BoundInputs<'a, 'b, T>> {
    let inputs = resolve_those(graph, names, bindings, matches, |input| !graph.shape(input.node).has_rows())?;
    Ok(BoundInputs { rows, ..inputs })
}

fn resolve_those<'a, 'b, T: Scalar>(
    graph: &'a Graph<T>,
    names: &'a Names,
    bindings: &'a [Binding<'b, T>],
    matches: &'a mut Matches,
    is_needed: impl Fn(&Input<T>) -> bool,
) -> Result<BoundInputs<'a, 'b, T>> {
    matches.clear();
    matches.resize(names.all.len(), None);
    for (index, binding) in bindings.iter().enumerate() {
        binding.check_tape(names.tape)?;
        let place = names.place(binding.name(), index)?;
        if matches[place].replace(index as u32).is_some() {
            return Err(Error::BoundTwice { name: binding.name().into() });
        }
    }
    let mut rows = Rows::default();
    for (input, &place) in graph.inputs.iter().zip(&names.needed).filter(|(input, _)| is_needed(input)) {
        let shape = graph.shape(input.node);
        let dims = match (matches[place].map(|index| &bindings[index as usize]), value_shape(&input.value)) {
            (Some(binding), _) => bound_array(input, binding)?.shape(),
            (None, Some(dims)) => dims,
            (None, None) => return Err(Error::Unbound { name: input.name.to_string(), shape: shape.clone() }),
        };
        check_bound_shape(&input.name, shape, dims)?;
        if shape.has_rows() {
            rows.agree(input, dims)?;
        }
    }
    let rows = rows.known.map_or(0, |(_, rows)| rows);
    Ok(BoundInputs { inputs: &graph.inputs, bindings, needed: &names.needed, matches, views: &[], rows })
}
