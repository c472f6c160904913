//! A program without rows, run again and again on slices.

use super::Program;
use super::memory::Memory;
use super::plan::{Destination, OutputPlace};
use super::resolve::BoundInputs;
use crate::error::Result;
use crate::scalar::Scalar;

/// A program that a loop runs: its inputs are given by their places, and stay until they are given anew; its outputs are read where they
/// are. Nothing is looked up by name, checked or allocated in a run, which for a body of a few operations would take longer than they do.
pub(crate) struct Replay<'p, T: Scalar> {
    program: &'p Program<T>,
    memory: Memory<T>,
    /// Where each input goes; nowhere, if the program does without.
    inputs: Vec<Option<Destination>>,
}

impl<'p, T: Scalar> Replay<'p, T> {
    /// The inputs are those of the names given, in that order. No input or output is on the rows.
    pub(crate) fn new<'n>(program: &'p Program<T>, names: impl Iterator<Item = &'n str>) -> Result<Self> {
        let mut memory = Memory::new();
        memory.prepare(&program.plan, 0, 1, program.memory)?;
        let place = |name: &str| program.names.program_place(name);
        let copied = |place: u32| program.plan.input_copies.iter().find(|copy| copy.input == place).map(|copy| copy.to);
        let inputs = names.map(|name| place(name).and_then(copied)).collect();
        Ok(Replay { program, memory, inputs })
    }

    /// Gives an input its elements.
    pub(crate) fn set(&mut self, input: usize, elements: &[T]) {
        match self.inputs.get(input) {
            Some(&Some(Destination::Fixed(at))) => {
                self.memory.fixed[at as usize..][..elements.len()].copy_from_slice(elements);
            }
            Some(&Some(Destination::Scalar(place))) => self.memory.scalars[place as usize] = elements[0],
            _ => {}
        }
    }

    /// Computes the outputs.
    pub(crate) fn run(&mut self) -> Result<()> {
        let inputs = BoundInputs::at_hand(&self.program.graph.inputs, 0);
        let run = self.program.run_on(&inputs);
        for stage in &self.program.plan.stages {
            run.fixed_stage(&stage.fixed, &mut self.memory).map_err(|failure| self.program.failed(failure))?;
        }
        Ok(())
    }

    /// The elements of an output.
    pub(crate) fn output(&self, output: usize) -> &[T] {
        let len = self.program.graph.shape(self.program.outputs[output]).row_len();
        match self.program.plan.outputs[output] {
            OutputPlace::Scalar(place) => std::slice::from_ref(&self.memory.scalars[place as usize]),
            OutputPlace::Fixed(at) => &self.memory.fixed[at as usize..][..len],
            OutputPlace::Rows => &[],
        }
    }
}
