//! Products, quotients and powers.

use super::number::{as_fraction, write_number};
use super::reduction::{is_inner_product, is_norm_of_rows, norm};
use super::rows::{has, is_column, is_ones, is_transposed_rows, is_wide, row_product, to_all_columns, transposed};
use super::sides::{as_matrices, sides};
use super::sign::{all_negated, flipped, recorded_turn};
use super::spacing::beside;
use super::writer::{View, Writer};
use crate::formula::{Binding, Formula, Part};
use crate::number::Number;
use crate::pool::{Id, Len, Node, Pool, Reduction};

/// A product as it stands on the line: above and below the bar, the scalars of a product of arrays in a fraction of their own.
pub(super) fn product(w: &mut Writer<'_>, id: Id, view: View) -> Formula {
    let (coefficient, _) = w.pool.split_coefficient(id);
    if coefficient.is_negative() {
        if let Some(turned) = flipped(w.pool, id) {
            return w.write(turned, view);
        }
        let positive = w.pool.negated(id);
        let parts = vec![Formula::sign("−"), bracketed(w.write(positive, view))];
        return Formula::row(parts, Binding::Sum);
    }
    let factors = match w.pool.node(id).clone() {
        Node::Product(factors) => factors,
        _ => vec![id],
    };
    if let Some((left, right)) = of_one_row(w.pool, &factors, view) {
        return row_product(w, left, right);
    }
    if view == View::All
        && let Some(matrices) = as_matrices(w.pool, &factors)
    {
        return w.write(matrices, view);
    }
    if let Some(positive) = with_positive_sum(w.pool, &factors) {
        let positive = w.write(positive, view).at_least(Binding::Product);
        return Formula::row(vec![Formula::sign("−"), positive], Binding::Sum);
    }
    let is_array = |pool: &Pool, id: Id| match view {
        View::All => !pool.is_scalar(id),
        View::One | View::Summed | View::Inner => false,
        View::Row => is_row(pool, id),
    };
    let mut split = Split::default();
    for &factor in &factors {
        let array = !w.pool.is_verbatim && is_array(w.pool, factor) || matches!(w.pool.node(factor), Node::Reduce(..));
        split.take(w.pool, factor, array);
    }
    let is_big = |&factor: &Id| matches!(w.pool.node(factor), Node::MatMul(..) | Node::Reduce(..));
    let arrays_divide = !split.below[1].is_empty();
    if split.above[1].iter().any(is_big) && !arrays_divide && !split.below[0].is_empty() {
        // (2/n)·Xᵀ(…)
        let [scalars, arrays] = split.above;
        let [below, _] = split.below;
        let front = quotient(w, scalars, below, coefficient, view, false);
        let rest = line(w, arrays, view);
        let is_plain = matches!(front.part, Part::Fraction(..)) && front.text().chars().count() == 1;
        let between = if is_plain { Vec::new() } else { vec![Formula::sign("·")] };
        let parts = [vec![front], between, vec![rest.at_least(Binding::Product)]].concat();
        return Formula::row(parts, Binding::Product);
    }
    let above = split.above.concat();
    let below = split.below.concat();
    quotient(w, above, below, coefficient, view, true)
}

/// A sum in parentheses, or, around such, in brackets.
fn bracketed(formula: Formula) -> Formula {
    match formula.binding {
        Binding::Sum if formula.text().contains('(') => Formula::atom(Part::Fence("[", Box::new(formula), "]")),
        _ => formula.at_least(Binding::Product),
    }
}

/// Of one row's part of `c·Xᵀδ`, Xᵀ and c·δ.
fn of_one_row(pool: &mut Pool, factors: &[Id], view: View) -> Option<(Id, Id)> {
    if view == View::All {
        return None;
    }
    let place = factors.iter().position(|&factor| match *pool.node(factor) {
        Node::MatMul(left, _) => is_transposed_rows(pool, left),
        _ => false,
    })?;
    let Node::MatMul(left, right) = *pool.node(factors[place]) else { return None };
    if pool.dims(right).len() != 1 {
        return None;
    }
    let mut scaled = factors.to_vec();
    match is_ones(pool, right) {
        true => _ = scaled.remove(place),
        false => scaled[place] = right,
    }
    let others_are_numbers =
        factors.len() > 1 && factors.iter().enumerate().all(|(at, &x)| at == place || pool.is_scalar(x));
    others_are_numbers.then(|| (left, pool.product(&scaled)))
}

