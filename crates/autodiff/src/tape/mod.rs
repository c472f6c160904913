//! The tape: what records operations, and the handles that stand for their results.

mod custom;
mod leaves;
mod operators;
mod rows;
mod substitute;
mod var;

pub use custom::CustomOp;
pub(crate) use leaves::{check_bound_shape, is_index_constant, value_at_hand};
pub use operators::Operand;
pub use var::{IndexVar, Var};

use crate::error::{Error, Result, Source};
use crate::graph::NodeMap;
use crate::graph::{Custom, Graph, NodeId, ShapeId};
use crate::identity::Identity;
use crate::memory::Limit;
use crate::ops::{self, Op};
use crate::scalar::{Scalar, real};
use crate::shape::{Dims, Shape};
use crate::simplify::{AppliedRewrite, Rewrites, Settled};
use crate::value::Evaluated;
use crate::value::Slices;
use rows::KnownRows;
use std::cell::{Ref, RefCell, RefMut};
use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
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

    /// The failed handle that `operation` is if it can't be recorded on `operands`, whatever their shapes: one is of another
    /// tape, or could not be recorded itself.
    #[inline(never)]
    #[track_caller]
    pub(crate) fn refused<'t>(&'t self, operation: &str, operands: &[Var<'t, T>]) -> Option<Var<'t, T>> {
        match self.check_owns(operation, operands, self.source(Location::caller())) {
            Ok(()) => operands.iter().copied().find(|operand| operand.is_failed()),
            Err(error) => Some(self.keep_error(error)),
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

    /// Records an operation whose operands decide its shape.
    #[track_caller]
    pub(crate) fn record<'t>(&'t self, op: Op, operands: &[Var<'t, T>]) -> Var<'t, T> {
        self.record_node(op, operands, None, Location::caller())
    }

    /// Records an operation whose result is of a given shape.
    #[track_caller]
    pub(crate) fn record_as<'t>(&'t self, op: Op, operands: &[Var<'t, T>], shape: &Shape) -> Var<'t, T> {
        self.record_node(op, operands, Some(shape), Location::caller())
    }

    #[inline(never)]
    fn record_node<'t>(&'t self, op: Op, operands: &[Var<'t, T>], shape: Option<&Shape>, source: Source) -> Var<'t, T> {
        let mut ids: crate::graph::Args = crate::graph::Args::new();
        for operand in operands {
            if !self.owns(*operand) {
                let operation = self.inner().graph.operation_name(op).into();
                return self.keep_error(Error::ForeignTape { operation, source_line: self.source(source) });
            }
            if operand.is_failed() {
                return *operand;
            }
            ids.push(operand.id());
        }
        let mut inner = self.inner_mut();
        if let Some(error) = inner.refusal(source) {
            drop(inner);
            return self.keep_error(error);
        }
        let inferred = match shape {
            None => inner.graph.infer_shape(op, &ids),
            Some(shape) => ops::check_size::<T>(shape).map(|()| inner.graph.intern(shape)),
        };
        match inferred {
            Ok(shape) => {
                let source = inner.on_behalf_of.unwrap_or(source);
                let id = inner.graph.push(op, &ids, shape, source);
                Var::new(self, id)
            }
            Err(reason) => {
                let operation = inner.graph.operation_name(op).to_string();
                drop(inner);
                self.fail_at(&operation, operands, reason, source)
            }
        }
    }

    #[track_caller]
    pub(crate) fn record_slice<'t>(&'t self, x: Var<'t, T>, slices: Slices) -> Var<'t, T> {
        let index = self.inner_mut().graph.payloads.keep_slices(slices);
        self.record(Op::Slice(index), &[x])
    }

    #[track_caller]
    pub(crate) fn record_permutation<'t>(&'t self, x: Var<'t, T>, order: &[usize]) -> Var<'t, T> {
        let index = self.inner_mut().graph.payloads.keep_permutation(Dims::from_slice(order));
        self.record(Op::Permute(index), &[x])
    }

    /// Keeps the first error of a recording; what failed is a handle on which nothing more is recorded.
    #[track_caller]
    pub(crate) fn fail<'t>(&'t self, operation: &str, operands: &[Var<'t, T>], reason: String) -> Var<'t, T> {
        self.fail_at(operation, operands, reason, Location::caller())
    }

    #[inline(never)]
    fn fail_at<'t>(&'t self, operation: &str, operands: &[Var<'t, T>], reason: String, source: Source) -> Var<'t, T> {
        let known = operands.iter().filter(|operand| !operand.is_failed() && std::ptr::eq(self, operand.tape()));
        let operands = known.map(|operand| operand.shape()).collect();
        let source_line = self.source(source);
        self.keep_error(Error::Recording { operation: operation.into(), operands, reason, source_line })
    }

    /// Refuses an operation over the open rows axis, saying why and what to do.
    #[track_caller]
    pub(crate) fn not_streamable(&self, operation: &str, reason: &str) -> Var<'_, T> {
        let source_line = self.source(Location::caller());
        self.keep_error(Error::NotStreamable { operation: operation.into(), reason: reason.into(), source_line })
    }

    #[inline(never)]
    pub(crate) fn keep_error(&self, error: Error) -> Var<'_, T> {
        self.inner_mut().error.get_or_insert(error);
        Var::new(self, NodeId::FAILED)
    }

    /// Begins a derivative; [`DerivativeOf::node`] says of which node, from there on.
    pub(crate) fn begin_derivative(&self) -> DerivativeOf<'_, T> {
        let outer = self.inner().primals.last().and_then(|&(_, primal)| primal);
        DerivativeOf { tape: self, outer }
    }

    fn record_on_behalf_of(&self, primal: Option<NodeId>) {
        let mut inner = self.inner_mut();
        inner.on_behalf_of = primal.map(|primal| inner.graph.sources[primal.index()]);
        let next = NodeId(inner.graph.len() as u32);
        match inner.primals.last_mut() {
            Some((from, last)) if *from == next => *last = primal,
            Some((_, last)) if *last == primal => {}
            _ => inner.primals.push((next, primal)),
        }
    }

    /// Records a derivative that a rule needs by itself; nothing, and `None`, where that one's rules ask for others in turn.
    pub(crate) fn aside<R>(&self, record: impl FnOnce() -> R) -> Option<R> {
        struct Aside<'t, T: Scalar>(&'t Tape<T>);
        impl<T: Scalar> Drop for Aside<'_, T> {
            fn drop(&mut self) {
                self.0.inner_mut().is_aside = false;
            }
        }
        if std::mem::replace(&mut self.inner_mut().is_aside, true) {
            return None;
        }
        let _until_recorded = Aside(self);
        Some(record())
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

    /// A number as a node: what code that is generic in the scalar writes for `2.0`. NaN where the scalar can't hold it.
    ///
    /// ```
    /// use autodiff::{Scalar, Tape, Var};
    /// fn half_square<'t, T: Scalar>(x: Var<'t, T>) -> Var<'t, T> {
    ///     x.tape().number(0.5) * x * x
    /// }
    /// let tape = Tape::<f32>::new();
    /// assert_eq!(half_square(tape.variable("x", 3.0)).item()?, 4.5);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn number(&self, value: f64) -> Var<'_, T> {
        self.scalar(real(value))
    }

    /// A number of the tape's own scalar as a node.
    #[inline(never)]
    #[track_caller]
    pub(crate) fn scalar(&self, value: T) -> Var<'_, T> {
        let source = Location::caller();
        let mut inner = self.inner_mut();
        if let Some(error) = inner.refusal(source) {
            drop(inner);
            return self.keep_error(error);
        }
        let source = inner.on_behalf_of.unwrap_or(source);
        let id = inner.graph.push_scalar(value, source);
        Var::new(self, id)
    }

    /// A handle to a node by number.
    pub(crate) fn var(&self, id: NodeId) -> Var<'_, T> {
        Var::new(self, id)
    }

    pub(crate) fn shape_id(&self, id: NodeId) -> ShapeId {
        self.inner().graph.node(id).shape
    }
}

/// A derivative that is being recorded. When it is dropped, by a panic in a user's rule too, recording goes on for what it was
/// recorded for before.
pub(crate) struct DerivativeOf<'t, T: Scalar> {
    tape: &'t Tape<T>,
    outer: Option<NodeId>,
}

impl<T: Scalar> DerivativeOf<'_, T> {
    /// What is recorded from here on belongs to the derivative of `primal`.
    pub(crate) fn node(&self, primal: NodeId) {
        self.tape.record_on_behalf_of(Some(primal));
    }
}

impl<T: Scalar> Drop for DerivativeOf<'_, T> {
    fn drop(&mut self) {
        self.tape.record_on_behalf_of(self.outer);
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
