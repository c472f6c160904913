//! `glm fit`: read, fit, tell.

use crate::args::FitArgs;
use crate::design::Columns;
use crate::error::{Error, Exit, Result};
use crate::input::Input;
use crate::plots::{self, Fitted};
use crate::progress::Fitting;
use crate::report::Report;
use crate::saved::Saved;
use crate::{files, output, signals};
use models::fit::{Control, Observer, Options, Progress, Status};
use models::inference::{Covariance, Inference};
use models::{Glm, GlmFit, Objective, Summary};

/// The level of confidence of all intervals.
const LEVEL: f64 = 0.95;

/// Fits the model that the arguments describe, prints what came out, and writes the files that are asked for.
pub fn run(args: &FitArgs) -> Result<Exit> {
    if let Some(path) = &args.save {
        files::spare_data(path, &args.data.data)?;
    }
    let input = Input::read(&args.data, &args.model)?;
    let (columns, y) = (Columns::to_fit(&input.recipe, &input.table)?, input.response()?);
    let glm = input.glm(&columns, &y)?;
    signals::listen()?;
    let (fit, history) = fit(&glm, &input)?;
    let inference = fit.inference(&glm, Covariance::Expected)?;
    // Whatever becomes of one of them, the others are done.
    let printed = print(args, &input, &fit, &inference);
    let drawn = args.plots.as_ref().map_or(Ok(()), |directory| {
        let spreads = columns.spreads();
        let fitted = Fitted { glm: &glm, fit: &fit, inference: &inference, level: LEVEL, spreads, history };
        plots::draw(directory, fitted, &args.data.data)
    });
    let saved = args
        .save
        .as_ref()
        .map_or(Ok(()), |path| Saved::new(input.recipe.clone(), columns.levels.clone(), fit.clone()).save(path));
    printed.and(drawn).and(saved)?;
    if fit.fit.converged() {
        return Ok(Exit::Done);
    }
    output::tell(&fit.fit.status.to_string())?;
    Ok(Exit::NotFitted)
}

/// The fit, and the gradient's relative norm before each iteration.
fn fit(glm: &Glm, input: &Input) -> Result<(GlmFit, Vec<f64>)> {
    let mut watch = Watch { progress: Fitting::new(), history: Vec::new(), last: None, bound: glm.lower_bound() };
    let outcome = glm.fit_observed(&Options::default(), &mut watch);
    if signals::asked() {
        return Err(watch.interrupted_at());
    }
    match outcome.map_err(|error| input.error(error))? {
        // Only a Ctrl-C stops a fit.
        fit if fit.fit.status == Status::Stopped => Err(watch.interrupted_at()),
        fit => Ok((fit, watch.history)),
    }
}

/// Shows how a fit is getting on, keeps where it was, and ends it after a Ctrl-C.
struct Watch {
    progress: Fitting,
    history: Vec<f64>,
    last: Option<Progress>,
    /// What the loss can't fall below.
    bound: f64,
}

impl Observer for Watch {
    fn observe(&mut self, now: &Progress) -> Control {
        // The scale with which the options' tolerance is multiplied before the norm is compared with it.
        let scale = (2.0 * (now.loss - self.bound).abs()).sqrt();
        let relative = if scale > 0.0 { now.gradient / scale } else { now.gradient };
        self.progress.reached(now.iteration, relative);
        self.history.push(relative);
        self.last = Some(*now);
        Control::Continue
    }

    fn interrupted(&self) -> bool {
        signals::asked()
    }
}

impl Watch {
    /// The line that an interrupted fit ends with.
    fn interrupted_at(&self) -> Error {
        Error::Interrupted(match self.last {
            Some(Progress { iteration, loss, .. }) => {
                format!(
                    "in iteration {iteration} of the fit, at the loss (negative log-likelihood) {loss}; nothing is saved"
                )
            }
            None => "before the first iteration of the fit; nothing is saved".into(),
        })
    }
}

/// The summary, or the object of `--json`.
fn print(args: &FitArgs, input: &Input, fit: &GlmFit, inference: &Inference) -> Result<()> {
    if !args.json {
        let notes: String = input.notes().map(|note| note + "\n").collect();
        return output::print(&(Summary::new(fit, inference).to_string() + &output::printable(&notes)));
    }
    let omitted = input.table.omitted.rows.len();
    let text = serde_json::to_string_pretty(&Report::new(fit, inference, LEVEL, omitted));
    output::print(&(text.map_err(|error| Error::Usage(format!("the fit can't be written as JSON: {error}")))? + "\n"))
}
