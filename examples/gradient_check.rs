//! Is a gradient right? The checker's answer for the engine's gradient of the logistic loss, for two that were
//! derived wrongly by hand, and at a kink.

use autodiff::check::{Check, Verdict};
use autodiff::{Tape, Var, check_given_gradient, check_gradient};
use examples::{GradientAtPoint, LabelledData, Result, expect, expect_close, gradient_check_example, heading};
use ndarray::Array1;

/// The step and the tolerance of the plain check.
const STEP: f64 = 1e-5;
const TOLERANCE: f64 = 1e-6;

fn main() -> Result {
    let (data, points) = gradient_check_example()?;
    println!("50 observations, 4 columns; the loss L(θ) = −Σ [y ln σ(Xθ) + (1 − y) ln(1 − σ(Xθ))]");
    println!("central differences of step ε = {STEP:e}; relative error |a − n| / max(|a| + |n|, 1e-8)");
    for (number, point) in points.iter().enumerate() {
        check_at(&data, point, number + 1)?;
    }
    if let Some(point) = points.first() {
        wrong_gradients(&data, point)?;
        chosen_steps(&data, point)?;
    }
    kink()
}

/// The loss, which is the negative log-likelihood, with θ at a point.
fn loss<'t>(tape: &'t Tape<f64>, data: &LabelledData, theta: &Array1<f64>) -> (Var<'t, f64>, Var<'t, f64>) {
    let (x, y) = (tape.data("X", &data.x), tape.data("y", &data.y));
    let theta = tape.variable("theta", theta);
    (x.linear(theta).sigmoid().log_loss(y).sum(), theta)
}

fn check_at(data: &LabelledData, point: &GradientAtPoint, number: usize) -> Result {
    heading(&format!("Point {number}: θ = {:.4}", point.theta));
    let tape = Tape::new();
    let (l, theta) = loss(&tape, data, &point.theta);
    let report = Check::new().step(STEP).tolerance(TOLERANCE).gradient(l, &[theta])?;
    println!("{report}");
    expect("the engine's gradient passes", report.passed())?;
    expect_close("L", l.item()?, -point.log_likelihood, 1e-12 * point.log_likelihood.abs())?;
    // NumPy's figures are those of the log-likelihood.
    for (component, wanted) in report.components.iter().zip(point.gradient.mapv(|up| -up)) {
        expect_close(&component.name, component.analytical, wanted, 1e-12 * wanted.abs())?;
    }
    println!("and it is NumPy's to 12 digits");
    Ok(())
}

/// Two slips of the pen: the gradient of the log-likelihood taken for that of the loss, and a derivative of σ that is missing.
fn wrong_gradients(data: &LabelledData, point: &GradientAtPoint) -> Result {
    let tape = Tape::new();
    let (l, theta) = loss(&tape, data, &point.theta);
    let pi = data.x.dot(&point.theta).mapv(|eta| 1.0 / (1.0 + (-eta).exp()));
    let residual = &pi - &data.y;
    let slips = [
        ("wrong sign: Xᵀ(y − π)", data.x.t().dot(&-&residual)),
        ("∂π/∂η forgotten: Xᵀ((π − y)/(π(1 − π)))", data.x.t().dot(&(&residual / &(&pi * &(1.0 - &pi))))),
    ];
    for (slip, gradient) in slips {
        heading(&format!("A gradient with a slip: {slip}"));
        let report = Check::new().step(STEP).tolerance(TOLERANCE).given_gradient(l, theta, gradient)?;
        println!("{report}");
        expect("a wrong gradient fails", report.verdict() == Verdict::Fail)?;
    }
    let right = data.x.t().dot(&residual);
    expect("the right one passes", check_given_gradient(l, theta, right)?.passed())
}

/// Without a given step the check chooses its own, and its error estimate shows how far the differences can be trusted.
fn chosen_steps(data: &LabelledData, point: &GradientAtPoint) -> Result {
    heading("Steps chosen by the check, extrapolated: several digits more");
    let tape = Tape::new();
    let (l, theta) = loss(&tape, data, &point.theta);
    let report = check_gradient(l, &[theta])?;
    println!("{report}");
    expect("the extrapolated differences agree to 1e-10", report.passed() && report.max_relative_error() < 1e-10)
}

/// Where the two sides have different slopes there is no derivative; between the slopes lies a subgradient.
fn kink() -> Result {
    heading("A kink: |x| + max(2x, y) at x = 0, y = 0 and y = 1");
    for y in [0.0, 1.0] {
        let tape = Tape::new();
        let (x, y) = (tape.variable("x", 0.0), tape.variable("y", y));
        let f = x.abs() + (x * 2.0).maximum(y);
        let report = check_gradient(f, &[x, y])?;
        println!("y = {}\n{report}\n", y.item()?);
        expect("a kink passes as a kink", report.verdict() == Verdict::Kink)?;
        expect("a derivative outside the slopes fails", !check_given_gradient(f, x, 3.5)?.passed())?;
    }
    Ok(())
}
