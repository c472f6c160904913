//! The engine for `f64` and `f32`, compiled with this crate: a crate that records and runs in either compiles it no more.
//!
//! A compiler makes a generic function where it is used, anew in every crate. But one that is marked `#[inline(never)]` it takes from
//! the crate that defines it, if that has it for the type already (since Rust 1.79). So the functions through which users reach the
//! engine are marked, and used here: recording, derivatives, compiling, running, values. What a user's crate is left with is
//! its own recording, and a debug build whose profile optimises this crate runs an optimised engine.

use crate::error::Result;
use crate::program::bind;
use crate::scalar::Scalar;
use crate::tape::Tape;
use ndarray::arr0;

/// Never called: being named is enough.
#[allow(dead_code)]
static ENGINES: [fn() -> Result<()>; 2] = [engine::<f64>, engine::<f32>];

fn engine<T: Scalar>() -> Result<()> {
    let tape = Tape::<T>::new();
    let given = arr0(T::one());
    let (x, y) = (tape.rows("x", &[]), tape.variable("y", given.clone()));
    let (loss, data) = ((x * y * tape.constant(given.clone())).sum(), tape.data("data", given.clone()));
    let derivatives = [loss.grad(y), loss.hvp(y, y), loss.jvp(&[y], &[y]), loss.jacobian(y), loss.hessian(y)];
    let program = tape.compile(&[&derivatives[..], &[data, loss.hessian_diagonal(y)]].concat())?;
    program.run(&[bind("x", &given)])?;
    program.run_into(&mut program.workspace(), &[], &mut [])?;
    let mut run = program.stream(&[], Some(1))?;
    run.feed(&[bind("x", &given)])?;
    let partial = run.partial(0, &[bind("x", &given)])?;
    run.take(partial)?;
    run.end_pass()?;
    run.finish()?;
    tape.set_values(&[bind("x", &given)])?;
    loss.named(&[program.explain().to_string(), program.svg(), program.dot()].concat()).value().map(drop)
}
