//! Reads addresses, and says what of one couldn't be taken as it stands: a link is copied, cut off and typed by hand.

use crate::model::{MODELS, model, points};
use crate::state::{MOST_POINTS, State};

/// The largest number that an address may give: beyond, squares overflow.
const LARGEST: f64 = 1e100;
/// How near and how far the picture of the loss may be.
const ZOOM: [f64; 2] = [1e-3, 1e3];
/// What an address may speak of.
const FIELDS: [&str; 7] = ["model", "text", "theta", "points", "n", "axes", "zoom"];
/// How many characters of an address are quoted.
const QUOTED: usize = 30;

/// What an address says.
#[derive(Clone, Debug)]
pub struct Address {
    /// The state. What the address doesn't say, or says wrongly, is as the model has it; points go to the nearest place that the
    /// response may have, as those that are moved.
    pub state: State,
    /// A sentence for everything that wasn't taken as it stands.
    pub refused: Vec<String>,
    /// Whether it gives the parameters, of which only its loss says how many there are.
    pub gives_theta: bool,
}

impl Address {
    /// Reads the fragment of an address.
    pub fn read(fragment: &str) -> Self {
        let fragment = fragment.trim_start_matches('#');
        let (fields, others): (Vec<_>, Vec<_>) = fragment
            .split('&')
            .filter(|field| !field.is_empty())
            .map(|field| field.split_once('=').unwrap_or((field, "")))
            .map(|(name, value)| (name, decoded(value)))
            .partition(|(name, _)| FIELDS.contains(name));
        let field = |name: &str| fields.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str());
        let named = field("model").unwrap_or(MODELS[0].id);
        let mut address = Self { state: State::of(model(named)), refused: Vec::new(), gives_theta: false };
        if address.state.model != named {
            let title = address.state.model().title;
            address.refuse(format!("there is no model {}: this is {title}", quoted(named)));
        }
        for (name, _) in others {
            address.refuse(format!("{} is none of {}", quoted(name), FIELDS.join(", ")));
        }
        for (name, take) in TAKE {
            if let Some(given) = field(name) {
                take(&mut address, given);
            }
        }
        address
    }

    fn refuse(&mut self, sentence: String) {
        self.refused.push(sentence);
    }

    fn take_text(&mut self, given: &str) {
        self.state.text = given.into();
    }

    fn take_count(&mut self, given: &str) {
        let Ok(count) = given.parse::<usize>() else {
            let count = self.state.points.len();
            return self
                .refuse(format!("n={} is no whole number: the number of points here is {count}", quoted(given)));
        };
        let taken = count.clamp(1, MOST_POINTS);
        self.state.points = points(self.state.model().response, taken);
        if taken != count {
            self.refuse(format!(
                "n={} is not from 1 to {MOST_POINTS}: the number of points here is {taken}",
                quoted(given)
            ));
        }
    }

    fn take_points(&mut self, given: &str) {
        let pairs: Vec<&str> = given.split(';').filter(|pair| !pair.is_empty()).collect();
        let pair = |text: &&str| list(text).ok()?.try_into().ok();
        let read: Vec<[f64; 2]> = pairs.iter().filter_map(pair).collect();
        let Some(wrong) = pairs.iter().find(|text| pair(text).is_none()).or(pairs.is_empty().then_some(&given)) else {
            return self.set_points(&read);
        };
        let pair = format!("{} is no pair of numbers such as 0.5,1", quoted(wrong));
        if read.is_empty() {
            let count = self.state.points.len();
            return self.refuse(format!("no point of the address can be read, as {pair}: here are {count} others"));
        }
        self.set_points(&read);
        let left_out = pairs.len() - read.len();
        self.refuse(format!("{left_out} of {} points are left out, as {pair}", pairs.len()));
    }

    fn set_points(&mut self, read: &[[f64; 2]]) {
        let response = self.state.model().response;
        let possible = |&[x, y]: &[f64; 2]| [x, response.nearest(y)];
        self.state.points = read.iter().take(MOST_POINTS).map(possible).collect();
        if read.len() > MOST_POINTS {
            self.refuse(format!("here are the first {MOST_POINTS} of {} points", read.len()));
        }
        let moved = read.iter().zip(&self.state.points).filter(|(read, taken)| read != taken).count();
        if moved > 0 {
            let title = self.state.model().title;
            self.refuse(format!("the y of {moved} points is moved to the nearest that {title} may have"));
        }
    }

    fn take_theta(&mut self, given: &str) {
        match list(given) {
            Ok(theta) => (self.state.theta, self.gives_theta) = (theta, true),
            Err(why) => self.refuse(format!("theta={} has {why}: θ begins as usual", quoted(given))),
        }
    }

    fn take_axes(&mut self, given: &str) {
        let axes: Option<Vec<usize>> = given.split(',').map(|axis| axis.parse().ok()).collect();
        match axes.as_deref() {
            Some(&[a, b]) => self.state.axes = [a, b],
            _ => self.refuse(format!("axes={} isn't two places of parameters, such as 0,1", quoted(given))),
        }
    }

    fn take_zoom(&mut self, given: &str) {
        let Some(zoom) = given.parse().ok().filter(|zoom: &f64| zoom.is_finite()) else {
            return self.refuse(format!("zoom={} is no finite number", quoted(given)));
        };
        self.state.zoom = zoom.clamp(ZOOM[0], ZOOM[1]);
        if self.state.zoom != zoom {
            self.refuse(format!("zoom={} is not from {} to {}", quoted(given), ZOOM[0], ZOOM[1]));
        }
    }
}

