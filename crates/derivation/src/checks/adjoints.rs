//! The adjoints that derivations name.

use super::Random;
use crate::evaluate::Evaluator;
use autodiff::{Tape, Var};
use ndarray::ArrayD;

/// The adjoints that networks name, as they are defined and as they are written, are those of the recording.
#[test]
fn named_adjoints_are_the_slopes_of_the_loss() {
    let mut random = Random(5);
    let tape = Tape::<f64>::new();
    let mut variable =
        |name: &str, shape: &[usize]| tape.variable(name, ArrayD::from_shape_simple_fn(shape, || random.unit() + 0.1));
    let [w, v, c] = [("W", &[2, 2][..]), ("V", &[2, 3]), ("c", &[3])].map(|(name, shape)| variable(name, shape));
    let [x, y, weights] = [("X", &[2][..]), ("Y", &[3]), ("q", &[])].map(|(name, shape)| {
        let full: Vec<usize> = [5].iter().chain(shape).copied().collect();
        tape.data(name, ArrayD::from_shape_simple_fn(full, || random.unit() + 0.1))
    });
    let first = x.dot(w).named("S");
    let second = (first.tanh().dot(v) + c).named("T");
    let entropy = -(y * second.softmax(&[1]).ln()).sum_axes(&[1]);
    let squares = (y - second).powi(2).sum_axes(&[1]);
    let decay = w.powi(2).sum();
    for loss in [
        entropy.mean(),
        entropy.sum(),
        (weights * squares).sum() / weights.sum(),
        3.0 * squares.mean() + decay,
        squares.sum().sqrt(),
    ] {
        let mut found = crate::derive::find(loss, &[w, v, c]).expect("a derivation");
        let layers: Vec<_> = found.adjoints.clone().into_iter().filter(|adjoint| adjoint.name.is_some()).collect();
        assert_eq!(layers.len(), 2);
        for (layer, adjoint) in [first, second].into_iter().zip(layers) {
            let written = found.written_out(adjoint.value);
            let pool = &found.imported.pool;
            let numbers = Tape::<f64>::new();
            let constant = |var: Var<'_, f64>| numbers.constant(var.value().expect("a value"));
            let inputs = [w, v, c, x, y, weights].map(|input| (input.name().expect("a name"), constant(input)));
            let symbols = [written, adjoint.times].into_iter().flat_map(|id| pool.reachable(id)).filter_map(|id| {
                let name = &pool.as_symbol(id)?.name;
                inputs.iter().find(|(input, _)| input == name).map(|&(_, var)| (id, var))
            });
            let evaluator = Evaluator { pool, tape: &numbers, rows: Some(5), symbols: symbols.collect() };
            let [times, written] = [adjoint.times, written].map(|id| evaluator.record(id).expect("it is recorded"));
            let error = (times * constant(loss.grad(layer)) - written).norm().value().expect("a value").sum();
            assert!(error < 1e-13, "{error}\n{}", crate::derive_all(loss, &[w, v, c]).expect("a derivation"));
        }
    }
}
