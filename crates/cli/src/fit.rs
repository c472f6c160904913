//! `glm fit`: read, fit, tell.

use crate::args::FitArgs;
use crate::design::{self, Columns};
use crate::error::{Error, Exit, Result};
use crate::input::Input;
use crate::plots::{self, Fitted};
use crate::progress::Fitting;
use crate::report::Report;
use crate::saved::Saved;
use models::fit::{Control, Options, Progress};
use models::inference::{Covariance, Inference};
use models::{Glm, GlmFit, Objective, Summary};

/// The level of confidence of all intervals.
const LEVEL: f64 = 0.95;

/// Fits the model that the arguments describe, prints what came out, and writes the files that are asked for.
pub fn run(args: &FitArgs) -> Result<Exit> {
    let input = Input::read(&args.data, &args.model)?;
    let (columns, y) = (Columns::to_fit(&input.recipe, &input.table)?, design::response(&input.table));
    let glm = input.glm(&columns, &y)?;
    let (fit, history) = fit(&glm).map_err(|error| input.error(error))?;
    let inference = fit.inference(&glm, Covariance::Expected)?;
    print(args, &fit, &inference)?;
    if let Some(directory) = &args.plots {
        let spreads = columns.spreads();
        let fitted = Fitted { glm: &glm, fit: &fit, inference: &inference, level: LEVEL, spreads, history };
        plots::draw(directory, fitted)?;
    }
    if let Some(path) = &args.save {
        Saved::new(input.recipe, columns.levels.clone(), fit.clone()).save(path)?;
    }
    if fit.fit.converged() {
        return Ok(Exit::Done);
    }
    eprintln!("glm: {}", fit.fit.status);
    Ok(Exit::NotFitted)
}

/// The fit, and the gradient's relative norm before each iteration.
fn fit(glm: &Glm) -> models::Result<(GlmFit, Vec<f64>)> {
    let (progress, mut history, bound) = (Fitting::new(), Vec::new(), glm.lower_bound());
    let mut observer = |now: &Progress| {
        // The scale with which the options' tolerance is multiplied before the norm is compared with it.
        let scale = (2.0 * (now.loss - bound).abs()).sqrt();
        let relative = if scale > 0.0 { now.gradient / scale } else { now.gradient };
        progress.reached(now.iteration, relative);
        history.push(relative);

        Control::Continue
    };
    let fit = glm.fit_observed(&Options::default(), &mut observer)?;
    Ok((fit, history))
}

/// The summary, or the object of `--json`.
fn print(args: &FitArgs, fit: &GlmFit, inference: &Inference) -> Result<()> {
    if !args.json {
        print!("{}", Summary::new(fit, inference));
        return Ok(());
    }
    let text = serde_json::to_string_pretty(&Report::new(fit, inference, LEVEL));
    println!("{}", text.map_err(|error| Error::Usage(format!("the fit can't be written as JSON: {error}")))?);
    Ok(())
}
