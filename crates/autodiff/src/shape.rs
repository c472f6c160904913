//! Shapes with an optional open rows axis, and how they broadcast.

use smallvec::SmallVec;
use std::fmt;

/// The most axes an array may have: axes are kept as bits of a byte.
pub const MAX_AXES: usize = 8;

/// Lengths of axes; up to four without a heap allocation.
pub(crate) type Dims = SmallVec<[usize; 4]>;

/// The shape of a node: the lengths of its axes, the leading one possibly *open* (the rows, whose number is known only
/// when a program runs).
///
/// ```
/// use autodiff::Shape;
/// assert_eq!(Shape::fixed(&[3, 2]).to_string(), "[3, 2]");
/// assert_eq!(Shape::rows(&[2]).to_string(), "[rows, 2]");
/// assert_eq!(Shape::rows(&[2]).ndim(), 2);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    rows: bool,
    dims: Dims,
}

impl Shape {
    /// A shape whose axes all have a length.
    pub fn fixed(dims: &[usize]) -> Self {
        Self { rows: false, dims: Dims::from_slice(dims) }
    }

    /// A shape with the open rows axis before the axes of lengths `trailing`.
    pub fn rows(trailing: &[usize]) -> Self {
        Self { rows: true, dims: Dims::from_slice(trailing) }
    }

    /// Whether the leading axis is the open rows axis.
    pub fn has_rows(&self) -> bool {
        self.rows
    }

    /// The lengths of the axes, without the rows axis.
    pub fn trailing(&self) -> &[usize] {
        &self.dims
    }

    /// The number of axes, the rows axis included.
    pub fn ndim(&self) -> usize {
        self.dims.len() + usize::from(self.rows)
    }

    /// The length of `axis`; `None` for the rows axis.
    pub(crate) fn len_of(&self, axis: usize) -> Option<usize> {
        match (self.rows, axis) {
            (true, 0) => None,
            (true, axis) => Some(self.dims[axis - 1]),
            (false, axis) => Some(self.dims[axis]),
        }
    }

    /// The number of elements of one row (of the whole array where there is no rows axis); `None` on overflow.
    pub fn trailing_len(&self) -> Option<usize> {
        if self.dims.contains(&0) {
            return Some(0);
        }
        self.dims.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim))
    }

    /// The number of elements of one row of a shape that was checked when it was recorded.
    pub(crate) fn row_len(&self) -> usize {
        self.dims.iter().product()
    }

    /// Whether there are no axes at all.
    pub fn is_scalar(&self) -> bool {
        !self.rows && self.dims.is_empty()
    }

    /// The lengths of all axes for `rows` rows.
    pub(crate) fn resolve(&self, rows: usize) -> Dims {
        let mut dims = Dims::new();
        if self.rows {
            dims.push(rows);
        }
        dims.extend_from_slice(&self.dims);
        dims
    }

    /// Whether an array has these lengths of all axes for `rows` rows.
    pub(crate) fn describes(&self, dims: &[usize], rows: usize) -> bool {
        match (self.rows, dims.split_first()) {
            (true, Some((&first, trailing))) => first == rows && self.dims.as_slice() == trailing,
            (rows, _) => !rows && self.dims.as_slice() == dims,
        }
    }

    /// The shape without the axes in `axes` (or with length 1 in their place).
    pub(crate) fn reduce(&self, axes: Axes, keep: bool) -> Shape {
        let mut dims = Dims::new();
        let first = usize::from(self.rows);
        if self.rows && axes.contains(0) && keep {
            dims.push(1);
        }
        for (axis, &dim) in self.dims.iter().enumerate() {
            match (axes.contains(axis + first), keep) {
                (false, _) => dims.push(dim),
                (true, true) => dims.push(1),
                (true, false) => {}
            }
        }
        Shape { rows: self.rows && !axes.contains(0), dims }
    }

    /// The shape with an axis of length `len` behind the others.
    pub(crate) fn with_last(&self, len: usize) -> Shape {
        let mut shape = self.clone();
        shape.dims.push(len);
        shape
    }

    /// The shape two operands of an elementwise operation broadcast to, or why they don't.
    ///
    /// ndarray's rule (right-aligned, length 1 stretches), with one restriction: where the numbers of axes differ, only
    /// the operand with fewer axes may stretch, unless another axis shows that the two belong together: `(n, 1, d) − (k, d)` is
    /// n × k × d, but `(n) + (n, 1)` an error, not an n × n matrix by accident.
    pub(crate) fn broadcast(&self, other: &Shape) -> Result<Shape, &'static str> {
        if self == other {
            return Ok(self.clone());
        }
        let (long, short) = if self.ndim() >= other.ndim() { (self, other) } else { (other, self) };
        let gap = long.ndim() - short.ndim();
        let mut result: SmallVec<[Option<usize>; 4]> = SmallVec::new();
        let (mut long_stretches, mut share_an_axis) = (false, false);
        for axis in 0..long.ndim() {
            let a = long.len_of(axis);
            let b = if axis < gap { Some(1) } else { short.len_of(axis - gap) };
            result.push(match (a, b) {
                (a, b) if a == b => {
                    share_an_axis |= a != Some(1);
                    a
                }
                (a, Some(1)) => a,
                (Some(1), b) => {
                    long_stretches = true;
                    b
                }
                (None, _) | (_, None) => return Err(ROWS_MISALIGNED),
                _ => return Err(LENGTHS_DIFFER),
            });
        }
        if gap > 0 && long_stretches && !share_an_axis {
            return Err(BOTH_STRETCH);
        }
        if result.iter().skip(1).any(Option::is_none) {
            return Err(ROWS_MISALIGNED);
        }
        let rows = result.first() == Some(&None);
        Ok(Shape { rows, dims: result.into_iter().flatten().collect() })
    }

    /// The axes over which an adjoint of this shape is summed to give one of shape `target`, which broadcasts to this.
    pub(crate) fn stretched_axes(&self, target: &Shape) -> Axes {
        let gap = self.ndim() - target.ndim();
        let mut axes = Axes::NONE;
        for axis in 0..self.ndim() {
            if axis < gap || self.len_of(axis) != target.len_of(axis - gap) {
                axes = axes.with(axis);
            }
        }
        axes
    }
}

