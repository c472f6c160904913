//! linfa and smartcore: fits of the logistic regression by L-BFGS, each on a copy of the data in its own arrays.
//!
//! linfa is told to stop at the gradient the other contenders stop at; smartcore stops where it will. Both must end at the
//! same loss.

use super::converted;
use crate::Result;
use crate::contest::Contest;
use crate::data::Array;
use crate::vector::Real;
use linfa::prelude::Fit;
use smartcore::linalg::basic::arrays::Array as _;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};

/// The gradient of the mean loss that a fit may end with.
const GRADIENT: f64 = 1e-6;

pub(super) fn enter<T: Real>(contest: &mut Contest<'_>, arrays: &[Array<'_, T>]) -> Result<()> {
    if contest.settings().case != "logistic-fit" {
        return Ok(());
    }
    let double = |x: T| x.to_f64().unwrap_or(f64::NAN);
    let (shape, x) = converted(arrays, "x", double)?;
    let (_, y) = converted(arrays, "y", double)?;
    enter_linfa(contest, [shape[0], shape[1]], &x, &y)?;
    enter_smartcore(contest, [shape[0], shape[1]], &x, &y)
}

fn enter_linfa(contest: &mut Contest<'_>, [rows, cols]: [usize; 2], x: &[f64], y: &[f64]) -> Result<()> {
    let records = linfa_ndarray::Array2::from_shape_vec((rows, cols), x.to_vec())?;
    let labels: linfa_ndarray::Array1<usize> = y.iter().map(|&y| usize::from(y > 0.5)).collect();
    let data = linfa::Dataset::new(records, labels);
    let fit = move || {
        linfa_logistic::LogisticRegression::<f64>::default()
            .alpha(0.0)
            .gradient_tolerance(GRADIENT * rows as f64)
            .max_iterations(1000)
            .fit(&data)
    };
    let first = fit()?;
    // The sign of its coefficients is that of the class it calls positive.
    let sign = if first.labels().pos.class == 1 { 1.0 } else { -1.0 };
    let coefficients: Vec<f64> = first.params().iter().map(|&c| sign * c).collect();
    contest.agree("linfa", loss(x, y, &coefficients, sign * first.intercept()))?;
    contest.enter_unchecked("linfa", move || Ok(fit().map(drop)?))
}

fn enter_smartcore(contest: &mut Contest<'_>, [rows, cols]: [usize; 2], x: &[f64], y: &[f64]) -> Result<()> {
    let records = DenseMatrix::new(rows, cols, x.to_vec(), false)?;
    let labels: Vec<i32> = y.iter().map(|&y| i32::from(y > 0.5)).collect();
    let fit = move || {
        let parameters = LogisticRegressionParameters::default().with_alpha(0.0);
        LogisticRegression::fit(&records, &labels, parameters)
    };
    let first = fit()?;
    let coefficients: Vec<f64> = first.coefficients().iterator(0).copied().collect();
    let intercept = first.intercept().iterator(0).next().copied().unwrap_or(f64::NAN);
    contest.agree("smartcore", loss(x, y, &coefficients, intercept))?;
    contest.enter_unchecked("smartcore", move || Ok(fit().map(drop)?))
}

/// The negative log-likelihood.
fn loss(x: &[f64], y: &[f64], coefficients: &[f64], intercept: f64) -> f64 {
    let terms = x.chunks_exact(coefficients.len()).zip(y).map(|(row, &y)| {
        let z = intercept + row.iter().zip(coefficients).map(|(x, c)| x * c).sum::<f64>();
        z.max(0.0) - y * z + (-z.abs()).exp().ln_1p()
    });
    terms.sum()
}
