//! Derivatives beyond the gradient, put to use on a logistic fit: the Hessian, Newton's method, the influence of one
//! observation on the fit, and a third derivative; each beside what it should be.

use autodiff::{Tape, Var, bind, check_hessian};
use examples::{
    LabelledData, Result, Table, expect, expect_close, gradient_example, heading, largest_difference, solve,
};
use ndarray::{Array1, Array2, ArrayD, Axis, Ix1, Ix2, arr1};

fn main() -> Result {
    let (data, known) = gradient_example()?;
    hessian(&data)?;
    let fit = newton(&data, &known.theta_mle)?;
    influence(&data, &fit)?;
    third_derivative(&data, &fit)
}

/// The logistic loss with θ at a point.
fn record<'t>(tape: &'t Tape<f64>, data: &LabelledData, theta: &Array1<f64>) -> (Var<'t, f64>, Var<'t, f64>) {
    let (x, y) = (tape.data("X", &data.x), tape.data("y", &data.y));
    let theta = tape.variable("theta", theta);
    (x.linear(theta).sigmoid().log_loss(y).sum(), theta)
}

/// σ(Xθ), by hand.
fn probabilities(x: &Array2<f64>, theta: &Array1<f64>) -> Array1<f64> {
    x.dot(theta).mapv(|z| 1.0 / (1.0 + (-z).exp()))
}

/// Xᵀ diag(w) X, by hand.
fn weighted_gram(x: &Array2<f64>, w: &Array1<f64>) -> Array2<f64> {
    x.t().dot(&(x * &w.view().insert_axis(Axis(1))))
}

fn hessian(data: &LabelledData) -> Result {
    heading("The Hessian of the loss, against Xᵀ diag(π(1 − π)) X");
    let at = arr1(&[0.5, -0.5, 0.25]);
    let tape = Tape::new();
    let (loss, theta) = record(&tape, data, &at);
    let engine = loss.hessian(theta).value()?;
    let pi = probabilities(&data.x, &at);
    let hand = weighted_gram(&data.x, &(&pi * &(1.0 - &pi)));
    print_matrix(&engine);
    let difference = largest_difference(&engine, &hand);
    println!("  largest difference from the formula: {difference:.1e}");
    expect_close("the Hessian", difference, 0.0, 1e-13 * 25.0)?;

    let direction = tape.constant(arr1(&[1.0, -2.0, 0.5]));
    let product = loss.hvp(theta, direction).value()?;
    let by_matrix = hand.dot(&arr1(&[1.0, -2.0, 0.5]));
    println!("  its product with (1, −2, ½), without the matrix: {product:.6}");
    expect_close("the Hessian-vector product", largest_difference(&product, &by_matrix), 0.0, 1e-12)?;

    let report = check_hessian(loss, &[theta])?;
    println!("\n{report}");
    expect("the Hessian passes the check", report.passed())
}

/// Newton's method with gradient and Hessian of one program: the number of right digits doubles.
fn newton(data: &LabelledData, known: &Array1<f64>) -> Result<Array1<f64>> {
    heading("Newton's method from θ = 0: the number of right digits doubles");
    let tape = Tape::new();
    let (loss, theta) = record(&tape, data, &Array1::zeros(3));
    let program = tape.compile(&[loss, loss.grad(theta), loss.hessian(theta)])?;
    let mut at = Array1::zeros(3);
    let mut table = Table::new(&["step", "loss", "‖gradient‖", "distance to SciPy's θ"]);
    for step in 0..8 {
        let results = program.run(&[bind("theta", &at)])?;
        let gradient = results[1].clone().into_dimensionality::<Ix1>()?;
        let norm = gradient.dot(&gradient).sqrt();
        let distance = largest_difference(&at, known);
        table.row(&[&step, &format!("{:.12}", results[0][[]]), &format!("{norm:.1e}"), &format!("{distance:.1e}")]);
        if norm < 1e-12 {
            break;
        }
        at = &at - &solve(&results[2].clone().into_dimensionality::<Ix2>()?, &gradient)?;
    }
    print!("{table}");
    // SciPy's optimiser stops a little before the maximum.
    expect_close("Newton's θ", largest_difference(&at, known), 0.0, 1e-7)?;
    Ok(at)
}

