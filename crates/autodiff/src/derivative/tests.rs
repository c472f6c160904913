//! Derivatives of higher order: Hessians of common models in one pass, nested derivatives, loops, long tapes.

use crate::graph::{NodeId, NodeMap};
use crate::rules::test_support::{assert_close, random};
use crate::{Tape, Var};
use ndarray::{ArrayD, Axis, arr2, s};

/// The Hessian is recorded without a sweep for each direction, takes `passes` passes, and its columns are the products with
/// the unit vectors.
#[track_caller]
fn assert_hessian_in_passes<'t>(loss: Var<'t, f64>, x: Var<'t, f64>, passes: usize) {
    let tape = loss.tape();
    let len: usize = x.shape().trailing().iter().product();
    let before = tape.len();
    let hessian = loss.hessian(x);
    let recorded = tape.len() - before;
    let columns: Vec<_> = (0..len)
        .map(|at| {
            let mut unit = ndarray::Array1::zeros(len);
            unit[at] = 1.0;
            loss.hvp(x, tape.constant(unit).reshape(x.shape().trailing()))
        })
        .collect();
    let by_sweeps = tape.len() - before - recorded;
    assert!(recorded < by_sweeps, "{recorded} nodes at once, {by_sweeps} one by one");
    let program = tape.compile(&[hessian]).unwrap();
    assert_eq!(program.passes(), passes);
    let found = program.run(&[]).unwrap().into_vec().remove(0).into_shape_with_order((len, len)).unwrap();
    let columns = tape.compile(&columns).unwrap().run(&[]).unwrap();
    for (column, expected) in found.axis_iter(Axis(1)).zip(&columns) {
        assert_close(&column.to_owned().into_dyn(), &expected.flatten().to_owned().into_dyn(), 1e-12);
    }
    let expected = found.diag().to_owned().into_shape_with_order(x.shape().trailing()).unwrap();
    let diagonal = tape.compile(&[loss.hessian_diagonal(x)]).unwrap().run(&[]).unwrap().into_vec().remove(0);
    assert_close(&diagonal, &expected, 1e-12);
}

#[test]
fn the_hessian_of_softmax_regression_takes_one_pass() {
    let tape = Tape::new();
    let (x, b) = (tape.data("X", random(&[40, 3], 1)), tape.variable("B", random(&[3, 4], 2)));
    let label = tape.data("Y", random(&[40, 4], 3).mapv(|y| if y > 0.0 { 1.0 } else { 0.0 }));
    let z = x.dot(b);
    assert_hessian_in_passes((z.logsumexp_axes(&[1]) - (z * label).sum_axes(&[1])).sum(), b, 1);
    assert_hessian_in_passes(-(z.softmax(&[1]).ln() * label).sum(), b, 1);
}

#[test]
fn the_hessian_of_a_network_takes_one_pass_by_one_vector_of_all_parameters() {
    let tape = Tape::new();
    let (x, y) = (tape.data("X", random(&[30, 3], 4)), tape.data("y", random(&[30], 5)));
    let theta = tape.variable("theta", random(&[1 + 3 * 4 + 4 + 4 * 2 + 2], 6));
    let first = x.dot(theta.slice(s![1..13]).reshape(&[3, 4])) + theta.slice(s![13..17]);
    let second = first.tanh().dot(theta.slice(s![17..25]).reshape(&[2, 4]).t()).tanh();
    let loss = (second.dot(theta.slice(s![25..])) + theta.index_axis(0, 0) - y).powi(2).mean();
    assert_hessian_in_passes(loss, theta, 1);
}

#[test]
fn the_hessian_by_each_layer_of_a_network_takes_one_pass() {
    let tape = Tape::new();
    let (x, y) = (tape.data("X", random(&[30, 3], 7)), tape.data("y", random(&[30, 2], 8)));
    let (inner, outer) = (tape.variable("inner", random(&[3, 4], 9)), tape.variable("outer", random(&[4, 2], 10)));
    let loss = (x.dot(inner).tanh().dot(outer) - y).powi(2).sum();
    assert_hessian_in_passes(loss, inner, 1);
    assert_hessian_in_passes(loss, outer, 1);
}

#[test]
fn the_hessian_of_a_model_with_group_effects_takes_one_pass() {
    let tape = Tape::new();
    let x = tape.data("X", random(&[30, 2], 11));
    let group = tape.index_data("group", ndarray::Array1::from_shape_fn(30, |row| row * row % 3));
    let theta = tape.variable("theta", random(&[5], 12));
    let z = x.dot(theta.slice(s![..2])) + theta.slice(s![2..]).gather(group);
    assert_hessian_in_passes(z.softplus().sum() + (theta * theta).sum() * 0.5, theta, 1);
}

