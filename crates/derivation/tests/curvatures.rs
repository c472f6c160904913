//! Second derivatives of losses that aren't in textbooks' tables, as they are printed, and what they are equal to.

use autodiff::{Tape, Var};
use derivation::{Derivation, derive, derive_all};
use ndarray::{ArrayD, arr1, arr2};

fn derived(loss: Var<'_, f64>, by: Var<'_, f64>) -> Derivation {
    derive(loss, by).expect("a derivation").with_hessian(0).expect("a Hessian")
}

fn entropy<'t>(y: Var<'t, f64>, p: Var<'t, f64>) -> Var<'t, f64> {
    -(y * p.ln() + (1.0 - y) * (1.0 - p).ln()).sum()
}

/// All forms of the curvature, and what is said of the last one.
fn forms(derivation: &Derivation) -> (Vec<String>, Option<String>) {
    let section = derivation.sections().iter().find(|section| section.title == "Curvature").expect("the section");
    let steps = &section.lines[0].steps;
    (steps.iter().map(|step| step.formula.text()).collect(), steps.last().and_then(|step| step.note.clone()))
}

/// The last form of a section's last line.
fn last_form(derivation: &Derivation, title: &str) -> String {
    let section = derivation.sections().iter().find(|section| section.title == title).expect("the section");
    section.lines.last().and_then(|line| line.steps.last()).expect("a step").formula.text()
}

#[track_caller]
fn curvature(loss: Var<'_, f64>, by: Var<'_, f64>, printed: &str) {
    let derivation = derived(loss, by);
    assert_eq!(last_form(&derivation, "Curvature"), printed, "{derivation}");
}

#[test]
fn by_a_number_it_is_a_number() {
    let tape = Tape::<f64>::new();
    let y = tape.rows("y", &[]);
    let [m, k, v] = ["m", "k", "v"].map(|name| tape.input(name, &[]));
    let density = |mean| (-0.5 * (y - mean).powi(2)).exp();
    let slope = "(m − y) σ(½(y − k)² − ½(y − m)²)";
    let mixture = -(density(m) + density(k)).ln().sum();
    assert_eq!(last_form(&derived(mixture, m), "One observation"), slope);
    let derivation = derived((y - v * (-k * y).exp()).powi(2).sum(), v);
    assert_eq!(last_form(&derivation, "Curvature"), "2 Σ exp(−2ky)");
    let values = [("y", arr1(&[0.5, -1.0]).into_dyn()), ("k", number(0.5)), ("v", number(3.0))];
    let found = derivation.hessian_value(0, &values).expect("a value");
    let known = 2.0 * ((-0.5f64).exp() + 1f64.exp());
    assert!((found.sum() - known).abs() < 1e-14 * known, "{found}");
    assert!(!derived(mixture, m).to_string().contains("diag"));
}

fn number(x: f64) -> ArrayD<f64> {
    ndarray::arr0(x).into_dyn()
}

#[test]
fn a_choice_is_a_weight() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let s = tape.input("s", &[]);
    let eta = x.linear(theta);
    let either = y.gt(0.0).select(0.5 * ((y - eta) / s).powi(2), eta.exp());
    curvature(either.sum(), theta, "Xᵀ diag({1/s² if y > 0, else μ}) X");
    let scaled = s * y.gt(0.0).select(eta.cosh(), y * eta.powi(2));
    curvature(scaled.sum(), theta, "sXᵀ diag({cosh(η) if y > 0, else 2y}) X");
    curvature(y.gt(0.0).select(eta, eta.exp()).sum(), theta, "Xᵀ diag(μ(1 − [y > 0])) X");
}

