//! Damaged files give numbers or errors: no panic leaves a reader, and none hangs. A few in every run; all with `--ignored`.

use crate::common::{Rows, fixed, program};
use data::{Adapt, Source};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// A file that takes longer hangs its reader.
const PATIENCE: Duration = Duration::from_secs(60);
const ROWS: usize = 200;

/// Opens a file of a format, and runs a program over its rows.
type Read = fn(&Path) -> data::Result<()>;

fn run(source: impl Source) -> data::Result<()> {
    data::run(&program(), &fixed(), &source).map(drop)
}

#[cfg(feature = "npy")]
mod npy {
    use super::*;
    use data::Npy;

    pub fn write(path: &Path) {
        let (rows, beside) = (Rows::new(ROWS), path.parent().unwrap());
        ndarray_npy::write_npy(path, &rows.x).unwrap();
        ndarray_npy::write_npy(beside.join("y.npy"), &rows.y).unwrap();
        ndarray_npy::write_npy(beside.join("group.npy"), &rows.group.mapv(|group| group as i16)).unwrap();
    }

    pub fn read(path: &Path) -> data::Result<()> {
        let beside = |name: &str| path.with_file_name(name);
        let npy = Npy::new().with("x", path)?.with("y", beside("y.npy"))?.with("group", beside("group.npy"))?;
        run(npy.with_block_rows(64).with_indices(&["group"])?)
    }
}

#[cfg(feature = "csv")]
mod csv {
    use super::*;
    use data::Csv;

    pub fn write(path: &Path) {
        crate::csv::write(path, &Rows::new(ROWS), 0..ROWS, ["a", "b", "y", "group"]);
    }

    pub fn read(path: &Path) -> data::Result<()> {
        run(Csv::open(&[path])?.with_words(&["group"])?.with_levels(&["group"])?.stacked("x", &["a", "b"])?)
    }
}

#[cfg(feature = "parquet")]
mod tables {
    use super::*;
    use data::{Ipc, Parquet};
    use parquet::basic::{Compression, ZstdLevel};

    pub fn write_plain(path: &Path) {
        crate::tables::write_parquet(path, &Rows::new(ROWS), 0..ROWS, Compression::UNCOMPRESSED);
    }

    pub fn write_zstd(path: &Path) {
        let compression = Compression::ZSTD(ZstdLevel::default());
        crate::tables::write_parquet(path, &Rows::new(ROWS), 0..ROWS, compression);
    }

    pub fn write_ipc(path: &Path) {
        let whole = crate::tables::batch(&Rows::new(ROWS), 0..ROWS, true);
        let file = std::fs::File::create(path).unwrap();
        let mut writer = arrow_ipc::writer::FileWriter::try_new(file, &whole.schema()).unwrap();
        writer.write(&whole).unwrap();
        writer.finish().unwrap();
    }

    pub fn read_parquet(path: &Path) -> data::Result<()> {
        run(Parquet::open(&[path])?.with_levels(&["group"])?.stacked("x", &["a", "b"])?)
    }

    pub fn read_ipc(path: &Path) -> data::Result<()> {
        run(Ipc::open(&[path])?.with_levels(&["group"])?.stacked("x", &["a", "b"])?)
    }
}

/// Writes a file that is whole.
type Write = fn(&Path);

/// The formats: how a whole file is written, and read.
const FORMATS: &[(&str, Write, Read)] = &[
    #[cfg(feature = "npy")]
    ("npy", npy::write, npy::read),
    #[cfg(feature = "csv")]
    ("csv", csv::write, csv::read),
    #[cfg(feature = "parquet")]
    ("parquet", tables::write_plain, tables::read_parquet),
    #[cfg(feature = "parquet")]
    ("zstd", tables::write_zstd, tables::read_parquet),
    #[cfg(feature = "parquet")]
    ("arrow", tables::write_ipc, tables::read_ipc),
];

/// Numbers at random (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    /// The bytes with some changed, left out, repeated or cut off; near an end more often than by chance, where the formats have their frames.
    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut broken = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = match self.below(3) {
                0 => self.below(broken.len().min(128)),
                1 => broken.len().saturating_sub(1 + self.below(broken.len().min(512))),
                _ => self.below(broken.len()),
            };
            let len = self.below(16).min(broken.len().saturating_sub(at));
            match self.below(8) {
                0 => broken.truncate(at),
                1 => drop(broken.drain(at..at + len)),
                2 => {
                    let again = broken[at..at + len].to_vec();
                    drop(broken.splice(at..at, again));
                }
                3 => broken[at..at + len].fill(0xFF),
                _ if at < broken.len() => broken[at] = [self.below(256) as u8, 0, 0x7F, b'9'][self.below(4)],
                _ => {}
            }
        }
        broken
    }
}

/// Reads so many damaged files of each format; how many were errors.
fn damaged(count: usize) {
    std::panic::set_hook(Box::new(|_| {}));
    let mut faults = Vec::new();
    for &(format, write, read) in FORMATS {
        let folder = tempfile::tempdir().unwrap();
        let path: PathBuf = folder.path().join("rows");
        write(&path);
        let bytes = std::fs::read(&path).unwrap();
        read(&path).unwrap();
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            let mut random = Random(7);
            for _ in 0..count {
                std::fs::write(&path, random.damage(&bytes)).unwrap();
                if sender.send(read(&path).is_err()).is_err() {
                    return;
                }
            }
        });
        let mut errors = 0;
        for file in 0..count {
            match receiver.recv_timeout(PATIENCE) {
                Ok(is_error) => errors += usize::from(is_error),
                Err(RecvTimeoutError::Timeout) => faults.push(format!("{format}: file {file} hangs")),
                Err(RecvTimeoutError::Disconnected) => faults.push(format!("{format}: file {file} panics")),
            }
            if !faults.is_empty() {
                break;
            }
        }
        println!("{format}: {count} damaged files, {errors} of them errors");
    }
    let _ = std::panic::take_hook();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn damaged_files_are_errors() {
    damaged(150);
}

#[test]
#[ignore = "takes minutes"]
fn ten_thousand_damaged_files_are_errors() {
    damaged(10_000);
}