#[test]
fn hessians_through_linear_algebra_and_scans_need_no_sweep_for_each_direction() {
    let tape = Tape::new();
    let x = tape.variable("x", random(&[5], 13) + 2.0);
    let kernel = (-(x.insert_axis(1) - x.insert_axis(0)).powi(2)).exp() + tape.constant(ndarray::Array2::<f64>::eye(5));
    let y = tape.constant(random(&[5], 14));
    assert_hessian_in_passes(kernel.solve_spd(y).dot(y) + kernel.log_det_spd(), x, 0);
    assert_hessian_in_passes(kernel.solve(y).dot(y) + kernel.log_abs_det(), x, 0);
    let h = x.cumsum(0) + x.cumprod(0) + y.linear_recurrence(x, 0) + x.sort(0) * x;
    assert_hessian_in_passes((h * h * h).sum(), x, 0);
    let pair = tape.stack(0, &[kernel, kernel.t() * 2.0]);
    assert_hessian_in_passes(pair.matmul(pair).diagonal().exp().sum(), x, 0);
    assert_hessian_in_passes(pair.matmul(kernel).solve(y.diag().broadcast_to(&[2, 5, 5])).sum(), x, 0);
}

/// Whether a program for `output` has an array of this shape.
fn computes_shape(output: Var<'_, f64>, dims: &[usize]) -> bool {
    let inner = output.tape().inner();
    let (graph, ..) = crate::simplify::compact(&inner.graph, &[output.id()], inner.rewrites);
    (0..graph.len()).any(|index| *graph.shape(NodeId(index as u32)) == crate::Shape::fixed(dims))
}

#[test]
fn the_diagonal_of_a_linear_models_hessian_is_a_sum_over_the_rows() {
    let tape = Tape::new();
    let (x, theta) = (tape.data("X", random(&[50, 3], 15)), tape.variable("theta", random(&[3], 16)));
    let loss = x.dot(theta).softplus().sum() + (theta * theta).sum();
    assert_hessian_in_passes(loss, theta, 1);
    let fixed = tape.constant(random(&[6, 3], 17)).dot(theta).softplus().sum();
    assert_hessian_in_passes(fixed, theta, 0);
    let diagonal = loss.hessian_diagonal(theta);
    assert!(!computes_shape(diagonal, &[3, 3]), "the whole Hessian is computed");
    let (data, point) = (x.value().unwrap(), theta.value().unwrap());
    let rows = data.axis_iter(Axis(0)).map(|row| {
        let z: f64 = row.iter().zip(&point).map(|(x, t)| x * t).sum();
        row.mapv(|x| x * x / ((1.0 + z.exp()) * (1.0 + (-z).exp())))
    });
    let expected = rows.fold(ArrayD::from_elem(vec![3], 2.0), |sum, row| sum + row);
    assert_close(&tape.compile(&[diagonal]).unwrap().run(&[]).unwrap()[0], &expected, 1e-14);
}

#[test]
fn derivatives_nest_to_any_order() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 0.7);
    let (mut power, mut wave) = (x.powi(7), x.sin());
    for order in 1..=8 {
        (power, wave) = (power.grad(x), wave.grad(x));
        let factorial: f64 = (0..order).map(|k| 7.0 - f64::from(k)).product();
        let expected = if order <= 7 { factorial * 0.7f64.powi(7 - order) } else { 0.0 };
        assert!((power.item().unwrap() - expected).abs() <= 1e-13 * expected, "order {order}");
        let expected = (0.7 + f64::from(order) * std::f64::consts::FRAC_PI_2).sin();
        assert!((wave.item().unwrap() - expected).abs() <= 1e-14, "order {order}");
    }
}

#[test]
fn a_derivative_inside_a_loss_is_differentiated() {
    // f(x, a) = ∂/∂x (a·x³) = 3a·x²; its gradient by a and then x is 6x.
    let tape = Tape::<f64>::new();
    let (x, a) = (tape.variable("x", 2.0), tape.variable("a", 5.0));
    let slope = (a * x.powi(3)).grad(x);
    assert_eq!((slope * slope).grad(a).item(), Ok(2.0 * 9.0 * 5.0 * 16.0));
    assert_eq!(slope.grad(a).grad(x).item(), Ok(12.0));
}

