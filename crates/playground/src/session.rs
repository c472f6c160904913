//! What one visitor does: the state, the engine for its text, and what the page asks of both.

use crate::address::Address;
use crate::check::{Checked, check};
use crate::derivation::{Section, derivation};
use crate::engine::{Curve, Data, Engine, Results};
use crate::graph::{Graph, Values, graph, values};
use crate::language::{Mistake, Text};
use crate::model::{Random, model, points, rounded};
use crate::number::spoken;
use crate::state::{MOST_POINTS, State};
use crate::surface::{Profile, Surface, profile, surface};
use crate::tails::{Tails, tails};
use crate::trouble::{Trouble, gradient_trouble, trouble};
use crate::walk::{Walk, rate, walk, way};

/// The largest that a point or a parameter may be moved to.
const FARTHEST: f64 = 1e9;

/// A visit.
pub struct Session {
    state: State,
    data: Data,
    engine: Result<Engine, Mistake>,
    notice: String,
    refused: Vec<String>,
}

impl Session {
    /// A visit that begins with what an address says.
    pub fn new(fragment: &str) -> Self {
        let Address { state, refused, gives_theta } = Address::read(fragment);
        let (data, engine) = (Data::new(&state.points), Engine::new(&state.text));
        let mut session = Self { state, data, engine, notice: String::new(), refused };
        let (theta, axes) = (gives_theta.then_some(session.state.theta.len()), session.state.axes);
        session.fit_parameters();
        session.refuse_others(theta, axes);
        if session.mistake().is_some() {
            let title = session.state.model().title;
            session.refused.push(format!(
                "the loss of this address can't be read, as if it were cut off: the rest of the page is of the loss of {title}"
            ));
        }
        session
    }

    /// What of the address couldn't be taken as it stands, in sentences.
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// Why the last parameter that was moved isn't where it was to go; empty if it is.
    pub fn notice(&self) -> &str {
        &self.notice
    }

    /// What is chosen.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What is wrong with the text.
    pub fn mistake(&self) -> Option<&Mistake> {
        self.engine.as_ref().err()
    }

    /// The names of the parameters' numbers.
    pub fn names(&self) -> Vec<String> {
        self.engine.as_ref().map(Engine::names).unwrap_or_default()
    }

    /// Begins anew with a model.
    pub fn choose(&mut self, id: &str) {
        *self = Self::new(&State::of(model(id)).fragment());
    }

    /// Changes the loss. What is wrong with it, [`mistake`](Self::mistake) says.
    pub fn set_text(&mut self, text: &str) {
        self.state.text = text.into();
        self.engine = Engine::new(text);
        self.fit_parameters();
    }

    /// Moves a parameter.
    pub fn set_theta(&mut self, place: usize, value: f64) {
        let name = self.names().get(place).cloned().unwrap_or_default();
        let Some(parameter) = self.state.theta.get_mut(place) else { return };
        if !value.is_finite() {
            self.notice = format!("what is written for {name} is no finite number: it stays {}", spoken(*parameter));
            return;
        }
        *parameter = value.clamp(-FARTHEST, FARTHEST);
        self.notice = match *parameter == value {
            true => String::new(),
            false => format!("{name} goes from −1e9 to 1e9: {} is too far", spoken(value)),
        };
    }

    /// Moves a point to the nearest place that its response may have.
    pub fn move_point(&mut self, place: usize, x: f64, y: f64) {
        let response = self.state.model().response;
        if let Some(point) = self.state.points.get_mut(place).filter(|_| x.is_finite() && y.is_finite()) {
            let near = |value: f64| rounded(value.clamp(-FARTHEST, FARTHEST));
            *point = [near(x), response.nearest(near(y))];
            self.data.set(place, *point);
        }
    }

    /// Adds a point.
    pub fn add_point(&mut self, x: f64, y: f64) {
        if self.state.points.len() < MOST_POINTS {
            self.state.points.push([0.0, 0.0]);
            self.data = Data::new(&self.state.points);
            self.move_point(self.state.points.len() - 1, x, y);
        }
    }

    /// Takes a point away; the last stays.
    pub fn remove_point(&mut self, place: usize) {
        if self.state.points.len() > 1 && place < self.state.points.len() {
            self.state.points.remove(place);
            self.data = Data::new(&self.state.points);
        }
    }

    /// Takes as many points as there are to be, as the model has them.
    pub fn set_count(&mut self, count: usize) {
        self.state.points = points(self.state.model().response, count.clamp(1, MOST_POINTS));
        self.data = Data::new(&self.state.points);
    }

    /// Chooses the parameters that the picture of the loss is over, and how far it reaches.
    pub fn look_at(&mut self, a: usize, b: usize, zoom: f64) {
        let count = self.state.theta.len();
        let [first, second] = self.state.axes;
        if a < count && b < count {
            // One parameter on both axes has no surface: the one that was there takes the other's place.
            self.state.axes = match a == b && count > 1 {
                true if a != first => [a, first],
                true => [second, b],
                false => [a, b],
            };
        }
        if zoom.is_finite() {
            self.state.zoom = zoom.clamp(1e-3, 1e3);
        }
    }

