//! Units in which the parameters and the loss of a fit are near 1, where their own would lead products and squares out of the range
//! of the numbers.

use super::Evaluator;
use crate::error::Error;
use crate::fit::Fit;
use crate::objective::{Objective, Recording};
use autodiff::{Tape, Var};
use ndarray::{Array1, Zip, s};

/// What lies within keeps its units: there is room for products of several such numbers.
const NEAR: std::ops::RangeInclusive<f64> = 1e-20..=1e20;
/// Units are powers of two whose reciprocals are numbers too; those of parameters leave room for products with slopes.
const LARGEST_POWER: f64 = 1000.0;
const LARGEST_POWER_OF_PARAMETERS: f64 = 940.0;

/// A unit for each parameter, and one for the loss: powers of two, so that they round nothing.
#[derive(Clone, Debug)]
pub(crate) struct Units {
    parameters: Array1<f64>,
    loss: f64,
}

impl Units {
    /// The units of a fit that starts at a point; `None` where its own will do.
    ///
    /// A parameter that starts at 0 gets the distance along which the slope would bring the loss to 0.
    pub(crate) fn of<O: Objective>(evaluator: &mut Evaluator<'_, O>, start: &Array1<f64>) -> Option<Self> {
        let mut point = evaluator.at(start.clone()).ok().filter(|point| point.loss.is_finite())?;
        let mut units = Self { parameters: Array1::ones(start.len()), loss: unit(point.loss, LARGEST_POWER) };
        if units.loss != 1.0 {
            point = Evaluator::in_units(evaluator.objective(), units.clone()).ok()?.at(start.clone()).ok()?;
        }
        let (loss, gradient) = (point.loss.abs(), point.gradient);
        let of = |size: f64| unit(size, LARGEST_POWER_OF_PARAMETERS);
        units.parameters = Zip::from(start).and(&gradient).map_collect(|&start, &slope| match start {
            0.0 if slope.is_finite() && slope != 0.0 => of(if loss > 0.0 { loss / slope } else { 1.0 / slope }),
            start => of(start),
        });
        let own = units.loss == 1.0 && units.parameters.iter().all(|&unit| unit == 1.0);
        (!own).then_some(units)
    }

    /// Records an objective as a function of parameters in these units.
    pub(super) fn record<'t, O: Objective>(
        &self,
        objective: &O,
        tape: &'t Tape<f64>,
        parameters: &[Var<'t, f64>],
    ) -> crate::Result<Recording<'t>> {
        let (blocks, mut first) = (objective.blocks(), 0);
        let own = blocks.iter().zip(parameters).map(|(block, &parameters)| {
            let units = self.parameters.slice(s![first..first + block.len()]);
            first += block.len();
            parameters * tape.constant(units.to_owned())
        });
        let mut recording = objective.record(tape, &own.collect::<Vec<_>>())?;
        recording.loss *= self.loss.recip();
        Ok(recording)
    }

    /// The parameters in these units.
    pub(crate) fn inner(&self, parameters: &Array1<f64>) -> Array1<f64> {
        parameters / &self.parameters
    }

    /// The parameters in their own.
    pub(crate) fn outer(&self, parameters: &Array1<f64>) -> Array1<f64> {
        parameters * &self.parameters
    }

    /// The weights of an L1 penalty in these units.
    pub(crate) fn inner_weights(&self, weights: &Array1<f64>) -> Array1<f64> {
        weights / self.loss * &self.parameters
    }

    /// A loss in these units.
    pub(crate) fn inner_loss(&self, loss: f64) -> f64 {
        loss / self.loss
    }

    /// A loss in its own.
    pub(crate) fn outer_loss(&self, loss: f64) -> f64 {
        loss * self.loss
    }

    /// A fit in its own units.
    pub(crate) fn fit(&self, mut fit: Fit) -> Fit {
        fit.loss = self.outer_loss(fit.loss);
        for ((parameter, slope), unit) in fit.parameters.iter_mut().zip(&mut fit.gradient).zip(&self.parameters) {
            (*parameter, *slope) = (*parameter * unit, *slope * self.loss / unit);
        }
        fit
    }

    /// An error of a fit in its own units.
    pub(crate) fn error(&self, error: Error, names: &[String]) -> Error {
        match error {
            Error::Unbounded { direction, loss, distance } => {
                let (direction, longer) = self.outer_direction(direction, names);
                Error::Unbounded { direction, loss: self.outer_loss(loss), distance: distance * longer }
            }
            Error::AtInfinity { direction, loss } => {
                let (direction, _) = self.outer_direction(direction, names);
                Error::AtInfinity { direction, loss: self.outer_loss(loss) }
            }
            other => other,
        }
    }

    /// A direction in its own units, whose largest part is 1, and how many times as long it was before that.
    fn outer_direction(&self, direction: Vec<(String, f64)>, names: &[String]) -> (Vec<(String, f64)>, f64) {
        let unit = |name: &String| names.iter().position(|known| known == name).map_or(1.0, |at| self.parameters[at]);
        let longer = direction.iter().fold(0.0f64, |largest, (name, part)| largest.max((part * unit(name)).abs()));
        let outer = |(name, part): (String, f64)| (unit(&name) * part / longer, name);
        (direction.into_iter().map(outer).map(|(part, name)| (name, part)).collect(), longer)
    }
}

/// The power of two nearest to a number, up to a limit; 1 where the number is near that, or has no size.
fn unit(size: f64, largest_power: f64) -> f64 {
    let size = size.abs();
    match size > 0.0 && size.is_finite() && !NEAR.contains(&size) {
        true => size.log2().round().clamp(-largest_power, largest_power).exp2(),
        false => 1.0,
    }
}
