//! Programs: what is compiled from a tape, to be run again and again.
//!
//! | file | what is there |
//! |---|---|
//! | [`schedule`], [`lower`] | which pass computes a node; from a graph to a plan |
//! | [`instr`], [`places`], [`plan`] | instructions; what they read and write; stages and passes of them |
//! | [`bind`], [`resolve`] | arrays bound to inputs; which is of which input |
//! | [`mod@memory`], [`outputs`] | the memory of a run; results |
//! | [`mod@run`], [`parts`], [`execute`], [`combine`] | a run; the rows in parts for threads; a block's instructions; sums put together |
//! | [`lifted`] | programs on the elements of large fixed arrays |
//! | [`recompute`] | rows whose results leave the range, in 31 digits |
//! | [`streaming`], [`waiting`], [`partial`] | rows piece by piece; those of no whole part yet; results of a range of rows |
//! | [`explain`], [`flow`] | a program in words; its steps and what they read, for pictures |

mod bind;
mod combine;
mod execute;
mod explain;
mod flow;
mod instr;
mod lifted;
mod lower;
mod memory;
mod outputs;
mod partial;
mod parts;
mod places;
mod plan;
mod recompute;
mod replay;
mod resolve;
mod run;
mod schedule;
mod streaming;
mod waiting;

pub use bind::{Binding, bind, bind_indices};
pub(crate) use flow::StepKind;
pub use outputs::Outputs;
pub use partial::Partial;
pub(crate) use replay::Replay;
pub use streaming::StreamingRun;

use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::identity::Identity;
use crate::interpret::described;
use crate::kernels::Processor;
use crate::memory::Limit;
use crate::ops::Failure;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::simplify::{self, AppliedRewrite};
use crate::tape::{Tape, Var};
use ndarray::{ArrayD, ArrayViewMutD};
use plan::Plan;
use std::fmt;
use std::sync::Arc;

impl<T: Scalar> Tape<T> {
    /// Compiles what computes `outputs` into a [`Program`].
    ///
    /// Values at hand are the program's from here on: those that inputs are given later ([`Var::set_value`]) it doesn't see.
    ///
    /// # Errors
    /// The first error of the recording; an output of another tape; memory that can't be had; a [`Processor`] that the environment asks for
    /// and this is not.
    #[inline(never)]
    #[track_caller]
    pub fn compile(&self, outputs: &[Var<'_, T>]) -> Result<Program<T>> {
        self.compile_for(outputs, Processor::this()?)
    }

    /// As [`compile`](Self::compile), for a processor that this one can be: the same results, at another speed.
    ///
    /// # Errors
    /// As [`compile`](Self::compile).
    #[inline(never)]
    #[track_caller]
    pub fn compile_for(&self, outputs: &[Var<'_, T>], processor: Processor) -> Result<Program<T>> {
        self.check_owns("compile", outputs, std::panic::Location::caller())?;
        self.check()?;
        let ids: Vec<NodeId> = outputs.iter().map(|output| output.id()).collect();
        let inner = self.inner();
        let (graph, outputs, applied) = simplify::compact(&inner.graph, &ids, inner.rewrites);
        let names = resolve::Names::new(self.identity(), &inner.graph, &graph);
        memory::check_lengths(&graph, inner.memory)?;
        let plan = lower::lower(&graph, &outputs, processor);
        plan.check_memory(&graph, inner.memory)?;
        Ok(Program {
            identity: Identity::new(),
            memory: inner.memory,
            recomputation: recompute::Recomputation::of(&graph, inner.rewrites).map(Arc::new),
            graph: Arc::new(graph),
            outputs,
            plan: Arc::new(plan),
            applied,
            names: Arc::new(names),
            runner: execute::runner(),
            threads: rayon::current_num_threads(),
        })
    }
}

/// A compiled set of outputs: simplified and scheduled once, run with any data of the declared shapes.
///
/// A program is immutable and may be shared by threads; each run works in a [`Workspace`] that its caller owns. Clones share all but
/// the number of threads.
///
/// Where a sum over the rows leaves the range of the scalar although the inputs are finite, the rows that do it are computed
/// again in [`Wide`](crate::Wide): some of them at a time, with every other result of the same pass; up to 2048 rows in each part
/// of at most 16 384, until a sum is infinite all the same. (Not where the tape's rewrites are
/// [`NONE`](crate::Rewrites::NONE), nor with custom operations, which are written for one scalar. What is computed once, from fixed
/// inputs alone, and results on the rows stay as they are.)
///
/// Large data are read a tenth faster, and more beside other processes, from huge pages, for which an allocator has to ask:
/// that of glibc does with `GLIBC_TUNABLES=glibc.malloc.hugetlb=1` in the environment.
///
/// Compiled without optimisation, as debug builds are, a program runs plain loops on the scalar's own functions instead of vector
/// code: hundreds of times slower, and with other last digits. `[profile.dev.package.autodiff] opt-level = 3` in Cargo.toml gives debug
/// builds the code of release builds for `f64` and `f32`.
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
/// assert_eq!(results.number(0)?, 2.0 * 2.0f64.ln());
/// assert_eq!(results.vector(1)?, arr1(&[0.0, -0.5]));
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone)]
pub struct Program<T: Scalar> {
    identity: Identity,
    memory: Limit,
    graph: Arc<Graph<T>>,
    outputs: Vec<NodeId>,
    plan: Arc<Plan<T>>,
    applied: Vec<AppliedRewrite>,
    names: Arc<resolve::Names>,
    runner: execute::Runner<T>,
    recomputation: Option<Arc<recompute::Recomputation>>,
    threads: usize,
}

