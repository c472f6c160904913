//! What is printed of the losses that textbooks derive, to the letter: their closed forms here, the whole derivations as text, LaTeX and
//! MathML in the files of `printed/`. `REWRITE=1 cargo test -p derivation --test printed` writes the files anew, to be read before they are kept.

use autodiff::{Tape, Var};
use derivation::{Derivation, derive_all};
use std::path::Path;

/// A loss as it is recorded, and what its derivation says.
struct Case<'t> {
    name: &'static str,
    loss: Var<'t, f64>,
    by: Vec<Var<'t, f64>>,
    /// What one observation adds to the gradient: how the line ends.
    one: &'static str,
    /// The gradient by each parameter; how the line, and the steps after it, end.
    all: &'static [&'static str],
    /// The Hessian by the first parameter.
    curvature: Option<&'static str>,
}

/// The negative log-likelihood of labels, as one writes it.
fn log_loss<'t>(y: Var<'t, f64>, p: Var<'t, f64>) -> Var<'t, f64> {
    -(y * p.ln() + (1.0 - y) * (1.0 - p).ln()).sum()
}

fn cases(tape: &Tape<f64>) -> Vec<Case<'_>> {
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let (labels, b) = (tape.rows("Y", &[3]), tape.input("B", &[2, 3]));
    let (lambda, delta) = (tape.input("lambda", &[]), tape.input("delta", &[]));
    let eta = x.linear(theta);
    let case = |name, loss, one, all, curvature| Case { name, loss, by: vec![theta], one, all, curvature };
    let weighted = "Xᵀ diag(π(1 − π)) X";
    let mut cases = vec![
        case("logistic", log_loss(y, eta.sigmoid()), "(π − y)x", &["Xᵀ(σ(Xθ) − y)"], Some(weighted)),
        case(
            "logistic_by_hand",
            log_loss(y, 1.0 / (1.0 + (-eta).exp())),
            "(π − y)x",
            &["Xᵀ(σ(Xθ) − y)"],
            Some(weighted),
        ),
        case("log_likelihood", -log_loss(y, eta.sigmoid()), "(y − π)x", &["Xᵀ(y − σ(Xθ))"], None),
        case("gauss", (0.5 * (y - eta).powi(2)).sum(), "(η − y)x", &["Xᵀ(Xθ − y)"], Some("XᵀX")),
        case("least_squares", (y - eta).powi(2).mean(), "2(η − y)x", &["(2/n)·Xᵀ(Xθ − y)"], Some("(2/n)·XᵀX")),
    ];
    let mu = eta.exp();
    let poisson = (mu - y * mu.ln()).sum();
    cases.push(case("poisson", poisson, "(μ − y)x", &["Xᵀ(μ − y)", "Xᵀ(exp(Xθ) − y)"], Some("Xᵀ diag(μ) X")));
    let mu = -1.0 / eta;
    let gamma = (y / mu + mu.ln()).sum();
    cases.push(case("gamma", gamma, "(μ − y)x", &["Xᵀ(μ − y)", "−Xᵀ(y + 1/(Xθ))"], Some("Xᵀ diag(μ²) X")));
    let mu = (-2.0 * eta).sqrt().recip();
    let inverse = ((y - mu).powi(2) / (2.0 * mu.powi(2) * y)).sum();
    let closed = &["Xᵀ(μ − y)", "Xᵀ(1/√(−2Xθ) − y)"];
    cases.push(case("inverse_gauss", inverse, "(μ − y)x", closed, Some("Xᵀ diag(μ³) X")));
    let penalised = 0.5 * (y - eta).powi(2).sum() + 0.5 * lambda * (theta * theta).sum();
    cases.push(case("ridge", penalised, "(η − y)x", &["Xᵀ(Xθ − y) + λθ"], Some("XᵀX + λI")));
    let size = (y - eta).abs();
    let huber = size.lt(delta).select(0.5 * (y - eta) * (y - eta), delta * size - 0.5 * delta * delta).sum();
    let closed = &["−Xᵀ·{y − Xθ if |y − Xθ| < δ, else δ sign(y − Xθ)}"];
    cases.push(case("huber", huber, "−{r if |r| < δ, else δ sign(r)}·x", closed, Some("Xᵀ diag([|r| < δ]) X")));
    let own = (y - eta).cosh().ln().sum() + 0.1 * (theta * theta).sum();
    cases.push(case("own", own, "−tanh(y − η)·x", &["0.2θ − Xᵀ tanh(y − Xθ)"], None));

    let z = x.dot(b);
    let odds = z.exp();
    let shares = odds / odds.sum_axes(&[1]).insert_axis(1);
    for (name, shares) in [("softmax", z.softmax(&[1])), ("softmax_by_hand", shares)] {
        let loss = -(labels * shares.ln()).sum();
        let all = &["Xᵀ(Π − Y)", "Xᵀ(softmax(XB) − Y)"];
        cases.push(Case { name, loss, by: vec![b], one: "xᵀ(π − y)", all, curvature: None });
    }
    let [w1, b1, w2, b2] =
        [("W1", &[2, 4][..]), ("b1", &[4]), ("W2", &[4, 3]), ("b2", &[3])].map(|(name, shape)| tape.input(name, shape));
    let hidden = (x.dot(w1) + b1).tanh();
    let loss = -(labels * (hidden.dot(w2) + b2).softmax(&[1]).ln()).sum();
    let all = &["Π − Y", "(1 − A₁²) ⊙ δ₂W₂ᵀ", "Xᵀδ₁", "Σᵢ δ₁", "A₁ᵀδ₂", "Σᵢ δ₂"];
    cases.push(Case { name: "network", loss, by: vec![w1, b1, w2, b2], one: "xᵀδ₁", all, curvature: None });
    let (w, v, c) = (tape.input("W", &[2, 3]), tape.input("v", &[3]), tape.input("c", &[]));
    let mu = (x.dot(w).tanh().named("H").linear(v) + c).named("mu");
    let all = &["n · ∂L/∂μ", "2(μ − y)", "n · ∂L/∂Z₁", "(1 − H²) ⊙ δ_μ vᵀ", "(1/n)·Xᵀδ₁", "(1/n)·Hᵀδ_μ", "(1/n)·Σ δ_μ"];
    let loss = (y - mu).powi(2).mean();
    cases.push(Case { name: "regression_network", loss, by: vec![w, v, c], one: "xᵀδ₁", all, curvature: None });
    cases
}

