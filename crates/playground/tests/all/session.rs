//! A visit: what is chosen, computed and drawn.

use crate::assert_is_for_visitors;
use crate::walks::losses;
use playground::Engine;
use playground::engine::Data;
use playground::model::{MODELS, points};
use playground::session::Session;
use proptest::prelude::*;

#[test]
fn every_model_is_computed_drawn_checked_and_walked() {
    for model in MODELS {
        let mut session = Session::new(&format!("model={}", model.id));
        assert_eq!(session.mistake(), None, "{}", model.id);
        let results = session.results().unwrap();
        assert!(results.loss.0.is_finite(), "{}", model.id);
        assert_eq!(results.gradient.len(), model.start.len());
        let graph = session.graph().unwrap();
        assert!(graph.svg.starts_with("<svg"));
        let values = session.values(Some(0)).unwrap();
        assert_eq!(values.len(), graph.nodes.len());
        let last = values.last().unwrap();
        assert!((last.primal[0].0 - results.loss.0).abs() < 1e-12 * results.loss.0, "{}", model.id);
        assert_eq!(last.adjoint[0].0, 1.0);
        assert!(session.check().unwrap().iter().all(|checked| checked.verdict != "FAIL"), "{}", model.id);
        let curve = session.curve(9).unwrap().unwrap();
        assert_eq!(curve.y.len(), if model.id == "softmax" { 3 } else { 1 });
        assert_eq!(curve.y[0].len(), 9);
        let surface = session.surface(12).unwrap();
        assert_eq!(surface.values.len(), 144);
        assert!(surface.contours.iter().any(|contour| contour.segments.len() > 3), "{}", model.id);
        let rate = 10f64.powf(session.rate().unwrap());
        for way in ["gradient", "newton", "lbfgs"] {
            let walk = session.walk(way, rate).unwrap();
            let losses = losses(&walk);
            assert!(losses.len() > 1 && losses.last() < losses.first(), "{} {way}: {}", model.id, walk.end);
        }
    }
}

/// A row of the table names what its node is of: earlier nodes by number and name, numbers as they are.
#[test]
fn nodes_name_their_operands() {
    let graph = Session::new("model=squares&text=mean((y - 2*mu)^2) where mu = X*theta").graph().unwrap();
    let said: Vec<String> =
        graph.nodes.iter().map(|node| format!("{}({})", node.operation, node.operands.join(", "))).collect();
    let [y, x, theta, mu] = ["y", "X", "theta", "mu"].map(|name| {
        let node = graph.nodes.iter().find(|node| node.name.as_deref() == Some(name)).unwrap();
        format!("%{} {name}", node.number)
    });
    for wanted in [format!("linear({x}, {theta})"), format!("mul(2, {mu})")] {
        assert!(said.contains(&wanted), "{wanted} in {said:?}");
    }
    assert!(said.iter().any(|said| said.starts_with(&format!("sub({y}, %"))), "{said:?}");
    assert!(said.iter().any(|said| said.starts_with("powi(%") && said.ends_with(", 2)")), "{said:?}");
    assert_eq!(said.iter().filter(|said| said.ends_with("()")).count(), 3, "{said:?}");
}

#[test]
fn the_gradient_of_the_logistic_loss_is_that_of_the_textbook() {
    let mut session = Session::new("model=logistic&theta=0.5,-1.25");
    let expected = session.state().points.iter().fold([0.0; 2], |[a, b], [x, y]| {
        let residual = 1.0 / (1.0 + (-(0.5 - 1.25 * x)).exp()) - y;
        [a + residual, b + residual * x]
    });
    let found = session.results().unwrap().gradient;
    for (found, expected) in found.iter().zip(expected) {
        assert!((found.0 - expected).abs() < 1e-12);
    }
}

#[test]
fn what_an_address_gives_that_its_loss_does_not_take_is_spoken_of() {
    for (fragment, said) in [
        ("model=poisson&theta=1,0.5", ""),
        ("model=poisson", ""),
        ("theta=0.5&text=a^2 with a", ""),
        ("text=a^2 with a", ""),
        ("theta=1,2,3&text=sum(", "the loss of this address can't be read"),
        ("axes=1,0", ""),
        ("model=network&axes=9,3", ""),
        ("model=poisson&theta=1,1e400", "“1e400”, which is no finite number"),
        ("model=poisson&theta=1,2,3", "theta has 3 numbers, and this loss takes 2 numbers"),
        ("theta=1,2&text=a^2 with a", "theta has 2 numbers, and this loss takes 1 number:"),
        ("axes=7,1", "axes=7,1 aren't two of 2 numbers"),
        ("model=network&axes=3,3", "axes=3,3 aren't two of 10 numbers"),
    ] {
        let session = Session::new(fragment);
        let refused = session.refused().join("; ");
        assert!(refused.contains(said) && refused.is_empty() == said.is_empty(), "{fragment}: {refused}");
        assert!(session.state().theta.iter().all(|theta| theta.is_finite()));
    }
}

