//! Losses as users write them who know nothing of optimisers: kinks, plateaus, saddles and maxima to start from, edges of domains,
//! jumps, periods, cones, redundant parameters, odd scales, no minimum at all, and the classical problems of Moré, Garbow and
//! Hillstrom (1981). Each is fitted by every method from several starts, and every verdict must be true.

use super::verdicts::Wanted::{Honest, Kink, Least, LeastInTime, NoMinimum, NoStart, NotConverged, OneOf, Stationary};
use super::verdicts::{Case, case, check, pair, parts};
use autodiff::{Tape, Var};
use ndarray::arr1;

const NINE: f64 = 9.0;

/// Data as constants of the tape.
fn data<'t, const N: usize>(tape: &'t Tape<f64>, values: [f64; N]) -> Var<'t, f64> {
    tape.constant(arr1(&values))
}

fn kinks() -> Vec<Case> {
    vec![
        case(
            "distances",
            &[&[9.0, -4.0], &[3.0, 5.0], &[3.1, -0.9]],
            |t, p| (p - data(t, [3.0, -1.0])).abs().sum(),
            Kink(0.0),
        ),
        case("steep and flat sides", &[&[4.0], &[-0.3]], |_, p| p.maximum(-2.0 * p).sum(), Kink(0.0)),
        case("a median", &[&[0.0], &[30.0]], |t, p| (data(t, [1.0, 2.0, 4.0, 8.0, 16.0]) - p).abs().sum(), Kink(21.0)),
        case(
            "a support vector machine",
            &[&[0.0, 0.0], &[5.0, -5.0]],
            |t, p| {
                let (a, b) = pair(p);
                let (x, y) = (data(t, [-2.0, -1.0, 0.5, 1.0, 2.0, -0.5]), data(t, [-1.0, -1.0, -1.0, 1.0, 1.0, 1.0]));
                (1.0 - y * (a + b * x)).maximum(0.0).sum() + 0.5 * b * b
            },
            Stationary,
        ),
        case(
            "a lasso by hand",
            &[&[1.0, 1.0], &[-3.0, 0.0]],
            |t, p| 0.5 * (p - data(t, [2.0, 0.3])).powi(2).sum() + p.abs().sum(),
            Kink(1.545),
        ),
        case("a cone", &[&[3.0, -4.0], &[0.0, 1.0]], |_, p| (p * p).sum().sqrt(), Kink(0.0)),
        case(
            "a tilted cone",
            &[&[3.0, -4.0], &[1.0, 1e-3]],
            |_, p| (p * p).sum().sqrt() + 0.5 * p.index_axis(0, 0),
            Kink(0.0),
        ),
        case(
            "the largest of three planes",
            &[&[3.0, 4.0], &[-5.0, 1.0]],
            |_, p| {
                let (a, b) = pair(p);
                (a + b).maximum(a - 2.0 * b).maximum(-3.0 * a + b)
            },
            Kink(0.0),
        ),
        case(
            "Huber's",
            &[&[9.0], &[-50.0], &[0.1]],
            |t, p| {
                let r = (data(t, [0.0, 1.0, 3.0, 20.0]) - p).abs();
                r.lt(1.0).select(0.5 * r * r, r - 0.5).sum()
            },
            Least(20.5),
        ),
        case(
            "a jump beside the minimum",
            &[&[2.0], &[-2.0]],
            |_, p| (p * p + p.gt(0.0).select(p * 0.0 + 1.0, p * 0.0)).sum(),
            Kink(0.0),
        ),
        case(
            "a jump on the way",
            &[&[5.0], &[-5.0]],
            |_, p| ((p - 1.0).powi(2) + p.gt(3.0).select(p * 0.0 - 9.0, p * 0.0)).sum(),
            Stationary,
        ),
        case("rounded down", &[&[5.3], &[0.2]], |_, p| (p.floor() * p.floor() + 0.1 * p).sum(), NotConverged),
        case("a power below 1", &[&[2.0], &[-1e-3]], |_, p| p.abs().powf(0.3).sum(), Kink(0.0)),
    ]
}

