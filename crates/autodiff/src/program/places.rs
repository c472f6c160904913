//! What an instruction reads and writes: one list, which analyses and the assignment of memory share.

use super::instr::{At, Dot, Factor, Indices, Instr, Operand, Part, RowSum, RowSweep, Step};
use crate::hash::SmallMap;
use smallvec::SmallVec;

/// What an instruction does with a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

use Access::{Read, Write};

macro_rules! visit_factor {
    ($factor:expr, $place:ident, $input:ident) => {
        match $factor {
            Factor::Arena(at) => $place(at, Read),
            Factor::Input(rows) => $input(*rows),
        }
    };
}

/// Calls `place` with each place of an instruction and what is done there, those that are read first, and `input` with each input
/// whose rows are read. A macro, so that shared and exclusive references take the same list.
macro_rules! visit {
    ($instr:expr, $place:ident, $input:ident) => {
        match $instr {
            Instr::Scalars { .. } => {}
            Instr::Splat { out, .. } | Instr::Zero { out, .. } => $place(out, Write),
            Instr::Load { input: rows, out, .. } => {
                $input(*rows);
                $place(out, Write);
            }
            Instr::Pick { x, .. } | Instr::Pack { x, .. } | Instr::Accumulate { x, .. } | Instr::Store { x, .. } => {
                $place(x, Read);
            }
            Instr::Unary { x, out, .. }
            | Instr::Powi { x, out, .. }
            | Instr::Powf { x, out, .. }
            | Instr::Ordered { x, out, .. }
            | Instr::Copy { x, out, .. }
            | Instr::Reduce { x, out, .. }
            | Instr::Normalise { x, out, .. } => {
                $place(x, Read);
                $place(out, Write);
            }
            Instr::Split { x, columns, .. } => {
                $place(x, Read);
                for (_, out) in columns {
                    $place(out, Write);
                }
            }
            Instr::Join { parts, out, .. } => {
                for Part { x, .. } in parts {
                    $place(x, Read);
                }
                $place(out, Write);
            }
            Instr::Binary { step: Step { a, b, out, .. }, .. } => {
                for Operand { at, .. } in [a, b] {
                    $place(at, Read);
                }
                $place(out, Write);
            }
            Instr::Chain { steps, .. } => {
                for Step { a, b, out, .. } in steps {
                    for Operand { at, .. } in [a, b] {
                        $place(at, Read);
                    }
                    $place(out, Write);
                }
            }
            Instr::Select { condition, a, b, out, .. } => {
                for Operand { at, .. } in [condition, a, b] {
                    $place(at, Read);
                }
                $place(out, Write);
            }
            Instr::Triple { operands, out, .. } => {
                for Operand { at, .. } in operands {
                    $place(at, Read);
                }
                $place(out, Write);
            }
            Instr::Logistic { z, outs, .. } => {
                $place(z, Read);
                for out in outs.into_iter().flatten() {
                    $place(out, Write);
                }
            }
            Instr::LogisticLoss { z, y, c: Operand { at: c, .. }, outs, .. } => {
                for at in [z, y, c] {
                    $place(at, Read);
                }
                for out in outs.into_iter().flatten() {
                    $place(out, Write);
                }
            }
            Instr::Exponentials { x, outs, .. } => {
                $place(x, Read);
                for out in outs.into_iter().flatten() {
                    $place(out, Write);
                }
            }
            Instr::RowSweep(RowSweep { a, dots, sum, .. }) => {
                visit_factor!(a, $place, $input);
                if let Some(RowSum { r, .. }) = sum {
                    $place(r, Read);
                }
                for Dot { x, out, .. } in dots.into_iter().flatten() {
                    $place(x, Read);
                    $place(out, Write);
                }
            }
            Instr::MatMul { a, out, .. } => {
                visit_factor!(a, $place, $input);
                $place(out, Write);
            }
            Instr::AccumulateMatMul { a, b, .. } => {
                for factor in [a, b] {
                    visit_factor!(factor, $place, $input);
                }
            }
            Instr::AccumulateGram { a, w, .. } => {
                visit_factor!(a, $place, $input);
                $place(w, Read);
            }
            Instr::Gather { table, indices, out, .. } => {
                if let Indices::Rows(rows) = indices {
                    $input(*rows);
                }
                $place(table, Read);
                $place(out, Write);
            }
            Instr::ScatterAdd { x, indices, out, errors, .. } => {
                if let Indices::Rows(rows) = indices {
                    $input(*rows);
                }
                $place(x, Read);
                $place(out, Write);
                $place(errors, Write);
            }
            Instr::AccumulateScatter { x, indices, .. } => {
                if let Indices::Rows(rows) = indices {
                    $input(*rows);
                }
                $place(x, Read);
            }
            Instr::Lifted { operands, outs, .. } => {
                for x in operands {
                    $place(x, Read);
                }
                for out in outs {
                    $place(out, Write);
                }
            }
            Instr::Lanewise { operands, out, .. } | Instr::Weighted { operands, out, .. } => {
                for at in operands {
                    $place(at, Read);
                }
                $place(out, Write);
            }
            Instr::Linalg { operands, outs, .. } => {
                for at in operands {
                    $place(at, Read);
                }
                for out in outs {
                    $place(out, Write);
                }
            }
            Instr::Custom { operands, out, .. } => {
                for at in operands {
                    $place(at, Read);
                }
                $place(out, Write);
            }
        }
    };
}

impl Instr {
    /// Calls `visit` with each place, those that are read before those that are written.
    pub(crate) fn visit_places(&self, mut visit: impl FnMut(&At, Access)) {
        let ignore = |_: u32| {};
        visit!(self, visit, ignore);
    }

    /// As [`visit_places`](Self::visit_places), to change them.
    pub(crate) fn visit_places_mut(&mut self, mut visit: impl FnMut(&mut At, Access)) {
        let ignore = |_: u32| {};
        visit!(self, visit, ignore);
    }

    /// The inputs whose rows it reads.
    pub(crate) fn inputs(&self) -> SmallVec<[u32; 2]> {
        let mut inputs = SmallVec::new();
        let (ignore, mut keep) = (|_: &At, _| {}, |input| inputs.push(input));
        visit!(self, ignore, keep);
        inputs
    }

    /// The places that it reads.
    pub(crate) fn reads(&self) -> SmallVec<[At; 4]> {
        self.places(Read)
    }

    /// The places that it writes.
    pub(crate) fn writes(&self) -> SmallVec<[At; 4]> {
        self.places(Write)
    }

    fn places(&self, wanted: Access) -> SmallVec<[At; 4]> {
        let mut places = SmallVec::new();
        self.visit_places(|&at, access| {
            if access == wanted {
                places.push(at);
            }
        });
        places
    }
}

/// The values that some instructions compute.
pub(crate) fn written(instrs: &[Instr]) -> SmallMap<At, ()> {
    instrs.iter().flat_map(Instr::writes).map(|at| (at, ())).collect()
}

/// Which of so many inputs some instructions read the rows of.
pub(crate) fn inputs_read(instrs: &[Instr], count: usize) -> Vec<bool> {
    let mut read = vec![false; count];
    for input in instrs.iter().flat_map(Instr::inputs) {
        read[input as usize] = true;
    }
    read
}
