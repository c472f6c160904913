//! SGD and Adam over mini-batches: minima known otherwise, the order of the rows, and what goes wrong.

use approx::assert_relative_eq;
use autodiff::{Binding, Tape, Var, bind};
use models::fit::{Adam, Control, Method, Options, Progress, Sgd, Status, minimise, minimise_observed};
use models::{Block, Design, Error, Family, Glm, Objective, Recording};
use ndarray::{Array1, Array2, arr1};

/// Columns of mean 0 and standard deviation about 1, and `1 + 2x₁ − x₂` plus noise.
fn line(rows: usize, noise: f64) -> (Array2<f64>, Array1<f64>) {
    let mut state = 3u64;
    let mut uniform = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        3.4 * ((state >> 11) as f64 / (1u64 << 53) as f64 - 0.5)
    };
    let x = Array2::from_shape_fn((rows, 2), |_| uniform());
    let y = Array1::from_shape_fn(rows, |row| 1.0 + 2.0 * x[[row, 0]] - x[[row, 1]] + noise * uniform());
    (x, y)
}

fn gaussian<'a>(x: &'a Array2<f64>, y: &'a Array1<f64>) -> Glm<'a> {
    Glm::new(Design::new(x), y, Family::Gaussian).unwrap()
}

fn assert_near(ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_relative_eq!(*ours, *theirs, epsilon = tolerance, max_relative = tolerance);
    }
}

#[test]
fn gradient_descent_on_a_gaussian_loss_reaches_the_closed_form() {
    let (x, y) = line(200, 0.5);
    let glm = gaussian(&x, &y);
    let closed = glm.fit(&Options::default()).unwrap();
    let sgd = Sgd { learning_rate: 0.1, batch: 200, ..Sgd::default() };
    let options = Options { tolerance: 1e-10, max_iterations: 1000, ..Options::method(Method::Sgd(sgd)) };
    let fit = glm.fit(&options).unwrap();
    assert_eq!(fit.fit.status, Status::Converged);
    assert_near(fit.coefficients(), closed.coefficients(), 1e-10);
}

#[test]
fn mini_batches_come_near_the_closed_form_as_the_learning_rate_falls() {
    let (x, y) = line(1000, 0.5);
    let glm = gaussian(&x, &y).with_ridge(20.0).unwrap();
    let closed = glm.fit(&Options::default()).unwrap();
    for method in [
        Method::Sgd(Sgd { learning_rate: 0.05, decay: 10.0, ..Sgd::default() }),
        Method::Adam(Adam { learning_rate: 0.2, decay: 10.0, ..Adam::default() }),
    ] {
        let fit = glm.fit(&Options { max_iterations: 100, ..Options::method(method) }).unwrap();
        // A batch of 32 moves the iterates about the minimum by √(½·η/(1 − μ)·0.24/32) = 0.0014 at the end.
        assert_near(fit.coefficients(), closed.coefficients(), 5e-3);
        assert_eq!((fit.fit.status, fit.fit.iterations), (Status::IterationLimit, 100), "{method:?}");
    }
}

#[test]
fn mini_batches_that_agree_on_the_minimum_find_it() {
    let (x, y) = line(300, 0.0);
    let glm = gaussian(&x, &y);
    let sgd = Sgd { learning_rate: 0.05, batch: 16, ..Sgd::default() };
    let fit = glm.fit(&Options { tolerance: 0.0, max_iterations: 60, ..Options::method(Method::Sgd(sgd)) }).unwrap();
    assert_near(fit.coefficients(), &[1.0, 2.0, -1.0], 1e-12);
}

#[test]
fn adam_takes_first_steps_of_the_learning_rate() {
    let (x, y) = line(50, 0.5);
    let adam = Adam { learning_rate: 0.01, batch: 50, ..Adam::default() };
    let start = Some(vec![0.0; 3]);
    let options = Options { max_iterations: 1, start, ..Options::method(Method::Adam(adam)) };
    let fit = gaussian(&x, &y).fit(&options).unwrap();
    assert_near(fit.coefficients(), &[0.01, 0.01, -0.01], 1e-7);
}

#[test]
fn the_first_steps_of_sgd_are_those_of_its_formula() {
    let (x, y) = line(4, 0.5);
    let sgd = Sgd { learning_rate: 0.1, momentum: 0.5, decay: 1.0, batch: 4, seed: 1 };
    let options = Options { max_iterations: 2, start: Some(vec![0.0; 3]), ..Options::method(Method::Sgd(sgd)) };
    let fit = gaussian(&x, &y).fit(&options).unwrap();
    let ones = Array2::from_shape_fn((4, 3), |(row, column)| if column == 0 { 1.0 } else { x[[row, column - 1]] });
    let gradient = |theta: &Array1<f64>| ones.t().dot(&(ones.dot(theta) - &y)) / 4.0;
    let first = gradient(&Array1::zeros(3)) * -0.1;
    let second = &first * 0.5 - gradient(&first) * 0.05;
    assert_near(fit.coefficients(), (&first + &second).as_slice().unwrap(), 1e-13);
}

#[test]
fn a_seed_gives_the_same_fit_and_another_seed_another() {
    let (x, y) = line(100, 0.5);
    let glm = gaussian(&x, &y);
    let fit = |seed: u64| {
        let adam = Adam { batch: 7, seed, ..Adam::default() };
        glm.fit(&Options { max_iterations: 5, ..Options::method(Method::Adam(adam)) }).unwrap()
    };
    assert_eq!(fit(4), fit(4));
    assert_ne!(fit(4).coefficients(), fit(5).coefficients());
}

