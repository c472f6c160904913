//! Lowering: from a simplified graph to a plan, by a list of passes over the instructions.
//!
//! | pass | what it does |
//! |---|---|
//! | [`lift`] | which elementwise work on large fixed arrays becomes a program of its own |
//! | [`build`] | the graph's nodes become instructions on values ([`nodes`], [`products`]) of a list in the making ([`code`], [`pass_code`]) |
//! | [`moves`] | what was moved is moved on from where it was |
//! | [`dead`] | what nothing reads goes |
//! | [`elements`] | elements of short rows are moved once, from where they were first |
//! | [`fuse`] | instructions that are faster together become one |
//! | [`order`] | when rows are read, and how far ahead memory is asked for them |
//! | [`blocks`] | how many rows a block has, and a granule, whose sums are formed first |
//! | [`memory`] | values get places in an arena |
//! | [`chain`] | neighbours are run by one call |
//!
//! A fixed instruction is run once, so only memory and calls matter there.

mod blocks;
mod build;
mod chain;
mod code;
mod dead;
mod elements;
mod fuse;
mod lift;
mod memory;
mod moves;
mod nodes;
mod order;
mod pass_code;
mod products;

use super::plan::{Layout, Pass, Plan};
use crate::graph::{Graph, NodeId};
use crate::kernels::Processor;
use crate::scalar::Scalar;
use blocks::BlockSizes;
pub(super) use lift::MOST_ARRAYS;
use pass_code::PassCode;
use std::sync::Arc;

/// Compiles a graph that [`compact`](crate::simplify::compact) made, for a processor. The processor changes blocks and the order of
/// reading, but no bit of a result.
pub(crate) fn lower<T: Scalar>(graph: &Graph<T>, outputs: &[NodeId], processor: Processor) -> Plan<T> {
    let (mut plan, fixed, bodies) = build::build(graph, outputs, processor);
    for lifted in plan.lifted.iter_mut().filter_map(Arc::get_mut) {
        lifted.plan = lower(&lifted.graph, &lifted.outputs, processor);
    }
    for (stage, body) in plan.stages.iter_mut().zip(bodies) {
        stage.pass = body.map(|body| pass(body, &mut plan.layouts, graph, processor));
    }
    let fixed = memory::assign_fixed(fixed, &mut plan);
    for (stage, instrs) in plan.stages.iter_mut().zip(fixed) {
        stage.fixed = chain::chain(instrs);
    }
    plan
}

/// The pass whose body was built.
fn pass<T: Scalar>(mut body: PassCode, layouts: &mut Vec<Layout>, graph: &Graph<T>, processor: Processor) -> Pass {
    moves::compose(&mut body.instrs, layouts);
    dead::drop_unread(&mut body);
    body.instrs = elements::take_apart(body.instrs, layouts, &body.lens);
    body.instrs = fuse::fuse(body.instrs);
    body.instrs = order::order(body.instrs, processor, size_of::<T>());
    let blocks = BlockSizes::choose(&body, graph, processor);
    let arena = memory::assign(&mut body, blocks.rows);
    Pass {
        imports: body.imports,
        prologue: chain::chain(body.prologue),
        body: chain::chain(body.instrs),
        accumulators: body.accumulators.list,
        accumulated: body.accumulators.size,
        order: blocks.order,
        block_rows: blocks.rows,
        streamed_rows: blocks.streamed_rows,
        arena,
        panels: body.panels,
        row_bytes: blocks.row_bytes,
    }
}
