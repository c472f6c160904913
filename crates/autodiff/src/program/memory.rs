//! The memory a program runs in: what it takes, and making it.

use super::instr::{At, Instr};
use super::parts::{MOST_SHARES, Shares};
use super::plan::{Pass, Plan, padded};
use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::interpret::described;
use crate::kernels::Aligned;
use crate::kernels::product::Panels;
use crate::memory::{Limit, bytes_of};
use crate::ops::Failure;
use crate::scalar::Scalar;

/// The memory a program runs in. It is made by the first run; replays then allocate nothing.
pub(crate) struct Memory<T> {
    pub(super) fixed: Aligned<T>,
    pub(super) scalars: Vec<T>,
    pub(super) fixed_panels: Vec<Panels<T>>,
    pub(super) places: Vec<u32>,
    /// For each thread.
    pub(super) threads: Vec<ThreadMemory<T>>,
    /// The partial results of all shares.
    pub(super) partials: Vec<T>,
    /// For each lifted program.
    pub(super) lifted: Vec<Memory<T>>,
    is_made: bool,
}

/// What a thread sweeps blocks in.
pub(super) struct ThreadMemory<T> {
    pub(super) arena: Aligned<T>,
    pub(super) scalars: Vec<T>,
    pub(super) accumulators: Aligned<T>,
    /// Partial results that wait for their neighbours'.
    pub(super) levels: Vec<T>,
    pub(super) panels: Vec<Panels<T>>,
    pub(super) places: Vec<u32>,
    pub(super) failure: Option<(NodeId, Failure)>,
}

impl<T: Scalar> Memory<T> {
    /// None yet.
    pub(crate) fn new() -> Self {
        Memory {
            fixed: Aligned::new(T::zero(), 0),
            scalars: Vec::new(),
            fixed_panels: Vec::new(),
            places: Vec::new(),
            threads: Vec::new(),
            partials: Vec::new(),
            lifted: Vec::new(),
            is_made: false,
        }
    }

    /// Makes what a run over `rows` rows on so many threads takes; nothing, where it is there.
    pub(crate) fn prepare(&mut self, plan: &Plan<T>, rows: usize, threads: usize, limit: Limit) -> Result<()> {
        // A thread takes a share at least.
        let threads = threads.clamp(1, MOST_SHARES);
        let (mut partials, mut levels) = (0, 0);
        for pass in plan.passes() {
            let shares = Shares::new(pass, rows);
            partials = partials.max(shares.count * pass.accumulated);
            levels = levels.max(shares.levels() * pass.accumulated);
        }
        let has_levels = self.threads.iter().all(|thread| thread.levels.len() >= levels);
        if self.is_made && self.threads.len() >= threads && self.partials.len() >= partials && has_levels {
            return Ok(());
        }
        let waiting = levels as u128 * threads as u128;
        let more = (plan.elements(threads) + partials as u128 + waiting).saturating_sub(self.elements());
        limit
            .ask(more.saturating_mul(size_of::<T>() as u128))
            .map_err(|shortage| shortage.of(format!("the program's workspace for {threads} threads")))?;
        if !self.is_made {
            self.make_fixed(plan);
        }
        self.lifted.resize_with(plan.lifted.len(), Memory::new);
        for (memory, lifted) in self.lifted.iter_mut().zip(&plan.lifted) {
            memory.prepare(&lifted.plan, lifted.len, threads, limit)?;
        }
        let most = |size: fn(&Pass) -> usize| plan.passes().map(size).max().unwrap_or(0);
        let (arena, accumulated, panels) =
            (most(|pass| pass.arena), most(|pass| pass.accumulated), most(|pass| pass.panels));
        self.threads.resize_with(threads.max(self.threads.len()), || ThreadMemory {
            arena: Aligned::new(T::zero(), arena),
            scalars: Vec::new(),
            accumulators: Aligned::new(T::zero(), accumulated),
            levels: Vec::new(),
            panels: (0..panels).map(|_| Panels::new()).collect(),
            places: Vec::new(),
            failure: None,
        });
        if self.partials.len() < partials {
            self.partials.resize(partials, T::zero());
        }
        for thread in self.threads.iter_mut().filter(|thread| thread.levels.len() < levels) {
            thread.levels.resize(levels, T::zero());
        }
        self.is_made = true;
        Ok(())
    }

    /// Makes room for so many partial results of a pass.
    pub(super) fn prepare_partials(&mut self, pass: &Pass, count: usize, limit: Limit) -> Result<()> {
        let needed = count * pass.accumulated;
        if self.partials.len() < needed {
            let more = (needed - self.partials.len()) as u128 * size_of::<T>() as u128;
            limit.ask(more).map_err(|shortage| shortage.of("the partial results of a pass".into()))?;
            self.partials.resize(needed, T::zero());
        }
        Ok(())
    }

