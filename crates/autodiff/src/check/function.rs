//! Outputs of a recording as a function of some of its inputs, to be evaluated at points near the values at hand.

use crate::error::{Error, Result};
use crate::graph::InputValue;
use crate::ops::Op;
use crate::program::{Binding, Program, Workspace};
use crate::scalar::Scalar;
use crate::tape::Var;
use ndarray::{ArrayD, ArrayViewMutD, IxDyn};

/// One input that a function is of: its name and value at hand, in row-major order.
pub(super) struct Parameter<'t, T: Scalar> {
    pub(super) var: Var<'t, T>,
    pub(super) name: String,
    pub(super) value: ArrayD<T>,
}

impl<'t, T: Scalar> Parameter<'t, T> {
    pub(super) fn new(var: Var<'t, T>) -> Result<Self> {
        var.tape().check()?;
        let name = {
            let inner = var.tape().inner();
            let input = match inner.graph.op(var.id()) {
                Op::Input(index) => inner.graph.inputs.get(index as usize),
                _ => None,
            };
            input
                .filter(|input| matches!(input.value, InputValue::Numbers(_)))
                .map(|input| input.name.to_string())
                .ok_or_else(|| not_an_input(var))?
        };
        Ok(Self { var, name, value: var.value()?.as_standard_layout().into_owned() })
    }

    /// The component at the place `flat` in row-major order.
    pub(super) fn component(&self, flat: usize) -> T {
        self.value.as_slice().and_then(|elements| elements.get(flat)).copied().unwrap_or_else(T::nan)
    }

    /// The name of a component, as one would index it: `W[0, 3]`; of a scalar, just the name.
    pub(super) fn component_name(&self, flat: usize) -> String {
        if self.value.ndim() == 0 {
            return self.name.clone();
        }
        let index = crate::shape::unravel(flat, self.value.shape());
        let index: Vec<String> = index.iter().map(usize::to_string).collect();
        format!("{}[{}]", self.name, index.join(", "))
    }
}

fn not_an_input<T: Scalar>(var: Var<'_, T>) -> Error {
    let (operation, number) = (var.operation(), var.id().index());
    let reason = format!(
        "differences are taken by inputs, whose values can be changed, but the result of `{operation}` (%{number}) is \
         computed; check by the inputs it depends on"
    );
    Error::Check { reason }
}

/// Compiled outputs, evaluated along lines through the values at hand. The values on the tape are never touched.
pub(super) struct Function<'p, 't, T: Scalar> {
    program: Program<T>,
    workspace: Workspace<T>,
    parameters: &'p [Parameter<'t, T>],
    moved: Vec<ArrayD<T>>,
    results: Vec<ArrayD<T>>,
}

impl<'p, 't, T: Scalar> Function<'p, 't, T> {
    pub(super) fn new(outputs: &[Var<'t, T>], parameters: &'p [Parameter<'t, T>]) -> Result<Self> {
        let Some(first) = outputs.first() else {
            return Err(Error::Check { reason: "there is nothing to differentiate".into() });
        };
        let program = first.tape().compile(outputs)?;
        let mut results = Vec::new();
        for output in outputs {
            let shape = output.shape();
            if shape.has_rows() {
                let reason = format!("the output {output:?} has a row for each observation; reduce it with `sum()`");
                return Err(Error::Check { reason });
            }
            results.push(ArrayD::zeros(IxDyn(shape.trailing())));
        }
        let workspace = program.workspace();
        let moved = parameters.iter().map(|parameter| parameter.value.clone()).collect();
        Ok(Self { program, workspace, parameters, moved, results })
    }

    /// The outputs' elements with component `flat` of one parameter moved by `t`.
    pub(super) fn along_component(&mut self, parameter: usize, flat: usize, t: T) -> Result<Vec<T>> {
        let at_hand = self.parameters[parameter].component(flat);
        self.put(parameter, flat, at_hand + t);
        let values = self.evaluate();
        self.put(parameter, flat, at_hand);
        values
    }

    fn put(&mut self, parameter: usize, flat: usize, value: T) {
        if let Some(component) = self.moved[parameter].as_slice_mut().and_then(|elements| elements.get_mut(flat)) {
            *component = value;
        }
    }

    /// The outputs' elements with all parameters moved by `t` times a direction.
    pub(super) fn along(&mut self, direction: &[ArrayD<T>], t: T) -> Result<Vec<T>> {
        for ((moved, parameter), direction) in self.moved.iter_mut().zip(self.parameters).zip(direction) {
            ndarray::Zip::from(moved)
                .and(&parameter.value)
                .and(direction)
                .for_each(|moved, &x, &direction| *moved = x + t * direction);
        }
        self.evaluate()
    }

    fn evaluate(&mut self) -> Result<Vec<T>> {
        let bindings: Vec<Binding<'_, T>> =
            self.parameters.iter().zip(&self.moved).map(|(parameter, moved)| parameter.var.bind(moved)).collect();
        let mut views: Vec<ArrayViewMutD<'_, T>> = self.results.iter_mut().map(|result| result.view_mut()).collect();
        self.program.run_into(&mut self.workspace, &bindings, &mut views)?;
        Ok(self.results.iter().flat_map(|result| result.iter().copied()).collect())
    }
}

/// How far `x` may be expected to vary: the power of two from `|x|`, or from `typical`, upwards.
pub(super) fn scale_of<T: Scalar>(x: T, typical: T) -> T {
    let larger = if x.is_finite() { x.abs().max(typical) } else { typical };
    let power = larger.log2().ceil().exp2();
    if power.is_finite() { power } else { larger }
}
