//! `saddle`: min over x of the max over y, each by gradient descent, so that the outer derivative goes through the inner descent.

use crate::Result;
use crate::compiled::{Compiled, Evaluation, Record, Recording, list};
use crate::descent::{Path, argmin};
use crate::particle::{Mode, gradient, modes, numbers};
use autodiff::{Tape, Var};
use ndarray::{Array1, arr0};
use serde::Deserialize;
use serde_json::{Value, from_value};

#[derive(Deserialize)]
struct Input {
    start: Vec<f64>,
}

/// `(x₁² + y₁²) − (x₂² + y₂²)`.
fn objective<'t>(p1: Var<'t, f64>, p2: Var<'t, f64>) -> Var<'t, f64> {
    (p1 * p1).sum() - (p2 * p2).sum()
}

/// A step of the ascent.
fn ascended<'t>(p1: Var<'t, f64>, p2: Var<'t, f64>, size: Var<'t, f64>, mode: Mode) -> Var<'t, f64> {
    p2 + size * gradient(objective(p1, p2), p2, mode)
}

struct Saddle {
    start: Vec<f64>,
    outer: Mode,
    /// The objective; its gradient by the inner point.
    value: Compiled,
    inner: Compiled,
    /// A step of the ascent along or back, and the objective's own derivative so.
    step: Compiled,
    end: Compiled,
    found: Vec<f64>,
}

pub(crate) fn prepare(function: &str, input: Value) -> Result<Box<dyn Evaluation>> {
    let Input { start } = from_value(input)?;
    let [outer, inner] = modes(function)?;
    let program = |record: Record<'_, 5>| {
        let tape = Tape::new();
        let mut recording = Recording::on(&tape);
        let points = ["p1", "p2", "along p1", "along p2"].map(|name| recording.input(name, Array1::zeros(2)));
        let size = recording.input("size", arr0(0.0));
        recording.compile(&record([points[0], points[1], points[2], points[3], size]), list)
    };
    Ok(Box::new(Saddle {
        start,
        outer,
        value: program(&|[p1, p2, ..]| vec![objective(p1, p2)])?,
        inner: program(&|[p1, p2, ..]| vec![gradient(objective(p1, p2), p2, inner)])?,
        step: program(&|[p1, p2, along1, along2, size]| {
            let next = ascended(p1, p2, size, inner);
            match outer {
                Mode::Forward => vec![next.jvp(&[p1, p2], &[along1, along2])],
                Mode::Reverse => next.vjp(&[p1, p2], along2),
            }
        })?,
        end: program(&|[p1, p2, along1, along2, _]| match outer {
            Mode::Forward => vec![objective(p1, p2).jvp(&[p1, p2], &[along1, along2])],
            Mode::Reverse => objective(p1, p2).grads(&[p1, p2]),
        })?,
        found: Vec::new(),
    }))
}

impl Saddle {
    /// The ascent to the largest value for p1.
    fn ascent(&mut self, p1: &[f64]) -> Result<Path> {
        let Saddle { value, inner, start, .. } = self;
        let falling = |p2: &[f64]| Ok(-value.run_on(&[p1, p2])?[0].sum());
        let slope = |p2: &[f64]| Ok(numbers(inner.run_on(&[p1, p2])?, 0).into_iter().map(|slope| -slope).collect());
        argmin(falling, slope, start)
    }

    fn largest(&mut self, p1: &[f64]) -> Result<f64> {
        let ascent = self.ascent(p1)?;
        Ok(self.value.run_on(&[p1, &ascent.end])?[0].sum())
    }

    /// The gradient of the largest value by p1, through all steps of the ascent.
    fn slope(&mut self, p1: &[f64]) -> Result<Vec<f64>> {
        let Path { steps, end } = self.ascent(p1)?;
        match self.outer {
            Mode::Forward => [[1.0, 0.0], [0.0, 1.0]]
                .into_iter()
                .map(|unit| {
                    let mut along = vec![0.0; 2];
                    for (p2, size) in &steps {
                        along = numbers(self.step.run_on(&[p1, p2, &unit, &along, &[*size]])?, 0);
                    }
                    Ok(self.end.run_on(&[p1, &end, &unit, &along])?[0].sum())
                })
                .collect(),
            Mode::Reverse => {
                let outputs = self.end.run_on(&[p1, &end])?;
                let (mut slope, mut adjoint) = (numbers(outputs, 0), numbers(outputs, 1));
                for (p2, size) in steps.iter().rev() {
                    let outputs = self.step.run_on(&[p1, p2, &[], &adjoint, &[*size]])?;
                    slope.iter_mut().zip(&outputs[0]).for_each(|(sum, part)| *sum += part);
                    adjoint = numbers(outputs, 1);
                }
                Ok(slope)
            }
        }
    }
}

impl Evaluation for Saddle {
    fn evaluate(&mut self) -> Result<()> {
        let start = self.start.clone();
        let saddle = std::cell::RefCell::new(&mut *self);
        let largest = |p1: &[f64]| saddle.borrow_mut().largest(p1);
        let slope = |p1: &[f64]| saddle.borrow_mut().slope(p1);
        let p1 = argmin(largest, slope, &start)?.end;
        let p2 = self.ascent(&p1)?.end;
        self.found = [p1, p2].concat();
        Ok(())
    }

    fn output(&self) -> Value {
        self.found.clone().into()
    }
}
