//! Rows that are counted as they pass, for the progress on a terminal, and no longer read after a Ctrl-C.

use crate::progress::Passes;
use crate::signals;
use data::{Blocks, Error, Field, Result, Source};
use std::ops::Range;
use std::path::PathBuf;

/// A source whose passes are shown, and end with an error after a Ctrl-C.
pub struct Counted<S> {
    source: S,
    passes: Passes,
}

impl<S: Source> Counted<S> {
    pub fn new(source: S, passes: &Passes) -> Self {
        Counted { source, passes: passes.clone() }
    }

    fn counted<'s>(&'s self, blocks: Blocks<'s>, rows: Option<usize>) -> Blocks<'s> {
        self.passes.begin(rows);
        Box::new(blocks.map(|block| {
            if signals::asked() {
                return Err(Error::Io { file: PathBuf::new(), source: std::io::ErrorKind::Interrupted.into() });
            }
            if let Ok(block) = &block {
                self.passes.advance(block.rows);
            }
            block
        }))
    }
}

impl<S: Source> Source for Counted<S> {
    fn fields(&self) -> &[Field] {
        self.source.fields()
    }

    fn rows(&self) -> Option<usize> {
        self.source.rows()
    }

    fn has_text(&self) -> bool {
        self.source.has_text()
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> Result<Blocks<'s>> {
        Ok(self.counted(self.source.blocks(columns)?, self.source.rows()))
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> Result<Blocks<'s>> {
        let count = rows.len();
        Ok(self.counted(self.source.blocks_of(columns, rows)?, Some(count)))
    }
}
