//! Factors are moved out of sums over the rows only where the sums stay in the range of the numbers: a program is right wherever its
//! recording is.

use autodiff::{Rewrites, Tape, Var};
use ndarray::{arr0, arr1, arr2};

type V<'t> = Var<'t, f64>;

/// A number c, a vector over the rows x, a matrix with rows X.
type Record = for<'t> fn(V<'t>, V<'t>, V<'t>) -> V<'t>;

const RECORDINGS: [(&str, Record); 10] = [
    ("Σ (x/c)²", |c, x, _| (x / c).powi(2).sum()),
    ("Σ (c·x)²", |c, x, _| (c * x).powi(2).sum()),
    ("Σ c·x·x", |c, x, _| (c * x * x).sum()),
    ("Σ x/c·x", |c, x, _| (x / c * x).sum()),
    ("c·x·x", |c, x, _| c * x * x),
    ("c·x·x·x·x", |c, x, _| c * x * x * x * x),
    ("(X/c)ᵀ(X/c)", |c, _, m| (m / c).t_dot(m / c)),
    ("(c·X)ᵀX", |c, _, m| (c * m).t_dot(m)),
    ("Xᵀ(x/c)", |c, x, m| m.t_dot(x / c)),
    ("mean (x/c)²", |c, x, _| (x / c).powi(2).mean()),
];

#[test]
fn a_program_stays_in_range_where_its_recording_does() {
    for rewrites in [Rewrites::ALL, Rewrites::NONE] {
        for (name, record) in RECORDINGS {
            for (c, size) in
                [(1e-170, 1e-170), (1e170, 1e170), (1e200, 1e-170), (1e-200, 1e170), (0.0, 1e170), (2.0, 0.5)]
            {
                let tape = Tape::new();
                tape.set_rewrites(rewrites);
                let c = tape.variable("c", arr0(c));
                let x = tape.data("x", arr1(&[1.0, -2.0, 0.5]) * size);
                let m = tape.data("X", arr2(&[[1.0, 0.5], [-1.0, 2.0], [0.25, 1.0]]) * size);
                let y = record(c, x, m);
                let outputs = [y, y.sum().grad(c)];
                let program = tape.compile(&outputs).unwrap();
                let found = program.run(&[]).unwrap();
                for (index, output) in outputs.iter().enumerate() {
                    let recorded = output.value().unwrap();
                    for (found, recorded) in found[index].iter().zip(&recorded) {
                        let differ = (found - recorded).abs() > 1e-14 * recorded.abs() || found.is_nan();
                        assert!(
                            !recorded.is_finite() || !differ,
                            "{name}, output {index} at c = {:e}, {size:e} with {rewrites:?}: {found:e}, not {recorded:e}",
                            c.item().unwrap()
                        );
                    }
                }
            }
        }
    }
}
