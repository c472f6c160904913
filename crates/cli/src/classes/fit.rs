//! The fit of a model of classes: read, fit, tell.

use super::input::Input;
use super::report::Report;
use super::{Kind, Saved, refuse_all};
use crate::args::FitArgs;
use crate::error::{Error, Exit, Result};
use crate::estimation;
use crate::fit::LEVEL;
use crate::{files, output, signals, start};
use models::Objective;
use models::fit::{Fit, Options};
use models::ordinal::{Ordinal, OrdinalSummary};
use models::softmax::{Softmax, SoftmaxSummary};
use std::path::Path;

/// Fits the model that the arguments describe, prints what came out, and saves it where that is asked for.
pub fn run(args: &FitArgs, kind: Kind) -> Result<Exit> {
    if let Some(path) = &args.save {
        files::spare_data(path, &args.data.data)?;
    }
    let (estimation, inference) = (&args.estimation, &args.inference);
    refuse_all(
        kind,
        &[
            ("--firth", estimation.firth),
            ("--robust", inference.robust.is_some()),
            ("--cluster", inference.cluster.is_some()),
            ("--profile", inference.profile),
            ("--anova", inference.anova),
            ("--plots", args.plots.is_some()),
        ],
    )?;
    let input = Input::read(&args.data, &args.model, kind)?;
    signals::listen()?;
    match kind {
        Kind::Multinomial => multinomial(args, &input),
        Kind::Ordinal => ordinal(args, &input),
    }
}

fn multinomial(args: &FitArgs, input: &Input) -> Result<Exit> {
    let in_table = |error| input.error(error);
    let design = input.columns.design().map_err(in_table)?;
    let model = Softmax::new(design, &input.classes, &input.labels).map_err(in_table)?.with_ridge(args.model.ridge)?;
    let options = options(args, &model)?;
    let (fit, _) = estimation::observed(&model, in_table, |watch| model.fit_observed(&options, watch))?;
    let inference = fit.inference(&model)?;
    let report = Report::multinomial(&fit, &inference, args.inference.level.unwrap_or(LEVEL));
    let page = SoftmaxSummary::new(&fit, &inference);
    let page = args.inference.level.map_or(page, |level| page.with_intervals(level)).to_string();
    tell(args, input, &fit.fit, &page, report, |path| {
        Saved::new(Kind::Multinomial, input.recipe.clone(), input.columns.levels.clone(), fit.clone()).save(path)
    })
}

fn ordinal(args: &FitArgs, input: &Input) -> Result<Exit> {
    let in_table = |error| input.error(error);
    let design = input.columns.design().map_err(in_table)?;
    let model = Ordinal::new(design, &input.classes, &input.labels).map_err(in_table)?.with_ridge(args.model.ridge)?;
    let options = options(args, &model)?;
    let (fit, _) = estimation::observed(&model, in_table, |watch| model.fit_observed(&options, watch))?;
    let inference = fit.inference(&model)?;
    let report = Report::ordinal(&fit, &inference, args.inference.level.unwrap_or(LEVEL));
    let page = OrdinalSummary::new(&fit, &inference);
    let page = args.inference.level.map_or(page, |level| page.with_intervals(level)).to_string();
    tell(args, input, &fit.fit, &page, report, |path| {
        Saved::new(Kind::Ordinal, input.recipe.clone(), input.columns.levels.clone(), fit.clone()).save(path)
    })
}

/// How the loss is minimised.
fn options<O: Objective>(args: &FitArgs, model: &O) -> Result<Options> {
    let names: Vec<String> = model.blocks().iter().flat_map(|block| block.names().to_vec()).collect();
    start::options(&args.estimation, &names)
}

/// Prints the page or the report, and saves the model.
fn tell(
    args: &FitArgs,
    input: &Input,
    fit: &Fit,
    page: &str,
    report: Report,
    save: impl FnOnce(&Path) -> Result<()>,
) -> Result<Exit> {
    let omitted = &input.table.omitted;
    let printed = if args.json {
        let text = serde_json::to_string_pretty(&report.with_omitted(omitted.rows.len()));
        output::print(
            &(text.map_err(|error| Error::Usage(format!("the fit can't be written as JSON: {error}")))? + "\n"),
        )
    } else {
        let notes: String = input.notes().map(|note| note + "\n").collect();
        output::print(&format!("{page}{}", output::printable(&notes)))
    };
    // Whatever becomes of one of them, the other is done.
    let saved = args.save.as_deref().map_or(Ok(()), save);
    printed.and(saved)?;
    if fit.converged() {
        return Ok(Exit::Done);
    }
    output::tell(&fit.reason())?;
    Ok(Exit::NotFitted)
}
