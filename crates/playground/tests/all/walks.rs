//! The ways down, their rates and their ends.

use crate::assert_is_for_visitors;
use playground::model::MODELS;
use playground::session::Session;
use playground::walk::Walk;

pub fn losses(walk: &Walk) -> Vec<f64> {
    walk.losses.iter().map(|loss| loss.0).collect()
}

/// With the rate that the page begins with, gradient descent goes down with every step, for every model and many starts; with four times as
/// much it doesn't, or the slider ends.
#[test]
fn gradient_descent_begins_with_a_rate_that_goes_down() {
    for model in MODELS {
        for (count, scale) in [(40, 1.0), (40, -1.0), (5, 0.5), (200, 1.0)] {
            let theta: Vec<String> = model.start.iter().map(|theta| (scale * theta).to_string()).collect();
            let mut session = Session::new(&format!("model={}&n={count}&theta={}", model.id, theta.join(",")));
            let power = session.rate().unwrap();
            assert!((-4.0..0.5).contains(&power), "{}: {power}", model.id);
            let falls = |session: &mut Session, rate: f64| {
                let losses = losses(&session.walk("gradient", rate).unwrap());
                let fall = losses[0] - losses[losses.len() - 1];
                losses.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).sum::<f64>() <= 0.01 * fall
            };
            assert!(falls(&mut session, 10f64.powf(power)), "{} {count} {scale}: {power}", model.id);
            let longer = power + 0.6;
            assert!(longer > 0.5 || !falls(&mut session, 10f64.powf(longer)), "{} {count} {scale}: {power}", model.id);
        }
    }
    for (text, power) in [("sum(ln(X*theta))&theta=-1,0", -1.5), ("-sum(theta^2) with theta[2]", 0.2)] {
        assert_eq!(Session::new(&format!("text={text}")).rate().unwrap(), power, "{text}");
    }
}

#[test]
fn newton_ends_at_the_minimum_and_tells_when_there_is_none() {
    let mut session = Session::new("model=logistic");
    let walk = session.walk("newton", 0.0).unwrap();
    assert!(walk.converged, "{}", walk.end);
    let minimum = walk.points.last().unwrap().iter().map(|number| number.0).collect::<Vec<_>>();
    (0..2).for_each(|place| session.set_theta(place, minimum[place]));
    assert!(session.results().unwrap().gradient.iter().all(|gradient| gradient.0.abs() < 1e-6));
    let mut separated = Session::new("model=logistic&points=-1,0;1,1");
    assert!(!separated.walk("newton", 0.0).unwrap().converged);
}

/// Why a method ended is said in the page's words and names: not the library's, whose messages name its options and files.
#[test]
fn ends_are_said_in_the_words_of_the_page() {
    let text = |text: &str| format!("text={}", text.replace('+', "%2B"));
    for (fragment, end) in [
        ("model=logistic".to_string(), "arrived: the gradient is all but 0"),
        ("model=logistic&points=-1,0;1,1".into(), "no minimum: along"),
        ("model=logistic&points=-1,0;1,1".into(), "theta[1]"),
        (text("sum(X*theta)"), "there is no minimum: along −theta[0]"),
        (text("-sum((X*theta)^2)"), "falls without bound"),
        (text("sum(|y - X*theta|)"), "stopped at a kink: the slope along theta["),
        (text("sum(ln(X*theta))") + "&theta=-1,0", "the loss is NaN at the start: move θ first"),
        (text("sum(exp(theta)) with theta[2]") + "&theta=1e90,0", "the loss is ∞ at the start"),
    ] {
        let starts_nowhere = end.contains("at the start");
        for way in ["gradient", "newton", "lbfgs"].into_iter().skip(usize::from(!starts_nowhere)) {
            let walk = Session::new(&fragment).walk(way, 0.0).unwrap();
            assert!(walk.end.contains(end), "{fragment} {way}: {}", walk.end);
            assert_is_for_visitors(&walk.end);
        }
    }
}

/// Gradient descent tells a step that is too long from a place outside the domain.
#[test]
fn gradient_descent_says_where_it_leaves_the_domain() {
    for (fragment, rate, end) in [
        ("text=sum(ln(X*theta))&theta=-1,0", 0.1, "the loss is NaN at the start"),
        ("text=sum(sqrt(theta)) with theta[2]&theta=0,1", 0.1, "∂loss/∂theta[0] is ∞ at the start"),
        ("text=sum(a*ln(a) - 9*a) with a&theta=0", 0.1, "∂loss/∂a is"),
        ("text=sum(ln(theta)) with theta[2]&theta=0.5,1", 0.5, "a step led to where the loss is"),
        ("text=sum(exp(theta^2)) with theta[2]&theta=3,1", 0.5, "the steps are too long"),
        ("model=squares", 0.4, "arrived"),
    ] {
        let walk = Session::new(fragment).walk("gradient", rate).unwrap();
        assert!(walk.end.contains(end), "{fragment}: {}", walk.end);
        assert_eq!(walk.converged, end == "arrived", "{fragment}");
    }
}
