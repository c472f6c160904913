//! Losses that aren't in textbooks' tables, as their derivations end: the gradient's last form and the Hessian, to the letter.

use autodiff::{Tape, Var};
use derivation::{Derivation, derive_all};

/// The last step of each line of a section.
fn last_steps(derivation: &Derivation, title: &str) -> Vec<String> {
    let section = derivation.sections().iter().find(|section| section.title == title);
    let lines = section.map(|section| section.lines.as_slice()).unwrap_or_default();
    lines.iter().filter_map(|line| line.steps.last()).map(|step| step.formula.text()).collect()
}

/// Checks the gradients' forms, and the Hessian's by the first parameter if one is given.
fn ends(loss: Var<'_, f64>, by: &[Var<'_, f64>], gradients: &[&str], hessian: Option<&str>) {
    let derivation = derive_all(loss, by).expect("a derivation");
    let found = last_steps(&derivation, "All observations");
    assert_eq!(found[found.len() - by.len()..], *gradients, "{derivation}");
    if let Some(hessian) = hessian {
        let derivation = derivation.with_hessian(0).expect("a Hessian");
        assert_eq!(last_steps(&derivation, "Curvature"), [hessian], "{derivation}");
    }
}

/// The line of one observation that ends a derivation.
fn one_observation(loss: Var<'_, f64>, by: Var<'_, f64>) -> String {
    let derivation = derive_all(loss, &[by]).expect("a derivation");
    last_steps(&derivation, "One observation").pop().expect("a line")
}

#[test]
fn what_is_added_to_a_predictor_belongs_to_it() {
    let tape = Tape::<f64>::new();
    let (x, y, o) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.rows("o", &[]));
    let (theta, alpha, s) = (tape.input("theta", &[2]), tape.input("alpha", &[]), tape.input("s", &[]));
    let eta = x.linear(theta);
    let mu = (eta + o).exp();
    ends((mu - y * mu.ln()).sum(), &[theta], &["Xᵀ(exp(Xθ + o) − y)"], Some("Xᵀ diag(μ) X"));
    let mu = (eta + o.ln()).exp();
    ends((mu - y * mu.ln()).sum(), &[theta], &["Xᵀ(exp(Xθ + ln o) − y)"], Some("Xᵀ diag(μ) X"));
    let mu = o * eta.exp();
    ends((mu - y * mu.ln()).sum(), &[theta], &["Xᵀ(o ⊙ exp(Xθ) − y)"], Some("Xᵀ diag(μ) X"));
    let residual = y - alpha - eta;
    ends(residual.powi(2).sum(), &[theta, alpha], &["2Xᵀ(Xθ + α − y)", "2 Σ [xᵀθ + α − y]"], Some("2XᵀX"));
    let cauchy = (1.0 + (residual / s).powi(2)).ln().sum();
    let curvature = "2Xᵀ diag((s² − (y − η)²)/((y − η)² + s²)²) X";
    ends(cauchy, &[theta], &["2Xᵀ((Xθ + α − y)/((y − Xθ − α)² + s²))"], Some(curvature));
}

#[test]
fn sums_over_all_rows_are_not_of_one() {
    let tape = Tape::<f64>::new();
    let (x, y, w) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.rows("w", &[]));
    let theta = tape.input("theta", &[2]);
    let residual = y - x.linear(theta);
    let weighted = (w * residual * residual).sum() / w.sum();
    ends(weighted, &[theta], &["(2/(Σ w))·Xᵀ(w ⊙ (Xθ − y))"], Some("(2/(Σ w))·Xᵀ diag(w) X"));
    assert_eq!(one_observation(weighted, theta), "(2w(η − y)/(Σ w))·x");
    let eta = x.linear(theta);
    let share = (eta.exp() / eta.exp().sum()).named("q");
    let named = x.linear(theta).named("eta");
    let lse = named.exp().sum().ln().named("lse");
    let mixed = [
        (residual - residual.mean()).powi(2).sum(),
        (y * share).sum(),
        -(y * share.ln()).sum(),
        (named - lse).exp().sum(),
        (y * (named - lse)).sum(),
        (y * x.linear(x.t_dot(named).named("b"))).sum(),
        ((residual - residual.mean()).named("centred")).powi(2).sum(),
    ];
    for loss in mixed {
        let derivation = derive_all(loss, &[theta]).expect("a derivation");
        assert!(last_steps(&derivation, "One observation").is_empty(), "{derivation}");
    }
}

