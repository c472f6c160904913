//! Programs: what is compiled from a tape, to be run again and again.

mod bind;

pub use bind::{Binding, bind, bind_indices};

use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::ops::{self, Evaluated, Op};
use crate::scalar::Scalar;
use crate::simplify::{self, AppliedRewrite};
use crate::tape::{Tape, Var};
use ndarray::{ArrayD, ArrayViewMutD, IxDyn};
use std::sync::Arc;

impl<T: Scalar> Tape<T> {
    /// Compiles what computes `outputs` into a [`Program`].
    ///
    /// # Errors
    /// The first error of the recording.
    pub fn compile(&self, outputs: &[Var<'_, T>]) -> Result<Program<T>> {
        if let Some(foreign) = outputs.iter().find(|output| !std::ptr::eq(self, output.tape())) {
            return Err(Error::ForeignTape {
                operation: format!("compile (output {})", foreign.operation()),
                source_line: std::panic::Location::caller(),
            });
        }
        self.check()?;
        let ids: Vec<NodeId> = outputs.iter().map(|output| output.id()).collect();
        let inner = self.inner();
        let (graph, outputs, applied) = simplify::compact(&inner.graph, &ids, inner.rewrites);
        let known = inner.graph.inputs.iter().map(|input| input.name.clone()).collect();
        Ok(Program { graph, outputs, applied, known })
    }
}

/// A compiled set of outputs: simplified and scheduled once, run with any data of the declared shapes.
///
/// A program is immutable and may be shared by threads; each run works in a [`Workspace`] that its caller owns.
///
/// ```
/// use autodiff::Tape;
/// use ndarray::{arr1, arr2};
/// let tape = Tape::<f64>::new();
/// let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
/// let theta = tape.input("theta", &[2]);
/// let loss = x.linear(theta).sigmoid().log_loss(y).sum();
/// let program = tape.compile(&[loss, loss.grad(theta)])?;
/// let results = program.run(&[
///     x.bind(&arr2(&[[1.0, 0.5], [1.0, -0.5]])),
///     y.bind(&arr1(&[1.0, 0.0])),
///     theta.bind(&arr1(&[0.0, 0.0])),
/// ])?;
/// assert_eq!(results[0][[]], 2.0 * 2.0f64.ln());
/// assert_eq!(results[1], arr1(&[0.0, -0.5]).into_dyn());
/// # Ok::<(), autodiff::Error>(())
/// ```
pub struct Program<T: Scalar> {
    graph: Graph<T>,
    outputs: Vec<NodeId>,
    applied: Vec<AppliedRewrite>,
    known: Vec<Arc<str>>,
}

/// The memory a program runs in. Make one with [`Program::workspace`], keep it, and replays allocate nothing.
pub struct Workspace<T> {
    values: Vec<Option<T>>,
}

impl<T: Scalar> Program<T> {
    /// A workspace for this program.
    pub fn workspace(&self) -> Workspace<T> {
        Workspace { values: Vec::new() }
    }

    /// The stable rewrites that were applied when the program was compiled.
    pub fn rewrites(&self) -> &[AppliedRewrite] {
        &self.applied
    }

    /// Runs the program and returns its outputs as new arrays.
    ///
    /// # Errors
    /// An input bound twice, not at all, or to an array of another shape; rows inputs whose numbers of rows differ; an index
    /// out of range; the failure of a custom operation.
    pub fn run(&self, bindings: &[Binding<'_, T>]) -> Result<Vec<ArrayD<T>>> {
        let inputs = bind::resolve(&self.graph, &self.known, bindings)?;
        let mut values: Vec<Option<Evaluated<T>>> = vec![None; self.graph.len()];
        for index in 0..self.graph.len() {
            let id = NodeId(index as u32);
            let node = self.graph.node(id);
            values[index] = Some(match node.op {
                Op::Input(input) => inputs.arrays[input as usize].to_value(),
                Op::Constant(constant) => Evaluated::Numbers(self.graph.constants[constant as usize].clone()),
                Op::Scalar(number) => {
                    Evaluated::Numbers(ArrayD::from_elem(IxDyn(&[]), self.graph.scalars[number as usize]).into_shared())
                }
                _ => {
                    let args: Vec<Evaluated<T>> =
                        self.graph.args(id).iter().filter_map(|arg| values[arg.index()].clone()).collect();
                    ops::evaluate(&self.graph, node, &args, inputs.rows)
                        .map(Evaluated::Numbers)
                        .map_err(|failure| failure.at(node.op.name().into(), self.graph.sources[index]))?
                }
            });
        }
        Ok(self
            .outputs
            .iter()
            .filter_map(|output| values[output.index()].as_ref().map(|value| value.numbers().into_owned()))
            .collect())
    }

    /// Runs the program in `workspace` and writes its outputs into `outputs`, arrays of any layout.
    ///
    /// # Errors
    /// As [`run`](Self::run), and where `outputs` are not as many as the program's or of other shapes.
    pub fn run_into(
        &self,
        _workspace: &mut Workspace<T>,
        bindings: &[Binding<'_, T>],
        outputs: &mut [ArrayViewMutD<'_, T>],
    ) -> Result<()> {
        let values = self.run(bindings)?;
        if values.len() != outputs.len() {
            return Err(Error::OutputCount { expected: values.len(), found: outputs.len() });
        }
        for (index, (value, output)) in values.iter().zip(outputs).enumerate() {
            if value.shape() != output.shape() {
                return Err(Error::OutputShape {
                    index,
                    expected: value.shape().to_vec(),
                    found: output.shape().to_vec(),
                });
            }
            output.assign(value);
        }
        Ok(())
    }
}
