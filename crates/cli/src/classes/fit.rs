//! The fit of a model of classes: read, fit, tell.

use super::input::Input;
use super::refused::refuse_all;
use super::report::Report;
use crate::anova::{self, Deviance};
use crate::args::{FitArgs, Robust};
use crate::design::Columns;
use crate::error::{Error, Exit, Result};
use crate::estimation;
use crate::evidence::Evidence;
use crate::model::Kind;
use crate::recipe::Recipe;
use crate::report::LEVEL;
use crate::saved::Saved;
use crate::{files, output, plots, signals, start, std_errors};
use models::fit::{Fit, Options};
use models::inference::{AnalysisOfDeviance, Covariance};
use models::ordinal::{OrdinalInference, OrdinalSummary};
use models::softmax::{SoftmaxInference, SoftmaxSummary};
use ndarray::ArrayView1;

/// Fits the model that the arguments describe, prints what came out, and saves it where that is asked for.
pub fn run(args: &FitArgs, kind: Kind) -> Result<Exit> {
    if let Some(path) = &args.save {
        files::spare_data(path, [&args.data.data])?;
    }
    args.plots.as_deref().map_or(Ok(()), files::check_folder)?;
    let (estimation, inference) = (&args.estimation, &args.inference);
    refuse_all(kind, &[("--firth", estimation.firth), ("--profile", inference.profile)])?;
    if matches!(inference.robust, Some(Robust::Hc2 | Robust::Hc3)) {
        return Err(Error::Usage(format!(
            "--robust: HC2 and HC3 are by leverages, which rows have where there is a single linear predictor; --family {kind} takes HC0 and HC1"
        )));
    }
    estimation::check(args)?;
    signals::listen_while_reading(&args.data.data)?;
    let input = Input::read(&args.data, &args.model, inference.cluster.as_deref(), kind)?;
    input.recipe.warn_of_levels(input.table.categories(), &args.data)?;
    signals::listen()?;
    match kind {
        Kind::Multinomial => multinomial(args, &input),
        Kind::Ordinal => ordinal(args, &input),
    }
}

fn multinomial(args: &FitArgs, input: &Input) -> Result<Exit> {
    let in_table = |error| input.error(error);
    let model = input.multinomial(&input.columns, args.model.ridge)?;
    let options = start::options_of(&args.estimation, &model)?;
    let (fit, history) = estimation::observed(&model, in_table, |watch| model.fit_observed(&options, watch))?;
    let by = |covariance| fit.robust_inference(&model, covariance);
    let by_clusters = |clusters: ArrayView1<'_, usize>| fit.clustered_inference(&model, clusters);
    let (inference, errors) =
        std_errors::infer(&args.inference, &input.table, &input.columns, by, by_clusters, Covariance::Expected)?;
    let level = args.inference.level.unwrap_or(LEVEL);
    let deviance = |of: &SoftmaxInference| Deviance { residual_df: of.residual_df, deviance: of.deviance };
    let null = Deviance { residual_df: inference.null_df, deviance: inference.null_deviance };
    let analysis = analysis(args, input, &fit.fit, null, deviance(&inference), |columns| {
        let part = input.multinomial(columns, 0.0)?;
        let fit = estimation::observed(&part, in_table, |watch| part.fit_observed(&Options::default(), watch))?.0;
        let inference = fit.inference(&part)?;
        Ok((fit.fit, deviance(&inference)))
    })?;
    let page = errors.notes().into_iter().fold(SoftmaxSummary::new(&fit, &inference), SoftmaxSummary::with_note);
    let page = match args.inference.level {
        Some(level) => page.with_intervals(level).to_string(),
        None => page.to_string(),
    };
    let report = Report::multinomial(&fit, &inference, level).with_errors(&errors);
    let printed = print(args, input, page, report, analysis.as_ref());
    let drawn = args.plots.as_ref().map_or(Ok(()), |directory| {
        let spreads = input.spreads(&fit.terms)?;
        let spreads: Vec<f64> = spreads.iter().cycle().take(fit.fit.names.len()).copied().collect();
        let intervals = inference.wald_intervals(level);
        let effects = plots::effects(&inference.coefficients, &intervals, &spreads);
        let probabilities = fit.predict(model.design())?;
        plots::draw_classes(directory, effects, level, input.observations(&probabilities), history, &args.data.data)
    });
    let saved = args.save.as_deref().map_or(Ok(()), |path| {
        let evidence = Evidence::of_multinomial(&model, &inference, errors.is_robust());
        let (recipe, levels) = (input.recipe.clone(), input.columns.levels.clone());
        Saved::new(Some(Kind::Multinomial), recipe, levels, fit.clone(), evidence).save(path)
    });
    printed.and(drawn).and(saved)?;
    estimation::end(&fit.fit)
}

