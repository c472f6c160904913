//! Gradients of recorded losses, derived as a textbook derives them: the chain rule step by step, each local derivative with its rule,
//! the product before and after it is simplified, and the closed form. As Unicode text, LaTeX and MathML.
//!
#![doc = include_str!("../formulas/chain_rule.html")]
#![doc = include_str!("../formulas/font.html")]
//!
//! ```
//! use autodiff::Tape;
//! use derivation::derive;
//!
//! let tape = Tape::<f64>::new();
//! let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
//! let theta = tape.input("theta", &[2]);
//! let pi = x.linear(theta).sigmoid();
//! let loss = -(y * pi.ln() + (1.0 - y) * (1.0 - pi).ln()).sum();
//!
//! let derivation = derive(loss, theta)?;
//! assert_eq!(derivation.to_string(), "\
//! The loss
//!   L = −Σ [y ln π + (1 − y) ln(1 − π)]
//!   π = σ(η)
//!   η = Xθ
//!
//! Letters
//!   x = one row of X, as a column
//!   σ(t) = 1/(1 + exp(−t))
//!   ∇ = the derivative by θ, an array of its shape
//!
//! One observation
//!   ℓ = −[y ln π + (1 − y) ln(1 − π)]
//!   ∂ℓ/∂π = (1 − y)/(1 − π) − y/π    (ln x)′ = 1/x
//!         = (π − y)/(π(1 − π))
//!   ∂π/∂η = π(1 − π)                 σ′ = σ(1 − σ)
//!   ∂ℓ/∂η = ∂ℓ/∂π · ∂π/∂η
//!         = (π − y)/(π(1 − π)) · π(1 − π)
//!         = π − y
//!   ∂η/∂θ = x
//!   ∂ℓ/∂θ = ∂ℓ/∂η · ∂η/∂θ
//!         = (π − y)x
//!
//! All observations
//!   ∇L = Xᵀ(π − y)
//!      = Xᵀ(σ(Xθ) − y)
//! ");
//! # Ok::<(), derivation::Error>(())
//! ```
//!
//! # What it knows
//! The loss may be recorded naively or not. The formulas use the names of inputs and those given with
//! [`Var::named`](autodiff::Var::named) (`theta` is θ, `W1` is W₁). Linear predictors (with what is added to
//! them), functions of them, and parts that are used more than once get names if they have none. Each named part is one step.
//!
//! The simplifier works on its own expressions, so what a tape or program computes never changes. It collects like terms, puts fractions over
//! one denominator and cancels, moves scalars out of sums and matrix products, and knows the identities of `exp`, `ln`, σ, Φ, softmax and
//! `|x|`. A simplified form equals the original wherever that is defined. A step that holds only under a condition (each row of Y sums to 1, y is 0 or 1)
//! shows the condition, and follows the form that needs none.
//!
//! Operations without a formula (a matrix decomposition, a sort, one of your own) stay as they are; their derivatives are written
//! `(∂f/∂x)ᵀ`.
//!
//! The loss and what names stand for are shown as they were recorded, then, where that has other letters, in the form that the derivation goes on
//! with. The letters that formulas have by themselves are introduced behind the loss.
//!
//! The files: `import` reads a recording, `verbatim` as it was written; `pool`, `build`, `arrays` hold expressions in normal form; `identities`, `fractions`, `distribute`, `choices`, `simplify` are the
//! rules; `functions`, `calculus` differentiate; `hessian`, `labels` are about curvature; `predictors`, `names` choose the steps, `letters`, `spelling` what is called how, `introduce` what letters stand for; `derive` takes them, `local`, `observation`, `compose` write them down, `sums` those of losses that are functions of sums;
//! `agreement` tries whether two of them come to the same; `write` makes formulas, and `text`, `latex`, `mathml` set them.

mod agreement;
mod arrays;
mod build;
mod calculus;
#[cfg(test)]
mod checks;
mod choices;
mod compose;
mod derive;
mod distribute;
mod document;
mod error;
mod evaluate;
mod formula;
mod fractions;
mod functions;
mod hessian;
mod identities;
mod import;
mod introduce;
mod labels;
mod latex;
mod letters;
mod local;
mod loss;
mod mathml;
mod names;
mod number;
mod observation;
mod pool;
mod predictors;
mod simplify;
mod spelling;
mod sums;
mod text;
mod verbatim;
mod write;
pub use document::{Line, Section, Step};
pub use error::{Error, Result};
pub use formula::Formula;

use autodiff::{Scalar, Tape, Var};
use ndarray::ArrayD;
use pool::Id;
use std::collections::HashMap;
use write::View;

/// The derivation of a loss's gradient, step by step; [`derive()`]. [`Display`](std::fmt::Display) writes it as text.
#[derive(Clone, Debug)]
pub struct Derivation {
    found: derive::Found,
    sections: Vec<Section>,
}

/// Derives the gradient of `loss` by `theta` from the chain rule.
///
/// # Errors
/// If the recording has an error, the loss isn't a number, or `theta` is no input.
#[track_caller]
pub fn derive<T: Scalar>(loss: Var<'_, T>, theta: Var<'_, T>) -> Result<Derivation> {
    derive_all(loss, &[theta])
}

/// Derives the gradients of `loss` by several parameters at once: those of a network's layers share their adjoints.
///
/// # Errors
/// As [`derive()`].
#[track_caller]
pub fn derive_all<T: Scalar>(loss: Var<'_, T>, thetas: &[Var<'_, T>]) -> Result<Derivation> {
    let mut found = derive::find(loss, thetas)?;
    found.check_written_out()?;
    let sections = compose::sections(&mut found);
    let sections = introduce::with_letters(&mut found, sections);
    found.check_size()?;
    Ok(Derivation { found, sections })
}

