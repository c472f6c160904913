//! A recording made again with other nodes in place of its inputs.

use super::{Tape, Var};
use crate::error::{Error, Result, Source};
use crate::graph::{Graph, Input, InputValue, NodeId};
use crate::ops::Op;
use crate::scalar::Scalar;
use crate::shape::Shape;
use std::panic::Location;

impl<T: Scalar> Tape<T> {
    /// Records what computes `outputs` once more, on this tape, with other nodes in place of inputs: `(input, node)` for each.
    ///
    /// The outputs and the inputs are of one tape, another or this one; the nodes are of this tape and have the shapes of the
    /// inputs whose place they take. All other inputs of another tape become inputs of this one, with their name, shape and value
    /// at hand. On this tape, what depends on no replaced input is not recorded again.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (x, rate) = (tape.variable("x", 2.0), tape.variable("rate", 3.0));
    /// let y = (rate * x).exp();
    /// let log_rate = tape.variable("log_rate", 0.0); // another parameter for the same model
    /// let z = tape.substitute(&[y], &[(rate, log_rate.exp())])[0];
    /// assert_eq!(z.item()?, 2f64.exp());
    /// assert_eq!(z.grad(log_rate).item()?, 2.0 * 2f64.exp());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// What can't be replaced (a node that is no input, by one of another shape) is an error of this tape.
    #[track_caller]
    pub fn substitute<'t>(&'t self, outputs: &[Var<'_, T>], by: &[(Var<'_, T>, Var<'t, T>)]) -> Vec<Var<'t, T>> {
        match self.substituted(outputs, by, Location::caller()) {
            Ok(nodes) => nodes.into_iter().map(|node| self.var(node)).collect(),
            Err(error) => vec![self.keep_error(error); outputs.len()],
        }
    }

    fn substituted(
        &self,
        outputs: &[Var<'_, T>],
        by: &[(Var<'_, T>, Var<'_, T>)],
        source: Source,
    ) -> Result<Vec<NodeId>> {
        let Some(from) = outputs.first().map(|output| output.tape()) else { return Ok(Vec::new()) };
        from.check()?;
        self.check()?;
        self.check_idle(source)?;
        from.check_owns("substitute", outputs, source)?;
        for &(input, node) in by {
            from.check_owns("substitute", &[input], source)?;
            self.check_owns("substitute", &[node], source)?;
            check_replaced(input, node, source)?;
        }
        let recorded = from.inner().graph.clone();
        let roots: Vec<NodeId> = outputs.iter().map(|output| output.id()).collect();
        let mut live = recorded.reachable(&roots);
        recorded.inputs.iter().for_each(|input| live[input.node.index()] = true);
        let mut map = vec![NodeId::FAILED; recorded.len()];
        by.iter().for_each(|(input, node)| map[input.id().index()] = node.id());
        let here = std::ptr::eq(self, from);
        for index in 0..live.len() {
            if live[index] && map[index] == NodeId::FAILED {
                map[index] = self.node_like(&recorded, NodeId(index as u32), |arg| map[arg.index()], here)?;
            }
        }
        let mut inner = self.inner_mut();
        for (id, name) in recorded.names_in_order().filter(|(id, _)| live[id.index()]) {
            inner.graph.names.entry(map[id.index()]).or_insert_with(|| name.clone());
        }
        Ok(roots.iter().map(|root| map[root.index()]).collect())
    }

    /// The node of another recording on this tape, its operands as `map` has them; itself, where it is of this tape (`here`) and
    /// they are what they were.
    pub(crate) fn node_like(
        &self,
        from: &Graph<T>,
        id: NodeId,
        map: impl Fn(NodeId) -> NodeId,
        here: bool,
    ) -> Result<NodeId> {
        let (op, source) = (from.op(id), from.sources[id.index()]);
        let args = from.args_as(id, map);
        if here && args.as_slice() == from.args(id) {
            return Ok(id);
        }
        let mut inner = self.inner_mut();
        if let Some(error) = inner.refusal(source) {
            return Err(error);
        }
        if let Op::Input(place) = op {
            drop(inner);
            return self.input_like(&from.inputs[place as usize], from.shape(id), source);
        }
        let graph = &mut inner.graph;
        let op = match op {
            Op::Constant(index) => return Ok(graph.push_constant(from.constants[index as usize].clone(), source)),
            Op::Scalar(index) => return Ok(graph.push_scalar(from.payloads.scalar(index), source)),
            Op::Powf(index) => Op::Powf(graph.payloads.keep_scalar(from.payloads.scalar(index))),
            Op::Permute(index) => {
                Op::Permute(graph.payloads.keep_permutation(from.payloads.permutation(index).clone()))
            }
            Op::Slice(index) => Op::Slice(graph.payloads.keep_slices(from.payloads.slices(index).clone())),
            Op::Unslice(index) => Op::Unslice(graph.payloads.keep_slices(from.payloads.slices(index).clone())),
            Op::Custom(index) => {
                graph.customs.push(from.customs[index as usize].clone());
                Op::Custom(graph.customs.len() as u32 - 1)
            }
            op => op,
        };
        let shape = graph.intern(from.shape(id));
        Ok(graph.push(op, &args, shape, source))
    }

    /// The input of another recording on this tape: the one of its name, if there is one of its kind.
    fn input_like(&self, input: &Input<T>, shape: &Shape, source: Source) -> Result<NodeId> {
        let mut inner = self.inner_mut();
        let Some(place) = inner.input_named(&input.name) else {
            let place = inner.graph.inputs.len();
            inner.names.insert(input.name.clone(), place);
            return Ok(inner.graph.push_input(input.name.clone(), shape, input.value.clone(), source));
        };
        let known = &inner.graph.inputs[place];
        let fits = match (&known.value, &input.value) {
            (InputValue::Numbers(known), InputValue::Numbers(given)) => known.is_some() || given.is_none(),
            (InputValue::Indices(known), InputValue::Indices(given)) => known.is_some() || given.is_none(),
            _ => false,
        };
        let known_shape = inner.graph.shape(known.node);
        if fits && known_shape == shape {
            return Ok(known.node);
        }
        let reason = format!("this tape has another input `{}`; inputs are identified by name", input.name);
        let operands = vec![shape.clone(), known_shape.clone()];
        Err(Error::Recording { operation: "substitute".into(), operands, reason, source_line: source })
    }
}

/// Whether `node` can stand for `input`.
fn check_replaced<T: Scalar>(input: Var<'_, T>, node: Var<'_, T>, source_line: Source) -> Result<()> {
    let is_input = matches!(input.tape().inner().graph.op(input.id()), Op::Input(_));
    let reason = match (is_input, input.shape() == node.shape()) {
        (true, true) => return Ok(()),
        (false, _) => "only an input can be replaced",
        (true, false) => "what takes an input's place has its shape",
    };
    let operands = vec![input.shape(), node.shape()];
    Err(Error::Recording { operation: "substitute".into(), operands, reason: reason.into(), source_line })
}

#[cfg(test)]
mod tests {
    use crate::{Tape, Var, bind};
    use ndarray::{arr1, arr2, s};

    /// A recording that has every payload: constants, numbers, powers, permutations, slices, indices, a custom operation.
    fn recorded<'t>(tape: &'t Tape<f64>, x: Var<'t, f64>) -> Var<'t, f64> {
        let table = tape.variable("table", arr2(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]));
        let rows = table.gather(tape.index_data("group", &[2, 0])).t_dot(tape.data("z", &[1.5, -0.5]));
        let odd = x.elementwise("cube", |x| x * x * x, |x, _| 3.0 * x * x);
        let part = table.t().slice(s![.., 1..]).sum_axes(&[1]) + tape.constant(arr1(&[0.5, 2.0]));
        ((odd + 2.0) * part).powf(1.5).sum() + rows.sum() * x.sum()
    }

    #[test]
    fn a_recording_made_again_on_another_tape_is_the_same_with_its_derivative() {
        let (first, second) = (Tape::<f64>::new(), Tape::<f64>::new());
        let x = first.variable("x", &[0.3, 0.7]);
        let y = recorded(&first, x);
        let half = second.variable("half", &[0.15, 0.35]);
        let again = second.substitute(&[y.named("y"), y.grad(x)], &[(x, half * 2)]);
        assert_eq!(again[0].value().unwrap(), y.value().unwrap());
        assert_eq!(again[0].grad(half).value().unwrap(), y.grad(x).value().unwrap() * 2.0);
        assert_eq!(again[1].value().unwrap(), y.grad(x).value().unwrap());
        assert_eq!(again[0].name().as_deref(), Some("y"));
        let program = second.compile(&again).unwrap();
        let moved = program.run(&[bind("half", &[0.5, 1.0])]).unwrap();
        first.set_values(&[bind("x", &[1.0, 2.0])]).unwrap();
        assert_eq!(moved[0], y.value().unwrap());
    }

    #[test]
    fn on_one_tape_only_what_changes_is_recorded_again() {
        let tape = Tape::<f64>::new();
        let (x, y) = (tape.variable("x", 2.0), tape.variable("y", 5.0));
        let (kept, changed) = (y.exp().sin(), x + y.exp());
        let nodes = tape.len();
        let again = tape.substitute(&[kept, changed], &[(x, y)]);
        assert_eq!(tape.len(), nodes + 1);
        assert_eq!(again[0].value().unwrap(), kept.value().unwrap());
        assert_eq!(again[1].item().unwrap(), 5.0 + 5f64.exp());
    }

    #[test]
    fn what_cannot_take_an_inputs_place_is_an_error() {
        let tape = Tape::<f64>::new();
        let (x, pair) = (tape.variable("x", 2.0), tape.variable("pair", &[1.0, 2.0]));
        let message = |other: &Tape<f64>| other.check().unwrap_err().to_string();
        let other = Tape::new();
        other.substitute(&[x.exp()], &[(x, other.variable("v", &[1.0]))]);
        assert!(message(&other).contains("has its shape (operands: [], [1])"), "{}", message(&other));
        let other = Tape::new();
        other.substitute(&[x.exp().sin()], &[(x.exp(), other.variable("v", 1.0))]);
        assert!(message(&other).contains("only an input can be replaced"), "{}", message(&other));
        let other = Tape::new();
        other.variable("pair", 1.0);
        other.substitute(&[pair.sum()], &[]);
        assert!(message(&other).contains("another input `pair`"), "{}", message(&other));
    }
}
