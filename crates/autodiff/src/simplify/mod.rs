//! Simplification: the graph that is differentiated and compiled, from the one that was recorded.
//!
//! Two uses of one [`Rewriter`]. Before a derivative is recorded, [`stabilise`] applies the *stable* rewrites
//! ([`Rewrite`]) to the output, on the tape itself and never across a node the derivative is by. Before a program is
//! scheduled, [`compact`] copies what its outputs need into a graph of its own, and there also folds constants, shares
//! common subexpressions, and moves what doesn't depend on the rows out of sums over them ([`algebra`]).
//!
//! | file | what is there |
//! |---|---|
//! | [`rewrite`], [`stable`] | the stable rewrites by name; which rule sees which operation |
//! | [`log_domain`], [`form`], [`log_terms`], [`log_norms`], [`log_sum`], [`log_reduce`], [`scaled_sum`], [`rates`] | logarithms of sums of terms `±w·eˡ` |
//! | [`mixtures`], [`complement`], [`differences`], [`divided`], [`arcs`], [`remainder`], [`powers`] | what cancels near 0 or 1 |
//! | [`limits`], [`limits_of_powers`], [`limits_of_rises`], [`logarithms`], [`atom`], [`scale`], [`range`], [`tails`] | what cancels, or leaves the range of the numbers, on the way to a limit |
//! | [`quotient`], [`common_factors`], [`ratios`], [`monomial`], [`inverse_pairs`], [`norms`], [`gamma`] | quotients, inverses, norms, differences of ln Γ |
//! | [`over_rows`], [`weighted_rows`] | what looks along the rows, as reductions over them |
//! | [`fold`], [`table`], [`algebra`], [`factor`] | for programs: constants, sharing, cheaper operations, factors moved out of sums |

mod algebra;
mod arcs;
mod atom;
mod common_factors;
mod complement;
mod differences;
mod divided;
mod factor;
mod fold;
mod form;
mod gamma;
mod inverse_pairs;
mod limits;
mod limits_of_powers;
mod limits_of_rises;
mod log_domain;
mod log_norms;
mod log_reduce;
mod log_sum;
mod log_terms;
mod logarithms;
mod mixtures;
mod monomial;
mod norms;
mod over_rows;
mod powers;
mod quotient;
mod range;
mod rates;
mod ratios;
mod remainder;
mod rewrite;
mod scale;
mod scaled_sum;
mod stable;
mod table;
mod tails;
mod weighted_rows;

pub use rewrite::{AppliedRewrite, Rewrite, Rewrites};

use crate::error::Source;
use crate::graph::{Graph, NodeId, NodeMap, ShapeId};
use crate::hash::SmallMap;
use crate::ops::{Op, Reduce, Unary};
use crate::scalar::Scalar;
use crate::shape::{Axes, Shape};
use table::{Shared, Table};

const LGAMMA: Op = Op::Unary(Unary::Lgamma);
/// The most nodes that rules ask for, for one node of a recording. What a rule asks for may have rules ask for more, down a chain as long
/// as the recording: so neither depth nor work grow with it. What is left when the steps are used up stays as it is.
const MOST_STEPS: usize = 256;
/// As many of them may move factors outwards, which saves arithmetic and nothing else.
const MOST_FACTOR_STEPS: usize = 64;
/// How often a number may have been stretched and still be seen.
const MOST_STRETCHES: usize = 4;

/// Builds nodes of a graph, applying rules to each before it is pushed.
pub(crate) struct Rewriter<'g, T: Scalar> {
    graph: &'g mut Graph<T>,
    rewrites: Rewrites,
    /// Nodes that rules don't look through, in order.
    opaque: &'g [NodeId],
    /// What is shared by common subexpressions; `None` on a tape, where nodes stay as recorded.
    shared: Option<Shared>,
    /// What has been met on a tape: a derivative goes through one of the nodes that compute the same.
    met: Table,
    applied: Vec<AppliedRewrite>,
    source: Source,
    /// What is known of nodes as sums of exponentials.
    forms: SmallMap<NodeId, form::Known>,
    /// The same for values: a sum that may be 0 isn't its sign times the exponential of its logarithm, which has no derivative there.
    forms_of_values: SmallMap<NodeId, form::Known>,
    /// Whether the two are exchanged.
    of_values: bool,
    /// The weights that sums are as values.
    scaled_sums: SmallMap<NodeId, form::ScaledSum>,
    /// The nodes whose powers count as exponentials, where an expression leaves the range.
    algebraic: Option<form::Algebraic>,
    /// Of what became of `1 − xᵖ`, x and p.
    powers_from_one: SmallMap<NodeId, (NodeId, NodeId)>,
    /// Of shares that stay in range, the quotients as they stand.
    shares: SmallMap<NodeId, NodeId>,
    /// What log-domain forms are the logarithm of.
    logs_of: SmallMap<NodeId, atom::Atom>,
    /// Whether there is a ln Γ at all.
    has_lgamma: bool,
    /// How many more nodes rules may ask for.
    steps: usize,
    /// Of `√(x² + c)` as `hypot(x, b)`, by how much c is more than b².
    rounded_roots: SmallMap<NodeId, T>,
    /// The norms on a tape along axes, absolute values being those along none: of one operand there is to be one.
    norms: SmallMap<(NodeId, Axes), NodeId>,
}

