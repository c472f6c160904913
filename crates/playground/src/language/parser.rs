//! From a text to its parts: the loss, the definitions and the parameters.
//!
//! ```text
//! text = comparison [where name = comparison, …] [with name[2, 3], …]
//! ```

use super::data::DATA;
use super::expression::Expressions;
use super::functions::function;
use super::lexer::Word;
use super::phrases::explained;
use super::reader::Reader;
use super::spelling::plain;
use super::text::{Definition, Parameter, Text};
use super::{Mistake, Span};

/// The most elements that parameters may have together.
const MOST_PARAMETERS: usize = 64;

/// Reads a loss.
///
/// # Errors
/// What the text means nothing by, with its place.
///
/// ```
/// let mistake = playground::language::parse("sum(y - sigmiod(x))").unwrap_err();
/// assert_eq!((mistake.span.start, mistake.span.end), (8, 15));
/// assert_eq!(mistake.hint, "did you mean `sigmoid`?");
/// ```
pub fn parse(source: &str) -> Result<Text, Mistake> {
    read(source).map_err(|mistake| explained(source, mistake))
}

fn read(source: &str) -> Result<Text, Mistake> {
    let mut expressions = Expressions::new(Reader::new(source)?);
    let root = expressions.comparison()?;
    let (mut definitions, mut parameters) = (Vec::new(), Vec::new());
    loop {
        match expressions.reader.name() {
            Some("where") => list(&mut expressions, |expressions| definition(expressions, &mut definitions))?,
            Some("with") => list(&mut expressions, |expressions| parameter(&mut expressions.reader, &mut parameters))?,
            _ => break,
        }
    }
    expressions.reader.ends()?;
    if parameters.is_empty() {
        parameters.push(Parameter { name: "theta".into(), shape: vec![2], span: Span::default() });
    }
    let expressions = expressions.into_found();
    let declarations = Vec::new();
    let mut text = Text { source: source.into(), expressions, root, definitions, parameters, declarations };
    text.take_apart();
    Ok(text)
}

/// What stands behind `where` or `with`: entries between commas.
fn list<'s>(
    expressions: &mut Expressions<'s>,
    mut entry: impl FnMut(&mut Expressions<'s>) -> Result<(), Mistake>,
) -> Result<(), Mistake> {
    expressions.reader.advance();
    loop {
        entry(expressions)?;
        if !expressions.reader.takes(",") {
            return Ok(());
        }
    }
}

fn definition(expressions: &mut Expressions<'_>, definitions: &mut Vec<Definition>) -> Result<(), Mistake> {
    let others = definitions.iter().map(|definition| definition.name.as_str());
    let (name, span) = new_name(&mut expressions.reader, others)?;
    expressions.reader.expects("=", "behind `where` stand definitions such as `p = sigmoid(X*theta)`")?;
    let first = expressions.len();
    let root = expressions.comparison()?;
    definitions.push(Definition { name, span, root, first });
    Ok(())
}

fn parameter(reader: &mut Reader<'_>, parameters: &mut Vec<Parameter>) -> Result<(), Mistake> {
    let (name, span) = new_name(reader, parameters.iter().map(|parameter| parameter.name.as_str()))?;
    let mut shape = Vec::new();
    if reader.takes("[") {
        loop {
            shape.push(length(reader)?);
            if !reader.takes(",") || shape.len() == 2 {
                break;
            }
        }
        reader.expects("]", "a parameter has at most two lengths")?;
    }
    parameters.push(Parameter { name, shape, span });
    match parameters.iter().map(Parameter::len).sum::<usize>() > MOST_PARAMETERS {
        true => Err(Mistake::new(span, format!("these are more than {MOST_PARAMETERS} numbers"), "take fewer")),
        false => Ok(()),
    }
}

fn length(reader: &mut Reader<'_>) -> Result<usize, Mistake> {
    match reader.word() {
        (Word::Number(len), _) if len.fract() == 0.0 && (1.0..=MOST_PARAMETERS as f64).contains(&len) => {
            reader.advance();
            Ok(len as usize)
        }
        (_, span) => {
            let message = format!("a length from 1 to {MOST_PARAMETERS} is expected");
            Err(Mistake::new(span, message, "write `W[2, 3]` for a matrix of 2 rows and 3 columns"))
        }
    }
}

/// A name that is to be given a meaning.
fn new_name<'n>(reader: &mut Reader<'_>, mut others: impl Iterator<Item = &'n str>) -> Result<(String, Span), Mistake> {
    let span = reader.word().1;
    let Some(name) = reader.name().filter(|name| !matches!(*name, "where" | "with")) else {
        return Err(Mistake::new(span, format!("a name is expected before {}", reader.spoken()), ""));
    };
    let plain = plain(name);
    if others.any(|other| other == plain) || DATA.iter().any(|(data, _)| *data == plain) {
        return Err(Mistake::new(span, format!("`{name}` has a meaning already"), "choose another name"));
    }
    if let Some(function) = function(plain) {
        let message = format!("`{name}` is a function: {}", function.meaning);
        return Err(Mistake::new(span, message, "choose another name"));
    }
    reader.advance();
    Ok((plain.into(), span))
}