#[test]
fn sums_of_one_vector_have_rows() {
    let tape = Tape::<f64>::new();
    let (theta, m, a) = (tape.input("theta", &[2]), tape.input("m", &[2]), tape.input("A", &[2, 2]));
    let exponentials = m.dot(theta) * a.dot(theta).exp().sum();
    let derivation = derived(exponentials, theta);
    let printed = "Aᵀ diag(exp(η)) (𝟏 mᵀ + (θᵀm)A) + m (Aᵀ exp(η))ᵀ";
    assert_eq!(last_form(&derivation, "Curvature"), printed, "{derivation}");
    assert_eq!(last_form(&derivation, "All observations"), "(θᵀm)Aᵀ exp(Aθ) + m Σ exp(Aθ)");
    let ratio = m.dot(theta) / theta.dot(a.dot(theta)).sqrt();
    let derivation = derived(ratio, theta);
    assert!(!derivation.to_string().contains('𝟏'), "{derivation}");

    let (at, means, matrix) = (arr1(&[0.5, -0.25]), arr1(&[1.0, 2.0]), arr2(&[[2.0, 0.5], [0.25, 1.0]]));
    let values = [("theta", at.clone().into_dyn()), ("m", means.clone().into_dyn()), ("A", matrix.clone().into_dyn())];
    for loss in [exponentials, ratio] {
        let found = derived(loss, theta).hessian_value(0, &values).expect("a value");
        let program = tape.compile(&[loss.hessian(theta)]).expect("a program");
        let bound = [autodiff::bind("theta", &at), autodiff::bind("m", &means), autodiff::bind("A", &matrix)];
        let known = program.run(&bound).expect("a run").matrix(0).expect("a Hessian").to_owned().into_dyn();
        let difference = (&found - &known).mapv(f64::abs).sum();
        assert!(difference < 1e-12, "{found} {known}");
    }
}

#[test]
fn brackets_stand_where_they_change_something() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let eta = x.linear(theta);
    let hinge = (1.0 - y * eta).maximum(0.0).powi(2).sum();
    let derivation = derived(hinge, theta);
    assert_eq!(last_form(&derivation, "All observations"), "−2Xᵀ(y ⊙ max(1 − y ⊙ (Xθ), 0))");
    curvature(hinge, theta, "2Xᵀ diag(y² [1 − yη > 0]) X");
    let r = (y - eta).abs();
    let huber = r.lt(1.0).select(0.5 * r * r, r - 0.5).sum();
    let slope = "−Xᵀ·{y − Xθ if |y − Xθ| < 1, else sign(y − Xθ)}";
    assert_eq!(last_form(&derived(huber, theta), "All observations"), slope);
    curvature(huber, theta, "Xᵀ diag([|r| < 1]) X");
}

#[test]
fn signs_are_moved_inside() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let (a, lambda) = (tape.input("a", &[]), tape.input("lambda", &[]));
    let r = (x.linear(theta) - y).named("r");
    let linex = ((a * r).exp() - a * r).sum();
    assert_eq!(last_form(&derived(linex, theta), "All observations"), "aXᵀ(exp(a(Xθ − y)) − 1)");
    let p = x.linear(theta).sigmoid();
    let entropy = -(y * p.ln() + (1.0 - y) * (1.0 - p).ln()).sum() + 0.5 * lambda * theta.powi(2).sum();
    let printed = derived(entropy, theta).to_string();
    assert!(printed.contains("L = −Σ [y ln π + (1 − y) ln(1 − π)] + ½λ ‖θ‖²"), "{printed}");
}

