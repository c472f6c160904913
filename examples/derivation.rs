//! The hand derivation of the logistic gradient, walked node by node with the engine's own derivatives beside the formulas:
//!
//!     z = Xθ,   π = σ(z),   ℓ = Σ [y ln π + (1 − y) ln(1 − π)]
//!     ∂ℓ/∂π = (y − π)/(π(1 − π)),   ∂π/∂z = π(1 − π),   ∂ℓ/∂z = y − π,   ∂ℓ/∂θ = Xᵀ(y − π)

use autodiff::{Tape, Var};
use examples::{LabelledData, Result, Table, expect, expect_close, gradient_example, heading, largest_difference};
use ndarray::{Array1, ArrayD, Axis, arr1, s};

fn main() -> Result {
    let (data, known) = gradient_example()?;
    let theta = arr1(&[0.5, -0.5, 0.25]);
    println!("100 observations, 3 columns (intercept first), θ = {theta}");

    by_itself(&data, &theta)?;
    let one = LabelledData { x: data.x.slice(s![3..4, ..]).to_owned(), y: data.y.slice(s![3..4]).to_owned() };
    heading(&format!("One observation: x = {:.4}, y = {}", one.x.row(0), one.y[0]));
    walk(&one, &theta)?;

    heading("All observations: the largest difference between engine and formula");
    walk(&data, &theta)?;

    heading("The gradient at θ = 0, against NumPy");
    let gradient = gradient_at(&data, &Array1::zeros(3))?;
    let mut table = Table::new(&["", "engine", "NumPy", "difference"]);
    for (j, (&found, &wanted)) in gradient.iter().zip(&known.gradient_at_zero).enumerate() {
        table.row(&[&format!("∂ℓ/∂θ{j}"), &format!("{found:.13}"), &format!("{wanted:.13}"), &short(found - wanted)]);
        expect_close("the gradient at 0", found, wanted, 1e-12 * wanted.abs())?;
    }
    print!("{table}");
    println!("  norm {:.4}: θ should move mostly along the second column", norm(&gradient));

    residuals(&data, &known.theta_mle)?;
    signs(&data, &known.theta_mle, known.log_likelihood_at_mle)?;
    linear_regression(&data, &theta)?;
    picture()
}

/// The derivation as the engine finds it, from the loss as one writes it.
fn by_itself(data: &LabelledData, theta: &Array1<f64>) -> Result {
    heading("The engine's own derivation");
    let tape = Tape::<f64>::new();
    let (x, y, node) = (tape.rows("X", &[3]), tape.rows("y", &[]), tape.input("theta", &[3]));
    let pi = x.linear(node).sigmoid();
    let derivation = derivation::derive(-(y * pi.ln() + (1.0 - y) * (1.0 - pi).ln()).sum(), node)?.with_hessian(0)?;
    print!("{derivation}");
    let values =
        [("X", data.x.clone().into_dyn()), ("y", data.y.clone().into_dyn()), ("theta", theta.clone().into_dyn())];
    let difference = largest_difference(&derivation.gradient_value(0, &values)?, &-gradient_at(data, theta)?);
    println!("  at θ = {theta} the formula's value is the engine's, but for {}", short(difference));
    expect_close("the closed form", difference, 0.0, 1e-12)
}

/// The nodes of the derivation on a tape.
struct Graph<'t> {
    x: Var<'t, f64>,
    theta: Var<'t, f64>,
    z: Var<'t, f64>,
    pi: Var<'t, f64>,
    log_likelihood: Var<'t, f64>,
}

/// Records z = Xθ, π = σ(z), ℓ = −Σ log_loss(π, y): the three nodes have operations of their own.
fn record<'t>(tape: &'t Tape<f64>, data: &LabelledData, theta: &Array1<f64>) -> Graph<'t> {
    let (x, y) = (tape.data("X", &data.x), tape.data("y", &data.y));
    let theta = tape.variable("θ", theta);
    let z = x.linear(theta).named("z");
    let pi = z.sigmoid().named("π");
    let log_likelihood = (-pi.log_loss(y).sum()).named("ℓ");
    Graph { x, theta, z, pi, log_likelihood }
}

