//! What the options of `glm fit`, `glm predict` and `glm anova` give, beside R's figures (`options.R` made them).

use crate::run::{Run, assert_close, glm, numbers, of_coefficients, reference, scratch};
use serde_json::Value;

fn expected(name: &str) -> Value {
    let text = std::fs::read_to_string(reference("options/options.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()[name].clone()
}

/// Runs `glm fit` on one of the files.
fn fit(data: &str, arguments: &str) -> Run {
    let words: Vec<&str> = arguments.split(' ').collect();
    glm(&[&["fit", &reference(&format!("options/{data}.csv"))], &words[..]].concat())
}

fn json(data: &str, arguments: &str) -> Value {
    fit(data, &format!("{arguments} --json")).json()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn assert_all_close(what: &str, found: &[f64], expected: &Value, tolerance: f64) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert_close(what, *found, expected, tolerance);
    }
}

/// The rows of R's `anova`: df, deviance, residual df and deviance, F if there is one, p.
fn assert_anova(found: &Value, expected: &Value, tolerance: f64) {
    let (found, expected) = (found["rows"].as_array().unwrap(), expected.as_array().unwrap());
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let expected = expected.as_array().unwrap();
        assert_close("residual df", number(&found["residual_df"]), number(&expected[2]), 0.0);
        assert_close("residual deviance", number(&found["residual_deviance"]), number(&expected[3]), tolerance);
        assert_eq!(found["df"].is_null(), expected[0].is_null());
        if found["df"].is_null() {
            continue;
        }
        assert_close("df", number(&found["df"]), number(&expected[0]), 0.0);
        let statistic = if expected.len() == 6 { &expected[4] } else { &expected[1] };
        assert_close("statistic", number(&found["statistic"]), number(statistic), 1e3 * tolerance);
        assert_close("p", number(&found["p_value"]), number(expected.last().unwrap()), 1e4 * tolerance);
    }
}

#[test]
fn a_negative_binomial_dispersion_is_estimated_as_by_glm_nb() {
    let arguments = "--response Days --family negative-binomial --dispersion estimate";
    let (found, r) = (json("quine", &format!("{arguments} --anova")), expected("negative_binomial"));
    for (key, tolerance) in [("theta", 1e-8), ("theta_std_error", 1e-8), ("log_likelihood", 1e-12), ("aic", 1e-12)] {
        assert_close(key, number(&found[key]), number(&r[key]), tolerance);
    }
    assert_close("deviance", number(&found["deviance"]), number(&r["deviance"]), 1e-8);
    assert_all_close("coefficients", &of_coefficients(&found, "estimate"), &r["coefficients"], 1e-7);
    assert_all_close("errors", &of_coefficients(&found, "std_error"), &r["std_errors"], 1e-7);
    assert_anova(&found["anova"], &r["anova"], 1e-8);
    let page = fit("quine", arguments).out;
    assert!(page.contains("Theta: 1.2749, standard error 0.16104") && page.contains("AIC: 1109.2"), "{page}");
    assert!(page.contains("Negative Binomial(1.2749) family"), "{page}");
}

#[test]
fn quasi_families_estimate_the_dispersion() {
    for (data, arguments, name) in [
        ("warpbreaks", "--response breaks --terms wool*tension --family quasipoisson", "quasi_poisson"),
        ("birthwt_grouped", "--response share --weights n --terms race,smoke --family quasibinomial", "quasi_binomial"),
    ] {
        let (found, r) = (json(data, arguments), expected(name));
        assert_close("dispersion", number(&found["dispersion"]), number(&r["dispersion"]), 1e-9);
        assert!(found["aic"].is_null() && found["log_likelihood"].is_null());
        if name == "quasi_binomial" {
            for (place, key) in ["estimate", "std_error", "statistic", "p_value"].into_iter().enumerate() {
                let of_r: Vec<f64> = r["table"].as_array().unwrap().iter().map(|row| number(&row[place])).collect();
                let found = of_coefficients(&found, key);
                for (found, of_r) in found.iter().zip([of_r[0], of_r[3], of_r[1], of_r[2]]) {
                    assert_close(key, *found, of_r, 1e-6);
                }
            }
        } else {
            let found = json(data, &format!("{arguments} --anova"));
            assert_anova(&found["anova"], &r["anova"], 1e-10);
        }
        let page = fit(data, arguments).out;
        assert!(page.contains(&format!("for quasi{} family estimated as", &name[6..])), "{page}");
        assert!(page.contains("No likelihood") && !page.contains("NaN"), "{page}");
    }
}

