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
/// The largest number that a fragment may give: beyond, squares overflow.
pub(crate) const LARGEST: f64 = 1e100;

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

    /// The state that a fragment says; what it doesn't say, or says wrongly, is as the model has it. Points go to the nearest place that
    /// the response may have, as those that are moved.
    pub fn from_fragment(fragment: &str) -> Self {
        let fields = fields(fragment);
        let field = |name: &str| fields.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str());
        let model = model(field("model").unwrap_or_default());
        let mut state = Self::of(model);
        if let Some(text) = field("text") {
            state.text = text.into();
        }
        if let Some(count) = field("n").and_then(|count| count.parse::<usize>().ok()) {
            state.points = points(model.response, count.clamp(1, MOST_POINTS));
        }
        if let Some(given) = field("points").map(pairs).filter(|given| !given.is_empty()) {
            let possible = |[x, y]: [f64; 2]| [x, model.response.nearest(y)];
            state.points = given.into_iter().take(MOST_POINTS).map(possible).collect();
        }
        if let Some(theta) = field("theta").and_then(list) {
            state.theta = theta;
        }
        if let Some([a, b]) = field("axes").and_then(list).as_deref() {
            state.axes = [*a as usize, *b as usize];
        }
        if let Some([zoom]) = field("zoom").and_then(list).as_deref() {
            state.zoom = zoom.clamp(1e-3, 1e3);
        }
        state
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

/// What a fragment says of the parameters, if it isn't what was taken.
pub(crate) fn refused_theta(fragment: &str, taken: &[f64]) -> Option<String> {
    let (_, given) = fields(fragment).into_iter().find(|(name, _)| *name == "theta")?;
    (list(&given).as_deref() != Some(taken)).then_some(given)
}

/// The fields of a fragment.
fn fields(fragment: &str) -> Vec<(&str, String)> {
    let fields = fragment.trim_start_matches('#').split('&').filter_map(|field| field.split_once('='));
    fields.map(|(name, value)| (name, decoded(value))).collect()
}

fn joined(numbers: &[f64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
    numbers.join(",")
}

/// Numbers between commas; `None` if one isn't a finite number of a size to compute with.
fn list(text: &str) -> Option<Vec<f64>> {
    text.split(',').map(|number| number.parse().ok().filter(|x: &f64| x.abs() <= LARGEST)).collect()
}

fn pairs(text: &str) -> Vec<[f64; 2]> {
    text.split(';').filter_map(|pair| list(pair)?.try_into().ok()).collect()
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

fn decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digits = (ahead.next().and_then(hexadecimal), ahead.next().and_then(hexadecimal));
        match (byte, digits) {
            (b'%', (Some(high), Some(low))) => {
                out.push(16 * high + low);
                bytes = ahead;
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MODELS;
    use proptest::prelude::*;

    #[test]
    fn a_fragment_says_the_whole_state() {
        for model in MODELS {
            let mut state = State::of(model);
            assert_eq!(state.fragment(), format!("model={}", model.id));
            assert_eq!(State::from_fragment(&state.fragment()), state);
            state.points[3] = [1.25, 1.0];
            state.theta[1] = 0.1 + 0.2;
            state.axes = [1, 0];
            state.zoom = 2.5;
            state.text = "sum(y²·x) & 100% = \"é\"\n".into();
            assert_eq!(State::from_fragment(&format!("#{}", state.fragment())), state);
        }
        let many = State { points: points(MODELS[0].response, 200), ..State::of(&MODELS[0]) };
        assert_eq!(many.fragment(), "model=logistic&n=200");
        assert_eq!(State::from_fragment(&many.fragment()), many);
    }

    #[test]
    fn what_a_fragment_says_wrongly_is_as_the_model_has_it() {
        let plain = State::of(model("poisson"));
        for wrong in [
            "theta=1,x",
            "theta=NaN,0",
            "theta=1e300,0",
            "points=;;1",
            "n=many",
            "axes=1",
            "zoom=",
            "%",
            "=&&=",
            "n=-1",
        ] {
            assert_eq!(State::from_fragment(&format!("model=poisson&{wrong}")), plain, "{wrong}");
        }
        assert_eq!(State::from_fragment("model=none"), State::of(&MODELS[0]));
    }

    #[test]
    fn points_of_a_fragment_are_such_as_the_response_has() {
        for (id, [low, middle, high]) in [
            ("logistic", [0.0, 1.0, 1.0]),
            ("probit", [0.0, 1.0, 1.0]),
            ("softmax", [0.0, 1.0, 2.0]),
            ("poisson", [0.0, 1.0, 7.0]),
            ("squares", [-1.0, 0.7, 7.0]),
        ] {
            let state = State::from_fragment(&format!("model={id}&points=0,7;1,-1;-2.5,0.7"));
            assert_eq!(state.points, [[0.0, high], [1.0, low], [-2.5, middle]], "{id}");
            assert_eq!(State::from_fragment(&state.fragment()), state);
        }
    }

    proptest! {
        #[test]
        fn any_fragment_is_read(fragment in ".{0,200}", theta in ".{0,20}") {
            State::from_fragment(&fragment);
            State::from_fragment(&format!("model=logistic&theta={theta}&points={fragment}&text={fragment}"));
        }
    }
}
