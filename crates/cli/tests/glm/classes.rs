//! Responses of classes: multinomial and ordinal regression, against 40 digits (and R's `multinom` and `polr`).

use crate::run::{assert_close, file, glm, numbers, reference, scratch};
use serde_json::Value;

const TERMS: &str = "factor(Infl, ref=Low),factor(Type, ref=Tower),factor(Cont, ref=Low)";

/// The reference fit of the housing data.
fn expected(kind: &str) -> Value {
    let path = reference("../ordinal.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    all["housing"][kind].clone()
}

fn housing(family: &str, more: &[&str]) -> crate::run::Run {
    let data = reference("housing.csv");
    let model = ["fit", &data, "--response", "Sat", "--weights", "Freq", "--terms", TERMS, "--family", family];
    glm(&[&model[..], &["--levels", "Low,Medium,High"], more].concat())
}

/// Compares lines of a report with the reference's estimates and standard errors, found by their names.
fn assert_lines(lines: &Value, expected: &Value, name: impl Fn(&Value) -> String) {
    let names: Vec<&str> = expected["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for line in lines.as_array().unwrap() {
        let name = name(line);
        let place = names.iter().position(|known| *known == name).unwrap_or_else(|| panic!("{name}"));
        for (key, of) in [("estimate", "estimates"), ("std_error", "std_errors")] {
            let (found, expected) = (line[key].as_f64().unwrap(), numbers(&expected[of])[place]);
            assert_close(&format!("{key} of {name}"), found, expected, 1e-8);
        }
        let z = line["estimate"].as_f64().unwrap() / line["std_error"].as_f64().unwrap();
        assert_close("z", line["statistic"].as_f64().unwrap(), z, 1e-12);
        assert!(line["conf_low"].as_f64() < line["estimate"].as_f64());
    }
}

/// `InflMedium` of `factor(Infl)Medium`.
fn plain(line: &Value) -> String {
    line["name"].as_str().unwrap().replace("factor(", "").replace(')', "").replace("(Intercept", "(Intercept)")
}

#[test]
fn ordinal_fits_agree_with_forty_digits() {
    let (fit, expected) = (housing("ordinal", &["--json"]).json(), expected("ordinal"));
    assert_eq!(fit["coefficients"].as_array().unwrap().len(), 6);
    assert_lines(&fit["coefficients"], &expected, plain);
    assert_lines(&fit["thresholds"], &expected, plain);
    for key in ["deviance", "aic", "log_likelihood"] {
        assert_close(key, fit[key].as_f64().unwrap(), expected[key].as_f64().unwrap(), 1e-12);
    }
    assert_eq!((fit["converged"].as_bool(), fit["n"].as_u64()), (Some(true), Some(72)));
    assert_eq!(fit["classes"], serde_json::json!(["Low", "Medium", "High"]));
    let page = housing("ordinal", &[]);
    for part in ["Levels: Low < Medium < High", "Thresholds:", "Medium|High", "3479.1", "AIC: 3495.1", "z value"] {
        assert!(page.out.contains(part), "{part}: {}", page.out);
    }
}

#[test]
fn multinomial_fits_agree_with_forty_digits() {
    let (fit, expected) = (housing("multinomial", &["--json"]).json(), expected("multinomial"));
    assert_eq!(fit["coefficients"].as_array().unwrap().len(), 14);
    assert_lines(&fit["coefficients"], &expected, |line| {
        format!("{}:{}", line["class"].as_str().unwrap(), plain(line))
    });
    for key in ["deviance", "aic", "log_likelihood"] {
        assert_close(key, fit[key].as_f64().unwrap(), expected[key].as_f64().unwrap(), 1e-12);
    }
    assert_eq!(fit["reference"], "Low");
    let page = housing("multinomial", &["--level", "0.9"]);
    for part in ["Medium (against Low):", "High (against Low):", "3470.1", "90% intervals (Wald):", "95 %"] {
        assert!(page.out.contains(part), "{part}: {}", page.out);
    }
}

/// The header, and the cells of each line.
fn predictions(arguments: &[&str]) -> (String, Vec<Vec<String>>) {
    let run = glm(&[&["predict"], arguments].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    let mut lines = run.out.lines();
    let header = lines.next().unwrap().to_owned();
    (header, lines.map(|line| line.split(',').map(String::from).collect()).collect())
}

/// R: `predict(polr, type = "probs")` and `predict(multinom, type = "probs")` of the first row.
#[test]
fn predictions_are_probabilities_and_the_most_probable_class() {
    let data = reference("housing.csv");
    for (family, head, first) in [
        ("ordinal", "eta,class,P(Low),P(Medium),P(High)", [0.3784493, 0.2876752, 0.3338755]),
        ("multinomial", "class,P(Low),P(Medium),P(High)", [0.3955687, 0.2601077, 0.3443236]),
    ] {
        let model = scratch(&format!("housing_{family}.json"));
        assert_eq!(housing(family, &["--save", &model]).code, 0);
        let (header, lines) = predictions(&[&model, &data]);
        assert_eq!((header.as_str(), lines.len()), (head, 72));
        for cells in &lines {
            let (class, probabilities) = (&cells[cells.len() - 4], &cells[cells.len() - 3..]);
            let probabilities: Vec<f64> = probabilities.iter().map(|cell| cell.parse().unwrap()).collect();
            assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-14);
            let best = ["Low", "Medium", "High"].iter().position(|name| name == class).unwrap();
            assert!(probabilities.iter().all(|&p| p <= probabilities[best]));
        }
        for (found, expected) in lines[0][lines[0].len() - 3..].iter().zip(first) {
            assert_close(family, found.parse().unwrap(), expected, 2e-5);
        }
        let new = file("housing_new.csv", "Infl,Type,Cont\nLow,Tower,Low\nLow,NA,High\n");
        let (_, lines) = predictions(&[&model, &new, "--na", "omit"]);
        assert!(lines.len() == 2 && lines[1].iter().all(|cell| cell == "NA"), "{lines:?}");
        let unknown = glm(&["predict", &model, &file("housing_odd.csv", "Infl,Type,Cont\nLow,Castle,Low\n")]);
        assert!(unknown.code == 2 && unknown.err.contains("`Castle` is none of the categories"), "{}", unknown.err);
        assert_eq!(predictions(&[&model, &data, "--type", "response"]).0, "class,P(Low),P(Medium),P(High)");
    }
    let (header, _) = predictions(&[&scratch("housing_ordinal.json"), &data, "--type", "link"]);
    assert_eq!(header, "eta");
}

const GRADES: &str = "grade,x\n1,1\n2,2\n1,2.5\n3,3\n2,1.5\n3,4\n2,3.5\n10,5\n3,2.2\n10,3.2\n1,3.1\n10,4.5\n";

/// Numbers are in the order of their size: 10 comes after 3.
#[test]
fn the_order_of_levels_is_that_of_numbers_or_the_one_that_is_said() {
    let data = file("grades.csv", GRADES);
    let fit = |more: &[&str]| glm(&[&["fit", &data, "--response", "grade", "--json"], more].concat()).json();
    let ordinal = fit(&["--family", "ordinal"]);
    assert_eq!(ordinal["classes"], serde_json::json!(["1", "2", "3", "10"]));
    let names: Vec<&str> =
        ordinal["thresholds"].as_array().unwrap().iter().map(|line| line["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["1|2", "2|3", "3|10"]);
    let turned = fit(&["--family", "ordinal", "--levels", "10,3.0,2,1"]);
    let slope = |fit: &Value| fit["coefficients"][0]["estimate"].as_f64().unwrap();
    assert_close("slope", slope(&turned), -slope(&ordinal), 1e-8);
    let multinomial = fit(&["--family", "multinomial", "--levels", "3,1,2,10"]);
    assert_eq!((&multinomial["reference"], &multinomial["coefficients"][0]["class"]), (&"3".into(), &"1".into()));
}

#[test]
fn with_two_classes_it_is_logistic_regression() {
    let data = reference("birthwt.csv");
    let arguments = ["--response", "y", "--terms", "age,lwt,smoke", "--json"];
    let fit = |family: &str| glm(&[&["fit", &data, "--family", family], &arguments[..]].concat()).json();
    let (logistic, multinomial, ordinal) = (fit("binomial"), fit("multinomial"), fit("ordinal"));
    for place in 0..4 {
        for key in ["estimate", "std_error", "p_value"] {
            let expected = logistic["coefficients"][place][key].as_f64().unwrap();
            assert_close(key, multinomial["coefficients"][place][key].as_f64().unwrap(), expected, 1e-7);
            if place > 0 {
                assert_close(key, ordinal["coefficients"][place - 1][key].as_f64().unwrap(), expected, 1e-7);
            }
        }
    }
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let (data, grades) = (reference("housing.csv"), file("grades_again.csv", GRADES));
    let said = |data: &str, arguments: &[&str]| {
        let run = glm(&[&["fit", data], arguments].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
        run.err
    };
    let sat = ["--response", "Sat", "--terms", "Infl", "--weights", "Freq"];
    let ordinal = |more: &[&str]| said(&data, &[&sat[..], &["--family", "ordinal"], more].concat());
    for (message, parts) in [
        (ordinal(&[]), ["say their order", "`High`, `Low`, `Medium`"]),
        (ordinal(&["--levels", "Low,High"]), ["also has `Medium`", "list all"]),
        (ordinal(&["--levels", "low,Medium,High"]), ["no level `low`", "did you mean `Low`?"]),
        (ordinal(&["--levels", "Low,Low,Medium,High"]), ["`Low` is listed twice", "--levels"]),
        (ordinal(&["--levels", "Low,Medium,High", "--no-intercept"]), ["thresholds stand for the intercept", "leave"]),
        (ordinal(&["--levels", "Low,Medium,High", "--link", "probit"]), ["--link", "leave it out"]),
        (ordinal(&["--levels", "Low,Medium,High", "--firth"]), ["--firth", "leave it out"]),
        (ordinal(&["--levels", "Low,Medium,High", "--robust", "HC3"]), ["--robust", "takes HC0 and HC1"]),
        (ordinal(&["--levels", "Low,Medium,High", "--anova", "--ridge", "1"]), ["--anova", "--ridge"]),
        (said(&data, &[&sat[..], &["--family", "multinomal"]].concat()), ["multinomial", "ordinal"]),
        (said(&data, &["--response", "Freq", "--levels", "1,2"]), ["--levels", "multinomial and ordinal"]),
        (said(&grades, &["--response", "grade", "--family", "ordinal", "--weights", "w"]), ["--weights", "`w`"]),
        (
            said(&file("one_class_only.csv", "g,x\na,1\na,2\n"), &["--response", "g", "--family", "multinomial"]),
            ["`a` in all rows", "two levels"],
        ),
    ] {
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
    let many: String = (0..150).map(|row| format!("{},{}\n", row as f64 / 7.0, row % 5)).collect();
    let said = said(&file("many_classes.csv", format!("y,x\n{many}")), &["--response", "y", "--family", "ordinal"]);
    assert!(said.contains("150 levels") && said.contains("gaussian"), "{said}");
}

#[test]
fn what_has_no_maximum_ends_with_1() {
    let data = file("separated_levels.csv", "y,x\n1,1\n1,2\n2,3\n2,4\n3,5\n3,6\n");
    for family in ["ordinal", "multinomial"] {
        let run = glm(&["fit", &data, "--response", "y", "--family", family]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
        assert!(run.err.contains("separation") && run.err.contains('x'), "{}", run.err);
        assert_eq!(glm(&["fit", &data, "--response", "y", "--family", family, "--ridge", "0.1"]).code, 0);
    }
    let constant = file("constant_levels.csv", "y,x,z\n1,1,7\n2,2,7\n2,1,7\n1,3,7\n3,2,7\n3,1.5,7\n");
    let run = glm(&["fit", &constant, "--response", "y", "--family", "ordinal"]);
    assert!(run.code == 1 && run.err.contains("column `z`"), "{}", run.err);
}

#[test]
fn gradients_are_checked() {
    let data = file("grades_check.csv", GRADES);
    for family in ["ordinal", "multinomial"] {
        let run = glm(&["check", &data, "--response", "grade", "--family", family]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        assert!(run.out.contains("x"), "{}", run.out);
    }
}

#[test]
fn edited_models_are_refused_by_the_field() {
    let data = reference("housing.csv");
    for family in ["ordinal", "multinomial"] {
        let model = scratch(&format!("edited_{family}.json"));
        assert_eq!(housing(family, &["--save", &model]).code, 0);
        let text = std::fs::read_to_string(&model).unwrap();
        let said = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            let run = glm(&["predict", &file("edited_now.json", text.replacen(from, to, 1)), &data]);
            assert_eq!((run.code, run.out.as_str()), (2, ""), "{from}");
            run.err
        };
        assert!(said("\"factor(Infl)High\"", "\"factor(Infl)Height\"").contains("`fit.terms`"));
        assert!(said("\"ridge\": 0.0", "\"ridge\": -1.0").contains("`fit`"));
        assert!(said("\"rows\"", "\"rowss\"").contains("missing field `rows`"));
        assert!(said(&format!("\"family\": \"{family}\""), "\"family\": \"probit\"").contains("probit"));
        assert!(said("\"covariance_root\"", "\"covariance_roots\"").contains("covariance_roots"));
        assert!(said("\"evidence\"", "\"evidences\"").contains("evidences"));
        let run = glm(&["anova", &model, &model]);
        assert!(run.code == 2 && run.err.contains("as many coefficients"), "{}", run.err);
    }
}

/// Standard errors of probabilities by the delta method with 40 digits; intervals by the log-odds.
#[test]
fn probabilities_have_standard_errors_and_intervals() {
    let data = reference("housing.csv");
    for family in ["ordinal", "multinomial"] {
        let model = scratch(&format!("housing_se_{family}.json"));
        assert_eq!(housing(family, &["--save", &model]).code, 0);
        let (header, lines) = predictions(&[&model, &data, "--type", "response", "--se", "--interval", "0.9"]);
        let columns: Vec<&str> = header.split(',').collect();
        assert_eq!(columns[1..5], ["P(Low)", "P(Low)_se", "P(Low)_low", "P(Low)_high"]);
        let rows = expected(family)["rows"].as_array().unwrap().clone();
        assert_eq!(rows.len(), 24);
        for (line, row) in lines.iter().step_by(3).zip(rows) {
            for (class, (p, se)) in
                numbers(&row["probabilities"]).into_iter().zip(numbers(&row["std_errors"])).enumerate()
            {
                let cell = |at: usize| line[1 + 4 * class + at].parse::<f64>().unwrap();
                assert_close("probability", cell(0), p, 1e-9);
                assert_close("standard error", cell(1), se, 1e-7);
                let (log_odds, half) = ((p / (1.0 - p)).ln(), 1.6448536269514722 * se / (p * (1.0 - p)));
                assert_close("lower end", cell(2), 1.0 / (1.0 + (half - log_odds).exp()), 1e-7);
                assert_close("upper end", cell(3), 1.0 / (1.0 + (-half - log_odds).exp()), 1e-7);
            }
        }
    }
    let (header, lines) = predictions(&[&scratch("housing_se_ordinal.json"), &data, "--type", "link", "--se"]);
    assert_eq!(header, "eta,eta_se");
    // The first row has the references throughout, the second pattern `InflMedium` alone.
    assert_eq!(lines[0][1], "0.0");
    let fit = housing("ordinal", &["--json"]).json();
    let medium = fit["coefficients"].as_array().unwrap().iter().find(|line| plain(line) == "InflMedium").unwrap();
    assert_close("eta_se", lines[3][1].parse().unwrap(), medium["std_error"].as_f64().unwrap(), 1e-12);
}

/// R's `anova` of `polr` and `multinom` models has these deviances.
#[test]
fn models_of_classes_are_compared_by_the_likelihood_ratio() {
    for (family, per_term) in [("ordinal", 1), ("multinomial", 2)] {
        let deviances = numbers(&expected(family)["deviances"]);
        let check = |rows: &Value| {
            let rows = rows.as_array().unwrap();
            assert_eq!(rows.len(), 4);
            for (place, (row, expected)) in rows.iter().zip(&deviances).enumerate() {
                assert_close("deviance", row["residual_deviance"].as_f64().unwrap(), *expected, 1e-12);
                if place > 0 {
                    assert_eq!(row["df"].as_u64().unwrap(), per_term * [2, 3, 1][place - 1]);
                    let fall = deviances[place - 1] - expected;
                    assert_close("statistic", row["statistic"].as_f64().unwrap(), fall, 1e-9);
                }
            }
        };
        check(&housing(family, &["--anova", "--json"]).json()["anova"]["rows"]);
        assert!(housing(family, &["--anova"]).out.contains("each term added to those before it"));
        let model = |terms: &str| {
            let model = scratch(&format!("nested_{family}_{}.json", terms.len()));
            let data = reference("housing.csv");
            let model_of =
                ["fit", &data, "--response", "Sat", "--weights", "Freq", "--family", family, "--terms", terms];
            let run = glm(&[&model_of[..], &["--levels", "Low,Medium,High", "--save", &model]].concat());
            assert_eq!(run.code, 0, "{}", run.err);
            model
        };
        let models = ["1", "Infl", "Infl,Type", "Infl,Type,Cont"].map(model);
        let run = glm(&[&["anova", "--json"], &models.each_ref().map(String::as_str)[..]].concat());
        check(&run.json()["rows"]);
        let last: f64 = run.json()["rows"][3]["p_value"].as_f64().unwrap();
        let of_r = if family == "ordinal" { 1.55351838232e-04 } else { 3.25591797109e-04 };
        assert_close("p value", last, of_r, 1e-6);
    }
    let mixed = ["nested_ordinal_1.json", "nested_multinomial_9.json"].map(scratch);
    let run = glm(&["anova", &mixed[0], &mixed[1]]);
    assert!(run.code == 2 && run.err.contains("fit both alike"), "{}", run.err);
}

#[test]
fn models_of_classes_are_drawn() {
    for family in ["ordinal", "multinomial"] {
        let directory = scratch(&format!("pictures_{family}"));
        let run = housing(family, &["--plots", &directory]);
        assert_eq!(run.code, 0, "{}", run.err);
        for name in ["coefficients", "calibration", "convergence"] {
            let picture = std::fs::read_to_string(format!("{directory}/{name}.svg")).unwrap();
            assert!(picture.contains("</svg>"), "{name}");
        }
        let coefficients = std::fs::read_to_string(format!("{directory}/coefficients.svg")).unwrap();
        let name = if family == "ordinal" { "factor(Cont)High" } else { "Medium:factor(Cont)High" };
        assert!(coefficients.contains(name) && !coefficients.contains("Intercept"), "{name}");
    }
}

/// A start may be any saved model's, whatever its kind.
#[test]
fn fits_of_classes_start_from_saved_ones() {
    let model = scratch("housing_start.json");
    assert_eq!(housing("ordinal", &["--save", &model]).code, 0);
    let again = housing("ordinal", &["--start", &model, "--json"]).json();
    assert_eq!(again["iterations"], 0);
}

/// Seconds and milliseconds since 1970: the information keeps no digits of such a column, but its root does.
#[test]
fn standard_errors_keep_their_digits_far_from_0() {
    let rows = |shift: f64| -> String {
        let level = |row: usize| [1, 2, 1, 3, 2, 3, 1][(row * row + row / 9) % 7];
        let row = |row: usize| format!("{},{:?}\n", level(row), shift + 9e2 * row as f64);
        "y,t\n".to_owned() + &(0..60).map(row).collect::<String>()
    };
    for family in ["ordinal", "multinomial"] {
        let error = |name: &str, shift: f64| {
            let path = file(name, rows(shift));
            let fit = glm(&["fit", &path, "--response", "y", "--family", family, "--json"]).json();
            let lines = fit["coefficients"].as_array().unwrap();
            lines.iter().find(|line| line["name"] == "t").unwrap()["std_error"].as_f64().unwrap()
        };
        let centred = error("centred_seconds.csv", 0.0);
        assert_close("t in seconds", error("seconds.csv", 1.7e9), centred, 1e-9);
        assert_close("t in milliseconds", error("milliseconds.csv", 1.7e12), centred, 1e-6);
    }
}