const BIRTHS: &str = "--response low --terms age,lwt,race,smoke";

#[test]
fn robust_standard_errors_are_the_sandwiches() {
    let r = expected("logistic");
    for kind in ["HC0", "HC1", "HC2", "HC3"] {
        let found = json("birthwt", &format!("{BIRTHS} --robust {kind}"));
        assert_eq!(found["std_errors"], kind);
        // Numeric columns come before factors.
        let of_r = numbers(&r["robust"][kind]);
        let of_r = [of_r[0], of_r[1], of_r[2], of_r[5], of_r[3], of_r[4]];
        assert_all_close(kind, &of_coefficients(&found, "std_error"), &Value::from(of_r.to_vec()), 1e-8);
    }
    let page = fit("birthwt", &format!("{BIRTHS} --robust hc3")).out;
    assert!(page.contains("Standard errors: robust (HC3)"), "{page}");
}

#[test]
fn clustered_standard_errors_are_those_of_the_clusters() {
    let arguments = "--response case --terms age,parity,spontaneous,induced --cluster stratum";
    let (found, r) = (json("infert", arguments), expected("clustered"));
    assert_eq!((&found["clusters"], &found["std_errors"]), (&r["clusters"], &Value::from("clustered by stratum")));
    assert_all_close("errors", &of_coefficients(&found, "std_error"), &r["std_errors"], 1e-8);
    assert!(fit("infert", arguments).out.contains("Standard errors: of 83 clusters by `stratum`"));
    // The column of the clusters is no term, unless it is named as one.
    let names = json("infert", "--response case --cluster stratum");
    assert!(!names["coefficients"].to_string().contains("stratum"), "{names}");
}

/// The coefficients in R's order: factors before the columns after them.
fn in_r_order(fit: &Value, key: &str) -> Vec<f64> {
    let found = of_coefficients(fit, key);
    [0, 1, 2, 4, 5, 3].map(|place| found[place]).to_vec()
}

fn column(rows: &Value, place: usize) -> Value {
    rows.as_array().unwrap().iter().map(|row| row[place].clone()).collect()
}

/// R's `confint` interpolates the profile between some twenty points.
const INTERPOLATION: f64 = 1e-3;

#[test]
fn intervals_are_walds_or_by_the_profile_of_a_level() {
    let r = expected("logistic");
    for (option, method, tolerance) in [("", "wald", 1e-8), (" --profile", "profile", INTERPOLATION)] {
        let arguments = format!("{BIRTHS} --level 0.9{option}");
        let found = json("birthwt", &arguments);
        assert_eq!((number(&found["conf_level"]), found["conf_method"].as_str().unwrap()), (0.9, method));
        for (place, key) in ["conf_low", "conf_high"].into_iter().enumerate() {
            assert_all_close(key, &in_r_order(&found, key), &column(&r[method], place), tolerance);
        }
        let page = fit("birthwt", &arguments).out;
        assert!(page.contains("90% intervals (") && page.contains("5 %") && page.contains("95 %"), "{page}");
    }
    // Where the dispersion is estimated, the two are by different quantiles, which the heading says.
    for (data, arguments, heading) in [
        ("birthwt", BIRTHS.to_owned(), "95% intervals (Wald):"),
        ("birthwt", format!("{BIRTHS} --profile"), "95% intervals (profile likelihood):"),
        ("trees", "--response Volume --family gamma".into(), "95% intervals (Wald, by the quantile of Student's t):"),
        (
            "trees",
            "--response Volume --family gaussian --profile".into(),
            "95% intervals (profile likelihood, by the normal quantile):",
        ),
    ] {
        let page = fit(data, &format!("{arguments} --level 0.95")).out;
        assert!(page.contains(heading), "{page}");
    }
    let trees = json("trees", "--response Volume --family gamma --profile");
    for (place, key) in ["conf_low", "conf_high"].into_iter().enumerate() {
        let of_r = column(&expected("gamma_trees")["profile"], place);
        assert_all_close(key, &of_coefficients(&trees, key), &of_r, INTERPOLATION);
    }
}

