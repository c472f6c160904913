//! The check of the gradient: its verdicts, and what it says of the loss.

use crate::assert_is_for_visitors;
use playground::session::Session;

/// Where the check doesn't pass, the page says what the loss does there.
#[test]
fn a_failed_check_says_what_the_loss_does() {
    for (fragment, place, remark) in [
        ("model=logistic&theta=0,0&text=sum((y-X*theta)^theta[0])", 0, "just above theta[0] = 0 the loss is NaN"),
        ("model=squares&theta=0,0&text=sum((y-X*theta)^theta[0])", 0, "just below theta[0] = 0 the loss is NaN"),
        ("text=sum(if(theta > 1, 2, theta)) with theta[2]&theta=1,0", 0, "at theta[0] = 1 the loss jumps to 2"),
        ("text=sum(sqrt(theta)) with theta[2]&theta=0,1", 0, "just below theta[0] = 0 the loss is NaN"),
        ("text=sum(|theta|) with theta[2]&theta=0,1", 0, "the slope jumps here"),
        ("text=if(a, 2*a, 3*a) with a&theta=0", 0, "3 is the slope of that branch, 2 that of the loss"),
        ("text=if(a - 1, a^2, 5*a - 4) with a&theta=1", 0, "5 is the slope of that branch, 2 that of the loss"),
        ("text=if(a, 0.1*a, a) + b with a, b&theta=0,2", 0, "1 is the slope of that branch, 0.1 that of the loss"),
        ("text=sqrt(|a|) with a&theta=0", 0, "the slope grows without bound towards a = 0"),
        ("text=sign(a)*|a|^(1/3) with a&theta=0", 0, "no finite derivative, and 0 stands for it"),
        ("text=|a - 2|^0.6 with a&theta=2", 0, "the slope grows without bound towards a = 2"),
        ("text=|a|^(1/3) + a with a&theta=0", 0, "the slope grows without bound towards a = 0"),
        ("text=|a|^1.5 with a&theta=0", 0, "the same on both sides, and the curvature isn't"),
        ("text=if(a > 0, a^2, a^3) with a&theta=0", 0, "the same on both sides, and the curvature isn't"),
        ("text=a^2*sign(a) with a&theta=0", 0, "the same on both sides, and the curvature isn't"),
        ("model=logistic", 0, ""),
    ] {
        let checked = Session::new(&fragment.replace('+', "%2B")).check().unwrap();
        let found = &checked[place];
        assert_eq!(found.verdict == "PASS", remark.is_empty(), "{fragment}: {found:?}");
        assert!(found.remark.contains(remark), "{fragment}: {found:?}");
        assert_is_for_visitors(&found.remark);
    }
}

/// Rounding has slopes and kinks of its own, of which nothing follows for the gradient.
#[test]
fn losses_that_differ_by_rounding_alone_never_fail() {
    let (mut unclear, zeros) = (
        0,
        [
            "softplus(a) - softplus(-a) - a",
            "tanh(a) - (2*sigmoid(2*a) - 1)",
            "sin(a)^2 + cos(a)^2 - 1",
            "(a^2 + 1) - (a - 1)*(a + 1)",
            "sigmoid(a) + sigmoid(-a)",
            "sum(x*a) - a*sum(x)",
            "ln(exp(a)*exp(-a))",
        ],
    );
    let factors = ["", "1e6*", "1e-6*", "1e12*"];
    for (zero, factor) in zeros.iter().flat_map(|zero| factors.map(|factor| (zero, factor))) {
        for theta in [-2.5, -0.7, 0.0, 0.3, 1.0, 4.1] {
            let fragment = format!("theta={theta}&text={factor}({zero}) with a").replace('+', "%2B");
            let checked = Session::new(&fragment).check().unwrap().remove(0);
            assert!(matches!(&*checked.verdict, "PASS" | "UNCLEAR"), "{fragment}: {checked:?}");
            assert_eq!(checked.verdict == "UNCLEAR", checked.remark.contains("no more than rounding"), "{checked:?}");
            unclear += usize::from(checked.verdict == "UNCLEAR");
        }
    }
    assert!(unclear > 0);
    for (text, verdict) in
        [("1e-9*|a|", "KINK"), ("1 + 0.001*|a|", "KINK"), ("1e-9*a^3 + a", "PASS"), ("1e17 - 3*a", "UNCLEAR")]
    {
        let fragment = format!("theta=0&text={text} with a").replace('+', "%2B");
        let found = Session::new(&fragment).check().unwrap().remove(0);
        assert_eq!(found.verdict, verdict, "{fragment}: {found:?}");
    }
}

