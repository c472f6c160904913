//! A loss that is already recorded, as an objective: what [`fit::Loss`](crate::fit::Loss) is.
//!
//! | file | what |
//! |---|---|
//! | `mod` | the loss, its parameters and data; the objective that the methods of `fit` minimise |
//! | `outcome` | the fit, and what follows from it: standard errors, functions of the parameters, comparisons |
//! | `summary` | a page with them |

mod outcome;
mod summary;

pub use outcome::LossFit;
pub use summary::LossSummary;

use crate::error::{Error, Result};
use crate::fit::{Control, Observer, Options, Progress, minimise_observed};
use crate::objective::{Block, Objective, Recording, Rows};
use crate::streamed::OwnRows;
use autodiff::{Binding, Tape, Var};
use ndarray::Dimension;

/// A recorded loss and the parameters to minimise it by: a model without a trait.
///
/// Record the loss on a tape of your own; name its parameters, which are inputs (numbers, vectors, matrices); bind the data;
/// minimise. If the loss is a negative log-likelihood, standard errors, tests and functions of the parameters follow from the
/// recording.
///
/// ```
/// use autodiff::Tape;
/// use models::fit::{Loss, Options};
///
/// // Waiting times that are normal in their logarithm: log t = β₀ + β₁x + σε.
/// let tape = Tape::<f64>::new();
/// let (x, t) = (tape.rows("x", &[2]), tape.rows("t", &[]));
/// let (beta, log_sigma) = (tape.input("beta", &[2]), tape.input("log_sigma", &[]));
/// let z = (t.ln() - x.linear(beta)) / log_sigma.exp();
/// let loss = (0.5 * z * z + log_sigma).sum();
///
/// let design = [[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0], [1.0, 4.0]];
/// let times = [1.1, 1.9, 4.4, 7.1, 17.0];
/// let fit = Loss::new(loss, &[beta, log_sigma])
///     .with_names(beta, &["intercept", "slope"])?
///     .bind(&[x.bind(&design), t.bind(&times)])
///     .minimise(&Options::default())?;
/// assert!(fit.fit.converged());
///
/// println!("{}", fit.summary()?); // estimates, standard errors, z values
/// let doubling = fit.delta(2f64.ln() / beta.index_axis(0, 1))?; // by the delta method
/// assert!((doubling.coefficients[0].estimate - 1.020).abs() < 1e-3);
/// # Ok::<(), models::Error>(())
/// ```
///
/// The fit starts where the parameters have values at hand ([`Tape::variable`]), else at 0; [`Options::start`] goes before.
/// Data can also be values at hand ([`Tape::data`]); methods that take mini-batches need them bound.
#[derive(Clone, Debug)]
pub struct Loss<'t, 'd> {
    loss: Var<'t, f64>,
    parameters: Vec<Parameter<'t>>,
    penalty: Option<Var<'t, f64>>,
    information: Vec<Information<'t>>,
    data: Vec<Binding<'d, f64>>,
    source: Option<OwnRows<'d>>,
}

/// Two predictors, and what a row expects of the second derivative of the loss by them.
#[derive(Clone, Copy, Debug)]
struct Information<'t> {
    predictors: [Var<'t, f64>; 2],
    weight: Var<'t, f64>,
}

/// An input that the loss is minimised by, with the names of its elements.
#[derive(Clone, Debug)]
struct Parameter<'t> {
    input: Var<'t, f64>,
    names: Vec<String>,
}

