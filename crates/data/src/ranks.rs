//! Processes that work together.

use crate::error::Result;

/// Processes that work on one run together: all of them make the same calls in the same order.
///
/// The crate `distributed` has those of MPI. Each owns a range of whole parts of the rows; what passes over them give is merged as one
/// process would merge it, so that every process has the same results to the last bit.
pub trait Ranks {
    /// The number of this process, from 0.
    fn rank(&self) -> usize;

    /// How many processes there are.
    fn size(&self) -> usize;

    /// Sends bytes to another process, which [receives](Self::receive) them; it may wait until that one does.
    ///
    /// # Errors
    /// Whatever keeps them from being sent.
    fn send(&self, to: usize, bytes: &[u8]) -> Result<()>;

    /// The next bytes that another process sends to this one.
    ///
    /// # Errors
    /// Whatever keeps them from being received.
    fn receive(&self, from: usize) -> Result<Vec<u8>>;
}
