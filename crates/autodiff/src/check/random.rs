//! Random numbers for directions.

/// Numbers uniform in (−1, 1), by the generator SplitMix64 (Steele, Lea, Flood 2014).
pub(super) struct Uniform {
    pub(super) state: u64,
}

impl Uniform {
    pub(super) fn next(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ bits >> 31) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}
