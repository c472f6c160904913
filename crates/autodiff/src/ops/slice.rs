//! Parts of an array by ranges of its axes, and the adjoint that puts a part back into zeros.

use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use crate::value::{AxisSlice, Slices, Value};
use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, Axis, IxDyn, Slice};

pub(crate) fn from_end(index: isize, len: usize) -> usize {
    if index < 0 { len.wrapping_add_signed(index) } else { index as usize }
}

pub(crate) fn part(len: usize, start: isize, end: Option<isize>, step: isize) -> Result<AxisSlice, String> {
    let (low, high) = (from_end(start, len), end.map_or(len, |end| from_end(end, len)));
    if step == 0 || low > len || high > len {
        let end = end.map_or("the end".into(), |end| end.to_string());
        return Err(format!("the range from {start} to {end} by steps of {step} doesn't fit an axis of length {len}"));
    }
    let width = high.saturating_sub(low);
    let count = width.div_ceil(step.unsigned_abs());
    let start = if step < 0 && count > 0 { high - 1 } else { low };
    // From one element there is no step, however long.
    Ok(AxisSlice { start, step: if count > 1 { step } else { 1 }, len: count })
}

pub(crate) fn shape(x: &Shape, slices: &Slices) -> Shape {
    let dims: Dims = slices.iter().map(|slice| slice.len).collect();
    if x.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) }
}

/// The axis and ndarray slice of each part; the rows axis, where there is one, comes before them.
fn ranges(slices: &Slices, ndim: usize) -> impl Iterator<Item = (Axis, Slice)> {
    slices.iter().enumerate().map(move |(i, part)| {
        let last = (part.start as isize + (part.len as isize - 1) * part.step).max(0);
        let (low, high) = (last.min(part.start as isize), last.max(part.start as isize) + 1);
        let slice = if part.len == 0 { Slice::from(0..0) } else { Slice::new(low, Some(high), part.step) };
        (Axis(i + ndim - slices.len()), slice)
    })
}

pub(crate) fn evaluate<T: Scalar>(x: &Value<T>, slices: &Slices) -> ArrayD<T> {
    let mut view: ArrayViewD<'_, T> = x.view();
    for (axis, slice) in ranges(slices, x.ndim()) {
        view.slice_axis_inplace(axis, slice);
    }
    view.to_owned()
}

pub(crate) fn evaluate_unslice<T: Scalar>(x: &Value<T>, slices: &Slices, dims: &Dims) -> ArrayD<T> {
    let mut out = ArrayD::zeros(IxDyn(dims));
    let mut view: ArrayViewMutD<'_, T> = out.view_mut();
    for (axis, slice) in ranges(slices, x.ndim()) {
        view.slice_axis_inplace(axis, slice);
    }
    view.assign(x);
    out
}

/// Slices as ranges: `[0..3, 8..0 by -2]`, an axis taken whole as `..` being spelled out, since its length isn't here.
pub(crate) fn text(slices: &[AxisSlice]) -> String {
    let range = |slice: &AxisSlice| match slice.step {
        _ if slice.len == 1 => slice.start.to_string(),
        1 => format!("{}..{}", slice.start, slice.start + slice.len),
        step => format!("{} values from {} by {step}", slice.len, slice.start),
    };
    format!("[{}]", slices.iter().map(range).collect::<Vec<_>>().join(", "))
}
