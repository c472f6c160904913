//! Ways down: gradient descent, Newton's method and L-BFGS, with every point they visit.

use crate::engine::{Data, Engine, Results, bindings};
use crate::language::record::record;
use crate::language::{Mistake, Span};
use crate::number::{Number, spoken};
use crate::words::{ended, refused};
use autodiff::{Tape, Var};
use models::fit::{Loss, Method, Options};
use serde::Serialize;

/// How a way goes down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    /// `θ ← θ − ηg`, with the learning rate η.
    Gradient(f64),
    /// Newton's method of [`models`].
    Newton,
    /// L-BFGS of [`models`].
    Lbfgs,
}

/// The most steps of a way.
const MOST_STEPS: usize = 60;

/// The points that were visited, and how it ended.
#[derive(Clone, Debug, Serialize)]
pub struct Walk {
    /// The parameters, from the start on.
    pub points: Vec<Vec<Number>>,
    /// The loss at each.
    pub losses: Vec<Number>,
    /// Why it ended.
    pub end: String,
    /// Whether that is a minimum.
    pub converged: bool,
}

/// Goes down from `theta`.
///
/// # Errors
/// What the engine can't compute.
pub fn walk(engine: &mut Engine, data: &Data, theta: &[f64], way: Way) -> Result<Walk, Mistake> {
    match way {
        Way::Gradient(rate) => descend(engine, data, theta, rate),
        Way::Newton => fitted(engine, data, theta, Method::Newton),
        Way::Lbfgs => fitted(engine, data, theta, Method::Lbfgs),
    }
}

/// Gradient descent with a fixed learning rate.
fn descend(engine: &mut Engine, data: &Data, theta: &[f64], rate: f64) -> Result<Walk, Mistake> {
    let mut theta = theta.to_vec();
    let mut walk = Walk::new("not there yet".into());
    for _ in 0..=MOST_STEPS {
        let results = engine.results(data, &theta)?;
        walk.push(&theta, results.loss.0);
        if let Some(end) = out_of_domain(engine, &results, walk.losses.len() == 1) {
            walk.end = end;
            return Ok(walk);
        }
        let largest = results.gradient.iter().fold(0.0f64, |largest, gradient| largest.max(gradient.0.abs()));
        if largest < 1e-6 {
            walk.end = "arrived: the gradient is 0 to six digits".into();
            walk.converged = true;
            return Ok(walk);
        }
        theta.iter_mut().zip(&results.gradient).for_each(|(theta, gradient)| *theta -= rate * gradient.0);
    }
    if walk.losses.last().zip(walk.losses.first()).is_some_and(|(last, first)| last.0 > first.0) {
        walk.end = "the steps are too long: the loss went up".into();
    }
    Ok(walk)
}

/// The learning rates that are tried, as powers of ten: those of the page's slider.
const RATES: [f64; 2] = [-4.0, 0.5];
/// How much less the next is that is tried: half.
const NEXT: f64 = 0.3;
/// The learning rate where none is better than others.
const USUAL: f64 = -1.5;
/// How much of what the loss falls by it may rise by, step by step: at a kink it goes to and fro.
const RISES: f64 = 0.01;

/// The power of ten of a learning rate with which the loss falls from `theta` on: half the longest one that was found.
///
/// # Errors
/// What the engine can't compute.
pub fn rate(engine: &mut Engine, data: &Data, theta: &[f64]) -> Result<f64, Mistake> {
    let [least, most] = RATES;
    let mut power = most;
    while power - NEXT >= least {
        if falls(&descend(engine, data, theta, 10f64.powf(power))?) {
            return Ok(power - NEXT);
        }
        power -= NEXT;
    }
    Ok(if engine.loss(data, theta)?.is_finite() { least } else { USUAL })
}

