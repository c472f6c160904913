//! A loss as a sum over observations, and what is added to it: `L = (1/n)·Σ ℓ + penalty`.

use crate::names::{Landmark, is_sum};
use crate::number::Number;
use crate::pool::{Id, Len, Node, Pool, Reduction, Role};

/// The parts of a loss.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    /// What one observation adds, if the loss is a sum over the rows.
    pub(crate) term: Option<Id>,
    /// What the sum is multiplied by, if that is of the number of rows: `1/n`.
    pub(crate) scale: Option<Id>,
    /// What is added to the sum.
    pub(crate) rest: Id,
}

impl Parts {
    /// Whether what depends on the parameters and on `landmarks`, which are made of them, is of all observations by the sum alone: else
    /// there is no part of each observation.
    pub(crate) fn is_separate(&self, pool: &Pool, landmarks: &[Landmark], parameters: &[Id]) -> bool {
        let symbols = || landmarks.iter().map(|landmark| landmark.symbol);
        let all: Vec<Id> = symbols().chain(parameters.iter().copied()).collect();
        let scale_depends = self.scale.is_some_and(|scale| all.iter().any(|&of| pool.contains(scale, of)));
        let is_of_all = |part: Id| {
            pool.dependent(part, &all).into_iter().any(|node| match pool.node(node) {
                Node::Reduce(_, axes, x) | Node::Softmax(axes, x) => axes.contains(&0) && pool.has_rows(*x),
                Node::MatMul(_, right) => matches!(pool.dims(*right).as_slice(), [Len::Rows] | [Len::Rows, _]),
                _ => false,
            })
        };
        let mut parts = self.term.into_iter().chain(landmarks.iter().map(|landmark| landmark.definition));
        !scale_depends && !is_of_all(self.rest) && !parts.any(is_of_all)
    }
}

pub(crate) fn parts(pool: &mut Pool, loss: Id) -> Parts {
    let terms = match pool.node(loss).clone() {
        Node::Sum(terms) => terms,
        _ => vec![loss],
    };
    let (mut inside, mut rest) = (Vec::new(), Vec::new());
    for term in terms {
        match over_rows(pool, term) {
            Some(term) => inside.push(term),
            None => rest.push(term),
        }
    }
    let split: Vec<(Id, Id)> = inside.iter().map(|&term| split_scale(pool, term)).collect();
    let first = split.first().map(|&(scale, _)| scale);
    let shared =
        first.filter(|&first| pool.as_number(first).is_none() && split.iter().all(|&(scale, _)| scale == first));
    if shared.is_some() {
        inside = split.into_iter().map(|(_, term)| term).collect();
    }
    let term = pool.sum(&inside);
    let rest = pool.sum(&rest);
    Parts { term: (!inside.is_empty()).then_some(term), scale: shared, rest }
}

/// The factors of a term that are of all rows, and the others.
fn split_scale(pool: &mut Pool, term: Id) -> (Id, Id) {
    let factors = match pool.node(term).clone() {
        Node::Product(factors) => factors,
        _ => vec![term],
    };
    // As it was written, a product may stand below a bar: `1/(3n)` is n of all rows and 3 of one.
    let factors: Vec<Id> = factors.into_iter().flat_map(|factor| below_the_bar(pool, factor)).collect();
    let (scale, others): (Vec<Id>, Vec<Id>) =
        factors.into_iter().partition(|&factor| pool.is_scalar(factor) && is_of_all_rows(pool, factor));
    (pool.product(&scale), pool.product(&others))
}

/// The reciprocals of the factors of a reciprocal product; else the factor itself.
fn below_the_bar(pool: &mut Pool, factor: Id) -> Vec<Id> {
    match *pool.node(factor) {
        Node::Power(product, Number::MINUS_ONE) => match pool.node(product).clone() {
            Node::Product(parts) => parts.into_iter().map(|part| pool.power(part, Number::MINUS_ONE)).collect(),
            _ => vec![factor],
        },
        _ => vec![factor],
    }
}

/// Whether a factor is of the number of rows, `1/n`. Sums of the data, `1/Σ w`, are part of each observation's loss.
fn is_of_all_rows(pool: &Pool, factor: Id) -> bool {
    let nodes = pool.reachable(factor);
    let is_sum =
        |&node: &Id| matches!(pool.node(node), Node::Reduce(_, axes, x) if axes.contains(&0) && pool.has_rows(*x));
    let is_count = |&node: &Id| pool.as_symbol(node).is_some_and(|symbol| symbol.role == Role::RowCount);
    nodes.iter().any(is_count) && !nodes.iter().any(is_sum)
}

/// What a term that is a sum over the rows sums, its factors inside.
fn over_rows(pool: &mut Pool, term: Id) -> Option<Id> {
    let (mut factors, others) = pool.split_scalars(term);
    if !others.is_empty() {
        return None;
    }
    let is_of_rows = |&factor: &Id| match pool.node(factor) {
        Node::Reduce(Reduction::Sum, axes, x) => axes.contains(&0) && pool.has_rows(*x),
        _ => false,
    };
    // Beside a sum of the data alone, the other.
    let depending = factors.iter().position(|&factor| is_sum(pool, factor));
    let place = depending.or_else(|| factors.iter().position(is_of_rows))?;
    let sum = factors.remove(place);
    let Node::Reduce(Reduction::Sum, axes, x) = pool.node(sum).clone() else { return None };
    let others: Vec<usize> = axes.into_iter().filter(|&axis| axis != 0).collect();
    factors.push(if others.is_empty() { x } else { pool.reduce(Reduction::Sum, &others, x) });
    Some(pool.product(&factors))
}
