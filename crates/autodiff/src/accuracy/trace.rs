//! The way back from a result to the node that lost its digits: at each node on, to the operand whose error does most.

use super::sensitivity::one_at;
use super::widen::{Both, numbers};
use crate::derivative::reverse_where_any;
use crate::error::Result;
use crate::graph::{Graph, InputValue, NodeId};
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::{Shape, unravel};
use crate::simplify::Rewrites;
use crate::tape::Tape;
use crate::value::Evaluated;
use crate::wide::Wide;
use ndarray::{ArrayD, IxDyn};
use num_traits::Float;

/// An element of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) node: NodeId,
    /// In row-major order.
    pub(super) element: usize,
}

/// Where a result lost its digits.
pub(super) struct Found {
    /// The place that lost them.
    pub(super) culprit: Place,
    /// From there on to the result.
    pub(super) way: Vec<NodeId>,
    /// How many digits it lost.
    pub(super) lost: f64,
}

/// The relative error of `found` for `right`: ∞ where only one of them is a finite number.
pub(super) fn relative_error<T: Scalar>(found: T, right: Wide) -> f64 {
    let found = Wide::of(found);
    if found == right || found.is_nan() && right.is_nan() {
        return 0.0;
    }
    let error = ((found - right) / right).abs().to_f64();
    if error.is_nan() || right.is_infinite() { f64::INFINITY } else { error }
}

/// How many decimal digits are right at a relative error, up to those of the scalar.
pub(super) fn digits<T: Scalar>(error: f64) -> f64 {
    let half_unit = T::epsilon().to_f64().unwrap_or(f64::EPSILON) / 2.0;
    -error.max(half_unit).min(1.0).log10()
}

/// An operand's element, and how much its error does to the result.
struct Influence {
    place: Place,
    /// The relative error of the element itself.
    error: f64,
    /// By how much the result moves for it.
    moves: Wide,
    /// By how much the result would move if the element were off by as much as itself.
    weight: Wide,
}

/// Follows the error of an element of a result back, and finds the place on the way that lost most digits.
///
/// `trusted` says whether the wide values are right: if not, every operand counts as rounded, so that what cancels in both
/// scalars is found as well.
pub(super) fn trace<T: Scalar>(both: &Both<T>, result: Place, trusted: bool) -> Found {
    let (mut way, mut place) = (Vec::new(), result);
    let (mut worst, mut most, mut reached) = (place, 0.0, 1);
    loop {
        way.push(place.node);
        let influences = influences(both, place).unwrap_or_default();
        let own = own_error(both, place, &influences, trusted);
        let next = strongest::<T>(&influences, trusted);
        let before = next.map_or(0.0, |next| next.error);
        let lost = digits::<T>(before) - digits::<T>(own);
        if lost > most {
            (worst, most, reached) = (place, lost, way.len());
        }
        match next {
            Some(next) if digits::<T>(next.error) < digits::<T>(0.0) - 0.5 || next.error.is_nan() => place = next.place,
            _ => break,
        }
    }
    way.truncate(reached);
    way.reverse();
    Found { culprit: worst, way, lost: most }
}

/// The error of a place: what it is seen to be, and where that can't be seen, what rounding its operands would make it.
fn own_error<T: Scalar>(both: &Both<T>, place: Place, influences: &[Influence], trusted: bool) -> f64 {
    let Some((found, right)) = at(both, place) else { return 0.0 };
    let seen = relative_error(found, right);
    if trusted {
        return seen;
    }
    let weight = influences.iter().fold(Wide::from(0.0), |sum, influence| sum + influence.weight);
    let half_unit = T::epsilon().to_f64().unwrap_or(f64::EPSILON) / 2.0;
    let amplified = if weight == Wide::from(0.0) { 0.0 } else { (weight / right).abs().to_f64() * half_unit };
    seen.max(amplified)
}

/// The operand's element to follow: one that has left the range, or else the one that moves the result most.
fn strongest<T: Scalar>(influences: &[Influence], trusted: bool) -> Option<&Influence> {
    let rounding = Wide::of(T::epsilon());
    let strength = |influence: &Influence| {
        if influence.error.is_infinite() {
            return Wide::infinity();
        }
        let least = if trusted { Wide::from(0.0) } else { influence.weight * rounding };
        influence.moves.max(least)
    };
    let rising = influences.iter().filter(|influence| strength(influence) > Wide::from(0.0));
    rising.reduce(|best, other| if strength(other) > strength(best) { other } else { best })
}

/// The values at a place.
pub(super) fn at<T: Scalar>(both: &Both<T>, place: Place) -> Option<(T, Wide)> {
    let (found, right) = both.values(place.node)?;
    Some((*found.iter().nth(place.element)?, *right.iter().nth(place.element)?))
}

/// The values of the element of an operand that meets the element at `index` of a node: `None` where it has several and the
/// operation is not elementwise, or holds indices.
pub(super) fn operand_at<T: Scalar>(both: &Both<T>, id: NodeId, index: &[usize], operand: NodeId) -> Option<(T, Wide)> {
    let (plain, _) = both.values(operand)?;
    let elementwise = both.plain.inner().graph.op(id).is_elementwise();
    let element = if elementwise { stretched_element(index, plain.shape()) } else { 0 };
    (elementwise || plain.len() == 1).then(|| at(both, Place { node: operand, element }))?
}

