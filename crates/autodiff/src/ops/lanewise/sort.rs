//! Sorting: the elements of one array put in the order of another's, or back, linear in the first; where the order changes, its derivative
//! jumps.

use super::line::Line;
use crate::scalar::Scalar;
use std::cmp::Ordering;

/// Puts a lane of x in the order that sorts the keys, or, `inverse`, back from it; `places` is memory to work in.
pub(super) fn order<T: Scalar>([x, keys]: [&[T]; 2], out: &mut [T], places: &mut Vec<u32>, line: Line, inverse: bool) {
    let at = |k: u32| line.at(k as usize);
    places.clear();
    places.extend(0..line.len as u32);
    // By place among equals: the order is then stable without the memory that a stable sort allocates.
    places.sort_unstable_by(|&a, &b| compare(keys[at(a)], keys[at(b)]).then(a.cmp(&b)));
    for (k, &place) in places.iter().enumerate() {
        let (from, to) = if inverse { (k as u32, place) } else { (place, k as u32) };
        out[at(to)] = x[at(from)];
    }
}

/// Rising, with NaN last.
fn compare<T: Scalar>(a: T, b: T) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}
