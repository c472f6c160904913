//! The data of the hand derivation, with what NumPy and SciPy computed from them (`tests/reference/derivation.json`).

use crate::Result;
use ndarray::{Array1, Array2};
use serde_json::Value;

/// A design matrix with its intercept column, and labels 0 or 1.
pub struct LabelledData {
    /// One row an observation.
    pub x: Array2<f64>,
    /// The labels.
    pub y: Array1<f64>,
}

/// What is known of the first data set.
pub struct ReferencePoint {
    /// The gradient of the log-likelihood at θ = 0.
    pub gradient_at_zero: Array1<f64>,
    /// The log-likelihood there.
    pub log_likelihood_at_zero: f64,
    /// The maximum-likelihood θ.
    pub theta_mle: Array1<f64>,
    /// The log-likelihood there.
    pub log_likelihood_at_mle: f64,
}

/// The log-likelihood and its gradient at one θ.
pub struct GradientAtPoint {
    /// The point.
    pub theta: Array1<f64>,
    /// The gradient of the log-likelihood.
    pub gradient: Array1<f64>,
    /// The log-likelihood.
    pub log_likelihood: f64,
}

/// The 100 observations of three columns that the derivation is walked through with.
pub fn gradient_example() -> Result<(LabelledData, ReferencePoint)> {
    let value = read()?;
    let value = &value["gradient_example"];
    let known = ReferencePoint {
        gradient_at_zero: vector(&value["gradient_at_zero"])?,
        log_likelihood_at_zero: number(&value["log_likelihood_at_zero"])?,
        theta_mle: vector(&value["theta_mle"])?,
        log_likelihood_at_mle: number(&value["log_likelihood_at_mle"])?,
    };
    Ok((labelled(value)?, known))
}

/// The 50 observations of four columns that gradients are checked with, and the gradients at three points.
pub fn gradient_check_example() -> Result<(LabelledData, Vec<GradientAtPoint>)> {
    let value = read()?;
    let value = &value["gradient_check_example"];
    let point = |point: &Value| {
        Ok(GradientAtPoint {
            theta: vector(&point["theta"])?,
            gradient: vector(&point["gradient"])?,
            log_likelihood: number(&point["log_likelihood"])?,
        })
    };
    let points = value["points"].as_array().ok_or("there are no points")?.iter().map(point).collect::<Result<_>>()?;
    Ok((labelled(value)?, points))
}

fn read() -> Result<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/reference/derivation.json");
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(serde_json::from_str(&text)?)
}

fn labelled(value: &Value) -> Result<LabelledData> {
    let rows = value["X"].as_array().ok_or("there is no X")?.iter().map(vector).collect::<Result<Vec<_>>>()?;
    let columns = rows.first().map_or(0, |row| row.len());
    let elements = rows.iter().flatten().copied().collect();
    Ok(LabelledData { x: Array2::from_shape_vec((rows.len(), columns), elements)?, y: vector(&value["y"])? })
}

fn vector(value: &Value) -> Result<Array1<f64>> {
    value.as_array().ok_or("an array was expected")?.iter().map(number).collect()
}

fn number(value: &Value) -> Result<f64> {
    value.as_f64().ok_or_else(|| "a number was expected".into())
}
