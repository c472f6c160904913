//! A recording evaluated twice: in its own scalar, and beside it in [`Wide`].

use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::scalar::Scalar;
use crate::simplify::Rewrites;
use crate::tape::Tape;
use crate::value::{Evaluated, Value};
use crate::wide::{Wide, widened};

/// The most numbers that a recording's arrays may hold: they are kept in both scalars, and their derivatives beside them.
const MOST_NUMBERS: usize = 1 << 22;

/// The values of a graph's nodes in both scalars; the nodes have the same numbers on either tape.
pub(super) struct Both<T: Scalar> {
    pub(super) plain: Tape<T>,
    pub(super) wide: Tape<Wide>,
}

impl<T: Scalar> Both<T> {
    /// Evaluates what `roots` need of `graph`, as it stands.
    pub(super) fn new(graph: Graph<T>, roots: &[NodeId]) -> Result<Self> {
        let plain = evaluated(graph, roots)?;
        let wide = {
            let inner = plain.inner();
            let numbers = inner.values.iter().flatten().map(|value| value.numbers().len()).sum::<usize>();
            if numbers > MOST_NUMBERS {
                let reason = format!(
                    "`accuracy` keeps every array of the recording, which hold {numbers} numbers; it takes up to \
                     {MOST_NUMBERS}: give the inputs fewer rows with `set_values`"
                );
                return Err(Error::Check { reason });
            }
            widened(&inner.graph, &inner.values)
        };
        Ok(Self { plain, wide: evaluated(wide, roots)? })
    }

    /// A node's values in either scalar; `None` for one that was not evaluated or holds indices.
    pub(super) fn values(&self, id: NodeId) -> Option<(Value<T>, Value<Wide>)> {
        Some((numbers(&self.plain, id)?, numbers(&self.wide, id)?))
    }
}

/// A tape of `graph` on which `roots` have been evaluated without rewrites.
pub(super) fn evaluated<S: Scalar>(graph: Graph<S>, roots: &[NodeId]) -> Result<Tape<S>> {
    let tape = Tape::of(graph);
    tape.set_rewrites(Rewrites::NONE);
    roots.iter().try_for_each(|&root| tape.var(root).value().map(drop))?;
    Ok(tape)
}

/// The value of a node that was evaluated and holds numbers.
pub(super) fn numbers<S: Scalar>(tape: &Tape<S>, id: NodeId) -> Option<Value<S>> {
    match tape.inner().values.get(id.index())? {
        Some(Evaluated::Numbers(value)) => Some(value.clone()),
        _ => None,
    }
}
