//! Generalised linear models: a design, a response, a family and a link, as an objective; and their fit.

use crate::design::{Design, Vector};
use crate::error::{Error, Result};
use crate::family::Family;
use crate::fit::{self, Fit, Observer, Options};
use crate::link::Link;
use crate::objective::{Block, Objective, Recording};
use crate::ridge::Ridge;
use crate::separation;
use autodiff::{Binding, Tape, Var, bind};
use ndarray::{ArrayView1, s};
use serde::{Deserialize, Serialize};

/// A generalised linear model of a response: `E[y] = g⁻¹(η)` with the linear predictor η of a design.
///
/// The loss is the negative log-likelihood at dispersion 1, `Σ wᵢ ℓ(yᵢ, ηᵢ)`, without terms of y alone, plus the ridge
/// penalty `½λ‖β‖²`.
///
/// ```
/// use models::{Design, Family, Glm};
/// use ndarray::{arr1, arr2};
/// let (x, y) = (arr2(&[[0.0], [1.0], [2.0], [3.0]]), arr1(&[1.0, 3.0, 5.0, 7.0]));
/// let fit = Glm::new(Design::new(&x), &y, Family::Gaussian)?.fit(&Default::default())?;
/// assert!((fit.coefficients()[0] - 1.0).abs() < 1e-14);
/// assert!((fit.coefficients()[1] - 2.0).abs() < 1e-14);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Glm<'a> {
    design: Design<'a>,
    y: Vector<'a>,
    family: Family,
    link: Link,
    ridge: Ridge,
}

/// A fitted generalised linear model: all that prediction needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GlmFit {
    /// The family.
    pub family: Family,
    /// The link.
    pub link: Link,
    /// The weight of the ridge penalty.
    pub ridge: f64,
    /// The number of rows.
    pub rows: usize,
    /// The optimiser's outcome; its parameters are the coefficients.
    pub fit: Fit,
}

impl<'a> Glm<'a> {
    /// A model with the family's canonical link and no penalty.
    ///
    /// # Errors
    /// No rows, nothing to fit, another number of responses than rows, a response that the family can't have.
    pub fn new(design: Design<'a>, y: impl Into<ArrayView1<'a, f64>>, family: Family) -> Result<Self> {
        let y = y.into();
        design.check_size()?;
        design.check_length("y", y.len())?;
        family.check(y)?;
        Ok(Self { design, y, family, link: family.canonical_link(), ridge: Ridge::none() })
    }

    /// Takes another link.
    pub fn with_link(mut self, link: Link) -> Self {
        self.link = link;
        self
    }

    /// Penalises the coefficients, all but the intercept, by `½λ‖β‖²`.
    ///
    /// # Errors
    /// A negative or infinite weight λ.
    pub fn with_ridge(mut self, lambda: f64) -> Result<Self> {
        self.ridge = Ridge::new(lambda)?;
        Ok(self)
    }

    /// The design.
    pub fn design(&self) -> &Design<'a> {
        &self.design
    }

    /// The response.
    pub fn response(&self) -> ArrayView1<'a, f64> {
        self.y
    }

    /// The family.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The link.
    pub fn link(&self) -> Link {
        self.link
    }

    /// The weight λ of the ridge penalty.
    pub fn ridge(&self) -> f64 {
        self.ridge.lambda()
    }

    /// Fits the model.
    ///
    /// # Errors
    /// A cell that is not finite, a design that is rank deficient, labels of one class or otherwise separated, starting
    /// values outside the domain. A fit that merely didn't converge is no error: its status says why.
    pub fn fit(&self, options: &Options) -> Result<GlmFit> {
        self.with_outcome(fit::minimise(self, options)?)
    }

    /// Fits the model, watched by an observer.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_observed(&self, options: &Options, observer: &mut dyn Observer) -> Result<GlmFit> {
        self.with_outcome(fit::minimise_observed(self, options, observer)?)
    }

    fn with_outcome(&self, fit: Fit) -> Result<GlmFit> {
        Ok(GlmFit { family: self.family, link: self.link, ridge: self.ridge(), rows: self.design.rows(), fit })
    }

    /// The weighted mean response, as the family allows it.
    fn mean_response(&self) -> f64 {
        self.family.mean_response(self.y, |row| self.design.weight(row))
    }

    /// The model of the intercept alone.
    pub(crate) fn null(&self) -> Glm<'a> {
        Glm { design: self.design.null(), ridge: Ridge::none(), ..self.clone() }
    }

    /// `½λ‖β‖²` of given parameters.
    pub(crate) fn penalty(&self, parameters: &[f64]) -> f64 {
        self.ridge.of(self.design.slopes(parameters))
    }
}

