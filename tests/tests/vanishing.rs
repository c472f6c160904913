//! Quotients of exponentials where the numerator is exactly 0: there its sign and the logarithm of its size have no derivative, but it has;
//! and recursions of such quotients.

use autodiff::{Rewrites, Tape, Var};

/// Records a loss of one number and constants.
type Loss = for<'t> fn(&'t Tape<f64>, Var<'t, f64>) -> Var<'t, f64>;

/// A number whose sign no rule knows.
fn number<'t>(tape: &'t Tape<f64>, name: &str, value: f64) -> Var<'t, f64> {
    tape.variable(name, value)
}

fn exponentials<'t>(tape: &'t Tape<f64>, t: Var<'t, f64>, z: [f64; 3]) -> (Var<'t, f64>, Var<'t, f64>) {
    let z = tape.variable("z", &z);
    (z, (z * t).exp())
}

/// All vanish at 0, or a part of them does.
const LOSSES: [(&str, Loss); 23] = [
    ("(y − μ)/μ", |tape, t| (number(tape, "y", 1.0) - t.exp()) / t.exp()),
    ("(y − μ)/(1 + μ)", |tape, t| (number(tape, "y", 1.0) - t.exp()) / (t.exp() + 1.0)),
    ("(y − μ)/√μ", |tape, t| (number(tape, "y", 1.0) - t.exp()) / t.exp().sqrt()),
    ("(y − μ)/μ²", |tape, t| (number(tape, "y", 1.0) - t.exp()) / t.exp().powi(2)),
    ("2((y − μ)/μ − ln(y/μ))", |tape, t| {
        let (y, mu) = (number(tape, "y", 1.0), t.exp());
        ((y - mu) / mu - (y / mu).ln()) * 2.0
    }),
    ("(y − μ)/(μ(1 + μ))", |tape, t| (number(tape, "y", 1.0) - t.exp()) / (t.exp() * (t.exp() + 1.0))),
    ("z(y − μ)/(1 + μ)", |tape, t| number(tape, "z", 3.0) * (number(tape, "y", 1.0) - t.exp()) / (t.exp() + 1.0)),
    ("t(y − μ)/(1 + μ)", |tape, t| t * (number(tape, "y", 1.0) - t.exp()) / (t.exp() + 1.0)),
    ("(y − μ)³/(1 + μ)", |tape, t| (number(tape, "y", 1.0) - t.exp()).powi(3) / (t.exp() + 1.0)),
    ("((y − μ)/μ)²", |tape, t| ((number(tape, "y", 1.0) - t.exp()) / t.exp()).powi(2)),
    ("e^((y − μ)/μ)", |tape, t| ((number(tape, "y", 1.0) - t.exp()) / t.exp()).exp()),
    ("(y − μ)/(y + μ)", |tape, t| {
        let y = number(tape, "y", 1.0);
        (y - t.exp()) / (y + t.exp())
    }),
    ("(y − μ)/(y − μ + μ)", |tape, t| {
        let rest = number(tape, "y", 1.0) - t.exp();
        rest / (rest + t.exp())
    }),
    ("(y·eᵗ − z)/(eᵗ + 2)", |tape, t| {
        (number(tape, "y", 2.0) * t.exp() - number(tape, "z", 2.0)) / (t.exp() + 2.0)
    }),
    ("(y − p)/(p(1 − p))", |tape, t| {
        let p = 1.0 / (1.0 + (-t).exp());
        (number(tape, "y", 0.5) - p) / (p * (1.0 - p))
    }),
    ("Σ z·e^(zt)/Σ e^(zt)", |tape, t| {
        let (z, powers) = exponentials(tape, t, [-1.0, 0.0, 1.0]);
        (z * powers).sum() / powers.sum()
    }),
    ("Σ z·e^(zt)/(1 + Σ e^(zt))", |tape, t| {
        let (z, powers) = exponentials(tape, t, [-1.0, 0.0, 1.0]);
        (z * powers).sum() / (powers.sum() + 1.0)
    }),
    ("t·(Σ z·e^(zt))/(1 + Σ e^(zt))", |tape, t| {
        let (z, powers) = exponentials(tape, t, [-1.0, 0.0, 1.0]);
        t * (z * powers).sum() / (powers.sum() + 1.0)
    }),
    ("Σ (y − e^(zt))/Σ e^(zt)", |tape, t| {
        let (_, powers) = exponentials(tape, t, [0.5, -0.5, 2.0]);
        (tape.variable("y", &[2.0, 0.5, 0.5]) - powers).sum() / powers.sum()
    }),
    ("Σ (y − e^(zt))/cumsum e^(zt)", |tape, t| {
        let (_, powers) = exponentials(tape, t, [0.5, -0.5, 2.0]);
        ((tape.variable("y", &[1.0, 2.0, 1.0]) - powers) / powers.cumsum(0)).sum()
    }),
    ("Π (y − e^(zt))/(1 + Σ e^(zt))", |tape, t| {
        let (_, powers) = exponentials(tape, t, [0.5, -0.5, 2.0]);
        (tape.variable("y", &[1.0, 2.0, 3.0]) - powers).prod() / (powers.sum() + 1.0)
    }),
    ("(z(y − μ) + μ)/(1 + μ)", |tape, t| {
        let (y, mu) = (number(tape, "y", 1.0), t.exp());
        (number(tape, "z", 3.0) * (y - mu) + mu) / (mu + 1.0)
    }),
    ("eᵗ·(Σ z·e^(zt))/(1 + Σ e^(zt)) over rows", |tape, t| {
        let z = tape.data("z", ndarray::arr1(&[-1.0, 0.0, 1.0]));
        let powers = (z * t).exp();
        t.exp() * (z * powers).sum() / (powers.sum() + 1.0)
    }),
];

