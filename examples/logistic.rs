//! The main job: logistic regression on real data, from a file to coefficients, beside the figures of R.
//!
//! Two data sets: the risk factors of low birth weight (Hosmer & Lemeshow 1989), and the O-rings of the space shuttle by
//! temperature (Dalal, Fowlkes & Hoadley 1989).

use autodiff::{Tape, Var};
use examples::{GlmData, Result, Table, expect, expect_close, heading, largest_difference};
use models::fit::{Method, Options};
use models::inference::Covariance;
use models::logistic::{Logistic, LogisticFit};
use models::{Design, Objective, Summary};
use ndarray::{Array1, s};

fn main() -> Result {
    for (name, title) in [
        ("birthwt", "Low birth weight: 189 births, risk factors of the mother"),
        ("oring", "Thermal distress of O-rings: 23 launches of the space shuttle, by temperature in °F"),
    ] {
        analyse(&GlmData::read(name)?, title)?;
    }
    println!("\nEvery figure agrees with R's.");
    Ok(())
}

/// Fits one data set and checks what comes out.
fn analyse(data: &GlmData, title: &str) -> Result {
    heading(title);
    // The file has the column of ones written out; the model has its intercept as a parameter of its own.
    let design = Design::new(data.x.slice(s![.., 1..])).with_names(&data.columns[1..])?;
    let model = Logistic::new(design, &data.y)?;
    let (newton, lbfgs) = (model.fit(&Options::default())?, model.fit(&Options::method(Method::Lbfgs))?);
    println!("Newton's method keeps a Hessian for as many iterations as it serves.");
    for (method, fit) in [("Newton", &newton), ("L-BFGS", &lbfgs)] {
        println!(
            "{method}: {} after {} iterations, max|score| {:.1e}",
            fit.status,
            fit.iterations,
            fit.max_abs_score()
        );
        expect("the fit converged", fit.converged())?;
    }
    coefficients(data, &newton, &lbfgs)?;
    gradients(&model, &newton)?;
    calibration(data, &model, &newton)?;
    summary(data, &model)
}

/// The coefficients of both methods beside R's.
fn coefficients(data: &GlmData, newton: &LogisticFit, lbfgs: &LogisticFit) -> Result {
    let mut table = Table::new(&["coefficient", "Newton", "L-BFGS", "R"]);
    for (index, name) in newton.names.iter().enumerate() {
        let (ours, theirs) = (newton.coefficients[index], data.coefficients[index]);
        let cells = [ours, lbfgs.coefficients[index], theirs].map(|x| format!("{x:.9}"));
        table.row(&[name, &cells[0], &cells[1], &cells[2]]);
        expect_close(&format!("the coefficient of {name}"), ours, theirs, 1e-9 * theirs.abs())?;
    }
    println!("\n{table}");
    println!("log-likelihood {:.9}, R's {:.9}", newton.log_likelihood, -data.deviance / 2.0);
    expect_close("the log-likelihood", newton.log_likelihood, -data.deviance / 2.0, 1e-10 * data.deviance)
}

/// The gradient of the log-likelihood, by the tape, at θ = 0 and at the maximum.
fn gradients(model: &Logistic<'_>, fit: &LogisticFit) -> Result {
    let tape = Tape::new();
    let blocks = model.glm().blocks();
    let parameters: Vec<Var<'_, f64>> =
        blocks.iter().map(|block| tape.input(&block.names().join(" "), &[block.len()])).collect();
    let log_likelihood = model.record_log_likelihood(&tape, &parameters)?;
    let program = tape.compile(&log_likelihood.grads(&parameters))?;
    let at = |theta: &[f64]| -> Result<Vec<f64>> {
        let mut rest = theta;
        let mut split = |len: usize| {
            let (block, tail) = rest.split_at(len);
            rest = tail;
            Array1::from(block.to_vec())
        };
        let values: Vec<Array1<f64>> = blocks.iter().map(|block| split(block.len())).collect();
        let mut bindings = model.glm().bind();
        bindings.extend(parameters.iter().zip(&values).map(|(input, value)| input.bind(value)));
        Ok(program.run(&bindings)?.iter().flatten().copied().collect())
    };
    let (zero, maximum) = (at(&vec![0.0; fit.coefficients.len()])?, at(&fit.coefficients)?);
    let mut table = Table::new(&["gradient of the log-likelihood", "at θ = 0", "at the maximum"]);
    for ((name, zero), maximum) in fit.names.iter().zip(&zero).zip(&maximum) {
        table.row(&[name, &format!("{zero:.4}"), &format!("{maximum:.1e}")]);
    }
    println!("\n{table}");
    let largest = zero.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
    expect_close(
        "the gradient at the maximum",
        largest_difference(&maximum, &vec![0.0; zero.len()]),
        0.0,
        1e-11 * largest,
    )
}

/// With an intercept, the probabilities at the maximum add up to the number of ones: that is the intercept's equation.
fn calibration(data: &GlmData, model: &Logistic<'_>, fit: &LogisticFit) -> Result {
    let glm = model.glm();
    let outcome = glm.fit(&Options { start: Some(fit.coefficients.clone()), ..Options::default() })?;
    let (ones, expected) = (data.y.sum(), outcome.predict(glm.design())?.iter().sum::<f64>());
    println!("Σy = {ones}, Σπ̂ = {expected:.12}");
    expect_close("the sum of the probabilities", expected, ones, 1e-10 * ones)
}

/// The page that R's users know.
fn summary(data: &GlmData, model: &Logistic<'_>) -> Result {
    let fit = model.glm().fit(&Options::default())?;
    let inference = fit.inference(model.glm(), Covariance::Expected)?;
    println!("\n{}", Summary::new(&fit, &inference));
    for (ours, theirs) in inference.coefficients.iter().zip(&data.std_errors) {
        expect_close(&format!("the standard error of {}", ours.name), ours.std_error, *theirs, 1e-6 * theirs)?;
    }
    expect_close("the deviance", inference.deviance, data.deviance, 1e-10 * data.deviance)?;
    expect_close("AIC", inference.aic, data.aic, 1e-10 * data.aic)
}
