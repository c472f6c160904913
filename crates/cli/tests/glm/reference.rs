//! Every data set of the reference, against R's `glm`.

use crate::run::{assert_close, file, glm, names, numbers, of_coefficients, reference};
use serde_json::Value;

fn agrees_with_r(name: &str) {
    let text = std::fs::read_to_string(reference(&format!("{name}.json"))).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let (family, link) = (expected["family"].as_str().unwrap(), expected["link"].as_str().unwrap());
    let data = reference(&format!("{name}.csv"));
    let columns = ["--response", "y", "--weights", "weight", "--offset", "offset", "--no-intercept"];
    let model = ["fit", &data, "--json", "--family", family, "--link", link];
    let fit = glm(&[&model[..], &columns[..]].concat()).json();

    assert_eq!(fit["converged"], true);
    assert_eq!(fit["n"], expected["n"]);
    assert_eq!(fit["link"], expected["link"]);
    let expected_names: Vec<&str> =
        expected["columns"].as_array().unwrap().iter().map(|column| column.as_str().unwrap()).collect();
    assert_eq!(names(&fit), expected_names);
    for (key, of_r, tolerance) in [("estimate", "coefficients", 1e-9), ("std_error", "std_errors", 1e-6)] {
        let found = of_coefficients(&fit, key);
        for ((column, found), expected) in expected_names.iter().zip(found).zip(numbers(&expected[of_r])) {
            assert_close(&format!("{key} of {column}"), found, expected, tolerance);
        }
    }
    for key in ["deviance", "aic"] {
        assert_close(key, fit[key].as_f64().unwrap(), expected[key].as_f64().unwrap(), 1e-10);
    }
    assert_close("dispersion", fit["dispersion"].as_f64().unwrap(), expected["dispersion"].as_f64().unwrap(), 1e-6);
}

#[test]
fn birthwt_agrees_with_r() {
    agrees_with_r("birthwt");
}

#[test]
fn cars_agrees_with_r() {
    agrees_with_r("cars");
}

#[test]
fn clotting_gamma_agrees_with_r() {
    agrees_with_r("clotting_gamma");
}

#[test]
fn esoph_grouped_agrees_with_r() {
    agrees_with_r("esoph_grouped");
}

#[test]
fn infert_agrees_with_r() {
    agrees_with_r("infert");
}

#[test]
fn insectsprays_agrees_with_r() {
    agrees_with_r("insectsprays");
}

#[test]
fn longley_agrees_with_r() {
    agrees_with_r("longley");
}

#[test]
fn mtcars_am_agrees_with_r() {
    agrees_with_r("mtcars_am");
}

#[test]
fn oring_agrees_with_r() {
    agrees_with_r("oring");
}

#[test]
fn warpbreaks_agrees_with_r() {
    agrees_with_r("warpbreaks");
}

#[test]
fn json_is_one_object_with_the_documented_keys() {
    let data = reference("birthwt.csv");
    let fit = glm(&["fit", &data, "--json", "--response", "y", "--terms", "age,lwt"]).json();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let sorted = |keys: &[&str]| {
        let mut keys: Vec<String> = keys.iter().map(|key| key.to_string()).collect();
        keys.sort();
        keys
    };
    assert_eq!(
        keys(&fit),
        sorted(&[
            "family",
            "link",
            "n",
            "rows_omitted",
            "coefficients",
            "deviance",
            "null_deviance",
            "log_likelihood",
            "aic",
            "bic",
            "dispersion",
            "iterations",
            "converged",
            "max_abs_score"
        ])
    );
    assert_eq!(
        keys(&fit["coefficients"][0]),
        sorted(&["name", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"])
    );
}

/// R: `glm(low ~ age + lwt + factor(race) + smoke, binomial, birthwt)` has the columns of the reference's design.
#[test]
fn a_factor_and_its_indicator_columns_are_the_same_model() {
    let text = std::fs::read_to_string(reference("birthwt.csv")).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let mut with_race = String::from("low,age,race,smoke\n");
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let race = match (cells[place("race2")], cells[place("race3")]) {
            ("1", _) => "black",
            (_, "1") => "other",
            _ => "a white",
        };
        with_race.push_str(&format!("{},{},{race},{}\n", cells[0], cells[place("age")], cells[place("smoke")]));
    }
    let data = crate::run::file("birthwt_with_race.csv", with_race);
    let by_type = glm(&["fit", &data, "--json", "--response", "low"]).json();
    let indicators =
        ["fit", &reference("birthwt.csv"), "--json", "--response", "y", "--terms", "age,smoke,race2,race3"];
    let by_indicators = glm(&indicators).json();
    assert_eq!(names(&by_type), ["(Intercept)", "age", "smoke", "raceblack", "raceother"]);
    for (found, expected) in
        of_coefficients(&by_type, "estimate").into_iter().zip(of_coefficients(&by_indicators, "estimate"))
    {
        assert_close("coefficient", found, expected, 1e-8);
    }
}

/// R 4: "the null model will include the offset, and an intercept if there is one in the model".
#[test]
fn the_null_deviance_without_an_intercept_is_that_of_the_offset_alone() {
    let data = file("null.csv", "y,x,o\n2,1,0.5\n1,2,-0.25\n4,3,0\n3,5,1\n");
    let unit = |y: f64, mean: f64| 2.0 * (y * (y / mean).ln() - (y - mean));
    let rows = [(2.0, 0.5f64), (1.0, -0.25), (4.0, 0.0), (3.0, 1.0)];
    let null = |arguments: &[&str]| {
        let common =
            ["fit", &data, "--response", "y", "--family", "poisson", "--terms", "x", "--no-intercept", "--json"];
        glm(&[&common, arguments].concat()).json()["null_deviance"].as_f64().unwrap()
    };
    assert_close("no offset", null(&[]), rows.iter().map(|&(y, _)| unit(y, 1.0)).sum(), 1e-14);
    let offset = null(&["--offset", "o"]);
    assert_close("offset", offset, rows.iter().map(|&(y, offset)| unit(y, offset.exp())).sum(), 1e-14);
}
