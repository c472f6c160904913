//! Expressions as formulas, in the order and with the signs that a textbook prefers.

mod call;
mod number;
mod product;
mod reduction;
mod rows;
mod sides;
mod sign;
mod spacing;
mod sum;
mod writer;

pub(crate) use call::applied;
use number::write_typed;
pub(crate) use number::{has_pi, write_number};
pub(crate) use sides::is_outer;
pub(crate) use writer::View;

use crate::formula::{Binding, Formula, Part};
use crate::number::Number;
use crate::pool::{Id, Node, Pool, Reduction};
use call::call;
use product::product;
use reduction::{at_extremum, has_roots_of_squares, reduce};
use rows::{
    has_matrix_of_rows, has_transposed_rows, is_column, is_matrix_of_rows, is_ones, is_transposed_rows, is_wide,
    row_product, symbol, to_all_columns, transposed,
};
use sign::all_negated;
use spacing::beside;
use sum::sum;
use writer::{Tie, Writer, component, index};

/// Writes an expression.
pub(crate) fn write(pool: &mut Pool, id: Id, view: View) -> Formula {
    whole(&mut Writer::new(pool, any), id, view)
}

/// Writes an expression with its terms and factors in their order.
pub(crate) fn write_verbatim(pool: &mut Pool, id: Id, view: View) -> Formula {
    pool.is_verbatim = true;
    let formula = write(pool, id, view);
    pool.is_verbatim = false;
    formula
}

/// Writes an expression that is part of no other.
fn whole(writer: &mut Writer<'_>, id: Id, view: View) -> Formula {
    writer.has_all_rows = view == View::All && has_transposed_rows(writer.pool, id);
    writer.has_norms = view == View::All && has_roots_of_squares(writer.pool, id);
    writer.write(id, view)
}

/// Writes a factor of a product element by element.
pub(crate) fn write_factor(pool: &mut Pool, id: Id, view: View) -> Formula {
    product::beside_elements(write(pool, id, view))
}

/// Writes one row of a matrix as a column.
pub(crate) fn write_column(pool: &mut Pool, id: Id) -> Formula {
    rows::write_upright(&mut Writer::new(pool, any), id)
}

/// Writes a derivative by `by`: by components of it where it has such, whatever the shape of the expression.
pub(crate) fn write_by(pool: &mut Pool, id: Id, by: Id, view: View) -> Formula {
    match pool.has_rows(by) && pool.dims(by).len() > 1 {
        true => write_component(pool, id, view),
        false => write(pool, id, view),
    }
}

/// Writes one component of an expression, that of a vector included.
pub(crate) fn write_component(pool: &mut Pool, id: Id, view: View) -> Formula {
    let mut writer = Writer::new(pool, any);
    writer.is_stretched = true;
    writer.write(id, view)
}

/// Writes one component of an expression, of rows too that are written as a whole elsewhere.
pub(crate) fn write_element(pool: &mut Pool, id: Id, view: View) -> Formula {
    let mut writer = Writer::new(pool, any);
    (writer.is_stretched, writer.has_components) = (true, true);
    writer.write(id, view)
}

/// Writes an expression, and says what its brackets are at ties, if that isn't what all of them are.
pub(crate) fn write_with_ties(pool: &mut Pool, id: Id, view: View) -> (Formula, Option<String>) {
    let mut writer = Writer::new(pool, any);
    let formula = whole(&mut writer, id, view);
    let ties = std::mem::take(&mut writer.ties);
    let said: &[&str] = if has_plain_comparisons(writer.pool) { &["½", "shared evenly"] } else { &["shared evenly"] };
    let notes: Vec<String> = said.iter().filter_map(|value| at_ties(&ties, value)).collect();
    (formula, (!notes.is_empty()).then(|| notes.join(", ")))
}

/// Whether there are brackets that are ½ where both sides are equal: derivatives of a maximum or minimum.
pub(crate) fn has_halves(pool: &Pool) -> bool {
    pool.all().any(|node| matches!(node, Node::Call(function, _) if &*function.name == "share"))
}

