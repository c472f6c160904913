//! Long recordings: what is done with them is linear in their length, and nothing recurses on them.

use autodiff::Tape;

#[test]
fn a_million_scalar_nodes_record_differentiate_compile_and_replay() {
    let tape = Tape::<f64>::new();
    let (x, a) = (tape.variable("x", 0.4), tape.variable("a", 0.8));
    let mut value = x;
    for _ in 0..250_000 {
        let scaled = a * value;
        value = scaled - scaled * value + 0.1;
    }
    assert!(tape.len() >= 1_000_000);
    let gradient = value.grad(x);
    let program = tape.compile(&[value, gradient]).unwrap();
    let found = program.run(&[]).unwrap();
    // The fixed point of x = a·x·(1 − x) + 0.1, where nothing of the start is left.
    let (p, q) = ((0.8 - 1.0) / 0.8, 0.1 / 0.8);
    let fixed_point = (p + f64::sqrt(p * p + 4.0 * q)) / 2.0;
    assert!((found[0].first().unwrap() - fixed_point).abs() < 1e-14);
    assert_eq!(found[1].first(), Some(&0.0));
}