impl<T: Scalar> fmt::Debug for Program<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs: Vec<&str> = self.graph.inputs.iter().map(|input| &*input.name).collect();
        f.debug_struct("Program")
            .field("inputs", &inputs)
            .field("outputs", &self.output_shapes())
            .field("passes", &self.passes())
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Workspace<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").finish_non_exhaustive()
    }
}

/// The memory a program runs in. Make one with [`Program::workspace`], keep it, and replays allocate nothing: on one thread. With
/// more, rayon's queue allocates now and then (a block for some sixty runs), and a run with more than eight outputs, or some of more than four axes, the views of them
/// that threads are given.
///
/// ```
/// use autodiff::{Tape, bind};
/// let tape = Tape::<f64>::new();
/// let x = tape.rows("x", &[]);
/// let program = tape.compile(&[x.sum()])?;
/// let (mut workspace, mut sum) = (program.workspace(), ndarray::arr0(0.0));
/// for batch in [[1.0, 2.0], [3.0, 4.0]] {
///     program.run_into(&mut workspace, &[bind("x", &batch)], &mut [sum.view_mut().into_dyn()])?;
/// }
/// assert_eq!(sum[[]], 7.0);
/// # Ok::<(), autodiff::Error>(())
/// ```
pub struct Workspace<T> {
    program: Identity,
    memory: memory::Memory<T>,
    matches: resolve::Matches,
}

impl<T: Scalar> Program<T> {
    /// A workspace for this program, and no other. The first run makes its memory.
    pub fn workspace(&self) -> Workspace<T> {
        Workspace { program: self.identity, memory: memory::Memory::new(), matches: resolve::Matches::new() }
    }

    /// The same program, sweeping the rows with `threads` threads (of the `rayon` pool it is run in; all of them is the
    /// default). The results are the same to the last bit for any number.
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// How many times the program sweeps over the rows.
    pub fn passes(&self) -> usize {
        self.plan.passes().count()
    }

    /// What the program was compiled for.
    pub fn processor(&self) -> Processor {
        self.plan.processor
    }

    /// The stable rewrites that were applied when the program was compiled.
    pub fn rewrites(&self) -> &[AppliedRewrite] {
        &self.applied
    }

    /// The shape of each output.
    pub fn output_shapes(&self) -> Vec<Shape> {
        self.outputs.iter().map(|&output| self.graph.shape(output).clone()).collect()
    }

