//! Generalised linear models: a design, a response, a family and a link, as an objective; and what a fit of one predicts. How it
//! is fitted stands in `fitting`, from which starts in `start`, from each of them in `attempt`; which units it may have in `units`.

mod attempt;
mod fitting;
mod start;
mod units;

pub(crate) use attempt::{Means, Startable};
pub(crate) use start::fit_lowest;

use crate::design::{Design, Matrix, Vector};
use crate::error::{Combination, Error, Result};
use crate::evaluate::row_values;
use crate::family::{Bound, Family};
use crate::fit::Fit;
use crate::link::Link;
use crate::objective::{Block, Objective, Recording};
use crate::ridge::Ridge;
use crate::separation::{Responses, of_responses};
use crate::side_by_side::of_rows;
use autodiff::{Binding, Tape, Var, bind};
use ndarray::{Array2, ArrayBase, ArrayView1, Ix1, ViewRepr, s};
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
    dispersion: Dispersion,
    /// The effects that were left out, as no row has a part in them.
    aliased: Vec<String>,
}

/// Where the dispersion comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dispersion {
    /// The family's: known to be 1, or estimated.
    Family,
    /// Estimated, though the family knows it.
    Quasi,
    /// A parameter of the family that was estimated from the data.
    Fitted,
}

/// A fitted generalised linear model: all that prediction needs.
///
/// ```
/// # use models::{Design, Family, Glm};
/// # use ndarray::{arr1, arr2};
/// # let (x, y) = (arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]), arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]));
/// # let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// # let fit = model.fit(&Default::default())?;
/// assert_eq!(fit.names()[1], "dose");
/// let means = fit.predict(model.design())?;
/// assert!((means.iter().sum::<f64>() - y.sum()).abs() < 1e-9);
/// # Ok::<(), models::Error>(())
/// ```
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
    /// The effects of levels, and of pairs of levels, that no row has: they have no coefficient.
    #[serde(default)]
    pub aliased: Vec<String>,
    /// The optimiser's outcome; its parameters are the coefficients.
    pub fit: Fit,
}

impl<'a> Glm<'a> {
    /// A model with the family's canonical link and no penalty.
    ///
    /// Effects of levels, and of pairs of levels, that no row with a positive weight has are left out, as R's `glm` has them
    /// as NA; [`aliased`](Self::aliased) names them.
    ///
    /// # Errors
    /// No rows, nothing to fit, another number of responses than rows, a response that the family can't have.
    pub fn new(design: Design<'a>, y: impl Into<ArrayView1<'a, f64>>, family: Family) -> Result<Self> {
        let y = y.into();
        design.check_size()?;
        design.check_length("y", y.len())?;
        family.check(y)?;
        let (design, aliased) = design.without_empty_levels();
        let (link, ridge, dispersion) = (family.canonical_link(), Ridge::none(), Dispersion::Family);
        Ok(Self { design, y, family, link, ridge, dispersion, aliased })
    }

    /// Takes another link.
    pub fn with_link(mut self, link: Link) -> Self {
        self.link = link;
        self
    }

    /// Takes only the mean and the shape of the variance from the family, and estimates the dispersion φ, which binomial and
    /// Poisson responses otherwise have as 1: R's quasi-families (Wedderburn 1974). The coefficients stay the same; standard
    /// errors are times √φ, statistics are compared with Student's t, and there is no likelihood.
    pub fn with_estimated_dispersion(mut self) -> Self {
        self.dispersion = Dispersion::Quasi;
        self
    }

    /// Whether the dispersion is known to be 1.
    pub fn has_known_dispersion(&self) -> bool {
        self.family.has_known_dispersion() && self.dispersion != Dispersion::Quasi
    }

    /// The number of parameters that are estimated: the coefficients, and a dispersion.
    pub(crate) fn estimated(&self) -> usize {
        let dispersion = !self.has_known_dispersion() || self.dispersion == Dispersion::Fitted;
        self.design.parameters() + usize::from(dispersion)
    }

    /// The same model of a family whose parameter was estimated.
    pub(crate) fn with_fitted_family(self, family: Family) -> Self {
        Self { family, dispersion: Dispersion::Fitted, ..self }
    }

