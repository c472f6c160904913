//! The gradient check.

use crate::run::{file, glm, reference};

#[test]
fn gradients_of_every_family_pass() {
    for (name, family, link) in [
        ("birthwt", "binomial", "logit"),
        ("birthwt", "binomial", "cloglog"),
        ("birthwt", "binomial", "probit"),
        ("longley", "gaussian", "identity"),
        ("warpbreaks", "poisson", "log"),
        ("clotting_gamma", "gamma", "inverse"),
        ("clotting_gamma", "inverse-gaussian", "log"),
    ] {
        let data = reference(&format!("{name}.csv"));
        let columns = ["--response", "y", "--weights", "weight", "--offset", "offset", "--no-intercept"];
        let run = glm(&[&["check", &data, "--family", family, "--link", link], &columns[..]].concat());
        assert_eq!(run.code, 0, "{name}: {}{}", run.out, run.err);
        assert_eq!(run.out.matches("PASS: gradient").count(), 2, "{}", run.out);
    }
}

/// Beside a pole of the link, with responses of thirty orders of magnitude, differences say nothing of the gradient.
#[test]
fn a_check_that_does_not_pass_ends_with_3() {
    let data = file("pole.csv", "y,x\n1e-15,1\n3,2\n2,3\n1e15,4\n");
    let run = glm(&["check", &data, "--response", "y", "--family", "inverse-gaussian"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(run.out.matches("PASS: gradient").count() < 2, "{}", run.out);
}

/// A derivative of 0 has no relative error: it isn't shown as one of 100 %, and the steps suit columns of any size.
#[test]
fn derivatives_that_are_nothing_are_told_as_such() {
    let rows: String =
        (1..40).map(|row| format!("{},{}\n", 2.0 + (f64::from(row * 7 % 11)) / 3.0, 1000 + 37 * row % 101)).collect();
    let data = file("check_nothing.csv", format!("y,x\n{rows}"));
    for (family, link) in
        [("gaussian", "identity"), ("gaussian", "log"), ("gamma", "log"), ("inverse-gaussian", "inverse-squared")]
    {
        let run = glm(&["check", &data, "--response", "y", "--family", family, "--link", link]);
        assert_eq!(run.code, 0, "{family} {link}: {}{}", run.out, run.err);
        // The intercept's at the start.
        let line = run.out.lines().find(|line| line.starts_with("(Intercept)")).unwrap();
        assert!(line.contains("-  PASS (numerical ± "), "{family} {link}: {}", run.out);
        assert!(
            run.out.contains("within the differences' own error") && run.out.contains(": (Intercept)\n"),
            "{}",
            run.out
        );
        for conclusion in run.out.lines().filter(|line| line.starts_with("PASS")) {
            let error = conclusion.split("largest relative error ").nth(1).unwrap().split(' ').next().unwrap();
            assert!(error.parse::<f64>().unwrap() < 1e-6, "{family} {link}: {}", run.out);
        }
    }
}

/// Where the second point has means that the family can't have, a nearer one is taken.
#[test]
fn the_second_point_is_one_at_which_there_is_a_loss() {
    let data = reference("reported/mammals_ig_log.csv");
    for (family, link) in
        [("inverse-gaussian", "inverse-squared"), ("gamma", "inverse"), ("inverse-gaussian", "identity")]
    {
        let run = glm(&["check", &data, "--response", "body", "--family", family, "--link", link]);
        assert!(run.code == 0 && run.err.is_empty(), "{family} {link}: {}{}", run.out, run.err);
        assert!(run.out.contains("standard errors away (farther away, the loss is no number)"), "{}", run.out);
        assert!(!run.out.contains("NaN"), "{}", run.out);
    }
}
