//! Does what nobody would do who means well: nothing may panic. `tests::random_graph::check_hostile` says what is done.
//!
//! `cargo +nightly fuzz run hostile -- -max_len=300`, in this directory's parent.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tests::random_graph::{Tally, check_hostile};

fuzz_target!(|bytes: &[u8]| check_hostile(bytes, &mut Tally::default()));
