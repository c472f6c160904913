//! The tests of the models' public interface, as one binary.

mod common;
mod families;
mod logistic;
mod properties;
mod reference;
