//! What a node is as a sum of terms `±w·eˡ` ([`log_domain`](super::log_domain)).

use super::rewrite::Rules;
use crate::graph::NodeId;
use crate::shape::Axes;
use smallvec::SmallVec;
use std::rc::Rc;

/// How many nodes of an expression are looked at for its powers.
pub(super) const NODES: usize = 24;

/// The nodes of an expression of which the powers are taken as exponentials.
pub(super) type Algebraic = SmallVec<[NodeId; NODES]>;

/// `±w·eˡ`: w is 1 and l is 0 where there is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) negative: bool,
    pub(super) weight: Option<NodeId>,
    pub(super) log: Option<NodeId>,
}

impl Term {
    pub(super) fn exponential(log: NodeId) -> Self {
        Term { negative: false, weight: None, log: Some(log) }
    }

    pub(super) fn plain(weight: NodeId) -> Self {
        Term { negative: false, weight: Some(weight), log: None }
    }

    /// l, if the term is `eˡ`.
    pub(super) fn positive(self) -> Option<NodeId> {
        self.log.filter(|_| self.weight.is_none() && !self.negative)
    }
}

/// What a node is.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// No exponential.
    Plain,
    Term(Term),
    /// A sum of terms that isn't known to be positive.
    Sum(Rc<[Term]>),
    /// `Σ w·eˣ` along axes, x and w of one shape.
    Reduced {
        x: NodeId,
        w: NodeId,
        axes: Axes,
    },
}

/// What a node is that was made as `Σ w·e^(x − scale)` along axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScaledSum {
    pub(super) x: NodeId,
    pub(super) w: NodeId,
    pub(super) axes: Axes,
    pub(super) scale: NodeId,
}

/// A form, and the rules it owes itself to.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) form: Form,
    pub(super) uses: Rules,
}
