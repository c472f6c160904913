//! Expressions as formulas, in the order and with the signs that a textbook prefers.

mod call;
mod number;
mod product;
mod reduction;
mod spacing;
mod sum;

pub(crate) use call::applied;
pub(crate) use number::write_number;
pub(crate) use product::is_outer;

use crate::formula::{Binding, Formula, Part};
use crate::number::Number;
use crate::pool::{Id, Len, Node, Pool, Reduction, Role};
use call::call;
use product::product;
use reduction::{all_negated, reduce};
use spacing::beside;
use sum::sum;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum View {
    /// One observation: what is on the rows is one number, a component with its index where there are several.
    One,
    /// The same within a sum over the components, which have another index.
    Summed,
    /// One observation, its vectors as a whole: `X` is written `x`.
    Row,
    /// All observations: vectors and matrices.
    All,
}

/// Writes an expression.
pub(crate) fn write(pool: &mut Pool, id: Id, view: View) -> Formula {
    match pool.node(id).clone() {
        Node::Number(number) => write_number(number),
        Node::Symbol(_) => symbol(pool, id, view),
        Node::Sum(terms) => sum(pool, &terms, view),
        Node::Product(_) | Node::Power(..) => product(pool, id, view),
        Node::Call(function, args) => call(pool, &function, &args, view),
        Node::Reduce(reduction, axes, x) => reduce(pool, reduction, &axes, x, view),
        Node::Softmax(_, x) => softmax(pool, x, view),
        Node::MatMul(a, b) if view != View::All && is_transposed_rows(pool, a) => row_product(pool, a, b),
        Node::MatMul(a, b) if all_negated(pool, b).is_some() => {
            let dims = pool.dims(id).clone();
            let positive = all_negated(pool, b).unwrap_or(b);
            let product = pool.intern(Node::MatMul(a, positive), dims);
            let product = write(pool, product, view).at_least(Binding::Product);
            Formula::row(vec![Formula::sign("−"), product], Binding::Sum)
        }
        Node::MatMul(a, b) => {
            let view = if view == View::All { view } else { View::Row };
            let parts = [a, b].map(|side| {
                let is_product = matches!(pool.node(side), Node::Product(_) | Node::Power(..));
                write(pool, side, view).at_least(if is_product { Binding::Atom } else { Binding::Product })
            });
            let has_diagonal = pool.reachable(id).into_iter().any(|node| matches!(pool.node(node), Node::Diag(_)));
            let [left, right] = parts;
            match has_diagonal {
                true => Formula::row(vec![left, Formula::space(), right], Binding::Product),
                false => Formula::row(beside(vec![left, right]), Binding::Product),
            }
        }
        Node::Transpose(x) => Formula::atom(Part::Transpose(Box::new(write(pool, x, view)))),
        Node::Reshape(x) if view == View::All && is_row_sums(pool, id, x) => {
            let sums = write(pool, x, view).at_least(Binding::Product);
            let row = Formula::atom(Part::Transpose(Box::new(Formula::sign("𝟏"))));
            Formula::row(vec![sums, row], Binding::Product)
        }
        Node::Reshape(x) => write(pool, x, view),
        Node::Broadcast(x) if pool.as_number(x).is_some_and(Number::is_one) => Formula::sign("𝟏"),
        Node::Broadcast(x) => write(pool, x, view),
        Node::Diag(x) => applied("diag", vec![write(pool, x, View::One)]),
        Node::Identity => Formula::named("I"),
        Node::Opaque(name, operands) => opaque(pool, &name, &operands, view),
    }
}

/// Whether this is the sums of a matrix's rows as a column, to be stretched to all columns: `Y𝟏𝟏ᵀ`.
fn is_row_sums(pool: &Pool, column: Id, sums: Id) -> bool {
    let is_sum =
        matches!(pool.node(sums), Node::Reduce(Reduction::Sum, axes, x) if axes == &[1] && pool.dims(*x).len() == 2);
    is_sum && pool.dims(column).get(1) == Some(&Len::Of(1))
}

/// Whether this is the transpose of what is on the rows.
fn is_transposed_rows(pool: &Pool, a: Id) -> bool {
    matches!(*pool.node(a), Node::Transpose(x) if pool.has_rows(x))
}

/// What one row adds to `Xᵀδ`: `δx`, or `xᵀδ` if δ is a row itself.
fn row_product(pool: &mut Pool, a: Id, b: Id) -> Formula {
    let Node::Transpose(x) = *pool.node(a) else { return write(pool, a, View::Row) };
    let x = write(pool, x, View::Row);
    if pool.dims(b).len() == 1 {
        let b = write(pool, b, View::One).at_least(Binding::Product);
        return Formula::row(beside(vec![b, x]), Binding::Product);
    }
    let b = write(pool, b, View::Row).at_least(Binding::Atom);
    Formula::row(beside(vec![Formula::atom(Part::Transpose(Box::new(x))), b]), Binding::Product)
}

/// The index of a component.
fn index(view: View) -> Option<&'static str> {
    match view {
        View::One => Some("k"),
        View::Summed => Some("j"),
        View::Row | View::All => None,
    }
}

/// `softmax(z)ₖ`, of one observation a component.
fn softmax(pool: &mut Pool, x: Id, view: View) -> Formula {
    let has_components = pool.dims(x).len() > 1;
    let inner = if has_components && view != View::All { View::Row } else { view };
    let whole = applied("softmax", vec![write(pool, x, inner)]);
    match index(view).filter(|_| has_components) {
        Some(index) => Formula::atom(Part::Sub(Box::new(whole), Box::new(Formula::named(index)))),
        None => whole,
    }
}

fn symbol(pool: &Pool, id: Id, view: View) -> Formula {
    let Some(symbol) = pool.as_symbol(id) else { return Formula::words("?") };
    let name = &symbol.name;
    let on_rows = pool.has_rows(id) || symbol.role == Role::RowCount;
    let mut formula = Formula::named(name);
    // One row of a matrix has its small letter.
    if view != View::All
        && on_rows
        && let Part::Name(base, below) = &mut formula.part
        && base.chars().count() == 1
        && (pool.dims(id).len() > 1 || symbol.role == Role::RowCount)
    {
        *base = base.to_lowercase();
        let has_components = !symbol.is_whole && pool.dims(id).get(1).is_some_and(|&len| len != Len::Of(1));
        if let Some(index) = index(view).filter(|_| has_components && below.chars().all(|c| c.is_ascii_digit())) {
            below.push_str(index);
        }
    }
    formula
}

fn opaque(pool: &mut Pool, name: &str, operands: &[Id], view: View) -> Formula {
    let written: Vec<Formula> = operands.iter().map(|&operand| write(pool, operand, view)).collect();
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