fn ordinal(args: &FitArgs, input: &Input) -> Result<Exit> {
    let in_table = |error| input.error(error);
    let model = input.ordinal(&input.columns, args.model.ridge)?;
    let options = start::options_of(&args.estimation, &model)?;
    let (fit, history) = estimation::observed(&model, in_table, |watch| model.fit_observed(&options, watch))?;
    let by = |covariance| fit.robust_inference(&model, covariance);
    let by_clusters = |clusters: ArrayView1<'_, usize>| fit.clustered_inference(&model, clusters);
    let (inference, errors) =
        std_errors::infer(&args.inference, &input.table, &input.columns, by, by_clusters, Covariance::Observed)?;
    let level = args.inference.level.unwrap_or(LEVEL);
    let deviance = |of: &OrdinalInference| Deviance { residual_df: of.residual_df, deviance: of.deviance };
    let null = Deviance { residual_df: inference.null_df, deviance: inference.null_deviance };
    let analysis = analysis(args, input, &fit.fit, null, deviance(&inference), |columns| {
        let part = input.ordinal(columns, 0.0)?;
        let fit = estimation::observed(&part, in_table, |watch| part.fit_observed(&Options::default(), watch))?.0;
        let inference = fit.inference(&part)?;
        Ok((fit.fit, deviance(&inference)))
    })?;
    let page = errors.notes().into_iter().fold(OrdinalSummary::new(&fit, &inference), OrdinalSummary::with_note);
    let page = match args.inference.level {
        Some(level) => page.with_intervals(level).to_string(),
        None => page.to_string(),
    };
    let report = Report::ordinal(&fit, &inference, level).with_errors(&errors);
    let printed = print(args, input, page, report, analysis.as_ref());
    let drawn = args.plots.as_ref().map_or(Ok(()), |directory| {
        let effects =
            plots::effects(&inference.coefficients, &inference.wald_intervals(level), &input.spreads(&fit.terms)?);
        let probabilities = fit.predict(model.design())?;
        plots::draw_classes(directory, effects, level, input.observations(&probabilities), history, &args.data.data)
    });
    let saved = args.save.as_deref().map_or(Ok(()), |path| {
        let evidence = Evidence::of_ordinal(&model, &inference, errors.is_robust());
        let (recipe, levels) = (input.recipe.clone(), input.columns.levels.clone());
        Saved::new(Some(Kind::Ordinal), recipe, levels, fit.clone(), evidence).save(path)
    });
    printed.and(drawn).and(saved)?;
    estimation::end(&fit.fit)
}

/// The tests of the terms, if they are asked for and the fit is a maximum; `fit` fits a model of some of the columns.
fn analysis(
    args: &FitArgs,
    input: &Input,
    whole_fit: &Fit,
    null: Deviance,
    whole: Deviance,
    fit: impl Fn(&Columns) -> Result<(Fit, Deviance)>,
) -> Result<Option<AnalysisOfDeviance>> {
    if !(args.inference.anova && whole_fit.converged()) {
        return Ok(None);
    }
    let part = |recipe: &Recipe| fit(&Columns::of(recipe, &input.table)?);
    anova::sequence(&input.recipe, null, whole, None, part).map(Some)
}

/// Prints the page or the report.
fn print(
    args: &FitArgs,
    input: &Input,
    mut page: String,
    report: Report,
    analysis: Option<&AnalysisOfDeviance>,
) -> Result<()> {
    if args.json {
        let report = report.with_omitted(input.table.omitted.rows.len()).with_anova(analysis);
        return output::print_json("the fit", &report);
    }
    let notes: String = input.notes().map(|note| note + "\n").collect();
    page.push_str(&output::printable(&notes));
    if args.inference.anova {
        page.push_str(&anova::section(analysis, ""));
    }
    output::print(&page)
}
