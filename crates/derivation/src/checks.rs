//! Each rule, and the simplifier as a whole, on random numbers and at the edges: in 31 digits, so that nothing hides in rounding.

use crate::evaluate::Evaluator;
use crate::functions::{RULES, Rule};
use crate::import::import;
use crate::number::Number;
use crate::pool::{Id, Len, Pool, Role};
use autodiff::{Scalar, Tape, Var, Wide};
use ndarray::ArrayD;
use std::collections::HashMap;

/// How many random points a rule is checked on.
const POINTS: usize = 10_000;

/// Numbers at the edges of what there is.
const EDGES: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    -2.0,
    1e-300,
    -1e-300,
    f64::MIN_POSITIVE,
    f64::EPSILON,
    1.0 - f64::EPSILON,
    1.0 + f64::EPSILON,
    30.0,
    -30.0,
    700.0,
    -700.0,
    1e10,
    -1e10,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// Pseudo-random numbers: splitmix64.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between 0 and 1.
    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// A number of moderate size, now and then a small, large or whole one.
    fn number(&mut self) -> f64 {
        let x = 8.0 * self.unit() - 4.0;
        match self.below(8) {
            0 => x * 1e-6,
            1 => x * 10.0,
            2 => x.round(),
            _ => x,
        }
    }
}

fn points<T: From<f64>>(random: &mut Random) -> Vec<T> {
    let random: Vec<f64> = (0..POINTS).map(|_| random.number()).collect();
    random.iter().chain(EDGES).map(|&x| T::from(x)).collect()
}

/// Whether two results agree to `digits` of the largest number on the way; where the first has no value, the second may.
fn agree<T: Scalar>(left: T, right: T, scale: f64, digits: f64) -> bool {
    let (left, difference) = (real(left), real(right - left));
    !left.is_finite() || difference.abs() <= digits * scale.max(left.abs())
}

fn real<T: Scalar>(x: T) -> f64 {
    x.to_f64().unwrap_or(f64::NAN)
}

/// The largest magnitude among the parts of an expression, at each point.
fn scales<T: Scalar>(evaluator: &Evaluator<'_, '_, T>, id: Id, len: usize) -> Vec<f64> {
    let mut scales = vec![0.0f64; len];
    for node in evaluator.pool.reachable(id) {
        let Ok(value) = evaluator.record(node).and_then(|var| Ok(var.value()?)) else { continue };
        for (place, scale) in scales.iter_mut().enumerate() {
            let value = value.iter().nth(if value.len() == 1 { 0 } else { place }).map_or(0.0, |&x| real(x));
            if value.is_finite() {
                *scale = scale.max(value.abs());
            }
        }
    }
    scales
}

#[test]
fn every_rule_of_a_function_is_its_derivative() {
    let mut random = Random(1);
    for rule in RULES {
        // Special functions are of 16 digits in any scalar.
        let is_special = matches!(rule.name, "lgamma" | "digamma" | "erf" | "erfc" | "norm_cdf" | "norm_pdf");
        if is_special {
            check_rule::<f64>(rule, &mut random);
        } else {
            check_rule::<Wide>(rule, &mut random);
        }
    }
}

