//! What one observation's lines are made of: which local derivatives are numbers, which rules they take, and how parts are written.

use crate::document::Line;
use crate::formula::{Binding, Formula, Part};
use crate::functions::rule_of;
use crate::names::Landmark;
use crate::number::Number;
use crate::pool::{Id, Len, Node, Pool, Reduction};
use crate::write::{View, is_outer, write_by, write_element};
use std::collections::HashSet;

/// The tape's number of a name's node.
pub(crate) fn number(pool: &Pool, id: Id) -> Option<usize> {
    pool.as_symbol(id).and_then(|symbol| symbol.number)
}

/// What one row adds to a sum over the rows, a derivative by `by`.
pub(crate) fn write_row(pool: &mut Pool, id: Id, by: Id, view: View) -> Formula {
    let part = one_row(pool, id);
    let part = if part == id { id } else { pool.simplify(part) };
    let written = write_by(pool, part, by, view);
    // What is added to each row stands upright, as vectors do.
    let is_vector = is_array_of_all(pool, by) && pool.dims(by).len() == 1;
    let lies = is_vector && !pool.rows_stand() && pool.has_rows(part) && pool.dims(part).len() == 2;
    if lies { Formula::atom(Part::Transpose(Box::new(written.at_least(Binding::Atom)))) } else { written }
}

/// The same by one component, of rows too that are written as a whole elsewhere.
pub(crate) fn write_row_element(pool: &mut Pool, id: Id) -> Formula {
    let part = one_row(pool, id);
    let part = if part == id { id } else { pool.simplify(part) };
    write_element(pool, part, View::One)
}

/// The expression without the sums over the rows that are its terms, or one of their factors.
pub(crate) fn one_row(pool: &mut Pool, id: Id) -> Id {
    let operands = pool.operands(id);
    match pool.node(id).clone() {
        _ if pool.has_rows(id) => id,
        Node::Reduce(Reduction::OverRows, _, x) => x,
        Node::Sum(_) => {
            let parts: Vec<Id> = operands.iter().map(|&operand| one_row(pool, operand)).collect();
            if parts == operands { id } else { pool.rebuild(id, &parts) }
        }
        Node::Product(_) => {
            let place = operands.iter().position(|&factor| pool.is_over_rows(factor)).unwrap_or(operands.len());
            let parts: Vec<Id> = operands
                .iter()
                .enumerate()
                .map(|(at, &factor)| if at == place { one_row(pool, factor) } else { factor })
                .collect();
            if parts == operands { id } else { pool.rebuild(id, &parts) }
        }
        Node::Reduce(Reduction::Sum, axes, x) if axes.contains(&0) && pool.has_rows(x) => {
            let others: Vec<usize> = axes.into_iter().filter(|&axis| axis != 0).collect();
            if others.is_empty() { x } else { pool.reduce(Reduction::Sum, &others, x) }
        }
        _ => id,
    }
}

/// Whether a part is a matrix product, that of a column and a row included: its components aren't written one by one.
pub(crate) fn has_product(pool: &Pool, id: Id) -> bool {
    pool.reachable(id).into_iter().any(|node| matches!(pool.node(node), Node::MatMul(..)) || is_outer(pool, node))
}

/// How an expression of one observation is written: by its components, or as a whole where it has matrix products.
pub(crate) fn view_of(pool: &Pool, id: Id) -> View {
    if has_product(pool, id) { View::Row } else { View::One }
}

/// How an adjoint by `by` is written: that by an array of parameters as a whole.
pub(crate) fn view_by(pool: &Pool, id: Id, by: Id) -> View {
    if is_array_of_all(pool, by) { View::Row } else { view_of(pool, id) }
}

/// Whether this is a matrix one row of which is written as a whole.
pub(crate) fn is_whole_row(pool: &Pool, id: Id) -> bool {
    pool.dims(id).len() > 1 && pool.as_symbol(id).is_some_and(|symbol| symbol.is_whole)
}

/// Whether this is an array that all observations share.
pub(crate) fn is_array_of_all(pool: &Pool, id: Id) -> bool {
    !pool.is_scalar(id) && !pool.has_rows(id)
}

/// `a·b`.
pub(crate) fn dotted(a: Formula, b: Formula) -> Formula {
    let one = Formula::atom(Part::Number("1".into()));
    if a == one {
        return b;
    }
    if b == one {
        return a;
    }
    let parts = [a, b].map(|part| part.at_least(Binding::Product));
    let [a, b] = parts;
    Formula::row(vec![a, Formula::infix("·"), b], Binding::Product)
}

/// Whether `of` depends on `by` through elementwise operations alone.
pub(crate) fn is_elementwise_in(pool: &Pool, of: Id, by: Id) -> bool {
    let leaves = pool.leaves(of, &HashSet::from([by]));
    of == by || pool.is_elementwise(of) && leaves.iter().all(|&leaf| leaf == by || !pool.contains(leaf, by))
}

