//! Sums and products over axes.

use super::call::applied;
use super::number::write_number;
use super::rows::{has_matrix_of_rows, to_all_columns};
use super::sides::{matrix_and_column, sides};
use super::sign::all_negated;
use super::spacing::beside;
use super::writer::{Tie, View, Writer, index, within_sum};
use crate::formula::{Binding, Formula, Part};
use crate::number::Number;
use crate::pool::{Id, Len, Node, Pool, Reduction};

pub(super) fn reduce(w: &mut Writer<'_>, reduction: Reduction, axes: &[usize], x: Id, view: View) -> Formula {
    let name = match reduction {
        Reduction::Sum | Reduction::OverRows => return big_sum(w, axes, x, view),
        Reduction::Max => "max",
        Reduction::Min => "min",
        Reduction::Prod => "∏",
    };
    if axes != [1] || w.pool.dims(x).len() != 2 {
        return applied(name, vec![w.write(x, view)]);
    }
    // Of each row: maxⱼ zⱼ.
    let (inner, index) = match view {
        View::All => (View::All, w.pool.letters.component),
        _ => {
            let inner = within_sum(view);
            (inner, index(w.pool, inner).unwrap_or_default())
        }
    };
    let name = Formula::atom(Part::Function(name.into()));
    let name = Formula::atom(Part::Sub(Box::new(name), Box::new(Formula::named(index))));
    let of = w.write(x, inner).at_least(Binding::Atom);
    Formula::row(vec![name, Formula::space(), of], Binding::Product)
}

/// Where the largest or smallest is: `[zₖ = maxⱼ zⱼ]`.
pub(super) fn at_extremum(w: &mut Writer<'_>, extremum: Id, axes: &[usize], x: Id, view: View) -> Formula {
    let value = w.write(extremum, view);
    let is_of_rows = view == View::All && axes == [1];
    let sides = vec![w.write(x, view), if is_of_rows { to_all_columns(value) } else { value }];
    let bracket = Formula::atom(Part::Fence("[", Box::new(Formula::joined(sides, "=", Binding::Atom)), "]"));
    let tie = Tie { bracket: bracket.text(), value: "shared evenly", place: "among ties".into() };
    if !w.ties.contains(&tie) {
        w.ties.push(tie);
    }
    bracket
}

/// The sum along the last axis of a matrix, in the view of all observations: `Y𝟏`.
fn row_sums(w: &mut Writer<'_>, x: Id) -> Formula {
    let x = w.write(x, View::All).at_least(Binding::Atom);
    Formula::row(vec![x, Formula::sign("𝟏")], Binding::Product)
}

/// The sum along the first axis of a matrix, in the view of all observations: `Yᵀ𝟏`.
fn column_sums(w: &mut Writer<'_>, x: Id, rows: Len) -> Formula {
    if let Some(positive) = all_negated(w.pool, x) {
        let sum = column_sums(w, positive, rows);
        return Formula::row(vec![Formula::sign("−"), sum], Binding::Sum);
    }
    let dims = w.pool.dims(x).clone();
    let mut transposed = None;
    if let Node::Product(factors) = w.pool.node(x).clone() {
        // Of a column and a row, the row times a number: `b Σ a`. Other products as a whole: `(A ⊙ B)ᵀ`.
        if let Some([row, columns, others]) = sides(w.pool, &factors)
            && others.iter().all(|&other| w.pool.is_scalar(other))
        {
            let [row, column] = [row, columns].map(|factors| w.pool.product(&factors));
            let [row, column] = [(row, dims[1]), (column, rows)].map(|(side, len)| w.pool.reshape(side, &[len]));
            let sum = w.pool.reduce(Reduction::Sum, &[0], column);
            let whole = w.pool.product(&[others, vec![sum, row]].concat());
            return w.write(whole, View::All);
        }
        transposed = Some(w.pool.intern(Node::Transpose(x), vec![dims[1], dims[0]]));
    }
    let transposed = transposed.unwrap_or_else(|| w.pool.transpose(x));
    let one = w.pool.number(Number::ONE);
    let ones = w.pool.broadcast(one, &[rows]);
    let product = w.pool.matmul(transposed, ones);
    w.write(product, View::All)
}

/// The a and b of `aᵀb`, two vectors: on the rows where sums over them have whole matrices.
fn inner_product(pool: &Pool, axes: &[usize], x: Id, has_all_rows: bool) -> Option<[Id; 2]> {
    let Node::Product(factors) = pool.node(x) else { return None };
    let dims = pool.dims(x);
    let has_whole_rows = has_all_rows && has_matrix_of_rows(pool, x);
    let is_vector = axes == [0] && dims.len() == 1 && (dims.first() != Some(&Len::Rows) || has_whole_rows);
    let are_vectors = factors.iter().all(|&factor| pool.dims(factor) == dims);
    factors.as_slice().try_into().ok().filter(|_| is_vector && are_vectors)
}

