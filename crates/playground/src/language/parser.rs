//! From words to expressions, by recursive descent.
//!
//! ```text
//! text       = comparison [where name = comparison, …] [with name[2, 3], …]
//! comparison = sum [(< | <= | > | >=) sum]
//! sum        = product {(+ | -) product}
//! product    = signed {(* | /) signed}
//! signed     = - signed | power
//! power      = atom [^ signed]
//! atom       = number | name | name(comparison, …) | (comparison) | |comparison|
//! ```

use super::data::DATA;
use super::functions::{FUNCTIONS, Function, function};
use super::lexer::{Word, words};
use super::{Mistake, Span, similar};

/// How deep parentheses, signs and powers may stand in each other.
pub const DEEPEST: usize = 60;
/// The most elements that parameters may have together.
const MOST_PARAMETERS: usize = 64;

/// What an expression is; operands are places among the expressions, always before it.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A number.
    Number(f64),
    /// A name: of the data, a parameter or a definition, and where its letters stand.
    Name(Span),
    /// `-a`.
    Negated(usize),
    /// `a + b` and the like.
    Sign(&'static str, usize, usize),
    /// `a^2.0`, of a number.
    Power(usize, f64),
    /// A call of a function, of up to three arguments.
    Call(&'static Function, [usize; 3]),
}

/// An expression, and its place in the text.
#[derive(Clone, Copy)]
pub struct Expression {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// `name = …` behind `where`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// The expression it stands for.
    pub root: usize,
    /// The first of its expressions: those up to `root` are its own.
    pub first: usize,
}

/// `name[2, 3]` behind `with`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its shape, `[]` for a number.
    pub shape: Vec<usize>,
    /// Where it is declared.
    pub span: Span,
}

impl Parameter {
    /// How many numbers it has.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A loss as it was written.
#[derive(Clone)]
pub struct Text {
    /// The text itself.
    pub source: String,
    /// All expressions, each after its operands.
    pub expressions: Vec<Expression>,
    /// The loss: those from the start up to here.
    pub root: usize,
    /// What stands behind `where`, in the order of the text.
    pub definitions: Vec<Definition>,
    /// The parameters: what stands behind `with`, or `theta[2]`.
    pub parameters: Vec<Parameter>,
}

impl Text {
    /// What stands at a place in the text.
    pub fn at(&self, span: Span) -> &str {
        self.source.get(span.start..span.end).unwrap_or_default()
    }

    /// How many numbers all parameters have.
    pub fn parameter_count(&self) -> usize {
        self.parameters.iter().map(Parameter::len).sum()
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({:?})", self.source)
    }
}

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
    let mut parser = Parser { source, words: words(source)?, place: 0, depth: 0, expressions: Vec::new() };
    let root = parser.comparison()?;
    let (mut definitions, mut parameters) = (Vec::new(), Vec::new());
    loop {
        match parser.name() {
            Some("where") => parser.list(|parser| parser.definition(&mut definitions))?,
            Some("with") => parser.list(|parser| parser.parameter(&mut parameters))?,
            _ => break,
        }
    }
    parser.end()?;
    if parameters.is_empty() {
        parameters.push(Parameter { name: "theta".into(), shape: vec![2], span: Span::default() });
    }
    let expressions = parser.expressions;
    Ok(Text { source: source.into(), expressions, root, definitions, parameters })
}

struct Parser<'s> {
    source: &'s str,
    words: Vec<(Word, Span)>,
    place: usize,
    depth: usize,
    expressions: Vec<Expression>,
}

impl<'s> Parser<'s> {
    fn word(&self) -> (Word, Span) {
        self.words.get(self.place).copied().unwrap_or((Word::End, Span::default()))
    }

