//! A file of a million rows.

use crate::run::{assert_close, file, glm, of_coefficients};

/// Three columns whose every combination comes equally often: the mean of each group is known exactly.
#[test]
fn a_million_rows_are_read_and_fitted() {
    let mut text = String::from("y,x,g\n");
    for row in 0..1_000_000 {
        text.push_str(match row % 8 {
            0 => "0,0,a\n",
            1 => "1,0,a\n",
            2 => "0,1,a\n",
            3 => "1,1,a\n",
            4 => "0,0,b\n",
            5 => "0,1,b\n",
            6 => "1,1,b\n",
            _ => "0,0,b\n",
        });
    }
    let data = file("million.csv", text);
    let fit = glm(&["fit", &data, "--response", "y", "--json", "--family", "gaussian"]).json();
    assert_eq!(fit["n"], 1_000_000);
    // Least squares by hand: means 1/2, 1/2, 0 and 1/2 in the four groups of equal size.
    for (found, expected) in of_coefficients(&fit, "estimate").into_iter().zip([0.375, 0.25, -0.25]) {
        assert_close("coefficient", found, expected, 1e-9);
    }
    std::fs::remove_file(data).unwrap();
}
