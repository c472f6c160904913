//! Instructions for the operations, but for products.

use super::code::{Code, Place, strides};
use crate::graph::NodeId;
use crate::hash::SmallMap;
use crate::ops::{Op, Sizes, State, Unary};
use crate::program::instr::{At, Indices, Instr, Step};
use crate::program::plan::Layout;
use crate::scalar::Scalar;
use crate::shape::{Axes, Dims, Shape};
use smallvec::SmallVec;

/// The members of the family softplus(±z), σ(±z) of each z that has more than one.
pub(crate) type Families = SmallMap<NodeId, [Option<NodeId>; 4]>;

/// The z of a member of the family, and which member: softplus(z), softplus(−z), σ(z), σ(−z).
pub(crate) fn family_member<T: Scalar>(code: &Code<'_, T>, id: NodeId) -> Option<(NodeId, usize)> {
    let first = match code.graph.op(id) {
        Op::Unary(Unary::Softplus) => 0,
        Op::Unary(Unary::Sigmoid) => 2,
        _ => return None,
    };
    let arg = code.graph.args(id)[0];
    match code.graph.op(arg) {
        Op::Unary(Unary::Neg) => Some((code.graph.args(arg)[0], first + 1)),
        _ => Some((arg, first)),
    }
}

/// The families among `nodes` that share work.
pub(crate) fn families<T: Scalar>(code: &Code<'_, T>, nodes: &[NodeId]) -> Families {
    let mut families = Families::default();
    for &id in nodes {
        if let Some((z, member)) = family_member(code, id) {
            families.entry(z).or_default()[member] = Some(id);
        }
    }
    families.retain(|_, members| members.iter().flatten().count() > 1);
    families
}

