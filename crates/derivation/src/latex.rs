//! Formulas as LaTeX, for mathematics mode with amsmath, or KaTeX.

use crate::formula::{BAR, Formula, Part, latex_letter};
use crate::text::SUBSCRIPTS;

impl Formula {
    /// As LaTeX: `\frac{\pi - y}{\pi \left(1 - \pi\right)}`.
    pub fn latex(&self) -> String {
        match &self.part {
            Part::Name(base, below) if below.is_empty() => name(base),
            Part::Name(base, below) => format!("{}_{{{}}}", name(base), name(below)),
            Part::Function(text) => function(text),
            Part::Words(text) => format!("\\text{{{}}}", escaped(text)),
            Part::Number(text) => text.replace('−', "-").replace('…', "\\ldots "),
            Part::Infix(sign) => format!(" {} ", command(sign)),
            Part::Sign(sign) => command(sign).into(),
            Part::Space => "\\, ".into(),
            Part::Row(parts) => parts.iter().map(Formula::latex).collect(),
            Part::Fence(open, inner, close) if !inner.is_tall() => {
                format!("{}{}{}", fence(open), inner.latex(), fence(close))
            }
            Part::Fence(open, inner, close) => {
                format!("\\left{}{}\\right{}", fence(open), inner.latex(), fence(close))
            }
            Part::Fraction(above, below) => format!("\\frac{{{}}}{{{}}}", above.latex(), below.latex()),
            Part::Power(base, exponent) => {
                format!("{}^{{{}}}", base.below_superscript().latex(), exponent.latex())
            }
            Part::Sub(base, below) => format!("{}_{{{}}}", base.latex(), below.latex()),
            Part::Root(inner) => format!("\\sqrt{{{}}}", inner.latex()),
            Part::Transpose(inner) => format!("{}^{{\\top}}", inner.below_superscript().latex()),
            Part::Exponential(exponent) => format!("e^{{{}}}", exponent.latex()),
            Part::Cases(condition, then, otherwise) => format!(
                "\\begin{{cases}} {} & {} \\\\ {} & \\text{{otherwise}} \\end{{cases}}",
                then.latex(),
                condition.latex(),
                otherwise.latex()
            ),
        }
    }
}

fn name(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), Some(BAR)) => format!("\\bar{{{}}}", name(&letter.to_string()).trim_end()),
        (Some('ℓ'), None) => "\\ell ".into(),
        (Some(letter), None) => {
            latex_letter(letter).map_or_else(|| escaped(&letter.to_string()), |command| command + " ")
        }
        // Digits, and the index of a component after them.
        _ if is_place(text) => text.into(),
        _ => format!("\\mathrm{{{}}}", escaped(text)),
    }
}

fn function(text: &str) -> String {
    match text {
        "ln" | "exp" | "sin" | "cos" | "tan" | "sinh" | "cosh" | "tanh" | "max" | "min" => format!("\\{text} "),
        "σ" => "\\sigma ".into(),
        "Φ" => "\\Phi ".into(),
        "φ" => "\\varphi ".into(),
        "ψ" => "\\psi ".into(),
        "Γ" => "\\Gamma ".into(),
        _ => format!("\\operatorname{{{}}}", escaped(text)),
    }
}

fn command(sign: &str) -> &str {
    match sign {
        "−" => "-",
        "·" => " \\cdot ",
        "⊙" => "\\odot",
        "∂" => "\\partial ",
        "∇" => "\\nabla ",
        "Σ" => "\\sum ",
        "𝟏" => "\\mathbf{1}",
        "⇒" => "\\Rightarrow",
        "≠" => "\\ne",
        "≤" => "\\le",
        "≥" => "\\ge",
        "′" => "'",
        "²" => "^{2}",
        "…" => "\\ldots",
        other => other,
    }
}

fn fence(sign: &str) -> &str {
    match sign {
        "‖" => "\\Vert ",
        "|" => "\\vert ",
        other => other,
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\textbackslash "),
            '_' | '%' | '&' | '#' | '$' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            '′' => out.push('\''),
            c => out.push(c),
        }
    }
    out
}

/// Whether these are digits, and perhaps the index of a component after them.
fn is_place(text: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
    text.len() <= digits.len() + 1 && digits.chars().all(|c| c.is_ascii_digit())
}

/// Words and signs of a note, within `\text`.
pub(crate) fn in_text(note: &str) -> String {
    const SUPERSCRIPTS: (&str, &str) = ("0123456789-xk", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ˣᵏ");
    let placed = |c: char, (from, to): (&str, &str)| from.chars().zip(to.chars()).find(|&(_, b)| b == c);
    let mut out = String::new();
    for c in note.chars() {
        let (below, above) = (placed(c, SUBSCRIPTS), placed(c, SUPERSCRIPTS));
        match (c, below, above) {
            ('_' | '%' | '&' | '#' | '$' | '{' | '}', ..) => out.extend(['\\', c]),
            ('<' | '>', ..) => out += &format!("${c}$"),
            ('½', ..) => out += "$\\frac{1}{2}$",
            ('√', ..) => out += "$\\surd$",
            ('∛', ..) => out += "$\\sqrt[3]{\\cdot}$",
            ('⌊', ..) => out += "$\\lfloor$",
            ('⌋', ..) => out += "$\\rfloor$",
            ('ᵀ', ..) => out += "$^\\top$",
            (_, Some((below, _)), _) => out += &format!("$_{below}$"),
            (_, _, Some((above, _))) => out += &format!("$^{above}$"),
            (c, ..) if c.is_ascii() => out.push(c),
            (c, ..) => {
                let sign = c.to_string();
                let letter = latex_letter(c).unwrap_or_else(|| command(&sign).trim().into());
                out += &format!("${letter}$");
            }
        }
    }
    out
}