/// The derivatives of the first three orders, by the interpreter and by a program.
fn derivatives(loss: Loss, rewrites: Rewrites, at: f64) -> [[f64; 2]; 3] {
    let tape = Tape::<f64>::new();
    tape.set_rewrites(rewrites);
    let t = tape.variable("t", at);
    let first = loss(&tape, t).grad(t);
    let second = first.grad(t);
    [first, second, second.grad(t)].map(|derivative| {
        let run = tape.compile(&[derivative]).unwrap().run(&[]).unwrap().number(0).unwrap();
        [derivative.item().unwrap(), run]
    })
}

#[test]
fn derivatives_are_right_where_a_numerator_is_0() {
    for (name, loss) in LOSSES {
        for at in [0.0, 0.3] {
            let as_written = derivatives(loss, Rewrites::NONE, at);
            let rewritten = derivatives(loss, Rewrites::ALL, at);
            for (order, (given, wanted)) in rewritten.iter().flatten().zip(as_written.iter().flatten()).enumerate() {
                let order = order / 2 + 1;
                assert!(
                    (given - wanted).abs() <= 1e-12 * wanted.abs().max(1.0),
                    "{name} at {at}: {given} for {wanted}, derivative {order}"
                );
            }
        }
    }
}

/// Logistic growth of rate e^0.1 towards e by Runge and Kutta, and its distance from 1 at every step.
fn growth<'t>(tape: &'t Tape<f64>, steps: usize) -> (Var<'t, f64>, Var<'t, f64>) {
    let t = tape.variable("t", 1.0);
    let (rate, capacity, mut at) = ((t * 0.1).exp(), t.exp(), (-t).exp());
    let slope = |at: Var<'t, f64>| rate * at * (1.0 - at / capacity);
    let mut loss = (at - 1.0).powi(2);
    for _ in 0..steps {
        let k1 = slope(at);
        let k2 = slope(at + k1 * 0.25);
        let k3 = slope(at + k2 * 0.25);
        let k4 = slope(at + k3 * 0.5);
        at += (k1 + 2.0 * k2 + 2.0 * k3 + k4) * (0.5 / 6.0);
        loss += (at - 1.0).powi(2);
    }
    (t, loss)
}

#[test]
fn recursions_of_quotients_of_sums_keep_their_size_and_their_numbers() {
    let derivative = |rewrites: Rewrites, steps: usize| {
        let tape = Tape::<f64>::new();
        tape.set_rewrites(rewrites);
        let (t, loss) = growth(&tape, steps);
        let first = loss.grad(t);
        let nodes = tape.len();
        let second = first.grad(t).item().unwrap();
        let run = tape.compile(&[first]).unwrap().run(&[]).unwrap().number(0).unwrap();
        (nodes, [first.item().unwrap(), run, second])
    };
    let counts = [20, 40, 80].map(|steps| {
        let (nodes, given) = derivative(Rewrites::ALL, steps);
        let (_, wanted) = derivative(Rewrites::NONE, steps);
        for (given, wanted) in given.iter().zip(&wanted) {
            assert!((given - wanted).abs() <= 1e-11 * wanted.abs(), "{steps} steps: {given} for {wanted}");
        }
        nodes
    });
    let [first, second, third] = counts;
    assert!(third - second < 3 * (second - first), "{counts:?} nodes of 20, 40 and 80 steps");
}