/// What doesn't go through the rows counts once in one observation, n times in all.
#[test]
fn parameters_of_all_rows_have_the_slope_of_one() {
    let tape = Tape::<f64>::new();
    let (x, y, labels) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.rows("Y", &[2]));
    let [s, m] = ["s", "m"].map(|name| tape.input(name, &[]));
    let (b, c) = (tape.input("b", &[2]), tape.input("c", &[2]));
    let each = |loss: Var<'_, f64>, by: Var<'_, f64>, one: &str, all: &str| {
        assert_eq!(one_observation(loss, by), one);
        ends(loss, &[by], &[all], None);
    };
    let z = (y - s).named("z");
    each((s + z.exp()).sum(), s, "1 − exp(z)", "n − Σ exp(y − s)");
    let z = ((y - m) / s).named("z");
    each((s.ln() + z.powi(2)).sum(), s, "(s + 2z(m − y))/s²", "(sn − (2/s)·Σ (y − m)²)/s²");
    each((s.ln() + z.powi(2)).mean(), m, "−2z/s", "(2/(s²n))·Σ [m − y]");
    let z = ((y - x.linear(b)) / s.exp()).named("z");
    let all = "exp(−s)·Σ (y − xᵀb)(1 − exp((y − xᵀb) exp(−s))) + n";
    each((z.exp() - (z - s)).sum(), s, "1 + z(1 − exp(z))", all);
    let scale = s.exp().named("q");
    let all = "exp(s)·Σ [1 + s + 2(y − xᵀb)² exp(s)]";
    let loss = scale.ln() * scale + ((y - x.linear(b)) * scale).powi(2);
    each(loss.sum(), s, "q(1 + ln q + 2q(y − xᵀb)²)", all);
    let centred = (y - y.mean() - s).named("z");
    each(centred.powi(2).sum(), s, "−2z", "2 Σ [s + y\u{304} − y]");
    let z = (labels + c).named("Z");
    each((z.powi(2).sum_axes(&[1]) + c.powi(2).sum()).sum(), c, "(2(c + z))ᵀ", "2((Y + c)ᵀ𝟏 + nc)");
}

#[test]
fn rows_are_told_from_what_has_their_small_letter() {
    let tape = Tape::<f64>::new();
    let (rows, x, y, labels) = (tape.rows("X", &[2]), tape.rows("x", &[]), tape.rows("y", &[]), tape.rows("Y", &[2]));
    let (theta, a, b) = (tape.input("theta", &[2]), tape.input("a", &[]), tape.input("B", &[2, 2]));
    let squares = (y - rows.linear(theta) - a * x).powi(2).sum();
    assert_eq!(one_observation(squares, theta), "2(ax + η − y)Xᵢ");
    let entropy = -(y.insert_axis(1) * labels * rows.dot(b).softmax(&[1]).ln()).sum();
    assert_eq!(one_observation(entropy, b), "xᵀ((π − Yᵢ)y)");
}

#[test]
fn elements_are_written_by_their_places() {
    let tape = Tape::<f64>::new();
    let (x, y, t) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.rows("T", &[2]));
    let (theta, w) = (tape.input("theta", &[2]), tape.input("W", &[2, 2]));
    let element = theta.index_axis(0, 1);
    let squares = (y - x.linear(theta)).powi(2).sum();
    let curvature = "2XᵀX + e₁ e₁ᵀ";
    ends(squares + 0.5 * element.powi(2), &[theta], &["2Xᵀ(Xθ − y) + θ₁e₁"], Some(curvature));
    let both = squares + theta.index_axis(0, 0) * element;
    ends(both, &[theta], &["2Xᵀ(Xθ − y) + θ₁e₀ + θ₀e₁"], Some("2XᵀX + e₀ e₁ᵀ + e₁ e₀ᵀ"));
    let residual = y - x.linear(theta) - element;
    ends(residual.powi(2).sum(), &[theta], &["−2(Xᵀ(y − Xθ − θ₁) + e₁ Σ [y − Xθ − θ₁])"], None);
    let row = (t - x.dot(w)).powi(2).sum() + w.index_axis(0, 1).powi(2).sum();
    ends(row, &[w], &["2(Xᵀ(XW − T) + e₁ (Wᵀe₁)ᵀ)"], None);
}

#[test]
fn vectors_are_multiplied_as_vectors() {
    let tape = Tape::<f64>::new();
    let (a, b, x) = (tape.input("A", &[3, 3]), tape.input("b", &[3]), tape.input("x", &[3]));
    let form = 0.5 * x.dot(a.dot(x)) - b.dot(x);
    ends(form, &[x], &["½Ax + ½Aᵀx − b"], Some("½(A + Aᵀ)"));
    let sum = a.dot(x).exp().sum().ln();
    ends(sum, &[x], &["Aᵀ softmax(Ax)"], Some("Aᵀ diag(softmax(η)) (A − 𝟏 (Aᵀ softmax(η))ᵀ)"));
    ends(x.dot(a.solve(x)), &[x], &["solve(A, x) + (∂solve(A, x)/∂x)ᵀ x"], None);
    let product = derive_all((a.dot(a) * a).sum(), &[a]).expect("a derivation").to_string();
    assert!(product.contains("L = Σ Z ⊙ A"), "{product}");
    ends((a.dot(x) - b).norm(), &[x], &["(1/‖b − Ax‖)·Aᵀ(Ax − b)"], None);
}

