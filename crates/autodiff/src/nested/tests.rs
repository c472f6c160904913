//! Loops against unrolled recordings; solutions against closed forms.

use crate::rules::test_support::{assert_close, assert_programs_agree, random};
use crate::{Error, Iteration, Tape, Var};
use ndarray::{ArrayD, Axis, arr1, s};

/// A recurrent net: what it starts with, its inputs, its weights.
struct Net<'t> {
    start: Var<'t, f64>,
    x: Var<'t, f64>,
    w: Var<'t, f64>,
    bias: Var<'t, f64>,
}

const WIDTH: usize = 3;

fn net(tape: &Tape<f64>, turns: usize) -> Net<'_> {
    Net {
        start: tape.variable("start", random(&[WIDTH], 1)),
        x: tape.variable("x", random(&[turns, 2], 2)),
        w: tape.variable("w", random(&[WIDTH, WIDTH + 2], 3)),
        bias: tape.variable("bias", random(&[WIDTH], 4)),
    }
}

impl<'t> Net<'t> {
    fn turn(&self, h: Var<'t, f64>, total: Var<'t, f64>, x: Var<'t, f64>) -> [Var<'t, f64>; 3] {
        let both = h.tape().concatenate(0, &[h, x]);
        let next = (self.w.dot(both) + self.bias.exp()).tanh() + 0.1 * h.index_axis(0, 0);
        [next, total * 0.9 + (next * h).sum(), next.slice(s![1..]) * x]
    }

    /// The loss by a loop, or by as many recordings of a turn.
    fn loss(&self, by_loop: bool) -> Var<'t, f64> {
        let tape = self.x.tape();
        let zero = tape.number(0.0);
        let (h, total, stack) = if by_loop {
            let ([h, total], [stack]) = tape.scan([self.start, zero], [self.x], |[h, total], [x]| {
                let [h, total, y] = self.turn(h, total, x);
                ([h, total], [y])
            });
            (h, total, stack)
        } else {
            let (mut h, mut total, mut stack) = (self.start, zero, Vec::new());
            for at in 0..self.x.shape().trailing()[0] {
                let y;
                [h, total, y] = self.turn(h, total, self.x.index_axis(0, at));
                stack.push(y);
            }
            (h, total, tape.stack(0, &stack))
        };
        (h * h).sum() + total.sin() + (stack.cumsum(0).sin() * stack).sum()
    }

    fn parameters(&self) -> [Var<'t, f64>; 4] {
        [self.start, self.x, self.w, self.bias]
    }

    /// The value, the gradients, and Hessian-vector products within and across parameters.
    fn orders(&self, by_loop: bool) -> Vec<Var<'t, f64>> {
        let loss = self.loss(by_loop);
        let gradients = loss.grads(&self.parameters());
        let mut outputs = vec![loss];
        outputs.extend(&gradients);
        let directed: Vec<_> = gradients
            .iter()
            .zip(5..)
            .map(|(&g, seed)| (g * g.tape().constant(random(g.shape().trailing(), seed))).sum())
            .collect();
        let total = directed.iter().skip(1).fold(directed[0], |total, &part| total + part);
        outputs.extend(total.grads(&self.parameters()));
        outputs.push(loss.jvp(&[self.w], &[self.w.sin()]));
        outputs
    }
}

fn values(tape: &Tape<f64>, outputs: &[Var<'_, f64>]) -> Vec<ArrayD<f64>> {
    tape.check().unwrap();
    assert_programs_agree(tape, outputs);
    tape.compile(outputs).unwrap().run(&[]).unwrap().into_vec()
}

fn assert_all_close(found: &[ArrayD<f64>], expected: &[ArrayD<f64>]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_close(found, expected, 1e-12);
    }
}

#[test]
fn a_loop_has_the_value_and_the_derivatives_of_its_turns_recorded_one_by_one() {
    for turns in [1, 2, 7] {
        let evaluated = |by_loop: bool| {
            let tape = Tape::new();
            let outputs = net(&tape, turns).orders(by_loop);
            values(&tape, &outputs)
        };
        assert_all_close(&evaluated(true), &evaluated(false));
    }
}

