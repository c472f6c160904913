//! What passes over the rows gave, on disk: a fit that was ended goes on from there, to the same bits.

use super::arrays::{bytes_of, records_of};
use crate::error::{Error, Result};
use data::Ranks;
use ndarray::ArrayD;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A file to which a fit writes what each pass over the rows gave, as soon as it is known. The same fit with the same journal takes no
/// pass again that is in it: it comes to where it was ended, by Ctrl-C, a kill or a power cut, and goes on to the same bits.
///
/// Results are known by the program, its parameters and a number for the data, and carry a checksum each: one that was cut short in
/// writing, and whatever follows it, is dropped.
///
/// ```
/// use models::{Family, Journal, StreamedGlm, Terms};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("fit.journal");
/// let (x, y) = (ndarray::arr1(&[1.0, 2.0, 3.0, 4.0]), ndarray::arr1(&[2.0, 3.0, 6.0, 7.0]));
/// let source = data::Arrays::new().with("x", &x)?.with("y", &y)?;
/// let fit = |journal: &Journal| {
///     let model = StreamedGlm::new(&source, &Terms::new(&["x"]), "y", Family::Poisson)?;
///     model.with_journal(journal).fit(&Default::default())
/// };
/// let first = fit(&Journal::open(&path, 1)?)?;
/// let journal = Journal::open(&path, 1)?; // a later process
/// assert!(journal.passes() > 0);
/// assert_eq!(fit(&journal)?, first);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    state: Mutex<State>,
    dropped: usize,
}

#[derive(Debug)]
struct State {
    /// None where another process writes it.
    file: Option<File>,
    known: HashMap<u64, Vec<ArrayD<f64>>>,
    found: usize,
}

/// The first bytes of a journal: its format.
const MAGIC: &[u8; 8] = b"journal\x01";

impl Journal {
    /// Opens a journal, or begins one, of data that this number tells from others.
    ///
    /// # Errors
    /// A file that can't be read or written, is no journal, or one of other data.
    pub fn open(path: impl AsRef<Path>, data: u64) -> Result<Self> {
        let path = path.as_ref();
        let failed = |reason: std::io::Error| failed(path, reason.to_string());
        if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(self::failed(path, "is no file; choose another name for the journal of the passes".into()));
        }
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let head = [MAGIC.as_slice(), &data.to_le_bytes()].concat();
        if bytes.len() < head.len() && head.starts_with(&bytes) {
            let written = file.set_len(0).and_then(|()| file.write_all(&head));
            written.map_err(|error| unwritten(path, &error, &file, Some(0)))?;
            bytes.clone_from(&head);
        }
        if !bytes.starts_with(MAGIC) {
            return Err(self::failed(
                path,
                "is no journal that a fit has begun, and is left as it is; choose another name".into(),
            ));
        }
        if !bytes.starts_with(&head) {
            return Err(self::failed(
                path,
                "is the journal of a fit of other data, or of the same before they changed or were read otherwise; remove it to begin anew, or choose another name".into(),
            ));
        }
        let records = &bytes[head.len()..];
        let (known, whole) = records_of(records);
        // What was cut short would stand before what is written next.
        file.set_len((head.len() + whole) as u64).map_err(failed)?;
        let dropped = records.len() - whole;
        Ok(Journal { dropped, ..Journal::new(path, Some(file), known.into_iter().collect()) })
    }

    /// The journal of the processes of a job, all of which make this call: the first opens and writes the file, and gives the others what it holds.
    ///
    /// # Errors
    /// As [`open`](Self::open), in all of them.
    pub fn on_ranks(path: impl AsRef<Path>, data: u64, ranks: &dyn Ranks) -> Result<Self> {
        let path = path.as_ref();
        let (mut own, mut sent) = (None, Ok(Vec::new()));
        if ranks.rank() == 0 {
            match Journal::open(path, data) {
                Ok(journal) => {
                    sent = Ok(journal.state().known.iter().flat_map(|(key, arrays)| bytes_of(*key, arrays)).collect());
                    own = Some(journal);
                }
                Err(error) => sent = Err(error),
            }
        }
        let sent = data::exchange(ranks, sent, |first, _| Ok(first))?;
        Ok(own.unwrap_or_else(|| Journal::new(path, None, records_of(&sent).0.into_iter().collect())))
    }

    fn new(path: &Path, file: Option<File>, known: HashMap<u64, Vec<ArrayD<f64>>>) -> Self {
        let found = known.len();
        Journal { path: path.into(), state: Mutex::new(State { file, known, found }), dropped: 0 }
    }

    /// How many results it had when it was opened.
    pub fn passes(&self) -> usize {
        self.state().found
    }

    /// Whether a pass that it didn't hold when it was opened has been taken since.
    pub fn has_grown(&self) -> bool {
        let state = self.state();
        state.known.len() > state.found
    }

    /// How many bytes at its end were no whole result when it was opened, as where one was cut short in writing or damaged, and have been dropped.
    pub fn dropped_bytes(&self) -> usize {
        self.dropped
    }

    pub(super) fn recall(&self, key: u64) -> Option<Vec<ArrayD<f64>>> {
        self.state().known.get(&key).cloned()
    }

    pub(super) fn keep(&self, key: u64, arrays: &[ArrayD<f64>]) -> Result<()> {
        let mut state = self.state();
        let State { file, known, .. } = &mut *state;
        if let Some(file) = file {
            let length = file.metadata().map(|metadata| metadata.len()).ok();
            let whole = if known.is_empty() { Some(0) } else { length };
            let written = file.write_all(&bytes_of(key, arrays)).and_then(|()| file.sync_data());
            written.map_err(|error| unwritten(&self.path, &error, file, whole))?;
        }
        known.insert(key, arrays.to_vec());
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error of a journal that can't be written further than so many bytes of whole passes; without any, it is removed.
fn unwritten(path: &Path, error: &std::io::Error, file: &File, whole: Option<u64>) -> Error {
    // A part of a pass that can't be cut off is dropped when the journal is opened again.
    let kept = match whole {
        Some(0) => {
            let _ = std::fs::remove_file(path);
            "no pass is kept"
        }
        whole => {
            let _ = whole.map(|whole| file.set_len(whole));
            "the passes before are kept, and the same fit goes on from them"
        }
    };
    failed(path, format!("can't be written: {}; {kept}", data::why_unwritten(error)))
}

fn failed(path: &Path, reason: String) -> Error {
    data::Error::Format { file: path.into(), reason }.into()
}
