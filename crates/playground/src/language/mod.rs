//! The language that losses are written in: `sum(-(y*ln(p) + (1-y)*ln(1-p))) where p = sigmoid(X*theta)`.
//!
//! A text becomes words (`lexer`), words become expressions in the order in which they are computed (`expression`, and `parser` for what
//! stands behind `where` and `with`), and expressions are recorded on a tape, operation by operation (`record`). What other languages have is explained by tables: `elsewhere` for names, `spelling` for signs, `phrases` for the rest. Every expression knows its place in the text, so that a mistake can be
//! underlined and a node of the tape can light its term. Nothing recurses deeper than a fixed depth, whatever the text.

mod data;
mod elsewhere;
mod expression;
mod functions;
mod lexer;
mod parser;
mod phrases;
mod reader;
pub mod record;
mod spelling;
mod text;
mod unknown;

pub use data::{CLASSES, DATA};
pub use functions::FUNCTIONS;
pub use parser::parse;
pub use text::{Definition, Expression, Kind, Parameter, Text};

use autodiff::{Error, Shape};
use serde::Serialize;

/// A part of the text: from one byte to before another, both between characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Span {
    /// From the beginning of one to the end of another.
    fn to(self, end: Self) -> Self {
        Self { start: self.start, end: end.end }
    }
}

/// What to do where lengths don't fit.
const FITTING: &str =
    "lengths have to agree, and the parameter stands on the right: `X*theta`, within a product `y*(X*theta)`";

/// What is wrong with a text, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// What to do; empty where the message says it.
    pub hint: String,
    /// The part to underline.
    pub span: Span,
}

impl Mistake {
    fn new(span: Span, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into(), span }
    }

    /// An error of the engine, as one of the text: without the library's files and types.
    pub(crate) fn of(error: &Error, span: Span) -> Self {
        match error {
            Error::Recording { operands, .. } => {
                let operands: Vec<String> = operands.iter().map(in_words).collect();
                let message = match operands.as_slice() {
                    [one] => {
                        let message = format!("this is done along each row of a matrix, and here is {one}");
                        let hint =
                            "of a vector t, write `exp(t)/sum(exp(t))` for softmax, `ln(sum(exp(t)))` for logsumexp";
                        let is_vector = one.starts_with("a vector");
                        let of_points =
                            "a matrix of parameters gives each point a row, as in `softmax(X*W) with W[2,3]`";
                        return Self::new(span, message, if is_vector { hint } else { of_points });
                    }
                    operands => format!("these don't fit each other: {}", operands.join(", and ")),
                };
                Self::new(span, message, FITTING)
            }
            Error::OutOfMemory { .. } | Error::TapeFull { .. } => {
                Self::new(span, "this takes more memory than there is", "take fewer points, or a shorter loss")
            }
            error if error.source_line().is_none() => Self::new(span, error.to_string(), ""),
            _ => Self::new(span, "the engine can't compute this", "write it another way"),
        }
    }

    /// A mistake that has no place in the text.
    pub(crate) fn unplaced(message: impl Into<String>) -> Self {
        Self::new(Span::default(), message, "")
    }
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, ": {}", self.hint) }
    }
}

impl std::error::Error for Mistake {}

/// A shape as a message has it.
fn in_words(shape: &Shape) -> String {
    let lens: Vec<String> = shape.trailing().iter().map(usize::to_string).collect();
    match (shape.has_rows(), lens.as_slice()) {
        (false, []) => "one number".into(),
        (false, [len]) => format!("a vector of {len} numbers"),
        (false, lens) => format!("a matrix of {} numbers", lens.join(" × ")),
        (true, []) => "a number for each point".into(),
        (true, lens) => format!("a row of {} numbers for each point", lens.join(" × ")),
    }
}

/// The name most like a given one, if there is one that may have been meant: with a slip for every four letters, or begun.
fn similar<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let name = name.to_lowercase();
    let len = name.chars().count();
    let slips = |other: &str| match other.to_lowercase() {
        other if len > 2 && other.starts_with(&name) => 0,
        other => strsim::osa_distance(&name, &other),
    };
    let (slips, best) = names.into_iter().map(|other| (slips(other), other)).min_by_key(|(slips, _)| *slips)?;
    (len > 2 && slips <= (len / 4).max(1)).then_some(best)
}
