//! What an applied rewrite is called: the equation that was applied at its place, not another one of the same rewrite.

use super::V;
use autodiff::Tape;

/// Of x and y.
type Loss = for<'t> fn(V<'t>, V<'t>) -> V<'t>;

/// A loss, and the equations that are listed for it.
type Naive = (Loss, &'static [&'static str]);

const LN_SIGMOID: &str = "ln(σ(z)) → −softplus(−z)";
const ONE_MINUS_SIGMOID: &str = "1 − σ(z) → σ(−z)";
const ONE_MINUS_EXP: &str = "1 − eˣ → −exp_m1(x)";
const LN_NORM_CDF: &str = "ln(Φ(x)) → log_norm_cdf(x)";
const LN_DIFFERENCE: &str = "ln(eᵃ − eᵇ) → a + log1mexp(a − b)";

const DIFFERENCES: &[Naive] = &[
    (|x, _| 1.0 - x.cos(), &["1 − cos x → 2 sin²(x/2)"]),
    (|x, _| x.cos() - 1.0, &["1 − cos x → 2 sin²(x/2)"]),
    (|x, _| 1.0 - x.cosh(), &["1 − cosh x → −2 sinh²(x/2)"]),
    (|x, y| x.cosh() - y.cosh(), &["cosh x − cosh y → 2 sinh((x + y)/2)·sinh((x − y)/2)"]),
    (|x, y| x.cos() - y.cos(), &["cos x − cos y → −2 sin((x + y)/2)·sin((x − y)/2)"]),
    (|x, y| x.cosh() - y.cos(), &["cosh x − cos y → 2 sinh²(x/2) + 2 sin²(y/2)"]),
    (|x, _| 1.0 - x.norm_cdf(), &["1 − Φ(x) → Φ(−x)"]),
    (|x, _| 1.0 - x.erf(), &["1 − erf x → erfc x"]),
    (|x, _| 1.0 - x.erfc(), &["1 − erfc x → erf x"]),
    (|x, _| 2.0 - x.erfc(), &["2 − erfc x → erfc(−x)"]),
    (|x, _| 1.0 + x.erf(), &["1 + erf x → erfc(−x)"]),
    (|x, _| 1.0 + x.tanh(), &["1 + tanh x → 2σ(2x)"]),
    (|x, _| 1.0 - x.tanh(), &["1 − tanh x → 2σ(−2x)"]),
    (|x, _| 1.0 - x.tanh().powi(2), &["1 − tanh² x → 4σ(2x)σ(−2x)"]),
    (|x, _| 1.0 - x.sigmoid(), &[ONE_MINUS_SIGMOID]),
    (|x, _| 1.0 - (-x).exp(), &[ONE_MINUS_EXP]),
    (|x, _| x.exp() - 1.0, &["eˣ − 1 → exp_m1(x)"]),
    (|x, y| 1.0 - x / (x + y), &["1 − a/(a + b) → b/(a + b)"]),
    (|x, y| x.norm_cdf() - y.norm_cdf(), &["Φ(a) − Φ(b) → Φ(−b) − Φ(−a), in the right tail"]),
    (|x, y| x.sigmoid() - y.sigmoid(), &["σ(a) − σ(b) → σ(−b) − σ(−a), in the right tail"]),
    (|x, y| x.erf() - y.erf(), &["erf a − erf b → erfc b − erfc a, in the right tail"]),
    (|x, y| x.atan() - y.atan(), &["atan p − atan q → atan((p − q)/(1 + p·q))"]),
    (|x, _| x - 1.0 - x.ln(), &["q − 1 − ln q → exp_remainder(ln q)"]),
    (|x, y| (x + y).lgamma() - x.lgamma(), &["ln Γ(a + b) − ln Γ(a) → ln_rising(a, b)"]),
    (|x, y| x.lgamma() + y.lgamma() - (x + y).lgamma(), &["ln Γ(a) + ln Γ(b) − ln Γ(a + b) → ln_beta(a, b)"]),
];

