//! What must hold of a recording's program over rows that come piece by piece.

use super::check::outputs;
use autodiff::{Binding, Outputs, Result, Tape, Var, bind, bind_indices};
use ndarray::{Array1, ArrayD, Axis, Slice};

/// Records what `bytes` say, and asserts that a run over pieces of the rows gives what the program gives on all rows at once,
/// bit for bit.
///
/// # Panics
/// Where it doesn't.
pub fn piecewise(bytes: &[u8]) {
    let tape = Tape::<f64>::new();
    let all = outputs(&tape, bytes);
    let outputs: Vec<Var<'_, f64>> = all.into_iter().filter(|output| !output.shape().has_rows()).collect();
    let Ok(program) = tape.compile(&outputs) else { return };
    let Ok(expected) = program.clone().with_threads(1).run(&[]) else { return };
    let names: Vec<&str> = program.row_inputs().collect();
    let numbers: Vec<(&str, ArrayD<f64>)> =
        rows_of(bytes).into_iter().filter(|(name, _)| names.contains(name)).collect();
    let rows = numbers.first().map_or_else(|| rows_of(bytes)[0].1.len_of(Axis(0)), |(_, array)| array.len_of(Axis(0)));
    let groups = Array1::from_shape_fn(rows, |row| row * 7 % 3);
    if names.is_empty() {
        return;
    }
    for size in [1, 7, 1000] {
        let run = || -> Result<Outputs<f64>> {
            let mut run = program.stream(&[], Some(rows))?;
            while run.pass().is_some() {
                for start in (0..rows).step_by(size) {
                    let part = Slice::from(start..rows.min(start + size));
                    let mut piece: Vec<Binding<'_, f64>> =
                        numbers.iter().map(|(name, array)| bind(name, array.slice_axis(Axis(0), part))).collect();
                    if names.contains(&"group") {
                        piece.push(bind_indices("group", groups.slice_axis(Axis(0), part)));
                    }
                    run.feed(&piece)?;
                }
                run.end_pass()?;
            }
            run.finish()
        };
        let found = run().unwrap_or_else(|error| panic!("in pieces of {size} rows: {error}: {outputs:?}"));
        for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let same = found.iter().zip(expected).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
            assert!(same, "output {index} in pieces of {size} rows: {found} for {expected} of {outputs:?}");
        }
    }
}

/// The leaves on the rows that hold numbers, by their names.
fn rows_of(bytes: &[u8]) -> Vec<(&'static str, ArrayD<f64>)> {
    let tape = Tape::<f64>::new();
    let recording = super::record(&tape, bytes);
    let leaves = [("X", 0), ("y", 1), ("z", 7), ("column", 10), ("cube", 11)];
    let value =
        |(name, place): (&'static str, usize)| (name, recording.nodes[place].value().expect("a leaf has a value"));
    leaves.into_iter().map(value).collect()
}
