//! What can be fitted: a loss recorded on a tape, its parameters, and its data.
//!
//! Everything in this crate goes through [`Objective`], the library's own models and a user's own losses alike; how an
//! objective is evaluated stands in [`evaluate`](crate::evaluate), how it is minimised in [`fit`](crate::fit).

use crate::error::{Combination, Error, Result};
use autodiff::{Binding, StreamingRun, Tape, Var};
use ndarray::{Array2, ArrayD, ArrayView1};

/// A loss to minimise: recorded once, then replayed with new parameters.
///
/// Parameters come in blocks, each a vector and an input of the tape; to optimisers they are one vector, block after
/// block. Only [`blocks`](Self::blocks), [`record`](Self::record) and [`bind`](Self::bind) must be given.
///
/// ```
/// use autodiff::{Binding, Tape, Var, bind};
/// use models::{Block, Objective, Recording, fit};
/// use ndarray::{ArrayView1, ArrayView2, arr1, arr2};
///
/// /// The pseudo-Huber loss of a linear predictor: outliers pull with bounded force.
/// struct PseudoHuber<'a> {
///     x: ArrayView2<'a, f64>,
///     y: ArrayView1<'a, f64>,
/// }
///
/// impl Objective for PseudoHuber<'_> {
///     fn blocks(&self) -> Vec<Block> {
///         vec![Block::numbered("theta", self.x.ncols())]
///     }
///     fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> models::Result<Recording<'t>> {
///         let (x, y) = (tape.rows("X", &[self.x.ncols()]), tape.rows("y", &[]));
///         let residual = y - x.linear(parameters[0]);
///         Ok(Recording::new(((residual * residual + 1.0).sqrt() - 1.0).sum()))
///     }
///     fn bind(&self) -> Vec<Binding<'_, f64>> {
///         vec![bind("X", &self.x), bind("y", &self.y)]
///     }
/// }
///
/// let x = arr2(&[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0], [1.0, 4.0], [1.0, 5.0]]);
/// let y = arr1(&[0.0, 1.0, 2.0, 3.0, 4.0, 50.0]);
/// let fit = fit::minimise(&PseudoHuber { x: x.view(), y: y.view() }, &fit::Options::default())?;
/// assert!(fit.converged());
/// // Least squares would give a slope of more than 7.
/// assert!(fit.parameters[1] > 1.0 && fit.parameters[1] < 2.0);
/// # Ok::<(), models::Error>(())
/// ```
pub trait Objective {
    /// The blocks of parameters.
    fn blocks(&self) -> Vec<Block>;

    /// Records the loss: `parameters` are the blocks, each a vector of its length.
    ///
    /// # Errors
    /// Whatever keeps the loss from being recorded.
    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Recording<'t>>;

    /// The data: arrays for all inputs that [`record`](Self::record) made.
    fn bind(&self) -> Vec<Binding<'_, f64>>;

    /// The rows, where they don't lie in memory as arrays that [`bind`](Self::bind) gives: that then gives the other inputs alone, and
    /// [`rows`](Self::rows) their number.
    fn streamed(&self) -> Option<&dyn Rows> {
        None
    }

    /// Where a fit starts; zeros where not given.
    ///
    /// # Errors
    /// Whatever keeps starting values from being found.
    fn start(&self) -> Result<Vec<f64>> {
        Ok(vec![0.0; self.blocks().iter().map(Block::len).sum()])
    }

    /// The typical size of what each parameter is multiplied by: optimisers that see gradients only work with parameters
    /// times their scale, so that the units of the columns don't matter. Ones where not given.
    fn scales(&self) -> Vec<f64> {
        vec![1.0; self.blocks().iter().map(Block::len).sum()]
    }

    /// A bound that the loss can't fall below: what a perfect fit would have. Gradients are small or large by what the loss
    /// lies above it.
    fn lower_bound(&self) -> f64 {
        0.0
    }

    /// The number of rows, where the loss is a sum over them; 0 where not given.
    fn rows(&self) -> usize {
        0
    }

    /// The same objective on every `stride`-th row, its penalties divided by `stride`; fits of many rows start with it.
    fn every(&self, stride: usize) -> Option<Self>
    where
        Self: Sized,
    {
        let _ = stride;
        None
    }

    /// Looks for what is wrong with the data, once the loss or its gradient turns out not to be finite.
    ///
    /// # Errors
    /// What is wrong, and where.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// The columns of the design that the columns before them make up, judged on its rows; none, where a penalty tells them
    /// apart; `None`, where there is no design to judge. Asked where the curvature is nearly singular.
    ///
    /// # Errors
    /// What keeps the rows from being read.
    fn superfluous(&self) -> Result<Option<Vec<Combination>>> {
        Ok(None)
    }

    /// The expected information at these parameters, given a way to the rows' weights in it, where the objective has a faster way
    /// to it than the tape: a design of very many levels.
    ///
    /// # Errors
    /// Whatever the rows' weights give.
    fn fast_information(
        &self,
        parameters: ArrayView1<'_, f64>,
        weights: &dyn Fn() -> Result<Vec<f64>>,
    ) -> Result<Option<Array2<f64>>> {
        let _ = (parameters, weights);
        Ok(None)
    }

    /// A matrix R with `RᵀR` the expected information at these parameters, which keeps the digits that their product loses;
    /// `None` where there is no design. Asked for where the information is nearly singular.
    ///
    /// # Errors
    /// Whatever the rows' weights give.
    fn information_root(&self, parameters: ArrayView1<'_, f64>) -> Result<Option<Array2<f64>>> {
        let _ = parameters;
        Ok(None)
    }

