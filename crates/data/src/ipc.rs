//! Arrow IPC files and streams.

use crate::arrow::{BatchIter, Columns, blocks_of, guarded};
use crate::error::Result;
use crate::files::Stamped;
use crate::nulls::{NullRule, Nulls};
use crate::source::{Blocks, Field, Source};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::Schema;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

/// Arrow IPC files (Feather) and streams; all have the columns of the first.
#[derive(Debug)]
pub struct Ipc {
    files: Vec<Stamped>,
    columns: Columns,
    nulls: NullRule,
}

impl Ipc {
    /// Opens files and reads their schemas.
    ///
    /// # Errors
    /// A file that can't be read, or lacks a column of the first.
    pub fn open<P: AsRef<Path>>(files: &[P]) -> Result<Self> {
        let files = files.iter().map(|path| Stamped::new(path.as_ref())).collect::<Result<Vec<_>>>()?;
        let mut columns: Option<Columns> = None;
        for file in &files {
            let of_file = guarded(&file.path, || Columns::of(&open(file)?.0, &file.path))?;
            match &columns {
                None => columns = Some(of_file),
                Some(first) => first.check_same(&of_file, &file.path)?,
            }
        }
        Ok(Ipc { files, columns: columns.unwrap_or(Columns { fields: Vec::new() }), nulls: NullRule::default() })
    }

    /// What becomes of rows with nulls.
    pub fn with_nulls(self, nulls: Nulls) -> Self {
        Ipc { nulls: NullRule::new(nulls), ..self }
    }

    /// How many rows the last pass has dropped.
    pub fn dropped(&self) -> usize {
        self.nulls.dropped()
    }
}

/// The schema and the batches of a file or stream.
fn open<'s>(file: &Stamped) -> Result<(Schema, BatchIter<'s>)> {
    let mut bytes = BufReader::new(file.open()?);
    let mut magic = [0; 6];
    let is_file = bytes.read_exact(&mut magic).is_ok() && &magic == b"ARROW1";
    bytes.rewind().map_err(|error| file.io(error))?;
    if is_file {
        let reader = FileReader::try_new(bytes, None).map_err(|error| file.broken(error))?;
        return Ok((reader.schema().as_ref().clone(), Box::new(reader)));
    }
    let reader = StreamReader::try_new(bytes, None).map_err(|error| file.broken(error))?;
    Ok((reader.schema().as_ref().clone(), Box::new(reader)))
}

impl Source for Ipc {
    fn fields(&self) -> &[Field] {
        &self.columns.fields
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        self.nulls.begin();
        let names = self.columns.names(columns);
        let of_file = move |file: &'s Stamped| {
            blocks_of(file, names.clone(), &self.nulls, 0, || open(file).map(|(_, batches)| batches))
        };
        Ok(Box::new(self.files.iter().flat_map(of_file)))
    }
}
