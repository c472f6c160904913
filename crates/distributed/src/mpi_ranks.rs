//! The processes of an MPI job.

use data::{Error, Ranks, Result};
use mpi::datatype::PartitionMut;
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives};
use std::fmt;

/// All processes of the job that `mpirun` or `srun` has begun. MPI ends when this is dropped.
pub struct Mpi {
    world: SimpleCommunicator,
    // Dropped last: it ends MPI.
    _universe: Universe,
}

impl fmt::Debug for Mpi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mpi").field("rank", &self.rank()).field("size", &self.size()).finish()
    }
}

impl Mpi {
    /// Joins the job. Once in a process; `None` where MPI has been begun already.
    pub fn world() -> Option<Mpi> {
        // Only the thread that began MPI calls it.
        let (universe, _) = mpi::initialize_with_threading(mpi::Threading::Serialized)?;
        Some(Mpi { world: universe.world(), _universe: universe })
    }

    /// Ends all processes of the job with this status.
    pub fn abort(&self, status: i32) -> ! {
        self.world.abort(status)
    }
}

impl Drop for Mpi {
    /// MPI ends when all processes end it: one that panics would wait for the others, and they for it.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.abort(101);
        }
    }
}

impl Ranks for Mpi {
    fn rank(&self) -> usize {
        self.world.rank().unsigned_abs() as usize
    }

    fn size(&self) -> usize {
        self.world.size().unsigned_abs() as usize
    }

    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
        let failed = |reason: &str| Error::Rank { rank: self.rank(), reason: reason.into() };
        let own = i32::try_from(bytes.len()).unwrap_or(-1);
        let mut counts = vec![0; self.size()];
        self.world.all_gather_into(&own, &mut counts[..]);
        // Every rank sees the same counts, so that all refuse together.
        let total: i64 = counts.iter().map(|&count| i64::from(count)).sum();
        if counts.iter().any(|&count| count < 0) || total > i64::from(i32::MAX) {
            return Err(failed("partial results of more than 2 GiB can't be exchanged at once"));
        }
        if total == 0 {
            // Which MPI refuses.
            return Ok(vec![Vec::new(); counts.len()]);
        }
        let places: Vec<i32> = counts
            .iter()
            .scan(0, |next, count| {
                let place = *next;
                *next += count;
                Some(place)
            })
            .collect();
        let mut all = vec![0u8; total as usize];
        let mut partition = PartitionMut::new(&mut all[..], counts.clone(), &places[..]);
        self.world.all_gather_varcount_into(bytes, &mut partition);
        let (mut messages, mut left) = (Vec::with_capacity(counts.len()), &all[..]);
        for count in counts {
            let (message, rest) = left.split_at_checked(count as usize).ok_or_else(|| failed("messages were cut"))?;
            messages.push(message.to_vec());
            left = rest;
        }
        Ok(messages)
    }
}
