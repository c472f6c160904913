//! Statistical models on the tape: losses recorded once, fitted with the tape's gradients and Hessians.
//!
//! | module | what lives there |
//! |---|---|
//! | [`logistic`] | logistic regression, the short way |
//! | [`Design`], [`Family`], [`Link`], [`Glm`] | generalised linear models |
//! | [`softmax`] | softmax (multinomial) regression of class labels |
//! | [`ordinal`] | ordinal regression: cumulative logits of levels in an order |
//! | [`network`] | multilayer perceptrons with the head of a generalised linear model or softmax |
//! | [`quantile`] | quantile regression |
//! | [`Objective`] | what makes a user's own loss a model |
//! | [`fit`] | Newton's method, L-BFGS, trust region, and SGD and Adam over mini-batches |
//! | [`inference`], [`Summary`] | standard errors, tests, intervals, residuals, and a page with them |
//! | [`binary`] | ROC curve and calibration of predicted probabilities |
//! | [`check_gradient`] | an objective's gradient against finite differences, on its own data |

pub mod binary;
mod check;
mod design;
mod domain;
mod error;
mod evaluate;
mod family;
mod firth;
pub mod fit;
mod glm;
pub mod inference;
mod linalg;
mod link;
pub mod logistic;
mod negative_binomial;
pub mod network;
mod objective;
pub mod ordinal;
pub mod quantile;
mod random;
mod ridge;
mod separation;
pub mod softmax;
mod summary;

pub use check::check_gradient;
pub use design::Design;
pub use error::{Combination, Error, Result};
pub use evaluate::check_curvature;
pub use family::Family;
pub use glm::{Glm, GlmFit};
pub use link::Link;
pub use negative_binomial::EstimatedDispersion;
pub use objective::{Block, Objective, Predictor, Recording};
pub use summary::Summary;