#[test]
fn a_newton_iteration_on_recorded_values_is_differentiated() {
    // x(a) with x·eˣ = a, Lambert's W: W′ = W/(a(1 + W)).
    let tape = Tape::<f64>::new();
    let a = tape.variable("a", 2.0);
    let mut x = tape.constant(1.0);
    let mut steps = 0;
    loop {
        let excess = x * x.exp() - a;
        if excess.item().unwrap().abs() < 1e-15 || steps == 50 {
            break;
        }
        x = x - excess / excess.grad(x);
        steps += 1;
    }
    assert!((3..10).contains(&steps), "{steps} steps");
    // One more step, so that the derivative has converged as the value has.
    let excess = x * x.exp() - a;
    let root = x - excess / excess.grad(x);
    let w = root.item().unwrap();
    let first = w / (2.0 * (1.0 + w));
    assert!((root.grad(a).item().unwrap() / first - 1.0).abs() < 1e-14);
    let second = -w * w * (2.0 + w) / (4.0 * (1.0 + w).powi(3));
    assert!((root.grad(a).grad(a).item().unwrap() / second - 1.0).abs() < 1e-12);
}

#[test]
fn a_loop_that_the_data_decide_is_differentiated_along_the_way_it_took() {
    let collatz = |start: f64| {
        let tape = Tape::<f64>::new();
        let x = tape.variable("x", start);
        let (mut y, mut odd) = (x, 0);
        while y.item().unwrap() != 1.0 {
            let is_odd = y.item().unwrap() % 2.0 == 1.0;
            y = if is_odd { y * 3.0 + 1.0 } else { y * 0.5 };
            odd += i32::from(is_odd);
        }
        let even = (0..).find(|&k| (y.grad(x).item().unwrap() - 3f64.powi(odd) / 2f64.powi(k)).abs() < 1e-15);
        even.map(|even| even + odd)
    };
    assert_eq!(collatz(6.0), Some(8));
    assert_eq!(collatz(7.0), Some(16));
}

#[test]
fn the_jacobian_of_a_rows_output_is_on_the_rows() {
    let tape = Tape::new();
    let (x, theta) = (tape.data("X", random(&[20, 3], 17)), tape.variable("theta", random(&[3], 18)));
    let y = x.dot(theta).tanh();
    let jacobian = y.jacobian(theta);
    assert_eq!(jacobian.shape(), crate::Shape::rows(&[3]));
    let slope = (1.0 - y * y).insert_axis(1) * x;
    let results = tape.compile(&[jacobian, slope]).unwrap().run(&[]).unwrap();
    assert_close(&results[0], &results[1], 1e-14);
    let wide = x.dot(tape.variable("B", random(&[3, 2], 19)).exp());
    let inputs = [wide.jacobian(theta)];
    assert_eq!(tape.compile(&inputs).unwrap().run(&[]).unwrap()[0], ArrayD::<f64>::zeros(vec![20, 2, 3]));
}

#[test]
fn a_gradient_records_no_more_than_its_own_nodes_ask_for() {
    // Each step's derivative is by the latest node: what was recorded before is not looked at.
    let tape = Tape::<f64>::new();
    let mut x = tape.variable("x", 0.5);
    let mut recorded = Vec::new();
    for _ in 0..2000 {
        let before = tape.len();
        let y = x.sin() * x;
        x = x - y.grad(x) * 0.01;
        recorded.push(tape.len() - before);
    }
    assert!(recorded.iter().all(|&count| count == recorded[0]));
}

#[test]
fn what_a_node_depends_on_is_found_on_either_side_of_a_long_gap() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 0.5);
    let early = x.sin() * x.cos();
    let unrelated = (0..1000).fold(x, |y, _| y.exp());
    let late = early * early + x;
    let inner = tape.inner();
    let ancestors = |first: Var<'_, f64>, barriers: &[NodeId]| {
        let wanted = |id: NodeId| id >= first.id() && !barriers.contains(&id);
        inner.graph.ancestors(late.id(), wanted, &mut NodeMap::default())
    };
    let all = ancestors(x, &[]);
    let dense = inner.graph.reachable(&[late.id()]);
    let expected: Vec<_> = (0..dense.len()).filter(|&index| dense[index]).map(|index| NodeId(index as u32)).collect();
    assert_eq!(all, expected);
    assert_eq!(ancestors(x, &[early.id()]), [x.id(), NodeId(late.id().0 - 1), late.id()]);
    assert_eq!(ancestors(unrelated, &[]), [NodeId(late.id().0 - 1), late.id()]);
    assert_eq!(ancestors(x, &[late.id()]), []);
}

#[test]
fn a_long_chain_has_the_gradient_of_its_closed_form() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 1.0);
    let mut y = x;
    for _ in 0..20_000 {
        y = y * 0.999_99 + x;
    }
    let q = 0.999_99f64;
    let expected = (1.0 - q.powi(20_001)) / (1.0 - q);
    assert!((y.grad(x).item().unwrap() / expected - 1.0).abs() < 1e-11);
    let hessian = (y * y).hessian(x);
    assert!((hessian.item().unwrap() / (2.0 * expected * expected) - 1.0).abs() < 1e-10);
    assert_eq!(tape.constant(arr2(&[[1.0]])).sum().grad(x).item(), Ok(0.0));
}
