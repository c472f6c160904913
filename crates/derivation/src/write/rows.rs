//! What one row of the observations is written as: symbols with their indices, products of rows.

use super::spacing::beside;
use super::writer::{View, Writer, component, index};
use crate::formula::{Binding, Formula, Part};
use crate::number::Number;
use crate::pool::{Id, Len, Node, Pool, Reduction, Symbol};

/// Whether this is the sums of a matrix's rows as a column, which are stretched to all columns beside a matrix: `Y𝟏𝟏ᵀ`.
pub(super) fn is_row_sums(pool: &Pool, column: Id, sums: Id) -> bool {
    let is_sum =
        matches!(pool.node(sums), Node::Reduce(Reduction::Sum, axes, x) if axes == &[1] && pool.dims(*x).len() == 2);
    is_sum && pool.dims(column).get(1) == Some(&Len::Of(1))
}

/// Whether this has one number in each row of a matrix.
pub(super) fn is_column(pool: &Pool, id: Id) -> bool {
    matches!(pool.dims(id).as_slice(), [Len::Rows, Len::Of(1)])
}

/// Whether a matrix has several columns.
pub(super) fn is_wide(dims: &[Len]) -> bool {
    matches!(dims, &[_, columns] if columns != Len::Of(1))
}

/// A column in all columns of a matrix: `y𝟏ᵀ`.
pub(super) fn to_all_columns(column: Formula) -> Formula {
    let is_joined = |part: &Part| matches!(part, Part::Infix("⊙") | Part::Space | Part::Fraction(..));
    let is_one_factor = column.binding > Binding::Sum && !has(&column, is_joined);
    let column = if is_one_factor { column } else { column.parenthesised() };
    let ones = Formula::atom(Part::Transpose(Box::new(Formula::sign("𝟏"))));
    Formula::row(vec![column, ones], Binding::Product)
}

/// Whether there is such a part that isn't in parentheses.
pub(super) fn has(formula: &Formula, is_it: fn(&Part) -> bool) -> bool {
    match &formula.part {
        Part::Row(parts) => parts.iter().any(|part| has(part, is_it)),
        part => is_it(part),
    }
}

/// Whether this is a vector or matrix of ones.
pub(super) fn is_ones(pool: &Pool, id: Id) -> bool {
    matches!(*pool.node(id), Node::Broadcast(x) if pool.as_number(x).is_some_and(Number::is_one))
}

/// Whether this is the transpose of what is on the rows.
pub(super) fn is_transposed_rows(pool: &Pool, a: Id) -> bool {
    matches!(*pool.node(a), Node::Transpose(x) if pool.has_rows(x))
}

/// Whether a product with such a transpose is among the parts.
pub(super) fn has_transposed_rows(pool: &Pool, id: Id) -> bool {
    let is_product = |part: Id| matches!(*pool.node(part), Node::MatMul(a, _) if is_transposed_rows(pool, a));
    pool.reachable(id).into_iter().any(is_product)
}

/// Whether one row of this is written with another letter than the whole: x of X.
pub(super) fn has_matrix_of_rows(pool: &Pool, id: Id) -> bool {
    let is_matrix = |part: Id| pool.as_symbol(part).is_some() && pool.has_rows(part) && pool.dims(part).len() > 1;
    pool.reachable(id).into_iter().any(is_matrix)
}

/// Whether this is a matrix with a row for each observation.
pub(super) fn is_matrix_of_rows(pool: &Pool, id: Id) -> bool {
    pool.has_rows(id) && pool.dims(id).len() == 2
}

pub(super) fn transposed(formula: Formula) -> Formula {
    Formula::atom(Part::Transpose(Box::new(formula.at_least(Binding::Atom))))
}

/// A row of a matrix as a column.
pub(crate) fn write_upright(w: &mut Writer<'_>, x: Id) -> Formula {
    let row = w.write(x, View::Row);
    if w.pool.rows_stand() || !is_matrix_of_rows(w.pool, x) { row } else { transposed(row) }
}

/// What one row adds to `Xᵀδ`: `δx` with x as a column, or `xᵀδ` if δ is a row itself.
pub(super) fn row_product(w: &mut Writer<'_>, a: Id, b: Id) -> Formula {
    let Node::Transpose(x) = *w.pool.node(a) else { return w.write(a, View::Row) };
    if w.pool.dims(b).len() < 2 {
        let x = write_upright(w, x);
        if is_ones(w.pool, b) {
            return x;
        }
        let b = w.write(b, View::One).at_least(Binding::Product);
        return Formula::row(beside(vec![b, x]), Binding::Product);
    }
    let x = w.write(x, View::Row);
    let b = w.write(b, View::Row).at_least(Binding::Atom);
    Formula::row(beside(vec![Formula::atom(Part::Transpose(Box::new(x))), b]), Binding::Product)
}

pub(super) fn symbol(w: &Writer<'_>, id: Id, view: View) -> Formula {
    let pool = &*w.pool;
    let Some(symbol) = pool.as_symbol(id) else { return Formula::words("?") };
    let mut formula = symbol.formula();
    // One row of a matrix has its small letter, or the row's index if that letter is the name of something else.
    if view != View::All
        && pool.has_rows(id)
        && pool.dims(id).len() > 1
        && let Part::Name(base, below) = &mut formula.part
        && base.chars().count() == 1
    {
        let small = Part::Name(base.to_lowercase(), below.clone());
        let is_other = |other: &Symbol| other.name != symbol.name && other.formula().part == small;
        let is_own = below.is_empty() && pool.letters.all().any(|letter| base.to_lowercase() == letter);
        let row = if is_own || pool.symbols.iter().any(is_other) { pool.letters.row } else { "" };
        if row.is_empty() {
            *base = base.to_lowercase();
        }
        let has_components =
            (w.has_components || !symbol.is_whole) && pool.dims(id).get(1).is_some_and(|&len| len != Len::Of(1));
        let index = index(pool, view).filter(|_| has_components);
        let has_place = below.chars().all(|c| c.is_ascii_digit());
        if let Some(index) = index.filter(|_| has_place) {
            below.push_str(index);
        }
        below.insert_str(0, row);
        if let Some(index) = index.filter(|_| !has_place) {
            return component(formula, index);
        }
    }
    formula
}
