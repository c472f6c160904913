//! Building: from the nodes of a graph to the instructions of stages and passes, on values that have no memory yet.

use super::code::{Code, Place};
use super::lift::{Group, Groups, Inner, Step};
use super::nodes::{Families, families};
use super::pass_code::{FixedCode, PassCode};
use super::products::Accumulators;
use crate::graph::{Graph, InputValue, NodeId, NodeMap, ShapeId};
use crate::kernels::{LANES, Processor};
use crate::ops::Op;
use crate::program::instr::{Instr, ScalarInstr, ScalarOp};
use crate::program::plan::{Destination, Import, InputCopy, OutputPlace, Plan, Stage};
use crate::program::schedule::Schedule;
use crate::scalar::Scalar;
use std::sync::Arc;

/// A plan without instructions; what it does with fixed nodes; and what the pass of each stage does, if it has one.
type Built<T> = (Plan<T>, FixedCode, Vec<Option<PassCode>>);

/// Builds the instructions for a graph.
pub(super) fn build<T: Scalar>(graph: &Graph<T>, outputs: &[NodeId], processor: Processor) -> Built<T> {
    let schedule = Schedule::new(graph);
    let mut lowering = Lowering {
        graph,
        outputs,
        groups: Groups::find(graph, &schedule, outputs),
        schedule,
        fixed: Code::new(graph, false, NodeMap::for_nodes(graph.len()), Vec::new()),
        rows_places: NodeMap::default(),
        plan: Plan::empty(processor),
        pinned: Vec::new(),
        ends: Vec::new(),
    };
    let mut bodies = Vec::new();
    for level in 0..lowering.schedule.fixed.len() {
        let nodes = std::mem::take(&mut lowering.schedule.fixed[level]);
        lowering.fixed_nodes(level as u32, &nodes);
        lowering.ends.push(lowering.fixed.instrs.len());
        bodies.push(lowering.body(level as u32));
        lowering.plan.stages.push(Stage::default());
    }
    lowering.finish(bodies)
}

struct Lowering<'g, T: Scalar> {
    graph: &'g Graph<T>,
    outputs: &'g [NodeId],
    schedule: Schedule,
    groups: Option<Groups>,
    /// All fixed nodes, of all stages.
    fixed: Code<'g, T>,
    /// The map of places for the next pass.
    rows_places: NodeMap<Place>,
    plan: Plan<T>,
    /// Values of the fixed arena that stay to the end of a run.
    pinned: Vec<u32>,
    /// Where the instructions of each stage end.
    ends: Vec<usize>,
}

