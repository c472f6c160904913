//! How much of a function's differences may be rounding: where large numbers cancel, more than its values show.

use super::function::{Parameter, scale_of};
use super::slope::FIRST_STEP;
use crate::accuracy;
use crate::error::Result;
use crate::graph::{Graph, InputValue};
use crate::ops::Op;
use crate::scalar::{Scalar, real};
use crate::simplify::Rewrites;
use crate::tape::Var;
use std::collections::HashMap;

/// What rounding does to the elements of some outputs, found out when it is asked for.
pub(super) struct Rounding<'p, 't, T: Scalar> {
    outputs: &'p [Var<'t, T>],
    /// As they are compiled, or recorded.
    rewrites: Rewrites,
    parameters: &'p [Parameter<'t, T>],
    /// How far the parameters move, a step for each place.
    steps: &'static [f64],
    typical: T,
    known: HashMap<usize, T>,
}

impl<'p, 't, T: Scalar> Rounding<'p, 't, T> {
    /// Of a program's outputs, and parameters that vary by about `typical`, if they are smaller: here and one step away, since what is
    /// computed at 0 may be exact.
    pub(super) fn compiled(outputs: &'p [Var<'t, T>], parameters: &'p [Parameter<'t, T>], typical: T) -> Self {
        let rewrites = outputs.first().map_or(Rewrites::ALL, |output| output.tape().rewrites());
        Self { outputs, rewrites, parameters, steps: &[0.0, FIRST_STEP], typical, known: HashMap::new() }
    }

    /// Of values as they are recorded, here.
    pub(super) fn recorded(outputs: &'p [Var<'t, T>]) -> Self {
        let (rewrites, typical) = (Rewrites::NONE, T::one());
        Self { outputs, rewrites, parameters: &[], steps: &[0.0], typical, known: HashMap::new() }
    }

    /// How far rounding may move an element, counted through all outputs; 0 where that can't be told.
    pub(super) fn of(&mut self, element: usize) -> T {
        if let Some(&known) = self.known.get(&element) {
            return known;
        }
        let around = self.steps.iter().map(|&step| self.at(step, element).unwrap_or_else(|_| T::zero()));
        let most = around.filter(|rounding| rounding.is_finite()).fold(T::zero(), T::max);
        self.known.insert(element, most);
        most
    }

    /// The same where all parameters have moved by a step of their scales.
    fn at(&self, step: f64, element: usize) -> Result<T> {
        let mut before = 0;
        for output in self.outputs {
            let value = output.value()?;
            if element < before + value.len() {
                return accuracy::rounding(&self.moved(*output, step), output.id(), element - before, self.rewrites);
            }
            before += value.len();
        }
        Ok(T::zero())
    }

    fn moved(&self, output: Var<'t, T>, step: f64) -> Graph<T> {
        let mut graph = output.tape().inner().graph.clone();
        for parameter in self.parameters {
            let Op::Input(index) = graph.op(parameter.var.id()) else { continue };
            if let Some(input) = graph.inputs.get_mut(index as usize) {
                let moved = parameter.value.map(|&x| x + scale_of(x, self.typical) * real(step));
                input.value = InputValue::Numbers(Some(moved.into_shared()));
            }
        }
        graph
    }
}
