//! The bytes of a data file: of a file or of the standard input, unzipped where they are gzip.

use crate::error::{Error, Result};
use data::Stamped;
use flate2::bufread::MultiGzDecoder;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The name that stands for the standard input.
pub const STANDARD_INPUT: &str = "-";
/// The bytes that are looked at before the rest is read.
const HEAD: usize = 1 << 16;
/// What gzip begins with (RFC 1952).
const GZIP: &[u8] = &[0x1f, 0x8b];

/// What Parquet files begin with.
const PARQUET: &[u8] = b"PAR1";

/// Whether a file begins as those of gzip do.
pub fn is_gzip(path: &Path) -> bool {
    begins_with(path, GZIP)
}

/// Whether a file is to be read as Parquet.
pub fn is_parquet(path: &Path) -> bool {
    begins_with(path, PARQUET) || may_be_parquet(path, &[])
}

/// Whether a file of this name that begins with these bytes is to be read as Parquet: by its first bytes or its extension.
pub fn may_be_parquet(path: &Path, head: &[u8]) -> bool {
    head.starts_with(PARQUET) || is_called_parquet(path)
}

fn is_called_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
}

/// Refuses a file that is called Parquet and isn't.
pub fn misnamed(path: &Path) -> Result<()> {
    if !is_called_parquet(path) {
        return Ok(());
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FEW).read_to_end(&mut head));
    // What can't be read is told by the reader.
    if read.is_ok() { check_name(path, &head) } else { Ok(()) }
}

/// So many bytes tell text from others.
const FEW: u64 = 256;

/// What other files begin with, what they are, and what to do with them.
const OTHERS: [(&[u8], &str, &str); 10] = [
    (b"\x93NUMPY", "a NumPy array", CONVERT),
    (b"ARROW1\0\0", "an Arrow or Feather file", CONVERT),
    (b"\xff\xff\xff\xff", "a stream of Arrow", CONVERT),
    (b"\xff\xfe", "text in UTF-16", RECODE),
    (b"\xfe\xff", "text in UTF-16", RECODE),
    (b"SQLite format 3\0", "an SQLite database", CONVERT),
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "unpack it, or export the sheet as CSV"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd", UNPACK),
    (b"\xfd7zXZ\0", "packed by xz", UNPACK),
    // After the level, from 1 to 9.
    (b"1AY&SY", "packed by bzip2", UNPACK),
];
const CONVERT: &str = "convert it to one of these, such as by pandas' `to_parquet`";
const UNPACK: &str = "unpack it";
const RECODE: &str = "save it in UTF-8";

/// Refuses a file that begins with these bytes and is of a format that isn't read, or is called Parquet and isn't.
pub fn check_name(path: &Path, head: &[u8]) -> Result<()> {
    let begin = if head.starts_with(b"BZh") { head.get(4..).unwrap_or_default() } else { head };
    if let Some((_, what, advice)) = OTHERS.iter().find(|(bytes, ..)| begin.starts_with(bytes)) {
        let read = "glm reads CSV, as it is or in gzip, and Parquet";
        return Err(Error::file(path, format!("is {what}, and {read}; {advice}")));
    }
    if !is_called_parquet(path) || head.starts_with(PARQUET) || head.starts_with(GZIP) {
        return Ok(());
    }
    let is_text = head.iter().take(FEW as usize).all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace());
    Err(Error::file(
        path,
        match is_text {
            _ if head.is_empty() => "is empty, and no Parquet file, as its name says; write it again, or leave it out",
            true => "is text, not Parquet, as its name says; rename it, such as to .csv",
            false => "is no Parquet file, as its name says: it begins otherwise; write or copy it again",
        },
    ))
}

fn begins_with(path: &Path, bytes: &[u8]) -> bool {
    let mut first = vec![0; bytes.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut first)).is_ok() && first == bytes
}

/// The bytes of a file.
pub struct Bytes {
    /// The file, as messages call it.
    pub path: PathBuf,
    /// The first bytes, which the reader gives too.
    pub head: Vec<u8>,
    /// All bytes, unzipped.
    pub reader: Box<dyn Read>,
    /// How many bytes of the file itself have been read.
    pub reached: Rc<Cell<u64>>,
    /// Whether the bytes are those of a file as it stands, which can be read from its end too.
    pub plain_file: bool,
    /// What the file looked like before it was read; nothing is known of pipes.
    pub stamp: Option<Stamped>,
}

impl Bytes {
    /// Opens a file, or the standard input.
    pub fn open(path: &Path) -> Result<Bytes> {
        let shown = match path == Path::new(STANDARD_INPUT) {
            true => PathBuf::from("standard input"),
            false => path.to_owned(),
        };
        let cannot_read = |error: io::Error| Error::file(&shown, format!("can't be read: {error}"));
        let reached = Rc::new(Cell::new(0));
        let (reader, stamp): (Box<dyn Read>, _) = if path == Path::new(STANDARD_INPUT) {
            (Box::new(io::stdin()), None)
        } else {
            let stamp = Stamped::new(path).ok();
            let file = File::open(path).map_err(cannot_read)?;
            let metadata = file.metadata().map_err(cannot_read)?;
            if metadata.is_dir() {
                return Err(Error::file(path, "is a directory; name a CSV or Parquet file"));
            }
            (Box::new(file), stamp.filter(|_| metadata.is_file()))
        };
        let counted = Counted { reader, reached: reached.clone() };
        let (head, reader) = with_head(counted).map_err(cannot_read)?;
        if !head.starts_with(GZIP) {
            return Ok(Bytes { path: shown, head, reader, reached, plain_file: stamp.is_some(), stamp });
        }
        let unzipped = Unzipped(MultiGzDecoder::new(BufReader::with_capacity(HEAD, reader)));
        let (head, reader) = with_head(unzipped).map_err(cannot_read)?;
        Ok(Bytes { path: shown, head, reader, reached, plain_file: false, stamp })
    }
}

/// The first bytes, and a reader of all.
fn with_head(mut reader: impl Read + 'static) -> io::Result<(Vec<u8>, Box<dyn Read>)> {
    let mut head = Vec::new();
    reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(reader))))
}

/// A reader that counts.
struct Counted<R> {
    reader: R,
    reached: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.reader.read(buffer)?;
        self.reached.set(self.reached.get() + bytes as u64);
        Ok(bytes)
    }
}

/// What is unzipped, with errors in words.
struct Unzipped<R>(MultiGzDecoder<R>);

impl<R: io::BufRead> Read for Unzipped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        self.0.read(buffer).map_err(|error| match error.kind() {
            InvalidData | InvalidInput => io::Error::other(format!("it is gzip, and damaged: {error}")),
            UnexpectedEof => io::Error::other("it is gzip, and its end is missing"),
            _ => error,
        })
    }
}
