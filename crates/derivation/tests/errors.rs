//! Errors name the line of the user's that made them, and no file of the library.

use autodiff::Tape;
use derivation::{derive, derive_all};
use ndarray::{arr0, arr1};

#[test]
fn variables_of_another_tape_are_refused_at_the_users_line() {
    let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let (a, b) = (tape.input("a", &[]), other.input("b", &[]));
    let loss = a * a;
    let errors = [(line!(), derive(loss, b)), (line!(), derive_all(loss, &[a, b])), (line!(), derive(b.exp(), a))];
    for (line, result) in errors {
        let error = result.expect_err("two tapes").to_string();
        assert!(error.contains(&format!("{}:{line}:", file!())), "{error}");
    }
}

#[test]
fn values_that_do_not_fit_are_named() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let derivation = derive((y - x.linear(theta)).powi(2).sum(), theta).expect("a derivation");
    let rows = ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]]).into_dyn();
    let values = |theta, y| [("X", rows.clone()), ("theta", theta), ("y", y)];
    let (fits, three) = (arr1(&[1.0, 2.0]).into_dyn(), arr1(&[1.0, 2.0, 3.0]).into_dyn());
    for (name, values) in [
        ("theta", values(three.clone(), fits.clone())),
        ("theta", values(arr0(1.0).into_dyn(), fits.clone())),
        ("y", values(fits, three)),
    ] {
        let error = derivation.gradient_value(0, &values).expect_err("a value that doesn't fit").to_string();
        assert!(error.contains(&format!("`{name}`")) && !error.contains(".rs:"), "{name}: {error}");
    }
}
