//! The simplifier, identity by identity.

use super::compare::compare;
use super::{EDGES, POINTS, Random, is_number, points};
use autodiff::{Tape, Var, Wide};

/// Recordings that the rules apply to, by the rule's name.
#[allow(clippy::eq_op)] // The identities are what is tested.
fn identities<'t>(a: Var<'t, Wide>, b: Var<'t, Wide>) -> Vec<(&'static str, Var<'t, Wide>)> {
    let one = Wide::from(1.0);
    let half = Wide::from(0.5);
    let e = a.exp();
    let p = a.sigmoid();
    vec![
        ("a + a = 2a", a + a + b - a),
        ("a − a = 0", a - a + b),
        ("a·a/a = a", a * a / a),
        ("(ab)² = a²b²", (a * b).powi(2)),
        ("(a³)^½", a.powi(3).sqrt()),
        ("(a²)^½ is |a|", a.powi(2).sqrt()),
        ("√a·√a = a", a.sqrt() * a.sqrt()),
        ("(√a)² = a", a.sqrt().powi(2)),
        ("(1/a)^½", a.recip().sqrt()),
        ("(4a)/2", (a + a + a + a) * half),
        ("√(4a²)", (a * a + a * a + a * a + a * a).sqrt()),
        ("e^{ln a} = a", a.ln().exp()),
        ("ln eᵃ = a", a.exp().ln()),
        ("e^{2 ln a} = a²", (a.ln() + a.ln()).exp()),
        ("eᵃeᵇ = e^{a + b}", a.exp() * b.exp()),
        ("1/(1 + e^{−a}) = σ(a)", ((-a).exp() + one).recip()),
        ("1/(1 + eᵃ) = 1 − σ(a)", (e + one).recip()),
        ("eᵃ/(1 + eᵃ) = σ(a)", e / (e + one)),
        ("eᵃ/(1 + eᵃ)² = σ(1 − σ)", e / (e + one).powi(2)),
        ("e^{−a}/(1 + e^{−a})²", (-a).exp() / ((-a).exp() + one).powi(2)),
        ("eᵃ/(eᵃ + eᵇ) = σ(a − b)", e / (e + b.exp())),
        ("e^{2a}/(1 + eᵃ)² = σ²", (a + a).exp() / (e + one).powi(2)),
        ("(1 − 2e⁻ᵃ + e⁻²ᵃ)/(1 − e⁻ᵃ)", ((-(a + a)).exp() + one - (-a).exp() - (-a).exp()) / (-(-a).exp() + one)),
        ("(1 + eᵃ)² − e²ᵃ − b", (e + one).powi(2) - (a + a).exp() - b),
        ("2/(2 + 2eᵃ)", (e + e + one + one).recip() + (e + e + one + one).recip()),
        ("σ(−a) = 1 − σ(a)", (-a).sigmoid()),
        ("eᵃ(1 − σ(a)) = σ(a)", e * (-a).sigmoid()),
        ("e^{−a}σ(a) = 1 − σ(a)", (-a).exp() * p),
        ("|−a| = |a|", (-a).abs() + (b - a).abs() + (a - b).abs()),
        ("sign(−a) = −sign a", (-a).signum() * a + (b - a).signum()),
        ("|2a| = 2|a|", (a + a).abs()),
        ("|a|² = a²", a.abs().powi(2)),
        ("|b·eᵃ|² = b²e²ᵃ", (b * e).abs().powi(2)),
        ("|a − b|⁻² = (a − b)⁻²", (a - b).abs().powi(-2)),
        ("|a − b|·sign(a − b) = a − b", (a - b).abs() * (a - b).signum()),
        ("|a|³·sign(a)² = a³·sign a", a.abs().powi(3) * a.signum().powi(2)),
        ("|a|⁻¹·sign a", a.abs().recip() * a.signum()),
        ("max(0, a)·[a > 0] = max(0, a)", a.relu() * a.step()),
        ("−b/p + (1 − b)/(1 − p)", -(b / p) + (-b + one) / (-p + one)),
        ("(−b/p + (1 − b)/(1 − p))·p(1 − p) = p − b", (-(b / p) + (-b + one) / (-p + one)) * (p * (-p + one))),
        ("1/a − b/a²", a.recip() - b / a.powi(2)),
        ("(a − b)/(b − a) = −1", (a - b) / (b - a)),
        ("(a² − b²)/(a − b) = a + b", (a * a - b * b) / (a - b)),
        ("a(b + 1/a) = ab + 1", a * (b + a.recip())),
        ("a·b + a·b² = ab(1 + b)", a * b + a * b * b),
        ("(a + b)² − a² − 2ab = b²", (a + b).powi(2) - a * a - a * b - a * b),
        ("a/(b·a) = 1/b", a / (b * a)),
        ("a/√b·√b", a / b.sqrt() * b.sqrt()),
        // Of a negative number, powers are defined where they are whole: b − 1 may be so by rounding alone.
        ("a·a^{b − 1} = aᵇ", a * a.pow(b.round() - one)),
        ("|a|·|a|^{b − 1} = |a|ᵇ", a.abs() * a.abs().pow(b - one)),
        ("b·a²·|a|^{b − 3/2}", b * a.powi(2) * a.abs().pow(b - one - half)),
        ("|a|³·|a|^{b − 2} = |a|·|a|ᵇ", a.abs().powi(3) * a.abs().pow(b - one - one)),
        ("eᵃ·(eᵃ)^{b − 1}", e * e.pow(b - one)),
        ("sinh a/cosh a = tanh a", a.sinh() / a.cosh()),
        ("b·sinh² a/cosh³ a = b·tanh² a/cosh a", b * a.sinh().powi(2) / a.cosh().powi(3)),
        ("select(c, a, a) = a", a.lt(b).select(a, a)),
        ("select(c, −a, −b) = −select(c, a, b)", a.lt(b).select(-a, -b)),
        ("select(c, 0, −b) = −select(c, 0, b)", a.lt(b).select(a - a, -b)),
        ("select(c, a, 0) + ab·select(c, 0, b)", a.lt(b).select(a, a - a) + a * b * a.lt(b).select(b - b, b)),
        ("select(c, a, b) + p − select(c, b, 1)", a.lt(b).select(a, b) + p - a.lt(b).select(b, one)),
        ("select(c, a, b)/select(c, ab, a) = select(c, 1/b, b/a)", { a.lt(b).select(a, b) / a.lt(b).select(a * b, a) }),
        ("b·select(c, a, p)²/select(c, ab, b) = select(c, a, p²)", {
            b * a.lt(b).select(a, p).powi(2) / a.lt(b).select(a * b, b)
        }),
        ("a·select(c, 1/a, b) = select(c, 1, ab)", a * a.lt(b).select(a.recip(), b)),
        ("p(p − 1)·select(c, 1/p, 1/(p − 1))", {
            let less = p - one;
            p * less * a.lt(b).select(p.recip(), less.recip())
        }),
        ("−p·select(c, 1/p, −b)", -(p * a.lt(b).select(p.recip(), -b))),
        ("2p(b − select(c, a/p, 0))", (p + p) * (b - a.lt(b).select(a / p, b - b))),
        (
            "abp + ab|b| + b|a| + p|a| = ab(p + |b|) + |a|(b + p)",
            a * b * p + a * b * b.abs() + b * a.abs() + p * a.abs(),
        ),
        ("max(a, a) = a", a.maximum(a) - b.minimum(b)),
        ("[a > a/4] = [a > 0]", a.gt(a * half * half) + a.lt(a + a) + (b + b).ge(b) + (-b).le(b)),
    ]
}

