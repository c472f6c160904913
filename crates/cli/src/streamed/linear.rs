//! Generalised linear models of a source.

use super::streaming::{Streamed, Streaming};
use crate::error::{Error, Exit, Result};
use crate::evidence::Evidence;
use crate::model::{self, Dispersion};
use crate::report::{Intervals, LEVEL, Report};
use crate::saved::Saved;
use crate::{estimation, output, response, start};
use data::Source;
use models::inference::{Covariance, Inference};
use models::{Family, GlmFit, StreamedGlm, Summary};

/// Fits the model, prints what came out, and saves it.
pub fn fit(streaming: &Streaming, source: &dyn Source, of: &Streamed) -> Result<Exit> {
    let args = streaming.args;
    let (family, dispersion) = model::family(&args.model)?;
    if of.recipe.outcome.is_some() && family != Family::Binomial {
        return Err(Error::Usage("--success and --failures are for --family binomial only".into()));
    }
    let link = model::link(&args.model, family)?;
    let journal = streaming.journal()?;
    let glm = match streaming.ranks {
        None => StreamedGlm::new(source, &of.terms, of.response, family)?,
        Some(ranks) => StreamedGlm::on_ranks(source, &of.terms, of.response, family, ranks)?,
    };
    let mut glm = glm.with_link(link).with_ridge(args.model.ridge)?;
    glm = if dispersion == Dispersion::Quasi { glm.with_estimated_dispersion() } else { glm };
    glm = journal.iter().fold(glm, |glm, journal| glm.with_journal(journal));
    let options = start::options(&args.estimation, &glm.names())?;
    let fitted = streaming.watched(&glm, of, journal.as_ref(), |watch| glm.fit_observed(&options, watch));
    let fitted = fitted.map_err(|error| match error {
        Error::Model(error @ models::Error::BoundaryNeedsRows { .. }) => {
            Error::Usage(format!("{error}; give one file that fits (--memory), or take another link"))
        }
        error => error,
    })?;
    let inference = glm.inference(&fitted, Covariance::Expected)?;
    streaming.passes.end();
    response::warn_of_no_counts(glm.no_counts(), family)?;
    print(streaming, of, &glm, &fitted, &inference)?;
    if let Some(path) = streaming.save() {
        let evidence = Evidence::of_rows(&inference, glm.data_fingerprint());
        Saved::new(None, of.recipe.clone(), of.levels.clone(), fitted.clone(), evidence).save(path)?;
    }
    estimation::end(&fitted.fit)
}

fn print(streaming: &Streaming, of: &Streamed, glm: &StreamedGlm, fit: &GlmFit, inference: &Inference) -> Result<()> {
    let args = streaming.args;
    let level = args.inference.level.unwrap_or(LEVEL);
    let intervals = Intervals { level, profile: false, ends: inference.wald_intervals(level) };
    if !args.json {
        let summary = Summary::new(fit, inference);
        let mut page = match args.inference.level {
            Some(_) => summary.with_intervals(level, intervals.words(inference.student), &intervals.ends).to_string(),
            None => summary.to_string(),
        };
        if let Some((levels, success)) = &of.success {
            let counts = [glm.positive_responses(), glm.rows()];
            let note = response::sentence_of(&of.recipe.response, *success, levels, counts) + "\n";
            page.push_str(&output::printable(&note));
        }
        return output::print(&page);
    }
    let report = Report::new(fit, inference, &intervals, 0);
    let report = report.with_intervals(args.inference.level.is_some().then_some(&intervals));
    output::print_json("the fit", &report)
}