    /// The numbers it holds already.
    fn elements(&self) -> u128 {
        let held = |thread: &ThreadMemory<T>| thread.arena.len() + thread.accumulators.len() + thread.levels.len();
        let of_threads = self.threads.iter().map(held);
        let own = self.fixed.len() + self.scalars.len() + self.partials.len() + of_threads.sum::<usize>();
        own as u128 + self.lifted.iter().map(Memory::elements).sum::<u128>()
    }

    fn make_fixed(&mut self, plan: &Plan<T>) {
        self.fixed = Aligned::new(T::zero(), plan.fixed_arena);
        for (at, elements) in &plan.constants {
            for (place, &element) in self.fixed[*at as usize..].iter_mut().zip(elements) {
                *place = element;
            }
        }
        self.scalars = plan.scalars.clone();
        self.fixed_panels = (0..plan.fixed_panels).map(|_| Panels::new()).collect();
    }
}

impl<T: Scalar> Plan<T> {
    pub(super) fn passes(&self) -> impl Iterator<Item = &Pass> {
        self.stages.iter().filter_map(|stage| stage.pass.as_ref())
    }

    /// The numbers that a workspace for `threads` threads holds, but for those that depend on the rows.
    fn elements(&self, threads: usize) -> u128 {
        let fixed = self.fixed_arena + self.scalars.len();
        let panels = self.stages.iter().flat_map(|stage| &stage.fixed).map(|instr| panels_of(instr, 1));
        let of_thread = |pass: &Pass| {
            let instrs = pass.prologue.iter().chain(&pass.body);
            let panels: u128 = instrs.map(|instr| panels_of(instr, pass.block_rows)).sum();
            (pass.arena + pass.accumulated) as u128 + panels
        };
        let each = self.passes().map(of_thread).max().unwrap_or(0);
        let lifted: u128 = self.lifted.iter().map(|lifted| lifted.plan.elements(threads)).sum();
        fixed as u128 + panels.sum::<u128>() + each * threads as u128 + lifted
    }

    /// Whether a machine could run this: there are as many bytes, and 32 bits number an arena's elements.
    pub(super) fn check_memory(&self, graph: &Graph<T>, limit: Limit) -> Result<()> {
        let arenas = self.passes().flat_map(|pass| [pass.arena, pass.accumulated]);
        let largest_arena = arenas.chain([self.fixed_arena]).max().unwrap_or(0);
        let bytes = self.elements(1).saturating_mul(size_of::<T>() as u128);
        let numbered = numbered::<T>().ask(bytes_of::<T>([largest_arena]));
        limit.ask(bytes).and(numbered).map_err(|shortage| {
            let nodes = (0..graph.len()).map(|index| NodeId(index as u32));
            let largest = nodes.max_by_key(|&id| graph.shape(id).row_len());
            let name = largest.map_or_else(|| "the program".into(), |id| described(graph, id));
            shortage.of(format!("a program with {name}"))
        })
    }
}

/// The elements of the panels that an instruction packs on a block.
fn panels_of(instr: &Instr, block_rows: usize) -> u128 {
    let (depth, width) = match *instr {
        Instr::Pack { shape: [rows, columns], transposed: false, .. } => (rows as usize, columns as usize),
        Instr::Pack { shape: [rows, columns], transposed: true, .. } => (columns as usize, rows as usize),
        Instr::AccumulateGram { columns, .. } => (block_rows, columns as usize),
        Instr::AccumulateMatMul { columns: [p, q], .. } => (block_rows, p.max(q) as usize),
        _ => return 0,
    };
    depth as u128 * padded(width) as u128
}

/// The arrays whose elements an instruction can name.
fn numbered<T>() -> Limit {
    Limit::new((At::MAX as usize).saturating_mul(size_of::<T>()))
}

/// Whether the lengths of all nodes fit into instructions, and there is memory for each.
pub(super) fn check_lengths<T: Scalar>(graph: &Graph<T>, limit: Limit) -> Result<()> {
    let is_short =
        |lengths: &[usize]| lengths.iter().product::<usize>() <= SHORT && lengths.iter().all(|&len| len <= SHORT);
    if graph.shapes().iter().all(|shape| is_short(shape.trailing())) {
        return Ok(());
    }
    for id in (0..graph.len()).map(|index| NodeId(index as u32)) {
        let lengths = graph.shape(id).trailing();
        if is_short(lengths) {
            continue;
        }
        // Of an array without elements, too, each length has to fit.
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let bytes = bytes_of::<T>(lengths.iter().copied());
        let fits = limit.ask(bytes).and(numbered::<T>().ask(bytes.max(bytes_of::<T>([longest]))));
        fits.map_err(|shortage| shortage.of(format!("{} in a program,", described(graph, id))))?;
    }
    Ok(())
}

/// Lengths that need no second look.
const SHORT: usize = 1 << 16;
