//! Arrow IPC files and streams.

use crate::arrow::{BatchIter, blocks_of, columns_of, guarded, joined};
use crate::error::Result;
use crate::files::Stamped;
use crate::reading::{Reading, reading_methods};
use crate::source::{Blocks, Field, Source};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::Schema;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

/// Arrow IPC files (Feather) and streams; all need the columns that are asked for, of one kind.
#[derive(Debug)]
pub struct Ipc {
    files: Vec<Stamped>,
    reading: Reading,
}

impl Ipc {
    /// Opens files and reads their schemas.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn open<P: AsRef<Path>>(files: &[P]) -> Result<Self> {
        let files = files.iter().map(|path| Stamped::new(path.as_ref())).collect::<Result<Vec<_>>>()?;
        let of_file = |file: &Stamped| {
            let columns = guarded(file, || columns_of(&open(file)?.0, &file.path))?;
            Ok((file.path.to_path_buf(), columns))
        };
        let columns = joined(files.iter().map(of_file))?;
        Ok(Ipc { files, reading: Reading::of(columns) })
    }
}

reading_methods!(Ipc);

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
        &self.reading.columns.fields
    }

    fn has_text(&self) -> bool {
        true
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        self.reading.nulls.begin();
        let wanted = self.reading.columns.wanted(columns)?;
        let of_file = move |file: &'s Stamped| {
            blocks_of(file, wanted.clone(), &self.reading, 0, || open(file).map(|(_, batches)| batches))
        };
        Ok(Box::new(self.files.iter().flat_map(of_file)))
    }
}
