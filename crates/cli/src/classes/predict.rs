//! Predictions of classes: probabilities, and the most probable class.

use crate::args::{PredictArgs, Scale};
use crate::error::{Exit, Result};
use crate::output;
use crate::prediction::{self, Part};
use crate::saved::{AnyFit, Saved};
use crate::uncertainty::Uncertainty;
use models::inference::{LogRatio, Probability};
use models::ordinal::{OrdinalFit, OrdinalPrediction};
use models::softmax::SoftmaxFit;
use ndarray::Array2;
use std::io::{self, Write};

/// The columns of the output: a name, and a cell for each row.
#[derive(Default)]
struct Table {
    columns: Vec<(String, Cells)>,
}

/// What a column is made of.
enum Cells {
    Numbers(Vec<f64>),
    Classes(Vec<String>),
}

/// Writes the classes and probabilities of each row by a multinomial model.
pub fn multinomial(
    args: &PredictArgs,
    saved: &Saved<AnyFit>,
    fit: &SoftmaxFit,
    uncertainty: Option<&Uncertainty>,
) -> Result<Exit> {
    prediction::each(args, saved, |part| {
        let in_file = |error| part.error(error);
        let design = part.columns.design().map_err(in_file)?;
        let mut table = Table::default();
        if args.scale == Some(Scale::Link) {
            let predictors = fit.predict_linear(&design).map_err(in_file)?;
            let with_errors = uncertainty.map(|of| fit.predict_linear_with_errors(&design, &of.spread)).transpose();
            let names = fit.coefficients().map(|(class, _)| class);
            table.add_predictors(args, names, &predictors, with_errors.map_err(in_file)?.as_ref(), uncertainty);
            return table.print(part);
        }
        let probabilities = fit.predict(&design).map_err(in_file)?;
        let with_errors = uncertainty.map(|of| fit.predict_with_errors(&design, &of.spread)).transpose();
        let with_errors = with_errors.map_err(in_file)?;
        table.add_classes(&fit.classes, &fit.predict_class(&design).map_err(in_file)?);
        table.add_probabilities(args, &fit.classes, &probabilities, with_errors.as_ref(), uncertainty);
        table.print(part)
    })?;
    Ok(Exit::Done)
}

/// Writes the linear predictor, the classes and the probabilities of each row by an ordinal model.
pub fn ordinal(
    args: &PredictArgs,
    saved: &Saved<AnyFit>,
    fit: &OrdinalFit,
    uncertainty: Option<&Uncertainty>,
) -> Result<Exit> {
    prediction::each(args, saved, |part| {
        let in_file = |error| part.error(error);
        let design = part.columns.design().map_err(in_file)?;
        let eta = fit.predict_linear(&design).map_err(in_file)?;
        let with_errors = uncertainty.map(|of| fit.predict_with_errors(&design, &of.spread)).transpose();
        let with_errors = with_errors.map_err(in_file)?;
        let mut table = Table::default();
        if args.scale != Some(Scale::Response) {
            table.add_eta(args, eta, with_errors.as_deref(), uncertainty);
        }
        if args.scale != Some(Scale::Link) {
            table.add_classes(&fit.levels, &fit.predict_level(&design).map_err(in_file)?);
            let of_levels = with_errors.map(|rows| {
                let shape = (rows.len(), fit.levels.len());
                Array2::from_shape_fn(shape, |(row, level)| rows[row].levels[level])
            });
            let probabilities = fit.predict(&design).map_err(in_file)?;
            table.add_probabilities(args, &fit.levels, &probabilities, of_levels.as_ref(), uncertainty);
        }
        table.print(part)
    })?;
    Ok(Exit::Done)
}

impl Table {
    fn add(&mut self, name: impl Into<String>, cells: Cells) {
        self.columns.push((name.into(), cells));
    }

    fn add_classes(&mut self, names: &[String], of_rows: &[usize]) {
        let name = |class: &usize| names.get(*class).cloned().unwrap_or_default();
        self.add("class", Cells::Classes(of_rows.iter().map(name).collect()));
    }

    fn add_eta(
        &mut self,
        args: &PredictArgs,
        eta: Vec<f64>,
        with_errors: Option<&[OrdinalPrediction]>,
        uncertainty: Option<&Uncertainty>,
    ) {
        self.add("eta", Cells::Numbers(eta));
        let rows = with_errors.unwrap_or_default().iter();
        let interval = |row: &OrdinalPrediction, quantile| {
            let half = quantile * row.eta_std_error;
            (row.eta - half, row.eta + half)
        };
        self.add_errors(args, uncertainty, "eta", rows, |row| row.eta_std_error, interval);
    }

