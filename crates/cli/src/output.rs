//! The one place where the program prints: results on standard output, messages on standard error.
//!
//! A reader that has seen enough, such as `head`, is no fault: nothing more is printed, all else is done. What can't be
//! printed for another reason, such as a full disk, is an error.

use crate::error::{Error, Result};
use serde::Serialize;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

static ENDED: AtomicBool = AtomicBool::new(false);
static SILENT: AtomicBool = AtomicBool::new(false);

/// Prints nothing from now on: another process of the job does.
#[cfg(feature = "mpi")]
pub fn silence() {
    SILENT.store(true, Ordering::Relaxed);
}

/// Whether the reader of the standard output has seen enough: nothing more is printed.
pub fn has_ended() -> bool {
    ENDED.load(Ordering::Relaxed)
}

/// Whether another process prints.
pub fn is_silent() -> bool {
    SILENT.load(Ordering::Relaxed)
}

/// The lines and the characters that a message has at most: about a screen.
const MOST_LINES: usize = 20;
const MOST_CHARACTERS: usize = 1600;

/// Prints a result.
pub fn print(text: &str) -> Result<()> {
    print_by(|out| out.write_all(text.as_bytes()))
}

/// Prints an object of `--json`, which says `what` it is in an error.
pub fn print_json(what: &str, object: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(object);
    print(&(text.map_err(|error| Error::Usage(format!("{what} can't be written as JSON: {error}")))? + "\n"))
}

/// Prints a result in pieces.
pub fn print_by(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    if is_silent() {
        return Ok(());
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    // What couldn't be written would be tried again, and fail again, when `out` is dropped.
    let _ = out.into_parts();
    if matches!(&written, Err(reason) if reason.kind() == ErrorKind::BrokenPipe) {
        ENDED.store(true, Ordering::Relaxed);
    }
    outcome("the standard output", written)
}

/// Prints what the command line's parser says: its help, or what is wrong with the arguments.
pub fn print_parser(message: &clap::Error) -> Result<()> {
    if is_silent() {
        return Ok(());
    }
    let to = if message.use_stderr() { "the standard error" } else { "the standard output" };
    outcome(to, message.print())
}

/// Tells what went wrong, in a screen at most.
pub fn message(message: &str) -> Result<()> {
    if is_silent() {
        return Ok(());
    }
    let line = format!("glm: {}\n", screenful(message));
    outcome("the standard error", io::stderr().lock().write_all(line.as_bytes()))
}

fn outcome(to: &'static str, written: io::Result<()>) -> Result<()> {
    match written {
        Err(reason) if reason.kind() != ErrorKind::BrokenPipe => Err(Error::Output { to, reason }),
        _ => Ok(()),
    }
}

/// The text without control characters, and without its middle if it is longer than a screen: what is wrong stands at the
/// beginning, what to do at the end.
fn screenful(text: &str) -> String {
    let text = printable(text);
    let lines: Vec<&str> = text.lines().collect();
    let half = MOST_LINES / 2;
    let fewer = match lines.len().checked_sub(MOST_LINES) {
        None | Some(0) => text,
        Some(more) => {
            let gap = format!("… ({more} lines more) …");
            [&lines[..half], &[gap.as_str()], &lines[half + more..]].concat().join("\n")
        }
    };
    shortened(&fewer, MOST_CHARACTERS)
}

/// The text with control characters spelled out, but for ends of lines: data can't talk to the terminal.
pub fn printable(text: &str) -> String {
    let spelled = |character: char| match character {
        '\n' => character.to_string(),
        _ if character.is_control() => character.escape_default().to_string(),
        _ => character.to_string(),
    };
    text.chars().map(spelled).collect()
}

/// The text, if it is no longer than this, else its beginning and its end with the number of characters between them.
pub fn shortened(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let (head, tail) = (most * 3 / 4, most / 4);
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(count - tail).collect();
    format!("{start} … ({} characters more) … {end}", count - head - tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_at_most_a_screen_and_keeps_its_ends() {
        let long = format!("start{}end", "x".repeat(100_000));
        let shown = screenful(&long);
        assert!(shown.starts_with("start") && shown.ends_with("end") && shown.contains("characters more"));
        assert!(shown.chars().count() < MOST_CHARACTERS + 40);
        let lines = (0..500).map(|line| line.to_string()).collect::<Vec<_>>().join("\n");
        let shown = screenful(&lines);
        assert_eq!(shown.lines().count(), MOST_LINES + 1);
        assert!(shown.starts_with("0\n") && shown.ends_with("\n499") && shown.contains("(480 lines more)"));
    }

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(screenful("a\u{1b}[31mb\0\nc"), "a\\u{1b}[31mb\\u{0}\nc");
    }
}
