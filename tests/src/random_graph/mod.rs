//! Recordings made from bytes, for tests and for fuzzing: the bytes choose the data, the operations and their operands.
//!
//! [`record`] makes the recording, [`check`](check()) compares its interpreter with its programs, [`check_tangents`] its
//! derivatives by adjoints with those by tangents, [`piecewise`](piecewise()) its program with a run over pieces of the rows,
//! [`check_processors`] the programs for all kinds of processor. The same bytes make the same
//! recording for any scalar. [`check_hostile`] makes recordings of its own, that nobody would make who means well.

mod check;
mod hostile;
mod piecewise;
mod record;
mod tangents;

use crate::splitmix::splitmix;
pub use check::{check, check_processors};
pub use hostile::{Tally, check_hostile};
pub use piecewise::piecewise;
pub use record::{Recording, record};
pub use tangents::{check_hessians, check_tangents};

/// The bytes of the random recording number `number`.
pub fn bytes_of(number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0xd134_2543_de82_ef95);
    let len = splitmix(&mut state) % 150;
    (0..len).map(|_| (splitmix(&mut state) >> 56) as u8).collect()
}

/// Bytes, read one by one; zeros when they are used up.
#[derive(Clone, Debug)]
pub struct Bytes<'a> {
    left: &'a [u8],
}

impl<'a> Bytes<'a> {
    /// Reads `bytes` from the first on.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    /// Whether all are used up.
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.left.split_first() else { return 0 };
        self.left = rest;
        first
    }

    /// A number below `count`, which is at least 1.
    pub fn below(&mut self, count: usize) -> usize {
        let high = if count > 256 { usize::from(self.byte()) << 8 } else { 0 };
        (high + usize::from(self.byte())) % count
    }

    /// One of `choices`.
    pub fn choice<C: Copy>(&mut self, choices: &[C]) -> C {
        choices[self.below(choices.len())]
    }
}