fn plateaus_and_saddles() -> Vec<Case> {
    vec![
        case("a constant", &[&[1.0, 2.0], &[0.0, 0.0]], |_, p| (p * 0.0).sum() + 5.0, Least(5.0)),
        case("a well seen from far away", &[&[40.0], &[6.0]], |_, p| (1.0 - (-p * p).exp()).sum(), Stationary),
        case("a squared hyperbolic tangent", &[&[50.0], &[-3.0]], |_, p| p.tanh().powi(2).sum(), Stationary),
        case("a dead unit", &[&[-2.0], &[3.0]], |_, p| (p.maximum(0.0) - 1.0).powi(2).sum(), Stationary),
        case("a ramp above a plain", &[&[0.0], &[3.0], &[-1.0], &[1e6]], |_, p| p.maximum(0.0).sum(), Kink(0.0)),
        case("a ramp between plains", &[&[0.5], &[0.0], &[1.0]], |_, p| p.maximum(0.0).minimum(1.0).sum(), Stationary),
        case("an unused parameter", &[&[5.0, 7.0]], |_, p| (p.index_axis(0, 0) - 1.0).powi(2), Least(0.0)),
        case("a sum of which only is known", &[&[5.0, 7.0], &[0.0, 0.0]], |_, p| (p.sum() - 1.0).powi(2), Least(0.0)),
        case(
            "a product of which only is known",
            &[&[2.0, 7.0], &[-1.0, -3.0], &[0.5, 0.5]],
            |_, p| {
                let (a, b) = pair(p);
                (a * b - 1.0).powi(2)
            },
            Least(0.0),
        ),
        case(
            "an exponential of a sum",
            &[&[2.0, 1.0], &[0.0, -9.0]],
            |_, p| p.sum().exp() - 2.0 * p.sum(),
            Least(2.0 - 2.0 * std::f64::consts::LN_2),
        ),
        case(
            "shares",
            &[&[2.0, 1.0, -3.0], &[0.0, 0.0, 9.0]],
            |_, p| p.exp().sum().ln() - p.sum() / 3.0,
            Least(1.0986122886681098),
        ),
        case(
            "from a saddle",
            &[&[1.0, 0.0], &[0.0, 0.0], &[1.0, 1e-9]],
            |_, p| {
                let (a, b) = pair(p);
                a * a - b * b + b.powi(4)
            },
            Least(-0.25),
        ),
        case(
            "from a monkey's saddle",
            &[&[0.0, 0.0], &[0.1, 0.0]],
            |_, p| {
                let (a, b) = pair(p);
                a.powi(3) - 3.0 * a * b * b + (a * a + b * b).powi(2)
            },
            Honest(-0.10546875),
        ),
        case("from the top", &[&[0.0], &[1e-12], &[-0.5]], |_, p| p.cos().sum(), Least(-1.0)),
        case(
            "from the top of a narrow hill",
            &[&[0.0, 0.0]],
            |_, p| (-50.0 * (p * p).sum()).exp() + 0.01 * (p * p).sum(),
            Honest(0.0019034386),
        ),
        case("a step of a logistic curve", &[&[0.0], &[-30.0]], |_, p| (p.sigmoid() + 1e-3 * p * p).sum(), Stationary),
        case(
            "a network of one unit",
            &[&[0.0, 0.0, 0.0], &[0.5, 1.0, 0.1]],
            |t, p| {
                let [a, b, c] = parts(p);
                let (x, y) = (data(t, [-1.0, 0.0, 1.0, 2.0]), data(t, [-0.6, 0.1, 0.7, 0.8]));
                (y - a * (b * x + c).tanh()).powi(2).sum()
            },
            Stationary,
        ),
    ]
}

