//! The printed closed form, evaluated, is the engine's gradient: for many models, from naive recordings, at random points.

use autodiff::{Tape, Var};
use derivation::derive_all;
use ndarray::{ArrayD, IxDyn};

/// Pseudo-random numbers between −1 and 1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn array(&mut self, shape: &[usize], by: impl Fn(f64) -> f64) -> ArrayD<f64> {
        ArrayD::from_shape_simple_fn(IxDyn(shape), || by(self.next()))
    }
}

/// The data and parameters that the models share.
struct Inputs<'t> {
    x: Var<'t, f64>,
    y: Var<'t, f64>,
    positive: Var<'t, f64>,
    labels: Var<'t, f64>,
    weights: Var<'t, f64>,
    theta: Var<'t, f64>,
    coefficients: Var<'t, f64>,
    lambda: Var<'t, f64>,
    scale: Var<'t, f64>,
    first: [Var<'t, f64>; 2],
    second: [Var<'t, f64>; 2],
}

const N: usize = 7;

fn inputs<'t>(tape: &'t Tape<f64>, random: &mut Random) -> (Inputs<'t>, Vec<(&'static str, ArrayD<f64>)>) {
    let mut one_hot = ArrayD::zeros(IxDyn(&[N, 3]));
    for row in 0..N {
        one_hot[[row, row % 3]] = 1.0;
    }
    let mut design = random.array(&[N, 2], |x| x);
    design.column_mut_of(0).fill(1.0);
    let values: Vec<(&'static str, ArrayD<f64>)> = vec![
        ("X", design),
        ("y", random.array(&[N], |x| f64::from(u8::from(x > 0.0)))),
        ("t", random.array(&[N], |x| 1.5 + x)),
        ("Y", one_hot),
        ("w", random.array(&[N], |x| 1.2 + x)),
        // So that the predictor is negative, as canonical links of gamma and inverse Gaussian means want it.
        ("theta", ndarray::arr1(&[0.4 * random.next() - 2.0, 0.8 * random.next()]).into_dyn()),
        ("B", random.array(&[2, 3], |x| x)),
        ("lambda", random.array(&[], |x| 1.5 + x)),
        ("s", random.array(&[], |x| x)),
        ("W1", random.array(&[2, 4], |x| x)),
        ("b1", random.array(&[4], |x| x)),
        ("W2", random.array(&[4, 3], |x| x)),
        ("b2", random.array(&[3], |x| x)),
    ];
    let data = |name: &str| tape.data(name, array(&values, name));
    let variable = |name: &str| tape.variable(name, array(&values, name));
    let inputs = Inputs {
        x: data("X"),
        y: data("y"),
        positive: data("t"),
        labels: data("Y"),
        weights: data("w"),
        theta: variable("theta"),
        coefficients: variable("B"),
        lambda: variable("lambda"),
        scale: variable("s"),
        first: [variable("W1"), variable("b1")],
        second: [variable("W2"), variable("b2")],
    };
    (inputs, values)
}

fn array<'a>(values: &'a [(&'static str, ArrayD<f64>)], name: &str) -> &'a ArrayD<f64> {
    values.iter().find(|(given, _)| *given == name).map(|(_, array)| array).expect("it is there")
}

trait Columns {
    fn column_mut_of(&mut self, column: usize) -> ndarray::ArrayViewMutD<'_, f64>;
}

impl Columns for ArrayD<f64> {
    fn column_mut_of(&mut self, column: usize) -> ndarray::ArrayViewMutD<'_, f64> {
        self.index_axis_mut(ndarray::Axis(1), column)
    }
}

/// A loss by its name, and what it is derived by.
type Model<'t> = (&'static str, Var<'t, f64>, Vec<Var<'t, f64>>);

