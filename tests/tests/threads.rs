//! The number of threads changes no bit of a result.

use autodiff::Tape;
use ndarray::{Array1, Array2, ArrayD};

#[test]
fn results_have_the_same_bits_for_any_number_of_threads() {
    let rows = 20_011;
    let number = |i: usize, j: usize| ((i * 7 + j * 13) as f64 * 0.618).sin();
    let x = Array2::from_shape_fn((rows, 5), |(i, j)| number(i, j));
    let y = Array1::from_shape_fn(rows, |i| f64::from(number(i, 9) > 0.1));
    let groups = Array1::from_shape_fn(rows, |i| i * i % 7);
    let tape = Tape::<f64>::new();
    let (xs, ys, gs) = (tape.rows("x", &[5]), tape.rows("y", &[]), tape.index_rows("groups", &[]));
    let (theta, table) = (tape.variable("theta", Array1::linspace(-1.0, 1.0, 5)), tape.input("table", &[7]));
    let z = xs.linear(theta) + table.gather(gs);
    let loss = z.sigmoid().log_loss(ys).sum() + z.logsumexp();
    let direction = tape.constant(Array1::ones(5));
    let outputs =
        [loss, loss.grad(theta), loss.grad(table), loss.hvp(theta, direction), loss.hessian(theta), z.max(), z.tanh()];
    let pool = rayon::ThreadPoolBuilder::new().num_threads(5).build().unwrap();
    let values = Array1::linspace(0.0, 0.5, 7);
    let bits = |threads: usize| -> Vec<Vec<u64>> {
        let program = tape.compile(&outputs).unwrap().with_threads(threads);
        let bindings = [xs.bind(&x), ys.bind(&y), gs.bind(&groups), table.bind(&values)];
        let results = pool.install(|| program.run(&bindings)).unwrap();
        results.iter().map(|result: &ArrayD<f64>| result.iter().map(|x| x.to_bits()).collect()).collect()
    };
    let one = bits(1);
    for threads in [2, 3, 5, 64] {
        assert!(bits(threads) == one, "{threads} threads");
    }
}

#[test]
fn an_index_out_of_range_names_its_row_whatever_thread_meets_it() {
    let tape = Tape::<f64>::new();
    let (table, groups) = (tape.input("table", &[3]), tape.index_rows("groups", &[]));
    let program = tape.compile(&[table.gather(groups).sum()]).unwrap().with_threads(4);
    let mut indices = Array1::zeros(50_000);
    indices[49_321] = 3;
    let message = program.run(&[table.bind(&Array1::zeros(3)), groups.bind(&indices)]).unwrap_err().to_string();
    assert!(message.contains("49321"), "{message}");
}
