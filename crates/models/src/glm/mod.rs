//! Generalised linear models: a design, a response, a family and a link. The loss stands in `objective`; how it is fitted in
//! `fitting`, from which starts in `start`, from each of them in `attempt`, what these ask of a model in `startable`, and whether that ended on
//! a plateau in `plateau`; which units
//! it may have in `units`; what a fit predicts in `outcome`.

mod attempt;
mod fitting;
mod objective;
mod outcome;
mod plateau;
mod start;
mod startable;
mod units;

pub use outcome::GlmFit;
pub(crate) use plateau::no_losses_along;
pub(crate) use start::fit_lowest;
pub(crate) use startable::{Means, Startable};

use crate::design::{Design, Matrix, Vector};
use crate::error::Result;
use crate::family::Family;
use crate::fit::Fit;
use crate::link::Link;
use crate::ridge::Ridge;
use crate::side_by_side::of_rows;
use autodiff::{Binding, bind};
use ndarray::{Array2, ArrayBase, ArrayView1, Ix1, ViewRepr, s};

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

    /// How many rows have a response that is no count where the family counts: a Poisson or negative binomial one that is no whole number, or binomial
    /// successes and failures (weight times response, and the rest) that aren't. The likelihood is that of counts; estimates and tests of
    /// others are those of a quasi-likelihood at best. Quasi-families ask for no counts.
    ///
    /// ```
    /// use models::{Design, Family, Glm};
    /// use ndarray::{arr1, arr2};
    /// let (x, y) = (arr2(&[[1.0], [2.0], [3.0]]), arr1(&[2.0, 3.5, 6.0]));
    /// let model = Glm::new(Design::new(&x), &y, Family::Poisson)?;
    /// assert_eq!((model.no_counts(), model.with_estimated_dispersion().no_counts()), (1, 0));
    /// # Ok::<(), models::Error>(())
    /// ```
    pub fn no_counts(&self) -> usize {
        let is_no_count = |row: &usize| self.family.is_no_count(self.design.weight(*row), self.y[*row]);
        if self.has_known_dispersion() { (0..self.y.len()).filter(is_no_count).count() } else { 0 }
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
        let spent = usize::from(self.family.is_spent(mean, y));
        Means { are_sound, are_far_out: self.link.is_far_out(eta), are_vanishing, spent }
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
