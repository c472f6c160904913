//! A minimised loss, and what follows from its recording.

use super::Loss;
use crate::error::{Error, Result};
use crate::evaluate::Layout;
use crate::fit::Fit;
use crate::inference::covariance;
use crate::inference::{Comparison, Covariance, Estimates, Reference};
use crate::linalg::square_of;
use autodiff::{Outputs, Tape, Var};
use ndarray::{Array2, ArrayD, ArrayView1, s};

/// A node, then its Jacobian by each block.
fn with_jacobians<'u>(blocks: &[Var<'u, f64>], nodes: Vec<Var<'u, f64>>) -> Vec<Var<'u, f64>> {
    let jacobians = nodes.iter().flat_map(|&node| blocks.iter().map(move |&block| node.jacobian(block)));
    let all = jacobians.collect::<Vec<_>>();
    [nodes, all].concat()
}

/// A minimised [`Loss`], with its data, so that standard errors, functions of the parameters and tests can be had of it.
///
/// They take the loss for a negative log-likelihood (constant terms may be missing); the sandwich takes it for a sum over the
/// rows, whatever the distribution.
///
/// ```
/// use autodiff::Tape;
/// use models::fit::{Loss, Options};
/// let tape = Tape::<f64>::new();
/// let (y, log_rate) = (tape.data("y", &[3.0, 5.0, 4.0]), tape.variable("log_rate", 0.0));
/// let fit = Loss::new((log_rate.exp() - y * log_rate).sum(), &[log_rate]).minimise(&Options::default())?;
/// assert!(fit.fit.converged());
/// assert!((fit.estimate(log_rate)?[[]] - 4f64.ln()).abs() < 1e-9);
/// assert!((fit.evaluate(&[log_rate.exp()])?.number(0)? - 4.0).abs() < 1e-9);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LossFit<'t, 'd> {
    /// The optimiser's outcome: names, estimates, status.
    pub fit: Fit,
    pub(super) loss: Loss<'t, 'd>,
    pub(super) covariance: Covariance,
}

#[doc = include_str!("../../formulas/font.html")]
impl<'t, 'd> LossFit<'t, 'd> {
    pub(super) fn new(loss: Loss<'t, 'd>, fit: Fit) -> Self {
        Self { fit, loss, covariance: Covariance::default() }
    }

    /// Takes another estimate of the covariance for all that follows: the inverse of the expected information (the default; of a
    /// loss that doesn't state it, of the observed), of the observed, or the sandwich of the rows' scores, for losses that are sums
    /// over the rows.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use models::{fit::{Loss, Options}, inference::Covariance};
    /// let tape = Tape::<f64>::new();
    /// let (y, rate) = (tape.data("y", &[1.0, 2.0, 3.0, 6.0]), tape.variable("log_rate", 0.0));
    /// let poisson = (rate.exp() - y * rate).sum();
    /// let fit = Loss::new(poisson, &[rate]).minimise(&Options::default())?;
    /// let robust = fit.clone().with_covariance(Covariance::Sandwich);
    /// let [plain, robust] = [fit, robust].map(|fit| fit.inference().unwrap().coefficients[0].std_error);
    /// assert!((plain - 12f64.powf(-0.5)).abs() < 1e-12); // 1/√(nλ)
    /// assert!((robust - 14f64.sqrt() / 12.0).abs() < 1e-12); // √Σ(y − λ)²/(nλ)
    /// # Ok::<(), models::Error>(())
    /// ```
    pub fn with_covariance(mut self, covariance: Covariance) -> Self {
        self.covariance = covariance;
        self
    }

    /// The estimate of a parameter, in its shape.
    ///
    /// # Errors
    /// An input that is no parameter of the loss.
    pub fn estimate(&self, parameter: Var<'t, f64>) -> Result<ArrayD<f64>> {
        let (parameters, mut first) = (self.parameters()?, 0);
        for known in &self.loss.parameters {
            let end = first + known.names.len();
            if known.input.is_same(parameter) {
                let elements = parameters.slice(s![first..end]).into_dyn();
                let shaped = elements.to_shape(known.input.shape().trailing()).map(|shaped| shaped.to_owned());
                return Ok(shaped.unwrap_or_else(|_| elements.to_owned()));
            }
            first = end;
        }
        let known = self.loss.parameters.iter().filter_map(|known| known.input.name()).collect();
        Err(Error::UnknownParameter { name: parameter.name().unwrap_or_else(|| parameter.operation()), known })
    }