fn models<'t>(i: &Inputs<'t>) -> Vec<Model<'t>> {
    let (x, y, t, theta) = (i.x, i.y, i.positive, i.theta);
    let eta = x.linear(theta);
    let bernoulli = |p: Var<'t, f64>| -(y * p.ln() + (1.0 - y) * (1.0 - p).ln()).sum();
    let p = eta.sigmoid();
    let naive = 1.0 / (1.0 + (-eta).exp());
    let e = eta.exp();
    let mu = eta.exp();
    let gamma = -1.0 / eta;
    let inverse_gauss = (-2.0 * eta).sqrt().recip();
    let r = y - eta;
    let size = r.abs();
    let z = x.dot(i.coefficients);
    let odds = z.exp();
    let by_hand = odds / odds.sum_axes(&[1]).insert_axis(1);
    let shifted = z - z.max_axes(&[1]).insert_axis(1);
    let hidden = (x.dot(i.first[0]) + i.first[1]).tanh();
    let rectified = (x.dot(i.first[0]) + i.first[1]).relu();
    let layers = vec![i.first[0], i.first[1], i.second[0], i.second[1]];
    let scores = |hidden: Var<'t, f64>| (hidden.dot(i.second[0]) + i.second[1]).softmax(&[1]);
    let weibull = (t.ln() - eta) / i.scale.exp();
    let standardised = (t - eta) / i.scale.exp();
    let one = 0.0 * y + 1.0;
    let q = 0.5 * (1.0 + (0.5 * eta).tanh()).named("q");
    let v = i.scale.exp().named("v");
    let [shape, other] = [(p * v).named("a"), ((1.0 - p) * v).named("b")];
    vec![
        ("logistic by tanh", bernoulli(q), vec![theta]),
        ("logistic by label", -y.gt(0.0).select(p, 1.0 - p).ln().mean(), vec![theta]),
        ("deviance", (y.gt(0.0).select(t * (t / mu).ln(), 0.0 * y) - (t - mu)).sum(), vec![theta]),
        ("normal with its variance", (0.5 * v.ln() + r.powi(2) / (2.0 * v)).sum(), vec![theta, i.scale]),
        ("beta", (shape.lgamma() + other.lgamma() - (shape + other).lgamma()).sum(), vec![theta, i.scale]),
        ("logistic", bernoulli(p), vec![theta]),
        ("logistic by hand", bernoulli(naive), vec![theta]),
        ("logistic by odds", bernoulli(e / (1.0 + e)), vec![theta]),
        ("logistic, log_loss", p.log_loss(y).mean(), vec![theta]),
        ("logistic, softplus by hand", ((1.0 + e).ln() - y * eta).sum(), vec![theta]),
        ("logistic, weighted", (i.weights * p.log_loss(y)).sum(), vec![theta]),
        ("logistic and ridge", bernoulli(p) + 0.5 * i.lambda * (theta * theta).sum(), vec![theta]),
        ("probit", bernoulli(eta.norm_cdf()), vec![theta]),
        ("complementary log-log", bernoulli(1.0 - (-e).exp()), vec![theta]),
        ("Gauss", (0.5 * (y - eta).powi(2)).sum(), vec![theta]),
        ("least squares", (y - eta).powi(2).mean(), vec![theta]),
        ("least squares by products", (r * r).mean(), vec![theta]),
        ("ridge", 0.5 * r.powi(2).sum() + 0.5 * i.lambda * theta.powi(2).sum(), vec![theta]),
        ("ridge by the norm", r.powi(2).mean() + i.lambda * theta.norm(), vec![theta]),
        ("Poisson", (mu - t * mu.ln()).sum(), vec![theta]),
        ("Poisson by its predictor", (mu - t * eta).sum(), vec![theta]),
        ("gamma", (t / gamma + gamma.ln()).sum(), vec![theta]),
        ("inverse Gauss", ((t - inverse_gauss).powi(2) / (2.0 * inverse_gauss.powi(2) * t)).sum(), vec![theta]),
        ("gamma, log link", (t / mu + mu.ln()).sum(), vec![theta]),
        ("negative binomial", ((t + i.lambda) * (i.lambda + mu).ln() - t * mu.ln()).sum(), vec![theta]),
        ("Huber", size.lt(0.7).select(0.5 * r * r, 0.7 * size - 0.245).sum(), vec![theta]),
        ("absolute", size.sum(), vec![theta]),
        ("Cauchy", (1.0 + r * r).ln().sum(), vec![theta]),
        ("ln cosh", r.ln_cosh().mean(), vec![theta]),
        ("hinge", (1.0 - (2.0 * y - 1.0) * eta).relu().sum(), vec![theta]),
        ("Weibull", (weibull.exp() - y * (weibull - i.scale)).sum(), vec![theta, i.scale]),
        ("normal with its scale", (0.5 * standardised * standardised + i.scale).sum(), vec![theta, i.scale]),
        ("softmax", -(i.labels * z.softmax(&[1]).ln()).sum(), vec![i.coefficients]),
        ("softmax by hand", -(i.labels * by_hand.ln()).sum(), vec![i.coefficients]),
        ("log-softmax", -(i.labels * z.log_softmax(&[1])).sum(), vec![i.coefficients]),
        ("softmax, log-sum-exp", (z.logsumexp_axes(&[1]) - (i.labels * z).sum_axes(&[1])).mean(), vec![i.coefficients]),
        ("softmax, the largest taken off", -(i.labels * shifted.softmax(&[1]).ln()).sum(), vec![i.coefficients]),
        ("a network", -(i.labels * scores(hidden).ln()).sum(), layers.clone()),
        ("a rectified network", -(i.labels * scores(rectified).ln()).mean(), layers.clone()),
        (
            "a network with weight decay",
            -(i.labels * scores(hidden).ln()).sum() + i.lambda * i.first[0].powi(2).sum(),
            layers,
        ),
        ("a loss of the sum", (x.linear(theta) - y).powi(2).sum().sqrt(), vec![theta]),
        ("Poisson with an offset", ((eta + t).exp() - y * (eta + t)).sum(), vec![theta]),
        ("Poisson with exposures", (t * e - y * (t * e).ln()).mean(), vec![theta]),
        ("a weighted mean", (i.weights * r * r).sum() / i.weights.sum(), vec![theta]),
        ("an intercept of its own", (1.0 + ((y - i.scale - eta) / i.lambda).powi(2)).ln().sum(), vec![theta, i.scale]),
        ("Student's t", ((1.0 + i.lambda) * (1.0 + r * r / i.lambda).ln()).sum(), vec![theta]),
        ("quantiles", (0.3 * r).maximum(-0.7 * r).sum(), vec![theta]),
        ("pseudo-Huber", (i.lambda * i.lambda * ((1.0 + (r / i.lambda).powi(2)).sqrt() - 1.0)).sum(), vec![theta]),
        ("focal", -(y * (1.0 - p).powi(2) * p.ln()).sum(), vec![theta]),
        (
            "elastic net",
            r.powi(2).mean() + i.lambda * (0.2 * theta.abs().sum() + 0.8 * theta.powi(2).sum()),
            vec![theta],
        ),
        ("a partial likelihood", eta.exp().sum().ln() - (i.weights * eta).sum(), vec![theta]),
        ("a quadratic form", theta.dot(i.coefficients.dot(i.coefficients.t()).dot(theta)) * i.lambda, vec![theta]),
        ("a spared intercept", r.powi(2).sum() + i.lambda * theta.index_axis(0, 1).powi(2), vec![theta]),
        ("elements", (theta.index_axis(0, 0) * theta.index_axis(0, 1)).exp() + r.powi(2).mean(), vec![theta]),
        (
            "a row and an element of a matrix",
            (z.softmax(&[1]) - i.labels).powi(2).sum()
                + i.coefficients.index_axis(0, 1).powi(2).sum()
                + i.coefficients.index_axis(0, 0).index_axis(0, 2).exp(),
            vec![i.coefficients],
        ),
        ("a quotient of forms", theta.dot(i.coefficients.dot(i.second[1])) / theta.dot(theta), vec![theta]),
        ("a product of parameters", (theta * theta.exp()).sum() * i.lambda, vec![theta, i.lambda]),
        ("a number of rows by hand", r.powi(2).sum() / one.sum(), vec![theta]),
        ("a variance by hand", r.powi(2).sum() / (one.sum() - 1.0), vec![theta]),
        ("a root of the number of rows", (r.powi(2).sum() / one.sum()).sqrt() * one.sum().ln(), vec![theta]),
        ("the square of a constant sum", (0.0 * y + i.scale).sum().powi(2) + r.powi(2).sum(), vec![theta, i.scale]),
        ("what cancels", (t * i.scale / t).sum() * r.powi(2).sum() * t.powi(0).sum(), vec![theta, i.scale]),
        ("exponentials that cancel", ((i.scale - t).exp() * t.exp()).sum() + r.exp().sum(), vec![theta, i.scale]),
        ("a mean that cancels", (0.0 * y + i.scale).mean() * r.powi(2).sum(), vec![theta, i.scale]),
        ("ones by row", ((0.0 * i.labels + 1.0).sum_axes(&[1]) * y).sum() * i.scale, vec![i.scale]),
        ("constant rows", (0.0 * i.labels + i.scale).sum_axes(&[1]).mean() + i.scale.exp(), vec![i.scale]),
        ("constant classes", (0.0 * i.labels + i.second[1]).sum() + i.second[1].exp().sum(), vec![i.second[1]]),
        ("a log-sum-exp of a constant", (0.0 * y + i.scale).logsumexp() * r.powi(2).sum(), vec![theta, i.scale]),
        ("a norm of a constant", (0.0 * y + i.scale.exp()).norm() * r.powi(2).sum(), vec![theta, i.scale]),
    ]
}