/// The stable forms of a tape's older nodes, kept from one derivative to the next: of those that are older than all that a derivative is
/// by, so that it is the same for each. A derivative in a long recording then looks at what is new alone.
#[derive(Default)]
pub(crate) struct Settled {
    forms: NodeMap,
    has_lgamma: bool,
}

impl Settled {
    /// Forgets all, for other rewrites.
    pub(crate) fn clear(&mut self) {
        self.forms.clear();
        self.has_lgamma = false;
    }
}

/// Applies the stable rewrites to `output` and to what it needs from node `first` on; what changes is recorded anew. Returns the output to
/// differentiate, and what was applied. `map`, empty before, holds what became of each node.
pub(crate) fn stabilise<T: Scalar>(
    graph: &mut Graph<T>,
    rewrites: Rewrites,
    output: NodeId,
    first: NodeId,
    opaque: &[NodeId],
    map: &mut NodeMap,
    settled: &mut Settled,
) -> (NodeId, Vec<AppliedRewrite>) {
    if rewrites == Rewrites::NONE || opaque.contains(&output) {
        return (output, Vec::new());
    }
    let mut sorted = opaque.to_vec();
    sorted.sort_unstable();
    let oldest = sorted.first().copied().unwrap_or(first);
    let known = |settled: &Settled, id: NodeId| settled.forms.get(id).filter(|_| id < oldest);
    let wanted = |id: NodeId| id >= first && sorted.binary_search(&id).is_err() && known(settled, id).is_none();
    let found = graph.ancestors(output, wanted, map);
    let source = graph.sources[output.index()];
    settled.has_lgamma |= found.iter().any(|&id| matches!(graph.op(id), LGAMMA));
    let mut rewriter = Rewriter::new(graph, rewrites, source);
    (rewriter.opaque, rewriter.has_lgamma) = (&sorted, settled.has_lgamma);
    rewriter.met = Table::new(found.len());
    for id in found {
        for &arg in rewriter.graph.args(id) {
            if let Some(form) = known(settled, arg) {
                map.insert(arg, form);
            }
        }
        let rewritten = rewriter.rewritten(id, map);
        map.insert(id, rewritten);
        if id < oldest {
            settled.forms.insert(id, rewritten);
        }
    }
    let output = map.get(output).or_else(|| known(settled, output)).unwrap_or(output);
    (output, rewriter.applied)
}

/// What `outputs` need of `graph`, simplified, in a graph of its own, with the outputs' numbers there.
pub(crate) fn compact<T: Scalar>(
    graph: &Graph<T>,
    outputs: &[NodeId],
    rewrites: Rewrites,
) -> (Graph<T>, Vec<NodeId>, Vec<AppliedRewrite>) {
    let live = graph.reachable(outputs);
    let count = live.iter().filter(|&&live| live).count();
    let mut target = graph.empty_like(count);
    let Some(&source) = graph.sources.first() else { return (target, Vec::new(), Vec::new()) };
    let shared = Some(Shared::new(count));
    let mut rewriter = Rewriter::new(&mut target, rewrites, source);
    rewriter.shared = shared;
    rewriter.has_lgamma = (0..live.len()).any(|index| live[index] && matches!(graph.nodes[index].op, LGAMMA));
    let mut map: Vec<NodeId> = vec![NodeId::FAILED; live.len()];
    for index in 0..live.len() {
        if live[index] {
            map[index] = rewriter.copied(graph, NodeId(index as u32), &map);
        }
    }
    let names = graph.names_in_order().filter(|&(id, _)| live[id.index()] && !graph.args(id).is_empty());
    rewriter.graph.names.extend(names.map(|(id, name)| (map[id.index()], name.clone())));
    let mut roots: Vec<NodeId> = outputs.iter().map(|output| map[output.index()]).collect();
    if let Some(input) = rewriter.counts_rows_of(&roots, graph) {
        let known = map.get(input.index()).copied().filter(|&id| id != NodeId::FAILED);
        roots.push(known.unwrap_or_else(|| rewriter.copied(graph, input, &map)));
    }
    let applied = rewriter.applied;
    let (graph, mut roots) = target.pruned(&roots);
    roots.truncate(outputs.len());
    (graph, roots, applied)
}

