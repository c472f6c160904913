//! Rows that are counted as they pass, for the progress on a terminal.

use crate::progress::Passes;
use data::{Blocks, Field, Result, Source};
use std::ops::Range;

/// A source whose passes are shown.
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
        Box::new(blocks.inspect(|block| {
            if let Ok(block) = block {
                self.passes.advance(block.rows);
            }
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
