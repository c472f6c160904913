//! Runs one case: ours beside a handwritten loop and peers. See the crate's README.

use benches::cases::Case;
use benches::environment;
use benches::report;
use benches::settings::Settings;
use std::process::ExitCode;

fn main() -> ExitCode {
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> benches::Result<()> {
    let mut settings = Settings::parse(std::env::args().skip(1))?;
    let case = Case::find(&settings)?;
    if settings.rows == 0 {
        settings.rows = case.rows;
    }
    if settings.cols == 0 {
        settings.cols = case.cols;
    }
    environment::complete(settings.threads)?;
    rayon::ThreadPoolBuilder::new().num_threads(settings.threads).build_global()?;
    let outcome = case.run(&settings)?;
    report::print(&settings, outcome.bytes, &outcome.times);
    Ok(())
}
