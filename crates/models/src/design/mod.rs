//! The design: which columns explain the response, read in place.
//!
//! Numeric columns stay in the caller's matrix, of whatever memory layout; factors stay lists of codes. Neither a column of
//! ones nor one column for each level is ever made: the intercept is a parameter of its own, a level's effect is looked up
//! by its code. The terms and their parameters stand in [`terms`], those that are left out in [`aliased`]; what a term
//! contributes to the linear predictor, in [`record`]; how a row would look written out in full, in [`row`]; which columns
//! others make up, in [`root`]; products of rows that are mostly zeros, in [`product`]; some of the rows, in [`sample`]; what
//! is refused, in [`checks`].

mod aliased;
mod checks;
mod product;
mod record;
mod root;
mod row;
mod sample;
mod terms;

pub(crate) use checks::{check_columns_finite, check_finite, check_length, check_weights};
pub(crate) use product::{products, symmetric};
pub(crate) use root::RootOfRows;
pub(crate) use terms::Term;

use crate::error::{Error, Result};
use ndarray::{ArrayBase, ArrayView1, ArrayView2, CowArray, CowRepr, Ix1, Ix2, ViewRepr, s};
use std::collections::HashSet;

// ndarray's own aliases leave the element type to a projection, which would make a design invariant in its lifetime.
pub(crate) type Vector<'a> = ArrayBase<ViewRepr<&'a f64>, Ix1, f64>;
pub(crate) type Matrix<'a> = ArrayBase<ViewRepr<&'a f64>, Ix2, f64>;
type Levels<'a> = ArrayBase<CowRepr<'a, usize>, Ix1, usize>;

/// The explanatory side of a model: columns, factors, interactions, offset and weights.
///
/// The linear predictor is `η = β₀ + Xβ + Σ effects of factors + Σ interactions + offset`. Its parameters come in the order
/// of [`names`](Self::names): intercept, columns, factors, interactions.
///
/// ```
/// use models::Design;
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[1.2], [0.3], [0.8]]);
/// let group = arr1(&[0, 1, 2]);
/// let design = Design::new(&x)
///     .with_names(&["dose"])?
///     .with_factor("group", &["a", "b", "c"], &group)?
///     .with_interaction("dose", "group")?;
/// assert_eq!(design.names(), ["(Intercept)", "dose", "groupb", "groupc", "dose:groupb", "dose:groupc"]);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Design<'a> {
    x: Matrix<'a>,
    columns: Vec<String>,
    intercept: bool,
    factors: Vec<Factor>,
    interactions: Vec<Interaction>,
    codes: Vec<Codes<'a>>,
    offset: Option<Vector<'a>>,
    weights: Option<Vector<'a>>,
    /// The parameters that are held at 0, by place among all, in order.
    left_out: Vec<usize>,
}

/// A categorical column.
#[derive(Clone, Debug)]
struct Factor {
    name: String,
    /// The names of the levels; the first is the reference.
    levels: Vec<String>,
    /// The place of its codes.
    codes: usize,
}

/// What an interaction is the product of, by place.
#[derive(Clone, Debug)]
enum Interaction {
    Columns(usize, usize),
    ColumnFactor(usize, usize),
    /// Two factors, and the place of the codes of their joint level: 0 where either is at its reference.
    Factors(usize, usize, usize),
}

/// A level for each row, of a factor or of a pair of factors.
#[derive(Clone, Debug)]
struct Codes<'a> {
    /// The name of the tape's input.
    input: String,
    levels: usize,
    of_rows: Levels<'a>,
}

impl<'a> Design<'a> {
    /// All columns of `x`, named `x1`, `x2`, …, and an intercept.
    pub fn new(x: impl Into<ArrayView2<'a, f64>>) -> Self {
        let x = x.into();
        let columns = (1..=x.ncols()).map(|column| format!("x{column}")).collect();
        Self {
            x,
            columns,
            intercept: true,
            factors: Vec::new(),
            interactions: Vec::new(),
            codes: Vec::new(),
            offset: None,
            weights: None,
            left_out: Vec::new(),
        }
    }

