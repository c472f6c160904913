//! What is chosen, and the address that says it: a link shows what its sender saw.
//!
//! The fragment of the address is `model=logistic&theta=0.5,1.2&view=0,1&text=…&points=1.5,1;…`: what is as the model has it is left out.

use crate::model::{Model, model, points};
use serde::Serialize;
use std::fmt::Write;

/// The most points there may be.
pub const MOST_POINTS: usize = 1000;
/// How many points there are to begin with.
const POINTS: usize = 40;

/// What is chosen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct State {
    /// The model that the choice began with.
    pub model: &'static str,
    /// The loss.
    pub text: String,
    /// The data.
    pub points: Vec<[f64; 2]>,
    /// The parameters.
    pub theta: Vec<f64>,
    /// The two parameters that the picture of the loss is over.
    pub axes: [usize; 2],
    /// How far the picture of the loss reaches, in units of the model's own width.
    pub zoom: f64,
}

impl State {
    /// A model as it is to begin with.
    pub fn of(model: &'static Model) -> Self {
        Self {
            model: model.id,
            text: model.text.into(),
            points: points(model.response, POINTS),
            theta: model.start.to_vec(),
            axes: [0, 1],
            zoom: 1.0,
        }
    }

    /// The model that the choice began with.
    pub fn model(&self) -> &'static Model {
        model(self.model)
    }

    /// The fragment that says the state.
    pub fn fragment(&self) -> String {
        let model = self.model();
        let mut fragment = format!("model={}", model.id);
        // Writing to a string can't fail.
        if self.theta != model.start {
            let _ = write!(fragment, "&theta={}", joined(&self.theta));
        }
        if self.axes != [0, 1] {
            let _ = write!(fragment, "&axes={},{}", self.axes[0], self.axes[1]);
        }
        if self.zoom != 1.0 {
            let _ = write!(fragment, "&zoom={}", self.zoom);
        }
        if self.text != model.text {
            let _ = write!(fragment, "&text={}", encoded(&self.text));
        }
        if self.points == points(model.response, self.points.len()) {
            if self.points.len() != POINTS {
                let _ = write!(fragment, "&n={}", self.points.len());
            }
        } else {
            let points: Vec<String> = self.points.iter().map(|point| joined(point)).collect();
            let _ = write!(fragment, "&points={}", points.join(";"));
        }
        fragment
    }
}

fn joined(numbers: &[f64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
    numbers.join(",")
}

/// What may stand in a fragment as it is; the rest is written in percent, byte by byte.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'(' | b')' | b'*' | b'/' | b',' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