impl<T: Scalar> Lowering<'_, T> {
    fn fixed_nodes(&mut self, level: u32, nodes: &[NodeId]) {
        let arrays: Vec<NodeId> =
            nodes.iter().copied().filter(|&id| self.graph.node(id).shape != ShapeId::SCALAR).collect();
        let numbers = nodes.len() - arrays.len();
        self.plan.scalars.reserve(numbers);
        self.plan.scalar_code.reserve(numbers);
        let families = families(&self.fixed, &arrays);
        let Some(groups) = self.groups.take() else {
            return nodes.iter().for_each(|&id| self.fixed_node(id, &families));
        };
        for step in groups.steps(self.graph, level, nodes) {
            match step {
                Step::Node(id) => self.fixed_node(id, &families),
                Step::Group(group) => self.lift(group),
            }
        }
        self.groups = Some(groups);
    }

    /// Nodes that are computed by a program of their own.
    fn lift(&mut self, group: &Group) {
        let mut inner = Inner::new();
        for &id in &group.nodes {
            inner.add(&mut self.fixed, id);
        }
        let (results, lifted, operands) = inner.finish(group, Plan::empty(self.plan.processor));
        let mut outs = Vec::with_capacity(lifted.outputs.len());
        for result in results {
            let at = self.fixed.value(self.fixed.len(result[0]));
            outs.push(at);
            for id in result {
                self.fixed.place(id, at);
            }
        }
        self.plan.lifted.push(Arc::new(lifted));
        let program = self.plan.lifted.len() as u32 - 1;
        let source = group.nodes[0].0;
        self.fixed.instrs.push(Instr::Lifted { program, operands, outs: outs.into(), source });
        for &id in &group.results {
            self.pick_number(id);
        }
    }

    /// Keeps the result of an instruction as a number, where it is one.
    fn pick_number(&mut self, id: NodeId) {
        if self.graph.node(id).shape == ShapeId::SCALAR {
            let x = self.fixed.array(id);
            let scalar = self.number(T::nan());
            self.fixed.instrs.push(Instr::Pick { x, scalar });
            self.fixed.places.insert(id, Place::Scalar(scalar));
        }
    }

    fn fixed_node(&mut self, id: NodeId, families: &Families) {
        let node = self.graph.node(id);
        let scalar = node.shape == ShapeId::SCALAR;
        match node.op {
            Op::Input(input) => self.fixed_input(id, input, scalar),
            Op::Constant(index) => {
                let at = self.pinned_value(self.fixed.len(id));
                self.plan.constants.push((at, self.graph.constants[index as usize].clone()));
                self.fixed.place(id, at);
            }
            Op::Scalar(index) => {
                let value = self.graph.payloads.scalar(index);
                let place = self.number(value);
                self.fixed.places.insert(id, Place::Scalar(place));
            }
            Op::RowCount => {
                let place = self.number(T::nan());
                self.plan.row_count = Some(place);
                self.fixed.places.insert(id, Place::Scalar(place));
            }
            op if scalar && op.is_elementwise() => self.scalar_node(id, op),
            _ => {
                self.fixed.lower(id, families);
                self.pick_number(id);
            }
        }
    }

    fn fixed_input(&mut self, id: NodeId, input: u32, scalar: bool) {
        if matches!(self.graph.inputs[input as usize].value, InputValue::Indices(_)) {
            return;
        }
        let to = if scalar {
            let place = self.number(T::nan());
            self.fixed.places.insert(id, Place::Scalar(place));
            Destination::Scalar(place)
        } else {
            let at = self.pinned_value(self.fixed.len(id));
            self.fixed.place(id, at);
            Destination::Fixed(at)
        };
        self.plan.input_copies.push(InputCopy { input, to });
    }

    /// An operation on single numbers, at the end of the scalar code.
    fn scalar_node(&mut self, id: NodeId, op: Op) {
        let mut operands = [0; 3];
        for (operand, &arg) in operands.iter_mut().zip(self.graph.args(id)) {
            *operand = self.fixed.scalar(arg);
        }
        let [a, b, c] = operands;
        let (op, b) = match op {
            Op::Unary(unary) => (ScalarOp::Unary(unary), 0),
            Op::Binary(binary) => (ScalarOp::Binary(binary), b),
            Op::Powi(n) => (ScalarOp::Powi, n as u32),
            Op::Ordered(family, order) => (ScalarOp::Ordered(family, order), 0),
            Op::Powf(exponent) => (ScalarOp::Powf, self.number(self.graph.payloads.scalar(exponent))),
            _ => {
                self.plan.choices.push([b, c]);
                (ScalarOp::Select, self.plan.choices.len() as u32 - 1)
            }
        };
        let out = self.number(T::nan());
        let first = self.plan.scalar_code.len() as u32;
        self.plan.scalar_code.push(ScalarInstr { op, a, b, out });
        let starts_stage = self.ends.last() == Some(&self.fixed.instrs.len());
        match self.fixed.instrs.last_mut() {
            Some(Instr::Scalars { count, .. }) if !starts_stage => *count += 1,
            _ => self.fixed.instrs.push(Instr::Scalars { first, count: 1 }),
        }
        self.fixed.places.insert(id, Place::Scalar(out));
    }

    fn number(&mut self, value: T) -> u32 {
        self.plan.scalars.push(value);
        self.plan.scalars.len() as u32 - 1
    }

    fn pinned_value(&mut self, len: usize) -> u32 {
        let at = self.fixed.value(len);
        self.pinned.push(at);
        at
    }

    /// What the pass of `level` does, if anything is computed on the rows there.
    fn body(&mut self, level: u32) -> Option<PassCode> {
        let graph = self.graph;
        let nodes = self.schedule.pass_nodes(graph, self.outputs, level);
        let reductions = std::mem::take(&mut self.schedule.reductions[level as usize]);
        if nodes.is_empty() {
            return None;
        }
        let (places, layouts) = (std::mem::take(&mut self.rows_places), std::mem::take(&mut self.fixed.layouts));
        let mut code = Code::new(graph, true, places, layouts);
        for &id in nodes.iter().chain(&reductions) {
            for &arg in graph.args(id) {
                self.bring_in(&mut code, arg);
            }
        }
        let families = families(&code, &nodes);
        for &id in &nodes {
            match graph.op(id) {
                Op::Input(input) if matches!(graph.inputs[input as usize].value, InputValue::Numbers(_)) => {
                    let len = code.len(id) as u32;
                    code.emit(id, |out| Instr::Load { input, out, len });
                }
                _ => code.lower(id, &families),
            }
        }
        let mut accumulators = Accumulators::default();
        for &id in &reductions {
            let to = self.destination(id);
            code.lower_accumulation(id, to, &mut accumulators);
        }
        for (output, &id) in self.outputs.iter().enumerate() {
            if graph.shape(id).has_rows() && self.schedule.level(id) == level {
                let (x, len) = (code.array(id), code.len(id) as u32);
                code.instrs.push(Instr::Store { x, output: output as u32, len });
            }
        }
        self.fixed.layouts = std::mem::take(&mut code.layouts);
        self.rows_places = std::mem::take(&mut code.places);
        self.rows_places.clear();
        let fixed_uses = code.imports.iter().filter_map(|import| match import {
            Import::Array { from, .. } => Some(*from),
            Import::Scalar { .. } => None,
        });
        self.pinned.extend(fixed_uses);
        Some(PassCode::new(code, accumulators))
    }

    /// Makes a fixed node known to the code of a pass.
    fn bring_in(&self, code: &mut Code<'_, T>, id: NodeId) {
        if self.graph.shape(id).has_rows() {
            return;
        }
        if code.places.contains(id) {
            return;
        }
        let place = match self.fixed.places.get(id) {
            Some(Place::Array(at)) => Place::Outside(at),
            // A number in every lane of one tile: that tile is all there is to bring.
            Some(Place::Splat(from)) => {
                let to = code.fixed_value(1);
                code.imports.push(Import::Array { from, to, len: LANES as u32 });
                Place::Splat(to)
            }
            Some(place) => place,
            None => return,
        };
        code.places.insert(id, place);
    }

    /// Where the result of a reduction over the rows goes.
    fn destination(&mut self, id: NodeId) -> Destination {
        if self.graph.node(id).shape == ShapeId::SCALAR {
            let place = self.number(T::nan());
            self.fixed.places.insert(id, Place::Scalar(place));
            return Destination::Scalar(place);
        }
        let at = self.pinned_value(self.fixed.len(id));
        self.fixed.place(id, at);
        Destination::Fixed(at)
    }

    /// Places of outputs, and what is computed for them at the end.
    fn finish(mut self, bodies: Vec<Option<PassCode>>) -> Built<T> {
        for &output in self.outputs {
            let place = match self.fixed.places.get(output) {
                Some(Place::Scalar(scalar)) => OutputPlace::Scalar(scalar),
                Some(_) => {
                    let at = self.fixed.array(output);
                    self.pinned.push(at);
                    OutputPlace::Fixed(at)
                }
                None => OutputPlace::Rows,
            };
            self.plan.outputs.push(place);
        }
        // Outputs that were a number in every lane were just written out.
        if let Some(end) = self.ends.last_mut() {
            *end = self.fixed.instrs.len();
        }
        let prologue = std::mem::take(&mut self.fixed.prologue);
        self.fixed.instrs.extend(prologue);
        if let Some(end) = self.ends.last_mut() {
            *end = self.fixed.instrs.len();
        }
        self.plan.layouts = std::mem::take(&mut self.fixed.layouts);
        self.plan.fixed_panels = self.fixed.panels as usize;
        let fixed =
            FixedCode { instrs: self.fixed.instrs, lens: self.fixed.lens, ends: self.ends, pinned: self.pinned };
        (self.plan, fixed, bodies)
    }
}

impl<T: Scalar> Plan<T> {
    fn empty(processor: Processor) -> Self {
        Plan {
            processor,
            stages: Vec::new(),
            scalar_code: Vec::new(),
            choices: Vec::new(),
            layouts: Vec::new(),
            lifted: Vec::new(),
            input_copies: Vec::new(),
            row_count: None,
            outputs: Vec::new(),
            scalars: Vec::new(),
            constants: Vec::new(),
            fixed_arena: 0,
            fixed_panels: 0,
        }
    }
}