/// Whether this is a number that is written as `aᵀb`.
pub(super) fn is_inner_product(pool: &Pool, id: Id, has_all_rows: bool) -> bool {
    match pool.node(id) {
        Node::Reduce(Reduction::Sum, axes, x) if pool.as_element(id).is_none() => {
            inner_product(pool, axes, *x, has_all_rows).is_some()
        }
        Node::MatMul(..) => pool.is_scalar(id),
        _ => false,
    }
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
            _ => {}
        }
    }
    if let Node::Power(base, exponent) = *w.pool.node(x)
        && exponent == Number::whole(2)
        && axes.len() == dims.len()
        && has_norm_of_rows(w, base, view)
    {
        return norm_of(w, base, exponent);
    }
    if let Some([a, b]) = inner_product(w.pool, axes, x, w.has_all_rows && view == View::All) {
        let a = Formula::atom(Part::Transpose(Box::new(w.write(a, View::All))));
        let b = w.write(b, View::All).at_least(Binding::Product);
        return Formula::row(beside(vec![a, b]), Binding::Product);
    }
    if view == View::All
        && axes == [0]
        && let Some([matrix, column]) = matrix_and_column(w.pool, x)
    {
        let transposed = w.pool.transpose(matrix);
        let product = w.pool.matmul(transposed, column);
        return w.write(product, view);
    }
    if view == View::All && dims.len() == 2 && axes == [1] {
        return row_sums(w, x);
    }
    if view == View::All && dims.len() == 2 && axes == [0] {
        return column_sums(w, x, dims[0]);
    }
    // Over all that there is, the terms are numbers; along one axis of a matrix, they are vectors.
    if axes.len() == 2 && over_rows {
        // Over the observations, then over the components of each.
        let row = w.pool.raw_sum_along_rows(x);
        let of_one = if matches!(view, View::Summed | View::Inner) { view } else { View::One };
        let (is_negative, row) = w.write(row, of_one).split_minus();
        let sum = Formula::row(vec![Formula::sign("Σ"), Formula::space(), row], Binding::Product);
        return if is_negative { Formula::row(vec![Formula::sign("−"), sum], Binding::Sum) } else { sum };
    }
    let inner = match view {
        // Products of matrices by their elements are no matrix products.
        _ if axes.len() == dims.len() && dims.len() == 2 && !over_rows && view == View::All => View::All,
        View::All if w.has_all_rows && dims.len() == 1 && has_matrix_of_rows(w.pool, x) => View::All,
        _ if axes.len() == dims.len() && over_rows && dims.len() == 1 => View::One,
        _ if axes.len() == dims.len() && matches!(view, View::Summed | View::Inner) => within_sum(view),
        _ if axes.len() == dims.len() => View::One,
        View::All => View::All,
        _ => within_sum(view),
    };
    let (x, is_negative) = match all_negated(w.pool, x) {
        Some(positive) => (positive, true),
        None => (x, false),
    };
    let (has_minus, body) = w.write(x, inner).split_minus();
    let is_negative = is_negative != has_minus;
    let body = match body.binding {
        Binding::Sum => Formula::atom(Part::Fence("[", Box::new(body), "]")),
        _ => body,
    };
    let sign = match (axes, dims.len()) {
        (_, n) if n == axes.len() => Formula::sign("Σ"),
        (&[0], _) => indexed(w.pool.letters.row),
        _ => indexed(index(w.pool, inner).unwrap_or(w.pool.letters.component)),
    };
    let sum = Formula::row(vec![sign, Formula::space(), body], Binding::Product);
    if is_negative { Formula::row(vec![Formula::sign("−"), sum], Binding::Sum) } else { sum }
}

/// Of a sum of squares the norm to a power, where one is written.
pub(super) fn norm(w: &mut Writer<'_>, sum: Id, exponent: Number, view: View) -> Option<Formula> {
    let base = sum_of_squares(w.pool, sum)?;
    // Of the rows, what the user wrote, `‖y − η‖²`, whose root is taken to be squared; else only beside roots.
    let is_norm = w.pool.is_verbatim || !w.pool.has_rows(base) || has_norm_of_rows(w, base, view);
    is_norm.then(|| norm_of(w, base, exponent))
}

/// Whether this sum over the rows is written as a norm.
pub(super) fn is_norm_of_rows(w: &Writer<'_>, sum: Id, view: View) -> bool {
    sum_of_squares(w.pool, sum).is_some_and(|base| w.pool.has_rows(base) && has_norm_of_rows(w, base, view))
}

/// Whether sums of squares of this over the rows are written as norms, of whole matrices.
fn has_norm_of_rows(w: &Writer<'_>, base: Id, view: View) -> bool {
    view == View::All && w.has_norms && (w.has_all_rows || !has_matrix_of_rows(w.pool, base))
}

/// What a number is the sum of the squares of.
fn sum_of_squares(pool: &Pool, sum: Id) -> Option<Id> {
    let Node::Reduce(Reduction::Sum, axes, squares) = pool.node(sum) else { return None };
    let Node::Power(base, power) = *pool.node(*squares) else { return None };
    (power == Number::whole(2) && axes.len() == pool.dims(*squares).len()).then_some(base)
}

/// Whether this has a root of a sum of squares over the rows.
pub(super) fn has_roots_of_squares(pool: &Pool, id: Id) -> bool {
    let is_root = |part: Id| match *pool.node(part) {
        Node::Power(sum, exponent) if exponent.as_whole().is_none() => {
            sum_of_squares(pool, sum).is_some_and(|base| pool.has_rows(base))
        }
        _ => false,
    };
    pool.reachable(id).into_iter().any(is_root)
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
