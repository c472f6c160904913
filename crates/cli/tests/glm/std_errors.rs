//! Robust and clustered standard errors of models of classes, beside figures by their definitions (`classes.R` made them), and those
//! that clusters don't give.

use crate::run::{assert_close, file, glm, names, numbers, of_coefficients, reference, scratch};
use serde_json::Value;

fn expected(family: &str) -> Value {
    let text = std::fs::read_to_string(reference("options/classes.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()[family].clone()
}

/// A fit of race by weight and smoking.
fn fit(family: &str, more: &[&str]) -> crate::run::Run {
    let data = reference("options/birthwt.csv");
    let model = ["fit", &data, "--response", "race", "--terms", "lwt,smoke", "--family", family];
    let levels: &[&str] = if family == "ordinal" { &["--levels", "a white,black,other"] } else { &[] };
    glm(&[&model[..], levels, more].concat())
}

fn errors(fit: &Value) -> Vec<f64> {
    let thresholds = fit["thresholds"].as_array().into_iter().flatten();
    let all = fit["coefficients"].as_array().unwrap().iter().chain(thresholds);
    all.map(|of| of["std_error"].as_f64().unwrap()).collect()
}

#[test]
fn robust_errors_of_classes_are_the_sandwiches_of_their_scores() {
    for (family, tolerance) in [("multinomial", 1e-9), ("ordinal", 1e-7)] {
        let expected = expected(family);
        for (key, options, said) in [
            ("HC0", &["--robust", "HC0"][..], "robust (HC0)"),
            ("HC1", &["--robust", "HC1"], "robust (HC1)"),
            ("cluster", &["--cluster", "age"], "of 24 clusters by `age`"),
        ] {
            let found = fit(family, &[options, &["--json"]].concat()).json();
            let (found_errors, expected_errors) = (errors(&found), numbers(&expected[key]));
            assert_eq!(found_errors.len(), expected_errors.len());
            for (found, expected) in found_errors.into_iter().zip(expected_errors) {
                assert_close(&format!("{family} {key}"), found, expected, tolerance);
            }
            let name = if key == "cluster" { "clustered by age" } else { key };
            assert_eq!(
                (&found["std_errors"], found["clusters"].as_u64()),
                (&Value::from(name), (key == "cluster").then_some(24))
            );
            let page = fit(family, options);
            assert!(page.out.contains(&format!("Standard errors: {said}")), "{}", page.out);
        }
        for (options, said) in [
            (&["--robust", "HC3"][..], "takes HC0 and HC1"),
            (&["--robust", "HC0", "--anova"], "leave out one or the other"),
            (&["--robust", "HC0", "--cluster", "age"], "leave out --robust"),
        ] {
            let run = fit(family, options);
            assert!(run.code == 2 && run.err.contains(said), "{}", run.err);
        }
    }
}

#[test]
fn linear_predictors_of_classes_have_standard_errors() {
    let (model, expected) = (scratch("race.json"), expected("multinomial"));
    assert_eq!(fit("multinomial", &["--save", &model]).code, 0);
    let run =
        glm(&["predict", &model, &reference("options/birthwt_new.csv"), "--type", "link", "--se", "--interval", "0.9"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let mut lines = run.out.lines();
    let parts = ["", "_se", "_low", "_high"];
    let header = ["black", "other"].map(|class| parts.map(|part| format!("eta({class}){part}")).join(",")).join(",");
    assert_eq!(lines.next().unwrap(), header);
    let (etas, std_errors) = (numbers(&expected["eta"]), numbers(&expected["eta_se"]));
    for (row, line) in lines.enumerate() {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        for class in 0..2 {
            let [eta, std_error, low, high] = cells[4 * class..4 * class + 4] else { panic!("{line}") };
            assert_close("eta", eta, etas[3 * class + row], 1e-8);
            assert_close("standard error", std_error, std_errors[3 * class + row], 1e-8);
            assert_close("interval", (high - low) / std_error, 2.0 * 1.6448536269514722, 1e-9);
        }
    }
}

/// The scores of a cluster with a coefficient of its own sum to 0: its standard error is no sign of how far it may be off.
#[test]
fn coefficients_of_one_cluster_have_no_clustered_errors_and_are_named() {
    let cell = |row: usize| format!("{},{},{},{}\n", (row * row * 7 + row) % 11, row % 6, row % 3, ["a", "b"][row % 2]);
    let rows: String = (0..48).map(cell).collect();
    let data = file("clusters.csv", format!("y,school,area,kind\n{rows}"));
    let fit = |terms: &str, cluster: &str| {
        let model = ["fit", &data, "--response", "y", "--family", "gaussian", "--terms", terms, "--cluster", cluster];
        (glm(&[&model[..], &["--json"]].concat()).json(), glm(&model).out)
    };
    let told = |json: &Value| json["of_one_cluster"].as_array().map_or(0, Vec::len);
    let (json, page) = fit("factor(area),kind", "area");
    assert_eq!(json["of_one_cluster"], serde_json::json!(["(Intercept)", "factor(area)1", "factor(area)2"]));
    assert!(page.contains("Those of `(Intercept)`, `factor(area)1`, `factor(area)2` don't hold"), "{page}");
    assert!(of_coefficients(&json, "std_error")[1] < 1e-6, "{:?}", names(&json));
    // Levels within clusters, and levels that hold clusters: each of the former is of one cluster, none of the latter.
    assert_eq!(told(&fit("factor(school)", "area").0), 6);
    let (json, page) = fit("factor(area)", "school");
    assert!(told(&json) == 0 && !page.contains("don't hold"), "{page}");
}
