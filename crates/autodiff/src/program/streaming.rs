//! Runs over rows that come piece by piece: in order, or as partial results of parts from wherever they are computed.

use super::Program;
use super::bind::Binding;
use super::combine;
use super::memory::Memory;
use super::outputs::Outputs;
use super::partial::{Computation, Partial};
use super::parts::{Shares, most_at_once};
use super::plan::{OutputPlace, Pass};
use super::resolve::{self, BoundInputs, Matches};
use super::waiting::Waiting;
use crate::error::{Error, Result};
use crate::hash::Fingerprint;
use crate::scalar::Scalar;
use ndarray::ArrayD;
use num_traits::{FromBytes, ToBytes};
use std::ops::Range;
use std::sync::Arc;

/// A run of a program over rows that don't lie in memory as a whole: begin it with [`Program::stream`], give each pass all rows,
/// finish it. The results have the same bits as those of [`Program::run`] on all rows at once.
///
/// Rows come in order, in pieces of any size ([`feed`](Self::feed)), or as [`Partial`] results of ranges of whole parts, in any order
/// ([`partial`](Self::partial), [`take`](Self::take)).
///
/// ```
/// use autodiff::{Tape, bind};
/// let tape = Tape::<f64>::new();
/// let (x, theta) = (tape.rows("x", &[]), tape.input("theta", &[]));
/// let centred = x - x.mean(); // takes a pass of its own
/// let loss = (centred * theta).cosh().sum();
/// let program = tape.compile(&[loss, loss.grad(theta)])?;
/// let x: Vec<f64> = (0..1000).map(|row| (row as f64).sin()).collect();
///
/// let mut run = program.stream(&[bind("theta", 0.5)], Some(x.len()))?;
/// while run.pass().is_some() {
///     for piece in x.chunks(7) {
///         run.feed(&[bind("x", piece)])?;
///     }
///     run.end_pass()?;
/// }
/// assert_eq!(run.finish()?, program.run(&[bind("theta", 0.5), bind("x", &x)])?);
/// # Ok::<(), autodiff::Error>(())
/// ```
pub struct StreamingRun<'p, T: Scalar> {
    program: &'p Program<T>,
    fixed: Arc<[Binding<'p, T>]>,
    memory: Memory<T>,
    /// As was said, or as the first pass had them.
    rows: Option<usize>,
    of: Computation,
    /// Counted from 1.
    pass: usize,
    gathered: Partial<T>,
    waiting: Waiting<T>,
    /// The first row that hasn't been fed.
    next: usize,
}

impl<T: Scalar> std::fmt::Debug for StreamingRun<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamingRun")
            .field("pass", &self.pass())
            .field("rows", &self.gathered.rows())
            .finish_non_exhaustive()
    }
}

