//! The processes of an MPI job (`--mpi`): the first one alone prints and writes, and an error of one ends all.

use crate::error::{Error, Exit, Result};
use crate::output;
use data::Ranks;
#[cfg(feature = "mpi")]
use distributed::Mpi;

/// How a process of a job learns of the number of processes and of its own, before it joins: of Open MPI, and of MPICH.
const BEGUN: [[&str; 2]; 2] = [["OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"], ["PMI_SIZE", "PMI_RANK"]];

/// Says what happens where a job was begun and `--mpi` isn't there.
pub fn warn_of_processes() -> Result<()> {
    let number = |name: &str| std::env::var(name).ok()?.parse::<usize>().ok();
    let begun = BEGUN.into_iter().find_map(|[size, rank]| Some((number(size)?, number(rank)?)));
    match begun {
        Some((size, 0)) if size > 1 => output::message(&format!(
            "{size} processes do all of this, each on its own, and write the same files; `glm fit … --mpi` shares the rows out over them"
        )),
        _ => Ok(()),
    }
}

/// The job that `mpirun` or `srun` has begun.
#[derive(Debug)]
pub struct Job {
    #[cfg(feature = "mpi")]
    mpi: Mpi,
    #[cfg(not(feature = "mpi"))]
    never: std::convert::Infallible,
}

impl Job {
    /// Joins the job, if the arguments ask for it: before they are parsed, so that one process alone says what is wrong with them.
    #[cfg(feature = "mpi")]
    pub fn join(is_asked: bool) -> Result<Option<Job>> {
        if !is_asked {
            return Ok(None);
        }
        let mpi = Mpi::world().ok_or_else(|| Error::Usage("--mpi: MPI can't be begun".into()))?;
        if mpi.rank() != 0 {
            output::silence();
        }
        Ok(Some(Job { mpi }))
    }

    /// Refuses to join a job.
    #[cfg(not(feature = "mpi"))]
    pub fn join(is_asked: bool) -> Result<Option<Job>> {
        match is_asked {
            true => Err(Error::Usage("--mpi needs a `glm` built with --features mpi".into())),
            false => Ok(None),
        }
    }

    /// The processes.
    #[cfg(feature = "mpi")]
    pub fn ranks(&self) -> &dyn Ranks {
        &self.mpi
    }

    /// There are none.
    #[cfg(not(feature = "mpi"))]
    pub fn ranks(&self) -> &dyn Ranks {
        match self.never {}
    }

    /// Ends the work of all processes together: in each with its outcome, or the exit code of one that failed, whose message the first prints.
    pub fn conclude(&self, outcome: Result<Exit>) -> Exit {
        let failure = match &outcome {
            Err(Error::Model(models::Error::Source(source))) if matches!(source.get(), data::Error::Rank { .. }) => {
                None
            }
            Err(error) => Some((error.exit(), error.to_string())),
            Ok(_) => None,
        };
        let own = failure.as_ref().map(|(exit, text)| (*exit as u8, text.as_str()));
        let failure = match (data::conclude(self.ranks(), own), outcome) {
            (Ok(None), Ok(exit)) => return exit,
            (Ok(Some(failure)), _) => failure,
            // All have seen that the others don't fit.
            (Ok(None), Err(error)) => {
                data::Failure { rank: None, status: error.exit() as u8, reason: error.to_string() }
            }
            (Err(error), _) => data::Failure { rank: None, status: Exit::Unusable as u8, reason: error.to_string() },
        };
        let message = match failure.rank {
            Some(rank) => format!("rank {rank}: {}", failure.reason),
            None => failure.reason,
        };
        // What can't be printed either has no other way.
        let _ = output::message(&message);
        Exit::of(failure.status)
    }
}
