//! Expressions as formulas, in the order and with the signs that a textbook prefers.

use crate::formula::{Binding, Formula, Part};
use crate::number::Number;
use crate::pool::{Function, Id, Len, Node, Pool, Reduction, Role};

/// Of what a formula speaks.
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
        Node::Softmax(_, x) => applied("softmax", vec![write(pool, x, view)]),
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
        Node::Reshape(x) => write(pool, x, view),
        Node::Broadcast(x) if pool.as_number(x).is_some_and(Number::is_one) => Formula::sign("𝟏"),
        Node::Broadcast(x) => write(pool, x, view),
        Node::Diag(x) => applied("diag", vec![write(pool, x, View::One)]),
        Node::Identity => Formula::named("I"),
        Node::Opaque(name, operands) => opaque(pool, &name, &operands, view),
    }
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
    {
        *base = base.to_lowercase();
        // A layer is a row as a whole: it stands beside matrix products.
        let is_layer =
            matches!(symbol.role, Role::Defined(definition) if matches!(pool.node(definition), Node::Call(..)));
        let has_components =
            below.is_empty() && !is_layer && pool.dims(id).get(1).is_some_and(|&len| len != Len::Of(1));
        match view {
            View::One if has_components => *below = "k".into(),
            View::Summed if has_components => *below = "j".into(),
            _ => {}
        }
    }
    formula
}

/// A number: `½`, `−3`, `2/√π`, or its digits.
pub(crate) fn write_number(number: Number) -> Formula {
    let digits = |n: i64| Formula::atom(Part::Number(n.to_string()));
    if number.is_negative() {
        let size = write_number(number.negated());
        return Formula::row(vec![Formula::sign("−"), size], Binding::Sum);
    }
    match number {
        Number::Ratio(n, 1) => digits(n),
        Number::Ratio(n, d) if d <= 64 && n <= 64 => {
            Formula::bound(Part::Fraction(Box::new(digits(n)), Box::new(digits(d))), Binding::Product)
        }
        _ => known(number.to_f64()),
    }
}

/// A number that has a name, or its digits.
fn known(x: f64) -> Formula {
    use std::f64::consts;
    let root_of_2_pi = (consts::TAU).sqrt();
    let words: &[(f64, &str)] = &[
        (consts::PI, "π"),
        (consts::TAU, "2π"),
        (consts::LN_2, "ln 2"),
        (consts::LN_10, "ln 10"),
        (consts::SQRT_2, "√2"),
        (consts::FRAC_1_SQRT_2, "1/√2"),
        (consts::FRAC_2_SQRT_PI, "2/√π"),
        (root_of_2_pi, "√(2π)"),
        (1.0 / root_of_2_pi, "1/√(2π)"),
        (0.5 * consts::TAU.ln(), "½ ln 2π"),
        (consts::TAU.ln(), "ln 2π"),
        (consts::E, "e"),
    ];
    let close = |y: f64| (x - y).abs() <= 2.0 * f64::EPSILON * y;
    match words.iter().find(|&&(y, _)| close(y)) {
        Some(&(_, text)) => Formula::bound(Part::Number(text.into()), Binding::Product),
        None if x.is_finite() && (1e-4..1e7).contains(&x) => {
            let text = format!("{x:.6}");
            Formula::atom(Part::Number(text.trim_end_matches('0').trim_end_matches('.').into()))
        }
        None => Formula::atom(Part::Number(format!("{x:e}"))),
    }
}

