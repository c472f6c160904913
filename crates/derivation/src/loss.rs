//! A loss as a sum over observations, and what is added to it: `L = (1/n)·Σ ℓ + penalty`.

use crate::number::Number;
use crate::pool::{Id, Len, Node, Pool, Reduction};

/// The parts of a loss.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    /// What one observation adds, if the loss is a sum over the rows.
    pub(crate) term: Option<Id>,
    /// Whether the sum is divided by the number of rows.
    pub(crate) is_mean: bool,
    /// What is added to the sum.
    pub(crate) rest: Id,
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
    let count = pool.row_count();
    let reciprocal = pool.power(count, Number::MINUS_ONE);
    let factors = |pool: &Pool, id: Id| match pool.node(id) {
        Node::Product(factors) => factors.clone(),
        _ => vec![id],
    };
    let is_mean = !inside.is_empty() && inside.iter().all(|&term| factors(pool, term).contains(&reciprocal));
    if is_mean {
        inside = inside.into_iter().map(|term| pool.times(term, count)).collect();
    }
    let term = pool.sum(&inside);
    let rest = pool.sum(&rest);
    Parts { term: (!inside.is_empty()).then_some(term), is_mean, rest }
}

/// What a term that is a sum over the rows sums, its factors inside.
fn over_rows(pool: &mut Pool, term: Id) -> Option<Id> {
    let (mut factors, others) = pool.split_scalars(term);
    if !others.is_empty() {
        return None;
    }
    let place = factors.iter().position(|&factor| match pool.node(factor) {
        Node::Reduce(Reduction::Sum, axes, x) => axes.contains(&0) && pool.dims(*x).first() == Some(&Len::Rows),
        _ => false,
    })?;
    let sum = factors.remove(place);
    let Node::Reduce(Reduction::Sum, axes, x) = pool.node(sum).clone() else { return None };
    let others: Vec<usize> = axes.into_iter().filter(|&axis| axis != 0).collect();
    factors.push(if others.is_empty() { x } else { pool.reduce(Reduction::Sum, &others, x) });
    Some(pool.product(&factors))
}
