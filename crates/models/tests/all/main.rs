//! The tests of the models' public interface, as one binary.

mod common;
mod edited;
mod families;
mod hard_losses;
mod hostile;
mod hostile_losses;
mod inference;
mod logistic;
mod losses;
mod network;
mod ordinal;
mod own;
mod own_losses;
mod own_models;
mod penalties;
mod properties;
mod reference;
mod reported;
mod restricted;
mod separated;
mod softmax;
mod statistics;
mod stochastic;
mod streamed;
mod units;
mod verdicts;