impl<'t, 'd> Loss<'t, 'd> {
    /// The loss, one number, as a function of these inputs of its tape. What is wrong with them is an error of the fit.
    pub fn new(loss: Var<'t, f64>, parameters: &[Var<'t, f64>]) -> Self {
        let parameters = parameters.iter().map(|&input| Parameter { input, names: names_of(input) }).collect();
        Self { loss, parameters, penalty: None, information: Vec::new(), data: Vec::new(), source: None }
    }

    /// Binds data, as a program is bound them. They are checked when the loss is minimised.
    pub fn bind(mut self, data: &[Binding<'d, f64>]) -> Self {
        self.data.extend_from_slice(data);
        self
    }

    /// Takes the inputs on the rows from the columns of a source that have their names: rows that may be more than memory holds. Other
    /// inputs are bound as before. What needs all rows at once, such as values of single rows, can't be had then.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use data::Arrays;
    /// use models::fit::{Loss, Options};
    /// let tape = Tape::<f64>::new();
    /// let (y, mu) = (tape.rows("y", &[]), tape.input("mu", &[]));
    /// let numbers = ndarray::arr1(&[1.0, 2.0, 4.0, 9.0]);
    /// let source = Arrays::new().with("y", &numbers)?.with_block_rows(2);
    /// let fit = Loss::new((0.5 * (y - mu).powi(2)).sum(), &[mu]).over(&source)?.minimise(&Options::default())?;
    /// assert!((fit.fit.parameters[0] - 4.0).abs() < 1e-12);
    /// # Ok::<(), models::Error>(())
    /// ```
    ///
    /// # Errors
    /// An input on the rows that is no column of the source; a source whose rows can't be counted.
    pub fn over(self, source: &'d dyn data::Source) -> Result<Self> {
        self.over_rows(source, None)
    }

    /// The same, with the rows of each pass shared out over processes, which all make the same calls and have the same results.
    ///
    /// # Errors
    /// As [`over`](Self::over).
    pub fn over_on_ranks(self, source: &'d dyn data::Source, ranks: &'d dyn data::Ranks) -> Result<Self> {
        self.over_rows(source, Some(ranks))
    }

    fn over_rows(mut self, source: &'d dyn data::Source, ranks: Option<&'d dyn data::Ranks>) -> Result<Self> {
        let program = self.loss.tape().compile(&[self.loss])?;
        let names = program.row_inputs().map(str::to_owned).collect();
        self.source = Some(OwnRows::new(source, names, ranks)?);
        Ok(self)
    }

    /// Names the elements of a parameter, in row-major order, in place of `beta1`, `beta2`, ….
    ///
    /// # Errors
    /// Another number of names than elements, or an input that is no parameter of the loss.
    pub fn with_names<S: AsRef<str>>(mut self, parameter: Var<'t, f64>, names: &[S]) -> Result<Self> {
        let name = parameter.name().unwrap_or_else(|| parameter.operation());
        let known = self.parameters.iter().filter_map(|parameter| parameter.input.name()).collect();
        let Some(found) = self.parameters.iter_mut().find(|known| known.input.is_same(parameter)) else {
            return Err(Error::UnknownParameter { name, known });
        };
        let (given, expected) = (names.len(), found.names.len());
        if given != expected {
            return Err(Error::CountMismatch { what: "names", found: given, expected });
        }
        found.names = names.iter().map(|name| name.as_ref().into()).collect();
        Ok(self)
    }

    /// Adds a penalty, which is no part of the likelihood: the fit minimises the loss with it; log-likelihoods and scores are
    /// without.
    pub fn with_penalty(mut self, penalty: Var<'t, f64>) -> Self {
        self.penalty = Some(self.penalty.map_or(penalty, |before| before + penalty));
        self
    }

    /// States the expectation of the second derivative of a row's loss by two predictors `a` and `b` (or one, twice), once for
    /// each pair that isn't 0: the expected information is `Σ w·∇a∇bᵀ`, summed over the rows and, of different predictors, over
    /// both orders. It gives the default covariance, and makes of Newton's method Fisher's scoring, which needs no second derivatives
    /// but more steps where the model is far from the data.
    ///
    /// A predictor is any node that depends on the parameters: `x.linear(beta)`, or a number such as `log_sigma`.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use models::fit::{Loss, Options};
    /// let tape = Tape::<f64>::new();
    /// let y = tape.data("y", &[1.0, 2.0, 4.0, 9.0]);
    /// let (mu, log_sigma) = (tape.variable("mu", 0.0), tape.variable("log_sigma", 1.0));
    /// let z = (y - mu) / log_sigma.exp();
    /// let fit = Loss::new((0.5 * z * z + log_sigma).sum(), &[mu, log_sigma])
    ///     .with_information(mu, mu, (-2 * log_sigma).exp()) // 1/σ²
    ///     .with_information(log_sigma, log_sigma, tape.number(2.0))
    ///     .minimise(&Options::default())?;
    /// let error = fit.inference()?.coefficients[1].std_error;
    /// assert!((error - 1.0 / 8f64.sqrt()).abs() < 1e-12); // 1/√(2n)
    /// # Ok::<(), models::Error>(())
    /// ```
    pub fn with_information(mut self, a: Var<'t, f64>, b: Var<'t, f64>, weight: Var<'t, f64>) -> Self {
        self.information.push(Information { predictors: [a, b], weight });
        self
    }

    /// Minimises the loss.
    ///
    /// # Errors
    /// What is wrong with the recording, the parameters or the data; that there is no minimum. A fit that merely didn't converge
    /// is no error: its [`status`](crate::fit::Fit::status) says why.
    pub fn minimise(&self, options: &Options) -> Result<LossFit<'t, 'd>> {
        self.minimise_observed(options, &mut |_: &Progress| Control::Continue)
    }

    /// Minimises the loss, watched by an observer.
    ///
    /// # Errors
    /// As [`minimise`](Self::minimise).
    pub fn minimise_observed(&self, options: &Options, observer: &mut dyn Observer) -> Result<LossFit<'t, 'd>> {
        self.check_names()?;
        let fit = minimise_observed(self, options, observer)?;
        Ok(LossFit::new(self.clone(), fit))
    }

    fn check_names(&self) -> Result<()> {
        let names: Vec<&String> = self.parameters.iter().flat_map(|parameter| &parameter.names).collect();
        match names.iter().enumerate().find(|(place, name)| names[..*place].contains(name)) {
            Some((_, &name)) => Err(Error::DuplicateName { name: name.clone() }),
            None => Ok(()),
        }
    }

    /// The number of rows of the data; `None` where nothing is on the rows.
    fn row_count(&self) -> Result<Option<usize>> {
        let bound = self.loss.tape().check_bindings(&self.data)?;
        Ok(self.source.as_ref().map_or(bound, |source| Some(source.rows)))
    }

    /// Nodes of the recording once more on another tape, as functions of blocks of parameters.
    fn on<'u>(
        &self,
        tape: &'u Tape<f64>,
        blocks: &[Var<'u, f64>],
        nodes: &[Var<'t, f64>],
    ) -> Result<Vec<Var<'u, f64>>> {
        let by: Vec<_> = self.parameters.iter().zip(blocks).map(|(parameter, &block)| parameter.of(block)).collect();
        let again = tape.substitute(nodes, &by);
        tape.check()?;
        Ok(again)
    }

    /// A scalar whose Hessian is the expected information, where that is stated: `½ Σ w(a − a₀)²`, and `Σ w(a − a₀)(b − b₀)` of
    /// different predictors, with a₀, b₀ and w taken as constants.
    fn curvature<'u>(&self, again: &[Var<'u, f64>]) -> Result<Option<Var<'u, f64>>> {
        let rows = self.row_count()?.unwrap_or(1) as f64;
        let distance = |predictor: Var<'u, f64>| predictor - predictor.stop_gradient();
        let term = |(stated, nodes): (&Information<'t>, &[Var<'u, f64>])| {
            let product = nodes[2].stop_gradient() * distance(nodes[0]) * distance(nodes[1]);
            // What is the same for all rows counts once for each.
            let times = if product.shape().has_rows() { 1.0 } else { rows };
            let orders = if stated.predictors[0].is_same(stated.predictors[1]) { 0.5 } else { 1.0 };
            product.sum() * (orders * times)
        };
        Ok(self.information.iter().zip(again.chunks_exact(3)).map(term).reduce(|sum, term| sum + term))
    }
}