    /// The same model on another design of the same rows.
    pub(crate) fn with_design(self, design: Design<'a>) -> Self {
        Self { design, ..self }
    }

    /// The effects of levels, and of pairs of levels, that were left out because no row has them.
    pub fn aliased(&self) -> &[String] {
        &self.aliased
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

    /// The outcome of a fit of so many rows.
    pub(crate) fn outcome_of(&self, fit: Fit, rows: usize) -> GlmFit {
        let (family, link, ridge) = (self.family, self.link, self.ridge());
        GlmFit { family, link, ridge, rows, aliased: self.aliased.clone(), fit }
    }

    /// The same terms, family, link and penalty on other rows, of which nothing is checked.
    pub(crate) fn on_rows<'b>(
        &self,
        x: Matrix<'b>,
        y: Vector<'b>,
        codes: Vec<ArrayBase<ViewRepr<&'b usize>, Ix1, usize>>,
        offset: Option<Vector<'b>>,
        weights: Option<Vector<'b>>,
    ) -> Glm<'b> {
        let (family, link, dispersion) = (self.family, self.link, self.dispersion);
        let (design, aliased) = (self.design.on_rows(x, codes, offset, weights), Vec::new());
        Glm { design, y, family, link, ridge: self.ridge.clone(), dispersion, aliased }
    }

    /// A model that waits for rows.
    pub(crate) fn of_no_rows(design: Design<'a>, family: Family) -> Self {
        let (link, ridge, dispersion) = (family.canonical_link(), Ridge::none(), Dispersion::Family);
        let y = ArrayView1::from(&[][..]);
        Glm { design, y, family, link, ridge, dispersion, aliased: Vec::new() }
    }

    /// The model without the parameters that aren't marked: effects of levels that no row has.
    pub(crate) fn without_unfilled(self, filled: &[bool]) -> Self {
        let (design, aliased) = self.design.without_unfilled(filled);
        Glm { design, aliased, ..self }
    }

    /// The same with the penalty of every `stride`-th row.
    pub(crate) fn every_ridge(&self, stride: usize) -> Self {
        Glm { ridge: self.ridge.every(stride), ..self.clone() }
    }

    /// The rows' arrays.
    pub(crate) fn bind_rows(&self) -> Vec<Binding<'_, f64>> {
        let mut bindings = self.design.bind();
        bindings.push(bind("y", self.y));
        bindings
    }

    /// All others.
    pub(crate) fn bind_fixed(&self) -> Vec<Binding<'_, f64>> {
        self.ridge.bind().into_iter().collect()
    }

    /// An information with the penalty's part.
    pub(crate) fn with_ridge_of(&self, mut information: Array2<f64>) -> Array2<f64> {
        let first = usize::from(self.design.has_intercept());
        information.diag_mut().slice_mut(s![first..]).map_inplace(|entry| *entry += self.ridge());
        information
    }

    /// What the means at these parameters say about them.
    pub(crate) fn means_of(&self, parameters: &[f64]) -> Means {
        let predictors = self.design.predictors(ArrayView1::from(parameters));
        let of_row = |row: usize| match self.design.weight(row) > 0.0 {
            true => self.mean_of(self.y[row], predictors[row]),
            false => Means::default(),
        };
        of_rows(0..predictors.len(), of_row).into_iter().fold(Means::default(), Means::and)
    }

    /// A Gaussian mean that a logarithm has as 0 went there because the responses want a negative one.
    fn mean_of(&self, y: f64, eta: f64) -> Means {
        let (mean, deviance) = (self.link.mean(eta), self.family.unit_deviance(self.link, y, eta));
        let is_gaussian = self.family == Family::Gaussian;
        let vanished = is_gaussian && self.link == Link::Log && mean == 0.0;
        let are_sound = mean.is_finite() && deviance.is_finite() && !vanished;
        let are_vanishing = is_gaussian && self.link.is_vanishing(mean, y - mean);
        Means { are_sound, are_far_out: self.link.is_far_out(eta), are_vanishing }
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
        let mut bindings = self.bind_rows();
        bindings.extend(self.bind_fixed());
        bindings
    }

    /// The intercept of the mean response; without an intercept, least squares on the predictors of the responses.
    fn start(&self) -> Result<Vec<f64>> {
        let nearest = || self.nearest_to_responses().or_else(|_| self.nearest_to_mean());
        self.usual_start(self.mean_response(), || Ok(self.typical_offset()), nearest)
    }

    /// The columns' norms, weighted as the information of the mean response does.
    fn scales(&self) -> Vec<f64> {
        self.design
            .squares(self.information_at(self.mean_response()))
            .iter()
            .map(|square| (square + self.ridge()).sqrt())
            .collect()
    }

    fn lower_bound(&self) -> f64 {
        Bound::of(self.family, self.y, |row| self.design.weight(row))
    }

    fn rows(&self) -> usize {
        self.design.rows()
    }

    fn every(&self, stride: usize) -> Option<Self> {
        Some(Glm {
            design: self.design.every(stride)?,
            y: self.y.slice_move(s![..;stride]),
            family: self.family,
            link: self.link,
            ridge: self.ridge.every(stride),
            dispersion: self.dispersion,
            aliased: self.aliased.clone(),
        })
    }

    fn check(&self) -> Result<()> {
        self.design.check_finite()
    }

    fn superfluous(&self) -> Result<Option<Vec<Combination>>> {
        // A penalty tells columns apart that the data can't.
        Ok(Some(if self.ridge.is_none() { self.design.superfluous(usize::MAX) } else { Vec::new() }))
    }

    fn fast_information(
        &self,
        _parameters: ArrayView1<'_, f64>,
        weights: &dyn Fn() -> Result<Vec<f64>>,
    ) -> Result<Option<Array2<f64>>> {
        if !self.design.is_sparse() {
            return Ok(None);
        }
        Ok(Some(self.with_ridge_of(self.design.sparse_product(&weights()?))))
    }

    fn information_root(&self, parameters: ArrayView1<'_, f64>) -> Result<Option<Array2<f64>>> {
        if !self.ridge.is_none() {
            return Ok(None);
        }
        let weights = row_values(self, parameters)?.information;
        Ok(Some(self.design.root(|row| weights[row])))
    }

    fn recession(&self, direction: &[f64]) -> Option<Error> {
        if !self.ridge.is_none() {
            return None;
        }
        let only = Responses { design: &self.design, y: self.y, first: 0 };
        let each_block = |take: &mut dyn FnMut(Responses<'_>)| {
            take(only);
            Ok(())
        };
        of_responses(&self.design, self.family, self.link, &each_block, direction).unwrap_or_else(Some)
    }

    /// Losses that aren't convex may fall towards means of 0 or infinity, or, where means are probabilities, of 0 or 1.
    fn knows_recession(&self) -> bool {
        let stay_finite = match self.family {
            Family::Binomial => false,
            Family::Gaussian | Family::InverseGaussian => true,
            _ => self.link.is_of_probabilities(),
        };
        !stay_finite || self.link == self.family.canonical_link() || !self.ridge.is_none()
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
    /// Other names than those of the fit; a cell that is not finite; parameters that aren't one finite number for each name;
    /// a row whose effect is [`aliased`](Self::aliased), unless a ridge penalty makes that 0.
    pub fn predict_linear(&self, design: &Design<'_>) -> Result<Vec<f64>> {
        self.check()?;
        self.without_aliased(design)?.predict(&self.fit.names, ArrayView1::from(&self.fit.parameters))
    }

    /// The design without the effects that the fit has no coefficients of.
    pub(crate) fn without_aliased<'d>(&self, design: &Design<'d>) -> Result<Design<'d>> {
        if self.aliased.is_empty() {
            return Ok(design.clone());
        }
        if self.ridge == 0.0
            && let Some((row, column)) = design.first_row_of(&self.aliased)
        {
            let allowed = "no row of the fit had this level or pair of levels, so that its effect isn't known";
            return Err(Error::OutOfRange { row, column, value: 1.0, allowed });
        }
        let known = design.all_names();
        let left_out: Vec<&String> = self.aliased.iter().filter(|name| known.contains(name)).collect();
        design.clone().without(&left_out)
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
