//! Reading ahead: a thread of its own reads the next blocks while the last is computed on.

use crate::error::{Error, Result};
use crate::source::{Block, Blocks};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// Blocks that wait to be computed on.
const WAITING: usize = 2;

/// Hands the blocks that a thread reads to `take`, one after the other, until one is an error.
pub(crate) fn each<'s>(blocks: Blocks<'s>, mut take: impl FnMut(Block<'s>) -> Result<()>) -> Result<()> {
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
        taken(&receiver, &mut take)
    })
}

fn taken<'s>(
    blocks: &Receiver<Option<Result<Block<'s>>>>,
    take: &mut impl FnMut(Block<'s>) -> Result<()>,
) -> Result<()> {
    loop {
        match blocks.recv() {
            Ok(Some(block)) => take(block?)?,
            Ok(None) => return Ok(()),
            Err(_) => {
                let reason = "the reader broke down: a file is damaged".into();
                return Err(Error::Format { file: PathBuf::new(), reason });
            }
        }
    }
}
