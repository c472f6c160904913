//! Reading ahead: a thread of its own reads the next blocks while the last is computed on.

use crate::error::{Error, Result};
use crate::source::{Block, Blocks, Source};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// Blocks that wait to be computed on.
const WAITING: usize = 2;

/// Hands over the blocks of some columns of a source, one after the other, until `take` or a block is an error. A thread of its own
/// reads ahead.
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
