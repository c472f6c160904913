//! Numbers: as fractions, by their names, or by their digits.

use crate::formula::{Binding, Formula, Part};
use crate::number::Number;

/// A number: `½`, `−3`, `2/√π`, or its digits.
pub(crate) fn write_number(number: Number) -> Formula {
    let digits = |n: i64| Formula::atom(Part::Number(n.to_string()));
    if number.is_negative() {
        let size = write_number(number.negated());
        return Formula::row(vec![Formula::sign("−"), size], Binding::Sum);
    }
    if !number.is_finite() {
        return Formula::atom(Part::Number(if number.to_f64().is_nan() { "NaN" } else { "∞" }.into()));
    }
    match as_fraction(number) {
        Some((n, 1)) => digits(n),
        Some((n, d)) => Formula::bound(Part::Fraction(Box::new(digits(n)), Box::new(digits(d))), Binding::Product),
        None => known(number.to_f64()),
    }
}

/// A number as it was typed, rather than as the fraction that it is: 1.5, but ½.
pub(super) fn write_typed(number: Number) -> Formula {
    match as_fraction(number) {
        Some((n, d)) if n.abs() > d && d > 1 && d & (d - 1) == 0 && !number.is_negative() => decimal(number.to_f64()),
        _ => write_number(number),
    }
}

/// Whether a number is written by π.
pub(crate) fn has_pi(number: Number) -> bool {
    as_fraction(number).is_none() && write_number(number).text().contains('π')
}

/// The numerator and denominator of a number that is written as a fraction: 0.2 and 1.345 are not.
pub(crate) fn as_fraction(number: Number) -> Option<(i64, i64)> {
    match number {
        Number::Ratio(n, d) if number.is_plain() => Some((n, d)),
        _ => None,
    }
}

/// A positive number as a multiple of one that has a name, or its digits.
fn known(x: f64) -> Formula {
    use std::f64::consts;
    let root_of_2_pi = consts::TAU.sqrt();
    let names: &[(f64, &str)] = &[
        (consts::PI, "π"),
        (consts::PI.powi(2), "π²"),
        (consts::PI.powi(3), "π³"),
        (consts::PI.powi(4), "π⁴"),
        (consts::PI.sqrt(), "√π"),
        (root_of_2_pi, "√(2π)"),
        (consts::TAU.ln(), "ln 2π"),
        (consts::LN_2, "ln 2"),
        (consts::LN_10, "ln 10"),
        (consts::SQRT_2, "√2"),
        (consts::E, "e"),
    ];
    for &(named, name) in names {
        let name = || Formula::atom(Part::Number(name.into()));
        if let Some((n, d)) = small_ratio(x / named) {
            let number = write_number(Number::Ratio(n, d));
            let above = match name().text().starts_with('π') {
                true => Formula::row(vec![number, name()], Binding::Product),
                false => Formula::row(vec![number, Formula::space(), name()], Binding::Product),
            };
            return if (n, d) == (1, 1) { Formula::bound(name().part, Binding::Product) } else { above };
        }
        if let Some((n, d)) = small_ratio(x * named) {
            let [above, number] = [n, d].map(|n| Formula::atom(Part::Number(n.to_string())));
            let below = if d == 1 { name() } else { Formula::row(vec![number, name()], Binding::Product) };
            return Formula::bound(Part::Fraction(Box::new(above), Box::new(below)), Binding::Product);
        }
    }
    decimal(x)
}

/// The fraction of numbers up to 64 that `x` is up to the rounding of a few products.
fn small_ratio(x: f64) -> Option<(i64, i64)> {
    (1..=64).find_map(|d| {
        let n = (x * d as f64).round();
        let is_near = (x * d as f64 - n).abs() <= 8.0 * f64::EPSILON * n;
        (is_near && (1.0..=64.0).contains(&n)).then_some((n as i64, d))
    })
}

/// The number with its first six digits alone: what is cut off, and not rounded, may stand behind "=".
fn first_digits(x: f64) -> Option<f64> {
    let all = format!("{x:e}");
    let (front, exponent) = all.split_once('e')?;
    format!("{}e{exponent}", front.get(..7)?).parse().ok()
}

/// All digits if they are few, else the first six and …; very large and small numbers by a power of ten.
fn decimal(x: f64) -> Formula {
    let is_usual = (1e-4..1e7).contains(&x);
    let written = |x: f64| if is_usual { format!("{x}") } else { format!("{x:e}") };
    let all = written(x);
    let is_whole = all.chars().filter(char::is_ascii_digit).count() <= 8;
    let digits = if is_whole { all } else { first_digits(x).map_or(all, written) };
    // Others follow: 0.000641623…
    let number = |digits: &str| Formula::atom(Part::Number(format!("{digits}{}", if is_whole { "" } else { "…" })));
    let Some((front, exponent)) = digits.split_once('e') else { return number(&digits) };
    let exponent = write_number(Number::whole(exponent.parse().unwrap_or(0)));
    let ten = Formula::atom(Part::Number("10".into()));
    let power = Formula::bound(Part::Power(Box::new(ten), Box::new(exponent)), Binding::Power);
    match front {
        "1" => power,
        _ => Formula::row(vec![number(front), Formula::sign("·"), power], Binding::Product),
    }
}
