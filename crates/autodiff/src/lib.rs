//! Reverse-mode automatic differentiation on a tape, generic in its scalar, over ndarray arrays.
//!
//! Record a loss once with ordinary arithmetic. Get its value, gradient, Hessian-vector products and Hessian, compiled into
//! a program that reads the data once.
//!
//! ```
//! use autodiff::{Tape, bind};
//! use ndarray::{arr1, arr2};
//!
//! let tape = Tape::<f64>::new();
//! let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[])); // data: the number of rows stays open
//! let theta = tape.input("theta", &[2]); // parameters
//! let probability = x.linear(theta).sigmoid();
//! let loss = -(y * probability.ln() + (1.0 - y) * (1.0 - probability).ln()).sum();
//!
//! let program = tape.compile(&[loss, loss.grad(theta)])?;
//! let (data, labels) = (arr2(&[[1.0, 0.5], [1.0, -0.5]]), arr1(&[1.0, 0.0]));
//! let results = program.run(&[bind("X", &data), bind("y", &labels), bind("theta", &arr1(&[0.0, 0.0]))])?;
//! assert_eq!(results.number(0)?, 2.0 * 2.0f64.ln());
//! assert_eq!(results.vector(1)?, arr1(&[0.0, -0.5])); // Xᵀ(π − y)
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! # Recording
//! A [`Tape`] is a list of operations on arrays. A [`Var`] is a handle to one of them: two words, `Copy`. Operators and
//! methods on handles record; [`Var::value`] evaluates a node with the values at hand.
//!
//! There are eight kinds of leaves, and constants:
//!
//! | | numbers, bound later | numbers at hand | indices, bound later | indices at hand |
//! |---|---|---|---|---|
//! | a fixed shape | [`input`](Tape::input) | [`variable`](Tape::variable) | [`index_input`](Tape::index_input) | [`index_variable`](Tape::index_variable) |
//! | on the rows | [`rows`](Tape::rows) | [`data`](Tape::data) | [`index_rows`](Tape::index_rows) | [`index_data`](Tape::index_data) |
//!
//! `value()` uses the values at hand, and so does a program where nothing else is bound. [`constant`](Tape::constant) puts an array into the
//! recording itself.
//!
//! Numbers stand beside handles: `2.0 * x`, `2 * x`, `x += 1`. `Tape::new()` can't guess the scalar where only inputs are declared: write
//! `Tape::<f64>::new()`. Functions and closures of handles: [`guide::recording`].
//!
//! # How to
//! | | |
//! |---|---|
//! | functions, closures, code generic in the scalar | [`guide::recording`] |
//! | several parameters | [`guide::parameters`] |
//! | mini-batches | [`guide::batches`] |
//! | threads | [`guide::threads`] |
//! | loops and branches | [`guide::loops`] |
//! | programs in structs of your own | [`guide::programs`] |
//!
//! # Rows
//! The rows are the observations: the leading axis of the data and of whatever is computed from them row by row. The tape doesn't fix their
//! number. Reductions over the rows have none: [`sum`](Var::sum), [`mean`](Var::mean), [`max`](Var::max),
//! [`logsumexp`](Var::logsumexp), [`t_dot`](Var::t_dot) and [`scatter_add`](Var::scatter_add). A program sweeps over the rows
//! block by block, so intermediate arrays are never stored as a whole. What needs all rows at once (sorting, a cumulative sum
//! along them) is refused with a reason: bind such data as a fixed input.
//!
//! # Derivatives
//! [`grad`](Var::grad), [`grads`](Var::grads), [`vjp`](Var::vjp), [`jvp`](Var::jvp), [`hvp`](Var::hvp),
//! [`jacobian`](Var::jacobian) and [`hessian`](Var::hessian) record nodes on the same tape. A derivative is a node like any other: it can be
//! evaluated, compiled, and differentiated again. For derivatives that are mostly 0 there are [`sparse_jacobian`](Var::sparse_jacobian),
//! [`sparse_hessian`](Var::sparse_hessian), [`row_jacobian`](Var::row_jacobian).
//!
//! [`check_gradient`] compares a gradient with finite differences and tells a kink from a mistake.
//!
//! # Programs
//! [`Tape::compile`] makes a [`Program`]: constants folded, common subexpressions shared, operations fused, memory assigned.
//! A program is immutable and `Sync`. [`Program::run`] returns [`Outputs`]. [`Program::run_into`] writes into yours and, in a
//! [`Workspace`] that you keep, allocates nothing. The results have the same bits for any number of threads.
//! [`Program::explain`] says in words what a program does, and [`Program::svg`] draws it. A program owns all that it needs: keep it in a struct
//! of your own and drop the tape. [`Tape::display`] prints and draws what was recorded.
//!
//! # Data larger than memory
//! [`Program::stream`] begins a run whose rows come piece by piece: in order, or from many machines as [`Partial`] results. The results have
//! the same bits as those of [`Program::run`] on all rows. The crate `data` reads them from files.
//!
//! # Stability
//! A textbook writes `ln(1 − σ(z))`. In doubles that is −∞ from z = 37 on. [`grad`](Var::grad) and [`compile`](Tape::compile) work on stable
//! rewrites of what was recorded ([`Rewrite`]). [`Program::rewrites`] and [`Tape::applied_rewrites`] list those that were applied;
//! [`Tape::set_rewrites`] switches them off. `value()` shows the recording as it was written.
//!
//! # Errors
//! Nothing panics. Arithmetic can't return a [`Result`], so the tape keeps the first error with your source line, and everything
//! that leaves the tape returns it ([`Error`]). [`Tape::trouble`] finds the first node that made a NaN or an infinity.
//!
//! # Operations
//! [`catalogue`] lists every operation with its formula, derivative, domain, edges and measured error.
//! [`Var::elementwise`] and [`CustomOp`] add your own; [`Tape::scan`], [`Tape::fold`] and [`Tape::repeat_while`] are loops, [`Tape::root`] and
//! [`Tape::fixed_point`] solve equations.
//!
//! # Performance
//! A logistic loss with its gradient takes little longer than reading the data once. To get there, compile one program for the value and all
//! derivatives, give the data in standard (row-major) layout, which is read in place, keep the workspace, and build with `--release`.
//!
//! # Limits
//! A tape holds 2³² − 2 nodes; an array has at most [`MAX_AXES`] axes. A tape is for one thread, a program for any number.

