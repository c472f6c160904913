//! From expressions to nodes of a tape.

use super::data::{CLASSES, DATA};
use super::functions::Call;
use super::text::{Expression, Kind, Text};
use super::unknown::{declared_as_number, unknown};
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
        values: vec![None; text.expressions.len()],
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
    let loss = recorder.expressions(0, text.root)?.node;
    if !loss.shape().is_scalar() {
        let message = format!("the loss is {}, not one number", in_words(&loss.shape()));
        let mistake = Mistake::new(root, message, "write `sum(…)` or `mean(…)` around it");
        return Err(declared_as_number(text, mistake));
    }
    let definitions = recorder.definitions.iter().map(|progress| progress.node()).collect();
    Ok(Recorded { loss, parameters: recorder.parameters, data: recorder.data, definitions, terms: recorder.terms })
}

/// How far the recording of a definition is.
#[derive(Clone, Copy)]
enum Progress<'t> {
    Unused,
    Begun,
    Done(Value<'t>),
}

impl<'t> Progress<'t> {
    fn node(self) -> Option<Node<'t>> {
        if let Progress::Done(value) = self { Some(value.node) } else { None }
    }
}

/// What an expression was recorded as.
#[derive(Clone, Copy)]
struct Value<'t> {
    node: Node<'t>,
    /// Whether it has one number of each row of a matrix: beside a matrix, it goes with each number of its row.
    is_column: bool,
}

impl<'t> Value<'t> {
    fn of(node: Node<'t>) -> Self {
        Self { node, is_column: false }
    }

    fn is_matrix(self) -> bool {
        let shape = self.node.shape();
        shape.has_rows() && shape.trailing().len() == 1
    }
}

struct Recorder<'x, 't> {
    text: &'x Text,
    tape: &'t Tape<f64>,
    values: Vec<Option<Value<'t>>>,
    parameters: Vec<Node<'t>>,
    data: Vec<(&'static str, Node<'t>)>,
    definitions: Vec<Progress<'t>>,
    terms: Vec<Term<'t>>,
}

impl<'t> Recorder<'_, 't> {
    /// Records the expressions from `first` to `root`, each of which comes after its operands. Recurses into definitions alone, of
    /// which each is recorded once and none within itself.
    fn expressions(&mut self, first: usize, root: usize) -> Result<Value<'t>, Mistake> {
        for place in first..=root {
            let expression = self.text.expressions[place];
            self.values[place] = Some(match expression.kind {
                Kind::Number(number) => Value::of(self.tape.number(number)),
                Kind::Name(name) => self.name(name)?,
                Kind::Element(name, places) => Value::of(self.element(name, places, expression.span)?),
                _ => self.operation(expression)?,
            });
        }
        self.values[root].ok_or_else(|| Mistake::new(Span::default(), "the text is empty", "write a loss"))
    }

    /// What is done with operands.
    fn operation(&mut self, Expression { kind, span }: Expression) -> Result<Value<'t>, Mistake> {
        let places: Vec<usize> = match kind {
            Kind::Negated(a) | Kind::Power(a, _) => vec![a],
            Kind::Sign(_, a, b) => vec![a, b],
            Kind::Call(function, places) => places[..function.arguments()].to_vec(),
            Kind::Number(_) | Kind::Name(_) | Kind::Element(..) => Vec::new(),
        };
        let (nodes, are_columns) = self.beside_each_other(&places)?;
        let [a, b, c] = [0, 1, 2].map(|place| nodes.get(place).copied().unwrap_or_else(|| self.tape.number(f64::NAN)));
        if let Kind::Sign("*", left, right) = kind
            && is_either_product(a, b)
        {
            let [left, right] = [left, right].map(|place| self.text.at(self.text.expressions[place].span));
            let message = format!(
                "`*` is the matrix product or goes element by element: both fit {} and {}",
                in_words(&a.shape()),
                in_words(&b.shape())
            );
            let hint =
                format!("write `{left} @ {right}` for the matrix product, `{left} .* {right}` element by element");
            return Err(Mistake::new(span, message, hint));
        }
        let is_row = matches!(kind, Kind::Call(function, _) if matches!(function.call, Call::Row(_)));
        let node = self.pushed(span, || match kind {
            Kind::Negated(_) => -a,
            Kind::Power(_, exponent) => {
                let whole = exponent.fract() == 0.0 && exponent.abs() < 1e6;
                if whole { a.powi(exponent as i32) } else { a.powf(exponent) }
            }
            Kind::Sign(sign, ..) => between(sign, a, b),
            Kind::Call(function, _) => match function.call {
                Call::Row(call) | Call::One(call) => call(a),
                Call::Two(call) => call(a, b),
                Call::Three(call) => call(a, b, c),
            },
            Kind::Number(_) | Kind::Name(_) | Kind::Element(..) => a,
        });
        let node = node.map_err(|mistake| declared_as_number(self.text, mistake))?;
        let is_one_for_each = node.shape().has_rows() && node.shape().trailing().is_empty();
        Ok(Value { node, is_column: is_one_for_each && (is_row || are_columns) })
    }

    /// The operands, columns stretched beside matrices; and whether all that have rows are columns.
    fn beside_each_other(&mut self, places: &[usize]) -> Result<(Vec<Node<'t>>, bool), Mistake> {
        let values: Vec<(usize, Value<'t>)> =
            places.iter().filter_map(|&place| Some((place, self.values.get(place).copied().flatten()?))).collect();
        let has_matrix = values.iter().any(|(_, value)| value.is_matrix());
        let mut nodes = Vec::new();
        for &(place, value) in &values {
            let is_stretched = value.is_column && has_matrix;
            let span = self.text.expressions[place].span;
            nodes.push(if is_stretched { self.pushed(span, || value.node.insert_axis(1))? } else { value.node });
        }
        let mut on_rows = values.iter().filter(|(_, value)| value.node.shape().has_rows()).peekable();
        Ok((nodes, on_rows.peek().is_some() && on_rows.all(|(_, value)| value.is_column)))
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

    fn name(&mut self, span: Span) -> Result<Value<'t>, Mistake> {
        let name = self.text.name_at(span);
        if let Some(place) = self.text.definitions.iter().position(|definition| definition.name == name) {
            return self.definition(place, span);
        }
        if let Some(place) = self.text.parameters.iter().position(|parameter| parameter.name == name) {
            return Ok(Value::of(self.parameters[place]));
        }
        if let Some(&(_, node)) = self.data.iter().find(|(data, _)| *data == name) {
            return Ok(Value::of(node));
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
            return Ok(Value::of(node));
        }
        match name {
            "pi" => Ok(Value::of(self.tape.number(std::f64::consts::PI))),
            _ => Err(unknown(self.text, span)),
        }
    }

    /// An element of something that has no rows.
    fn element(&mut self, name: Span, places: [Option<usize>; 2], span: Span) -> Result<Node<'t>, Mistake> {
        let element = self.text.element_at(name, places);
        if let Some(place) = self.text.parameters.iter().position(|parameter| parameter.name == element) {
            return Ok(self.parameters[place]);
        }
        let whole = self.name(name)?.node;
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

    fn definition(&mut self, place: usize, span: Span) -> Result<Value<'t>, Mistake> {
        let definition = &self.text.definitions[place];
        match self.definitions[place] {
            Progress::Done(value) => Ok(value),
            Progress::Begun => {
                let message = format!("`{}` is defined by itself", definition.name);
                Err(Mistake::new(span, message, "a definition can use other names only"))
            }
            Progress::Unused => {
                self.definitions[place] = Progress::Begun;
                let Value { node, is_column } = self.expressions(definition.first, definition.root)?;
                // A leaf keeps its own name.
                let node = if node.name().is_none() { node.named(&definition.name) } else { node };
                let value = Value { node, is_column };
                self.definitions[place] = Progress::Done(value);
                Ok(value)
            }
        }
    }
}