const LOGARITHMS: &[Naive] = &[
    (|x, _| x.cosh().ln(), &["ln(cosh x) → ln_cosh(x)"]),
    (|x, _| x.sinh().ln(), &["ln |sinh x| → |x| + ln(1 − e^(−2|x|)) − ln 2"]),
    (|x, _| x.norm_cdf().ln(), &[LN_NORM_CDF]),
    (|x, _| (1.0 - x.norm_cdf()).ln(), &["1 − Φ(x) → Φ(−x)", LN_NORM_CDF]),
    (|x, _| x.norm_pdf().ln(), &["ln(φ(x)) → −x²/2 − ln √(2π)"]),
    (|x, _| x.erfc().ln(), &["ln(erfc x) → ln 2 + log_norm_cdf(−√2·x)"]),
    (|x, _| (1.0 - x.tanh()).ln(), &["1 − tanh x → 2σ(−2x)", LN_SIGMOID, "ln(w·eˣ) → ln w + x"]),
    (|x, _| (1.0 - x.sigmoid()).ln(), &[ONE_MINUS_SIGMOID, LN_SIGMOID]),
    (|x, _| (1.0 - (-x).exp()).ln(), &[ONE_MINUS_EXP, LN_DIFFERENCE]),
    (|x, _| (1.0 - x).ln(), &["ln(1 − x) → ln_1p(−x)"]),
    (|x, y| (x.tanh() - y.tanh()).ln(), &["ln(tanh a − tanh b) → ln 2 + ln σ(2a) + ln σ(−2b) + log1mexp(2a − 2b)"]),
    (|x, _| x.ln().softplus(), &["softplus(ln x) → ln_1p(x)"]),
];

const QUOTIENTS_AND_POWERS: &[Naive] = &[
    (|x, _| (x.exp() - 1.0) / x, &["eˣ − 1 → exp_m1(x)", "(eˣ − 1)/x → exp_m1_ratio(x)"]),
    (|x, _| x / (x.exp() - 1.0), &["eˣ − 1 → exp_m1(x)", "x/(eˣ − 1) → 1/exp_m1_ratio(x)"]),
    (|x, _| x.sinh() / x, &["sinh(x)/x → e^ln_sinh_ratio(x)"]),
    (|x, _| x.sinh() / x.cosh(), &["sinh(x)/cosh(x) → tanh x"]),
    (|x, _| 1.0 / (1.0 + (-x).exp()), &["1/(1 + eʷ) → σ(−w)"]),
    (|x, _| x.exp() / (1.0 + x.exp()), &["eᶻ/(1 + eᶻ) → σ(z)"]),
    (|x, y| (1.0 - x).pow(y), &["(1 + u)ᵖ → e^(p·ln_1p(u))"]),
    (|x, _| (1.0 + x).acosh(), &["arcosh(1 + u) → 2 arsinh(√(u/2))"]),
    (|x, _| (x * x + 1.0).sqrt() - 1.0, &["√(x² + c) → hypot(x, √c)", "√(x² + b²) − b → x²/(√(x² + b²) + b)"]),
];