    fn text(&self, span: Span) -> &'s str {
        self.source.get(span.start..span.end).unwrap_or_default()
    }

    /// The name that is next, if one is.
    fn name(&self) -> Option<&'s str> {
        let (word, span) = self.word();
        (word == Word::Name).then(|| self.text(span))
    }

    /// Takes a sign if it is next.
    fn takes(&mut self, sign: &str) -> bool {
        let is_next = matches!(self.word().0, Word::Sign(next) if next == sign);
        self.place += usize::from(is_next);
        is_next
    }

    fn expects(&mut self, sign: &str, hint: &str) -> Result<Span, Mistake> {
        let (word, span) = self.word();
        let spoken = self.spoken(word, span);
        match word {
            _ if self.takes(sign) => Ok(span),
            // What was read is complete, and another operand follows.
            Word::Number(_) | Word::Name | Word::Sign("(") if matches!(sign, ")" | "|") => {
                Err(Mistake::new(span, format!("an operator is missing before {spoken}"), "to multiply, write `*`"))
            }
            _ => Err(Mistake::new(span, format!("`{sign}` is expected before {spoken}"), hint)),
        }
    }

    fn spoken(&self, word: Word, span: Span) -> String {
        if word == Word::End { "the end".into() } else { format!("`{}`", self.text(span)) }
    }

    fn push(&mut self, kind: Kind, span: Span) -> usize {
        self.expressions.push(Expression { kind, span });
        self.expressions.len() - 1
    }

    fn span(&self, expression: usize) -> Span {
        self.expressions[expression].span
    }

    /// Parses something one deeper.
    fn deeper<R>(&mut self, parse: impl FnOnce(&mut Self) -> Result<R, Mistake>) -> Result<R, Mistake> {
        if self.depth == DEEPEST {
            let message = format!("this stands more than {DEEPEST} deep");
            return Err(Mistake::new(self.word().1, message, "give parts of it names behind `where`"));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn comparison(&mut self) -> Result<usize, Mistake> {
        let left = self.sum()?;
        let Some(sign) = self.takes_one_of(&["<", "<=", ">", ">="]) else { return Ok(left) };
        let right = self.sum()?;
        Ok(self.between(sign, left, right))
    }

    fn sum(&mut self) -> Result<usize, Mistake> {
        let mut left = self.product()?;
        while let Some(sign) = self.takes_one_of(&["+", "-"]) {
            let right = self.product()?;
            left = self.between(sign, left, right);
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<usize, Mistake> {
        let mut left = self.signed()?;
        while let Some(sign) = self.takes_one_of(&["*", "/"]) {
            let right = self.signed()?;
            left = self.between(sign, left, right);
        }
        Ok(left)
    }

    fn takes_one_of(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        signs.iter().copied().find(|sign| self.takes(sign))
    }

    fn between(&mut self, sign: &'static str, left: usize, right: usize) -> usize {
        let span = self.span(left).to(self.span(right));
        self.push(Kind::Sign(sign, left, right), span)
    }

    fn signed(&mut self) -> Result<usize, Mistake> {
        let start = self.word().1;
        if self.takes("+") {
            return self.deeper(Self::signed);
        }
        if !self.takes("-") {
            return self.power();
        }
        let operand = self.deeper(Self::signed)?;
        let span = start.to(self.span(operand));
        Ok(match self.expressions[operand].kind {
            Kind::Number(number) => self.push(Kind::Number(-number), span),
            _ => self.push(Kind::Negated(operand), span),
        })
    }

    fn power(&mut self) -> Result<usize, Mistake> {
        let base = self.atom()?;
        if !self.takes("^") {
            return Ok(base);
        }
        let exponent = self.deeper(Self::signed)?;
        let span = self.span(base).to(self.span(exponent));
        Ok(match self.expressions[exponent].kind {
            Kind::Number(number) => self.push(Kind::Power(base, number), span),
            _ => self.push(Kind::Sign("^", base, exponent), span),
        })
    }

    fn atom(&mut self) -> Result<usize, Mistake> {
        let (word, span) = self.word();
        match word {
            Word::Number(number) => {
                self.place += 1;
                Ok(self.push(Kind::Number(number), span))
            }
            Word::Name if matches!(self.text(span), "where" | "with") => Err(self.nothing(word, span)),
            Word::Name => {
                self.place += 1;
                if self.takes("(") { self.call(span) } else { Ok(self.push(Kind::Name(span), span)) }
            }
            Word::Sign("(") => {
                self.place += 1;
                let inner = self.deeper(Self::comparison)?;
                let end = self.expects(")", "an opening parenthesis is still open")?;
                self.expressions[inner].span = span.to(end);
                Ok(inner)
            }
            Word::Sign("|") => {
                self.place += 1;
                let inner = self.deeper(Self::comparison)?;
                let end = self.expects("|", "the absolute value is written between two bars")?;
                match function("abs") {
                    Some(abs) => Ok(self.push(Kind::Call(abs, [inner; 3]), span.to(end))),
                    None => Err(self.nothing(word, span)),
                }
            }
            _ => Err(self.nothing(word, span)),
        }
    }

    fn nothing(&self, word: Word, span: Span) -> Mistake {
        let message = format!("a number, a name or a parenthesis is expected before {}", self.spoken(word, span));
        Mistake::new(span, message, "something is missing here")
    }

    fn call(&mut self, name: Span) -> Result<usize, Mistake> {
        let text = self.text(name);
        let Some(function) = function(text) else {
            let names = FUNCTIONS.iter().flat_map(|function| function.names).copied();
            let hint = match similar(text, names) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "to multiply, write `*` before the parenthesis".into(),
            };
            return Err(Mistake::new(name, format!("there is no function `{text}`"), hint));
        };
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.deeper(Self::comparison)?);
            if !self.takes(",") {
                break;
            }
        }
        let end = self.expects(")", "the call is still open")?;
        let span = name.to(end);
        let [expected, found] = [function.arguments(), arguments.len()];
        if expected != found {
            let message =
                format!("`{text}` takes {expected} argument{}, not {found}", if expected == 1 { "" } else { "s" });
            return Err(Mistake::new(span, message, format!("`{text}` is {}", function.meaning)));
        }
        let at = |place: usize| arguments.get(place).or(arguments.last()).copied().unwrap_or_default();
        Ok(self.push(Kind::Call(function, [at(0), at(1), at(2)]), span))
    }

    /// What stands behind `where` or `with`: entries between commas.
    fn list(&mut self, mut entry: impl FnMut(&mut Self) -> Result<(), Mistake>) -> Result<(), Mistake> {
        self.place += 1;
        loop {
            entry(self)?;
            if !self.takes(",") {
                return Ok(());
            }
        }
    }

    fn definition(&mut self, definitions: &mut Vec<Definition>) -> Result<(), Mistake> {
        let (name, span) = self.new_name(definitions.iter().map(|definition| definition.name.as_str()))?;
        self.expects("=", "behind `where` stand definitions such as `p = sigmoid(X*theta)`")?;
        let first = self.expressions.len();
        let root = self.comparison()?;
        definitions.push(Definition { name, span, root, first });
        Ok(())
    }

    fn parameter(&mut self, parameters: &mut Vec<Parameter>) -> Result<(), Mistake> {
        let (name, span) = self.new_name(parameters.iter().map(|parameter| parameter.name.as_str()))?;
        let mut shape = Vec::new();
        if self.takes("[") {
            loop {
                let (word, span) = self.word();
                match word {
                    Word::Number(len) if len.fract() == 0.0 && (1.0..=MOST_PARAMETERS as f64).contains(&len) => {
                        shape.push(len as usize);
                        self.place += 1;
                    }
                    _ => {
                        let message = format!("a length from 1 to {MOST_PARAMETERS} is expected");
                        return Err(Mistake::new(
                            span,
                            message,
                            "write `W[2, 3]` for a matrix of 2 rows and 3 columns",
                        ));
                    }
                }
                if !self.takes(",") || shape.len() == 2 {
                    break;
                }
            }
            self.expects("]", "a parameter has at most two lengths")?;
        }
        parameters.push(Parameter { name, shape, span });
        match parameters.iter().map(Parameter::len).sum::<usize>() > MOST_PARAMETERS {
            true => Err(Mistake::new(span, format!("these are more than {MOST_PARAMETERS} numbers"), "take fewer")),
            false => Ok(()),
        }
    }

    /// A name that is to be given a meaning.
    fn new_name<'a>(&mut self, mut others: impl Iterator<Item = &'a str>) -> Result<(String, Span), Mistake> {
        let (word, span) = self.word();
        let Some(name) = self.name().filter(|name| !matches!(*name, "where" | "with")) else {
            return Err(Mistake::new(span, format!("a name is expected before {}", self.spoken(word, span)), ""));
        };
        if others.any(|other| other == name) || DATA.iter().any(|(data, _)| *data == name) {
            return Err(Mistake::new(span, format!("`{name}` has a meaning already"), "choose another name"));
        }
        self.place += 1;
        Ok((name.into(), span))
    }

    fn end(&self) -> Result<(), Mistake> {
        let (word, span) = self.word();
        let hint = match word {
            Word::End => return Ok(()),
            Word::Sign(")") => "there is no parenthesis to close",
            Word::Sign("=") => "definitions stand behind `where`",
            Word::Name | Word::Number(_) | Word::Sign("(") => "is an operator such as `*` missing before it?",
            _ => "what comes before is complete",
        };
        Err(Mistake::new(span, format!("{} is not expected here", self.spoken(word, span)), hint))
    }
}
