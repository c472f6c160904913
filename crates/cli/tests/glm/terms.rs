//! Terms as they are written, and the coefficients they give.

use crate::run::{assert_close, file, glm, names, of_coefficients};

const DATA: &str = "y,x,z,g,k\n1,1,2,a,1\n2,3,1,b,2\n4,2,5,a,2\n3,5,4,c,1\n6,4,4,b,2\n5,6,7,c,1\n7,8,6,a,2\n9,7,9,b,1\n\
                    8,9,8,c,2\n2,2,3,c,2\n6,5,5,a,1\n3,4,6,b,1\n";

fn fit(name: &str, more: &[&str]) -> serde_json::Value {
    let data = file(name, DATA);
    glm(&[&["fit", &data, "--response", "y", "--family", "gaussian", "--json"], more].concat()).json()
}

#[test]
fn all_other_columns_are_terms_unless_said_otherwise() {
    assert_eq!(names(&fit("default.csv", &[])), ["(Intercept)", "x", "z", "k", "gb", "gc"]);
    assert_eq!(names(&fit("weights.csv", &["--weights", "k", "--offset", "z"])), ["(Intercept)", "x", "gb", "gc"]);
}

#[test]
fn terms_may_be_factors_interactions_and_products() {
    let named = |name: &str, terms: &str| {
        let fit = fit(name, &["--terms", terms]);
        names(&fit).into_iter().map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(named("factor.csv", "x,factor(k)"), ["(Intercept)", "x", "factor(k)2"]);
    assert_eq!(named("product.csv", "x*z"), ["(Intercept)", "x", "z", "x:z"]);
    assert_eq!(named("slopes.csv", "x*g"), ["(Intercept)", "x", "gb", "gc", "x:gb", "x:gc"]);
    assert_eq!(named("intercept.csv", "1"), ["(Intercept)"]);
}

/// Without an intercept the first factor has an effect for every level, as in R: here the groups' means.
#[test]
fn without_an_intercept_a_factor_has_all_its_levels() {
    let fit = fit("groups.csv", &["--terms", "g", "--no-intercept"]);
    assert_eq!(names(&fit), ["ga", "gb", "gc"]);
    for (found, expected) in of_coefficients(&fit, "estimate").into_iter().zip([4.5, 5.0, 4.5]) {
        assert_close("mean of the group", found, expected, 1e-12);
    }
}

#[test]
fn an_interaction_without_its_main_effect_is_refused() {
    let data = file("no_main.csv", DATA);
    let run = glm(&["fit", &data, "--response", "y", "--family", "gaussian", "--terms", "x:g"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("write x*g"), "{}", run.err);
}
