//! The softmax family against values of 80 digits: values, gradients and Hessians, relative to each number, where one class
//! outweighs the others by up to e¹⁴⁰⁰ and where none does.

use autodiff::{Scalar, Tape, Var};
use ndarray::{Array1, ArrayD, Axis, arr1, s, stack};
use serde_json::Value;
use tests::evaluate::both;
use tests::reference::{json, matrix, number, vector};

/// What a case is of, `x` being a vector.
fn record<'t, T: Scalar>(case: &Value, x: Var<'t, T>) -> Var<'t, T> {
    let element = case["element"].as_u64().unwrap_or(0) as usize;
    match case["f"].as_str() {
        Some("logsumexp") => x.logsumexp(),
        Some("softmax") => x.softmax(&[0]).index_axis(0, element),
        _ => x.log_softmax(&[0]).index_axis(0, element),
    }
}

/// Each number of `found` is within `tolerance` of `wanted`'s, in parts of `scale`; what has no room in the scalar is not looked at.
#[track_caller]
fn assert_each<T: Scalar>(found: &ArrayD<T>, wanted: &[f64], scale: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    let smallest = T::min_positive_value().to_f64().unwrap() / T::epsilon().to_f64().unwrap();
    for ((found, wanted), scale) in found.iter().zip(wanted).zip(scale) {
        let error = (found.to_f64().unwrap() - wanted).abs();
        let bound = if *scale > smallest { tolerance * scale } else { smallest };
        assert!(error <= bound, "{what}: {found:?} for {wanted:e}");
    }
}

fn family_is_exact<T: Scalar>(tolerance: f64) {
    for case in json("softmax_family.json")["cases"].as_array().unwrap() {
        let at: Array1<T> = vector(&case["at"]).mapv(|x| T::from(x).unwrap());
        let tape = Tape::<T>::new();
        let x = tape.variable("x", &at);
        let value = record(case, x);
        let gradient = value.grad(x);
        let columns: Vec<Var<'_, T>> = (0..at.len()).map(|k| gradient.index_axis(0, k).grad(x)).collect();
        let mut nodes = vec![value, gradient, value.hessian(x)];
        nodes.extend(columns);
        let wanted = number(&case["value"]);
        let (slope, hessian, scale) = (vector(&case["gradient"]), matrix(&case["hessian"]), matrix(&case["scale"]));
        for (way, found) in both(&tape, &nodes) {
            let what = format!("{} {} at {at:?} by {way:?}", case["f"], case["element"]);
            assert_each(&found[0], &[wanted], &[wanted.abs()], tolerance, &what);
            assert_each(
                &found[1],
                slope.as_slice().unwrap(),
                slope.mapv(f64::abs).as_slice().unwrap(),
                tolerance,
                &what,
            );
            let views: Vec<_> = found[3..].iter().map(|second| second.view()).collect();
            for second in [&found[2], &stack(Axis(0), &views).unwrap()] {
                let [hessian, scale] = [&hessian, &scale].map(|matrix| matrix.as_slice().unwrap());
                assert_each(second, hessian, scale, tolerance, &format!("second derivative of {what}"));
            }
        }
    }
}

/// The log-probability of class k, written in the ways in which people pick it.
fn picked<'t, T: Scalar>(x: Var<'t, T>, k: usize) -> Vec<(&'static str, Var<'t, T>)> {
    let (tape, n) = (x.tape(), x.shape().trailing()[0]);
    let own = Array1::from_shape_fn(n, |j| if j == k { T::one() } else { T::zero() });
    let (one_hot, label) = (tape.constant(own), tape.index_variable(&format!("label {}", tape.len()), arr1(&[k])));
    let log = x.log_softmax(&[0]);
    vec![
        ("gather", log.gather(label).sum()),
        ("slice", log.slice(s![k..k + 1]).sum()),
        ("product", (log * one_hot).sum()),
        ("select", one_hot.select(log, T::zero()).sum()),
        ("element less logsumexp", x.index_axis(0, k) - x.logsumexp()),
        ("gathered less logsumexp", x.gather(label).sum() - x.logsumexp()),
        ("product less logsumexp", -(x.logsumexp() - (x * one_hot).sum())),
        ("stretched logsumexp", (x - x.logsumexp()).index_axis(0, k)),
        ("matrix", x.insert_axis(0).log_softmax(&[1]).index_axis(1, k).sum()),
        ("columns", x.insert_axis(1).log_softmax(&[0]).index_axis(0, k).sum()),
    ]
}

fn picked_classes_are_exact<T: Scalar>(tolerance: f64) {
    let json = json("softmax_family.json");
    for case in json["cases"].as_array().unwrap().iter().filter(|case| case["f"] == "log_softmax") {
        let at: Array1<T> = vector(&case["at"]).mapv(|x| T::from(x).unwrap());
        let tape = Tape::<T>::new();
        let x = tape.variable("x", &at);
        let (slope, hessian) = (vector(&case["gradient"]), matrix(&case["hessian"]));
        let hessian = hessian.as_slice().unwrap();
        for (name, y) in picked(x, case["element"].as_u64().unwrap() as usize) {
            for (way, found) in both(&tape, &[y.grad(x), y.hessian(x)]) {
                let what = format!("{name} of class {} at {at:?} by {way:?}", case["element"]);
                let magnitudes = slope.mapv(f64::abs);
                assert_each(&found[0], slope.as_slice().unwrap(), magnitudes.as_slice().unwrap(), tolerance, &what);
                let magnitudes: Vec<f64> = hessian.iter().map(|x| x.abs()).collect();
                assert_each(&found[1], hessian, &magnitudes, tolerance, &format!("Hessian of {what}"));
            }
        }
    }
}

#[test]
fn a_class_picked_in_any_way_keeps_its_digits_f64() {
    picked_classes_are_exact::<f64>(16.0 * f64::EPSILON);
}

#[test]
fn a_class_picked_in_any_way_keeps_its_digits_f32() {
    picked_classes_are_exact::<f32>(16.0 * f64::from(f32::EPSILON));
}

#[test]
fn the_family_is_exact_to_second_order_f64() {
    family_is_exact::<f64>(16.0 * f64::EPSILON);
}

#[test]
fn the_family_is_exact_to_second_order_f32() {
    family_is_exact::<f32>(16.0 * f64::from(f32::EPSILON));
}
