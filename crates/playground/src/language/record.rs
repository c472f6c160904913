//! From expressions to nodes of a tape.

use super::data::{CLASSES, DATA};
use super::functions::Call;
use super::text::{Expression, Kind, Text};
use super::unknown::unknown;
use super::{Mistake, Span, in_words};
use autodiff::{Tape, Var};

type Node<'t> = Var<'t, f64>;

/// A recorded loss.
pub struct Recorded<'t> {
    /// The loss.
    pub loss: Node<'t>,
    /// The parameters, in their order.
    pub parameters: Vec<Node<'t>>,
    /// What was read of the data, with its name.
    pub data: Vec<(&'static str, Node<'t>)>,
    /// The definitions, in their order; `None` for those that the loss doesn't use.
    pub definitions: Vec<Option<Node<'t>>>,
    /// Every node that a part of the text made, in the order in which they were recorded.
    pub terms: Vec<Term<'t>>,
}

/// A node and the part of the text that made it.
#[derive(Clone, Copy)]
pub struct Term<'t> {
    /// The node.
    pub node: Node<'t>,
    /// Its number on the tape, as pictures have it.
    pub number: usize,
    /// The part of the text.
    pub span: Span,
}

/// Records a loss.
///
/// # Errors
/// A name without a meaning; a definition by itself; shapes that don't fit; a loss that is not one number.
pub fn record<'t>(text: &Text, tape: &'t Tape<f64>) -> Result<Recorded<'t>, Mistake> {
    let mut recorder = Recorder {
        text,
        tape,
        nodes: vec![None; text.expressions.len()],
        parameters: Vec::new(),
        data: Vec::new(),
        definitions: vec![Progress::Unused; text.definitions.len()],
        terms: Vec::new(),
    };
    for parameter in &text.parameters {
        if let Some(definition) = text.definitions.iter().find(|definition| definition.name == parameter.name) {
            let message = format!("`{}` is a definition and a parameter", parameter.name);
            return Err(Mistake::new(definition.span, message, "choose another name"));
        }
        let node = recorder.pushed(parameter.span, || tape.input(&parameter.name, &parameter.shape))?;
        recorder.parameters.push(node);
    }
    let root = text.expressions[..=text.root].last().map_or(Span::default(), |root| root.span);
    let loss = recorder.expressions(0, text.root)?;
    if !loss.shape().is_scalar() {
        let message = format!("the loss is {}, not one number", in_words(&loss.shape()));
        return Err(Mistake::new(root, message, "write `sum(…)` or `mean(…)` around it"));
    }
    let definitions = recorder.definitions.iter().map(|progress| progress.node()).collect();
    Ok(Recorded { loss, parameters: recorder.parameters, data: recorder.data, definitions, terms: recorder.terms })
}

/// How far the recording of a definition is.
#[derive(Clone, Copy)]
enum Progress<'t> {
    Unused,
    Begun,
    Done(Node<'t>),
}

impl<'t> Progress<'t> {
    fn node(self) -> Option<Node<'t>> {
        if let Progress::Done(node) = self { Some(node) } else { None }
    }
}

struct Recorder<'x, 't> {
    text: &'x Text,
    tape: &'t Tape<f64>,
    nodes: Vec<Option<Node<'t>>>,
    parameters: Vec<Node<'t>>,
    data: Vec<(&'static str, Node<'t>)>,
    definitions: Vec<Progress<'t>>,
    terms: Vec<Term<'t>>,
}

