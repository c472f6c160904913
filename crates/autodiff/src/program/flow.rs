//! A program as steps with what each of them reads, for pictures.
//!
//! Instructions name places in memory; here they are followed back to the step that wrote them. What only moves a value, such as a
//! number into every lane of a tile, is no step.

use super::Program;
use super::explain::{elementwise, step};
use super::instr::{At, Indices, Instr, RowSum, RowSweep, ScalarOp};
use super::plan::{Destination, Import, OutputPlace, Pass};
use crate::scalar::Scalar;
use std::collections::{HashMap, HashSet};

/// What a program does, stage after stage.
#[derive(Default)]
pub(crate) struct Flow {
    /// What each stage is.
    pub(crate) stages: Vec<String>,
    /// The steps, those that they read before them.
    pub(crate) steps: Vec<Step>,
}

/// A step of a program.
pub(crate) struct Step {
    pub(crate) kind: StepKind,
    pub(crate) title: String,
    pub(crate) details: Vec<String>,
    /// The steps whose results it reads, by their places.
    pub(crate) reads: Vec<usize>,
    /// The numbers of the outputs that it gives, from 0.
    pub(crate) outputs: Vec<usize>,
    pub(crate) stage: usize,
}

/// What kind of step it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StepKind {
    Input,
    Constant,
    /// Elementwise operations, done together.
    Elementwise,
    /// A reduction over the rows.
    Reduction,
    Other,
}

impl<T: Scalar> Program<T> {
    /// The steps of the program.
    pub(crate) fn flow(&self) -> Flow {
        let mut tracer = Tracer::new(self);
        let (mut number, passes) = (0, self.passes());
        for stage in &self.plan.stages {
            tracer.begin(if number == 0 { "once, before the rows".into() } else { "then, once".into() });
            tracer.instructions(Frame::Fixed, &stage.fixed);
            if let Some(pass) = &stage.pass {
                number += 1;
                let (bytes, rows) = (pass.row_bytes, pass.streamed_rows);
                tracer.begin(format!(
                    "pass {number} of {passes} over the rows: {bytes} bytes a row, in blocks of {rows} rows"
                ));
                tracer.pass(pass);
            }
        }
        tracer.finish()
    }
}

/// Which arena instructions work in.
#[derive(Clone, Copy)]
enum Frame {
    Fixed,
    Block,
}

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Place {
    Fixed(At),
    Block(At),
    Scalar(u32),
    FixedPanels(u32),
    BlockPanels(u32),
    Accumulator(u32),
    /// The rows of an input, or all of a fixed one.
    Input(u32),
}

impl Frame {
    fn arena(self, at: At) -> Place {
        match self {
            Frame::Fixed => Place::Fixed(at),
            Frame::Block => Place::Block(at),
        }
    }

    fn panels(self, at: u32) -> Place {
        match self {
            Frame::Fixed => Place::FixedPanels(at),
            Frame::Block => Place::BlockPanels(at),
        }
    }
}

struct Tracer<'p, T: Scalar> {
    program: &'p Program<T>,
    flow: Flow,
    /// The stage whose first step is still to come.
    title: Option<String>,
    written_by: HashMap<Place, usize>,
    /// Places that hold what another place holds for the whole run.
    copies: HashMap<Place, Place>,
}

impl<'p, T: Scalar> Tracer<'p, T> {
    fn new(program: &'p Program<T>) -> Self {
        let copies = program.plan.input_copies.iter().map(|copy| (of(copy.to), Place::Input(copy.input)));
        Self { program, flow: Flow::default(), title: None, written_by: HashMap::new(), copies: copies.collect() }
    }

    fn begin(&mut self, title: String) {
        self.title = Some(title);
        self.written_by.retain(|place, _| !matches!(place, Place::Block(_) | Place::BlockPanels(_)));
        self.copies.retain(|place, _| !matches!(place, Place::Block(_)));
    }

