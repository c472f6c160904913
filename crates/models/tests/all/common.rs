//! The data sets with R's fits, which the tests of the fits share.

use ndarray::{Array1, Array2};

/// A data set, and what R's `glm` says about it.
pub struct Reference {
    pub y: Array1<f64>,
    pub weights: Array1<f64>,
    pub offset: Array1<f64>,
    /// The design matrix, the column of ones included.
    pub x: Array2<f64>,
    pub columns: Vec<String>,
    json: serde_json::Value,
}

impl Reference {
    pub fn read(name: &str) -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/glm");
        let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
        let mut reader = csv::Reader::from_path(format!("{folder}/{name}.csv")).unwrap();
        let columns: Vec<String> = reader.headers().unwrap().iter().skip(3).map(String::from).collect();
        let cells: Vec<Vec<f64>> = reader.deserialize().map(|row| row.unwrap()).collect();
        let column = |column: usize| cells.iter().map(|row| row[column]).collect::<Array1<f64>>();
        let x = Array2::from_shape_fn((cells.len(), columns.len()), |(row, at)| cells[row][at + 3]);
        let json = serde_json::from_str(&text).unwrap();
        Self { y: column(0), weights: column(1), offset: column(2), x, columns, json }
    }

    pub fn number(&self, key: &str) -> f64 {
        self.json[key].as_f64().unwrap()
    }

    pub fn numbers(&self, key: &str) -> Vec<f64> {
        self.json[key].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    pub fn text(&self, key: &str) -> &str {
        self.json[key].as_str().unwrap()
    }
}
