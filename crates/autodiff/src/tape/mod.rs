//! The tape: what records operations, and the handles that stand for their results.

mod leaves;
mod operators;
mod var;

pub use leaves::IntoValue;
pub(crate) use leaves::{check_bound_shape, value_at_hand};
pub use operators::Operand;
pub use var::{IndexVar, Var};

use crate::error::{Error, Result, Source};
use crate::graph::{Graph, NodeId, ShapeId, Value};
use crate::node_map::NodeMap;
use crate::ops::{self, CustomOp, Evaluated, Op};
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use crate::simplify::{AppliedRewrite, Rewrites};
use std::cell::{Ref, RefCell, RefMut};
use std::collections::HashSet;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// The most nodes a tape holds: node numbers are 32 bits, one of which stands for failure.
const MAX_NODES: usize = u32::MAX as usize - 1;

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
    inner: RefCell<Inner<T>>,
}

pub(crate) struct Inner<T: Scalar> {
    pub(crate) graph: Graph<T>,
    /// The names of the inputs.
    names: HashSet<Arc<str>>,
    /// The values computed so far, by node.
    pub(crate) values: Vec<Option<Evaluated<T>>>,
    pub(crate) rewrites: Rewrites,
    /// The rewrites applied to what was differentiated.
    pub(crate) applied: Vec<AppliedRewrite>,
    error: Option<Error>,
    /// Maps that derivatives were recorded with, to be used again.
    maps: Vec<NodeMap>,
    /// While a derivative is recorded: the line of the primal node it belongs to.
    on_behalf_of: Option<Source>,
    /// From which node on what was recorded belongs to the derivative of which primal; `None` for the user's own.
    primals: Vec<(NodeId, Option<NodeId>)>,
}

impl<T: Scalar> Tape<T> {
    /// An empty tape.
    pub fn new() -> Self {
        Self::of(Graph::new())
    }

    /// A tape that goes on from what `graph` has.
    pub(crate) fn of(graph: Graph<T>) -> Self {
        Self {
            inner: RefCell::new(Inner {
                names: graph.inputs.iter().map(|input| input.name.clone()).collect(),
                graph,
                values: Vec::new(),
                rewrites: Rewrites::ALL,
                applied: Vec::new(),
                error: None,
                maps: Vec::new(),
                on_behalf_of: None,
                primals: Vec::new(),
            }),
        }
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
        self.inner_mut().rewrites = rewrites;
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

    fn record_node<'t>(&'t self, op: Op, operands: &[Var<'t, T>], shape: Option<&Shape>, source: Source) -> Var<'t, T> {
        let mut ids: crate::graph::Args = crate::graph::Args::new();
        for operand in operands {
            if !std::ptr::eq(self, operand.tape()) {
                let operation = self.inner().graph.operation_name(op).into();
                return self.keep_error(Error::ForeignTape { operation, source_line: source });
            }
            if operand.is_failed() {
                return *operand;
            }
            ids.push(operand.id());
        }
        let mut inner = self.inner_mut();
        if inner.graph.len() >= MAX_NODES {
            drop(inner);
            return self.keep_error(Error::TapeFull { limit: MAX_NODES });
        }
        let inferred = match shape {
            None => ops::infer_shape(&mut inner.graph, op, &ids),
            Some(shape) => ops::check_size(shape).map(|()| inner.graph.intern(shape)),
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
    pub(crate) fn record_slice<'t>(
        &'t self,
        x: Var<'t, T>,
        slices: smallvec::SmallVec<[crate::graph::AxisSlice; 4]>,
    ) -> Var<'t, T> {
        let index = {
            let table = &mut self.inner_mut().graph.slices;
            table.push(slices);
            table.len() as u32 - 1
        };
        self.record(Op::Slice(index), &[x])
    }

    #[track_caller]
    pub(crate) fn record_permutation<'t>(&'t self, x: Var<'t, T>, order: &[usize]) -> Var<'t, T> {
        let index = {
            let table = &mut self.inner_mut().graph.permutations;
            table.push(Dims::from_slice(order));
            table.len() as u32 - 1
        };
        self.record(Op::Permute(index), &[x])
    }

    /// Keeps the first error of a recording; what failed is a handle on which nothing more is recorded.
    #[track_caller]
    pub(crate) fn fail<'t>(&'t self, operation: &str, operands: &[Var<'t, T>], reason: String) -> Var<'t, T> {
        self.fail_at(operation, operands, reason, Location::caller())
    }

    fn fail_at<'t>(&'t self, operation: &str, operands: &[Var<'t, T>], reason: String, source: Source) -> Var<'t, T> {
        let known = operands.iter().filter(|operand| !operand.is_failed() && std::ptr::eq(self, operand.tape()));
        let operands = known.map(|operand| operand.shape()).collect();
        let source_line = self.inner().on_behalf_of.unwrap_or(source);
        self.keep_error(Error::Recording { operation: operation.into(), operands, reason, source_line })
    }

    /// Refuses an operation over the open rows axis, saying why and what to do.
    #[track_caller]
    pub(crate) fn not_streamable(&self, operation: &str, reason: &str) -> Var<'_, T> {
        let source_line = self.inner().on_behalf_of.unwrap_or(Location::caller());
        self.keep_error(Error::NotStreamable { operation: operation.into(), reason: reason.into(), source_line })
    }

    pub(crate) fn keep_error(&self, error: Error) -> Var<'_, T> {
        self.inner_mut().error.get_or_insert(error);
        Var::new(self, NodeId::FAILED)
    }

    /// Says which node's derivative is being recorded from here on.
    pub(crate) fn record_on_behalf_of(&self, primal: Option<NodeId>) {
        let mut inner = self.inner_mut();
        inner.on_behalf_of = primal.map(|primal| inner.graph.sources[primal.index()]);
        let next = NodeId(inner.graph.len() as u32);
        match inner.primals.last_mut() {
            Some((from, last)) if *from == next => *last = primal,
            Some((_, last)) if *last == primal => {}
            _ => inner.primals.push((next, primal)),
        }
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

    pub(crate) fn keep_custom(&self, operation: Arc<dyn CustomOp<T>>) -> u32 {
        let table = &mut self.inner_mut().graph.customs;
        table.push(operation);
        table.len() as u32 - 1
    }

    pub(crate) fn custom_at(&self, index: u32) -> Arc<dyn CustomOp<T>> {
        self.inner().graph.customs[index as usize].clone()
    }

    pub(crate) fn permutation(&self, index: u32) -> Dims {
        self.inner().graph.permutations[index as usize].clone()
    }

    pub(crate) fn scalar_at(&self, index: u32) -> T {
        self.inner().graph.scalars[index as usize]
    }

    /// A number as a node.
    #[track_caller]
    pub(crate) fn number(&self, value: T) -> Var<'_, T> {
        let source = Location::caller();
        let mut inner = self.inner_mut();
        let source = inner.on_behalf_of.unwrap_or(source);
        let id = inner.graph.push_scalar(value, source);
        Var::new(self, id)
    }

    #[track_caller]
    pub(crate) fn push_constant(&self, value: Value<T>) -> Var<'_, T> {
        let source = Location::caller();
        let id = self.inner_mut().graph.push_constant(value, source);
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

impl<T: Scalar> Inner<T> {
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
