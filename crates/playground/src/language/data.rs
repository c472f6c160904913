//! The data that a text may name.

/// The classes that `Y` has columns for.
pub const CLASSES: usize = 3;

/// The data, as a text names them, and what they are.
pub const DATA: &[(&str, &str)] = &[
    ("X", "each row is (1, x)"),
    ("x", "the number across of each point"),
    ("y", "the number upwards of each point"),
    ("Y", "each row has a 1 at the place that y is, of 0, 1, 2"),
];
