//! One notation: a name has one meaning, an index is bound once, both sides of `=` are equal.

use autodiff::{Tape, Var};
use derivation::{Derivation, derive_all};

fn derived(loss: Var<'_, f64>, by: &[Var<'_, f64>]) -> Derivation {
    derive_all(loss, by).expect("a derivation")
}

fn steps(derivation: &Derivation, left: &str) -> Vec<String> {
    let mut lines = derivation.sections().iter().flat_map(|section| &section.lines);
    let line = lines.rfind(|line| line.left.text() == left);
    line.map(|line| line.steps.iter().map(|step| step.formula.text()).collect()).unwrap_or_default()
}

/// Softmax of each row and softmax of all elements have two names, in all notations, and each is introduced.
#[test]
fn softmax_over_rows_and_over_all_have_two_names() {
    let tape = Tape::<f64>::new();
    let (x, y, labels) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.rows("Y", &[3]));
    let (theta, w) = (tape.input("theta", &[2]), tape.input("W", &[2, 3]));
    let (eta, z) = (x.linear(theta), x.dot(w));
    let of_all = eta.exp().sum().ln() - (y * eta).sum();
    let derivation = derived(of_all, &[theta]);
    assert_eq!(steps(&derivation, "∇L").last().expect("a gradient"), "Xᵀ(softmaxₐₗₗ(Xθ) − y)", "{derivation}");
    assert_eq!(steps(&derivation, "softmaxₐₗₗ(t)"), ["exp(t)/(Σ exp(t)), over all elements"]);
    assert!(derivation.latex().contains("\\operatorname{softmax}_{\\text{all}}(X\\theta )"), "{}", derivation.latex());
    let named = "<msub><mi mathvariant=\"normal\">softmax</mi><mtext>all</mtext></msub>";
    assert!(derivation.mathml().contains(named), "{}", derivation.mathml());
    let both = (labels * z.softmax(&[1])).sum() + z.exp().sum().ln();
    let derivation = derived(both, &[w]);
    assert_eq!(steps(&derivation, "softmax(t)"), ["exp(t)/(Σ exp(t)), row by row"], "{derivation}");
    assert!(derivation.to_string().contains("softmaxₐₗₗ(XW)"), "{derivation}");
}

/// What one observation adds is shown as the user wrote it where that is what is derived.
#[test]
fn the_term_that_was_written_is_the_one_derived() {
    let tape = Tape::<f64>::new();
    let (x, y, labels) = (tape.rows("x", &[]), tape.rows("y", &[]), tape.rows("Y", &[3]));
    let (s, m, b) = (tape.input("s", &[]), tape.input("m", &[]), tape.input("b", &[3]));
    let squares = (y - m).powi(2);
    let all = (0.0 * labels + 1.0).sum();
    for (loss, by, term) in [
        ((0.0 * x + s).mean() * squares.sum(), vec![m, s], "s(y − m)²"),
        ((s + 0.0 * x).sum() + squares.sum(), vec![m, s], "(y − m)²"),
        (squares.sum() / s + (0.0 * x + 1.0).sum() * s.ln(), vec![m, s], "(y − m)²/s"),
        ((labels - b).powi(2).sum() / all, vec![b], "⅓ Σⱼ (yⱼ − bⱼ)²"),
        ((y - m).powi(2).sum() + (m - y).exp().sum(), vec![m], "(y − m)² + exp(m − y)"),
    ] {
        let derivation = derived(loss, &by);
        assert_eq!(steps(&derivation, "ℓ"), [term], "{derivation}");
    }
}

