//! `glm predict`: a saved model applied to the rows of a file.

use crate::aliased;
use crate::args::{PredictArgs, Scale};
use crate::classes;
use crate::design::Columns;
use crate::error::{Error, Exit, Result};
use crate::output;
use crate::progress::Reading;
use crate::recipe::Recipe;
use crate::saved::{Loaded, Saved};
use crate::table::{self, Omitted};
use models::inference::{self, Prediction};
use models::{Design, GlmFit};
use std::io::Write;

/// Writes the linear predictor and the mean of each row, with the uncertainty that is asked for.
pub fn run(args: &PredictArgs) -> Result<Exit> {
    let saved = match Loaded::read(&args.model)? {
        Loaded::Glm(saved) => saved,
        of_classes => return classes::predict(args, &of_classes),
    };
    let uncertainty = Uncertainty::new(args, &saved)?;
    let source = table::open(&args.data.data, &args.data.format()?)?;
    let table = saved.recipe.read_for_prediction(&saved.levels, source, &Reading::of(&args.data.data))?;
    let (lines, omitted) = (table.lines.clone(), table.omitted.clone());
    let columns = Columns::to_predict(&saved.recipe, &saved.levels, table)?;
    let in_file = |error| Error::in_rows(error, &args.data.data, &lines);
    let design = columns.design().map_err(in_file)?;
    let predictions = predictions(&saved.fit, &design, uncertainty.as_ref()).map_err(in_file)?;
    if let Some((row, found)) = predictions.iter().enumerate().find(|(_, found)| !found.eta.is_finite()) {
        let place = format!("{}, {}", args.data.data.display(), lines.name(row));
        let reason = format!("the linear predictor is {}: a cell or a coefficient is too large", found.eta);
        return Err(Error::Data { place, reason });
    }
    let columns = columns_of(args, &saved.fit, uncertainty.as_ref());
    output::print_by(|out| write(out, &columns, &predictions, &omitted))?;
    warn(&saved.recipe, &omitted)?;
    Ok(Exit::Done)
}

/// Tells of which rows predictions are missing, or may not hold.
pub fn warn(recipe: &Recipe, omitted: &Omitted) -> Result<()> {
    aliased::warning(recipe).into_iter().chain(omitted.warning()).try_for_each(|warning| output::tell(&warning))
}

/// What the uncertainty of predictions is made of.
struct Uncertainty {
    covariance: ndarray::Array2<f64>,
    student_df: Option<usize>,
}

impl Uncertainty {
    /// That of a saved model, if the arguments ask for it.
    fn new(args: &PredictArgs, saved: &Saved) -> Result<Option<Uncertainty>> {
        if !args.se && args.interval.is_none() {
            return Ok(None);
        }
        let evidence = saved.evidence(&args.model, "--se and --interval")?;
        if !saved.fit.fit.converged() {
            let reason = format!("has no standard errors that hold: {}", saved.fit.fit.reason());
            return Err(Error::file(&args.model, reason));
        }
        let covariance = evidence.covariance().ok_or_else(|| {
            Error::file(&args.model, "has no standard errors, as there is a coefficient for each row; fit fewer terms")
        })?;
        Ok(Some(Uncertainty { covariance, student_df: evidence.student_df() }))
    }
}

fn predictions(fit: &GlmFit, design: &Design, of: Option<&Uncertainty>) -> models::Result<Vec<Prediction>> {
    match of {
        Some(of) => fit.predict_with_errors(design, of.covariance.view()),
        None => {
            let certain =
                |eta| Prediction { eta, eta_std_error: f64::NAN, mean: fit.link.mean(eta), mean_std_error: f64::NAN };
            Ok(fit.predict_linear(design)?.into_iter().map(certain).collect())
        }
    }
}

/// A column of the output: its name, and its cell of a prediction.
type Column<'f> = (&'static str, Box<dyn Fn(&Prediction) -> f64 + 'f>);

/// The columns that are asked for.
fn columns_of<'f>(args: &PredictArgs, fit: &'f GlmFit, of: Option<&Uncertainty>) -> Vec<Column<'f>> {
    let quantile = of.zip(args.interval).map(|(of, level)| inference::quantile(level, of.student_df));
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
            columns.push(("mu_low", Box::new(move |row| fit.mean_interval(row.interval(quantile)).0)));
            columns.push(("mu_high", Box::new(move |row| fit.mean_interval(row.interval(quantile)).1)));
        }
    }
    columns
}

/// A line for each row of the file, in its order: those without a value for a column have no prediction.
fn write(
    out: &mut dyn Write,
    columns: &[Column],
    predictions: &[Prediction],
    omitted: &Omitted,
) -> std::io::Result<()> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    writeln!(out, "{}", names.join(","))?;
    let missing = vec!["NA"; columns.len()].join(",");
    for row in omitted.among(predictions.len()) {
        let Some(prediction) = row.and_then(|row| predictions.get(row)) else {
            writeln!(out, "{missing}")?;
            continue;
        };
        for (place, (_, cell)) in columns.iter().enumerate() {
            write!(out, "{}{:?}", if place == 0 { "" } else { "," }, cell(prediction))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