    /// Names the columns.
    ///
    /// # Errors
    /// Other than one name a column, or a name given twice.
    pub fn with_names<S: AsRef<str>>(mut self, names: &[S]) -> Result<Self> {
        let (found, expected) = (names.len(), self.x.ncols());
        if found != expected {
            return Err(Error::CountMismatch { what: "column names", found, expected });
        }
        let mut seen: HashSet<&str> = self.factors.iter().map(|factor| factor.name.as_str()).collect();
        for name in names {
            if !seen.insert(name.as_ref()) {
                return Err(Error::DuplicateName { name: name.as_ref().into() });
            }
        }
        self.columns = names.iter().map(|name| name.as_ref().into()).collect();
        Ok(self)
    }

    /// Leaves the intercept out.
    pub fn without_intercept(mut self) -> Self {
        if self.intercept {
            self.leave_out(0);
        }
        self
    }

    /// The same design with an intercept.
    pub(crate) fn with_intercept(mut self) -> Self {
        if !self.intercept {
            self.intercept = true;
            self.left_out.iter_mut().for_each(|place| *place += 1);
        }
        self
    }

    /// Adds a factor: `codes` count its `levels` from 0, and the first level is the reference, whose effect is 0.
    ///
    /// # Errors
    /// Fewer than two levels, another number of codes than rows, a code that names no level, a name in use.
    pub fn with_factor<S: AsRef<str>>(
        mut self,
        name: &str,
        levels: &[S],
        codes: impl Into<ArrayView1<'a, usize>>,
    ) -> Result<Self> {
        let (name, codes) = (self.unused(name)?, codes.into());
        let levels: Vec<String> = levels.iter().map(|level| level.as_ref().into()).collect();
        if levels.len() < 2 {
            return Err(Error::TooFewLevels { factor: name, levels: levels.len() });
        }
        self.check_length(&name, codes.len())?;
        if let Some((row, &code)) = codes.iter().enumerate().find(|(_, code)| **code >= levels.len()) {
            return Err(Error::UnknownLevel { row, factor: name, code, levels: levels.len() });
        }
        let codes = self.push_codes(&name, levels.len(), codes.into());
        self.factors.push(Factor { name, levels, codes });
        Ok(self)
    }

    /// Adds the interaction of two columns or factors (their products: a slope for each level, an effect for each pair of
    /// levels); their main effects are terms of their own.
    ///
    /// # Errors
    /// A name of no column or factor.
    pub fn with_interaction(mut self, first: &str, second: &str) -> Result<Self> {
        let (a, b) = (self.find(first)?, self.find(second)?);
        let interaction = match (a, b) {
            (Named::Column(a), Named::Column(b)) => Interaction::Columns(a, b),
            (Named::Column(column), Named::Factor(factor)) | (Named::Factor(factor), Named::Column(column)) => {
                Interaction::ColumnFactor(column, factor)
            }
            (Named::Factor(a), Named::Factor(b)) => Interaction::Factors(a, b, self.push_joint_codes(a, b)),
        };
        self.interactions.push(interaction);
        Ok(self)
    }

    /// Adds a known part of the linear predictor.
    ///
    /// # Errors
    /// Another number of elements than rows, or one that is not finite.
    pub fn with_offset(mut self, offset: impl Into<ArrayView1<'a, f64>>) -> Result<Self> {
        let offset = offset.into();
        self.check_length("offset", offset.len())?;
        check_finite("offset", offset)?;
        self.offset = Some(offset);
        Ok(self)
    }

    /// Weights the rows: by how many observations a row stands for, or by its precision. A row of weight 0 has no part in
    /// the fit.
    ///
    /// # Errors
    /// Another number of elements than rows, or one that is negative or not finite.
    pub fn with_weights(mut self, weights: impl Into<ArrayView1<'a, f64>>) -> Result<Self> {
        let weights = weights.into();
        check_weights(weights, self.rows())?;
        self.weights = Some(weights);
        Ok(self)
    }

