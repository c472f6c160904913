//! Programs over sources.

use crate::ahead;
use crate::error::{Error, Result};
use crate::ranks::Ranks;
use crate::shares::{each_within, exchange_shares, share};
use crate::source::{Block, Column, Kind, Source};
use autodiff::{Binding, Outputs, Partial, Program, StreamingRun, bind, bind_indices};
use std::ops::Range;
use std::path::PathBuf;

/// Runs a program over all rows of a source; its inputs on the rows are the columns of the same names. The results have the same
/// bits as those of [`Program::run`] on these rows in memory.
///
/// ```
/// use autodiff::{Tape, bind};
/// use data::Arrays;
/// let tape = Tape::<f64>::new();
/// let (x, theta) = (tape.rows("x", &[]), tape.input("theta", &[]));
/// let loss = (x * theta).exp().mean();
/// let program = tape.compile(&[loss, loss.grad(theta)])?;
/// let x = ndarray::arr1(&[0.5, 1.0, 1.5]);
/// let found = data::run(&program, &[bind("theta", 2.0)], &Arrays::new().with("x", &x)?.with_block_rows(2))?;
/// assert_eq!(found, program.run(&[bind("theta", 2.0), bind("x", &x)])?);
/// # Ok::<(), data::Error>(())
/// ```
///
/// # Errors
/// A column that the source lacks, or that is of another kind than the input; whatever is wrong with the data; as
/// [`Program::stream`].
pub fn run(program: &Program<f64>, fixed: &[Binding<'_, f64>], source: &dyn Source) -> Result<Outputs<f64>> {
    Feed::new(program, source)?.run(program, fixed)
}

/// The same by several processes, each of which reads a share of the rows; all have the results, with the same bits.
///
/// # Errors
/// As [`run`]; what another process says.
pub fn run_on_ranks(
    program: &Program<f64>,
    fixed: &[Binding<'_, f64>],
    source: &dyn Source,
    ranks: &dyn Ranks,
) -> Result<Outputs<f64>> {
    let feed = Feed::new(program, source)?;
    let rows = feed.rows()?;
    let mut run = program.stream(fixed, Some(rows))?;
    while run.pass().is_some() {
        pass_on_ranks(ranks, &mut run, rows, |run, own| {
            each_within(source, &feed.columns, own, |block| Ok::<(), Error>(run.feed(&feed.bound(&block))?))
        })?;
        run.end_pass()?;
    }
    Ok(run.finish()?)
}

/// Gives a pass of a run the rows of all ranks: `feed` feeds those of this one. An error of any rank is the error of all.
///
/// # Errors
/// What the first rank that failed says, with its number; ranks that have different numbers of rows.
pub fn pass_on_ranks<E: From<Error> + std::fmt::Display>(
    ranks: &dyn Ranks,
    run: &mut StreamingRun<'_, f64>,
    rows: usize,
    feed: impl FnOnce(&mut StreamingRun<'_, f64>, Range<usize>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let own = share(rows, run.part_rows(), ranks.rank(), ranks.size());
    let own = own_partial(run, own, feed).map(|partial| partial.to_bytes());
    let reader = &*run;
    let all = exchange_shares(ranks, rows, own, |left, right| {
        let mut partial = reader.read_partial(left)?;
        partial.merge(reader.read_partial(right)?)?;
        Ok(partial.to_bytes())
    })?;
    let all = run.read_partial(&all).map_err(Error::from)?;
    Ok(run.take(all).map_err(Error::from)?)
}

fn own_partial<E: From<Error>>(
    run: &mut StreamingRun<'_, f64>,
    rows: Range<usize>,
    feed: impl FnOnce(&mut StreamingRun<'_, f64>, Range<usize>) -> std::result::Result<(), E>,
) -> std::result::Result<Partial<f64>, E> {
    // A rank without rows has nothing at the first place: the number of rows is no place of a part.
    run.start_at(if rows.is_empty() { 0 } else { rows.start }).map_err(Error::from)?;
    feed(run, rows)?;
    Ok(run.gathered().map_err(Error::from)?)
}

/// The columns of a source that a program reads.
#[derive(Clone)]
pub struct Feed<'s> {
    source: &'s dyn Source,
    names: Vec<String>,
    columns: Vec<usize>,
}

impl std::fmt::Debug for Feed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed").field("columns", &self.names).finish_non_exhaustive()
    }
}

impl<'s> Feed<'s> {
    /// Finds the program's inputs on the rows among the source's columns.
    ///
    /// # Errors
    /// A column that the source lacks, or that holds words.
    pub fn new(program: &Program<f64>, source: &'s dyn Source) -> Result<Self> {
        let names: Vec<String> = program.row_inputs().map(str::to_owned).collect();
        let columns = names.iter().map(|name| source.find(name)).collect::<Result<Vec<usize>>>()?;
        for &column in &columns {
            if let Some(field) = source.fields().get(column).filter(|field| field.kind == Kind::Words) {
                let (column, found) = (field.name.clone(), "words".into());
                let expected = "numbers or indices (`with_levels` makes indices of words)";
                return Err(Error::Kind { file: PathBuf::new(), column, found, expected });
            }
        }
        Ok(Feed { source, names, columns })
    }

    /// Runs the program with these fixed inputs.
    ///
    /// # Errors
    /// As [`run`].
    pub fn run(&self, program: &Program<f64>, fixed: &[Binding<'_, f64>]) -> Result<Outputs<f64>> {
        let rows = if program.needs_row_count() { Some(self.rows()?) } else { self.source.rows() };
        let mut run = program.stream(fixed, rows)?;
        while run.pass().is_some() {
            self.pass(&mut run)?;
            run.end_pass()?;
        }
        Ok(run.finish()?)
    }

    /// Gives all rows to a pass that has seen none.
    ///
    /// # Errors
    /// Whatever is wrong with the data; as [`StreamingRun::feed`].
    pub fn pass(&self, run: &mut StreamingRun<'_, f64>) -> Result<()> {
        self.each(|bindings, _| Ok::<(), Error>(run.feed(bindings)?))
    }

    /// Hands over the rows, block by block: bound to the program's inputs, with the block that they are of.
    ///
    /// # Errors
    /// Whatever is wrong with the data, and what `take` returns.
    pub fn each<E: From<Error>>(
        &self,
        mut take: impl FnMut(&[Binding<'_, f64>], &Block<'_>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        if self.columns.is_empty() {
            return Ok(());
        }
        ahead::each(self.source, &self.columns, |block| take(&self.bound(&block), &block))
    }

    fn bound<'b>(&'b self, block: &'b Block<'_>) -> Vec<Binding<'b, f64>> {
        let bound = self.names.iter().zip(&block.columns).filter_map(|(name, column)| match column {
            Column::Numbers(array) => Some(bind(name, array)),
            Column::Indices(array) => Some(bind_indices(name, array)),
            // Refused when the feed was made.
            Column::Words { .. } => None,
        });
        bound.collect()
    }

    /// The number of rows: as the source knows it, or counted.
    ///
    /// # Errors
    /// Whatever is wrong with the data.
    pub fn rows(&self) -> Result<usize> {
        if let Some(rows) = self.source.rows() {
            return Ok(rows);
        }
        let mut rows = 0;
        self.each(|_, block| {
            rows += block.rows;
            Ok::<(), Error>(())
        })?;
        Ok(rows)
    }
}
