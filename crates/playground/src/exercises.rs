//! Questions. What is right is computed by the engine from what the visitor has made, not compared with a stored answer.

use crate::engine::{Data, Engine};
use crate::language::Mistake;
use crate::model::Random;
use crate::number::spoken;
use crate::session::Session;
use crate::walk::{Way, walk};
use serde::Serialize;

/// How an answer is given.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "by", content = "choices")]
pub enum By {
    /// By choosing one of these, numbered from 0.
    Choice(&'static [&'static str]),
    /// By a number.
    Number,
    /// By what is on the page: parameters, points or the text.
    Doing,
}

/// A question.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Exercise {
    /// Its name.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The question.
    pub question: &'static str,
    /// The address of what the page shows with it.
    pub fragment: &'static str,
    /// How it is answered.
    pub answer: By,
    /// Whether it is about the loss that the page shows with it: another, which would make it easy, doesn't answer it.
    pub is_of_its_loss: bool,
}

/// What to say to an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Whether it is right.
    pub right: bool,
    /// Why, or what to look at.
    pub message: String,
}

/// All of them.
pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "minimum",
        title: "Find the minimum by hand",
        question: "Drag θ to where every component of the gradient is smaller than 0.05.",
        fragment: "model=logistic",
        answer: By::Doing,
        is_of_its_loss: true,
    },
    Exercise {
        id: "zero",
        title: "Why is the gradient 0 here?",
        question: "Squared error of a sigmoid. All labels are on the wrong side, and still the gradient is all but 0. Why?",
        fragment: "model=logistic&theta=0,-30&text=sum((y%20-%20sigmoid(X*theta))%5E2)&points=-2,0;-1,0;-3,0;1,1;2,1;3,1",
        answer: By::Choice(&[
            "θ is the minimum of the loss",
            "the slope p(1 − p) of the sigmoid has vanished, and it is a factor of every term",
            "the contributions of the two classes cancel each other",
        ]),
        is_of_its_loss: true,
    },
    Exercise {
        id: "infinity",
        title: "Where does the logarithm break?",
        question: "ln(1 − σ(z)) is written the naive way. What is the least whole number z at which doubles make −∞ of it?",
        fragment: "model=logistic&text=sum(ln(1%20-%20sigmoid(x*theta)))%20with%20theta&theta=1&points=10,0",
        answer: By::Number,
        is_of_its_loss: false,
    },
    Exercise {
        id: "steps",
        title: "How far is one step?",
        question: "How many steps does Newton's method take to the minimum of this loss, from wherever it starts?",
        fragment: "model=squares&theta=-1.5,3",
        answer: By::Number,
        is_of_its_loss: true,
    },
    Exercise {
        id: "separate",
        title: "Lose the minimum",
        question: "Drag the points until the loss has no minimum any more: until it falls for ever as θ grows.",
        fragment: "model=logistic&points=-2,0;-1,0;-0.5,1;0.5,0;1,1;2,1",
        answer: By::Doing,
        is_of_its_loss: true,
    },
    Exercise {
        id: "ridge",
        title: "Bring it back",
        question: "These points are separated. Add the penalty ½·Σθ² to the loss, so that it has a minimum again.",
        fragment: "model=logistic&points=-2,0;-1,0;-0.5,0;0.5,1;1,1;2,1",
        answer: By::Doing,
        is_of_its_loss: false,
    },
    Exercise {
        id: "huber",
        title: "A threshold of your own",
        question: "Change Huber's loss so that it turns from a square to a line at 2 instead of 1, without a jump.",
        fragment: "model=huber",
        answer: By::Doing,
        is_of_its_loss: false,
    },
];

/// Checks an answer.
pub fn check(id: &str, answer: &str, session: &mut Session) -> Outcome {
    let of_its_loss = EXERCISES.iter().find(|exercise| exercise.id == id && exercise.is_of_its_loss);
    let is_asked = of_its_loss.map_or(Ok(()), |exercise| keeps_its_loss(exercise, session));
    let checked = is_asked.and_then(|()| judged(id, answer, session));
    checked.unwrap_or_else(|mistake| Outcome { right: false, message: mistake.to_string() })
}

/// Refuses another loss than the exercise's, however that is written.
fn keeps_its_loss(exercise: &Exercise, session: &mut Session) -> Result<(), Mistake> {
    let asked = Session::new(exercise.fragment);
    let is_same = asked.state().text == session.state().text
        || session.names() == asked.names() && difference(session, &asked.state().text)?.is_none();
    match is_same {
        true => Ok(()),
        false => Err(Mistake::unplaced("This is asked of another loss. “Show it” brings that here.")),
    }
}