fn close(engine: &ArrayD<f64>, ours: &ArrayD<f64>) -> bool {
    let scale = engine.iter().fold(1e-3f64, |largest, x| largest.max(x.abs()));
    engine.shape() == ours.shape() && engine.iter().zip(ours).all(|(a, b)| (a - b).abs() <= 1e-11 * scale)
}

#[test]
fn every_closed_form_is_the_gradient() {
    let mut random = Random(7);
    for _ in 0..40 {
        let tape = Tape::new();
        let (inputs, values) = inputs(&tape, &mut random);
        for (name, loss, by) in models(&inputs) {
            let derivation = derive_all(loss, &by).expect("a derivation");
            for (place, &parameter) in by.iter().enumerate() {
                let engine = loss.grad(parameter).value().expect("a gradient");
                let ours = derivation.gradient_value(place, &values).expect("a value");
                assert!(close(&engine, &ours), "{name}, parameter {place}: {engine} and {ours}\n{derivation}");
            }
        }
    }
}

/// Which parts of a loss the user has named changes how its derivation is written, and no value: not of a predictor with an offset
/// within a named part either.
#[test]
fn names_change_no_value() {
    let mut random = Random(9);
    for named in 0..32u32 {
        let tape = Tape::new();
        let (inputs, values) = inputs(&tape, &mut random);
        let part = |place: u32, part, name| if named >> place & 1 == 1 { Var::named(part, name) } else { part };
        let Inputs { x, y, labels, theta, first: [w1, b1], second: [w2, b2], scale, .. } = inputs;
        let hidden = part(1, part(0, x.dot(w1) + b1, "Z").tanh(), "H");
        let scores = part(2, hidden.dot(w2) + b2, "S");
        let softmax = -(labels * part(3, scores.softmax(&[1]), "P").ln()).mean();
        let slope = part(4, b1.sum() * scale, "q");
        let mean = part(2, part(1, part(0, x.linear(theta) + scale, "z").exp(), "mu") * slope + scale, "m");
        let squares = (y - mean).powi(2).mean() + part(3, theta.powi(2).sum(), "p");
        for (loss, by) in [(softmax, vec![w1, b1, w2, b2]), (squares, vec![theta, scale, b1])] {
            let derivation = derive_all(loss, &by).expect("a derivation");
            for (place, &parameter) in by.iter().enumerate() {
                let engine = loss.grad(parameter).value().expect("a gradient");
                let ours = derivation.gradient_value(place, &values).expect("a value");
                assert!(close(&engine, &ours), "{named}, parameter {place}: {engine} and {ours}\n{derivation}");
            }
        }
    }
}

