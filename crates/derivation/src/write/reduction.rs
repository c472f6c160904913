//! Sums and products over axes.

use super::call::applied;
use super::number::write_number;
use super::sign::all_negated;
use super::spacing::beside;
use super::writer::{View, Writer};
use crate::formula::{Binding, Formula, Part};
use crate::number::Number;
use crate::pool::{Id, Len, Node, Reduction};

pub(super) fn reduce(w: &mut Writer<'_>, reduction: Reduction, axes: &[usize], x: Id, view: View) -> Formula {
    let name = match reduction {
        Reduction::Sum | Reduction::OverRows => return big_sum(w, axes, x, view),
        Reduction::Max => "max",
        Reduction::Min => "min",
        Reduction::Prod => "∏",
    };
    applied(name, vec![w.write(x, view)])
}

/// The sum along the last axis of a matrix, in the view of all observations: `Y𝟏`.
fn row_sums(w: &mut Writer<'_>, x: Id) -> Formula {
    let x = w.write(x, View::All).at_least(Binding::Atom);
    Formula::row(vec![x, Formula::sign("𝟏")], Binding::Product)
}

fn big_sum(w: &mut Writer<'_>, axes: &[usize], x: Id, view: View) -> Formula {
    let dims = w.pool.dims(x).clone();
    let over_rows = axes.contains(&0) && dims.first() == Some(&Len::Rows);
    if axes.len() == dims.len() && !over_rows {
        match w.pool.node(x).clone() {
            Node::Power(base, exponent) if exponent == Number::whole(2) => return norm_of(w, base, exponent),
            Node::Call(function, args) if &*function.name == "abs" && args.len() == 1 => {
                let norm = norm_of(w, args[0], Number::ONE);
                let one = Formula::atom(Part::Number("1".into()));
                return Formula::atom(Part::Sub(Box::new(norm), Box::new(one)));
            }
            Node::Product(factors) if dims.len() == 1 && factors.len() == 2 => {
                let parts: Vec<Formula> = factors.iter().map(|&factor| w.write(factor, View::All)).collect();
                if let [a, b] = parts.as_slice() {
                    let a = Formula::atom(Part::Transpose(Box::new(a.clone())));
                    return Formula::row(beside(vec![a, b.clone().at_least(Binding::Product)]), Binding::Product);
                }
            }
            _ => {}
        }
    }
    if view == View::All && dims.len() == 2 && axes == [1] {
        return row_sums(w, x);
    }
    // Over all that there is, the terms are numbers; along one axis of a matrix, they are vectors.
    let inner = match view {
        // Products of matrices by their elements are no matrix products.
        _ if axes.len() == dims.len() && dims.len() == 2 && !over_rows && view == View::All => View::All,
        _ if axes.len() == dims.len() => View::One,
        View::All => View::All,
        _ => View::Summed,
    };
    let (x, is_negative) = match all_negated(w.pool, x) {
        Some(positive) => (positive, true),
        None => (x, false),
    };
    let body = w.write(x, inner);
    let body = match body.binding {
        Binding::Sum => Formula::atom(Part::Fence("[", Box::new(body), "]")),
        _ => body,
    };
    let sign = match (axes, dims.len()) {
        (_, n) if n == axes.len() => Formula::sign("Σ"),
        (&[0], _) => indexed(w.pool.letters.row),
        _ if view == View::All => indexed(w.pool.letters.component),
        _ => indexed(w.pool.letters.summed),
    };
    match is_negative {
        true => Formula::row(vec![Formula::sign("−"), sign, Formula::space(), body], Binding::Sum),
        false => Formula::row(vec![sign, Formula::space(), body], Binding::Product),
    }
}

/// Of a sum of squares that isn't over the rows, the norm to a power.
pub(super) fn norm(w: &mut Writer<'_>, sum: Id, exponent: Number) -> Option<Formula> {
    let Node::Reduce(Reduction::Sum, axes, squares) = w.pool.node(sum).clone() else { return None };
    let Node::Power(base, power) = *w.pool.node(squares) else { return None };
    let is_norm = power == Number::whole(2) && axes.len() == w.pool.dims(squares).len() && !w.pool.has_rows(squares);
    is_norm.then(|| norm_of(w, base, exponent))
}

fn norm_of(w: &mut Writer<'_>, x: Id, exponent: Number) -> Formula {
    let norm = Formula::atom(Part::Fence("‖", Box::new(w.write(x, View::All)), "‖"));
    match exponent.is_one() {
        true => norm,
        false => Formula::bound(Part::Power(Box::new(norm), Box::new(write_number(exponent))), Binding::Power),
    }
}

fn indexed(index: &str) -> Formula {
    Formula::atom(Part::Sub(Box::new(Formula::sign("Σ")), Box::new(Formula::named(index))))
}