#[test]
fn the_hessian_and_the_third_derivative_of_a_loop_are_those_of_its_turns() {
    let evaluated = |by_loop: bool| {
        let tape = Tape::new();
        let net = net(&tape, 4);
        let loss = net.loss(by_loop);
        let hessian = loss.hessian(net.bias);
        let third = (hessian * hessian).sum().grad(net.start);
        values(&tape, &[hessian, third])
    };
    assert_all_close(&evaluated(true), &evaluated(false));
}

#[test]
fn carries_that_are_computed_again_give_gradients_of_the_same_bits() {
    let evaluated = |bytes: usize| {
        let tape = Tape::new();
        tape.set_loop_memory(bytes);
        let net = net(&tape, 23);
        let outputs = net.orders(true);
        values(&tape, &outputs)
    };
    let (kept, again) = (evaluated(1 << 20), evaluated(0));
    for (at, (kept, again)) in kept.iter().zip(&again).take(5).enumerate() {
        assert!(kept.iter().zip(again).all(|(a, b)| a.to_bits() == b.to_bits()), "output {at}: {kept} is not {again}");
    }
    // At higher orders sums are taken in another order.
    assert_all_close(&again, &kept);
}

#[test]
fn a_loop_is_recorded_as_one_turn_whatever_their_number() {
    let lengths = [10, 10_000].map(|turns| {
        let tape = Tape::<f64>::new();
        let net = net(&tape, turns);
        net.loss(true).grads(&net.parameters());
        tape.len()
    });
    assert_eq!(lengths[0], lengths[1]);
}

#[test]
fn counted_loops_know_their_turn_and_may_have_none() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 0.5);
    // Σ k·xᵏ.
    let [_, sum] = tape.fold(6, [tape.number(1.0), tape.number(0.0)], |k, [power, sum]| [power * x, sum + k * power]);
    let expected = |x: f64| (0..6).map(|k| f64::from(k) * x.powi(k)).sum::<f64>();
    assert!((sum.item().unwrap() - expected(0.5)).abs() < 1e-15);
    let slope: f64 = (1..6).map(|k| f64::from(k * k) * 0.5f64.powi(k - 1)).sum();
    assert!((sum.grad(x).item().unwrap() - slope).abs() < 1e-14);
    let [kept] = tape.fold(0, [x], |_, [x]| [x * 2.0]);
    let outputs = values(&tape, &[kept, kept.grad(x), kept.grad(x).grad(x)]);
    assert_eq!(outputs.iter().map(|x| x[[]]).collect::<Vec<_>>(), [0.5, 1.0, 0.0]);
    let empty = tape.input("empty", &[0, 2]);
    let ([last], [stack]) = tape.scan([x], [empty], |[x], [e]| ([x * e.sum()], [e * x]));
    let program = tape.compile(&[last, last.grad(x), stack, stack.sum().grad(empty)]).unwrap();
    let results = program.run(&[empty.bind(&ndarray::Array2::zeros((0, 2)))]).unwrap();
    assert_eq!(
        (results[0][[]], results[1][[]], results[2].shape(), results[3].shape()),
        (0.5, 1.0, &[0, 2][..], &[0, 2][..])
    );
}

