//! Recordings of random operations: the interpreter, the program of the recording and that of its simplified form agree.

use tests::random_graph::check;

/// A short run of the fuzz target: bytes by a fixed rule, so that every run tests the same recordings.
#[test]
fn the_recordings_of_a_fixed_sequence_agree() {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    for length in 0..400 {
        let bytes: Vec<u8> = (0..length % 130).map(|_| byte()).collect();
        check(&bytes);
    }
}
