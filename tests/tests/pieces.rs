//! Runs over rows that come piece by piece, and partial results in any order: bit for bit what a program gives on all rows at once.

use autodiff::{Binding, Error, Outputs, Partial, Program, Tape, Var, bind, bind_indices};
use ndarray::{Array1, Array2, Axis, Slice};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tests::random_graph::piecewise;

const ROWS: usize = 70_001;

/// Rows of many sizes, some of them in no part of the others.
struct Data {
    x: Array2<f64>,
    y: Array1<f64>,
    group: Array1<usize>,
}

impl Data {
    fn new(rows: usize) -> Self {
        let wave = |row: usize, k: f64| (row as f64 * k).sin() * (1.0 + (row % 17) as f64);
        Data {
            x: Array2::from_shape_fn((rows, 3), |(row, column)| wave(row, [0.7, 1.3, 0.1][column])),
            y: Array1::from_shape_fn(rows, |row| f64::from(wave(row, 0.9) > 0.0)),
            group: Array1::from_shape_fn(rows, |row| row * 7 % 5),
        }
    }

    fn rows(&self) -> usize {
        self.y.len()
    }

    /// Some of the rows.
    fn bind(&self, rows: std::ops::Range<usize>) -> Vec<Binding<'_, f64>> {
        let part = Slice::from(rows);
        vec![
            bind("x", self.x.slice_axis(Axis(0), part)),
            bind("y", self.y.slice_axis(Axis(0), part)),
            bind_indices("group", self.group.slice_axis(Axis(0), part)),
        ]
    }
}

fn theta<'a>() -> Vec<Binding<'a, f64>> {
    vec![bind("theta", &[0.3, -0.2, 0.05]), bind("effects", &[0.0, 0.1, -0.4, 0.2, 0.3])]
}

/// Programs of one pass and of several, of sums, products, maxima, norms, logarithms of sums, Hessians, gathers and a user's own
/// operation.
fn programs() -> Vec<(&'static str, Program<f64>)> {
    type Record = for<'t> fn(&[Var<'t, f64>; 4]) -> Vec<Var<'t, f64>>;
    let cases: [(&'static str, Record); 7] = [
        ("logistic loss with gradient and Hessian", |&[x, y, theta, _]| {
            let loss = x.linear(theta).sigmoid().log_loss(y).sum();
            vec![loss, loss.grad(theta), loss.hessian(theta)]
        }),
        ("levels", |&[x, y, theta, levels]| {
            let loss = (x.linear(theta) + levels - y).powi(2).mean();
            vec![loss, loss.grad(theta)]
        }),
        ("several passes", |&[x, y, theta, _]| {
            let z = x.linear(theta);
            let centred = z - z.mean();
            let standardised = centred / (centred * centred).mean().sqrt();
            let loss = (standardised * y).tanh().sum();
            vec![loss, loss.grad(theta)]
        }),
        ("maxima and minima", |&[x, y, theta, _]| {
            let z = x.linear(theta) * (y + 0.5);
            vec![z.max(), z.min(), z.max().grad(theta), x.max_axes(&[0])]
        }),
        ("logsumexp", |&[x, y, theta, _]| {
            let loss = (x.linear(theta) - y).logsumexp();
            vec![loss, loss.grad(theta), loss.hessian(theta)]
        }),
        ("norm and product", |&[x, y, theta, _]| {
            vec![(x.linear(theta) - y).norm(), (1.0 + 1e-4 * x.linear(theta).tanh()).prod(), x.t_dot(x)]
        }),
        ("a user's own operation", |&[x, y, theta, _]| {
            let z = x.linear(theta).elementwise("softsign", |z| z / (1.0 + z.abs()), |z, _| (z.abs() + 1.0).powi(-2));
            let loss = (z * y).sum();
            vec![loss, loss.grad(theta)]
        }),
    ];
    let compiled = cases.map(|(name, record)| {
        let tape = Tape::<f64>::new();
        let (x, y, theta) = (tape.rows("x", &[3]), tape.rows("y", &[]), tape.input("theta", &[3]));
        let levels = tape.input("effects", &[5]).gather(tape.index_rows("group", &[]));
        (name, tape.compile(&record(&[x, y, theta, levels])).unwrap())
    });
    compiled.into()
}

fn bits(outputs: &Outputs<f64>) -> Vec<Vec<u64>> {
    outputs.iter().map(|output| output.iter().map(|x| x.to_bits()).collect()).collect()
}

fn at_once(program: &Program<f64>, data: &Data) -> Outputs<f64> {
    let all: Vec<_> = theta().into_iter().chain(data.bind(0..data.rows())).collect();
    program.clone().with_threads(1).run(&all).unwrap()
}

