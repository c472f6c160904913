//! Everything that can go wrong, as data: what, where (the user's source line) and what to do.

use crate::shape::Shape;
use std::panic::Location;

/// The user's source line that recorded an operation.
pub type Source = &'static Location<'static>;

/// The result of whatever leaves a tape or a program.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong while recording, compiling or running.
///
/// Arithmetic on handles can't return a `Result`: the first error of a recording is kept by the tape, operations on the
/// failed node record nothing, and everything that leaves the tape returns that first error.
///
/// ```
/// use autodiff::{Error, Tape};
/// let tape = Tape::<f64>::new();
/// let sum = tape.variable("a", &[1.0, 2.0]) + tape.variable("b", &[1.0, 2.0, 3.0]);
/// let error = sum.value().unwrap_err();
/// assert!(matches!(&error, Error::Recording { operation, .. } if operation == "add"));
/// println!("{error}"); // with the shapes, and the line of the addition
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An operation can't be recorded on operands of these shapes or with these arguments.
    #[error("{operation} at {source_line}: {reason} (operands: {})", list(operands))]
    Recording {
        /// The operation's name.
        operation: String,
        /// The shapes of the operands.
        operands: Vec<Shape>,
        /// What is wrong and what to do.
        reason: String,
        /// The line that recorded it.
        source_line: Source,
    },
    /// Handles of two tapes meet in one operation.
    #[error(
        "{operation} at {source_line}: handles of different tapes meet; record both on one tape, or take the other's value over with `tape.constant(other.value()?)`"
    )]
    ForeignTape {
        /// The operation's name.
        operation: String,
        /// The line that recorded it.
        source_line: Source,
    },
    /// One number was asked for, but there is an array.
    #[error("{operation} at {source_line}: the shape is {shape}, not one number; {}", for_one_number(operation))]
    NotScalar {
        /// What asked: `gradient`, `item`, …
        operation: &'static str,
        /// The array's shape.
        shape: Shape,
        /// The line that asked.
        source_line: Source,
    },
    /// An input has no value.
    #[error(
        "input `{name}` (shape {shape}) has no value; bind it with `{name}.bind(&array)` or `bind(\"{name}\", &array)` when the program runs, or give it one with `set_value` before `value()`"
    )]
    Unbound {
        /// The input's name.
        name: String,
        /// The shape it was declared with.
        shape: Shape,
    },
    /// An input is bound twice in one run.
    #[error("input `{name}` is bound twice; bind each input once")]
    BoundTwice {
        /// The input's name.
        name: String,
    },
    /// A binding names no input.
    #[error("there is no input `{name}`; the inputs are: {}", known.join(", "))]
    UnknownInput {
        /// The name that was looked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// An array bound to an input has the wrong shape.
    #[error("input `{name}` was declared with shape {expected}, but the array bound to it has shape {found:?}")]
    InputShape {
        /// The input's name.
        name: String,
        /// The declared shape.
        expected: Shape,
        /// The array's shape.
        found: Vec<usize>,
    },
    /// An input takes numbers but was given indices, or the other way round.
    #[error("input `{name}` takes {expected}, but the array bound to it holds {found}")]
    InputKind {
        /// The input's name.
        name: String,
        /// What it takes.
        expected: &'static str,
        /// What it was given.
        found: &'static str,
    },
    /// Two rows inputs have different numbers of rows.
    #[error(
        "input `{name}` has {found} rows, but `{other}` has {expected}: all rows inputs of a run share one number of rows"
    )]
    RowsDiffer {
        /// The input's name.
        name: String,
        /// Its number of rows.
        found: usize,
        /// The input it disagrees with.
        other: String,
        /// The other's number of rows.
        expected: usize,
    },
    /// An index is out of range.
    #[error(
        "{operation} at {source_line}: index {index} at position {position} is out of range for an axis of length {len}"
    )]
    IndexOutOfRange {
        /// The operation's name.
        operation: String,
        /// Where the index stands: the row, for indices on the rows.
        position: usize,
        /// The index.
        index: usize,
        /// The length of the indexed axis.
        len: usize,
        /// The line that recorded the operation.
        source_line: Source,
    },
    /// An operation can't be evaluated block by block over the rows.
    #[error("{operation} at {source_line} can't run over an open rows axis: {reason}")]
    NotStreamable {
        /// The operation's name.
        operation: String,
        /// Why, and what to do.
        reason: String,
        /// The line that recorded it.
        source_line: Source,
    },
    /// A matrix that is to be inverted, or an equation with it solved, is singular.
    #[error(
        "{operation} at {source_line}: the matrix{} is singular: pivot {pivot} (counted from 0) is 0", which(*matrix)
    )]
    Singular {
        /// The operation's name.
        operation: String,
        /// Which matrix of the rows and batch, counted from 0.
        matrix: usize,
        /// The column whose pivot is 0, counted from 0.
        pivot: usize,
        /// The line that recorded the operation.
        source_line: Source,
    },
    /// A matrix that is to be factored is not positive definite.
    #[error(
        "{operation} at {source_line}: the matrix{} is not positive definite: pivot {pivot} (counted from 0) is not a \
         positive number; a multiple of the identity added to it may help", which(*matrix)
    )]
    NotPositiveDefinite {
        /// The operation's name.
        operation: String,
        /// Which matrix of the rows and batch, counted from 0.
        matrix: usize,
        /// The column whose pivot is not positive, counted from 0.
        pivot: usize,
        /// The line that recorded the operation.
        source_line: Source,
    },
    /// An operation failed on these values.
    #[error("{operation} at {source_line} failed: {reason}")]
    Evaluation {
        /// The operation's name.
        operation: String,
        /// What went wrong.
        reason: String,
        /// The line that recorded it.
        source_line: Source,
    },
    /// The arrays to write results into don't fit the program's outputs.
    #[error("output {index} has shape {expected:?}, but the array to write it into has shape {found:?}")]
    OutputShape {
        /// Which output.
        index: usize,
        /// Its shape.
        expected: Vec<usize>,
        /// The array's shape.
        found: Vec<usize>,
    },
    /// An output was asked for as what it isn't.
    #[error("output {index} is {}, not a {asked}: take {}", kind(shape), accessor(*index, shape))]
    OutputKind {
        /// Which output.
        index: usize,
        /// What it was asked for as: a number, a vector or a matrix.
        asked: &'static str,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// An output was asked for that there isn't.
    #[error("there is no output {index}: the program has {count}, counted from 0")]
    NoOutput {
        /// Which output.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// A program was given another number of output arrays than it has outputs.
    #[error("the program has {expected} outputs, but {found} arrays to write them into")]
    OutputCount {
        /// The number of outputs.
        expected: usize,
        /// The number of arrays.
        found: usize,
    },
    /// A workspace was used with a program that did not make it.
    #[error("this workspace belongs to another program; make one with `program.workspace()`")]
    ForeignWorkspace,
    /// A streaming run was asked for results on the rows.
    #[error(
        "output {index} is on the rows: a run over rows that come piece by piece has no place for it; run a program of it on each piece"
    )]
    RowsOutput {
        /// Which output.
        index: usize,
    },
    /// A streaming run needs to know how many rows will come.
    #[error("the program needs the number of rows before it sees them: give it to `stream`")]
    RowsUnknown,
    /// A streaming run has not seen all rows.
    #[error("pass {pass} ends without the rows from {from} on")]
    RowsMissing {
        /// The pass, counted from 1.
        pass: usize,
        /// The first row that is missing.
        from: usize,
    },
    /// A pass of a streaming run has seen more or fewer rows than was said, or than the pass before.
    #[error("pass {pass} has {found} rows, but there should be {expected}: have the data changed?")]
    RowsChanged {
        /// The pass, counted from 1.
        pass: usize,
        /// The rows of this pass.
        found: usize,
        /// The rows that were said, or those of the first pass.
        expected: usize,
    },
    /// A partial result doesn't fit where it was given.
    #[error("a partial result of rows {} to {}: {reason}", rows.start, rows.end)]
    PartialRows {
        /// Its rows.
        rows: std::ops::Range<usize>,
        /// What is wrong and what to do.
        reason: &'static str,
    },
    /// A partial result is of another program, other fixed inputs or another pass.
    #[error("the partial result is of another program, of other fixed inputs, or of another pass")]
    ForeignPartial,
    /// Bytes are no partial result, or damaged.
    #[error("the bytes of a partial result can't be used: {reason}")]
    DamagedPartial {
        /// What is wrong.
        reason: &'static str,
    },
    /// Passes over the rows of a streaming run are not as it expects.
    #[error("{asked}: {reason}")]
    StreamOrder {
        /// What was asked for.
        asked: &'static str,
        /// Why it can't be had now.
        reason: &'static str,
    },
    /// The environment asks for a processor that this one is not.
    #[error("AUTODIFF_PROCESSOR asks for `{name}`, but this processor and build have: {}; name one of them, or unset the variable", known.join(", "))]
    UnknownProcessor {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The tape holds as many nodes as it can number.
    #[error(
        "the tape is full: it holds at most {limit} nodes; compile parts of the computation as programs of their own"
    )]
    TapeFull {
        /// The most nodes a tape holds.
        limit: usize,
    },
    /// Memory that can't be had.
    #[error(
        "{what} takes {bytes} bytes ({}), more than the {limit} ({}) that can be had; ask for less at once: fewer rows, smaller shapes, products with `hvp` and `jvp` instead of whole matrices (`Tape::set_memory_limit` sets how much may be asked for)",
        readable(*bytes),
        readable(*limit as u128)
    )]
    OutOfMemory {
        /// What takes it, with the line that recorded it.
        what: String,
        /// How many bytes.
        bytes: u128,
        /// How many can be had.
        limit: usize,
    },
    /// A check can't be made as asked.
    #[error("check: {reason}")]
    Check {
        /// What is wrong and what to do.
        reason: String,
    },
}

