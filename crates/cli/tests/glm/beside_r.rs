//! Tables of fits beside R's: each line is a command and the figures that R gave for the same model (`tests/reference/glm/options`).

use crate::run::{assert_close, file, glm, glm_given, gzip, names, numbers, of_coefficients, reference, scratch};
use serde_json::Value;

fn table(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(reference(&format!("options/{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The arguments of a line, as one text and one by one: `a white` is a word of its own.
fn arguments(case: &Value) -> (&str, Vec<String>) {
    let text = case["arguments"].as_str().unwrap();
    (text, text.replace("a white", "a\u{a0}white").split(' ').map(|word| word.replace('\u{a0}', " ")).collect())
}

fn data(case: &Value) -> String {
    reference(&format!("options/{}", case["data"].as_str().unwrap()))
}

/// Runs `glm fit` on a line.
fn run(case: &Value, more: &[&str]) -> crate::run::Run {
    let (_, words) = arguments(case);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    glm(&[&["fit", &data(case), "--json"], more, &words[..]].concat())
}

/// The command of a line, and its fit.
fn fit<'c>(case: &'c Value, more: &[&str]) -> (&'c str, Value) {
    (arguments(case).0, run(case, more).json())
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

/// Wald's intervals with the quantiles of Student's t where the dispersion is estimated, predictions with their standard errors and
/// intervals. R's own standard errors are good to about seven digits.
#[test]
fn intervals_and_predictions_are_those_of_r() {
    const TOLERANCE: f64 = 2e-6;
    for (number, case) in table("predictions").iter().enumerate() {
        let (level, model) = (case["level"].to_string(), scratch(&format!("predictions_{number}.json")));
        let (arguments, fit) = fit(case, &["--level", &level, "--save", &model]);
        for (name, row) in names(&fit).into_iter().zip(fit["coefficients"].as_array().unwrap()) {
            for (key, expected) in ["conf_low", "conf_high"].into_iter().zip(numbers(&case["wald"][name])) {
                assert_close(&format!("{arguments}: {key} of {name}"), row[key].as_f64().unwrap(), expected, TOLERANCE);
            }
        }
        let rows = numbers(&case["rows"]);
        let lines = std::fs::read_to_string(data(case)).unwrap();
        let lines: Vec<&str> = lines.lines().collect();
        let new: String = rows.iter().map(|row| format!("{}\n", lines[*row as usize])).collect();
        let new = file(&format!("predictions_{number}.csv"), format!("{}\n{new}", lines[0]));
        let interval = format!("--interval={level}");
        for (kind, columns) in
            [("link", ["eta", "eta_se", "eta_low", "eta_high"]), ("response", ["mu", "mu_se", "mu_low", "mu_high"])]
        {
            let run = glm(&["predict", &model, &new, "--type", kind, "--se", &interval]);
            assert_eq!(run.code, 0, "{}", run.err);
            let mut lines = run.out.lines();
            assert_eq!(lines.next().unwrap(), columns.join(","));
            for (place, line) in lines.enumerate() {
                for (cell, column) in line.split(',').zip(columns) {
                    let expected = numbers(&case["predictions"][column])[place];
                    assert_close(&format!("{arguments}: {column}"), cell.parse().unwrap(), expected, TOLERANCE);
                }
            }
        }
    }
}

/// `glm anova` of two and three models, of classes too.
#[test]
fn comparisons_of_models_are_those_of_r() {
    for (number, case) in table("comparisons").iter().enumerate() {
        let terms = case["terms"].as_array().unwrap().iter().enumerate();
        let models = terms.map(|(place, terms)| {
            let model = scratch(&format!("comparisons_{number}_{place}.json"));
            fit(case, &["--terms", terms.as_str().unwrap(), "--save", &model]);
            model
        });
        let models: Vec<String> = models.collect();
        let models: Vec<&str> = models.iter().map(String::as_str).collect();
        let found = glm(&[&["anova", "--json"], &models[..]].concat()).json();
        let (what, is_f) = (arguments(case).0, case["test"] == "F");
        assert_eq!(found["test"], case["test"], "{what}");
        let (rows, expected) = (found["rows"].as_array().unwrap(), case["rows"].as_array().unwrap());
        assert_eq!(rows.len(), expected.len(), "{what}");
        for (row, expected) in rows.iter().zip(expected) {
            // The fall of the deviance is a statistic of its own where the dispersion is known.
            let statistic = if is_f { 4 } else { 3 };
            let last = expected.as_array().unwrap().len() - 1;
            // R's `multinom` and `polr` end near the maximum.
            for (key, place, tolerance) in [
                ("residual_deviance", 1, 1e-9),
                ("df", 2, 0.0),
                ("statistic", statistic, 1e-6),
                ("p_value", last, 1e-5),
            ] {
                assert_eq!(row[key].is_null(), expected[place].is_null(), "{what}: {key}");
                if let (Some(found), Some(expected)) = (row[key].as_f64(), expected[place].as_f64()) {
                    assert_close(&format!("{what}: {key}"), found, expected, tolerance);
                }
            }
        }
    }
}

/// A step of Fisher's scoring is the same wherever it is taken.
#[test]
fn fits_start_where_they_are_told_and_go_as_many_steps() {
    for case in &table("start") {
        let start = ["--start", case["start"].as_str().unwrap()];
        let of_one = run(case, &[&start[..], &["--max-iterations", "1"]].concat());
        let (what, step) = (arguments(case).0, serde_json::from_str::<Value>(&of_one.out).unwrap());
        assert_eq!((of_one.code, &step["converged"], &step["iterations"]), (1, &false.into(), &1.into()), "{what}");
        assert!(of_one.err.contains("the iteration limit was reached"), "{what}: {}", of_one.err);
        let (_, end) = fit(case, &start);
        for (found, key, tolerance) in [(&step, "step", 1e-12), (&end, "end", 1e-6)] {
            for (name, found) in names(found).into_iter().zip(of_coefficients(found, "estimate")) {
                let place = case["names"].as_array().unwrap().iter().position(|known| known == name).unwrap();
                assert_close(&format!("{what}: {key}, {name}"), found, numbers(&case[key])[place], tolerance);
            }
        }
    }
}

/// Zipped, and from the standard input, a file is the same file.
#[test]
fn zipped_files_and_the_standard_input_have_the_same_fits() {
    for (number, case) in table("reading").iter().enumerate() {
        let (what, plain) = fit(case, &[]);
        let zipped = gzip(&std::fs::read(data(case)).unwrap());
        let path = file(&format!("reading_{number}.csv.gz"), &zipped);
        let (_, words) = arguments(case);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(glm(&[&["fit", &path, "--json"], &words[..]].concat()).json(), plain, "{what}");
        assert_eq!(glm_given(&zipped, &[&["fit", "-", "--json"], &words[..]].concat()).json(), plain, "{what}");
    }
}