/// The negative of a product with a sum whose terms are all negative.
fn with_positive_sum(pool: &mut Pool, factors: &[Id]) -> Option<Id> {
    for (place, &factor) in factors.iter().enumerate() {
        if let Node::Reduce(Reduction::Sum, axes, x) = pool.node(factor).clone()
            && factors.len() > 1
            && let Some(positive) = all_negated(pool, x)
        {
            let mut factors = factors.to_vec();
            factors[place] = pool.reduce(Reduction::Sum, &axes, positive);
            return Some(pool.product(&factors));
        }
    }
    None
}

/// The factors of a product: scalars and arrays, above and below the bar.
#[derive(Default)]
struct Split {
    above: [Vec<Id>; 2],
    below: [Vec<Id>; 2],
}

impl Split {
    fn take(&mut self, pool: &mut Pool, factor: Id, is_array: bool) {
        let kind = usize::from(is_array);
        match *pool.node(factor) {
            Node::Number(_) => {}
            Node::Power(base, exponent) if exponent.is_negative() => {
                let inverse =
                    if exponent == Number::MINUS_ONE { base } else { power_of(pool, base, exponent.negated()) };
                self.below[kind].push(inverse);
            }
            _ => self.above[kind].push(factor),
        }
    }
}

/// A power as it stands, even of a sum below which the normal form would look.
fn power_of(pool: &mut Pool, base: Id, exponent: Number) -> Id {
    let dims = pool.dims(base).clone();
    pool.intern(Node::Power(base, exponent), dims)
}

fn quotient(
    w: &mut Writer<'_>,
    above: Vec<Id>,
    below: Vec<Id>,
    coefficient: Number,
    view: View,
    joins: bool,
) -> Formula {
    if let Some(fraction) = over_a_constant(w, &above, &below, coefficient, view) {
        return fraction;
    }
    let (mut numerator, mut denominator) = match as_fraction(coefficient) {
        Some((n, d)) => (Number::whole(n), Number::whole(d)),
        None => (coefficient, Number::ONE),
    };
    let mut front = None;
    if below.is_empty() && joins && !above.is_empty() {
        // ½r², not r²/2.
        let written = write_number(coefficient);
        front = Some(written).filter(|_| !coefficient.is_one());
        (numerator, denominator) = (Number::ONE, Number::ONE);
    }
    let has_row = above.iter().chain(&below).any(|&factor| w.pool.has_rows(factor) && is_row(w.pool, factor));
    let is_beside_row = view == View::Row && has_row;
    w.is_beside_row = is_beside_row;
    let above = line_with(w, numerator, above, view);
    w.is_beside_row = is_beside_row;
    let whole = if below.is_empty() && denominator.is_one() {
        above
    } else {
        let below = line_with(w, denominator, below, view);
        Formula::bound(Part::Fraction(Box::new(above), Box::new(below)), Binding::Product)
    };
    w.is_beside_row = false;
    match front {
        Some(front) => {
            let binding = if whole.binding == Binding::Sum { Binding::Sum } else { Binding::Product };
            Formula::row(beside(vec![front, whole]), binding.max(Binding::Product))
        }
        None => whole,
    }
}

/// `y/π`, where the coefficient is the reciprocal of a number with a name.
fn over_a_constant(w: &mut Writer<'_>, above: &[Id], below: &[Id], coefficient: Number, view: View) -> Option<Formula> {
    if as_fraction(coefficient).is_some() {
        return None;
    }
    let Part::Fraction(number, constant) = write_number(coefficient).part else { return None };
    let with = |w: &mut Writer<'_>, number: Formula, factors: &[Id]| {
        if factors.is_empty() {
            return number;
        }
        let rest = line(w, factors.to_vec(), view);
        match number.text() == "1" {
            true => rest,
            false => Formula::row(beside(vec![number, rest.at_least(Binding::Product)]), Binding::Product),
        }
    };
    let (above, below) = (with(w, *number, above), with(w, *constant, below));
    Some(Formula::bound(Part::Fraction(Box::new(above), Box::new(below)), Binding::Product))
}

