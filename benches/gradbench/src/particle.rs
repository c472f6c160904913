//! `particle`: where to put a charge, so that a particle's path meets the origin; a derivative (the force) within a derivative.

use crate::Result;
use crate::compiled::{Compiled, Evaluation, Record, Recording, list};
use crate::descent::argmin;
use crate::protocol::no_function;
use autodiff::{Tape, Var};
use ndarray::{Array1, arr0};
use serde::Deserialize;
use serde_json::{Value, from_value};

const STEP: f64 = 0.1;
const START: [f64; 4] = [0.0, 8.0, 0.75, 0.0];

#[derive(Deserialize)]
struct Input {
    w: f64,
}

/// Which way a derivative is taken.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
    Forward,
    Reverse,
}

/// The modes that a function's name stands for: of the outer derivative, and of the inner one.
pub(crate) fn modes(function: &str) -> Result<[Mode; 2]> {
    Ok(match function {
        "ff" => [Mode::Forward, Mode::Forward],
        "fr" => [Mode::Forward, Mode::Reverse],
        "rf" => [Mode::Reverse, Mode::Forward],
        "rr" => [Mode::Reverse, Mode::Reverse],
        _ => return no_function(function),
    })
}

/// The gradient of a number by a vector.
pub(crate) fn gradient<'t>(y: Var<'t, f64>, x: Var<'t, f64>, mode: Mode) -> Var<'t, f64> {
    match mode {
        Mode::Reverse => y.grad(x),
        Mode::Forward => {
            let (tape, len) = (x.tape(), x.shape().trailing()[0]);
            let unit = |at: usize| tape.constant(Array1::from_shape_fn(len, |i| if i == at { 1.0 } else { 0.0 }));
            let parts: Vec<_> = (0..len).map(|at| y.jvp(&[x], &[unit(at)])).collect();
            tape.stack(0, &parts)
        }
    }
}

/// The potential of two charges at a position.
fn potential<'t>(position: Var<'t, f64>, w: Var<'t, f64>) -> Var<'t, f64> {
    let [x, y] = [0, 1].map(|i| position.index_axis(0, i));
    let from = |cx: f64, cy: Var<'t, f64>| ((x - cx).powi(2) + (y - cy).powi(2)).sqrt().recip();
    from(10.0, 10 - w) + from(10.0, w.tape().number(0.0))
}

/// The position and the velocity after one of Euler's steps.
fn step<'t>(state: Var<'t, f64>, w: Var<'t, f64>, mode: Mode) -> Var<'t, f64> {
    let [position, velocity] = [0, 2].map(|start| state.slice_axis(0, start..start + 2));
    let force = -gradient(potential(position, w), position, mode);
    state.tape().concatenate(0, &[position + STEP * velocity, velocity + STEP * force])
}

/// The square of where the path from a state on meets the x axis within one step.
fn landing<'t>(state: Var<'t, f64>) -> Var<'t, f64> {
    let [x, y, vx, vy] = [0, 1, 2, 3].map(|i| state.index_axis(0, i));
    let time = -(y + STEP * vy) / vy;
    (x + STEP * vx + time * vx).powi(2)
}

/// The programs of one step and of the last one, with their derivatives.
struct Programs {
    outer: Mode,
    step: Compiled,
    landing: Compiled,
    /// Of a step, along the path or back.
    step_slope: Compiled,
    landing_slope: Compiled,
}

impl Programs {
    fn new([outer, inner]: [Mode; 2]) -> Result<Self> {
        let program = |record: Record<'_, 3>| {
            let tape = Tape::new();
            let mut recording = Recording::on(&tape);
            let (state, w) = (recording.input("state", Array1::zeros(4)), recording.input("w", arr0(0.0)));
            let along = recording.input("along", Array1::zeros(4));
            recording.compile(&record([state, w, along]), list)
        };
        Ok(Programs {
            outer,
            step: program(&|[state, w, _]| vec![step(state, w, inner)])?,
            landing: program(&|[state, ..]| vec![landing(state)])?,
            step_slope: program(&|[state, w, along]| {
                let next = step(state, w, inner);
                match outer {
                    Mode::Forward => vec![next, next.jvp(&[state, w], &[along, w.tape().number(1.0)])],
                    Mode::Reverse => next.vjp(&[state, w], along),
                }
            })?,
            landing_slope: program(&|[state, _, along]| match outer {
                Mode::Forward => vec![landing(state).jvp(&[state], &[along])],
                Mode::Reverse => vec![landing(state).grad(state)],
            })?,
        })
    }

    /// The states of a path, from its start to the last before it meets the axis.
    fn path(&mut self, w: f64) -> Result<Vec<Vec<f64>>> {
        let mut path = vec![START.to_vec()];
        loop {
            let next = numbers(self.step.run_on(&[&path[path.len() - 1], &[w]])?, 0);
            if next[1] <= 0.0 {
                return Ok(path);
            }
            path.push(next);
        }
    }

    fn objective(&mut self, w: f64) -> Result<f64> {
        let path = self.path(w)?;
        Ok(self.landing.run_on(&[&path[path.len() - 1]])?[0].sum())
    }

    fn slope(&mut self, w: f64) -> Result<f64> {
        match self.outer {
            Mode::Forward => {
                let (mut state, mut along) = (START.to_vec(), vec![0.0; 4]);
                loop {
                    let outputs = self.step_slope.run_on(&[&state, &[w], &along])?;
                    if outputs[0][1] <= 0.0 {
                        return Ok(self.landing_slope.run_on(&[&state, &[w], &along])?[0].sum());
                    }
                    (state, along) = (numbers(outputs, 0), numbers(outputs, 1));
                }
            }
            Mode::Reverse => {
                let path = self.path(w)?;
                let mut adjoint = numbers(self.landing_slope.run_on(&[&path[path.len() - 1]])?, 0);
                let mut slope = 0.0;
                for state in path.iter().rev().skip(1) {
                    let outputs = self.step_slope.run_on(&[state, &[w], &adjoint])?;
                    slope += outputs[1].sum();
                    adjoint = numbers(outputs, 0);
                }
                Ok(slope)
            }
        }
    }
}

/// The elements of an output.
pub(crate) fn numbers(outputs: &[ndarray::ArrayD<f64>], index: usize) -> Vec<f64> {
    outputs[index].iter().copied().collect()
}

struct Particle {
    programs: Programs,
    start: f64,
    found: f64,
}

pub(crate) fn prepare(function: &str, input: Value) -> Result<Box<dyn Evaluation>> {
    let Input { w } = from_value(input)?;
    Ok(Box::new(Particle { programs: Programs::new(modes(function)?)?, start: w, found: w }))
}

impl Evaluation for Particle {
    fn evaluate(&mut self) -> Result<()> {
        let programs = std::cell::RefCell::new(&mut self.programs);
        let objective = |w: &[f64]| programs.borrow_mut().objective(w[0]);
        let slope = |w: &[f64]| Ok(vec![programs.borrow_mut().slope(w[0])?]);
        self.found = argmin(objective, slope, &[self.start])?.end[0];
        Ok(())
    }

    fn output(&self) -> Value {
        self.found.into()
    }
}
