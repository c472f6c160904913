//! Memory: which values share a place in an arena, by when they are last used.

use super::pass_code::{FixedCode, PassCode};
use crate::hash::SmallMap;
use crate::program::instr::{At, Dot, Instr};
use crate::program::plan::{Import, OutputPlace, Plan, padded};
use crate::scalar::Scalar;
use smallvec::SmallVec;

/// The places of values, handed out and taken back.
struct Arena {
    places: Vec<Option<At>>,
    free: SmallMap<usize, Vec<At>>,
    end: usize,
}

impl Arena {
    fn new(values: usize) -> Self {
        Arena { places: vec![None; values], free: SmallMap::default(), end: 0 }
    }

    fn place(&mut self, value: At, size: usize) -> At {
        if let Some(place) = self.places[value as usize] {
            return place;
        }
        let place = match self.free.get_mut(&size).and_then(Vec::pop) {
            Some(place) => place,
            None => {
                self.end += size;
                (self.end - size) as At
            }
        };
        self.places[value as usize] = Some(place);
        place
    }
}

/// The room for so many elements: whole tiles, and one for none, since an instruction may write a tile before it counts.
fn place_size(len: usize) -> usize {
    padded(len.max(1))
}

/// Gives the values of `instrs` places; those in `pinned` keep theirs.
fn assign_places(instrs: &mut [Instr], pinned: &[bool], arena: &mut Arena, size: impl Fn(At) -> usize) {
    let mut last_use = vec![0usize; pinned.len()];
    for (index, instr) in instrs.iter().enumerate() {
        instr.visit_places(|&value, _| last_use[value as usize] = index);
    }
    let mut done: SmallVec<[At; 8]> = SmallVec::new();
    for (index, instr) in instrs.iter_mut().enumerate() {
        instr.visit_places_mut(|at, _| {
            done.push(*at);
            *at = arena.place(*at, size(*at));
        });
        done.sort_unstable();
        done.dedup();
        for value in done.drain(..) {
            if last_use[value as usize] == index
                && !pinned[value as usize]
                && let Some(place) = arena.places[value as usize]
            {
                arena.free.entry(size(value)).or_default().push(place);
            }
        }
    }
}

/// Gives the values of a pass places, with room for so many rows of a block; the size of their arena.
pub(super) fn assign(body: &mut PassCode, block_rows: usize) -> usize {
    let PassCode { imports, prologue, instrs, lens, .. } = body;
    let size = |at: At| {
        let (len, rows) = lens[at as usize];
        place_size(if rows { len * block_rows } else { len })
    };
    let mut pinned = vec![false; lens.len()];
    let mut arena = Arena::new(lens.len());
    for import in imports {
        let to = import.to_mut();
        pinned[*to as usize] = true;
        *to = arena.place(*to, size(*to));
    }
    for at in prologue.iter().flat_map(Instr::writes) {
        pinned[at as usize] = true;
    }
    assign_places(prologue, &pinned, &mut arena, size);
    // Products of the next block's rows have their places to themselves.
    if let Some(Instr::RowSweep(sweep)) = instrs.last()
        && sweep.is_pipelined()
    {
        for Dot { out, .. } in sweep.dots.into_iter().flatten() {
            pinned[out as usize] = true;
            arena.place(out, size(out));
        }
    }
    assign_places(instrs, &pinned, &mut arena, size);
    arena.end
}

/// Gives the values of fixed nodes places, also where `plan` names them; the instructions of each stage.
pub(super) fn assign_fixed<T: Scalar>(fixed: FixedCode, plan: &mut Plan<T>) -> Vec<Vec<Instr>> {
    let FixedCode { mut instrs, ends, lens, pinned } = fixed;
    let mut keep = vec![false; lens.len()];
    for &value in &pinned {
        keep[value as usize] = true;
    }
    let size = |at: At| place_size(lens[at as usize].0);
    let mut arena = Arena::new(lens.len());
    for &value in &pinned {
        arena.place(value, size(value));
    }
    assign_places(&mut instrs, &keep, &mut arena, size);
    for value in fixed_places(plan) {
        *value = arena.places[*value as usize].unwrap_or(0);
    }
    plan.fixed_arena = arena.end;
    let mut start = 0;
    let mut instrs = instrs.into_iter();
    let stage = |&end: &usize| {
        let stage = instrs.by_ref().take(end - start).collect();
        start = end;
        stage
    };
    ends.iter().map(stage).collect()
}

/// Where a plan names values of the fixed arena outside of instructions.
fn fixed_places<T: Scalar>(plan: &mut Plan<T>) -> impl Iterator<Item = &mut At> {
    let Plan { constants, input_copies, outputs, stages, .. } = plan;
    let passes = stages.iter_mut().filter_map(|stage| stage.pass.as_mut());
    let of_passes = passes.flat_map(|pass| {
        let results = pass.accumulators.iter_mut().filter_map(|accumulator| accumulator.to.fixed_mut());
        results.chain(pass.imports.iter_mut().filter_map(Import::fixed_mut))
    });
    let outputs = outputs.iter_mut().filter_map(|output| match output {
        OutputPlace::Fixed(at) => Some(at),
        OutputPlace::Scalar(_) | OutputPlace::Rows => None,
    });
    let copies = input_copies.iter_mut().filter_map(|copy| copy.to.fixed_mut());
    constants.iter_mut().map(|(at, _)| at).chain(copies).chain(outputs).chain(of_passes)
}
