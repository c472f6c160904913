//! Advice that can be followed: what a message says to do works where it is said.

use crate::run::{file, glm, glm_given, scratch};

const ROWS: &str = "y,x,z,g\n0,1,2,a\n1,2,4,b\n1,1.5,3,a\n0,3,6,b\n1,2.5,5,a\n0,0.5,1,a\n";

/// By what asks for passes over the files.
#[test]
fn options_that_need_the_rows_in_memory_are_told_with_what_asks_for_passes() {
    let (data, journal) = (file("advice.csv", ROWS), scratch("advice.journal"));
    for (asked, cause) in [(&["--checkpoint", &journal][..], "--checkpoint"), (&["--memory", "1"], "--memory")] {
        for option in [&["--na", "omit"][..], &["--drop-aliased"], &["--firth"], &["--robust=hc0"], &["--profile"]] {
            let run = glm(&[&["fit", &data, "--response", "y", "--terms", "x"], asked, option].concat());
            let said = [option.join(" ").replace("=hc0", ""), "needs the rows in memory".into(), cause.into()];
            assert!(run.code == 2 && said.iter().all(|said| run.err.contains(said)), "{option:?}: {}", run.err);
        }
    }
    let aliased = glm(&["fit", &data, "--response", "y", "--terms", "x,z", "--memory", "1"]);
    let said = ["`z` is a combination of `x`", "--drop-aliased", "needs the rows in memory"];
    assert!(aliased.code == 1 && said.iter().all(|said| aliased.err.contains(said)), "{}", aliased.err);
}

/// A level that isn't there is a number: one near it may be meant.
#[test]
fn the_nearest_number_is_meant() {
    let data = file("advice_numbers.csv", "y,k\n0,0.1\n1,0.2\n0,0.2\n1,0.30000000000000004\n0,0.1\n1,12\n");
    for (level, near) in [
        ("0.3", "did you mean `0.30000000000000004`?"),
        ("0.21", "did you mean `0.2`?"),
        ("1.1e1", "did you mean `12`?"),
        ("-0.2", "no level `-0.2`; its levels are"),
        ("2", "no level `2`; its levels are"),
        ("x", "no level `x`; its levels are"),
    ] {
        let run = glm(&["fit", &data, "--response", "y", "--terms", &format!("factor(k, ref={level})")]);
        assert!(run.code == 2 && run.err.contains(near), "{level}: {}", run.err);
    }
}

/// Only a binomial response has a success.
#[test]
fn a_response_of_words_is_told_what_its_family_can_do() {
    let data = file("advice_words.csv", ROWS);
    let mixed = file("advice_mixed.csv", ROWS.replace("0,1,2,a", "no,1,2,a"));
    for memory in ["1G", "1"] {
        for family in ["gaussian", "poisson", "gamma", "binomial", "quasibinomial"] {
            for (data, response) in [(&data, "g"), (&mixed, "y")] {
                let options = ["--response", response, "--terms", "x", "--family", family, "--memory", memory];
                let run = glm(&[&["fit", data], &options[..]].concat());
                assert!(run.code == 2 && run.err.contains("is not a number; "), "{}", run.err);
                assert_eq!(run.err.contains("--success"), family.ends_with("binomial"), "{family}: {}", run.err);
            }
        }
    }
}

#[test]
fn starting_values_are_refused_without_the_sources_of_the_library() {
    let data = file("advice_start.csv", ROWS);
    for memory in ["1G", "1"] {
        let options = ["--terms", "x", "--family", "poisson", "--start", "500,500", "--memory", memory];
        let run = glm(&[&["fit", &data, "--response", "y"], &options[..]].concat());
        assert!(run.code == 1 && run.err.contains("at the starting values; give other ones"), "{}", run.err);
        assert!(!run.err.contains(".rs"), "{}", run.err);
    }
}

/// Before the fit: nothing is printed.
#[test]
fn pictures_need_a_folder() {
    let data = file("advice_pictures.csv", ROWS);
    for family in ["binomial", "multinomial"] {
        for place in [data.clone(), format!("{data}/pictures")] {
            let run = glm(&["fit", &data, "--response", "y", "--terms", "x", "--family", family, "--plots", &place]);
            assert!(run.code == 2 && run.out.is_empty(), "{family} {place}: {}{}", run.out, run.err);
            assert!(run.err.contains(&format!("{data}: is a file; name a folder")), "{}", run.err);
        }
    }
}

#[test]
fn predictions_of_a_fit_that_has_not_converged_are_told() {
    let (data, model) = (file("advice_stopped.csv", ROWS), scratch("advice_stopped.json"));
    for (iterations, code, is_told) in [("1", 1, true), ("50", 0, false)] {
        let options = ["--terms", "x", "--max-iterations", iterations, "--save", &model];
        assert_eq!(glm(&[&["fit", &data, "--response", "y"], &options[..]].concat()).code, code);
        let predicted = glm(&["predict", &model, &data]);
        assert_eq!((predicted.code, predicted.out.lines().count()), (0, 7), "{}", predicted.err);
        assert_eq!(predicted.err.contains("the saved fit is not converged"), is_told, "{}", predicted.err);
    }
}

#[test]
fn the_standard_input_has_one_name() {
    let model = scratch("advice_input.json");
    let fit =
        |rows: &str, more: &[&str]| glm_given(rows.as_bytes(), &[&["fit", "-", "--response", "y"], more].concat());
    assert_eq!(fit(ROWS, &["--terms", "x", "--save", &model]).code, 0);
    for run in [
        fit(ROWS, &["--terms", "q"]),
        fit(ROWS, &["--terms", "q", "--family", "multinomial"]),
        fit("y,x\n0,a\n1,b\n", &[]),
        fit("", &[]),
        glm_given(b"y,w\n0,1\n", &["predict", &model, "-"]),
        glm_given(b"y,x\n0,a\n", &["predict", &model, "-"]),
        glm_given(b"y,x\n0,\n", &["predict", &model, "-", "--na", "omit"]),
        glm_given(b"y,x\n0,1e400\n", &["predict", &model, "-"]),
    ] {
        assert!(run.code == 2 && run.err.starts_with("glm: standard input"), "{}", run.err);
    }
}
