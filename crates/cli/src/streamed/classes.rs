//! Multinomial models of a source.

use super::streaming::{Streamed, Streaming};
use crate::classes::{Report, check_levels};
use crate::error::{Exit, Result};
use crate::evidence::Evidence;
use crate::model::Kind;
use crate::report::LEVEL;
use crate::saved::Saved;
use crate::{estimation, output, start};
use data::Source;
use models::StreamedSoftmax;
use models::softmax::SoftmaxSummary;

/// Fits the model of these classes, prints what came out, and saves it.
pub fn fit(streaming: &Streaming, source: &dyn Source, of: &Streamed, classes: &[String], kind: Kind) -> Result<Exit> {
    let args = streaming.args;
    check_levels(classes, of.response, kind)?;
    let journal = streaming.journal()?;
    let model = match streaming.ranks {
        None => StreamedSoftmax::new(source, &of.terms, of.response, classes)?,
        Some(ranks) => StreamedSoftmax::on_ranks(source, &of.terms, of.response, classes, ranks)?,
    };
    let mut model = model.with_ridge(args.model.ridge)?;
    model = journal.iter().fold(model, |model, journal| model.with_journal(journal));
    let options = start::options_of(&args.estimation, &model)?;
    let fitted = streaming.watched(&model, of, journal.as_ref(), |watch| model.fit_observed(&options, watch))?;
    let inference = model.inference(&fitted)?;
    streaming.passes.end();
    let level = args.inference.level;
    if args.json {
        output::print_json("the fit", &Report::multinomial(&fitted, &inference, level.unwrap_or(LEVEL)))?;
    } else {
        let summary = SoftmaxSummary::new(&fitted, &inference);
        output::print(&match level {
            Some(level) => summary.with_intervals(level).to_string(),
            None => summary.to_string(),
        })?;
    }
    if let Some(path) = streaming.save() {
        let evidence = Evidence::of_rows_in_classes(&inference, model.data_fingerprint());
        Saved::new(Some(kind), of.recipe.clone(), of.levels.clone(), fitted.clone(), evidence).save(path)?;
    }
    estimation::end(&fitted.fit)
}
