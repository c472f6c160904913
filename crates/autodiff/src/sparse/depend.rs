//! Which elements of a node depend on which elements of another: index sets, carried through the recording.
//!
//! Every element of a node between the two holds the set of places that it may depend on. What is known of an operation decides how sets
//! travel: elementwise ones unite those of an element's operands; reductions, normalisations and scans those along their axes; products
//! those of a row and of a column; what moves elements moves their sets, by the operation itself, done on the sets' numbers. Where nothing
//! is known (an operation of a user's own, a look-up whose indices aren't at hand), every element depends on all that the operands do:
//! a set may be too large, never too small.

use super::sets::{EMPTY, SetId, Sets};
use crate::error::Result;
use crate::graph::NodeId;
use crate::ops::{self, Lanewise, Linalg, Op, Partial, Payloads, Reach, Weighted, from_lanes, lanes};
use crate::rules;
use crate::scalar::Scalar;
use crate::shape::{Axes, Dims};
use crate::tape::{Inner, Tape, Var, value_at_hand};
use crate::value::{Evaluated, Value, broadcast};
use ndarray::{ArrayD, Axis, IxDyn};
use std::collections::HashMap;

/// The sets that the elements of `output` depend on of `x`, in row-major order, each of places of `x` in rising order.
pub(super) fn dependences<T: Scalar>(output: Var<'_, T>, x: Var<'_, T>) -> Result<Vec<Vec<usize>>> {
    let tape = output.tape();
    let memory = tape.memory();
    let mut inner = tape.inner_mut();
    let Inner { graph, rows, .. } = &mut *inner;
    let rows = rows.count(graph)?;
    drop(inner);
    let inner = tape.inner();
    let mut spread = Spread {
        inner: &inner,
        payloads: inner.graph.payloads.converted(|_| 0.0),
        rows,
        sets: Sets::new(memory),
        done: HashMap::new(),
    };
    let singles: Result<Vec<f64>> = (0..x.len() as u32).map(|place| spread.sets.single(place).map(f64::from)).collect();
    let dims = spread.dims(x.id());
    spread.done.insert(x.id(), of_shape(singles?, &dims));
    spread.to(x.id(), output.id())?;
    let len = output.len();
    let sets = spread.done.get(&output.id());
    let places = |set: f64| spread.sets.get(set as SetId).iter().map(|&place| place as usize).collect();
    Ok(match sets {
        Some(sets) => sets.iter().map(|&set| places(set)).collect(),
        None => vec![Vec::new(); len],
    })
}

/// Sets on their way. They are numbers of the scalar `f64`, so that what moves elements moves them.
struct Spread<'i, T: Scalar> {
    inner: &'i Inner<T>,
    payloads: Payloads<f64>,
    rows: usize,
    sets: Sets,
    /// Nodes that depend on the one asked about; any other depends on nothing.
    done: HashMap<NodeId, Value<f64>>,
}