#[test]
fn numbers_choices_and_norms_are_plain() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (theta, tau, lambda) = (tape.input("theta", &[2]), tape.input("tau", &[]), tape.input("lambda", &[]));
    let eta = x.linear(theta);
    let r = y - eta;
    ends(r.maximum(0.25 * r).sum(), &[theta], &["−Xᵀ([y − Xθ > 0] + ¼ [Xθ − y > 0])"], None);
    let quantile = (tau * r).maximum((tau - 1.0) * r).sum();
    ends(quantile, &[theta], &["Xᵀ((1 − τ) [Xθ − y > 0] − τ [y − Xθ > 0])"], None);
    let lasso = 0.5 * r.powi(2).sum() + lambda * (0.3 * theta.abs().sum() + 0.02 * theta.powi(2).sum());
    ends(lasso, &[theta], &["Xᵀ(Xθ − y) + λ(0.04θ + 0.3 sign(θ))"], None);
    let p = 0.5 + eta.atan() / std::f64::consts::PI;
    let derivation = derive_all(-p.ln().sum(), &[theta]).expect("a derivation");
    assert!(derivation.to_string().contains("∂ℓ/∂η = −1/(π(½ + arctan(η)/π)(1 + η²))"), "{derivation}");
    let focal = -(y * (1.0 - eta.sigmoid()).powi(2) * eta.sigmoid().ln()).sum();
    assert_eq!(one_observation(focal, theta), "−y(1 − π)²(1 − π − 2π ln π)x");
}

/// A choice in a logarithm: each branch of the gradient is as short as if it stood alone.
#[test]
fn choices_by_one_condition_are_taken_together() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (theta, b) = (tape.input("theta", &[2]), tape.input("b", &[]));
    let (mu, omega) = (x.linear(theta).exp().named("mu"), b.sigmoid().named("omega"));
    let none = omega + (1.0 - omega) * (-mu).exp();
    let some = (1.0 - omega) * (y * mu.ln() - mu - (y + 1.0).lgamma()).exp();
    let zero_inflated = -y.lt(0.5).select(none, some).ln().sum();
    let slope = "{(1 − ω)μ exp(−μ)/(ω + (1 − ω) exp(−μ)) if y < ½, else μ − y}·x";
    assert_eq!(one_observation(zero_inflated, theta), slope);
    let printed = derive_all(zero_inflated, &[theta, b]).expect("a derivation").to_string();
    let by_omega = "{(exp(−μ) − 1)/(ω + (1 − ω) exp(−μ)) if y < ½, else 1/(1 − ω)}";
    assert!(printed.contains(&format!("= {by_omega}\n")), "{printed}");
    // A factor of both branches cancels in one.
    let by_b = "{ω(1 − ω)(exp(−μ) − 1)/(ω + (1 − ω) exp(−μ)) if y < ½, else ω}";
    assert!(printed.contains(&format!("= {by_b}\n")), "{printed}");
    assert!(!printed.contains(&format!("({by_omega}) · ω(1 − ω)")), "{printed}");
}

#[test]
fn weights_of_a_hessian_are_one_diagonal() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let r = (y - x.linear(theta).named("mu")).abs().named("r");
    let huber = r.lt(1.0).select(0.5 * r * r, r - 0.5).sum();
    let derivation = derive_all(huber, &[theta]).expect("a derivation").with_hessian(0).expect("a Hessian");
    assert_eq!(last_steps(&derivation, "Curvature"), ["Xᵀ diag([r < 1] sign(y − μ)²) X"], "{derivation}");
}

#[test]
fn numbers_stand_before_matrix_products() {
    let tape = Tape::<f64>::new();
    let (x, y, b) = (tape.rows("X", &[2]), tape.rows("Y", &[3]), tape.input("B", &[2, 3]));
    assert_eq!(one_observation((x.dot(b) - y).powi(2).mean(), b), "⅔xᵀ(z − y)");
}

