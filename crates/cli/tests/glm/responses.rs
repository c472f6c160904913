//! Responses that aren't a column of numbers, and reference levels.

use crate::run::{assert_close, file, glm, names, of_coefficients, reference};
use serde_json::Value;

/// The beetles of Bliss (1935): log dose, beetles killed, beetles that survived.
const BEETLES: [(&str, u32, u32); 8] = [
    ("1.6907", 6, 53),
    ("1.7242", 13, 47),
    ("1.7552", 18, 44),
    ("1.7842", 28, 28),
    ("1.8113", 52, 11),
    ("1.8369", 53, 6),
    ("1.8610", 61, 1),
    ("1.8839", 60, 0),
];

fn beetles(row: impl Fn(&str, u32, u32) -> String, header: &str) -> String {
    let rows = BEETLES.iter().map(|&(dose, killed, survived)| row(dose, killed, survived));
    format!("{header}\n{}", rows.collect::<String>())
}

/// R: `glm(cbind(killed, survived) ~ dose, binomial)` gives −60.717 (5.181) and 34.270 (2.912), deviance 11.232, AIC 41.43
/// (Dobson & Barnett, table 7.3).
#[test]
fn successes_and_failures_are_proportions_with_their_trials() {
    let data = file(
        "beetles.csv",
        beetles(|dose, killed, survived| format!("{dose},{killed},{survived}\n"), "dose,killed,survived"),
    );
    let fit = glm(&["fit", &data, "--response", "killed", "--failures", "survived", "--json"]).json();
    assert_eq!(names(&fit), ["(Intercept)", "dose"]);
    for (key, expected) in [("estimate", [-60.717, 34.270]), ("std_error", [5.181, 2.912])] {
        for (found, expected) in of_coefficients(&fit, key).into_iter().zip(expected) {
            assert_close(key, found, expected, 2e-4);
        }
    }
    for (key, expected) in [("deviance", 11.232), ("aic", 41.43)] {
        assert_close(key, fit[key].as_f64().unwrap(), expected, 1e-4);
    }
    let by_trials = beetles(
        |dose, killed, survived| {
            let trials = killed + survived;
            format!("{dose},{:?},{trials}\n", f64::from(killed) / f64::from(trials))
        },
        "dose,rate,trials",
    );
    let by_trials =
        glm(&["fit", &file("trials.csv", by_trials), "--response", "rate", "--weights", "trials", "--json"]);
    assert_eq!(by_trials.json(), fit);
    // Weights multiply the trials, and a row without trials has no part.
    let doubled = beetles(|dose, killed, survived| format!("{dose},{killed},{survived},2\n"), "dose,killed,survived,w")
        + "9,0,0,2\n";
    let arguments = ["--response", "killed", "--failures", "survived", "--weights", "w", "--json"];
    let doubled = glm(&[&["fit", &file("doubled.csv", doubled)], &arguments[..]].concat()).json();
    assert_close("deviance", doubled["deviance"].as_f64().unwrap(), 2.0 * fit["deviance"].as_f64().unwrap(), 1e-12);
}

#[test]
fn counts_that_are_none_are_refused_with_their_place() {
    for (cell, part) in [("-1", "the value is -1"), ("2.5", "the value is 2.5"), ("x", "`x` is not a number")] {
        let data = file("counts.csv", format!("ok,bad,x\n1,2,3\n2,{cell},4\n3,1,5\n"));
        let run = glm(&["fit", &data, "--response", "ok", "--failures", "bad"]);
        assert_eq!(run.code, 2);
        assert!(run.err.contains("line 3, column `bad`") && run.err.contains(part), "{}", run.err);
    }
}

fn words(word: impl Fn(&str) -> &'static str) -> String {
    let text = std::fs::read_to_string(reference("birthwt.csv")).unwrap();
    let row = |line: &str| match line.split_once(',') {
        Some(("y", rest)) => format!("y,{rest}\n"),
        Some((y, rest)) => format!("{},{rest}\n", word(y)),
        None => String::new(),
    };
    text.lines().map(row).collect()
}

#[test]
fn words_with_a_success_are_zeros_and_ones() {
    let terms = ["--response", "y", "--terms", "age,lwt,smoke", "--json"];
    let numbers = glm(&[&["fit", &reference("birthwt.csv")], &terms[..]].concat()).json();
    let data = file("low.csv", words(|y| if y == "1" { "low" } else { "normal" }));
    let fit = |success: &str| glm(&[&["fit", &data, "--success", success], &terms[..]].concat());
    assert_eq!(fit("low").json(), numbers);
    let opposite = fit("normal").json();
    for (found, expected) in of_coefficients(&opposite, "estimate").iter().zip(of_coefficients(&numbers, "estimate")) {
        assert_close("coefficient", *found, -expected, 1e-9);
    }
    let page = glm(&["fit", &data, "--response", "y", "--success", "low", "--terms", "age"]).out;
    assert!(page.contains("Response: `y` is `low` in 59 rows, `normal` in 130"), "{page}");
    // 0 and 1 are words too.
    let ones = glm(&[&["fit", &reference("birthwt.csv"), "--success", "1"], &terms[..]].concat()).json();
    assert_eq!(ones, numbers);
}

