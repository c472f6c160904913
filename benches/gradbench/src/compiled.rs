//! Programs with the arrays that they are run on and those that they write.

use crate::Result;
use autodiff::{Binding, IndexVar, Program, Tape, Var, Workspace, bind, bind_indices};
use ndarray::{Array, ArrayD, ArrayViewMutD, Dimension};
use serde_json::Value;

/// A function of an eval, ready to run.
pub(crate) trait Evaluation {
    /// Runs it once.
    fn evaluate(&mut self) -> Result<()>;

    /// What the last run gave, as the suite wants it.
    fn output(&self) -> Value;
}

/// Records outputs on inputs.
pub(crate) type Record<'r, const N: usize> = &'r dyn for<'t> Fn([Var<'t, f64>; N]) -> Vec<Var<'t, f64>>;

/// An array for an input.
enum Given {
    Numbers(ArrayD<f64>),
    Indices(ArrayD<usize>),
}

/// The inputs of a recording, each with the array it will be bound to.
pub(crate) struct Recording<'t> {
    tape: &'t Tape<f64>,
    given: Vec<(String, Given)>,
    rows: usize,
}

impl<'t> Recording<'t> {
    pub(crate) fn on(tape: &'t Tape<f64>) -> Self {
        Recording { tape, given: Vec::new(), rows: 0 }
    }

    pub(crate) fn input<D: Dimension>(&mut self, name: &str, value: Array<f64, D>) -> Var<'t, f64> {
        let input = self.tape.input(name, value.shape());
        self.given.push((name.into(), Given::Numbers(value.into_dyn())));
        input
    }

    pub(crate) fn rows<D: Dimension>(&mut self, name: &str, value: Array<f64, D>) -> Var<'t, f64> {
        let input = self.tape.rows(name, &value.shape()[1..]);
        self.rows = value.shape()[0];
        self.given.push((name.into(), Given::Numbers(value.into_dyn())));
        input
    }

    pub(crate) fn index_rows<D: Dimension>(&mut self, name: &str, value: Array<usize, D>) -> IndexVar<'t, f64> {
        let input = self.tape.index_rows(name, &value.shape()[1..]);
        self.rows = value.shape()[0];
        self.given.push((name.into(), Given::Indices(value.into_dyn())));
        input
    }

    /// The outputs, compiled; `written` is what the suite wants of them.
    pub(crate) fn compile(self, outputs: &[Var<'t, f64>], written: fn(&[ArrayD<f64>]) -> Value) -> Result<Compiled> {
        let program = self.tape.compile(outputs)?;
        let mut arrays = Vec::new();
        for shape in program.output_shapes() {
            let rows = shape.has_rows().then_some(self.rows);
            arrays.push(ArrayD::zeros(rows.into_iter().chain(shape.trailing().iter().copied()).collect::<Vec<_>>()));
        }
        Ok(Compiled { workspace: program.workspace(), program, given: self.given, outputs: arrays, written })
    }
}

/// A program with all that a run needs.
pub(crate) struct Compiled {
    program: Program<f64>,
    workspace: Workspace<f64>,
    given: Vec<(String, Given)>,
    outputs: Vec<ArrayD<f64>>,
    written: fn(&[ArrayD<f64>]) -> Value,
}

impl Compiled {
    /// Runs the program on other numbers in the place of those of its inputs, in the order in which they were recorded.
    pub(crate) fn run_on(&mut self, numbers: &[&[f64]]) -> Result<&[ArrayD<f64>]> {
        for ((_, given), &numbers) in self.given.iter_mut().zip(numbers) {
            if let Given::Numbers(array) = given {
                array.iter_mut().zip(numbers).for_each(|(element, &number)| *element = number);
            }
        }
        self.evaluate()?;
        Ok(&self.outputs)
    }

    /// Runs the program, with its outputs one after another in `list`.
    pub(crate) fn run_into(&mut self, list: &mut Vec<f64>) -> Result<()> {
        list.resize(self.outputs.iter().map(|output| output.len()).sum(), 0.0);
        let mut rest = list.as_mut_slice();
        let mut views = Vec::with_capacity(self.outputs.len());
        for output in &self.outputs {
            let (elements, after) = rest.split_at_mut(output.len());
            views.push(ArrayViewMutD::from_shape(output.shape(), elements)?);
            rest = after;
        }
        run(&self.program, &mut self.workspace, &self.given, &mut views)
    }
}

fn run(
    program: &Program<f64>,
    workspace: &mut Workspace<f64>,
    given: &[(String, Given)],
    outputs: &mut [ArrayViewMutD<'_, f64>],
) -> Result<()> {
    let bindings: Vec<Binding<'_, f64>> = given
        .iter()
        .map(|(name, given)| match given {
            Given::Numbers(array) => bind(name, array),
            Given::Indices(array) => bind_indices(name, array),
        })
        .collect();
    Ok(program.run_into(workspace, &bindings, outputs)?)
}

impl Evaluation for Compiled {
    fn evaluate(&mut self) -> Result<()> {
        let mut views: Vec<_> = self.outputs.iter_mut().map(|output| output.view_mut()).collect();
        run(&self.program, &mut self.workspace, &self.given, &mut views)
    }

    fn output(&self) -> Value {
        (self.written)(&self.outputs)
    }
}

/// The first output, a number.
pub(crate) fn number(outputs: &[ArrayD<f64>]) -> Value {
    outputs[0].sum().into()
}

/// All elements, output by output, in one list.
pub(crate) fn list(outputs: &[ArrayD<f64>]) -> Value {
    outputs.iter().flatten().copied().collect::<Vec<f64>>().into()
}

/// The first output, a list of its rows.
pub(crate) fn matrix(outputs: &[ArrayD<f64>]) -> Value {
    nested(&outputs[0])
}

/// An array as lists of lists.
pub(crate) fn nested(array: &ArrayD<f64>) -> Value {
    match array.ndim() {
        0 => array.sum().into(),
        _ => array.outer_iter().map(|part| nested(&part.to_owned())).collect::<Vec<Value>>().into(),
    }
}