#[test]
fn terms_are_tested_one_after_another() {
    let found = json("birthwt", &format!("{BIRTHS} --anova"));
    assert_eq!(found["anova"]["test"], "chi-squared");
    assert_anova(&found["anova"], &expected("logistic")["anova"], 1e-9);
    let found = json("trees", "--response Volume --family gamma --anova");
    assert_eq!(found["anova"]["test"], "F");
    assert_anova(&found["anova"], &expected("gamma_trees")["anova"], 1e-9);
    let page = fit("trees", "--response Volume --family gamma --anova").out;
    assert!(page.contains("Resid. Dev") && page.contains("Pr(>F)") && page.contains("NULL"), "{page}");
}

/// Saves a fit under a name, and gives the path.
fn saved(name: &str, data: &str, arguments: &str) -> String {
    let path = scratch(&format!("options_{name}.json"));
    let run = fit(data, &format!("{arguments} --save {path}"));
    assert_eq!(run.code, 0, "{}", run.err);
    path
}

#[test]
fn saved_models_are_compared_in_any_order() {
    let full = saved("births", "birthwt", BIRTHS);
    let part = saved("births_part", "birthwt", "--response low --terms lwt,smoke");
    let r = expected("logistic")["lr"][1].clone();
    for models in [[&full, &part], [&part, &full]] {
        let found = glm(&["anova", models[0], models[1], "--json"]).json();
        let row = &found["rows"][1];
        for (key, place) in [("residual_df", 0), ("residual_deviance", 1), ("df", 2), ("statistic", 3), ("p_value", 4)]
        {
            assert_close(key, number(&row[key]), number(&r[place]), 1e-7);
        }
    }
    let page = glm(&["anova", &full, &part]).out;
    assert!(page.contains("1: low ~ lwt + smoke") && page.contains("Pr(>Chi)"), "{page}");

    let full = saved("trees", "trees", "--response Volume --family gamma");
    let part = saved("trees_part", "trees", "--response Volume --terms Girth --family gamma");
    let (found, r) = (glm(&["anova", &part, &full, "--json"]).json(), expected("gamma_trees")["f"][1].clone());
    assert_close("F", number(&found["rows"][1]["statistic"]), number(&r[4]), 1e-7);
    assert_close("p", number(&found["rows"][1]["p_value"]), number(&r[5]), 1e-7);

    let family = "--response Days --family negative-binomial --dispersion estimate";
    let (full, part) =
        (saved("quine", "quine", family), saved("quine_part", "quine", &format!("{family} --terms Eth,Age")));
    let (found, r) = (glm(&["anova", &part, &full, "--json"]).json(), expected("negative_binomial"));
    assert_close("LR", number(&found["rows"][1]["statistic"]), number(&r["lr"]), 1e-7);
    assert_close("p", number(&found["rows"][1]["p_value"]), number(&r["lr_p"]), 1e-7);
    assert!(glm(&["anova", &part, &full]).out.contains("LR stat."));
}

