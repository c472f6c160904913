//! Hashing of small keys of integers: node numbers, operations, shapes; and of all that decides a result.

use crate::scalar::Scalar;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// A map whose keys are small and come from the program itself, so that nobody can choose them to collide.
pub(crate) type SmallMap<K, V> = HashMap<K, V, BuildHasherDefault<MultiplyHasher>>;

/// A rotation and a multiplication for each word.
#[derive(Default)]
pub(crate) struct MultiplyHasher(u64);

impl Hasher for MultiplyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write_u8(&mut self, x: u8) {
        self.write_u64(x.into());
    }

    fn write_u32(&mut self, x: u32) {
        self.write_u64(x.into());
    }

    fn write_usize(&mut self, x: usize) {
        self.write_u64(x as u64);
    }

    fn finish(&self) -> u64 {
        // The high bits depend on all of the key: brought down, twice, so that neighbours don't stay neighbours.
        let mixed = (self.0 ^ self.0 >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        mixed ^ mixed >> 32
    }
}

/// The hash of one key.
pub(crate) fn hash_of(key: impl Hash) -> u64 {
    let mut hasher = MultiplyHasher::default();
    key.hash(&mut hasher);
    hasher.finish()
}

/// Collects numbers and whatever else can be hashed; the same on every machine of 64 bits.
#[derive(Default)]
pub(crate) struct Fingerprint(MultiplyHasher);

impl Fingerprint {
    pub(crate) fn of(start: u64) -> Self {
        let mut fingerprint = Self::default();
        fingerprint.add(start);
        fingerprint
    }

    pub(crate) fn add(&mut self, what: impl Hash) {
        what.hash(&mut self.0);
    }

    /// Adds numbers by their bits.
    pub(crate) fn add_numbers<'n, T: Scalar>(&mut self, numbers: impl IntoIterator<Item = &'n T>) {
        for number in numbers {
            self.add(number.integer_decode());
        }
    }

    pub(crate) fn finish(&self) -> u64 {
        self.0.finish()
    }
}