/// Primals and adjoints of every node, by the engine and by hand.
fn walk(data: &LabelledData, theta: &Array1<f64>) -> Result {
    let tape = Tape::new();
    let Graph { theta: theta_node, z, pi, log_likelihood, .. } = record(&tape, data, theta);
    let (x, y) = (&data.x, &data.y);

    // By hand, with plain arrays.
    let hand_z = x.dot(theta);
    let hand_pi = hand_z.mapv(|z| 1.0 / (1.0 + (-z).exp()));
    let hand_l: f64 = y.iter().zip(&hand_pi).map(|(y, pi)| y * pi.ln() + (1.0 - y) * (1.0 - pi).ln()).sum();
    let residual = y - &hand_pi;
    let variance = hand_pi.mapv(|pi| pi * (1.0 - pi));

    let steps: [(&str, &str, ArrayD<f64>, ArrayD<f64>); 7] = [
        ("z", "Xθ", z.value()?, hand_z.into_dyn()),
        ("π", "σ(z)", pi.value()?, hand_pi.into_dyn()),
        ("ℓ", "Σ y ln π + (1−y) ln(1−π)", log_likelihood.value()?, ndarray::arr0(hand_l).into_dyn()),
        ("∂ℓ/∂π", "(y − π)/(π(1 − π))", log_likelihood.grad(pi).value()?, (&residual / &variance).into_dyn()),
        ("∂π/∂z", "π(1 − π)", pi.sum().grad(z).value()?, variance.into_dyn()),
        ("∂ℓ/∂z", "y − π", log_likelihood.grad(z).value()?, residual.clone().into_dyn()),
        ("∂ℓ/∂θ", "Xᵀ(y − π)", log_likelihood.grad(theta_node).value()?, x.t().dot(&residual).into_dyn()),
    ];
    let mut table = Table::new(&["node", "formula", "engine", "by hand", "largest difference"]);
    for (node, formula, engine, hand) in &steps {
        let difference = largest_difference(engine, hand);
        let scale = hand.iter().fold(1.0f64, |largest, x| largest.max(x.abs()));
        table.row(&[node, formula, &elements(engine), &elements(hand), &short(difference)]);
        expect_close(node, difference, 0.0, 1e-13 * scale)?;
    }
    print!("{table}");
    Ok(())
}

/// What each observation adds to the gradient at the fit: its residual times its row.
fn residuals(data: &LabelledData, theta: &Array1<f64>) -> Result {
    heading("Residuals at the maximum: what each observation adds to the gradient, (y − π)·x");
    let tape = Tape::new();
    let Graph { x, z, pi, log_likelihood, .. } = record(&tape, data, theta);
    let residual = log_likelihood.grad(z);
    let contributions = (residual.insert_axis(1) * x).value()?;
    let (pi, residual) = (pi.value()?, residual.value()?);

    let mut order: Vec<usize> = (0..data.y.len()).collect();
    order.sort_by(|&i, &j| residual[i].abs().total_cmp(&residual[j].abs()));
    let middle = order.iter().position(|&i| residual[i].abs() > 0.5).unwrap_or(order.len() / 2);
    let last = order.len();
    let shown = [&order[..3], &order[middle - 1..middle + 2], &order[last - 3..]].concat();

    let mut table =
        Table::new(&["observation", "y", "π", "y − π", "to ∂ℓ/∂θ0", "to ∂ℓ/∂θ1", "to ∂ℓ/∂θ2", "the model is"]);
    for &i in &shown {
        let verdict = match residual[i].abs() {
            r if r < 0.25 => "right and confident",
            r if r < 0.5 => "right, but unsure",
            r if r < 0.75 => "wrong, but unsure",
            _ => "wrong and confident",
        };
        let row = contributions.index_axis(Axis(0), i);
        let cells: Vec<String> = row.iter().map(|c| format!("{c:+.4}")).collect();
        table.row(&[
            &format!("{i}"),
            &data.y[i],
            &format!("{:.4}", pi[i]),
            &format!("{:+.4}", residual[i]),
            &cells[0],
            &cells[1],
            &cells[2],
            &verdict,
        ]);
        expect_close("a residual", residual[i], data.y[i] - pi[i], 1e-15)?;
    }
    print!("{table}");
    let sum = contributions.sum_axis(Axis(0));
    let (column, label_sum) = (pi.sum(), data.y.sum());
    println!("  All 100 together: ({}), so the maximum is where they cancel;", elements(&sum));
    println!("  the intercept's part says Σy = Σπ: {label_sum} = {column:.12}");
    for total in &sum {
        expect_close("the gradient at the maximum", *total, 0.0, 1e-6)?;
    }
    expect_close("Σπ", column, label_sum, 1e-6)
}