impl Derivation {
    /// The sections: the loss, the letters of the formulas (if they have any by themselves), one observation (if the loss is a sum over the
    /// rows), all observations.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The closed form of the gradient by parameter number `index`, by the names of the derivation: `Xᵀ(π − y)`.
    pub fn gradient(&mut self, index: usize) -> Option<Formula> {
        let gradient = *self.found.gradients.get(index)?;
        Some(write::write(&mut self.found.imported.pool, gradient, View::All))
    }

    /// Adds a section with the Hessian by parameter number `index`: `Xᵀ diag(π(1 − π)) X`. By a matrix of parameters, what it makes of
    /// a change of it.
    ///
    /// # Errors
    /// If the formulas become too large.
    pub fn with_hessian(mut self, index: usize) -> Result<Self> {
        self.sections.extend(hessian::section(&mut self.found, index)?);
        self.sections = introduce::with_letters(&mut self.found, self.sections);
        self.found.check_size()?;
        Ok(self)
    }

    /// The value of the closed form of the gradient by parameter number `index`, for arrays by the inputs' names: what
    /// [`grad`](autodiff::Var::grad) gives, computed from the formula.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{arr1, arr2};
    /// let tape = Tape::<f64>::new();
    /// let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    /// let theta = tape.input("theta", &[2]);
    /// let derivation = derivation::derive((y - x.linear(theta)).powi(2).mean(), theta)?;
    /// let data = arr2(&[[1.0, 1.0], [1.0, -1.0]]).into_dyn();
    /// let values = [("X", data), ("y", arr1(&[1.0, 2.0]).into_dyn()), ("theta", arr1(&[0.0, 0.5]).into_dyn())];
    /// assert_eq!(derivation.gradient_value(0, &values)?, arr1(&[-3.0, 2.0]).into_dyn()); // (2/n)·Xᵀ(Xθ − y)
    /// # Ok::<(), derivation::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a value is missing or doesn't fit, or the form has something without a formula.
    pub fn gradient_value(&self, index: usize, values: &[(&str, ArrayD<f64>)]) -> Result<ArrayD<f64>> {
        let mut found = self.found.clone();
        let gradient = found.gradients.get(index).copied();
        let gradient = gradient.ok_or_else(|| Error::NoValue { reason: format!("there is no parameter {index}") })?;
        let closed = found.closed_form(gradient);
        let full = found.of_inputs(closed);
        value(&found, full, found.parameters.get(index).copied(), values)
    }

    /// The value of the Hessian's closed form by the vector of parameters number `index`, as [`gradient_value`](Self::gradient_value).
    ///
    /// # Errors
    /// As [`gradient_value`](Self::gradient_value), and for a parameter that is no vector.
    pub fn hessian_value(&self, index: usize, values: &[(&str, ArrayD<f64>)]) -> Result<ArrayD<f64>> {
        let mut found = self.found.clone();
        let hessian = hessian::hessian(&mut found, index)?.filter(|hessian| hessian.direction.is_none());
        let hessian = hessian.ok_or_else(|| Error::NoValue { reason: "there is no Hessian matrix".into() })?;
        let full = found.of_inputs(hessian.value);
        value(&found, full, None, values)
    }

    /// As LaTeX, a paragraph and an `align*` for each section.
    pub fn latex(&self) -> String {
        document::latex(&self.sections)
    }

    /// As HTML: a heading and presentation MathML for each section.
    pub fn mathml(&self) -> String {
        document::mathml(&self.sections)
    }
}

/// The value of an expression of the inputs, in the shape of `like`.
fn value(found: &derive::Found, id: Id, like: Option<Id>, values: &[(&str, ArrayD<f64>)]) -> Result<ArrayD<f64>> {
    let pool = &found.imported.pool;
    let tape = Tape::new();
    let rows = rows_of(found, values);
    let mut symbols = HashMap::new();
    let used = pool.reachable(id).into_iter().chain(like);
    for symbol in used.filter(|&node| pool.as_symbol(node).is_some()) {
        let name = pool.as_symbol(symbol).map(|symbol| symbol.name.as_str()).unwrap_or_default();
        let constant =
            found.imported.constants.iter().find(|(constant, _)| *constant == symbol).map(|(_, array)| array);
        let Some(array) = values.iter().find(|(given, _)| *given == name).map(|(_, array)| array).or(constant) else {
            continue;
        };
        let shape: Vec<usize> = pool.dims(symbol).iter().map(|len| len.among(rows.unwrap_or(0))).collect();
        if array.shape() != shape {
            return Err(Error::NoValue {
                reason: format!("`{name}` has the shape {:?}, not {shape:?}", array.shape()),
            });
        }
        symbols.insert(symbol, tape.constant(array));
    }
    let evaluator = evaluate::Evaluator { pool, tape: &tape, rows, symbols };
    let result = evaluator.record(id)?;
    let result = match like.and_then(|like| evaluator.symbols.get(&like)) {
        Some(like) => result.broadcast_to(like.shape().trailing()),
        None => result,
    };
    Ok(result.value()?)
}

/// The number of rows of the data that the loss has, be they in the expression or not.
fn rows_of(found: &derive::Found, values: &[(&str, ArrayD<f64>)]) -> Option<usize> {
    let pool = &found.imported.pool;
    let of_rows = found.imported.nodes.iter().filter(|&&id| pool.has_rows(id)).filter_map(|&id| pool.as_symbol(id));
    let mut given = of_rows.filter_map(|symbol| values.iter().find(|(name, _)| *name == symbol.name));
    given.find_map(|(_, array)| array.shape().first().copied())
}

impl std::fmt::Display for Derivation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&document::text(&self.sections))
    }
}
