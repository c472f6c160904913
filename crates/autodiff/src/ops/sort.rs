//! Sorting along an axis, and the median. One operation does it: the elements of one array put in the order of another's
//! (or back), linear in the first; where the order changes, its derivative jumps.

use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::value::Value;
use ndarray::{ArrayD, IxDyn};
use std::cmp::Ordering;

/// `x` in the order that sorts the keys along an axis, or, `inverse`, back from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Sort {
    pub(crate) axis: u8,
    pub(crate) inverse: bool,
}

impl Sort {
    pub(crate) fn name(self) -> &'static str {
        if self.inverse { "unsort" } else { "sort" }
    }

    pub(crate) fn shape(self, x: &Shape, keys: &Shape) -> Result<Shape, String> {
        if x == keys { Ok(x.clone()) } else { Err("there must be a key for every element".into()) }
    }

    pub(crate) fn evaluate<T: Scalar>(self, x: &Value<T>, keys: &Value<T>) -> ArrayD<T> {
        let dims = x.shape();
        let axis = usize::from(self.axis);
        let lanes = [dims[..axis].iter().product(), dims[axis], dims[axis + 1..].iter().product()];
        let [x, keys] = [x, keys].map(|operand| operand.iter().copied().collect::<Vec<T>>());
        let mut out = vec![T::zero(); x.len()];
        self.run([&x, &keys], &mut out, &mut Vec::new(), lanes);
        ArrayD::from_shape_vec(IxDyn(dims), out).unwrap_or_else(|_| ArrayD::from_elem(IxDyn(dims), T::nan()))
    }

    /// Orders the lanes of arrays of `[outer, len, inner]` elements; `places` is memory to work in.
    pub(crate) fn run<T: Scalar>(
        self,
        [x, keys]: [&[T]; 2],
        out: &mut [T],
        places: &mut Vec<u32>,
        [outer, len, inner]: [usize; 3],
    ) {
        if out.is_empty() {
            return;
        }
        for lane in 0..outer * inner {
            let first = lane / inner * len * inner + lane % inner;
            let at = |k: u32| first + k as usize * inner;
            places.clear();
            places.extend(0..len as u32);
            // By place among equals: the order is then stable without the memory that a stable sort allocates.
            places.sort_unstable_by(|&a, &b| compare(keys[at(a)], keys[at(b)]).then(a.cmp(&b)));
            for (k, &place) in places.iter().enumerate() {
                let (from, to) = if self.inverse { (k as u32, place) } else { (place, k as u32) };
                out[at(to)] = x[at(from)];
            }
        }
    }
}

/// Rising, with NaN last.
fn compare<T: Scalar>(a: T, b: T) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}