impl<T: Scalar> Program<T> {
    /// Begins a run over rows that come piece by piece. `fixed` are the inputs that are not on the rows; they are copied. The number
    /// of rows has to be given where the program needs it before it has seen them: a mean, say.
    ///
    /// # Errors
    /// An output on the rows; a fixed input that isn't bound, or to an array of another shape; a number of rows that is needed
    /// and not given; memory that can't be had.
    #[inline(never)]
    pub fn stream(&self, fixed: &[Binding<'_, T>], rows: Option<usize>) -> Result<StreamingRun<'_, T>> {
        if let Some(index) = self.plan.outputs.iter().position(|place| matches!(place, OutputPlace::Rows)) {
            return Err(Error::RowsOutput { index });
        }
        if rows.is_none() && self.needs_row_count() {
            return Err(Error::RowsUnknown);
        }
        let mut matches = Matches::new();
        let inputs = resolve::resolve_fixed(&self.graph, &self.names, fixed, &mut matches, rows.unwrap_or(0))?;
        let of = Computation { fingerprint: self.fingerprint(&inputs), stage: 0, part: 1 };
        let mut memory = Memory::new();
        memory.prepare(&self.plan, 0, self.threads, self.memory)?;
        self.run_on(&inputs).copy_inputs(&mut memory);
        let mut run = StreamingRun {
            program: self,
            fixed: inputs.fixed(&self.graph, self.memory)?.into(),
            memory,
            rows,
            of,
            pass: 1,
            gathered: Partial::nothing(&self.plan, of),
            waiting: Waiting::default(),
            next: 0,
        };
        run.advance()?;
        Ok(run)
    }

    /// Whether the number of rows has to be known before [`stream`](Self::stream) begins a run.
    pub fn needs_row_count(&self) -> bool {
        self.plan.row_count.is_some()
    }

    /// The rows of the largest part of any pass, a power of two: a range of rows between multiples of it is one of whole parts in all
    /// passes.
    pub fn part_rows(&self) -> usize {
        self.plan.passes().map(|pass| pass.order.part).max().unwrap_or(1)
    }

    /// Of the program and its fixed inputs; the same in every process.
    fn fingerprint(&self, inputs: &BoundInputs<'_, '_, T>) -> u64 {
        let mut fingerprint = Fingerprint::default();
        self.graph.add_to(&mut fingerprint);
        fingerprint.add(&self.outputs);
        for order in self.plan.passes().map(|pass| pass.order) {
            fingerprint.add([order.granule, order.run, order.part]);
        }
        for (input, place) in self.graph.inputs.iter().zip(0..) {
            if self.graph.shape(input.node).has_rows() {
                continue;
            }
            if let Some(numbers) = inputs.numbers(place) {
                fingerprint.add_numbers(numbers);
            }
            if let Some(indices) = inputs.indices(place) {
                indices.iter().for_each(|index| fingerprint.add(index));
            }
        }
        fingerprint.finish()
    }
}

impl<'p, T: Scalar> StreamingRun<'p, T> {
    /// The pass that is to be given all rows, counted from 1; `None` when the results are there.
    pub fn pass(&self) -> Option<usize> {
        self.current().map(|_| self.pass)
    }

    /// A number that identifies this program with these fixed inputs and, in a later pass, the results of those before; the same in every
    /// process. It does not depend on the rows.
    pub fn fingerprint(&self) -> u64 {
        self.of.fingerprint
    }

    /// The rows of a part in this pass, a power of two: partial results begin at multiples of it.
    pub fn part_rows(&self) -> usize {
        self.of.part
    }

    /// The rows that this pass has taken so far.
    pub fn rows(&self) -> Vec<Range<usize>> {
        self.gathered.rows()
    }

    fn current(&self) -> Option<&'p Pass> {
        self.program.plan.stages.get(self.of.stage)?.pass.as_ref()
    }

    fn expected(&self, asked: &'static str) -> Result<&'p Pass> {
        self.current().ok_or(Error::StreamOrder { asked, reason: "all passes are done; `finish` gives the results" })
    }

    /// Gives this pass the next rows: all inputs on the rows, bound to any number of them. Whole parts are swept where they lie, what
    /// is left waits in a copy.
    ///
    /// # Errors
    /// As [`Program::run`]; an input on the rows that is not bound; no more pass.
    #[inline(never)]
    pub fn feed(&mut self, rows: &[Binding<'_, T>]) -> Result<()> {
        let pass = self.expected("rows were fed")?;
        let (graph, names, fixed) = (&self.program.graph, &self.program.names, self.fixed.clone());
        let (bindings, mut matches) = (resolve::together(names, &fixed, rows)?, Matches::new());
        let inputs = resolve::resolve(graph, names, &bindings, &mut matches)?;
        // Of whole parts there is one for each thread.
        let enough = self.of.part.saturating_mul(self.program.threads.clamp(1, most_at_once(pass)));
        let mut at = 0;
        while at < inputs.rows {
            let left = inputs.rows - at;
            let many = match self.waiting.rows {
                0 if left >= enough => left / self.of.part * self.of.part,
                waiting => left.min(enough - waiting),
            };
            let piece = inputs.rows_from(graph, at..at + many)?;
            if self.waiting.rows == 0 && left >= enough {
                let partial = self.partial(self.next, &piece)?;
                self.gathered.merge(partial)?;
                self.next += many;
            } else {
                self.waiting.append(&piece, many);
                if self.waiting.rows == enough {
                    self.sweep_waiting()?;
                }
            }
            at += many;
        }
        Ok(())
    }

    fn sweep_waiting(&mut self) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.rows > 0 {
            let partial = self.partial(self.next, &waiting.bindings())?;
            self.gathered.merge(partial)?;
            self.next += waiting.rows;
        }
        self.waiting = waiting.emptied();
        Ok(())
    }

    /// Lets the rows that are fed next begin at this one, a multiple of [`part_rows`](Self::part_rows): where others have those before
    /// it.
    ///
    /// # Errors
    /// A row within a part; rows before it that wait in a copy.
    pub fn start_at(&mut self, first: usize) -> Result<()> {
        if !first.is_multiple_of(self.of.part) || self.waiting.rows > 0 {
            let reason = "rows begin at a multiple of `part_rows()`, and none may wait";
            return Err(Error::PartialRows { rows: first..first, reason });
        }
        self.next = first;
        Ok(())
    }

    /// Takes out what the rows fed and taken so far give: what others need of this run.
    ///
    /// # Errors
    /// As [`feed`](Self::feed).
    pub fn gathered(&mut self) -> Result<Partial<T>> {
        self.sweep_waiting()?;
        Ok(std::mem::replace(&mut self.gathered, Partial::nothing(&self.program.plan, self.of)))
    }

    /// What this pass gives over a piece of the rows that begins at row `first`, a multiple of [`part_rows`](Self::part_rows). It has
    /// whole parts, unless it holds the last row.
    ///
    /// # Errors
    /// As [`feed`](Self::feed); a first row within a part.
    #[inline(never)]
    pub fn partial(&mut self, first: usize, rows: &[Binding<'_, T>]) -> Result<Partial<T>> {
        let pass = self.expected("a partial result was asked for")?;
        let (program, of) = (self.program, self.of);
        let (graph, names, fixed) = (&program.graph, &program.names, self.fixed.clone());
        let (bindings, mut matches) = (resolve::together(names, &fixed, rows)?, Matches::new());
        let inputs = resolve::resolve(graph, names, &bindings, &mut matches)?;
        if !first.is_multiple_of(of.part) {
            let reason = "a partial result begins at a multiple of `part_rows()`";
            return Err(Error::PartialRows { rows: first..first + inputs.rows, reason });
        }
        let most = most_at_once(pass);
        let mut partial = Partial::nothing(&program.plan, of);
        let mut at = 0;
        while at < inputs.rows {
            let many = (inputs.rows - at).min(most.saturating_mul(of.part));
            let piece: Vec<Binding<'_, T>> = inputs.rows_from(graph, at..at + many)?;
            let (bindings, mut matches) = (resolve::together(names, &fixed, &piece)?, Matches::new());
            let inputs = resolve::resolve(graph, names, &bindings, &mut matches)?;
            let parts = Shares::single_parts(pass, many);
            self.memory.prepare_partials(pass, parts.count, program.memory)?;
            let swept = program.run_on(&inputs).sweep_shares((of.stage, pass), parts, &mut self.memory, &mut []);
            swept.map_err(|(node, failure)| program.failed((node, failure.counted_from(first + at))))?;
            let numbers = &self.memory.partials;
            partial.merge(Partial::of_parts(&program.plan, of, (first + at) / of.part, many, numbers)?)?;
            at += many;
        }
        Ok(partial)
    }

    /// Takes the partial result of other rows, from whatever run of this program it is.
    ///
    /// # Errors
    /// One of another program, other fixed inputs or another pass; rows that have been taken already.
    pub fn take(&mut self, partial: Partial<T>) -> Result<()> {
        self.gathered.merge(partial)
    }

    /// Ends a pass that has seen all rows.
    ///
    /// # Errors
    /// Rows that are missing; another number of rows than was said, or than the pass before had; what the program computes
    /// from the sums failing; no more pass.
    #[inline(never)]
    pub fn end_pass(&mut self) -> Result<()> {
        let pass = self.expected("a pass was ended")?;
        self.sweep_waiting()?;
        let found = self.gathered.whole().map_err(|from| Error::RowsMissing { pass: self.pass, from })?;
        if let Some(expected) = self.rows.filter(|&expected| expected != found) {
            return Err(Error::RowsChanged { pass: self.pass, found, expected });
        }
        self.rows = Some(found);
        self.memory.prepare_partials(pass, 1, self.program.memory)?;
        let all = std::mem::replace(&mut self.gathered, Partial::nothing(&self.program.plan, self.of));
        let numbers = all.total().unwrap_or_else(|| over_no_rows(pass));
        self.memory.partials[..pass.accumulated].copy_from_slice(&numbers);
        let (program, mut matches) = (self.program, Matches::new());
        let inputs = resolve::resolve_fixed(&program.graph, &program.names, &self.fixed, &mut matches, found)?;
        program.run_on(&inputs).conclude(pass, &mut self.memory);
        self.of = Computation { fingerprint: self.of.after(&numbers), stage: self.of.stage + 1, part: 1 };
        (self.pass, self.next) = (self.pass + 1, 0);
        self.advance()
    }

    /// Runs what comes before the next pass.
    fn advance(&mut self) -> Result<()> {
        let (program, mut matches) = (self.program, Matches::new());
        let rows = self.rows.unwrap_or(0);
        let inputs = resolve::resolve_fixed(&program.graph, &program.names, &self.fixed, &mut matches, rows)?;
        let run = program.run_on(&inputs);
        while let Some(stage) = program.plan.stages.get(self.of.stage) {
            if !stage.fixed.is_empty() {
                run.fixed_stage(&stage.fixed, &mut self.memory).map_err(|failure| program.failed(failure))?;
            }
            if let Some(pass) = &stage.pass {
                self.of.part = pass.order.part;
                break;
            }
            self.of.stage += 1;
        }
        self.gathered = Partial::nothing(&program.plan, self.of);
        Ok(())
    }

    /// The results, when all passes are done.
    ///
    /// # Errors
    /// A pass that isn't done; memory that can't be had.
    pub fn finish(self) -> Result<Outputs<T>> {
        if self.pass().is_some() {
            return Err(Error::StreamOrder { asked: "the results were asked for", reason: "there are passes to come" });
        }
        let program = self.program;
        let mut results: Vec<ArrayD<T>> = Vec::with_capacity(program.outputs.len());
        for (index, &output) in program.outputs.iter().enumerate() {
            let array = program.memory.zeros(&program.graph.shape(output).resolve(0));
            results.push(array.map_err(|shortage| shortage.of(format!("output {index}")))?);
        }
        let mut matches = Matches::new();
        let inputs = resolve::resolve_fixed(&program.graph, &program.names, &self.fixed, &mut matches, 0)?;
        let mut views: Vec<_> = results.iter_mut().map(|result| result.view_mut()).collect();
        program.run_on(&inputs).write_fixed(&self.memory, &mut views);
        Ok(Outputs::new(results))
    }
}

impl<T> StreamingRun<'_, T>
where
    T: Scalar + ToBytes + FromBytes<Bytes = <T as ToBytes>::Bytes>,
{
    /// The partial result of bytes that [`Partial::to_bytes`] made in the same pass of a run of the same program with the same
    /// fixed inputs, in this process or another.
    ///
    /// # Errors
    /// Bytes that are damaged, or of another computation.
    pub fn read_partial(&self, bytes: &[u8]) -> Result<Partial<T>> {
        Partial::from_bytes(&self.program.plan, self.of, bytes)
    }
}

/// What a pass gives over no rows.
fn over_no_rows<T: Scalar>(pass: &Pass) -> Vec<T> {
    let mut numbers = vec![T::zero(); pass.accumulated];
    pass.accumulators.iter().for_each(|accumulator| combine::clear(accumulator, &mut numbers));
    numbers
}
