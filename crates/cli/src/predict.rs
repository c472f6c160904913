//! `glm predict`: a saved model applied to the rows of a file.

use crate::args::PredictArgs;
use crate::design::Columns;
use crate::error::{Error, Exit, Result};
use crate::output;
use crate::progress::Reading;
use crate::saved::Saved;
use crate::table;
use std::io::Write;

/// Writes the linear predictor and the mean of each row.
pub fn run(args: &PredictArgs) -> Result<Exit> {
    let saved = Saved::load(&args.model)?;
    let source = table::open(&args.data.data, args.data.delimiter)?;
    let table = saved.recipe.read_for_prediction(&saved.levels, source, &Reading::of(&args.data.data))?;
    let (path, lines) = (table.path.clone(), table.lines.clone());
    let columns = Columns::to_predict(&saved.recipe, &saved.levels, table)?;
    let predictors = saved.fit.predict_linear(&columns.design()?)?;
    if let Some((row, eta)) = predictors.iter().enumerate().find(|(_, eta)| !eta.is_finite()) {
        let place = format!("{}, {}", path.display(), lines.name(row));
        let reason = format!("the linear predictor is {eta}: a cell or a coefficient is too large");
        return Err(Error::Data { place, reason });
    }
    output::print_by(|out| write(out, &predictors, |eta| saved.fit.link.mean(eta)))?;
    Ok(Exit::Done)
}

fn write(out: &mut dyn Write, predictors: &[f64], mean: impl Fn(f64) -> f64) -> std::io::Result<()> {
    writeln!(out, "eta,mu")?;
    for &eta in predictors {
        writeln!(out, "{eta:?},{:?}", mean(eta))?;
    }
    Ok(())
}