const LIMITS_FACTORS_AND_TAILS: &[Naive] = &[
    (|x, y| x * (1.0 + y / x).ln(), &["ln(1 + x) → ln_1p(x)", "r·ln(1 + m/r) → m·ln_1p_ratio(m/r)", "y/(1/x) → y·x"]),
    (
        |x, y| x * ((1.0 + y / x).ln() + (1.0 + 2.0 * y / x).ln()),
        &["ln(1 + x) → ln_1p(x)", "r·Σ ln(1 + m/r) → Σ m·ln_1p_ratio(m/r)", "y/(1/x) → y·x"],
    ),
    (
        |x, y| ((1.0 + x * y).ln() - (1.0 + 2.0 * x).ln()) / x,
        &["ln(1 + x) → ln_1p(x)", "Σ ln(1 + m·h)/h → Σ m·ln_1p_ratio(m·h)"],
    ),
    (|x, _| x.exp2().acosh(), &["arcosh(g(x)) → ln g(x) + ln 2, where g(x) is huge"]),
    (|x, _| x.sinh().recip(), &["sinh(x)ᵖ → e^(p·(x + ln(1 − e^(−2x)) − ln 2)), where sinh x is huge"]),
    (|x, _| x.gaussian().sqrt(), &["(e^(−x²))ᵖ → e^(−p·x²), where e^(−x²) is tiny"]),
    (|x, y| (1.0 + x * y).ln() / x, &["ln(1 + m·h)/h → m·ln_1p_ratio(m·h)", "ln(1 + x) → ln_1p(x)"]),
    (|x, y| x * ((x + y).ln() - x.ln()), &["ln(a + b) − ln a → ln_1p(b/a)"]),
    (|x, y| x.ln() - (x + y).ln(), &["ln a − ln(a + b) → −ln_1p(b/a)"]),
    (|x, y| (x + y).ln() - x.ln(), &["ln(a + b) − ln a → ln_1p(b/a)"]),
    (|x, y| (x * y) / (x * y.exp()), &["(a·x)/(b·x) → a/b"]),
    (|x, y| (y / x) * (x * y.exp()), &["(a/x)·(b·x) → a·b"]),
    (|x, y| (x * x * y) / x, &["(a·xⁿ)/(b·xᵐ) → (a/b)·xⁿ⁻ᵐ"]),
    (|x, _| x * x / x.abs(), &["(a·x²)/(b·|x|) → |x|·a/b"]),
    (|x, y| (x * y) / x.abs(), &["(a·x)/(b·|x|) → sign(x)·a/b"]),
    (|x, _| x.norm_cdf().recip(), &["Φ(x)ᵖ → e^(p·log_norm_cdf(x)), where Φ(x) is tiny"]),
    (|x, _| x.exp().sqrt(), &["(eˣ)ᵖ → eᵖˣ"]),
    (|x, _| x.cosh().sqrt(), &["cosh(x)ᵖ → e^(p·ln_cosh(x)), where cosh x is huge"]),
    (|x, _| x.cosh().log10(), &["ln(cosh x) → ln_cosh(x)"]),
    (|x, _| x.norm_cdf().log2(), &["ln(Φ(x)) → log_norm_cdf(x)"]),
    (|x, _| x.exp().asinh(), &["arsinh(g(x)) → ln g(x) + ln 2, where g(x) is huge"]),
    (|x, _| x.exp().atan(), &["arctan(g(x)) → π/2 − e^(−ln g(x)), where g(x) is huge"]),
    (|x, _| x.softplus().recip(), &["softplus(x)ᵖ → e^(p·(x + ln(ln_1p(eˣ)/eˣ))), where eˣ is tiny"]),
    (|x, _| x.norm_pdf().sqrt(), &["φ(x)ᵖ → e^(−p·(x²/2 + ln √(2π))), where φ(x) is tiny"]),
    (|x, _| x.erfc().recip(), &["erfc(x)ᵖ → e^(p·(ln 2 + log_norm_cdf(−√2·x))), where erfc x is tiny"]),
    (|x, _| x.sigmoid().sqrt(), &["σ(x)ᵖ → e^(−p·softplus(−x)), where σ(x) is tiny"]),
    (|x, _| x.exp_m1().sqrt(), &["(eˣ − 1)ᵖ → e^(p·(x + ln(1 − e⁻ˣ))), where eˣ is huge"]),
];

#[test]
fn an_applied_rewrite_is_called_by_the_equation_that_was_applied() {
    for (place, &(loss, expected)) in
        [DIFFERENCES, LOGARITHMS, QUOTIENTS_AND_POWERS, LIMITS_FACTORS_AND_TAILS].concat().iter().enumerate()
    {
        let tape = Tape::<f64>::new();
        let (x, y) = (tape.variable("x", 0.3), tape.variable("y", 0.2));
        let program = tape.compile(&[loss(x, y)]).unwrap();
        let equations = |mut equations: Vec<&'static str>| {
            equations.sort_unstable();
            equations.dedup();
            equations
        };
        let listed = program.rewrites().iter().map(|applied| applied.equation).collect();
        assert_eq!(equations(listed), equations(expected.to_vec()), "loss {place}");
    }
}

#[test]
fn what_saved_digits_is_called_by_its_equation() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 1e-9);
    let report = tape.accuracy(&[1.0 - x.cos()]).unwrap().to_string();
    assert!(report.contains("saved by 1 − cos x → 2 sin²(x/2) at "), "{report}");
}
