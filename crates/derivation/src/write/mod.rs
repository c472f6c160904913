//! Expressions as formulas, in the order and with the signs that a textbook prefers.

mod call;
mod number;
mod product;
mod reduction;
mod rows;
mod sign;
mod spacing;
mod sum;
mod writer;

pub(crate) use call::applied;
pub(crate) use number::write_number;
pub(crate) use product::is_outer;
pub(crate) use writer::View;

use crate::formula::{Binding, Formula, Part};
use crate::number::Number;
use crate::pool::{Id, Node, Pool};
use call::call;
use product::product;
use reduction::reduce;
use rows::{index, is_row_sums, is_transposed_rows, row_product, symbol};
use sign::all_negated;
use spacing::beside;
use sum::sum;
use writer::Writer;

/// Writes an expression.
pub(crate) fn write(pool: &mut Pool, id: Id, view: View) -> Formula {
    Writer { pool, any }.write(id, view)
}

fn any(w: &mut Writer<'_>, id: Id, view: View) -> Formula {
    match w.pool.node(id).clone() {
        Node::Number(number) => write_number(number),
        Node::Symbol(_) => symbol(w.pool, id, view),
        Node::Sum(terms) => sum(w, &terms, view),
        Node::Product(_) | Node::Power(..) => product(w, id, view),
        Node::Call(function, args) => call(w, &function, &args, view),
        Node::Reduce(..) if let Some((place, of)) = w.pool.as_element(id) => element(&of.name, place),
        Node::Reduce(reduction, axes, x) => reduce(w, reduction, &axes, x, view),
        Node::Softmax(_, x) => softmax(w, x, view),
        Node::MatMul(a, b) if view != View::All && is_transposed_rows(w.pool, a) => row_product(w, a, b),
        Node::MatMul(a, b) if all_negated(w.pool, b).is_some() => {
            let dims = w.pool.dims(id).clone();
            let positive = all_negated(w.pool, b).unwrap_or(b);
            let product = w.pool.intern(Node::MatMul(a, positive), dims);
            let product = w.write(product, view).at_least(Binding::Product);
            Formula::row(vec![Formula::sign("−"), product], Binding::Sum)
        }
        Node::MatMul(..) if view == View::Summed && w.pool.dims(id).len() > 1 => {
            let row = w.write(id, View::Row);
            component(row.at_least(Binding::Atom), view)
        }
        Node::MatMul(a, b) => {
            let view = if view == View::All { view } else { View::Row };
            let parts = [a, b].map(|side| {
                let is_product = matches!(w.pool.node(side), Node::Product(_) | Node::Power(..));
                w.write(side, view).at_least(if is_product { Binding::Atom } else { Binding::Product })
            });
            let has_diagonal = w.pool.reachable(id).into_iter().any(|node| matches!(w.pool.node(node), Node::Diag(_)));
            let [left, right] = parts;
            match has_diagonal {
                true => Formula::row(vec![left, Formula::space(), right], Binding::Product),
                false => Formula::row(beside(vec![left, right]), Binding::Product),
            }
        }
        Node::Transpose(x) => Formula::atom(Part::Transpose(Box::new(w.write(x, view)))),
        Node::Reshape(x) if view == View::All && is_row_sums(w.pool, id, x) => {
            let sums = w.write(x, view).at_least(Binding::Product);
            let row = Formula::atom(Part::Transpose(Box::new(Formula::sign("𝟏"))));
            Formula::row(vec![sums, row], Binding::Product)
        }
        Node::Reshape(x) => w.write(x, view),
        Node::Broadcast(x) if w.pool.as_number(x).is_some_and(Number::is_one) => Formula::sign("𝟏"),
        Node::Broadcast(x) => w.write(x, view),
        Node::Diag(x) => applied("diag", vec![w.write(x, View::One)]),
        Node::Identity => Formula::named("I"),
        Node::Opaque(name, operands) => opaque(w, &name, &operands, view),
    }
}

/// `θ₁`, and of what has a number itself `z_{2,1}`.
fn element(name: &str, place: usize) -> Formula {
    let mut formula = Formula::named(name);
    if let Part::Name(_, below) = &mut formula.part {
        *below = if below.is_empty() { place.to_string() } else { format!("{below},{place}") };
    }
    formula
}

/// `softmax(z)ₖ`, of one observation a component.
fn softmax(w: &mut Writer<'_>, x: Id, view: View) -> Formula {
    let has_components = w.pool.dims(x).len() > 1;
    let inner = if has_components && view != View::All { View::Row } else { view };
    let whole = applied("softmax", vec![w.write(x, inner)]);
    if has_components { component(whole, view) } else { whole }
}

/// A row with the index of a component, where the view is of one: `(xW)ⱼ`.
fn component(row: Formula, view: View) -> Formula {
    match index(view) {
        Some(index) => Formula::atom(Part::Sub(Box::new(row), Box::new(Formula::named(index)))),
        None => row,
    }
}

fn opaque(w: &mut Writer<'_>, name: &str, operands: &[Id], view: View) -> Formula {
    let written: Vec<Formula> = operands.iter().map(|&operand| w.write(operand, view)).collect();
    match (name, written.as_slice()) {
        ("vjp", [of, by, adjoint]) => {
            let slope = Formula::derivative(of.clone().at_least(Binding::Atom), by.clone().at_least(Binding::Atom));
            let slope = Formula::atom(Part::Transpose(Box::new(slope.parenthesised())));
            Formula::row(vec![slope, Formula::space(), adjoint.clone().at_least(Binding::Product)], Binding::Product)
        }
        ("∂", [of, by]) => Formula::derivative(of.clone(), by.clone()),
        ("jvp", [of, ..]) => Formula::row(vec![Formula::words("d"), of.clone().at_least(Binding::Atom)], Binding::Atom),
        _ => applied(name, written),
    }
}
