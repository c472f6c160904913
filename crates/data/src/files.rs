//! Files of one source: which they are, and whether they are still the same.

use crate::checksum::Checksum;
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
    let none = || Error::NoFiles { pattern: path.display().to_string(), advice: advice(path) };
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

/// What to do about a path that names no file: of a pattern, where it fails.
fn advice(path: &Path) -> String {
    let is_pattern = |part: &Path| part.as_os_str().as_encoded_bytes().iter().any(|byte| b"*?[".contains(byte));
    if !is_pattern(path) {
        return "give a file, a folder, or a pattern such as 'data/*.csv'".into();
    }
    let folder = path.ancestors().find(|part| !is_pattern(part)).unwrap_or(Path::new(""));
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let shown = folder.display();
    let Ok(entries) = std::fs::read_dir(folder) else { return format!("there is no folder `{shown}`") };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    match names.first() {
        None => format!("the folder `{shown}` is empty"),
        Some(first) => format!("the folder `{shown}` has others, such as `{}`", first.display()),
    }
}

/// A number that tells these files, by their names, lengths and times of change, from others.
///
/// # Errors
/// A file that can't be looked at.
pub fn fingerprint(files: &[PathBuf]) -> Result<u64> {
    let mut sum = Checksum::default();
    for path in files {
        sum.add(path.as_os_str().as_encoded_bytes());
        sum.add(Stamped::new(path)?.stamp().as_bytes());
    }
    Ok(sum.value())
}

/// The file's number on its disk, and when it was last written to, moved or given other rights, which no program can set back.
#[cfg(unix)]
fn identity(metadata: &std::fs::Metadata) -> (u64, i128) {
    use std::os::unix::fs::MetadataExt;
    (metadata.ino(), i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec()))
}

#[cfg(not(unix))]
fn identity(_: &std::fs::Metadata) -> (u64, i128) {
    (0, 0)
}

/// A file, and what it looked like when it was opened.
///
/// ```
/// let mut file = tempfile::NamedTempFile::new()?;
/// let stamped = data::Stamped::new(file.path())?;
/// assert!(stamped.check().is_ok());
/// std::io::Write::write_all(&mut file, b"1\n")?;
/// assert!(matches!(stamped.check(), Err(data::Error::Changed { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Stamped {
    pub(crate) path: Arc<Path>,
    length: u64,
    modified: Option<SystemTime>,
    /// Its number and when it was changed; 0 where that isn't known.
    identity: (u64, i128),
}

impl Stamped {
    /// Looks at a file that is to be read.
    ///
    /// # Errors
    /// A file that can't be looked at.
    pub fn new(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|source| Error::Io { file: path.into(), source })?;
        Ok(Stamped {
            path: path.into(),
            length: metadata.len(),
            modified: metadata.modified().ok(),
            identity: identity(&metadata),
        })
    }

    /// Its length, times and number on its disk: two files may well be written at one time.
    pub(crate) fn stamp(&self) -> String {
        let modified = self.modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        format!("{}:{}:{:?}", self.length, modified.map_or(0, |since| since.as_nanos()), self.identity)
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Makes sure that it is still the same file.
    ///
    /// # Errors
    /// [`Error::Changed`], which says what has changed.
    pub fn check(&self) -> Result<()> {
        match self.change() {
            Some(what) => Err(Error::Changed { file: self.path.to_path_buf(), what }),
            None => Ok(()),
        }
    }

    /// What has changed since it was opened, if anything has.
    fn change(&self) -> Option<String> {
        let now = match Stamped::new(&self.path) {
            Ok(now) => now,
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Some("it is no longer there".into());
            }
            Err(_) => return Some("it can no longer be looked at".into()),
        };
        if now.length != self.length {
            return Some(format!("it had {} bytes and has {}", self.length, now.length));
        }
        let is_same = (now.modified, now.identity) == (self.modified, self.identity);
        (!is_same).then(|| "it was written to".into())
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

    /// What went wrong in reading it: if it has changed, this, which may well be why.
    #[cfg(any(feature = "csv", feature = "arrow"))]
    pub(crate) fn or_changed(&self, error: Error) -> Error {
        self.check().err().unwrap_or(error)
    }

    /// The error of a file of which a reader of Arrow or Parquet says this, with what to do.
    #[cfg(feature = "arrow")]
    pub(crate) fn unreadable(&self, reason: impl ToString) -> Error {
        let reason = reason.to_string();
        let advice = if reason.contains("Corrupt footer") {
            "; its end is missing, or it was never a Parquet file: write or copy it again"
        } else if reason.contains("Disabled feature") {
            "; save it with another compression: snappy, gzip, zstd, lz4 or none"
        } else {
            "; if it is damaged, write or copy it again"
        };
        self.broken(reason + advice)
    }
}