/// What each element of the operands does to the element at `place`, by the derivatives of this one operation.
fn influences<T: Scalar>(both: &Both<T>, place: Place) -> Result<Vec<Influence>> {
    let Some(alone) = Alone::new(both, place) else { return Ok(Vec::new()) };
    let tape = Tape::of(alone.graph);
    tape.set_rewrites(Rewrites::NONE);
    let operands: Vec<_> = (0..alone.operands.len()).map(|index| tape.var(NodeId(index as u32))).collect();
    let output = tape.var(NodeId(operands.len() as u32));
    let slopes = reverse_where_any(output, one_at(output, alone.element)?, &operands, NodeId(0));
    tape.check()?;
    let mut found = Vec::new();
    for (&Place { node, element: first }, slope) in alone.operands.iter().zip(slopes) {
        let (Some(slope), Some((plain, wide))) = (slope, both.values(node)) else { continue };
        let pairs = plain.iter().zip(&wide).skip(first);
        for (offset, (&slope, (&plain, &right))) in slope.value()?.iter().zip(pairs).enumerate() {
            if slope == Wide::from(0.0) {
                continue;
            }
            let place = Place { node, element: first + offset };
            let error = relative_error(plain, right);
            let moves = if error == 0.0 { Wide::from(0.0) } else { (slope * (Wide::of(plain) - right)).abs() };
            let weight = if right == Wide::from(0.0) { right } else { (slope * right).abs() };
            found.push(Influence { place, error, moves, weight });
        }
    }
    Ok(found)
}

/// The place, in row-major order, of the element of an operand that meets the element at `index` of the result.
fn stretched_element(index: &[usize], dims: &[usize]) -> usize {
    let leading = index.len().saturating_sub(dims.len());
    let along = index[leading..].iter().zip(dims);
    along.fold(0, |place, (&at, &dim)| place * dim + if dim == 1 { 0 } else { at })
}

/// A graph of one operation on inputs: of an elementwise one, on the numbers that meet at a place.
struct Alone {
    graph: Graph<Wide>,
    /// The element of the result.
    element: usize,
    /// The operands, and the elements that the inputs begin with.
    operands: Vec<Place>,
}

impl Alone {
    /// The operation that made `place`; `None` for a leaf.
    fn new<T: Scalar>(both: &Both<T>, place: Place) -> Option<Self> {
        let inner = both.wide.inner();
        let (op, args) = (inner.graph.op(place.node), inner.graph.args(place.node));
        let number = Shape::fixed(&[]);
        let met = op.is_elementwise().then(|| {
            let dims = numbers(&both.wide, place.node).map(|value| value.shape().to_vec()).unwrap_or_default();
            unravel(place.element, &dims)
        });
        let (mut graph, mut operands) = (Graph::new(), Vec::new());
        for (count, &node) in args.iter().enumerate() {
            let whole = inner.values.get(node.index())?.clone()?;
            let (shape, element, value) = match (whole, &met) {
                (Evaluated::Numbers(value), Some(index)) => {
                    let element = stretched_element(index, value.shape());
                    let value = ArrayD::from_elem(IxDyn(&[]), *value.iter().nth(element)?).into_shared();
                    (&number, element, InputValue::Numbers(Some(value)))
                }
                (Evaluated::Numbers(value), None) => (inner.graph.shape(node), 0, InputValue::Numbers(Some(value))),
                (Evaluated::Indices(value), _) => (inner.graph.shape(node), 0, InputValue::Indices(Some(value))),
            };
            graph.push_input(format!("operand {count}").into(), shape, value, inner.graph.sources[node.index()]);
            operands.push(Place { node, element });
        }
        if operands.is_empty() {
            return None;
        }
        let shape = graph.intern(if met.is_some() { &number } else { inner.graph.shape(place.node) });
        let op = with_payload(op, &inner.graph, &mut graph);
        let inputs: Vec<NodeId> = (0..operands.len()).map(|index| NodeId(index as u32)).collect();
        graph.push(op, &inputs, shape, inner.graph.sources[place.node.index()]);
        Some(Alone { graph, element: if met.is_some() { 0 } else { place.element }, operands })
    }
}

/// An operation with what it has in the side tables of `from`, copied to those of `to`.
fn with_payload(op: Op, from: &Graph<Wide>, to: &mut Graph<Wide>) -> Op {
    match op {
        Op::Powf(index) => Op::Powf(to.payloads.keep_scalar(from.payloads.scalar(index))),
        Op::Permute(index) => Op::Permute(to.payloads.keep_permutation(from.payloads.permutation(index).clone())),
        Op::Slice(index) => Op::Slice(to.payloads.keep_slices(from.payloads.slices(index).clone())),
        Op::Unslice(index) => Op::Unslice(to.payloads.keep_slices(from.payloads.slices(index).clone())),
        op => op,
    }
}
