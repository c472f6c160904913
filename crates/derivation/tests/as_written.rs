//! A derivation begins with the loss as the user wrote it: in its order, with its names, nothing cancelled.

use autodiff::{Tape, Var};
use derivation::{Derivation, derive_all};

/// The steps of a line, by what stands on its left.
fn steps(derivation: &Derivation, left: &str) -> Vec<String> {
    let lines = derivation.sections().iter().flat_map(|section| &section.lines);
    let line = lines.into_iter().find(|line| line.left.text() == left);
    let line = line.unwrap_or_else(|| panic!("no {left} in\n{derivation}"));
    line.steps.iter().map(|step| step.formula.text()).collect()
}

fn derived(loss: Var<'_, f64>, by: Var<'_, f64>) -> Derivation {
    derive_all(loss, &[by]).expect("a derivation")
}

#[test]
fn terms_and_factors_keep_their_order() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let eta = x.linear(theta).named("eta");
    for (loss, written) in [
        (((2.0 * y - 1.0) * eta).sum(), "(2y − 1)η"),
        ((eta * (2.0 * y - 1.0)).sum(), "η(2y − 1)"),
        ((1.0 + (-(2.0 * y - 1.0) * eta).exp()).ln().sum(), "ln(1 + exp(−(2y − 1)η))"),
        ((eta.tanh() - y * eta).sum(), "a − yη"),
        ((-(y * eta) + eta.tanh()).sum(), "−yη + a"),
        ((eta - y).powi(2).sum(), "(η − y)²"),
        (((eta - y).powi(2) / 2.0).sum(), "½(η − y)²"),
        ((y / (2.0 * eta)).sum(), "y/(2η)"),
        ((-(y + eta)).sum(), "−(y + η)"),
        ((3.0 - eta).tanh().sum(), "tanh(3 − η)"),
        ((eta - 3.0).sigmoid().sum(), "σ(η − 3)"),
        ((y - (eta + 1.0)).abs().sum(), "|y − (η + 1)|"),
        // Not a part of what the logarithm is of.
        ((y * eta.ln() * (1.0 - eta)).sum(), "y ln η·(1 − η)"),
        ((eta.ln() * (1.0 - y)).sum(), "ln η·(1 − y)"),
        (((1.0 - eta).ln() * (y + 1.0)).sum(), "ln(1 − η)(y + 1)"),
        (((y + 2.0).lgamma() * (eta + 1.0)).sum(), "ln Γ(y + 2)·(η + 1)"),
        ((std::f64::consts::LN_2 * (eta + y)).sum(), "ln 2·(η + y)"),
        ((1e-9 * (y - eta).powi(2)).sum(), "10⁻⁹(y − η)²"),
        ((2.5e-7 * eta).sum(), "2.5·10⁻⁷η"),
    ] {
        let derivation = derived(loss, theta);
        assert_eq!(steps(&derivation, "ℓ")[0], written, "{derivation}");
    }
}

/// What is shown second is what the derivation goes on with, if that is another formula.
#[test]
fn what_cancels_is_seen_to_cancel() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let eta = x.linear(theta).named("eta");
    for (loss, both) in [
        ((y - eta.ln().exp()).powi(2).sum(), &["(y − exp(ln η))²", "(y − η)²"][..]),
        ((eta.exp() - y * eta.exp().ln()).sum(), &["μ − y ln μ", "μ − yη"]),
        ((y * eta + y * eta).sum(), &["yη + yη"]),
        ((y * eta / y).sum(), &["yη/y", "η"]),
        ((y - eta).powi(2).sum(), &["(y − η)²"]),
    ] {
        let derivation = derived(loss, theta);
        assert_eq!(steps(&derivation, "ℓ"), both, "{derivation}");
    }
    let (labels, b) = (tape.rows("Y", &[3]), tape.input("B", &[2, 3]));
    let odds = x.dot(b).exp();
    let shares = (odds / odds.sum_axes(&[1]).insert_axis(1)).named("P");
    let derivation = derived(-(labels * shares.ln()).sum(), b);
    assert_eq!(steps(&derivation, "pₖ"), ["exp(zₖ)/(Σⱼ exp(zⱼ))", "softmax(z)ₖ"], "{derivation}");
}

/// A number that has a name keeps it: in the loss, in the gradient, and in the gradient's value.
#[test]
fn numbers_with_names_keep_them() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.variable("theta", &[0.5, -1.0]));
    let lambda = (tape.number(0.2) / 2.0).named("lambda");
    let loss = (y - x.linear(theta)).powi(2).sum() + lambda * (theta * theta).sum();
    let derivation = derived(loss, theta);
    assert_eq!(steps(&derivation, "L"), ["Σ (y − η)² + λ ‖θ‖²"], "{derivation}");
    assert_eq!(steps(&derivation, "λ"), ["0.1"], "{derivation}");
    assert_eq!(steps(&derivation, "∇L").last().expect("a gradient"), "2(Xᵀ(Xθ − y) + λθ)", "{derivation}");
    let arrays = [
        ("X", ndarray::arr2(&[[1.0, 0.5], [1.0, -2.0]]).into_dyn()),
        ("y", ndarray::arr1(&[0.25, 1.5]).into_dyn()),
        ("theta", ndarray::arr1(&[0.5, -1.0]).into_dyn()),
    ];
    let found = derivation.gradient_value(0, &arrays).expect("a value");
    tape.set_values(&[x.bind(&arrays[0].1), y.bind(&arrays[1].1)]).expect("values");
    let engine = loss.grad(theta).value().expect("a value");
    assert!(found.iter().zip(&engine).all(|(a, b)| (a - b).abs() < 1e-14), "{found} {engine}");
}
