//! `glm fit`: read, fit, tell.

use crate::args::{FitArgs, InferenceArgs};
use crate::design::Columns;
use crate::error::{Exit, Result};
use crate::estimation::{self, Estimated};
use crate::evidence::Evidence;
use crate::input::Input;
use crate::plots::{self, Fitted};
use crate::report::{Intervals, LEVEL, Report};
use crate::saved::Saved;
use crate::std_errors::{self, StdErrors};
use crate::{aliased, anova, files, output, response, signals, start};
use models::fit::Status;
use models::inference::{AnalysisOfDeviance, Covariance, Inference};
use models::{Summary, inference};
use ndarray::ArrayView1;

/// Fits the model that the arguments describe, prints what came out, and writes the files that are asked for.
pub fn run(args: &FitArgs) -> Result<Exit> {
    if let Some(path) = &args.save {
        files::spare_data(path, [&args.data.data])?;
    }
    args.plots.as_deref().map_or(Ok(()), files::check_folder)?;
    estimation::check(args)?;
    signals::listen_while_reading(&args.data.data)?;
    let input = Input::read(&args.data, &args.model, args.inference.cluster.as_deref())?;
    let (columns, y) = (Columns::of(&input.recipe, &input.table)?, input.response()?);
    let glm = input.glm(&columns, &y)?;
    let options = start::options(&args.estimation, &glm.design().names())?;
    input.recipe.warn_of_levels(input.table.categories(), &args.data)?;
    signals::listen()?;
    let (no_counts, family) = (glm.no_counts(), glm.family());
    let estimated = estimation::estimate(glm, &input, args.estimation.firth, &options)?;
    response::warn_of_no_counts(no_counts, family)?;
    let (inference, errors) = infer(&estimated, &input, &columns, &args.inference)?;
    let (intervals, missing) = intervals(&estimated, &inference, &args.inference)?;
    // Of a fit that isn't a maximum, no tests: the page says so.
    let analysis = match args.inference.anova && estimated.fit.fit.converged() {
        true => Some(anova::of_terms(&input, &y, &estimated, &inference)?),
        false => None,
    };
    // Whatever becomes of one of them, the others are done.
    let (shown, ends) = aliased::with_gaps(&columns, inference.clone(), intervals.ends.clone())?;
    let shown_intervals = Intervals { ends, ..intervals.clone() };
    let report = FitReport {
        args,
        input: &input,
        estimated: &estimated,
        inference: &shown,
        errors,
        intervals: shown_intervals,
        missing,
        analysis,
    };
    let printed = report.print();
    let drawn = args.plots.as_ref().map_or(Ok(()), |directory| {
        let Estimated { glm, fit, history, .. } = &estimated;
        let (spreads, history, intervals) = (columns.spreads(fit.names())?, history.clone(), intervals.ends.clone());
        let level = report.intervals.level;
        plots::draw(
            directory,
            Fitted { glm, fit, inference: &inference, level, intervals, spreads, history },
            &args.data.data,
        )
    });
    let saved = args.save.as_ref().map_or(Ok(()), |path| {
        let evidence = Evidence::new(&estimated, &inference, report.errors.is_robust());
        let (recipe, levels) = (input.recipe.clone(), columns.levels.clone());
        Saved::new(None, recipe, levels, estimated.fit.clone(), evidence).save(path)
    });
    printed.and(drawn).and(saved)?;
    estimation::end(&estimated.fit.fit)
}

/// The inference with the standard errors that are asked for.
fn infer(
    estimated: &Estimated,
    input: &Input,
    columns: &Columns,
    args: &InferenceArgs,
) -> Result<(Inference, StdErrors)> {
    let Estimated { glm, fit, .. } = estimated;
    let by = |covariance| fit.inference(glm, covariance);
    let by_clusters = |clusters: ArrayView1<'_, usize>| fit.clustered_inference(glm, clusters);
    std_errors::infer(args, &input.table, columns, by, by_clusters, Covariance::Expected)
}

/// The intervals of the coefficients, and why ends of them are missing.
fn intervals(estimated: &Estimated, inference: &Inference, args: &InferenceArgs) -> Result<(Intervals, Vec<String>)> {
    let level = args.level.unwrap_or(LEVEL);
    let found = match args.profile {
        true => profile(estimated, level)?,
        false => (Intervals { level, profile: false, ends: inference.wald_intervals(level) }, Vec::new()),
    };
    signals::check()?;
    Ok(found)
}

/// The intervals by the profile of the likelihood, and why ends of them are missing.
fn profile(estimated: &Estimated, level: f64) -> Result<(Intervals, Vec<String>)> {
    let of = |ends: Vec<(f64, f64)>| Intervals { level, profile: true, ends };
    let fit = &estimated.fit.fit;
    if !(fit.converged() || fit.status == Status::Boundary) {
        let reason =
            "no profile intervals: the likelihood has a profile around its maximum only, which the fit didn't find";
        return Ok((of(vec![(f64::NAN, f64::NAN); fit.names.len()]), vec![reason.into()]));
    }
    let found = match estimated.firth {
        true => estimated.glm.firth_profile_intervals(&estimated.fit, level)?,
        false => inference::profile_intervals(&estimated.glm, &estimated.fit, level)?,
    };
    let reasons = found.missing.iter().map(|end| format!("profile interval: {end}"));
    let reasons = reasons.collect();
    Ok((of(found.ends), reasons))
}

/// What is printed of a fit.
struct FitReport<'t> {
    args: &'t FitArgs,
    input: &'t Input,
    estimated: &'t Estimated<'t>,
    inference: &'t Inference,
    errors: StdErrors,
    intervals: Intervals,
    /// Why ends of the intervals are missing.
    missing: Vec<String>,
    analysis: Option<AnalysisOfDeviance>,
}

impl FitReport<'_> {
    /// The summary, or the object of `--json`.
    fn print(&self) -> Result<()> {
        if !self.args.json {
            return output::print(&self.page());
        }
        self.missing.iter().try_for_each(|reason| output::message(reason))?;
        let asked = self.args.inference.level.is_some() || self.args.inference.profile;
        let omitted = self.input.table.omitted.rows.len();
        let report = Report::new(&self.estimated.fit, self.inference, &self.intervals, omitted)
            .with_estimation(self.estimated)
            .with_errors(&self.errors)
            .with_intervals(asked.then_some(&self.intervals))
            .with_anova(self.analysis.as_ref(), self.inference);
        output::print_json("the fit", &report)
    }

    fn page(&self) -> String {
        let fit = &self.estimated.fit;
        let mut summary = Summary::new(fit, self.inference);
        if self.estimated.firth {
            let likelihood = -fit.fit.loss;
            summary = summary.with_note(format!("Firth's bias reduction, penalised log-likelihood: {likelihood:.4}"));
        }
        if let Some((theta, std_error)) = self.estimated.theta {
            summary = summary.with_theta(theta, std_error);
        }
        for note in self.errors.notes() {
            summary = summary.with_note(note);
        }
        if self.args.inference.level.is_some() || self.args.inference.profile {
            summary = summary.with_intervals(
                self.intervals.level,
                self.intervals.words(self.inference.student),
                &self.intervals.ends,
            );
        }
        for reason in &self.missing {
            summary = summary.with_note(reason.clone());
        }
        let notes: String = self.input.notes().map(|note| note + "\n").collect();
        let mut page = summary.to_string() + &output::printable(&notes);
        if self.args.inference.anova {
            let theta = if self.estimated.theta.is_some() { ", at the θ of the whole model" } else { "" };
            page.push_str(&anova::section(self.analysis.as_ref(), theta));
        }
        page
    }
}
