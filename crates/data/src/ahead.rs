//! Reading ahead: a thread of its own reads the next blocks while the last is computed on.

use crate::error::{Error, Result};
use crate::source::{Block, Blocks, Source};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// Blocks that wait to be computed on.
const WAITING: usize = 2;

/// Hands over the blocks of some columns of a source, one after the other, until `take` or a block is an error. Where there are several
/// processors, a thread of its own reads ahead.
///
/// ```
/// use data::{Arrays, Error, Source};
/// let x = ndarray::arr1(&[1.0, 2.0, 3.0]);
/// let source = Arrays::new().with("x", &x)?.with_block_rows(2);
/// let mut rows = Vec::new();
/// data::each(&source, &[source.find("x")?], |block| {
///     rows.push(block.rows);
///     Ok::<(), Error>(())
/// })?;
/// assert_eq!(rows, [2, 1]);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// Whatever is wrong with the data, and what `take` returns.
pub fn each<'s, S: Source + ?Sized, E: From<Error>>(
    source: &'s S,
    columns: &[usize],
    mut take: impl FnMut(Block<'s>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    each_of(source.blocks(columns)?, &mut take)
}

/// The same of blocks at hand.
pub(crate) fn each_of<'s, E: From<Error>>(
    blocks: Blocks<'s>,
    take: &mut impl FnMut(Block<'s>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    match thread::available_parallelism().map_or(1, usize::from) {
        // The reader would only take turns with `take`, whose block is then no longer in a cache.
        1 => in_turn(blocks, take),
        _ => on_a_thread(blocks, take),
    }
}

fn in_turn<'s, E: From<Error>>(
    mut blocks: Blocks<'s>,
    take: &mut impl FnMut(Block<'s>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    blocks.try_for_each(|block| take(block?))
}

fn on_a_thread<'s, E: From<Error>>(
    blocks: Blocks<'s>,
    take: &mut impl FnMut(Block<'s>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        scope.spawn(move || {
            for block in blocks {
                let failed = block.is_err();
                if sender.send(Some(block)).is_err() || failed {
                    return;
                }
            }
            // Without this the reader has broken down.
            let _ = sender.send(None);
        });
        taken(&receiver, take)
    })
}

fn taken<'s, E: From<Error>>(
    blocks: &Receiver<Option<Result<Block<'s>>>>,
    take: &mut impl FnMut(Block<'s>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    loop {
        match blocks.recv() {
            Ok(Some(block)) => take(block?)?,
            Ok(None) => return Ok(()),
            Err(_) => {
                let reason = "the reader broke down: a file is damaged".into();
                return Err(Error::Format { file: PathBuf::new(), reason }.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Place;

    /// Blocks of one row, the `failing`-th of which is an error.
    fn blocks(failing: usize) -> Blocks<'static> {
        let block = move |first: usize| match first == failing {
            true => Err(Error::Format { file: PathBuf::new(), reason: format!("block {first}") }),
            false => Ok(Block { place: Place { first, ..Place::default() }, rows: 1, columns: Vec::new() }),
        };
        Box::new((0..6).map(block))
    }

    /// The blocks that were taken, until `stop`, and what was said.
    fn seen(failing: usize, stop: usize, is_threaded: bool) -> (Vec<usize>, std::result::Result<(), String>) {
        let mut seen = Vec::new();
        let mut take = |block: Block<'static>| {
            seen.push(block.place.first);
            let reason = || Error::Format { file: PathBuf::new(), reason: "stopped".into() };
            if block.place.first == stop { Err(reason()) } else { Ok(()) }
        };
        let end =
            if is_threaded { on_a_thread(blocks(failing), &mut take) } else { in_turn(blocks(failing), &mut take) };
        (seen, end.map_err(|error| error.to_string()))
    }

    #[test]
    fn a_thread_that_reads_ahead_changes_neither_blocks_nor_errors() {
        for (failing, stop) in [(9, 9), (0, 9), (3, 9), (9, 0), (9, 4), (4, 2), (2, 4)] {
            let (found, end) = seen(failing, stop, true);
            assert_eq!((found.clone(), end.clone()), seen(failing, stop, false), "{failing}, {stop}");
            let wanted = 6.min(failing).min(stop + 1);
            assert_eq!(found, (0..wanted).collect::<Vec<usize>>());
            assert_eq!(end.is_err(), failing < 6 || stop < 6);
        }
    }
}
