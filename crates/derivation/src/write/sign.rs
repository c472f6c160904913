//! Signs: differences turned around, and sums that are negative as a whole.

use crate::number::Number;
use crate::pool::{Id, Node, Pool, Reduction};

/// The negative of an expression, if it is as short because a difference turns around: `−(y − π) = π − y`.
pub(super) fn flipped(pool: &mut Pool, id: Id) -> Option<Id> {
    if pool.is_verbatim {
        return None;
    }
    match pool.node(id).clone() {
        Node::Product(factors) => {
            let (coefficient, _) = pool.split_coefficient(id);
            for (place, &factor) in factors.iter().enumerate() {
                if let Some(turned) = turned(pool, factor) {
                    let mut factors = factors.clone();
                    factors[place] = turned;
                    if coefficient.is_negative() {
                        factors[0] = pool.number(coefficient.negated());
                    }
                    // By hand: the normal form would turn it back.
                    let dims = pool.dims(id).clone();
                    factors.retain(|&factor| !pool.as_number(factor).is_some_and(Number::is_one));
                    return Some(match factors.as_slice() {
                        &[single] => single,
                        _ => pool.intern(Node::Product(factors), dims),
                    });
                }
            }
            None
        }
        _ => None,
    }
}

/// A difference turned around, within what is linear in it; the product with it changes sign.
fn turned(pool: &mut Pool, id: Id) -> Option<Id> {
    match pool.node(id).clone() {
        Node::Sum(terms) => {
            let negative = terms.iter().filter(|&&term| pool.split_coefficient(term).0.is_negative()).count();
            let terms: Vec<Id> = terms.iter().map(|&term| pool.negated(term)).collect();
            let dims = pool.dims(id).clone();
            // 1 − y is better left as it is; not so eˣ − 1, and 2y − 1 if that was written.
            let has_exponential = terms.iter().any(|&term| pool.as_call(term, "exp").is_some());
            let has_constant = !has_exponential
                && terms.first().and_then(|&term| pool.as_number(term)).is_some_and(|number| number.is_negative());
            let turned = pool.intern(Node::Sum(terms), dims);
            (negative > 0 && (!has_constant || pool.recorded_sums.contains(&turned))).then_some(turned)
        }
        Node::MatMul(a, b) => {
            let dims = pool.dims(id).clone();
            if let Some(b) = turned(pool, b) {
                return Some(pool.intern(Node::MatMul(a, b), dims));
            }
            let a = turned(pool, a)?;
            Some(pool.intern(Node::MatMul(a, b), dims))
        }
        Node::Product(_) => flipped(pool, id),
        Node::Diag(x) => {
            let dims = pool.dims(id).clone();
            let x = turned(pool, x)?;
            Some(pool.intern(Node::Diag(x), dims))
        }
        Node::Reduce(Reduction::Sum, axes, x) => {
            let dims = pool.dims(id).clone();
            let x = turned(pool, x)?;
            Some(pool.intern(Node::Reduce(Reduction::Sum, axes, x), dims))
        }
        _ => None,
    }
}

/// The difference turned around, if that is what was recorded, and this is not.
pub(super) fn recorded_turn(pool: &mut Pool, difference: Id) -> Option<Id> {
    if pool.is_verbatim || pool.recorded_sums.contains(&difference) {
        return None;
    }
    let Node::Sum(terms) = pool.node(difference).clone() else { return None };
    let turned = pool.negated_terms(&terms);
    pool.recorded_sums.contains(&turned).then_some(turned)
}

/// The negative of a product of which a difference with a number was recorded the other way around: of `η(1 − 2y)`, `η(2y − 1)`.
pub(super) fn with_recorded_difference(pool: &mut Pool, product: Id) -> Option<Id> {
    let Node::Product(factors) = pool.node(product).clone() else { return None };
    for (place, &factor) in factors.iter().enumerate() {
        let has_number = match pool.node(factor) {
            Node::Sum(terms) => terms.first().is_some_and(|&first| pool.as_number(first).is_some()),
            _ => false,
        };
        if has_number && let Some(turned) = recorded_turn(pool, factor) {
            let mut factors = factors.to_vec();
            factors[place] = turned;
            let dims = pool.joint_dims(&factors);
            // By hand: the normal form would turn it back.
            return Some(match factors.as_slice() {
                &[single] => single,
                _ => pool.intern(Node::Product(factors), dims),
            });
        }
    }
    None
}

/// The negative of a sum all of whose terms are negative.
pub(super) fn all_negated(pool: &mut Pool, x: Id) -> Option<Id> {
    if pool.is_verbatim {
        return None;
    }
    let Node::Sum(terms) = pool.node(x).clone() else { return None };
    let is_negative =
        |pool: &mut Pool, term: Id| pool.split_coefficient(term).0.is_negative() && flipped(pool, term).is_none();
    if !terms.iter().all(|&term| is_negative(pool, term)) {
        return None;
    }
    Some(pool.negated_terms(&terms))
}