impl Objective for Glm<'_> {
    fn blocks(&self) -> Vec<Block> {
        self.design.blocks()
    }

    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Recording<'t>> {
        let eta = self.design.record(tape, parameters);
        let loss = self.family.record_loss(self.link, eta, tape.rows("y", &[]));
        let weights = self.design.record_weights(tape);
        let weighted = |rows: Var<'t, f64>| weights.map_or(rows, |weights| weights.strong_mul(rows));
        let recording = Recording::new(weighted(loss).sum()).with_predictor(eta);
        let recording = self.ridge.penalise(recording, self.design.slope_blocks(parameters));
        Ok(match self.family.record_information(self.link, eta) {
            Some(information) => recording.with_information(weighted(information)),
            None => recording,
        })
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        let mut bindings = self.design.bind();
        bindings.push(bind("y", &self.y));
        bindings.extend(self.ridge.bind());
        bindings
    }

    /// The intercept of the mean response; without an intercept, least squares on the predictors of the responses.
    fn start(&self) -> Result<Vec<f64>> {
        let zeros = vec![0.0; self.design.parameters()];
        if self.design.has_intercept() {
            let offset = self.design.offset().and_then(|offset| offset.mean()).unwrap_or(0.0);
            let mut start = zeros;
            start[0] = self.link.predictor(self.mean_response()) - offset;
            return Ok(start);
        }
        if self.family == Family::Gaussian && self.link == Link::Identity || self.family == Family::Binomial {
            return Ok(zeros);
        }
        let offset = |row: usize| self.design.offset().map_or(0.0, |offset| offset[row]);
        let predictor = |(row, &y): (usize, &f64)| {
            self.link.predictor(self.family.starting_mean(y, self.design.weight(row))) - offset(row)
        };
        let predictors = self.y.iter().enumerate().map(predictor).collect::<ndarray::Array1<f64>>();
        let least_squares = Glm {
            design: self.design.without_offset(),
            y: predictors.view(),
            family: Family::Gaussian,
            link: Link::Identity,
            ridge: self.ridge.clone(),
        };
        Ok(fit::minimise(&least_squares, &Options::default())?.parameters)
    }

    /// The columns' norms, weighted as the information of the mean response does.
    fn scales(&self) -> Vec<f64> {
        let mean = self.mean_response();
        let step = 1e-6;
        let slope = (self.link.mean(self.link.predictor(mean) + step) - mean) / step;
        let information = slope * slope / self.family.variance(mean);
        self.design.squares(information).iter().map(|square| (square + self.ridge()).sqrt()).collect()
    }

    fn lower_bound(&self) -> f64 {
        let rows = self.y.iter().enumerate();
        rows.map(|(row, &y)| self.design.weight(row) * self.family.saturated_loss(y)).sum()
    }

    fn rows(&self) -> usize {
        self.design.rows()
    }

    fn every(&self, stride: usize) -> Option<Self> {
        Some(Glm {
            design: self.design.every(stride),
            y: self.y.slice_move(s![..;stride]),
            family: self.family,
            link: self.link,
            ridge: self.ridge.every(stride),
        })
    }

    fn check(&self) -> Result<()> {
        self.design.check_finite()
    }

    fn recession(&self, direction: &[f64]) -> Option<Error> {
        if !self.ridge.is_none() {
            return None;
        }
        separation::of_responses(&self.design, self.y, |y| self.family.recession(self.link, y), direction)
    }
}

impl GlmFit {
    /// The coefficients, in the order of [`names`](Self::names).
    pub fn coefficients(&self) -> &[f64] {
        &self.fit.parameters
    }

    /// The coefficients' names.
    pub fn names(&self) -> &[String] {
        &self.fit.names
    }

    /// Makes sure that what was read from a file is a fit: see [`Fit::check`].
    ///
    /// # Errors
    /// As [`Fit::check`]; a dispersion or a penalty that no model has.
    pub fn check(&self) -> Result<()> {
        self.family.check_parameters()?;
        Ridge::new(self.ridge)?;
        self.fit.check()
    }

    /// The linear predictors of a design with the same columns and factors.
    ///
    /// # Errors
    /// Other names than those of the fit; a cell that is not finite; parameters that aren't one finite number for each name.
    pub fn predict_linear(&self, design: &Design<'_>) -> Result<Vec<f64>> {
        self.check()?;
        design.predict(&self.fit.names, ArrayView1::from(&self.fit.parameters))
    }

    /// The expected responses of a design with the same columns and factors.
    ///
    /// # Errors
    /// As [`predict_linear`](Self::predict_linear).
    pub fn predict(&self, design: &Design<'_>) -> Result<Vec<f64>> {
        let predictors = self.predict_linear(design)?;
        Ok(predictors.into_iter().map(|eta| self.link.mean(eta)).collect())
    }
}