#[test]
fn the_last_layer_is_written_by_its_components() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[3]), tape.rows("Y", &[2]));
    let (first, second) = (tape.input("W1", &[3, 4]), tape.input("W2", &[4, 2]));
    let loss = 0.5 * (x.dot(first).relu().dot(second) - y).powi(2).sum();
    let printed = derive_all(loss, &[first, second]).expect("a derivation").to_string();
    for line in ["ℓ = ½ Σⱼ (z₂ⱼ − yⱼ)²", "∂ℓ/∂z₂ₖ = z₂ₖ − yₖ", "= [z₁ > 0] ⊙ (δ₂W₂ᵀ)"]
    {
        assert!(printed.contains(line), "{line}\n{printed}");
    }
    let b = tape.input("B", &[3, 2]);
    let scores = x.dot(b);
    let likelihood = (scores.logsumexp_axes(&[1]) - (y * scores).sum_axes(&[1])).sum();
    let printed = derive_all(likelihood, &[b]).expect("a derivation").to_string();
    assert!(printed.contains("∂ℓ/∂zₖ = softmax(z)ₖ − yₖ"), "{printed}");
}

#[test]
fn lines_are_about_nodes_of_the_tape() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (theta, alpha) = (tape.input("theta", &[2]), tape.input("alpha", &[]));
    let p = (x.linear(theta) + alpha).sigmoid();
    let loss = -(y * p.ln() + (1.0 - y) * (1.0 - p).ln()).sum();
    let derivation = derive_all(loss, &[theta, alpha]).expect("a derivation");
    let recording = tape.recording(&[loss]).expect("a recording");
    let about = |title: &str| -> Vec<Option<&str>> {
        let section = derivation.sections().iter().find(|section| section.title == title).expect("a section");
        let node = |number: usize| recording.nodes.iter().find(|node| node.number == number);
        let lines = section.lines.iter();
        lines.map(|line| line.node.and_then(node).map(|node| node.operation.as_str())).collect()
    };
    assert_eq!(about("The loss"), [Some("neg"), Some("sigmoid"), Some("add")]);
    assert_eq!(about("All observations"), [Some("input"), Some("input")]);
    assert!(about("One observation").iter().skip(1).all(Option::is_some));
}

/// A constant without a finite value doesn't vanish, whatever it is multiplied by or subtracted from: the gradient has the engine's value.
#[test]
fn constants_that_are_not_finite_stay() {
    type Constant = for<'t> fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;
    let constants: [(&str, Constant); 12] = [
        ("0/0", |zero, _| zero / zero),
        ("1/0", |zero, one| one / zero),
        ("1/0 - 1/0", |zero, one| one / zero - one / zero),
        ("0*(1/0)", |zero, one| zero * (one / zero)),
        ("ln 0", |zero, _| zero.ln()),
        ("0*ln 0", |zero, _| zero * zero.ln()),
        ("ln 0 - ln 0", |zero, _| zero.ln() - zero.ln()),
        ("0*sqrt(-1)", |zero, one| zero * (-one).sqrt()),
        ("0*exp(1000)", |zero, one| zero * (1000.0 * one).exp()),
        ("0*logit(1)", |zero, one| zero * one.logit()),
        ("0/(1 - 1)^2", |zero, one| zero / (one - one).powi(2)),
        ("lgamma(0) - 1/0", |zero, one| zero.lgamma() - one / zero),
    ];
    for (name, constant) in constants {
        let tape = Tape::<f64>::new();
        let x = tape.rows("x", &[]);
        let theta = tape.variable("theta", 0.5);
        let factor = constant(tape.number(0.0), tape.number(1.0));
        let loss = (factor * x * theta).sum();
        let derivation = derive_all(loss, &[theta]).expect("a derivation");
        let values = [("x", ndarray::arr1(&[1.0, 2.0]).into_dyn()), ("theta", ndarray::arr0(0.5).into_dyn())];
        let found = derivation.gradient_value(0, &values).expect("a value").sum();
        let factor = factor.item().expect("a constant");
        assert!(!factor.is_finite(), "{name}");
        let expected = 3.0 * factor;
        assert!(
            found == expected || found.is_nan() && expected.is_nan(),
            "{name}: {found}, not {expected}\n{derivation}"
        );
        let text = derivation.to_string();
        assert!(text.contains("NaN") || text.contains('∞'), "{name}: {text}");
    }
}

