//! Constructors of what arrays are for: matrix products, shapes and reductions, in normal form.

use crate::number::Number;
use crate::pool::{Dims, Id, Len, Node, Pool, Reduction};
use std::collections::HashMap;
use std::sync::Arc;

impl Pool {
    pub(crate) fn matmul(&mut self, a: Id, b: Id) -> Id {
        for side in [a, b] {
            let (mut scalars, others) = self.split_scalars(side);
            if !self.is_verbatim && !scalars.is_empty() && !others.is_empty() {
                let rest = self.product(&others);
                scalars.push(if side == a { self.matmul(rest, b) } else { self.matmul(a, rest) });
                return self.product(&scalars);
            }
        }
        if [a, b].iter().any(|&side| self.as_number(side).is_some_and(Number::is_zero)) {
            return self.number(Number::ZERO);
        }
        let (da, db) = (self.dims(a).clone(), self.dims(b).clone());
        if db.is_empty() && da.get(1) == Some(&Len::Of(1)) {
            // A column times a number.
            let column = self.reshape(a, &da[..1]);
            return self.times(column, b);
        }
        if let Some(vector) = self.as_row(a) {
            let product = self.matmul(vector, b);
            let dims: Dims = [Len::Of(1)].into_iter().chain(db.get(1).copied()).collect();
            return self.reshape(product, &dims);
        }
        match (self.node(a).clone(), self.node(b).clone(), da.len(), db.len()) {
            (Node::Identity, ..) => b,
            (_, Node::Identity, ..) => a,
            (_, _, 1, 1) => {
                let product = self.times(a, b);
                self.reduce(Reduction::Sum, &[0], product)
            }
            (_, _, 1, 2) => {
                let b = self.transpose(b);
                self.matmul(b, a)
            }
            // (AB)v = A(Bv)
            (Node::MatMul(left, right), _, 2, 1) => {
                let product = self.matmul(right, b);
                self.matmul(left, product)
            }
            (Node::Diag(weights), Node::Broadcast(one), 2, 1) if self.as_number(one).is_some_and(Number::is_one) => {
                weights
            }
            // diag(u) diag(v) = diag(uv)
            (Node::Diag(first), Node::Diag(second), ..) => {
                let weights = self.times(first, second);
                self.diag(weights)
            }
            (Node::Diag(_), Node::MatMul(left, right), 2, 2) if matches!(self.node(left), Node::Diag(_)) => {
                let weights = self.matmul(a, left);
                self.matmul(weights, right)
            }
            // A vector as a column.
            (_, Node::Reshape(vector), 2, 2) if db.get(1) == Some(&Len::Of(1)) && self.dims(vector).len() == 1 => {
                let product = self.matmul(a, vector);
                let dims = vec![da.first().copied().unwrap_or(Len::Of(1)), Len::Of(1)];
                self.reshape(product, &dims)
            }
            _ => {
                let mut dims: Dims = da.first().copied().into_iter().collect();
                dims.extend(db.get(1).copied());
                self.intern(Node::MatMul(a, b), dims)
            }
        }
    }

    /// The vector that this is in the shape of a row.
    fn as_row(&self, id: Id) -> Option<Id> {
        let (reshaped, axis) = match *self.node(id) {
            Node::Transpose(column) => (column, 1),
            _ => (id, 0),
        };
        let Node::Reshape(vector) = *self.node(reshaped) else { return None };
        (self.dims(vector).len() == 1 && self.dims(reshaped).get(axis) == Some(&Len::Of(1))).then_some(vector)
    }

    pub(crate) fn transpose(&mut self, x: Id) -> Id {
        let dims = self.dims(x).clone();
        if dims.len() != 2 {
            return x;
        }
        let (mut scalars, others) = self.split_scalars(x);
        if !scalars.is_empty() && !others.is_empty() {
            let rest = self.product(&others);
            scalars.push(self.transpose(rest));
            return self.product(&scalars);
        }
        match self.node(x).clone() {
            Node::Transpose(inner) => inner,
            // A vector as a row or column.
            Node::Reshape(vector) if self.dims(vector).len() == 1 => {
                let dims: Dims = dims.iter().rev().copied().collect();
                self.reshape(vector, &dims)
            }
            Node::Diag(_) | Node::Identity => x,
            Node::MatMul(a, b) if self.dims(b).len() == 2 => {
                let (a, b) = (self.transpose(a), self.transpose(b));
                self.matmul(b, a)
            }
            // Of a column and a row: (abᵀ)ᵀ = baᵀ.
            Node::Product(factors) if factors.iter().all(|&factor| self.dims(factor).len() == 2) => {
                let factors: Vec<Id> = factors.iter().map(|&factor| self.transpose(factor)).collect();
                self.product(&factors)
            }
            _ => {
                let dims: Dims = dims.iter().rev().copied().collect();
                self.intern(Node::Transpose(x), dims)
            }
        }
    }