/// Compares a rule with the engine's derivative over what the catalogue samples, and at the edges where the function has a value.
fn check_rule<T: Scalar + From<f64>>(rule: &Rule, random: &mut Random) {
    let operation = autodiff::catalogue::operations().find(|operation| operation.name() == rule.name);
    let operation = operation.expect("the catalogue has it");
    let sample = operation.operands()[0];
    let within = |x: f64| sample.low + (sample.high - sample.low) * (x / 8.0 + 0.5).clamp(0.0, 1.0);
    let points: Vec<f64> = (0..POINTS).map(|_| within(random.number())).chain(EDGES.iter().copied()).collect();
    let tape = Tape::<T>::new();
    let x = tape.variable("x", points.iter().map(|&x| <T as From<f64>>::from(x)).collect::<Vec<T>>());
    let values = operation.record(&tape, &[x]);
    let engine = values.sum().grad(x).value().expect("a value");
    let values = values.value().expect("a value");
    let mut pool = Pool::default();
    let symbol = pool.symbol("x", Role::Given, None, vec![Len::Of(points.len())]);
    let call = pool.call(rule.name, &[symbol]);
    let slope = (rule.derivative)(&mut pool, symbol, call);
    let evaluator = Evaluator { pool: &pool, tape: &tape, rows: 0, symbols: HashMap::from([(symbol, x)]) };
    let ours = evaluator.record(slope).expect("it is recorded").broadcast_to(&[points.len()]).value().expect("a value");
    let mut compared = 0;
    for (((&at, &value), &engine), &ours) in points.iter().zip(&values).zip(&engine).zip(&ours) {
        let (value, engine, ours) = (real(value), real(engine), real(ours));
        if ours.is_finite() && !value.is_nan() {
            let error = (engine - ours).abs();
            assert!(error <= 1e-12 * engine.abs().max(1e-3), "{} at {at}: {engine} and {ours}", rule.name);
            compared += 1;
        }
    }
    assert!(compared >= POINTS * 9 / 10, "{} was compared at {compared} points alone", rule.name);
}

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

/// The values of a recording, and of what it is imported and simplified to.
fn compare<T: Scalar>(
    name: &str,
    recorded: Var<'_, T>,
    inputs: &[Var<'_, T>],
    digits: f64,
    within: impl Fn(f64) -> bool,
) -> usize {
    let tape = recorded.tape();
    let outputs: Vec<Var<'_, T>> = std::iter::once(recorded).chain(inputs.iter().copied()).collect();
    let recording = tape.recording(&outputs).expect("a recording");
    let mut imported = import(&recording, &[]);
    let (id, symbols) = imported.outputs.split_first().expect("outputs");
    let simple = imported.pool.simplify(*id);
    let symbols = symbols.iter().copied().zip(inputs.iter().copied()).collect();
    let evaluator = Evaluator { pool: &imported.pool, tape, rows: 0, symbols };
    let left = recorded.value().expect("a value");
    let right = evaluator.record(simple).expect("it is recorded");
    let right = right.broadcast_to(recorded.shape().trailing()).value().expect("a value");
    // The engine's own operations on the way may round: what they are given decides how much.
    let mut scales = scales(&evaluator, *id, left.len());
    if name.starts_with("ln") {
        // What it is the logarithm of is near 1 where that is near 0.
        scales.iter_mut().for_each(|scale| *scale = scale.max(1.0));
    }
    let mut compared = 0;
    for (place, ((&left, &right), &scale)) in left.iter().zip(&right).zip(&scales).enumerate() {
        let at: Vec<f64> = inputs
            .iter()
            .map(|input| input.value().expect("a value").iter().nth(place).map_or(f64::NAN, |&x| real(x)))
            .collect();
        if !at.iter().all(|&x| within(x)) {
            continue;
        }
        let values: (f64, f64) = (real(left), real(right));
        assert!(agree(left, right, scale, digits), "{name} at {at:?}: {values:?}");
        compared += usize::from(values.0.is_finite());
    }
    compared
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

/// Algebra is of numbers: over one denominator, 1/a − b/a² has no value at ∞.
fn is_number(x: f64) -> bool {
    !x.is_infinite()
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

/// A random expression of `leaves`.
fn expression<'t>(random: &mut Random, leaves: &[Var<'t, Wide>], depth: usize) -> Var<'t, Wide> {
    if depth == 0 {
        return leaves[random.below(leaves.len())];
    }
    let a = expression(random, leaves, depth - 1);
    let one = Wide::from(1.0);
    match random.below(17) {
        0 | 1 => a + expression(random, leaves, depth - 1),
        2 | 3 => a - expression(random, leaves, depth - 1),
        4 | 5 => a * expression(random, leaves, depth - 1),
        6 | 7 => a / expression(random, leaves, depth - 1),
        8 => -a + one,
        9 => a.exp(),
        10 => a.ln(),
        11 => a.sigmoid(),
        12 => a.powi(2),
        13 => a.sqrt(),
        14 => a.abs(),
        15 => a.recip(),
        _ => (a + one) * Wide::from(0.5),
    }
}