/// At ties, kinks and jumps the closed form has the value that the engine gives, and the derivation says which that is.
#[test]
fn the_engines_derivative_at_a_kink_is_stated() {
    type Kinked = for<'t> fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;
    let losses: [(&str, Kinked, &str); 9] = [
        ("max", |x, y| x.maximum(y), "[…] = 1 where that is so, ½ where both sides are equal, else 0"),
        ("min", |x, y| x.minimum(y), "[…] = 1 where that is so, ½ where both sides are equal, else 0"),
        ("max of shifted", |x, y| (2.0 * x).maximum(x + y), "½ where both sides are equal"),
        ("max of squares", |x, y| (x * x).maximum(x * y), "½ where both sides are equal"),
        ("two of max", |x, y| x.maximum(y) + (x - 2.0).relu(), "[u > y] is ½ where u = y\n"),
        // The same comparison, which is 0 at a tie, beside the maximum's.
        ("max and gt", |x, y| x.maximum(y) * x.gt(y), "[u > y]·½(1 − sign(y − u))"),
        ("min and lt", |x, y| x.minimum(y) * x.lt(y), "[u < y]·½(1 + sign(y − u))"),
        ("abs", |x, y| (x - y).abs(), "sign("),
        ("relu", |x, y| (x - y).relu(), "[…] = 1 where that is so, else 0\n"),
    ];
    for (name, kinked, convention) in losses {
        let tape = Tape::<f64>::new();
        let (x, y) = (tape.rows("x", &[]), tape.rows("y", &[]));
        let theta = tape.variable("theta", 1.0);
        let loss = kinked(theta * x, y).sum();
        let gradient = tape.compile(&[loss.grad(theta)]).expect("a program");
        let derivation = derive_all(loss, &[theta]).expect("a derivation");
        assert!(derivation.to_string().contains(convention), "{name}: {derivation}");
        for (x, y) in [(2.0, 2.0), (2.0, 1.5), (2.0, 2.5), (-2.0, -2.0), (-2.0, 1.0)] {
            let [x, y] = [x, y].map(|value| ndarray::arr1(&[value]).into_dyn());
            let values = [("x", x.clone()), ("y", y.clone()), ("theta", ndarray::arr0(1.0).into_dyn())];
            let found = derivation.gradient_value(0, &values).expect("a value").sum();
            let bindings = [autodiff::bind("x", &x), autodiff::bind("y", &y)];
            let expected = gradient.run(&bindings).expect("a run").number(0).expect("a number");
            assert_eq!(found, expected, "{name} at {x}, {y}: {derivation}");
        }
    }
}

/// Names that are chosen are read otherwise than those that are given, however these are written.
#[test]
fn chosen_names_are_read_otherwise_than_given_ones() {
    for given in ["eta", "η", "pi", "π", "mu", "μ", "z1", "Z", "u", "delta"] {
        let tape = Tape::<f64>::new();
        let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
        let (theta, own) = (tape.input("theta", &[2]), tape.input(given, &[]));
        let p = x.linear(theta).sigmoid();
        let loss = ((own * y).exp() * p + p.ln() + x.linear(theta).exp()).sum();
        let derivation = derive_all(loss, &[theta, own]).expect("a derivation");
        let mut lefts: Vec<String> = derivation.sections()[0].lines.iter().map(|line| line.left.text()).collect();
        lefts.push(derivation::Formula::named(given).text());
        let count = lefts.len();
        lefts.sort();
        lefts.dedup();
        assert_eq!(lefts.len(), count, "{given}: {derivation}");
    }
}

/// Terms that share factors are taken together: the probit's weights fit on a line.
#[test]
fn terms_that_share_factors_are_taken_together() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let theta = tape.input("theta", &[2]);
    let p = x.linear(theta).norm_cdf();
    let loss = -(y * p.ln() + (1.0 - y) * (1.0 - p).ln()).sum();
    let weights = "Xᵀ diag(φ(η)(ηπ(1 − π)(y − π) + (π² + y(1 − 2π)) φ(η))/(π²(1 − π)²)) X";
    ends(loss, &[theta], &["Xᵀ((Φ(Xθ) − y) ⊙ φ(Xθ)/(Φ(Xθ) ⊙ (1 − Φ(Xθ))))"], None);
    let printed = derive_all(loss, &[theta]).expect("a derivation").with_hessian(0).expect("a Hessian").to_string();
    assert!(printed.contains(&format!("∇²L = {weights}\n")), "{printed}");
}

/// What a derivation draws of a loss, in all three forms.
fn drawn(loss: Var<'_, f64>, by: Var<'_, f64>) -> [String; 3] {
    let derivation = derive_all(loss, &[by]).expect("a derivation");
    let lines = derivation.sections().iter().flat_map(|section| &section.lines);
    let formulas: Vec<_> = lines.flat_map(|line| &line.steps).map(|step| &step.formula).collect();
    [
        formulas.iter().map(|formula| formula.text() + "\n").collect(),
        formulas.iter().map(|formula| formula.latex() + "\n").collect(),
        formulas.iter().map(|formula| formula.mathml() + "\n").collect(),
    ]
}