#[test]
fn parameters_that_cannot_be_moved_to_are_spoken_of() {
    let mut session = Session::new("model=poisson");
    session.set_theta(1, 1e300);
    assert_eq!(session.state().theta[1], 1e9);
    assert_eq!(session.notice(), "theta[1] goes from −1e9 to 1e9: 1e300 is too far");
    session.set_theta(1, 2.0);
    assert_eq!((session.state().theta[1], session.notice()), (2.0, ""));
    for value in [f64::NAN, f64::INFINITY] {
        session.set_theta(1, value);
        assert_eq!(session.state().theta[1], 2.0);
        assert_eq!(session.notice(), "what is written for theta[1] is no finite number: it stays 2");
    }
}

#[test]
fn the_stable_loss_is_right_where_the_naive_one_is_not() {
    let mut session = Session::new("model=logistic&points=1,0&theta=0,0");
    let tails = session.tails(0).unwrap();
    let at = |at: f64| tails.points.iter().find(|point| point.at == at).unwrap();
    assert!(!at(10.0).differs && at(40.0).differs, "{:?} {:?}", at(10.0), at(40.0));
    // As it is written, 0·ln(p) − ln(0).
    assert_eq!(at(100.0).naive.0, f64::INFINITY);
    assert_eq!((at(100.0).stable.0, at(100.0).stable_slope.0), (100.0, 1.0));
    assert!(!tails.rewrites.is_empty());
    // With the label 1, the loss falls below the rounding of 1, but not to 0.
    let mut session = Session::new("model=logistic&points=1,1&theta=0,0");
    let tails = session.tails(0).unwrap();
    let far = tails.points.iter().find(|point| point.at == 100.0).unwrap();
    assert!((far.stable.0 / (-100f64).exp() - 1.0).abs() < 1e-13);
}

#[test]
fn dragging_moves_the_point_to_where_its_response_may_be() {
    let mut session = Session::new("model=logistic");
    session.move_point(3, 1.2345, 0.7);
    assert_eq!(session.state().points[3], [1.23, 1.0]);
    let moved = session.results().unwrap();
    let data = Data::new(&session.state().points);
    assert_eq!(Engine::new(&session.state().text).unwrap().results(&data, &session.state().theta).unwrap(), moved);
    session.move_point(3, f64::NAN, 0.0);
    session.move_point(999, 0.0, 0.0);
    session.add_point(2.0, 9.0);
    assert_eq!(session.state().points.last(), Some(&[2.0, 1.0]));
    let count = session.state().points.len();
    session.remove_point(0);
    assert_eq!(session.state().points.len(), count - 1);
    assert_eq!(session.results().unwrap(), Session::new(&session.state().fragment()).results().unwrap());
}

#[test]
fn a_text_with_other_parameters_gets_as_many_numbers() {
    let mut session = Session::new("model=logistic&theta=1,2");
    session.set_text("sum((y - a)^2) with a");
    assert_eq!((session.state().theta.len(), session.names()), (1, vec!["a".to_string()]));
    session.set_text("sum((y - ");
    assert!(session.mistake().is_some() && session.results().is_err());
    session.set_text("sum(X*W) with W[2,3]");
    assert_eq!(session.names()[5], "W[1,2]");
    assert_eq!(session.state().theta.len(), 6);
}

#[test]
fn data_are_those_their_response_may_have() {
    for model in MODELS {
        for point in points(model.response, 500) {
            assert_eq!(model.response.nearest(point[1]), point[1]);
            assert!(point[0].abs() < 8.0);
        }
    }
}

/// A surface is over two parameters: one that is chosen for both axes changes places with the other.
#[test]
fn one_parameter_is_on_one_axis() {
    let mut session = Session::new("");
    session.set_text("sum((y - a*x - b)^2) + c^2 with a, b, c");
    for (chosen, axes) in [([1, 1], [1, 0]), ([2, 0], [2, 0]), ([2, 2], [0, 2]), ([2, 2], [2, 0]), ([0, 1], [0, 1])] {
        session.look_at(chosen[0], chosen[1], 1.0);
        assert_eq!(session.state().axes, axes, "{chosen:?}");
    }
}

