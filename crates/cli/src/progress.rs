//! Progress on a terminal, for work that takes long: nothing is drawn elsewhere, nor in the first moments.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};

/// Work shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// The reading of a file.
pub struct Reading(Option<LateBar>);

impl Reading {
    /// Progress over this many bytes.
    fn new(bytes: u64) -> Reading {
        Reading(match bytes {
            // A pipe.
            0 => LateBar::new(None, "{spinner} reading: {bytes}"),
            _ => LateBar::new(Some(bytes), "reading {wide_bar} {bytes} of {total_bytes}, {eta} left"),
        })
    }

    /// Progress over this file.
    pub fn of(path: &Path) -> Reading {
        Reading::new(std::fs::metadata(path).map_or(0, |metadata| metadata.len()))
    }

    /// No progress.
    #[cfg(any(test, feature = "parquet"))]
    pub fn hidden() -> Reading {
        Reading(None)
    }

    /// So many bytes more are read.
    #[cfg(feature = "parquet")]
    pub fn advance(&self, bytes: u64) {
        if let Some(late) = &self.0 {
            late.show_if_long();
            late.bar.inc(bytes);
        }
    }

    /// Bytes up to here are read.
    pub fn reached(&self, byte: u64) {
        if let Some(late) = &self.0 {
            late.show_if_long();
            late.bar.set_position(byte);
        }
    }
}

/// The iterations of a fit.
pub struct Fitting(Option<LateBar>);

impl Fitting {
    /// Progress over a number of iterations that isn't known.
    pub fn new() -> Fitting {
        Fitting(LateBar::new(None, "{spinner} fitting: {msg}"))
    }

    /// An iteration starts, at a gradient of this relative norm.
    pub fn reached(&self, iteration: usize, gradient: f64) {
        if let Some(late) = &self.0 {
            late.show_if_long();
            late.bar.set_message(format!("iteration {iteration}, relative gradient {gradient:.1e}"));
            late.bar.tick();
        }
    }
}

/// A bar on a terminal that appears once the work has taken a while, and leaves nothing behind.
struct LateBar {
    bar: ProgressBar,
    started: Instant,
}

impl LateBar {
    fn new(length: Option<u64>, template: &str) -> Option<LateBar> {
        if !std::io::stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Some(LateBar { bar, started: Instant::now() })
    }

    fn show_if_long(&self) {
        if self.bar.is_hidden() && self.started.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for LateBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
