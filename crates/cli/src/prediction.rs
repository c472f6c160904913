//! The rows that a saved model is applied to: part after part of the file, or of several, so that they need not fit in memory.

use crate::aliased;
use crate::args::PredictArgs;
use crate::design::Columns;
use crate::error::{Error, Result};
use crate::files;
use crate::output;
use crate::progress::Reading;
use crate::saved::{AnyFit, Saved};
use crate::signals;
use crate::table::{self, Lines, Omitted, Request, Source, Table};
use data::Stamped;
use std::path::{Path, PathBuf};

/// The rows of a part, about.
const ROWS: usize = 1 << 16;

/// Consecutive rows, ready for the model.
pub struct Part {
    /// Their arrays.
    pub columns: Columns,
    /// How many rows they have.
    rows: usize,
    /// The other rows, which have no prediction.
    pub omitted: Omitted,
    /// Whether none is before them.
    pub is_first: bool,
    path: PathBuf,
    lines: Lines,
}

impl Part {
    fn new(saved: &Saved<AnyFit>, path: &Path, table: Table, is_first: bool) -> Result<Part> {
        let (rows, lines, omitted) = (table.rows, table.lines.clone(), table.omitted.clone());
        let columns = Columns::of(&saved.recipe, &table)?;
        Ok(Part { columns, rows, omitted, is_first, path: path.into(), lines })
    }

    /// What the models' library found wrong with the rows, by their place in the file.
    pub fn error(&self, error: models::Error) -> Error {
        Error::in_rows(error, &self.path, &self.lines)
    }

    /// An error of a row.
    pub fn error_of(&self, row: usize, reason: impl Into<String>) -> Error {
        Error::Data { place: self.place_of(row), reason: reason.into() }
    }

    /// The file of a row, and its place there.
    pub fn place_of(&self, row: usize) -> String {
        format!("{}, {}", self.path.display(), self.lines.name(row))
    }
}

/// Hands over the rows of the file, or of all files of the folder or pattern, part by part, in their order. A bad row ends it: what was printed of
/// the parts before stays, and the error says how much it is.
pub fn each(args: &PredictArgs, saved: &Saved<AnyFit>, mut predict: impl FnMut(&Part) -> Result<()>) -> Result<()> {
    let mut written = 0;
    signals::listen_while_reading(&args.data.data)?;
    each_part(args, saved, |part| {
        signals::check()?;
        predict(part)?;
        written += part.rows + part.omitted.rows.len();
        Ok(())
    })
    .map_err(|error| match error {
        Error::Interrupted(_) => Error::Interrupted("before all rows were predicted".into()),
        error => error,
    })
    .map_err(|error| error.after(written))
}

fn each_part(args: &PredictArgs, saved: &Saved<AnyFit>, mut predict: impl FnMut(&Part) -> Result<()>) -> Result<()> {
    let (mut omitted, mut kept, mut is_first) = (Omitted::default(), 0, true);
    let mut shown = args.data.data.clone();
    // Parts without any row that is kept wait for one that has some: where all are without, there is nothing to print.
    let mut waiting: Vec<Part> = Vec::new();
    let files = files_of(&args.data.data)?;
    let mut stamps = Vec::new();
    if files.len() > 1 {
        // Before anything is printed.
        stamps = files.iter().map(|path| Stamped::new(path)).collect::<data::Result<_>>()?;
        table::open_each(&files, &args.data.format()?, |source| requests(saved, source).map(drop))?;
    }
    for (place, path) in files.iter().enumerate() {
        let source = table::open(path, &args.data.format()?);
        // It may have changed while those before it were read.
        stamps.get(place).map_or(Ok(()), table::check_unchanged)?;
        let source = source?;
        let reading = Reading::of(path);
        let path = source.path().to_owned();
        if files.len() == 1 {
            shown = path.clone();
        }
        let requests = requests(saved, source.as_ref())?;
        source.parts(&requests, ROWS, &reading, &mut |table| {
            kept += table.rows;
            let part = Part::new(saved, &path, table, is_first)?;
            is_first = false;
            omitted.absorb(part.omitted.clone());
            waiting.push(part);
            if kept > 0 {
                waiting.drain(..).try_for_each(|part| predict(&part))?;
            }
            Ok(!output::has_ended())
        })?;
        if output::has_ended() {
            return Ok(());
        }
    }
    if kept == 0 {
        return Err(table::nothing_left(&shown, &omitted));
    }
    aliased::warn(&saved.recipe, &omitted)
}

/// The columns that a prediction needs of a file.
fn requests(saved: &Saved<AnyFit>, source: &dyn Source) -> Result<Vec<Request>> {
    let requests = saved.recipe.requests_of_prediction(&saved.levels, source.names());
    requests.map_err(|error| match error.in_file(source.path()) {
        Error::Usage(reason) => {
            Error::Usage(format!("{reason}; the model has it: add it, or rename the column of this file that is it"))
        }
        error => error,
    })
}

/// The file, or those of a folder or a pattern.
fn files_of(path: &Path) -> Result<Vec<PathBuf>> {
    match path.is_dir() || files::is_pattern(path) && !path.exists() {
        true => files::of_one_kind(path),
        false => Ok(vec![path.into()]),
    }
}
