//! Constants folded, and common subexpressions shared (hash-consing).

use super::Rewriter;
use crate::graph::{Args, NodeId, ShapeId};
use crate::ops::{self, Op};
use crate::scalar::Scalar;
use crate::value::Evaluated;
use smallvec::SmallVec;

/// The most elements of a constant that is folded whatever the others are.
const SMALL_FOLD: usize = 4096;

impl<T: Scalar> Rewriter<'_, T> {
    /// A plain number, shared where the same number (its sign and all digits; never NaN) is there already.
    pub(crate) fn number(&mut self, value: T) -> NodeId {
        let key = value.to_f64().unwrap_or(f64::NAN).to_bits();
        let known = self.shared.as_ref().and_then(|shared| shared.numbers.get(&key).copied());
        if let Some(id) = known
            && let Some(there) = self.graph.scalar_value(id)
            && there == value
            && there.is_sign_negative() == value.is_sign_negative()
        {
            return id;
        }
        let id = self.graph.push_scalar(value, self.source);
        if let Some(shared) = &mut self.shared {
            shared.numbers.insert(key, id);
        }
        id
    }

    /// The node that computes this, there already or new.
    pub(crate) fn shared(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> NodeId {
        let Some(shared) = &mut self.shared else { return self.graph.push(op, args, shape, self.source) };
        match shared.nodes.find(self.graph, op, args, shape) {
            Ok(id) => id,
            Err(vacancy) => {
                let id = self.graph.push(op, args, shape, self.source);
                shared.nodes.fill(vacancy, id);
                id
            }
        }
    }

    /// The value of an operation on numbers, if it is one.
    pub(crate) fn of_numbers(&self, op: Op, numbers: &[T]) -> Option<T> {
        let values: Vec<_> = numbers.iter().map(|&number| evaluated(number)).collect();
        ops::evaluate(op, &values, &self.graph.payloads, &SmallVec::new(), 0).ok()?.first().copied()
    }

    /// The value of an operation on constants, as a constant.
    pub(crate) fn folded(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        let is_constant = |&arg: &NodeId| matches!(self.graph.op(arg), Op::Constant(_) | Op::Scalar(_));
        // A number stays one number, however it is shaped.
        let is_shaped_number = op == Op::Reshape && matches!(self.graph.op(args[0]), Op::Scalar(_));
        let may_fold = !args.is_empty() && !matches!(op, Op::Broadcast | Op::Custom(_)) && !is_shaped_number;
        if !may_fold || !args.iter().all(is_constant) {
            return None;
        }
        let key = (op, Args::from_slice(args), shape);
        let shared = self.shared.as_ref()?;
        if let Some(&known) = shared.folds.get(&key) {
            return Some(known);
        }
        let target = self.graph.shape_of(shape);
        let large = if target.row_len() > SMALL_FOLD { target.row_len() } else { 0 };
        if target.has_rows() || large > shared.large_folds {
            return None;
        }
        let values: Vec<Evaluated<T>> = args
            .iter()
            .map(|&arg| match self.graph.op(arg) {
                Op::Constant(index) => Evaluated::Numbers(self.graph.constants[index as usize].clone()),
                _ => evaluated(self.graph.scalar_value(arg).unwrap_or_else(T::nan)),
            })
            .collect();
        let dims = target.resolve(0);
        let value = ops::evaluate(op, &values, &self.graph.payloads, &dims, 0).ok()?;
        let folded = match (value.ndim(), value.first()) {
            (0, Some(&number)) => self.number(number),
            _ => self.graph.push_constant(value, self.source),
        };
        let shared = self.shared.as_mut()?;
        shared.folds.insert(key, folded);
        shared.large_folds -= large;
        Some(folded)
    }
}

fn evaluated<T: Scalar>(number: T) -> Evaluated<T> {
    Evaluated::Numbers(ndarray::arr0(number).into_dyn().into_shared())
}

#[cfg(test)]
mod tests {
    use crate::Tape;
    use ndarray::{Array1, s};

    #[test]
    fn the_same_operation_on_constants_is_one_constant_and_what_is_made_of_it_is_shared() {
        let tape = Tape::<f64>::new();
        let (c, w) = (tape.constant(Array1::linspace(0.0, 1.0, 6001)), tape.input("w", &[3, 2000]));
        let loss = || (c.slice(s![1..]).reshape(&[3, 2000]) * w).exp().sum();
        let program = tape.compile(&[loss(), loss()]).unwrap();
        let text = program.explain().to_string();
        assert_eq!(text.matches("exp").count(), 1, "{text}");
        assert!(!text.contains("elements moved"), "{text}");
    }

    #[test]
    fn large_constants_are_folded_up_to_a_limit_of_all_together() {
        let tape = Tape::<f64>::new();
        let (c, w) = (tape.constant(Array1::<f64>::ones(300_000)), tape.input("w", &[]));
        let losses: Vec<_> = (1..8).map(|k| ((c * f64::from(k)) * w).cos().sum()).collect();
        let program = tape.compile(&losses).unwrap();
        // Three of them take up the limit; the other four are multiplied in every run.
        assert_eq!(program.explain().to_string().matches("cos").count(), 7);
        let found = program.run(&[w.bind(0.5)]).unwrap();
        for k in 1..8 {
            let expected = 300_000.0 * (0.5 * f64::from(k)).cos();
            approx::assert_relative_eq!(found.number(k as usize - 1).unwrap(), expected, max_relative = 1e-12);
        }
    }
}
