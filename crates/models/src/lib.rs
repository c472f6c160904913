//! Statistical models on the tape: losses recorded once, fitted with exact derivatives, with the inference R users know.
//!
//! There are two ways in. Ready-made models check the data, choose starting values, detect separation, and give robust standard errors. Or
//! record any loss of your own with [`autodiff`]: it is fitted by the same methods, and its summary page is the same.
//!
//! ```
//! use models::{Design, Family, Glm, Summary, inference::Covariance};
//! use ndarray::{arr1, arr2};
//!
//! let dose = arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]);
//! let events = arr1(&[2.0, 3.0, 6.0, 7.0, 12.0, 15.0]);
//! let model = Glm::new(Design::new(&dose).with_names(&["dose"])?, &events, Family::Poisson)?;
//! let fit = model.fit(&Default::default())?;
//! println!("{}", Summary::new(&fit, &fit.inference(&model, Covariance::HC3)?));
//! let expected = fit.predict(&Design::new(&arr2(&[[7.0]])).with_names(&["dose"])?)?;
//! assert!(expected[0] > 15.0);
//! # Ok::<(), models::Error>(())
//! ```
//!
//! # Models
//! | | |
//! |---|---|
//! | [`Glm`] | generalised linear models: a [`Design`], a [`Family`], a [`Link`], ridge penalties, weights, offsets, factors |
//! | [`StreamedGlm`] | the same, for data larger than memory, from a [`data::Source`] |
//! | [`logistic`] | logistic regression, the short way |
//! | [`softmax`] | multinomial regression of class labels |
//! | [`ordinal`] | cumulative logits of levels in an order |
//! | [`quantile`] | quantile regression |
//! | [`network`] | multilayer perceptrons with the head of a generalised linear model or softmax |
//!
//! # A loss of your own
//! [`fit::Loss`] takes a recorded loss and its parameters, which are inputs of the tape: numbers, vectors, matrices.
//!
//! ```
//! use autodiff::Tape;
//! use models::fit::{Loss, Options};
//!
//! // A zero-inflated Poisson model of counts.
//! let tape = Tape::<f64>::new();
//! let y = tape.rows("y", &[]);
//! let (log_rate, zero) = (tape.input("log_rate", &[]), tape.input("logit_zero", &[]));
//! let poisson = y * log_rate - log_rate.exp() - (y + 1).lgamma();
//! let nothing = (zero.sigmoid() + (1 - zero.sigmoid()) * (-log_rate.exp()).exp()).ln();
//! let loss = -y.lt(0.5).select(nothing, (1 - zero.sigmoid()).ln() + poisson).sum();
//!
//! let counts = [0.0, 0.0, 3.0, 0.0, 2.0, 4.0, 0.0, 1.0, 3.0, 0.0];
//! let fit = Loss::new(loss, &[log_rate, zero]).bind(&[y.bind(&counts)]).minimise(&Options::default())?;
//! println!("{}", fit.summary()?);
//! let mean = fit.delta((1 - zero.sigmoid()) * log_rate.exp())?; // with its standard error
//! assert!((mean.coefficients[0].estimate - 1.3).abs() < 1e-6);
//! # Ok::<(), models::Error>(())
//! ```
//!
//! The trait [`Objective`] adds what a recording can't say: starting values, scales, checks of the data. All models of this crate implement
//! it.
//!
//! # Fitting
//! [`fit::Options`] chooses the method. A fit returns an error only if something is wrong: data that aren't finite, linearly dependent
//! columns, separated labels, a loss without a minimum. If it stopped before a minimum, [`fit::Fit::reason`] says why.
//!
//! | [`fit::Method`] | for |
//! |---|---|
//! | `Newton` (the default) | up to some hundred parameters; shifts a Hessian that is not positive definite |
//! | `TrustRegion` | losses that are not convex |
//! | `Lbfgs` | very many parameters |
//! | `Sgd`, `Adam` | many rows, in mini-batches |
//!
//! [`fit::Options::l1`] is the lasso, by Newton's method or L-BFGS. [`check_gradient`] compares a gradient with finite differences.
//!
//! # Inference
//! | | generalised linear models | losses of your own |
//! |---|---|---|
//! | page | [`Summary`] | [`LossFit::summary`](fit::LossFit::summary) |
//! | standard errors | [`GlmFit::inference`], [`GlmFit::clustered_inference`] | [`LossFit::inference`](fit::LossFit::inference) |
//! | which | [`inference::Covariance`]: expected, observed, sandwich, HC0 to HC3 | expected (where stated), observed, sandwich |
//! | functions of the parameters | | [`LossFit::delta`](fit::LossFit::delta) |
//! | nested models | [`inference::compare`] | [`LossFit::compare`](fit::LossFit::compare) |
//! | intervals | Wald; [`inference::profile_intervals`] | Wald |
//! | single rows | [`GlmFit::row_diagnostics`] | [`LossFit::evaluate`](fit::LossFit::evaluate) |
//!
//! [`binary`] has ROC curves and calibration.
//!
//! # Errors
//! Nothing panics. Every [`Error`] names what is wrong (row, column, value) and what to do.
//!
//! # Limits
//! All numbers are `f64`. Data have to fit in memory, except those of [`StreamedGlm`], [`StreamedSoftmax`] and [`fit::Loss::over`]. Newton's method, the trust region and standard errors need a matrix of second
//! derivatives, of at most 500 MB ([`check_curvature`]). Random effects are what you record of them (Laplace's method, quadrature).

pub mod binary;
mod check;
mod design;
mod domain;
mod error;
mod evaluate;
mod family;
mod fingerprint;
mod firth;
pub mod fit;
mod glm;
pub mod inference;
mod linalg;
mod link;
pub mod logistic;
mod loss;
mod negative_binomial;
pub mod network;
mod objective;
pub mod ordinal;
mod pieces;
pub mod quantile;
mod random;
mod ridge;
mod separation;
mod side_by_side;
pub mod softmax;
mod streamed;
mod summary;

pub use check::check_gradient;
pub use design::Design;
pub use error::{Combination, Error, Result, SourceError};
pub use evaluate::check_curvature;
pub use family::Family;
pub use glm::{Glm, GlmFit};
pub use link::Link;
pub use negative_binomial::EstimatedDispersion;
pub use objective::{Block, Objective, Predictor, Recording, Rows};
pub use streamed::{Journal, StreamedGlm, StreamedSoftmax, Terms};
pub use summary::Summary;