impl Error {
    /// The user's source line that made the mistake, where one is known.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let _ = tape.input("a", &[2]) + tape.input("b", &[3]);
    /// let line = line!() - 1;
    /// assert_eq!(tape.check().unwrap_err().source_line().unwrap().line(), line);
    /// ```
    pub fn source_line(&self) -> Option<Source> {
        match *self {
            Error::Recording { source_line, .. }
            | Error::ForeignTape { source_line, .. }
            | Error::NotScalar { source_line, .. }
            | Error::IndexOutOfRange { source_line, .. }
            | Error::NotStreamable { source_line, .. }
            | Error::Singular { source_line, .. }
            | Error::NotPositiveDefinite { source_line, .. }
            | Error::Evaluation { source_line, .. } => Some(source_line),
            _ => None,
        }
    }
}

/// What to do where one number is needed.
fn for_one_number(operation: &str) -> &'static str {
    match operation {
        "item" => "take `value()`, or reduce it with `sum()`",
        "gradient" => "reduce it with `sum()`, or give an adjoint with `vjp`",
        _ => "reduce it with `sum()`",
    }
}

/// What an output of that shape is.
fn kind(shape: &[usize]) -> String {
    match shape.len() {
        0 => "a number".into(),
        1 => format!("a vector of shape {shape:?}"),
        2 => format!("a matrix of shape {shape:?}"),
        axes => format!("an array of {axes} axes, of shape {shape:?}"),
    }
}

/// How an output of that shape is to be had.
fn accessor(index: usize, shape: &[usize]) -> String {
    match shape.len() {
        0 => format!("`number({index})`"),
        1 => format!("`vector({index})`"),
        2 => format!("`matrix({index})`"),
        _ => format!("the array itself, `[{index}]`"),
    }
}

/// Bytes as one says them.
fn readable(bytes: u128) -> String {
    const UNITS: [&str; 7] = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let unit = (bytes.max(1).ilog2() as usize / 10).min(UNITS.len() - 1);
    format!("{:.1} {}", bytes as f64 / 1024f64.powi(unit as i32), UNITS[unit])
}

fn list(shapes: &[Shape]) -> String {
    if shapes.is_empty() {
        return "none".into();
    }
    shapes.iter().map(Shape::to_string).collect::<Vec<_>>().join(", ")
}

/// Names a matrix of a batch; the first may be the only one.
fn which(matrix: usize) -> String {
    if matrix == 0 { String::new() } else { format!(" {matrix} (counted from 0)") }
}