    fn pass(&mut self, pass: &Pass) {
        // An input is read anew in every pass.
        self.written_by.retain(|place, _| !self.program.is_on_rows(*place));
        for import in &pass.imports {
            let (to, from) = match *import {
                Import::Scalar { scalar, to } => (to, Place::Scalar(scalar)),
                Import::Array { from, to, .. } => (to, Place::Fixed(from)),
            };
            self.copies.insert(Place::Block(to), from);
        }
        // The product of a pipelined pair is that of the next block: for the first one, it comes before the body.
        let pipelined = |instr: &Instr| match instr {
            Instr::RowSweep(sweep) if sweep.is_pipelined() => Some(*sweep),
            _ => None,
        };
        let ahead =
            pass.body.iter().filter_map(pipelined).map(|sweep| Instr::RowSweep(RowSweep { sum: None, ..sweep }));
        let body = pass.body.iter().map(|instr| match pipelined(instr) {
            Some(sweep) => Instr::RowSweep(RowSweep { dots: [None; 2], ..sweep }),
            None => instr.clone(),
        });
        let all: Vec<Instr> = pass.prologue.iter().cloned().chain(ahead).chain(body).collect();
        self.instructions(Frame::Block, &all);
        for accumulator in &pass.accumulators {
            if let Some(step) = self.source(Place::Accumulator(accumulator.at)) {
                self.written_by.insert(of(accumulator.to), step);
            }
        }
    }

