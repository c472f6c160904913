//! Confidence intervals by profiling the likelihood: the values of a parameter at which the loss, minimised over the other
//! parameters, is a given amount above its minimum. Unlike Wald's they need not be symmetric, and don't depend on how the
//! parameter is expressed.

use crate::error::{Error, Result};
use crate::fit::{Options, minimise};
use crate::glm::{Glm, GlmFit};
use crate::objective::{Block, Objective, Recording};
use autodiff::{Binding, Tape, Var, bind};
use ndarray::{Array0, Array1, arr0};

/// The intervals, for each parameter, that cover the truth with probability `level`.
///
/// # Errors
/// A level that is not between 0 and 1; an interval that is unbounded on one side; whatever the fits give.
pub fn profile_intervals(model: &Glm<'_>, fit: &GlmFit, level: f64) -> Result<Vec<(f64, f64)>> {
    if !(0.0..1.0).contains(&level) {
        return Err(Error::Option { option: "level", value: level, allowed: "it must be at least 0 and below 1" });
    }
    let inference = fit.inference(model, super::Covariance::Expected)?;
    let limit = inference.reference().quantile(0.5 + level / 2.0);
    let mut intervals = Vec::new();
    for (index, coefficient) in inference.coefficients.iter().enumerate() {
        let side = |step: f64| {
            let start = fit.coefficients().to_vec();
            let (minimum, dispersion) = (fit.fit.loss, inference.dispersion);
            Profile { model, index, minimum, dispersion, start }.crossing(coefficient.estimate, step, limit)
        };
        let step = limit * coefficient.std_error;
        intervals.push((side(-step)?, side(step)?));
    }
    Ok(intervals)
}

/// The profile of one parameter.
struct Profile<'m, 'a> {
    model: &'m Glm<'a>,
    index: usize,
    minimum: f64,
    dispersion: f64,
    /// Where the next fit starts: the minimum of the last one.
    start: Vec<f64>,
}

impl Profile<'_, '_> {
    /// `√(2(loss − minimum)/φ)` with the parameter held at `value`: about linear in it.
    fn root(&mut self, value: f64) -> Result<f64> {
        let held = Held::new(self.model, self.index, value);
        let mut start = self.start.clone();
        start[self.index] = value;
        let fit = minimise(&held, &Options { start: Some(start), ..Options::default() })?;
        self.start = fit.parameters;
        Ok((2.0 * (fit.loss - self.minimum).max(0.0) / self.dispersion).sqrt())
    }

    /// Where the root crosses `limit`, in units of `step` from the estimate: by widening, then by the Illinois variant of
    /// regula falsi.
    fn crossing(&mut self, estimate: f64, step: f64, limit: f64) -> Result<f64> {
        const WIDENINGS: usize = 30;
        const ITERATIONS: usize = 60;
        let (mut near, mut far) = ((0.0, -limit), (1.0, self.root(estimate + step)? - limit));
        for _ in 0..WIDENINGS {
            if far.1 >= 0.0 {
                break;
            }
            near = far;
            far.0 *= 1.5;
            far.1 = self.root(estimate + far.0 * step)? - limit;
        }
        if far.1 < 0.0 {
            let parameter = self.model.design().names()[self.index].clone();
            return Err(Error::UnboundedInterval { parameter });
        }
        let mut last_above = None;
        for _ in 0..ITERATIONS {
            let at = far.0 - far.1 * (far.0 - near.0) / (far.1 - near.1);
            let height = self.root(estimate + at * step)? - limit;
            if height.abs() <= 1e-9 * limit || (far.0 - near.0).abs() <= 1e-12 * far.0 {
                return Ok(estimate + at * step);
            }
            let above = height > 0.0;
            let (moved, kept) = if above { (&mut far, &mut near) } else { (&mut near, &mut far) };
            *moved = (at, height);
            if last_above == Some(above) {
                kept.1 /= 2.0;
            }
            last_above = Some(above);
        }
        Ok(estimate + far.0 * step)
    }
}

/// A model with one parameter held fast.
///
/// The parameter stays in the vector, so that nothing else moves; the model sees the value in its place, and a term
/// `½(θ − value)²` keeps the curvature definite.
struct Held<'m, 'a> {
    model: &'m Glm<'a>,
    /// 0 at the parameter held, 1 elsewhere, block by block.
    free: Vec<Array1<f64>>,
    inputs: Vec<String>,
    value: Array0<f64>,
}

impl<'m, 'a> Held<'m, 'a> {
    fn new(model: &'m Glm<'a>, index: usize, value: f64) -> Self {
        let mut at = 0;
        let free = |block: Block| {
            let free = Array1::from_shape_fn(block.len(), |offset| f64::from(at + offset != index));
            at += block.len();
            free
        };
        let free: Vec<Array1<f64>> = model.blocks().into_iter().map(free).collect();
        let inputs = (0..free.len()).map(|block| format!("free {block}")).collect();
        Self { model, free, inputs, value: arr0(value) }
    }
}

impl Objective for Held<'_, '_> {
    fn blocks(&self) -> Vec<Block> {
        self.model.blocks()
    }

    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> Result<Recording<'t>> {
        let value = tape.input("held value", &[]);
        let mut held = Vec::new();
        let mut distance: Option<Var<'t, f64>> = None;
        for ((&theta, name), free) in parameters.iter().zip(&self.inputs).zip(&self.free) {
            let free = tape.input(name, &[free.len()]);
            let fixed = 1.0 - free;
            held.push(theta * free + fixed * value);
            let square = (fixed * (theta - value).powi(2)).sum() * 0.5;
            distance = Some(distance.map_or(square, |distance| distance + square));
        }
        let loss = self.model.record(tape, &held)?.loss;
        Ok(Recording::new(distance.map_or(loss, |distance| loss + distance)))
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        let mut bindings = self.model.bind();
        bindings.push(bind("held value", &self.value));
        bindings.extend(self.inputs.iter().zip(&self.free).map(|(name, free)| bind(name, free)));
        bindings
    }

    fn lower_bound(&self) -> f64 {
        self.model.lower_bound()
    }
}
