//! Tables of fits beside R's: each line is a command and the figures that R gave for the same model (`tests/reference/glm/options`).

use crate::run::{assert_close, glm, names, numbers, of_coefficients, reference};
use serde_json::Value;

fn table(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(reference(&format!("options/{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The command of a line, and its fit.
fn fit<'c>(case: &'c Value, more: &[&str]) -> (&'c str, Value) {
    let arguments = case["arguments"].as_str().unwrap();
    let data = reference(&format!("options/{}", case["data"].as_str().unwrap()));
    let words: Vec<&str> = arguments.split(' ').collect();
    (arguments, glm(&[&["fit", &data, "--json"], more, &words[..]].concat()).json())
}

/// R's `confint` interpolates; these are the roots of the same function (`profile.R` compared both).
#[test]
fn ends_of_intervals_are_roots_of_the_profile() {
    const OF_THE_WIDTH: f64 = 1e-8;
    for case in &table("profile") {
        let (arguments, fit) = fit(case, &["--profile", "--level", &case["level"].to_string()]);
        let (lows, highs) = (of_coefficients(&fit, "conf_low"), of_coefficients(&fit, "conf_high"));
        assert_eq!(lows.len(), case["intervals"].as_object().unwrap().len(), "{arguments}");
        for ((name, low), high) in names(&fit).into_iter().zip(lows).zip(highs) {
            let expected = numbers(&case["intervals"][name]);
            let off = (low - expected[0]).abs().max((high - expected[1]).abs()) / (expected[1] - expected[0]);
            assert!(off <= OF_THE_WIDTH, "{arguments}: {name} has {low} to {high} instead of {expected:?}");
        }
    }
}

/// Missing values, decimal commas, words, counts of successes and failures, other reference levels, aliased columns.
#[test]
fn however_a_file_spells_its_cells_the_fit_is_that_of_r() {
    for case in &table("reading") {
        let (arguments, fit) = fit(case, &[]);
        assert_eq!(fit["n"], case["n"], "{arguments}");
        for key in ["deviance", "aic"] {
            assert_close(
                &format!("{arguments}: {key}"),
                fit[key].as_f64().unwrap(),
                case[key].as_f64().unwrap(),
                1e-12,
            );
        }
        let expected = case["coefficients"].as_object().unwrap();
        let coefficients = fit["coefficients"].as_array().unwrap();
        assert_eq!(coefficients.len(), expected.len(), "{arguments}");
        for coefficient in coefficients {
            let name = coefficient["name"].as_str().unwrap();
            for (place, (key, tolerance)) in [("estimate", 1e-7), ("std_error", 1e-6)].into_iter().enumerate() {
                let (found, expected) = (coefficient[key].as_f64(), expected[name][place].as_f64());
                assert_eq!(found.is_none(), expected.is_none(), "{arguments}: {name}");
                if let (Some(found), Some(expected)) = (found, expected) {
                    assert_close(&format!("{arguments}: {key} of {name}"), found, expected, tolerance);
                }
            }
        }
    }
}

/// With weights, offsets, interactions and links that aren't canonical; R's own figures are good to about seven digits, as it ends a step
/// from the maximum.
#[test]
fn standard_errors_and_tests_of_terms_are_those_of_r() {
    const TOLERANCE: f64 = 1e-6;
    for case in &table("sandwich") {
        let expected = case["coefficients"].as_object().unwrap();
        let cluster = case["cluster"].as_str().unwrap();
        let kinds = ["HC0", "HC1", "HC2", "HC3"].map(|kind| vec!["--robust", kind]);
        let options = [vec![]].into_iter().chain(kinds).chain([vec!["--cluster", cluster]]);
        for (place, more) in options.enumerate() {
            let (arguments, fit) = fit(case, &more);
            let (estimates, errors) = (of_coefficients(&fit, "estimate"), of_coefficients(&fit, "std_error"));
            assert_eq!(estimates.len(), expected.len(), "{arguments}");
            for ((name, estimate), error) in names(&fit).into_iter().zip(estimates).zip(errors) {
                let (what, of_r) = (format!("{arguments} {more:?}: {name}"), numbers(&expected[name]));
                assert_close(&what, estimate, of_r[0], TOLERANCE);
                assert_close(&what, error, of_r[place + 1], TOLERANCE);
            }
        }
        let (arguments, fit) = fit(case, &["--anova"]);
        let rows = fit["anova"]["rows"].as_array().unwrap();
        assert_eq!(rows.len(), case["anova"].as_object().unwrap().len() + 1, "{arguments}");
        for pair in rows.windows(2) {
            let (name, of_r) =
                (pair[1]["name"].as_str().unwrap(), numbers(&case["anova"][pair[1]["name"].as_str().unwrap()]));
            let number = |row: &Value, key: &str| row[key].as_f64().unwrap();
            let fall = number(&pair[0], "residual_deviance") - number(&pair[1], "residual_deviance");
            for (found, expected) in [number(&pair[1], "df"), fall, number(&pair[1], "p_value")].into_iter().zip(of_r) {
                assert_close(&format!("{arguments}: {name}"), found, expected, TOLERANCE);
            }
        }
    }
}
