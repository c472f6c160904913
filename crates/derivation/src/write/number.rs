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