/// Operations that are written out by simpler ones, which lose digits near their limits.
fn written_out<'t>(a: Var<'t, f64>, b: Var<'t, f64>) -> Vec<(&'static str, Var<'t, f64>)> {
    vec![
        ("log_loss", a.sigmoid().log_loss(b)),
        ("softplus", a.softplus()),
        ("log_sigmoid", a.log_sigmoid()),
        ("logaddexp", a.logaddexp(b)),
        ("sigmoid_slope", a.sigmoid_slope()),
        ("gaussian", a.gaussian()),
        ("log1mexp", a.log1mexp()),
        ("hypot", a.hypot(b)),
        ("xlogy", a.xlogy(b)),
        ("xlog1py", a.xlog1py(b)),
        ("exp_m1", a.exp_m1()),
        ("ln_1p", a.ln_1p()),
        ("log2", a.log2()),
        ("log10", a.log10()),
        ("exp2", a.exp2()),
        ("rsqrt", a.rsqrt()),
        ("Φ(−a) = 1 − Φ(a)", (-a).norm_cdf()),
        ("log_norm_cdf", a.log_norm_cdf()),
        ("ln_beta", a.ln_beta(b)),
        ("ln_rising", a.ln_rising(b)),
    ]
}

#[test]
fn every_identity_holds_wherever_its_left_side_has_a_value() {
    let mut random = Random(2);
    let tape = Tape::<Wide>::new();
    let (first, mut second) = (points(&mut random), points(&mut random));
    // Edges beside random numbers, and beside each other.
    second[..EDGES.len()].reverse();
    let edges = EDGES.len();
    second[POINTS..].rotate_left(edges / 3);
    let (a, b) = (tape.variable("a", first), tape.variable("b", second));
    for (name, recorded) in identities(a, b) {
        let compared = compare(name, recorded, &[a, b], 1e-20, is_number);
        assert!(compared > POINTS / 8, "{name} was compared at {compared} points alone");
    }
}

#[test]
fn what_is_written_out_is_the_operation() {
    let mut random = Random(4);
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.variable("a", points::<f64>(&mut random)), tape.variable("b", points::<f64>(&mut random)));
    for (name, recorded) in written_out(a, b) {
        let compared = compare(name, recorded, &[a, b], 1e-12, |x| x == 0.0 || (1e-3..30.0).contains(&x.abs()));
        assert!(compared > POINTS / 8, "{name} was compared at {compared} points alone");
    }
}
