//! Losses that are functions of sums over the observations, as their derivations are written.

use autodiff::{Tape, Var};
use derivation::{Derivation, derive_all};

fn titles(derivation: &Derivation) -> Vec<&str> {
    derivation.sections().iter().map(|section| section.title.as_str()).collect()
}

/// Each line stands in the derivation, in this order.
fn has_lines(loss: Var<'_, f64>, by: &[Var<'_, f64>], lines: &[&str]) {
    let derivation = derive_all(loss, by).expect("a derivation");
    let printed = derivation.to_string();
    let mut rest = printed.as_str();
    for line in lines {
        let place = rest.find(line).unwrap_or_else(|| panic!("no {line} in its place in\n{printed}"));
        rest = &rest[place + line.len()..];
    }
}

#[test]
fn sums_are_derived_one_by_one_then_the_loss_by_them() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (theta, s) = (tape.input("theta", &[2]), tape.input("s", &[]));
    let eta = x.linear(theta);
    let r = y - eta;
    let root = r.powi(2).mean().sqrt() + s * theta.powi(2).sum();
    let lines = [
        "= s ‖θ‖² + √(S/n)\n",
        "  S = Σ (y − η)²\n",
        "  i = the place of an observation\n",
        "One observation of S\n  Sᵢ = (y − η)²\n  ∂Sᵢ/∂η = 2(η − y)    (x²)′ = 2x\n",
        "= 2(η − y)x\n\nAll observations of S\n  ∂S/∂θ = 2Xᵀ(η − y)\n\nAll observations\n",
        "  ∂L/∂S = 1/(2n √(S/n))    (xᵏ)′ = k·xᵏ⁻¹\n",
        "  ∂L/∂θ = ∂L/∂S · ∂S/∂θ + 2sθ\n        = (1/(n √(S/n)))·Xᵀ(η − y) + 2sθ\n",
        "  ∂L/∂s = ‖θ‖²\n",
    ];
    has_lines(root, &[theta, s], &lines);
    let lines = [
        "  L = S/T\n",
        "  T = Σ r²\n  S = Σ ry\n",
        "  ∂S/∂θ = −Xᵀy\n",
        "  ∂T/∂θ = −2Xᵀr\n",
        "  ∂L/∂S = 1/T\n  ∂L/∂T = −S/T²    (1/x)′ = −1/x²\n",
        "  ∇L = ∂L/∂S · ∂S/∂θ + ∂L/∂T · ∂T/∂θ\n     = (1/T²)·Xᵀ(2Sr − Ty)\n",
    ];
    has_lines((r * y).sum() / r.powi(2).sum(), &[theta], &lines);
    let mean = r.powi(2).mean().named("mse");
    let lines = ["  L = √mse\n  mse = (1/n)·Σ (y − η)²\n", "  ∂mse/∂θ = (2/n)·Xᵀ(η − y)\n", "∇L = ∂L/∂mse · ∂mse/∂θ\n"];
    has_lines(mean.sqrt(), &[theta], &lines);
    // The user's name, and letters that aren't the user's.
    let named = r.powi(2).sum().named("loss_sum");
    has_lines(named.ln(), &[theta], &["L = ln loss_sum\n", "∂L/∂loss_sum = 1/loss_sum"]);
    let taken = tape.rows("S", &[]);
    has_lines((taken * eta).exp().sum().ln(), &[theta], &["  L = ln T\n  T = Σ exp(Sη)\n"]);
}

/// A sum of exponentials below a sum that has them is a softmax, under the sum's name or written out.
#[test]
fn quotients_by_sums_of_exponentials_are_a_softmax() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (theta, s) = (tape.input("theta", &[2]), tape.input("s", &[]));
    let eta = x.linear(theta);
    has_lines(eta.exp().sum().ln(), &[theta], &["(1/S)·Xᵀ exp(η)\n     = Xᵀ softmaxₐₗₗ(Xθ)\n"]);
    has_lines(eta.exp().sum().ln() - (y * eta).sum(), &[theta], &["= Xᵀ(softmaxₐₗₗ(Xθ) − y)\n"]);
    let mean = ((y - eta) * s).exp().mean().ln() / s;
    has_lines(
        mean,
        &[theta, s],
        &["= −Xᵀ softmaxₐₗₗ(s(y − Xθ))\n", "= (1/s)·Σ (y − xᵀθ)·exp(s(y − xᵀθ))/(Σ exp(s(y − xᵀθ))) − "],
    );
}

/// No section of a sum where the loss is no function of sums alone, or its layers have adjoints of the loss.
#[test]
fn other_losses_have_no_sections_of_sums() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (theta, w, v) = (tape.input("theta", &[2]), tape.input("W", &[2, 3]), tape.input("v", &[3]));
    let r = y - x.linear(theta);
    for (loss, by) in [
        ((r - r.mean()).powi(2).sum(), theta),
        ((y - x.dot(w).tanh().linear(v)).powi(2).mean().sqrt(), w),
        (theta.powi(2).sum().sqrt(), theta),
        ((r.powi(2).sum() - r).powi(2).sum().sqrt(), theta),
    ] {
        let derivation = derive_all(loss, &[by]).expect("a derivation");
        assert!(!titles(&derivation).iter().any(|title| title.contains(" of ")), "{derivation}");
    }
    let derivation = derive_all(r.powi(2).sum(), &[theta]).expect("a derivation");
    assert_eq!(titles(&derivation), ["The loss", "Letters", "One observation", "All observations"]);
}

/// What is cut off is said, and the digits before it are those of the number: 0.00064162398… is not 0.000641624.
#[test]
fn numbers_that_are_cut_off_end_in_an_ellipsis() {
    let tape = Tape::<f64>::new();
    let (y, theta) = (tape.rows("y", &[]), tape.input("theta", &[]));
    let derived = |factor: f64| derive_all(factor * (y * theta).sum(), &[theta]).expect("a derivation");
    for (factor, text, latex) in [
        (0.000641623987654321, "0.000641623…", "0.000641623\\ldots"),
        (1.23456789e-9, "1.23456…·10⁻⁹", "1.23456\\ldots"),
        (0.1234567, "0.1234567 ", "0.1234567"),
        (31.0 * std::f64::consts::LN_2, "31 ln 2", "31"),
        (987654321.5, "9.87654…·10⁸", "9.87654\\ldots"),
    ] {
        let derivation = derived(factor);
        assert!(derivation.to_string().contains(text), "{factor}: {derivation}");
        let tex = derivation.latex();
        assert!(tex.contains(latex) && !tex.contains('…'), "{factor}: {tex}");
        assert_eq!(text.contains('…'), derivation.mathml().contains("…</mn>"), "{derivation}");
    }
}