impl<'g, T: Scalar> Rewriter<'g, T> {
    fn new(graph: &'g mut Graph<T>, rewrites: Rewrites, source: Source) -> Self {
        let (applied, forms) = (Vec::new(), SmallMap::default());
        let norms = SmallMap::default();
        Rewriter {
            graph,
            rewrites,
            opaque: &[],
            shared: None,
            met: Table::new(0),
            applied,
            source,
            forms,
            forms_of_values: SmallMap::default(),
            of_values: false,
            scaled_sums: SmallMap::default(),
            algebraic: None,
            powers_from_one: SmallMap::default(),
            shares: SmallMap::default(),
            logs_of: SmallMap::default(),
            has_lgamma: false,
            steps: 0,
            rounded_roots: SmallMap::default(),
            norms,
        }
    }
}

impl<T: Scalar> Rewriter<'_, T> {
    /// An input that says how many rows there are, where `roots` need to know but depend on no rows: a derivative on the
    /// rows that is 0.
    fn counts_rows_of(&self, roots: &[NodeId], from: &Graph<T>) -> Option<NodeId> {
        let input = from.inputs.iter().map(|input| input.node).find(|&input| from.shape(input).has_rows())?;
        let live = self.graph.reachable(roots);
        let used = || (0..live.len()).filter(|&index| live[index]).map(|index| NodeId(index as u32));
        let on_rows = |id: NodeId| self.graph.shape(id).has_rows();
        let asked = used().any(|id| on_rows(id) || self.graph.op(id) == Op::RowCount);
        let known = used().any(|id| on_rows(id) && matches!(self.graph.op(id), Op::Input(_)));
        (asked && !known).then_some(input)
    }

    /// The node on the same graph, with its operands replaced by what they became.
    fn rewritten(&mut self, id: NodeId, map: &NodeMap) -> NodeId {
        let node = self.graph.node(id);
        let args = self.graph.args_as(id, |arg| map.get(arg).unwrap_or(arg));
        self.source = self.graph.sources[id.index()];
        self.steps = MOST_STEPS;
        // A rule sees what it looks for behind a number that changes nothing, too.
        if let Op::Binary(binary) = node.op
            && let Some(operand) = self.beside_neutral(binary, &args, node.shape)
        {
            return operand;
        }
        if let Some(replacement) = self.stable(node.op, &args) {
            return self.of_shape(replacement, node.shape);
        }
        let own = (args.as_slice() == self.graph.args(id)).then_some(id);
        let rewritten = self.first_of(own, node.op, &args, node.shape);
        match node.op {
            Op::Reduce(Reduce::Norm, axes) => *self.norms.entry((args[0], axes)).or_insert(rewritten),
            Op::Unary(Unary::Abs) => *self.norms.entry((args[0], Axes::NONE)).or_insert(rewritten),
            _ => rewritten,
        }
    }

    /// The first node met that computes this: `own`, or a new one, where there is none before.
    fn first_of(&mut self, own: Option<NodeId>, op: Op, args: &[NodeId], shape: ShapeId) -> NodeId {
        let vacancy = match op {
            // Leaves are each their own; a user's code may do as it likes.
            Op::Input(_) | Op::Constant(_) | Op::Scalar(_) | Op::Custom(_) => None,
            op => match self.met.find(self.graph, op, args, shape) {
                Ok(first) => return first,
                Err(vacancy) => Some(vacancy),
            },
        };
        let id = own.unwrap_or_else(|| self.graph.push(op, args, shape, self.source));
        if let Some(vacancy) = vacancy {
            self.met.fill(vacancy, id);
        }
        id
    }

    /// The node of another graph, made on this one from what its operands became.
    fn copied(&mut self, from: &Graph<T>, id: NodeId, map: &[NodeId]) -> NodeId {
        let node = from.node(id);
        self.source = from.sources[id.index()];
        self.steps = MOST_STEPS;
        match node.op {
            Op::Scalar(index) => return self.number(from.payloads.scalar(index)),
            Op::Constant(index) => {
                return self.graph.push_constant(from.constants[index as usize].clone(), self.source);
            }
            Op::Input(index) => {
                let input = from.inputs[index as usize].clone();
                return self.graph.push_input(input.name, from.shape(id), input.value, self.source);
            }
            _ => {}
        }
        let args = from.args_as(id, |arg| map[arg.index()]);
        let shape = if node.shape == ShapeId::SCALAR { node.shape } else { self.graph.intern(from.shape(id)) };
        self.make_as(node.op, &args, shape)
    }

    /// A node whose operands decide its shape. Rules only make nodes whose shapes fit.
    pub(crate) fn make(&mut self, op: Op, args: &[NodeId]) -> NodeId {
        let shape = self.graph.infer_shape(op, args).unwrap_or_else(|_| self.graph.node(args[0]).shape);
        self.make_as(op, args, shape)
    }

    /// A node of the given shape, after what the rules make of it.
    pub(crate) fn make_as(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> NodeId {
        if op.is_elementwise()
            && args.iter().all(|&arg| self.graph.node(arg).shape != shape)
            && let Ok(inferred) = self.graph.infer_shape(op, args)
            && inferred != shape
        {
            // Rules found all operands to be stretched: the result is.
            let plain = self.make_as(op, args, inferred);
            return self.of_shape(plain, shape);
        }
        debug_assert!(
            self.is_shape_of(op, args, shape),
            "a rule gives {op:?} of {:?} the shape {:?}",
            args.iter().map(|&arg| (self.graph.op(arg), self.graph.shape(arg))).collect::<Vec<_>>(),
            self.graph.shape_of(shape)
        );
        let may_rewrite = self.steps > 0;
        self.steps = self.steps.saturating_sub(1);
        if may_rewrite && let Some(replacement) = self.stable(op, args) {
            return self.of_shape(replacement, shape);
        }
        if self.shared.is_none() {
            return self.graph.push(op, args, shape, self.source);
        }
        let replacement = self.folded(op, args, shape).or_else(|| self.expanded(op, args, shape));
        if let Some(replacement) = replacement {
            return replacement;
        }
        if may_rewrite && let Some(replacement) = self.algebra(op, args, shape) {
            return replacement;
        }
        self.shared(op, args, shape)
    }

    /// What stands for a node of the given shape: a rule may have dropped an operand that stretched the other.
    fn of_shape(&mut self, x: NodeId, shape: ShapeId) -> NodeId {
        if self.graph.node(x).shape == shape { x } else { self.make_as(Op::Broadcast, &[x], shape) }
    }

    /// Whether an operation's operands give it that shape, where they decide it.
    fn is_shape_of(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> bool {
        let is_given = matches!(op, Op::Reshape | Op::Broadcast | Op::Unslice(_) | Op::ScatterAdd | Op::Custom(_));
        is_given || self.graph.infer_shape(op, args) == Ok(shape)
    }

    /// Whether rules may move factors outwards still.
    fn may_factor(&self) -> bool {
        self.steps > MOST_STEPS - MOST_FACTOR_STEPS
    }

    /// A node of shape `shape`.
    pub(crate) fn make_shaped(&mut self, op: Op, args: &[NodeId], shape: &Shape) -> NodeId {
        let shape = self.graph.intern(shape);
        self.make_as(op, args, shape)
    }

    /// What a rule may see of a node: its operation, unless it is opaque.
    pub(crate) fn seen(&self, id: NodeId) -> Option<Op> {
        self.opaque.binary_search(&id).is_err().then(|| self.graph.op(id))
    }

    /// The number that a rule may see a node to be.
    pub(crate) fn seen_number(&self, id: NodeId) -> Option<T> {
        self.graph.scalar_value(id).filter(|_| self.seen(id).is_some())
    }

    /// The operand of a node that is the operation `op`.
    pub(crate) fn operand_of(&self, id: NodeId, op: Op) -> Option<NodeId> {
        (self.seen(id)? == op).then(|| self.graph.args(id)[0])
    }

    /// Whether a node is the plain number `value`, stretched or not.
    pub(crate) fn is_number(&self, id: NodeId, value: T) -> bool {
        let below = |&id: &NodeId| (self.seen(id) == Some(Op::Broadcast)).then(|| self.graph.args(id)[0]);
        let plain = std::iter::successors(Some(id), below).take(1 + MOST_STRETCHES).last();
        plain.is_some_and(|id| self.seen(id).is_some() && self.graph.scalar_value(id) == Some(value))
    }
}
