//! The tool `autodiff` of [GradBench](https://github.com/gradbench/gradbench), the public suite of benchmarks for automatic
//! differentiation: reads its messages from standard input, a line of JSON each, and answers on standard output.
//!
//! One file an eval, written from the eval's specification as a user of the library would; no derivative is written by hand.
//! What is recorded and compiled counts as `prepare`, what is run as `evaluate`. One thread, unless `--multithreaded` is given.

mod ba;
mod compiled;
mod descent;
mod det;
mod gmm;
mod hello;
mod ht;
mod kmeans;
mod llsq;
mod lse;
mod lstm;
mod ode;
mod particle;
mod protocol;
mod saddle;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

/// What can go wrong, for the suite to print.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    let threads = if std::env::args().any(|arg| arg == "--multithreaded") { 0 } else { 1 };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    match pool.map_err(Into::into).and_then(|pool| pool.install(serve)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gradbench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Answers messages until there are no more.
fn serve() -> Result<()> {
    for line in io::stdin().lock().lines() {
        let reply = protocol::reply(&line?)?;
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, &reply)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(())
}
