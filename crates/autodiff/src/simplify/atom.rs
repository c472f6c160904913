//! What a logarithm is taken of, where a limit is looked for ([`limits`](super::limits)).

use crate::graph::NodeId;
use smallvec::SmallVec;

/// What a logarithm is of.
#[derive(Clone, Copy)]
pub(super) enum Atom {
    Plain(NodeId),
    /// `1 + x`.
    OnePlus(NodeId),
    /// `1 + eᶻ`.
    OnePlusExp(NodeId),
    /// `eˡ`.
    Exp(NodeId),
}

/// Multiples of logarithms.
pub(super) type Logs<T> = SmallVec<[(T, Atom); 4]>;