impl<T: Scalar> Code<'_, T> {
    /// Instructions for a node that is an array and no leaf, product or reduction over the rows.
    pub(crate) fn lower(&mut self, id: NodeId, families: &Families) {
        if self.places.contains(id) {
            return;
        }
        let node = self.graph.node(id);
        let args: SmallVec<[NodeId; 3]> = self.graph.args(id).iter().copied().collect();
        let len = self.len(id) as u32;
        match node.op {
            Op::Unary(op) => {
                if let Some((z, _)) = family_member(self, id)
                    && let Some(members) = families.get(&z)
                {
                    return self.lower_family(z, members);
                }
                let x = self.array(args[0]);
                self.emit(id, |out| Instr::Unary { op, x, out, len });
            }
            Op::Binary(op) => {
                let (a, b) = (self.operand(args[0], node.shape), self.operand(args[1], node.shape));
                self.emit(id, |out| Instr::Binary { step: Step { op, a, b, out }, len });
            }
            Op::Select => {
                let [condition, a, b] = [0, 1, 2].map(|index| self.operand(args[index], node.shape));
                self.emit(id, |out| Instr::Select { condition, a, b, out, len });
            }
            Op::Powi(n) => {
                let x = self.array(args[0]);
                self.emit(id, |out| Instr::Powi { n, x, out, len });
            }
            Op::Powf(scalar) => {
                let x = self.array(args[0]);
                self.emit(id, |out| Instr::Powf { scalar, x, out, len });
            }
            Op::Ordered(family, order) => {
                let x = self.array(args[0]);
                self.emit(id, |out| Instr::Ordered { family, order, x, out, len });
            }
            Op::Reduce(op, axes) => {
                let (x, [outer, red, inner]) = self.lanes(args[0], axes, op.state() != State::Result);
                self.emit(id, |out| Instr::Reduce { op, x, out, outer, red, inner });
            }
            Op::Normalise(op, axes) => {
                let (x, [outer, red, _]) = self.lanes(args[0], axes, true);
                self.emit(id, |out| Instr::Normalise { op, x, out, outer, red });
                self.restore_lanes(id, args[0], axes);
            }
            Op::Weighted(op, axes) => {
                let [(x, [outer, len, _]), (w, _)] = [0, 1].map(|index| self.lanes(args[index], axes, true));
                self.emit(id, |out| Instr::Weighted { op, operands: [x, w], out, lanes: [outer, len] });
                if op.keeps_shape() {
                    self.restore_lanes(id, args[0], axes);
                }
            }
            Op::Triple(axes) => {
                let operands = [0, 1, 2].map(|index| self.operand(args[index], node.shape));
                let lanes = neighbours(self.graph.shape(id), axes, false).unwrap_or([0; 3]);
                self.emit(id, |out| Instr::Triple { operands, out, lanes });
            }
            Op::Reshape => self.alias(id, args[0]),
            Op::Broadcast => self.lower_broadcast(id, args[0]),
            Op::Permute(index) => {
                let order = self.graph.payloads.permutation(index).clone();
                self.lower_permute(id, args[0], &order);
            }
            Op::Slice(index) => self.lower_slice(id, args[0], index, false),
            Op::Unslice(index) => self.lower_slice(id, args[0], index, true),
            Op::Concatenate(axis) => self.lower_concatenate(id, &args, axis.into()),
            Op::Diag | Op::Diagonal => self.lower_diagonal(id, args[0], node.op == Op::Diag),
            Op::Gather => {
                let (table, indices, source) = (self.array(args[0]), self.indices(args[1]), id.0);
                let rows = self.graph.shape(args[0]).trailing()[0] as u32;
                let inner = (self.len(args[0]) as u32).checked_div(rows).unwrap_or(0);
                self.emit(id, |out| Instr::Gather { table, len: rows, indices, out, inner, source });
            }
            Op::ScatterAdd => {
                let (x, indices, source) = (self.array(args[0]), self.indices(args[1]), id.0);
                let rows = self.graph.shape(id).trailing()[0] as u32;
                let inner = len.checked_div(rows).unwrap_or(0);
                let errors = self.value(len as usize);
                self.emit(id, |out| Instr::ScatterAdd { x, indices, out, errors, len: rows, inner, source });
            }
            Op::Lanewise(op) => {
                let (operands, lanes) = (self.pair(&args), self.lanes_along(args[0], op.axis));
                self.emit(id, |out| Instr::Lanewise { op, operands, out, lanes });
            }
            Op::Linalg(op) => {
                let operands = self.pair(&args);
                let sizes = Sizes::of(self.graph.shape(args[0]), self.graph.shape(args[args.len() - 1]));
                let work = self.fixed_value(op.work_len(sizes));
                self.emit(id, |out| Instr::Linalg { op, operands, outs: [out, work], sizes, source: id.0 });
            }
            Op::Custom(_) => {
                let operands = args.iter().map(|&arg| self.array(arg)).collect();
                self.emit(id, |out| Instr::Custom { node: id.0, operands, out });
            }
            Op::MatMul { ta, tb, strong } => self.lower_product(id, [args[0], args[1]], [ta, tb], strong),
            // Leaves have places; `linear` and `radial` are other operations by now.
            Op::Input(_) | Op::Constant(_) | Op::Scalar(_) | Op::RowCount | Op::Linear | Op::Radial(_) => {}
        }
    }

    pub(crate) fn emit(&mut self, id: NodeId, instr: impl FnOnce(At) -> Instr) {
        let out = self.value(self.len(id));
        let instr = instr(out);
        self.instrs.push(instr);
        self.place(id, out);
    }

    /// The places of one or two operands; of the only one, twice.
    fn pair(&mut self, args: &[NodeId]) -> [At; 2] {
        [self.array(args[0]), self.array(args[args.len() - 1])]
    }

    /// A node as `[outer, len, inner]` a row, `len` along `axis`, which is not the rows axis.
    fn lanes_along(&self, id: NodeId, axis: u8) -> [u32; 3] {
        let shape = self.graph.shape(id);
        let (before, from) = shape.trailing().split_at(usize::from(axis) - usize::from(shape.has_rows()));
        let product = |dims: &[usize]| dims.iter().product::<usize>() as u32;
        match from.split_first() {
            Some((&len, after)) => [product(before), len as u32, product(after)],
            None => [0, 0, 0],
        }
    }

    pub(crate) fn indices(&self, id: NodeId) -> Indices {
        match (self.graph.op(id), self.has_rows(id)) {
            (Op::Input(input), true) => Indices::Rows(input),
            (Op::Input(input), false) => Indices::Fixed(input),
            _ => Indices::Fixed(u32::MAX),
        }
    }

    /// All members of the family of `z` at once.
    fn lower_family(&mut self, z: NodeId, members: &[Option<NodeId>; 4]) {
        let (at, len) = (self.array(z), self.len(z));
        let outs = members.map(|member| member.map(|_| self.value(len)));
        self.instrs.push(Instr::Logistic { z: at, outs, len: len as u32 });
        for (member, out) in members.iter().zip(outs) {
            if let (&Some(id), Some(out)) = (member, out) {
                self.place(id, out);
            }
        }
    }

    /// The same elements under another shape; between numbers and arrays of one element they change places.
    fn alias(&mut self, id: NodeId, arg: NodeId) {
        match self.places.get(arg) {
            Some(place @ (Place::Array(_) | Place::Splat(_))) => {
                self.places.insert(id, place);
            }
            Some(Place::Scalar(scalar)) => {
                let at = self.splat(scalar);
                self.place(id, at);
            }
            _ => {
                let at = self.array(arg);
                self.place(id, at);
            }
        }
    }

    fn lower_broadcast(&mut self, id: NodeId, arg: NodeId) {
        let target = self.graph.node(id).shape;
        let place = match self.places.get(arg) {
            Some(Place::Scalar(scalar)) => Place::Splat(self.splat(scalar)),
            Some(Place::Splat(at)) => Place::Splat(at),
            _ => Place::Array(self.stretch(arg, target)),
        };
        self.places.insert(id, place);
    }

    fn lower_permute(&mut self, id: NodeId, arg: NodeId, order: &Dims) {
        let x = self.array(arg);
        let first = usize::from(self.has_rows(arg));
        let own = strides(self.graph.shape(arg).trailing());
        let dims = Dims::from_slice(self.graph.shape(id).trailing());
        let from = order[first..].iter().map(|&axis| own[axis - first]).collect();
        let layout = self.plain(dims, from, arg, id);
        let out = self.value(self.len(id));
        self.copy(layout, x, out, false);
        self.place(id, out);
    }

    /// A layout that fills `to` in order from places of `from` with the strides given.
    fn plain(&self, dims: Dims, strides_from: SmallVec<[isize; 4]>, from: NodeId, to: NodeId) -> Layout {
        let to_strides = strides(&dims);
        let (from_row, to_row) = (self.len(from), self.len(to));
        Layout { dims, from: strides_from, to: to_strides, from_row, to_row, ..Layout::default() }
    }

    fn lower_slice(&mut self, id: NodeId, arg: NodeId, index: u32, inverse: bool) {
        let (part, whole) = if inverse { (arg, id) } else { (id, arg) };
        let own = strides(self.graph.shape(whole).trailing());
        let slices = self.graph.payloads.slices(index).clone();
        let dims: Dims = slices.iter().map(|slice| slice.len).collect();
        let within: SmallVec<[isize; 4]> = slices.iter().zip(&own).map(|(slice, own)| slice.step * own).collect();
        let offset: isize = slices.iter().zip(&own).map(|(slice, own)| slice.start as isize * own).sum();
        let offset = offset.max(0) as usize;
        let dense = strides(&dims);
        let (part_row, whole_row) = (self.len(part), self.len(whole));
        let x = self.array(arg);
        let out = self.value(self.len(id));
        let layout = if inverse {
            let len = self.len(id) as u32;
            self.instrs.push(Instr::Zero { out, len });
            Layout {
                dims,
                from: dense,
                to: within,
                to_offset: offset,
                from_row: part_row,
                to_row: whole_row,
                ..Layout::default()
            }
        } else {
            Layout {
                dims,
                from: within,
                to: dense,
                from_offset: offset,
                from_row: whole_row,
                to_row: part_row,
                ..Layout::default()
            }
        };
        self.copy(layout, x, out, false);
        self.place(id, out);
    }

    fn lower_concatenate(&mut self, id: NodeId, args: &[NodeId], axis: usize) {
        let shape = self.graph.shape(id).clone();
        let at = axis - usize::from(shape.has_rows());
        let whole = strides(shape.trailing());
        let out = self.value(self.len(id));
        let mut start = 0;
        for &arg in args {
            let x = self.array(arg);
            let dims = Dims::from_slice(self.graph.shape(arg).trailing());
            let layout = Layout {
                from: strides(&dims),
                to: whole.clone(),
                to_offset: start * whole[at] as usize,
                from_row: self.len(arg),
                to_row: self.len(id),
                dims: dims.clone(),
                ..Layout::default()
            };
            self.copy(layout, x, out, false);
            start += dims[at];
        }
        self.place(id, out);
    }

    fn lower_diagonal(&mut self, id: NodeId, arg: NodeId, into_matrix: bool) {
        let vectors = if into_matrix { arg } else { id };
        let dims = Dims::from_slice(self.graph.shape(vectors).trailing());
        let n = dims.last().copied().unwrap_or(0) as isize;
        let vector = strides(&dims);
        let mut matrix: SmallVec<[isize; 4]> = vector.iter().map(|stride| stride * n).collect();
        if let Some(last) = matrix.last_mut() {
            *last = n + 1;
        }
        let (from, to) = if into_matrix { (vector, matrix) } else { (matrix, vector) };
        let (from_row, to_row) = (self.len(arg), self.len(id));
        let x = self.array(arg);
        let out = self.value(self.len(id));
        if into_matrix {
            let len = self.len(id) as u32;
            self.instrs.push(Instr::Zero { out, len });
        }
        self.copy(Layout { dims, from, to, from_row, to_row, ..Layout::default() }, x, out, false);
        self.place(id, out);
    }

    /// The operand of a reduction as `[outer, red, inner]`: as it is where the axes are neighbours (and the `last`, if they
    /// must be), else with the reduced axes moved last.
    fn lanes(&mut self, arg: NodeId, axes: Axes, last: bool) -> (At, [u32; 3]) {
        let shape = self.graph.shape(arg).clone();
        let dims = shape.trailing();
        let x = self.array(arg);
        if let Some(lanes) = neighbours(&shape, axes, last) {
            return (x, lanes);
        }
        let order = lane_order(&shape, axes);
        let own = strides(dims);
        let moved: Dims = order.iter().map(|&axis| dims[axis]).collect();
        let from = order.iter().map(|&axis| own[axis]).collect();
        let layout = self.plain(moved, from, arg, arg);
        let out = self.value(shape.row_len());
        self.copy(layout, x, out, false);
        let first = usize::from(shape.has_rows());
        let len = |reduced: bool| -> usize {
            (0..dims.len()).filter(|axis| axes.contains(axis + first) == reduced).map(|axis| dims[axis]).product()
        };
        let (outer, red) = (len(false), len(true));
        (out, [outer as u32, red as u32, 1])
    }

    /// Undoes what [`lanes`](Self::lanes) moved, for a result that keeps the shape.
    fn restore_lanes(&mut self, id: NodeId, arg: NodeId, axes: Axes) {
        let shape = self.graph.shape(arg).clone();
        let dims = shape.trailing();
        if neighbours(&shape, axes, true).is_some() {
            return;
        }
        let order = lane_order(&shape, axes);
        let moved: Dims = order.iter().map(|&axis| dims[axis]).collect();
        let own = strides(dims);
        let layout = Layout {
            from: strides(&moved),
            to: order.iter().map(|&axis| own[axis]).collect(),
            from_row: shape.row_len(),
            to_row: shape.row_len(),
            dims: moved,
            ..Layout::default()
        };
        let x = self.array(id);
        let out = self.value(shape.row_len());
        self.copy(layout, x, out, false);
        self.place(id, out);
    }
}

/// A row as `[outer, red, inner]`, if the reduced axes are neighbours, and the last ones if they must be.
fn neighbours(shape: &Shape, axes: Axes, last: bool) -> Option<[u32; 3]> {
    let first = usize::from(shape.has_rows());
    let dims = shape.trailing();
    let reduced = |axis: usize| axes.contains(axis + first);
    let product = |range: std::ops::Range<usize>| dims[range].iter().product::<usize>() as u32;
    let start = (0..dims.len()).find(|&axis| reduced(axis)).unwrap_or(dims.len());
    let end = (0..dims.len()).rev().find(|&axis| reduced(axis)).map_or(start, |last| last + 1);
    let lanes = [product(0..start), product(start..end), product(end..dims.len())];
    ((start..end).all(reduced) && (!last || lanes[2] == 1)).then_some(lanes)
}

/// The axes of a row that stay, then those that are reduced.
fn lane_order(shape: &Shape, axes: Axes) -> Vec<usize> {
    let first = usize::from(shape.has_rows());
    let reduced = |axis: &usize| axes.contains(axis + first);
    let ndim = shape.trailing().len();
    (0..ndim).filter(|axis| !reduced(axis)).chain((0..ndim).filter(reduced)).collect()
}
