//! Blocks of rows whose results leave the range are computed again in more digits, and nothing else is.

use autodiff::{Program, Rewrites, Scalar, Tape, Var, Wide, bind};
use ndarray::{Array1, Array2, ArrayD, arr1};

/// A loss that no rewrite mends: (z² + tanh z)/(z² + 2) with z = θᵀx, whose squares overflow.
fn outputs<'t, T: Scalar>(x: Var<'t, T>, theta: Var<'t, T>, groups: autodiff::IndexVar<'t, T>) -> Vec<Var<'t, T>> {
    let z = x.dot(theta);
    // Recorded once: the rewrites would share it, and sum its adjoints in another order.
    let square = z * z;
    let share = (square + z.tanh()) / (square + (T::one() + T::one()));
    let (loss, largest) = (share.sum(), share.max());
    let by_group = share.scatter_add(groups, 3);
    vec![loss, loss.grad(theta), largest, share.mean(), share.logsumexp(), share.norm(), by_group]
}

/// Rows of which some are far out, and their groups.
fn data(rows: usize, far: impl Fn(usize) -> bool) -> (Array2<f64>, Array1<usize>) {
    let wave = |i: usize, j: usize| ((7 * i + 13 * j) as f64).sin();
    let x = Array2::from_shape_fn((rows, 4), |(i, j)| wave(i, j) * if far(i) { 1e200 } else { 1.0 });
    (x, Array1::from_shape_fn(rows, |i| i % 3))
}

/// The results by a program of the tape's scalar, and what its `explain` says.
fn run(rewrites: Rewrites, threads: usize, x: &Array2<f64>, groups: &Array1<usize>) -> (Vec<ArrayD<f64>>, String) {
    let tape = Tape::<f64>::new();
    tape.set_rewrites(rewrites);
    let (data, theta) = (tape.rows("x", &[4]), tape.variable("theta", arr1(&[0.5, -1.0, 0.25, 2.0])));
    let group = tape.index_rows("group", &[]);
    let outputs = outputs(data, theta, group);
    let program: Program<f64> = tape.compile(&outputs).unwrap().with_threads(threads);
    let found = program.run(&[data.bind(x), group.bind(groups)]).unwrap();
    (found.into_vec(), program.explain().to_string())
}

/// The right results: by the interpreter in the wide scalar.
fn right(x: &Array2<f64>, groups: &Array1<usize>) -> Vec<ArrayD<f64>> {
    let tape = Tape::<Wide>::new();
    let theta = tape.variable("theta", arr1(&[0.5, -1.0, 0.25, 2.0]).mapv(Wide::from));
    let outputs = outputs(tape.data("x", x.mapv(Wide::from)), theta, tape.index_data("group", groups));
    outputs.iter().map(|output| output.value().unwrap().mapv(Wide::to_f64)).collect()
}

#[test]
fn sums_over_rows_that_overflow_on_the_way_are_right() {
    // Blocks and parts that begin and end with a row far out, several in one, and none.
    for far in [&[0][..], &[15, 16], &[31, 4000, 4001], &[9_999], &[]] {
        let (x, groups) = data(10_000, |i| far.contains(&i));
        let (found, explained) = run(Rewrites::ALL, 1, &x, &groups);
        for (number, (found, wanted)) in found.iter().zip(right(&x, &groups)).enumerate() {
            let largest = wanted.iter().fold(0.0f64, |a, b| a.max(b.abs()));
            for (&found, &wanted) in found.iter().zip(&wanted) {
                let close = (found - wanted).abs() <= 1e-13 * largest;
                assert!(close, "output {number} with {far:?} far out: {found} for {wanted}");
            }
        }
        let bits = |results: &[ArrayD<f64>]| results.iter().flatten().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&found), bits(&run(Rewrites::ALL, 3, &x, &groups).0), "with three threads");
        assert!(explained.contains("is computed again in 31 digits"), "{explained}");
    }
}

#[test]
fn healthy_rows_and_recordings_without_rewrites_are_left_alone() {
    let (x, groups) = data(1000, |_| false);
    let (all, none) = (run(Rewrites::ALL, 1, &x, &groups), run(Rewrites::NONE, 1, &x, &groups));
    assert_eq!(all.0, none.0);
    let (x, groups) = data(1000, |i| i == 500);
    let (found, explained) = run(Rewrites::NONE, 1, &x, &groups);
    assert!(found[0][[]].is_nan() && !explained.contains("again"), "{explained}");
}

#[test]
fn rows_that_are_not_finite_themselves_stay_so() {
    for bad in [f64::NAN, f64::INFINITY] {
        let (mut x, groups) = data(100, |i| i == 3);
        x[[50, 2]] = bad;
        let (found, _) = run(Rewrites::ALL, 1, &x, &groups);
        assert!(found[0][[]].is_nan());
        // The group of row 50 is lost, those of row 3 and no other are not.
        let lost: Vec<bool> = found[6].iter().map(|x| x.is_nan()).collect();
        assert!(lost[50 % 3], "{:?}", found[6]);
    }
}

#[test]
fn a_result_beyond_the_range_is_infinite() {
    let tape = Tape::<f64>::new();
    let x = tape.rows("x", &[]);
    let program = tape.compile(&[x.exp().sum(), x.ln().sum(), (x.exp() - x.exp()).sum()]).unwrap();
    let found = program.run(&[bind("x", &arr1(&[1.0, 0.0, 800.0]))]).unwrap();
    assert_eq!((found[0][[]], found[1][[]], found[2][[]]), (f64::INFINITY, f64::NEG_INFINITY, 0.0));
}
