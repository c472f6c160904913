//! A loss that was read: its expressions, definitions and parameters.

use super::Span;
use super::functions::Function;
use super::spelling::plain;
use ndarray::Dimension;

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
    /// `a[0, 1]`, of a name: one element, or with one place of a matrix a row.
    Element(Span, [Option<usize>; 2]),
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

    /// The names of its numbers: `theta[0]`, `c`.
    pub fn names(&self) -> Vec<String> {
        ndarray::indices(self.shape.as_slice()).into_iter().map(|place| element(&self.name, place.slice())).collect()
    }

    /// Its numbers as parameters.
    fn elements(&self) -> Vec<Self> {
        self.names().into_iter().map(|name| Self { name, shape: Vec::new(), span: self.span }).collect()
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
    /// The parameters: what stands behind `with`, or `theta[2]`; the elements of one that is used by them alone.
    pub parameters: Vec<Parameter>,
    /// How they are declared: `W[2,3]`, `c`.
    pub(super) declarations: Vec<String>,
}

impl Text {
    /// What stands at a place in the text.
    pub fn at(&self, span: Span) -> &str {
        self.source.get(span.start..span.end).unwrap_or_default()
    }

    /// The name at a place, in its usual spelling.
    pub fn name_at(&self, span: Span) -> &str {
        plain(self.at(span))
    }

    /// The usual spelling of an element: `theta[0]`, `W[0,1]`.
    pub(super) fn element_at(&self, name: Span, places: [Option<usize>; 2]) -> String {
        element(self.name_at(name), &places.into_iter().flatten().collect::<Vec<_>>())
    }

    /// Makes parameters of their own of the elements of those that are used by nothing but their elements: then each has its own
    /// derivation.
    pub(super) fn take_apart(&mut self) {
        let parameters = std::mem::take(&mut self.parameters);
        self.declarations = parameters.iter().map(|parameter| element(&parameter.name, &parameter.shape)).collect();
        let apart = |parameter: Parameter| {
            if self.is_used_by_elements(&parameter) { parameter.elements() } else { vec![parameter] }
        };
        self.parameters = parameters.into_iter().flat_map(apart).collect();
    }

    fn is_used_by_elements(&self, parameter: &Parameter) -> bool {
        let is_it = |name: Span| self.name_at(name) == parameter.name;
        let is_one = |places: [Option<usize>; 2]| {
            let places: Vec<usize> = places.into_iter().flatten().collect();
            places.len() == parameter.shape.len() && places.iter().zip(&parameter.shape).all(|(place, len)| place < len)
        };
        let mut uses = self.expressions.iter().filter_map(|expression| match expression.kind {
            Kind::Name(name) if is_it(name) => Some(false),
            Kind::Element(name, places) if is_it(name) => Some(is_one(places)),
            _ => None,
        });
        // One that isn't used stays whole.
        uses.next().is_some_and(|first| first && uses.all(|other| other))
    }

    /// A sentence on the square of a mean of residuals, which is often written for the mean of their squares.
    pub fn remark(&self) -> Option<String> {
        let is_of_parameters = |span: Span| {
            let is_defined = |name: &str| self.definitions.iter().any(|definition| definition.name == name);
            let is_parameter = |name: &str| self.declarations.iter().any(|other| other.split('[').next() == Some(name));
            self.expressions.iter().any(|expression| match expression.kind {
                Kind::Name(name) | Kind::Element(name, _) if span.start <= name.start && name.end <= span.end => {
                    is_defined(self.name_at(name)) || is_parameter(self.name_at(name))
                }
                _ => false,
            })
        };
        self.expressions.iter().find_map(|expression| {
            let Kind::Power(base, 2.0) = expression.kind else { return None };
            let Kind::Call(function, [argument, ..]) = self.expressions.get(base)?.kind else { return None };
            let argument = self.expressions.get(argument)?.span;
            let is_mean = function.names.contains(&"mean") && is_of_parameters(argument);
            let (whole, part) = (self.at(expression.span), self.at(argument));
            is_mean.then(|| {
                format!("{whole} is the square of a mean: residuals of both signs cancel in it. The mean of the squares is mean(({part})^2).")
            })
        })
    }

    /// How many numbers all parameters have.
    pub fn parameter_count(&self) -> usize {
        self.parameters.iter().map(Parameter::len).sum()
    }
}

/// The name of an element: `W[0,1]`; of what has no places, that of the whole.
fn element(name: &str, places: &[usize]) -> String {
    let places: Vec<String> = places.iter().map(usize::to_string).collect();
    if places.is_empty() { name.into() } else { format!("{name}[{}]", places.join(",")) }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({:?})", self.source)
    }
}
