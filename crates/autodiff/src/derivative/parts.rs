//! The adjoint of a node of which many parts along one axis are taken, as by `index_axis` in a loop: put together at once. By one array
//! with zeros around each part, as long as the whole, work would grow with the square of the length.

use super::adjoint::{Adjoint, Adjoints};
use crate::graph::{Graph, NodeId};
use crate::hash::SmallMap;
use crate::ops::Op;
use crate::rules::Rule;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::{DerivativeOf, Var};
use smallvec::SmallVec;
use std::ops::Range;

/// As few parts are added with zeros around each.
const FEW: usize = 2;

/// The parts whose adjoints wait for those of the other parts, by the node they are of.
#[derive(Default)]
pub(super) struct Parts {
    waiting: SmallMap<NodeId, Vec<Part>>,
}

/// A part along an axis, all of the others; and its adjoint.
struct Part {
    node: NodeId,
    axis: usize,
    range: Range<usize>,
    adjoint: NodeId,
}

impl Parts {
    /// Whether the adjoint of this node's operand is left for later.
    pub(super) fn defer<T: Scalar>(&mut self, op: Op, rule: &Rule<'_, T>) -> bool {
        let Op::Slice(index) = op else { return false };
        let x = rule.args[0];
        let Some((axis, range)) = part_of(&x.tape().inner().graph, x.id(), index) else { return false };
        let part = Part { node: rule.output.id(), axis, range, adjoint: rule.adjoint.id() };
        self.waiting.entry(x.id()).or_default().push(part);
        true
    }

    /// Adds the parts of `x`, if there are any, to its adjoint.
    pub(super) fn settle<'t, T: Scalar>(
        &mut self,
        derivative: &DerivativeOf<'t, T>,
        x: Var<'t, T>,
        adjoints: &mut Adjoints<'t, T>,
    ) -> Option<Var<'t, T>> {
        if self.waiting.is_empty() {
            return None;
        }
        let mut parts = self.waiting.remove(&x.id())?;
        parts.sort_by_key(|part| (part.axis, part.range.start, part.range.end));
        let mut failed = None;
        for along in parts.chunk_by(|a, b| a.axis == b.axis) {
            derivative.node(along[0].node);
            for layer in layers(x, along) {
                let sum = match layer.len() {
                    ..=FEW => layer.iter().map(|part| part.widened(x)).reduce(|sum, part| sum + part),
                    _ => Some(joined(x, along[0].axis, &layer)),
                };
                failed = sum.and_then(|sum| adjoints.add(x.id(), Adjoint::Masked(sum))).or(failed);
            }
        }
        failed
    }
}

/// The adjoint of a range.
struct Piece<'t, T: Scalar> {
    slices: NodeId,
    range: Range<usize>,
    adjoint: Var<'t, T>,
}

impl<'t, T: Scalar> Piece<'t, T> {
    /// The adjoint with zeros around it.
    fn widened(&self, x: Var<'t, T>) -> Var<'t, T> {
        let Op::Slice(index) = x.tape().inner().graph.op(self.slices) else { return self.adjoint };
        self.adjoint.unslice(index, x)
    }
}

/// The parts along an axis, in order, in as few layers as there are parts at one place; parts of the same range are added.
fn layers<'t, T: Scalar>(x: Var<'t, T>, parts: &[Part]) -> Vec<Vec<Piece<'t, T>>> {
    let mut layers: Vec<Vec<Piece<'t, T>>> = Vec::new();
    for same in parts.chunk_by(|a, b| a.range == b.range) {
        let adjoints = same.iter().map(|part| x.tape().var(part.adjoint));
        let Some(adjoint) = adjoints.reduce(|sum, adjoint| sum + adjoint) else { continue };
        let piece = Piece { slices: same[0].node, range: same[0].range.clone(), adjoint };
        let fits = |layer: &&mut Vec<Piece<'t, T>>| layer.last().is_none_or(|last| last.range.end <= piece.range.start);
        match layers.iter_mut().find(fits) {
            Some(layer) => layer.push(piece),
            None => layers.push(vec![piece]),
        }
    }
    layers
}

/// Pieces that don't overlap, with zeros between them, as one array of the shape of `x`.
fn joined<'t, T: Scalar>(x: Var<'t, T>, axis: usize, pieces: &[Piece<'t, T>]) -> Var<'t, T> {
    let (tape, shape) = (x.tape(), x.shape());
    let zeros = |range: Range<usize>| {
        let mut dims: SmallVec<[usize; 4]> = SmallVec::from_slice(shape.trailing());
        dims[axis] = range.len();
        (!range.is_empty()).then(|| {
            let shape = if shape.has_rows() { Shape::rows(&dims) } else { Shape::fixed(&dims) };
            tape.scalar(T::zero()).broadcast_shape(&shape)
        })
    };
    let (mut operands, mut end) = (Vec::with_capacity(pieces.len()), 0);
    for piece in pieces {
        operands.extend(zeros(end..piece.range.start));
        operands.push(piece.adjoint);
        end = piece.range.end;
    }
    operands.extend(zeros(end..shape.trailing()[axis]));
    tape.concatenate(axis + usize::from(shape.has_rows()), &operands)
}

/// The axis, of those behind the rows, and the range of it that a slice takes, if it takes all of the others, and in order.
fn part_of<T: Scalar>(graph: &Graph<T>, x: NodeId, index: u32) -> Option<(usize, Range<usize>)> {
    let (slices, dims) = (graph.payloads.slices(index), graph.shape(x).trailing());
    let mut partial = slices.iter().zip(dims).enumerate().filter(|(_, (slice, dim))| slice.len != **dim);
    let (axis, (slice, _)) = partial.next()?;
    let in_order = slices.iter().all(|slice| slice.step == 1 || slice.len == 1);
    (in_order && partial.next().is_none() && slice.len > 0).then_some((axis, slice.start..slice.start + slice.len))
}