#[test]
fn random_expressions_keep_their_values() {
    let mut random = Random(3);
    let mut compared = 0;
    for _ in 0..400 {
        let tape = Tape::<Wide>::new();
        let mut leaf = |name: &str| {
            let values: Vec<Wide> = (0..25).map(|_| Wide::from(random.number())).collect();
            tape.variable(name, values)
        };
        let leaves = [leaf("a"), leaf("b"), leaf("c")];
        let recorded = expression(&mut random, &leaves, 5);
        compared += compare("a random expression", recorded, &leaves, 1e-20, is_number);
    }
    assert!(compared > 5_000, "{compared}");
}

#[test]
fn numbers_stay_numbers() {
    let mut pool = Pool::default();
    let (two, third) = (pool.whole(2), pool.number(Number::Ratio(1, 3)));
    let product = pool.product(&[two, third, two]);
    assert_eq!(pool.as_number(product), Some(Number::Ratio(4, 3)));
}

/// The adjoints that networks name, as they are defined and as they are written, are those of the recording.
#[test]
fn named_adjoints_are_the_slopes_of_the_loss() {
    let mut random = Random(5);
    let tape = Tape::<f64>::new();
    let mut variable =
        |name: &str, shape: &[usize]| tape.variable(name, ArrayD::from_shape_simple_fn(shape, || random.unit() + 0.1));
    let [w, v, c] = [("W", &[2, 2][..]), ("V", &[2, 3]), ("c", &[3])].map(|(name, shape)| variable(name, shape));
    let [x, y, weights] = [("X", &[2][..]), ("Y", &[3]), ("q", &[])].map(|(name, shape)| {
        let full: Vec<usize> = [5].iter().chain(shape).copied().collect();
        tape.data(name, ArrayD::from_shape_simple_fn(full, || random.unit() + 0.1))
    });
    let first = x.dot(w).named("S");
    let second = (first.tanh().dot(v) + c).named("T");
    let entropy = -(y * second.softmax(&[1]).ln()).sum_axes(&[1]);
    let squares = (y - second).powi(2).sum_axes(&[1]);
    let decay = w.powi(2).sum();
    for loss in [
        entropy.mean(),
        entropy.sum(),
        (weights * squares).sum() / weights.sum(),
        3.0 * squares.mean() + decay,
        squares.sum().sqrt(),
    ] {
        let mut found = crate::derive::find(loss, &[w, v, c]).expect("a derivation");
        let layers: Vec<_> = found.adjoints.clone().into_iter().filter(|adjoint| adjoint.name.is_some()).collect();
        assert_eq!(layers.len(), 2);
        for (layer, adjoint) in [first, second].into_iter().zip(layers) {
            let written = found.written_out(adjoint.value);
            let pool = &found.imported.pool;
            let numbers = Tape::<f64>::new();
            let constant = |var: Var<'_, f64>| numbers.constant(var.value().expect("a value"));
            let inputs = [w, v, c, x, y, weights].map(|input| (input.name().expect("a name"), constant(input)));
            let symbols = [written, adjoint.times].into_iter().flat_map(|id| pool.reachable(id)).filter_map(|id| {
                let name = &pool.as_symbol(id)?.name;
                inputs.iter().find(|(input, _)| input == name).map(|&(_, var)| (id, var))
            });
            let evaluator = Evaluator { pool, tape: &numbers, rows: 5, symbols: symbols.collect() };
            let [times, written] = [adjoint.times, written].map(|id| evaluator.record(id).expect("it is recorded"));
            let error = (times * constant(loss.grad(layer)) - written).norm().value().expect("a value").sum();
            assert!(error < 1e-13, "{error}\n{}", crate::derive_all(loss, &[w, v, c]).expect("a derivation"));
        }
    }
}
