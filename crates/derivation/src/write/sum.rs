//! Sums: their order, their signs, and differences turned around.

use super::{View, write};
use crate::formula::{Binding, Formula, Part};
use crate::number::Number;
use crate::pool::{Id, Node, Pool, Reduction};

/// The terms, those that are added in front.
pub(super) fn sum(pool: &mut Pool, terms: &[Id], view: View) -> Formula {
    if terms.iter().all(|&term| pool.split_coefficient(term).0.is_negative())
        && terms.iter().all(|&term| flipped(pool, term).is_none())
    {
        let terms: Vec<Id> = terms.iter().map(|&term| pool.negated(term)).collect();
        let inner = sum(pool, &terms, view);
        let inner = Formula::atom(Part::Fence("[", Box::new(inner), "]"));
        return Formula::row(vec![Formula::sign("−"), inner], Binding::Sum);
    }
    let mut signed: Vec<(bool, Id)> = Vec::new();
    for &term in terms {
        let (coefficient, _) = pool.split_coefficient(term);
        signed.push(match coefficient.is_negative() {
            true => match flipped(pool, term) {
                Some(flipped) => (false, flipped),
                None => (true, pool.negated(term)),
            },
            false => (false, term),
        });
    }
    // What is added stands before what is taken away; what is of the observations, before what is beside it.
    signed.sort_by_key(|&(negative, term)| (negative, !is_of_rows(pool, term)));
    let mut parts = Vec::new();
    for (place, (negative, term)) in signed.into_iter().enumerate() {
        let (has_minus, term) = write(pool, term, view).split_minus();
        let negative = negative != has_minus;
        match (place, negative) {
            (0, true) => parts.push(Formula::sign("−")),
            (0, false) => {}
            (_, true) => parts.push(Formula::infix("−")),
            (_, false) => parts.push(Formula::infix("+")),
        }
        parts.push(term.at_least(Binding::Product));
    }
    Formula::row(parts, Binding::Sum)
}

/// Whether a term is, or has a factor that is, a matrix product or a sum over the rows.
fn is_of_rows(pool: &Pool, term: Id) -> bool {
    let is_big = |id: Id| match pool.node(id) {
        Node::MatMul(..) => true,
        Node::Reduce(_, axes, x) => axes.contains(&0) && pool.has_rows(*x),
        _ => false,
    };
    match pool.node(term) {
        Node::Product(factors) => factors.iter().any(|&factor| is_big(factor)),
        _ => is_big(term),
    }
}

/// The negative of an expression, if it is as short because a difference turns around: `−(y − π) = π − y`.
pub(super) fn flipped(pool: &mut Pool, id: Id) -> Option<Id> {
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
            // 1 − y is better left as it is.
            let has_constant =
                terms.first().and_then(|&term| pool.as_number(term)).is_some_and(|number| number.is_negative());
            (negative > 0 && !has_constant).then(|| pool.intern(Node::Sum(terms), dims))
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
