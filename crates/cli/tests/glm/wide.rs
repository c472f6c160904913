//! Designs of very many columns: an answer, or an error that says how large it would be.

use crate::run::{file, glm};

/// Rows of ones and zeros, and of numbers that no pattern fits.
fn data(rows: usize, columns: usize) -> String {
    let cell = |row: usize, column: usize| ((row * (2 * column + 3) + row * row * (column + 1)) % 89) as f64 / 40.0;
    let names: String = (0..columns).map(|column| format!(",x{column}")).collect();
    let row = |row: usize| (0..columns).map(|column| format!(",{}", cell(row, column))).collect::<String>();
    format!("y{names}\n") + &(0..rows).map(|number| format!("{}{}\n", number % 2, row(number))).collect::<String>()
}

#[test]
fn products_without_number_are_refused_before_they_are_made() {
    let path = file("products.csv", data(20, 60));
    for (columns, bytes) in [(15, "8589410312 bytes"), (60, "18446744073709551615 bytes")] {
        let terms = (0..columns).map(|column| format!("x{column}")).collect::<Vec<_>>().join("*");
        let run = glm(&["fit", &path, "--response", "y", "--ridge", "1", "--terms", &terms]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
        assert!(run.err.contains(bytes) && run.err.contains("second derivatives"), "{}", run.err);
    }
}

#[test]
fn a_header_of_very_many_columns_is_refused_by_the_size_of_the_model() {
    let names: String = (0..200_000).map(|column| format!(",x{column}")).collect();
    let run = glm(&["fit", &file("columns.csv", format!("y{names}\n0{}\n", ",1".repeat(200_000))), "--response", "y"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("of 200000 parameters would take 320000000000 bytes"), "{}", run.err);
}

#[test]
fn all_products_of_thirteen_columns_are_refused_by_their_size() {
    let path = file("thirteen.csv", data(40, 13));
    let terms = (0..13).map(|column| format!("x{column}")).collect::<Vec<_>>().join("*");
    for ridge in ["0", "1"] {
        let run = glm(&["fit", &path, "--response", "y", "--terms", &terms, "--ridge", ridge]);
        assert_ne!(run.code, 0);
        assert!(run.err.contains("8191 parameters would take 536739848 bytes"), "{}", run.err);
    }
}

#[test]
fn a_factor_of_very_many_levels_is_fitted() {
    let rows: String = (0..3_000).map(|row| format!("{}.{},l{}\n", row % 7, row * row % 11, row % 1_000)).collect();
    let path = file("levels_1000.csv", format!("y,g\n{rows}"));
    let fit = glm(&["fit", &path, "--response", "y", "--family", "gaussian", "--json"]).json();
    assert_eq!(fit["coefficients"].as_array().unwrap().len(), 1_000);
}
