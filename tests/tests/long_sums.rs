//! Sums of many terms: in f32 a running sum of 10⁵ equal terms is off in its fourth digit, and one of 2²⁴ ones stands still. Neither
//! happens here, in the interpreter as in programs.

use autodiff::{Tape, Var};
use ndarray::{Array1, ArrayD, Axis, arr1};
use tests::evaluate::both;

const TERMS: usize = 100_000;
const TERM: f32 = 0.1;

/// What each node's largest element is, against `wanted`.
#[track_caller]
fn check(tape: &Tape<f32>, sums: &[(&str, Var<'_, f32>, f64)]) {
    let nodes: Vec<Var<'_, f32>> = sums.iter().map(|&(_, sum, _)| sum).collect();
    for (way, found) in both(tape, &nodes) {
        for (found, (name, _, wanted)) in found.iter().zip(sums) {
            let found = found.iter().copied().fold(0.0, f32::max);
            assert!((f64::from(found) / wanted - 1.0).abs() < 1e-6, "{name} by {way:?}: {found} for {wanted}");
        }
    }
}

#[test]
fn sums_of_many_equal_terms_keep_their_digits() {
    let total = TERMS as f64 * f64::from(TERM);
    let square = TERMS as f64 * f64::from(TERM).powi(2);
    for on_rows in [false, true] {
        let tape = Tape::<f32>::new();
        let terms = Array1::from_elem(TERMS, TERM);
        let x = if on_rows { tape.data("x", &terms) } else { tape.variable("x", &terms) };
        let zeros = Array1::from_elem(TERMS, 0usize);
        let index = if on_rows { tape.index_data("i", &zeros) } else { tape.index_variable("i", &zeros) };
        let table = tape.variable("table", arr1(&[1.0f32, 2.0]));
        let scale = tape.variable("scale", 1.0f32);
        let mut sums = vec![
            ("sum", x.sum(), total),
            ("mean", x.mean() * TERMS as f32, total),
            ("adjoint of a number", (x * scale).sum().grad(scale), total),
            ("norm", x.norm().powi(2), square),
        ];
        sums.push(("scatter_add", x.scatter_add(index, 2), total));
        sums.push(("adjoint of gather", (table.gather(index) * x).sum().grad(table), total));
        if on_rows {
            sums.push(("t_dot", x.insert_axis(1).t_dot(x.insert_axis(1)), square));
        } else {
            sums.push(("cumsum", x.cumsum(0), total));
            let (row, column) = (x.reshape(&[1, 1, TERMS]), x.reshape(&[1, TERMS, 1]));
            sums.push(("matmul", row.matmul(column), square));
        }
        check(&tape, &sums);
    }
}

/// Where a large table is summed, too, runs of rows are long: sums of numbers keep their digits all the same, and threads change no bit.
#[test]
fn sums_beside_a_large_table_keep_their_digits() {
    const ROWS: usize = 200_000;
    const ENTRIES: usize = 300_000;
    let terms = Array1::from_elem(ROWS, TERM);
    let places = Array1::from_shape_fn(ROWS, |row| row * 7 % ENTRIES);
    let tape = Tape::<f32>::new();
    let (x, index) = (tape.data("x", &terms), tape.index_data("i", &places));
    let table = tape.variable("table", Array1::from_elem(ENTRIES, 1.0f32));
    let loss = (table.gather(index) * x).sum();
    let program = tape.compile(&[loss, loss.grad(table)]).unwrap();
    let found = program.clone().with_threads(1).run(&[]).unwrap();
    let total = ROWS as f64 * f64::from(TERM);
    assert!((f64::from(found.number(0).unwrap()) / total - 1.0).abs() < 1e-6);
    // 7 and the number of entries have no common factor: each place is named once, if at all.
    let mut slopes = Array1::zeros(ENTRIES);
    places.iter().for_each(|&place| slopes[place] = TERM);
    assert_eq!(found[1], slopes.into_dyn());
    assert_eq!(found, program.with_threads(3).run(&[]).unwrap());
}

#[test]
fn small_terms_after_a_large_one_are_not_lost() {
    let mut terms = Array1::from_elem(1001, 1.0f32);
    terms[0] = 16_777_216.0;
    let tape = Tape::<f32>::new();
    let x = tape.variable("x", &terms);
    let index = tape.index_variable("i", Array1::from_elem(1001, 1usize));
    let nodes = [x.scatter_add(index, 2).index_axis(0, 1), x.cumsum(0).index_axis(0, 1000)];
    for (way, found) in both(&tape, &nodes) {
        assert_eq!([&found[0], &found[1]], [&ndarray::arr0(16_778_216.0f32).into_dyn(); 2], "{way:?}");
    }
}

#[test]
fn sums_with_an_infinity_are_infinite() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", arr1(&[1.0, f64::INFINITY, 1.0]));
    let index = tape.index_variable("i", Array1::from_elem(3, 0usize));
    for (_, found) in both(&tape, &[x.scatter_add(index, 1), x.cumsum(0)]) {
        assert_eq!(found[0], arr1(&[f64::INFINITY]).into_dyn());
        let sums: ArrayD<f64> = arr1(&[1.0, f64::INFINITY, f64::INFINITY]).into_dyn();
        assert_eq!(found[1].index_axis(Axis(0), 2), sums.index_axis(Axis(0), 2));
        assert_eq!(found[1], sums);
    }
}
