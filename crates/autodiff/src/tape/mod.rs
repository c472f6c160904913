//! The tape: what records operations, and the handles that stand for their results.

mod custom;
mod leaves;
mod operators;
mod record;
mod rows;
mod substitute;
mod var;

pub use custom::CustomOp;
pub(crate) use leaves::{check_bound_shape, is_index_constant, value_at_hand};
pub use operators::Operand;
pub(crate) use record::DerivativeOf;
pub use var::{IndexVar, Var};

use crate::error::{Error, Result, Source};
use crate::graph::NodeMap;
use crate::graph::{Custom, Graph, NodeId, ShapeId};
use crate::identity::Identity;
use crate::memory::Limit;

use crate::scalar::Scalar;
use crate::shape::Dims;
use crate::simplify::{AppliedRewrite, Rewrites, Settled};
use crate::value::Evaluated;
use rows::KnownRows;
use std::cell::{Ref, RefCell, RefMut};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The most nodes a tape holds: node numbers are 32 bits, one of which stands for failure.
const MAX_NODES: usize = u32::MAX as usize - 1;
/// How many bytes of carries a loop keeps, if nothing is set.
const LOOP_MEMORY: usize = 64 << 20;

/// A Wengert list: operations on arrays in the order they were recorded.
///
/// Handles ([`Var`]) borrow the tape; arithmetic on them records. A tape is for one thread; what is compiled from it
/// ([`Program`](crate::Program)) runs on any number.
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::new();
/// let x = tape.variable("x", 3.0);
/// let y = x * x + x.sin();
/// assert_eq!(y.grad(x).value()?[[]], 6.0 + 3.0f64.cos());
/// # Ok::<(), autodiff::Error>(())
/// ```
pub struct Tape<T: Scalar> {
    identity: Identity,
    inner: RefCell<Inner<T>>,
}

pub(crate) struct Inner<T: Scalar> {
    pub(crate) graph: Graph<T>,
    /// The inputs by name: their places among the inputs.
    names: HashMap<Arc<str>, usize>,
    /// The values computed so far, by node.
    pub(crate) values: Vec<Option<Evaluated<T>>>,
    /// What is known of the number of rows of the values at hand.
    pub(crate) rows: KnownRows,
    pub(crate) rewrites: Rewrites,
    /// What the rewrites have made of older nodes.
    pub(crate) settled: Settled,
    /// The rewrites applied to what was differentiated.
    pub(crate) applied: Vec<AppliedRewrite>,
    error: Option<Error>,
    /// How much memory may be asked for.
    pub(crate) memory: Limit,
    /// How many bytes of carries a loop keeps for its derivative.
    loop_memory: usize,
    /// The custom operation whose shape or value is being asked for: meanwhile nothing is recorded or evaluated.
    busy: Option<Arc<str>>,
    /// Maps that derivatives were recorded with, to be used again.
    maps: Vec<NodeMap>,
    /// While a derivative is recorded: the line of the primal node it belongs to.
    on_behalf_of: Option<Source>,
    /// While a derivative is recorded that a rule asks for beside the one being recorded.
    is_aside: bool,
    /// Runs of nodes, by their first: the primal whose derivative they belong to; `None` for the user's own.
    primals: Vec<(NodeId, Option<NodeId>)>,
}

impl<T: Scalar> Tape<T> {
    /// An empty tape.
    pub fn new() -> Self {
        Self::of(Graph::new())
    }

    /// A tape that goes on from what `graph` has.
    #[inline(never)]
    pub(crate) fn of(graph: Graph<T>) -> Self {
        Self {
            identity: Identity::new(),
            inner: RefCell::new(Inner {
                names: graph.inputs.iter().map(|input| input.name.clone()).zip(0..).collect(),
                graph,
                values: Vec::new(),
                rows: KnownRows::default(),
                rewrites: Rewrites::ALL,
                settled: Settled::default(),
                applied: Vec::new(),
                error: None,
                memory: Limit::default(),
                loop_memory: LOOP_MEMORY,
                busy: None,
                maps: Vec::new(),
                on_behalf_of: None,
                is_aside: false,
                primals: Vec::new(),
            }),
        }
    }