/// Whether there are brackets that are 0 or 1: comparisons, and derivatives of `max(0, x)` and of softmax.
pub(crate) fn has_plain_comparisons(pool: &Pool) -> bool {
    pool.all().any(|node| match node {
        Node::Call(function, _) => {
            matches!(&*function.name, "lt" | "le" | "gt" | "ge" | "equal" | "not_equal" | "step" | "relu")
        }
        Node::Softmax(..) | Node::Reduce(Reduction::Max | Reduction::Min, ..) => true,
        _ => false,
    })
}

/// Which comparisons have a value where both sides are equal.
fn at_ties(ties: &[Tie], value: &str) -> Option<String> {
    let ties: Vec<&Tie> = ties.iter().filter(|tie| tie.value == value).collect();
    let brackets: Vec<&str> = ties.iter().map(|tie| tie.bracket.as_str()).collect();
    match ties.as_slice() {
        [] => None,
        [tie] => Some(format!("{} is {value} {}", tie.bracket, tie.place)),
        _ => Some(format!("{} are {value} where both sides are equal", brackets.join(" and "))),
    }
}

fn any(w: &mut Writer<'_>, id: Id, view: View) -> Formula {
    match w.pool.node(id).clone() {
        Node::Number(number) if w.pool.is_verbatim => write_typed(number),
        Node::Number(number) => write_number(number),
        Node::Symbol(_) => symbol(w, id, view),
        Node::Sum(terms) => sum(w, &terms, view),
        Node::Product(_) | Node::Power(..) => product(w, id, view),
        Node::Call(function, args) => call(w, &function, &args, view),
        Node::Reduce(..) if let Some((place, of)) = w.pool.as_element(id) => element(of.formula(), place),
        // What one observation adds.
        Node::Reduce(Reduction::OverRows, _, x) if view != View::All => w.write(x, View::Row),
        Node::Reduce(reduction, axes, x) => reduce(w, reduction, &axes, x, view),
        Node::Softmax(axes, x) => softmax(w, &axes, x, view),
        Node::MatMul(a, b) if view != View::All && is_transposed_rows(w.pool, a) => row_product(w, a, b),
        Node::MatMul(a, b) if all_negated(w.pool, b).is_some() => {
            let dims = w.pool.dims(id).clone();
            let positive = all_negated(w.pool, b).unwrap_or(b);
            let product = w.pool.intern(Node::MatMul(a, positive), dims);
            let product = w.write(product, view).at_least(Binding::Product);
            Formula::row(vec![Formula::sign("−"), product], Binding::Sum)
        }
        Node::MatMul(a, b)
            if w.pool.is_verbatim && w.pool.as_number(a).is_none() && !w.pool.split_coefficient(a).0.is_one() =>
        {
            verbatim_multiple(w, id, [a, b], view)
        }
        Node::MatMul(..)
            if w.pool.dims(id).len() > 1
                && let Some(index) = index(w.pool, view) =>
        {
            component(w.write(id, View::Row), index)
        }
        Node::MatMul(a, b) => {
            let view = if view == View::All { view } else { View::Row };
            let mut parts = [a, b].map(|side| {
                let is_product = matches!(w.pool.node(side), Node::Product(_) | Node::Power(..));
                w.write(side, view).at_least(if is_product { Binding::Atom } else { Binding::Product })
            });
            if view == View::Row && w.pool.rows_stand() && is_matrix_of_rows(w.pool, a) {
                parts[0] = transposed(parts[0].clone());
            }
            let has_diagonal = w.pool.reachable(id).into_iter().any(|node| matches!(w.pool.node(node), Node::Diag(_)));
            let [left, right] = parts;
            match has_diagonal {
                true => Formula::row(vec![left, Formula::space(), right], Binding::Product),
                false => Formula::row(beside(vec![left, right]), Binding::Product),
            }
        }
        Node::Transpose(x) => Formula::atom(Part::Transpose(Box::new(w.write(x, view)))),
        Node::Reshape(x) => w.write(x, view),
        Node::Broadcast(_) if is_ones(w.pool, id) => match (view, is_wide(w.pool.dims(id))) {
            (View::All, true) => to_all_columns(Formula::sign("𝟏")),
            (View::Row, true) => Formula::atom(Part::Transpose(Box::new(Formula::sign("𝟏")))),
            _ => Formula::sign("𝟏"),
        },
        Node::Broadcast(x) if view == View::All && w.pool.dims(id).len() == 2 && w.pool.dims(x).len() == 1 => {
            let row = Formula::atom(Part::Transpose(Box::new(w.write(x, view).at_least(Binding::Atom))));
            Formula::row(beside(vec![Formula::sign("𝟏"), row]), Binding::Product)
        }
        Node::Broadcast(x) if view != View::One && is_column(w.pool, x) && w.pool.dims(id).len() == 2 => {
            to_all_columns(w.write(x, view))
        }
        Node::Broadcast(x) => w.write(x, view),
        // As one number of each row, if that needs no row of a matrix.
        Node::Diag(x) => {
            let view = if has_matrix_of_rows(w.pool, x) { View::All } else { View::One };
            applied("diag", vec![w.write(x, view)])
        }
        Node::Identity => Formula::named(w.pool.letters.identity),
        Node::Opaque(name, operands) => opaque(w, &name, &operands, view),
    }
}

