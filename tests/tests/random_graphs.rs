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