/// At a minimum differences are of rounding alone: the derivative 0 is right there, by each parameter, from where the page begins.
#[test]
fn derivatives_that_are_exactly_zero_where_the_page_begins_pass() {
    for text in [
        "sum(-ln(1/u) + (1-u)/u) where u = exp(X*theta)",
        "sum(u - 1 - ln(u)) where u = exp(X*theta)",
        "sum(u*ln(u) - u + 1) where u = exp(X*theta)",
        "sum(exp(X*theta) - 1 - X*theta)",
        "sum(u + 1/u) where u = exp(X*theta)",
        "sum((1-u)/u + (u-1)) where u = exp(X*theta)",
        "sum(1/u - 1 + ln(u)) where u = exp(2*X*theta)",
        "sum(ln(u) - (u-1)/u) where u = exp(X*theta)",
        "sum((u^2 - 1)/2 - ln(u)) where u = exp(X*theta)",
        "sum((1-u)^2/u) where u = exp(X*theta)",
        "sum(sqrt(u) + 1/sqrt(u)) - 2*sum(0*x + 1) where u = exp(X*theta)",
        "sum(-ln(p) - ln(1-p)) where p = sigmoid(X*theta)",
        "sum(p*ln(p) + (1-p)*ln(1-p)) where p = sigmoid(X*theta)",
        "sum(-ln(4*p*(1-p))) where p = Phi(X*theta)",
        "sum(cosh(X*theta) - 1)",
        "sum(ln(cosh(X*theta)))",
        "sum(1 - cos(X*theta))",
        "sum((X*theta)*tanh(X*theta))",
        "sum((X*theta)*ln(1 + X*theta))",
        "mean((X*theta)^2)",
        "mean((X*theta)^4)",
        "sum(softplus(X*theta) - X*theta/2)",
        "sum(sqrt(1 + (X*theta)^2) - 1)",
        "100*sum(-ln(1/u) + (1-u)/u) where u = exp(X*theta)",
        "1e-6*sum(-ln(1/u) + (1-u)/u) where u = exp(X*theta)",
    ] {
        let mut session = Session::new("model=poisson");
        session.set_text(text);
        assert_eq!(session.mistake(), None, "{text}");
        assert_eq!(session.state().theta, [0.0, 0.0]);
        for (checked, gradient) in session.check().unwrap().iter().zip(session.results().unwrap().gradient) {
            assert_eq!(gradient.0, 0.0, "{text}");
            assert_eq!((&*checked.verdict, &*checked.remark), ("PASS", ""), "{text}: {checked:?}");
        }
    }
    // A slope that is wrong by more fails still.
    let mut session = Session::new("theta=0&text=if(a,a,a^3%2B1e-9*a)%20with%20a");
    assert_eq!(session.check().unwrap().remove(0).verdict, "FAIL");
}

/// Where there is no derivative nothing is right or wrong: the check says why, and doesn't fail.
#[test]
fn a_check_does_not_fail_where_there_is_no_derivative() {
    for (text, verdicts, remark) in [
        ("sum((X*theta)^(x^2 + 1))", ["UNCLEAR"; 3], "the loss is NaN: it has no derivative here"),
        ("max(max(a, b), c) with a, b, c", ["KINK"; 3], "the slope jumps here"),
        ("max(a, max(b, c))*3 with a, b, c", ["KINK"; 3], "the slope jumps here"),
        ("sum(rowmax(X*W)) with W[2,3]", ["KINK"; 3], "the slope jumps here"),
        ("sum(x^2)*if(a + b + c > 0, 1, 0) with a, b, c", ["UNCLEAR"; 3], "the loss jumps"),
    ] {
        let mut session = Session::new("model=squares");
        session.set_text(text);
        let theta = vec![0.0; session.state().theta.len()];
        for place in 0..theta.len() {
            session.set_theta(place, 0.0);
        }
        for (checked, verdict) in session.check().unwrap().iter().zip(verdicts) {
            assert_eq!(checked.verdict, verdict, "{text}: {checked:?}");
            assert!(checked.remark.contains(remark), "{text}: {checked:?}");
        }
    }
}
