//! Elementwise work on large fixed arrays runs as programs on their elements: of random recordings of it, programs give what the
//! interpreter does, with the same bits for any number of threads and on every processor.

use autodiff::{Processor, Tape, Var};
use ndarray::{Array1, Array2};
use tests::compare::assert_near;
use tests::evaluate::interpreted;
use tests::splitmix::splitmix;

/// Nodes to choose operands from, and choices.
struct Random<'t> {
    tape: &'t Tape<f64>,
    state: u64,
    /// Arrays of `len` elements each, those of one axis first.
    vectors: Vec<Var<'t, f64>>,
    matrices: Vec<Var<'t, f64>>,
    numbers: Vec<Var<'t, f64>>,
    dims: [usize; 2],
}

impl<'t> Random<'t> {
    fn new(tape: &'t Tape<f64>, seed: u64) -> Self {
        let mut random = Random { tape, state: seed, vectors: vec![], matrices: vec![], numbers: vec![], dims: [0; 2] };
        random.dims = [[121, 300], [1, 32768], [33_000, 1], [300, 121]][random.below(4)];
        let [rows, columns] = random.dims;
        let number = |i: usize, j: usize| ((i * 7 + j * 13 + seed as usize) as f64 * 0.618).sin();
        random.vectors.push(tape.variable("x", Array1::from_shape_fn(rows * columns, |i| number(i, 1))));
        random.vectors.push(tape.constant(Array1::from_shape_fn(rows * columns, |i| number(i, 2))));
        random.matrices.push(tape.variable("m", Array2::from_shape_fn(random.dims, |(i, j)| number(i, j))));
        random.numbers.push(tape.variable("s", 0.75));
        random.numbers.push(tape.number(0.5));
        random
    }

    fn below(&mut self, count: usize) -> usize {
        (splitmix(&mut self.state) % count as u64) as usize
    }

    fn of(&mut self, matrix: bool) -> Var<'t, f64> {
        let place = self.below(if matrix { self.matrices.len() } else { self.vectors.len() });
        if matrix { self.matrices[place] } else { self.vectors[place] }
    }

    fn number(&mut self) -> Var<'t, f64> {
        let place = self.below(self.numbers.len());
        self.numbers[place]
    }

    /// An array that matches those of the kind: one of them, a number, or what is stretched.
    fn operand(&mut self, matrix: bool) -> Var<'t, f64> {
        match self.below(6) {
            0 => self.number(),
            1 if matrix => {
                let axis = self.below(2);
                self.of(true).mean_axes(&[axis]).insert_axis(axis)
            }
            _ => self.of(matrix),
        }
    }

    fn step(&mut self) {
        let matrix = self.below(2) == 0;
        let (a, b) = (self.of(matrix), self.operand(matrix));
        let [rows, columns] = self.dims;
        let new = match self.below(14) {
            0 => a.sin() * b,
            1 => (a - b).tanh(),
            2 => a + b * 0.5,
            3 => (-a).sigmoid(),
            4 => a.softplus() - b.abs(),
            5 => (a * a + 1.0).powf(-0.7),
            6 => (a * 0.3).powi(3),
            7 => a.gt(b).select(a, b * 2.0),
            8 => a.erf(),
            9 if matrix => a.t().reshape(&[rows, columns]),
            // No elementwise work: the second half before the first.
            9 => self
                .tape
                .concatenate(0, &[a.slice_axis(0, rows * columns / 2..), a.slice_axis(0, ..rows * columns / 2)]),
            10 if matrix => return self.vectors.push(a.reshape(&[rows * columns])),
            10 => return self.matrices.push(a.reshape(&[rows, columns])),
            11 => return self.numbers.push((a.tanh() * b).mean()),
            12 => return self.numbers.push((a - b).sin().max()),
            _ => return self.numbers.push((a * b).tanh().logsumexp() * 0.1),
        };
        if matrix { self.matrices.push(new) } else { self.vectors.push(new) }
    }

    /// Some nodes, and derivatives of a loss made of them.
    fn outputs(&mut self) -> Vec<Var<'t, f64>> {
        for _ in 0..4 + self.below(20) {
            self.step();
        }
        let rows = self.tape.data("rows", Array1::linspace(-1.0, 1.0, 50));
        let (vector, matrix, number) = (self.of(false), self.of(true), self.number());
        let after_rows = (rows * number + vector.mean()).tanh().mean();
        let loss = (vector * after_rows).sin().mean() + (matrix * 0.5).tanh().mean() + number;
        let mut outputs = vec![loss, vector, matrix, after_rows];
        for input in [self.vectors[0], self.matrices[0], self.numbers[0]] {
            outputs.push(loss.grad(input));
        }
        outputs
    }
}

#[test]
fn programs_on_large_arrays_equal_their_recordings() {
    for seed in 0..60 {
        let tape = Tape::new();
        let outputs = Random::new(&tape, seed).outputs();
        let wanted = interpreted(&outputs).unwrap();
        let found = tape.compile(&outputs).unwrap().run(&[]).unwrap();
        for (place, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
            assert_near(found, wanted, 1e-11, &format!("recording {seed}, output {place}"));
        }
    }
}

#[test]
fn they_have_the_same_bits_for_any_number_of_threads_and_on_every_processor() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    for seed in 100..110 {
        let tape = Tape::new();
        let outputs = Random::new(&tape, seed).outputs();
        let mut wanted = [None, None];
        for kind in Processor::kinds() {
            for (cache, threads) in [(8, 1), (32, 3), (256, 2)] {
                let processor = kind.with_first_level_bytes(cache << 10);
                let program = tape.compile_for(&outputs, processor).unwrap().with_threads(threads);
                let results = pool.install(|| program.run(&[])).unwrap();
                let bits: Vec<u64> = results.iter().flatten().map(|x| x.to_bits()).collect();
                let wanted = wanted[usize::from(kind.has_fused_multiply_add())].get_or_insert(bits.clone());
                assert!(bits == *wanted, "recording {seed}, {processor}, {threads} threads");
            }
        }
    }
}

#[test]
fn what_is_made_of_stretched_numbers_alone_is_an_array() {
    let tape = Tape::new();
    let (s, x) = (tape.variable("s", 0.75), tape.variable("x", Array1::linspace(-1.0, 1.0, 33_000)));
    let stretched = s.broadcast_to(&[33_000]);
    let (one, two, three) = (stretched.sin(), stretched * tape.number(0.5).broadcast_to(&[33_000]), -stretched);
    let loss = (one * two + three).tanh().sum() + (x * one).sum();
    let outputs = [loss, one, two, three, one.gt(two).select(one, two), loss.grad(s), loss.grad(x)];
    let found = tape.compile(&outputs).unwrap().run(&[]).unwrap();
    for (place, (found, wanted)) in found.iter().zip(&interpreted(&outputs).unwrap()).enumerate() {
        assert_near(found, wanted, 1e-11, &format!("output {place}"));
    }
}