#[test]
fn a_loop_on_a_condition_makes_its_turns_anew_in_every_run() {
    let tape = Tape::<f64>::new();
    let (a, half) = (tape.variable("a", 2.0), tape.variable("half", 0.5));
    // The condition and the turn share different nodes.
    let bound = 1e-13 * a.exp();
    let ([root], turns) = tape.repeat_while([a], 60, |[x]| (x * x - a).abs().gt(bound), |[x]| [(x + a / x) * half]);
    let program = tape.compile(&[root, turns, root.grad(a), root.grad(a).grad(a), root.grad(half)]).unwrap();
    let mut counts = Vec::new();
    for x in [1.0, 2.0, 7.0, 10.0] {
        let results = program.run(&[a.bind(x)]).unwrap();
        counts.push(results.number(1).unwrap());
        assert!((results.number(0).unwrap() - x.sqrt()).abs() < 1e-9 * x);
        if x > 1.0 {
            assert!((results.number(2).unwrap() * 2.0 * x.sqrt() - 1.0).abs() < 1e-6, "{x}");
        }
        // The same turns, recorded one by one.
        let by_turns = Tape::<f64>::new();
        let (a, half) = (by_turns.variable("a", x), by_turns.variable("half", 0.5));
        let root = (0..counts[counts.len() - 1] as usize).fold(a, |x, _| (x + a / x) * half);
        let expected = [root.grad(a), root.grad(a).grad(a), root.grad(half)].map(|x| x.item().unwrap());
        for (at, expected) in expected.iter().enumerate() {
            assert!((results.number(at + 2).unwrap() - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{x}: {at}");
        }
    }
    assert_eq!(counts[0], 0.0);
    assert!(counts[1] < counts[3]);
    tape.set_loop_memory(0);
    let ([again], _) = tape.repeat_while([a], 60, |[x]| (x * x - a).abs().gt(bound), |[x]| [(x + a / x) * half]);
    for (kept, again) in [(root, again), (root.grad(a), again.grad(a))] {
        assert_eq!(kept.item().unwrap().to_bits(), again.item().unwrap().to_bits());
    }
    let ([_], endless) = tape.repeat_while([a], 5, |[x]| x.gt(0), |[x]| [x + 1]);
    for error in [endless.value().unwrap_err(), tape.compile(&[endless]).unwrap().run(&[]).unwrap_err()] {
        assert!(matches!(&error, Error::Evaluation { operation, .. } if operation == "repeat_while"), "{error}");
        assert!(error.to_string().contains("after 5 turns"), "{error}");
    }
}

#[test]
fn loops_stand_in_loops_and_look_up_by_constants() {
    let evaluated = |by_loop: bool| {
        let tape = Tape::<f64>::new();
        let (table, x) = (tape.variable("table", random(&[4, 2], 1)), tape.variable("x", random(&[3, 5], 2)));
        let places = tape.index_constant(&[3, 1, 1]);
        let start = tape.constant(arr1(&[0.1, 0.2, -0.3]));
        let loss = if by_loop {
            let ([h], []) = tape.scan([start], [x], |[h], [row]| {
                let looked_up = table.gather(places).sum_axes(&[1]);
                let ([h], []) = tape.scan([h], [row], |[h], [e]| ([(h * e).sin() + looked_up], []));
                ([h], [])
            });
            h
        } else {
            let looked_up = table.gather(places).sum_axes(&[1]);
            let mut h = start;
            for row in 0..3 {
                for column in 0..5 {
                    h = (h * x.index_axis(0, row).index_axis(0, column)).sin() + looked_up;
                }
            }
            h
        };
        let loss = (loss * loss).sum();
        let gradient = loss.grad(x);
        values(&tape, &[loss, gradient, loss.grad(table), (gradient * gradient).sum().grad(table)])
    };
    assert_all_close(&evaluated(true), &evaluated(false));
}

#[test]
fn what_a_loop_cannot_do_is_an_error() {
    let message = |record: &dyn for<'t> Fn(&'t Tape<f64>, Var<'t, f64>)| {
        let tape = Tape::<f64>::new();
        let x = tape.variable("x", &[1.0, 2.0]);
        record(&tape, x);
        tape.check().unwrap_err().to_string()
    };
    type Record = for<'t> fn(&'t Tape<f64>, Var<'t, f64>);
    let cases: [(Record, &str); 8] = [
        (|tape, x| ignored(tape.scan([x], [x], |[h], [x]| ([(h * x).sum()], []))), "carry 0 doesn't keep its shape"),
        (|tape, x| ignored(tape.scan([x], [x, x.slice(s![..1])], |[h], _| ([h], []))), "one length"),
        (|tape, x| ignored(tape.scan([x], [], |[h], []| ([h], [h]))), "fold"),
        (|tape, x| ignored(tape.scan([x], [tape.rows("r", &[])], |[h], [_]| ([h], [h]))), "fixed input"),
        (
            |tape, x| {
                let rows = tape.rows("r", &[]);
                ignored(tape.fold(3, [x], |_, [h]| [h * (rows * h.sum()).sum()]));
            },
            "fixed input",
        ),
        (
            |tape, x| {
                let by = tape.index_variable("by", &[0]);
                ignored(tape.fold(3, [x], |_, [h]| [h + h.gather(by).sum()]));
            },
            "index_constant",
        ),
        (|tape, x| ignored(tape.repeat_while([x], 3, |[x]| x, |[x]| [x])), "one number"),
        (|tape, x| ignored(tape.root(x, &Iteration::default(), |x| x.sum())), "an equation for each unknown"),
    ];
    for (record, expected) in cases {
        let message = message(&record);
        assert!(message.contains(expected), "{message}");
    }
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", &[1.0, 2.0]);
    let mut carried = None;
    let _ = tape.fold(3, [x], |_, [h]| {
        carried = Some(h);
        [h]
    });
    assert!(matches!(carried.unwrap().value(), Err(Error::Unbound { .. })));
    // A turn that fails says which one.
    let matrices = tape.constant(arr1(&[1.0, 0.0]));
    let ([_], [solved]) =
        tape.scan([x.sum()], [matrices], |[h], [m]| ([h], [(m.reshape(&[1, 1])).solve(h.reshape(&[1, 1]))]));
    let error = solved.value().unwrap_err().to_string();
    assert!(error.contains("turn 1") && error.contains("singular"), "{error}");
}

#[test]
fn a_hidden_markov_model_is_prepared_as_one_turn() {
    let (turns, states) = (2000, 4);
    let tape = Tape::<f64>::new();
    let transition = tape.variable("transition", random(&[states, states], 1));
    let emission = tape.variable("emission", random(&[states, 5], 2));
    let seen = tape.index_constant(ndarray::Array1::from_shape_fn(turns, |at| at * at % 5));
    let log_transition = transition.log_softmax(&[1]);
    let log_emission = emission.log_softmax(&[1]).t().gather(seen);
    let start = tape.constant(ndarray::Array1::from_elem(states, -(states as f64).ln()));
    let before = tape.len();
    let ([last], []) = tape
        .scan([start], [log_emission], |[a], [e]| ([(a.insert_axis(1) + log_transition).logsumexp_axes(&[0]) + e], []));
    let loss = -last.logsumexp();
    let gradients = loss.grads(&[transition, emission]);
    assert!(tape.len() - before < 200, "{} nodes", tape.len() - before);
    let program = tape.compile(&[loss, gradients[0], gradients[1]]).unwrap();
    let results = program.run(&[]).unwrap();
    // The forward algorithm by hand.
    let (by, e) = (log_transition.value().unwrap(), log_emission.value().unwrap());
    let mut a = vec![-(states as f64).ln(); states];
    for t in 0..turns {
        a = (0..states)
            .map(|to| {
                let terms: Vec<f64> = (0..states).map(|from| a[from] + by[[from, to]]).collect();
                let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                most + terms.iter().map(|x| (x - most).exp()).sum::<f64>().ln() + e[[t, to]]
            })
            .collect();
    }
    let most = a.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let expected = -(most + a.iter().map(|x| (x - most).exp()).sum::<f64>().ln());
    assert!((results.number(0).unwrap() / expected - 1.0).abs() < 1e-13);
    // Probabilities of each row add up to 1, so their logits' derivatives to 0.
    for gradient in [&results[1], &results[2]] {
        let sums = gradient.sum_axis(Axis(1));
        let largest = gradient.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
        assert!(largest > 1.0 && sums.iter().all(|sum| sum.abs() < 1e-10 * largest), "{sums}");
    }
}

#[test]
fn a_root_has_every_derivative_of_the_solution() {
    // x·eˣ = a: Lambert's W, with W′ = W/(a(1 + W)).
    let tape = Tape::<f64>::new();
    let (a, start) = (tape.variable("a", 2.0), tape.variable("start", 1.0));
    let w = tape.root(start, &Iteration::default(), |x| x * x.exp() - a);
    let outputs = values(&tape, &[w, w.grad(a), w.grad(a).grad(a), w.grad(a).grad(a).grad(a), w.grad(start)]);
    let w = outputs[0][[]];
    assert!((w * w.exp() - 2.0).abs() < 1e-15);
    let first = w / (2.0 * (1.0 + w));
    let second = -w * w * (2.0 + w) / (4.0 * (1.0 + w).powi(3));
    let third = w.powi(3) * (2.0 * w * w + 8.0 * w + 9.0) / (8.0 * (1.0 + w).powi(5));
    for (found, expected) in outputs[1..].iter().zip([first, second, third, 0.0]) {
        assert!((found[[]] - expected).abs() < 1e-14, "{found} is not {expected}");
    }
}

#[test]
fn an_inner_minimisation_is_differentiated() {
    // Ridge regression: its coefficients by the root of a gradient, and in closed form.
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.variable("x", random(&[8, 3], 1)), tape.variable("y", random(&[8], 2)));
    let penalty = tape.variable("penalty", 0.3);
    let zeros = tape.constant(ndarray::Array1::<f64>::zeros(3));
    let by_root = tape.root(zeros, &Iteration::default(), |b| {
        (0.5 * (y - x.dot(b)).powi(2).sum() + 0.5 * penalty * (b * b).sum()).grad(b)
    });
    let gram = x.t().dot(x) + penalty * tape.constant(ndarray::Array2::<f64>::eye(3));
    let closed = gram.solve(x.t().dot(y).reshape(&[3, 1])).reshape(&[3]);
    let outputs = [by_root, closed].map(|b| {
        let loss = (y - x.dot(b)).powi(4).sum() + b.sin().sum();
        let gradients = loss.grads(&[x, y, penalty]);
        let mixed = (gradients[1] * gradients[1]).sum() + gradients[2];
        let second = mixed.grads(&[x, penalty]);
        values(
            &tape,
            &[loss, gradients[0], gradients[1], gradients[2], second[0], second[1], b.jacobian(y), loss.hessian(y)],
        )
    });
    assert_all_close(&outputs[0], &outputs[1]);
}

