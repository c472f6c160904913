//! What derivatives have in common, whatever they are of: ways to the same one agree.

use autodiff::catalogue;
use autodiff::{Tape, Var};
use ndarray::{Array1, Array2, ArrayD, Axis, arr1, arr2};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tests::compare::{assert_close, relative_error};
use tests::evaluate::both;

type Loss = for<'t> fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;

/// Losses of a data matrix and three parameters, by several kinds of operations.
const LOSSES: [(&str, Loss); 7] = [
    ("logistic", |x, theta| x.linear(theta).sigmoid().log_loss(1.0).sum()),
    ("poisson", |x, theta| {
        let eta = x.linear(theta);
        (eta.exp() - eta * 2.0).mean()
    }),
    ("hidden layer", |x, theta| {
        let hidden = (x * theta).tanh();
        hidden.dot(theta).powi(3).sum()
    }),
    ("log-sum-exp over the rows", |x, theta| x.linear(theta).logsumexp()),
    ("of a sum over the rows", |x, theta| (x * theta).sum_rows().exp().dot(theta).sin()),
    ("quotient of norms", |x, theta| x.linear(theta).hypot(1.0).sum() / theta.norm()),
    ("softmax of parameters", |x, theta| x.dot(theta.softmax(&[0])).powi(2).sum() * theta.index_axis(0, 1)),
];

fn data() -> impl Strategy<Value = (Array2<f64>, Array1<f64>)> {
    (1usize..30, prop::collection::vec(-1.5f64..1.5, 3)).prop_flat_map(|(rows, theta)| {
        let elements = prop::collection::vec(-1.0f64..1.0, rows * 3);
        elements.prop_map(move |x| (Array2::from_shape_vec((rows, 3), x).unwrap(), Array1::from(theta.clone())))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn three_ways_to_a_hessian_agree_and_it_is_symmetric((x, at) in data()) {
        for (name, loss) in LOSSES {
            let tape = Tape::new();
            let (x, theta) = (tape.data("x", &x), tape.variable("theta", &at));
            let loss = loss(x, theta);
            let gradient = loss.grad(theta);
            let unit = |index: usize| {
                let mut unit = Array1::zeros(3);
                unit[index] = 1.0;
                tape.constant(unit)
            };
            let columns: Vec<_> = (0..3).map(|index| loss.hvp(theta, unit(index))).collect();
            let rows: Vec<_> = (0..3).map(|index| gradient.index_axis(0, index).grad(theta)).collect();
            let hessians = [loss.hessian(theta), tape.stack(1, &columns), tape.stack(0, &rows), gradient.jacobian(theta)];
            for (way, values) in both(&tape, &hessians) {
                let scale = ArrayD::from_elem(vec![3, 3], values[0].fold(1e-300, |a: f64, b| a.max(b.abs())));
                let transposed = values[0].clone().reversed_axes();
                for other in values[1..].iter().chain([&transposed]) {
                    assert_close(other, &values[0], &scale, 1e-13, &format!("{name}, {way:?}"));
                }
            }
        }
    }
}

#[test]
fn a_stretched_operand_has_the_sum_of_the_adjoints_of_its_copies() {
    let wide = arr2(&[[0.25, 0.5, 0.75], [0.3, 0.6, 0.9]]);
    let narrow = [arr1(&[0.2, 0.4, 0.8]).into_dyn(), arr2(&[[0.7], [0.35]]).into_dyn(), ndarray::arr0(0.45).into_dyn()];
    let binary =
        catalogue::operations().filter(|operation| operation.is_elementwise() && operation.operands().len() == 2);
    for operation in binary {
        for small in &narrow {
            for swapped in [false, true] {
                let tape = Tape::new();
                let (a, b) = (tape.variable("a", &wide), tape.variable("b", small));
                let copies = tape.variable("copies", small.broadcast((2, 3)).unwrap());
                let of = |b| operation.record(&tape, &if swapped { [b, a] } else { [a, b] }).powi(2).sum();
                let (stretched, copied) = (of(b), of(copies));
                let nodes = [stretched.grad(a), copied.grad(a), stretched.grad(b), copied.grad(copies)];
                for (way, values) in both(&tape, &nodes) {
                    let mut summed = values[3].clone();
                    for axis in (0..2usize).rev() {
                        let target = axis.checked_sub(2 - small.ndim()).map(|axis| small.shape()[axis]);
                        if target != Some(summed.shape()[axis]) {
                            summed = summed.sum_axis(Axis(axis));
                            if target.is_some() {
                                summed.insert_axis_inplace(Axis(axis));
                            }
                        }
                    }
                    let what = format!("{} with {:?}, swapped {swapped}, {way:?}", operation.name(), small.shape());
                    assert_close(&values[0], &values[1], &values[1].mapv(|x| 1.0 + x.abs()), 1e-13, &what);
                    assert_close(&values[2], &summed, &summed.mapv(|x| 1.0 + x.abs()), 1e-13, &what);
                }
            }
        }
    }
}

#[test]
fn adjoints_of_intermediate_nodes_are_those_of_the_derivation() {
    let tape = Tape::new();
    let (x, y) =
        (tape.data("X", arr2(&[[1.0, 0.5], [1.0, -2.0], [1.0, 40.0]])), tape.data("y", arr1(&[1.0, 0.0, 1.0])));
    let theta = tape.variable("theta", arr1(&[0.1, 0.7]));
    let z = x.linear(theta);
    let pi = z.sigmoid();
    let likelihood = -pi.log_loss(y).sum();
    // Walked node by node: ∂ℓ/∂π with π opaque, ∂ℓ/∂z with z opaque.
    for (way, values) in both(&tape, &[pi, likelihood.grad(pi), likelihood.grad(z), likelihood.grad(theta)]) {
        let (labels, pi) = (arr1(&[1.0, 0.0, 1.0]).into_dyn(), &values[0]);
        let by_pi = (&labels - pi) / (pi * &pi.mapv(|pi| 1.0 - pi));
        for index in 0..2 {
            assert!(relative_error(values[1][[index]], by_pi[[index]], by_pi[[index]].abs()) < 1e-14, "{way:?}");
        }
        // The third observation is confident and right: y − π is 1e-12 of it, and its digits are kept.
        let third = 1.0 / (1.0 + (0.1 + 0.7 * 40.0f64).exp());
        assert!(relative_error(values[2][[2]], third, third) < 1e-14, "{way:?}");
        let by_theta: f64 = values[2].sum();
        assert!(relative_error(values[3][[0]], by_theta, 1.0) < 1e-15, "{way:?}");
    }
}

#[test]
fn nothing_flows_through_a_stopped_gradient() {
    let tape = Tape::new();
    let x = tape.variable("x", 3.0);
    let y = x * x.stop_gradient() + x.exp().stop_gradient();
    for (way, values) in both(&tape, &[y, y.grad(x), y.grad(x).grad(x)]) {
        assert_eq!([values[0][[]], values[1][[]], values[2][[]]], [9.0 + 3f64.exp(), 3.0, 0.0], "{way:?}");
    }
}

#[test]
fn derivatives_of_any_order_of_a_polynomial_are_exact() {
    let tape = Tape::new();
    let x = tape.variable("x", 2.0);
    let mut derivatives = vec![x.powi(5)];
    for order in 0..6 {
        derivatives.push(derivatives[order].grad(x));
    }
    for (way, values) in both(&tape, &derivatives) {
        let values: Vec<f64> = values.iter().map(|value| value[[]]).collect();
        assert_eq!(values, [32.0, 80.0, 160.0, 240.0, 240.0, 120.0, 0.0], "{way:?}");
    }
}
