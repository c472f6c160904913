//! Models compared: the terms of one model, one after another; and saved models, each within the next.

use crate::args::AnovaArgs;
use crate::design::Columns;
use crate::error::{Error, Exit, Result};
use crate::estimation::{self, Estimated};
use crate::evidence::{Estimator, Evidence};
use crate::input::Input;
use crate::model::Kind;
use crate::output;
use crate::recipe::{Levels, Recipe};
use crate::saved::{AnyFit, Saved};
use crate::terms::{Term, Variable};
use models::fit::Fit;
use models::inference::{AnalysisOfDeviance, Covariance, Inference, Scale};
use ndarray::Array1;
use serde::Serialize;
use std::path::Path;

/// An analysis of deviance as JSON.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    test: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dispersion: Option<f64>,
    rows: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    name: &'a str,
    residual_df: usize,
    residual_deviance: f64,
    df: Option<usize>,
    statistic: Option<f64>,
    p_value: Option<f64>,
}

impl<'a> Report<'a> {
    /// The report of an analysis, whose statistics are over this dispersion.
    pub fn new(analysis: &'a AnalysisOfDeviance, scale: Option<Scale>) -> Report<'a> {
        let rows = analysis.models.iter().map(|step| Row {
            name: &step.name,
            residual_df: step.residual_df,
            residual_deviance: step.deviance,
            df: step.comparison.map(|test| test.df),
            statistic: step.comparison.map(|test| test.statistic),
            p_value: step.comparison.map(|test| test.p_value),
        });
        let test = if analysis.f_tests { "F" } else { "chi-squared" };
        Report { test, dispersion: scale.map(|scale| scale.dispersion), rows: rows.collect() }
    }
}

/// What each term gains on those before it, the main effects first. A negative binomial dispersion that was estimated is taken
/// as given.
pub fn of_terms(input: &Input, y: &Array1<f64>, full: &Estimated, inference: &Inference) -> Result<AnalysisOfDeviance> {
    let null = Deviance { residual_df: inference.null_df, deviance: inference.null_deviance };
    let whole = Deviance { residual_df: inference.residual_df, deviance: inference.deviance };
    sequence(&input.recipe, null, whole, inference.scale(), |recipe| {
        let columns = Columns::of(recipe, &input.table)?;
        let glm = input.glm_of(full.glm.family(), &columns, y)?;
        let part = estimation::maximise(&glm, input)?;
        let inference = part.inference(&glm, Covariance::Expected)?;
        let deviance = Deviance { residual_df: inference.residual_df, deviance: inference.deviance };
        Ok((part.fit, deviance))
    })
}

/// What the page of a fit says of its terms' tests.
pub fn section(analysis: Option<&AnalysisOfDeviance>, remark: &str) -> String {
    match analysis {
        Some(analysis) => format!("\nAnalysis of deviance, each term added to those before it{remark}:\n{analysis}"),
        None => "\nNo analysis of deviance, as the fit is no maximum within its domain\n".into(),
    }
}

/// A model's deviance, and its residual degrees of freedom.
pub struct Deviance {
    pub residual_df: usize,
    pub deviance: f64,
}

/// What each term of a model gains on those before it, the main effects first; `fit` fits a model of some of the terms.
pub fn sequence(
    recipe: &Recipe,
    null: Deviance,
    whole: Deviance,
    scale: Option<Scale>,
    fit: impl Fn(&Recipe) -> Result<(Fit, Deviance)>,
) -> Result<AnalysisOfDeviance> {
    let mut terms = recipe.terms.clone();
    terms.sort_by_key(|term| term.variables.len());
    let mut steps = vec![(String::from("NULL"), null)];
    for (place, term) in terms.iter().enumerate().take(terms.len().saturating_sub(1)) {
        let (fit, deviance) = fit(&Recipe { terms: terms[..=place].to_vec(), ..recipe.clone() })?;
        if !fit.converged() {
            let (name, reason) = (term.name(), fit.reason());
            return Err(Error::NotFitted(format!("--anova: the model up to the term `{name}`: {reason}")));
        }
        steps.push((term.name(), deviance));
    }
    steps.extend(terms.last().map(|term| (term.name(), whole)));
    let steps = steps.into_iter().map(|(name, Deviance { residual_df, deviance })| (name, residual_df, deviance));
    Ok(AnalysisOfDeviance::new(steps, scale))
}

/// `glm anova`: compares saved models.
pub fn run(args: &AnovaArgs) -> Result<Exit> {
    let loaded = args.models.iter().map(|path| Candidate::load(path)).collect::<Result<Vec<_>>>()?;
    let mut models: Vec<&Candidate> = loaded.iter().collect();
    models.sort_by_key(|model| std::cmp::Reverse(model.evidence.residual_df));
    for pair in models.windows(2) {
        let [smaller, larger] = pair else { continue };
        smaller.check_within(larger)?;
    }
    let Some(largest) = models.last() else { return Ok(Exit::Done) };
    let scale = largest.evidence.scale();
    let steps = models.iter().enumerate().map(|(place, model)| {
        let name = if args.json { model.path.display().to_string() } else { (place + 1).to_string() };
        (name, model.evidence.residual_df, model.measure)
    });
    let mut analysis = AnalysisOfDeviance::new(steps, scale);
    analysis.log_likelihoods = largest.evidence.estimator == Estimator::LikelihoodWithDispersion;
    if args.json {
        output::print_json("the tests", &Report::new(&analysis, scale))?;
        return Ok(Exit::Done);
    }
    output::print(&page(&models, largest, &analysis))?;
    Ok(Exit::Done)
}

fn page(models: &[&Candidate], largest: &Candidate, analysis: &AnalysisOfDeviance) -> String {
    const LONGEST: usize = 300;
    let how = match largest.evidence.scale() {
        Some(scale) => format!("F tests by the dispersion of the largest model, {:.6}", scale.dispersion),
        None if analysis.log_likelihoods => "likelihood-ratio tests, θ estimated for each model".into(),
        None => "likelihood-ratio tests".into(),
    };
    let mut text = format!("Analysis of deviance: {how}\n\n");
    for (place, model) in models.iter().enumerate() {
        let formula = output::shortened(&output::printable(&model.formula()), LONGEST);
        text.push_str(&format!("{}: {formula}   ({})\n", place + 1, model.path.display()));
    }
    text + &format!("\n{analysis}")
}

/// A saved model to be compared.
struct Candidate<'p> {
    path: &'p Path,
    recipe: Recipe,
    levels: Levels,
    family: String,
    /// How many rows it was fitted to.
    rows: usize,
    evidence: Evidence,
    /// The deviance, or −2 times the log-likelihood, where the models differ in the dispersion that belongs to it.
    measure: f64,
}