/// A weight is short where labels are 0 or 1: it is said so, after the form that holds for all.
#[test]
fn labels_are_0_or_1() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let eta = x.linear(theta);
    let cases = [
        (entropy(y, eta.norm_cdf()), "Xᵀ diag(δ(δ − η)) X", "with δ = ∂ℓ/∂η, where each y is 0 or 1"),
        (entropy(y, 1.0 - (-eta.exp()).exp()), "Xᵀ diag(δ(1 + δ − μ)) X", "with δ = ∂ℓ/∂η, where each y is 0 or 1"),
        ((1.0 + ((1.0 - 2.0 * y) * eta).exp()).ln().sum(), "Xᵀ diag(σ(η)(1 − σ(η))) X", "where each y is 0 or 1"),
    ];
    let (data, at) = (arr2(&[[1.0, 0.5], [1.0, -2.0], [1.0, 1.0]]), arr1(&[0.25, 0.75]));
    let labels = arr1(&[1.0, 0.0, 0.0]);
    let values = [("X", data.clone().into_dyn()), ("y", labels.clone().into_dyn()), ("theta", at.clone().into_dyn())];
    for (loss, short, note) in cases {
        let derivation = derived(loss, theta);
        let (forms, said) = forms(&derivation);
        assert_eq!((forms.len(), forms[1].as_str(), said.as_deref()), (2, short, Some(note)), "{derivation}");

        // What the short form says, by the value of the long one: the weights, from the slopes.
        let program = tape.compile(&[loss.grad(eta)]).expect("a program");
        let bound = [autodiff::bind("X", &data), autodiff::bind("y", &labels), autodiff::bind("theta", &at)];
        let run = program.run(&bound).expect("a run");
        let (slope, linear) = (run.vector(0).expect("slopes").to_owned(), data.dot(&at));
        let sigmoid = linear.mapv(|z| 1.0 / (1.0 + (-z).exp()));
        let weight = match short {
            _ if short.contains('μ') => &slope * &(1.0 + &slope - linear.exp()),
            _ if short.contains('δ') => &slope * &(&slope - &linear),
            _ => &sigmoid * &(1.0 - &sigmoid),
        };
        let known = data.t().dot(&(&data * &weight.insert_axis(ndarray::Axis(1)))).into_dyn();
        let found = derivation.hessian_value(0, &values).expect("a value");
        assert!((&found - &known).mapv(f64::abs).sum() < 1e-13, "{found} {known}");
    }
    // Where labels may be anything, or the form is as short without, nothing is assumed.
    let counts = (eta.exp() - y * eta).sum();
    let hazard = ((eta - y).exp() - y * (eta - y)).sum();
    for loss in [entropy(y, eta.sigmoid()), counts, hazard, (y - eta).powi(2).sum(), (y - eta).cosh().ln().sum()] {
        let (forms, said) = forms(&derived(loss, theta));
        assert_eq!((forms.len(), said), (1, None), "{forms:?}");
    }
}

#[test]
fn powers_of_pi_are_written_by_it() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let p = 0.5 + x.linear(theta).atan() / std::f64::consts::PI;
    let printed = derived(entropy(y, p), theta).to_string();
    assert!(printed.contains("π²") && !printed.contains("0."), "{printed}");
}

/// The Hessian by a layer has a line for each change on the way, however many layers there are.
#[test]
fn curvatures_of_networks_are_written_change_by_change() {
    let tape = Tape::<f64>::new();
    let (x, y, v) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("v", &[3]));
    let weights = [("W1", &[2, 3]), ("W2", &[3, 3]), ("W3", &[3, 3])].map(|(name, shape)| tape.input(name, shape));
    let last = weights.iter().fold(x, |layer, &weights| layer.dot(weights).tanh());
    let loss = (y - last.linear(v)).powi(2).mean();
    let derivation = derive_all(loss, &weights).expect("a derivation").with_hessian(0).expect("a Hessian");
    let section = derivation.sections().last().expect("a section");
    assert_eq!(section.lines.len(), 12, "{derivation}");
    let text = derivation.to_string();
    let curvature = text.split("Curvature\n").nth(1).expect("a section");
    for line in [
        "  dZ₁ = XV    where W₁ changes by V",
        "  dA₁ = dZ₁ ⊙ (1 − A₁²)",
        "  dδ₃ = (1 − A₃²) ⊙ (dδ₄ vᵀ) − 2A₃ ⊙ dA₃ ⊙ (δ₄ vᵀ)",
        "  dδ₁ = (1 − A₁²) ⊙ (dδ₂·W₂ᵀ) − 2A₁ ⊙ dA₁ ⊙ (δ₂W₂ᵀ)",
        "  ∇²L[V] = (1/n)·Xᵀ·dδ₁",
    ] {
        assert!(curvature.lines().any(|printed| printed == line), "{curvature}");
    }
    assert!(curvature.lines().all(|line| line.chars().count() < 60), "{curvature}");
}
