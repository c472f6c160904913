//! The tests of the workspace, a module for each property.

mod accuracy;
mod allocations;
mod blocks;
mod catalogue;
mod checker;
mod closed_forms;
mod compositions;
mod derivatives;
mod diagnose;
mod display;
mod edge_cases;
mod errors;
mod large_tapes;
mod long_sums;
mod metamorphic;
mod neighbours;
mod norms;
mod random_graphs;
mod recompute;
mod reference_values;
mod robustness;
mod small_shapes;
mod softmax_family;
mod streaming;
mod threads;
mod wide;