fn without_a_minimum() -> Vec<Case> {
    vec![
        case(
            "a forgotten minus",
            &[&[0.0, 0.0], &[3.0, 1.0]],
            |t, p| {
                let (mean, log_sd) = pair(p);
                let z = (data(t, [1.0, 2.5, 4.0]) - mean) / log_sd.exp();
                -(0.5 * z * z + log_sd).sum()
            },
            NoMinimum,
        ),
        case(
            "a plane",
            &[&[0.0, 0.0], &[1e6, 1e-6]],
            |_, p| {
                let (a, b) = pair(p);
                a - 2.0 * b
            },
            NoMinimum,
        ),
        case("a logarithm towards 0", &[&[3.0], &[1e-3]], |_, p| p.ln().sum(), NotConverged),
        case("a pole", &[&[-1.0], &[-100.0]], |_, p| p.recip().sum(), NotConverged),
        case("a hill of distances", &[&[1.0, -2.0]], |_, p| -p.abs().sum(), NoMinimum),
        case("a well on a falling quartic", &[&[0.1], &[-0.3]], |_, p| (p * p - p.powi(4)).sum(), Least(0.0)),
        case("the same from outside", &[&[1.0], &[-2.0]], |_, p| (p * p - p.powi(4)).sum(), NoMinimum),
        case("exponentials apart", &[&[1.0], &[4.0]], |_, p| (p.exp() - (2.0 * p).exp()).sum(), NoMinimum),
        case("a reciprocal", &[&[1.0], &[30.0]], |_, p| (1.0 + p * p).recip().sum(), NoMinimum),
        case(
            "separated labels",
            &[&[0.0, 0.0], &[1.0, 3.0]],
            |t, p| {
                let (a, b) = pair(p);
                let (x, y) = (data(t, [-2.0, -1.0, 1.0, 2.0]), data(t, [-1.0, -1.0, 1.0, 1.0]));
                (-(y * (a + b * x))).softplus().sum()
            },
            NoMinimum,
        ),
        case("counts of 0", &[&[0.0], &[3.0]], |_, p| (3.0 * p.exp()).sum(), NoMinimum),
        case("an arctangent", &[&[0.0], &[5.0]], |_, p| p.atan().sum(), NoMinimum),
        case("beside an asymptote", &[&[0.0], &[-3.0]], |_, p| ((1.0 + p * p).sqrt() - p).sum(), NoMinimum),
        case("a probability below 0", &[&[0.2]], |_, p| -(p / (1.0 - p)).ln().sum(), NotConverged),
        case("a negative variance parameter", &[&[1.0], &[0.01]], |_, p| (10.0 * p.ln() + 0.0 * p).sum(), NotConverged),
    ]
}

fn edges() -> Vec<Case> {
    vec![
        case("less a root", &[&[4.0], &[1e-8]], |_, p| (p - p.sqrt()).sum(), Least(-0.25)),
        case("a root", &[&[4.0], &[1e-4]], |_, p| p.sqrt().sum(), Kink(0.0)),
        case("an entropy", &[&[3.0], &[1e-10]], |_, p| (p * p.ln()).sum(), Least(-0.36787944117144233)),
        case("a square and a pole", &[&[3.0], &[1e-3]], |_, p| (p * p + p.recip()).sum(), Least(1.8898815748423097)),
        case("the edge of a logarithm", &[&[3.0]], |_, p| ((p + 2.0).powi(2) + 0.0 * p.ln()).sum(), NotConverged),
        case("the edge of an arcsine", &[&[0.0]], |_, p| ((p - 2.0).powi(2) + 0.0 * p.asin()).sum(), NotConverged),
        case(
            "a beta likelihood",
            &[&[0.5], &[1e-6], &[0.999999]],
            |_, p| -(3.0 * p.ln() + 7.0 * (1.0 - p).ln()).sum(),
            Least(6.108643020548935),
        ),
        case(
            "a standard deviation",
            &[&[1.0], &[100.0], &[0.05]],
            |_, p| (10.0 * p.ln() + 45.0 / (p * p)).sum(),
            Least(5.0 + 5.0 * NINE.ln()),
        ),
        case("a gamma shape", &[&[1.0], &[1e-3]], |_, p| (p.lgamma() - 0.5 * p).sum(), OneOf(&[-1.004740280])),
        case(
            "a determinant",
            &[&[0.0], &[0.99], &[-0.9]],
            |_, p| (-(1.0 - p * p).ln() - 1.5 * p).sum(),
            Honest(-0.46531259),
        ),
        case(
            "NaN at the minimum",
            &[&[3.0, 4.0]],
            |_, p| {
                let r = (p * p).sum();
                r.sqrt() * r.sqrt()
            },
            Stationary,
        ),
        case("0/0 at the minimum", &[&[3.0], &[-0.5]], |_, p| (1.0 - p.sin() / p).sum(), Stationary),
        case("infinite at the start", &[&[0.0]], |_, p| p.recip().sum(), NoStart),
        case("NaN at the start", &[&[-1.0]], |_, p| (p - p.ln()).sum(), NoStart),
        case("overflown at the start", &[&[1000.0]], |_, p| (p.exp() - p).sum(), NoStart),
        case("nearly overflown", &[&[700.0], &[-700.0]], |_, p| (p.exp() - p).sum(), Honest(1.0)),
        case("a huge square in an exponential", &[&[20.0], &[-5.0]], |_, p| (p * p).exp().sum(), LeastInTime(1.0)),
    ]
}

