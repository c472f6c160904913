//! Models as a new user writes them, each a loss of a few lines, fitted from a natural start by every method to what JAX and
//! SciPy find (`tests/reference/objectives.json`).

use super::own::{METHODS, Own};
use autodiff::{Tape, Var};
use ndarray::{Array1, Array2, ArrayD, IxDyn, arr0};
use serde_json::Value;

/// A model's data, start and minimum.
struct Case {
    json: Value,
}

impl Case {
    fn read(name: &str) -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/objectives.json");
        let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        Self { json: all[name].clone() }
    }

    fn numbers(value: &Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    fn vector(&self, name: &str) -> Array1<f64> {
        Self::numbers(&self.json["data"][name]).into()
    }

    fn matrix(&self, name: &str) -> Array2<f64> {
        let rows: Vec<Vec<f64>> = self.json["data"][name].as_array().unwrap().iter().map(Self::numbers).collect();
        Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| rows[row][column])
    }

    /// Fits the loss by every method, and compares.
    fn check<F>(&self, loss: F)
    where
        F: for<'t> Fn(&'t Tape<f64>, Var<'t, f64>) -> Var<'t, f64>,
    {
        let names = self.json["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().into()).collect();
        let model = Own { names, start: Self::numbers(&self.json["start"]), loss };
        let (parameters, loss) = (Self::numbers(&self.json["parameters"]), self.json["loss"].as_f64().unwrap());
        for method in METHODS {
            let fit = model.fit(method).unwrap_or_else(|error| panic!("{method:?}: {error}"));
            assert!(fit.converged(), "{method:?} after {}: {} {:?}", fit.iterations, fit.status, fit.parameters);
            approx::assert_relative_eq!(fit.loss, loss, max_relative = 1e-11);
            let tolerance = if method == models::fit::Method::Lbfgs { 2e-5 } else { 1e-8 };
            for (found, expected) in fit.parameters.iter().zip(&parameters) {
                approx::assert_relative_eq!(*found, *expected, max_relative = tolerance, epsilon = tolerance);
            }
        }
    }
}

/// The parameter of that number.
fn of<'t>(p: Var<'t, f64>, number: usize) -> Var<'t, f64> {
    p.index_axis(0, number)
}

/// `b0 + b1·x`.
fn line<'t>(tape: &'t Tape<f64>, p: Var<'t, f64>, x: &Array1<f64>) -> Var<'t, f64> {
    of(p, 0) + of(p, 1) * tape.constant(x)
}

#[test]
fn cox_regression() {
    let case = Case::read("cox");
    let (x, event) = (case.matrix("x"), case.vector("event"));
    // Rows come by time, the longest first: who is at risk comes before.
    case.check(|tape, p| {
        let eta = tape.constant(&x).dot(p);
        (tape.constant(&event) * (eta.exp().cumsum(0).ln() - eta)).sum()
    });
}

#[test]
fn ordinal_logit() {
    let case = Case::read("ordinal");
    let (x, y) = (case.matrix("x"), case.vector("y"));
    case.check(|tape, p| {
        let eta = tape.constant(&x).dot(p.slice_axis(0, 3..5));
        let second = of(p, 0) + of(p, 1).exp();
        let cuts = [of(p, 0), second, second + of(p, 2).exp()];
        let mut loss = tape.constant(arr0(0.0));
        for level in 0..4 {
            let is = tape.constant(y.mapv(|y| f64::from(y == level as f64)));
            let ln = match level {
                0 => (cuts[0] - eta).log_sigmoid(),
                3 => (eta - cuts[2]).log_sigmoid(),
                _ => ((cuts[level] - eta).sigmoid() - (cuts[level - 1] - eta).sigmoid()).ln(),
            };
            loss -= (is * ln).sum();
        }
        loss
    });
}

