//! Loops and branches.
//!
//! Rust's own control flow runs while you record: a loop records its body once a turn, an `if` records the branch it takes. A program
//! replays what was recorded.
//!
//! ```
//! use autodiff::Tape;
//! // Logistic growth by Euler's method: the derivative goes through all steps.
//! let tape = Tape::<f64>::new();
//! let (rate, mut y) = (tape.variable("rate", 0.5), tape.variable("start", 0.1));
//! for _ in 0..100 {
//!     y += 0.1 * rate * y * (1 - y);
//! }
//! let slope = y.grad(rate);
//! assert!(slope.item()? > 0.0);
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! A tape holds billions of nodes, and work grows with their number. What has the form of a recurrence is better one operation:
//!
//! | loop | operation |
//! |---|---|
//! | `s += x[i]` | [`cumsum`](crate::Var::cumsum) |
//! | `p *= x[i]` | [`cumprod`](crate::Var::cumprod) |
//! | `s = ln(eˢ + e^x[i])` | [`cumlogsumexp`](crate::Var::cumlogsumexp) |
//! | `h = a[i]·h + x[i]` | [`linear_recurrence`](crate::Var::linear_recurrence): autoregression, GARCH, exponential smoothing |
//! | `a[i]·b[i]` summed | [`dot`](crate::Var::dot) |
//!
//! They go along an axis of a fixed input, not along the rows, which a program sees block by block.
//!
//! Any other loop of many turns is recorded once by [`Tape::scan`](crate::Tape::scan) (over the elements of an array, with carries from turn
//! to turn), [`Tape::fold`](crate::Tape::fold) (so many turns) or [`Tape::repeat_while`](crate::Tape::repeat_while) (on a condition): recording,
//! differentiating and compiling take as long as for one turn.
//!
//! ```
//! use autodiff::Tape;
//! // A recurrent net along 500 inputs, and what its states add up to.
//! let tape = Tape::<f64>::new();
//! let (x, w) = (tape.variable("x", ndarray::Array2::ones((500, 3))), tape.variable("w", &[[0.1, -0.2, 0.3], [0.2, 0.1, 0.0]]));
//! let start = tape.constant(&[0.0, 0.0]);
//! let ([_], [states]) = tape.scan([start], [x], |[h], [x]| {
//!     let h = (w.dot(x) + 0.5 * h).tanh();
//!     ([h], [h])
//! });
//! assert_eq!(states.sum().grad(w).value()?.shape(), [2, 3]);
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! # Branches on values
//! `Var` has no ordering: `if x > y` doesn't compile, since it would freeze one branch into the recording. There are two ways.
//!
//! To have the choice made again in every run and for every element, record it: [`select`](crate::Var::select),
//! [`maximum`](crate::Var::maximum), [`clamp`](crate::Var::clamp). The branch that is not taken has no part in the derivative, even
//! where it is infinite:
//!
//! ```
//! # use autodiff::Tape;
//! let tape = Tape::<f64>::new();
//! let x = tape.variable("x", &[0.0, 4.0]);
//! let y = x.gt(0).select(x.sqrt(), 0).sum();
//! assert_eq!(y.grad(x).value()?, ndarray::arr1(&[0.0, 0.25]).into_dyn());
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! To decide now, look at the value: [`item`](crate::Var::item) and [`value`](crate::Var::value) evaluate what has been recorded so far. A
//! tape of its own for each evaluation makes that a define-by-run library:
//!
//! ```
//! # use autodiff::Tape;
//! let tape = Tape::<f64>::new();
//! let a = tape.variable("a", 2.0);
//! let mut root = a; // √a by Newton's method, to convergence
//! while (root * root - a).item()?.abs() > 1e-12 {
//!     root = (root + a / root) / 2;
//! }
//! assert!((root.grad(a).item()? - 0.5 / 2f64.sqrt()).abs() < 1e-9);
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! What an iteration converges to is better a node of its own, [`Tape::root`](crate::Tape::root) or
//! [`Tape::fixed_point`](crate::Tape::fixed_point): its derivative is that of the solution, not of the steps to it.
