//! One edge of an operation: what value and derivatives it has there, checked both ways of evaluation.

use crate::compare::ulps;
use crate::evaluate::{Way, both};
use autodiff::{Tape, Var};
use ndarray::{arr0, arr1};

/// Records the expression on the operands of the case.
pub type Record = for<'t> fn(&[Var<'t, f64>]) -> Var<'t, f64>;

/// An expression at a point, and what it must give there. NaN stands for NaN, and both zeros for either.
#[derive(Clone, Debug)]
pub struct Case {
    record: Record,
    at: Vec<f64>,
    is_vector: bool,
    as_written: Option<f64>,
    value: f64,
    gradient: Option<Vec<f64>>,
    second: Option<Vec<f64>>,
}

impl Case {
    fn new(record: Record, at: &[f64], is_vector: bool, value: f64) -> Self {
        Self { record, at: at.to_vec(), is_vector, as_written: None, value, gradient: None, second: None }
    }

    /// An expression of single numbers, each an operand of its own, and its value.
    pub fn of(record: Record, at: &[f64], value: f64) -> Self {
        Self::new(record, at, false, value)
    }

    /// An expression of one vector, and its value.
    pub fn of_vector(record: Record, at: &[f64], value: f64) -> Self {
        Self::new(record, at, true, value)
    }

    /// The value of the recording as it stands, where a rewrite changes it.
    pub fn as_written(self, value: f64) -> Self {
        Self { as_written: Some(value), ..self }
    }

    /// The gradient, by each operand or element.
    pub fn gradient(self, gradient: &[f64]) -> Self {
        Self { gradient: Some(gradient.to_vec()), ..self }
    }

    /// The gradient of the sum of the gradient's elements.
    pub fn second(self, second: &[f64]) -> Self {
        Self { second: Some(second.to_vec()), ..self }
    }

    /// Asserts all of it.
    #[track_caller]
    pub fn check(&self, row: &str) {
        let tape = Tape::new();
        let operands: Vec<Var<'_, f64>> = if self.is_vector {
            vec![tape.variable("x", arr1(&self.at))]
        } else {
            self.at.iter().enumerate().map(|(index, &at)| tape.variable(&format!("x{index}"), arr0(at))).collect()
        };
        let value = (self.record)(&operands);
        let gradients = value.grads(&operands);
        let total = gradients.iter().map(|gradient| gradient.sum()).reduce(|a, b| a + b).expect("operands");
        let nodes: Vec<Var<'_, f64>> = [value].into_iter().chain(gradients).chain(total.grads(&operands)).collect();
        for (way, values) in both(&tape, &nodes) {
            let recorded = self.as_written.filter(|_| way == Way::Interpreter);
            let found: Vec<Vec<f64>> = values.iter().map(|value| value.iter().copied().collect()).collect();
            let (first, second) = found[1..].split_at(operands.len());
            check(row, way, "value", &found[0], &[recorded.unwrap_or(self.value)]);
            if let Some(wanted) = &self.gradient {
                check(row, way, "gradient", &first.concat(), wanted);
            }
            if let Some(wanted) = &self.second {
                check(row, way, "second derivative", &second.concat(), wanted);
            }
        }
    }
}

#[track_caller]
fn check(row: &str, way: Way, what: &str, found: &[f64], wanted: &[f64]) {
    let agree = found.len() == wanted.len() && found.iter().zip(wanted).all(|(&a, &b)| ulps(a, b) <= 4);
    assert!(agree, "{row}: {what} by {way:?} is {found:?}, not {wanted:?}");
}