impl<T: Scalar> Spread<'_, T> {
    /// Carries sets to all nodes after `from` that `to` needs.
    fn to(&mut self, from: NodeId, to: NodeId) -> Result<()> {
        let graph = &self.inner.graph;
        let live = graph.reachable(&[to]);
        let after = (from.index() + 1..live.len()).filter(|&index| live[index]).map(|index| NodeId(index as u32));
        let mut last_use = HashMap::new();
        for id in after.clone() {
            last_use.extend(graph.args(id).iter().map(|&arg| (arg, id)));
        }
        for id in after {
            let args = graph.args(id);
            if !args.iter().any(|arg| self.done.contains_key(arg)) {
                continue;
            }
            if let Some(sets) = self.of_node(id, args)? {
                self.done.insert(id, sets);
            }
            for arg in args.iter().filter(|&&arg| last_use.get(&arg) == Some(&id)) {
                self.done.remove(arg);
            }
        }
        Ok(())
    }

    fn dims(&self, id: NodeId) -> Dims {
        self.inner.graph.shape(id).resolve(self.rows)
    }

    /// The sets of a node that is an operand: empty ones where it depends on nothing.
    fn sets_of(&self, id: NodeId) -> Value<f64> {
        match self.done.get(&id) {
            Some(sets) => sets.clone(),
            None => ArrayD::zeros(IxDyn(&self.dims(id))).into_shared(),
        }
    }

    /// The sets of a node; `None` where it depends on nothing.
    fn of_node(&mut self, id: NodeId, args: &[NodeId]) -> Result<Option<Value<f64>>> {
        let dims = self.dims(id);
        let op = self.inner.graph.op(id);
        let arg = |at: usize| self.sets_of(args[at]);
        Ok(Some(match op {
            Op::Input(_) | Op::Constant(_) | Op::Scalar(_) | Op::RowCount => return Ok(None),
            Op::Select => self.united(&[arg(1), arg(2)], &dims)?,
            Op::Unary(_) | Op::Binary(_) | Op::Powi(_) | Op::Powf(_) | Op::Ordered(..) => {
                let sloped: Vec<_> = (0..args.len()).filter(|&at| has_slope(op, at)).map(arg).collect();
                self.united(&sloped, &dims)?
            }
            Op::Weighted(Weighted::Sign, _) | Op::Linalg(Linalg::DetSign) => return Ok(None),
            Op::Reduce(_, axes) => self.reduced(&arg(0), axes, &dims)?,
            Op::Weighted(Weighted::Share | Weighted::Part, axes) | Op::Normalise(_, axes) | Op::Triple(axes) => {
                let operands: Vec<_> = (0..args.len()).map(arg).collect();
                let each = self.united(&operands, &dims)?;
                self.along(&each, axes, |sets, lane| {
                    let all = sets.union_of(lane.iter().copied())?;
                    lane.fill(all);
                    Ok(())
                })?
            }
            Op::Weighted(_, axes) => {
                let operands = [arg(0), arg(1)];
                let each = self.united(&operands, &Dims::from_slice(operands[0].shape()))?;
                self.reduced(&each, axes, &dims)?
            }
            Op::Radial(axes) => {
                let kept: Dims =
                    dims.iter().enumerate().map(|(axis, &len)| if axes.contains(axis) { 1 } else { len }).collect();
                let along = |at: usize| of_shape(arg(at).iter().copied().collect(), &kept);
                self.united(&[arg(0), along(1), along(2)], &dims)?
            }
            Op::MatMul { ta, tb, .. } => self.product(args, [ta, tb], &dims)?,
            Op::Linear => self.linear(args, &dims)?,
            Op::Linalg(linalg) => self.matrices(linalg, args, &dims)?,
            Op::Lanewise(Lanewise { op, axis, reverse }) => {
                let operands: Vec<_> = (0..op.differentiable()).map(arg).collect();
                let each = self.united(&operands, &dims)?;
                self.along(&each, Axes::NONE.with(axis.into()), |sets, lane| {
                    if op.reach() == Reach::Whole {
                        let all = sets.union_of(lane.iter().copied())?;
                        lane.fill(all);
                        return Ok(());
                    }
                    let mut so_far = EMPTY;
                    let mut add = |set: &mut SetId| -> Result<()> {
                        so_far = sets.union(so_far, *set)?;
                        *set = so_far;
                        Ok(())
                    };
                    match reverse {
                        false => lane.iter_mut().try_for_each(&mut add),
                        true => lane.iter_mut().rev().try_for_each(&mut add),
                    }
                })?
            }
            Op::Reshape | Op::Broadcast | Op::Permute(_) | Op::Slice(_) | Op::Unslice(_) | Op::Concatenate(_) => {
                self.moved(id, args, &dims)?
            }
            Op::Diag | Op::Diagonal => self.moved(id, args, &dims)?,
            Op::Gather | Op::ScatterAdd => match self.indices(args[1]) {
                Some(Evaluated::Indices(indices)) if op == Op::ScatterAdd => {
                    self.scattered(&arg(0), indices.iter().copied(), &dims)?
                }
                Some(indices) => {
                    let operands = [Evaluated::Numbers(arg(0)), indices];
                    self.evaluated(op, &operands, &dims).map_or_else(|| self.all_of(id, args, &dims), Ok)?
                }
                None => self.all_of(id, args, &dims)?,
            },
            Op::Custom(_) => self.all_of(id, args, &dims)?,
        }))
    }

    /// What every element of the (stretched) operands depends on, united element by element.
    fn united(&mut self, operands: &[Value<f64>], dims: &Dims) -> Result<Value<f64>> {
        let Some((first, others)) = operands.split_first() else {
            return Ok(ArrayD::zeros(IxDyn(dims)).into_shared());
        };
        let mut out: Vec<f64> = broadcast(first, dims).iter().copied().collect();
        for other in others {
            for (out, &set) in out.iter_mut().zip(broadcast(other, dims)) {
                *out = f64::from(self.sets.union(*out as SetId, set as SetId)?);
            }
        }
        Ok(of_shape(out, dims))
    }

    fn reduced(&mut self, x: &Value<f64>, axes: Axes, dims: &Dims) -> Result<Value<f64>> {
        let lanes = lanes(x, axes);
        let each = lanes.rows().into_iter().map(|lane| self.sets.union_of(lane.iter().map(|&set| set as SetId)));
        let sets: Result<Vec<f64>> = each.map(|set| set.map(f64::from)).collect();
        Ok(of_shape(sets?, dims))
    }

    /// Changes the sets of each lane along `axes`.
    fn along(
        &mut self,
        x: &Value<f64>,
        axes: Axes,
        mut change: impl FnMut(&mut Sets, &mut [SetId]) -> Result<()>,
    ) -> Result<Value<f64>> {
        let mut changed = lanes(x, axes);
        for mut lane in changed.rows_mut() {
            let mut sets: Vec<SetId> = lane.iter().map(|&set| set as SetId).collect();
            change(&mut self.sets, &mut sets)?;
            lane.iter_mut().zip(sets).for_each(|(to, set)| *to = f64::from(set));
        }
        Ok(from_lanes(changed, axes, x.shape()).into_shared())
    }

    /// A product of (batches of) matrices: the sets of a row of the one, of a column of the other. A constant's zeros join nothing.
    fn product(&mut self, args: &[NodeId], transposed: [bool; 2], dims: &Dims) -> Result<Value<f64>> {
        let inner = |at: usize, ndim: usize| ndim - 1 - usize::from((at == 0) == transposed[at]);
        let mut sides = Vec::with_capacity(2);
        for at in 0..2 {
            let other = 1 - at;
            let x = self.sets_of(args[at]);
            if !self.done.contains_key(&args[at]) {
                continue;
            }
            let side = match self.constant(args[other]) {
                Some(known) if known.ndim() == 2 && x.ndim() == 2 => {
                    // A row of sets for each row of the other: of x and the constant, both with the inner axis last.
                    let lead = |x: &Value<_>, flip: bool| if flip { x.t().to_shared() } else { x.clone() };
                    let x = lead(&x, inner(at, 2) == 0);
                    let flip = inner(other, 2) == 0;
                    let known = if flip { known.t().to_shared() } else { known.clone() };
                    let sets = self.chosen(&x, &known)?;
                    if at == 0 { sets } else { sets.t().to_shared() }
                }
                _ => {
                    let axis = inner(at, x.ndim());
                    let mut kept = Dims::from_slice(x.shape());
                    kept[axis] = 1;
                    let united = self.reduced(&x, Axes::NONE.with(axis), &kept)?;
                    if transposed[at] {
                        let mut swapped = united.to_owned();
                        let ndim = swapped.ndim();
                        swapped.swap_axes(ndim - 2, ndim - 1);
                        swapped.into_shared()
                    } else {
                        united
                    }
                }
            };
            sides.push(side);
        }
        self.united(&sides, dims)
    }

    /// `[i, j]`: the sets of row i of `x` where row j of `known` isn't 0.
    fn chosen(&mut self, x: &Value<f64>, known: &Value<T>) -> Result<Value<f64>> {
        let dims = Dims::from_slice(&[x.len_of(Axis(0)), known.len_of(Axis(0))]);
        let picks: Vec<Vec<usize>> = known
            .axis_iter(Axis(0))
            .map(|row| row.iter().enumerate().filter(|(_, weight)| !weight.is_zero()).map(|(k, _)| k).collect())
            .collect();
        let mut out = Vec::with_capacity(dims.iter().product());
        for row in x.axis_iter(Axis(0)) {
            let row: Vec<SetId> = row.iter().map(|&set| set as SetId).collect();
            for picks in &picks {
                out.push(f64::from(self.sets.union_of(picks.iter().map(|&k| row[k]))?));
            }
        }
        Ok(of_shape(out, &dims))
    }

    /// `X·θ` as the product of a matrix and one column.
    fn linear(&mut self, args: &[NodeId], dims: &Dims) -> Result<Value<f64>> {
        let (x, theta) = (self.sets_of(args[0]), self.sets_of(args[1]));
        let by_x = self.reduced(&x, Axes::NONE.with(1), dims)?;
        let by_theta = match self.constant(args[0]) {
            Some(known) => {
                let row = of_shape(theta.iter().copied().collect(), &Dims::from_slice(&[1, theta.len()]));
                let chosen = self.chosen(&row, &known)?;
                of_shape(chosen.iter().copied().collect(), dims)
            }
            None => {
                let all = self.sets.union_of(theta.iter().map(|&set| set as SetId))?;
                filled(all, dims)
            }
        };
        self.united(&[by_x, by_theta], dims)
    }

    /// An operation on batches of matrices: every element of a result depends on its whole matrix, and on its own column of a right-hand
    /// side.
    fn matrices(&mut self, linalg: Linalg, args: &[NodeId], dims: &Dims) -> Result<Value<f64>> {
        if let Linalg::Product { ta, tb, .. } = linalg {
            return self.product(args, [ta, tb], dims);
        }
        let a = self.sets_of(args[0]);
        let whole = |ndim: usize| Axes::NONE.with(ndim - 2).with(ndim - 1);
        let mut one = Dims::from_slice(a.shape());
        let ndim = one.len();
        one[ndim - 2..].fill(1);
        let matrix = self.reduced(&a, whole(ndim), &one)?;
        match linalg {
            Linalg::LogAbsDet | Linalg::Det | Linalg::DetSign => Ok(of_shape(matrix.iter().copied().collect(), dims)),
            Linalg::Solve { .. } | Linalg::SolveTriangular { .. } => {
                let b = self.sets_of(args[1]);
                let mut columns = Dims::from_slice(b.shape());
                columns[ndim - 2] = 1;
                let columns = self.reduced(&b, Axes::NONE.with(ndim - 2), &columns)?;
                self.united(&[matrix, columns], dims)
            }
            Linalg::Product { .. } | Linalg::Cholesky | Linalg::Cofactors | Linalg::CofactorsSlope => {
                let mut parts = vec![matrix];
                if let Some(&slope) = args.get(1) {
                    let slope = self.sets_of(slope);
                    parts.push(self.reduced(&slope, whole(ndim), &one)?);
                }
                self.united(&parts, dims)
            }
        }
    }

    /// Elements moved: their sets are, by the operation itself.
    fn moved(&mut self, id: NodeId, args: &[NodeId], dims: &Dims) -> Result<Value<f64>> {
        let operands: Vec<_> = args.iter().map(|&arg| Evaluated::Numbers(self.sets_of(arg))).collect();
        match self.evaluated(self.inner.graph.op(id), &operands, dims) {
            Some(sets) => Ok(sets),
            None => self.all_of(id, args, dims),
        }
    }

    fn evaluated(&self, op: Op, operands: &[Evaluated<f64>], dims: &Dims) -> Option<Value<f64>> {
        ops::evaluate(op, operands, &self.payloads, dims, self.rows).ok()
    }

    /// Sets united by index.
    fn scattered(&mut self, x: &Value<f64>, indices: impl Iterator<Item = usize>, dims: &Dims) -> Result<Value<f64>> {
        let inner: usize = dims[1..].iter().product();
        let elements: Vec<SetId> = x.iter().map(|&set| set as SetId).collect();
        let mut added: Vec<Vec<SetId>> = vec![Vec::new(); dims.iter().product()];
        for (position, index) in indices.enumerate() {
            for at in 0..inner {
                if let (Some(to), Some(&set)) = (added.get_mut(index * inner + at), elements.get(position * inner + at))
                {
                    to.push(set);
                }
            }
        }
        let sets: Result<Vec<f64>> = added.into_iter().map(|sets| self.sets.union_of(sets).map(f64::from)).collect();
        Ok(of_shape(sets?, dims))
    }

    /// All that the operands depend on, for every element; on the rows row by row.
    fn all_of(&mut self, id: NodeId, args: &[NodeId], dims: &Dims) -> Result<Value<f64>> {
        let shape = |id: NodeId| self.inner.graph.shape(id);
        let (mut fixed, mut by_row) = (Vec::new(), vec![Vec::new(); if shape(id).has_rows() { self.rows } else { 0 }]);
        for &arg in args {
            let Some(sets) = self.done.get(&arg) else { continue };
            let (row_len, on_rows) = (shape(arg).row_len().max(1), shape(arg).has_rows());
            for (at, &set) in sets.iter().enumerate() {
                match by_row.get_mut(at / row_len).filter(|_| on_rows) {
                    Some(row) => row.push(set as SetId),
                    None => fixed.push(set as SetId),
                }
            }
        }
        let fixed = self.sets.union_of(fixed)?;
        if by_row.is_empty() {
            return Ok(filled(fixed, dims));
        }
        let row_len = shape(id).row_len();
        let mut out = Vec::with_capacity(dims.iter().product());
        for row in by_row {
            let row = self.sets.union_of(row)?;
            let all = f64::from(self.sets.union(row, fixed)?);
            out.extend(std::iter::repeat_n(all, row_len));
        }
        Ok(of_shape(out, dims))
    }

    /// The value of a constant.
    fn constant(&self, id: NodeId) -> Option<Value<T>> {
        match self.inner.graph.op(id) {
            Op::Constant(index) => self.inner.graph.constants.get(index as usize).cloned(),
            _ => None,
        }
    }

    /// Indices at hand, in another scalar's clothes.
    fn indices(&self, id: NodeId) -> Option<Evaluated<f64>> {
        let Op::Input(place) = self.inner.graph.op(id) else { return None };
        match value_at_hand(&self.inner.graph.inputs.get(place as usize)?.value)? {
            Evaluated::Indices(indices) => Some(Evaluated::Indices(indices)),
            Evaluated::Numbers(_) => None,
        }
    }
}

/// Whether an elementwise operation has a derivative by an operand that isn't 0 everywhere.
fn has_slope(op: Op, at: usize) -> bool {
    if !matches!(op, Op::Unary(_) | Op::Binary(_)) {
        return true;
    }
    let tape = Tape::<f64>::new();
    let x = tape.input("x", &[]);
    !matches!(rules::partial(op, at, &[x, x][..if matches!(op, Op::Unary(_)) { 1 } else { 2 }], x), Some(Partial::Zero))
}

fn filled(set: SetId, dims: &Dims) -> Value<f64> {
    ArrayD::from_elem(IxDyn(dims), f64::from(set)).into_shared()
}

/// The elements under a shape that they are known to fill.
fn of_shape(elements: Vec<f64>, dims: &Dims) -> Value<f64> {
    debug_assert_eq!(elements.len(), dims.iter().product::<usize>());
    ArrayD::from_shape_vec(IxDyn(dims), elements).unwrap_or_else(|_| ArrayD::zeros(IxDyn(dims))).into_shared()
}
