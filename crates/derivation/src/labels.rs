//! Weights of a Hessian where labels are 0 or 1.
//!
//! A label y has the probability p₁ or p₀ = 1 − p₁, so δ = −p′/p, and the weight is δ′ = δ² − p″/p = δ(δ + p″/p′), where p″/p′ is
//! the same for both labels.

use crate::derive::{Adjoint, Found};
use crate::names::Kind;
use crate::number::Number;
use crate::pool::{Id, Len, Node, Pool, Role};
use std::collections::HashMap;

/// A Hessian whose labels are 0 or 1.
pub(crate) struct OfLabels {
    pub(crate) value: Id,
    pub(crate) labels: Id,
    /// The adjoint δ that it is written by, and the predictor that it is of.
    pub(crate) slope: Option<(Id, Id)>,
}

/// The Hessian with a weight that is the same for both labels, or `δ(δ + c)` with such a c; if the weight becomes at most half as long.
pub(crate) fn of_labels(found: &mut Found, hessian: Id) -> Option<OfLabels> {
    let predictor = found.landmarks.iter().find(|landmark| landmark.kind == Kind::Predictor)?.symbol;
    let &Adjoint { by_rows: slope, name: None, .. } = found.adjoints.iter().find(|adjoint| adjoint.of == predictor)?
    else {
        return None;
    };
    let pool = &mut found.imported.pool;
    let (diagonal, weight) = pool.reachable(hessian).into_iter().find_map(|node| match *pool.node(node) {
        Node::Diag(weight) if pool.dims(weight).first() == Some(&Len::Rows) => Some((node, weight)),
        _ => None,
    })?;
    let is_label = |pool: &Pool, id: Id| {
        let is_given = pool.as_symbol(id).is_some_and(|symbol| symbol.role == Role::Given);
        is_given && pool.contains(weight, id) && **pool.dims(id) == [Len::Rows]
    };
    let within: Vec<Id> = pool.reachable(slope).into_iter().filter(|&id| is_label(pool, id)).collect();
    let labels = within.into_iter().find(|&id| !found.landmarks.iter().any(|l| pool.contains(l.definition, id)))?;
    let cases = [Number::ZERO, Number::ONE].map(|label| {
        let label = pool.number(label);
        [weight, slope].map(|of| {
            let of = pool.replace(of, &HashMap::from([(labels, label)]));
            pool.simplify(of)
        })
    });
    if cases[0][0] == cases[1][0] {
        return replaced(pool, hessian, diagonal, cases[0][0]).map(|value| OfLabels { value, labels, slope: None });
    }
    let [zero, one] = cases.map(|[weight, slope]| {
        let ratio = pool.over(weight, slope);
        let rest = pool.minus(ratio, slope);
        pool.simplify(rest)
    });
    if zero != one {
        return None;
    }
    let dims = pool.dims(slope).to_vec();
    let adjoint = pool.symbol(pool.letters.adjoint, Role::Defined(slope), None, dims);
    let sum = pool.plus(adjoint, zero);
    let short = pool.times(adjoint, sum);
    let value = replaced(pool, hessian, diagonal, short)?;
    Some(OfLabels { value, labels, slope: Some((adjoint, predictor)) })
}

/// The Hessian with another weight, if that is at most half as long.
fn replaced(pool: &mut Pool, hessian: Id, diagonal: Id, weight: Id) -> Option<Id> {
    let short = pool.diag(weight);
    let is_short = 2 * pool.cost(short) <= pool.cost(diagonal);
    is_short.then(|| pool.replace(hessian, &HashMap::from([(diagonal, short)])))
}
