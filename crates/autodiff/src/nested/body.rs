//! A part of a tape as a recording of its own.

use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::hash::SmallMap;
use crate::memory::Limit;
use crate::ops::Op;
use crate::program::{Program, Replay};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::simplify::Rewrites;
use crate::tape::{Tape, Var, is_index_constant};
use std::sync::OnceLock;

/// A recording with its inputs in order, named by their places, and its program, which the first run compiles.
pub(super) struct Body<T: Scalar> {
    graph: Graph<T>,
    inputs: Vec<NodeId>,
    outputs: Vec<NodeId>,
    names: Vec<String>,
    rewrites: Rewrites,
    memory: Limit,
    program: OnceLock<Result<Program<T>>>,
}

impl<T: Scalar> Body<T> {
    /// What computes `outputs` from `own`, the newest inputs of a tape, and the nodes that it takes from outside, which become inputs
    /// behind those. What doesn't depend on `own` stays outside: it is computed once.
    pub(super) fn cut<'t>(
        tape: &'t Tape<T>,
        own: &[Var<'t, T>],
        outputs: &[Var<'t, T>],
    ) -> Result<(Self, Vec<Var<'t, T>>)> {
        tape.check()?;
        let (first, last) = (own.iter().map(|x| x.id()).min(), outputs.iter().map(|x| x.id()).max());
        let inner = tape.inner();
        let graph = &inner.graph;
        let from = first.map_or(graph.len(), NodeId::index);
        let mut depends = vec![false; last.map_or(0, |last| (last.index() + 1).saturating_sub(from))];
        for index in 0..depends.len() {
            let id = NodeId((from + index) as u32);
            let of_own = |arg: &NodeId| arg.index() >= from && depends[arg.index() - from];
            depends[index] = own.iter().any(|x| x.id() == id) || graph.args(id).iter().any(of_own);
        }
        let inside = |id: NodeId| id.index() >= from && depends.get(id.index() - from) == Some(&true);
        let mut needed: Vec<NodeId> = outputs.iter().map(|output| output.id()).filter(|&id| inside(id)).collect();
        let mut is_needed = vec![false; depends.len()];
        let mut open = needed.clone();
        needed.clear();
        while let Some(id) = open.pop() {
            if !std::mem::replace(&mut is_needed[id.index() - from], true) {
                needed.push(id);
                open.extend(graph.args(id).iter().copied().filter(|&arg| inside(arg)));
            }
        }
        needed.sort_unstable();

        let body = Tape::new();
        let mut cut = Cut { graph, body: &body, map: SmallMap::default(), outside: Vec::new(), inputs: Vec::new() };
        own.iter().for_each(|x| cut.input(x.id()));
        for &id in needed.iter().filter(|id| own.iter().all(|x| x.id() != **id)) {
            for &arg in graph.args(id) {
                cut.operand(arg)?;
            }
            let node = body.node_like(graph, id, |arg| cut.map.get(&arg).copied().unwrap_or(arg), false)?;
            cut.map.insert(id, node);
        }
        let mut roots = Vec::with_capacity(outputs.len());
        for output in outputs {
            cut.operand(output.id())?;
            roots.extend(cut.map.get(&output.id()));
        }
        let Cut { outside, inputs, .. } = cut;
        let outside = outside.into_iter().map(|id| tape.var(id)).collect();
        let (rewrites, memory) = (inner.rewrites, inner.memory);
        Ok((Self::of(body, inputs, roots, rewrites, memory), outside))
    }

    fn of(tape: Tape<T>, inputs: Vec<NodeId>, outputs: Vec<NodeId>, rewrites: Rewrites, memory: Limit) -> Self {
        let names = (0..inputs.len()).map(input_name).collect();
        Body { graph: tape.into_graph(), inputs, outputs, names, rewrites, memory, program: OnceLock::new() }
    }

    /// The recording on a tape of its own, to be gone on with.
    pub(super) fn tape(&self) -> Tape<T> {
        let tape = Tape::of(self.graph.clone());
        tape.set_rewrites(self.rewrites);
        tape.inner_mut().memory = self.memory;
        tape
    }

    /// What a draft of this recording became: `inputs` in order, `outputs`.
    pub(super) fn redrafted(&self, draft: Tape<T>, inputs: &[NodeId], outputs: &[NodeId]) -> Result<Self> {
        draft.check()?;
        let (graph, mut ids) = draft.into_graph().pruned(&[inputs, outputs].concat());
        let outputs = ids.split_off(inputs.len());
        let names = (0..ids.len()).map(input_name).collect();
        let (rewrites, memory) = (self.rewrites, self.memory);
        Ok(Body { graph, inputs: ids, outputs, names, rewrites, memory, program: OnceLock::new() }.renamed())
    }

    /// The inputs under names by their places.
    fn renamed(mut self) -> Self {
        for (&node, name) in self.inputs.iter().zip(&self.names) {
            if let Op::Input(place) = self.graph.op(node)
                && let Some(input) = self.graph.inputs.get_mut(place as usize)
            {
                input.name = name.as_str().into();
            }
        }
        self
    }

    /// The program that computes the outputs.
    pub(super) fn program(&self) -> Result<&Program<T>> {
        let compile = || {
            let tape = self.tape();
            let outputs: Vec<_> = self.outputs.iter().map(|&output| tape.var(output)).collect();
            tape.compile(&outputs).map(|program| program.with_threads(1))
        };
        self.program.get_or_init(compile).as_ref().map_err(Clone::clone)
    }

    /// The program, to be run again and again on its inputs in order.
    pub(super) fn replay(&self) -> Result<Replay<'_, T>> {
        Replay::new(self.program()?, self.names.iter().map(String::as_str))
    }

