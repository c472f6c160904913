//! The places of one lane.

/// Where the elements of one lane stand.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) first: usize,
    pub(super) len: usize,
    pub(super) stride: usize,
}

impl Line {
    pub(super) fn at(self, k: usize) -> usize {
        self.first + k * self.stride
    }

    /// The places in the order of a scan.
    pub(super) fn scanned(self, reverse: bool) -> impl Iterator<Item = usize> {
        (0..self.len).map(move |k| self.at(if reverse { self.len - 1 - k } else { k }))
    }
}