#[test]
fn factors_and_weights_follow_their_rows_into_the_batches() {
    let (x, noise) = line(90, 0.0);
    let group = Array1::from_shape_fn(90, |row| row * 7 % 3);
    let weights = Array1::from_shape_fn(90, |row| f64::from(u8::from(row % 10 != 0)));
    // Rows of weight 0 say something else.
    let y = Array1::from_shape_fn(90, |row| {
        noise[row] + [0.0, 0.5, -0.8][group[row]] + if weights[row] == 0.0 { 100.0 } else { 0.0 }
    });
    let design = Design::new(&x).with_factor("group", &["a", "b", "c"], &group).unwrap();
    let glm = Glm::new(design.with_weights(&weights).unwrap(), &y, Family::Gaussian).unwrap();
    let sgd = Sgd { learning_rate: 0.05, batch: 8, ..Sgd::default() };
    let fit = glm.fit(&Options { tolerance: 0.0, ..Options::method(Method::Sgd(sgd)) }).unwrap();
    assert_near(fit.coefficients(), &[1.0, 2.0, -1.0, 0.5, -0.8], 1e-10);
}

/// A user's own loss, of which no more is told than it must be.
struct LogCosh<'a> {
    x: &'a Array2<f64>,
    y: &'a Array1<f64>,
}

impl Objective for LogCosh<'_> {
    fn blocks(&self) -> Vec<Block> {
        vec![Block::numbered("theta", self.x.ncols())]
    }

    fn record<'t>(&self, tape: &'t Tape<f64>, parameters: &[Var<'t, f64>]) -> models::Result<Recording<'t>> {
        let residual = tape.rows("y", &[]) - tape.rows("X", &[self.x.ncols()]).linear(parameters[0]);
        Ok(Recording::new(residual.cosh().ln().sum()))
    }

    fn bind(&self) -> Vec<Binding<'_, f64>> {
        vec![bind("X", self.x), bind("y", self.y)]
    }
}

#[test]
fn a_users_own_loss_is_fitted_by_mini_batches() {
    let (x, _) = line(200, 0.0);
    let y = x.dot(&arr1(&[0.5, -1.5]));
    let sgd = Sgd { learning_rate: 0.05, ..Sgd::default() };
    let fit = minimise(&LogCosh { x: &x, y: &y }, &Options::method(Method::Sgd(sgd))).unwrap();
    // Not that it says converged: of an exact fit the loss is but rounding, which no gradient need be small beside.
    assert_near(&fit.parameters, &[0.5, -1.5], 1e-6);
}

#[test]
fn observers_see_the_loss_of_every_epoch_and_may_stop() {
    let (x, y) = line(64, 0.5);
    let glm = gaussian(&x, &y);
    let mut losses = Vec::new();
    let mut observer = |progress: &Progress| {
        assert_eq!(progress.iteration, losses.len());
        losses.push(progress.loss);
        if losses.len() == 4 { Control::Stop } else { Control::Continue }
    };
    let options = Options { start: Some(vec![0.0; 3]), ..Options::method(Method::Adam(Adam::default())) };
    let fit = minimise_observed(&glm, &options, &mut observer).unwrap();
    assert_eq!((fit.status, fit.iterations, losses.len()), (Status::Stopped, 3, 4));
    assert_eq!(fit.loss, losses[3]);
    assert!(losses.windows(2).all(|pair| pair[1] < pair[0]));
}

#[test]
fn steps_that_are_too_long_are_reported_with_where_and_what_to_do() {
    let (x, y) = line(64, 0.5);
    let glm = gaussian(&x, &y);
    let sgd = |learning_rate: f64| Options::method(Method::Sgd(Sgd { learning_rate, ..Sgd::default() }));
    match glm.fit(&sgd(1e3)).unwrap_err() {
        Error::Diverged { epoch, learning_rate, .. } => assert!(epoch > 1 && learning_rate == 1e3),
        other => panic!("{other}"),
    }
    assert!(glm.fit(&sgd(1e3)).unwrap_err().to_string().contains("learning rate 1000; take a tenth of it"));
    for (options, name) in [
        (sgd(0.0), "learning rate"),
        (sgd(-0.1), "learning rate"),
        (sgd(f64::NAN), "learning rate"),
        (Options::method(Method::Sgd(Sgd { momentum: 1.0, ..Sgd::default() })), "momentum"),
        (Options::method(Method::Sgd(Sgd { batch: 0, ..Sgd::default() })), "batch"),
        (Options::method(Method::Sgd(Sgd { decay: -1.0, ..Sgd::default() })), "decay"),
        (Options::method(Method::Adam(Adam { beta1: 1.0, ..Adam::default() })), "beta1"),
        (Options::method(Method::Adam(Adam { beta2: -0.1, ..Adam::default() })), "beta2"),
        (Options::method(Method::Adam(Adam { epsilon: 0.0, ..Adam::default() })), "epsilon"),
    ] {
        assert!(matches!(glm.fit(&options), Err(Error::Option { option, .. }) if option == name), "{name}");
    }
    let mut broken = x.clone();
    broken[[5, 1]] = f64::NAN;
    assert!(matches!(gaussian(&broken, &y).fit(&sgd(0.1)), Err(Error::NonFinite { row: 5, .. })));
}
