//! The hand derivation of the logistic gradient, walked node by node with the engine's own derivatives beside the formulas:
//!
//!     η = Xθ,   π = σ(η),   L = −Σ [y ln π + (1 − y) ln(1 − π)]
//!     ∂L/∂π = (π − y)/(π(1 − π)),   ∂π/∂η = π(1 − π),   ∂L/∂η = π − y,   ∂L/∂θ = Xᵀ(π − y)
//!
//! L is the loss, ℓ what one observation adds to it; the log-likelihood is −L.

use autodiff::{Tape, Var};
use examples::{
    LabelledData, Result, Table, expect, expect_close, gradient_example, heading, largest_difference, new_folder,
};
use ndarray::{Array1, ArrayD, Axis, arr1, s};

fn main() -> Result {
    let (data, known) = gradient_example()?;
    let theta = arr1(&[0.5, -0.5, 0.25]);
    println!("100 observations, 3 columns (intercept first), θ = {theta}");

    by_itself(&data, &theta)?;
    let one = LabelledData { x: data.x.slice(s![3..4, ..]).to_owned(), y: data.y.slice(s![3..4]).to_owned() };
    heading(&format!("One observation: x = {:.4}, y = {}", one.x.row(0), one.y[0]));
    walk(&one, &theta, "ℓ")?;

    heading("All observations: the largest difference between engine and formula");
    walk(&data, &theta, "L")?;

    heading("The gradient at θ = 0, against NumPy");
    let gradient = gradient_at(&data, &Array1::zeros(3))?;
    let mut table = Table::new(&["", "engine", "NumPy", "difference"]);
    for (j, (&found, &up)) in gradient.iter().zip(&known.gradient_at_zero).enumerate() {
        // NumPy's is that of the log-likelihood.
        let wanted = -up;
        table.row(&[&format!("∂L/∂θ{j}"), &format!("{found:.13}"), &format!("{wanted:.13}"), &short(found - wanted)]);
        expect_close("the gradient at 0", found, wanted, 1e-12 * wanted.abs())?;
    }
    print!("{table}");
    println!("  norm {:.4}: θ should move mostly along the second column, against the gradient", norm(&gradient));

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
    let difference = largest_difference(&derivation.gradient_value(0, &values)?, &gradient_at(data, theta)?);
    println!("  at θ = {theta} the formula's value is the engine's, but for {}", short(difference));
    expect_close("the closed form", difference, 0.0, 1e-12)
}

/// The nodes of the derivation on a tape.
struct Graph<'t> {
    x: Var<'t, f64>,
    theta: Var<'t, f64>,
    eta: Var<'t, f64>,
    pi: Var<'t, f64>,
    loss: Var<'t, f64>,
}

/// Records η = Xθ, π = σ(η), L = Σ log_loss(π, y): the three nodes have operations of their own.
fn record<'t>(tape: &'t Tape<f64>, data: &LabelledData, theta: &Array1<f64>) -> Graph<'t> {
    let (x, y) = (tape.data("X", &data.x), tape.data("y", &data.y));
    let theta = tape.variable("θ", theta);
    let eta = x.linear(theta).named("η");
    let pi = eta.sigmoid().named("π");
    let loss = pi.log_loss(y).sum().named("L");
    Graph { x, theta, eta, pi, loss }
}