    /// The loss and its gradient.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn results(&mut self) -> Result<Results, Mistake> {
        let (engine, data, state) = self.parts()?;
        engine.results(data, &state.theta)
    }

    /// The fitted curve.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn curve(&mut self, count: usize) -> Result<Option<Curve>, Mistake> {
        let (engine, _, state) = self.parts()?;
        let [low, high, ..] = state.model().window;
        engine.curve(&state.theta, [low, high], count)
    }

    /// The loss over two parameters.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn surface(&mut self, side: usize) -> Result<Surface, Mistake> {
        let (engine, data, state) = self.parts()?;
        surface(engine, data, state, side)
    }

    /// The loss over the parameter, where there is a single one.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn profile(&mut self, count: usize) -> Result<Option<Profile>, Mistake> {
        let (engine, data, state) = self.parts()?;
        if state.theta.len() == 1 { profile(engine, data, state, count).map(Some) } else { Ok(None) }
    }

    /// The picture of the tape.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn graph(&mut self) -> Result<Graph, Mistake> {
        let (engine, data, state) = self.parts()?;
        graph(engine.text(), data, &state.theta)
    }

    /// The primals and adjoints; `row` chooses an observation.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn values(&mut self, row: Option<usize>) -> Result<Vec<Values>, Mistake> {
        let (engine, data, state) = self.parts()?;
        values(engine.text(), data, &state.theta, row)
    }

    /// Why the loss, as it is written, isn't finite.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn trouble(&mut self) -> Result<Option<Trouble>, Mistake> {
        let (engine, data, state) = self.parts()?;
        trouble(engine.text(), data, &state.theta)
    }

    /// Why its gradient isn't finite, beside a loss that is.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn gradient_trouble(&mut self) -> Result<Option<Trouble>, Mistake> {
        let (engine, data, state) = self.parts()?;
        gradient_trouble(engine.text(), data, &state.theta)
    }

    /// What to know of the loss, which may be another than was meant; empty if there is nothing.
    pub fn remark(&self) -> String {
        self.engine.as_ref().ok().and_then(|engine| engine.text().remark()).unwrap_or_default()
    }

    /// The derivation of the gradient.
    ///
    /// # Errors
    /// What is wrong with the text; what can't be derived.
    pub fn derivation(&mut self) -> Result<Vec<Section>, Mistake> {
        let (engine, ..) = self.parts()?;
        derivation(engine.text())
    }

    /// The check of the gradient.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn check(&mut self) -> Result<Vec<Checked>, Mistake> {
        let (engine, data, state) = self.parts()?;
        check(engine, data, &state.theta)
    }

    /// A way down from where the parameters are.
    ///
    /// # Errors
    /// What is wrong with the text; a way there isn't.
    pub fn walk(&mut self, name: &str, rate: f64) -> Result<Walk, Mistake> {
        let way = way(name, rate)?;
        let (engine, data, state) = self.parts()?;
        walk(engine, data, &state.theta, way)
    }

    /// The power of ten of a learning rate for gradient descent, with which the loss falls from where the parameters are.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn rate(&mut self) -> Result<f64, Mistake> {
        let (engine, data, state) = self.parts()?;
        rate(engine, data, &state.theta)
    }

    /// The loss far out along a parameter.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn tails(&mut self, place: usize) -> Result<Tails, Mistake> {
        let (engine, data, state) = self.parts()?;
        tails(engine, data, &state.theta, place)
    }

    /// Says what of an address doesn't suit its loss: how many parameters it gives, and the axes that it chooses.
    fn refuse_others(&mut self, given: Option<usize>, axes: [usize; 2]) {
        let numbers = |count: usize| format!("{count} number{}", if count == 1 { "" } else { "s" });
        let count = self.state.theta.len();
        if let Some(given) = given.filter(|&given| given != count) {
            let [given, count] = [given, count].map(numbers);
            self.refused.push(format!("theta has {given}, and this loss takes {count}: θ begins as usual"));
        }
        if axes != self.state.axes && axes != [0, 1] {
            self.refused.push(format!("axes={},{} aren't two of {}", axes[0], axes[1], numbers(count)));
        }
    }

    pub(crate) fn parts(&mut self) -> Result<(&mut Engine, &Data, &State), Mistake> {
        match &mut self.engine {
            Ok(engine) => Ok((engine, &self.data, &self.state)),
            Err(mistake) => Err(mistake.clone()),
        }
    }

    /// Gives every parameter of the text a value: the one it had, or the model's, or one to begin with.
    fn fit_parameters(&mut self) {
        let Ok(engine) = &self.engine else { return };
        let count = engine.text().parameter_count();
        let start = self.state.model().start;
        let theta = &mut self.state.theta;
        if theta.len() != count {
            *theta = if start.len() == count { start.to_vec() } else { beginning(engine.text()) };
        }
        let last = count.saturating_sub(1);
        self.state.axes = self.state.axes.map(|axis| axis.min(last));
        if self.state.axes[0] == self.state.axes[1] && count > 1 {
            self.state.axes = [0, 1];
        }
    }
}

/// Where parameters begin: at 0, but those of several layers at small numbers that differ. At 0, what multiplies them has no slope, and
/// were they equal, they would stay so.
fn beginning(text: &Text) -> Vec<f64> {
    let has_layers = text.parameters.len() > 1 && text.parameters.iter().any(|parameter| parameter.shape.len() > 1);
    let (mut random, mut theta) = (Random::new(), Vec::new());
    while theta.len() < text.parameter_count() {
        let sign = if random.uniform() < 0.5 { -1.0 } else { 1.0 };
        let number = if has_layers { rounded(sign * (0.1 + 0.7 * random.uniform())) } else { 0.0 };
        if !has_layers || !theta.contains(&number) {
            theta.push(number);
        }
    }
    theta
}