    /// What was recorded.
    pub(crate) fn into_graph(self) -> Graph<T> {
        self.inner.into_inner().graph
    }

    /// The number of nodes recorded so far, derivatives included.
    pub fn len(&self) -> usize {
        self.inner().graph.len()
    }

    /// Whether nothing has been recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all recordings so far are sound; if not, the first error.
    pub fn check(&self) -> Result<()> {
        match &self.inner().error {
            None => Ok(()),
            Some(error) => Err(error.clone()),
        }
    }

    /// The rewrites that `grad` and `compile` apply.
    pub fn rewrites(&self) -> Rewrites {
        self.inner().rewrites
    }

    /// The stable rewrites applied so far to what was differentiated, each once, in the order of their first use.
    /// [`Program::rewrites`](crate::Program::rewrites) has those applied when a program was compiled.
    ///
    /// ```
    /// use autodiff::{Rewrite, Tape};
    /// let tape = Tape::<f64>::new();
    /// let z = tape.variable("z", -800.0);
    /// let slope = z.sigmoid().ln().grad(z);
    /// assert_eq!(slope.item()?, 1.0);
    /// assert_eq!(tape.applied_rewrites()[0].rewrite, Rewrite::LnSigmoid);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    pub fn applied_rewrites(&self) -> Vec<AppliedRewrite> {
        let mut seen = std::collections::HashSet::new();
        self.inner().applied.iter().copied().filter(|applied| seen.insert(*applied)).collect()
    }

    /// Chooses the rewrites that `grad` and `compile` apply from now on.
    pub fn set_rewrites(&self, rewrites: Rewrites) {
        let mut inner = self.inner_mut();
        inner.rewrites = rewrites;
        inner.settled.clear();
    }

    /// Sets how many bytes an array, an evaluation, or a program compiled from now on may take. What needs more is an error
    /// ([`Error::OutOfMemory`]) before anything is computed.
    ///
    /// If nothing is set, that is what the system says is available when it is asked for (on Linux, control groups
    /// included; elsewhere what the allocator grants).
    ///
    /// ```
    /// use autodiff::{Error, Tape};
    /// let tape = Tape::<f64>::new();
    /// tape.set_memory_limit(1 << 20);
    /// let wide = tape.variable("x", 1.0).broadcast_to(&[1000, 1000]);
    /// assert!(matches!(wide.value(), Err(Error::OutOfMemory { bytes: 8_000_000, .. })));
    /// ```
    pub fn set_memory_limit(&self, bytes: usize) {
        self.inner_mut().memory = Limit::new(bytes);
    }

    /// Sets how many bytes of carries a loop that is recorded from now on ([`scan`](Self::scan)) keeps for its derivative: 64 MiB, if nothing is
    /// set. A loop with more keeps them every √n turns and computes those in between again; the gradient has the same bits either way.
    pub fn set_loop_memory(&self, bytes: usize) {
        self.inner_mut().loop_memory = bytes;
    }

    pub(crate) fn loop_memory(&self) -> usize {
        self.inner().loop_memory
    }

    /// The number of bytes that was set, if one was.
    pub fn memory_limit(&self) -> Option<usize> {
        self.memory().bytes()
    }

    pub(crate) fn memory(&self) -> Limit {
        self.inner().memory
    }

    pub(crate) fn identity(&self) -> Identity {
        self.identity
    }

    /// Whether a handle is one of this tape.
    pub(crate) fn owns(&self, var: Var<'_, T>) -> bool {
        std::ptr::eq(self, var.tape())
    }

    /// What `operation` can't do with handles of another tape.
    pub(crate) fn check_owns(&self, operation: &str, vars: &[Var<'_, T>], source_line: Source) -> Result<()> {
        match vars.iter().all(|&var| self.owns(var)) {
            true => Ok(()),
            false => Err(Error::ForeignTape { operation: operation.into(), source_line }),
        }
    }

    /// The line to blame: while a derivative is recorded, that of the primal.
    pub(crate) fn source(&self, caller: Source) -> Source {
        self.inner().on_behalf_of.unwrap_or(caller)
    }

    pub(crate) fn inner(&self) -> Ref<'_, Inner<T>> {
        self.inner.borrow()
    }

    pub(crate) fn inner_mut(&self) -> RefMut<'_, Inner<T>> {
        self.inner.borrow_mut()
    }

    /// An empty map of nodes.
    pub(crate) fn take_map(&self) -> NodeMap {
        self.inner_mut().maps.pop().unwrap_or_default()
    }

    /// Keeps a map for the next use.
    pub(crate) fn return_map(&self, mut map: NodeMap) {
        map.clear();
        self.inner_mut().maps.push(map);
    }

    pub(crate) fn keep_custom(&self, custom: Custom<T>) -> u32 {
        let table = &mut self.inner_mut().graph.customs;
        table.push(custom);
        table.len() as u32 - 1
    }

    /// Asks a custom operation for something. The tape is not borrowed meanwhile, but refuses to record and to evaluate.
    pub(crate) fn ask<R>(&self, operation: &Arc<str>, question: impl FnOnce() -> R) -> R {
        struct Busy<'t, T: Scalar>(&'t Tape<T>);
        impl<T: Scalar> Drop for Busy<'_, T> {
            fn drop(&mut self) {
                self.0.inner_mut().busy = None;
            }
        }
        self.inner_mut().busy = Some(operation.clone());
        let _until_answered = Busy(self);
        question()
    }

    /// Why nothing can be recorded or evaluated now, if so.
    pub(crate) fn check_idle(&self, source: Source) -> Result<()> {
        self.inner().refusal(source).map_or(Ok(()), Err)
    }

    pub(crate) fn permutation(&self, index: u32) -> Dims {
        self.inner().graph.payloads.permutation(index).clone()
    }

    pub(crate) fn scalar_at(&self, index: u32) -> T {
        self.inner().graph.payloads.scalar(index)
    }

    /// A handle to a node by number.
    pub(crate) fn var(&self, id: NodeId) -> Var<'_, T> {
        Var::new(self, id)
    }

    pub(crate) fn shape_id(&self, id: NodeId) -> ShapeId {
        self.inner().graph.node(id).shape
    }
}