/// A sign between two nodes. `*` is the matrix product where rows meet a fixed vector or matrix, and of fixed matrices whose lengths fit
/// so alone; it goes element by element elsewhere.
fn between<'t>(sign: &str, a: Node<'t>, b: Node<'t>) -> Node<'t> {
    match sign {
        "+" => a + b,
        "-" => a - b,
        "@" => product(a, b),
        "*" if is_product_of_rows(a, b) || fits_as_matrices(a, b) => product(a, b),
        "*" | ".*" => a * b,
        "/" => a / b,
        "^" => a.pow(b),
        "<" => a.lt(b),
        "<=" => a.le(b),
        ">" => a.gt(b),
        _ => a.ge(b),
    }
}

/// The matrix product.
fn product<'t>(a: Node<'t>, b: Node<'t>) -> Node<'t> {
    match b.shape().trailing() {
        [_] if is_product_of_rows(a, b) => a.linear(b),
        _ => a.dot(b),
    }
}

fn is_product_of_rows(a: Node<'_>, b: Node<'_>) -> bool {
    let (a, b) = (a.shape(), b.shape());
    a.has_rows() && !b.has_rows() && a.trailing().len() == 1 && !b.trailing().is_empty()
}

/// Whether fixed arrays, at least one of which is a matrix, have lengths for the matrix product.
fn fits_as_matrices(a: Node<'_>, b: Node<'_>) -> bool {
    let (a, b) = (a.shape(), b.shape());
    let is_fixed = !a.has_rows() && !b.has_rows();
    let (a, b) = (a.trailing(), b.trailing());
    is_fixed && a.len().max(b.len()) == 2 && !a.is_empty() && a.last() == b.first()
}

/// Whether such arrays go together element by element, too: then `(X*W)*v` and `X*(W*v)` would differ.
fn is_either_product(a: Node<'_>, b: Node<'_>) -> bool {
    let (first, second) = (a.shape(), b.shape());
    let mut lens = first.trailing().iter().rev().zip(second.trailing().iter().rev());
    fits_as_matrices(a, b) && lens.all(|(a, b)| a == b || *a == 1 || *b == 1)
}
