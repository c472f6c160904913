//! How a file is read: each piece where it stands, by one call to the system. A `File` as it is moves a handle of its own first, and then reads
//! a little, and ever more, which took a sixth of the time of a pass over uncompressed numbers.

use crate::error::Result;
use crate::files::Stamped;
use bytes::Bytes;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{BufReader, Read};
use std::sync::Arc;

/// A file that is read piece by piece.
#[derive(Debug)]
pub(super) struct Positioned {
    file: Arc<File>,
    length: u64,
}

impl Positioned {
    pub(super) fn open(file: &Stamped) -> Result<Self> {
        Ok(Positioned { file: Arc::new(file.open()?), length: file.length() })
    }

    /// Refuses what lies beyond the end, before memory is asked for it.
    fn check(&self, position: u64, wanted: usize) -> ParquetResult<()> {
        match position.checked_add(wanted as u64).is_some_and(|end| end <= self.length) {
            true => Ok(()),
            false => Err(cut_short(position, wanted, self.length)),
        }
    }
}

fn cut_short(position: u64, wanted: usize, length: u64) -> ParquetError {
    ParquetError::EOF(format!("{wanted} bytes from {position} on are wanted, and the file has {length}"))
}

impl Length for Positioned {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Positioned {
    type T = BufReader<Onwards>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        self.check(start, 0)?;
        Ok(BufReader::new(Onwards { file: self.file.clone(), position: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        self.check(start, length)?;
        let mut bytes = Vec::with_capacity(length);
        while bytes.len() < length {
            let position = start + bytes.len() as u64;
            if append(&self.file, position, &mut bytes)? == 0 {
                return Err(cut_short(start, length, position));
            }
        }
        bytes.truncate(length);
        Ok(bytes.into())
    }
}

/// A file from a position on.
#[derive(Debug)]
pub(super) struct Onwards {
    file: Arc<File>,
    position: u64,
}

impl Read for Onwards {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let read = read_at(&self.file, self.position, bytes)?;
        self.position += read as u64;
        Ok(read)
    }
}

/// Reads as many bytes as there is room for, into memory that nothing was written to before.
#[cfg(unix)]
fn append(file: &File, position: u64, bytes: &mut Vec<u8>) -> std::io::Result<usize> {
    Ok(rustix::io::retry_on_intr(|| rustix::io::pread(file, rustix::buffer::spare_capacity(bytes), position))?)
}

#[cfg(unix)]
fn read_at(file: &File, position: u64, bytes: &mut [u8]) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, position)
}

#[cfg(not(unix))]
fn append(file: &File, position: u64, bytes: &mut Vec<u8>) -> std::io::Result<usize> {
    let from = bytes.len();
    bytes.resize(bytes.capacity(), 0);
    let read = read_at(file, position, &mut bytes[from..]);
    bytes.truncate(from + read.as_ref().copied().unwrap_or(0));
    read
}

#[cfg(not(unix))]
fn read_at(mut file: &File, position: u64, bytes: &mut [u8]) -> std::io::Result<usize> {
    use std::io::{Seek, SeekFrom};
    file.seek(SeekFrom::Start(position))?;
    file.read(bytes)
}
