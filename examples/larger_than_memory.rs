//! A logistic regression of more rows than memory holds: a source of one's own makes them anew in every pass, from a seed. The number of
//! gigabytes is the argument, `cargo run --release --example larger_than_memory -- 8`; small without one.
//!
//! Whatever their number, the fit holds some blocks of them at a time, and finds the coefficients that the responses were drawn with. Where
//! the system tells it (Linux), the most memory that the whole program has held is printed: it is the same for any number of gigabytes.

use data::{Block, Blocks, Column, Field, Kind, Place, Source};
use examples::{Result, expect, heading};
use models::fit::{Control, Options, Progress};
use models::inference::Covariance;
use models::{Family, StreamedGlm, Terms};
use ndarray::Array2;
use std::ops::Range;

const COLUMNS: usize = 20;
/// Rows a block.
const ROWS: usize = 8192;

/// Rows that are made, not read: responses, 0 or 1, and columns of numbers.
struct Generated {
    fields: Vec<Field>,
    rows: usize,
}

impl Generated {
    fn new(rows: usize) -> Self {
        let names = (1..=COLUMNS).map(|column| format!("x{column}")).chain(["y".into()]);
        let fields = names.map(|name| Field { name, kind: Kind::Numbers, row: Vec::new() }).collect();
        Generated { fields, rows }
    }

    /// The coefficient of a column.
    fn coefficient(column: usize) -> f64 {
        0.1 * (column as f64 - 9.5)
    }

    /// Some of the rows, the same whenever they are asked for.
    fn block<'o>(&self, rows: Range<usize>, columns: &[usize]) -> Block<'o> {
        let mut cells = Array2::zeros((COLUMNS + 1, rows.len()));
        for (row, mut of_row) in rows.clone().zip(cells.columns_mut()) {
            let mut draws = Draws(row as u64);
            let mut eta = 0.0;
            for column in 0..COLUMNS {
                of_row[column] = 2.0 * draws.uniform() - 1.0;
                eta += Self::coefficient(column) * of_row[column];
            }
            of_row[COLUMNS] = f64::from(draws.uniform() * (1.0 + (-eta).exp()) < 1.0);
        }
        let column = |&column: &usize| Column::Numbers(cells.row(column).to_owned().into_dyn().into());
        let place = Place { first: rows.start, ..Place::default() };
        Block { place, rows: rows.len(), columns: columns.iter().map(column).collect() }
    }
}

impl Source for Generated {
    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn rows(&self) -> Option<usize> {
        Some(self.rows)
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> data::Result<Blocks<'s>> {
        self.blocks_of(columns, 0..self.rows)
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> data::Result<Blocks<'s>> {
        let columns = columns.to_vec();
        let end = rows.end;
        let each = move |first: usize| Ok(self.block(first..(first + ROWS).min(end), &columns));
        Ok(Box::new(rows.step_by(ROWS).map(each)))
    }
}

/// Numbers that look random: splitmix64 (Steele, Lea, Flood 2014).
struct Draws(u64);

impl Draws {
    fn uniform(&mut self) -> f64 {
        // Rows begin at states far from each other.
        self.0 = self.0.wrapping_mul(0xD134_2543_DE82_EF95).wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ z >> 31) as f64 / 2f64.powi(64)
    }
}

fn main() -> Result {
    let gigabytes: f64 = std::env::args().nth(1).map_or(Ok(0.01), |text| text.parse())?;
    let rows = (gigabytes * 1e9 / (8 * (COLUMNS + 1)) as f64) as usize;
    heading(&format!("Logistic regression of {rows} rows of {COLUMNS} columns: {gigabytes} GB"));
    println!("  made anew in every pass, in blocks of {ROWS} rows: {:.1} MB each", megabytes(8 * (COLUMNS + 1) * ROWS));
    let source = Generated::new(rows);
    let names: Vec<&str> = source.fields[..COLUMNS].iter().map(|field| field.name.as_str()).collect();
    let model = StreamedGlm::new(&source, &Terms::new(&names), "y", Family::Binomial)?;
    let fit = model.fit_observed(&Options::default(), &mut |now: &Progress| {
        println!("  iteration {}: loss {:.6e}, gradient {:.1e}", now.iteration, now.loss, now.gradient);
        Control::Continue
    })?;
    let inference = model.inference(&fit, Covariance::Expected)?;
    let furthest = inference.coefficients[1..]
        .iter()
        .enumerate()
        .map(|(column, found)| (found.estimate - Generated::coefficient(column)).abs() / found.std_error)
        .fold(0.0, f64::max);
    let score = fit.fit.gradient.iter().fold(0.0f64, |most, score| most.max(score.abs())) / rows as f64;
    println!("  largest score a row {score:.1e}; coefficients within {furthest:.1} standard errors of the true ones");
    match most_memory() {
        Some(bytes) => println!("  the program has held at most {:.0} MB at a time", megabytes(bytes)),
        None => println!("  how much memory that took, this system doesn't tell"),
    }
    expect("the scores are 0", score <= 1e-6)?;
    expect("the coefficients are those that the responses were drawn with", furthest < 4.5)
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// The most bytes that this program has held at a time, code and threads included, if the system tells.
fn most_memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: usize = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(1024 * kilobytes)
}