#[test]
fn mistakes_about_the_success_list_the_levels() {
    let data = file("low_again.csv", words(|y| if y == "1" { "low" } else { "normal" }));
    let said = |arguments: &[&str]| {
        let run = glm(&[&["fit", &data, "--response", "y", "--terms", "age"], arguments].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
        run.err
    };
    let unknown = said(&["--success", "Low"]);
    assert!(unknown.contains("no level `Low`; did you mean `low`? its levels are `low`, `normal`"), "{unknown}");
    let unsaid = said(&[]);
    assert!(unsaid.contains("`low`, `normal`") && unsaid.contains("--success"), "{unsaid}");
    let family = said(&["--success", "low", "--family", "poisson"]);
    assert!(family.contains("--family binomial"), "{family}");
    said(&["--success", "low", "--failures", "age"]);
    let cbind = glm(&["fit", &data, "--response", "cbind(y, n)"]);
    assert!(cbind.code == 2 && cbind.err.contains("--response successes --failures failures"), "{}", cbind.err);
    let column = said(&["--failures", "agee"]);
    assert!(column.contains("--failures: there is no column `agee`; did you mean `age`?"), "{column}");
}

/// A model in which the response stands on both sides fits itself.
#[test]
fn the_response_has_no_second_role() {
    let rows = "y,n,x,k\n1,2,0.5,1\n0,3,1.5,1\n2,1,2.5,2\n1,2,0.3,2\n3,1,1.1,3\n1,4,0.9,3\n";
    let data = file("second_role.csv", rows);
    for (options, words) in [
        ("--failures y", "--failures: `y` is the column of --response already"),
        ("--family poisson --weights y", "--weights: `y` is the column of --response already"),
        ("--family poisson --offset y", "--offset: `y` is the column of --response already"),
        ("--family gaussian --terms x --cluster y", "--cluster: `y` is the column of --response already"),
        ("--failures n --weights n", "--weights: `n` is the column of --failures already"),
        ("--failures n --offset n", "--offset: `n` is the column of --failures already"),
        ("--family poisson --terms factor(y)", "--terms: `y` is the response"),
        ("--failures n --terms x,n", "--terms: `n` is the response"),
    ] {
        for memory in ["1G", "1"] {
            let options: Vec<&str> = options.split(' ').collect();
            let run = glm(&[&["fit", &data, "--response", "y", "--memory", memory], &options[..]].concat());
            // What streams refuses some options before.
            let refused_before = memory == "1" && run.err.contains("needs the rows in memory");
            assert_eq!((run.code, run.out.as_str()), (2, ""), "{options:?}: {}", run.err);
            assert!(run.err.contains(words) || refused_before, "{options:?}: {}", run.err);
        }
    }
    // Weights and an offset that are terms, too, or one column, are models.
    for options in ["--weights n --terms n", "--offset n --terms n", "--weights n --offset n --terms x"] {
        let options: Vec<&str> = options.split(' ').collect();
        let run = glm(&[&["fit", &data, "--response", "y", "--family", "poisson"], &options[..]].concat());
        assert_eq!(run.code, 0, "{options:?}: {}", run.err);
    }
}

const GROUPS: &str = "y,g,k\n1,a,1\n2,b,2\n4,a,2\n3,c,1\n6,b,2\n5,c,3\n7,a,3\n9,b,1\n8,c,2\n";

fn groups(terms: &str, more: &[&str]) -> Value {
    let data = file("groups_ref.csv", GROUPS);
    glm(&[&["fit", &data, "--response", "y", "--family", "gaussian", "--json", "--terms", terms], more].concat()).json()
}

/// R: `relevel(factor(g), ref = "b")`.
#[test]
fn a_reference_level_is_the_one_without_effect() {
    let fit = groups("factor(g, ref=b)", &[]);
    assert_eq!(names(&fit), ["(Intercept)", "factor(g)a", "factor(g)c"]);
    let means = [17.0 / 3.0, 4.0 - 17.0 / 3.0, 16.0 / 3.0 - 17.0 / 3.0];
    for (found, expected) in of_coefficients(&fit, "estimate").into_iter().zip(means) {
        assert_close("coefficient", found, expected, 1e-11);
    }
    // A level that is a number, however it is written, and in interactions.
    let fit = groups("factor(k, ref=2.0),factor(g, ref=c)", &[]);
    assert_eq!(names(&fit)[..4], ["(Intercept)", "factor(k)1", "factor(k)3", "factor(g)a"]);
    let model = crate::run::scratch("reference_level.json");
    let fit = groups("factor(g, ref=c)", &["--save", &model]);
    let run = glm(&["predict", &model, &file("reference_new.csv", "g\nb\nc\n")]);
    let means: Vec<f64> =
        run.out.lines().skip(1).map(|line| line.split_once(',').unwrap().1.parse().unwrap()).collect();
    assert_close("mean of b", means[0], 17.0 / 3.0, 1e-12);
    assert_close("mean of c", means[1], of_coefficients(&fit, "estimate")[0], 1e-12);
}

#[test]
fn an_unknown_reference_level_lists_the_levels() {
    let data = file("groups_unknown.csv", GROUPS);
    for (terms, part) in [
        ("factor(g, ref=d)", "`g` has no level `d`; its levels are `a`, `b`, `c`"),
        ("factor(k, ref=4)", "`k` has no level `4`; its levels are `1`, `2`, `3`"),
        ("factor(g, reference=b)", "factor(column, ref=level)"),
    ] {
        let run = glm(&["fit", &data, "--response", "y", "--family", "gaussian", "--terms", terms]);
        assert_eq!(run.code, 2);
        assert!(run.err.contains(part), "{}", run.err);
    }
}