/// Whether the loss falls along a way.
fn falls(walk: &Walk) -> bool {
    let losses: Vec<f64> = walk.losses.iter().map(|loss| loss.0).collect();
    let (Some(&first), Some(&last)) = (losses.first(), losses.last()) else { return false };
    let rises: f64 = losses.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).sum();
    losses.iter().all(|loss| loss.is_finite())
        && (walk.converged || first - last > 0.0)
        && rises <= RISES * (first - last)
}

/// Why there is no step from here: the loss or a part of its gradient is no finite number.
fn out_of_domain(engine: &Engine, results: &Results, is_start: bool) -> Option<String> {
    let Number(loss) = results.loss;
    let place = results.gradient.iter().position(|slope| !slope.0.is_finite());
    let (what, value) = match (loss.is_finite(), place) {
        (true, None) => return None,
        (true, Some(place)) => (format!("∂loss/∂{}", engine.names()[place]), results.gradient[place].0),
        (false, _) => ("the loss".into(), loss),
    };
    Some(match is_start {
        true => format!("{what} is {} at the start: move θ first", spoken(value)),
        false if loss == f64::INFINITY => "the steps are too long: the loss grew beyond all numbers".into(),
        false => format!("a step led to where {what} is {}: try a smaller η", spoken(value)),
    })
}

/// A method of [`models`], which tells where it ends: so it is run with one more iteration each time. It takes the same steps each time.
fn fitted(engine: &mut Engine, data: &Data, theta: &[f64], method: Method) -> Result<Walk, Mistake> {
    let start = engine.loss(data, theta)?;
    let mut walk = Walk::new(String::new());
    walk.push(theta, start);
    let text = engine.text().clone();
    let names = engine.names();
    let tape = Tape::<f64>::new();
    let recorded = record(&text, &tape)?;
    let reads: Vec<&'static str> = recorded.data.iter().map(|(name, _)| *name).collect();
    let data = bindings(&text, data, theta, &reads);
    let loss = Loss::new(recorded.loss, &recorded.parameters).bind(&data);
    let loss = match named(loss, &recorded.parameters, &names) {
        Ok(loss) => loss,
        Err(error) => return Ok(Walk { end: refused(&error), ..walk }),
    };
    for max_iterations in 1..=MOST_STEPS {
        let options =
            Options { max_iterations, start: Some(theta.to_vec()), tolerance: 1e-9, ..Options::method(method) };
        let fit = match loss.minimise(&options) {
            Ok(fit) => fit.fit,
            Err(error) => return Ok(Walk { end: refused(&error), ..walk }),
        };
        walk.end = ended(&fit);
        walk.converged = fit.converged();
        if fit.iterations == max_iterations {
            walk.push(&fit.parameters, fit.loss);
        }
        if fit.iterations < max_iterations || walk.converged {
            break;
        }
    }
    Ok(walk)
}

/// The loss with the page's names for the numbers of its parameters, one after another.
fn named<'t, 'd>(loss: Loss<'t, 'd>, parameters: &[Var<'t, f64>], names: &[String]) -> models::Result<Loss<'t, 'd>> {
    let mut from = 0;
    parameters.iter().try_fold(loss, |loss, &parameter| {
        let len = parameter.shape().trailing().iter().product::<usize>();
        from += len;
        loss.with_names(parameter, names.get(from - len..from).unwrap_or_default())
    })
}

impl Walk {
    fn new(end: String) -> Self {
        Self { points: Vec::new(), losses: Vec::new(), end, converged: false }
    }

    fn push(&mut self, theta: &[f64], loss: f64) {
        self.points.push(crate::number::numbers(theta.iter().copied()));
        self.losses.push(Number(loss));
    }
}

/// The way of a name.
///
/// # Errors
/// A name there isn't.
pub fn way(name: &str, rate: f64) -> Result<Way, Mistake> {
    match name {
        "gradient" => Ok(Way::Gradient(rate)),
        "newton" => Ok(Way::Newton),
        "lbfgs" => Ok(Way::Lbfgs),
        _ => Err(Mistake { message: format!("there is no way `{name}`"), hint: String::new(), span: Span::default() }),
    }
}
