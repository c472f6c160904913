//! Quotients whose products leave the range of the numbers: a factor above and below, and numbers that change nothing.

use autodiff::{Tape, Var};
use ndarray::arr0;

type V<'t> = Var<'t, f64>;
type Record = for<'t> fn(V<'t>, V<'t>) -> V<'t>;

/// A quotient: its name, its recording, and the value with the derivatives by x and y.
type Quotient = (&'static str, Record, fn(f64, f64) -> [f64; 3]);

/// Quotients of x and y with their values and derivatives by both, at any x and y whose powers they show.
const QUOTIENTS: [Quotient; 18] = [
    ("x·x/|x|", |x, _| x * x / x.abs(), |x, _| [x.abs(), x.signum(), 0.0]),
    ("−x²/|x|", |x, _| -(x.powi(2) / x.abs()), |x, _| [-x.abs(), -x.signum(), 0.0]),
    ("x³/x²", |x, _| x.powi(3) / (x * x), |x, _| [x, 1.0, 0.0]),
    ("x³/|x|²", |x, _| x.powi(3) / x.abs().powi(2), |x, _| [x, 1.0, 0.0]),
    ("x/(x·x)", |x, _| x / (x * x), |x, _| [1.0 / x, -1.0 / x / x, 0.0]),
    ("x·x·(1/x)", |x, _| x * x * x.recip(), |x, _| [x, 1.0, 0.0]),
    ("x·(x/|x|)·x/x", |x, _| x * (x / x.abs()) * x / x, |x, _| [x.abs(), x.signum(), 0.0]),
    ("(x·y)/x", |x, y| x * y / x, |_, y| [y, 0.0, 1.0]),
    ("(x·y)/(−x)", |x, y| x * y / -x, |_, y| [-y, 0.0, -1.0]),
    ("(x·y)·(x·y)/(x·y)", |x, y| (x * y).powi(2) / (x * y), |x, y| [x * y, y, x]),
    ("(x/y)·y", |x, y| x / y * y, |x, _| [x, 1.0, 0.0]),
    ("x·(y/x)", |x, y| x * (y / x), |_, y| [y, 0.0, 1.0]),
    ("(3·x)·y/(3·x)", |x, y| 3.0 * x * y / (3.0 * x), |_, y| [y, 0.0, 1.0]),
    ("x·x·y/(x·|x|)", |x, y| x * x * y / (x * x.abs()), |x, y| [y * x.signum(), 0.0, x.signum()]),
    ("x·y/|x|", |x, y| x * y / x.abs(), |x, y| [y * x.signum(), 0.0, x.signum()]),
    ("|x|·y²/(x·y)", |x, y| x.abs() * y * y / (x * y), |x, y| [y * x.signum(), 0.0, x.signum()]),
    ("√(x² + 0)", |x, _| (x.powi(2) + 0.0).sqrt(), |x, _| [x.abs(), x.signum(), 0.0]),
    ("√(1·x·(x·1) − 0)", |x, _| (1.0 * x * (x * 1.0) - 0.0).sqrt(), |x, _| [x.abs(), x.signum(), 0.0]),
];

/// The value and the derivatives by a program, and the derivatives by the interpreter.
fn evaluated(record: Record, [x, y]: [f64; 2]) -> ([f64; 3], [f64; 2]) {
    let tape = Tape::new();
    let [x, y] = [tape.variable("x", arr0(x)), tape.variable("y", arr0(y))];
    let value = record(x, y);
    let gradients = value.grads(&[x, y]);
    let program = tape.compile(&[value, gradients[0], gradients[1]]).unwrap();
    let out = program.run(&[]).unwrap();
    let interpreted = [0, 1].map(|index| gradients[index].item().unwrap());
    ([0, 1, 2].map(|index| out.number(index).unwrap()), interpreted)
}

/// Whether a number is the right one, to a few units in the last place.
fn is_right(found: f64, right: f64) -> bool {
    found == right || (found - right).abs() <= 8.0 * f64::EPSILON * right.abs() || found.is_nan() && right.is_nan()
}

#[test]
fn quotients_are_right_wherever_their_result_is_in_range() {
    let sizes = [1e-170, 3e-200, 0.75, 20.0, 1e170, 4e200];
    let points = sizes.iter().flat_map(|&x| sizes.iter().flat_map(move |&y| [[x, y], [-x, y], [-x, -y]]));
    for point in points {
        for (name, record, right) in QUOTIENTS {
            let right = right(point[0], point[1]);
            if !right.iter().all(|number| number.is_finite() && (*number == 0.0 || number.abs() > f64::MIN_POSITIVE)) {
                continue;
            }
            let (found, interpreted) = evaluated(record, point);
            for (index, right) in right.into_iter().enumerate() {
                assert!(is_right(found[index], right), "{name} at {point:?}: {found:?}, not {right:e} at {index}");
            }
            let [by_x, by_y] = interpreted;
            assert!(is_right(by_x, right[1]) && is_right(by_y, right[2]), "{name} at {point:?}: {interpreted:?}");
        }
    }
}

#[test]
fn what_is_undefined_stays_so() {
    let quotients: [Record; 6] = [
        |x, y| x * y / x,
        |x, y| y * (x / x),
        |x, _| x / x,
        |x, _| x * x.recip(),
        |x, _| x * x / x.abs(),
        |x, y| x * y / x.abs(),
    ];
    for record in quotients {
        for x in [f64::NAN, f64::INFINITY, -f64::INFINITY, 0.0, -0.0] {
            assert!(evaluated(record, [x, 2.0]).0[0].is_nan(), "{x}");
        }
        assert!(!evaluated(record, [5e-324, 2.0]).0[0].is_nan());
    }
}

#[test]
fn a_sign_stays_as_it_was_recorded() {
    for (x, sign) in [(2.0, 1.0), (-1e-300, -1.0), (0.0, f64::NAN)] {
        let found = evaluated(|x, _| x / x.abs(), [x, 1.0]).0[0];
        assert!(is_right(found, sign), "{x}: {found}");
    }
}
