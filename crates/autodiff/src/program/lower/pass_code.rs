//! What was built, on its way through the passes: instructions on values, which are numbered and have no memory yet.

use super::code::Code;
use super::products::Accumulators;
use crate::program::instr::{At, Instr};
use crate::program::plan::Import;
use crate::scalar::Scalar;

/// What a pass over the rows does.
pub(super) struct PassCode {
    pub(super) imports: Vec<Import>,
    /// Run once before the blocks.
    pub(super) prologue: Vec<Instr>,
    pub(super) instrs: Vec<Instr>,
    /// The elements (of a row) of each value; whether it has rows.
    pub(super) lens: Vec<(usize, bool)>,
    pub(super) accumulators: Accumulators,
    pub(super) panels: usize,
}

impl PassCode {
    pub(super) fn new<T: Scalar>(code: Code<'_, T>, accumulators: Accumulators) -> Self {
        let Code { imports, prologue, instrs, lens, panels, .. } = code;
        PassCode { imports, prologue, instrs, lens, accumulators, panels: panels as usize }
    }
}

/// What is done with fixed nodes, of all stages.
pub(super) struct FixedCode {
    pub(super) instrs: Vec<Instr>,
    /// Where the instructions of each stage end.
    pub(super) ends: Vec<usize>,
    /// The elements of each value.
    pub(super) lens: Vec<(usize, bool)>,
    /// Values that stay to the end of a run.
    pub(super) pinned: Vec<At>,
}
