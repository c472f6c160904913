//! `glm predict`: a saved model applied to the rows of a file.

use crate::args::PredictArgs;
use crate::design::Columns;
use crate::error::{Error, Exit, Result};
use crate::progress::Reading;
use crate::saved::Saved;
use crate::table;
use std::io::{BufWriter, Write};

/// Writes the linear predictor and the mean of each row.
pub fn run(args: &PredictArgs) -> Result<Exit> {
    let saved = Saved::load(&args.model)?;
    let source = table::open(&args.data.data, args.data.delimiter)?;
    let table = saved.recipe.read_for_prediction(&saved.levels, source, &Reading::of(&args.data.data))?;
    let columns = Columns::to_predict(&saved.recipe, &saved.levels, table)?;
    let predictors = saved.fit.predict_linear(&columns.design()?)?;
    match write(&predictors, |eta| saved.fit.link.mean(eta)) {
        // A reader that has seen enough, such as `head`, is no error.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::Usage(format!("the predictions can't be written: {error}")))
        }
        _ => Ok(Exit::Done),
    }
}

fn write(predictors: &[f64], mean: impl Fn(f64) -> f64) -> std::io::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    writeln!(out, "eta,mu")?;
    for &eta in predictors {
        writeln!(out, "{eta:?},{:?}", mean(eta))?;
    }
    out.flush()
}
