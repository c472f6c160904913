//! The gradient's derivation, as the crate `derivation` finds it: the steps of the chain rule as formulas.

use crate::language::record::record;
use crate::language::{Mistake, Text};
use autodiff::Tape;
use serde::Serialize;

/// The longest formula that is shown, in bytes of MathML: some lines of a page.
const LONGEST: usize = 20_000;

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
    let derivation = ::derivation::derive_all(recorded.loss, &used).map_err(|_| too_long())?;
    let line = |line: &::derivation::Line| Line {
        left: line.left.mathml(),
        steps: line.steps.iter().map(|step| (step.formula.mathml(), step.note.clone())).collect(),
        node: line.node,
    };
    let sections = derivation.sections().iter();
    let sections: Vec<Section> = sections
        .map(|section| Section { title: section.title.clone(), lines: section.lines.iter().map(line).collect() })
        .collect();
    let steps = sections.iter().flat_map(|section| &section.lines).flat_map(|line| &line.steps);
    match steps.map(|(formula, _)| formula.len()).max().unwrap_or(0) > LONGEST {
        true => Err(too_long()),
        false => Ok(sections),
    }
}

fn too_long() -> Mistake {
    Mistake::unplaced(
        "The formulas of this derivation are too long to be read: give parts of the loss names behind `where`.",
    )
}