    /// The values of nodes of the recording at the estimates, on the data: predictions, residuals, parts of the loss.
    ///
    /// # Errors
    /// Whatever keeps them from being evaluated.
    pub fn evaluate(&self, nodes: &[Var<'t, f64>]) -> Result<Outputs<f64>> {
        self.at_estimates(|_, again| again, nodes)
    }

    /// The covariance of the estimates.
    ///
    /// # Errors
    /// A singular information matrix, with the parameter at which it is; of the sandwich, a loss that is no sum over the rows.
    pub fn covariance(&self) -> Result<Array2<f64>> {
        Ok(square_of(&self.root()?))
    }

    /// A root of the covariance.
    fn root(&self) -> Result<Array2<f64>> {
        covariance::root(&self.loss, ArrayView1::from(&self.fit.parameters), self.covariance, 1.0)
    }

    /// The estimates with standard errors, z values and p-values.
    ///
    /// # Errors
    /// As [`covariance`](Self::covariance).
    pub fn inference(&self) -> Result<Estimates> {
        Ok(Estimates::new(&self.fit.names, &self.fit.parameters, &self.root()?, Reference::Normal))
    }

    /// A function of the parameters with its standard error, by the delta method, with its Jacobian J, recorded on the same
    /// tape, and the covariance V of the estimates.
    ///
    #[doc = include_str!("../../formulas/delta.html")]
    ///
    /// `function` is a number or an array of the loss's tape, of fixed shape; data and values at hand may have a part in it. Its
    /// name is that it was given ([`Var::named`]).
    ///
    /// ```
    /// use autodiff::Tape;
    /// use models::fit::{Loss, Options};
    /// let tape = Tape::<f64>::new();
    /// let (events, log_rate) = (tape.data("events", &[3.0, 5.0, 4.0]), tape.variable("log_rate", 0.0));
    /// let fit = Loss::new((log_rate.exp() - events * log_rate).sum(), &[log_rate]).minimise(&Options::default())?;
    /// let rate = fit.delta(log_rate.exp().named("rate"))?;
    /// assert_eq!(rate.coefficients[0].name, "rate");
    /// assert!((rate.coefficients[0].std_error - (4f64 / 3.0).sqrt()).abs() < 1e-9); // √(λ/n)
    /// # Ok::<(), models::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`covariance`](Self::covariance), and of a node on the rows.
    pub fn delta(&self, function: Var<'t, f64>) -> Result<Estimates> {
        if function.shape().has_rows() {
            let needs =
                "a function of fixed shape: take a mean over the rows, or the rows in question as a fixed input";
            return Err(Error::Unavailable { what: "the delta method", needs });
        }
        let outputs = self.at_estimates(with_jacobians, &[function])?;
        let values: Vec<f64> = outputs[0].iter().copied().collect();
        let mut jacobian = Array2::zeros((values.len(), self.parameters()?.len()));
        let mut first = 0;
        for block in &outputs[1..] {
            let columns = block.len().checked_div(values.len()).unwrap_or(0);
            let mut part = jacobian.slice_mut(s![.., first..first + columns]);
            part.iter_mut().zip(block.iter()).for_each(|(place, &slope)| *place = slope);
            first += columns;
        }
        let root = jacobian.dot(&self.root()?);
        Ok(Estimates::new(&super::names_of(function), &values, &root, Reference::Normal))
    }

    /// The log-likelihood, minus the loss without its penalty.
    ///
    /// # Errors
    /// Whatever keeps the loss from being evaluated.
    pub fn log_likelihood(&self) -> Result<f64> {
        Ok(-self.evaluate(&[self.loss.loss])?.number(0)?)
    }

    /// The likelihood-ratio test of a smaller model within this one, fitted to the same rows: twice the difference of the
    /// log-likelihoods, against chi-squared with as many degrees of freedom as the smaller model has fewer parameters.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use models::fit::{Loss, Options};
    /// let tape = Tape::<f64>::new();
    /// let (x, y) = (tape.data("x", &[0.0, 1.0, 2.0, 3.0]), tape.data("y", &[1.0, 1.0, 4.0, 6.0]));
    /// let (a, b) = (tape.variable("a", 0.0), tape.variable("b", 0.0));
    /// let line = a + b * x;
    /// let larger = Loss::new((line.exp() - y * line).sum(), &[a, b]).minimise(&Options::default())?;
    /// let smaller = Loss::new((a.exp() - y * a).sum(), &[a]).minimise(&Options::default())?;
    /// let test = larger.compare(&smaller)?;
    /// assert_eq!(test.df, 1);
    /// assert!(test.p_value < 0.05);
    /// # Ok::<(), models::Error>(())
    /// ```
    ///
    /// # Errors
    /// Other numbers of rows, or a model that has no fewer parameters than this one.
    pub fn compare(&self, smaller: &LossFit<'_, '_>) -> Result<Comparison> {
        if let (Some(expected), Some(found)) = (self.loss.row_count()?, smaller.loss.row_count()?)
            && found != expected
        {
            return Err(Error::CountMismatch { what: "rows of the smaller model", found, expected });
        }
        let df = self.fit.parameters.len().saturating_sub(smaller.fit.parameters.len());
        Comparison::of_likelihoods(smaller.log_likelihood()?, self.log_likelihood()?, df)
    }

    /// The estimates, as many as the loss has: those of `fit` are anyone's to change.
    fn parameters(&self) -> Result<ArrayView1<'_, f64>> {
        let (found, expected) =
            (self.fit.parameters.len(), self.loss.parameters.iter().map(|known| known.names.len()).sum());
        match found == expected {
            true => Ok(ArrayView1::from(&self.fit.parameters)),
            false => Err(Error::CountMismatch { what: "parameters", found, expected }),
        }
    }

    /// Runs what `outputs` makes of the blocks of parameters and of nodes, at the estimates.
    fn at_estimates<F>(&self, outputs: F, nodes: &[Var<'t, f64>]) -> Result<Outputs<f64>>
    where
        F: for<'u> Fn(&[Var<'u, f64>], Vec<Var<'u, f64>>) -> Vec<Var<'u, f64>>,
    {
        let (tape, layout) = (Tape::new(), Layout::new(&self.loss));
        let blocks = layout.record(&tape);
        let again = self.loss.on(&tape, &blocks, nodes)?;
        let program = tape.compile(&outputs(&blocks, again))?;
        let values = layout.blocks(self.parameters()?);
        let mut data = crate::Objective::bind(&self.loss);
        data.extend(layout.bind(&values));
        Ok(program.run(&data)?)
    }
}
