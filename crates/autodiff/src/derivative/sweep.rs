//! The reverse sweep: adjoints of nodes, from the output back to what the derivative is by.

use crate::error::Source;
use crate::graph::{Graph, NodeId};
use crate::ops::{self, Op, Rule};
use crate::scalar::Scalar;
use crate::simplify;
use crate::tape::{Tape, Var};

/// Records the adjoints of `xs` for the adjoint `adjoint` of `output`; zeros where there is none.
pub(crate) fn reverse<'t, T: Scalar>(
    output: Var<'t, T>,
    adjoint: Var<'t, T>,
    xs: &[Var<'t, T>],
    source: Source,
) -> Vec<Var<'t, T>> {
    let tape = output.tape();
    if let Some(failed) = xs.iter().chain([&output, &adjoint]).find(|var| var.is_failed()) {
        return vec![*failed; xs.len()];
    }
    if xs.iter().chain([&adjoint]).any(|var| !std::ptr::eq(var.tape(), tape)) {
        let error = crate::Error::ForeignTape { operation: "gradient".into(), source_line: source };
        return vec![tape.keep_error(error); xs.len()];
    }
    let adjoints = reverse_where_any(output, adjoint, xs);
    xs.iter().zip(adjoints).map(|(x, adjoint)| adjoint.unwrap_or_else(|| x.filled(0.0))).collect()
}

/// As [`reverse`], for handles that are known to fit; `None` where the derivative is 0 whatever the values.
pub(crate) fn reverse_where_any<'t, T: Scalar>(
    output: Var<'t, T>,
    adjoint: Var<'t, T>,
    xs: &[Var<'t, T>],
) -> Vec<Option<Var<'t, T>>> {
    let tape = output.tape();
    let barriers: Vec<NodeId> = xs.iter().map(|x| x.id()).collect();
    let output = tape.var(simplify::stabilise(tape, output.id(), &barriers));
    let adjoints = sweep(tape, output, adjoint, &barriers);
    tape.record_on_behalf_of(None);
    xs.iter().map(|x| adjoints.get(x.id().index()).copied().flatten()).collect()
}

/// The adjoints of all nodes up to `output` that lie between it and one of `xs`.
fn sweep<'t, T: Scalar>(
    tape: &'t Tape<T>,
    output: Var<'t, T>,
    adjoint: Var<'t, T>,
    xs: &[NodeId],
) -> Vec<Option<Var<'t, T>>> {
    let last = output.id().index();
    let first = xs.iter().map(|x| x.index()).min().unwrap_or(0);
    let depends = dependents(&tape.inner().graph, xs, last);
    let mut adjoints: Vec<Option<Var<'t, T>>> = vec![None; last + 1];
    adjoints[last] = Some(adjoint);
    for index in (first..=last).rev() {
        let (Some(adjoint), true) = (adjoints[index], depends[index]) else { continue };
        let id = NodeId(index as u32);
        let Some((op, rule)) = rule_for(tape, id, adjoint, &depends) else { continue };
        for (operand, contribution) in rule.args.iter().zip(ops::vjp(op, &rule)) {
            let Some(contribution) = contribution else { continue };
            let slot = &mut adjoints[operand.id().index()];
            *slot = Some(match *slot {
                None => contribution,
                Some(sum) => sum + contribution,
            });
        }
    }
    adjoints
}

/// What the rule of node `id` is given; `None` where no operand's adjoint is asked for.
fn rule_for<'t, T: Scalar>(
    tape: &'t Tape<T>,
    id: NodeId,
    adjoint: Var<'t, T>,
    depends: &[bool],
) -> Option<(Op, Rule<'t, T>)> {
    let (op, args) = {
        let inner = tape.inner();
        let args: crate::graph::Args = inner.graph.args(id).iter().copied().collect();
        (inner.graph.op(id), args)
    };
    if !args.iter().any(|arg| depends[arg.index()]) {
        return None;
    }
    tape.record_on_behalf_of(Some(id));
    let wanted = args.iter().map(|arg| depends[arg.index()]).collect();
    let args = args.iter().map(|&arg| tape.var(arg)).collect();
    Some((op, Rule { args, output: tape.var(id), adjoint, wanted }))
}

/// Which nodes up to `last` depend on one of `xs`, themselves included.
fn dependents<T: Scalar>(graph: &Graph<T>, xs: &[NodeId], last: usize) -> Vec<bool> {
    let mut depends = vec![false; last + 1];
    let first = xs.iter().map(|x| x.index()).min().unwrap_or(last + 1);
    for x in xs {
        if let Some(slot) = depends.get_mut(x.index()) {
            *slot = true;
        }
    }
    for index in first..=last {
        if !depends[index] {
            depends[index] = graph.args(NodeId(index as u32)).iter().any(|arg| depends[arg.index()]);
        }
    }
    depends
}