    fn add_predictors<'n>(
        &mut self,
        args: &PredictArgs,
        names: impl Iterator<Item = &'n str>,
        predictors: &Array2<f64>,
        with_errors: Option<&Array2<LogRatio>>,
        uncertainty: Option<&Uncertainty>,
    ) {
        for (class, name) in names.enumerate() {
            self.add(format!("eta({name})"), Cells::Numbers(predictors.column(class).to_vec()));
            let Some(of_class) = with_errors.map(|rows| rows.column(class)) else { continue };
            let name = format!("eta({name})");
            self.add_errors(args, uncertainty, &name, of_class.iter(), |eta| eta.std_error, LogRatio::interval);
        }
    }

    fn add_probabilities(
        &mut self,
        args: &PredictArgs,
        names: &[String],
        probabilities: &Array2<f64>,
        with_errors: Option<&Array2<Probability>>,
        uncertainty: Option<&Uncertainty>,
    ) {
        for (class, name) in names.iter().enumerate() {
            self.add(format!("P({name})"), Cells::Numbers(probabilities.column(class).to_vec()));
            let Some(of_class) = with_errors.map(|rows| rows.column(class)) else { continue };
            let name = format!("P({name})");
            self.add_errors(args, uncertainty, &name, of_class.iter(), Probability::std_error, Probability::interval);
        }
    }

    /// The standard errors and the intervals of what stands in the column `name`, as far as they are asked for.
    fn add_errors<'e, E: 'e>(
        &mut self,
        args: &PredictArgs,
        uncertainty: Option<&Uncertainty>,
        name: &str,
        rows: impl Iterator<Item = &'e E> + Clone,
        std_error: impl Fn(&E) -> f64,
        interval: impl Fn(&E, f64) -> (f64, f64),
    ) {
        if args.se {
            self.add(format!("{name}_se"), Cells::Numbers(rows.clone().map(std_error).collect()));
        }
        if let Some(quantile) = uncertainty.and_then(|of| of.quantile) {
            let (low, high) = rows.map(|row| interval(row, quantile)).unzip();
            self.add(format!("{name}_low"), Cells::Numbers(low));
            self.add(format!("{name}_high"), Cells::Numbers(high));
        }
    }

    fn first_not_finite(&self) -> Option<usize> {
        let of_column = |(_, cells): &(String, Cells)| match cells {
            Cells::Numbers(numbers) => numbers.iter().position(|number| !number.is_finite()),
            Cells::Classes(_) => None,
        };
        self.columns.iter().filter_map(of_column).min()
    }

    fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, cells)| match cells {
            Cells::Numbers(numbers) => numbers.len(),
            Cells::Classes(classes) => classes.len(),
        })
    }

    fn print(&self, part: &Part) -> Result<()> {
        match self.first_not_finite() {
            Some(row) => Err(part.error_of(
                row,
                "a linear predictor or its uncertainty is not a finite number: a cell or a coefficient is too large",
            )),
            None => output::print_by(|out| self.write(out, part)),
        }
    }

    /// A line for each row of the file, in its order.
    fn write(&self, out: &mut dyn Write, part: &Part) -> io::Result<()> {
        let mut out = csv::Writer::from_writer(out);
        if part.is_first {
            out.write_record(self.columns.iter().map(|(name, _)| name)).map_err(of_pipe)?;
        }
        for row in part.omitted.among(self.rows()) {
            out.write_record(self.columns.iter().map(|(_, cells)| cells.at(row))).map_err(of_pipe)?;
        }
        out.flush()
    }
}

/// The error of the pipe or file behind a table, with its kind, which tells a reader that has seen enough.
fn of_pipe(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}

impl Cells {
    /// The cell of a row, if that has a prediction.
    fn at(&self, row: Option<usize>) -> String {
        let cell = row.and_then(|row| match self {
            Cells::Numbers(numbers) => numbers.get(row).map(|number| format!("{number:?}")),
            Cells::Classes(classes) => classes.get(row).cloned(),
        });
        cell.unwrap_or_else(|| "NA".into())
    }
}