#[test]
fn models_that_are_no_parts_of_each_other_are_refused() {
    let births = |name: &str, terms: &str| saved(name, "birthwt", &format!("--response low --terms {terms}"));
    let age = births("nested_age", "age");
    let others = births("nested_others", "lwt,smoke");
    let firth = saved("nested_firth", "birthwt", "--response low --terms age,lwt --firth");
    let robust = saved("nested_robust", "birthwt", "--response low --terms age,lwt --robust HC1");
    let probit = saved("nested_probit", "birthwt", "--response low --terms age,lwt --link probit");
    let quine = saved("nested_quine", "quine", "--response Days --family poisson");
    let text = std::fs::read_to_string(reference("options/birthwt.csv")).unwrap();
    let fewer: Vec<&str> = text.lines().take(150).collect();
    let (fewer, model) = (crate::run::file("options_fewer.csv", fewer.join("\n")), scratch("options_fewer.json"));
    assert_eq!(glm(&["fit", &fewer, "--response", "low", "--terms", "age,lwt", "--save", &model]).code, 0);
    let changed = text.replacen("\n0,19,", "\n1,19,", 1);
    let (changed, other_rows) = (crate::run::file("options_changed.csv", changed), scratch("options_changed.json"));
    assert_eq!(glm(&["fit", &changed, "--response", "low", "--terms", "age,lwt", "--save", &other_rows]).code, 0);
    for (other, said) in [
        (&others, "no term `age`"),
        (&firth, "doesn't maximise the likelihood"),
        (&robust, "robust standard errors"),
        (&probit, "link probit"),
        (&quine, "Poisson"),
        (&model, "fitted to 189 rows, the second to 149; fit both to the same rows"),
        (&other_rows, "the same rows of the same file"),
        (&age, "as many coefficients"),
    ] {
        let run = glm(&["anova", &age, other]);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        assert!(run.err.to_lowercase().contains(&said.to_lowercase()), "{said}: {}", run.err);
    }
    // A number that becomes a factor is a part of it.
    let data =
        |terms: &str| saved(&format!("nested_{}", terms.len()), "infert", &format!("--response case --terms {terms}"));
    let (number, factor) = (data("induced"), data("factor(induced)"));
    assert_eq!(glm(&["anova", &number, &factor]).code, 0);
}

/// The columns of the predictions, by name.
fn predictions(model: &str, data: &str, arguments: &str) -> Vec<(String, Vec<f64>)> {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let run = glm(&[&["predict", model, &reference(&format!("options/{data}.csv"))], &words[..]].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    let mut lines = run.out.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let rows: Vec<Vec<f64>> = lines.map(|line| line.iter().map(|cell| cell.parse().unwrap()).collect()).collect();
    let column = |(place, name): (usize, &&str)| (name.to_string(), rows.iter().map(|row| row[place]).collect());
    names.iter().enumerate().map(column).collect()
}

#[test]
fn predictions_have_the_standard_errors_of_predict_glm() {
    let births = saved("predict_births", "birthwt", BIRTHS);
    let trees = saved("predict_trees", "trees", "--response Volume --family gamma");
    for (model, data, interval, name) in [
        (&births, "birthwt_new", "--interval 0.9", "predict_logit"),
        (&trees, "trees_new", "--interval", "predict_inverse"),
    ] {
        let (found, r) = (predictions(model, data, &format!("--se {interval}")), expected(name));
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["eta", "eta_se", "eta_low", "eta_high", "mu", "mu_se", "mu_low", "mu_high"]);
        for (name, found) in &found {
            if let Some(of_r) = r.get(name) {
                assert_all_close(name, found, of_r, 1e-8);
            }
        }
        let only =
            |arguments: &str| predictions(model, data, arguments).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(only("--type link --se"), ["eta", "eta_se"]);
        assert_eq!(only("--type RESPONSE --interval=0.5"), ["mu", "mu_low", "mu_high"]);
        assert_eq!(only(""), ["eta", "mu"]);
    }
}