    /// The names of the inputs on the rows: bound to some of the rows, they make the program sweep over these alone.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let total = (tape.rows("x", &[]) * tape.input("scale", &[])).sum();
    /// assert_eq!(tape.compile(&[total])?.row_inputs().collect::<Vec<_>>(), ["x"]);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    pub fn row_inputs(&self) -> impl Iterator<Item = &str> {
        let on_rows = self.graph.inputs.iter().filter(|input| self.graph.shape(input.node).has_rows());
        on_rows.map(|input| &*input.name)
    }

    /// Runs the program and returns its outputs as new arrays: see [`Outputs`].
    ///
    /// # Errors
    /// An input bound twice, not at all, or to an array of another shape; a binding by a handle of another tape; rows inputs
    /// whose numbers of rows differ; an index out of range; a matrix that is singular or not positive definite; the failure of
    /// a custom operation; memory that can't be had.
    #[inline(never)]
    pub fn run(&self, bindings: &[Binding<'_, T>]) -> Result<Outputs<T>> {
        let Workspace { mut memory, mut matches, .. } = self.workspace();
        let inputs = resolve::resolve(&self.graph, &self.names, bindings, &mut matches)?;
        let mut results: Vec<ArrayD<T>> = Vec::with_capacity(self.outputs.len());
        for (index, &output) in self.outputs.iter().enumerate() {
            let dims = self.graph.shape(output).resolve(inputs.rows);
            let array = self.memory.zeros(&dims);
            results.push(array.map_err(|shortage| {
                shortage.of(format!("output {index}, of shape {dims:?}: {}", described(&self.graph, output)))
            })?);
        }
        let mut views: Vec<ArrayViewMutD<'_, T>> = results.iter_mut().map(|result| result.view_mut()).collect();
        self.sweep(&mut memory, &inputs, &mut views)?;
        Ok(Outputs::new(results))
    }

    /// Runs the program in `workspace` and writes its outputs into `outputs`, arrays of any layout.
    ///
    /// # Errors
    /// As [`run`](Self::run), and where `outputs` are not as many as the program's or of other shapes, or the workspace is
    /// another program's.
    #[inline(never)]
    pub fn run_into(
        &self,
        workspace: &mut Workspace<T>,
        bindings: &[Binding<'_, T>],
        outputs: &mut [ArrayViewMutD<'_, T>],
    ) -> Result<()> {
        if workspace.program != self.identity {
            return Err(Error::ForeignWorkspace);
        }
        let Workspace { memory, matches, .. } = workspace;
        let inputs = resolve::resolve(&self.graph, &self.names, bindings, matches)?;
        if self.outputs.len() != outputs.len() {
            return Err(Error::OutputCount { expected: self.outputs.len(), found: outputs.len() });
        }
        for (index, (&id, output)) in self.outputs.iter().zip(outputs.iter()).enumerate() {
            let shape = self.graph.shape(id);
            if !shape.describes(output.shape(), inputs.rows) {
                let expected = shape.resolve(inputs.rows);
                return Err(Error::OutputShape { index, expected: expected.to_vec(), found: output.shape().to_vec() });
            }
        }
        self.sweep(memory, &inputs, outputs)
    }

    fn sweep(
        &self,
        memory: &mut memory::Memory<T>,
        inputs: &resolve::BoundInputs<'_, '_, T>,
        outputs: &mut [ArrayViewMutD<'_, T>],
    ) -> Result<()> {
        memory.prepare(&self.plan, inputs.rows, self.threads, self.memory)?;
        self.run_on(inputs).run(memory, outputs).map_err(|failure| self.failed(failure))
    }

    fn run_on<'r, 'b>(&'r self, inputs: &'r resolve::BoundInputs<'r, 'b, T>) -> run::Run<'r, 'b, T> {
        run::Run {
            plan: &self.plan,
            graph: &self.graph,
            inputs,
            runner: self.runner,
            threads: self.threads,
            recomputation: self.recomputation.as_deref(),
        }
    }

    fn failed(&self, (node, failure): (NodeId, Failure)) -> Error {
        failure.at(self.graph.operation(node).into(), self.graph.sources[node.index()])
    }
}
