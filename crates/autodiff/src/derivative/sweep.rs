//! The reverse sweep: adjoints of nodes, from the output back to what the derivative is by.

use crate::graph::NodeId;
use crate::node_map::NodeMap;
use crate::ops::{self, Op, Rule};
use crate::scalar::Scalar;
use crate::simplify;
use crate::tape::{DerivativeOf, Tape, Var};

/// Records the adjoints of `xs` for the adjoint `adjoint` of `output`; zeros where there is none.
#[track_caller]
pub(crate) fn reverse<'t, T: Scalar>(output: Var<'t, T>, adjoint: Var<'t, T>, xs: &[Var<'t, T>]) -> Vec<Var<'t, T>> {
    reverse_since(output, adjoint, xs, NodeId(0))
}

/// As [`reverse`], of an output whose part before node `first` is in its stable form, and need not be looked at again.
#[track_caller]
pub(crate) fn reverse_since<'t, T: Scalar>(
    output: Var<'t, T>,
    adjoint: Var<'t, T>,
    xs: &[Var<'t, T>],
    first: NodeId,
) -> Vec<Var<'t, T>> {
    if let Some(failed) = output.tape().refused("gradient", &[&[output, adjoint], xs].concat()) {
        return vec![failed; xs.len()];
    }
    let mut adjoints = Vec::with_capacity(xs.len());
    for (x, adjoint) in xs.iter().zip(reverse_where_any(output, adjoint, xs, first)) {
        adjoints.push(match adjoint {
            Some(adjoint) => adjoint,
            None => x.filled(0.0),
        });
    }
    adjoints
}

/// As [`reverse_since`], for handles that are known to fit; `None` where the derivative is 0 whatever the values.
pub(crate) fn reverse_where_any<'t, T: Scalar>(
    output: Var<'t, T>,
    adjoint: Var<'t, T>,
    xs: &[Var<'t, T>],
    first: NodeId,
) -> Vec<Option<Var<'t, T>>> {
    let tape = output.tape();
    let barriers: Vec<NodeId> = xs.iter().map(|x| x.id()).collect();
    let output = tape.var(simplify::stabilise(tape, output.id(), first, &barriers));
    let mut adjoints = tape.take_map();
    let failed = sweep(tape, output, adjoint, &barriers, &mut adjoints);
    let found = match failed {
        Some(failed) => vec![Some(failed); xs.len()],
        None => xs.iter().map(|x| adjoints.get(x.id()).map(|adjoint| tape.var(adjoint))).collect(),
    };
    tape.return_map(adjoints);
    found
}

/// Records the adjoints of all nodes that lie between `output` and one of `xs`. Returns what could not be recorded, if
/// anything.
fn sweep<'t, T: Scalar>(
    tape: &'t Tape<T>,
    output: Var<'t, T>,
    adjoint: Var<'t, T>,
    xs: &[NodeId],
    adjoints: &mut NodeMap,
) -> Option<Var<'t, T>> {
    let depends = dependents(tape, output.id(), xs);
    let derivative = tape.begin_derivative();
    adjoints.insert(output.id(), adjoint.id());
    let mut failed = None;
    for &id in depends.keys().iter().rev() {
        let Some(adjoint) = adjoints.get(id) else { continue };
        let Some((op, rule)) = rule_for(&derivative, tape.var(id), tape.var(adjoint), &depends) else { continue };
        for (operand, contribution) in rule.args.iter().zip(ops::vjp(op, &rule)) {
            let Some(contribution) = contribution else { continue };
            let sum = match adjoints.get(operand.id()) {
                None => contribution,
                Some(sum) => tape.var(sum) + contribution,
            };
            if sum.is_failed() {
                failed = Some(sum);
            }
            adjoints.insert(operand.id(), sum.id());
        }
        if failed.is_some() {
            break;
        }
    }
    tape.return_map(depends);
    failed
}

/// What the rule of a node is given; `None` where no operand's adjoint is asked for.
fn rule_for<'t, T: Scalar>(
    derivative: &DerivativeOf<'t, T>,
    output: Var<'t, T>,
    adjoint: Var<'t, T>,
    depends: &NodeMap,
) -> Option<(Op, Rule<'t, T>)> {
    let (tape, id) = (output.tape(), output.id());
    let (op, args) = {
        let inner = tape.inner();
        let args: crate::graph::Args = inner.graph.args(id).iter().copied().collect();
        (inner.graph.op(id), args)
    };
    if !args.iter().any(|&arg| depends.contains(arg)) {
        return None;
    }
    derivative.node(id);
    let wanted = args.iter().map(|&arg| depends.contains(arg)).collect();
    let args = args.iter().map(|&arg| tape.var(arg)).collect();
    Some((op, Rule { args, output, adjoint, wanted }))
}

/// The nodes that `output` depends on and that depend on one of `xs`, both included, in order.
fn dependents<T: Scalar>(tape: &Tape<T>, output: NodeId, xs: &[NodeId]) -> NodeMap {
    let (mut known, mut depends) = (tape.take_map(), tape.take_map());
    let Some(&first) = xs.iter().min() else { return depends };
    let (mut sorted, inner) = (xs.to_vec(), tape.inner());
    sorted.sort_unstable();
    for id in inner.graph.ancestors(output, first, &[], &mut known) {
        let is_asked_for = sorted.binary_search(&id).is_ok();
        if is_asked_for || inner.graph.args(id).iter().any(|&arg| depends.contains(arg)) {
            depends.insert(id, id);
        }
    }
    drop(inner);
    tape.return_map(known);
    depends
}
