//! Data sets with R's fits, kept with the reference values of the tests.

use crate::Result;
use ndarray::{Array1, Array2};

/// A response, a design matrix, and what R's `glm` makes of them.
pub struct GlmData {
    /// The response.
    pub y: Array1<f64>,
    /// The design matrix, the column of ones included.
    pub x: Array2<f64>,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// R's coefficients.
    pub coefficients: Vec<f64>,
    /// R's standard errors.
    pub std_errors: Vec<f64>,
    /// R's deviance.
    pub deviance: f64,
    /// R's AIC.
    pub aic: f64,
}

impl GlmData {
    /// Reads a data set by name: columns y, weight, offset, then the design matrix.
    ///
    /// # Errors
    /// A file that can't be read, or that holds something else.
    pub fn read(name: &str) -> Result<Self> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/reference/glm");
        let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(format!("{folder}/{name}.json"))?)?;
        let mut reader = csv::Reader::from_path(format!("{folder}/{name}.csv"))?;
        let columns: Vec<String> = reader.headers()?.iter().skip(3).map(String::from).collect();
        let mut cells: Vec<f64> = Vec::new();
        let mut y = Vec::new();
        for row in reader.deserialize() {
            let row: Vec<f64> = row?;
            y.extend(row.first());
            cells.extend(&row[3..]);
        }
        let x = Array2::from_shape_vec((y.len(), columns.len()), cells)?;
        let number = |key: &str| json[key].as_f64().ok_or(format!("no number `{key}` in {name}.json"));
        let numbers = |key: &str| -> Vec<f64> {
            json[key].as_array().into_iter().flatten().filter_map(|number| number.as_f64()).collect()
        };
        Ok(Self {
            y: Array1::from(y),
            x,
            columns,
            coefficients: numbers("coefficients"),
            std_errors: numbers("std_errors"),
            deviance: number("deviance")?,
            aic: number("aic")?,
        })
    }
}
