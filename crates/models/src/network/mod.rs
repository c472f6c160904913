//! Multilayer perceptrons: hidden layers below the head of a generalised linear model or of softmax regression.
//!
//! A layer turns its inputs h into `a(Wᵀh + b)`; the last one's outputs are linear predictors. What comes after them is what
//! the regressions of this crate have, so that a network without hidden layers is one of those.
//!
//! | file | what |
//! |---|---|
//! | `layers` | widths, activations and heads; the recorded outputs; where fits start |
//! | `objective` | the loss on the tape, and its data |
//! | `outcome` | the fit and its predictions |

mod layers;
mod objective;
mod outcome;

pub use layers::{Activation, Head, Hidden, Layers};
pub use outcome::NetworkFit;

use crate::design::{Matrix, Vector, check_length, check_weights};
use crate::error::{Error, Result};
use crate::family::Family;
use crate::fit::{Control, Observer, Options, Progress, minimise_observed};
use crate::link::Link;
use crate::ridge::Ridge;
use crate::softmax::{Labels, check_classes, check_labels};
use ndarray::{ArrayView1, ArrayView2};

/// A network that explains a response by columns.
///
/// The loss is that of the head's model, `Σ wᵢ ℓ(yᵢ, outputs)`, plus the ridge penalty `½λΣw²` on all weights, not on the
/// biases. It is not convex: fits find a minimum near where they start, and that is drawn from a seed. Columns should have
/// a standard deviation of about 1.
///
/// ```
/// use models::fit::{Adam, Method, Options};
/// use models::network::{Activation, Network};
/// use models::Family;
/// use ndarray::{arr1, arr2};
/// // Exclusive or: no line through the plane tells the ones from the zeros.
/// let x = arr2(&[[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
/// let y = arr1(&[0.0, 1.0, 1.0, 0.0]);
/// let network = Network::regression(&x, &y, Family::Binomial)?.with_hidden(4, Activation::Tanh)?.with_seed(1);
/// let adam = Adam { learning_rate: 0.05, batch: 4, ..Adam::default() };
/// let fit = network.fit(&Options { max_iterations: 500, ..Options::method(Method::Adam(adam)) })?;
/// let probabilities = fit.predict(&x)?;
/// assert!((0..4).all(|row| (probabilities[[row, 0]] - y[row]).abs() < 0.05));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Network<'a> {
    x: Matrix<'a>,
    response: Response<'a>,
    layers: Layers,
    weights: Option<Vector<'a>>,
    ridge: Ridge,
    seed: u64,
}

/// What is to be predicted.
#[derive(Clone, Debug)]
enum Response<'a> {
    Numbers(Vector<'a>),
    Labels(Labels<'a>),
}

impl<'a> Network<'a> {
    /// A network for the mean of the responses `y`, with the family's canonical link and no hidden layer yet.
    ///
    /// # Errors
    /// No rows or columns, another number of responses than rows, a response that the family can't have.
    pub fn regression(
        x: impl Into<ArrayView2<'a, f64>>,
        y: impl Into<ArrayView1<'a, f64>>,
        family: Family,
    ) -> Result<Self> {
        let y = y.into();
        family.check(y)?;
        let head = Head::Glm { family, link: family.canonical_link() };
        Self::new(x.into(), Response::Numbers(y), head)
    }

    /// A network for the class labels, which count the `classes` from 0, without a hidden layer yet.
    ///
    /// # Errors
    /// No rows or columns, fewer than two classes or two of one name, another number of labels than rows, a label that names
    /// no class.
    pub fn classification<S: AsRef<str>>(
        x: impl Into<ArrayView2<'a, f64>>,
        classes: &[S],
        labels: impl Into<ArrayView1<'a, usize>>,
    ) -> Result<Self> {
        let labels = labels.into();
        let classes: Vec<String> = classes.iter().map(|class| class.as_ref().into()).collect();
        check_classes(&classes)?;
        check_labels(labels, classes.len())?;
        Self::new(x.into(), Response::Labels(labels), Head::Softmax { classes })
    }

    fn new(x: Matrix<'a>, response: Response<'a>, head: Head) -> Result<Self> {
        let (rows, inputs) = x.dim();
        match () {
            () if rows == 0 => return Err(Error::NoRows),
            () if inputs == 0 => return Err(Error::NoColumns),
            () => {}
        }
        let (name, found) = match &response {
            Response::Numbers(y) => ("y", y.len()),
            Response::Labels(labels) => ("labels", labels.len()),
        };
        check_length(name, found, rows)?;
        let layers = Layers { inputs, hidden: Vec::new(), head };
        Ok(Self { x, response, layers, weights: None, ridge: Ridge::none(), seed: 0 })
    }

    /// Adds a hidden layer after those there are.
    ///
    /// # Errors
    /// No units; more than there is memory for.
    pub fn with_hidden(mut self, width: usize, activation: Activation) -> Result<Self> {
        self.layers.hidden.push(Hidden { width, activation });
        self.layers.check()?;
        Ok(self)
    }

    /// Takes another link between the response's mean and the network's output.
    ///
    /// # Errors
    /// A network for class labels, which has none.
    pub fn with_link(mut self, link: Link) -> Result<Self> {
        match &mut self.layers.head {
            Head::Glm { link: own, .. } => *own = link,
            Head::Softmax { .. } => {
                return Err(Error::Unavailable { what: "a link", needs: "a network for the mean of a response" });
            }
        }
        Ok(self)
    }

    /// Weights the rows, as [`Design::with_weights`](crate::Design::with_weights) does.
    ///
    /// # Errors
    /// Another number of elements than rows, or one that is negative or not finite.
    pub fn with_weights(mut self, weights: impl Into<ArrayView1<'a, f64>>) -> Result<Self> {
        let weights = weights.into();
        check_weights(weights, self.x.nrows())?;
        self.weights = Some(weights);
        Ok(self)
    }

    /// Penalises the weights of all layers, not the biases, by `½λΣw²`.
    ///
    /// # Errors
    /// A negative or infinite λ.
    pub fn with_ridge(mut self, lambda: f64) -> Result<Self> {
        self.ridge = Ridge::new(lambda)?;
        Ok(self)
    }

    /// Draws the weights that a fit starts with from another seed than 0.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The layers.
    pub fn layers(&self) -> &Layers {
        &self.layers
    }

    /// Fits the network.
    ///
    /// # Errors
    /// A cell that is not finite, starting values outside the link's domain, a class without rows, steps that diverge. A fit
    /// that merely didn't converge is no error: its status says why.
    pub fn fit(&self, options: &Options) -> Result<NetworkFit> {
        self.fit_observed(options, &mut |_: &Progress| Control::Continue)
    }

    /// Fits the network, watched by an observer.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_observed(&self, options: &Options, observer: &mut dyn Observer) -> Result<NetworkFit> {
        let fit = minimise_observed(self, options, observer)?;
        Ok(NetworkFit {
            layers: self.layers.clone(),
            ridge: self.ridge.lambda(),
            rows: self.x.nrows(),
            seed: self.seed,
            fit,
        })
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }
}