#[test]
fn powers_of_what_has_a_superscript_are_in_parentheses() {
    let tape = Tape::<f64>::new();
    let (x, a, b) = (tape.rows("x", &[]), tape.input("a", &[]), tape.input("b", &[]));
    ends(a.exp().pow(b), &[a, b], &["b exp(a)^(b)", "a exp(a)^(b)"], None);
    for (loss, by) in [(a.exp().pow(b), a), ((a * a).exp().pow(b), a), ((a * x).exp().pow(b).sum(), a)] {
        let [text, latex, mathml] = drawn(loss, by);
        assert!(text.contains(")^(b)"), "{text}");
        assert!(latex.contains("\\right)^{b}") || latex.contains(")^{b}"), "{latex}");
        // A superscript right after another is an error of LaTeX, and in MathML reads as a product of exponents.
        assert!(!latex.contains("}^{"), "{latex}");
        assert!(!mathml.contains("<msup><msup>"), "{mathml}");
    }
}

#[test]
fn a_base_and_its_power_are_one_power() {
    let tape = Tape::<f64>::new();
    let (x, a, b) = (tape.rows("x", &[]), tape.input("a", &[]), tape.input("b", &[]));
    ends(a.pow(a), &[a], &["(1 + ln a)a^(a)"], None);
    ends((a * x).exp().sum() * a.pow(b), &[b], &["a^(b) ln a·Σ exp(ax)"], None);
    ends(a * a.pow(b), &[a, b], &["(1 + b)a^(b)", "a^(1 + b) ln a"], None);
    ends(x.pow(a).sum(), &[a], &["Σ x^(a) ln x"], None);
}

#[test]
fn products_within_a_sum_over_components_have_its_index() {
    let tape = Tape::<f64>::new();
    let (x, w, v) = (tape.rows("X", &[2]), tape.input("W", &[2, 3]), tape.input("V", &[2, 3]));
    let k = tape.input("k", &[]);
    let z = x.matmul(w);
    ends((z.exp().sum_axes(&[1]).ln() * k).sum(), &[k], &["Σ ln(Σⱼ exp((xᵀW)ⱼ))"], None);
    ends((z.logsumexp_axes(&[1]) * k).sum(), &[k], &["Σ ln(Σⱼ exp((xᵀW)ⱼ))"], None);
    ends(((z * x.matmul(v)).sum_axes(&[1]).exp() * k).sum(), &[k], &["Σ exp(Σⱼ (xᵀW)ⱼ(xᵀV)ⱼ)"], None);
}

/// A vector of parameters beside a matrix's rows is written by its components where the rows are.
#[test]
fn vectors_beside_rows_have_the_index_of_a_component() {
    let tape = Tape::<f64>::new();
    let (x, labels, w) = (tape.rows("X", &[2]), tape.rows("Y", &[3]), tape.input("W", &[2, 3]));
    let (c, d, a) = (tape.input("c", &[3]), tape.input("d_max", &[3]), tape.input("A", &[3, 3]));
    let z = 2.0 * x.dot(w);
    let losses = [
        ((z + c).logsumexp_axes(&[1]), "ln(Σⱼ exp(2zⱼ + cⱼ))"),
        ((z + c).exp().sum_axes(&[1]), "Σⱼ exp(2zⱼ + cⱼ)"),
        (((z - labels) * c).powi(2).sum_axes(&[1]), "Σⱼ ((2zⱼ − yⱼ)cⱼ)²"),
        ((z * c.exp() * d).sum_axes(&[1]), "Σⱼ 2zⱼ exp(cⱼ)(dₘₐₓ)ⱼ"),
        ((z + a.dot(d)).exp().sum_axes(&[1]), "Σⱼ exp(2zⱼ + (Adₘₐₓ)ⱼ)"),
        ((z * c.softmax(&[0])).exp().sum_axes(&[1]), "Σⱼ exp(2zⱼπⱼ)"),
        // What is summed over all of the vector has no component.
        ((z * (c.exp() - c).sum()).exp().sum_axes(&[1]), "Σⱼ exp(2zⱼ Σ [exp(c) − c])"),
    ];
    for (loss, term) in losses {
        let derivation = derive_all(loss.sum(), &[w, c]).expect("a derivation");
        assert_eq!(last_steps(&derivation, "One observation")[0], term, "{derivation}");
    }
}

#[test]
fn vectors_stretched_to_all_rows_are_written_so() {
    let tape = Tape::<f64>::new();
    let (x, w) = (tape.rows("X", &[2]), tape.input("W", &[2, 3]));
    let (c, d) = (tape.input("c", &[3]), tape.input("d", &[3]));
    let loss = (x.dot(w) * c.exp() * d).sum();
    ends(loss, &[w], &["Xᵀ𝟏(d ⊙ exp(c))ᵀ"], None);
    let printed = derive_all(loss, &[w]).expect("a derivation").to_string();
    assert!(printed.contains("∂ℓ/∂zₖ = dₖ exp(cₖ)"), "{printed}");
    ends((x.dot(w) * c).sum(), &[w], &["Xᵀ𝟏cᵀ"], None);
}