/// How the fit moves with the weight w of one observation: θ̂(w) is where the gradient vanishes, so by implicit
/// differentiation dθ̂/dw = −H⁻¹ ∂²L/∂θ∂w.
fn influence(data: &LabelledData, fit: &Array1<f64>) -> Result {
    heading("The influence of one observation on the fit: dθ̂/dw = −H⁻¹ ∂²L/∂θ∂w");
    let residual = &data.y - &probabilities(&data.x, fit);
    let order = |&i: &usize, &j: &usize| residual[i].abs().total_cmp(&residual[j].abs());
    let observation = (0..data.y.len()).max_by(order).ok_or("there are no observations")?;
    println!(
        "  observation {observation}: y = {}, residual {:+.4}, the largest",
        data.y[observation], residual[observation]
    );

    let tape = Tape::new();
    let (all, theta) = record(&tape, data, fit);
    let weight = tape.variable("w", 1.0);
    let (row, label) = (tape.constant(data.x.row(observation)), tape.constant(data.y[observation]));
    let loss = all + (weight - 1.0) * row.dot(theta).sigmoid().log_loss(label);
    let gradient = loss.grad(theta);
    let program = tape.compile(&[gradient, loss.hessian(theta), gradient.jacobian(weight)])?;

    let refit = |w: f64| -> Result<Array1<f64>> {
        let mut at = fit.clone();
        for _ in 0..10 {
            let results = program.run(&[bind("theta", &at), bind("w", &ndarray::arr0(w))])?;
            let gradient = results[0].clone().into_dimensionality::<Ix1>()?;
            at = &at - &solve(&results[1].clone().into_dimensionality::<Ix2>()?, &gradient)?;
        }
        Ok(at)
    };
    let results = program.run(&[])?;
    let mixed = results[2].clone().into_dimensionality::<Ix1>()?;
    let influence = -solve(&results[1].clone().into_dimensionality::<Ix2>()?, &mixed)?;
    let step = 1e-4;
    let difference = (refit(1.0 + step)? - refit(1.0 - step)?) / (2.0 * step);
    let (predicted, without) = (fit - &influence, refit(0.0)?);

    let mut table = Table::new(&["", "dθ̂/dw", "by refitting", "θ̂", "predicted without it", "refitted without it"]);
    for j in 0..3 {
        let cells = [influence[j], difference[j], fit[j], predicted[j], without[j]].map(|x| format!("{x:+.6}"));
        table.row(&[&format!("θ{j}"), &cells[0], &cells[1], &cells[2], &cells[3], &cells[4]]);
        expect_close("the influence", influence[j], difference[j], 1e-7)?;
    }
    print!("{table}");
    let (moved, error) = (largest_difference(fit, &without), largest_difference(&predicted, &without));
    println!("  leaving it out moves θ̂ by {moved:.4}; the derivative alone predicts that to {error:.4}");
    expect("the prediction is most of the way", error < 0.25 * moved)
}

/// How the Hessian changes along a direction v: the derivative of vᵀHv by θ, against Σ π(1−π)(1−2π)(x·v)² x.
fn third_derivative(data: &LabelledData, fit: &Array1<f64>) -> Result {
    heading("A third derivative: the gradient of vᵀHv, against Σ π(1 − π)(1 − 2π)(x·v)² x");
    let v = arr1(&[0.5, 1.0, -1.0]);
    let tape = Tape::new();
    let (loss, theta) = record(&tape, data, fit);
    let direction = tape.constant(&v);
    let curvature = loss.hvp(theta, direction).dot(direction);
    let engine = curvature.grad(theta).value()?;

    let pi = probabilities(&data.x, fit);
    let along = data.x.dot(&v);
    let terms = &pi * &(1.0 - &pi) * &(1.0 - 2.0 * &pi) * &along * &along;
    let hand = data.x.t().dot(&terms);
    let mut table = Table::new(&["", "engine", "formula", "difference"]);
    for (j, (found, wanted)) in engine.iter().zip(&hand).enumerate() {
        table.row(&[
            &format!("θ{j}"),
            &format!("{found:+.12}"),
            &format!("{wanted:+.12}"),
            &format!("{:.1e}", found - wanted),
        ]);
        expect_close("the third derivative", *found, *wanted, 1e-12)?;
    }
    print!("{table}");
    Ok(())
}

fn print_matrix(matrix: &ArrayD<f64>) {
    for row in matrix.rows() {
        println!("  {}", row.iter().map(|x| format!("{x:>12.6}")).collect::<String>());
    }
}