fn line_with(w: &mut Writer<'_>, number: Number, factors: Vec<Id>, view: View) -> Formula {
    if factors.is_empty() {
        return write_number(number);
    }
    let rest = line(w, factors, view);
    if number.is_one() {
        return rest;
    }
    Formula::row(beside(vec![write_number(number), rest.at_least(Binding::Product)]), Binding::Product)
}

/// Whether one observation has several numbers of this.
fn is_row(pool: &Pool, id: Id) -> bool {
    pool.dims(id).iter().any(|&len| !matches!(len, Len::Rows | Len::Of(1)))
}

/// Factors side by side: symbols, then parentheses, then functions, then matrix products; σ(1 − σ) begins with the function.
fn line(w: &mut Writer<'_>, mut factors: Vec<Id>, view: View) -> Formula {
    // Beside a row, a vector lies down.
    let has_row = factors.iter().any(|&factor| w.pool.has_rows(factor) && is_row(w.pool, factor));
    let is_beside_row = std::mem::take(&mut w.is_beside_row) || view == View::Row && has_row;
    if let &[single] = factors.as_slice() {
        let formula = power(w, single, view);
        return if is_beside_row && is_vector(w.pool, single) { transposed(formula) } else { formula };
    }
    if matches!(view, View::All | View::Row)
        && let Some(outer) = outer_product(w, &factors, view)
    {
        return outer;
    }
    let has_arrays = factors.iter().any(|&factor| !w.pool.is_scalar(factor));
    let sums: Vec<Id> = factors.iter().copied().filter(|&factor| is_sum(w.pool, factor)).collect();
    // The number xᵀy beside a matrix stands in front, in parentheses: Axᵀy would be read as (Axᵀ)y.
    let has_all_rows = w.has_all_rows;
    let is_inner = |pool: &Pool, id: Id| view == View::All && has_arrays && is_inner_product(pool, id, has_all_rows);
    let base_of = |pool: &Pool, id: Id| match *pool.node(id) {
        Node::Power(base, _) => base,
        _ => id,
    };
    let bases: Vec<Id> = factors.iter().map(|&factor| base_of(w.pool, factor)).collect();
    let norms: Vec<Id> = bases.into_iter().filter(|&base| is_norm_of_rows(w, base, view)).collect();
    let rank = |pool: &Pool, id: Id| {
        let base = base_of(pool, id);
        match pool.node(base) {
            Node::Number(_) => 0,
            _ if is_inner(pool, base) || norms.contains(&base) => 1,
            Node::Symbol(_) if pool.is_scalar(base) => 1,
            Node::Reduce(..) if pool.as_element(base).is_some() => 1,
            Node::Symbol(_) => 2,
            Node::Call(..) if sums.iter().any(|&sum| pool.contains(sum, base)) => 3,
            Node::Sum(_) if !pool.is_scalar(base) || !has_arrays => 4,
            Node::Sum(_) => 1,
            Node::MatMul(..) => 6,
            Node::Reduce(..) => 7,
            _ => 5,
        }
    };
    if !w.pool.is_verbatim {
        factors.sort_by_key(|&factor| rank(w.pool, factor));
    }
    let stretches = view == View::All && is_wide(&w.pool.joint_dims(&factors));
    let mut parts: Vec<Formula> = Vec::new();
    let mut last_is_array = false;
    let is_array = |pool: &Pool, factor: Id| match view {
        View::All => !pool.is_scalar(factor),
        View::One | View::Summed | View::Inner => false,
        View::Row => is_row(pool, factor),
    };
    let is_by_elements = factors.iter().filter(|&&factor| is_array(w.pool, factor)).count() > 1;
    for factor in factors {
        let is_array = is_array(w.pool, factor);
        let formula = power(w, factor, view);
        let formula = if is_beside_row && is_vector(w.pool, factor) { transposed(formula) } else { formula };
        let formula = if stretches && is_column(w.pool, factor) { to_all_columns(formula) } else { formula };
        let formula = if is_by_elements && is_array { beside_elements(formula) } else { formula };
        let formula =
            if is_inner(w.pool, factor) { formula.parenthesised() } else { formula.at_least(Binding::Product) };
        if last_is_array && is_array {
            parts.push(Formula::infix("⊙"));
            parts.push(formula);
        } else {
            match parts.pop() {
                None => parts.push(formula),
                Some(before) => parts.extend(beside(vec![before, formula])),
            }
        }
        last_is_array |= is_array;
    }
    Formula::row(parts, Binding::Product)
}

