//! Functions of their arguments.

use super::sign::flipped;
use super::writer::{Tie, View, Writer};
use crate::formula::{Binding, Formula, Part};
use crate::number::Number;
use crate::pool::{Function, Id, Node};

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

pub(super) fn call(w: &mut Writer<'_>, function: &Function, args: &[Id], view: View) -> Formula {
    if !w.pool.is_verbatim
        && let Some(written) = share_by_sign(w, function, args, view).or_else(|| turned(w, function, args, view))
    {
        return written;
    }
    let mut written: Vec<Formula> = args.iter().map(|&arg| w.write(arg, view)).collect();
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
        "exp" if written.len() == 1 && w.pool.letters.has_e => {
            Formula::atom(Part::Exponential(Box::new(written.remove(0))))
        }
        "abs" if written.len() == 1 => Formula::atom(Part::Fence("|", Box::new(written.remove(0)), "|")),
        "relu" => {
            written.insert(0, Formula::atom(Part::Number("0".into())));
            applied("max", written)
        }
        "step" => {
            written.push(Formula::atom(Part::Number("0".into())));
            at_tie(w, "0", ">", written)
        }
        "lt" => compared("<", written),
        "le" => compared("≤", written),
        "gt" => compared(">", written),
        "ge" => compared("≥", written),
        "equal" => compared("=", written),
        "not_equal" => compared("≠", written),
        "share" => at_tie(w, "½", ">", written),
        "pow" if written.len() == 2 => {
            let exponent = written.remove(1);
            Formula::bound(Part::Power(Box::new(written.remove(0)), Box::new(exponent)), Binding::Power)
        }
        "select" if written.len() == 3 => {
            let condition = match w.pool.node(args[0]) {
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
        name => applied(displayed(name), written),
    }
}

/// `[a > b]`.
fn compared(sign: &'static str, sides: Vec<Formula>) -> Formula {
    Formula::atom(Part::Fence("[", Box::new(Formula::joined(sides, sign, Binding::Atom)), "]"))
}

/// A comparison whose value where both sides are equal is the engine's choice.
fn at_tie(w: &mut Writer<'_>, value: &'static str, sign: &'static str, sides: Vec<Formula>) -> Formula {
    let place = match sides.last().map(Formula::text).as_deref() {
        Some("0") => "at 0".into(),
        _ => format!("where {}", Formula::joined(sides.clone(), "=", Binding::Atom).text()),
    };
    let bracket = compared(sign, sides);
    let tie = Tie { bracket: bracket.text(), value, place };
    if !w.ties.contains(&tie) {
        w.ties.push(tie);
    }
    bracket
}

/// `½(1 + sign(a − b))`, the derivative of a maximum, where `[a > b]` is in the formulas as a comparison, which is 0 at a tie.
fn share_by_sign(w: &mut Writer<'_>, function: &Function, args: &[Id], view: View) -> Option<Formula> {
    let (&[a, b], "share") = (args, &*function.name) else { return None };
    let is_comparison = |node: &Node| match node {
        Node::Call(other, args) => match &*other.name {
            "gt" | "ge" => args.as_slice() == [a, b],
            "lt" | "le" => args.as_slice() == [b, a],
            _ => false,
        },
        _ => false,
    };
    if !w.pool.all().any(is_comparison) {
        return None;
    }
    let difference = w.pool.minus(a, b);
    let sign = w.pool.call("signum", &[difference]);
    let one = w.pool.number(Number::ONE);
    let sum = w.pool.plus(one, sign);
    let half = w.pool.scaled(sum, Number::HALF);
    Some(w.write(half, view))
}

/// `−r > 0` as `r < 0`.
fn turned(w: &mut Writer<'_>, function: &Function, args: &[Id], view: View) -> Option<Formula> {
    let sign = match &*function.name {
        "share" | "gt" | "step" => "<",
        "lt" => ">",
        "ge" => "≤",
        "le" => "≥",
        _ => return None,
    };
    let (&left, right) = args.split_first()?;
    let is_zero = right.iter().all(|&right| w.pool.as_number(right).is_some_and(Number::is_zero));
    let is_negative = w.pool.split_coefficient(left).0.is_negative() && flipped(w.pool, left).is_none();
    if !is_zero || !is_negative {
        return None;
    }
    let positive = w.pool.negated(left);
    let written = vec![w.write(positive, view), Formula::atom(Part::Number("0".into()))];
    Some(match &*function.name {
        "share" => at_tie(w, "½", sign, written),
        "step" => at_tie(w, "0", sign, written),
        _ => compared(sign, written),
    })
}

/// A comparison without its brackets.
fn bare(formula: Formula) -> Formula {
    match formula.part {
        Part::Fence("[", inner, _) => *inner,
        _ => formula,
    }
}

/// The name a function has in a formula.
fn displayed(name: &str) -> &str {
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
