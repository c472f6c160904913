//! The tests of the workspace, a module for each property.

mod allocations;
mod blocks;
mod catalogue;
mod checker;
mod closed_forms;
mod derivatives;
mod diagnose;
mod display;
mod double_double;
mod edge_cases;
mod errors;
mod large_tapes;
mod metamorphic;
mod neighbours;
mod random_graphs;
mod reference_values;
mod streaming;
mod threads;
