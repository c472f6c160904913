//! What a drag changes: value, gradient, fitted curves, computed by programs that are compiled once for a text.

use crate::language::record::{Recorded, record};
use crate::language::{CLASSES, DATA, Mistake, Parameter, Span, Text, parse};
use crate::number::{Number, numbers};
use autodiff::{Binding, Program, Rewrites, Tape, Var, Workspace, bind};
use ndarray::{Array1, Array2, ArrayViewD, IxDyn};
use serde::Serialize;

/// The data in the forms that a text may name.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    x: Array1<f64>,
    y: Array1<f64>,
    rows: Array2<f64>,
    classes: Array2<f64>,
}

impl Data {
    /// Data of points.
    pub fn new(points: &[[f64; 2]]) -> Self {
        let x = Array1::from_iter(points.iter().map(|point| point[0]));
        let y = Array1::from_iter(points.iter().map(|point| point[1]));
        let rows = Array2::from_shape_fn((points.len(), 2), |(row, column)| if column == 0 { 1.0 } else { x[row] });
        let is_class = |(row, class): (usize, usize)| f64::from(y[row] == class as f64);
        let classes = Array2::from_shape_fn((points.len(), CLASSES), is_class);
        Self { x, y, rows, classes }
    }

    /// Moves a point.
    pub fn set(&mut self, place: usize, [x, y]: [f64; 2]) {
        if place < self.x.len() {
            (self.x[place], self.y[place], self.rows[[place, 1]]) = (x, y, x);
            (0..CLASSES).for_each(|class| self.classes[[place, class]] = f64::from(y == class as f64));
        }
    }

    fn array(&self, name: &str) -> ArrayViewD<'_, f64> {
        match name {
            "X" => self.rows.view().into_dyn(),
            "Y" => self.classes.view().into_dyn(),
            "x" => self.x.view().into_dyn(),
            _ => self.y.view().into_dyn(),
        }
    }
}

/// A loss that was read and compiled.
pub struct Engine {
    text: Text,
    /// The loss and its gradient by each parameter.
    stable: Compiled,
    /// The loss alone, for pictures of it.
    loss: Compiled,
    /// The loss and its gradient as they were written, without rewrites.
    naive: Compiled,
    /// What the picture of the data shows of the loss.
    curve: Option<(String, Compiled)>,
    /// The rewrites that the stable program has, in words.
    rewrites: Vec<String>,
}

/// A program with what it reads.
struct Compiled {
    program: Program<f64>,
    workspace: Workspace<f64>,
    reads: Vec<&'static str>,
    outputs: Vec<ndarray::ArrayD<f64>>,
}

/// What a drag changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Results {
    /// The loss.
    pub loss: Number,
    /// Its gradient, parameter after parameter.
    pub gradient: Vec<Number>,
}

/// A fitted curve, or one for each class.
#[derive(Clone, Debug, Serialize)]
pub struct Curve {
    /// The definition that it is of.
    pub name: String,
    /// Where it was computed.
    pub x: Vec<f64>,
    /// The values there, one list for each column.
    pub y: Vec<Vec<Number>>,
}

impl Engine {
    /// Reads and compiles a loss.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn new(source: &str) -> Result<Self, Mistake> {
        let text = parse(source)?;
        let tape = Tape::<f64>::new();
        let recorded = record(&text, &tape)?;
        let gradient = recorded.loss.grads(&recorded.parameters);
        let all: Vec<Var<'_, f64>> = [recorded.loss].into_iter().chain(gradient).collect();
        let stable = Compiled::new(&text, &tape, &recorded, &all)?;
        let loss = Compiled::new(&text, &tape, &recorded, &all[..1])?;
        let rewrites = stable.program.rewrites().iter().map(|applied| applied.to_string()).collect();
        Ok(Self { naive: naive(&text)?, curve: curve(&text)?, text, stable, loss, rewrites })
    }

    /// The loss as it was read.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// What was rewritten to be stable.
    pub fn rewrites(&self) -> &[String] {
        &self.rewrites
    }

    /// The names of all numbers of the parameters: `theta[0]`, `c`.
    pub fn names(&self) -> Vec<String> {
        self.text.parameters.iter().flat_map(Parameter::names).collect()
    }

    /// The loss and its gradient.
    ///
    /// # Errors
    /// What the engine can't compute.
    pub fn results(&mut self, data: &Data, theta: &[f64]) -> Result<Results, Mistake> {
        self.stable.run(&self.text, data, theta)?;
        Ok(self.stable.results())
    }

    /// The same as they were written, without rewrites.
    ///
    /// # Errors
    /// As [`results`](Self::results).
    pub fn naive(&mut self, data: &Data, theta: &[f64]) -> Result<Results, Mistake> {
        self.naive.run(&self.text, data, theta)?;
        Ok(self.naive.results())
    }

    /// The loss alone.
    ///
    /// # Errors
    /// As [`results`](Self::results).
    pub fn loss(&mut self, data: &Data, theta: &[f64]) -> Result<f64, Mistake> {
        self.loss.run(&self.text, data, theta)?;
        Ok(self.loss.number())
    }

    /// What the picture of the data shows of the loss: a definition that depends on x and on parameters, not on y.
    ///
    /// # Errors
    /// As [`results`](Self::results).
    pub fn curve(&mut self, theta: &[f64], [low, high]: [f64; 2], count: usize) -> Result<Option<Curve>, Mistake> {
        let Some((name, compiled)) = &mut self.curve else { return Ok(None) };
        let steps = count.max(2) - 1;
        let x: Vec<f64> = (0..=steps).map(|step| low + (high - low) * step as f64 / steps as f64).collect();
        let points: Vec<[f64; 2]> = x.iter().map(|&x| [x, 0.0]).collect();
        compiled.run(&self.text, &Data::new(&points), theta)?;
        let values = &compiled.outputs[0];
        let columns = values.len() / x.len().max(1);
        let column = |column: usize| numbers(values.iter().skip(column).step_by(columns.max(1)).copied());
        Ok(Some(Curve { name: name.clone(), x, y: (0..columns).map(column).collect() }))
    }
}