/// `−Xθ` and `2Xθ`, where the matrix alone was negated or multiplied.
fn verbatim_multiple(w: &mut Writer<'_>, id: Id, [a, b]: [Id; 2], view: View) -> Formula {
    let (coefficient, rest) = w.pool.split_coefficient(a);
    let dims = w.pool.dims(id).clone();
    let product = w.pool.intern(Node::MatMul(rest.unwrap_or(a), b), dims);
    let product = w.write(product, view).at_least(Binding::Product);
    if coefficient == Number::MINUS_ONE {
        return Formula::row(vec![Formula::sign("−"), product], Binding::Sum);
    }
    let (is_negative, number) = write_typed(coefficient).split_minus();
    let multiple = Formula::row(beside(vec![number, product]), Binding::Product);
    match is_negative {
        true => Formula::row(vec![Formula::sign("−"), multiple], Binding::Sum),
        false => multiple,
    }
}

/// `θ₁`, and of what has a number itself `z_{2,1}`.
fn element(mut formula: Formula, place: usize) -> Formula {
    if let Part::Name(_, below) = &mut formula.part {
        *below = if below.is_empty() { place.to_string() } else { format!("{below},{place}") };
    }
    formula
}

/// `softmax(z)ₖ`, of one observation a component. Over all elements it has another name than that of each row, and what one observation
/// has of it is a quotient.
fn softmax(w: &mut Writer<'_>, axes: &[usize], x: Id, view: View) -> Formula {
    let is_over_rows = axes.contains(&0) && w.pool.has_rows(x);
    if is_over_rows && view != View::All {
        let above = w.pool.call("exp", &[x]);
        let below = w.pool.reduce(Reduction::Sum, axes, above);
        let [above, below] = [above, below].map(|part| Box::new(w.write(part, view)));
        return Formula::bound(Part::Fraction(above, below), Binding::Product);
    }
    let is_of_vectors = axes.len() == 1 && axes[0] + 1 == w.pool.dims(x).len();
    if is_over_rows || !is_of_vectors {
        let name = Formula::atom(Part::Function("softmax".into()));
        let below = Formula::words(if axes.len() == w.pool.dims(x).len() { "all" } else { "columns" });
        let name = Formula::atom(Part::Sub(Box::new(name), Box::new(below)));
        return Formula::row(vec![name, w.write(x, view).parenthesised()], Binding::Atom);
    }
    let has_components = w.pool.dims(x).len() > 1;
    let inner = if has_components && view != View::All { View::Row } else { view };
    let whole = applied("softmax", vec![w.write(x, inner)]);
    match index(w.pool, view).filter(|_| has_components) {
        Some(index) => component(whole, index),
        None => whole,
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
        ("∂", [of, by]) => match w.pool.node(operands[0]).clone() {
            Node::Reduce(Reduction::Max | Reduction::Min, axes, x) => at_extremum(w, operands[0], &axes, x, view),
            _ => Formula::derivative(of.clone(), by.clone()),
        },
        ("jvp", [of, ..]) => Formula::row(vec![Formula::words("d"), of.clone().at_least(Binding::Atom)], Binding::Atom),
        _ => applied(name, written),
    }
}
