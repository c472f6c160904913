//! Handles, functions of them, and numbers beside them.
//!
//! A [`Var<'t, T>`](crate::Var) borrows its tape for `'t`. It is `Copy`: use it as often as you like, without `&`. References work too
//! (`&x * &y`), as do `+=` and its kin, and numbers: `2.0 * x`, `2 * x`.
//!
//! # The scalar of a tape
//! A tape's scalar is found from the first number that meets it. Where there are inputs alone, say which:
//!
//! ```compile_fail,E0282
//! # use autodiff::Tape;
//! let tape = Tape::new(); // error: type annotations needed
//! let x = tape.input("x", &[]);
//! ```
//!
//! ```
//! # use autodiff::Tape;
//! let tape = Tape::<f64>::new();
//! let x = tape.input("x", &[]);
//! # let _ = x;
//! ```
//!
//! # Functions
//! A function of handles names the lifetime of their tape once. Generic in the scalar, it writes numbers as
//! [`tape.number`](crate::Tape::number):
//!
//! ```
//! use autodiff::{Scalar, Tape, Var};
//!
//! fn pseudo_huber<'t, T: Scalar>(residual: Var<'t, T>, delta: f64) -> Var<'t, T> {
//!     let delta = residual.tape().number(delta);
//!     let z = residual / delta;
//!     delta * delta * ((z * z + T::one()).sqrt() - T::one())
//! }
//!
//! let tape = Tape::<f64>::new();
//! let residual = tape.variable("residual", &[0.0, 3.0]);
//! let loss = pseudo_huber(residual, 4.0).sum();
//! assert_eq!(loss.item()?, 4.0);
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! # Closures
//! In a closure with a type at its parameter, the compiler takes the lifetimes of parameter and result for two different ones:
//!
//! ```compile_fail
//! # use autodiff::{Tape, Var};
//! # let tape = Tape::<f64>::new();
//! # let x = tape.variable("x", 2.0);
//! let square = |x: Var<'_, f64>| x * x; // error: lifetime may not live long enough
//! # square(x);
//! ```
//!
//! Leave the type out, where the closure is used at once; write a function; or hand the closure over where its type is stated:
//!
//! ```
//! # use autodiff::{Tape, Var};
//! fn sum_of<'t>(xs: &[Var<'t, f64>], f: impl Fn(Var<'t, f64>) -> Var<'t, f64>) -> Option<Var<'t, f64>> {
//!     xs.iter().map(|&x| f(x)).reduce(|sum, x| sum + x)
//! }
//!
//! let tape = Tape::<f64>::new();
//! let (x, y) = (tape.variable("x", 2.0), tape.variable("y", 3.0));
//! let cube = |x| x * x * x;
//! let total = cube(x) + sum_of(&[x, y], |x| x * x).unwrap_or(x);
//! assert_eq!(total.item()?, 21.0);
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! A bound that takes closures for tapes of any lifetime is `F: for<'t> Fn(&'t Tape<f64>, Var<'t, f64>) -> Var<'t, f64>`.
//!
//! # Numbers of other types
//! On tapes of `f64` and `f32`, `i32` literals are numbers too. Others are converted where one sees it:
//!
//! ```compile_fail,E0277
//! # use autodiff::Tape;
//! # let tape = Tape::<f64>::new();
//! # let x = tape.variable("x", 2.0);
//! let n: usize = 10;
//! let mean = x / n; // error: `usize` can't stand beside a handle of a tape of `f64`
//! ```
//!
//! ```
//! # use autodiff::Tape;
//! # let tape = Tape::<f64>::new();
//! # let x = tape.variable("x", 2.0);
//! let n: usize = 10;
//! let mean = 2 * x / n as f64;
//! assert_eq!(mean.item()?, 0.4);
//! # Ok::<(), autodiff::Error>(())
//! ```
