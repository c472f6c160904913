//! A number that identifies a recording, the same in every process.

use super::{Graph, InputValue};
use crate::hash::Fingerprint;
use crate::scalar::Scalar;

impl<T: Scalar> Graph<T> {
    /// Adds the recording: operations, operands, shapes, constants, the inputs' names and fixed values at hand. A user's own
    /// operation is known by its name.
    pub(crate) fn add_to(&self, fingerprint: &mut Fingerprint) {
        fingerprint.add(size_of::<T>());
        for node in &self.nodes {
            fingerprint.add((node.op, node.args, self.shape_of(node.shape)));
        }
        fingerprint.add(&self.lists);
        self.payloads.add_to(fingerprint);
        for constant in &self.constants {
            fingerprint.add(constant.shape());
            fingerprint.add_numbers(constant);
        }
        for custom in &self.customs {
            fingerprint.add(&*custom.name);
        }
        for input in &self.inputs {
            fingerprint.add((&*input.name, input.node));
            if self.shape(input.node).has_rows() {
                continue;
            }
            match &input.value {
                InputValue::Numbers(value) => value.iter().for_each(|value| fingerprint.add_numbers(value)),
                InputValue::Indices(value) => {
                    fingerprint.add(value.as_ref().map(|value| value.iter().collect::<Vec<_>>()))
                }
            }
        }
    }
}
