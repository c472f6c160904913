//! Minimising an objective: what can be chosen, what is reported, and which method does it. A recorded loss of your own is a
//! [`Loss`]; what says more of itself implements [`Objective`](crate::Objective).
//!
//! | file | what |
//! |---|---|
//! | `minimise` | the way in |
//! | `options`, `outcome`, `observer` | what can be chosen, what was found, who watches |
//! | `newton` | Newton and Fisher scoring with step halving |
//! | `metric` | curvatures, factored, and shifted where they aren't positive definite |
//! | `subsample` | the metric of a subsample, for many rows |
//! | `trust_region` | Newton's steps within a region of trust |
//! | `lbfgs`, `line_search` | limited-memory BFGS, and how far it goes |
//! | `l1`, `proximal`, `orthant` | L1 penalties, by a proximal Newton's method and by an orthant-wise L-BFGS |
//! | `descent`, `run` | the loop that the methods share, and what they see of the fit |
//! | `ending`, `neighbour` | what an end without convergence means; whether one with it is a minimum |
//! | `endless` | losses that fall for ever |
//! | `rank` | superfluous columns |
//! | `recession` | whether there is a minimum |
//! | `stochastic`, `schedule` | epochs of mini-batches, in which `sgd` and `adam` take the steps |

mod adam;
mod descent;
mod ending;
mod endless;
mod equilibrium;
mod l1;
mod lbfgs;
mod line_search;
mod metric;
mod minimise;
mod neighbour;
mod newton;
mod observer;
mod options;
mod orthant;
mod outcome;
mod proximal;
mod rank;
pub(crate) mod recession;
mod run;
mod schedule;
mod sgd;
mod stochastic;
mod subsample;
mod trust_region;

pub use crate::loss::{Loss, LossFit, LossSummary};
pub use adam::Adam;
pub use l1::L1;
pub use minimise::{minimise, minimise_observed};
pub(crate) use observer::Silent;
pub use observer::{Control, Observer, Progress};
pub use options::{Method, Options};
pub use outcome::{Fit, Status};
pub use sgd::Sgd;