    pub(super) fn rewrites(&self) -> Rewrites {
        self.rewrites
    }

    pub(super) fn name(&self, input: usize) -> &str {
        self.names.get(input).map_or("", String::as_str)
    }

    pub(super) fn output_dims(&self, output: usize) -> &[usize] {
        self.outputs.get(output).map_or(&[], |&id| self.graph.shape(id).trailing())
    }

    /// The inputs, on a tape that [`tape`](Self::tape) made.
    pub(super) fn inputs_on<'t>(&self, tape: &'t Tape<T>) -> Vec<Var<'t, T>> {
        self.inputs.iter().map(|&id| tape.var(id)).collect()
    }

    /// The outputs there.
    pub(super) fn outputs_on<'t>(&self, tape: &'t Tape<T>) -> Vec<Var<'t, T>> {
        self.outputs.iter().map(|&id| tape.var(id)).collect()
    }

    pub(super) fn output_count(&self) -> usize {
        self.outputs.len()
    }

    pub(super) fn input_count(&self) -> usize {
        self.inputs.len()
    }
}

/// One more input, for the moment under a name that no other has.
pub(super) fn draft_input<'t, T: Scalar>(tape: &'t Tape<T>, dims: &[usize]) -> Var<'t, T> {
    tape.input(&format!("draft {}", tape.len()), dims)
}

/// A cut under way.
struct Cut<'g, T: Scalar> {
    graph: &'g Graph<T>,
    body: &'g Tape<T>,
    map: SmallMap<NodeId, NodeId>,
    outside: Vec<NodeId>,
    inputs: Vec<NodeId>,
}

impl<T: Scalar> Cut<'_, T> {
    /// An input of the body for a node of the tape.
    fn input(&mut self, id: NodeId) {
        let dims = self.graph.shape(id).trailing();
        let input = self.body.input(&input_name(self.inputs.len()), dims).id();
        self.inputs.push(input);
        self.map.insert(id, input);
    }

    /// Sees to it that a node that the body needs is there: numbers and constants are copied, all else comes from outside.
    fn operand(&mut self, id: NodeId) -> Result<()> {
        if self.map.contains_key(&id) {
            return Ok(());
        }
        let is_copied = match self.graph.op(id) {
            Op::Scalar(_) | Op::Constant(_) => true,
            Op::Input(place) => match self.graph.inputs.get(place as usize) {
                Some(input) if matches!(input.value, crate::graph::InputValue::Indices(_)) => {
                    if !is_index_constant(input) {
                        let reason = "indices are looked up in the recording of a loop or equation by `index_constant` alone; gather before \
                                      it, and hand over what was gathered";
                        return Err(self.refused(id, reason));
                    }
                    true
                }
                _ => false,
            },
            _ => false,
        };
        if is_copied {
            let copy = self.body.node_like(self.graph, id, |arg| arg, false)?;
            self.map.insert(id, copy);
            return Ok(());
        }
        if self.graph.shape(id).has_rows() {
            let source_line = self.graph.sources[id.index()];
            let reason = "a loop or equation takes what has no rows; bind the data as a fixed input".into();
            return Err(Error::NotStreamable { operation: self.graph.operation(id).into(), reason, source_line });
        }
        self.outside.push(id);
        self.input(id);
        Ok(())
    }

    fn refused(&self, id: NodeId, reason: &str) -> Error {
        Error::Recording {
            operation: self.graph.operation(id).into(),
            operands: vec![Shape::clone(self.graph.shape(id))],
            reason: reason.into(),
            source_line: self.graph.sources[id.index()],
        }
    }
}

/// The name of an input, of a tape that nobody else sees.
fn input_name(place: usize) -> String {
    place.to_string()
}
