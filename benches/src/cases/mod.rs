//! The cases, by name. A new case is a file here and a row of [`CASES`].

mod logistic_fit;
mod logistic_gradient;
mod logistic_hessian;
mod logistic_hvp;
mod mlp_gradient;
mod ranks;
mod record_compile;
mod scalar_replay;
mod softmax_gradient;
mod stream;
mod tasks;

use crate::Result;
use crate::contest::{Contest, Times};
use crate::settings::{Dtype, Settings};
use crate::vector::{Job, Real, sum_of_squares};
use pulp::Simd;
use rayon::prelude::*;

/// What `compare` can run.
pub struct Case {
    /// The name on the command line.
    pub name: &'static str,
    /// The size it is run at where the command line names none.
    pub rows: usize,
    /// Likewise.
    pub cols: usize,
    double: fn(&Settings) -> Result<Outcome>,
    single: fn(&Settings) -> Result<Outcome>,
}

/// The times of a case's contenders, and the bytes of its data.
pub struct Outcome {
    /// The bytes of the data that one call works through.
    pub bytes: f64,
    /// Of each contender.
    pub times: Vec<Times>,
}

/// All cases.
pub const CASES: &[Case] = &[
    case("logistic-gradient", 1_000_000, 100, logistic_gradient::run::<f64>, logistic_gradient::run::<f32>),
    case("logistic-hvp", 1_000_000, 100, logistic_hvp::run::<f64>, logistic_hvp::run::<f32>),
    case("logistic-hessian", 1_000_000, 100, logistic_hessian::run::<f64>, logistic_hessian::run::<f32>),
    case("logistic-fit", 1_000_000, 100, logistic_fit::run, logistic_fit::refuse),
    case("softmax-gradient", 200_000, 100, softmax_gradient::run::<f64>, softmax_gradient::run::<f32>),
    case("mlp-gradient", 8_192, 100, mlp_gradient::run::<f64>, mlp_gradient::run::<f32>),
    case("scalar-replay", 100_000, 1, scalar_replay::run::<f64>, scalar_replay::run::<f32>),
    case("stream", 10_000_000, 20, stream::run, stream::refuse),
    case("ranks", 10_000_000, 20, ranks::run, ranks::refuse),
    case("record-compile", 1_000_000, 100, record_compile::run::<f64>, record_compile::run::<f32>),
    case("hidden-markov", 2_000, 5, tasks::losses::hidden_markov::<f64>, tasks::losses::hidden_markov::<f32>),
    case("gaussian-process", 500, 2, tasks::losses::gaussian_process::<f64>, tasks::losses::gaussian_process::<f32>),
    case("attention", 64, 16, tasks::losses::attention::<f64>, tasks::losses::attention::<f32>),
    case("convolution", 32, 144, tasks::losses::convolution::<f64>, tasks::losses::convolution::<f32>),
    case("runge-kutta", 1_000, 2, tasks::losses::runge_kutta::<f64>, tasks::losses::runge_kutta::<f32>),
    case("recurrent", 50, 32, tasks::losses::recurrent::<f64>, tasks::losses::recurrent::<f32>),
    case("factorisation", 2_000, 8, tasks::losses::factorisation::<f64>, tasks::losses::factorisation::<f32>),
];

const fn case(
    name: &'static str,
    rows: usize,
    cols: usize,
    double: fn(&Settings) -> Result<Outcome>,
    single: fn(&Settings) -> Result<Outcome>,
) -> Case {
    Case { name, rows, cols, double, single }
}

impl Case {
    /// The case that `settings` name.
    ///
    /// # Errors
    /// There is no such case.
    pub fn find(settings: &Settings) -> Result<&'static Case> {
        CASES.iter().find(|case| case.name == settings.case).ok_or_else(|| {
            let names: Vec<&str> = CASES.iter().map(|case| case.name).collect();
            format!("there is no case `{}`; cases: {}", settings.case, names.join(", ")).into()
        })
    }

    /// Runs the case, in a pool of as many threads as asked for.
    ///
    /// # Errors
    /// A contender's failure, or disagreement among them.
    pub fn run(&self, settings: &Settings) -> Result<Outcome> {
        match settings.dtype {
            Dtype::F64 => (self.double)(settings),
            Dtype::F32 => (self.single)(settings),
        }
    }
}

/// Runs a contest to its end.
fn finish(contest: Contest<'_>) -> Result<Outcome> {
    Ok(Outcome { bytes: contest.bytes(), times: contest.run()? })
}

/// Enters reading `elements` once.
fn enter_read<'c, T: Real>(contest: &mut Contest<'c>, elements: &'c [T]) -> Result<()> {
    let mut sums = vec![T::zero(); contest.settings().threads];
    contest.enter_unchecked("read", move || {
        on_parts(elements.len(), 1, &mut sums, |part, sum| *sum = T::vectorised(Read(&elements[part])));
        std::hint::black_box(&sums);
        Ok(())
    })
}

struct Read<'a, T>(&'a [T]);

impl<T: Real> Job for Read<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run<S: Simd, const W: usize>(self, simd: S) -> T {
        sum_of_squares::<T, S, W>(simd, self.0)
    }
}

/// Shares `rows` rows out over threads: calls `work` with consecutive rows, which begin at a multiple of `block`, for each
/// of `states`.
fn on_parts<S: Send>(
    rows: usize,
    block: usize,
    states: &mut [S],
    work: impl Fn(std::ops::Range<usize>, &mut S) + Sync,
) {
    let each = rows.div_ceil(states.len().max(1)).next_multiple_of(block);
    let part = |thread: usize| (thread * each).min(rows)..((thread + 1) * each).min(rows);
    match states {
        [state] => work(0..rows, state),
        states => states.par_iter_mut().enumerate().for_each(|(thread, state)| work(part(thread), state)),
    }
}

/// `len` elements from `from` on, or as many as there are.
#[inline(always)]
fn part<T>(x: &[T], from: usize, len: usize) -> &[T] {
    &x[from.min(x.len())..(from + len).min(x.len())]
}
