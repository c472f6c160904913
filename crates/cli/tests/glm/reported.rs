//! Fits that people reported of other programs, each with the right values: of R 4.2, or of 60-digit arithmetic.

use crate::run::{assert_close, file, glm, names, of_coefficients, reference};
use serde_json::Value;

/// Fits one of the files.
fn run(name: &str, arguments: &str) -> crate::run::Run {
    let path = reference(&format!("reported/{name}.csv"));
    let words: Vec<&str> = arguments.split(' ').collect();
    glm(&[&["fit", &path], &words[..]].concat())
}

/// The object of `--json` of a fit that ends with this code.
fn fit(name: &str, arguments: &str, code: i32) -> Value {
    let run = run(name, &format!("{arguments} --json"));
    assert_eq!(run.code, code, "{name}: {}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

fn assert_estimates(fit: &Value, expected: &[f64], tolerance: f64) {
    let found = of_coefficients(fit, "estimate");
    assert_eq!(found.len(), expected.len(), "{fit}");
    for (name, (found, expected)) in names(fit).iter().zip(found.iter().zip(expected)) {
        assert_close(name, *found, *expected, tolerance);
    }
}

#[test]
fn a_maximum_in_the_interior_of_a_restricted_domain_is_found() {
    assert_estimates(&fit("logbin_interior", "--response y --link log", 0), &[0.39642, -0.482176], 2e-5);
    let infert = fit("infert_identity", "--response case --terms age,parity,spontaneous --link identity", 0);
    assert_estimates(&infert, &[0.159695, 0.0028911, -0.0250815, 0.246614], 2e-5);
}

#[test]
fn a_maximum_on_the_boundary_is_found_and_told() {
    let all_ones = run("logbin_group_all_1", "--response y --link log");
    assert_eq!(all_ones.code, 1, "{}", all_ones.err);
    assert!(all_ones.err.contains("on the boundary") && all_ones.err.contains("don't hold"), "{}", all_ones.err);
    let found = of_coefficients(&fit("logbin_group_all_1", "--response y --link log", 1), "estimate");
    assert_close("p of a", found[0].exp(), 1.0 / 3.0, 1e-6);
    assert_close("p of b", (found[0] + found[1]).exp(), 1.0, 1e-6);
    let mtcars = fit("mtcars", "--response am --terms wt --link identity", 1);
    assert!((mtcars["deviance"].as_f64().unwrap() / 2.0 - 14.81381).abs() < 1e-4, "{mtcars}");
    let crabs = run(
        "crabs",
        "--response Satellites --family poisson --link identity --terms ws,factor(Dark),factor(GoodSpine)",
    );
    assert_eq!(crabs.code, 1, "{}", crabs.err);
    assert!(crabs.err.contains("on the boundary"), "{}", crabs.err);
}

#[test]
fn separation_under_a_log_link_names_the_column() {
    let run = run("logbin_group_all_0", "--response y --link log");
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.contains("separation") && run.err.contains("`gb`"), "{}", run.err);
}

/// R's `glm` stops at these figures, too: there the square of a mean overflows.
#[test]
fn a_fit_at_the_end_of_the_numbers_is_on_the_boundary() {
    let arguments = "--response brain --family inverse-gaussian --link log";
    let mammals = run("mammals_ig_log", arguments);
    assert!(mammals.err.contains("on the boundary"), "{}", mammals.err);
    assert_estimates(&fit("mammals_ig_log", arguments, 1), &[2.66003, 0.0529353], 2e-6);
}

#[test]
fn an_empty_cell_is_aliased_and_told() {
    let empty = run("empty_cell", "--response y --family poisson --terms a*b");
    assert_eq!(empty.code, 0, "{}", empty.err);
    assert!(empty.out.contains("there is no coefficient): aq:bv"), "{}", empty.out);
}

/// R's error is of the weights before its last step: the file with centred times gives ours.
#[test]
fn a_time_in_seconds_is_no_constant() {
    let (raw, centred) =
        (fit("timestamps_15min", "--response y", 0), fit("timestamps_15min_centred", "--response y", 0));
    for (key, r, tolerance) in [("estimate", 0.0047305055, 1e-7), ("std_error", 0.0013407268, 1e-5)] {
        let slope = of_coefficients(&raw, key)[1];
        assert_close(key, slope, r, tolerance);
        assert_close(key, slope, of_coefficients(&centred, key)[1], 1e-8);
    }
}

#[test]
fn likelihoods_of_a_negative_binomial_that_is_almost_poisson_keep_their_digits() {
    let oring = fit("oring_erosion", "--response Erosion --family negative-binomial --dispersion 1e-15", 0);
    assert_close("log-likelihood", oring["log_likelihood"].as_f64().unwrap(), -16.0305, 1e-5);
    assert_close("aic", oring["aic"].as_f64().unwrap(), 36.061, 1e-5);
}

#[test]
fn all_cells_decide_what_a_column_is() {
    let comma = run("decimal_comma", "--response y --delimiter ;");
    assert_eq!(comma.code, 2);
    assert!(comma.err.contains("line 2, column `dose`: `3,5` is not a number") && comma.err.contains("decimal point"));
    fit("decimal_comma", "--response y --decimal ,", 0);
    for (name, line) in [("question_mark_first", "line 2"), ("question_mark_last", "line ")] {
        let run = run(name, "--response y");
        assert_eq!(run.code, 2, "{name}");
        assert!(run.err.contains(line) && run.err.contains("`?` is not a number"), "{}", run.err);
    }
    let spellings = fit("factor_spellings", "--response y --terms factor(f) --ridge 1", 0);
    assert_eq!(names(&spellings), ["(Intercept)", "factor(f)2"]);
}

#[test]
fn models_with_a_coefficient_for_each_row_are_fitted() {
    let deaths = fit("one_row_per_level", "--response deaths --weights pop --terms age", 0);
    assert_estimates(&deaths, &[-3.89182, 0.947381, 1.80108], 1e-5);
}

#[test]
fn counts_that_are_all_0_have_no_maximum() {
    let run = run("pois_allzero", "--response y --family poisson --terms 1");
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.contains("counts are 0"), "{}", run.err);
}

