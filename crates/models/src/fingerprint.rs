//! Numbers that tell the rows of models from others.

use crate::design::Design;
use crate::glm::Glm;
use crate::ordinal::Ordinal;
use crate::pieces::Piece;
use crate::softmax::Softmax;

impl Glm<'_> {
    /// A number that tells these responses, weights and offsets from others, whatever the order of the rows and the terms of the model: what
    /// models must have in common to be compared.
    ///
    /// ```
    /// use models::{Design, Family, Glm};
    /// use ndarray::{arr1, arr2};
    /// let (x, y) = (arr2(&[[0.0], [1.0], [2.0]]), arr1(&[1.0, 2.0, 4.0]));
    /// let glm = Glm::new(Design::new(&x), &y, Family::Poisson)?;
    /// let (x, y) = (arr2(&[[5.0], [4.0], [3.0]]), arr1(&[4.0, 2.0, 1.0]));
    /// assert_eq!(Glm::new(Design::new(&x), &y, Family::Poisson)?.data_fingerprint(), glm.data_fingerprint());
    /// # Ok::<(), models::Error>(())
    /// ```
    pub fn data_fingerprint(&self) -> u64 {
        Fingerprint::of(self.design(), |row| of_number(self.response()[row]))
    }
}

impl Softmax<'_> {
    /// A number that tells these classes, weights and offsets from others, whatever the order of the rows and of the classes.
    pub fn data_fingerprint(&self) -> u64 {
        let words = self.class_fingerprints();
        Fingerprint::of(self.design(), |row| words[self.labels()[row]])
    }

    /// Of each class.
    pub(crate) fn class_fingerprints(&self) -> Vec<u64> {
        self.classes().iter().map(|class| of_word(class)).collect()
    }
}

impl Ordinal<'_> {
    /// A number that tells these levels, weights and offsets from others, whatever the order of the rows.
    pub fn data_fingerprint(&self) -> u64 {
        let words: Vec<u64> = self.levels().iter().map(|level| of_word(level)).collect();
        Fingerprint::of(self.design(), |row| words[self.labels()[row]])
    }
}

/// A sum over the rows of a number for each, so that neither their order nor the blocks they come in matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fingerprint(pub(crate) u64);

impl Fingerprint {
    /// Adds a row: its response, and its weight and offset of the design.
    pub(crate) fn add(&mut self, response: u64, design: &Design<'_>, row: usize) {
        let offset = design.offset().map_or(0.0, |offset| offset[row]);
        let numbers = [design.weight(row), offset].map(of_number);
        let of_row = numbers.into_iter().fold(mixed(response), |sum, number| mixed(sum ^ number));
        self.0 = self.0.wrapping_add(of_row);
    }

    /// The number of all rows of a design, of these responses.
    pub(crate) fn of(design: &Design<'_>, response: impl Fn(usize) -> u64) -> u64 {
        let mut sum = Fingerprint::default();
        (0..design.rows()).for_each(|row| sum.add(response(row), design, row));
        sum.0
    }
}

/// The bits of a number; a zero has no sign.
pub(crate) fn of_number(number: f64) -> u64 {
    (number + 0.0).to_bits()
}

/// The number of a word.
fn of_word(word: &str) -> u64 {
    data::Checksum::of(word.as_bytes()).value()
}

/// Mixes all bits with all others: the finaliser of splitmix64 (Steele, Lea, Flood 2014).
fn mixed(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

impl Piece for Fingerprint {
    fn take_in(&mut self, next: &Self) {
        self.0 = self.0.wrapping_add(next.0);
    }

    /// Its halves are numbers without rounding.
    fn visit(&mut self, visit: &mut dyn FnMut(&mut f64)) {
        let mut halves = [self.0 >> 32, self.0 & 0xffff_ffff].map(|half| half as f64);
        halves.iter_mut().for_each(visit);
        let [high, low] = halves.map(|half| half as u64);
        self.0 = high << 32 | low;
    }
}