fn waves_and_scales() -> Vec<Case> {
    vec![
        case("a sine", &[&[0.0], &[100.0], &[1e6]], |_, p| p.sin().sum(), Least(-1.0)),
        case(
            "Rastrigin's",
            &[&[0.3, -0.2], &[3.1, -4.4]],
            |_, p| (10.0 + p * p - 10.0 * (std::f64::consts::TAU * p).cos()).sum(),
            Stationary,
        ),
        case(
            "Griewank's",
            &[&[3.0, -2.0], &[100.0, 200.0]],
            |_, p| {
                let (a, b) = pair(p);
                (a * a + b * b) / 4000.0 - a.cos() * (b / 2f64.sqrt()).cos() + 1.0
            },
            Stationary,
        ),
        case(
            "Ackley's",
            &[&[0.5, 0.4], &[3.0, -7.0]],
            |_, p| {
                let mean = (p * p).mean().sqrt();
                -20.0 * (-0.2 * mean).exp() - (std::f64::consts::TAU * p).cos().mean().exp()
                    + 20.0
                    + std::f64::consts::E
            },
            Stationary,
        ),
        case("above 1e15", &[&[5.0]], |_, p| 1e15 + (p - 1.0).powi(2).sum(), Stationary),
        case("parameters of 1e-150", &[&[1e-150], &[0.0]], |_, p| (p * 1e150 - 2.0).powi(2).sum(), Honest(0.0)),
        case(
            "losses of 1e200",
            &[&[3.0], &[-1.0]],
            |_, p| 1e200 * (p.exp() - 2.0 * p).sum(),
            Honest(1e200 * (2.0 - 2.0 * std::f64::consts::LN_2)),
        ),
        case("losses of 1e-200", &[&[3.0], &[-1.0]], |_, p| 1e-200 * (p.exp() - 2.0 * p).sum(), Stationary),
        case(
            "a long valley",
            &[&[1e3, 1.0]],
            |_, p| {
                let (a, b) = pair(p);
                1e-6 * a * a + 1e6 * (b - 1e-3 * a).powi(2)
            },
            Honest(0.0),
        ),
    ]
}