mod accuracy;
pub mod catalogue;
pub mod check;
mod compiled;
mod derivative;
mod diagnose;
mod display;
mod error;
mod given;
mod graph;
pub mod guide;
mod hash;
mod identity;
mod interpret;
mod kernels;
mod memory;
mod nested;
mod ops;
mod program;
mod rules;
mod scalar;
mod shape;
mod simplify;
mod sparse;
mod sum_tree;
mod tape;
mod value;
mod wide;

pub use accuracy::{Accuracy, AccuracyNode, AccuracyOperand, Loss, ResultAccuracy};
pub use check::{check_directions, check_given_gradient, check_gradient, check_hessian};
pub use derivative::ByRow;
pub use diagnose::{Independence, IndependentInput, Trouble, TroubleNode, TroubleOperand};
pub use display::{Drawing, Paper, Parameters, RecordedNode, Recording};
pub use error::{Error, Result, Source};
pub use given::{Bindable, IntoValue};
pub use kernels::Processor;
pub use memory::available_memory;
pub use nested::Iteration;
pub use program::{Binding, Outputs, Partial, Program, StreamingRun, Workspace, bind, bind_indices};
pub use scalar::Scalar;
pub use shape::{MAX_AXES, Shape};
pub use simplify::{AppliedRewrite, Rewrite, Rewrites};
pub use sparse::{Csc, Csr, Pattern, RowBlock, SparseDerivative};
pub use sum_tree::SumTree;
pub use tape::{CustomOp, IndexVar, Operand, Tape, Var};
pub use wide::Wide;
