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

/// Beside the pole of the inverse link, with responses of eighteen orders of magnitude, differences say nothing of the
/// gradient.
#[test]
fn a_check_that_does_not_pass_ends_with_3() {
    let data = file("pole.csv", "y,x\n1e-9,1\n3,2\n2,3\n1e9,4\n");
    let run = glm(&["check", &data, "--response", "y", "--family", "gaussian", "--link", "inverse"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(run.out.matches("PASS: gradient").count() < 2, "{}", run.out);
}