fn fed(program: &Program<f64>, data: &Data, pieces: &[usize]) -> Outputs<f64> {
    let mut run = program.stream(&theta(), Some(data.rows())).unwrap();
    while run.pass().is_some() {
        let (mut at, mut sizes) = (0, pieces.iter().cycle());
        while at < data.rows() {
            let end = data.rows().min(at + sizes.next().unwrap());
            run.feed(&data.bind(at..end)).unwrap();
            at = end;
        }
        run.end_pass().unwrap();
    }
    run.finish().unwrap()
}

#[test]
fn pieces_of_any_size_on_any_number_of_threads_give_the_same_bits() {
    let data = Data::new(ROWS);
    for (name, program) in programs() {
        let expected = bits(&at_once(&program, &data));
        for threads in [1, 2, 5] {
            let program = program.clone().with_threads(threads);
            for pieces in [&[ROWS][..], &[1_000], &[7, 30_000, 1]] {
                assert_eq!(bits(&fed(&program, &data, pieces)), expected, "{name}, {threads} threads, {pieces:?}");
            }
        }
        let few = Data::new(130);
        assert_eq!(bits(&fed(&program, &few, &[1])), bits(&at_once(&program, &few)), "{name}, row by row");
    }
}

#[test]
fn partial_results_merge_in_any_order_through_bytes() {
    let data = Data::new(ROWS);
    for (name, program) in programs() {
        let expected = bits(&at_once(&program, &data));
        for seed in 0..4u64 {
            let mut run = program.stream(&theta(), Some(ROWS)).unwrap();
            while run.pass().is_some() {
                let mut partials = Vec::new();
                let mut at = 0;
                while at < ROWS {
                    // Another machine, which has had the same passes, would do the same.
                    let parts = 1 + (at as u64 + seed) as usize % 3;
                    let end = ROWS.min(at + parts * run.part_rows());
                    let key = (at as u64 ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                    partials.push((key, run.partial(at, &data.bind(at..end)).unwrap().to_bytes()));
                    at = end;
                }
                partials.sort_by_key(|&(key, _)| key);
                let read: Vec<Partial<f64>> =
                    partials.iter().map(|(_, bytes)| run.read_partial(bytes).unwrap()).collect();
                let (first, second) = read.split_at(read.len() / 2);
                for half in [second, first] {
                    let merged = half.iter().cloned().reduce(|mut all, next| {
                        all.merge(next).unwrap();
                        all
                    });
                    let nothing = run.partial(0, &data.bind(0..0)).unwrap();
                    run.take(merged.unwrap_or(nothing)).unwrap();
                }
                run.end_pass().unwrap();
            }
            assert_eq!(bits(&run.finish().unwrap()), expected, "{name}, seed {seed}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn random_programs_give_the_same_bits_piece_by_piece(bytes in vec(any::<u8>(), 0..130)) {
        piecewise(&bytes);
    }
}

/// A program of a sum and its run over a few rows, of which the first part is taken.
fn short_program() -> Program<f64> {
    let tape = Tape::<f64>::new();
    tape.compile(&[(tape.rows("x", &[]) * tape.input("scale", &[])).sum()]).unwrap()
}

#[test]
fn every_damaged_byte_of_a_partial_result_is_seen() {
    let program = short_program();
    let x = vec![1.5; 1000];
    let mut run = program.stream(&[bind("scale", 2.0)], Some(1000)).unwrap();
    let bytes = run.partial(0, &[bind("x", &x)]).unwrap().to_bytes();
    assert!(run.read_partial(&bytes).is_ok());
    for at in 0..bytes.len() {
        for flip in [1, 0x80, 0xFF] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            let error = run.read_partial(&damaged).unwrap_err();
            assert!(matches!(error, Error::DamagedPartial { .. }), "byte {at}: {error}");
        }
        let error = run.read_partial(&bytes[..at]).unwrap_err();
        assert!(matches!(error, Error::DamagedPartial { .. }), "cut at {at}: {error}");
    }
    assert!(run.read_partial(&[&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn partial_results_of_another_computation_are_refused() {
    let program = short_program();
    let x = vec![1.5; 1000];
    let mut run = program.stream(&[bind("scale", 2.0)], Some(1000)).unwrap();
    let own = run.partial(0, &[bind("x", &x)]).unwrap();
    // The same program, recorded and compiled again, is the same computation.
    let again = short_program();
    assert!(again.stream(&[bind("scale", 2.0)], Some(1000)).unwrap().read_partial(&own.to_bytes()).is_ok());
    let other_input = program.stream(&[bind("scale", 2.0000001)], Some(1000)).unwrap();
    assert_eq!(other_input.read_partial(&own.to_bytes()).unwrap_err(), Error::ForeignPartial);
    let tape = Tape::<f64>::new();
    let other = tape.compile(&[(tape.rows("x", &[]) * tape.input("scale", &[])).max()]).unwrap();
    let mut other = other.stream(&[bind("scale", 2.0)], Some(1000)).unwrap();
    assert_eq!(other.take(own.clone()).unwrap_err(), Error::ForeignPartial);
    run.take(own.clone()).unwrap();
    assert!(matches!(run.take(own.clone()).unwrap_err(), Error::PartialRows { .. }));
    run.end_pass().unwrap();
    assert!(matches!(run.take(own), Err(Error::ForeignPartial)));
}

#[test]
fn no_partial_result_passes_for_a_whole_one() {
    let program = short_program();
    let scale = [bind("scale", 2.0)];
    let x = vec![1.5; 300_000];
    let mut run = program.stream(&scale, Some(x.len())).unwrap();
    let part = run.part_rows();
    let refused = run.partial(1, &[bind("x", &x[1..])]).unwrap_err();
    assert!(matches!(refused, Error::PartialRows { .. }), "{refused}");
    let last = run.partial(part, &[bind("x", &x[part..])]).unwrap();
    run.take(last).unwrap();
    assert_eq!(run.end_pass().unwrap_err(), Error::RowsMissing { pass: 1, from: 0 });
    let mut run = program.stream(&scale, Some(x.len())).unwrap();
    run.feed(&[bind("x", &x[1..])]).unwrap();
    let error = run.end_pass().unwrap_err();
    assert_eq!(error, Error::RowsChanged { pass: 1, found: x.len() - 1, expected: x.len() });
    let unfinished = program.stream(&scale, Some(x.len())).unwrap().finish().unwrap_err();
    assert!(matches!(unfinished, Error::StreamOrder { .. }), "{unfinished}");
}

#[test]
fn what_a_streaming_run_can_not_give_is_refused() {
    let tape = Tape::<f64>::new();
    let (x, theta) = (tape.rows("x", &[2]), tape.input("theta", &[2]));
    let z = x.linear(theta);
    let program = tape.compile(&[z.sum(), z]).unwrap();
    let error = program.stream(&[bind("theta", &[1.0, 2.0])], Some(3)).unwrap_err();
    assert_eq!(error, Error::RowsOutput { index: 1 });
    let program = tape.compile(&[z.mean()]).unwrap();
    assert!(program.needs_row_count() && !short_program().needs_row_count());
    assert_eq!(program.stream(&[bind("theta", &[1.0, 2.0])], None).unwrap_err(), Error::RowsUnknown);
    assert!(matches!(program.stream(&[], Some(3)).unwrap_err(), Error::Unbound { .. }));
    let mut run = program.stream(&[bind("theta", &[1.0, 2.0])], Some(3)).unwrap();
    assert!(matches!(run.feed(&[]).unwrap_err(), Error::Unbound { .. }));
    assert!(matches!(run.feed(&[bind("x", &[1.0])]).unwrap_err(), Error::InputShape { .. }));
}

#[test]
fn rows_at_hand_are_no_part_of_a_streaming_run() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.rows("x", &[]), tape.data("y", &[1.0, 2.0]));
    let program = tape.compile(&[(x * y).sum()]).unwrap();
    let mut run = program.stream(&[], Some(4)).unwrap();
    assert!(matches!(run.feed(&[bind("x", &[1.0, 2.0])]).unwrap_err(), Error::Unbound { name, .. } if name == "y"));
}

#[test]
fn an_index_out_of_range_is_named_by_its_row_among_all() {
    let tape = Tape::<f64>::new();
    let program = tape.compile(&[tape.input("table", &[2]).gather(tape.index_rows("i", &[])).sum()]).unwrap();
    let mut indices = vec![1; 200_000];
    indices[150_321] = 2;
    let mut run = program.stream(&[bind("table", &[1.0, 2.0])], Some(indices.len())).unwrap();
    let mut pieces = indices.chunks(1_001).map(|piece| run.feed(&[bind_indices("i", piece)]));
    let error = pieces.find_map(Result::err).or_else(|| run.end_pass().err()).unwrap();
    assert!(matches!(error, Error::IndexOutOfRange { position: 150_321, .. }), "{error}");
}

#[test]
fn over_no_rows_it_is_what_a_program_gives() {
    for (name, program) in programs() {
        let (expected, found) = (at_once(&program, &Data::new(0)), fed(&program, &Data::new(0), &[1]));
        assert_eq!(bits(&found), bits(&expected), "{name}");
    }
}
