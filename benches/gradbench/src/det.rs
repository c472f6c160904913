//! `det`: a determinant by expansion along the first row, and its gradient.

use crate::Result;
use crate::compiled::{Evaluation, Recording, list, number};
use crate::protocol::no_function;
use autodiff::{Tape, Var};
use ndarray::Array2;
use serde::Deserialize;
use serde_json::{Value, from_value};
use std::collections::HashMap;

#[derive(Deserialize)]
struct Input {
    #[serde(rename = "A")]
    a: Vec<f64>,
    ell: usize,
}

/// The minors recorded so far, by the set of their columns: their rows are the last ones, as many as there are columns.
type Known<'t> = HashMap<u64, Var<'t, f64>>;

/// The determinant of the last rows and of the columns given, as many of each.
fn minor<'t>(a: &[Vec<Var<'t, f64>>], columns: u64, known: &mut Known<'t>) -> Var<'t, f64> {
    if let Some(&minor) = known.get(&columns) {
        return minor;
    }
    let row = &a[a.len() - columns.count_ones() as usize];
    let mut terms = (0..row.len()).filter(|column| columns >> column & 1 == 1).enumerate();
    let first = terms.next().map_or(0, |(_, column)| column);
    let minor = match columns.count_ones() {
        1 => row[first],
        _ => terms.fold(row[first] * minor(a, columns & !(1 << first), known), |sum, (place, column)| {
            let term = row[column] * minor(a, columns & !(1 << column), known);
            if place % 2 == 0 { sum + term } else { sum - term }
        }),
    };
    known.insert(columns, minor);
    minor
}

pub(crate) fn prepare(function: &str, input: Value) -> Result<Box<dyn Evaluation>> {
    let Input { a, ell } = from_value(input)?;
    if ell == 0 || ell > 63 {
        return Err(format!("a matrix of {ell} rows has no expansion here").into());
    }
    let tape = Tape::new();
    let mut recording = Recording::on(&tape);
    let a = recording.input("A", Array2::from_shape_vec((ell, ell), a)?);
    let elements: Vec<Vec<Var<'_, f64>>> =
        (0..ell).map(|i| a.index_axis(0, i)).map(|row| (0..ell).map(|j| row.index_axis(0, j)).collect()).collect();
    let det = minor(&elements, (1 << ell) - 1, &mut Known::new());
    Ok(Box::new(match function {
        "primal" => recording.compile(&[det], number)?,
        "gradient" => recording.compile(&[det.grad(a)], list)?,
        _ => return no_function(function),
    }))
}
