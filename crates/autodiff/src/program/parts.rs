//! How the rows of a pass are cut into parts, and these shared out over threads.

use super::plan::Pass;
use std::ops::Range;

/// The most shares there are: enough for many threads to have several each.
pub(super) const MOST_SHARES: usize = 64;

/// The numbers the partial results of all shares may take.
const MOST_PARTIALS: usize = 1 << 22;

/// The most shares whose partial results are held at once.
pub(super) fn most_at_once(pass: &Pass) -> usize {
    (MOST_PARTIALS / pass.accumulated.max(1)).clamp(8, MOST_SHARES)
}

/// The rows of a pass, cut into parts, whose number of rows depends on the program alone. Neighbouring parts, a power of two of them, are a
/// share, so that merging a share's parts and then the shares is merging the parts pairwise by position.
#[derive(Clone, Copy)]
pub(super) struct Shares {
    pub(super) rows: usize,
    /// Rows a part.
    part: usize,
    parts: usize,
    /// Parts a share.
    each: usize,
    pub(super) count: usize,
}

impl Shares {
    pub(super) fn new(pass: &Pass, rows: usize) -> Self {
        let part = pass.order.part;
        if rows <= part {
            // A small pass takes less time than a few divisions.
            return Shares { rows, part, parts: 1, each: 1, count: 1 };
        }
        let most = most_at_once(pass);
        let parts = rows.div_ceil(part);
        let each = parts.div_ceil(most).next_power_of_two();
        Shares { rows, part, parts, each, count: parts.div_ceil(each) }
    }

    /// A share for each part.
    pub(super) fn single_parts(pass: &Pass, rows: usize) -> Self {
        let part = pass.order.part;
        let parts = rows.div_ceil(part).max(1);
        Shares { rows, part, parts, each: 1, count: parts }
    }

    /// Whether each share is one part.
    pub(super) fn are_parts(self) -> bool {
        self.each == 1
    }

    /// Partial results that wait for their neighbours' while a share is swept.
    pub(super) fn levels(self) -> usize {
        if self.each == 1 { 0 } else { self.each.ilog2() as usize + 1 }
    }

    /// The rows of each part of a share.
    pub(super) fn parts(self, share: usize) -> impl Iterator<Item = Range<usize>> {
        let (first, end) = (share * self.each, (share + 1) * self.each);
        (first..end.min(self.parts)).map(move |part| part * self.part..((part + 1) * self.part).min(self.rows))
    }

    pub(super) fn first_row(self, share: usize) -> usize {
        (share * self.each * self.part).min(self.rows)
    }
}
