//! Look-ups of a table by index, and the scatter-add.

use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use crate::tape::{IndexVar, Var};

impl<'t, T: Scalar> Var<'t, T> {
    /// The subarrays of the table `self` at `indices` of its leading axis; the result's shape is that of the indices
    /// followed by the table's other axes. Indices on the rows give a node on the rows: group effects without a one-hot
    /// matrix. An index out of range is an error naming its row. vjp: the adjoint's rows summed by index (a scatter-add).
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr1;
    /// let tape = Tape::<f64>::new();
    /// let effects = tape.variable("effects", arr1(&[10.0, 20.0, 30.0]));
    /// let group = tape.index_data("group", arr1(&[2, 0, 2]));
    /// let y = effects.gather(group);
    /// assert_eq!(y.value()?, arr1(&[30.0, 10.0, 30.0]).into_dyn());
    /// assert_eq!(y.sum().grad(effects).value()?, arr1(&[1.0, 0.0, 2.0]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn gather(self, indices: IndexVar<'t, T>) -> Self {
        self.gather_by(indices.node())
    }

    /// A table of `len` rows, each the sum of the rows of `self` whose index it is: the adjoint of
    /// [`gather`](Self::gather).
    #[track_caller]
    pub fn scatter_add(self, indices: IndexVar<'t, T>, len: usize) -> Self {
        let indices = indices.node();
        if let Some(failed) = self.tape().refused("scatter_add", &[self, indices]) {
            return failed;
        }
        let (shape, by) = (self.shape(), indices.shape());
        let leads = by.ndim() <= shape.ndim() && (0..by.ndim()).all(|axis| by.len_of(axis) == shape.len_of(axis));
        if !leads {
            let reason = "the operand's leading axes must be those of the indices".into();
            return self.tape().fail("scatter_add", &[self, indices], reason);
        }
        let mut dims = Dims::from_slice(&[len]);
        dims.extend((by.ndim()..shape.ndim()).filter_map(|axis| shape.len_of(axis)));
        self.tape().record_as(Op::ScatterAdd, &[self, indices], &Shape::fixed(&dims))
    }

    /// The element at each row's own index of the last axis: the log-probability of the label, of a matrix with a column for each
    /// class. `labels` have the other axes of `self`. What stands in the other columns has no part in it, infinite or not. vjp: the
    /// adjoint there, 0 elsewhere.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{arr1, arr2};
    /// let tape = Tape::<f64>::new();
    /// let scores = tape.data("scores", &[[2.0, 0.0, -1.0], [0.5, 3.0, 1.0]]);
    /// let labels = tape.index_data("labels", &[0, 2]);
    /// assert_eq!(scores.pick(labels).value()?, arr1(&[2.0, 1.0]).into_dyn());
    /// let loss = -scores.log_softmax(&[1]).pick(labels).sum(); // cross entropy
    /// # let _ = loss;
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// A label that names no column is an error naming its row.
    #[track_caller]
    pub fn pick(self, labels: IndexVar<'t, T>) -> Self {
        let by = labels.node();
        if let Some(failed) = self.tape().refused("pick", &[self, by]) {
            return failed;
        }
        let (shape, of) = (self.shape(), by.shape());
        let trailing = shape.trailing();
        let fits =
            shape.has_rows() == of.has_rows() && trailing.split_last().is_some_and(|(_, rest)| rest == of.trailing());
        let Some(&columns) = trailing.last().filter(|_| fits) else {
            let reason = "the labels have the axes of the operand but for its last".into();
            return self.tape().fail("pick", &[self, by], reason);
        };
        let own = self.tape().identity_matrix("pick", columns).gather_by(by);
        let axis = shape.ndim() - 1;
        own.strong_mul(self).sum_axes(&[axis])
    }

    #[track_caller]
    pub(crate) fn gather_by(self, indices: Var<'t, T>) -> Self {
        self.tape().record(Op::Gather, &[self, indices])
    }

    #[track_caller]
    pub(crate) fn scatter_as(self, like: Var<'t, T>, indices: Var<'t, T>) -> Self {
        self.tape().record_as(Op::ScatterAdd, &[self, indices], &like.shape())
    }
}