    /// Whether the loss has no minimum because it falls for ever along `direction`, the way the iterates go.
    fn recession(&self, direction: &[f64]) -> Option<Error> {
        let _ = direction;
        None
    }

    /// Whether [`recession`](Self::recession) knows every direction along which the loss falls for ever. Where it doesn't, a fit
    /// that ends at a minimum looks further along the way that it came, which takes a few evaluations.
    fn knows_recession(&self) -> bool {
        false
    }
}

/// The names of all parameters, block after block.
pub(crate) fn names<O: Objective + ?Sized>(objective: &O) -> Vec<String> {
    objective.blocks().iter().flat_map(Block::names).cloned().collect()
}

/// Rows that are read anew for each pass, the same each time.
pub trait Rows {
    /// Gives a pass all rows.
    ///
    /// # Errors
    /// What keeps the rows from being read, and what the run returns.
    fn pass(&self, run: &mut StreamingRun<'_, f64>) -> Result<()>;

    /// What a run with this [fingerprint](StreamingRun::fingerprint) gave before, where that has been kept.
    fn recall(&self, fingerprint: u64) -> Option<Vec<ArrayD<f64>>> {
        let _ = fingerprint;
        None
    }

    /// Keeps what a run gave.
    ///
    /// # Errors
    /// What keeps it from being kept.
    fn keep(&self, fingerprint: u64, results: &[ArrayD<f64>]) -> Result<()> {
        let _ = (fingerprint, results);
        Ok(())
    }
}

/// A block of parameters: a vector, the names of its elements.
///
/// ```
/// use models::Block;
/// assert_eq!(Block::numbered("beta", 2).names(), ["beta1", "beta2"]);
/// assert_eq!(Block::new(["intercept", "slope"]).len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    names: Vec<String>,
}

impl Block {
    /// A block with a parameter for each name.
    pub fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect() }
    }

    /// A block of `len` parameters, `name1`, `name2`, ….
    pub fn numbered(name: &str, len: usize) -> Self {
        Self::new((1..=len).map(|number| format!("{name}{number}")))
    }

    /// The number of parameters.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are no parameters.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The parameters' names.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// A recorded loss, with what is known about its rows.
///
/// ```
/// use autodiff::Tape;
/// use models::Recording;
/// let tape = Tape::<f64>::new();
/// let (x, y, beta) = (tape.rows("x", &[2]), tape.rows("y", &[]), tape.input("beta", &[2]));
/// let eta = x.linear(beta);
/// let recording = Recording::new((eta.exp() - y * eta).sum())
///     .with_predictor(eta)
///     .with_information(eta.exp())
///     .with_penalty(0.5 * (beta * beta).sum());
/// assert!(recording.penalty.is_some());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Recording<'t> {
    /// The loss: one number.
    pub loss: Var<'t, f64>,
    /// The linear predictor, where the loss is a function of one.
    pub predictor: Option<Predictor<'t>>,
    /// The part of the loss that is no sum over the rows, where there is one.
    pub penalty: Option<Var<'t, f64>>,
    /// What has the expected information as its Hessian, without the penalty, where that is stated.
    pub curvature: Option<Var<'t, f64>>,
}

/// The linear predictor of a loss, on the rows, and the weight that each row has in the expected information.
///
/// ```
/// use autodiff::Tape;
/// use models::Recording;
/// let tape = Tape::<f64>::new();
/// let (x, y, beta) = (tape.rows("x", &[2]), tape.rows("y", &[]), tape.input("beta", &[2]));
/// let eta = x.linear(beta);
/// let recording = Recording::new((0.5 * (y - eta).powi(2)).sum()).with_predictor(eta);
/// assert!(recording.predictor.is_some_and(|predictor| predictor.eta.is_same(eta)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Predictor<'t> {
    /// The linear predictor η.
    pub eta: Var<'t, f64>,
    /// The expectation of `∂²loss/∂η²` of each row; where it isn't given, the expected information is the observed one.
    pub information: Option<Var<'t, f64>>,
}

impl<'t> Recording<'t> {
    /// A loss of which nothing more is known.
    pub fn new(loss: Var<'t, f64>) -> Self {
        Self { loss, predictor: None, penalty: None, curvature: None }
    }

    /// A loss that depends on the parameters through the linear predictor `eta`, one number a row.
    pub fn with_predictor(self, eta: Var<'t, f64>) -> Self {
        Self { predictor: Some(Predictor { eta, information: None }), ..self }
    }

    /// States the expectation of `∂²loss/∂η²`, one number a row.
    pub fn with_information(self, information: Var<'t, f64>) -> Self {
        let predictor = self.predictor.map(|predictor| Predictor { information: Some(information), ..predictor });
        Self { predictor, ..self }
    }

    /// States a scalar whose Hessian, at the parameters at hand, is the expected information: for losses of several linear
    /// predictors, where the Hessian of the loss is right but slow. A penalty isn't part of it.
    pub fn with_curvature(self, curvature: Var<'t, f64>) -> Self {
        Self { curvature: Some(curvature), ..self }
    }

    /// Adds a penalty to the loss: what no row has a part in. A batch of the rows is charged its share of it, which of a
    /// penalty within [`loss`](Self::loss) it couldn't be.
    pub fn with_penalty(self, penalty: Var<'t, f64>) -> Self {
        let all = self.penalty.map_or(penalty, |before| before + penalty);
        Self { loss: self.loss + penalty, penalty: Some(all), ..self }
    }
}
