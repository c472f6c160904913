//! Progress on a terminal, for work that takes long: nothing is drawn elsewhere, nor in the first moments.

use crate::error::{Error, Result};
use crate::{output, signals};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
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
    #[cfg(test)]
    pub fn hidden() -> Reading {
        Reading(None)
    }

    /// Bytes up to here are read; an error after a Ctrl-C.
    pub fn reached(&self, byte: u64) -> Result<()> {
        if signals::asked() {
            return Err(Error::Interrupted("while rows were read; nothing is saved".into()));
        }
        if let Some(late) = &self.0 {
            late.show_if_long();
            late.bar.set_position(byte);
        }
        Ok(())
    }
}

/// The iterations of a fit.
pub enum Fitting {
    /// Of rows in memory.
    InMemory(Option<LateBar>),
    /// Of rows that are read in every pass.
    Streamed(Passes),
}

impl Fitting {
    /// Progress over a number of iterations that isn't known.
    pub fn new() -> Fitting {
        Fitting::InMemory(LateBar::new(None, "{spinner} fitting: {msg}"))
    }

    /// An iteration starts, at this objective and a gradient of this relative norm.
    pub fn reached(&self, iteration: usize, objective: f64, gradient: f64) {
        match self {
            Fitting::InMemory(None) => {}
            Fitting::InMemory(Some(late)) => {
                late.show_if_long();
                late.bar.set_message(format!("iteration {iteration}, relative gradient {gradient:.1e}"));
                late.bar.tick();
            }
            Fitting::Streamed(passes) => passes.reached(iteration, objective, gradient),
        }
    }
}

/// The passes over rows that don't lie in memory, shown with how far the fit has come that they are for.
#[derive(Clone)]
pub struct Passes(Option<Arc<(LateBar, Mutex<Pass>)>>);

struct Pass {
    number: usize,
    rows: usize,
    /// How many rows it has, where that is known.
    of: Option<usize>,
    began: Instant,
    fit: String,
}

impl Passes {
    /// No pass has begun.
    pub fn new() -> Passes {
        let pass = Pass { number: 0, rows: 0, of: None, began: Instant::now(), fit: String::new() };
        Passes(LateBar::new(None, "{spinner} {msg}").map(|late| Arc::new((late, Mutex::new(pass)))))
    }

    /// A pass begins, over so many rows; where that isn't known, over as many as the last.
    pub fn begin(&self, rows: Option<usize>) {
        self.change(|pass| {
            let before = Some(pass.rows).filter(|&rows| rows > 0);
            pass.of = rows.or(before);
            (pass.number, pass.rows, pass.began) = (pass.number + 1, 0, Instant::now());
        });
    }

    /// So many rows more have been read.
    pub fn advance(&self, rows: usize) {
        self.change(|pass| pass.rows += rows);
    }

    /// An iteration of the fit starts.
    pub fn reached(&self, iteration: usize, objective: f64, gradient: f64) {
        let at = format!("; iteration {iteration}, objective {objective:.6e}, relative gradient {gradient:.1e}");
        self.change(|pass| pass.fit = at);
    }

    /// Nothing more is shown.
    pub fn end(&self) {
        if let Some(shown) = &self.0 {
            shown.0.bar.finish_and_clear();
        }
    }

    fn change(&self, change: impl FnOnce(&mut Pass)) {
        let Some(shown) = &self.0 else { return };
        let (late, pass) = &**shown;
        let mut pass = pass.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut pass);
        late.show_if_long();
        late.bar.set_message(pass.line(pass.began.elapsed()));
        late.bar.tick();
    }
}

impl Pass {
    /// What is said of the pass when it has taken so long.
    fn line(&self, taken: Duration) -> String {
        let rate = self.rows as f64 / taken.as_secs_f64().max(1e-3);
        let mut line =
            format!("pass {}, {} rows, {} rows/s", self.number, HumanCount(self.rows as u64), HumanCount(rate as u64));
        if let Some(of) = self.of.filter(|&of| self.rows > 0 && of >= self.rows) {
            let left = (of - self.rows) as f64 / rate.max(1.0);
            line.push_str(&format!(" ({:.0} %), {left:.0} s left", 100.0 * self.rows as f64 / of as f64));
        }
        line + &self.fit
    }
}

/// A bar on a terminal that appears once the work has taken a while, and leaves nothing behind.
pub struct LateBar {
    bar: ProgressBar,
    started: Instant,
}

impl LateBar {
    fn new(length: Option<u64>, template: &str) -> Option<LateBar> {
        if output::is_silent() || !std::io::stderr().is_terminal() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_says_how_fast_it_is_and_what_is_left() {
        let fit = String::from("; iteration 1, objective 6.931472e2, relative gradient 3.0e-1");
        let mut pass = Pass { number: 3, rows: 250_000, of: Some(1_000_000), began: Instant::now(), fit };
        let line = "pass 3, 250,000 rows, 125,000 rows/s (25 %), 6 s left; iteration 1, objective 6.931472e2, relative gradient 3.0e-1";
        assert_eq!(pass.line(Duration::from_secs(2)), line);
        (pass.of, pass.fit) = (None, String::new());
        assert_eq!(pass.line(Duration::from_secs(2)), "pass 3, 250,000 rows, 125,000 rows/s");
    }
}
