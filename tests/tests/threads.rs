//! The number of threads changes no bit of a result, and a thread needs little stack.

use autodiff::{Scalar, Tape, Var, catalogue};
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

/// Without optimisation every variable of a function has a place of its own on the stack, those of what is inlined into it too.
#[test]
fn a_stack_of_half_a_megabyte_is_enough_for_every_operation() {
    const STACK: usize = 512 << 10;
    let pool = || rayon::ThreadPoolBuilder::new().num_threads(2).stack_size(STACK).build().unwrap();
    let small = std::thread::Builder::new().stack_size(STACK);
    let thread = small.spawn(move || {
        run_every_operation::<f64>();
        run_every_operation::<f32>();
        pool().install(run_products_of_many_rows);
    });
    thread.unwrap().join().unwrap();
}

/// Runs every operation of the catalogue and its gradient.
fn run_every_operation<T: Scalar>() {
    for operation in catalogue::operations() {
        let tape = Tape::<T>::new();
        let operands: Vec<Var<'_, T>> = (operation.operands().iter().enumerate())
            .map(|(place, sample)| {
                let shape = sample.shape.unwrap_or(&[20]);
                let len: usize = shape.iter().product();
                let element = |i: usize| sample.low + (sample.high - sample.low) * ((i * 7 % 31) as f64 + 0.5) / 31.0;
                let elements = (0..len).map(|i| T::from(element(i + place)).unwrap()).collect();
                tape.variable(&format!("x{place}"), ArrayD::from_shape_vec(shape, elements).unwrap())
            })
            .collect();
        let value = operation.record(&tape, &operands);
        let mut outputs = vec![value];
        outputs.extend(value.sum().grads(&operands));
        let results = tape.compile(&outputs).unwrap().run(&[]).unwrap();
        assert_eq!(results.len(), outputs.len(), "{}", operation.name());
    }
}

/// What is read from rows: products with vectors and matrices, reductions, and rows that are computed again in more digits.
fn run_products_of_many_rows() {
    let tape = Tape::<f64>::new();
    let x = tape.data("x", Array2::from_shape_fn((30_000, 20), |(i, j)| ((i * 7 + j * 13) as f64 * 0.618).sin()));
    let (theta, v) = (tape.variable("theta", Array1::linspace(-1.0, 1.0, 20)), tape.constant(Array1::ones(20)));
    let b = tape.variable("b", Array2::from_shape_fn((20, 6), |(i, j)| (i as f64 - j as f64) * 0.1));
    let logistic = x.linear(theta).softplus().sum();
    let softmax = x.dot(b).logsumexp_axes(&[1]).sum();
    let large = (x.linear(theta) * 400.0).exp().sum();
    let outputs = [logistic, logistic.grad(theta), logistic.hvp(theta, v), softmax, softmax.grad(b), large.ln()];
    let more = [logistic.hessian(theta), softmax.hvp(b, b), x.max(), x.norm(), large / (large + 1.0)];
    let outputs: Vec<_> = outputs.into_iter().chain(more).collect();
    let results = tape.compile(&outputs).unwrap().with_threads(2).run(&[]).unwrap();
    assert!(results.iter().flatten().all(|x| x.is_finite()));
}
