//! The same elements under another shape: reshape, axis permutation, stretching.

use crate::ops::Op;
use crate::rules::Rule;
use crate::scalar::Scalar;
use crate::shape::{Axes, Dims, Shape};
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// The elements in row-major order under another shape of as many elements. For a node on the rows, `shape` is
    /// that of one row: the rows axis stays in front.
    #[track_caller]
    pub fn reshape(self, shape: &[usize]) -> Self {
        if self.is_failed() {
            return self;
        }
        let target = if self.shape().has_rows() { Shape::rows(shape) } else { Shape::fixed(shape) };
        self.reshape_to(&target)
    }

    /// The same with an axis of length 1 before `axis`. On the rows, axis 0 is the rows axis: nothing goes before it.
    #[track_caller]
    pub fn insert_axis(self, axis: usize) -> Self {
        self.edit_axes("insert_axis", axis, |dims, at| {
            dims.insert(at, 1);
            true
        })
    }

    /// The same without `axis`, which must be of length 1.
    #[track_caller]
    pub fn remove_axis(self, axis: usize) -> Self {
        self.edit_axes("remove_axis", axis, |dims, at| at < dims.len() && dims.remove(at) == 1)
    }

    #[track_caller]
    fn edit_axes(self, name: &'static str, axis: usize, edit: impl Fn(&mut Dims, usize) -> bool) -> Self {
        if self.is_failed() {
            return self;
        }
        let shape = self.shape();
        let first = usize::from(shape.has_rows());
        let mut dims = Dims::from_slice(shape.trailing());
        if axis < first || axis > shape.ndim() || !edit(&mut dims, axis - first) {
            let reason =
                format!("axis {axis} can't be inserted or removed there; only axes of length 1 can be removed");
            return self.tape().fail(name, &[self], reason);
        }
        self.reshape_to(&if shape.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) })
    }

    /// Stretches axes of length 1, and adds leading ones, as in ndarray. On the rows, `shape` is that of one row.
    #[track_caller]
    pub fn broadcast_to(self, shape: &[usize]) -> Self {
        if self.is_failed() {
            return self;
        }
        let target = if self.shape().has_rows() { Shape::rows(shape) } else { Shape::fixed(shape) };
        self.broadcast_shape(&target)
    }

    /// The transpose: the axes in reverse order. The rows axis can't move: for `Xᵀr` on the rows use
    /// [`t_dot`](Self::t_dot).
    #[track_caller]
    pub fn t(self) -> Self {
        if self.is_failed() {
            return self;
        }
        let order: Dims = (0..self.shape().ndim()).rev().collect();
        self.permuted_axes(&order)
    }

    /// The axes in another order: axis `i` of the result is axis `order[i]` of `self`. The rows axis stays in front.
    #[track_caller]
    pub fn permuted_axes(self, order: &[usize]) -> Self {
        if self.is_failed()
            || order.iter().enumerate().all(|(i, &axis)| i == axis) && order.len() == self.shape().ndim()
        {
            return self;
        }
        self.tape().record_permutation(self, order)
    }

    /// The axes `axes` moved behind the others and merged into one.
    #[track_caller]
    pub(crate) fn merge_last(self, axes: Axes) -> Self {
        let shape = self.shape();
        let len = axes.iter().filter_map(|axis| shape.len_of(axis)).product();
        self.permuted_axes(&last_order(shape.ndim(), axes)).reshape_to(&shape.reduce(axes, false).with_last(len))
    }

    /// Undoes [`merge_last`](Self::merge_last) of a node of the shape of `like`.
    #[track_caller]
    pub(crate) fn split_last(self, like: Var<'t, T>, axes: Axes) -> Self {
        let shape = like.shape();
        let order = last_order(shape.ndim(), axes);
        let dims: Dims = order.iter().filter_map(|&axis| shape.len_of(axis)).collect();
        let moved = self.reshape_to(&if shape.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) });
        moved.permuted_axes(&inverse_order(&order))
    }

    #[track_caller]
    pub(crate) fn reshape_to(self, target: &Shape) -> Self {
        if self.is_failed() {
            return self;
        }
        let shape = self.shape();
        if shape == *target {
            return self;
        }
        if shape.has_rows() != target.has_rows() || shape.trailing_len() != target.trailing_len() {
            let reason = format!("the elements don't fit into shape {target}");
            return self.tape().fail("reshape", &[self], reason);
        }
        self.tape().record_as(Op::Reshape, &[self], target)
    }

    #[track_caller]
    pub(crate) fn reshape_as(self, like: Var<'t, T>) -> Self {
        if self.is_failed() || like.is_failed() || self.shape_id() == like.shape_id() {
            return self;
        }
        self.reshape_to(&like.shape())
    }

    #[track_caller]
    pub(crate) fn broadcast_shape(self, target: &Shape) -> Self {
        if self.is_failed() {
            return self;
        }
        let shape = self.shape();
        if shape == *target {
            return self;
        }
        match shape.broadcast(target) {
            Ok(result) if result == *target => self.tape().record_as(Op::Broadcast, &[self], target),
            _ => self.tape().fail("broadcast_to", &[self], format!("the operand doesn't stretch to shape {target}")),
        }
    }
}

pub(crate) fn permute_vjp<'t, T: Scalar>(index: u32, rule: &Rule<'t, T>) -> Var<'t, T> {
    rule.adjoint.permuted_axes(&inverse_order(&rule.output.tape().permutation(index)))
}

/// The axes that are not in `axes`, then those that are.
fn last_order(ndim: usize, axes: Axes) -> Dims {
    (0..ndim).filter(|&axis| !axes.contains(axis)).chain(axes.iter()).collect()
}

/// The order of axes that undoes `order`.
fn inverse_order(order: &[usize]) -> Dims {
    let mut inverse = Dims::from_slice(order);
    for (to, &from) in order.iter().enumerate() {
        inverse[from] = to;
    }
    inverse
}
