//! The reverse sweep: adjoints of nodes, from the output back to what the derivative is by.

use super::adjoint::{Adjoint, Adjoints};
use super::log_sums::LogSums;
use super::own_powers;
use super::parts::Parts;
use super::shares::Share;
use crate::graph::{NodeId, NodeMap};
use crate::rules::{self, Rule};
use crate::scalar::Scalar;
use crate::simplify;
use crate::tape::{DerivativeOf, Inner, Tape, Var};
use smallvec::SmallVec;

/// Records the adjoints of `xs` for the adjoint `adjoint` of `output`; zeros where there is none.
#[track_caller]
pub(crate) fn reverse<'t, T: Scalar>(output: Var<'t, T>, adjoint: Var<'t, T>, xs: &[Var<'t, T>]) -> Vec<Var<'t, T>> {
    reverse_since(output, adjoint, xs, NodeId(0))
}

/// As [`reverse`], of an output whose part before node `first` is in its stable form, and need not be looked at again.
#[inline(never)]
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
#[inline(never)]
pub(crate) fn reverse_where_any<'t, T: Scalar>(
    output: Var<'t, T>,
    adjoint: Var<'t, T>,
    xs: &[Var<'t, T>],
    first: NodeId,
) -> Vec<Option<Var<'t, T>>> {
    let tape = output.tape();
    let barriers: Vec<NodeId> = xs.iter().map(|x| x.id()).collect();
    let output = stabilised(output, first, &barriers);
    let (mut adjoints, derivative) = (Adjoints::new(tape), tape.begin_derivative());
    let failed = sweep(&derivative, output, adjoint, &barriers, &mut adjoints);
    match failed {
        Some(failed) => vec![Some(failed); xs.len()],
        None => xs.iter().map(|x| adjoints.get(x.id()).map(Adjoint::value)).collect(),
    }
}

/// What stands for `output` when it is differentiated, by what it needs from node `first` on: nothing looks through `barriers`.
fn stabilised<'t, T: Scalar>(output: Var<'t, T>, first: NodeId, barriers: &[NodeId]) -> Var<'t, T> {
    let (tape, mut map) = (output.tape(), output.tape().take_map());
    let mut inner = tape.inner_mut();
    let rewrites = inner.rewrites;
    let Inner { graph, settled, .. } = &mut *inner;
    let (id, applied) = simplify::stabilise(graph, rewrites, output.id(), first, barriers, &mut map, settled);
    inner.applied.extend(applied);
    drop(inner);
    tape.return_map(map);
    tape.var(id)
}

/// Records the adjoints of all nodes that lie between `output` and one of `xs`. Returns what could not be recorded, if
/// anything.
fn sweep<'t, T: Scalar>(
    derivative: &DerivativeOf<'t, T>,
    output: Var<'t, T>,
    adjoint: Var<'t, T>,
    xs: &[NodeId],
    adjoints: &mut Adjoints<'t, T>,
) -> Option<Var<'t, T>> {
    let tape = output.tape();
    let depends = dependents(tape, output.id(), xs);
    adjoints.add(output.id(), Adjoint::given(adjoint));
    let mut failed = None;
    let mut waiting = Waiting { log_sums: LogSums::new(adjoint), parts: Parts::default() };
    for &id in depends.keys().iter().rev() {
        failed = waiting.parts.settle(derivative, tape.var(id), adjoints).or(failed);
        waiting.log_sums.settle(derivative, tape.var(id), adjoints);
        let Some(adjoint) = adjoints.get(id) else { continue };
        failed = pass_on(derivative, tape.var(id), adjoint, (&depends, xs), adjoints, &mut waiting).or(failed);
        if failed.is_some() {
            break;
        }
    }
    tape.return_map(depends);
    failed
}

/// What waits for all uses of a node before it is added to the node's adjoint.
struct Waiting {
    log_sums: LogSums,
    parts: Parts,
}

/// Adds to the adjoints of a node's operands what its own adjoint makes of them.
fn pass_on<'t, T: Scalar>(
    derivative: &DerivativeOf<'t, T>,
    output: Var<'t, T>,
    adjoint: Adjoint<'t, T>,
    (depends, xs): (&NodeMap, &[NodeId]),
    adjoints: &mut Adjoints<'t, T>,
    waiting: &mut Waiting,
) -> Option<Var<'t, T>> {
    let (tape, id) = (output.tape(), output.id());
    let (op, args) = {
        let inner = tape.inner();
        let args: crate::graph::Args = inner.graph.args(id).iter().copied().collect();
        (inner.graph.op(id), args)
    };
    let wanted: SmallVec<[bool; 3]> = args.iter().map(|&arg| depends.contains(arg)).collect();
    let count = wanted.iter().filter(|&&wanted| wanted).count();
    if count == 0 {
        return None;
    }
    derivative.node(id);
    let args: SmallVec<[Var<'t, T>; 3]> = args.iter().map(|&arg| tape.var(arg)).collect();
    if let Some(share) = Share::of(op, &args, xs) {
        return share.pass_on((&args, output), adjoint, depends, adjoints);
    }
    let mut failed = None;
    if rules::has_partials(op) {
        let adjoint = if count > 1 { adjoint.joined() } else { adjoint };
        for (index, &operand) in args.iter().enumerate().filter(|&(index, _)| wanted[index]) {
            let own = if index == 1 { own_powers::by_exponent(op, &args, depends) } else { None };
            let partial = own.or_else(|| rules::partial(op, index, &args, output));
            let Some(product) = partial.and_then(|partial| adjoint.times(partial)) else { continue };
            failed = adjoints.add(operand.id(), product.sum_to(operand, output.shape_id())).or(failed);
        }
        return failed;
    }
    let rule = Rule { args, output, adjoint: adjoint.value(), wanted, slope };
    if waiting.log_sums.defer(op, &rule, depends, xs) || waiting.parts.defer(op, &rule) {
        return None;
    }
    for (operand, contribution) in rule.args.iter().zip(rules::vjp(op, &rule)) {
        let Some(contribution) = contribution else { continue };
        failed = adjoints.add(operand.id(), adjoint.passed_by(op, contribution)).or(failed);
    }
    failed
}

/// The derivative of the sum of a node by `x`, for a rule that needs it.
fn slope<'t, T: Scalar>(node: Var<'t, T>, x: Var<'t, T>) -> Option<Var<'t, T>> {
    let reverse = || reverse_where_any(node, node.filled(1.0), &[x], x.id()).into_iter().flatten().next();
    node.tape().aside(reverse).flatten()
}

/// The nodes that `output` depends on and that depend on one of `xs`, both included, in order.
fn dependents<T: Scalar>(tape: &Tape<T>, output: NodeId, xs: &[NodeId]) -> NodeMap {
    let (mut known, mut depends) = (tape.take_map(), tape.take_map());
    let Some(&first) = xs.iter().min() else { return depends };
    let (mut sorted, inner) = (xs.to_vec(), tape.inner());
    sorted.sort_unstable();
    for id in inner.graph.ancestors(output, |id| id >= first, &mut known) {
        let is_asked_for = sorted.binary_search(&id).is_ok();
        if is_asked_for || inner.graph.args(id).iter().any(|&arg| depends.contains(arg)) {
            depends.insert(id, id);
        }
    }
    drop(inner);
    tape.return_map(known);
    depends
}