impl<T: Scalar> Inner<T> {
    /// Why nothing can be recorded or evaluated now, if so.
    #[inline]
    fn refusal(&self, source: Source) -> Option<Error> {
        let may_go_on = self.busy.is_none() && self.graph.len() < MAX_NODES;
        if may_go_on { None } else { Some(self.reason_to_refuse(source)) }
    }

    #[cold]
    fn reason_to_refuse(&self, source: Source) -> Error {
        if let Some(operation) = &self.busy {
            let reason = "it uses the tape that asks for its shape or value; these are computed from what they are given, and \
                          only `vjp` records";
            let source_line = self.on_behalf_of.unwrap_or(source);
            return Error::Evaluation { operation: operation.to_string(), reason: reason.into(), source_line };
        }
        Error::TapeFull { limit: MAX_NODES }
    }

    /// The place of the input of that name among the inputs.
    pub(crate) fn input_named(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Forgets what was computed, since an input has another value.
    pub(crate) fn forget_values(&mut self) {
        self.values.clear();
        self.rows = KnownRows::default();
    }

    /// The user's own node that a node of a derivative (of any order) belongs to; `None` for a node that is no
    /// derivative's.
    pub(crate) fn primal_of(&self, id: NodeId) -> Option<NodeId> {
        let belongs_to = |id: NodeId| {
            let after = self.primals.partition_point(|&(from, _)| from <= id);
            self.primals[..after].last().and_then(|&(_, primal)| primal)
        };
        let first = belongs_to(id);
        std::iter::successors(first, |&primal| belongs_to(primal)).last()
    }
}

impl<T: Scalar> Default for Tape<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Scalar> fmt::Debug for Tape<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tape").field("nodes", &self.len()).field("error", &self.inner().error).finish()
    }
}