/// A sum within a sum along a row has an index of its own, and what is the same along a row is no part of its sum.
#[test]
fn an_index_is_bound_once() {
    let tape = Tape::<f64>::new();
    let (x, labels, w) = (tape.rows("X", &[2]), tape.rows("Y", &[3]), tape.input("W", &[2, 3]));
    let z = x.dot(w);
    let total = z.exp().sum_axes(&[1]).ln().insert_axis(1);
    let derivation = derived(-(labels * (z - total)).sum(), &[w]);
    assert_eq!(steps(&derivation, "ℓ"), ["−Σⱼ yⱼ(zⱼ − ln(Σₘ exp(zₘ)))"], "{derivation}");
    assert_eq!(steps(&derivation, "m").len(), 1, "{derivation}");
    let derivation = derived((labels * z / z.norm()).sum(), &[w]);
    assert_eq!(steps(&derivation, "L")[0], "Σ Σⱼ yⱼzⱼ/‖Z‖", "{derivation}");
    let derivation = derived(-(labels * z.softmax(&[1])).sum_axes(&[1]).ln().sum(), &[w]);
    assert!(steps(&derivation, "∂ℓ/∂zₖ").contains(&"πₖ(1 − yₖ/(Σⱼ yⱼπⱼ))".into()), "{derivation}");
}

/// Rows are columns beside vectors of parameters, and lie where there are matrices: then gradients by vectors stand all the same.
#[test]
fn gradients_by_vectors_are_columns() {
    let tape = Tape::<f64>::new();
    let (x, y, labels) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.rows("Y", &[3]));
    let (theta, w, b, s) =
        (tape.input("theta", &[2]), tape.input("W", &[2, 3]), tape.input("b", &[3]), tape.input("s", &[]));
    let derivation = derived(((y - x.linear(theta)).powi(2) * s.exp()).sum(), &[theta, s]);
    assert_eq!(steps(&derivation, "x"), ["one row of X, as a column"], "{derivation}");
    assert_eq!(steps(&derivation, "∂L/∂s")[1], "exp(s)·Σ (y − xᵀθ)²", "{derivation}");
    let derivation = derived((labels - (x.dot(w) + b).tanh()).powi(2).sum(), &[w, b]);
    assert_eq!(steps(&derivation, "∂ℓ/∂b").last().expect("a slope"), "(2(a − y) ⊙ (1 − a²))ᵀ", "{derivation}");
    assert_eq!(steps(&derivation, "∂L/∂b")[0], "2((A − Y) ⊙ (1 − A²))ᵀ𝟏", "{derivation}");
}

/// Numbers whose digits don't end are fractions on every line.
#[test]
fn numbers_have_one_form() {
    let tape = Tape::<f64>::new();
    let (y, m) = (tape.rows("y", &[]), tape.input("m", &[]));
    let derivation = derived((y - m).powi(2).sum() / 120.0, &[m]);
    assert_eq!(steps(&derivation, "ℓ"), ["(1/120)(y − m)²"], "{derivation}");
    assert_eq!(steps(&derivation, "∇L"), ["(1/60) Σ [m − y]"], "{derivation}");
}

/// Whichever letters the user has taken, what a function's argument is called is none of them, nor the small letter of a matrix.
#[test]
fn arguments_of_functions_are_no_names() {
    for own in ["t", "u", "T", "U", "s", "qq"] {
        let tape = Tape::<f64>::new();
        let (x, y, w) = (tape.rows("X", &[2]), tape.rows("Y", &[3]), tape.input("W", &[2, 3]));
        let scale = tape.input(own, &[]);
        let theta = tape.input("theta", &[2]);
        let loss = -(y * (x.dot(w) / scale.exp()).softmax(&[1]).ln()).sum() + theta.powi(2).sum() * scale.sigmoid();
        let derivation = derived(loss + theta.abs().sum(), &[w, scale, theta]);
        let letters = derivation.sections().iter().find(|section| section.title == "Letters").expect("letters");
        let lefts: Vec<String> = letters.lines.iter().map(|line| line.left.text()).collect();
        let function = lefts.iter().find(|left| left.starts_with('σ')).expect("σ");
        let argument = function.trim_start_matches("σ(").trim_end_matches(')').to_string();
        assert_ne!(argument.to_lowercase(), own.to_lowercase(), "{derivation}");
        for left in [format!("softmax({argument})"), format!("‖{argument}‖²"), format!("‖{argument}‖₁")] {
            assert!(lefts.contains(&left), "{left}\n{derivation}");
        }
        let outside = derivation.sections().iter().filter(|section| section.title != "Letters");
        let lines: Vec<String> = outside.flat_map(|section| &section.lines).map(|line| line.left.text()).collect();
        let is_own = |line: &String| line.split(['/', '∂']).any(|part| part == argument);
        assert!(!lines.iter().any(is_own), "{argument}\n{derivation}");
    }
}

