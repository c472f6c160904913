//! Files of one source: which they are, and whether they are still the same.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// The files that a path names: a file; all files of a folder whose names don't begin with a point or an underscore; or those that a
/// pattern such as `data/*.parquet` or `data/part-0?.csv` matches, without names that begin with a point. They are in the order of their names
/// (`part-10` comes before `part-2`).
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
/// No file of that name; a folder that can't be read; among them a folder, a link to nothing, or what else is no file: none is left out in
/// silence.
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
        paths.filter(|path| !hidden(path)).collect()
    } else {
        let pattern = path.to_str().ok_or_else(none)?;
        let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
        let matches = glob::glob_with(pattern, options).map_err(|_| none())?;
        matches
            .map(|path| path.map_err(|error| Error::Io { file: error.path().into(), source: error.into() }))
            .collect::<Result<_>>()?
    };
    if let Some(other) = found.iter().find(|path| !path.is_file()) {
        let reason = match other.is_dir() {
            true => {
                "is a folder among the files, which would be left out; name the files by a pattern that leaves it out, or move it"
            }
            false => {
                "is no file that can be read (a link to nothing, a pipe); remove it, or name the others by a pattern"
            }
        };
        return Err(Error::Format { file: other.clone(), reason: reason.into() });
    }
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
        add(&stamped.changed.to_le_bytes());
    }
    Ok(sum)
}

#[cfg(unix)]
fn changed(metadata: &std::fs::Metadata) -> i128 {
    use std::os::unix::fs::MetadataExt;
    i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &std::fs::Metadata) -> i128 {
    0
}

/// A file, and what it looked like when it was opened.
#[derive(Clone, Debug)]
pub(crate) struct Stamped {
    pub(crate) path: Arc<Path>,
    length: u64,
    modified: Option<SystemTime>,
    /// When it was last written to, moved or given other rights, which no program can set back; 0 where that isn't known.
    changed: i128,
}

impl Stamped {
    pub(crate) fn new(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|source| Error::Io { file: path.into(), source })?;
        Ok(Stamped {
            path: path.into(),
            length: metadata.len(),
            modified: metadata.modified().ok(),
            changed: changed(&metadata),
        })
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
        } else if (now.modified, now.changed) != (self.modified, self.changed) {
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
