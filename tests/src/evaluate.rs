//! The two ways to the value of a node.

use autodiff::{Result, Scalar, Tape, Var};
use ndarray::ArrayD;

/// Which way values were computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Node by node, as recorded ([`Var::value`]).
    Interpreter,
    /// By a compiled program, simplified and fused.
    Program,
}

/// The values of `nodes` by the interpreter.
///
/// # Errors
/// As [`Var::value`].
pub fn interpreted<T: Scalar>(nodes: &[Var<'_, T>]) -> Result<Vec<ArrayD<T>>> {
    nodes.iter().map(|node| node.value()).collect()
}

/// The values of `nodes` by one program, which takes the inputs' values at hand.
///
/// # Errors
/// As [`Tape::compile`] and [`autodiff::Program::run`].
pub fn compiled<T: Scalar>(tape: &Tape<T>, nodes: &[Var<'_, T>]) -> Result<Vec<ArrayD<T>>> {
    Ok(tape.compile(nodes)?.run(&[])?.into_vec())
}

/// The values of `nodes` both ways.
///
/// # Panics
/// Where one of them fails.
#[track_caller]
pub fn both<T: Scalar>(tape: &Tape<T>, nodes: &[Var<'_, T>]) -> [(Way, Vec<ArrayD<T>>); 2] {
    [
        (Way::Interpreter, interpreted(nodes).expect("the interpreter runs")),
        (Way::Program, compiled(tape, nodes).expect("the program runs")),
    ]
}
