//! Files of one source: which they are, and whether they are still the same.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// The files that a path names: a file; all files of a folder whose names don't begin with a point or an underscore; or those that a
/// pattern such as `data/*.parquet` or `data/part-0?.csv` matches. They are in the order of their names.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// for name in ["b.csv", "a.csv", "_SUCCESS", "notes.txt"] {
///     std::fs::write(folder.path().join(name), "x\n1\n")?;
/// }
/// let found = data::files(folder.path().join("*.csv"))?;
/// assert_eq!(found, [folder.path().join("a.csv"), folder.path().join("b.csv")]);
/// assert_eq!(data::files(folder.path())?.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// No file of that name; a folder that can't be read.
pub fn files(path: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
    let path = path.as_ref();
    let none = || Error::NoFiles { pattern: path.display().to_string() };
    let mut found = if path.is_file() {
        vec![path.to_path_buf()]
    } else if path.is_dir() {
        let failed = |source| Error::Io { file: path.into(), source };
        let entries: std::io::Result<Vec<_>> = std::fs::read_dir(path).map_err(failed)?.collect();
        let hidden = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with(['.', '_'])
        };
        let paths = entries.map_err(failed)?.into_iter().map(|entry| entry.path());
        paths.filter(|path| path.is_file() && !hidden(path)).collect()
    } else {
        let pattern = path.to_str().ok_or_else(none)?;
        let matches = glob::glob(pattern).map_err(|_| none())?;
        matches.filter_map(|path| path.ok()).filter(|path| path.is_file()).collect()
    };
    found.sort();
    if found.is_empty() { Err(none()) } else { Ok(found) }
}

/// A number that tells these files, by their names, lengths and times of change, from others.
///
/// # Errors
/// A file that can't be looked at.
pub fn fingerprint(files: &[PathBuf]) -> Result<u64> {
    let mut sum = 0xCBF2_9CE4_8422_2325u64;
    let mut add = |bytes: &[u8]| {
        sum = bytes.iter().fold(sum, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    };
    for path in files {
        let stamped = Stamped::new(path)?;
        add(path.as_os_str().as_encoded_bytes());
        add(&stamped.length.to_le_bytes());
        let modified = stamped.modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        add(&modified.map_or(0, |since| since.as_nanos()).to_le_bytes());
    }
    Ok(sum)
}

/// A file, and what it looked like when it was opened.
#[derive(Clone, Debug)]
pub(crate) struct Stamped {
    pub(crate) path: Arc<Path>,
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamped {
    pub(crate) fn new(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|source| Error::Io { file: path.into(), source })?;
        Ok(Stamped { path: path.into(), length: metadata.len(), modified: metadata.modified().ok() })
    }

    #[cfg(feature = "arrow")]
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Makes sure that it is still the same file.
    pub(crate) fn check(&self) -> Result<()> {
        let now = Stamped::new(&self.path)?;
        let what = if now.length != self.length {
            format!("it had {} bytes and has {}", self.length, now.length)
        } else if now.modified != self.modified {
            "it was written to".into()
        } else {
            return Ok(());
        };
        Err(Error::Changed { file: self.path.to_path_buf(), what })
    }

    pub(crate) fn open(&self) -> Result<std::fs::File> {
        self.check()?;
        std::fs::File::open(&self.path).map_err(|error| self.io(error))
    }

    pub(crate) fn io(&self, source: std::io::Error) -> Error {
        Error::Io { file: self.path.to_path_buf(), source }
    }

    pub(crate) fn broken(&self, reason: impl ToString) -> Error {
        Error::Format { file: self.path.to_path_buf(), reason: reason.to_string() }
    }
}