/// Whether this is a vector that all observations share.
fn is_vector(pool: &Pool, id: Id) -> bool {
    matches!(pool.dims(id).as_slice(), &[len] if len != Len::Rows)
}

fn is_sum(pool: &Pool, factor: Id) -> bool {
    match *pool.node(factor) {
        Node::Power(base, _) => is_sum(pool, base),
        _ => matches!(pool.node(factor), Node::Sum(_)),
    }
}

/// `a·bᵀ`, of a column and a row; with matrices beside them, `M ⊙ a·bᵀ`.
fn outer_product(w: &mut Writer<'_>, factors: &[Id], view: View) -> Option<Formula> {
    let [rows, columns, others] = sides(w.pool, factors)?;
    let (scalars, others): (Vec<Id>, Vec<Id>) = others.into_iter().partition(|&other| w.pool.is_scalar(other));
    let column = line(w, [scalars, columns].concat(), view).at_least(Binding::Product);
    let column = if has(&column, |part| *part == Part::Infix("⊙")) { column.parenthesised() } else { column };
    // What one observation adds to a row lies already.
    let is_of_one = view != View::All && rows.iter().any(|&row| w.pool.is_over_rows(row));
    let row = line(w, rows, view);
    let row = if is_of_one { row.at_least(Binding::Atom) } else { Formula::atom(Part::Transpose(Box::new(row))) };
    let outer = Formula::row(vec![column, Formula::space(), row], Binding::Product);
    if others.is_empty() {
        return Some(outer);
    }
    let others = beside_elements(line(w, others, view));
    Some(Formula::joined(vec![others, outer.parenthesised()], "⊙", Binding::Product))
}

/// A factor of a product element by element: a matrix product is in parentheses, `P ⊙ (Y𝟏𝟏ᵀ)`, as `P ⊙ Y` might come first.
pub(super) fn beside_elements(factor: Formula) -> Formula {
    let is_product_of_arrays = |parts: &[Formula]| {
        let is_by_elements = parts.iter().any(|part| part.part == Part::Infix("⊙"));
        let is_function = |part: &Formula| matches!(part.part, Part::Function(_));
        let is_sum = |part: &Formula| part.part == Part::Sign("Σ");
        let is_number = |part: &Formula| matches!(part.part, Part::Number(_));
        !is_by_elements && !parts.first().is_some_and(|first| is_function(first) || is_sum(first) || is_number(first))
    };
    match &factor.part {
        Part::Row(parts) if factor.binding == Binding::Product && is_product_of_arrays(parts) => factor.parenthesised(),
        _ => factor.at_least(Binding::Product),
    }
}

fn power(w: &mut Writer<'_>, id: Id, view: View) -> Formula {
    let Node::Power(base, exponent) = *w.pool.node(id) else { return w.write(id, view) };
    if let Some(norm) = norm(w, base, exponent.times(Number::whole(2)), view) {
        return norm;
    }
    let is_even = exponent.as_whole().is_some_and(|n| n % 2 == 0);
    let turned = if is_even { recorded_turn(w.pool, base) } else { None };
    let written = w.write(turned.unwrap_or(base), view);
    if exponent == Number::HALF {
        return Formula::bound(Part::Root(Box::new(written)), Binding::Atom);
    }
    let exponent = write_number(exponent);
    Formula::bound(Part::Power(Box::new(written), Box::new(exponent)), Binding::Power)
}