/// What a softmax is of has a name, by which it is differentiated: the chain rule has its other factors apart.
#[test]
fn a_softmax_is_differentiated_by_its_argument() {
    let tape = Tape::<f64>::new();
    let (x, labels, w) = (tape.rows("X", &[2]), tape.rows("Y", &[3]), tape.input("W", &[2, 3]));
    let (c, tau) = (tape.input("c", &[3]), tape.input("tau", &[]));
    let z = x.dot(w);
    for (of, slope) in [(tau * z, "∂uₖ/∂zₖ = τ"), (2.0 * z + c, "∂rₖ/∂zₖ = 2"), (z.exp() * tau, "∂uₖ/∂μₖ = τ")]
    {
        let loss = -(labels * of.softmax(&[1]).ln()).sum();
        let printed = derive_all(loss, &[w, tau]).expect("a derivation").to_string();
        assert!(!printed.contains("∂πⱼ/∂zₖ"), "{printed}");
        assert!(printed.contains(slope), "{slope}: {printed}");
    }
    let loss = -(labels * (tau * z).softmax(&[1]).ln()).sum();
    let printed = derive_all(loss, &[w, tau]).expect("a derivation").to_string();
    assert!(printed.contains("∂ℓ/∂τ = Σⱼ ∂ℓ/∂uⱼ · ∂uⱼ/∂τ"), "{printed}");
    assert!(printed.contains("Σ Σⱼ (softmax(τxW)ⱼ − yⱼ)(xW)ⱼ"), "{printed}");
    let printed = derive_all((z * c.softmax(&[0])).sum(), &[c]).expect("a derivation").to_string();
    assert!(printed.contains("∂πⱼ/∂cₖ = πⱼ([j = k] − πₖ)"), "{printed}");
    assert!(printed.contains("∂ℓ/∂c = ∂ℓ/∂π · ∂π/∂c"), "{printed}");
}

/// σ(a − b) and 1 − σ(b − a) are the same: a formula has the difference that the user has written first.
#[test]
fn differences_within_distribution_functions_stay_as_they_are_written() {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let (c, s) = (tape.input("c", &[]), tape.input("s", &[]));
    let eta = x.linear(theta);
    for (z, written) in [
        (eta - c, "η − c"),
        (c - eta, "c − η"),
        (2.0 * (eta - c), "2(η − c)"),
        ((eta - y) / s, "(η − y)/s"),
        ((y - eta) / s, "(y − η)/s"),
        (eta - 1.0 - c, "η − 1 − c"),
        (c + 1.0 - eta, "c + 1 − η"),
    ] {
        for p in [z.sigmoid(), z.norm_cdf()] {
            let loss = -(y * p.ln() + (1.0 - y) * (1.0 - p).ln()).sum();
            let derivation = derive_all(loss, &[theta]).expect("a derivation");
            let lines = last_steps(&derivation, "The loss");
            assert_eq!(lines[0], "−Σ [y ln π + (1 − y) ln(1 − π)]", "{written}: {derivation}");
            assert!([format!("σ({written})"), format!("Φ({written})")].contains(&lines[1]), "{written}: {derivation}");
        }
    }
    // What is written both ways is one.
    let both = (eta - c).norm_cdf().ln() + (c - eta).norm_cdf().ln();
    let derivation = derive_all(both.sum(), &[theta]).expect("a derivation");
    assert_eq!(last_steps(&derivation, "The loss"), ["Σ [ln π + ln(1 − π)]", "Φ(η − c)", "Xθ"]);
}

/// A formula of all observations has X, or within a sum over them x, and not both.
#[test]
fn all_rows_and_one_are_not_mixed() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (theta, s) = (tape.input("theta", &[2]), tape.input("s", &[]));
    let r = y - x.linear(theta);
    ends(r.powi(2).mean().ln(), &[theta], &["(2/(Σ (y − Xθ)²))·Xᵀ(Xθ − y)"], None);
    ends(r.powi(2).sum().sqrt(), &[theta], &["(1/‖y − Xθ‖)·Xᵀ(Xθ − y)"], None);
    let eta = x.linear(theta);
    let norms = [y, eta].map(|of| of.powi(2).sum().sqrt());
    let cosine = (y * eta).sum() / (norms[0] * norms[1]);
    ends(cosine, &[theta], &["(1/(‖y‖ ‖Xθ‖³))·Xᵀ(‖Xθ‖²y − (yᵀXθ)Xθ)"], None);
    let means = r.powi(2).mean() * eta.exp().mean();
    let derivation = derive_all(means, &[theta]).expect("a derivation");
    assert!(derivation.to_string().contains("L = (1/n²)·Σ (y − η)²·Σ exp(η)\n"), "{derivation}");
    ends((s + r).sum(), &[s], &["n"], None);
    ends((s - r).powi(2).sum(), &[s], &["2 Σ [xᵀθ + s − y]"], None);
    for loss in [
        (r * y).sum() / r.powi(2).sum(),
        (r.exp().sum() + theta.powi(2).sum()).ln(),
        r.powi(2).mean() * (1.0 + r.abs().sum()),
        (r * r * s).tanh().mean().exp(),
    ] {
        let derivation = derive_all(loss, &[theta]).expect("a derivation").with_hessian(0).expect("a Hessian");
        for form in [last_steps(&derivation, "All observations"), last_steps(&derivation, "Curvature")].concat() {
            assert!(!(form.contains("Xᵀ") && form.contains("xθ")), "{form}");
        }
    }
}

