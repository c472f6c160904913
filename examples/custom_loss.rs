//! A loss of one's own in a few lines: Huber's, of a straight line through data with outliers. It is checked, minimised by
//! Newton's method on the engine's derivatives, and compared with an algorithm that knows nothing of the engine.

use autodiff::{Tape, Var, bind, check_gradient, check_hessian};
use examples::{Result, Table, expect, expect_close, heading, solve};
use ndarray::{Array1, Array2, Ix1, Ix2, arr1};

/// Huber's loss: r²/2 up to δ, then δ(|r| − δ/2), so that an outlier pulls with a force of at most δ.
fn huber<'t>(residual: Var<'t, f64>, delta: f64) -> Var<'t, f64> {
    let size = residual.abs();
    size.le(delta).select(residual.powi(2) * 0.5, (size - 0.5 * delta) * delta)
}

const DELTA: f64 = 0.5;

fn main() -> Result {
    let (x, y) = data();
    println!("{} points on the line 1 + 2x, every tenth of them spoilt; Huber's loss with δ = {DELTA}", y.len());

    let tape = Tape::new();
    let (rows, response) = (tape.data("X", &x), tape.data("y", &y));
    let theta = tape.variable("theta", arr1(&[0.0, 0.0]));
    let loss = huber(response - rows.linear(theta), DELTA).sum().named("loss");
    heading("The loss as it was recorded");
    print!("{}", tape.display(&[loss]).algebra());

    heading("Checked at θ = 0");
    let (gradient, hessian) = (check_gradient(loss, &[theta])?, check_hessian(loss, &[theta])?);
    println!("{gradient}\n\n{hessian}");
    expect("the derivatives of the loss are right", gradient.passed() && hessian.passed())?;

    heading("Minimised by Newton's method, which starts at the least-squares line");
    let program = tape.compile(&[loss, loss.grad(theta), loss.hessian(theta)])?;
    let mut at = least_squares(&x, &y)?;
    let start = at.clone();
    let mut table = Table::new(&["step", "θ0", "θ1", "loss", "‖gradient‖"]);
    let mut size = f64::INFINITY;
    for step in 0..20 {
        let results = program.run(&[bind("theta", &at)])?;
        let gradient = results[1].clone().into_dimensionality::<Ix1>()?;
        let hessian = results[2].clone().into_dimensionality::<Ix2>()?;
        size = gradient.dot(&gradient).sqrt();
        let cells = [at[0], at[1], results[0][[]]].map(|x| format!("{x:.10}"));
        table.row(&[&step, &cells[0], &cells[1], &cells[2], &format!("{size:.1e}")]);
        if size < 1e-12 {
            break;
        }
        at = &at - &solve(&hessian, &gradient)?;
    }
    print!("{table}");
    expect("Newton's method converged", size < 1e-12)?;

    heading("Beside least squares, and Huber's own algorithm (reweighting)");
    let reweighted = reweighted(&x, &y)?;
    let mut table = Table::new(&["", "intercept", "slope"]);
    for (name, theta) in
        [("the line", &arr1(&[1.0, 2.0])), ("least squares", &start), ("Newton", &at), ("reweighting", &reweighted)]
    {
        table.row(&[&name, &format!("{:.6}", theta[0]), &format!("{:.6}", theta[1])]);
    }
    print!("{table}");
    for (found, wanted) in at.iter().zip(&reweighted) {
        expect_close("Newton's θ against reweighting", *found, *wanted, 1e-9)?;
    }
    let distance = |theta: &Array1<f64>| (theta - &arr1(&[1.0, 2.0])).mapv(f64::abs).sum();
    expect("Huber's line is closer to the true one than that of least squares", distance(&at) < 0.25 * distance(&start))
}

/// Points near a line, every tenth far above it. The noise is a fixed sequence, spread evenly (Weyl).
fn data() -> (Array2<f64>, Array1<f64>) {
    let n = 80;
    let x = Array1::linspace(-1.0, 3.0, n);
    let noise = |i: usize| (i as f64 * 0.618_033_988_749_895).fract() - 0.5;
    let y = Array1::from_iter(
        (0..n).map(|i| 1.0 + 2.0 * x[i] + 0.4 * noise(i) + if i % 10 == 5 { 3.0 + x[i] } else { 0.0 }),
    );
    let mut design = Array2::ones((n, 2));
    design.column_mut(1).assign(&x);
    (design, y)
}

fn least_squares(x: &Array2<f64>, y: &Array1<f64>) -> Result<Array1<f64>> {
    weighted_least_squares(x, y, &Array1::ones(y.len()))
}

fn weighted_least_squares(x: &Array2<f64>, y: &Array1<f64>, weights: &Array1<f64>) -> Result<Array1<f64>> {
    let weighted = x * &weights.view().insert_axis(ndarray::Axis(1));
    solve(&weighted.t().dot(x), &weighted.t().dot(y))
}

/// Weighted least squares with weight min(1, δ/|r|), again and again.
fn reweighted(x: &Array2<f64>, y: &Array1<f64>) -> Result<Array1<f64>> {
    let mut theta = least_squares(x, y)?;
    for _ in 0..200 {
        let weights = (y - &x.dot(&theta)).mapv(|r| (DELTA / r.abs()).min(1.0));
        theta = weighted_least_squares(x, y, &weights)?;
    }
    Ok(theta)
}
