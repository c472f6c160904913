//! Records what the bytes say, and compares the interpreter with the programs: `tests::random_graph` says what must hold.
//!
//! `cargo +nightly fuzz run recordings -- -max_len=200`, in this directory's parent.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    tests::random_graph::check(bytes);
});
