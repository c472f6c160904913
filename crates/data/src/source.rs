//! What a source of rows is: named columns, in blocks, from the first row on as often as asked. Sources made of others are in `adapt`.

use crate::error::{Error, Result};
use crate::place::Place;
use ndarray::{Axis, CowArray, IxDyn, Slice};
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A column of a source: its name, what it holds, and the shape of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// The shape of a row: empty for one number, `[p]` for a row of a matrix.
    pub row: Vec<usize>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Numbers.
    Numbers,
    /// Places in a table, from 0.
    Indices,
    /// Words, such as the levels of a category: [`with_levels`](crate::Adapt::with_levels) makes indices of them.
    Words,
}

/// Consecutive rows of some columns.
#[derive(Debug)]
pub struct Block<'s> {
    /// Where the rows stand.
    pub place: Place,
    /// How many rows there are.
    pub rows: usize,
    /// The columns that were asked for, in that order.
    pub columns: Vec<Column<'s>>,
}

impl Block<'_> {
    /// Leaves some of the rows.
    fn cut(&mut self, rows: Range<usize>) {
        if rows == (0..self.rows) {
            return;
        }
        let part = Slice::from(rows.clone());
        for column in &mut self.columns {
            match column {
                Column::Numbers(array) => array.slice_axis_inplace(Axis(0), part),
                Column::Indices(array) => array.slice_axis_inplace(Axis(0), part),
                Column::Words { codes, .. } => *codes = codes.drain(rows.clone()).collect(),
            }
        }
        self.place.cut(rows.clone());
        self.rows = rows.len();
    }
}

/// The cells of a column in a block; the rows are the first axis.
#[derive(Clone, Debug)]
pub enum Column<'s> {
    /// Numbers.
    Numbers(CowArray<'s, f64, IxDyn>),
    /// Places in a table.
    Indices(CowArray<'s, usize, IxDyn>),
    /// For each row, the place of its word among the words that the block has.
    Words {
        /// The places.
        codes: Vec<usize>,
        /// The words.
        words: Vec<String>,
    },
}

impl Column<'_> {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        let rows = |dims: &[usize]| dims.first().copied().unwrap_or(0);
        match self {
            Column::Numbers(array) => rows(array.shape()),
            Column::Indices(array) => rows(array.shape()),
            Column::Words { codes, .. } => codes.len(),
        }
    }

    /// Some of the rows.
    pub fn select<'o>(&self, rows: &[usize]) -> Column<'o> {
        match self {
            Column::Numbers(array) => Column::Numbers(array.select(Axis(0), rows).into()),
            Column::Indices(array) => Column::Indices(array.select(Axis(0), rows).into()),
            Column::Words { codes, words } => {
                let codes = rows.iter().filter_map(|&row| codes.get(row).copied()).collect();
                Column::Words { codes, words: words.clone() }
            }
        }
    }
}

/// The blocks of one pass over a source.
pub type Blocks<'s> = Box<dyn Iterator<Item = Result<Block<'s>>> + Send + 's>;

/// Rows that can be read from the first to the last, as often as asked, the same each time.
///
/// A source of one's own gives its columns and, for each pass, an iterator of blocks:
///
/// ```
/// use autodiff::Tape;
/// use data::{Block, Blocks, Column, Field, Kind, Place, Source};
/// use ndarray::Array1;
///
/// /// The numbers from 0 on.
/// struct Counting(Vec<Field>, usize);
///
/// impl Source for Counting {
///     fn fields(&self) -> &[Field] {
///         &self.0
///     }
///     fn rows(&self) -> Option<usize> {
///         Some(self.1)
///     }
///     fn blocks(&self, _columns: &[usize]) -> data::Result<Blocks<'_>> {
///         Ok(Box::new((0..self.1).step_by(1000).map(|first| {
///             let rows = (self.1 - first).min(1000);
///             let numbers = Array1::from_shape_fn(rows, |row| (first + row) as f64).into_dyn();
///             Ok(Block { place: Place { first, ..Place::default() }, rows, columns: vec![Column::Numbers(numbers.into())] })
///         })))
///     }
/// }
///
/// let tape = Tape::<f64>::new();
/// let program = tape.compile(&[tape.rows("n", &[]).sum()])?;
/// let source = Counting(vec![Field { name: "n".into(), kind: Kind::Numbers, row: vec![] }], 100_000);
/// assert_eq!(data::run(&program, &[], &source)?.number(0)?, 4_999_950_000.0);
/// # Ok::<(), data::Error>(())
/// ```
pub trait Source: Sync {
    /// The columns; no two have one name.
    fn fields(&self) -> &[Field];

