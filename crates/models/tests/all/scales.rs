//! Losses of one's own in extreme units of the parameters, of the loss, and of both: a fit finds the minimum of the usual units, or
//! says that it didn't.

use super::own::METHODS;
use super::verdicts::{pair, parts};
use autodiff::{Binding, Tape, Var};
use models::fit::{Fit, Method, Options, minimise};
use models::{Block, Error, Objective, Recording};
use ndarray::arr1;

type Recorded = for<'t> fn(&'t Tape<f64>, Var<'t, f64>) -> Var<'t, f64>;

/// A loss in its usual units, a start, and the minimum.
struct Usual {
    name: &'static str,
    start: &'static [f64],
    loss: Recorded,
    least: f64,
}

const fn usual(name: &'static str, start: &'static [f64], loss: Recorded, least: f64) -> Usual {
    Usual { name, start, loss, least }
}

const USUAL: [Usual; 9] = [
    usual("a square", &[5.0], |_, p| (p - 2.0).powi(2).sum(), 0.0),
    usual("a square from 0", &[0.0], |_, p| (p - 2.0).powi(2).sum(), 0.0),
    usual("an exponential", &[3.0], |_, p| (p.exp() - 2.0 * p).sum(), 2.0 - 2.0 * std::f64::consts::LN_2),
    usual("squares above 5", &[0.0, 0.0], |t, p| 5.0 + (p - t.constant(arr1(&[1.0, -3.0]))).powi(2).sum(), 5.0),
    usual(
        "Rosenbrock",
        &[-1.2, 1.0],
        |_, p| {
            let (a, b) = pair(p);
            100.0 * (b - a * a).powi(2) + (1.0 - a).powi(2)
        },
        0.0,
    ),
    usual(
        "a normal sample",
        &[0.5, 1.0],
        |t, p| {
            let (mean, log_sd) = pair(p);
            let z = (t.constant(arr1(&[1.0, 2.5, 4.0])) - mean) / log_sd.exp();
            (0.5 * z * z + log_sd).sum()
        },
        1.5 + 1.5 * 0.405_465_108_108_164_4,
    ),
    usual(
        "a logistic regression",
        &[0.0, 0.0],
        |t, p| {
            let (a, b) = pair(p);
            let (x, y) =
                (t.constant(arr1(&[-2.0, -1.0, 1.0, 2.0, 0.0])), t.constant(arr1(&[-1.0, 1.0, -1.0, 1.0, 1.0])));
            (-(y * (a + b * x))).softplus().sum()
        },
        3.151_183_351_008_120_4,
    ),
    usual("a quartic", &[1.0, 0.5], |_, p| ((p - 3.0).powi(2) + (p - 3.0).powi(4)).sum(), 0.0),
    usual(
        "a growth curve",
        &[1.0, 1.0, 0.0],
        |t, p| {
            let [a, b, c] = parts(p);
            let (x, y) = (t.constant(arr1(&[0.0, 1.0, 2.0, 3.0, 4.0])), t.constant(arr1(&[0.5, 1.1, 1.9, 2.6, 2.8])));
            (y - a * (b * x + c).sigmoid()).powi(2).sum()
        },
        0.005_886_398_881_084_798,
    ),
];

/// A loss in units of its own.
struct Scaled {
    loss: Recorded,
    start: Vec<f64>,
    units: Vec<f64>,
    factor: f64,
}

impl Objective for Scaled {
    fn blocks(&self) -> Vec<Block> {
        vec![Block::new((1..=self.start.len()).map(|number| format!("p{number}")))]
    }

    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> models::Result<Recording<'t>> {
        Ok(Recording::new(
            self.factor * (self.loss)(tape, parameters[0] / tape.constant(ndarray::Array1::from(self.units.clone()))),
        ))
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        Vec::new()
    }

    fn start(&self) -> models::Result<Vec<f64>> {
        Ok(self.start.clone())
    }
}

/// Powers of ten: of the units of every other parameter, of the others, and of the loss.
type Powers = (i32, i32, i32);

impl Usual {
    /// The fit from a start in the usual units, or from ones in any.
    fn fit(&self, powers: Powers, method: Method, from_ones: bool) -> Result<Fit, Error> {
        let (units, factor) = (self.units(powers), 10f64.powi(powers.2));
        let start = self.start.iter().zip(&units).map(|(start, unit)| if from_ones { 1.0 } else { start * unit });
        minimise(&Scaled { loss: self.loss, start: start.collect(), units, factor }, &Options::method(method))
    }

    fn units(&self, (first, second, _): Powers) -> Vec<f64> {
        (0..self.start.len()).map(|place| 10f64.powi(if place % 2 == 0 { first } else { second })).collect()
    }

