//! Value and gradient of losses as users write them, of which each leans on another part of the engine.
//!
//! A task is a function in `losses` that draws its arrays and records its loss; [`run`] does the rest. `--rows` is the task's size.

pub(super) mod losses;

use super::{Outcome, finish};
use crate::Result;
use crate::contest::Contest;
use crate::data::{Array, digest};
use crate::peers;
use crate::settings::Settings;
use crate::vector::Real;
use autodiff::{Program, Tape, Var, bind};
use ndarray::{ArrayD, ArrayViewMutD};

/// What an array is to the loss.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The gradient is by it.
    Parameter,
    /// It is given, whole.
    Fixed,
    /// It is given, a row an observation.
    Rows,
}

/// The arrays of a task, by name.
type Arrays<T> = Vec<(&'static str, Role, ArrayD<T>)>;

/// Runs the task whose loss `record` makes of the arrays' leaves, in their order.
fn run<T: Real>(
    settings: &Settings,
    arrays: &Arrays<T>,
    record: impl for<'t> Fn(&'t Tape<T>, &[Var<'t, T>]) -> Var<'t, T>,
) -> Result<Outcome> {
    let tape = Tape::<T>::new();
    let leaf = |(name, role, array): &(&'static str, Role, ArrayD<T>)| match role {
        Role::Rows => tape.rows(name, &array.shape()[1..]),
        Role::Parameter | Role::Fixed => tape.input(name, array.shape()),
    };
    let leaves: Vec<Var<'_, T>> = arrays.iter().map(leaf).collect();
    let loss = record(&tape, &leaves);
    let sought = arrays.iter().zip(&leaves).filter(|((_, role, _), _)| *role == Role::Parameter);
    let parameters: Vec<Var<'_, T>> = sought.map(|(_, &leaf)| leaf).collect();
    let gradient = loss.grads(&parameters);
    let program = tape.compile(&[&[loss], &gradient[..]].concat())?.with_threads(settings.threads);
    let elements: usize = arrays.iter().map(|(_, _, array)| array.len()).sum();
    let mut contest = Contest::new(settings, elements * size_of::<T>());
    contest.enter("autodiff", call(&program, arrays))?;
    let given: Vec<Array<'_, T>> = arrays
        .iter()
        .map(|(name, _, array)| Array {
            name,
            shape: array.shape().to_vec(),
            elements: array.as_slice().unwrap_or(&[]),
        })
        .collect();
    peers::enter(&mut contest, &given)?;
    finish(contest)
}

/// A run of the program, into arrays made once.
fn call<'a, T: Real>(program: &'a Program<T>, arrays: &'a Arrays<T>) -> impl FnMut() -> Result<f64> + 'a {
    let mut workspace = program.workspace();
    let parameters = arrays.iter().filter(|(_, role, _)| *role == Role::Parameter);
    let mut outputs = vec![ArrayD::<T>::zeros(Vec::new())];
    outputs.extend(parameters.map(|(_, _, array)| ArrayD::zeros(array.shape())));
    move || {
        let inputs: Vec<_> = arrays.iter().map(|(name, _, array)| bind(name, array)).collect();
        let mut views: Vec<ArrayViewMutD<'_, T>> = outputs.iter_mut().map(|output| output.view_mut()).collect();
        program.run_into(&mut workspace, &inputs, &mut views)?;
        drop(views);
        Ok(digest(outputs.iter().flatten()))
    }
}
