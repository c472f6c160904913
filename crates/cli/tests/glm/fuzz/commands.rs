//! Random commands on small files: each is answered with figures that are numbers, or refused with a reason.
//!
//! `GLM_FUZZ_COMMANDS` and `GLM_FUZZ_SEED` choose how many fits, and which.

use super::damage::Random;
use super::options::{self, Spelling};
use super::watch::{Outcome, watched, watched_given};
use super::{MOST_FAULTS, fault};
use crate::run::{file, gzip, scratch};
use serde_json::Value;
use std::fs::File;
use std::process::Stdio;

const FITS: u64 = 300;

#[test]
fn whatever_options_are_combined_the_figures_are_numbers_or_the_refusal_has_a_reason() {
    let number = |name: &str, otherwise: u64| std::env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    let mut random = Random::new(number("GLM_FUZZ_SEED", 1));
    let (mut faults, mut models, mut done) = (Vec::new(), Vec::new(), 0);
    for _ in 0..number("GLM_FUZZ_COMMANDS", FITS) {
        let mut check = |outcome: &Outcome| {
            if let Some(fault) = fault(outcome).or_else(|| unsound(outcome)) {
                let said = outcome.err.lines().take(6).collect::<Vec<_>>().join("\n  ");
                faults.push(format!("{fault}\n  glm {}\n  {said}", quoted(&outcome.arguments)));
            }
        };
        let (spelling, rows) = (Spelling::random(&mut random), *random.pick(&[0, 1, 2, 3, 5, 12, 12, 30, 30, 30]));
        let data = write(&format!("commands_{done}"), &spelling, &spelling.file(rows, &mut random));
        let model = scratch(&format!("commands_{done}.json"));
        let _ = std::fs::remove_file(&model);
        let fit = [vec!["fit".into(), data.clone()], options::fit(&spelling, &mut random)].concat();
        let outcome = watched(&[&fit[..], &["--save".into(), model.clone()]].concat());
        check(&outcome);
        if random.below(8) == 0 {
            let piped = [&["fit".to_owned(), "-".to_owned()], &fit[2..]].concat();
            let given = watched_given(Stdio::from(File::open(&data).unwrap()), &piped);
            check(&given);
            if (given.code, &given.out) != (outcome.code, &outcome.out) {
                faults.push(format!("another answer from the standard input\n  glm {}", quoted(&fit)));
            }
            continue;
        }
        if std::path::Path::new(&model).exists() {
            let words = [vec!["predict".into(), model.clone(), data], options::predict(&spelling, &mut random)];
            check(&watched(&words.concat()));
            models.push(model);
            if let [.., one, other] = &models[..] {
                check(&watched(&["anova".into(), one.clone(), other.clone()]));
            }
        }
        done += 1;
        if faults.len() >= MOST_FAULTS {
            break;
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
    assert!(models.len() > 25, "hardly a fit was saved: {}", models.len());
}

fn write(name: &str, spelling: &Spelling, text: &str) -> String {
    match spelling.zipped {
        true => file(&format!("{name}.csv.gz"), gzip(text.as_bytes())),
        false => file(&format!("{name}.csv"), text),
    }
}

fn quoted(arguments: &[String]) -> String {
    arguments
        .iter()
        .map(|word| if word.contains([' ', '*', '(', ';', '|']) { format!("'{word}'") } else { word.clone() })
        .collect::<Vec<_>>()
        .join(" ")
}

/// What summaries say of fits that leave nothing to estimate a dispersion from.
const NOTHING_LEFT: [&str; 2] = ["there is a coefficient for each row", "The fit is perfect"];

/// What is wrong with the figures of a run that went well.
fn unsound(outcome: &Outcome) -> Option<String> {
    if outcome.code != Some(0) {
        return None;
    }
    let has = |option: &str| outcome.arguments.iter().any(|argument| argument == option);
    if has("--json") {
        return match serde_json::from_str::<Value>(&outcome.out) {
            Ok(fit) => unsound_fit(&fit, has("--no-intercept"), has("--profile")),
            Err(error) => Some(format!("no JSON: {error}")),
        };
    }
    if NOTHING_LEFT.iter().any(|words| outcome.out.contains(words)) {
        return None;
    }
    let is_word = |word: &str| ["NaN", "inf", "-inf"].contains(&word.trim_matches(['(', ')', ',', ':', ';']));
    // Without an intercept, the null model's predictors are 0, whatever mean that is.
    let of_null = |line: &str| line.contains("Null deviance") || has("--anova");
    let may_be = |line: &str| has("--no-intercept") && of_null(line) || has("--profile");
    let mut lines = outcome.out.lines().filter(|line| !may_be(line) && line.split([' ', ',', '\t']).any(is_word));
    lines.next().map(|line| format!("not a number: {line}"))
}

/// A figure of a converged fit that is missing.
fn unsound_fit(fit: &Value, has_no_intercept: bool, is_profiled: bool) -> Option<String> {
    if fit["converged"] != true {
        return Some("done, though not converged".into());
    }
    let deviance = fit["deviance"].as_f64();
    let nothing_left =
        fit.get("dispersion").is_some_and(Value::is_null) || deviance.is_some_and(|deviance| deviance < 1e-20);
    if nothing_left {
        return None;
    }
    let quasi = fit["family"].as_str().is_some_and(|family| family.starts_with("quasi"));
    let null = ["null_deviance"].iter().filter(|_| !has_no_intercept);
    let of_likelihood = ["log_likelihood", "aic", "bic"].iter().filter(|_| !quasi);
    if let Some(missing) = ["deviance"].iter().chain(null).chain(of_likelihood).find(|key| !fit[**key].is_number()) {
        return Some(format!("no {missing}"));
    }
    let lines = fit["coefficients"].as_array()?;
    // One end of a profile may lie at infinity.
    let ends = ["conf_low", "conf_high"].iter().filter(|_| !is_profiled);
    let keys: Vec<&str> = ["estimate", "std_error", "statistic", "p_value"].iter().chain(ends).copied().collect();
    // Aliased coefficients have no figures at all.
    let torn = |line: &&Value| {
        let numbers = keys.iter().filter(|key| line[**key].is_number()).count();
        numbers != 0 && numbers != keys.len()
    };
    lines.iter().find(torn).map(|line| format!("a coefficient with figures and without: {line}"))
}
