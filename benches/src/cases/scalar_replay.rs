//! A long recurrence of single numbers, `x ← x + 0.001·x·(a − x)`, replayed: its value (`autodiff`), and value with gradient
//! (`autodiff-gradient`). The handwritten loop is the recurrence itself. `--rows` is the number of operations.

use super::{Outcome, finish};
use crate::Result;
use crate::contest::Contest;
use crate::data::{Array, STEP};
use crate::peers;
use crate::settings::Settings;
use crate::vector::Real;
use autodiff::{Program, Tape, Var, bind};
use ndarray::{Array0, ArrayViewMutD, arr0};
use std::hint::black_box;

pub(super) fn run<T: Real>(settings: &Settings) -> Result<Outcome> {
    let steps = settings.rows / STEP;
    let (start, rate) = (T::of(0.4), T::of(0.8));
    let tape = Tape::<T>::new();
    let (x, a) = (tape.input("x", &[]), tape.input("a", &[]));
    let end = record(x, a, steps);
    let value = tape.compile(&[end])?;
    let derivatives = end.grads(&[x, a]);
    let gradient = tape.compile(&[end, derivatives[0], derivatives[1]])?;
    let mut contest = Contest::new(settings, steps * STEP * size_of::<T>());
    let mut replay = replay(&value, start, rate);
    contest.enter("autodiff", move || replay().map(|[value, ..]| value))?;
    let mut with_gradient = self::replay(&gradient, start, rate);
    contest.enter_unchecked("autodiff-gradient", move || with_gradient().map(drop))?;
    contest
        .enter("handwritten", move || Ok(black_box(handwritten(start, rate, steps)).to_f64().unwrap_or(f64::NAN)))?;
    let inputs = [("x", &start), ("a", &rate)];
    let array = |(name, number)| Array { name, shape: Vec::new(), elements: std::slice::from_ref(number) };
    peers::enter(&mut contest, &inputs.map(array))?;
    finish(contest)
}

/// The recurrence goes to a, slowly: neither rounding grows nor do derivatives underflow.
fn record<'t, T: Real>(x: Var<'t, T>, a: Var<'t, T>, steps: usize) -> Var<'t, T> {
    let mut x = x;
    for _ in 0..steps {
        x = x + (a - x) * x * T::of(0.001);
    }
    x
}

fn handwritten<T: Real>(x: T, a: T, steps: usize) -> T {
    let (mut x, a) = black_box((x, a));
    for _ in 0..steps {
        x = x + (a - x) * x * T::of(0.001);
    }
    x
}

/// A call of a program of up to three numbers.
fn replay<T: Real>(program: &Program<T>, start: T, rate: T) -> impl FnMut() -> Result<[f64; 3]> {
    let mut workspace = program.workspace();
    let (x, a) = (arr0(start), arr0(rate));
    let mut outputs = [Array0::<T>::zeros(()), Array0::zeros(()), Array0::zeros(())];
    let count = program.output_shapes().len();
    move || {
        let mut views: Vec<ArrayViewMutD<'_, T>> =
            outputs.iter_mut().take(count).map(|output| output.view_mut().into_dyn()).collect();
        program.run_into(&mut workspace, &[bind("x", &x), bind("a", &a)], &mut views)?;
        drop(views);
        Ok(outputs.each_ref().map(|output| output[()].to_f64().unwrap_or(f64::NAN)))
    }
}
