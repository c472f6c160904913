//! Recordings of random operations: the interpreter, the program of the recording and that of its simplified form agree, and
//! so do adjoints and tangents.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tests::random_graph::{Tally, check, check_hessians, check_hostile, check_tangents};

/// The same recordings in every run. (`cargo run --release -p tests --example recordings -- COUNT` checks as many others as asked.)
fn config() -> ProptestConfig {
    ProptestConfig { cases: 2500, failure_persistence: None, rng_seed: RngSeed::Fixed(2), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    /// A short run of the fuzz target, the same in every run.
    #[test]
    fn the_interpreter_and_the_programs_of_a_random_recording_agree(bytes in vec(any::<u8>(), 0..130)) {
        check(&bytes);
    }

    #[test]
    fn the_adjoints_and_tangents_of_a_random_recording_agree(bytes in vec(any::<u8>(), 0..130)) {
        check_tangents(&bytes);
    }

    #[test]
    fn three_ways_to_the_hessian_of_a_random_recording_agree(bytes in vec(any::<u8>(), 0..130)) {
        check_hessians(&bytes);
    }

    #[test]
    fn hostile_recordings_are_errors(bytes in vec(any::<u8>(), 0..200)) {
        check_hostile(&bytes, &mut Tally::default());
    }
}

/// More of them, as many as `HOSTILE` says, with counts of how they ended.
#[test]
#[ignore = "takes as long as it is told to"]
fn a_great_many_hostile_recordings_are_errors() {
    let count: u64 = std::env::var("HOSTILE").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let first: u64 = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let mut tally = Tally::default();
    for seed in first..first + count {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
        let mut byte = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        let bytes: Vec<u8> = (0..40 + seed % 200).map(|_| byte()).collect();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check_hostile(&bytes, &mut tally)));
        if outcome.is_err() {
            eprintln!("seed {seed}");
        }
    }
    for ((what, ended), count) in &tally.counts {
        println!("{what:28} {ended:20} {count}");
    }
}
