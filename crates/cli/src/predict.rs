//! `glm predict`: a saved model applied to the rows of a file.

use crate::args::PredictArgs;
use crate::design::Columns;
use crate::error::{Error, Exit, Result};
use crate::output;
use crate::progress::Reading;
use crate::saved::Saved;
use crate::table::{self, Omitted};
use std::io::Write;

/// Writes the linear predictor and the mean of each row.
pub fn run(args: &PredictArgs) -> Result<Exit> {
    let saved = Saved::load(&args.model)?;
    let source = table::open(&args.data.data, &args.data.format()?)?;
    let table = saved.recipe.read_for_prediction(&saved.levels, source, &Reading::of(&args.data.data))?;
    let (path, lines, omitted) = (table.path.clone(), table.lines.clone(), table.omitted.clone());
    let columns = Columns::to_predict(&saved.recipe, &saved.levels, table)?;
    let predictors = saved.fit.predict_linear(&columns.design()?)?;
    if let Some((row, eta)) = predictors.iter().enumerate().find(|(_, eta)| !eta.is_finite()) {
        let place = format!("{}, {}", path.display(), lines.name(row));
        let reason = format!("the linear predictor is {eta}: a cell or a coefficient is too large");
        return Err(Error::Data { place, reason });
    }
    output::print_by(|out| write(out, &predictors, &omitted, |eta| saved.fit.link.mean(eta)))?;
    omitted.sentence().map_or(Ok(()), |sentence| output::tell(&format!("{sentence}; their predictions are NA")))?;
    Ok(Exit::Done)
}

/// A line for each row of the file, in its order: those without a value for a column have no prediction.
fn write(out: &mut dyn Write, predictors: &[f64], omitted: &Omitted, mean: impl Fn(f64) -> f64) -> std::io::Result<()> {
    writeln!(out, "eta,mu")?;
    let (mut predictors, mut omitted) = (predictors.iter(), omitted.rows.iter().peekable());
    for row in 0.. {
        if omitted.next_if(|omitted| **omitted == row).is_some() {
            writeln!(out, "NA,NA")?;
            continue;
        }
        let Some(&eta) = predictors.next() else { break };
        writeln!(out, "{eta:?},{:?}", mean(eta))?;
    }
    Ok(())
}
