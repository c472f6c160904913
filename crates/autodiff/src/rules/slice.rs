//! Parts of axes.

use crate::ops::Op;
use crate::ops::slice::{from_end, part};
use crate::rules::Rule;
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use crate::tape::Var;
use crate::value::{AxisSlice, Slices};
use ndarray::{Slice, SliceInfoElem};
use smallvec::SmallVec;

impl<'t, T: Scalar> Var<'t, T> {
    /// The part that ndarray's `s![…]` names: ranges, steps (also negative), single indices, new axes.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{arr1, arr2, s};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
    /// assert_eq!(x.slice(s![1, ..;-1]).value()?, arr1(&[6.0, 5.0, 4.0]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn slice(self, info: impl AsRef<[SliceInfoElem]>) -> Self {
        if self.is_failed() {
            return self;
        }
        match resolve(&self.shape(), info.as_ref()) {
            Ok((slices, shape)) => self.tape().record_slice(self, slices).reshape_to(&shape),
            Err(reason) => self.tape().fail("slice", &[self], reason),
        }
    }

    /// The part of one axis in a range or ndarray [`Slice`].
    #[track_caller]
    pub fn slice_axis(self, axis: usize, part: impl Into<Slice>) -> Self {
        if self.is_failed() {
            return self;
        }
        let Slice { start, end, step } = part.into();
        let whole = SliceInfoElem::Slice { start: 0, end: None, step: 1 };
        let mut info: SmallVec<[SliceInfoElem; 4]> = SmallVec::from_elem(whole, self.shape().ndim());
        match info.get_mut(axis) {
            Some(element) => *element = SliceInfoElem::Slice { start, end, step },
            None => return self.tape().fail("slice_axis", &[self], format!("axis {axis} does not exist")),
        }
        self.slice(info)
    }

    /// The subarray at `index` of `axis`, without that axis.
    #[track_caller]
    pub fn index_axis(self, axis: usize, index: usize) -> Self {
        if self.is_failed() {
            return self;
        }
        let shape = self.shape();
        let reason = match (axis < shape.ndim()).then(|| shape.len_of(axis)) {
            None => format!("axis {axis} does not exist: there are {} axes, numbered from 0", shape.ndim()),
            Some(None) => ROWS.into(),
            Some(Some(len)) if index >= len => {
                format!("index {index} is out of range for axis {axis} of length {len}")
            }
            _ => {
                let start = index as isize;
                return self.slice_axis(axis, start..start + 1).remove_axis(axis);
            }
        };
        self.tape().fail("index_axis", &[self], reason)
    }

    /// Zeros of shape `target`, but for the part that `slices` names, which is `self`.
    #[track_caller]
    pub(crate) fn record_unslice(self, slices: Slices, target: &Shape) -> Self {
        let index = self.tape().inner_mut().graph.payloads.keep_slices(slices);
        self.tape().record_as(Op::Unslice(index), &[self], target)
    }

    /// Zeros of the shape of `like`, but for the slice, which is `self`.
    #[track_caller]
    pub(crate) fn unslice(self, index: u32, like: Var<'t, T>) -> Self {
        self.tape().record_as(Op::Unslice(index), &[self], &like.shape())
    }
}

/// Turns ndarray's slice elements into parts of axes and the shape the user asked for.
fn resolve(shape: &Shape, info: &[SliceInfoElem]) -> Result<(Slices, Shape), String> {
    let (mut slices, mut dims, mut axis) = (Slices::new(), Dims::new(), 0);
    for element in info {
        match *element {
            SliceInfoElem::NewAxis if axis == 0 && shape.has_rows() => return Err(ROWS.into()),
            SliceInfoElem::NewAxis => dims.push(1),
            _ if axis >= shape.ndim() => return Err(format!("there are only {} axes", shape.ndim())),
            SliceInfoElem::Slice { start: 0, end: None, step: 1 } if shape.len_of(axis).is_none() => axis += 1,
            SliceInfoElem::Slice { start, end, step } => {
                let part = part(shape.len_of(axis).ok_or(ROWS)?, start, end, step)?;
                slices.push(part);
                dims.push(part.len);
                axis += 1;
            }
            SliceInfoElem::Index(index) => {
                let len = shape.len_of(axis).ok_or(ROWS)?;
                let start = from_end(index, len);
                if start >= len {
                    return Err(format!("index {index} is out of range for axis {axis} of length {len}"));
                }
                slices.push(AxisSlice { start, step: 1, len: 1 });
                axis += 1;
            }
        }
    }
    if axis != shape.ndim() {
        return Err(format!("{axis} axes are given, but there are {}", shape.ndim()));
    }
    Ok((slices, if shape.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) }))
}

const ROWS: &str = "a part of the open rows axis can't be taken while streaming; slice the data before binding them, or \
     bind them to a fixed input";

pub(crate) fn vjp<'t, T: Scalar>(index: u32, rule: &Rule<'t, T>) -> Var<'t, T> {
    rule.adjoint.unslice(index, rule.args[0])
}

pub(crate) fn unslice_vjp<'t, T: Scalar>(index: u32, rule: &Rule<'t, T>) -> Var<'t, T> {
    rule.adjoint.tape().record(Op::Slice(index), &[rule.adjoint])
}
