//! The tests of the models' public interface, as one binary.

mod common;
mod families;
mod inference;
mod logistic;
mod network;
mod properties;
mod reference;
mod softmax;
mod stochastic;
