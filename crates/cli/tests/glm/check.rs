//! The gradient check.

use crate::run::{glm, reference};

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