#[test]
fn zero_inflated_poisson() {
    let case = Case::read("zero_inflated_poisson");
    let (x, y) = (case.vector("x"), case.vector("y"));
    case.check(|tape, p| {
        let (eta, zero, counts) = (line(tape, p, &x), of(p, 2), tape.constant(&y));
        let poisson = counts * eta - eta.exp() - (counts + 1.0).lgamma();
        let nothing = (zero.sigmoid() + (-zero).sigmoid() * (-eta.exp()).exp()).ln();
        -counts.lt(0.5).select(nothing, (-zero).log_sigmoid() + poisson).sum()
    });
}

#[test]
fn weibull_accelerated_failure_times_with_censoring() {
    let case = Case::read("weibull_aft");
    let (x, time, event) = (case.vector("x"), case.vector("time"), case.vector("event"));
    case.check(|tape, p| {
        let ln_time = tape.constant(&time).ln();
        let z = (ln_time - line(tape, p, &x)) / of(p, 2).exp();
        (z.exp() - tape.constant(&event) * (z - of(p, 2) - ln_time)).sum()
    });
}

#[test]
fn tobit() {
    let case = Case::read("tobit");
    let (x, y) = (case.vector("x"), case.vector("y"));
    case.check(|tape, p| {
        let (mean, ln_sigma, y) = (line(tape, p, &x), of(p, 2), tape.constant(&y));
        let z = (y - mean) / ln_sigma.exp();
        let density = -0.5 * z * z - ln_sigma - 0.5 * (2.0 * std::f64::consts::PI).ln();
        -y.gt(0.0).select(density, (-mean / ln_sigma.exp()).log_norm_cdf()).sum()
    });
}

#[test]
fn beta_regression() {
    let case = Case::read("beta");
    let (x, y) = (case.vector("x"), case.vector("y"));
    case.check(|tape, p| {
        let (mean, precision, y) = (line(tape, p, &x).sigmoid(), of(p, 2).exp(), tape.constant(&y));
        let (a, b) = (mean * precision, (1.0 - mean) * precision);
        let density = precision.lgamma() - a.lgamma() - b.lgamma() + (a - 1.0) * y.ln() + (b - 1.0) * (1.0 - y).ln();
        -density.sum()
    });
}

#[test]
fn gaussian_mixture() {
    let case = Case::read("gaussian_mixture");
    let y = case.vector("y");
    case.check(|tape, p| {
        let density = |mean: usize, sd: usize| {
            let z = (tape.constant(&y) - of(p, mean)) / of(p, sd).exp();
            (-0.5 * z * z).exp() / of(p, sd).exp() / (2.0 * std::f64::consts::PI).sqrt()
        };
        let weight = of(p, 0).sigmoid();
        -(weight * density(1, 3) + (1.0 - weight) * density(2, 4)).ln().sum()
    });
}

#[test]
fn hidden_markov_model() {
    let case = Case::read("hidden_markov");
    let y = case.vector("y");
    case.check(|tape, p| {
        let (stay, leave) = ([0, 1].map(|k| of(p, k).log_sigmoid()), [0, 1].map(|k| (-of(p, k)).log_sigmoid()));
        let emission = |t: usize, k: usize| {
            let y = tape.constant(arr0(y[t]));
            y * of(p, 2 + k) - of(p, 2 + k).exp() - (y + 1.0).lgamma()
        };
        let mut forward = [0, 1].map(|k| emission(0, k) + 0.5f64.ln());
        for t in 1..y.len() {
            let [a, b] = forward;
            forward = [
                (a + stay[0]).logaddexp(b + leave[1]) + emission(t, 0),
                (a + leave[0]).logaddexp(b + stay[1]) + emission(t, 1),
            ];
        }
        -forward[0].logaddexp(forward[1])
    });
}

