//! Which columns of a source explain the response.

use crate::design::Design;
use crate::error::Result;
use data::Checksum;
use ndarray::{ArrayView1, ArrayView2};

/// The explanatory side of a model of a source, by the names of its columns: what [`Design`] is of arrays.
///
/// ```
/// use models::Terms;
/// let terms = Terms::new(&["distance", "time"])
///     .with_factor("carrier", &["AA", "UA"])
///     .with_interaction("distance", "carrier")
///     .with_weights("flights");
/// # let _ = terms;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// The name of each, and its column.
    pub(super) columns: Vec<(String, String)>,
    pub(super) factors: Vec<Factor>,
    interactions: Vec<[String; 2]>,
    pub(super) offset: Option<String>,
    pub(super) weights: Option<String>,
    without_intercept: bool,
}

/// A factor: the column of its codes, whose name it has.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    pub(super) column: String,
    levels: Vec<String>,
}

impl Terms {
    /// These columns of numbers, and an intercept.
    pub fn new<S: AsRef<str>>(columns: &[S]) -> Self {
        columns.iter().fold(Self::default(), |terms, name| terms.with_column_of(name.as_ref(), name.as_ref()))
    }

    /// Adds a column of numbers under a name of its own.
    pub fn with_column_of(mut self, name: &str, column: &str) -> Self {
        self.columns.push((name.into(), column.into()));
        self
    }

    /// Adds a factor: a column of indices, with the names of its levels in their order. The first is the reference.
    pub fn with_factor<S: AsRef<str>>(mut self, column: &str, levels: &[S]) -> Self {
        let levels = levels.iter().map(|level| level.as_ref().into()).collect();
        self.factors.push(Factor { column: column.into(), levels });
        self
    }

    /// Adds the interaction of two columns or factors.
    pub fn with_interaction(mut self, first: &str, second: &str) -> Self {
        self.interactions.push([first.into(), second.into()]);
        self
    }

    /// Adds a known part of the linear predictor.
    pub fn with_offset(self, column: &str) -> Self {
        Terms { offset: Some(column.into()), ..self }
    }

    /// Weights the rows.
    pub fn with_weights(self, column: &str) -> Self {
        Terms { weights: Some(column.into()), ..self }
    }

    /// Leaves the intercept out.
    pub fn without_intercept(self) -> Self {
        Terms { without_intercept: true, ..self }
    }

    /// A number that tells these columns and what is made of them, the response's and its classes among them, from others.
    pub(super) fn key(&self, response: &str, classes: &[String]) -> u64 {
        Checksum::of(format!("{self:?} {response:?} {classes:?}").as_bytes()).value()
    }

    /// The design of no rows.
    pub(super) fn design(&self) -> Result<Design<'static>> {
        let nothing = ArrayView2::from_shape((0, self.columns.len()), &[][..]).unwrap_or_else(|_| (&[[]; 0]).into());
        let names: Vec<&String> = self.columns.iter().map(|(name, _)| name).collect();
        let mut design = Design::new(nothing).with_names(&names)?;
        for Factor { column, levels } in &self.factors {
            design = design.with_factor(column, levels, ArrayView1::from(&[][..]))?;
        }
        for [first, second] in &self.interactions {
            design = design.with_interaction(first, second)?;
        }
        if self.offset.is_some() {
            design = design.with_offset(ArrayView1::from(&[][..]))?;
        }
        if self.weights.is_some() {
            design = design.with_weights(ArrayView1::from(&[][..]))?;
        }
        Ok(if self.without_intercept { design.without_intercept() } else { design })
    }
}