    /// The same terms on other rows; `codes` are those of the factors.
    pub(crate) fn on_rows<'b>(
        &self,
        x: Matrix<'b>,
        codes: Vec<ArrayBase<ViewRepr<&'b usize>, Ix1, usize>>,
        offset: Option<Vector<'b>>,
        weights: Option<Vector<'b>>,
    ) -> Design<'b> {
        let of_factor = |factor: usize| codes.get(factor).copied();
        let of_place = |(place, own): (usize, &Codes<'_>)| {
            let joint = self.interactions.iter().find_map(|interaction| match *interaction {
                Interaction::Factors(a, b, codes) if codes == place => {
                    of_factor(a).zip(of_factor(b)).map(|of| (a, b, of))
                }
                _ => None,
            });
            let of_rows: Levels<'b> = match joint {
                Some((a, b, (first, second))) => self.joint_codes(a, b, first, second).into(),
                None => {
                    let factor = self.factors.iter().position(|factor| factor.codes == place);
                    factor.and_then(of_factor).map_or_else(|| ndarray::Array1::zeros(0).into(), Into::into)
                }
            };
            Codes { input: own.input.clone(), levels: own.levels, of_rows }
        };
        Design {
            x: x.slice_move(s![.., ..self.x.ncols()]),
            columns: self.columns.clone(),
            intercept: self.intercept,
            factors: self.factors.clone(),
            interactions: self.interactions.clone(),
            codes: self.codes.iter().enumerate().map(of_place).collect(),
            offset,
            weights,
            left_out: self.left_out.clone(),
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.x.nrows()
    }

    /// Whether there is an intercept.
    pub fn has_intercept(&self) -> bool {
        self.intercept
    }

    /// The observation weights, if any.
    pub fn weights(&self) -> Option<ArrayView1<'a, f64>> {
        self.weights
    }

    /// The offset, if any.
    pub fn offset(&self) -> Option<ArrayView1<'a, f64>> {
        self.offset
    }

    /// The weight of a row: 1 where none are given.
    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// The design of the intercept alone, with the same rows, offset and weights.
    pub fn null(&self) -> Design<'a> {
        let x = self.x.slice_move(s![.., ..0]);
        Design { x, offset: self.offset, weights: self.weights, ..Design::new(x) }
    }

    /// The same design without the offset.
    pub(crate) fn without_offset(&self) -> Design<'a> {
        Design { offset: None, ..self.clone() }
    }

    fn push_codes(&mut self, of: &str, levels: usize, of_rows: Levels<'a>) -> usize {
        self.codes.push(Codes { input: format!("codes of {of}"), levels, of_rows });
        self.codes.len() - 1
    }

    fn push_joint_codes(&mut self, a: usize, b: usize) -> usize {
        let (first, second) = (&self.factors[a], &self.factors[b]);
        let (height, width) = (first.levels.len() - 1, second.levels.len() - 1);
        let of_rows = |factor: &Factor| self.codes[factor.codes].of_rows.view();
        let codes = self.joint_codes(a, b, of_rows(first), of_rows(second));
        let name = format!("{}:{} ({})", first.name, second.name, self.codes.len());
        self.push_codes(&name, 1 + height * width, CowArray::from(codes))
    }

    /// The joint level of two factors for each row: 0 where either is at its reference. A code beyond the levels is left as it is, for
    /// checks to find.
    fn joint_codes(
        &self,
        a: usize,
        b: usize,
        first: ArrayView1<'_, usize>,
        second: ArrayView1<'_, usize>,
    ) -> ndarray::Array1<usize> {
        let [_, width] = [a, b].map(|factor| self.factors[factor].levels.len() - 1);
        let joint = |a: usize, b: usize| if a == 0 || b == 0 { 0 } else { 1 + (a - 1) * width + (b - 1) };
        first.iter().zip(second).map(|(&a, &b)| joint(a, b)).collect()
    }

    fn unused(&self, name: &str) -> Result<String> {
        match self.find(name) {
            Ok(_) => Err(Error::DuplicateName { name: name.into() }),
            Err(_) => Ok(name.into()),
        }
    }

    fn find(&self, name: &str) -> Result<Named> {
        if let Some(column) = self.columns.iter().position(|column| column == name) {
            return Ok(Named::Column(column));
        }
        if let Some(factor) = self.factors.iter().position(|factor| factor.name == name) {
            return Ok(Named::Factor(factor));
        }
        let known = self.columns.iter().chain(self.factors.iter().map(|factor| &factor.name)).cloned().collect();
        Err(Error::UnknownColumn { name: name.into(), known })
    }
}

/// What a name stands for, by its place.
enum Named {
    Column(usize),
    Factor(usize),
}