/// A number added to each element is written by itself, in what the user wrote and in what is derived, and that is said.
#[test]
fn what_is_added_to_each_element_has_one_notation() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (w, b, v, c) = (tape.input("W", &[2, 3]), tape.input("b", &[3]), tape.input("v", &[3]), tape.input("c", &[]));
    let hidden = (x.dot(w) + b).tanh();
    let derivation = derived((y - (hidden.linear(v) + c).named("mu")).powi(2).mean(), &[w, b, v, c]);
    let printed = derivation.to_string();
    for line in
        ["    = A₁v + c\n", "  Z₁ = XW + b\n", "  + = also adds a number to each element, and a vector to each row\n"]
    {
        assert!(printed.contains(line), "{line}{printed}");
    }
    let theta = tape.input("theta", &[2]);
    let cauchy = (c.exp() + (y - x.linear(theta)).powi(2)).ln().sum();
    let derivation = derived(cauchy, &[theta]);
    assert!(!derivation.to_string().contains('𝟏'), "{derivation}");
    assert!(derivation.to_string().contains("  + = also adds"), "{derivation}");
    // 1 − π is read as it is.
    let logistic = derived((1.0 - x.linear(theta).sigmoid()).ln().sum(), &[theta]);
    assert!(!logistic.to_string().contains("  + = "), "{logistic}");
}

/// Matrix products beside ⊙ are in brackets; a negated or multiplied matrix keeps its sign and number in front.
#[test]
fn products_of_two_kinds_are_told_apart() {
    let tape = Tape::<f64>::new();
    let (x, y, labels) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.rows("Y", &[3]));
    let (theta, w) = (tape.input("theta", &[2]), tape.input("W", &[2, 3]));
    let softmax = derived(-(labels * x.dot(w).softmax(&[1]).ln()).sum(), &[w]);
    assert_eq!(steps(&softmax, "∇L")[0], "Xᵀ(Π ⊙ (Y𝟏𝟏ᵀ) − Y)", "{softmax}");
    let exponential = derived((-y * x.linear(theta)).exp().sum(), &[theta]);
    assert_eq!(steps(&exponential, "∇L").last().expect("a form"), "−Xᵀ(y ⊙ exp(−y ⊙ (Xθ)))", "{exponential}");
    for (loss, written) in [
        ((-x).linear(theta).exp().sum(), "Σ exp(−xᵀθ)"),
        ((2.0 * x).linear(theta).exp().sum(), "Σ exp(2xᵀθ)"),
        ((-2.0 * x).linear(theta).exp().sum(), "Σ exp(−2xᵀθ)"),
    ] {
        let derivation = derived(loss, &[theta]);
        assert_eq!(steps(&derivation, "L")[0], written, "{derivation}");
    }
}

/// A gradient stands as what it is by, on every line: of z = Ab, ∂z/∂b is Aᵀ, in front of ∂ℓ/∂z.
#[test]
fn slopes_have_one_layout() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (a, b) = (tape.input("A", &[2, 3]), tape.input("b", &[3]));
    let derivation = derived((y - x.linear(a.dot(b))).powi(2).mean(), &[a, b]);
    assert_eq!(steps(&derivation, "∂z₂/∂z₁"), ["xᵀ"], "{derivation}");
    assert_eq!(steps(&derivation, "∂z₁/∂b"), ["Aᵀ"], "{derivation}");
    assert_eq!(steps(&derivation, "∂ℓ/∂b"), ["∂z₁/∂b · ∂ℓ/∂z₁", "Aᵀδ₁"], "{derivation}");
}