/// The terms, one that is added in front.
fn sum(pool: &mut Pool, terms: &[Id], view: View) -> Formula {
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
    // What is of the observations stands before what is added to it.
    signed.sort_by_key(|&(_, term)| !is_of_rows(pool, term));
    if let Some(first) = signed.iter().position(|&(negative, _)| !negative) {
        let term = signed.remove(first);
        signed.insert(0, term);
    }
    let mut parts = Vec::new();
    for (place, (negative, term)) in signed.into_iter().enumerate() {
        match (place, negative) {
            (0, true) => parts.push(Formula::sign("−")),
            (0, false) => {}
            (_, true) => parts.push(Formula::infix("−")),
            (_, false) => parts.push(Formula::infix("+")),
        }
        parts.push(write(pool, term, view).at_least(Binding::Product));
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
fn flipped(pool: &mut Pool, id: Id) -> Option<Id> {
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
        Node::Reduce(Reduction::Sum, axes, x) => {
            let dims = pool.dims(id).clone();
            let x = turned(pool, x)?;
            Some(pool.intern(Node::Reduce(Reduction::Sum, axes, x), dims))
        }
        _ => None,
    }
}

/// A product as it stands on the line: above and below the bar, the scalars of a product of arrays in a fraction of their own.
fn product(pool: &mut Pool, id: Id, view: View) -> Formula {
    let (coefficient, _) = pool.split_coefficient(id);
    if coefficient.is_negative() {
        if let Some(turned) = flipped(pool, id) {
            return write(pool, turned, view);
        }
        let positive = pool.negated(id);
        let parts = vec![Formula::sign("−"), write(pool, positive, view).at_least(Binding::Product)];
        return Formula::row(parts, Binding::Sum);
    }
    let factors = match pool.node(id).clone() {
        Node::Product(factors) => factors,
        _ => vec![id],
    };
    let is_array = |pool: &Pool, id: Id| match view {
        View::All => !pool.is_scalar(id),
        View::One | View::Summed => false,
        View::Row => pool.dims(id).iter().any(|&len| len != Len::Rows),
    };
    let mut split = Split::default();
    for &factor in &factors {
        let array = is_array(pool, factor) || matches!(pool.node(factor), Node::Reduce(..));
        split.take(pool, factor, array);
    }
    let arrays_divide = !split.below[1].is_empty();
    if !split.above[1].is_empty() && !arrays_divide && !split.below[0].is_empty() {
        // (2/n)·Xᵀ(…)
        let [scalars, arrays] = split.above;
        let [below, _] = split.below;
        let front = quotient(pool, scalars, below, coefficient, view, false);
        let rest = line(pool, arrays, view);
        let is_plain = matches!(front.part, Part::Fraction(..)) && front.text().chars().count() == 1;
        let between = if is_plain { Vec::new() } else { vec![Formula::sign("·")] };
        let parts = [vec![front], between, vec![rest.at_least(Binding::Product)]].concat();
        return Formula::row(parts, Binding::Product);
    }
    let above = split.above.concat();
    let below = split.below.concat();
    quotient(pool, above, below, coefficient, view, true)
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

fn quotient(pool: &mut Pool, above: Vec<Id>, below: Vec<Id>, coefficient: Number, view: View, joins: bool) -> Formula {
    let (mut numerator, mut denominator) = match coefficient {
        Number::Ratio(n, d) => (Number::whole(n), Number::whole(d)),
        real => (real, Number::ONE),
    };
    let mut front = None;
    if below.is_empty() && joins && !above.is_empty() {
        // ½r², not r²/2.
        front = Some(write_number(coefficient)).filter(|_| !coefficient.is_one());
        (numerator, denominator) = (Number::ONE, Number::ONE);
    }
    let above = line_with(pool, numerator, above, view);
    let whole = if below.is_empty() && denominator.is_one() {
        above
    } else {
        let below = line_with(pool, denominator, below, view);
        Formula::bound(Part::Fraction(Box::new(above), Box::new(below)), Binding::Product)
    };
    match front {
        Some(front) => {
            let binding = if whole.binding == Binding::Sum { Binding::Sum } else { Binding::Product };
            Formula::row(beside(vec![front, whole]), binding.max(Binding::Product))
        }
        None => whole,
    }
}

fn line_with(pool: &mut Pool, number: Number, factors: Vec<Id>, view: View) -> Formula {
    if factors.is_empty() {
        return write_number(number);
    }
    let rest = line(pool, factors, view);
    if number.is_one() {
        return rest;
    }
    Formula::row(beside(vec![write_number(number), rest.at_least(Binding::Product)]), Binding::Product)
}

/// Factors side by side: symbols, then parentheses, then functions, then matrix products.
fn line(pool: &mut Pool, mut factors: Vec<Id>, view: View) -> Formula {
    if let &[single] = factors.as_slice() {
        return power(pool, single, view);
    }
    if let Some(outer) = outer_product(pool, &factors, view) {
        return outer;
    }
    let rank = |pool: &Pool, id: Id| {
        let base = match *pool.node(id) {
            Node::Power(base, _) => base,
            _ => id,
        };
        match pool.node(base) {
            Node::Number(_) => 0,
            Node::Symbol(_) if pool.is_scalar(base) => 1,
            Node::Symbol(_) => 2,
            Node::Call(function, _)
                if !matches!(&*function.name, "ln" | "lgamma" | "exp" | "abs" | "signum" | "select") =>
            {
                3
            }
            Node::Sum(_) => 4,
            Node::Reduce(..) => 6,
            _ => 5,
        }
    };
    factors.sort_by_key(|&factor| rank(pool, factor));
    let mut parts: Vec<Formula> = Vec::new();
    let mut last_is_array = false;
    for factor in factors {
        let is_array = match view {
            View::All => !pool.is_scalar(factor),
            View::One | View::Summed => false,
            View::Row => pool.dims(factor).iter().any(|&len| len != Len::Rows),
        };
        let formula = power(pool, factor, view).at_least(Binding::Product);
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

/// `a·bᵀ`, of a column and a row; with matrices beside them, `M ⊙ a·bᵀ`.
fn outer_product(pool: &mut Pool, factors: &[Id], view: View) -> Option<Formula> {
    let [rows, columns, others] = sides(pool, factors)?;
    let column = line(pool, columns, view).at_least(Binding::Product);
    let row = line(pool, rows, view);
    let outer =
        Formula::row(vec![column, Formula::space(), Formula::atom(Part::Transpose(Box::new(row)))], Binding::Product);
    if others.is_empty() {
        return Some(outer);
    }
    let others = line(pool, others, view).at_least(Binding::Product);
    Some(Formula::joined(vec![others, outer], "⊙", Binding::Product))
}

/// The factors that are rows, those that are columns, and the others: if there are both rows and columns.
fn sides(pool: &Pool, factors: &[Id]) -> Option<[Vec<Id>; 3]> {
    let mut sides = [Vec::new(), Vec::new(), Vec::new()];
    for &factor in factors {
        let side = match *pool.dims(factor).as_slice() {
            [Len::Of(1), _] => 0,
            [_, Len::Of(1)] => 1,
            _ => 2,
        };
        sides[side].push(factor);
    }
    (!sides[0].is_empty() && !sides[1].is_empty()).then_some(sides)
}

/// Whether a part is a product of a column and a row.
pub(crate) fn is_outer(pool: &Pool, id: Id) -> bool {
    matches!(pool.node(id), Node::Product(factors) if sides(pool, factors).is_some())
}

fn power(pool: &mut Pool, id: Id, view: View) -> Formula {
    let Node::Power(base, exponent) = *pool.node(id) else { return write(pool, id, view) };
    let written = write(pool, base, view);
    if exponent == Number::HALF {
        return Formula::bound(Part::Root(Box::new(written)), Binding::Atom);
    }
    let exponent = write_number(exponent);
    Formula::bound(Part::Power(Box::new(written), Box::new(exponent)), Binding::Power)
}

/// Factors with as little between them as can be read: `2r`, `λθ`, `π(1 − π)`, `y ln π`, else a dot.
fn beside(factors: Vec<Formula>) -> Vec<Formula> {
    let mut parts: Vec<Formula> = Vec::new();
    for factor in factors {
        if let Some(before) = parts.last() {
            let (left, right) = (last(before), first(&factor));
            let between = match (left, right) {
                (_, Edge::Fence) => None,
                (Edge::Fence | Edge::Letter | Edge::Number, Edge::Word) => Some(Formula::space()),
                (Edge::Number | Edge::Letter | Edge::Fence, Edge::Letter) => None,
                _ => Some(Formula::sign("·")),
            };
            parts.extend(between);
        }
        let fenced = factor.binding == Binding::Sum;
        parts.push(if fenced { factor.parenthesised() } else { factor });
    }
    parts
}

/// What a formula begins or ends with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Letter,
    Number,
    Fence,
    /// A function's name.
    Word,
    Other,
}

fn first(formula: &Formula) -> Edge {
    if formula.binding == Binding::Sum {
        return Edge::Fence;
    }
    match &formula.part {
        Part::Name(base, _) if base.chars().count() == 1 => Edge::Letter,
        Part::Number(_) => Edge::Number,
        Part::Function(_) | Part::Exponential(_) => Edge::Word,
        Part::Fence("(", ..) => Edge::Fence,
        Part::Sign("Σ") => Edge::Word,
        Part::Sign("‖") => Edge::Word,
        Part::Row(parts) => parts.first().map_or(Edge::Other, first),
        Part::Power(base, _) | Part::Sub(base, _) | Part::Transpose(base) => first(base),
        Part::Fence(..) | Part::Root(_) => Edge::Word,
        _ => Edge::Other,
    }
}

fn last(formula: &Formula) -> Edge {
    if formula.binding == Binding::Sum {
        return Edge::Fence;
    }
    match &formula.part {
        Part::Name(base, _) if base.chars().count() == 1 => Edge::Letter,
        Part::Number(_) => Edge::Number,
        Part::Fence(..) => Edge::Fence,
        Part::Fraction(a, b) if matches!((&a.part, &b.part), (Part::Number(_), Part::Number(_))) => Edge::Number,
        Part::Row(parts) if parts.iter().any(|part| matches!(part.part, Part::Space | Part::Function(_))) => {
            Edge::Other
        }
        Part::Row(parts) => parts.last().map_or(Edge::Other, last),
        Part::Power(base, _) | Part::Sub(base, _) | Part::Transpose(base) => match last(base) {
            Edge::Other => Edge::Other,
            _ => Edge::Letter,
        },
        _ => Edge::Other,
    }
}

/// `f(x)`.
pub(crate) fn applied(name: &str, args: Vec<Formula>) -> Formula {
    let mut inner = Vec::new();
    for arg in args {
        if !inner.is_empty() {
            inner.push(Formula::sign(", "));
        }
        inner.push(arg);
    }
    let inner = match inner.len() {
        1 => inner.remove(0),
        _ => Formula::row(inner, Binding::Atom),
    };
    Formula::row(vec![Formula::atom(Part::Function(name.into())), inner.parenthesised()], Binding::Atom)
}

/// `ln x`, with parentheses where x is more than a name.
fn logarithm(name: &str, x: Formula) -> Formula {
    if x.binding < Binding::Atom {
        return applied(name, vec![x]);
    }
    let parts = vec![Formula::atom(Part::Function(name.into())), Formula::space(), x];
    Formula::row(parts, Binding::Product)
}

fn call(pool: &mut Pool, function: &Function, args: &[Id], view: View) -> Formula {
    let mut written: Vec<Formula> = args.iter().map(|&arg| write(pool, arg, view)).collect();
    let compared = |sign: &'static str, written: Vec<Formula>| {
        Formula::atom(Part::Fence("[", Box::new(Formula::joined(written, sign, Binding::Atom)), "]"))
    };
    match &*function.name {
        "ln" | "lgamma" if written.len() == 1 => {
            let x = written.remove(0);
            match &*function.name {
                "ln" => logarithm("ln", x),
                _ => Formula::row(
                    vec![Formula::atom(Part::Function("ln".into())), Formula::space(), applied("Γ", vec![x])],
                    Binding::Product,
                ),
            }
        }
        "exp" if written.len() == 1 => Formula::atom(Part::Exponential(Box::new(written.remove(0)))),
        "abs" if written.len() == 1 => Formula::atom(Part::Fence("|", Box::new(written.remove(0)), "|")),
        "relu" => {
            written.insert(0, Formula::atom(Part::Number("0".into())));
            applied("max", written)
        }
        "step" => {
            written.push(Formula::atom(Part::Number("0".into())));
            compared(">", written)
        }
        "lt" => compared("<", written),
        "le" => compared("≤", written),
        "gt" => compared(">", written),
        "ge" => compared("≥", written),
        "equal" => compared("=", written),
        "not_equal" => compared("≠", written),
        "share" => compared(">", written),
        "pow" if written.len() == 2 => {
            let exponent = written.remove(1);
            Formula::bound(Part::Power(Box::new(written.remove(0)), Box::new(exponent)), Binding::Power)
        }
        "select" if written.len() == 3 => {
            let condition = match pool.node(args[0]) {
                Node::Call(..) => bare(written.remove(0)),
                _ => Formula::row(
                    vec![written.remove(0), Formula::infix("≠"), Formula::atom(Part::Number("0".into()))],
                    Binding::Atom,
                ),
            };
            let (then, otherwise) = (written.remove(0), written.remove(0));
            Formula::atom(Part::Cases(Box::new(condition), Box::new(then), Box::new(otherwise)))
        }
        "polygamma" => {
            let order = Formula::atom(Part::Number(function.order.to_string()));
            let name = Formula::atom(Part::Sub(Box::new(Formula::atom(Part::Function("ψ".into()))), Box::new(order)));
            Formula::row(vec![name, written.remove(0).parenthesised()], Binding::Atom)
        }
        name => applied(spoken(name), written),
    }
}

/// A comparison without its brackets.
fn bare(formula: Formula) -> Formula {
    match formula.part {
        Part::Fence("[", inner, _) => *inner,
        _ => formula,
    }
}

/// The name a function has in a formula.
fn spoken(name: &str) -> &str {
    match name {
        "sigmoid" => "σ",
        "norm_cdf" => "Φ",
        "norm_pdf" => "φ",
        "signum" => "sign",
        "digamma" => "ψ",
        "trigamma" => "ψ₁",
        "maximum" => "max",
        "minimum" => "min",
        "asin" => "arcsin",
        "acos" => "arccos",
        "atan" | "atan2" => "arctan",
        "asinh" => "arsinh",
        "acosh" => "arcosh",
        "atanh" => "artanh",
        "ln_cosh" => "ln cosh",
        "cbrt" => "cbrt",
        other => other,
    }
}

fn reduce(pool: &mut Pool, reduction: Reduction, axes: &[usize], x: Id, view: View) -> Formula {
    let name = match reduction {
        Reduction::Sum => return big_sum(pool, axes, x, view),
        Reduction::Max => "max",
        Reduction::Min => "min",
        Reduction::Prod => "∏",
    };
    applied(name, vec![write(pool, x, view)])
}

/// The sum along the last axis of a matrix, in the view of all observations: `Y𝟏`.
fn row_sums(pool: &mut Pool, x: Id) -> Formula {
    let x = write(pool, x, View::All).at_least(Binding::Atom);
    Formula::row(vec![x, Formula::sign("𝟏")], Binding::Product)
}

fn big_sum(pool: &mut Pool, axes: &[usize], x: Id, view: View) -> Formula {
    let dims = pool.dims(x).clone();
    let over_rows = axes.contains(&0) && dims.first() == Some(&Len::Rows);
    if axes.len() == dims.len() && !over_rows {
        match pool.node(x).clone() {
            Node::Power(base, exponent) if exponent == Number::whole(2) => {
                let norm = Formula::atom(Part::Fence("‖", Box::new(write(pool, base, View::All)), "‖"));
                let two = Formula::atom(Part::Number("2".into()));
                return Formula::bound(Part::Power(Box::new(norm), Box::new(two)), Binding::Power);
            }
            Node::Product(factors) if dims.len() == 1 && factors.len() == 2 => {
                let parts: Vec<Formula> = factors.iter().map(|&factor| write(pool, factor, View::All)).collect();
                if let [a, b] = parts.as_slice() {
                    let a = Formula::atom(Part::Transpose(Box::new(a.clone())));
                    return Formula::row(beside(vec![a, b.clone().at_least(Binding::Product)]), Binding::Product);
                }
            }
            _ => {}
        }
    }
    if view == View::All && dims.len() == 2 && axes == [1] {
        return row_sums(pool, x);
    }
    // One row's part of a sum over the rows.
    if view != View::All && over_rows {
        return write(pool, x, view);
    }
    // Over all that there is, the terms are numbers; along one axis of a matrix, they are vectors.
    let inner = match view {
        _ if axes.len() == dims.len() => View::One,
        View::All => View::All,
        _ => View::Summed,
    };
    let (x, is_negative) = match all_negated(pool, x) {
        Some(positive) => (positive, true),
        None => (x, false),
    };
    let body = write(pool, x, inner);
    let body = match body.binding {
        Binding::Sum => Formula::atom(Part::Fence("[", Box::new(body), "]")),
        _ => body,
    };
    let sign = match (axes, dims.len()) {
        (_, n) if n == axes.len() => Formula::sign("Σ"),
        (&[0], _) => indexed("i"),
        _ if view == View::All => indexed("k"),
        _ => indexed("j"),
    };
    match is_negative {
        true => Formula::row(vec![Formula::sign("−"), sign, Formula::space(), body], Binding::Sum),
        false => Formula::row(vec![sign, Formula::space(), body], Binding::Product),
    }
}

/// The negative of a sum all of whose terms are negative.
fn all_negated(pool: &mut Pool, x: Id) -> Option<Id> {
    let Node::Sum(terms) = pool.node(x).clone() else { return None };
    let is_negative =
        |pool: &mut Pool, term: Id| pool.split_coefficient(term).0.is_negative() && flipped(pool, term).is_none();
    if !terms.iter().all(|&term| is_negative(pool, term)) {
        return None;
    }
    Some(pool.negated_terms(&terms))
}

fn indexed(index: &str) -> Formula {
    Formula::atom(Part::Sub(Box::new(Formula::sign("Σ")), Box::new(Formula::named(index))))
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