/// The loss of one parameter is a curve: the same losses as at each value of the parameter.
#[test]
fn a_single_parameter_has_a_curve() {
    let mut session = Session::new("model=squares");
    assert!(session.profile(9).unwrap().is_none());
    for text in ["sum((y - a)^2) with a", "sum((y - x*theta[0])^2) with theta[1]", "sum(ln(a)) with a"] {
        session.set_text(text);
        let profile = session.profile(9).unwrap().unwrap();
        let [left, right, low, high] = profile.window;
        assert!(left < right && low < high, "{text}");
        for (step, value) in profile.values.iter().enumerate() {
            session.set_theta(0, left + (right - left) * step as f64 / 8.0);
            let loss = session.results().unwrap().loss.0;
            assert!(loss == value.0 || (loss.is_nan() && value.0.is_nan()), "{text}: {value:?}, not {loss}");
        }
    }
}

/// Any expression of numbers, data and parameters, by all signs and many functions.
fn expressions(leaves: &'static [&'static str]) -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(leaves).prop_map(String::from);
    leaf.prop_recursive(4, 24, 3, |inner| {
        let functions =
            vec!["exp", "ln", "sqrt", "abs", "sigmoid", "softplus", "Phi", "tanh", "lgamma", "relu", "logit", "mean"];
        let signs = vec!["+", "-", "*", "/", "^", "<"];
        prop_oneof![
            (inner.clone(), prop::sample::select(signs), inner.clone())
                .prop_map(|(a, sign, b)| format!("(({a}) {sign} ({b}))")),
            (prop::sample::select(functions), inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("if(({a}) < ({b}), {c}, {a})")),
        ]
        .boxed()
    })
}

fn losses_of_all_kinds() -> impl Strategy<Value = String> {
    const LEAVES: &[&str] = &["x", "y", "X*theta", "sum(theta*theta)", "0", "1", "2.5", "1e200", "-3", "p"];
    (expressions(LEAVES), expressions(&LEAVES[..9])).prop_map(|(loss, p)| format!("sum({loss}) where p = {p}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// In a browser a panic is the end of the page.
    #[test]
    fn whatever_is_written_nothing_panics(text in losses_of_all_kinds(), points in prop::collection::vec((-3.0..3.0f64, 0.0..2.0f64), 1..5)) {
        let mut session = Session::new("model=squares&theta=0.5,-1");
        while session.state().points.len() > 1 {
            session.remove_point(0);
        }
        points.iter().for_each(|(x, y)| session.add_point(*x, *y));
        session.set_text(&text);
        prop_assert!(session.mistake().is_none(), "{text}: {:?}", session.mistake());
        let computed = session.results();
        prop_assert_eq!(computed.is_ok(), session.mistake().is_none(), "{:?}", computed);
        let mistakes = [session.graph().err(), session.values(None).err(), session.values(Some(0)).err(),
            session.derivation().err(), session.check().err(), session.tails(0).err(), session.surface(4).err(),
            session.curve(5).err()];
        mistakes.into_iter().flatten().for_each(|mistake| assert_is_for_visitors(&mistake.to_string()));
        for way in ["gradient", "newton", "lbfgs"] {
            match session.walk(way, 0.1) {
                Ok(walk) => assert_is_for_visitors(&walk.end),
                Err(mistake) => assert_is_for_visitors(&mistake.to_string()),
            }
        }
    }
}

/// At 0 the layers of a network have no slope: one that is typed begins at small numbers that differ, always the same.
#[test]
fn networks_begin_away_from_the_saddle_at_zero() {
    let text = "mean((y - tanh(X*W)*v)^2) with W[2,4], v[4]";
    let begun = || {
        let mut session = Session::new("model=squares");
        session.set_text(text);
        session
    };
    let mut session = begun();
    let theta = session.state().theta.clone();
    assert_eq!(theta, begun().state().theta);
    assert!(theta.iter().all(|x| *x != 0.0 && x.abs() < 2.0), "{theta:?}");
    assert!(theta.iter().enumerate().all(|(place, x)| !theta[..place].contains(x)), "{theta:?}");
    let gradient = session.results().expect("results").gradient;
    assert!(gradient.iter().all(|slope| slope.0 != 0.0), "{gradient:?}");
    session.set_text("mean((y - a*x)^2) with a");
    assert_eq!(session.state().theta, [0.0]);
}
