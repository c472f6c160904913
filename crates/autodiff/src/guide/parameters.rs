//! Several parameters, each an input of its own shape.
//!
//! Declare an input for each: numbers, vectors, matrices. [`grads`](crate::Var::grads) gives all gradients from one sweep, each of its
//! parameter's shape; a program computes them together.
//!
//! ```
//! use autodiff::Tape;
//!
//! let tape = Tape::<f64>::new();
//! let (x, y) = (tape.rows("X", &[2]), tape.rows("y", &[]));
//! let (beta, intercept, log_sigma) = (tape.input("beta", &[2]), tape.input("intercept", &[]), tape.input("log_sigma", &[]));
//! let z = (y - intercept - x.linear(beta)) / log_sigma.exp();
//! let loss = (0.5 * z * z + log_sigma).sum();
//!
//! let parameters = [beta, intercept, log_sigma];
//! let mut outputs = vec![loss];
//! outputs.extend(loss.grads(&parameters));
//! let program = tape.compile(&outputs)?;
//!
//! let (data, labels) = ([[1.0, 0.0], [0.0, 2.0]], [1.0, 3.0]);
//! let out = program.run(&[
//!     x.bind(&data),
//!     y.bind(&labels),
//!     beta.bind(&[1.0, 1.0]),
//!     intercept.bind(0.0),
//!     log_sigma.bind(0.0),
//! ])?;
//! assert_eq!(out.number(0)?, 0.5);
//! assert_eq!(out.vector(1)?.to_vec(), [0.0, -2.0]); // by beta
//! assert_eq!((out.number(2)?, out.number(3)?), (-1.0, 1.0)); // by intercept and log_sigma
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! # Second derivatives
//! [`hessian`](crate::Var::hessian) is by one parameter. A block between two is the Jacobian of one's gradient by the other:
//!
//! ```
//! # use autodiff::Tape;
//! let tape = Tape::<f64>::new();
//! let (a, b) = (tape.variable("a", &[1.0, 2.0]), tape.variable("b", 3.0));
//! let loss = b * (a * a).sum();
//! let cross = loss.grad(a).jacobian(b);
//! assert_eq!(cross.value()?, ndarray::arr1(&[2.0, 4.0]).into_dyn());
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! # One vector for an optimiser
//! An optimiser that knows one vector is given one input, of which the parameters are parts:
//!
//! ```
//! # use autodiff::Tape;
//! let tape = Tape::<f64>::new();
//! let theta = tape.input("theta", &[3]);
//! let (beta, log_sigma) = (theta.slice_axis(0, ..2), theta.index_axis(0, 2));
//! let loss = (beta * beta).sum() * log_sigma.exp();
//! let program = tape.compile(&[loss, loss.grad(theta), loss.hessian(theta)])?;
//! assert_eq!(program.run(&[theta.bind(&[1.0, 2.0, 0.0])])?.vector(1)?.to_vec(), [2.0, 4.0, 5.0]);
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! The crate `models` does this for you: `fit::Loss::new(loss, &[beta, intercept, log_sigma])` minimises by all three.
//!
//! # Constraints
//! Record what is positive as `exp` or `softplus` of a parameter, a probability as its `sigmoid`, probabilities as `softmax`, an
//! increasing vector as the `cumsum` of exponentials. [`Tape::substitute`](crate::Tape::substitute) puts such a form in the place of an
//! input of a recording that exists.
