//! How long the processes of a job take to exchange what a pass gave: `mpirun -n 3 exchange`. Of a gradient of 10 000 parameters, and of a
//! Hessian of 500.
//!
//! Each rank has one part of the rows; what all gave is merged along the tree of ranks. The least and the median time of 21 exchanges are
//! printed, with the bytes that a rank sends.

use autodiff::{Tape, bind};
use data::Ranks;
use distributed::Mpi;
use ndarray::Array2;
use std::time::Instant;

/// Rounds that are measured.
const ROUNDS: usize = 21;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(mpi) = Mpi::world() else { return Err("MPI can't be begun".into()) };
    for (what, parameters, of_hessian) in [("gradient", 10_000, false), ("Hessian", 500, true)] {
        let tape = Tape::<f64>::new();
        let (x, theta) = (tape.rows("x", &[parameters]), tape.input("theta", &[parameters]));
        let loss = x.linear(theta).softplus().sum();
        let derivative = if of_hessian { loss.hessian(theta) } else { loss.grad(theta) };
        let program = tape.compile(&[loss, derivative])?.with_threads(1);
        let (row, theta) = (Array2::from_elem((1, parameters), 1e-3), vec![0.0; parameters]);
        let rows = mpi.size() * program.part_rows();
        let (mut seconds, mut bytes) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            let mut run = program.stream(&[bind("theta", &theta)], Some(rows))?;
            let own = data::share(rows, run.part_rows(), mpi.rank(), mpi.size());
            let x = row.broadcast((own.len(), parameters)).ok_or("rows of one kind can't be broadcast")?;
            run.start_at(own.start)?;
            run.feed(&[bind("x", x)])?;
            let partial = run.gathered()?.to_bytes();
            bytes = partial.len();
            data::exchange(&mpi, Ok::<_, data::Error>(Vec::new()), |all, _| Ok(all))?; // All begin together.
            let began = Instant::now();
            let all = data::exchange(&mpi, Ok::<_, data::Error>(partial), |left, right| {
                let mut left = run.read_partial(&left)?;
                left.merge(run.read_partial(&right)?)?;
                Ok(left.to_bytes())
            })?;
            let all = run.read_partial(&all)?;
            run.take(all)?;
            seconds.push(began.elapsed().as_secs_f64());
        }
        seconds.sort_by(f64::total_cmp);
        if mpi.rank() == 0 {
            println!(
                "{what} of {parameters} parameters, {} ranks: {bytes} bytes from each, {:.3} ms at least, {:.3} ms in the median",
                mpi.size(),
                1e3 * seconds[0],
                1e3 * seconds[ROUNDS / 2]
            );
        }
    }
    Ok(())
}