    pub(crate) fn reshape(&mut self, x: Id, dims: &[Len]) -> Id {
        if self.dims(x).as_slice() == dims || self.as_number(x).is_some() {
            return x;
        }
        if self.is_scalar(x) && dims.iter().all(|&len| len == Len::Of(1)) {
            return x;
        }
        let (mut scalars, others) = self.split_scalars(x);
        if !scalars.is_empty() && !others.is_empty() {
            let rest = self.product(&others);
            scalars.push(self.reshape(rest, dims));
            return self.product(&scalars);
        }
        match *self.node(x) {
            Node::Reshape(inner) => self.reshape(inner, dims),
            // Of the same elements: what is simplified is the base.
            Node::Power(base, exponent) => {
                let base = self.reshape(base, dims);
                self.power(base, exponent)
            }
            _ => self.intern(Node::Reshape(x), dims.to_vec()),
        }
    }

    /// Stretched to `dims`; numbers stretch by themselves.
    pub(crate) fn broadcast(&mut self, x: Id, dims: &[Len]) -> Id {
        if self.dims(x).as_slice() == dims || self.is_scalar(x) && dims.iter().all(|&len| len == Len::Of(1)) {
            return x;
        }
        let (mut scalars, others) = self.split_scalars(x);
        if !scalars.is_empty() {
            let rest = self.product(&others);
            let ones = self.intern(Node::Broadcast(rest), dims.to_vec());
            scalars.push(ones);
            return self.product(&scalars);
        }
        self.intern(Node::Broadcast(x), dims.to_vec())
    }

    pub(crate) fn diag(&mut self, x: Id) -> Id {
        let (mut scalars, others) = self.split_scalars(x);
        if !scalars.is_empty() && !others.is_empty() {
            let rest = self.product(&others);
            scalars.push(self.diag(rest));
            return self.product(&scalars);
        }
        let len = self.dims(x).first().copied().unwrap_or(Len::Of(1));
        self.intern(Node::Diag(x), vec![len, len])
    }

    pub(crate) fn identity(&mut self, len: Len) -> Id {
        self.intern(Node::Identity, vec![len, len])
    }

    pub(crate) fn reduce(&mut self, reduction: Reduction, axes: &[usize], x: Id) -> Id {
        let dims = self.dims(x).clone();
        self.reduce_as(reduction, axes, x, &dims)
    }

    /// What each row adds to an adjoint, to be summed over the rows by [`with_sums`](Self::with_sums).
    pub(crate) fn over_rows(&mut self, x: Id) -> Id {
        if self.as_number(x).is_some_and(Number::is_zero) {
            return x;
        }
        let dims: Dims = self.dims(x).iter().skip(usize::from(self.has_rows(x))).copied().collect();
        self.intern(Node::Reduce(Reduction::OverRows, vec![0], x), dims)
    }

    /// Whether an adjoint's factor is what the rows add to it.
    pub(crate) fn is_over_rows(&self, factor: Id) -> bool {
        self.reachable(factor).into_iter().any(|node| matches!(self.node(node), Node::Reduce(Reduction::OverRows, ..)))
    }

    /// The expression with the sums over the rows taken.
    pub(crate) fn with_sums(&mut self, id: Id) -> Id {
        let mut made: HashMap<Id, Id> = HashMap::new();
        for node in self.reachable(id) {
            let operands: Vec<Id> =
                self.operands(node).iter().map(|operand| made.get(operand).copied().unwrap_or(*operand)).collect();
            let new = match (self.node(node), operands.as_slice()) {
                (Node::Reduce(Reduction::OverRows, ..), &[x]) => {
                    let full: Dims = [Len::Rows].iter().chain(self.dims(node).iter()).copied().collect();
                    self.reduce_as(Reduction::Sum, &[0], x, &full.into())
                }
                (_, []) => node,
                _ => self.rebuild(node, &operands),
            };
            made.insert(node, new);
        }
        let sums = made.get(&id).copied().unwrap_or(id);
        if sums == id { id } else { self.simplify(sums) }
    }

