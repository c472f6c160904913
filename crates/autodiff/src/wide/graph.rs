//! A recording in the wide scalar.

use super::Wide;
use crate::graph::{Graph, InputValue, NodeId};
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::value::{Evaluated, Value};

/// The same nodes in the wide scalar. A custom operation, which is written for one scalar, becomes an input whose value is
/// what the operation gave, by `values`.
pub(crate) fn widened<T: Scalar>(graph: &Graph<T>, values: &[Option<Evaluated<T>>]) -> Graph<Wide> {
    let wide = |value: &Value<T>| value.mapv(Wide::of).into_shared();
    let mut target: Graph<Wide> = Graph::new();
    target.constants = graph.constants.iter().map(wide).collect();
    target.payloads = graph.payloads.converted(Wide::of);
    for index in 0..graph.len() {
        let (id, source) = (NodeId(index as u32), graph.sources[index]);
        let (op, shape) = (graph.op(id), graph.shape(id));
        match op {
            Op::Input(input) => {
                let input = &graph.inputs[input as usize];
                let value = match &input.value {
                    InputValue::Numbers(value) => InputValue::Numbers(value.as_ref().map(wide)),
                    InputValue::Indices(value) => InputValue::Indices(value.clone()),
                };
                target.push_input(input.name.clone(), shape, value, source);
            }
            Op::Custom(_) => {
                let value = values.get(index).and_then(Option::as_ref).map(|value| wide(&value.numbers()));
                target.push_input(
                    format!("custom operation {index}").into(),
                    shape,
                    InputValue::Numbers(value),
                    source,
                );
            }
            op => {
                let shape = target.intern(shape);
                target.push(op, graph.args(id), shape, source);
            }
        }
    }
    target
}
