//! The Jacobian of a function on the rows: a small block for each row, all of them by one batch of directions.

use crate::derivative::reverse;
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::{IndexVar, Var};
use std::panic::Location;

/// The derivatives of every row of a node by what that row depends on: a part of a sparse Jacobian.
#[derive(Clone, Copy, Debug)]
pub struct RowBlock<'t, T: Scalar> {
    /// Which of the nodes asked about it is by, counted from 0.
    pub of: usize,
    /// On the rows: the axes of the function, then those of one row of the node (of all of it, if it is fixed and wasn't looked up).
    pub block: Var<'t, T>,
    /// Which row of the node each block is by, if it was looked up. Otherwise a node on the rows was at the same row, and a fixed one was
    /// used as a whole.
    pub index: Option<IndexVar<'t, T>>,
}

impl<'t, T: Scalar> Var<'t, T> {
    /// The Jacobian of a function on the rows by several nodes, row by row: a batch of directions, as many as one row has results (or as it
    /// has arguments, if those are fewer), gives the blocks of all rows at once. There is no colouring.
    ///
    /// A node on the rows has a block for each row. So has a fixed node that rows are looked up of with [`gather`](Self::gather), with the
    /// indices that say which row a block belongs to (one block for each look-up of the node): blocks and indices *are* the sparse matrix.
    /// A fixed node that is used in another way has a block of all its elements.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{arr2, arr3};
    /// // Distances that were measured between points, as in bundle adjustment.
    /// let tape = Tape::<f64>::new();
    /// let points = tape.variable("points", &[[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]);
    /// let (from, to) = (tape.index_data("from", &[0, 1]), tape.index_data("to", &[1, 2]));
    /// let distance = (points.gather(to) - points.gather(from)).norm_axes(&[1]);
    /// let errors = distance - tape.data("measured", &[5.5, 4.5]);
    ///
    /// let blocks = errors.row_jacobian(&[points])?;
    /// assert_eq!(blocks.len(), 2); // by the two look-ups
    /// assert_eq!(blocks[0].block.value()?, arr2(&[[0.6, 0.8], [0.6, 0.8]]).into_dyn());
    /// assert_eq!(blocks[1].block.value()?, arr2(&[[-0.6, -0.8], [-0.6, -0.8]]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// # Errors
    /// The first error of the recording; a node without rows; one whose rows depend on other rows of what the derivative is by (a sum over
    /// them lies between), or which is of another tape.
    #[track_caller]
    pub fn row_jacobian(self, xs: &[Self]) -> Result<Vec<RowBlock<'t, T>>> {
        let (tape, source_line) = (self.tape(), Location::caller());
        tape.check()?;
        tape.check_owns("row_jacobian", &[&[self], xs].concat(), source_line)?;
        let refused = |x: Self, reason: &str| {
            let operands = vec![self.shape(), x.shape()];
            Error::Recording { operation: "row_jacobian".into(), operands, reason: reason.into(), source_line }
        };
        if self.is_fixed() {
            let reason = "the function has no rows; take `jacobian`, or `sparse_jacobian`";
            return Err(refused(xs.first().copied().unwrap_or(self), reason));
        }
        let mut sides = Vec::new();
        for (of, &x) in xs.iter().enumerate() {
            if !x.is_fixed() {
                sides.push((of, x, None));
                continue;
            }
            match self.look_ups(x) {
                Some(found) => sides.extend(found.into_iter().map(|(node, index)| (of, node, Some(index)))),
                None => sides.push((of, x, None)),
            }
        }
        if let Some(&(_, x, _)) = sides.iter().find(|(_, x, _)| !x.is_fixed() && self.mixes_rows(*x)) {
            return Err(refused(x, "a row depends on other rows: something over all of them lies between"));
        }
        let mut blocks = Vec::with_capacity(sides.len());
        for (of, x, index) in sides {
            let block = if x.is_fixed() { self.jacobian(x) } else { self.blocks(x) };
            blocks.push(RowBlock { of, block, index });
        }
        tape.check()?;
        Ok(blocks)
    }

    /// The blocks by a node on the rows, of which a row depends on the same row alone.
    #[track_caller]
    fn blocks(self, x: Self) -> Self {
        let (results, arguments) = (self.len(), x.len());
        let dims = [self.shape().trailing(), x.shape().trailing()].concat();
        if results <= arguments {
            let adjoint = self.filled(0.0);
            let product = reverse(self, adjoint, &[x])[0];
            let columns = self.by_units(product, adjoint, |unit| self.vjp(&[x], unit)[0]);
            return columns.last_axis_first().reshape_to(&Shape::rows(&dims));
        }
        let tangent = x.filled(0.0);
        let product = self.jvp(&[x], &[tangent]);
        self.by_units(product, tangent, |unit| self.jvp(&[x], &[unit])).reshape_to(&Shape::rows(&dims))
    }

    /// A product that is linear in a direction on the rows, for the unit directions of every row, along a new last axis.
    #[track_caller]
    fn by_units(self, product: Self, direction: Self, one: impl Fn(Self) -> Self) -> Self {
        let (tape, len) = (self.tape(), direction.len());
        let dims = direction.shape().with_last(len);
        let units = tape.identity_matrix("the blocks of derivatives", len).reshape(dims.trailing());
        if units.is_failed() || product.is_failed() {
            return product;
        }
        tape.along_directions(product, direction, units.broadcast_shape(&dims), one)
    }

    /// The last axis moved before all others but the rows.
    #[track_caller]
    fn last_axis_first(self) -> Self {
        let ndim = self.shape().ndim();
        let order: Vec<usize> =
            std::iter::once(0).chain([ndim.saturating_sub(1)]).chain(1..ndim.saturating_sub(1)).collect();
        if self.is_failed() { self } else { self.permuted_axes(&order) }
    }

    /// The look-ups of rows of the table `x`, if this node depends on it by nothing else.
    fn look_ups(self, x: Self) -> Option<Vec<(Self, IndexVar<'t, T>)>> {
        let (tape, inner) = (self.tape(), self.tape().inner());
        let live = inner.graph.reachable(&[self.id()]);
        let mut found = Vec::new();
        for id in (x.id().index() + 1..live.len()).filter(|&index| live[index]).map(|index| NodeId(index as u32)) {
            match (inner.graph.op(id), inner.graph.args(id)) {
                (Op::Gather, &[table, by]) if table == x.id() && inner.graph.shape(id).has_rows() => {
                    found.push((tape.var(id), IndexVar::new(tape.var(by))));
                }
                (_, args) if args.contains(&x.id()) => return None,
                _ => {}
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// Whether something without rows lies between this node and `x`.
    fn mixes_rows(self, x: Self) -> bool {
        let inner = self.tape().inner();
        let live = inner.graph.reachable(&[self.id()]);
        let mut depends = vec![false; live.len()];
        depends[x.id().index()] = true;
        for index in x.id().index() + 1..live.len() {
            let id = NodeId(index as u32);
            depends[index] = live[index] && inner.graph.args(id).iter().any(|arg| depends[arg.index()]);
            if depends[index] && !inner.graph.shape(id).has_rows() {
                return true;
            }
        }
        false
    }
}