/// The index along every axis of the element at the place `flat` in row-major order.
pub(crate) fn unravel(flat: usize, dims: &[usize]) -> Dims {
    let mut rest = flat;
    let mut index: Dims = dims
        .iter()
        .rev()
        .map(|&dim| {
            let along = rest % dim.max(1);
            rest /= dim.max(1);
            along
        })
        .collect();
    index.reverse();
    index
}

const LENGTHS_DIFFER: &str =
    "lengths of right-aligned axes must be equal, or one of them 1; give one operand axes of length 1 with `reshape`";
const ROWS_MISALIGNED: &str = "the rows axis of one operand meets another axis of the other; give the operand with fewer \
     axes trailing axes of length 1 with `insert_axis`";
const BOTH_STRETCH: &str = "both operands would stretch although one has fewer axes; write the outer product out with \
     `outer`, or give both the same number of axes with `insert_axis`";

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        if self.rows {
            f.write_str(if self.dims.is_empty() { "rows" } else { "rows, " })?;
        }
        for (i, dim) in self.dims.iter().enumerate() {
            write!(f, "{}{dim}", if i > 0 { ", " } else { "" })?;
        }
        f.write_str("]")
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A set of axes, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Axes(u8);

impl Axes {
    pub(crate) const NONE: Axes = Axes(0);

    pub(crate) fn all(ndim: usize) -> Axes {
        Axes(((1u16 << ndim) - 1) as u8)
    }

    pub(crate) fn with(self, axis: usize) -> Axes {
        Axes(self.0 | 1 << axis)
    }

    pub(crate) fn contains(self, axis: usize) -> bool {
        axis < MAX_AXES && self.0 >> axis & 1 == 1
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The axes in rising order.
    pub(crate) fn iter(self) -> impl DoubleEndedIterator<Item = usize> {
        (0..MAX_AXES).filter(move |&axis| self.contains(axis))
    }

    /// The set of `axes`, or what is wrong with them for an array of `ndim` axes.
    pub(crate) fn from_list(axes: &[usize], ndim: usize) -> Result<Axes, String> {
        let mut set = Axes::NONE;
        for &axis in axes {
            if axis >= ndim {
                return Err(format!("axis {axis} does not exist: there are {ndim} axes, numbered from 0"));
            }
            if set.contains(axis) {
                return Err(format!("axis {axis} is named twice"));
            }
            set = set.with(axis);
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_stretches_one_sided_only_when_ranks_differ() {
        let (f, r) = (Shape::fixed, Shape::rows);
        assert_eq!(f(&[3]).broadcast(&f(&[2, 3])).unwrap(), f(&[2, 3]));
        assert_eq!(f(&[2, 1]).broadcast(&f(&[1, 3])).unwrap(), f(&[2, 3]));
        assert!(f(&[3]).broadcast(&f(&[3, 1])).is_err());
        assert!(f(&[3]).broadcast(&f(&[2])).is_err());
        assert_eq!(r(&[4]).broadcast(&f(&[4])).unwrap(), r(&[4]));
        assert_eq!(r(&[4]).broadcast(&f(&[])).unwrap(), r(&[4]));
        assert_eq!(r(&[]).broadcast(&f(&[1])).unwrap(), r(&[]));
        assert!(r(&[]).broadcast(&f(&[4])).is_err());
        assert!(r(&[]).broadcast(&r(&[1])).is_err());
        assert_eq!(r(&[1]).broadcast(&r(&[5])).unwrap(), r(&[5]));
        assert_eq!(r(&[1]).broadcast(&f(&[1, 5])).unwrap(), r(&[5]));
    }

    #[test]
    fn unravelling_counts_the_last_axis_first() {
        assert_eq!(unravel(5, &[2, 3]).as_slice(), [1, 2]);
        assert_eq!(unravel(0, &[]).as_slice(), [0usize; 0]);
    }

    #[test]
    fn stretched_axes_are_the_ones_an_adjoint_sums_over() {
        let axes = Shape::rows(&[4]).stretched_axes(&Shape::fixed(&[4]));
        assert_eq!(axes.iter().collect::<Vec<_>>(), [0]);
        let axes = Shape::fixed(&[2, 3]).stretched_axes(&Shape::fixed(&[2, 1]));
        assert_eq!(axes.iter().collect::<Vec<_>>(), [1]);
    }
}
