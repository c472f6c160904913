//! A fit and its inference as a printed page, laid out as users of R and statsmodels know it.

use crate::glm::GlmFit;
use crate::inference::{Coefficient, Inference};
use std::fmt;

/// Prints a fit with its inference.
///
/// ```
/// use models::{Design, Family, Glm, Summary, inference::Covariance};
/// use ndarray::{arr1, arr2};
/// let x = arr2(&[[1.0], [2.0], [3.0], [4.0], [5.0]]);
/// let y = arr1(&[2.0, 3.0, 6.0, 7.0, 12.0]);
/// let model = Glm::new(Design::new(&x).with_names(&["dose"])?, &y, Family::Poisson)?;
/// let fit = model.fit(&Default::default())?;
/// let inference = fit.inference(&model, Covariance::Expected)?;
/// let page = Summary::new(&fit, &inference).to_string();
/// assert!(page.contains("Pr(>|z|)") && page.contains("dose"));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Summary<'s> {
    fit: &'s GlmFit,
    inference: &'s Inference,
}

impl<'s> Summary<'s> {
    /// The page of a fit.
    pub fn new(fit: &'s GlmFit, inference: &'s Inference) -> Self {
        Self { fit, inference }
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fit, inference) = (self.fit, self.inference);
        writeln!(f, "Family: {}, link: {}, {} rows", fit.family, fit.link, fit.rows)?;
        if fit.ridge > 0.0 {
            writeln!(f, "Ridge penalty: {}", fit.ridge)?;
        }
        writeln!(f, "\nCoefficients:")?;
        coefficients(f, &inference.coefficients, if inference.student { 't' } else { 'z' })?;
        let (known, dispersion) = (!inference.student, significant(inference.dispersion, 7));
        let how = if known { "taken to be 1".to_string() } else { format!("estimated as {dispersion}") };
        writeln!(f, "\n(Dispersion parameter for {} family {how})\n", fit.family)?;
        let deviances = [inference.null_deviance, inference.deviance].map(|deviance| significant(deviance, 5));
        let width = deviances.iter().map(String::len).max().unwrap_or(0);
        let [null, residual] = deviances;
        writeln!(f, "    Null deviance: {null:>width$}  on {} degrees of freedom", inference.null_df)?;
        writeln!(f, "Residual deviance: {residual:>width$}  on {} degrees of freedom", inference.residual_df)?;
        writeln!(f, "Log-likelihood: {}", significant(inference.log_likelihood, 5))?;
        writeln!(f, "AIC: {}, BIC: {}", significant(inference.aic, 5), significant(inference.bic, 5))?;
        writeln!(f, "\nIterations: {}; {}", fit.fit.iterations, fit.fit.status)
    }
}

/// The table of coefficients.
fn coefficients(f: &mut fmt::Formatter<'_>, rows: &[Coefficient], statistic: char) -> fmt::Result {
    let header = ["", "Estimate", "Std. Error", &format!("{statistic} value"), &format!("Pr(>|{statistic}|)"), ""];
    let estimates = aligned(rows.iter().map(|row| row.estimate));
    let errors = aligned(rows.iter().map(|row| row.std_error));
    let cells = |((row, estimate), error): ((&Coefficient, String), String)| {
        let statistic = format!("{:.3}", row.statistic);
        [row.name.clone(), estimate, error, statistic, p_value(row.p_value), stars(row.p_value).into()]
    };
    let mut table: Vec<[String; 6]> = vec![header.map(String::from)];
    table.extend(rows.iter().zip(estimates).zip(errors).map(cells));
    let width = |column: usize| table.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    for cells in &table {
        write!(f, "{:<width$}", cells[0], width = widths[0])?;
        for (cell, width) in cells[1..5].iter().zip(&widths[1..5]) {
            write!(f, " {cell:>width$}")?;
        }
        writeln!(f, "{}{}", if cells[5].is_empty() { "" } else { " " }, cells[5])?;
    }
    writeln!(f, "---\nSignif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1")
}

/// A column of numbers with as many decimals as the smallest needs for four digits; each on its own where they span too much.
fn aligned(column: impl Iterator<Item = f64> + Clone) -> Vec<String> {
    const MOST_DECIMALS: i32 = 9;
    let needed = |x: f64| if x == 0.0 || !x.is_finite() { 0 } else { 3 - x.abs().log10().floor() as i32 };
    let decimals = column.clone().map(needed).max().unwrap_or(0).max(0);
    let format = |x: f64| {
        if decimals > MOST_DECIMALS { significant(x, 5) } else { format!("{x:.*}", decimals as usize) }
    };
    column.map(format).collect()
}

/// A p-value as R prints it.
fn p_value(p: f64) -> String {
    match p {
        p if p.is_nan() => "NaN".into(),
        p if p < 2e-16 => "<2e-16".into(),
        p if p < 1e-4 => format!("{p:.2e}"),
        p => format!("{p:.5}"),
    }
}

fn stars(p: f64) -> &'static str {
    match p {
        p if p < 0.001 => "***",
        p if p < 0.01 => "**",
        p if p < 0.05 => "*",
        p if p < 0.1 => ".",
        _ => "",
    }
}

/// `x` to so many significant digits, in scientific notation where it is very large or small.
fn significant(x: f64, digits: usize) -> String {
    if x == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    let exponent = x.abs().log10().floor() as i32;
    if !(-5..15).contains(&exponent) {
        return format!("{x:.*e}", digits - 1);
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    format!("{x:.decimals$}")
}
