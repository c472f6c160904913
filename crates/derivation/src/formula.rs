//! A formula as it is set: rows, fractions, powers. One tree for Unicode text, LaTeX and MathML (`text.rs`, `latex.rs`, `mathml.rs`).

/// How tightly the outermost sign of a formula binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Binding {
    /// A sum.
    Sum,
    /// A product, a function without parentheses, a big sum.
    Product,
    /// A power.
    Power,
    /// Nothing that parentheses would change.
    Atom,
}

/// A formula, to be rendered as Unicode text ([`text`](Self::text)), LaTeX ([`latex`](Self::latex)) or MathML
/// ([`mathml`](Self::mathml)).
#[derive(Clone, PartialEq, Debug)]
pub struct Formula {
    pub(crate) part: Part,
    pub(crate) binding: Binding,
}

/// The parts that formulas are made of.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Part {
    /// A name, with what stands below it.
    Name(String, String),
    /// The name of a function: upright.
    Function(String),
    /// Upright words.
    Words(String),
    Number(String),
    /// A sign with space around it: `+`, `=`, `⊙`.
    Infix(&'static str),
    /// A sign without: `−` in front, `Σ`, `·`, `∂`, a comma.
    Sign(&'static str),
    /// A space.
    Space,
    Row(Vec<Formula>),
    Fence(&'static str, Box<Formula>, &'static str),
    Fraction(Box<Formula>, Box<Formula>),
    Power(Box<Formula>, Box<Formula>),
    Sub(Box<Formula>, Box<Formula>),
    Root(Box<Formula>),
    Transpose(Box<Formula>),
    /// `e` to the power.
    Exponential(Box<Formula>),
    /// A choice: the condition, what it is then, what it is otherwise.
    Cases(Box<Formula>, Box<Formula>, Box<Formula>),
}

impl Formula {
    pub(crate) fn atom(part: Part) -> Self {
        Self { part, binding: Binding::Atom }
    }

    pub(crate) fn bound(part: Part, binding: Binding) -> Self {
        Self { part, binding }
    }

    pub(crate) fn words(text: &str) -> Self {
        Self::atom(Part::Words(text.into()))
    }

    pub(crate) fn infix(sign: &'static str) -> Self {
        Self::atom(Part::Infix(sign))
    }

    pub(crate) fn sign(sign: &'static str) -> Self {
        Self::atom(Part::Sign(sign))
    }

    pub(crate) fn space() -> Self {
        Self::atom(Part::Space)
    }

    pub(crate) fn row(parts: Vec<Formula>, binding: Binding) -> Self {
        Self { part: Part::Row(parts), binding }
    }

    /// The formulas with a sign between them.
    pub(crate) fn joined(formulas: Vec<Formula>, sign: &'static str, binding: Binding) -> Self {
        let mut parts = Vec::new();
        for formula in formulas {
            if !parts.is_empty() {
                parts.push(Self::infix(sign));
            }
            parts.push(formula);
        }
        Self::row(parts, binding)
    }

    pub(crate) fn parenthesised(self) -> Self {
        Self::atom(Part::Fence("(", Box::new(self), ")"))
    }

    /// In parentheses where it binds less tightly than `least`.
    pub(crate) fn at_least(self, least: Binding) -> Self {
        if self.binding >= least { self } else { self.parenthesised() }
    }

    /// In parentheses where a second superscript would join one that it has: `(e^a)^b` isn't `e^{ab}`.
    pub(crate) fn below_superscript(&self) -> Self {
        match self.part {
            Part::Exponential(_) | Part::Transpose(_) => self.clone().parenthesised(),
            _ => self.clone().at_least(Binding::Atom),
        }
    }

    /// Whether fences around this are to grow: it has fractions, big sums or choices.
    pub(crate) fn is_tall(&self) -> bool {
        match &self.part {
            Part::Fraction(..) | Part::Cases(..) | Part::Sign("Σ") => true,
            Part::Row(parts) => parts.iter().any(Formula::is_tall),
            Part::Fence(_, inner, _) | Part::Power(inner, _) | Part::Sub(inner, _) => inner.is_tall(),
            Part::Root(inner) | Part::Transpose(inner) => inner.is_tall(),
            _ => false,
        }
    }

    /// How long it is where it is written: in characters of its text without spaces and parentheses, which a factor in front of a sum
    /// has more of than factors in each term.
    pub(crate) fn size(&self) -> usize {
        self.text().chars().filter(|c| !c.is_whitespace() && !"()[]".contains(*c)).count()
    }

    /// The formula without the minus in front of it, and whether there is one.
    pub(crate) fn split_minus(self) -> (bool, Formula) {
        match self.part {
            Part::Row(mut parts) if parts.len() == 2 && parts[0].part == Part::Sign("−") => {
                (true, parts.pop().unwrap_or_else(|| Self::sign("−")))
            }
            _ => (false, self),
        }
    }

    /// The sum of formulas, which may begin with a minus.
    pub(crate) fn added(formulas: Vec<Formula>) -> Self {
        let mut parts = Vec::new();
        for formula in formulas {
            if parts.is_empty() {
                parts.push(formula);
                continue;
            }
            let (is_negative, rest) = formula.split_minus();
            parts.push(Self::infix(if is_negative { "−" } else { "+" }));
            parts.push(rest);
        }
        match parts.len() {
            1 => parts.remove(0),
            _ => Self::row(parts, Binding::Sum),
        }
    }

    /// The name a user gave, as it is set: Greek letters, digits and places of elements below, a hat or prime kept.
    ///
    /// ```
    /// use derivation::Formula;
    /// assert_eq!(Formula::named("theta_1").text(), "θ₁");
    /// assert_eq!(Formula::named("W1").latex(), "W_{1}");
    /// assert_eq!(Formula::named("W[0,1]").latex(), "W_{01}");
    /// assert_eq!(Formula::named("log_scale").latex(), "\\mathrm{log\\_scale}");
    /// ```
    pub fn named(name: &str) -> Self {
        let (base, below) = split_name(name);
        Self::atom(Part::Name(base, below))
    }

    /// All parts, in the order in which they are read.
    pub(crate) fn parts<'f>(&'f self, found: &mut Vec<&'f Formula>) {
        found.push(self);
        let inner: Vec<&Formula> = match &self.part {
            Part::Row(parts) => parts.iter().collect(),
            Part::Fence(_, inner, _) | Part::Root(inner) | Part::Transpose(inner) | Part::Exponential(inner) => {
                vec![inner]
            }
            // A name with something below it is another than the name alone.
            Part::Sub(a, b) => match &a.part {
                Part::Fence("‖", inner, _) => vec![inner, b],
                Part::Function(name) if name == "softmax" => vec![b],
                _ => vec![a, b],
            },
            Part::Fraction(a, b) | Part::Power(a, b) => vec![a, b],
            Part::Cases(condition, then, otherwise) => vec![condition, then, otherwise],
            _ => Vec::new(),
        };
        inner.into_iter().for_each(|part| part.parts(found));
    }

    /// The derivative `∂of/∂by`.
    pub(crate) fn derivative(of: Formula, by: Formula) -> Self {
        let above = Self::row(vec![Self::sign("∂"), of], Binding::Atom);
        let below = Self::row(vec![Self::sign("∂"), by], Binding::Atom);
        Self::bound(Part::Fraction(Box::new(above), Box::new(below)), Binding::Product)
    }
}