#[test]
fn gaussian_process() {
    let case = Case::read("gaussian_process");
    let (x, y) = (case.vector("x"), case.vector("y"));
    let n = y.len();
    let distance = Array2::from_shape_fn((n, n), |(i, j)| (x[i] - x[j]).powi(2));
    case.check(|tape, p| {
        let [amplitude, length, noise] = [0, 1, 2].map(|k| (2.0 * of(p, k)).exp());
        let kernel =
            amplitude * (tape.constant(&distance) * -0.5 / length).exp() + noise * tape.constant(Array2::eye(n));
        let y = tape.constant(&y);
        0.5 * y.dot(kernel.solve_spd(y))
            + 0.5 * kernel.log_det_spd()
            + 0.5 * n as f64 * (2.0 * std::f64::consts::PI).ln()
    });
}

/// The slope `r·y·(1 − y/K)`.
fn growth<'t>(rate: Var<'t, f64>, capacity: Var<'t, f64>) -> impl Fn(Var<'t, f64>) -> Var<'t, f64> {
    move |y| rate * y * (1.0 - y / capacity)
}

#[test]
fn differential_equation() {
    let case = Case::read("ode");
    let y = case.vector("y");
    // Logistic growth by two steps of Runge and Kutta between observations.
    case.check(|tape, p| {
        let (rate, capacity, mut at) = (of(p, 0).exp(), of(p, 1).exp(), of(p, 2).exp());
        let slope = growth(rate, capacity);
        let h = 0.5;
        let mut loss = (tape.constant(arr0(y[0])) - at).powi(2);
        for &observed in y.iter().skip(1) {
            for _ in 0..2 {
                let k1 = slope(at);
                let k2 = slope(at + k1 * (h / 2.0));
                let k3 = slope(at + k2 * (h / 2.0));
                let k4 = slope(at + k3 * h);
                at += (k1 + 2.0 * k2 + 2.0 * k3 + k4) * (h / 6.0);
            }
            loss += (tape.constant(arr0(observed)) - at).powi(2);
        }
        0.5 * loss
    });
}

#[test]
fn negative_binomial_with_its_dispersion() {
    let case = Case::read("negative_binomial");
    let (x, y) = (case.vector("x"), case.vector("y"));
    case.check(|tape, p| {
        let (ln_mean, y) = (line(tape, p, &x) + of(p, 2), tape.constant(&y));
        let shape = (-of(p, 2)).exp();
        let density = (y + shape).lgamma()
            - shape.lgamma()
            - (y + 1.0).lgamma()
            - y * (-ln_mean).softplus()
            - shape * ln_mean.softplus();
        -density.sum()
    });
}

#[test]
fn multinomial_regression() {
    let case = Case::read("multinomial");
    let (x, y) = (case.matrix("x"), case.vector("y"));
    case.check(|tape, p| {
        let x = tape.constant(&x);
        let eta = |class: usize| of(p, 3 * class) + x.dot(p.slice_axis(0, 3 * class + 1..3 * class + 3));
        let zeros = tape.constant(ArrayD::zeros(IxDyn(&[y.len()])));
        let log = tape.stack(1, &[zeros, eta(0), eta(1)]).log_softmax(&[1]);
        let own = Array2::from_shape_fn((y.len(), 3), |(row, class)| f64::from(y[row] == class as f64));
        -(tape.constant(own) * log).sum()
    });
}

#[test]
fn poisson_regression_on_columns_from_0_to_10() {
    let case = Case::read("poisson");
    let (x, y) = (case.matrix("x"), case.vector("y"));
    case.check(|tape, p| {
        let eta = of(p, 0) + tape.constant(&x).dot(p.slice_axis(0, 1..3));
        (eta.exp() - tape.constant(&y) * eta).sum()
    });
}

#[test]
fn regression_with_students_t() {
    let case = Case::read("student_regression");
    let (x, y) = (case.vector("x"), case.vector("y"));
    case.check(|tape, p| {
        let z = (tape.constant(&y) - line(tape, p, &x)) / of(p, 2).exp();
        (2.5 * (z * z / 4.0).ln_1p() + of(p, 2)).sum()
    });
}
