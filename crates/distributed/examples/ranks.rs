//! A logistic regression of a CSV file by the processes of an MPI job: `mpirun -n 3 ranks rows.csv y a b`. The first prints the bits
//! of the coefficients and of their standard errors, which are the same for any number of processes.
//!
//! For tests, `--fail RANK ROW` lets one process find a bad row in the second pass, and `--kill RANK` ends it there.

use data::{Blocks, Csv, Error, Field, Ranks, Source};
use distributed::Mpi;
use models::inference::Covariance;
use models::{Family, StreamedGlm, Terms};
use std::ops::Range;
use std::process::ExitCode;

/// A source that goes wrong in one process.
struct Faulty {
    source: Csv,
    /// The row at which it fails; it is killed, if that is none.
    row: Option<usize>,
}

impl Source for Faulty {
    fn fields(&self) -> &[Field] {
        self.source.fields()
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> data::Result<Blocks<'s>> {
        self.source.blocks(columns)
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> data::Result<Blocks<'s>> {
        let Some(row) = self.row else {
            let killed = std::process::Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
            let reason = format!("can't be killed: {killed:?}");
            return Err(Error::Format { file: Default::default(), reason });
        };
        let blocks = self.source.blocks_of(columns, rows)?;
        Ok(Box::new(blocks.map(move |block| {
            let block = block?;
            if block.place.first + block.rows > row {
                return Err(block.place.cell(row - block.place.first.min(row), "a", "the disk is broken"));
            }
            Ok(block)
        })))
    }
}

fn main() -> ExitCode {
    let Some(mpi) = Mpi::world() else { return ExitCode::from(2) };
    match fit(&mpi) {
        Ok(text) => {
            if mpi.rank() == 0 {
                println!("{text}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            if mpi.rank() == 0 {
                eprintln!("{error}");
            }
            ExitCode::from(2)
        }
    }
}

fn fit(mpi: &Mpi) -> Result<String, Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let fault = arguments.iter().position(|argument| argument.starts_with("--"));
    let (named, fault) = arguments.split_at(fault.unwrap_or(arguments.len()));
    let [path, response, columns @ ..] = named else { return Err("ranks FILE RESPONSE COLUMN…".into()) };
    let csv = Csv::open(&data::files(path)?)?;
    let number = |place: usize| fault.get(place).and_then(|text| text.parse::<usize>().ok());
    let source: Box<dyn Source + Send> = match fault.first().map(String::as_str) {
        Some("--fail") if number(1) == Some(mpi.rank()) => Box::new(Faulty { source: csv, row: number(2) }),
        Some("--kill") if number(1) == Some(mpi.rank()) => Box::new(Faulty { source: csv, row: None }),
        _ => Box::new(csv),
    };
    let model = StreamedGlm::on_ranks(&*source, &Terms::new(columns), response, Family::Binomial, mpi)?;
    let fit = model.fit(&Default::default())?;
    let inference = model.inference(&fit, Covariance::Expected)?;
    let line = |of: &models::inference::Coefficient| {
        format!("{} {:016x} {:016x}", of.name, of.estimate.to_bits(), of.std_error.to_bits())
    };
    Ok(inference.coefficients.iter().map(line).collect::<Vec<_>>().join("\n"))
}
