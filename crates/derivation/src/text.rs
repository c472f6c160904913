//! Formulas as Unicode text on one line.

use crate::formula::{Binding, Formula, Part};

impl Formula {
    /// As Unicode text: `(π − y)/(π(1 − π))`.
    pub fn text(&self) -> String {
        match &self.part {
            Part::Name(base, below) => format!("{base}{}", lowered(below)),
            Part::Function(text) | Part::Words(text) | Part::Number(text) => text.clone(),
            Part::Infix(sign) => format!(" {sign} "),
            Part::Sign(sign) => (*sign).into(),
            Part::Space => " ".into(),
            Part::Row(parts) => row(parts),
            Part::Fence(open, inner, close) => format!("{open}{}{close}", inner.text()),
            Part::Fraction(above, below) => fraction(above, below),
            Part::Power(base, exponent) => {
                let base = base.clone().at_least(Binding::Atom).text();
                let exponent = exponent.text();
                match raised(&exponent) {
                    Some(raised) => format!("{base}{raised}"),
                    None => format!("{base}^({exponent})"),
                }
            }
            Part::Sub(base, below) => format!("{}{}", base.text(), lowered(&below.text())),
            Part::Root(inner) => match inner.binding {
                Binding::Atom => format!("√{}", inner.text()),
                _ => format!("√({})", inner.text()),
            },
            Part::Transpose(inner) => format!("{}ᵀ", inner.clone().at_least(Binding::Atom).text()),
            Part::Exponential(exponent) => format!("exp({})", exponent.text()),
            Part::Cases(condition, then, otherwise) => {
                format!("{{{} if {}, else {}}}", then.text(), condition.text(), otherwise.text())
            }
        }
    }
}

/// Parts side by side. A fraction before a factor is in parentheses: `2/5x` could be `2/(5x)`.
fn row(parts: &[Formula]) -> String {
    let mut out = String::new();
    for (place, part) in parts.iter().enumerate() {
        let text = part.text();
        let next = parts.get(place + 1).map(|next| &next.part);
        let is_before_factor =
            next.is_some_and(|next| !matches!(next, Part::Infix(_) | Part::Words(_) | Part::Sign(", ")));
        match matches!(part.part, Part::Fraction(..)) && is_before_factor && text.contains('/') {
            true => out.push_str(&format!("({text})")),
            false => out.push_str(&text),
        }
    }
    out
}

fn fraction(above: &Formula, below: &Formula) -> String {
    if let (Part::Number(a), Part::Number(b)) = (&above.part, &below.part)
        && let Some(sign) = vulgar(a, b)
    {
        return sign.into();
    }
    let is_derivative = above.text().starts_with('∂');
    let above = above.clone().at_least(Binding::Product).text();
    let below = if is_derivative { below.text() } else { below.clone().at_least(Binding::Power).text() };
    format!("{above}/{below}")
}

fn vulgar(a: &str, b: &str) -> Option<&'static str> {
    const SIGNS: &[(&str, &str, &str)] =
        &[("1", "2", "½"), ("1", "3", "⅓"), ("2", "3", "⅔"), ("1", "4", "¼"), ("3", "4", "¾"), ("1", "8", "⅛")];
    SIGNS.iter().find(|&&(x, y, _)| (x, y) == (a, b)).map(|&(_, _, sign)| sign)
}

/// What has a character below the line, and these characters.
pub(crate) const SUBSCRIPTS: (&str, &str) = ("0123456789−+aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₋₊ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ");

/// As superscripts, if all characters have one.
fn raised(text: &str) -> Option<String> {
    mapped(text, ("0123456789−+k", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵏ"))
}

/// As subscripts, if all characters have one; else after a low line.
pub(crate) fn lowered(text: &str) -> String {
    match mapped(text, SUBSCRIPTS) {
        Some(lowered) => lowered,
        None => format!("_{text}"),
    }
}

fn mapped(text: &str, (from, to): (&str, &str)) -> Option<String> {
    text.chars().map(|c| from.chars().zip(to.chars()).find(|&(a, _)| a == c).map(|(_, b)| b)).collect()
}
