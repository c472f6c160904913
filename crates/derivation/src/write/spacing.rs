//! What stands between factors: nothing, a space or a dot.

use crate::formula::{Binding, Formula, Part};

/// Factors with as little between them as can be read: `2r`, `λθ`, `π(1 − π)`, `y ln π`, else a dot.
pub(super) fn beside(factors: Vec<Formula>) -> Vec<Formula> {
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
