//! Signals. From the reading of a file on, Ctrl-C asks the program to end in order; before that, and while the standard input is read, it ends it
//! at once, as usual. A file that grows beyond the user's limit is an error of writing, and no end either.

use crate::error::{Error, Result};
use signal_hook::consts::SIGINT;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

static ASKED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Listens for Ctrl-C while this file is read. What comes from the standard input may be waited for: a Ctrl-C ends that at once.
pub fn listen_while_reading(path: &Path) -> Result<()> {
    if path == Path::new(crate::table::STANDARD_INPUT) { Ok(()) } else { listen() }
}

/// Listens for Ctrl-C from now on. A second one ends the program at once.
pub fn listen() -> Result<()> {
    // Twice, and the first Ctrl-C would be taken for the second.
    static LISTENS: AtomicBool = AtomicBool::new(false);
    if LISTENS.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    let exit = i32::from(crate::error::Exit::Interrupted as u8);
    // In this order: the second Ctrl-C finds what the first one set.
    signal_hook::flag::register_conditional_shutdown(SIGINT, exit, ASKED.clone())
        .and_then(|_| signal_hook::flag::register(SIGINT, ASKED.clone()))
        .map(drop)
        .map_err(|error| Error::Usage(format!("Ctrl-C can't be listened for: {error}")))
}

/// Whether there was a Ctrl-C.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// An error after a Ctrl-C.
pub fn check() -> Result<()> {
    if asked() { Err(Error::Interrupted("after the fit, before all was written".into())) } else { Ok(()) }
}

/// Makes an error of writing of the signal that a file beyond the user's limit (`ulimit -f`) sends, which would end the
/// program and leave half a file.
pub fn survive_full_files() {
    // Whether it can be had or not, there is nothing better to do.
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}
