//! Sums: their order and their signs.

use super::rows::{is_column, is_wide, to_all_columns};
use super::sign::{flipped, with_recorded_difference};
use super::writer::{View, Writer};
use crate::formula::{Binding, Formula, Part};
use crate::pool::{Id, Len, Node, Pool};

/// The terms, those that are added in front.
pub(super) fn sum(w: &mut Writer<'_>, terms: &[Id], view: View) -> Formula {
    if !w.pool.is_verbatim
        && terms.iter().all(|&term| w.pool.split_coefficient(term).0.is_negative())
        && terms.iter().all(|&term| flipped(w.pool, term).is_none())
    {
        let terms: Vec<Id> = terms.iter().map(|&term| w.pool.negated(term)).collect();
        let inner = sum(w, &terms, view);
        let inner = Formula::atom(Part::Fence("[", Box::new(inner), "]"));
        return Formula::row(vec![Formula::sign("−"), inner], Binding::Sum);
    }
    let mut signed: Vec<(bool, Id)> = Vec::new();
    for &term in terms {
        let (coefficient, _) = w.pool.split_coefficient(term);
        signed.push(match coefficient.is_negative() {
            true => match flipped(w.pool, term) {
                Some(flipped) => (false, flipped),
                None => (true, w.pool.negated(term)),
            },
            false => (false, term),
        });
    }
    // What is added stands before what is taken away; what is of the observations, before what is beside it.
    if !w.pool.is_verbatim {
        signed.sort_by_key(|&(negative, term)| (negative, !is_of_rows(w.pool, term)));
    }
    let dims = w.pool.joint_dims(terms);
    // What is added to each element or row is written as it is: `Hv + c`, `XW + b`, as `1 − π`.
    let is_smaller = |pool: &Pool, id: Id| {
        let lies = view == View::Row && is_wide(&dims) && pool.dims(id).as_slice() == [Len::Rows];
        pool.as_number(id).is_none() && (view == View::All && pool.dims(id).len() < dims.len() || lies)
    };
    w.pool.adds_to_each |= terms.iter().any(|&term| is_smaller(w.pool, term));
    let stretches = view == View::All && is_wide(&dims);
    let mut parts = Vec::new();
    for (place, (mut negative, mut term)) in signed.into_iter().enumerate() {
        if place > 0
            && let Some(turned) = with_recorded_difference(w.pool, term)
        {
            (negative, term) = (!negative, turned);
        }
        let id = term;
        let (has_minus, term) = w.write(id, view).split_minus();
        let negative = negative != has_minus;
        match (place, negative) {
            (0, true) => parts.push(Formula::sign("−")),
            (0, false) => {}
            (_, true) => parts.push(Formula::infix("−")),
            (_, false) => parts.push(Formula::infix("+")),
        }
        let term = if stretches && is_column(w.pool, id) { to_all_columns(term) } else { term };
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