#[test]
fn a_fixed_point_is_differentiated_and_fails_as_it_should() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.variable("a", random(&[3, 3], 3) * 0.3), tape.variable("b", random(&[3], 4)));
    let x = tape.fixed_point(b, &Iteration::default(), |x| (a.dot(x) + b).tanh());
    // By many turns, which come to the same point.
    let [turned] = tape.fold(200, [b], |_, [x]| [(a.dot(x) + b).tanh()]);
    let outputs = [x, turned].map(|x| {
        let gradient = (x * x * x).sum().grad(a);
        values(&tape, &[x, gradient, (gradient * gradient).sum().grad(b)])
    });
    assert_all_close(&outputs[0], &outputs[1]);
    let far = tape.fixed_point(b, &Iteration::default(), |x| 2.0 * x + 1.0);
    for (node, operation, reason) in [
        (far, "fixed_point", "isn't finite"),
        (tape.fixed_point(b.sum(), &Iteration::default(), |x| -x), "fixed_point", "no convergence in 10000 steps"),
        (tape.root(b.sum(), &Iteration::default(), |x| x * x + 1.0), "root", ""),
        (tape.root(b.sum(), &Iteration::default(), |x| x * 0.0 + 1.0), "root", "singular"),
    ] {
        for error in [node.value().unwrap_err(), tape.compile(&[node]).unwrap().run(&[]).unwrap_err()] {
            assert!(matches!(&error, Error::Evaluation { operation: found, .. } if found == operation), "{error}");
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}

fn ignored<X>(_: X) {}
