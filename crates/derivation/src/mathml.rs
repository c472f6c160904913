//! Formulas as presentation MathML, as browsers show it (MathML Core).

use crate::formula::{BAR, Formula, Part};

impl Formula {
    /// As a `<math>` element on a line of its own.
    pub fn mathml(&self) -> String {
        format!("<math xmlns=\"http://www.w3.org/1998/Math/MathML\" display=\"block\">{}</math>", self.element())
    }

    /// As the elements within `<math>`.
    pub(crate) fn element(&self) -> String {
        match &self.part {
            Part::Name(base, below) if below.is_empty() => name(base),
            Part::Name(base, below) if below.chars().all(|c| c.is_ascii_digit()) => {
                format!("<msub>{}<mn>{below}</mn></msub>", name(base))
            }
            // The index of a component after a layer's number.
            Part::Name(base, below) if below.starts_with(|c: char| c.is_ascii_digit()) => {
                let (number, index) = below.split_at(below.trim_end_matches(|c: char| !c.is_ascii_digit()).len());
                format!("<msub>{}<mrow><mn>{number}</mn>{}</mrow></msub>", name(base), name(index))
            }
            Part::Name(base, below) => format!("<msub>{}{}</msub>", name(base), name(below)),
            Part::Function(text) => format!("<mi mathvariant=\"normal\">{}</mi>", escaped(text)),
            Part::Words(text) => format!("<mtext>{}</mtext>", escaped(text).replace(' ', "&#xA0;")),
            Part::Number(text) => format!("<mn>{}</mn>", escaped(text)),
            Part::Infix(sign) => format!("<mo>{}</mo>", escaped(sign)),
            Part::Sign("𝟏") => "<mn>𝟏</mn>".into(),
            Part::Sign("Σ") => "<mo>∑</mo>".into(),
            Part::Sign(sign @ ("∂" | "−")) => format!("<mo form=\"prefix\" lspace=\"0\" rspace=\"0\">{sign}</mo>"),
            Part::Sign(sign) => format!("<mo>{}</mo>", escaped(sign)),
            Part::Space => "<mspace width=\"0.2em\"/>".into(),
            Part::Row(parts) => {
                format!("<mrow>{}</mrow>", parts.iter().map(Formula::element).collect::<String>())
            }
            Part::Fence(open, inner, close) => format!(
                "<mrow><mo form=\"prefix\" fence=\"true\"{0}>{1}</mo>{2}<mo form=\"postfix\" fence=\"true\"{0}>{3}</mo></mrow>",
                if inner.is_tall() { "" } else { " stretchy=\"false\"" },
                escaped(open),
                inner.element(),
                escaped(close)
            ),
            Part::Fraction(above, below) => format!("<mfrac>{}{}</mfrac>", above.element(), below.element()),
            Part::Power(base, exponent) => {
                format!("<msup>{}{}</msup>", base.below_superscript().element(), exponent.element())
            }
            Part::Sub(base, below) => format!("<msub>{}{}</msub>", base.element(), below.element()),
            Part::Root(inner) => format!("<msqrt>{}</msqrt>", inner.element()),
            Part::Transpose(inner) => {
                format!("<msup>{}<mo>⊤</mo></msup>", inner.below_superscript().element())
            }
            Part::Exponential(exponent) => format!("<msup><mi>e</mi>{}</msup>", exponent.element()),
            Part::Cases(condition, then, otherwise) => format!(
                "<mrow><mo form=\"prefix\" fence=\"true\">{{</mo><mtable><mtr>{0}{1}</mtd>{0}{2}</mtd></mtr>\
                 <mtr>{0}{3}</mtd>{0}<mtext>otherwise</mtext></mtd></mtr></mtable></mrow>",
                "<mtd style=\"text-align: left\">",
                then.element(),
                condition.element(),
                otherwise.element()
            ),
        }
    }
}

fn name(text: &str) -> String {
    if let Some(letter) = text.strip_suffix(BAR) {
        return format!("<mover accent=\"true\">{}<mo stretchy=\"false\">¯</mo></mover>", name(letter));
    }
    let is_capital_or_word = text.chars().count() > 1;
    let variant = if is_capital_or_word { " mathvariant=\"normal\"" } else { "" };
    format!("<mi{variant}>{}</mi>", escaped(text))
}

pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}
