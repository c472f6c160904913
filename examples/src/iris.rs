//! The iris flowers, kept with the reference values of the tests.

use crate::Result;
use ndarray::{Array1, Array2};

/// Measurements of 150 flowers, and which species each is.
pub struct Iris {
    /// Lengths and widths of sepals and petals, each of mean 0 and standard deviation 1.
    pub x: Array2<f64>,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The species.
    pub classes: Vec<String>,
    /// Each flower's, by its place among them.
    pub labels: Array1<usize>,
}

/// Reads the data.
///
/// # Errors
/// A file that can't be read, or that holds something else.
pub fn iris() -> Result<Iris> {
    let mut reader =
        csv::Reader::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/reference/glm/iris_scaled.csv"))?;
    let columns: Vec<String> = reader.headers()?.iter().take(4).map(String::from).collect();
    let (mut classes, mut labels, mut cells) = (Vec::<String>::new(), Vec::new(), Vec::new());
    for row in reader.deserialize() {
        let (a, b, c, d, species): (f64, f64, f64, f64, String) = row?;
        cells.extend([a, b, c, d]);
        let known = classes.iter().position(|class| *class == species);
        labels.push(known.unwrap_or(classes.len()));
        if known.is_none() {
            classes.push(species);
        }
    }
    let x = Array2::from_shape_vec((labels.len(), columns.len()), cells)?;
    Ok(Iris { x, columns, classes, labels: Array1::from(labels) })
}