/// The values of minima are those of the paper.
fn classical() -> Vec<Case> {
    vec![
        case(
            "Rosenbrock",
            &[&[-1.2, 1.0], &[100.0, -100.0], &[1.0, 5.0]],
            |_, p| {
                let (a, b) = pair(p);
                100.0 * (b - a * a).powi(2) + (1.0 - a).powi(2)
            },
            Honest(0.0),
        ),
        case(
            "Freudenstein and Roth",
            &[&[0.5, -2.0], &[6.0, 3.0]],
            |_, p| {
                let (a, b) = pair(p);
                (-13.0 + a + ((5.0 - b) * b - 2.0) * b).powi(2) + (-29.0 + a + ((b + 1.0) * b - 14.0) * b).powi(2)
            },
            OneOf(&[0.0, 48.98425368]),
        ),
        case(
            "Jennrich and Sampson",
            &[&[0.3, 0.4], &[0.2, 0.25]],
            |t, p| {
                let (a, b) = pair(p);
                let i = data(t, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
                (2.0 + 2.0 * i - (i * a).exp() - (i * b).exp()).powi(2).sum()
            },
            Stationary,
        ),
        case(
            "a helical valley",
            &[&[-1.0, 0.1, 0.0], &[2.0, 2.0, 2.0]],
            |_, p| {
                let [a, b, c] = parts(p);
                let turn = b.atan2(a) / std::f64::consts::TAU;
                100.0 * ((c - 10.0 * turn).powi(2) + ((a * a + b * b).sqrt() - 1.0).powi(2)) + c * c
            },
            Honest(0.0),
        ),
        case(
            "Bard",
            &[&[1.0, 1.0, 1.0], &[0.1, 1.5, 2.0]],
            |t, p| {
                let [a, b, c] = parts(p);
                let y =
                    data(t, [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39]);
                let u = data(t, std::array::from_fn::<f64, 15, _>(|i| i as f64 + 1.0));
                let v = 16.0 - u;
                let w = u.minimum(v);
                (y - (a + u / (b * v + c * w))).powi(2).sum()
            },
            OneOf(&[8.214877307e-3]),
        ),
        case(
            "a bell",
            &[&[0.4, 1.0, 0.0], &[1.0, 2.0, 0.5]],
            |t, p| {
                let [a, b, c] = parts(p);
                let y = data(
                    t,
                    [
                        0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989, 0.3521, 0.2420, 0.1295, 0.0540,
                        0.0175, 0.0044, 0.0009,
                    ],
                );
                let x = data(t, std::array::from_fn::<f64, 15, _>(|i| (7.0 - i as f64) / 2.0));
                (a * (-b * (x - c).powi(2) / 2.0).exp() - y).powi(2).sum()
            },
            Stationary,
        ),
        case(
            "Meyer",
            &[&[0.02, 4000.0, 250.0]],
            |t, p| {
                let [a, b, c] = parts(p);
                let y = data(
                    t,
                    [
                        34780.0, 28610.0, 23650.0, 19630.0, 16370.0, 13720.0, 11540.0, 9744.0, 8261.0, 7030.0, 6005.0,
                        5147.0, 4427.0, 3820.0, 3307.0, 2872.0,
                    ],
                );
                let x = data(t, std::array::from_fn::<f64, 16, _>(|i| 50.0 + 5.0 * i as f64));
                (a * (b / (x + c)).exp() - y).powi(2).sum()
            },
            LeastInTime(87.94585517),
        ),
        case(
            "Box in three dimensions",
            &[&[0.0, 10.0, 20.0], &[1.5, 8.0, 0.5]],
            |t, p| {
                let [a, b, c] = parts(p);
                let s = data(t, std::array::from_fn::<f64, 10, _>(|i| 0.1 * (i as f64 + 1.0)));
                ((-s * a).exp() - (-s * b).exp() - c * ((-s).exp() - (-10.0 * s).exp())).powi(2).sum()
            },
            Stationary,
        ),
        case(
            "Wood",
            &[&[-3.0, -1.0, -3.0, -1.0], &[5.0, 5.0, 5.0, 5.0]],
            |_, p| {
                let [a, b, c, d] = parts(p);
                100.0 * (b - a * a).powi(2)
                    + (1.0 - a).powi(2)
                    + 90.0 * (d - c * c).powi(2)
                    + (1.0 - c).powi(2)
                    + 10.0 * (b + d - 2.0).powi(2)
                    + 0.1 * (b - d).powi(2)
            },
            Least(0.0),
        ),
        case(
            "Kowalik and Osborne",
            &[&[0.25, 0.39, 0.415, 0.39]],
            |t, p| {
                let [a, b, c, d] = parts(p);
                let y =
                    data(t, [0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246]);
                let u = data(t, [4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625]);
                (y - a * (u * u + u * b) / (u * u + u * c + d)).powi(2).sum()
            },
            OneOf(&[3.0750560385e-4]),
        ),
        case(
            "Brown and Dennis",
            &[&[25.0, 5.0, -5.0, -1.0], &[1.0, 1.0, 1.0, 1.0]],
            |t, p| {
                let [a, b, c, d] = parts(p);
                let s = data(t, std::array::from_fn::<f64, 20, _>(|i| (i as f64 + 1.0) / 5.0));
                ((a + s * b - s.exp()).powi(2) + (c + d * s.sin() - s.cos()).powi(2)).powi(2).sum()
            },
            Least(85822.20162635),
        ),
        case(
            "Osborne's first",
            &[&[0.5, 1.5, -1.0, 0.01, 0.02]],
            |t, p| {
                let [a, b, c, d, e] = parts(p);
                let y = data(
                    t,
                    [
                        0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718, 0.685,
                        0.658, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490, 0.478, 0.467, 0.457, 0.448,
                        0.438, 0.431, 0.424, 0.420, 0.414, 0.411, 0.406,
                    ],
                );
                let s = data(t, std::array::from_fn::<f64, 33, _>(|i| 10.0 * i as f64));
                (y - (a + b * (-s * d).exp() + c * (-s * e).exp())).powi(2).sum()
            },
            LeastInTime(5.46489469748e-5),
        ),
        case(
            "Biggs's exponentials",
            &[&[1.0, 2.0, 1.0, 1.0, 1.0, 1.0]],
            |t, p| {
                let [a, b, c, d, e, f] = parts(p);
                let s = data(t, std::array::from_fn::<f64, 13, _>(|i| 0.1 * (i as f64 + 1.0)));
                let y = (-s).exp() - 5.0 * (-10.0 * s).exp() + 3.0 * (-4.0 * s).exp();
                (c * (-s * a).exp() - d * (-s * b).exp() + f * (-s * e).exp() - y).powi(2).sum()
            },
            Stationary,
        ),
        case(
            "Brown, almost linear",
            &[&[0.5; 5], &[2.0; 5]],
            |_, p| {
                let n = 5.0;
                let linear =
                    (p + p.sum() - (n + 1.0)).powi(2).sum() - (p.index_axis(0, 4) + p.sum() - (n + 1.0)).powi(2);
                linear + (p.prod() - 1.0).powi(2)
            },
            OneOf(&[0.0, 1.0]),
        ),
        case(
            "variably dimensioned",
            &[&[0.75, 0.5, 0.25, 0.0]],
            |t, p| {
                let weighted = (data(t, [1.0, 2.0, 3.0, 4.0]) * (p - 1.0)).sum();
                (p - 1.0).powi(2).sum() + weighted.powi(2) + weighted.powi(4)
            },
            Least(0.0),
        ),
        case(
            "trigonometric",
            &[&[0.25; 4], &[0.1; 4]],
            |t, p| {
                let i = data(t, [1.0, 2.0, 3.0, 4.0]);
                (4.0 - p.cos().sum() + i * (1.0 - p.cos()) - p.sin()).powi(2).sum()
            },
            Stationary,
        ),
    ]
}

#[test]
fn at_kinks_and_jumps_nothing_converges_that_is_no_minimum() {
    check(kinks());
}

#[test]
fn plateaus_are_no_minima_and_saddles_are_left() {
    check(plateaus_and_saddles());
}

#[test]
fn losses_without_a_minimum_are_told() {
    check(without_a_minimum());
}

#[test]
fn edges_of_the_domain_are_told() {
    check(edges());
}

#[test]
fn minima_are_found_among_waves_and_in_any_scale() {
    check(waves_and_scales());
}

#[test]
fn the_classical_problems_are_solved() {
    check(classical());
}
