//! What is simplified is no longer than before, where it is written.

use autodiff::{Tape, Var};
use derivation::{Derivation, Step, derive_all};

/// The characters of a formula but spaces and parentheses.
fn size(step: &Step) -> usize {
    step.formula.text().chars().filter(|c| !c.is_whitespace() && !"()[]".contains(*c)).count()
}

/// The steps of one observation that are longer than the ones before them. What is written by derivatives is no formula yet, what
/// holds under a condition is no simpler form, and the loss itself is as the user wrote it.
fn longer(derivation: &Derivation) -> Vec<String> {
    let sections = derivation.sections().iter().filter(|section| section.title == "One observation");
    let mut found = Vec::new();
    for line in sections.flat_map(|section| section.lines.iter().skip(1)) {
        let is_formula = |step: &&Step| !step.formula.text().contains('∂');
        let steps: Vec<&Step> = line.steps.iter().filter(is_formula).collect();
        for pair in steps.windows(2) {
            let is_assumed = pair[1].note.as_deref().is_some_and(|note| note.starts_with("where"));
            if size(pair[1]) > size(pair[0]) && !is_assumed {
                found.push(format!("{} = {} = {}", line.left.text(), pair[0].formula.text(), pair[1].formula.text()));
            }
        }
    }
    found
}

/// All the ways of η to a loss of y, by a parameter a beside it.
fn losses<'t>(eta: Var<'t, f64>, y: Var<'t, f64>, a: Var<'t, f64>) -> Vec<Var<'t, f64>> {
    use std::f64::consts::PI;
    let entropy = |p: Var<'t, f64>| -(y * p.ln() + (1.0 - y) * (1.0 - p).ln());
    let focal = |p: Var<'t, f64>| -(y * (1.0 - p).powi(2) * p.ln() + (1.0 - y) * p.powi(2) * (1.0 - p).ln());
    let count = |mu: Var<'t, f64>, r: Var<'t, f64>| {
        let whole = (y + 1.0 / r) * (1.0 + r * mu).ln() - y * (r * mu).ln();
        whole + (1.0 / r).lgamma() - (y + 1.0 / r).lgamma()
    };
    let means =
        [eta.sigmoid(), eta.norm_cdf(), 0.5 + eta.atan() / PI, 1.0 - (-eta.exp()).exp(), 1.0 / (1.0 + (-eta).exp())];
    let mut losses: Vec<Var<'t, f64>> = means.iter().flat_map(|&p| [entropy(p), focal(p), (y - p).powi(2)]).collect();
    losses.push(-(y * (0.5 + eta.atan() / PI).ln() + (1.0 - y) * (0.5 - eta.atan() / PI).ln()));
    for r in [a, a.exp(), a.exp().named("r")] {
        losses.extend([count(eta.exp(), r), count(eta.exp().named("mu"), r)]);
        let z = (y - eta) / r;
        losses.extend([r.ln() + 0.5 * z.powi(2), r.ln() + z.named("z").powi(2), (1.0 + z.powi(2)).ln() + r.ln()]);
        losses.extend([r.ln() + (y - eta).powi(2) / (2.0 * r), z.exp() - z + r.ln(), (z.cosh().ln() + r.ln()) * y]);
        losses.extend([-((z.norm_cdf() * z.sigmoid()).ln()), -(y * z.tanh() + (1.0 - z.tanh().powi(2)) / r)]);
    }
    let [w, mu] = [a.sigmoid().named("w"), eta.exp().named("mu")];
    losses.push(-(w * (-0.5 * (y - eta).powi(2)).exp() + (1.0 - w) * (-0.5 * (y - a).powi(2)).exp()).ln());
    losses.push(-y.lt(0.5).select(w + (1.0 - w) * (-mu).exp(), (1.0 - w) * (y * mu.ln() - mu).exp()).ln());
    losses.extend([y / mu + mu.ln(), (y - mu).powi(2) / (mu.powi(2) * y), (1.0 - y / mu).abs() * a.sqrt()]);
    losses.extend([
        (y - eta / (a + eta)).powi(2),
        a / (1.0 + a * eta) - y / eta,
        (eta + y / eta) * (1.0 / a - eta).powi(3),
    ]);
    losses
}

#[test]
fn no_step_is_longer_than_the_one_before() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (theta, a) = (tape.input("theta", &[2]), tape.input("a", &[]));
    let losses = losses(x.linear(theta), y, a);
    assert!(losses.len() > 50);
    let mut found = Vec::new();
    for loss in losses {
        let derivation = derive_all(loss.sum(), &[theta, a]).expect("a derivation");
        found.extend(longer(&derivation));
    }
    assert!(found.is_empty(), "{} steps:\n{}", found.len(), found.join("\n"));
}

#[test]
fn the_forms_are_short() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (theta, s) = (tape.input("theta", &[2]), tape.input("s", &[]));
    let ends = |loss: Var<'_, f64>, by: &[Var<'_, f64>], gradient: &str, curvature: &str| {
        let derivation = derive_all(loss, by).expect("a derivation").with_hessian(0).expect("a Hessian");
        let last = |title: &str| {
            let section = derivation.sections().iter().find(|section| section.title == title).expect("a section");
            section.lines[0].steps[0].formula.text()
        };
        assert_eq!([last("All observations"), last("Curvature")], [gradient, curvature], "{derivation}");
    };
    let p = x.linear(theta).sigmoid().named("p");
    let focal = -(y * (1.0 - p).powi(2) * p.ln() + (1.0 - y) * p.powi(2) * (1.0 - p).ln()).sum();
    let gradient = "Xᵀ(p² ⊙ (1 − y) ⊙ (p − 2(1 − p) ⊙ ln(1 − p)) − y ⊙ (1 − p)² ⊙ (1 − p − 2p ⊙ ln p))";
    let curvature = "Xᵀ diag(p(1 − p)(y(1 − p)(5 + 2(1 − 3p) ln p − 5p) + p(1 − y)(5p − 2(2 − 3p) ln(1 − p)))) X";
    ends(focal, &[theta], gradient, curvature);
    let r = y - x.linear(theta);
    let normal = (s.ln() + r.powi(2) / (2.0 * s.powi(2))).sum();
    ends(normal, &[s, theta], "(1/s³)·Σ [s² − (y − η)²]", "(3 Σ (y − η)² − s²n)/s⁴");
    let normal = (0.5 * s.ln() + r.powi(2) / (2.0 * s)).sum();
    ends(normal, &[s, theta], "(1/(2s²))·Σ [s − (y − η)²]", "(1/s³)·Σ (y − η)² − n/(2s²)");
}
