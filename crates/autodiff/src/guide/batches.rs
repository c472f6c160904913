//! Mini-batches and other parts of the rows.
//!
//! The number of rows is no part of a recording: one program serves the whole data and every batch. Bind the rows of the batch, as views.
//!
//! ```
//! use autodiff::Tape;
//! use ndarray::{Array1, Array2, s};
//!
//! let tape = Tape::<f64>::new();
//! let (x, y, theta) = (tape.rows("X", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
//! let loss = 0.5 * (y - x.linear(theta)).powi(2).mean();
//! let program = tape.compile(&[loss, loss.grad(theta)])?;
//!
//! let data = Array2::from_shape_fn((64, 2), |(row, column)| if column == 0 { 1.0 } else { row as f64 / 32.0 - 1.0 });
//! let labels = Array1::from_shape_fn(64, |row| 3.0 - data[[row, 1]]);
//! let mut at = Array1::zeros(2);
//! for _epoch in 0..100 {
//!     for start in (0..64).step_by(16) {
//!         let batch = start..start + 16;
//!         let out = program.run(&[
//!             x.bind(data.slice(s![batch.clone(), ..])),
//!             y.bind(labels.slice(s![batch])),
//!             theta.bind(&at),
//!         ])?;
//!         at.scaled_add(-0.5, &out.vector(1)?);
//!     }
//! }
//! assert!((at[0] - 3.0).abs() < 1e-6 && (at[1] + 1.0).abs() < 1e-6);
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! * **In random order**: gather the batch's rows into arrays that you keep (`ndarray`'s `select`, or `assign` row by row), and bind
//!   those.
//! * **Many small batches**: keep a [`Workspace`](crate::Workspace) and use [`run_into`](crate::Program::run_into), which allocates nothing.
//! * **A penalty** belongs to all rows: give a batch its share, `penalty * share` with `share` an input.
//! * **Group numbers and labels** are rows too: [`index_rows`](crate::Tape::index_rows).
//! * [`row_inputs`](crate::Program::row_inputs) lists the inputs that have to be cut.
//!
//! `models` has Adam and SGD over mini-batches for any loss: `fit::Method::Adam`.
