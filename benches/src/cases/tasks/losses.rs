//! The losses. `peers/jax_tasks.py` has each of them again.

use super::Role::{Fixed, Parameter, Rows};
use super::{Arrays, Outcome, Role, run};
use crate::Result;
use crate::data::Draws;
use crate::settings::Settings;
use crate::vector::Real;
use autodiff::Var;
use ndarray::{Array, ArrayD, s};

/// A named array of numbers in [−scale, scale).
fn drawn<T: Real>(
    draws: &mut Draws,
    name: &'static str,
    role: Role,
    shape: &[usize],
    scale: f64,
) -> (&'static str, Role, ArrayD<T>) {
    (name, role, Array::from_shape_simple_fn(shape, || draws.symmetric::<T>() * T::of(scale)))
}

/// The likelihood of a hidden Markov model with normal emissions, summed over its states step by step, in logarithms.
pub(in crate::cases) fn hidden_markov<T: Real>(settings: &Settings) -> Result<Outcome> {
    const STATES: usize = 5;
    let draws = &mut Draws::new(11);
    let arrays: Arrays<T> = vec![
        drawn(draws, "transition", Parameter, &[STATES, STATES], 1.0),
        drawn(draws, "means", Parameter, &[STATES], 3.0),
        drawn(draws, "y", Fixed, &[settings.rows, 1], 3.0),
    ];
    run(settings, &arrays, |tape, leaves| {
        let (transition, means, y) = (leaves[0].log_softmax(&[1]), leaves[1], leaves[2]);
        let emission = (y - means.insert_axis(0)).log_norm_pdf();
        let first = emission.index_axis(0, 0) + tape.number(-(STATES as f64).ln());
        let ([last], []) = tape.scan([first], [emission.slice_axis(0, 1..)], |[alpha], [emission]| {
            ([(alpha.insert_axis(1) + transition).logsumexp_axes(&[0]) + emission], [])
        });
        -last.logsumexp()
    })
}

/// The marginal likelihood of a Gaussian process with a squared-exponential kernel.
pub(in crate::cases) fn gaussian_process<T: Real>(settings: &Settings) -> Result<Outcome> {
    let n = settings.rows;
    let draws = &mut Draws::new(12);
    let arrays: Arrays<T> = vec![
        drawn(draws, "parameters", Parameter, &[3], 0.5),
        drawn(draws, "x", Fixed, &[n, 2], 2.0),
        drawn(draws, "y", Fixed, &[n], 1.0),
    ];
    run(settings, &arrays, |tape, leaves| {
        let (parameters, x, y) = (leaves[0], leaves[1], leaves[2]);
        let [length, height, noise] = [0, 1, 2].map(|index| parameters.index_axis(0, index).exp());
        let apart = x.insert_axis(1) - x.insert_axis(0);
        let distances = (apart * apart).sum_axes(&[2]);
        let identity = tape.constant(ndarray::Array2::<T>::eye(n));
        let kernel = height * (distances * T::of(-0.5) / (length * length)).exp() + noise * identity;
        (y.dot(kernel.solve_spd(y)) + kernel.log_det_spd()) * T::of(0.5)
    })
}

/// The sum of squares of masked attention: 4 sequences, 4 heads, 16 channels.
pub(in crate::cases) fn attention<T: Real>(settings: &Settings) -> Result<Outcome> {
    const CHANNELS: usize = 16;
    let n = settings.rows;
    let draws = &mut Draws::new(13);
    let shape = [4, 4, n, CHANNELS];
    let arrays: Arrays<T> = vec![
        drawn(draws, "queries", Parameter, &shape, 1.0),
        drawn(draws, "keys", Parameter, &shape, 1.0),
        drawn(draws, "values", Parameter, &shape, 1.0),
    ];
    run(settings, &arrays, |tape, leaves| {
        let (queries, keys, values) = (leaves[0], leaves[1], leaves[2]);
        let past =
            tape.constant(ndarray::Array2::from_shape_fn((n, n), |(i, j)| if j <= i { T::one() } else { T::zero() }));
        let scores = queries.matmul(keys.permuted_axes(&[0, 1, 3, 2])) * T::of((CHANNELS as f64).sqrt().recip());
        let attended = past.select(scores, T::neg_infinity()).softmax(&[3]).matmul(values);
        (attended * attended).sum()
    })
}

/// A convolution of 12 × 12 images with 8 filters of 3 × 3, tanh, and a linear regression on what they give.
pub(in crate::cases) fn convolution<T: Real>(settings: &Settings) -> Result<Outcome> {
    const SIDE: usize = 12;
    const FILTER: usize = 3;
    const FILTERS: usize = 8;
    let n = settings.rows;
    let draws = &mut Draws::new(14);
    let valid = SIDE - FILTER + 1;
    let arrays: Arrays<T> = vec![
        drawn(draws, "filters", Parameter, &[FILTER * FILTER, FILTERS], 0.5),
        drawn(draws, "weights", Parameter, &[valid * valid * FILTERS], 0.1),
        drawn(draws, "images", Rows, &[n, SIDE, SIDE], 1.0),
        drawn(draws, "y", Rows, &[n], 1.0),
    ];
    run(settings, &arrays, |tape, leaves| {
        let (filters, weights, images, y) = (leaves[0], leaves[1], leaves[2], leaves[3]);
        let shifts = (0..FILTER * FILTER).map(|shift| (shift / FILTER, shift % FILTER));
        let patches: Vec<Var<'_, T>> = shifts
            .map(|(down, right)| {
                images.slice(s![.., down..down + valid, right..right + valid]).reshape(&[valid * valid])
            })
            .collect();
        let units = tape.stack(2, &patches).matmul(filters).tanh().reshape(&[valid * valid * FILTERS]);
        let residual = units.linear(weights) - y;
        (residual * residual).mean()
    })
}

