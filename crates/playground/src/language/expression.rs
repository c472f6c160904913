//! From words to expressions, by recursive descent.
//!
//! ```text
//! comparison = sum [(< | <= | > | >=) sum]
//! sum        = product {(+ | -) product}
//! product    = signed {(* | / | .* | @) signed}
//! signed     = - signed | power
//! power      = atom [^ signed]
//! atom       = number | name | name[0, 1] | name(comparison, …) | (comparison) | |comparison|
//! ```

use super::functions::function;
use super::lexer::Word;
use super::reader::Reader;
use super::spelling::CHOICE;
use super::text::{Expression, Kind};
use super::unknown::no_function;
use super::{Mistake, Span};

/// How deep parentheses, signs and powers may stand in each other.
const DEEPEST: usize = 60;

/// Reads expressions, each after its operands.
pub(super) struct Expressions<'s> {
    pub(super) reader: Reader<'s>,
    depth: usize,
    found: Vec<Expression>,
}

impl<'s> Expressions<'s> {
    pub(super) fn new(reader: Reader<'s>) -> Self {
        Self { reader, depth: 0, found: Vec::new() }
    }

    /// How many expressions were read.
    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// The expressions that were read.
    pub(super) fn into_found(self) -> Vec<Expression> {
        self.found
    }

    fn push(&mut self, kind: Kind, span: Span) -> usize {
        self.found.push(Expression { kind, span });
        self.found.len() - 1
    }

    fn span(&self, expression: usize) -> Span {
        self.found[expression].span
    }