/// A closed form is as short as the slope of one observation: powers cancel within the sum, and a penalty stands beside it.
#[test]
fn closed_forms_are_as_short_as_the_slopes_of_one_observation() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (theta, m, t) = (tape.input("theta", &[2]), tape.input("m", &[]), tape.input("t", &[]));
    let p = t.sigmoid().named("p");
    let bernoulli = -(p.pow(y) * (1.0 - p).pow(1.0 - y)).ln().sum();
    ends(bernoulli, &[t], &["Σ [σ(t) − y]"], None);
    let s = t.exp().named("s");
    let normal = (s.ln() + (y - m).powi(2) / (2.0 * s.powi(2))).sum();
    ends(normal, &[m, t], &["exp(−2t)·Σ [m − y]", "Σ [1 − (y − m)² exp(−2t)]"], None);
    let v = t.exp().named("v");
    let normal = (0.5 * v.ln() + (y - m).powi(2) / (2.0 * v)).sum();
    ends(normal, &[t], &["½ Σ [1 − (y − m)² exp(−t)]"], None);
    // What names hide cancels when they are written out.
    let p = 0.5 * (1.0 + (0.5 * x.linear(theta)).tanh()).named("q");
    let logistic = -(y * p.ln() + (1.0 - y) * (1.0 - p).ln()).sum();
    ends(logistic, &[theta], &["½Xᵀ(1 + tanh(½Xθ) − 2y)"], None);
    let f = m.exp().named("f");
    let (b, c) = ((p * f).named("b"), ((1.0 - p) * f).named("c"));
    let beta = derive_all((b.lgamma() + c.lgamma() - (b + c).lgamma()).sum(), &[m]).expect("a derivation");
    let last = last_steps(&beta, "All observations").remove(0);
    assert!(last.contains("ψ(exp(m))"), "{beta}");
    // A factor goes into the branches of a choice where it cancels.
    let p = x.linear(theta).sigmoid().named("p");
    let by_label = -y.gt(0.0).select(p, 1.0 - p).ln().sum();
    ends(by_label, &[theta], &["Xᵀ·{σ(Xθ) − 1 if y > 0, else σ(Xθ)}"], None);
    let mu = x.linear(theta).exp().named("mu");
    let deviance = (y.gt(0.0).select(y * (y / mu).ln(), 0.0 * y) - (y - mu)).sum();
    ends(deviance, &[theta], &["Xᵀ(exp(Xθ) − {y if y > 0, else 0})"], None);
    let a = tape.input("a", &[]);
    let squares = (y - x.linear(theta)).powi(2).mean();
    let net = 0.5 * (a * theta.abs().sum() + (1.0 - a) * theta.powi(2).sum() * 0.5);
    let derivation = derive_all(squares + net, &[theta]).expect("a derivation");
    let last = last_steps(&derivation, "All observations").remove(0);
    assert!(last.starts_with("(2/n)·Xᵀ(Xθ − y) + "), "{derivation}");
}

/// Where two names fit, always the same is taken: `a(1 − m)` and `mb`, of a = mf and b = (1 − m)f.
#[test]
fn a_loss_has_one_derivation() {
    let tape = Tape::<f64>::new();
    let (x, theta, f) = (tape.rows("X", &[2]), tape.input("theta", &[2]), tape.input("f", &[]));
    let m = x.linear(theta).sigmoid().named("m");
    let (a, b) = ((m * f).named("a"), ((1.0 - m) * f).named("b"));
    let loss = (a.lgamma() + b.lgamma() - 0.3 * a - 0.7 * b).sum();
    let derivation = || derive_all(loss, &[theta, f]).expect("a derivation").to_string();
    let first = derivation();
    (0..20).for_each(|_| assert_eq!(derivation(), first));
}