/// Primals and adjoints of every node, by the engine and by hand; `letter` is the loss's: ℓ of one observation, L of all.
fn walk(data: &LabelledData, theta: &Array1<f64>, letter: &str) -> Result {
    let tape = Tape::new();
    let Graph { theta: theta_node, eta, pi, loss, .. } = record(&tape, data, theta);
    let (x, y) = (&data.x, &data.y);

    // By hand, with plain arrays.
    let hand_eta = x.dot(theta);
    let hand_pi = hand_eta.mapv(|eta| 1.0 / (1.0 + (-eta).exp()));
    let hand_loss: f64 = y.iter().zip(&hand_pi).map(|(y, pi)| -(y * pi.ln() + (1.0 - y) * (1.0 - pi).ln())).sum();
    let residual = &hand_pi - y;
    let variance = hand_pi.mapv(|pi| pi * (1.0 - pi));

    let sum = if letter == "ℓ" { "" } else { "Σ " };
    let loss_formula = format!("−{sum}[y ln π + (1 − y) ln(1 − π)]");
    let [by_pi, by_eta, by_theta] = ["π", "η", "θ"].map(|by| format!("∂{letter}/∂{by}"));
    let steps: [(&str, &str, ArrayD<f64>, ArrayD<f64>); 7] = [
        ("η", "Xθ", eta.value()?, hand_eta.into_dyn()),
        ("π", "σ(η)", pi.value()?, hand_pi.into_dyn()),
        (letter, &loss_formula, loss.value()?, ndarray::arr0(hand_loss).into_dyn()),
        (&by_pi, "(π − y)/(π(1 − π))", loss.grad(pi).value()?, (&residual / &variance).into_dyn()),
        ("∂π/∂η", "π(1 − π)", pi.sum().grad(eta).value()?, variance.into_dyn()),
        (&by_eta, "π − y", loss.grad(eta).value()?, residual.clone().into_dyn()),
        (&by_theta, "Xᵀ(π − y)", loss.grad(theta_node).value()?, x.t().dot(&residual).into_dyn()),
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
    heading("Residuals at the minimum: what each observation adds to the gradient, (π − y)·x");
    let tape = Tape::new();
    let Graph { x, eta, pi, loss, .. } = record(&tape, data, theta);
    let residual = loss.grad(eta);
    let contributions = (residual.insert_axis(1) * x).value()?;
    let (pi, residual) = (pi.value()?, residual.value()?);

    let mut order: Vec<usize> = (0..data.y.len()).collect();
    order.sort_by(|&i, &j| residual[i].abs().total_cmp(&residual[j].abs()));
    let middle = order.iter().position(|&i| residual[i].abs() > 0.5).unwrap_or(order.len() / 2);
    let last = order.len();
    let shown = [&order[..3], &order[middle - 1..middle + 2], &order[last - 3..]].concat();

    let mut table =
        Table::new(&["observation", "y", "π", "π − y", "to ∂L/∂θ0", "to ∂L/∂θ1", "to ∂L/∂θ2", "the model is"]);
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
        expect_close("a residual", residual[i], pi[i] - data.y[i], 1e-15)?;
    }
    print!("{table}");
    let sum = contributions.sum_axis(Axis(0));
    let (column, label_sum) = (pi.sum(), data.y.sum());
    println!("  All 100 together: ({}), so the minimum is where they cancel;", elements(&sum));
    println!("  the intercept's part says Σy = Σπ: {label_sum} = {column:.12}");
    for total in &sum {
        expect_close("the gradient at the minimum", *total, 0.0, 1e-6)?;
    }
    expect_close("Σπ", column, label_sum, 1e-6)
}

/// The log-likelihood is maximised, the loss minimised: one is the other's negative, and so are their gradients.
fn signs(data: &LabelledData, at_mle: &Array1<f64>, known: f64) -> Result {
    heading("Signs: the loss L is minimised, the log-likelihood −L maximised");
    let mut table =
        Table::new(&["θ", "L", "log-likelihood −L", "∂L/∂θ = Xᵀ(π − y)", "of the log-likelihood: Xᵀ(y − π)"]);
    for (name, theta) in [("0", Array1::zeros(3)), ("minimum", at_mle.clone())] {
        let tape = Tape::new();
        let Graph { theta, loss, .. } = record(&tape, data, &theta);
        let log_likelihood = -loss;
        let (down, up) = (loss.grad(theta).value()?, log_likelihood.grad(theta).value()?);
        let (l, negative) = (loss.item()?, log_likelihood.item()?);
        table.row(&[&name, &format!("{l:.6}"), &format!("{negative:.6}"), &elements(&down), &elements(&up)]);
        expect("the two gradients are each other's negatives", up == -&down)?;
        expect("the loss and the log-likelihood are each other's negatives", l == -negative)?;
        if name == "minimum" {
            expect_close("the log-likelihood at its maximum", negative, known, 1e-12 * known.abs())?;
        }
    }
    print!("{table}");
    println!("  A step along −∂L/∂θ lowers the loss and raises the log-likelihood: it is one direction.");
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
    let pi = x.linear(theta).named("η").sigmoid().named("π");
    let loss = pi.log_loss(y).sum().named("L");
    let gradient = loss.grad(theta).named("∂L/∂θ");
    print!("{}", tape.display(&[loss, gradient]));
    println!("\nas algebra (the gradient is that of the rewritten loss, which keeps its digits for any η):");
    print!("{}", tape.display(&[loss, gradient]).algebra());
    let path = new_folder()?.join("derivation.svg");
    std::fs::write(&path, tape.display(&[loss, gradient]).svg())?;
    println!("\nand as a picture: {}", path.display());
    Ok(())
}

fn gradient_at(data: &LabelledData, theta: &Array1<f64>) -> Result<ArrayD<f64>> {
    let tape = Tape::new();
    let graph = record(&tape, data, theta);
    Ok(graph.loss.grad(graph.theta).value()?)
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
