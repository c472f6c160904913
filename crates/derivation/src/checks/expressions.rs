//! The simplifier on random expressions.

use super::compare::compare;
use super::{Random, is_number};
use crate::number::Number;
use crate::pool::Pool;
use autodiff::{Tape, Var, Wide};

/// A random expression of `leaves`.
fn expression<'t>(random: &mut Random, leaves: &[Var<'t, Wide>], depth: usize) -> Var<'t, Wide> {
    if depth == 0 {
        return leaves[random.below(leaves.len())];
    }
    let a = expression(random, leaves, depth - 1);
    let one = Wide::from(1.0);
    match random.below(17) {
        0 | 1 => a + expression(random, leaves, depth - 1),
        2 | 3 => a - expression(random, leaves, depth - 1),
        4 | 5 => a * expression(random, leaves, depth - 1),
        6 | 7 => a / expression(random, leaves, depth - 1),
        8 => -a + one,
        9 => a.exp(),
        10 => a.ln(),
        11 => a.sigmoid(),
        12 => a.powi(2),
        13 => a.sqrt(),
        14 => a.abs(),
        15 => a.recip(),
        _ => (a + one) * Wide::from(0.5),
    }
}

#[test]
fn random_expressions_keep_their_values() {
    let mut random = Random(3);
    let mut compared = 0;
    for _ in 0..400 {
        let tape = Tape::<Wide>::new();
        let mut leaf = |name: &str| {
            let values: Vec<Wide> = (0..25).map(|_| Wide::from(random.number())).collect();
            tape.variable(name, values)
        };
        let leaves = [leaf("a"), leaf("b"), leaf("c")];
        let recorded = expression(&mut random, &leaves, 5);
        compared += compare("a random expression", recorded, &leaves, 1e-20, is_number);
    }
    assert!(compared > 5_000, "{compared}");
}

#[test]
fn numbers_stay_numbers() {
    let mut pool = Pool::default();
    let (two, third) = (pool.whole(2), pool.number(Number::Ratio(1, 3)));
    let product = pool.product(&[two, third, two]);
    assert_eq!(pool.as_number(product), Some(Number::Ratio(4, 3)));
}