    /// Reads something one deeper.
    fn deeper<R>(&mut self, read: impl FnOnce(&mut Self) -> Result<R, Mistake>) -> Result<R, Mistake> {
        if self.depth == DEEPEST {
            let message = format!("this stands more than {DEEPEST} deep");
            return Err(Mistake::new(self.reader.word().1, message, "give parts of it names behind `where`"));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    pub(super) fn comparison(&mut self) -> Result<usize, Mistake> {
        let left = self.sum()?;
        let Some(sign) = self.reader.takes_one_of(&["<", "<=", ">", ">="]) else { return Ok(left) };
        let right = self.sum()?;
        Ok(self.between(sign, left, right))
    }

    fn sum(&mut self) -> Result<usize, Mistake> {
        self.chain(&["+", "-"], Self::product)
    }

    fn product(&mut self) -> Result<usize, Mistake> {
        self.chain(&["*", "/", ".*", "@"], Self::signed)
    }

    /// Operands with some of these signs between them, from left to right.
    fn chain(
        &mut self,
        signs: &[&'static str],
        operand: fn(&mut Self) -> Result<usize, Mistake>,
    ) -> Result<usize, Mistake> {
        let mut left = operand(self)?;
        while let Some(sign) = self.reader.takes_one_of(signs) {
            let right = operand(self)?;
            left = self.between(sign, left, right);
        }
        Ok(left)
    }

    fn between(&mut self, sign: &'static str, left: usize, right: usize) -> usize {
        let span = self.span(left).to(self.span(right));
        self.push(Kind::Sign(sign, left, right), span)
    }

    fn signed(&mut self) -> Result<usize, Mistake> {
        let start = self.reader.word().1;
        if self.reader.takes("+") {
            return self.deeper(Self::signed);
        }
        if !self.reader.takes("-") {
            return self.power();
        }
        let operand = self.deeper(Self::signed)?;
        let span = start.to(self.span(operand));
        Ok(match self.found[operand].kind {
            Kind::Number(number) => self.push(Kind::Number(-number), span),
            _ => self.push(Kind::Negated(operand), span),
        })
    }

    fn power(&mut self) -> Result<usize, Mistake> {
        let base = self.atom()?;
        if !self.reader.takes("^") {
            return Ok(base);
        }
        let exponent = self.deeper(Self::signed)?;
        let span = self.span(base).to(self.span(exponent));
        Ok(match self.found[exponent].kind {
            Kind::Number(number) => self.push(Kind::Power(base, number), span),
            _ => self.push(Kind::Sign("^", base, exponent), span),
        })
    }

    fn atom(&mut self) -> Result<usize, Mistake> {
        let (word, span) = self.reader.word();
        match word {
            Word::Number(number) => {
                self.reader.advance();
                Ok(self.push(Kind::Number(number), span))
            }
            Word::Name if !matches!(self.reader.text(span), "where" | "with") => {
                self.reader.advance();
                if self.reader.takes("(") {
                    return self.call(span);
                }
                self.refuses_bare_function(span)?;
                self.name(span)
            }
            Word::Sign("(") => {
                self.reader.advance();
                let inner = self.deeper(Self::comparison)?;
                let end = self.reader.expects(")", "an opening parenthesis is still open")?;
                self.found[inner].span = span.to(end);
                Ok(inner)
            }
            Word::Sign("|") => {
                self.reader.advance();
                let inner = self.deeper(Self::comparison)?;
                let end = self.reader.expects("|", "the absolute value is written between two bars")?;
                let within = self.span(inner);
                // `||x| − 1|` is a value within another; what has nothing between the bars is meant as a norm.
                if within.start == span.end
                    && within.end == end.start
                    && matches!(self.found[inner].kind, Kind::Call(..))
                    && self.reader.text(within).starts_with('|')
                {
                    let message = "`||…||` is not an absolute value";
                    return Err(Mistake::new(span.to(end), message, "a norm is written `norm(…)`"));
                }
                match function("abs") {
                    Some(abs) => Ok(self.push(Kind::Call(abs, [inner; 3]), span.to(end))),
                    None => Err(self.reader.nothing()),
                }
            }
            _ => Err(self.reader.nothing()),
        }
    }

    /// Refuses `ln p`: a function without parentheses, whose argument follows.
    fn refuses_bare_function(&self, name: Span) -> Result<(), Mistake> {
        let (text, (next, argument)) = (self.reader.text(name), self.reader.word());
        let is_operand = matches!(next, Word::Name | Word::Number(_));
        if !is_operand || function(text).is_none() || matches!(self.reader.name(), Some("where" | "with")) {
            return Ok(());
        }
        let argument = self.reader.text(argument);
        let hint = match text {
            "if" => CHOICE.into(),
            _ if function(argument).is_some() => format!("write `{text}({argument}(…))`"),
            _ => format!("write `{text}({argument})`"),
        };
        Err(Mistake::new(name, format!("the argument of `{text}` stands in parentheses"), hint))
    }

    /// A name, or an element of what it names.
    fn name(&mut self, name: Span) -> Result<usize, Mistake> {
        if !self.reader.takes("[") {
            return Ok(self.push(Kind::Name(name), name));
        }
        let mut places = [None; 2];
        for place in &mut places {
            let (word, span) = self.reader.word();
            match word {
                Word::Number(number) if number.fract() == 0.0 && (0.0..1e6).contains(&number) => {
                    *place = Some(number as usize);
                    self.reader.advance();
                }
                _ => {
                    let message = format!("a place counted from 0 is expected before {}", self.reader.spoken());
                    return Err(Mistake::new(span, message, "write `theta[0]`, or `W[0, 1]` of a matrix"));
                }
            }
            if !self.reader.takes(",") {
                break;
            }
        }
        let end = self.reader.expects("]", "an element has at most two places")?;
        Ok(self.push(Kind::Element(name, places), name.to(end)))
    }

    fn call(&mut self, name: Span) -> Result<usize, Mistake> {
        let text = self.reader.text(name);
        let Some(function) = function(text) else { return Err(no_function(text, name)) };
        let mut arguments = Vec::new();
        loop {
            self.reader.refuses_options()?;
            arguments.push(self.deeper(Self::comparison)?);
            if !self.reader.takes(",") {
                break;
            }
        }
        let end = self.reader.expects(")", "the call is still open")?;
        let span = name.to(end);
        let [expected, found] = [function.arguments(), arguments.len()];
        if expected != found {
            let message =
                format!("`{text}` takes {expected} argument{}, not {found}", if expected == 1 { "" } else { "s" });
            let along_rows =
                matches!(text, "sum" | "mean").then(|| format!("; of each row of a matrix it is `row{text}`"));
            let hint = match text {
                "if" => CHOICE.into(),
                "max" | "min" if found == 1 => {
                    let one = arguments.first().map_or("x", |&first| self.reader.text(self.span(first)));
                    format!(
                        "`{text}` is {}, as in `{text}({one}, 0)`; of each row of a matrix it is `rowmax`",
                        function.meaning
                    )
                }
                _ => format!("`{text}` is {}{}", function.meaning, along_rows.unwrap_or_default()),
            };
            return Err(Mistake::new(span, message, hint));
        }
        let at = |place: usize| arguments.get(place).or(arguments.last()).copied().unwrap_or_default();
        Ok(self.push(Kind::Call(function, [at(0), at(1), at(2)]), span))
    }
}
