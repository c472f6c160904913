//! A program in a struct of one's own.
//!
//! Handles borrow their tape, so they can't stand in a struct beside it. They needn't: a [`Program`](crate::Program) owns all that it needs.
//! Record, compile, keep the program, drop the tape; bind by name.
//!
//! ```
//! use autodiff::{Program, Result, Tape, bind};
//! use ndarray::{Array1, ArrayView1, ArrayView2};
//!
//! /// Logistic regression, compiled once.
//! struct Logistic {
//!     program: Program<f64>,
//! }
//!
//! impl Logistic {
//!     fn new(columns: usize) -> Result<Self> {
//!         let tape = Tape::new();
//!         let (x, y) = (tape.rows("X", &[columns]), tape.rows("y", &[]));
//!         let theta = tape.input("theta", &[columns]);
//!         let loss = x.linear(theta).sigmoid().log_loss(y).sum();
//!         Ok(Self { program: tape.compile(&[loss, loss.grad(theta)])? })
//!     }
//!
//!     fn loss_and_gradient(
//!         &self,
//!         x: ArrayView2<'_, f64>,
//!         y: ArrayView1<'_, f64>,
//!         theta: &Array1<f64>,
//!     ) -> Result<(f64, Array1<f64>)> {
//!         let out = self.program.run(&[bind("X", x), bind("y", y), bind("theta", theta)])?;
//!         Ok((out.number(0)?, out.vector(1)?.to_owned()))
//!     }
//! }
//!
//! let model = Logistic::new(2)?;
//! let (x, y) = (ndarray::arr2(&[[1.0, 0.5], [1.0, -0.5]]), ndarray::arr1(&[1.0, 0.0]));
//! let (loss, gradient) = model.loss_and_gradient(x.view(), y.view(), &Array1::zeros(2))?;
//! assert_eq!((loss, gradient.to_vec()), (2.0 * 2f64.ln(), vec![0.0, -0.5]));
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! # Without allocation
//! Keep a [`Workspace`](crate::Workspace) and the arrays that results are written into. The tape's own values, if inputs have some, are the
//! program's from when it was compiled; later [`set_value`](crate::Var::set_value) doesn't reach it.
//!
//! ```
//! use autodiff::{Tape, bind};
//! let tape = Tape::<f64>::new();
//! let theta = tape.input("theta", &[2]);
//! let loss = (theta * theta).sum();
//! let program = tape.compile(&[loss, loss.grad(theta)])?;
//! drop(tape);
//!
//! let (mut workspace, mut value, mut gradient) = (program.workspace(), ndarray::arr0(0.0), ndarray::arr1(&[0.0; 2]));
//! for step in 1..=3 {
//!     let at = [f64::from(step), 0.0];
//!     let mut outputs = [value.view_mut().into_dyn(), gradient.view_mut().into_dyn()];
//!     program.run_into(&mut workspace, &[bind("theta", &at)], &mut outputs)?;
//! }
//! assert_eq!((value[[]], gradient[0]), (9.0, 6.0));
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! # Recording again
//! A function that records, `fn loss<'t>(tape: &'t Tape<f64>, …) -> Var<'t, f64>`, makes the same recording on any tape. What exists only
//! as a recording is made again by [`Tape::substitute`](crate::Tape::substitute).
