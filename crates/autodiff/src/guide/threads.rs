//! Threads: within a run, and several runs at once.
//!
//! # Within a run
//! A program sweeps its rows with all threads of the `rayon` pool it is run in; [`with_threads`](crate::Program::with_threads) asks for
//! fewer. The results have the same bits for any number of threads.
//!
//! ```
//! use autodiff::Tape;
//! use ndarray::Array1;
//! let tape = Tape::<f64>::new();
//! let x = tape.rows("x", &[]);
//! let program = tape.compile(&[x.sin().sum()])?;
//! let data = Array1::linspace(0.0, 1.0, 100_000);
//! let (one, all) = (program.clone().with_threads(1), program);
//! assert_eq!(one.run(&[x.bind(&data)])?.number(0)?, all.run(&[x.bind(&data)])?.number(0)?);
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! Few rows are swept by one thread, whatever is asked for.
//!
//! # Several runs at once
//! A [`Tape`](crate::Tape) and its handles belong to one thread. A [`Program`](crate::Program) is immutable and `Sync`: share it, or clone it,
//! which copies nothing. Each thread has a [`Workspace`](crate::Workspace) of its own. Bind by name there, since handles can't leave their
//! thread.
//!
//! ```
//! use autodiff::{Tape, bind};
//! let tape = Tape::<f64>::new();
//! let theta = tape.input("theta", &[]);
//! let program = tape.compile(&[theta * theta])?.with_threads(1);
//! let squares: Vec<f64> = std::thread::scope(|scope| {
//!     let runs = [1.0, 2.0, 3.0].map(|at| {
//!         let program = &program;
//!         scope.spawn(move || program.run(&[bind("theta", at)]).and_then(|out| out.number(0)))
//!     });
//!     runs.map(|run| run.join().unwrap().unwrap()).to_vec()
//! });
//! assert_eq!(squares, [1.0, 4.0, 9.0]);
//! # Ok::<(), autodiff::Error>(())
//! ```
//!
//! To record on several threads, give each a tape of its own.
