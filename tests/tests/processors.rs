//! What a program is compiled for changes no bit of its results: neither the length of vectors, nor the size of caches, nor how rows are
//! read. Only fused multiply-adds do.

use autodiff::{Processor, Scalar, Tape, Var};
use ndarray::{Array1, Array2};
use tests::random_graph::{bytes_of, check_processors};

#[test]
fn random_recordings_have_the_same_bits_on_every_kind_of_processor() {
    for number in 0..100 {
        check_processors::<f64>(&bytes_of(number));
        check_processors::<f32>(&bytes_of(200 + number));
    }
}

/// A logistic loss with its derivatives, softmax and reductions, each alone and all together, over rows of several parts, the last of which is
/// cut short: at widths around those of vectors and of the kernels' unrolled code.
#[test]
fn long_sums_have_the_same_bits_on_every_kind_of_processor() {
    long_sums_of::<f64>();
    long_sums_of::<f32>();
}

fn long_sums_of<T: Scalar>() {
    let number_of = |x: f64| T::from(x).expect("a number in range");
    for (rows, columns) in [(1, 3), (17, 9), (4_099, 1), (40_007, 7), (40_007, 20), (5_003, 100), (1_030, 131)] {
        let number = |i: usize, j: usize| ((i * 7 + j * 13) as f64 * 0.618).sin();
        let x = Array2::from_shape_fn((rows, columns), |(i, j)| number_of(number(i, j)));
        let y = Array1::from_shape_fn(rows, |i| number_of(f64::from(number(i, 9) > 0.1)));
        let tape = Tape::<T>::new();
        let (x, y) = (tape.data("x", x), tape.data("y", y));
        let theta = Array1::linspace(-1.0, 1.0, columns).mapv(number_of);
        let theta = tape.variable("theta", theta);
        let w = tape.variable("w", Array2::from_shape_fn((columns, 4), |(i, j)| number_of(number(i, j) * 0.1)));
        let z = x.linear(theta);
        let logistic = z.sigmoid().log_loss(y).sum();
        let softmax = x.dot(w).logsumexp_axes(&[1]).sum();
        let programs = [
            vec![logistic, logistic.grad(theta)],
            vec![logistic.hvp(theta, theta), z.exp().sum().ln()],
            vec![logistic.hessian(theta)],
            vec![softmax, softmax.grad(w)],
            vec![z.logsumexp(), z.max(), z.norm()],
            vec![x.sum_rows(), (x * x).mean()],
        ];
        check_kinds(&tape, &programs.concat(), &format!("all, {rows} × {columns}"));
        for (number, outputs) in programs.iter().enumerate() {
            check_kinds(&tape, outputs, &format!("program {number}, {rows} × {columns}"));
        }
    }
}

fn check_kinds<T: Scalar>(tape: &Tape<T>, outputs: &[Var<'_, T>], what: &str) {
    let mut wanted = [None, None];
    for kind in Processor::kinds() {
        for (cache, block, in_order, threads) in
            [(8, 1, true, 1), (32, 7, false, 2), (64, 20, true, 3), (256, 90, false, 1)]
        {
            let processor = kind.with_first_level_bytes(cache << 10).with_block_bytes(block << 10);
            let program =
                tape.compile_for(outputs, processor.with_rows_in_order(in_order)).unwrap().with_threads(threads);
            // Every number is an f64 exactly.
            let bits_of = |x: &T| x.to_f64().expect("a float").to_bits();
            let bits: Vec<u64> = program.run(&[]).unwrap().iter().flatten().map(bits_of).collect();
            let wanted = wanted[usize::from(kind.has_fused_multiply_add())].get_or_insert(bits.clone());
            assert!(bits == *wanted, "{}, {what}, blocks of {block} KiB, {processor}", std::any::type_name::<T>());
        }
    }
}
