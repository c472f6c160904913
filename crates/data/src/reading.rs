//! How the cells of a source are read: what the sources of files and of record batches have in common.

use crate::columns::Columns;
use crate::nulls::NullRule;
use crate::words::MissingWords;

/// How the cells of a source are read.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) columns: Columns,
    pub(crate) nulls: NullRule,
    pub(crate) missing: MissingWords,
    /// Whether infinite numbers are refused, and NaN is a missing value.
    pub(crate) only_finite: bool,
}

impl Reading {
    /// Of these columns, with nothing said.
    pub(crate) fn of(columns: Columns) -> Self {
        Reading { columns, ..Reading::default() }
    }
}

/// The methods of a source that say how its cells are read. As those of a trait, users would have to import it.
macro_rules! reading_methods {
    ($source:ty) => {
        impl $source {
            /// What becomes of rows with missing values: nulls, empty cells, and [words](crate::MissingWords) for them (of files that tell text
            /// from missing values those of one's own alone).
            pub fn with_nulls(mut self, nulls: crate::Nulls) -> Self {
                self.reading.nulls = crate::nulls::NullRule::new(nulls);
                self
            }

            /// Takes these words and numbers for missing values, in place of the usual ones.
            pub fn with_missing(mut self, missing: crate::MissingWords) -> Self {
                self.reading.missing = missing;
                self
            }

            /// Takes the cells of these columns as words, whatever they look like: whole numbers to the last digit.
            ///
            /// # Errors
            /// No such column.
            pub fn with_words(mut self, columns: &[&str]) -> crate::Result<Self> {
                self.reading.columns.take_as(crate::Kind::Words, columns)?;
                Ok(self)
            }

            /// Takes the cells of these columns as numbers, if they are text, too.
            ///
            /// # Errors
            /// No such column. A cell that is no number is an error when it is read.
            pub fn with_numbers(mut self, columns: &[&str]) -> crate::Result<Self> {
                self.reading.columns.take_as(crate::Kind::Numbers, columns)?;
                Ok(self)
            }

            /// Adds columns of words, each given by its name and the column whose cells it has.
            ///
            /// # Errors
            /// No such column; a name in use.
            pub fn with_words_of(mut self, columns: &[(&str, &str)]) -> crate::Result<Self> {
                self.reading.columns.add_words(columns)?;
                Ok(self)
            }

            /// The columns that some of the files lack: they can't be read.
            pub fn columns_of_some_files(&self) -> &[crate::PartColumn] {
                &self.reading.columns.partial
            }

            /// How many rows the last pass has dropped.
            pub fn dropped(&self) -> usize {
                self.reading.nulls.dropped()
            }
        }
    };
}

pub(crate) use reading_methods;