/// What models that are compared must have in common: the family and the link, or the kind with its order of levels.
fn family(fit: &AnyFit, evidence: &Evidence) -> String {
    let fit = match fit {
        AnyFit::Glm(fit) => fit,
        AnyFit::Multinomial(_) => return Kind::Multinomial.to_string(),
        AnyFit::Ordinal(fit) => return format!("{} with {}", Kind::Ordinal, fit.levels.join(" < ")),
    };
    let family = match evidence.estimator {
        Estimator::LikelihoodWithDispersion => "Negative Binomial, θ estimated".into(),
        _ if evidence.scale().is_some() && fit.family.has_known_dispersion() => format!("quasi{}", fit.family),
        _ => fit.family.to_string(),
    };
    format!("{family}, link {}", fit.link)
}

impl<'p> Candidate<'p> {
    /// Loads a model, and refuses one that doesn't maximise a likelihood.
    fn load(path: &'p Path) -> Result<Candidate<'p>> {
        let saved = Saved::read(path)?;
        let refused = |reason: &str| Error::file(path, reason);
        let evidence = saved.evidence(path, "glm anova")?.clone();
        let fit = saved.fit.outcome();
        if !fit.converged() {
            return Err(refused(&format!("can't be compared: {}", fit.reason())));
        }
        if evidence.estimator == Estimator::Firth || saved.fit.ridge() > 0.0 {
            return Err(refused(
                "doesn't maximise the likelihood, by which models are compared; fit it without --firth and --ridge",
            ));
        }
        if evidence.robust {
            return Err(refused(
                "has robust standard errors, as the likelihood, by which models are compared, isn't trusted; fit it without --robust and --cluster, or judge by the tests of its coefficients",
            ));
        }
        let measure = match evidence.estimator {
            Estimator::LikelihoodWithDispersion => evidence.log_likelihood.map(|likelihood| -2.0 * likelihood),
            _ => evidence.deviance,
        };
        let family = family(&saved.fit, &evidence);
        let measure = measure.ok_or_else(|| refused("has no deviance that is a finite number; fit it again"))?;
        let rows = saved.fit.rows();
        Ok(Candidate { path, rows, recipe: saved.recipe, levels: saved.levels, family, evidence, measure })
    }

    /// Makes sure, as far as the files tell, that this model is a part of another, fitted to the same data.
    fn check_within(&self, larger: &Candidate) -> Result<()> {
        let refused = |reason: String| {
            let (first, second) = (self.path.display(), larger.path.display());
            Err(Error::Usage(format!("{first} and {second} can't be compared: {reason}")))
        };
        if self.family != larger.family {
            return refused(format!("one is {}, the other {}; fit both alike", self.family, larger.family));
        }
        if self.rows != larger.rows {
            return refused(format!(
                "the first was fitted to {} rows, the second to {}; fit both to the same rows (with --na omit, those that lack a value of any of the columns go first)",
                self.rows, larger.rows
            ));
        }
        if self.recipe.response != larger.recipe.response || self.evidence.data != larger.evidence.data {
            return refused(
                "their responses, weights or offsets are not the same; fit both to the same rows of the same file"
                    .into(),
            );
        }
        if self.evidence.residual_df == larger.evidence.residual_df {
            return refused("they have as many coefficients; neither is a part of the other".into());
        }
        if self.recipe.intercept && !larger.recipe.intercept && larger.levels.is_empty() {
            return refused("the larger one has no intercept; neither is a part of the other".into());
        }
        let missing = self
            .recipe
            .terms
            .iter()
            .find(|term| !larger.recipe.terms.iter().any(|other| self.is_within(term, larger, other)));
        if let Some(term) = missing {
            return refused(format!(
                "the larger one has no term `{}`; each model must have the terms of the smaller ones",
                term.name()
            ));
        }
        // Rounding, and fits to within their tolerance.
        if larger.measure > self.measure + 1e-6 * self.measure.abs().max(1.0) {
            return refused(
                "the larger one fits worse, so that the smaller one is no part of it; fit both to the same data".into(),
            );
        }
        Ok(())
    }

    /// The model in R's spelling.
    fn formula(&self) -> String {
        let intercept = if self.recipe.intercept { "1" } else { "0" };
        let terms: Vec<String> = match self.recipe.terms.as_slice() {
            [] => vec![intercept.into()],
            terms => {
                let shown = (!self.recipe.intercept).then(|| String::from("0"));
                shown.into_iter().chain(terms.iter().map(Term::name)).collect()
            }
        };
        format!("{} ~ {}", self.recipe.response, terms.join(" + "))
    }

    /// Whether the term's effects are among another's of the larger model: the same variables, where a number may have become
    /// categories.
    fn is_within(&self, term: &Term, larger: &Candidate, other: &Term) -> bool {
        let is_category = |of: &Candidate, variable: &Variable| of.levels.contains_key(&variable.name());
        let of = |variable: &Variable| {
            let mut others = other.variables.iter().filter(|other| other.column == variable.column);
            others.any(|other| is_category(larger, other) || !is_category(self, variable))
        };
        term.variables.len() == other.variables.len() && term.variables.iter().all(of)
    }
}
