//! Words: numbers, names and signs.

use super::spelling::{fraction, instead, raised};
use super::{Mistake, Span};

/// The longest text that is read.
const LONGEST: usize = 4000;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Word {
    Number(f64),
    /// A name: its letters are those of its span.
    Name,
    Sign(&'static str),
    End,
}

/// The signs, longer ones before those that begin them, each with what it means.
const SIGNS: &[(&str, &str)] = &[
    ("<=", "<="),
    (">=", ">="),
    ("≤", "<="),
    ("≥", ">="),
    ("**", "^"),
    (".*", ".*"),
    ("./", "/"),
    (".^", "^"),
    ("@", "@"),
    ("⊙", ".*"),
    ("∘", ".*"),
    ("+", "+"),
    ("-", "-"),
    ("−", "-"),
    ("–", "-"),
    ("*", "*"),
    ("·", "*"),
    ("⋅", "*"),
    ("∙", "*"),
    ("×", "*"),
    ("/", "/"),
    ("÷", "/"),
    ("^", "^"),
    ("<", "<"),
    (">", ">"),
    ("=", "="),
    ("(", "("),
    (")", ")"),
    ("[", "["),
    ("]", "]"),
    ("|", "|"),
    (",", ","),
    (";", ","),
];

/// The words of a text, with an end after the last.
pub(super) fn words(text: &str) -> Result<Vec<(Word, Span)>, Mistake> {
    if text.len() > LONGEST {
        let span = Span { start: 0, end: text.len() };
        return Err(Mistake::new(span, format!("the text has more than {LONGEST} bytes"), "write a shorter loss"));
    }
    let mut words = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        let (word, len) = if first.is_whitespace() {
            start += first.len_utf8();
            continue;
        } else if first.is_ascii_digit() || first == '.' && !rest[1..].starts_with(['*', '/', '^']) {
            number(rest, start)?
        } else if let Some(number) = fraction(first) {
            (Word::Number(number), first.len_utf8())
        } else if raised(first).is_some() {
            let (exponent, len) = exponent(rest, start)?;
            words.push((Word::Sign("^"), Span { start, end: start + len }));
            (exponent, len)
        } else if is_of_name(first) {
            (Word::Name, rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len()))
        } else if let Some((sign, meaning)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            (Word::Sign(meaning), sign.len())
        } else {
            let span = Span { start, end: start + first.len_utf8() };
            let hint = instead(first).unwrap_or("there are + - * / ^ < <= > >= | | ( ) and names of functions");
            return Err(Mistake::new(span, format!("`{first}` means nothing here"), hint));
        };
        words.push((word, Span { start, end: start + len }));
        start += len;
    }
    words.push((Word::End, Span { start: text.len(), end: text.len() }));
    Ok(words)
}

/// Whether a name may have this in it; digits begin none, which is seen before.
fn is_of_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric() && raised(c).is_none() && fraction(c).is_none() && instead(c).is_none()
}

/// The number that a text begins with, and its length.
fn number(rest: &str, start: usize) -> Result<(Word, usize), Mistake> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut len = digits(rest);
    if rest[len..].starts_with('.') {
        len += 1 + digits(&rest[len + 1..]);
    }
    if rest[len..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[len + 1..].starts_with(['+', '-']));
        let exponent = digits(&rest[len + 1 + sign..]);
        // `2e` is a number and a name, so that `2exp(x)` is told apart below.
        len += if exponent > 0 { 1 + sign + exponent } else { 0 };
    }
    read(&rest[..len], Span { start, end: start + len })
}

/// The raised number that a text begins with, and its length.
fn exponent(rest: &str, start: usize) -> Result<(Word, usize), Mistake> {
    let digits: String = rest.chars().map_while(raised).collect();
    let len = rest.find(|c| raised(c).is_none()).unwrap_or(rest.len());
    let (word, _) = read(&digits, Span { start, end: start + len })?;
    Ok((word, len))
}

fn read(number: &str, span: Span) -> Result<(Word, usize), Mistake> {
    match number.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((Word::Number(value), number.len())),
        Ok(_) => Err(Mistake::new(span, "the number is too large", "the largest is about 1.8e308")),
        Err(_) if number == "." => Err(Mistake::new(
            span,
            "a point stands within numbers alone",
            "write `exp(x)` for `np.exp(x)` or `x.exp()`",
        )),
        Err(_) => Err(Mistake::new(span, "this is no number", "write 0.5 or 1e-3")),
    }
}
