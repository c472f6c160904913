//! Predictions of classes: probabilities, and the most probable class.

use super::{Kind, Saved, refuse_all};
use crate::args::{PredictArgs, Scale};
use crate::design::{Columns, Levels};
use crate::error::{Error, Exit, Result};
use crate::output;
use crate::progress::Reading;
use crate::recipe::Recipe;
use crate::saved::Loaded;
use crate::table::{self, Lines, Omitted};
use models::ordinal::OrdinalFit;
use models::softmax::SoftmaxFit;
use ndarray::{Array2, ArrayView1};
use std::io::{self, Write};

/// New rows, ready for a saved model.
struct Rows {
    columns: Columns,
    lines: Lines,
    omitted: Omitted,
}

/// What is predicted of all rows.
struct Predictions<'f> {
    classes: &'f [String],
    /// The linear predictors, where there is one a row.
    eta: Option<Vec<f64>>,
    /// The most probable class of each row, and the probabilities, a column for each class.
    probabilities: Option<(Vec<usize>, Array2<f64>)>,
}

/// Writes the classes and probabilities of each row, if the saved model is one of classes.
pub fn run(args: &PredictArgs, loaded: &Loaded) -> Result<Exit> {
    let kind = match loaded {
        Loaded::Multinomial(_) => Kind::Multinomial,
        _ => Kind::Ordinal,
    };
    let link_alone = kind == Kind::Multinomial && args.scale == Some(Scale::Link);
    refuse_all(kind, &[("--se", args.se), ("--interval", args.interval.is_some()), ("--type link", link_alone)])?;
    match loaded {
        Loaded::Glm(_) => Ok(Exit::Unusable),
        Loaded::Multinomial(saved) => multinomial(args, saved),
        Loaded::Ordinal(saved) => ordinal(args, saved),
    }
}

fn multinomial(args: &PredictArgs, saved: &Saved<SoftmaxFit>) -> Result<Exit> {
    let rows = read(args, &saved.recipe, &saved.levels)?;
    let in_file = |error| Error::in_rows(error, &args.data.data, &rows.lines);
    let design = rows.columns.design().map_err(in_file)?;
    let classes = saved.fit.predict_class(&design).map_err(in_file)?;
    let probabilities = (classes, saved.fit.predict(&design).map_err(in_file)?);
    print(
        args,
        &saved.recipe,
        &rows,
        &Predictions { classes: &saved.fit.classes, eta: None, probabilities: Some(probabilities) },
    )
}

fn ordinal(args: &PredictArgs, saved: &Saved<OrdinalFit>) -> Result<Exit> {
    let rows = read(args, &saved.recipe, &saved.levels)?;
    let in_file = |error| Error::in_rows(error, &args.data.data, &rows.lines);
    let design = rows.columns.design().map_err(in_file)?;
    let eta = saved.fit.predict_linear(&design).map_err(in_file)?;
    let probabilities = match args.scale {
        Some(Scale::Link) => None,
        _ => Some((saved.fit.predict_level(&design).map_err(in_file)?, saved.fit.predict(&design).map_err(in_file)?)),
    };
    let eta = (args.scale != Some(Scale::Response)).then_some(eta);
    print(args, &saved.recipe, &rows, &Predictions { classes: &saved.fit.levels, eta, probabilities })
}

fn read(args: &PredictArgs, recipe: &Recipe, levels: &Levels) -> Result<Rows> {
    let source = table::open(&args.data.data, &args.data.format()?)?;
    let table = recipe.read_for_prediction(levels, source, &Reading::of(&args.data.data))?;
    let (lines, omitted) = (table.lines.clone(), table.omitted.clone());
    Ok(Rows { columns: Columns::to_predict(recipe, levels, table)?, lines, omitted })
}

fn print(args: &PredictArgs, recipe: &Recipe, rows: &Rows, predictions: &Predictions) -> Result<Exit> {
    if let Some(row) = predictions.first_not_finite() {
        let place = format!("{}, {}", args.data.data.display(), rows.lines.name(row));
        let reason = "a linear predictor is not a finite number: a cell or a coefficient is too large".into();
        return Err(Error::Data { place, reason });
    }
    output::print_by(|out| predictions.write(out, &rows.omitted))?;
    crate::predict::warn(recipe, &rows.omitted)?;
    Ok(Exit::Done)
}

impl Predictions<'_> {
    fn first_not_finite(&self) -> Option<usize> {
        let eta = self.eta.as_ref().and_then(|eta| eta.iter().position(|eta| !eta.is_finite()));
        let is_wrong = |row: ArrayView1<f64>| row.iter().any(|p| !p.is_finite());
        eta.or_else(|| self.probabilities.as_ref()?.1.outer_iter().position(is_wrong))
    }

    fn rows(&self) -> usize {
        let rows = self.eta.as_ref().map(Vec::len);
        rows.or_else(|| Some(self.probabilities.as_ref()?.1.nrows())).unwrap_or(0)
    }

    /// A line for each row of the file, in its order.
    fn write(&self, out: &mut dyn Write, omitted: &Omitted) -> io::Result<()> {
        let mut out = csv::Writer::from_writer(out);
        let mut cells: Vec<String> = self.eta.iter().map(|_| "eta".into()).collect();
        if self.probabilities.is_some() {
            cells.push("class".into());
            cells.extend(self.classes.iter().map(|class| format!("P({class})")));
        }
        out.write_record(&cells)?;
        for row in omitted.among(self.rows()) {
            match row {
                None => cells.iter_mut().for_each(|cell| *cell = "NA".into()),
                Some(row) => cells = self.cells(row),
            }
            out.write_record(&cells)?;
        }
        out.flush()
    }

    fn cells(&self, row: usize) -> Vec<String> {
        let mut cells: Vec<String> =
            self.eta.iter().filter_map(|eta| eta.get(row)).map(|eta| format!("{eta:?}")).collect();
        if let Some((classes, probabilities)) = &self.probabilities {
            let class = classes.get(row).and_then(|&class| self.classes.get(class));
            cells.push(class.cloned().unwrap_or_default());
            cells.extend(probabilities.row(row).iter().map(|p| format!("{p:?}")));
        }
        cells
    }
}