/// The end of a predator-prey model after steps of Runge and Kutta's method, by its four rates.
pub(in crate::cases) fn runge_kutta<T: Real>(settings: &Settings) -> Result<Outcome> {
    let steps = settings.rows;
    let rates = ArrayD::from_shape_vec(vec![4], [1.1, 0.4, 0.4, 0.1].map(T::of).to_vec())?;
    let start = ArrayD::from_shape_vec(vec![2], [10.0, 5.0].map(T::of).to_vec())?;
    // For the peers.
    let turns = ArrayD::from_elem(vec![1], T::of(steps as f64));
    let arrays: Arrays<T> = vec![("rates", Parameter, rates), ("start", Parameter, start), ("steps", Fixed, turns)];
    run(settings, &arrays, |tape, leaves| {
        let rate = [0, 1, 2, 3].map(|index| leaves[0].index_axis(0, index));
        let start = [0, 1].map(|index| leaves[1].index_axis(0, index));
        let turns = tape.constant(ndarray::Array1::<T>::zeros(steps));
        let (end, []) = tape.scan(start, [turns], |at, _| (runge_kutta_step(&rate, at, 0.01), []));
        end[0] * end[0] + end[1]
    })
}

/// A step of length `step`.
fn runge_kutta_step<'t, T: Real>(rate: &[Var<'t, T>; 4], at: [Var<'t, T>; 2], step: f64) -> [Var<'t, T>; 2] {
    let moved = |slope: &[Var<'t, T>; 2], by: f64| [at[0] + slope[0] * T::of(by), at[1] + slope[1] * T::of(by)];
    let slope = |[x, y]: [Var<'t, T>; 2]| [x * (rate[0] - rate[1] * y), y * (rate[3] * x - rate[2])];
    let first = slope(at);
    let second = slope(moved(&first, 0.5 * step));
    let third = slope(moved(&second, 0.5 * step));
    let fourth = slope(moved(&third, step));
    let sum = [0, 1].map(|i| first[i] + (second[i] + third[i]) * T::of(2.0) + fourth[i]);
    moved(&sum, step / 6.0)
}

/// A recurrent network: 16 sequences, 32 units, tanh.
pub(in crate::cases) fn recurrent<T: Real>(settings: &Settings) -> Result<Outcome> {
    const SEQUENCES: usize = 16;
    const UNITS: usize = 32;
    let draws = &mut Draws::new(15);
    let arrays: Arrays<T> = vec![
        drawn(draws, "inward", Parameter, &[UNITS, UNITS], 0.2),
        drawn(draws, "onward", Parameter, &[UNITS, UNITS], 0.2),
        drawn(draws, "bias", Parameter, &[UNITS], 0.1),
        drawn(draws, "x", Fixed, &[settings.rows, SEQUENCES, UNITS], 1.0),
    ];
    run(settings, &arrays, |tape, leaves| {
        let (inward, onward, bias, x) = (leaves[0], leaves[1], leaves[2], leaves[3]);
        let start = tape.constant(ndarray::Array2::<T>::zeros((SEQUENCES, UNITS)));
        let ([last], []) =
            tape.scan([start], [x], |[units], [x]| ([(x.dot(inward) + units.dot(onward) + bias).tanh()], []));
        (last * last).mean()
    })
}

/// Ratings of 80 things by 100 people as products of 8 hidden factors, with a ridge.
pub(in crate::cases) fn factorisation<T: Real>(settings: &Settings) -> Result<Outcome> {
    const PEOPLE: usize = 100;
    const THINGS: usize = 80;
    const FACTORS: usize = 8;
    let draws = &mut Draws::new(16);
    let [whose, whats] = [PEOPLE, THINGS].map(|count| {
        ndarray::Array1::from_shape_simple_fn(settings.rows, || (draws.uniform() * count as f64) as usize)
    });
    let numbers = |indices: &ndarray::Array1<usize>| indices.mapv(|index| T::of(index as f64)).into_dyn();
    let arrays: Arrays<T> = vec![
        drawn(draws, "people", Parameter, &[PEOPLE, FACTORS], 0.5),
        drawn(draws, "things", Parameter, &[THINGS, FACTORS], 0.5),
        drawn(draws, "ratings", Fixed, &[settings.rows], 1.0),
        ("whose", Fixed, numbers(&whose)),
        ("whats", Fixed, numbers(&whats)),
    ];
    run(settings, &arrays, |tape, leaves| {
        let (people, things, ratings) = (leaves[0], leaves[1], leaves[2]);
        let (people_of, things_of) =
            (people.gather(tape.index_constant(&whose)), things.gather(tape.index_constant(&whats)));
        let residual = (people_of * things_of).sum_axes(&[1]) - ratings;
        (residual * residual).sum() + ((people * people).sum() + (things * things).sum()) * T::of(0.1)
    })
}