#[test]
fn an_old_model_predicts_but_has_no_standard_errors() {
    let path = saved("old", "birthwt", BIRTHS);
    let mut model: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    model["glm_model"] = 1.into();
    model.as_object_mut().unwrap().remove("evidence");
    let old = crate::run::file("options_old_1.json", model.to_string());
    let new = reference("options/birthwt_new.csv");
    assert_eq!(glm(&["predict", &old, &new]).out, glm(&["predict", &path, &new]).out);
    for run in [glm(&["predict", &old, &new, "--se"]), glm(&["anova", &old, &path])] {
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        assert!(run.err.contains("fit the model again with --save"), "{}", run.err);
    }
}

#[test]
fn firths_estimates_are_those_of_the_modified_score() {
    let (found, r) = (json("birthwt", &format!("{BIRTHS} --firth")), expected("firth"));
    assert_all_close("coefficients", &in_r_order(&found, "estimate"), &r["coefficients"], 1e-9);
    assert_all_close("errors", &in_r_order(&found, "std_error"), &r["std_errors"], 1e-8);
    let key = "penalised_log_likelihood";
    assert_close(key, number(&found[key]), number(&r[key]), 1e-11);
    let refused = fit("separated", "--response y --terms z");
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("--firth"), "{}", refused.err);
    let (found, r) = (json("separated", "--response y --terms z --firth"), expected("firth_separated"));
    assert_all_close("coefficients", &of_coefficients(&found, "estimate"), &r["coefficients"], 1e-9);
    for (data, arguments, name) in
        [("birthwt", BIRTHS, "firth"), ("separated", "--response y --terms z", "firth_separated")]
    {
        let (found, r) = (json(data, &format!("{arguments} --firth --profile")), expected(name));
        for (place, key) in ["conf_low", "conf_high"].into_iter().enumerate() {
            let found = if data == "birthwt" { in_r_order(&found, key) } else { of_coefficients(&found, key) };
            assert_all_close(key, &found, &column(&r["profile"], place), 1e-6);
        }
    }
    let other = fit("separated", "--response y --terms z --firth --link probit");
    assert_eq!(other.code, 2);
    assert!(other.err.contains("logit link"), "{}", other.err);
}

#[test]
fn a_fit_starts_where_it_is_told_and_ends_when_it_is_told() {
    let model = saved("start", "birthwt", BIRTHS);
    let restarted = json("birthwt", &format!("{BIRTHS} --start {model}"));
    assert_eq!(restarted["iterations"], 0);
    let values = of_coefficients(&restarted, "estimate").iter().map(f64::to_string).collect::<Vec<_>>();
    let list = values.join(",");
    assert_eq!(json("birthwt", &format!("{BIRTHS} --start {list}"))["iterations"], 0);
    let file = crate::run::file("options_start.txt", values.join("\n"));
    assert_eq!(json("birthwt", &format!("{BIRTHS} --start {file}"))["iterations"], 0);
    for (start, said) in [
        ("0.5,1", "2 numbers, but the model has 6 coefficients: `(Intercept)`, `age`"),
        ("0.5,x", "`x` is none"),
        ("inf,0,0,0,0,0", "not a finite number"),
    ] {
        let run = fit("birthwt", &format!("{BIRTHS} --start {start}"));
        assert_eq!(run.code, 2);
        assert!(run.err.contains(said), "{}", run.err);
    }
    let short = fit("birthwt", &format!("{BIRTHS} --max-iterations 2 --json"));
    let found: Value = serde_json::from_str(&short.out).unwrap();
    assert_eq!((short.code, &found["iterations"], &found["converged"]), (1, &2.into(), &false.into()));
    assert!(found["reason"].as_str().unwrap().contains("iteration limit") && short.err.contains("iteration limit"));
}

