//! Sources made of others: columns put together, or turned into indices.

mod indicators;
mod indices;
mod levels;
mod stack;

pub use indicators::WithIndicators;
pub use indices::WithIndices;
pub use levels::WithLevels;
pub use stack::Stacked;

use crate::error::Result;
use crate::ranks::Ranks;
use crate::source::Source;

/// Sources made of others. Every source has these.
pub trait Adapt: Source + Sized {
    /// The same rows with a matrix `name` more, whose columns are these, in this order.
    ///
    /// # Errors
    /// A column that isn't there or holds no numbers; a name in use.
    fn stacked(self, name: &str, columns: &[&str]) -> Result<Stacked<Self>> {
        Stacked::new(self, name, columns)
    }

    /// The same rows with the words (or numbers) of these columns as indices: places among their levels, which are found in a pass over
    /// all rows, in the order of [`Levels`](crate::Levels). Text of Arrow and Parquet stays as it is.
    ///
    /// # Errors
    /// A column that isn't there or holds neither; a number that is no level: NaN, infinities, and those of 2⁵³ or more, which may have lost
    /// their last digits (sources have them as words: `with_words`); whatever keeps the rows from being read.
    fn with_levels(self, columns: &[&str]) -> Result<WithLevels<Self>> {
        WithLevels::new(self, columns, None)
    }

    /// The same by several processes, each of which looks at a share of the rows; all find the same levels. Where the source doesn't know
    /// how many rows it has, each looks at all of them.
    ///
    /// # Errors
    /// As [`with_levels`](Self::with_levels); what another process says.
    fn with_levels_on_ranks(self, columns: &[&str], ranks: &dyn Ranks) -> Result<WithLevels<Self>> {
        WithLevels::new(self, columns, Some(ranks))
    }

    /// The same rows with columns of numbers more, each given by its name, a column of indices and an index: 1 where the column is that
    /// index, 0 elsewhere.
    ///
    /// ```
    /// use data::{Adapt, Arrays};
    /// let group = ndarray::arr1(&[0, 2, 1, 2]);
    /// let source = Arrays::new().with_indices_of("group", &group)?.with_indicators(&[("is two", "group", 2)])?;
    /// let tape = autodiff::Tape::<f64>::new();
    /// let program = tape.compile(&[tape.rows("is two", &[]).sum()])?;
    /// assert_eq!(data::run(&program, &[], &source)?.number(0)?, 2.0);
    /// # Ok::<(), data::Error>(())
    /// ```
    ///
    /// # Errors
    /// A column that isn't there or holds no indices; a name in use.
    fn with_indicators(self, indicators: &[(&str, &str, usize)]) -> Result<WithIndicators<Self>> {
        WithIndicators::new(self, indicators)
    }

    /// The same rows with the numbers of these columns as indices: whole numbers from 0 on.
    ///
    /// # Errors
    /// A column that isn't there or holds no numbers. A number that is no index is an error when it is read.
    fn with_indices(self, columns: &[&str]) -> Result<WithIndices<Self>> {
        WithIndices::new(self, columns)
    }
}

impl<S: Source> Adapt for S {}
