//! One gradient for all: the canonical generalised linear models share `Xᵀ(μ − y)`, softmax has `Xᵀ(Π − Y)`, and a network passes such
//! a residual back through its layers. Each is recorded the naive way, derived by the engine, and held against its own numbers.

use autodiff::{Tape, Var};
use derivation::{Derivation, derive_all};
use examples::{Result, expect, expect_close, heading, largest_difference};
use ndarray::{Array2, ArrayD, arr1, arr2};

fn main() -> Result {
    canonical()?;
    penalised()?;
    classes()?;
    network()
}

/// The loss of one model, by the observations' linear predictor and response.
type Loss = for<'t> fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;

/// Binomial, Poisson, gamma, inverse Gaussian and Gaussian responses with their canonical links.
fn canonical() -> Result {
    let models: [(&str, Loss, &str); 5] = [
        (
            "Logistic regression",
            |eta, y| -(y * eta.sigmoid().ln() + (1.0 - y) * (1.0 - eta.sigmoid()).ln()),
            "Xᵀ(σ(Xθ) − y)",
        ),
        ("Poisson regression", |eta, y| eta.exp() - y * eta, "Xᵀ(exp(Xθ) − y)"),
        (
            "Gamma regression, μ = −1/η",
            |eta, y| {
                let mu = -1.0 / eta;
                y / mu + mu.ln()
            },
            "−Xᵀ(y + 1/(Xθ))",
        ),
        (
            "Inverse Gaussian regression, μ = 1/√(−2η)",
            |eta, y| {
                let mu = (-2.0 * eta).sqrt().recip();
                (y - mu).powi(2) / (2.0 * mu.powi(2) * y)
            },
            "Xᵀ(1/√(−2Xθ) − y)",
        ),
        ("Least squares", |eta, y| 0.5 * (y - eta).powi(2), "Xᵀ(Xθ − y)"),
    ];
    for (name, loss, closed) in models {
        let tape = Tape::<f64>::new();
        let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
        let loss = loss(x.linear(theta), y).sum();
        let found = derived(name, loss, &[theta])?;
        expect("the gradient is that of the family", found.to_string().contains(closed))?;
        // Predictors below 0, as gamma and inverse Gaussian means want them.
        let values = [
            ("X", arr2(&[[1.0, 0.25], [1.0, -0.5], [1.0, 0.75]]).into_dyn()),
            ("y", arr1(&[1.0, 0.25, 0.5]).into_dyn()),
            ("theta", arr1(&[-1.0, 0.5]).into_dyn()),
        ];
        agree(&tape, loss, &[theta], &found, &values)?;
    }
    Ok(())
}

/// A penalty adds its own part.
fn penalised() -> Result {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
    let (theta, lambda) = (tape.input("theta", &[2]), tape.input("lambda", &[]));
    let loss = 0.5 * (y - x.linear(theta)).powi(2).sum() + 0.5 * lambda * (theta * theta).sum();
    let found = derived("Ridge regression", loss, &[theta])?;
    expect("the penalty pulls at θ", found.to_string().contains("Xᵀ(Xθ − y) + λθ"))?;
    let values = [
        ("X", arr2(&[[1.0, 2.0], [1.0, -1.0]]).into_dyn()),
        ("y", arr1(&[0.5, 3.0]).into_dyn()),
        ("theta", arr1(&[0.25, -0.75]).into_dyn()),
        ("lambda", ndarray::arr0(2.0).into_dyn()),
    ];
    agree(&tape, loss, &[theta], &found, &values)
}

/// Softmax with the cross-entropy, by hand.
fn classes() -> Result {
    let tape = Tape::<f64>::new();
    let (x, labels) = (tape.rows("X", &[2]), tape.rows("Y", &[3]));
    let coefficients = tape.input("Theta", &[2, 3]);
    let exponentials = x.dot(coefficients).exp();
    let pi = exponentials / exponentials.sum_axes(&[1]).insert_axis(1);
    let loss = -(labels * pi.ln()).sum();
    let found = derived("Softmax regression", loss, &[coefficients])?;
    expect("classes have residuals too", found.to_string().contains("Xᵀ(Π − Y)"))?;
    let values = [
        ("X", arr2(&[[1.0, 0.5], [1.0, -2.0]]).into_dyn()),
        ("Y", arr2(&[[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]).into_dyn()),
        ("Theta", Array2::from_shape_fn((2, 3), |(i, j)| 0.3 * i as f64 - 0.2 * j as f64).into_dyn()),
    ];
    agree(&tape, loss, &[coefficients], &found, &values)
}

/// Two layers: each adds a factor to the chain.
fn network() -> Result {
    let tape = Tape::<f64>::new();
    let (x, labels) = (tape.rows("X", &[2]), tape.rows("Y", &[3]));
    let names = [("W1", vec![2, 4]), ("b1", vec![4]), ("W2", vec![4, 3]), ("b2", vec![3])];
    let weights: Vec<Var<'_, f64>> = names.iter().map(|(name, shape)| tape.input(name, shape)).collect();
    let hidden = (x.dot(weights[0]) + weights[1]).tanh();
    let pi = (hidden.dot(weights[2]) + weights[3]).softmax(&[1]);
    let loss = -(labels * pi.ln()).sum();
    let found = derived("A network of two layers", loss, &weights)?;
    let text = found.to_string();
    expect("each layer has its δ", text.contains("δ₂W₂ᵀ") && text.contains("Xᵀδ₁") && text.contains("A₁ᵀδ₂"))?;
    let wave = |shape: &[usize]| {
        let mut at = 0.0;
        ArrayD::from_shape_simple_fn(shape, || {
            at += 1.0;
            f64::sin(1.7 * at)
        })
    };
    let mut values = vec![("X", wave(&[2, 2])), ("Y", arr2(&[[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]).into_dyn())];
    values.extend(names.iter().map(|(name, shape)| (*name, wave(shape))));
    agree(&tape, loss, &weights, &found, &values)
}

/// The derivation, printed.
fn derived(name: &str, loss: Var<'_, f64>, by: &[Var<'_, f64>]) -> Result<Derivation> {
    heading(name);
    let found = derive_all(loss, by)?;
    print!("{found}");
    Ok(found)
}

/// Fails unless the printed gradients, evaluated, are the engine's.
fn agree(
    tape: &Tape<f64>,
    loss: Var<'_, f64>,
    by: &[Var<'_, f64>],
    found: &Derivation,
    values: &[(&str, ArrayD<f64>)],
) -> Result {
    let program = tape.compile(&loss.grads(by))?;
    let bound: Vec<_> = values.iter().map(|(name, value)| autodiff::bind(name, value)).collect();
    for (index, gradient) in program.run(&bound)?.iter().enumerate() {
        let difference = largest_difference(gradient, &found.gradient_value(index, values)?);
        expect_close("the difference between the formula and the engine", difference, 0.0, 1e-12)?;
    }
    println!("  the engine's gradient at a point: equal to 1e-12");
    Ok(())
}
