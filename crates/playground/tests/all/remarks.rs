//! What is said of a loss: where it isn't finite, and what else it may have been meant to be.

use playground::session::Session;

/// Where the loss isn't finite, its first part that isn't is named, with the point and the numbers that it is of.
#[test]
fn what_is_not_finite_is_named_with_its_point_and_its_numbers() {
    let points = "points=1,4;2,1;3,-1";
    for (text, node, reason) in [
        ("sum(sqrt(y - theta[0]*x))", "sqrt", "At point 3, sqrt(y - theta[0]*x) is NaN: the square root of −1."),
        ("sum(ln(y - 1)*theta[0])", "ln", "At point 2, ln(y - 1) is −∞: the logarithm of 0."),
        ("sum(theta[1]/(x - 2))", "div", "At point 2, theta[1]/(x - 2) is NaN: 0 divided by 0."),
        ("sum(exp(1000*x) + theta[0])", "exp", "At point 1, exp(1000*x) is ∞: e to the power 1000."),
        ("sum((y - 2)^(theta[0] + 0.5))", "pow", "At point 2, (y - 2)^(theta[0] + 0.5) is NaN: −1 to the power 0.5."),
        ("ln(theta[0])", "ln", "ln(theta[0]) is −∞: the logarithm of 0."),
        ("sum(y)", "", ""),
    ] {
        let mut session = Session::new(&format!("model=squares&{points}&theta=0,0"));
        session.set_text(text);
        assert_eq!(session.mistake(), None, "{text}");
        let found = session.trouble().unwrap();
        assert_eq!(found.is_none(), reason.is_empty(), "{text}: {found:?}");
        if let Some(found) = found {
            assert_eq!(found.reason, reason, "{text}");
            assert!(found.node.starts_with('%') && found.node.ends_with(node), "{text}: {found:?}");
        }
    }
    // Beside a loss that is no number there is no slope.
    let mut session = Session::new("model=squares");
    session.set_text("sum(exp(theta[0] + 0*x)/exp(theta[0] + 0*x))");
    for point in session.tails(0).unwrap().points {
        assert!(!point.naive.0.is_nan() || point.naive_slope.0.is_nan(), "{point:?}");
    }
}

/// Of a gradient that isn't finite beside a loss that is, the first adjoint on the way back is named, and what it became so by.
#[test]
fn gradients_that_are_not_finite_are_named_with_their_point_and_their_numbers() {
    let points = "points=1,4;2,1;0,0";
    for (text, node, reason) in [
        (
            "sum(sqrt(y - theta[0]))",
            "sub",
            "At point 3, the derivative by y - theta[0] is ∞, through sqrt(y - theta[0]): the square root of 0.",
        ),
        (
            "sum((2 + x)*sqrt(y - theta[0]))",
            "sub",
            "At point 3, the derivative by y - theta[0] is ∞, through sqrt(y - theta[0]): the square root of 0.",
        ),
        (
            "sqrt(|theta[1]|) + sum(y)",
            "abs",
            "The derivative by |theta[1]| is ∞, through sqrt(|theta[1]|): the square root of 0.",
        ),
        ("sum(y*theta[0])", "", ""),
    ] {
        let mut session = Session::new(&format!("model=squares&{points}&theta=0,0"));
        session.set_text(text);
        assert_eq!(session.mistake(), None, "{text}");
        assert!(session.results().unwrap().loss.0.is_finite(), "{text}");
        assert_eq!(session.trouble().unwrap(), None, "{text}");
        let found = session.gradient_trouble().unwrap();
        assert_eq!(found.is_none(), reason.is_empty(), "{text}: {found:?}");
        if let Some(found) = found {
            assert_eq!(found.reason, reason, "{text}");
            assert!(found.node.starts_with('%') && found.node.ends_with(node), "{text}: {found:?}");
        }
    }
}

#[test]
fn the_square_of_a_mean_is_remarked_on() {
    for (text, is_remarked) in [
        ("mean(y - X*theta)^2", true),
        ("mean(r)^2 where r = y - X*theta", true),
        ("mean((y - X*theta)^2)", false),
        ("mean(y^2)*theta[0] - mean(y)^2", false),
        ("sum(theta)^2", false),
    ] {
        let mut session = Session::new("model=squares");
        session.set_text(text);
        assert_eq!(session.mistake(), None, "{text}");
        assert_eq!(session.remark().contains("mean of the squares is mean(("), is_remarked, "{text}");
    }
}
