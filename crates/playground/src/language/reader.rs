//! Where a text has been read to, word by word.

use super::lexer::{Word, words};
use super::spelling::CHOICE;
use super::{Mistake, Span};

/// The words of a text, and the next one.
pub(super) struct Reader<'s> {
    source: &'s str,
    words: Vec<(Word, Span)>,
    place: usize,
}

impl<'s> Reader<'s> {
    pub(super) fn new(source: &'s str) -> Result<Self, Mistake> {
        Ok(Self { source, words: words(source)?, place: 0 })
    }

    /// The next word.
    pub(super) fn word(&self) -> (Word, Span) {
        self.words.get(self.place).copied().unwrap_or((Word::End, Span::default()))
    }

    pub(super) fn text(&self, span: Span) -> &'s str {
        self.source.get(span.start..span.end).unwrap_or_default()
    }

    /// The name that is next, if one is.
    pub(super) fn name(&self) -> Option<&'s str> {
        let (word, span) = self.word();
        (word == Word::Name).then(|| self.text(span))
    }

    /// Goes on to the word after the next.
    pub(super) fn advance(&mut self) {
        self.place += 1;
    }

    /// Takes a sign if it is next.
    pub(super) fn takes(&mut self, sign: &str) -> bool {
        let is_next = matches!(self.word().0, Word::Sign(next) if next == sign);
        self.place += usize::from(is_next);
        is_next
    }

    /// Refuses `axis = 1` and the like, as NumPy's reductions have them.
    pub(super) fn refuses_options(&self) -> Result<(), Mistake> {
        let next = self.words.get(self.place + 1).map(|(word, _)| *word);
        match self.name() {
            Some(name @ ("axis" | "dim" | "keepdims" | "keepdim")) if next == Some(Word::Sign("=")) => {
                let hint = "along each row of a matrix go `rowsum(…)`, `rowmean(…)`, `rowmax(…)`";
                Err(Mistake::new(self.word().1, format!("functions have no `{name}`"), hint))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn takes_one_of(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        signs.iter().copied().find(|sign| self.takes(sign))
    }

    /// Takes a sign that has to be next; `hint` says why.
    pub(super) fn expects(&mut self, sign: &str, hint: &str) -> Result<Span, Mistake> {
        let (word, span) = self.word();
        if self.takes(sign) {
            return Ok(span);
        }
        let spoken = self.spoken();
        match word {
            // What was read is complete, and what follows stands behind the loss.
            Word::Name if matches!(self.text(span), "where" | "with") => {
                Err(Mistake::new(span, format!("`{sign}` is missing before {spoken}"), hint))
            }
            Word::Name if matches!(self.text(span), "if" | "then" | "else") => {
                Err(Mistake::new(span, format!("{spoken} is not expected here"), CHOICE))
            }
            // What was read is complete, and another operand follows.
            Word::Number(_) | Word::Name | Word::Sign("(") if matches!(sign, ")" | "|") => {
                Err(Mistake::new(span, format!("an operator is missing before {spoken}"), "to multiply, write `*`"))
            }
            _ => {
                let hint = after_an_expression(word).unwrap_or(hint);
                Err(Mistake::new(span, format!("`{sign}` is expected before {spoken}"), hint))
            }
        }
    }

    /// Makes sure that there is no further word.
    pub(super) fn ends(&self) -> Result<(), Mistake> {
        let (word, span) = self.word();
        let hint = match word {
            Word::End => return Ok(()),
            Word::Name if matches!(self.text(span), "if" | "then" | "else") => CHOICE,
            Word::Sign(")") => "there is no parenthesis to close",
            Word::Name | Word::Number(_) | Word::Sign("(") => "is an operator such as `*` missing before it?",
            _ => after_an_expression(word).unwrap_or("what comes before is complete"),
        };
        Err(Mistake::new(span, format!("{} is not expected here", self.spoken()), hint))
    }

    /// A mistake: there is no operand where one should be.
    pub(super) fn nothing(&self) -> Mistake {
        let message = format!("a number, a name or a parenthesis is expected before {}", self.spoken());
        Mistake::new(self.word().1, message, "something is missing here")
    }

    /// The next word, as a message has it.
    pub(super) fn spoken(&self) -> String {
        let (word, span) = self.word();
        if word == Word::End { "the end".into() } else { format!("`{}`", self.text(span)) }
    }
}

/// What to do where a comparison is complete and this follows.
fn after_an_expression(word: Word) -> Option<&'static str> {
    match word {
        Word::Sign("=") => Some("definitions stand behind `where`; to compare, there are < <= > >="),
        Word::Sign("<" | "<=" | ">" | ">=") => Some("compare two at a time: `(0 < x)*(x < 1)`"),
        Word::Sign("[") => Some("only parameters have elements: `theta[0]`"),
        _ => None,
    }
}
