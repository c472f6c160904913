//! Constants folded, and common subexpressions shared (hash-consing).

use super::Rewriter;
use crate::graph::{Args, NodeId, ShapeId};
use crate::ops::{self, Evaluated, Op};
use crate::scalar::Scalar;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The most elements a folded constant may have: a fold must not make a program large.
const LARGEST_FOLD: usize = 4096;

/// The nodes there are already, by what they compute.
#[derive(Default)]
pub(crate) struct Shared {
    nodes: HashMap<(Op, Args, ShapeId), NodeId, BuildHasherDefault<MultiplyHasher>>,
    numbers: HashMap<u64, NodeId, BuildHasherDefault<MultiplyHasher>>,
}

/// A hasher for small keys of integers: a rotation and a multiplication each.
#[derive(Default)]
pub(crate) struct MultiplyHasher(u64);

impl Hasher for MultiplyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write_u8(&mut self, x: u8) {
        self.write_u64(x.into());
    }

    fn write_u32(&mut self, x: u32) {
        self.write_u64(x.into());
    }

    fn write_usize(&mut self, x: usize) {
        self.write_u64(x as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

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
        let mut key = (op, Args::from_slice(args), shape);
        if let Op::Binary(ops::Binary::Add | ops::Binary::Mul | ops::Binary::StrongMul) = op {
            key.1.sort_unstable();
        }
        let (graph, source) = (&mut *self.graph, self.source);
        match &mut self.shared {
            None => graph.push(op, args, shape, source),
            Some(shared) => *shared.nodes.entry(key).or_insert_with(|| graph.push(op, args, shape, source)),
        }
    }

    /// The value of an operation on constants, as a constant.
    pub(crate) fn folded(&mut self, op: Op, args: &[NodeId], shape: ShapeId) -> Option<NodeId> {
        let is_constant = |&arg: &NodeId| matches!(self.graph.op(arg), Op::Constant(_) | Op::Scalar(_));
        if args.is_empty() || matches!(op, Op::Broadcast | Op::Reshape | Op::Custom(_)) || !args.iter().all(is_constant)
        {
            return None;
        }
        let target = self.graph.shape_of(shape);
        if target.has_rows() || target.row_len() > LARGEST_FOLD {
            return None;
        }
        let values: Vec<Evaluated<T>> = args
            .iter()
            .map(|&arg| match self.graph.op(arg) {
                Op::Constant(index) => Evaluated::Numbers(self.graph.constants[index as usize].clone()),
                _ => {
                    let number = self.graph.scalar_value(arg).unwrap_or_else(T::nan);
                    Evaluated::Numbers(ndarray::arr0(number).into_dyn().into_shared())
                }
            })
            .collect();
        let probe = self.graph.push(op, args, shape, self.source);
        let node = self.graph.node(probe);
        let value = ops::evaluate(self.graph, node, &values, 0).ok();
        self.graph.pop();
        let value = value?;
        Some(match (value.ndim(), value.first()) {
            (0, Some(&number)) => self.number(number),
            _ => self.graph.push_constant(value, self.source),
        })
    }
}