impl<'t> Parameter<'t> {
    /// The input, and what stands for it where its elements are a vector.
    fn of<'u>(&self, block: Var<'u, f64>) -> (Var<'t, f64>, Var<'u, f64>) {
        let shape = self.input.shape();
        (self.input, if shape == block.shape() { block } else { block.reshape(shape.trailing()) })
    }
}

impl Objective for Loss<'_, '_> {
    fn blocks(&self) -> Vec<Block> {
        self.parameters.iter().map(|parameter| Block::new(parameter.names.iter().cloned())).collect()
    }

    fn record<'u>(&self, tape: &'u Tape<f64>, parameters: &[Var<'u, f64>]) -> Result<Recording<'u>> {
        self.row_count()?;
        let mut nodes = vec![self.loss];
        nodes.extend(
            self.information.iter().flat_map(|stated| [stated.predictors[0], stated.predictors[1], stated.weight]),
        );
        nodes.extend(self.penalty);
        let again = self.on(tape, parameters, &nodes)?;
        let recording = Recording::new(again[0]);
        let recording = match self.curvature(&again[1..1 + 3 * self.information.len()])? {
            Some(curvature) => recording.with_curvature(curvature),
            None => recording,
        };
        Ok(match self.penalty {
            Some(_) => recording.with_penalty(again[again.len() - 1]),
            None => recording,
        })
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        let is_parameter =
            |name: &str| self.parameters.iter().any(|parameter| parameter.input.name().as_deref() == Some(name));
        self.data.iter().filter(|binding| !is_parameter(binding.name())).map(Binding::by_name).collect()
    }

    fn start(&self) -> Result<Vec<f64>> {
        let at_hand = |parameter: &Parameter<'_>| match parameter.input.value() {
            Ok(value) => value.into_iter().collect(),
            Err(_) => vec![0.0; parameter.names.len()],
        };
        Ok(self.parameters.iter().flat_map(at_hand).collect())
    }

    fn streamed(&self) -> Option<&dyn Rows> {
        self.source.as_ref().map(|source| source as &dyn Rows)
    }

    fn rows(&self) -> usize {
        self.row_count().ok().flatten().unwrap_or(0)
    }
}

/// The names of an input's elements: its own where it is one number, else numbered from 1, with commas between axes.
fn names_of(input: Var<'_, f64>) -> Vec<String> {
    let name = input.name().unwrap_or_else(|| input.operation());
    let shape = input.shape();
    match shape.trailing() {
        [] => vec![name],
        [len] => Block::numbered(&name, *len).names().to_vec(),
        dims => {
            let element = |index: ndarray::IxDyn| {
                let places: Vec<String> = index.slice().iter().map(|place| (place + 1).to_string()).collect();
                format!("{name}[{}]", places.join(","))
            };
            ndarray::indices(dims).into_iter().map(element).collect()
        }
    }
}