    fn value(&self, at: &[f64]) -> f64 {
        let tape = Tape::new();
        (self.loss)(&tape, tape.variable("p", at)).item().unwrap()
    }

    /// How much of the way down from a start, in the usual units, is left where a fit ended.
    fn left(&self, fit: &Fit, powers: Powers, start: &[f64]) -> f64 {
        let at: Vec<f64> = fit.parameters.iter().zip(self.units(powers)).map(|(p, unit)| p / unit).collect();
        (self.value(&at) - self.least) / (self.value(start) - self.least)
    }

    /// What is wrong with a fit in other units.
    fn fault(&self, powers: Powers, method: Method) -> Option<String> {
        let shown = |what: String| Some(format!("{} in {powers:?}, {method:?}: {what}", self.name));
        match self.fit(powers, method, false) {
            Ok(fit) if fit.converged() && self.left(&fit, powers, self.start) < 1e-6 => None,
            Ok(fit) => shown(format!("{} with {:e} left", fit.status, self.left(&fit, powers, self.start))),
            Err(error) => shown(error.to_string()),
        }
    }
}

fn assert_no_faults(powers: &[Powers]) {
    let all = USUAL.iter().flat_map(|usual| powers.iter().flat_map(move |&powers| METHODS.map(|m| (usual, powers, m))));
    let faults: Vec<String> = all.filter_map(|(usual, powers, method)| usual.fault(powers, method)).collect();
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn minima_are_found_in_any_units_of_parameters_and_loss() {
    let powers = [-300, -200, -155, -100, -50, -20, -6, 0, 6, 20, 50, 100, 155, 200, 300];
    assert_no_faults(&powers.iter().flat_map(|&unit| powers.map(|factor| (unit, unit, factor))).collect::<Vec<_>>());
}

#[test]
fn minima_are_found_where_parameters_have_different_units() {
    let powers = [-150, -100, -20, -12, -9, -6, -3, 3, 6, 9, 12, 20, 100, 150];
    assert_no_faults(&powers.iter().flat_map(|&a| [(a, -a, 0), (0, a, 0), (a, 0, 0)]).collect::<Vec<_>>());
}

/// Where the units of a start are unknown, few fits can succeed, but all that say so must have. (Not growth curves: they are level on
/// both sides.)
#[test]
fn fits_that_start_in_other_units_are_honest() {
    let powers = [-300, -155, -100, -50, -20, -6, 0, 6, 20, 50, 100, 155, 300];
    let mut wrong = Vec::new();
    for usual in USUAL.iter().filter(|usual| usual.name != "a growth curve") {
        for (unit, factor) in powers.iter().flat_map(|&unit| [-200, 0, 200].map(|factor| (unit, factor))) {
            let powers = (unit, unit, factor);
            let start: Vec<f64> = usual.units(powers).iter().map(|unit| 1.0 / unit).collect();
            for method in METHODS {
                let found = usual.fit(powers, method, true);
                let is_wrong = match &found {
                    Ok(fit) => fit.converged() && usual.left(fit, powers, &start) > 1e-6,
                    Err(error) => matches!(error, Error::Unbounded { .. } | Error::AtInfinity { .. }),
                };
                if is_wrong {
                    wrong.push(format!("{} in {powers:?}, {method:?}: {found:?}", usual.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// L-BFGS takes no Hessian of so many parameters.
#[test]
fn many_parameters_in_extreme_units_are_fitted_or_not_said_to_be() {
    let loss: Recorded = |tape, p| {
        let places = ndarray::Array1::from_shape_fn(150, |place| 1.0 + (place % 7) as f64);
        (p - tape.constant(places)).powi(2).sum() + 1.0
    };
    for power in [-300, -100, -30, -12, 0, 12, 30, 100, 300] {
        for start in [0.0, 0.1] {
            let (units, factor) = (vec![10f64.powi(power); 150], 1.0);
            let model = Scaled { loss, start: vec![start * units[0]; 150], units, factor };
            let fit = minimise(&model, &Options::method(Method::Lbfgs)).unwrap();
            assert!(fit.converged() && fit.loss < 1.0 + 1e-9, "1e{power} from {start}: {} {}", fit.status, fit.loss);
        }
    }
}

/// A parameter that is found beside the way to it, not among its own digits, isn't found.
#[test]
fn a_parameter_near_0_has_its_own_digits() {
    for power in [-300, -150, -100, -30, -20] {
        for usual in &USUAL[..2] {
            for method in METHODS {
                let powers = (power, power, 0);
                let Ok(fit) = usual.fit(powers, method, true) else { continue };
                let left = usual.left(&fit, powers, usual.start);
                assert!(!fit.converged() || left < 1e-6, "1e{power}, {method:?}: {} {left:e}", fit.status);
            }
        }
    }
}