    /// A reduction of what stretches to `full`, along the axes of that.
    pub(crate) fn reduce_as(&mut self, reduction: Reduction, axes: &[usize], x: Id, full: &Arc<Dims>) -> Id {
        if reduction == Reduction::OverRows {
            return self.over_rows(x);
        }
        if let Node::Broadcast(inner) = *self.node(x) {
            return self.reduce_as(reduction, axes, inner, full);
        }
        let dims = self.dims(x).clone();
        let gap = full.len().saturating_sub(dims.len());
        let (mut own, mut dropped, mut scale) = (Vec::new(), Vec::new(), Vec::new());
        for &axis in axes {
            let Some(&len) = full.get(axis) else { continue };
            let is_own = axis >= gap && dims.get(axis - gap) == Some(&len);
            match is_own && len != Len::Of(1) {
                true => own.push(axis - gap),
                false => {
                    if axis >= gap {
                        dropped.push(axis - gap);
                    }
                    if len != Len::Of(1) && reduction == Reduction::Sum {
                        scale.push(self.count(len));
                    }
                }
            }
        }
        let mut result = x;
        if !dropped.is_empty() {
            let kept: Dims = (0..dims.len()).filter(|axis| !dropped.contains(axis)).map(|axis| dims[axis]).collect();
            result = self.reshape(result, &kept);
            for axis in &mut own {
                *axis -= dropped.iter().filter(|&&gone| gone < *axis).count();
            }
        }
        if !own.is_empty() {
            result = self.raw_reduce(reduction, own, result);
        }
        scale.push(result);
        self.product(&scale)
    }

    /// The sums of a matrix's rows as they stand.
    pub(crate) fn raw_sum_along_rows(&mut self, x: Id) -> Id {
        let dims: Dims = self.dims(x).iter().take(1).copied().collect();
        self.intern(Node::Reduce(Reduction::Sum, vec![1], x), dims)
    }

    fn raw_reduce(&mut self, reduction: Reduction, mut axes: Vec<usize>, x: Id) -> Id {
        axes.sort_unstable();
        if reduction == Reduction::Sum && !self.is_verbatim {
            let (mut scalars, others) = self.split_scalars(x);
            if !scalars.is_empty() && !others.is_empty() {
                let rest = self.product(&others);
                let full = self.dims(x).clone();
                scalars.push(self.reduce_as(reduction, &axes, rest, &full));
                return self.product(&scalars);
            }
        }
        if reduction == Reduction::Sum
            && !self.is_verbatim
            && let Some([column, rest]) = self.column_and_rest(&axes, x)
        {
            let sum = self.raw_reduce(reduction, axes, rest);
            return self.times(column, sum);
        }
        if let Node::Reduce(inner, first, of) = self.node(x).clone()
            && inner == reduction
        {
            let left: Vec<usize> = (0..self.dims(of).len()).filter(|axis| !first.contains(axis)).collect();
            let mut all = first;
            all.extend(axes.iter().filter_map(|&axis| left.get(axis)));
            return self.raw_reduce(reduction, all, of);
        }
        let dims: Dims =
            self.dims(x).iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, &len)| len).collect();
        self.intern(Node::Reduce(reduction, axes, x), dims)
    }

    /// Of a product that is summed along its rows, the factors that are one number for each row, and the others.
    fn column_and_rest(&mut self, axes: &[usize], x: Id) -> Option<[Id; 2]> {
        let Node::Product(factors) = self.node(x).clone() else { return None };
        let dims = self.dims(x).clone();
        let is_column = |&factor: &Id| matches!(self.dims(factor).as_slice(), [_, Len::Of(1)]);
        if axes != [1] || dims.len() != 2 || dims[1] == Len::Of(1) {
            return None;
        }
        let (columns, others): (Vec<Id>, Vec<Id>) = factors.iter().copied().partition(is_column);
        let rest = self.product(&others);
        if columns.is_empty() || self.dims(rest) != &dims {
            return None;
        }
        let column = self.product(&columns);
        Some([self.reshape(column, &dims[..1]), rest])
    }

    /// Softmax, without the terms that are the same for all it is taken over.
    pub(crate) fn softmax(&mut self, axes: &[usize], x: Id) -> Id {
        let dims = self.dims(x).clone();
        let mut kept = x;
        if !self.is_verbatim
            && let Node::Sum(terms) = self.node(x).clone()
        {
            let varying: Vec<Id> =
                terms.into_iter().filter(|&term| !self.is_constant_along(term, axes, dims.len())).collect();
            let sum = self.sum(&varying);
            if self.dims(sum) == &dims {
                kept = sum;
            }
        }
        self.intern(Node::Softmax(axes.to_vec(), kept), dims)
    }

    /// Whether `x`, stretched to `ndim` axes, is the same along `axes`.
    pub(crate) fn is_constant_along(&self, x: Id, axes: &[usize], ndim: usize) -> bool {
        let dims = self.dims(x);
        let gap = ndim.saturating_sub(dims.len());
        axes.iter().all(|&axis| axis < gap || dims.get(axis - gap) == Some(&Len::Of(1)))
    }
}
