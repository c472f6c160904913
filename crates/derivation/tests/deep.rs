//! Deep chains: the work grows with the recording, and not with the number of ways through it.

use autodiff::{Tape, Var};
use derivation::{Error, derive};
use ndarray::arr0;

type Step = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;

#[test]
fn chains_of_a_function_are_derived() {
    let steps: [(&str, Step); 6] = [
        ("exp", |x| x.exp()),
        ("exp of the opposite", |x| (-x).exp()),
        ("tanh", |x| x.tanh()),
        ("sin", |x| x.sin()),
        ("sigmoid", |x| x.sigmoid()),
        ("square", |x| x * x + 1.0),
    ];
    for (name, step) in steps {
        let tape = Tape::<f64>::new();
        let a = tape.variable("a", arr0(0.25));
        let loss = (0..40).fold(a, |x, _| step(x));
        let mut derivation = derive(loss, a).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (text, gradient) = (derivation.to_string(), derivation.gradient(0));
        assert!(gradient.is_some() && text.len() < 50_000, "{name}: {} bytes", text.len());
    }
}

/// Here the formulas themselves grow: what nobody would read is refused, and soon.
#[test]
fn formulas_that_grow_beyond_reading_are_refused() {
    let steps: [Step; 3] = [|x| x * x.exp(), |x| 1.0 / (1.0 + x * x), |x| (x + x.exp()) * x.sin()];
    for step in steps {
        let tape = Tape::<f64>::new();
        let a = tape.variable("a", arr0(0.25));
        let loss = (0..40).fold(a, |x, _| step(x));
        let outcome = derive(loss, a).and_then(|derivation| derivation.with_hessian(0));
        assert!(matches!(outcome, Ok(_) | Err(Error::TooLarge { .. })), "{outcome:?}");
    }
}
