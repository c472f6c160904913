//! Programs and models over rows that several processes share, with the same bits for any number of them.
//!
//! Every process makes the same calls. It owns a range of whole parts of the rows, reads and sums it, and gets the partial results of
//! the others, which merge in the order of the tree of all sums, not in that of their arrival. So every process has the same results, and a fit
//! takes the same step in each.
//!
//! ```
//! use autodiff::{Tape, bind};
//! use data::Arrays;
//! use distributed::threads;
//!
//! let tape = Tape::<f64>::new();
//! let (x, theta) = (tape.rows("x", &[]), tape.input("theta", &[]));
//! let loss = (x * theta).cosh().sum();
//! let program = tape.compile(&[loss, loss.grad(theta)])?;
//! let x = ndarray::Array1::from_shape_fn(100_000, |row| (row as f64).sin());
//! let source = Arrays::new().with("x", &x)?;
//! let alone = data::run(&program, &[bind("theta", 0.3)], &source)?;
//! // Threads in place of processes; with the feature `mpi`, `Mpi::world()` of a job that `mpirun` has begun.
//! for results in threads(3, |ranks| data::run_on_ranks(&program, &[bind("theta", 0.3)], &source, ranks)) {
//!     assert_eq!(results?, alone);
//! }
//! # Ok::<(), data::Error>(())
//! ```
//!
//! An error in one process ends the call in all of them, with its message. A process that is killed ends the job: that is Open MPI's
//! doing.
//!
//! # Running a job
//! `mpirun -n 4 program` starts four processes on one machine; `mpirun --hostfile hosts program`, with lines such as `node1 slots=2`, on
//! several. With Slurm:
//!
//! ```sh
//! #!/bin/bash
//! #SBATCH --ntasks=8
//! #SBATCH --cpus-per-task=2
//! export RAYON_NUM_THREADS=$SLURM_CPUS_PER_TASK
//! srun --mpi=pmix program
//! ```
//!
//! A rank needs the same files as the others (`data::agree_on_files` makes sure), and memory for the blocks it reads and for partial results: some twenty
//! times the numbers of a gradient and a Hessian, at most.
//!
//! # What it takes
//! After a pass the ranks' partial results are merged pairwise along a binomial tree, and the sum is sent back down: `2·log₂ n` messages one
//! after the other for n ranks. A message has `8·(1 + p + p²)` bytes a node, for a loss of p parameters with gradient and Hessian, and at
//! most two nodes for each doubling of the parts it is of.

#[cfg(feature = "mpi")]
mod mpi_ranks;
mod thread_ranks;

#[cfg(feature = "mpi")]
pub use mpi_ranks::Mpi;
pub use thread_ranks::{ThreadRank, threads};