impl<'t> Recorder<'_, 't> {
    /// Records the expressions from `first` to `root`, each of which comes after its operands. Recurses into definitions alone, of
    /// which each is recorded once and none within itself.
    fn expressions(&mut self, first: usize, root: usize) -> Result<Node<'t>, Mistake> {
        for place in first..=root {
            let expression = self.text.expressions[place];
            let node = match expression.kind {
                Kind::Name(name) => self.name(name)?,
                _ => self.pushed_by(expression)?,
            };
            self.nodes[place] = Some(node);
        }
        self.nodes[root].ok_or_else(|| Mistake::new(Span::default(), "the text is empty", "write a loss"))
    }

    fn operand(&self, place: usize) -> Node<'t> {
        self.nodes.get(place).copied().flatten().unwrap_or_else(|| self.tape.number(f64::NAN))
    }

    fn pushed_by(&mut self, expression: Expression) -> Result<Node<'t>, Mistake> {
        let tape = self.tape;
        let at = |place: usize| self.operand(place);
        match expression.kind {
            Kind::Number(number) => Ok(tape.number(number)),
            Kind::Name(name) => self.name(name),
            Kind::Negated(a) => {
                let a = at(a);
                self.pushed(expression.span, || -a)
            }
            Kind::Power(a, exponent) => {
                let a = at(a);
                let whole = exponent.fract() == 0.0 && exponent.abs() < 1e6;
                self.pushed(expression.span, || if whole { a.powi(exponent as i32) } else { a.powf(exponent) })
            }
            Kind::Sign(sign, a, b) => {
                let (a, b) = (at(a), at(b));
                self.pushed(expression.span, || between(sign, a, b))
            }
            Kind::Element(name, places) => self.element(name, places, expression.span),
            Kind::Call(function, [a, b, c]) => {
                let (a, b, c) = (at(a), at(b), at(c));
                self.pushed(expression.span, || match function.call {
                    Call::One(call) => call(a),
                    Call::Two(call) => call(a, b),
                    Call::Three(call) => call(a, b, c),
                })
            }
        }
    }

    /// Records with `record`, and tells a failure from the part of the text it is of.
    fn pushed(&mut self, span: Span, record: impl FnOnce() -> Node<'t>) -> Result<Node<'t>, Mistake> {
        let before = self.tape.len();
        let node = record();
        if let Err(error) = self.tape.check() {
            return Err(Mistake::of(&error, span));
        }
        if self.tape.len() > before {
            self.terms.push(Term { node, number: self.tape.len() - 1, span });
        }
        Ok(node)
    }

    fn name(&mut self, span: Span) -> Result<Node<'t>, Mistake> {
        let name = self.text.name_at(span);
        if let Some(place) = self.text.definitions.iter().position(|definition| definition.name == name) {
            return self.definition(place, span);
        }
        if let Some(place) = self.text.parameters.iter().position(|parameter| parameter.name == name) {
            return Ok(self.parameters[place]);
        }
        if let Some(&(_, node)) = self.data.iter().find(|(data, _)| *data == name) {
            return Ok(node);
        }
        if let Some(&(data, _)) = DATA.iter().find(|(data, _)| *data == name) {
            let trailing: &[usize] = match data {
                "X" => &[2],
                "Y" => &[CLASSES],
                _ => &[],
            };
            let tape = self.tape;
            let node = self.pushed(span, || tape.rows(data, trailing))?;
            self.data.push((data, node));
            return Ok(node);
        }
        match name {
            "pi" => Ok(self.tape.number(std::f64::consts::PI)),
            _ => Err(unknown(self.text, span)),
        }
    }

    /// An element of something that has no rows.
    fn element(&mut self, name: Span, places: [Option<usize>; 2], span: Span) -> Result<Node<'t>, Mistake> {
        let element = self.text.element_at(name, places);
        if let Some(place) = self.text.parameters.iter().position(|parameter| parameter.name == element) {
            return Ok(self.parameters[place]);
        }
        let whole = self.name(name)?;
        let shape = whole.shape();
        let name = self.text.at(name);
        if shape.has_rows() {
            let message = format!("`{name}` has a value for each point, and `{element}` would be one number");
            return Err(Mistake::new(span, message, "only parameters have elements; the data are `x` and `y`"));
        }
        let (lens, places) = (shape.trailing(), places.into_iter().flatten().collect::<Vec<_>>());
        if places.len() > lens.len() || places.iter().zip(lens).any(|(place, len)| place >= len) {
            let hint = format!("`{name}` is {}, counted from 0", in_words(&shape));
            return Err(Mistake::new(span, format!("there is no `{element}`"), hint));
        }
        places.iter().try_fold(whole, |part, &place| self.pushed(span, || part.index_axis(0, place)))
    }

    fn definition(&mut self, place: usize, span: Span) -> Result<Node<'t>, Mistake> {
        let definition = &self.text.definitions[place];
        match self.definitions[place] {
            Progress::Done(node) => Ok(node),
            Progress::Begun => {
                let message = format!("`{}` is defined by itself", definition.name);
                Err(Mistake::new(span, message, "a definition can use other names only"))
            }
            Progress::Unused => {
                self.definitions[place] = Progress::Begun;
                let node = self.expressions(definition.first, definition.root)?;
                // A leaf keeps its own name.
                let node = if node.name().is_none() { node.named(&definition.name) } else { node };
                self.definitions[place] = Progress::Done(node);
                Ok(node)
            }
        }
    }
}

/// A sign between two nodes. `*` is the matrix product where rows meet a fixed vector or matrix of their length, and goes element by
/// element elsewhere.
fn between<'t>(sign: &str, a: Node<'t>, b: Node<'t>) -> Node<'t> {
    match sign {
        "+" => a + b,
        "-" => a - b,
        "*" if is_matrix_product(a, b) => match b.shape().trailing() {
            [_] => a.linear(b),
            _ => a.dot(b),
        },
        "*" => a * b,
        "/" => a / b,
        "^" => a.pow(b),
        "<" => a.lt(b),
        "<=" => a.le(b),
        ">" => a.gt(b),
        _ => a.ge(b),
    }
}

fn is_matrix_product(a: Node<'_>, b: Node<'_>) -> bool {
    let (a, b) = (a.shape(), b.shape());
    a.has_rows() && !b.has_rows() && a.trailing().len() == 1 && !b.trailing().is_empty()
}