impl Compiled {
    fn new<'t>(
        text: &Text,
        tape: &'t Tape<f64>,
        recorded: &Recorded<'t>,
        outputs: &[Var<'t, f64>],
    ) -> Result<Self, Mistake> {
        let whole = Span { start: 0, end: text.source.len() };
        let program = tape.compile(outputs).map_err(|error| Mistake::of(&error, whole))?.with_threads(1);
        let workspace = program.workspace();
        let reads = recorded.data.iter().map(|(name, _)| *name).collect();
        Ok(Self { program, workspace, reads, outputs: Vec::new() })
    }

    fn run(&mut self, text: &Text, data: &Data, theta: &[f64]) -> Result<(), Mistake> {
        let whole = Span { start: 0, end: text.source.len() };
        let bindings = bindings(text, data, theta, &self.reads);
        let rows = data.x.len();
        let shapes = self.program.output_shapes();
        let dims = |shape: &autodiff::Shape| -> Vec<usize> {
            let rows = shape.has_rows().then_some(rows);
            rows.into_iter().chain(shape.trailing().iter().copied()).collect()
        };
        if !self.outputs.iter().map(|output| output.shape()).eq(shapes.iter().map(dims)) {
            self.outputs = shapes.iter().map(|shape| ndarray::ArrayD::zeros(IxDyn(&dims(shape)))).collect();
        }
        let mut views: Vec<_> = self.outputs.iter_mut().map(|output| output.view_mut()).collect();
        self.program.run_into(&mut self.workspace, &bindings, &mut views).map_err(|error| Mistake::of(&error, whole))
    }

    fn number(&self) -> f64 {
        self.outputs.first().and_then(|output| output.first()).copied().unwrap_or(f64::NAN)
    }

    fn results(&self) -> Results {
        let gradient = self.outputs.iter().skip(1).flat_map(|output| output.iter().copied());
        Results { loss: Number(self.number()), gradient: numbers(gradient) }
    }
}

/// What a text reads, bound: the data that were read, and every parameter.
pub(crate) fn bindings<'a>(
    text: &'a Text,
    data: &'a Data,
    theta: &'a [f64],
    reads: &[&'static str],
) -> Vec<Binding<'a, f64>> {
    let mut bindings: Vec<Binding<'a, f64>> =
        DATA.iter().filter(|(name, _)| reads.contains(name)).map(|(name, _)| bind(name, data.array(name))).collect();
    let mut from = 0;
    for parameter in &text.parameters {
        let part = theta.get(from..from + parameter.len()).unwrap_or_default();
        from += parameter.len();
        if let Ok(array) = ArrayViewD::from_shape(IxDyn(&parameter.shape), part) {
            bindings.push(bind(&parameter.name, array));
        }
    }
    bindings
}

/// The loss and its gradient without rewrites.
fn naive(text: &Text) -> Result<Compiled, Mistake> {
    let tape = Tape::<f64>::new();
    tape.set_rewrites(Rewrites::NONE);
    let recorded = record(text, &tape)?;
    let gradient = recorded.loss.grads(&recorded.parameters);
    let all: Vec<Var<'_, f64>> = [recorded.loss].into_iter().chain(gradient).collect();
    Compiled::new(text, &tape, &recorded, &all)
}

/// The names that fitted curves usually have.
const CURVES: &[&str] = &["p", "P", "mu", "m", "f"];

fn curve(text: &Text) -> Result<Option<(String, Compiled)>, Mistake> {
    let tape = Tape::<f64>::new();
    let recorded = record(text, &tape)?;
    let usual = |name: &str| CURVES.iter().position(|curve| *curve == name).unwrap_or(CURVES.len());
    let mut definitions: Vec<_> = text.definitions.iter().zip(&recorded.definitions).collect();
    definitions.sort_by_key(|(definition, _)| usual(&definition.name));
    for (definition, node) in definitions {
        let Some(node) = *node else { continue };
        let shape = node.shape();
        if !shape.has_rows() || shape.trailing().len() > 1 {
            continue;
        }
        let compiled = Compiled::new(text, &tape, &recorded, &[node])?;
        // What the program reads is less than what the loss reads.
        let reads: Vec<&str> = compiled.program.row_inputs().collect();
        if reads.iter().all(|name| matches!(*name, "x" | "X")) {
            return Ok(Some((definition.name.clone(), compiled)));
        }
    }
    Ok(None)
}
