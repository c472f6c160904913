//! Sums: their order and their signs.

use super::rows::{has, is_column, is_wide, to_all_columns, transposed};
use super::sign::{flipped, with_recorded_difference};
use super::spacing::beside;
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
    // Beside Xᵀδ, a number is added to each element.
    let dims = w.pool.joint_dims(terms);
    let is_shift =
        view == View::All && !dims.contains(&Len::Rows) && terms.iter().any(|&term| is_of_rows(w.pool, term));
    let ones = dims.len();
    // Beside what stands or lies as a whole, too; but 1 − π has its 1 as it is.
    let lies = view == View::Row && is_wide(&dims) && dims.contains(&Len::Rows);
    let is_shifted = |pool: &Pool, id: Id| {
        let is_array = pool.dims(id).iter().any(|&len| !(lies && len == Len::Rows) && len != Len::Of(1));
        !pool.is_verbatim
            && !is_array
            && pool.as_number(id).is_none()
            && (lies || view == View::All && !is_column(pool, id))
    };
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
        let term = match is_shift && w.pool.is_scalar(id) || ones > 0 && is_shifted(w.pool, id) {
            true if lies && !w.pool.rows_stand() => beside_ones(term, transposed(Formula::sign("𝟏"))),
            true => with_ones(term, if lies { 1 } else { ones }),
            false => term,
        };
        let term = if stretches && is_column(w.pool, id) { to_all_columns(term) } else { term };
        parts.push(term.at_least(Binding::Product));
    }
    Formula::row(parts, Binding::Sum)
}

/// A number times a vector or matrix of ones: `λ𝟏`, `λ𝟏𝟏ᵀ`.
fn with_ones(number: Formula, axes: usize) -> Formula {
    let ones = || Formula::sign("𝟏");
    match axes {
        0 => number,
        1 => beside_ones(number, ones()),
        _ => beside_ones(number, Formula::row(vec![ones(), transposed(ones())], Binding::Product)),
    }
}

/// Whether what follows would be read as a part of this.
fn begins_more(part: &Part) -> bool {
    match part {
        Part::Sub(of, _) => of.part == Part::Sign("Σ"),
        part => matches!(part, Part::Sign("Σ") | Part::Transpose(_)),
    }
}

fn beside_ones(number: Formula, ones: Formula) -> Formula {
    let number = number.at_least(Binding::Product);
    match number.part == Part::Number("1".into()) {
        true => ones,
        // What follows Σ is summed, and what follows xᵀ multiplied with it.
        false if has(&number, begins_more) => Formula::row(beside(vec![ones, number]), Binding::Product),
        false => Formula::row(beside(vec![number, ones]), Binding::Product),
    }
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