    fn instructions<'i>(&mut self, frame: Frame, instrs: impl IntoIterator<Item = &'i Instr>) {
        let mut together: Vec<&Instr> = Vec::new();
        for instr in instrs {
            match instr {
                Instr::Splat { scalar, out } => self.copy(frame.arena(*out), Place::Scalar(*scalar)),
                Instr::Load { input, out, .. } => self.copy(frame.arena(*out), Place::Input(*input)),
                Instr::Zero { .. } => {}
                _ if !elementwise(instr).is_empty() => together.push(instr),
                _ => {
                    self.together(frame, &std::mem::take(&mut together));
                    self.other(frame, instr);
                }
            }
        }
        self.together(frame, &together);
    }

    fn copy(&mut self, to: Place, from: Place) {
        self.written_by.remove(&to);
        self.copies.insert(to, from);
    }

    /// Elementwise operations as one step.
    fn together(&mut self, frame: Frame, instrs: &[&Instr]) {
        if instrs.is_empty() {
            return;
        }
        let names: Vec<String> = instrs.iter().flat_map(|instr| elementwise(instr)).collect();
        let (mut reads, mut written) = (Vec::new(), HashSet::new());
        for instr in instrs {
            for place in self.read_by(frame, instr) {
                if !written.contains(&place) {
                    reads.extend(self.source(place));
                }
            }
            written.extend(self.written(frame, instr));
        }
        let (title, details) = match &names[..] {
            [name] => (name.clone(), Vec::new()),
            names => (format!("{} elementwise operations", names.len()), vec![names.join(", ")]),
        };
        self.push(StepKind::Elementwise, title, details, reads, written);
    }

    fn other(&mut self, frame: Frame, instr: &Instr) {
        let reads: Vec<usize> = self.read_by(frame, instr).into_iter().filter_map(|place| self.source(place)).collect();
        match instr {
            // These move what they read.
            Instr::Pick { scalar, .. } => self.moved(Place::Scalar(*scalar), &reads),
            Instr::Pack { panels, .. } => self.moved(frame.panels(*panels), &reads),
            Instr::Store { output, .. } => {
                if let Some(&read) = reads.first() {
                    self.flow.steps[read].outputs.push(*output as usize);
                }
            }
            _ => {
                let written = self.written(frame, instr);
                let is_reduction = written.iter().any(|place| matches!(place, Place::Accumulator(_)));
                let kind = if is_reduction { StepKind::Reduction } else { StepKind::Other };
                let text = step(&self.program.graph, instr);
                let parts = text.split_once(": ").or_else(|| text.split_once(", of "));
                let (title, detail) = parts.unwrap_or((&text, ""));
                let details = if detail.is_empty() { Vec::new() } else { vec![detail.into()] };
                self.push(kind, title.into(), details, reads, written);
            }
        }
    }

    fn moved(&mut self, to: Place, reads: &[usize]) {
        self.copies.remove(&to);
        match reads.first() {
            Some(&read) => self.written_by.insert(to, read),
            None => self.written_by.remove(&to),
        };
    }

    fn push(
        &mut self,
        kind: StepKind,
        title: String,
        details: Vec<String>,
        mut reads: Vec<usize>,
        written: impl IntoIterator<Item = Place>,
    ) -> usize {
        let place = self.flow.steps.len();
        let mut seen = HashSet::new();
        reads.retain(|&read| seen.insert(read));
        self.flow.stages.extend(self.title.take());
        let stage = self.flow.stages.len().saturating_sub(1);
        self.flow.steps.push(Step { kind, title, details, reads, outputs: Vec::new(), stage });
        for written in written {
            self.copies.remove(&written);
            self.written_by.insert(written, place);
        }
        place
    }

    /// The step that wrote a place; an input or a constant becomes a step where it is read first.
    fn source(&mut self, place: Place) -> Option<usize> {
        if let Some(&step) = self.written_by.get(&place) {
            return Some(step);
        }
        if let Some(&from) = self.copies.get(&place) {
            return self.source(from);
        }
        let Program { graph, plan, .. } = self.program;
        match place {
            Place::Input(input) => {
                let input = &graph.inputs[input as usize];
                let shape = graph.shape(input.node).to_string();
                let details = if shape == "[]" { Vec::new() } else { vec![shape] };
                Some(self.push(StepKind::Input, input.name.to_string(), details, Vec::new(), [place]))
            }
            Place::Scalar(scalar) if plan.row_count == Some(scalar) => {
                Some(self.push(StepKind::Input, "number of rows".into(), Vec::new(), Vec::new(), [place]))
            }
            Place::Fixed(at) => {
                let (_, constant) = plan.constants.iter().find(|(place, _)| *place == at)?;
                let details = vec![format!("{} numbers", constant.len())];
                Some(self.push(StepKind::Constant, "constant".into(), details, Vec::new(), [place]))
            }
            _ => None,
        }
    }

    fn read_by(&self, frame: Frame, instr: &Instr) -> Vec<Place> {
        let inputs = instr.inputs().into_iter().map(Place::Input);
        let mut places: Vec<Place> = inputs.chain(instr.reads().into_iter().map(|at| frame.arena(at))).collect();
        match instr {
            Instr::Scalars { first, count } => places.extend(self.numbers_read(*first, *count)),
            Instr::Gather { indices: Indices::Fixed(input), .. }
            | Instr::ScatterAdd { indices: Indices::Fixed(input), .. }
            | Instr::AccumulateScatter { indices: Indices::Fixed(input), .. } => places.push(Place::Input(*input)),
            Instr::MatMul { panels, .. } => places.push(frame.panels(*panels)),
            _ => {}
        }
        places
    }

    /// The numbers that scalar code reads and doesn't write itself.
    fn numbers_read(&self, first: u32, count: u32) -> Vec<Place> {
        let plan = &self.program.plan;
        let code = &plan.scalar_code[first as usize..(first + count) as usize];
        let written: HashSet<u32> = code.iter().map(|instr| instr.out).collect();
        let read = code.iter().flat_map(|instr| match instr.op {
            ScalarOp::Binary(_) => vec![instr.a, instr.b],
            ScalarOp::Select => [&[instr.a], &plan.choices[instr.b as usize][..]].concat(),
            _ => vec![instr.a],
        });
        read.filter(|number| !written.contains(number)).map(Place::Scalar).collect()
    }

    fn written(&self, frame: Frame, instr: &Instr) -> Vec<Place> {
        match instr {
            Instr::Scalars { first, count } => {
                let code = &self.program.plan.scalar_code[*first as usize..(first + count) as usize];
                code.iter().map(|instr| Place::Scalar(instr.out)).collect()
            }
            Instr::Accumulate { acc, .. }
            | Instr::RowSweep(RowSweep { sum: Some(RowSum { acc, .. }), .. })
            | Instr::AccumulateMatMul { acc, .. }
            | Instr::AccumulateGram { acc, .. }
            | Instr::AccumulateScatter { acc, .. } => vec![Place::Accumulator(*acc)],
            _ => instr.writes().into_iter().map(|at| frame.arena(at)).collect(),
        }
    }

    fn finish(mut self) -> Flow {
        let places = self.program.plan.outputs.iter().enumerate().filter_map(|(output, place)| match *place {
            OutputPlace::Scalar(scalar) => Some((output, Place::Scalar(scalar))),
            OutputPlace::Fixed(at) => Some((output, Place::Fixed(at))),
            OutputPlace::Rows => None,
        });
        for (output, place) in places.collect::<Vec<_>>() {
            if let Some(step) = self.source(place) {
                self.flow.steps[step].outputs.push(output);
            }
        }
        self.flow
    }
}

fn of(destination: Destination) -> Place {
    match destination {
        Destination::Scalar(scalar) => Place::Scalar(scalar),
        Destination::Fixed(at) => Place::Fixed(at),
    }
}

impl<T: Scalar> Program<T> {
    fn is_on_rows(&self, place: Place) -> bool {
        match place {
            Place::Input(input) => self.graph.shape(self.graph.inputs[input as usize].node).has_rows(),
            _ => false,
        }
    }
}