/// The bar over the letter before it: `ȳ` is a mean.
pub(crate) const BAR: char = '\u{304}';

/// Whether a name is one letter, with or without a bar.
pub(crate) fn is_letter(base: &str) -> bool {
    base.trim_end_matches(BAR).chars().count() == 1
}

/// The Greek letters by name; a capital letter's name begins with one.
const GREEK: &[(&str, char, char)] = &[
    ("alpha", 'α', 'Α'),
    ("beta", 'β', 'Β'),
    ("gamma", 'γ', 'Γ'),
    ("delta", 'δ', 'Δ'),
    ("epsilon", 'ε', 'Ε'),
    ("zeta", 'ζ', 'Ζ'),
    ("eta", 'η', 'Η'),
    ("theta", 'θ', 'Θ'),
    ("iota", 'ι', 'Ι'),
    ("kappa", 'κ', 'Κ'),
    ("lambda", 'λ', 'Λ'),
    ("mu", 'μ', 'Μ'),
    ("nu", 'ν', 'Ν'),
    ("xi", 'ξ', 'Ξ'),
    ("pi", 'π', 'Π'),
    ("rho", 'ρ', 'Ρ'),
    ("sigma", 'σ', 'Σ'),
    ("tau", 'τ', 'Τ'),
    ("upsilon", 'υ', 'Υ'),
    ("phi", 'φ', 'Φ'),
    ("chi", 'χ', 'Χ'),
    ("psi", 'ψ', 'Ψ'),
    ("omega", 'ω', 'Ω'),
];

