//! A number that tells bytes from others.

/// A number that tells bytes from others that weren't made to collide: FNV-1a (Fowler, Noll, Vo).
///
/// ```
/// use data::Checksum;
/// let mut in_parts = Checksum::default();
/// in_parts.add(b"foo");
/// in_parts.add(b"bar");
/// assert_eq!(in_parts, Checksum::of(b"foobar"));
/// assert_eq!(in_parts.value(), 0x8594_4171_f739_67e8);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checksum(u64);

impl Default for Checksum {
    fn default() -> Self {
        Checksum(0xcbf2_9ce4_8422_2325)
    }
}

impl Checksum {
    /// That of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut sum = Checksum::default();
        sum.add(bytes);
        sum
    }

    /// Takes in the bytes that follow.
    pub fn add(&mut self, bytes: &[u8]) {
        let add = |sum: u64, &byte: &u8| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        self.0 = bytes.iter().fold(self.0, add);
    }

    /// The number.
    pub fn value(self) -> u64 {
        self.0
    }
}
