//! The files of `reference/`, read. See the README there for where they come from.

use ndarray::{Array1, Array2};
use serde_json::Value;

/// The text of the reference file `name`.
///
/// # Panics
/// Where there is none.
pub fn text(name: &str) -> String {
    let path = format!("{}/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The JSON file `name`.
pub fn json(name: &str) -> Value {
    serde_json::from_str(&text(name)).expect("valid JSON")
}

/// A number, of which infinities are written as text.
pub fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some(text) => text.parse().expect("a number"),
        None => value.as_f64().expect("a number"),
    }
}

/// A list of numbers.
pub fn vector(value: &Value) -> Array1<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

/// A list of lists of numbers, of one length.
pub fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Array1<f64>> = value.as_array().expect("a list").iter().map(vector).collect();
    let columns = rows.first().map_or(0, Array1::len);
    let elements = rows.iter().flatten().copied().collect();
    Array2::from_shape_vec((rows.len(), columns), elements).expect("rows of one length")
}

/// The rows `x, f(x), f'(x), f''(x)` of the elementwise function `name`.
pub fn function(name: &str) -> Array2<f64> {
    matrix(&json("functions.json")["functions"][name])
}

/// The names of the elementwise functions there are rows for.
pub fn function_names() -> Vec<String> {
    json("functions.json")["functions"].as_object().expect("an object").keys().cloned().collect()
}

/// The rows `y, z, loss, d/dz, d²/dz²` of the logistic loss `softplus(z) − y·z`.
pub fn logistic_loss() -> Array2<f64> {
    matrix(&json("functions.json")["logistic_loss"]["rows"])
}