/// The LaTeX command of a Greek letter, without its backslash; of a capital that looks Latin, that letter.
pub(crate) fn latex_letter(letter: char) -> Option<String> {
    GREEK.iter().find_map(|&(name, small, capital)| match letter {
        _ if letter == small => Some(format!("\\{name}")),
        _ if letter == capital && "ΓΔΘΛΞΠΣΥΦΨΩ".contains(capital) => {
            Some(format!("\\{}{}", name[..1].to_uppercase(), &name[1..]))
        }
        _ if letter == capital => Some(format!("\\mathrm{{{}}}", name[..1].to_uppercase())),
        _ => None,
    })
}

/// A Greek letter as a word; anything else as it is.
pub(crate) fn spelt(base: &str) -> String {
    let word = GREEK.iter().find_map(|&(name, small, capital)| match base.parse::<char>() {
        Ok(letter) if letter == small => Some(name.to_string()),
        Ok(letter) if letter == capital => Some(name[..1].to_uppercase() + &name[1..]),
        _ => None,
    });
    word.unwrap_or_else(|| base.into())
}

/// The letter that a name spells.
fn letter(name: &str) -> Option<char> {
    GREEK.iter().find_map(|&(word, small, capital)| {
        let is_capital = name.starts_with(|c: char| c.is_ascii_uppercase());
        let same = name.eq_ignore_ascii_case(word) && name[1..].chars().all(|c| c.is_ascii_lowercase());
        same.then_some(if is_capital { capital } else { small })
    })
}

/// A name and what is written below it: `theta_1`, `W1`, `σ₂`.
fn split_name(name: &str) -> (String, String) {
    let spelt = |text: &str| letter(text).map_or_else(|| text.to_string(), String::from);
    if let Some((whole, places)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) {
        let digits = places.split(',').all(|place| place.len() == 1);
        return (spelt(whole), if digits { places.replace(',', "") } else { places.into() });
    }
    let plain: String = name
        .chars()
        .map(|c| "₀₁₂₃₄₅₆₇₈₉".chars().position(|d| d == c).map_or(c, |d| char::from(b'0' + d as u8)))
        .collect();
    let digits = plain.len() - plain.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (front, back) = plain.split_at(plain.len() - digits);
    let stem = front.trim_end_matches('_');
    if digits > 0 && (stem.chars().count() == 1 || letter(stem).is_some()) {
        return (spelt(stem), back.into());
    }
    if let Some((front, back)) = plain.split_once('_')
        && (front.chars().count() == 1 || letter(front).is_some())
        && (1..=3).contains(&back.chars().count())
        && !back.contains('_')
    {
        return (spelt(front), spelt(back));
    }
    (spelt(&plain), String::new())
}
