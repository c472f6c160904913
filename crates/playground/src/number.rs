//! Numbers on their way to the page: JSON has no NaN and no infinity.

use serde::{Serialize, Serializer};

/// A number, written `"NaN"`, `"Infinity"` or `"-Infinity"` where JSON has no number for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            x if x.is_finite() => serializer.serialize_f64(x),
            x if x.is_nan() => serializer.serialize_str("NaN"),
            x if x > 0.0 => serializer.serialize_str("Infinity"),
            _ => serializer.serialize_str("-Infinity"),
        }
    }
}

/// All of some numbers.
pub(crate) fn numbers(values: impl IntoIterator<Item = f64>) -> Vec<Number> {
    values.into_iter().map(Number).collect()
}