/// Whether one observation's part of a user depends on one number of `by`: that of the observation, or a parameter.
pub(crate) fn is_local(pool: &Pool, user: &Landmark, by: Id) -> bool {
    let is_parameter_of_numbers = pool.is_scalar(by) && pool.dims(user.symbol).as_slice() == [Len::Rows];
    is_elementwise_in(pool, user.definition, by) && (pool.dims(by) == pool.dims(user.symbol) || is_parameter_of_numbers)
}

/// The A of `A·by + …`.
pub(crate) fn left_factor(pool: &Pool, definition: Id, by: Id) -> Option<Id> {
    factors(pool, definition, by).and_then(|(left, right)| if right.is_none() { Some(left) } else { None })
}

/// Of `A·by + …`, A; of `by·B + …`, B as the second.
pub(crate) fn factors(pool: &Pool, definition: Id, by: Id) -> Option<(Id, Option<Id>)> {
    let terms = match pool.node(definition) {
        Node::Sum(terms) => terms.clone(),
        _ => vec![definition],
    };
    terms.iter().find_map(|&term| match *pool.node(term) {
        Node::MatMul(a, b) if b == by => Some((a, None)),
        Node::MatMul(a, b) if a == by => Some((a, Some(b))),
        _ => None,
    })
}

/// Whether a user is the softmax of `by` itself.
pub(crate) fn is_softmax_of(pool: &Pool, user: &Landmark, by: Id) -> bool {
    matches!(*pool.node(user.definition), Node::Softmax(_, x) if x == by)
}

/// `∂πⱼ/∂zₖ = πⱼ([j = k] − πₖ)`.
pub(crate) fn softmax_line(pool: &mut Pool, user: &Landmark, by: Id) -> Line {
    let [of_j, of_k] = [View::Summed, View::One].map(|view| write_element(pool, user.symbol, view));
    let by_k = write_element(pool, by, View::One);
    let [j, k] = [pool.letters.summed, pool.letters.component].map(Formula::named);
    let same = Formula::row(vec![j, Formula::infix("="), k], Binding::Sum);
    let same = Formula::atom(Part::Fence("[", Box::new(same), "]"));
    let difference = Formula::row(vec![same, Formula::infix("−"), of_k], Binding::Sum);
    let mut line = Line::new(Formula::derivative(of_j.clone(), by_k), number(pool, user.symbol));
    line.step(Formula::row(vec![of_j, difference.parenthesised()], Binding::Product), Some("softmax".into()));
    line
}

/// `Σⱼ ∂ℓ/∂πⱼ · ∂πⱼ/∂zₖ`, where each component of a user depends on `by`; of one observation's `term`.
pub(crate) fn summed_product(pool: &mut Pool, term: Formula, user: &Landmark, by: Id) -> Formula {
    let of_j = write_element(pool, user.symbol, View::Summed);
    let by_k = write_element(pool, by, View::One);
    let j = Formula::named(pool.letters.summed);
    let sum = Formula::atom(Part::Sub(Box::new(Formula::sign("Σ")), Box::new(j)));
    let outer = Formula::derivative(term, of_j.clone());
    let inner = Formula::derivative(of_j, by_k);
    Formula::row(vec![sum, Formula::space(), dotted(outer, inner)], Binding::Product)
}

/// The rules that the derivative of `of` by `by` takes, as they are written beside it.
pub(crate) fn rules(pool: &Pool, of: Id, by: Id) -> Option<String> {
    let depends = pool.dependent(of, &[by]);
    let mut texts: Vec<&str> = Vec::new();
    for node in pool.reachable(of).into_iter().filter(|node| depends.contains(node)) {
        let text = match pool.node(node) {
            Node::Call(function, args) if &*function.name == "pow" => {
                let of = |place: usize| args.get(place).is_some_and(|arg| depends.contains(arg));
                match (of(0), of(1)) {
                    (true, true) => Some("(xᵃ)′ = a·xᵃ⁻¹, (aˣ)′ = aˣ ln a"),
                    (true, false) => Some("(xᵃ)′ = a·xᵃ⁻¹"),
                    _ => Some("(aˣ)′ = aˣ ln a"),
                }
            }
            Node::Call(function, _) => match &*function.name {
                "maximum" => Some("max(x, c)′ = [x > c]"),
                "minimum" => Some("min(x, c)′ = [x < c]"),
                name => rule_of(name).map(|rule| rule.text),
            },
            Node::Reduce(Reduction::Max, ..) => Some("max′ = 1 at the largest"),
            Node::Reduce(Reduction::Min, ..) => Some("min′ = 1 at the smallest"),
            Node::Power(_, exponent) if *exponent == Number::MINUS_ONE => Some("(1/x)′ = −1/x²"),
            Node::Power(_, exponent) if *exponent == Number::whole(2) => Some("(x²)′ = 2x"),
            Node::Power(..) => Some("(xᵏ)′ = k·xᵏ⁻¹"),
            Node::Product(factors) if factors.iter().filter(|factor| depends.contains(factor)).count() > 1 => {
                Some("(uv)′ = u′v + uv′")
            }
            _ => None,
        };
        if let Some(text) = text.filter(|text| !texts.contains(text)) {
            texts.push(text);
        }
    }
    (!texts.is_empty()).then(|| texts.join(", "))
}