/// Takes what a field says.
type Take = fn(&mut Address, &str);

/// How the fields are taken, one after another.
const TAKE: [(&str, Take); 6] = [
    ("text", Address::take_text),
    ("n", Address::take_count),
    ("points", Address::take_points),
    ("theta", Address::take_theta),
    ("axes", Address::take_axes),
    ("zoom", Address::take_zoom),
];

/// Numbers between commas, or what is wrong with the first that isn't one to compute with.
fn list(text: &str) -> Result<Vec<f64>, String> {
    let number = |text: &str| match text.parse::<f64>() {
        Err(_) => Err(format!("{}, which is no number", quoted(text))),
        Ok(x) if !x.is_finite() => Err(format!("{}, which is no finite number", quoted(text))),
        Ok(x) if x.abs() > LARGEST => Err(format!("{}, which is beyond {LARGEST:e}", quoted(text))),
        Ok(x) => Ok(x),
    };
    text.split(',').map(number).collect()
}

/// The beginning of what an address says, as a sentence has it.
fn quoted(text: &str) -> String {
    let start: String = text.chars().take(QUOTED).collect();
    format!("“{start}{}”", if start.len() < text.len() { "…" } else { "" })
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
    use proptest::prelude::*;

    /// The state of an address all of which can be taken.
    fn state(fragment: &str) -> State {
        let Address { state, refused, .. } = Address::read(fragment);
        assert_eq!(refused, [""; 0], "{fragment}");
        state
    }

    #[test]
    fn a_fragment_says_the_whole_state() {
        for model in MODELS {
            let mut chosen = State::of(model);
            assert_eq!(chosen.fragment(), format!("model={}", model.id));
            assert_eq!(state(&chosen.fragment()), chosen);
            chosen.points[3] = [1.25, 1.0];
            chosen.theta[1] = 0.1 + 0.2;
            chosen.axes = [1, 0];
            chosen.zoom = 2.5;
            chosen.text = "sum(y²·x) & 100% = \"é\"\n".into();
            assert_eq!(state(&format!("#{}", chosen.fragment())), chosen);
        }
        let many = State { points: points(MODELS[0].response, 200), ..State::of(&MODELS[0]) };
        assert_eq!(many.fragment(), "model=logistic&n=200");
        assert_eq!(state(&many.fragment()), many);
        assert_eq!(state(""), State::of(&MODELS[0]));
    }

    #[test]
    fn what_a_fragment_says_wrongly_is_as_the_model_has_it_and_spoken_of() {
        let plain = State::of(model("poisson"));
        for (wrong, said) in [
            ("theta=1,x", "has “x”, which is no number"),
            ("theta=NaN,0", "has “NaN”, which is no finite number"),
            ("theta=0,1e400", "has “1e400”, which is no finite number"),
            ("theta=1e300,0", "which is beyond 1e100"),
            ("theta=", "has “”, which is no number"),
            ("points=1", "“1” is no pair of numbers"),
            ("points=;;1", "here are 40 others"),
            ("points=", "no point of the address can be read"),
            ("points=1,2,3;1e400,1", "“1,2,3” is no pair"),
            ("n=many", "“many” is no whole number"),
            ("n=-1", "“-1” is no whole number"),
            ("axes=1", "isn't two places"),
            ("axes=-1,0", "isn't two places"),
            ("zoom=", "zoom=“” is no finite number"),
            ("zoom=inf", "zoom=“inf” is no finite number"),
            ("loss=sum(y)", "“loss” is none of model, text,"),
            ("%", "“%” is none of"),
            ("=", "“” is none of"),
            ("garbage", "“garbage” is none of"),
        ] {
            let Address { state, refused, .. } = Address::read(&format!("model=poisson&{wrong}"));
            assert_eq!(state, plain, "{wrong}");
            assert!(refused.len() == 1 && refused[0].contains(said), "{wrong}: {refused:?}");
        }
        let none = Address::read("model=nope");
        assert_eq!(none.state, State::of(&MODELS[0]));
        assert_eq!(none.refused, ["there is no model “nope”: this is Logistic"]);
    }

    #[test]
    fn what_is_taken_in_part_is_spoken_of() {
        let read = |fragment: &str| {
            let Address { state, refused, .. } = Address::read(fragment);
            assert_eq!(refused.len(), 1, "{fragment}: {refused:?}");
            (state, refused.into_iter().next().unwrap_or_default())
        };
        let (state, said) = read("model=squares&points=1,2;x,1;3,4;5;6,7");
        assert_eq!(state.points, [[1.0, 2.0], [3.0, 4.0], [6.0, 7.0]]);
        assert_eq!(said, "2 of 5 points are left out, as “x,1” is no pair of numbers such as 0.5,1");
        for (n, taken) in [(0, 1), (1001, 1000), (5_000_000, 1000)] {
            let (state, said) = read(&format!("n={n}"));
            assert_eq!(state.points.len(), taken);
            assert!(said.contains(&format!("the number of points here is {taken}")), "{said}");
        }
        let (state, said) = read(&format!("model=squares&points={}", "1,2;".repeat(1500)));
        assert_eq!((state.points.len(), said.as_str()), (1000, "here are the first 1000 of 1500 points"));
        let (state, said) = read("zoom=0");
        assert_eq!((state.zoom, said.contains("is not from 0.001 to 1000")), (1e-3, true));
        let (_, said) = read(&"garbage".repeat(1000));
        assert!(said.len() < 150, "{said}");
    }

    #[test]
    fn points_of_a_fragment_are_such_as_the_response_has() {
        for (id, [low, middle, high], moved) in [
            ("logistic", [0.0, 1.0, 1.0], 3),
            ("probit", [0.0, 1.0, 1.0], 3),
            ("softmax", [0.0, 1.0, 2.0], 3),
            ("poisson", [0.0, 1.0, 7.0], 2),
            ("squares", [-1.0, 0.7, 7.0], 0),
        ] {
            let read = Address::read(&format!("model={id}&points=0,7;1,-1;-2.5,0.7"));
            assert_eq!(read.state.points, [[0.0, high], [1.0, low], [-2.5, middle]], "{id}");
            assert_eq!(state(&read.state.fragment()), read.state);
            let said = format!("the y of {moved} points is moved");
            assert_eq!(read.refused.iter().filter(|refused| refused.contains(&said)).count(), usize::from(moved > 0));
        }
    }

    proptest! {
        #[test]
        fn any_fragment_is_read(fragment in ".{0,200}", theta in ".{0,20}", bytes in "(%[0-9a-fA-F]{2}|%|.){0,20}") {
            Address::read(&fragment);
            Address::read(&format!("model=logistic&theta={theta}&points={fragment}&text={bytes}"));
        }
    }
}
