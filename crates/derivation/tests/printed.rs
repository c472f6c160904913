//! What is printed of the losses that textbooks derive, to the letter: their closed forms here, the whole derivations as text, LaTeX and
//! MathML in the files of `printed/`. `REWRITE=1 cargo test -p derivation --test printed` writes the files anew, to be read before they are kept.

use autodiff::{Tape, Var};
use derivation::{Derivation, Formula, derive_all};
use std::collections::BTreeSet;
use std::path::Path;

/// A loss as it is recorded, and what its derivation says.
struct Case<'t> {
    name: &'static str,
    loss: Var<'t, f64>,
    by: Vec<Var<'t, f64>>,
    /// What one observation adds to the gradient: how the line ends; nothing if the loss is a function of sums.
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
    let all = &["Π − Y", "(1 − A₁²) ⊙ (δ₂W₂ᵀ)", "Xᵀδ₁", "δ₁ᵀ𝟏", "A₁ᵀδ₂", "δ₂ᵀ𝟏"];
    cases.push(Case { name: "network", loss, by: vec![w1, b1, w2, b2], one: "xᵀδ₁", all, curvature: None });
    let (w, v, c) = (tape.input("W", &[2, 3]), tape.input("v", &[3]), tape.input("c", &[]));
    let mu = (x.dot(w).tanh().named("H").linear(v) + c).named("mu");
    let all =
        &["n · ∂L/∂μ", "2(μ − y)", "n · ∂L/∂Z₁", "(1 − H²) ⊙ (δ_μ vᵀ)", "(1/n)·Xᵀδ₁", "(1/n)·Hᵀδ_μ", "(1/n)·Σ δ_μ"];
    let loss = (y - mu).powi(2).mean();
    cases.push(Case { name: "regression_network", loss, by: vec![w, v, c], one: "xᵀδ₁", all, curvature: None });
    let root = (y - eta).powi(2).mean().sqrt();
    let all = &["∂L/∂S · ∂S/∂θ", "(1/(n √(S/n)))·Xᵀ(η − y)"];
    cases.push(Case { name: "root_mean_square", loss: root, by: vec![theta], one: "", all, curvature: None });
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
        let is_of_sums = case.one.is_empty();
        let has_one = || right_sides(&derivation, "One observation").contains(&case.one.into());
        assert!(is_of_sums || has_one(), "{}\n{derivation}", case.name);
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

/// What stands in elements of this name, with their attributes.
fn contents(mathml: &str, name: &str) -> BTreeSet<String> {
    let opening = format!("<{name}");
    let elements = mathml.split(&opening).skip(1).filter(|rest| rest.starts_with(['>', ' ']));
    let content = |rest: &str| Some(rest.split_once('>')?.1.split_once('<')?.0.to_owned());
    elements.filter_map(content).collect()
}

/// Every letter is one of the user's, or stands on a left side: of a definition, or of the section that introduces letters.
#[test]
fn every_letter_is_introduced() {
    const WORDS: &[&str] = &["ln", "exp", "tanh", "cosh", "sinh", "max", "sin", "cos", "e", "erf", "t"];
    let tape = Tape::new();
    let mut cases: Vec<Vec<Var<'_, f64>>> =
        cases(&tape).into_iter().map(|case| [vec![case.loss], case.by].concat()).collect();
    let tape = Tape::new();
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let (a, b, w) = (tape.input("a", &[]), tape.input("b", &[]), tape.input("W", &[2, 3]));
    let (eta, z) = (x.linear(theta), x.dot(w));
    let element = theta.index_axis(0, 1);
    let array = tape.constant(ndarray::arr1(&[1.0, 2.0]));
    for loss in [
        eta.norm_cdf().ln().sum(),
        ((y + a).lgamma() - a.lgamma()).sum(),
        (y + a).polygamma(1).mean(),
        (y - eta).powi(2).sum() + element * element,
        (eta.sin() - y.cos()).mean(),
        (z.logsumexp_axes(&[1]) - y).sum(),
        (z * y.insert_axis(1)).sum() + w.index_axis(0, 1).powi(2).sum(),
        (eta.maximum(a) - b.tanh() * eta.erf()).sum(),
        (array * theta).sum() + (eta * std::f64::consts::PI).sum(),
        (y - eta).abs().sum() + (eta.exp() * z.sum_axes(&[1])).mean(),
        (y - eta).powi(2).mean().sqrt() + a * (z.sum_axes(&[1]) * y).sum().ln(),
    ] {
        cases.push(vec![loss, theta, a, b, w]);
    }
    for case in cases {
        let derivation = derive_all(case[0], &case[1..]).expect("a derivation").with_hessian(0).expect("a Hessian");
        let lines = || derivation.sections().iter().flat_map(|section| &section.lines);
        let lefts: String = lines().map(|line| line.left.mathml()).collect();
        let named = ["X", "y", "Y", "lambda", "delta"]
            .into_iter()
            .map(String::from)
            .chain(case[1..].iter().filter_map(|by| by.name()));
        let given: String = named.chain(["c".into(), "d".into()]).map(|name| Formula::named(&name).mathml()).collect();
        let known = |name: &str| &contents(&lefts, name) | &contents(&given, name);
        let notes: String = lines().flat_map(|line| &line.steps).filter_map(|step| step.note.clone()).collect();
        let all = derivation.mathml();
        for letter in contents(&all, "mi") {
            let is_known = known("mi").contains(&letter) || WORDS.contains(&letter.as_str());
            assert!(is_known || notes.contains(&format!("by {letter}")), "{letter} in\n{derivation}");
        }
        for sign in ["𝟏", "⊙", "∇", "‖"] {
            assert!(!all.contains(sign) || lefts.contains(sign), "{sign} in\n{derivation}");
        }
        let text = derivation.to_string();
        let within = |rest: &str| rest.split(']').next().is_some_and(|inner| inner.contains('>'));
        let has_comparison = text.split('[').skip(1).any(within);
        assert!(!has_comparison || text.contains("\n  […] = 1 where"), "{derivation}");
    }
}
