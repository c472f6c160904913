//! `glm predict`: a saved model applied to the rows of a file.

use crate::args::{PredictArgs, Scale};
use crate::classes;
use crate::error::{Exit, Result};
use crate::model;
use crate::names;
use crate::output;
use crate::prediction::{self, Part};
use crate::saved::{AnyFit, Saved};
use crate::uncertainty::Uncertainty;
use models::inference::Prediction;
use models::{Design, GlmFit};
use std::io::Write;

/// Writes the linear predictor and the mean of each row, with the uncertainty that is asked for.
pub fn run(args: &PredictArgs) -> Result<Exit> {
    let saved = Saved::read(&args.model)?;
    let outcome = saved.fit.outcome();
    if !outcome.converged() {
        output::message(&format!("{}: the saved fit is {}", args.model.display(), outcome.reason()))?;
    }
    let uncertainty = Uncertainty::new(args, &saved)?;
    let fit = match &saved.fit {
        AnyFit::Glm(fit) => fit,
        AnyFit::Multinomial(fit) => return classes::predict_multinomial(args, &saved, fit, uncertainty.as_ref()),
        AnyFit::Ordinal(fit) => return classes::predict_ordinal(args, &saved, fit, uncertainty.as_ref()),
    };
    let columns = columns_of(args, fit, uncertainty.as_ref());
    let mut without_mean = WithoutMean::default();
    prediction::each(args, &saved, |part| {
        let in_file = |error| part.error(error);
        let design = part.columns.design().map_err(in_file)?;
        let predictions = predictions(fit, &design, uncertainty.as_ref()).map_err(in_file)?;
        if let Some((row, found)) = predictions.iter().enumerate().find(|(_, found)| !found.eta.is_finite()) {
            let reason = format!("the linear predictor is {}: a cell or a coefficient is too large", found.eta);
            return Err(part.error_of(row, reason));
        }
        if let Some(row) = predictions.iter().position(|found| found.eta_std_error.is_infinite()) {
            let reason = "the standard error of the linear predictor is larger than any number: a cell is too large";
            return Err(part.error_of(row, reason));
        }
        without_mean.note(&predictions, part);
        output::print_by(|out| write(out, &columns, &predictions, part))
    })?;
    if args.scale != Some(Scale::Link) {
        without_mean.warning(fit).into_iter().try_for_each(|warning| output::message(&warning))?;
    }
    Ok(Exit::Done)
}

/// The rows whose linear predictor is that of no mean.
#[derive(Default)]
struct WithoutMean {
    rows: usize,
    /// The first of them.
    first: Option<String>,
}

impl WithoutMean {
    fn note(&mut self, predictions: &[Prediction], part: &Part) {
        for (row, _) in predictions.iter().enumerate().filter(|(_, found)| found.mean.is_nan()) {
            self.rows += 1;
            self.first.get_or_insert_with(|| part.place_of(row));
        }
    }

    /// What is said of them; nothing if there are none.
    fn warning(self, fit: &GlmFit) -> Option<String> {
        let first = self.first?;
        let (rows, have) = (names::rows(self.rows), if self.rows == 1 { "has" } else { "have" });
        Some(format!(
            "{rows} {have} no mean, printed as NA: by the {} link, none that the {} family can have belongs to the linear predictor (the \
             first: {first})",
            fit.link,
            model::name(fit.family)
        ))
    }
}

fn predictions(fit: &GlmFit, design: &Design, of: Option<&Uncertainty>) -> models::Result<Vec<Prediction>> {
    match of {
        Some(of) => fit.predict_with_errors(design, &of.spread),
        None => {
            let certain =
                |eta| Prediction { eta, eta_std_error: f64::NAN, mean: fit.mean(eta), mean_std_error: f64::NAN };
            Ok(fit.predict_linear(design)?.into_iter().map(certain).collect())
        }
    }
}

/// A column of the output: its name, and its cell of a prediction.
type Column<'f> = (&'static str, Box<dyn Fn(&Prediction) -> f64 + 'f>);

/// The columns that are asked for.
fn columns_of<'f>(args: &PredictArgs, fit: &'f GlmFit, of: Option<&Uncertainty>) -> Vec<Column<'f>> {
    let quantile = of.and_then(|of| of.quantile);
    let mut columns: Vec<Column> = Vec::new();
    if args.scale != Some(Scale::Response) {
        columns.push(("eta", Box::new(|row| row.eta)));
        if args.se {
            columns.push(("eta_se", Box::new(|row| row.eta_std_error)));
        }
        if let Some(quantile) = quantile {
            columns.push(("eta_low", Box::new(move |row| row.interval(quantile).0)));
            columns.push(("eta_high", Box::new(move |row| row.interval(quantile).1)));
        }
    }
    if args.scale != Some(Scale::Link) {
        columns.push(("mu", Box::new(|row| row.mean)));
        if args.se {
            columns.push(("mu_se", Box::new(|row| row.mean_std_error)));
        }
        if let Some(quantile) = quantile {
            columns.push(("mu_low", Box::new(move |row| fit.mean_interval(row, quantile).0)));
            columns.push(("mu_high", Box::new(move |row| fit.mean_interval(row, quantile).1)));
        }
    }
    columns
}

/// A line for each row of the file, in its order: those without a value for a column have no prediction.
fn write(out: &mut dyn Write, columns: &[Column], predictions: &[Prediction], part: &Part) -> std::io::Result<()> {
    if part.is_first {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        writeln!(out, "{}", names.join(","))?;
    }
    let missing = vec!["NA"; columns.len()].join(",");
    for row in part.omitted.among(predictions.len()) {
        let Some(prediction) = row.and_then(|row| predictions.get(row)) else {
            writeln!(out, "{missing}")?;
            continue;
        };
        for (place, (_, cell)) in columns.iter().enumerate() {
            let separator = if place == 0 { "" } else { "," };
            match cell(prediction) {
                none if none.is_nan() => write!(out, "{separator}NA")?,
                number => write!(out, "{separator}{number:?}")?,
            }
        }
        writeln!(out)?;
    }
    Ok(())
}