/// The log-likelihood is maximised, the loss minimised: one is the other's negative, and so are their gradients.
fn signs(data: &LabelledData, at_mle: &Array1<f64>, known: f64) -> Result {
    heading("Signs: the log-likelihood ℓ goes up, the loss −ℓ goes down");
    let mut table = Table::new(&["θ", "ℓ", "loss = −ℓ", "∂ℓ/∂θ = Xᵀ(y − π)", "∂loss/∂θ = Xᵀ(π − y)"]);
    for (name, theta) in [("0", Array1::zeros(3)), ("maximum", at_mle.clone())] {
        let tape = Tape::new();
        let Graph { theta, log_likelihood, .. } = record(&tape, data, &theta);
        let loss = -log_likelihood;
        let (up, down) = (log_likelihood.grad(theta).value()?, loss.grad(theta).value()?);
        let (l, negative) = (log_likelihood.item()?, loss.item()?);
        table.row(&[&name, &format!("{l:.6}"), &format!("{negative:.6}"), &elements(&up), &elements(&down)]);
        expect("the gradients of ℓ and of the loss are each other's negatives", up == -&down)?;
        expect("ℓ and the loss are each other's negatives", l == -negative)?;
        if name == "maximum" {
            expect_close("ℓ at the maximum", l, known, 1e-12 * known.abs())?;
        }
    }
    print!("{table}");
    println!("  A step along +∂ℓ/∂θ raises ℓ; a minimiser steps along −∂loss/∂θ, which is the same direction.");
    Ok(())
}

/// The same structure for squared error: L = 1/n Σ (y − ŷ)², ∂L/∂ŷ = −2/n (y − ŷ), ∂L/∂θ = −2/n Xᵀ(y − Xθ).
fn linear_regression(data: &LabelledData, theta: &Array1<f64>) -> Result {
    heading("Linear regression has the same structure: residuals, then Xᵀ");
    // A response that is no label: the third column, noised by the labels, by the first two.
    let x = data.x.slice(s![.., ..2]).to_owned();
    let y = &data.x.column(2) + &data.y;
    let theta = theta.slice(s![..2]).to_owned();
    let tape = Tape::new();
    let (x_node, y_node) = (tape.data("X", &x), tape.data("y", &y));
    let theta_node = tape.variable("θ", &theta);
    let fitted = x_node.linear(theta_node).named("ŷ");
    let loss = (y_node - fitted).powi(2).mean().named("L");

    let residual = &y - &x.dot(&theta);
    let factor = -2.0 / y.len() as f64;
    let steps: [(&str, &str, ArrayD<f64>, ArrayD<f64>); 3] = [
        (
            "L",
            "1/n Σ (y − Xθ)²",
            loss.value()?,
            ndarray::arr0(residual.mapv(|r| r * r).mean().unwrap_or(0.0)).into_dyn(),
        ),
        ("∂L/∂ŷ", "−2/n (y − Xθ)", loss.grad(fitted).value()?, (&residual * factor).into_dyn()),
        ("∂L/∂θ", "−2/n Xᵀ(y − Xθ)", loss.grad(theta_node).value()?, (x.t().dot(&residual) * factor).into_dyn()),
    ];
    let mut table = Table::new(&["node", "formula", "engine", "by hand", "largest difference"]);
    for (node, formula, engine, hand) in &steps {
        let difference = largest_difference(engine, hand);
        table.row(&[node, formula, &elements(engine), &elements(hand), &short(difference)]);
        expect_close(node, difference, 0.0, 1e-14)?;
    }
    print!("{table}");
    Ok(())
}

/// The recording itself.
fn picture() -> Result {
    heading("What is on the tape");
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("X", &[3]), tape.rows("y", &[]));
    let theta = tape.input("θ", &[3]);
    let pi = x.linear(theta).named("z").sigmoid().named("π");
    let log_likelihood = (-pi.log_loss(y).sum()).named("ℓ");
    let gradient = log_likelihood.grad(theta).named("∂ℓ/∂θ");
    print!("{}", tape.display(&[log_likelihood, gradient]));
    println!("\nas algebra (the gradient is that of the rewritten loss, which keeps its digits for any z):");
    print!("{}", tape.display(&[log_likelihood, gradient]).algebra());
    let path = std::env::temp_dir().join("derivation.svg");
    std::fs::write(&path, tape.display(&[log_likelihood, gradient]).svg())?;
    println!("\nand as a picture: {}", path.display());
    Ok(())
}

fn gradient_at(data: &LabelledData, theta: &Array1<f64>) -> Result<ArrayD<f64>> {
    let tape = Tape::new();
    let graph = record(&tape, data, theta);
    Ok(graph.log_likelihood.grad(graph.theta).value()?)
}

fn norm(x: &ArrayD<f64>) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The elements of an array; the first two of a long one.
fn elements(x: &ArrayD<f64>) -> String {
    let shown = if x.len() > 3 { 2 } else { 3 };
    let number = |x: &f64| if x.abs() < 1e-6 && *x != 0.0 { format!("{x:+.0e}") } else { format!("{x:+.6}") };
    let mut text = x.iter().take(shown).map(number).collect::<Vec<_>>().join(" ");
    if x.len() > 3 {
        text += &format!(" … ({})", x.len());
    }
    text
}

fn short(difference: f64) -> String {
    if difference == 0.0 { "0".into() } else { format!("{difference:.1e}") }
}
