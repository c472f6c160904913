//! What a fit says about the parameters: their uncertainty, tests, and how well the model does.
//!
//! | file | what |
//! |---|---|
//! | `glm` | the inference of generalised linear models |
//! | `coefficient` | an estimate with its uncertainty |
//! | `covariance` | the covariance of the parameters of any objective |
//! | `estimates` | estimates of any loss, or of functions of them |
//! | `distribution` | tail probabilities and quantiles |
//! | `merit` | deviance and likelihood |
//! | `robust` | sandwiches of rows and of clusters |
//! | `profile` | intervals by profiling the likelihood |
//! | `rows` | residuals, leverage, Cook's distance |
//! | `comparison`, `analysis` | likelihood-ratio tests of two models, and of more in a row |
//! | `spread` | the covariance as predictions need it |
//! | `prediction` | standard errors and intervals of predictions |

mod analysis;
mod coefficient;
mod comparison;
pub(crate) mod covariance;
mod distribution;
mod estimates;
mod glm;
pub(crate) mod merit;
mod prediction;
pub(crate) mod profile;
pub(crate) mod robust;
mod rows;
pub(crate) mod spread;

pub use analysis::{AnalysisOfDeviance, Step};
pub use coefficient::Coefficient;
pub(crate) use coefficient::wald_intervals;
pub use comparison::{Comparison, Scale, compare};
pub(crate) use covariance::root as covariance_root;
pub use covariance::{Covariance, covariance};
pub(crate) use distribution::Reference;
pub use estimates::Estimates;
pub use glm::Inference;
pub use prediction::{LogRatio, Prediction, Probability, quantile};
pub use profile::{MissingEnd, ProfileIntervals, profile_intervals};
pub use rows::RowDiagnostics;
pub use spread::Spread;
