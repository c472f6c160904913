//! Recordings of random operations: the interpreter, the program of the recording and that of its simplified form agree, and
//! so do adjoints and tangents.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tests::random_graph::{check, check_hessians, check_tangents};

proptest! {
    #![proptest_config(ProptestConfig { cases: 2500, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

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
}
