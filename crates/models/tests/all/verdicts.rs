//! Verdicts of fits, held against what is known of the loss: converged only at a minimum, and an error only where there is none.

use super::own::{METHODS, own};
use autodiff::{Tape, Var};
use models::Error;
use models::fit::{Fit, Method, Options, Status, minimise};

/// What fits are to end with.
pub enum Wanted {
    /// The least value, by every method.
    Least(f64),
    /// The same; of a minimum so flat, or so far, that the fit may take more iterations than it is allowed.
    LeastInTime(f64),
    /// The same, or no convergence.
    Honest(f64),
    /// One of these values, of local minima.
    OneOf(&'static [f64]),
    /// A value at a kink or on the edge of the domain: that, or no convergence.
    Kink(f64),
    /// A local minimum, or no convergence.
    Stationary,
    /// Anything but convergence.
    NotConverged,
    /// No minimum, told by an error.
    NoMinimum,
    /// No finite loss or gradient at the start, told by an error.
    NoStart,
}
use Wanted::{Honest, Kink, Least, LeastInTime, NoMinimum, NoStart, NotConverged, OneOf, Stationary};

/// What records a loss of a vector of parameters: one type for all, so that the optimisers are compiled once.
type Recorded = for<'t> fn(&'t Tape<f64>, Var<'t, f64>) -> Var<'t, f64>;

pub struct Case {
    name: &'static str,
    starts: Vec<Vec<f64>>,
    loss: Recorded,
    wanted: Wanted,
}

/// A loss with the points that its fits start from.
pub fn case(name: &'static str, starts: &[&[f64]], loss: Recorded, wanted: Wanted) -> Case {
    let starts = starts.iter().map(|start| start.to_vec()).collect();
    Case { name, starts, loss, wanted }
}

/// The first two parameters.
pub fn pair<'t>(p: Var<'t, f64>) -> (Var<'t, f64>, Var<'t, f64>) {
    (p.index_axis(0, 0), p.index_axis(0, 1))
}

/// The parameters, so many.
pub fn parts<'t, const N: usize>(p: Var<'t, f64>) -> [Var<'t, f64>; N] {
    std::array::from_fn(|place| p.index_axis(0, place))
}

impl Case {
    fn fit(&self, start: &[f64], method: Method) -> Result<Fit, Error> {
        minimise(&own(start, self.loss), &Options::method(method))
    }

    fn value(&self, at: &[f64]) -> f64 {
        let tape = Tape::new();
        (self.loss)(&tape, tape.variable("p", at)).item().unwrap()
    }

    /// Whether the loss is lower, beyond rounding, a small way from a point.
    fn is_lower_nearby(&self, fit: &Fit, start: &[f64]) -> bool {
        let least = fit.loss - 1e-7 * (self.value(start) - fit.loss).abs().max(1e-3 * fit.loss.abs());
        let mut seed = 1u64;
        let mut random = || {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        (0..60).any(|probe| {
            let distance = [1e-6, 1e-3, 3e-2][probe % 3];
            let near: Vec<f64> = fit
                .parameters
                .iter()
                .zip(start)
                .map(|(p, s)| p + distance * random() * p.abs().max((p - s).abs()))
                .collect();
            self.value(&near) < least
        })
    }

    /// Whether a fit from a point ended as it should.
    fn is_honest(&self, start: &[f64], found: &Result<Fit, Error>) -> bool {
        let close = |fit: &Fit, value: f64| fit.loss - value <= 1e-6 * value.abs().max(1.0);
        let is_minimum = |fit: &Fit| !self.is_lower_nearby(fit, start);
        match (&self.wanted, found) {
            (Least(value), Ok(fit)) => fit.converged() && close(fit, *value) && is_minimum(fit),
            (OneOf(values), Ok(fit)) => {
                fit.converged()
                    && is_minimum(fit)
                    && values.iter().any(|value| close(fit, *value) && close(fit, *value))
            }
            (Stationary, Ok(fit)) => !fit.converged() || is_minimum(fit),
            (Stationary | NotConverged, Err(error)) => {
                matches!(error, Error::Unbounded { .. } | Error::AtInfinity { .. })
            }
            (NotConverged, Ok(fit)) => !fit.converged(),
            (Honest(value), Ok(fit)) => !fit.converged() || close(fit, *value) && is_minimum(fit),
            (LeastInTime(value), Ok(fit)) => match fit.status {
                Status::IterationLimit => true,
                _ => fit.converged() && close(fit, *value) && is_minimum(fit),
            },
            (Kink(value), Ok(fit)) => !fit.converged() || fit.loss - value < 1e-9 * value.abs().max(1.0),
            (NoMinimum, Err(Error::Unbounded { .. } | Error::AtInfinity { .. })) => true,
            (NoStart, Err(Error::Start { .. })) => true,
            _ => false,
        }
    }
}

/// Fits all by every method from every start, and shows what isn't as it should be.
pub fn check(cases: Vec<Case>) {
    let mut wrong = 0;
    for case in &cases {
        for (start, method) in case.starts.iter().flat_map(|start| METHODS.map(|method| (start, method))) {
            let found = case.fit(start, method);
            let shown = match &found {
                Ok(fit) => format!(
                    "{} {:?} loss {:e} g {:?} after {}",
                    fit.status, fit.parameters, fit.loss, fit.gradient, fit.iterations
                ),
                Err(error) => format!("{error}"),
            };
            if !case.is_honest(start, &found) {
                wrong += 1;
                eprintln!("WRONG {} from {start:?}, {method:?}: {shown}", case.name);
            }
        }
    }
    assert_eq!(wrong, 0);
}