#[test]
fn options_that_contradict_each_other_or_are_misspelt_are_refused_with_what_to_do() {
    for (arguments, said) in [
        ("--robust HC1 --cluster race", "leave out --robust"),
        ("--profile --robust HC1", "leave out --profile"),
        ("--anova --cluster race", "leave out one or the other"),
        ("--anova --ridge 1", "leave out --ridge or --anova"),
        ("--anova --firth", "leave out --firth or --anova"),
        ("--firth --robust HC0", "leave out --firth"),
        ("--robust HC5", "HC0, HC1, HC2, HC3"),
        ("--cluster rac", "did you mean `race`?"),
        ("--level 90", "for 90 % write 0.9"),
        ("--level 1", "between 0 and 1"),
        ("--offset log(age)", "compute in the file"),
        ("--family logistic", "did you mean `binomial`?"),
        ("--family quasipoison", "did you mean `quasipoisson`?"),
        ("--dispersion guess", "`estimate`"),
        ("--dispersion estimate", "negative-binomial only"),
        ("--max-iterations few", "--max-iterations"),
    ] {
        let run = fit("birthwt", &format!("{BIRTHS} {arguments}"));
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments}");
        assert!(run.err.contains(said), "{arguments}: {}", run.err);
    }
    let run = fit("quine", "--response Days --family negative-binomial");
    assert!(run.err.contains("or `estimate`"), "{}", run.err);
    let model = saved("mistakes", "birthwt", BIRTHS);
    let run = glm(&["predict", "--interval", &model, &reference("options/birthwt_new.csv")]);
    assert!(run.code == 2 && run.err.contains("behind the files"), "{}", run.err);
    assert_eq!(glm(&["anova", &model]).code, 2);
}

/// The covariance is saved of the coefficients that there are.
#[test]
fn models_with_an_empty_cell_are_saved_and_predict() {
    let (data, model) = (reference("reported/empty_cell.csv"), scratch("options_empty_cell.json"));
    let fit = ["fit", &data, "--response", "y", "--family", "poisson", "--terms", "a*b", "--save", &model];
    let run = glm(&fit);
    assert_eq!(run.code, 0, "{}", run.err);
    let found = glm(&["predict", &model, &data, "--se"]);
    assert_eq!((found.code, found.out.lines().count()), (0, 11), "{}", found.err);
}

#[test]
fn what_does_not_hold_on_a_boundary_is_not_said() {
    let (data, model) = (reference("reported/crabs.csv"), scratch("options_boundary.json"));
    let terms = "ws,factor(Dark),factor(GoodSpine)";
    let model_of = ["--response", "Satellites", "--family", "poisson", "--link", "identity", "--terms", terms];
    let run = glm(&[&["fit", &data, "--anova", "--save", &model], &model_of[..]].concat());
    assert_eq!(run.code, 1);
    assert!(run.out.contains("No analysis of deviance") && run.err.contains("on the boundary"), "{}", run.out);
    for run in [glm(&["predict", &model, &data, "--se"]), glm(&["anova", &model, &model])] {
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        assert!(run.err.contains("on the boundary"), "{}", run.err);
    }
    assert_eq!(glm(&["predict", &model, &data]).code, 0);
}

#[test]
fn an_aliased_column_adds_nothing_and_has_no_interval() {
    let text = std::fs::read_to_string(reference("options/birthwt.csv")).unwrap();
    let twice = |line: &str| {
        line.split(',').nth(1).map(|age| age.parse().map_or("age2".into(), |age: f64| (2.0 * age).to_string()))
    };
    let lines = text.lines().map(|line| format!("{line},{}\n", twice(line).unwrap()));
    let data = crate::run::file("options_aliased.csv", lines.collect::<String>());
    let terms = ["--response", "low", "--terms", "age,age2,lwt,race,smoke", "--drop-aliased", "--level", "0.9"];
    let page = glm(&[&["fit", &data], &terms[..]].concat());
    assert_eq!(page.code, 0, "{}", page.err);
    assert!(page.out.contains("NA") && !page.out.contains("NaN"), "{}", page.out);
    let found = glm(&[&["fit", &data, "--anova", "--json"], &terms[..]].concat()).json();
    let rows = found["anova"]["rows"].as_array().unwrap();
    assert!(rows[2]["name"] == "age2" && rows[2]["df"].is_null(), "{found}");
    assert_close("residual deviance", number(&rows[5]["residual_deviance"]), 214.57723453407356, 1e-10);
}
