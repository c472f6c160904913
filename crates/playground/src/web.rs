//! What the page calls. Everything comes back as JSON: what was asked for, or `{"mistake": …}`.

use crate::exercises::{self, EXERCISES};
use crate::language::{DATA, FUNCTIONS, Mistake};
use crate::model::MODELS;
use crate::session::Session;
use serde::Serialize;
use serde_json::{json, to_string};
use wasm_bindgen::prelude::*;

/// A visit to the page.
#[wasm_bindgen]
pub struct Playground {
    session: Session,
}

#[wasm_bindgen]
impl Playground {
    /// A visit that begins with what the address says.
    #[wasm_bindgen(constructor)]
    pub fn new(fragment: &str) -> Self {
        Self { session: Session::new(fragment) }
    }

    /// The models, functions, data and exercises that there are.
    pub fn catalogue() -> String {
        let functions: Vec<_> =
            FUNCTIONS.iter().map(|function| json!({ "names": function.names, "meaning": function.meaning })).collect();
        json!({ "models": MODELS, "functions": functions, "data": DATA, "exercises": EXERCISES }).to_string()
    }

    /// What is chosen.
    pub fn state(&self) -> String {
        let session = &self.session;
        json!({
            "state": session.state(),
            "model": session.state().model(),
            "names": session.names(),
            "window": crate::surface::window(session.state()),
            "fragment": session.state().fragment(),
            "mistake": session.mistake(),
            "notice": session.notice(),
            "remark": session.remark(),
            "refused": session.refused(),
        })
        .to_string()
    }

    /// The address of what is chosen.
    pub fn fragment(&self) -> String {
        self.session.state().fragment()
    }

    /// Begins anew with a model.
    pub fn choose(&mut self, id: &str) {
        self.session.choose(id);
    }

    /// Changes the loss.
    pub fn set_text(&mut self, text: &str) {
        self.session.set_text(text);
    }

    /// Moves a parameter.
    pub fn set_theta(&mut self, place: usize, value: f64) {
        self.session.set_theta(place, value);
    }

    /// Moves a point.
    pub fn move_point(&mut self, place: usize, x: f64, y: f64) {
        self.session.move_point(place, x, y);
    }

    /// Adds a point.
    pub fn add_point(&mut self, x: f64, y: f64) {
        self.session.add_point(x, y);
    }

    /// Takes a point away.
    pub fn remove_point(&mut self, place: usize) {
        self.session.remove_point(place);
    }

    /// Takes so many points.
    pub fn set_count(&mut self, count: usize) {
        self.session.set_count(count);
    }

    /// Chooses what the picture of the loss shows.
    pub fn look_at(&mut self, a: usize, b: usize, zoom: f64) {
        self.session.look_at(a, b, zoom);
    }

    /// The loss and its gradient.
    pub fn results(&mut self) -> String {
        json_of(self.session.results())
    }

    /// The fitted curve.
    pub fn curve(&mut self, count: usize) -> String {
        json_of(self.session.curve(count))
    }

    /// The loss over two parameters.
    pub fn surface(&mut self, side: usize) -> String {
        json_of(self.session.surface(side))
    }

    /// The loss over a single parameter.
    pub fn profile(&mut self, count: usize) -> String {
        json_of(self.session.profile(count))
    }

    /// The picture of the tape.
    pub fn graph(&mut self) -> String {
        json_of(self.session.graph())
    }

    /// The primals and adjoints, of one row if one is given.
    pub fn values(&mut self, row: Option<usize>) -> String {
        json_of(self.session.values(row))
    }

    /// Why the loss isn't finite, or null.
    pub fn trouble(&mut self) -> String {
        json_of(self.session.trouble())
    }

    /// Why the gradient isn't finite, or null.
    pub fn gradient_trouble(&mut self) -> String {
        json_of(self.session.gradient_trouble())
    }

    /// The derivation of the gradient.
    pub fn derivation(&mut self) -> String {
        json_of(self.session.derivation())
    }

    /// The check of the gradient.
    pub fn check(&mut self) -> String {
        json_of(self.session.check())
    }

    /// A way down.
    pub fn walk(&mut self, way: &str, rate: f64) -> String {
        json_of(self.session.walk(way, rate))
    }

    /// The power of ten of a learning rate with which gradient descent goes down.
    pub fn rate(&mut self) -> String {
        json_of(self.session.rate())
    }

    /// The loss far out along a parameter.
    pub fn tails(&mut self, place: usize) -> String {
        json_of(self.session.tails(place))
    }

    /// Checks the answer to an exercise.
    pub fn answer(&mut self, exercise: &str, answer: &str) -> String {
        json_of(Ok(exercises::check(exercise, answer, &mut self.session)))
    }
}

fn json_of<T: Serialize>(result: Result<T, Mistake>) -> String {
    let text = match result {
        Ok(result) => to_string(&result),
        Err(mistake) => to_string(&json!({ "mistake": mistake })),
    };
    text.unwrap_or_default()
}
