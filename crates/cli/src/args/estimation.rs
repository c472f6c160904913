//! The options about how a model is estimated, of data in memory or not.

use clap::Args;
use std::path::PathBuf;

/// How the coefficients are estimated.
#[derive(Debug, Args)]
#[command(next_help_heading = "Estimation")]
pub struct EstimationArgs {
    /// Reduce the bias of logistic regression by Firth's penalty (R's logistf): estimates are finite where the responses are
    /// separated, too.
    #[arg(long)]
    pub firth: bool,
    /// Where to start: numbers in the order of the coefficients, such as `0.5,-1,2`; a file with such numbers; or a saved model,
    /// whose coefficients are taken by name, and 0 for those that it lacks.
    #[arg(long, value_name = "NUMBERS|FILE", allow_hyphen_values = true)]
    pub start: Option<String>,
    /// The most iterations before the fit ends without having converged [default: 100].
    #[arg(long, value_name = "N")]
    pub max_iterations: Option<usize>,
}

/// Data that don't lie in memory.
#[derive(Debug, Args)]
#[command(next_help_heading = "More rows than memory")]
pub struct StreamingArgs {
    /// Read files larger than this anew in every pass, such as `500M` or `4G`, rather than into memory: with the same results. So are read
    /// all files of a folder or a pattern (`'data/*.parquet'`) [default: half of the memory that is free].
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub memory: Option<u64>,
    /// Keep what each pass over the files gave in this file: after Ctrl-C, a kill or a power cut the same command goes on from there, to
    /// the same bits.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Share the rows out over the processes of an MPI job, with the same results as of one: `mpirun -n 4 glm fit … --mpi`. All need the
    /// same files and options; one alone prints and writes (needs a `glm` built with `--features mpi`).
    #[arg(long)]
    pub mpi: bool,
}

/// A number of bytes, with K, M, G or T for powers of 1024.
fn bytes(text: &str) -> std::result::Result<u64, String> {
    let (digits, power) = match text.trim_end_matches(['b', 'B']).char_indices().last() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => {
            let power = "KMGT".find(unit.to_ascii_uppercase()).ok_or("give K, M, G or T after the number")?;
            (&text[..at], 10 * (power as u32 + 1))
        }
        _ => (text, 0),
    };
    let number: f64 = digits.trim().parse().map_err(|_| "give a size such as 500M or 4G")?;
    let bytes = number * 2f64.powi(power as i32);
    match bytes {
        0.0 => Err("give 1 to read every file row by row, or a size such as 500M or 4G".into()),
        bytes if (1.0..1e18).contains(&bytes) => Ok(bytes as u64),
        _ => Err("give a size such as 500M or 4G".into()),
    }
}
