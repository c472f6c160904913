//! The gradient's derivation, as the crate `derivation` finds it: the steps of the chain rule as formulas.

use crate::language::record::record;
use crate::language::{Mistake, Text};
use autodiff::Tape;
use serde::Serialize;

/// A part of the derivation.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// What it derives.
    pub title: String,
    /// Its equations.
    pub lines: Vec<Line>,
}

/// An equation, in MathML.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The left side.
    pub left: String,
    /// The right sides, each with why it is equal to the one before.
    pub steps: Vec<(String, Option<String>)>,
    /// The node that the equation is about.
    pub node: Option<usize>,
}

/// The derivation of the gradient by all parameters.
///
/// # Errors
/// What can't be derived.
pub fn derivation(text: &Text) -> Result<Vec<Section>, Mistake> {
    let tape = Tape::<f64>::new();
    let recorded = record(text, &tape)?;
    let used: Vec<_> = recorded.parameters.iter().copied().filter(|parameter| parameter.name().is_some()).collect();
    let derivation =
        ::derivation::derive_all(recorded.loss, &used).map_err(|error| Mistake::unplaced(error.to_string()))?;
    let line = |line: &::derivation::Line| Line {
        left: line.left.mathml(),
        steps: line.steps.iter().map(|step| (step.formula.mathml(), step.note.clone())).collect(),
        node: line.node,
    };
    let sections = derivation.sections().iter();
    Ok(sections
        .map(|section| Section { title: section.title.clone(), lines: section.lines.iter().map(line).collect() })
        .collect())
}