    /// The number of rows, where it is known before they are read.
    fn rows(&self) -> Option<usize> {
        None
    }

    /// Whether words are told apart to the letter, as those of files that tell text from numbers: "1" and "1.0" are then two levels.
    fn has_text(&self) -> bool {
        false
    }

    /// A pass over all rows, from the first on, of the columns at these places.
    ///
    /// # Errors
    /// What keeps the source from being read; blocks are errors in the same way.
    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>>;

    /// A pass over some of the rows, which other readers have the rest of. Where not given, those before them are read and passed
    /// over.
    ///
    /// # Errors
    /// As [`blocks`](Self::blocks).
    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        Ok(within(self.blocks(columns)?, rows))
    }

    /// The place of a column.
    ///
    /// # Errors
    /// No such column.
    fn find(&self, name: &str) -> Result<usize> {
        let fields = self.fields();
        fields.iter().position(|field| field.name == name).ok_or_else(|| Error::MissingColumn {
            file: PathBuf::new(),
            name: name.into(),
            known: fields.iter().map(|field| field.name.clone()).collect(),
        })
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn fields(&self) -> &[Field] {
        (**self).fields()
    }

    fn rows(&self) -> Option<usize> {
        (**self).rows()
    }

    fn has_text(&self) -> bool {
        (**self).has_text()
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        (**self).blocks(columns)
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        (**self).blocks_of(columns, rows)
    }
}

impl<S: Source + Send + ?Sized> Source for Box<S> {
    fn fields(&self) -> &[Field] {
        (**self).fields()
    }

    fn rows(&self) -> Option<usize> {
        (**self).rows()
    }

    fn has_text(&self) -> bool {
        (**self).has_text()
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        (**self).blocks(columns)
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        (**self).blocks_of(columns, rows)
    }
}

/// Those of all rows that lie in a range.
pub(crate) fn within<'s>(blocks: Blocks<'s>, rows: Range<usize>) -> Blocks<'s> {
    let mut next = 0;
    let end = rows.end;
    let within = move |block: Result<Block<'s>>| {
        let mut block = match block {
            Ok(block) => block,
            Err(error) => return Some(Err(error)),
        };
        let own = next..next + block.rows;
        next = own.end;
        let (start, end) = (rows.start.max(own.start), rows.end.min(own.end));
        if start < end {
            block.cut(start - own.start..end - own.start);
            return Some(Ok(block));
        }
        None
    };
    let mut seen = 0;
    let wanted = blocks.take_while(move |block| {
        let begins = seen < end;
        seen += block.as_ref().map_or(0, |block| block.rows);
        begins
    });
    Box::new(wanted.filter_map(within))
}

/// Refuses two columns of one name; there may be several without.
pub(crate) fn check_names(file: &Path, fields: &[Field]) -> Result<()> {
    let mut places = HashMap::new();
    for (second, name) in fields.iter().map(|field| &field.name).enumerate().filter(|(_, name)| !name.is_empty()) {
        if let Some(first) = places.insert(name, second) {
            return Err(Error::DoubledColumn {
                file: file.into(),
                name: name.clone(),
                places: [first + 1, second + 1],
            });
        }
    }
    Ok(())
}