fn derived(case: &Case<'_>) -> Derivation {
    let derivation = derive_all(case.loss, &case.by).expect("a derivation");
    match case.curvature {
        Some(_) => derivation.with_hessian(0).expect("a Hessian"),
        None => derivation,
    }
}

/// The right sides of a section, as they are printed.
fn right_sides(derivation: &Derivation, title: &str) -> Vec<String> {
    let section = derivation.sections().iter().find(|section| section.title == title);
    let section = section.unwrap_or_else(|| panic!("no {title} in\n{derivation}"));
    section.lines.iter().flat_map(|line| &line.steps).map(|step| step.formula.text()).collect()
}

#[test]
fn closed_forms_are_those_of_textbooks() {
    let tape = Tape::new();
    for case in cases(&tape) {
        let derivation = derived(&case);
        assert!(right_sides(&derivation, "One observation").contains(&case.one.into()), "{}\n{derivation}", case.name);
        let all = right_sides(&derivation, "All observations");
        for closed in case.all {
            assert!(all.contains(&(*closed).into()), "{}: {closed}\n{derivation}", case.name);
        }
        if let Some(curvature) = case.curvature {
            assert_eq!(right_sides(&derivation, "Curvature"), [curvature], "{}\n{derivation}", case.name);
        }
    }
}

#[test]
fn derivations_are_printed_to_the_letter() {
    let tape = Tape::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/printed");
    for case in cases(&tape) {
        let derivation = derived(&case);
        for (ending, printed) in
            [("txt", derivation.to_string()), ("tex", derivation.latex()), ("html", derivation.mathml())]
        {
            let file = folder.join(format!("{}.{ending}", case.name));
            if std::env::var_os("REWRITE").is_some() {
                std::fs::write(&file, &printed).expect("a file");
            }
            let kept = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            assert_eq!(printed, kept, "{} differs", file.display());
        }
    }
}