#[test]
fn a_mean_of_0_is_in_the_domain_of_the_square_root() {
    let fit = fit("noint_pois_sqrt", "--response y --family poisson --link sqrt --no-intercept", 0);
    assert_close("slope", of_coefficients(&fit, "estimate")[0], (92.0f64 / 91.0).sqrt(), 1e-9);
}

#[test]
fn a_perfect_fit_says_so() {
    let data = crate::run::file("two_rows.csv", "y,x\n1,1\n2,2\n");
    let fit = glm(&["fit", &data, "--response", "y", "--family", "gaussian", "--json"]);
    assert_eq!(fit.code, 0, "{}", fit.err);
    let page = glm(&["fit", &data, "--response", "y", "--family", "gaussian"]);
    assert!(page.out.contains("can't be estimated") && !page.out.contains("AIC: NaN"), "{}", page.out);
}

#[test]
fn more_columns_than_rows_are_told_in_a_screen() {
    let cell = |row: usize, column: usize| ((row * (2 * column + 3) + row * row * (column + 1)) % 89) as f64;
    let header: String = (0..800).map(|column| format!(",x{column}")).collect();
    let row = |row: usize| (0..800).map(|column| format!(",{}", cell(row, column))).collect::<String>();
    let rows: String = (0..50).map(|number| format!("{}{}\n", number % 2, row(number))).collect();
    let run = glm(&["fit", &crate::run::file("p_over_n.csv", format!("y{header}\n{rows}")), "--response", "y"]);
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("801 coefficients, but only 50 rows")
            && run.err.contains("`x49` is a combination of")
            && run.err.len() < 2_000,
        "{}",
        run.err
    );
}

/// What has no maximum ends with 1, and says why.
#[test]
fn means_at_zero_and_a_theta_at_infinity_are_told() {
    let run = glm(&[
        "fit",
        &file("below_zero.csv", "y,g\n-1,a\n-2,a\n3,b\n4,b\n5,b\n"),
        "--response",
        "y",
        "--family",
        "gaussian",
        "--link",
        "log",
    ]);
    assert!(run.code == 1 && run.err.contains("means of 2 rows") && run.err.contains("`gb`"), "{}", run.err);
    let even = file("even_counts.csv", "y,x\n3,1\n4,2\n3,3\n5,4\n4,5\n3,6\n4,7\n5,8\n");
    let run = glm(&["fit", &even, "--response", "y", "--family", "negative-binomial", "--dispersion", "estimate"]);
    assert!(run.code == 1 && run.err.contains("θ would have to be infinite"), "{}", run.err);
}

#[test]
fn rows_without_weight_and_responses_of_any_size_are_no_fit_of_zeros() {
    let none = file("no_weight.csv", "y,w,x\n1,0,7\n3,0,8\n2,0,7\n5,0,6\n");
    let run = glm(&["fit", &none, "--response", "y", "--weights", "w", "--family", "gaussian"]);
    assert!(run.code == 2 && run.err.contains("none with a positive weight"), "{}", run.err);
    // The squares of these responses underflow.
    let tiny = file("tiny_responses.csv", "y,x\n1e-300,1\n2e-300,2\n4e-300,3\n9e-300,4\n");
    let fit = glm(&["fit", &tiny, "--response", "y", "--family", "gaussian", "--json"]).json();
    for (key, expected) in
        [("estimate", [-2.5e-300, 2.6e-300]), ("std_error", [1.774823934929885e-300, 6.480740698407861e-301])]
    {
        for (found, expected) in of_coefficients(&fit, key).into_iter().zip(expected) {
            assert_close(key, found, expected, 1e-12);
        }
    }
    let full = file("a_level_a_row.csv", "y,x\n1,a\n2,b\n3,c\n");
    let run = glm(&["fit", &full, "--response", "y", "--family", "gaussian", "--terms", "x"]);
    let lines: Vec<&str> = run.out.lines().filter(|line| line.contains("NaN")).collect();
    assert!(run.code == 0 && lines.len() == 3 && lines.iter().all(|line| !line.contains("inf")), "{}", run.out);
}