fn judged(id: &str, answer: &str, session: &mut Session) -> Result<Outcome, Mistake> {
    match id {
        "minimum" => minimum(session),
        "zero" => zero(answer, session),
        "infinity" => infinity(answer),
        "steps" => steps(answer, session),
        "separate" => separate(session),
        "ridge" => same_as(session, "sum(-(y*ln(p) + (1-y)*ln(1-p))) + sum(theta^2)/2 where p = sigmoid(X*theta)"),
        "huber" => same_as(session, "sum(if(r < 2, r^2/2, 2*r - 2)) where r = |y - X*theta|"),
        _ => Err(Mistake::unplaced(format!("there is no exercise `{id}`"))),
    }
}

fn outcome(right: bool, yes: impl Into<String>, no: impl Into<String>) -> Result<Outcome, Mistake> {
    Ok(Outcome { right, message: if right { yes.into() } else { no.into() } })
}

fn number(answer: &str) -> Result<f64, Mistake> {
    let number = answer.trim().parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| Mistake::unplaced("answer with a number"))
}

fn minimum(session: &mut Session) -> Result<Outcome, Mistake> {
    let gradient = session.results()?.gradient;
    let largest = gradient.iter().fold(0.0f64, |largest, component| largest.max(component.0.abs()));
    outcome(
        largest < 0.05,
        "That is it. The gradient is Xᵀ(p − y): the residuals add up to 0, and so do the residuals times x.",
        format!("The largest component is {} in size. Its sign tells which way is up.", spoken(largest)),
    )
}

fn zero(answer: &str, session: &mut Session) -> Result<Outcome, Mistake> {
    let loss = session.results()?.loss.0;
    outcome(
        answer.trim() == "1",
        "Yes. The chain rule has the factor p(1 − p), which is 0 in the tails. In the log loss 1/(p(1 − p)) cancels it.",
        format!("Not that. The loss is {} here; look at the adjoints in the graph, from the loss down.", spoken(loss)),
    )
}

/// The least whole number at which `ln(1 − σ(z))` is −∞ as it is written.
fn infinity(answer: &str) -> Result<Outcome, Mistake> {
    let answer = number(answer)?;
    let mut engine = Engine::new("sum(ln(1 - sigmoid(x)))")?;
    let mut breaks = |z: f64| Ok(engine.naive(&Data::new(&[[z, 0.0]]), &[0.0; 2])?.loss.0 == f64::NEG_INFINITY);
    let mut least = 0.0;
    while least < 1000.0 && !breaks(least)? {
        least += 1.0;
    }
    outcome(
        answer == least,
        "Yes: σ(37) rounds to 1. The stable form, −softplus(z), is right to the last digit there.",
        if breaks(answer)? { "It breaks earlier." } else { "It doesn't yet." },
    )
}

fn steps(answer: &str, session: &mut Session) -> Result<Outcome, Mistake> {
    let answer = number(answer)?;
    let (engine, data, state) = session.parts()?;
    let steps = walk(engine, data, &state.theta, Way::Newton)?.points.len() - 1;
    outcome(
        answer == steps as f64,
        "Yes: Newton's method minimises the quadratic that fits the loss best, and this loss is one.",
        "Let it walk, and count.",
    )
}

fn separate(session: &mut Session) -> Result<Outcome, Mistake> {
    let (engine, data, state) = session.parts()?;
    let walk = walk(engine, data, &state.theta, Way::Newton)?;
    let loss = engine.loss(data, &state.theta)?;
    outcome(
        !walk.converged && loss.is_finite(),
        format!("Yes. The engine says: {}", walk.end),
        "Newton's method still finds a minimum. Where is a 1 among the 0s?",
    )
}

/// Whether the text says the same as `right`: on the session's data and on others.
fn same_as(session: &mut Session, right: &str) -> Result<Outcome, Mistake> {
    if session.parts()?.2.theta.len() != 2 {
        return Err(Mistake::unplaced("keep the parameters theta[2]"));
    }
    Ok(match difference(session, right)? {
        Some(message) => Outcome { right: false, message },
        None => Outcome { right: true, message: "Right: it agrees with ours on fifty random data sets.".into() },
    })
}

/// Where the text's loss, of two parameters, is another than `right`, in a sentence.
fn difference(session: &mut Session, right: &str) -> Result<Option<String>, Mistake> {
    let mut right = Engine::new(right)?;
    let (engine, _, state) = session.parts()?;
    let mut random = Random(7);
    for _ in 0..50 {
        let points: Vec<[f64; 2]> = state.points.iter().map(|[x, y]| [x + random.normal(), *y]).collect();
        let (data, theta) = (Data::new(&points), [random.normal() * 2.0, random.normal() * 2.0]);
        let (found, expected) = (engine.loss(&data, &theta)?, right.loss(&data, &theta)?);
        let agrees = (found - expected).abs() <= 1e-9 * expected.abs().max(1.0);
        if !agrees {
            let [a, b, found, expected] = [theta[0], theta[1], found, expected].map(spoken);
            return Ok(Some(format!(
                "Not yet. At other points, with θ = ({a}, {b}), yours is {found}; it should be {expected}."
            )));
        }
    }
    Ok(None)
}
