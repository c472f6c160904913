//! How many rows the values at hand have.

use crate::error::{Error, Result};
use crate::graph::{Graph, InputValue};
use crate::scalar::Scalar;

/// The number of rows of the values at hand, from as many of the inputs as have been looked at.
#[derive(Default)]
pub(crate) struct KnownRows {
    looked_at: usize,
    /// The first input on the rows that has a value, and how many rows.
    first: Option<(usize, usize)>,
}

impl KnownRows {
    /// The number of rows; 0 where no rows input has a value. Only inputs that are new are looked at.
    pub(crate) fn count<T: Scalar>(&mut self, graph: &Graph<T>) -> Result<usize> {
        for (place, input) in graph.inputs.iter().enumerate().skip(self.looked_at) {
            let found = match &input.value {
                InputValue::Numbers(value) => value.as_ref().and_then(|value| value.shape().first()),
                InputValue::Indices(value) => value.as_ref().and_then(|value| value.shape().first()),
            };
            match (found.filter(|_| graph.shape(input.node).has_rows()), self.first) {
                (Some(&found), None) => self.first = Some((place, found)),
                (Some(&found), Some((first, expected))) if found != expected => {
                    let (name, other) = (input.name.to_string(), graph.inputs[first].name.to_string());
                    return Err(Error::RowsDiffer { name, found, other, expected });
                }
                _ => {}
            }
            self.looked_at = place + 1;
        }
        Ok(self.first.map_or(0, |(_, rows)| rows))
    }
}