#[test]
fn every_hessian_matrix_is_the_engines() {
    let mut random = Random(8);
    let mut matrices = 0;
    for _ in 0..5 {
        let tape = Tape::new();
        let (inputs, values) = inputs(&tape, &mut random);
        for (name, loss, by) in models(&inputs) {
            let derivation = derive_all(loss, &by).expect("a derivation");
            for (place, &parameter) in by.iter().enumerate().filter(|(_, parameter)| parameter.shape().ndim() == 1) {
                let Ok(ours) = derivation.hessian_value(place, &values) else { continue };
                let engine = loss.hessian(parameter).value().expect("a Hessian");
                let ours =
                    if ours.ndim() == 0 { ours.broadcast(engine.shape()).expect("a number").to_owned() } else { ours };
                assert!(close(&engine, &ours), "{name}, parameter {place}: {engine} and {ours}\n{derivation}");
                matrices += 1;
            }
        }
    }
    assert!(matrices >= 100, "{matrices}");
}

#[test]
fn a_missing_value_is_an_error_that_names_it() {
    let tape = Tape::<f64>::new();
    let (x, theta) = (tape.rows("X", &[2]), tape.input("theta", &[2]));
    let derivation = derive_all(x.linear(theta).powi(2).sum(), &[theta]).expect("a derivation");
    let error = derivation.gradient_value(0, &[]).expect_err("nothing is given").to_string();
    assert!(error.contains("`X`") || error.contains("`theta`"), "{error}");
}
