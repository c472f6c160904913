//! Long recordings: what is done with them is linear in their length, and nothing recurses on them.

use autodiff::Tape;

#[test]
fn a_million_scalar_nodes_record_differentiate_compile_and_replay() {
    let (steps, rate) = (333_334, 1e-6);
    let tape = Tape::<f64>::new();
    let (start, goal) = (tape.variable("start", 0.25), tape.variable("goal", 1.0));
    let mut x = start;
    for _ in 0..steps {
        x = (goal - x) * rate + x;
    }
    assert!(tape.len() >= 1_000_000);
    let gradients = x.grads(&[start, goal]);
    let program = tape.compile(&[x, gradients[0], gradients[1]]).unwrap();
    let found = program.run(&[]).unwrap();
    // What is left of the start is (1 − rate)^steps.
    let left = (f64::from(steps) * (-rate).ln_1p()).exp();
    for (found, expected) in found.iter().zip([1.0 - 0.75 * left, left, 1.0 - left]) {
        assert!((found[[]] - expected).abs() < 1e-10, "{found} for {expected}");
    }
}

#[test]
fn a_hundred_thousand_inputs_are_declared_bound_and_found() {
    let names: Vec<String> = (0..100_000).map(|index| format!("x{index}")).collect();
    let tape = Tape::<f64>::new();
    let inputs: Vec<_> = names.iter().map(|name| tape.input(name, &[])).collect();
    let total = inputs.iter().fold(inputs[0] * 0.0, |total, &input| total + input);
    let program = tape.compile(&[total, total.grad(inputs[77_777])]).unwrap();
    let numbers: Vec<_> = (0..names.len()).map(|index| ndarray::arr0(index as f64)).collect();
    let bindings: Vec<_> = names.iter().zip(&numbers).map(|(name, number)| autodiff::bind(name, number)).collect();
    let found = program.run(&bindings).unwrap();
    assert_eq!([found[0][[]], found[1][[]]], [99_999.0 * 50_000.0, 1.0]);
}
