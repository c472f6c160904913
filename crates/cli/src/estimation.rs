//! How the coefficients are estimated, and which options contradict each other.

use crate::args::FitArgs;
use crate::error::{Error, Exit, Result};
use crate::input::Input;
use crate::model::Dispersion;
use crate::progress::Fitting;
use crate::{output, signals};
use models::fit::{Control, Fit, Observer, Options, Progress};
use models::{Glm, GlmFit, Journal, Objective};

/// A fitted model.
pub struct Estimated<'a> {
    /// The model; a dispersion of the negative binomial family that was estimated is part of it.
    pub glm: Glm<'a>,
    /// Its fit.
    pub fit: GlmFit,
    /// Whether by Firth's penalised likelihood.
    pub firth: bool,
    /// The reciprocal θ of the dispersion that was estimated, and its standard error.
    pub theta: Option<(f64, f64)>,
    /// The gradient's relative norm before each iteration.
    pub history: Vec<f64>,
}

/// Why penalised models have no tests by the likelihood.
pub const ANOVA_OF_RIDGE: &str =
    "--anova tests by the likelihood, and penalised fits don't maximise it; leave out --ridge or --anova";

/// Refuses options that contradict each other.
pub fn check(args: &FitArgs) -> Result<()> {
    let (of, estimation) = (&args.inference, &args.estimation);
    let sandwich = of.robust.is_some() || of.cluster.is_some();
    let contradictions = [
        (
            of.robust.is_some() && of.cluster.is_some(),
            "--cluster has a correction of its own, and holds where the variance is not what the family says, too; leave out --robust",
        ),
        (
            of.profile && sandwich,
            "--profile follows the likelihood, which --robust and --cluster don't trust; leave out --profile for Wald's intervals by robust standard errors",
        ),
        (
            of.anova && sandwich,
            "--anova tests by the likelihood, which --robust and --cluster don't trust; leave out one or the other",
        ),
        (of.anova && args.model.ridge > 0.0, ANOVA_OF_RIDGE),
        (
            of.anova && estimation.firth,
            "--anova tests by the likelihood, and Firth's estimates don't maximise it; leave out --firth or --anova",
        ),
        (
            sandwich && estimation.firth,
            "--robust and --cluster need estimates that maximise the likelihood; leave out --firth, or them",
        ),
    ];
    match contradictions.into_iter().find(|(both, _)| *both) {
        Some((_, reason)) => Err(Error::Usage(reason.into())),
        None => Ok(()),
    }
}

/// Fits the model, with what the input says of its dispersion.
pub fn estimate<'a>(glm: Glm<'a>, input: &Input, firth: bool, options: &Options) -> Result<Estimated<'a>> {
    let dispersion = input.dispersion;
    let (estimated, history) = observed(
        &glm,
        |error| input.error(error),
        |watch| match dispersion {
            _ if firth => Ok((glm.clone(), glm.fit_firth_observed(options, watch)?, None)),
            Dispersion::NegativeBinomial => {
                let found = glm.fit_dispersion_observed(options, watch)?;
                Ok((found.model, found.fit, Some((found.theta, found.theta_std_error))))
            }
            Dispersion::Family | Dispersion::Quasi => Ok((glm.clone(), glm.fit_observed(options, watch)?, None)),
        },
    )?;
    let (glm, fit, theta) = estimated;
    Ok(Estimated { glm, fit, firth, theta, history })
}

/// Fits the coefficients alone, by maximum likelihood.
pub fn maximise(glm: &Glm, input: &Input) -> Result<GlmFit> {
    Ok(observed(glm, |error| input.error(error), |watch| glm.fit_observed(&Options::default(), watch))?.0)
}

/// The outcome of a fit that is watched, with the gradient's relative norm before each iteration.
pub fn observed<O: Objective, T>(
    model: &O,
    in_table: impl Fn(models::Error) -> Error,
    fit: impl FnOnce(&mut Watch<'_>) -> models::Result<T>,
) -> Result<(T, Vec<f64>)> {
    observed_with(Fitting::new(), None, model, in_table, fit)
}

/// The same, with this progress, and where the fit goes on from this journal, if from one.
pub fn observed_with<O: Objective, T>(
    progress: Fitting,
    journal: Option<&Journal>,
    model: &O,
    in_table: impl Fn(models::Error) -> Error,
    fit: impl FnOnce(&mut Watch<'_>) -> models::Result<T>,
) -> Result<(T, Vec<f64>)> {
    let journal = journal.filter(|journal| journal.passes() > 0);
    let mut watch = Watch { progress, history: Vec::new(), last: None, bound: model.lower_bound(), resumed: journal };
    let outcome = fit(&mut watch);
    // Only a Ctrl-C stops a fit.
    if signals::asked() {
        return Err(watch.interrupted_at());
    }
    Ok((outcome.map_err(in_table)?, watch.history))
}

/// How the program ends after a fit.
pub fn end(fit: &Fit) -> Result<Exit> {
    if fit.converged() {
        return Ok(Exit::Done);
    }
    output::message(&fit.reason())?;
    Ok(Exit::NotFitted)
}

/// Shows how a fit is getting on, keeps where it was, and ends it after a Ctrl-C.
pub struct Watch<'j> {
    progress: Fitting,
    history: Vec<f64>,
    last: Option<Progress>,
    /// What the loss can't fall below.
    bound: f64,
    /// The journal of a fit that was ended, until its passes are used up.
    resumed: Option<&'j Journal>,
}

impl Observer for Watch<'_> {
    fn observe(&mut self, now: &Progress) -> Control {
        // The scale with which the options' tolerance is multiplied before the norm is compared with it.
        let scale = (2.0 * (now.loss - self.bound).abs()).sqrt();
        let relative = if scale > 0.0 { now.gradient / scale } else { now.gradient };
        self.tell_resumed();
        self.progress.reached(now.iteration, now.loss, relative);
        self.history.push(relative);
        self.last = Some(*now);
        Control::Continue
    }

    fn interrupted(&self) -> bool {
        signals::asked()
    }
}

impl Watch<'_> {
    /// Says, once, where in the fit the passes of its journal ended.
    fn tell_resumed(&mut self) {
        if self.resumed.take_if(|journal| journal.has_grown()).is_some() {
            let at = match self.last {
                Some(Progress { iteration, .. }) => format!("in iteration {iteration}"),
                None => "before the first iteration".into(),
            };
            // A fit isn't ended for what can't be told.
            let _ = output::message(&format!("the fit went on from its checkpoint {at}"));
        }
    }

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
