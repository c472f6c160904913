//! The processes of an MPI job.

use data::{Error, Ranks, Result};
use mpi::environment::Universe;
use mpi::topology::{Process, SimpleCommunicator};
use mpi::traits::{Communicator, Destination, Source};
use std::fmt;

/// The most bytes that are sent at once: MPI counts them with 31 bits.
const MOST_BYTES: usize = 1 << 30;

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

    fn send(&self, to: usize, bytes: &[u8]) -> Result<()> {
        let to = self.process(to)?;
        to.send(&(bytes.len() as u64));
        bytes.chunks(MOST_BYTES).for_each(|chunk| to.send(chunk));
        Ok(())
    }

    fn receive(&self, from: usize) -> Result<Vec<u8>> {
        let process = self.process(from)?;
        let (len, _) = process.receive::<u64>();
        let failed = |_| Error::Rank { rank: from, reason: format!("there is no memory for the {len} bytes it sends") };
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(usize::try_from(len).unwrap_or(usize::MAX)).map_err(failed)?;
        bytes.resize(len as usize, 0);
        bytes.chunks_mut(MOST_BYTES).for_each(|chunk| {
            process.receive_into(chunk);
        });
        Ok(bytes)
    }
}

impl Mpi {
    fn process(&self, rank: usize) -> Result<Process<'_>> {
        match i32::try_from(rank) {
            Ok(number) if rank < self.size() => Ok(self.world.process_at_rank(number)),
            _ => Err(Error::Rank { rank, reason: format!("there are {} processes only", self.size()) }),
        }
    }
}
