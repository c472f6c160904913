//! What stands between factors: nothing, a space or a dot.

use crate::formula::{Binding, Formula, Part, is_letter};
use crate::text::lowered;

/// Factors with as little between them as can be read: `2r`, `λθ`, `π(1 − π)`, `y ln π`, else a dot.
pub(super) fn beside(factors: Vec<Formula>) -> Vec<Formula> {
    let mut parts: Vec<Formula> = Vec::new();
    for factor in factors {
        if let Some(before) = parts.last() {
            let (left, right) = (last(before), first(&factor));
            let between = match (left, right) {
                (Edge::Name | Edge::Open, _) => Some(Formula::sign("·")),
                // `b·bᶜ`, not a name of two letters.
                (Edge::Letter, Edge::Power) => Some(Formula::sign("·")),
                (_, Edge::Fence) => None,
                (Edge::Fence | Edge::Letter | Edge::Number, Edge::Word) => Some(Formula::space()),
                (Edge::Number | Edge::Letter | Edge::Fence, Edge::Letter) => None,
                (Edge::Number | Edge::Fence, Edge::Power) => None,
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
    /// A name of one letter, as a part of it may stand below the line.
    Letter,
    /// A letter to a power that is no number.
    Power,
    /// A name of several letters, or with such below it: before a parenthesis it would be a function.
    Name,
    Number,
    Fence,
    /// A function's name.
    Word,
    /// A function's argument without parentheses: what follows would be a part of it.
    Open,
    Other,
}

fn first(formula: &Formula) -> Edge {
    if formula.binding == Binding::Sum {
        return Edge::Fence;
    }
    match &formula.part {
        Part::Name(base, _) if is_letter(base) => Edge::Letter,
        Part::Number(digits) if is_digits(digits) => Edge::Number,
        Part::Function(_) | Part::Exponential(_) => Edge::Word,
        Part::Fence("(", ..) => Edge::Fence,
        Part::Sign("𝟏") => Edge::Letter,
        Part::Sign("Σ" | "‖") => Edge::Word,
        Part::Row(parts) => parts.first().map_or(Edge::Other, first),
        Part::Power(base, exponent) if !matches!(exponent.part, Part::Number(_)) => match first(base) {
            Edge::Letter => Edge::Power,
            edge => edge,
        },
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
        Part::Name(base, below) if is_letter(base) && !lowered(below).starts_with('_') => Edge::Letter,
        Part::Name(..) => Edge::Name,
        Part::Number(digits) if is_digits(digits) => Edge::Number,
        // `ln 2`.
        Part::Number(name) if name.contains(' ') => Edge::Open,
        Part::Sign("𝟏") => Edge::Letter,
        Part::Fence(..) => Edge::Fence,
        Part::Fraction(a, b) if matches!((&a.part, &b.part), (Part::Number(_), Part::Number(_))) => Edge::Number,
        // `dZ`: what follows isn't changed with it.
        Part::Row(parts) if parts.first().is_some_and(|part| matches!(part.part, Part::Words(_))) => Edge::Other,
        Part::Row(parts) if parts.iter().any(|part| matches!(part.part, Part::Space)) => Edge::Open,
        Part::Row(parts) if parts.iter().any(is_function) => Edge::Other,
        Part::Row(parts) => parts.last().map_or(Edge::Other, last),
        Part::Power(base, _) | Part::Sub(base, _) | Part::Transpose(base) => match last(base) {
            edge @ (Edge::Other | Edge::Open | Edge::Name) => edge,
            _ => Edge::Letter,
        },
        _ => Edge::Other,
    }
}

/// Whether this is the name of a function, with or without what stands below it.
fn is_function(part: &Formula) -> bool {
    match &part.part {
        Part::Function(_) => true,
        Part::Sub(name, _) => matches!(name.part, Part::Function(_)),
        _ => false,
    }
}

/// Whether a number is written in digits, or by one letter: not as `NaN` or `ln 2`.
fn is_digits(number: &str) -> bool {
    number.chars().count() == 1 || number.starts_with(|c: char| c.is_ascii_digit() || c == 'π')
}
