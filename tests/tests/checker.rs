//! The checker of derivatives: right derivatives pass, wrong ones fail, kinks are told from both, noise from all.

use autodiff::check::{Check, Verdict};
use autodiff::{
    CustomOp, Error, Shape, Tape, Var, check_directions, check_given_gradient, check_gradient, check_hessian,
};
use ndarray::{Array, ArrayD, ArrayViewD, arr1, arr2};

/// The identity with a derivative that is wrong by a factor.
#[derive(Debug)]
struct Wrong(f64);

impl CustomOp<f64> for Wrong {
    fn name(&self) -> &str {
        "wrong"
    }
    fn shape(&self, operands: &[Shape]) -> Result<Shape, String> {
        Ok(operands[0].clone())
    }
    fn value(&self, operands: &[ArrayViewD<'_, f64>]) -> Result<ArrayD<f64>, String> {
        Ok(operands[0].to_owned())
    }
    fn vjp<'t>(&self, _: &[Var<'t, f64>], _: Var<'t, f64>, adjoint: Var<'t, f64>) -> Vec<Option<Var<'t, f64>>> {
        vec![Some(adjoint * self.0)]
    }
}

/// The logistic loss of three rows, by two parameters.
fn logistic(tape: &Tape<f64>) -> (Var<'_, f64>, Var<'_, f64>) {
    let x = tape.data("X", arr2(&[[1.0, 0.5], [1.0, -2.0], [1.0, 3.0]]));
    let y = tape.data("y", arr1(&[1.0, 0.0, 0.0]));
    let theta = tape.variable("theta", arr1(&[0.3, -0.7]));
    (x.linear(theta).sigmoid().log_loss(y).sum(), theta)
}

#[test]
fn right_derivatives_pass() {
    let tape = Tape::new();
    let (loss, theta) = logistic(&tape);
    for report in [check_gradient(loss, &[theta]), check_hessian(loss, &[theta]), check_directions(loss, &[theta])] {
        let report = report.unwrap();
        assert_eq!(report.verdict(), Verdict::Pass, "{report}");
        assert!(report.max_relative_error() < 1e-9, "{report}");
    }
}

#[test]
fn a_derivative_that_is_wrong_by_a_thousandth_fails_and_is_named() {
    for factor in [1.001, 0.999, -1.0, 0.0, f64::NAN, f64::INFINITY] {
        let tape = Tape::new();
        let (a, b) = (tape.variable("a", arr1(&[0.4, 1.5])), tape.variable("b", 2.0));
        let loss = (tape.custom(Wrong(factor), &[a]).exp() * b.sin()).sum();
        let report = check_gradient(loss, &[a, b]).unwrap();
        let verdicts: Vec<Verdict> = report.components.iter().map(|component| component.verdict).collect();
        assert_eq!(verdicts, [Verdict::Fail, Verdict::Fail, Verdict::Pass], "{factor}: {report}");
        assert!(report.to_string().contains("wrong: a[0]; a[1]"), "{report}");
        assert!(!check_directions(loss, &[a, b]).unwrap().passed());
    }
}

#[test]
fn a_wrong_second_derivative_fails_though_the_first_is_right() {
    /// x², whose recorded derivative is right but hides from being differentiated.
    #[derive(Debug)]
    struct Square;
    impl CustomOp<f64> for Square {
        fn name(&self) -> &str {
            "square"
        }
        fn shape(&self, operands: &[Shape]) -> Result<Shape, String> {
            Ok(operands[0].clone())
        }
        fn value(&self, operands: &[ArrayViewD<'_, f64>]) -> Result<ArrayD<f64>, String> {
            Ok(operands[0].mapv(|x| x * x))
        }
        fn vjp<'t>(&self, x: &[Var<'t, f64>], _: Var<'t, f64>, adjoint: Var<'t, f64>) -> Vec<Option<Var<'t, f64>>> {
            vec![Some(adjoint * x[0].stop_gradient() * 2.0)]
        }
    }
    let tape = Tape::new();
    let (x, y) = (tape.variable("x", arr1(&[1.0, -2.0])), tape.variable("y", 3.0));
    let loss = (tape.custom(Square, &[x]) * y).sum();
    assert!(check_gradient(loss, &[x, y]).unwrap().passed());
    let report = check_hessian(loss, &[x, y]).unwrap();
    let failed: Vec<&str> =
        report.components.iter().filter(|c| c.verdict == Verdict::Fail).map(|c| c.name.as_str()).collect();
    assert_eq!(failed, ["x[0], x[0]", "x[1], x[1]"], "{report}");
}

#[test]
fn all_blocks_of_a_hessian_are_checked() {
    let tape = Tape::<f64>::new();
    let a = tape.variable("A", arr2(&[[1.0, 0.5], [-0.5, 2.0], [0.1, 0.2]]));
    let (b, c) = (tape.variable("b", arr1(&[0.7, -1.1])), tape.variable("c", 0.3));
    let loss = (a.dot(b).tanh() * c).exp().sum();
    let report = check_hessian(loss, &[a, b, c]).unwrap();
    assert_eq!(report.components.len(), 81);
    assert_eq!(report.verdict(), Verdict::Pass, "{report}");
}

#[test]
fn second_derivatives_by_single_numbers_are_right() {
    let tape = Tape::<f64>::new();
    let (x, w) = (tape.variable("x", 2.0), tape.variable("w", 1.0));
    assert_eq!(x.powi(3).hessian(x).item().unwrap(), 12.0);
    assert_eq!((x * x).jacobian(x).item().unwrap(), 4.0);
    let report = check_hessian((w - 1.0) * x.sigmoid() * x, &[x, w]).unwrap();
    assert_eq!(report.verdict(), Verdict::Pass, "{report}");
}

#[test]
fn data_on_the_rows_are_checked_element_by_element() {
    let tape = Tape::<f64>::new();
    let x = tape.data("X", arr2(&[[1.0, 0.5], [-0.5, 2.0], [0.1, 0.2]]));
    let loss = x.tanh().sum_rows().exp().sum();
    let report = check_gradient(loss, &[x]).unwrap();
    assert_eq!((report.verdict(), report.components.len()), (Verdict::Pass, 6), "{report}");
    assert_eq!(report.components[5].name, "X[2, 1]");
}

#[test]
fn a_given_gradient_is_checked_against_the_loss() {
    let tape = Tape::new();
    let (loss, theta) = logistic(&tape);
    let right = loss.grad(theta).value().unwrap();
    assert!(check_given_gradient(loss, theta, &right).unwrap().passed());
    let report = check_given_gradient(loss, theta, &(&right * -1.0)).unwrap();
    assert_eq!(report.verdict(), Verdict::Fail, "{report}");
    let error = check_given_gradient(loss, theta, arr1(&[1.0])).unwrap_err();
    assert!(error.to_string().contains("[1]") && error.to_string().contains("theta"), "{error}");
}

#[test]
fn kinks_are_kinks_and_a_derivative_outside_both_slopes_is_wrong() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", arr1(&[0.0, 1.0, 2.0, 2.0]));
    let weights = tape.constant(arr1(&[0.5, 0.0, 0.0, 0.0]));
    let functions: [(Var<'_, f64>, [Verdict; 4]); 3] = [
        ((x.abs() + x.exp()).sum(), [Verdict::Kink, Verdict::Pass, Verdict::Pass, Verdict::Pass]),
        ((x.relu() + weights * x).sum(), [Verdict::Kink, Verdict::Pass, Verdict::Pass, Verdict::Pass]),
        (x.max(), [Verdict::Pass, Verdict::Pass, Verdict::Kink, Verdict::Kink]),
    ];
    for (loss, expected) in functions {
        let report = check_gradient(loss, &[x]).unwrap();
        let verdicts: Vec<Verdict> = report.components.iter().map(|component| component.verdict).collect();
        assert_eq!(verdicts, expected, "{report}");
        assert!(report.passed());
        let wrong = loss.grad(x).value().unwrap() + 1.01;
        let report = check_given_gradient(loss, x, &wrong).unwrap();
        assert!(report.components.iter().all(|component| component.verdict == Verdict::Fail), "{report}");
    }
}

#[test]
fn beside_a_kink_the_true_slope_passes_and_one_between_the_slopes_fails() {
    let tape = Tape::<f64>::new();
    for (index, distance) in [1e-2, 1e-4, 1e-6].into_iter().enumerate() {
        let x = tape.variable(&format!("x{index}"), distance);
        let loss = x.relu() + 1.0;
        assert_eq!(check_given_gradient(loss, x, 1.0).unwrap().verdict(), Verdict::Pass);
        assert_eq!(check_given_gradient(loss, x, 0.5).unwrap().verdict(), Verdict::Fail);
        assert_eq!(check_given_gradient(loss, x, 0.0).unwrap().verdict(), Verdict::Fail);
    }
}

#[test]
fn a_jump_is_unclear_and_no_pass() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 0.0);
    let report = check_gradient(x.gt(0.0) * 1.0, &[x]).unwrap();
    assert_eq!(report.verdict(), Verdict::Unclear, "{report}");
    assert!(!report.passed());
}

/// Losses whose numbers cancel, wholly or to a slope that is given: what differences see of them is rounding beside it.
fn cancelling<'t>(a: Var<'t, f64>, x: Var<'t, f64>) -> Vec<(Var<'t, f64>, &'static str)> {
    let wave = a.sin().powi(2) + a.cos().powi(2);
    vec![
        (a.softplus() - (-a).softplus() - a, "softplus"),
        (a.tanh() - (2.0 * (2.0 * a).sigmoid() - 1.0), "tanh"),
        (wave - 1.0, "sine and cosine"),
        (a.powi(2) + 1.0 - (a - 1.0) * (a + 1.0), "squares"),
        (a.sigmoid() + (-a).sigmoid(), "sigmoid"),
        ((x * a).sum() - a * x.sum(), "sums"),
        ((x - a).powi(2).sum() - x.powi(2).sum() + 2.0 * a * x.sum() - a * a * x.powi(0).sum(), "binomial"),
        ((a.exp() * (-a).exp()).ln(), "exponentials"),
    ]
}

/// At what rounding makes of a constant, and at an exact fit, the right derivative passes, however it is scaled; one that is wrong by
/// more than rounding fails, however small the loss is.
#[test]
fn where_numbers_cancel_right_derivatives_pass_and_wrong_ones_fail() {
    for at in [-2.5, -0.7, 0.0, 0.3, 1.0, 4.1] {
        for factor in [1e-6, 1.0, 1e6, 1e12] {
            let tape = Tape::<f64>::new();
            let (a, x) = (tape.variable("a", at), tape.data("x", arr1(&[0.3, -1.7, 2.9])));
            for (loss, name) in cancelling(a, x) {
                let loss = loss * factor;
                let report = check_gradient(loss, &[a]).unwrap();
                assert_eq!(report.verdict(), Verdict::Pass, "{factor}·{name} at {at}: {report}");
                let curvature = check_hessian(loss, &[a]).unwrap().verdict();
                assert!(curvature.passed(), "{factor}·{name} at {at}: {curvature}");
                for wrong in [1e-9, -1e-9] {
                    let report = check_given_gradient(loss, a, wrong * factor).unwrap();
                    assert_eq!(report.verdict(), Verdict::Fail, "{factor}·{name} at {at}: {report}");
                }
            }
            // A true slope beside them, and one that is wrong by a thousandth.
            for (loss, name) in cancelling(a, x) {
                let loss = (loss + 1e-8 * a.exp()) * factor;
                let right = factor * 1e-8 * f64::exp(at);
                let found = check_given_gradient(loss, a, right).unwrap();
                assert!(found.passed(), "{factor}·{name} at {at}: {found}");
                assert!(!check_given_gradient(loss, a, 1.01 * right).unwrap().passed(), "{factor}·{name} at {at}");
            }
        }
    }
}

/// Numbers that are large on the way hide no wrong derivative of what a program computes without them.
#[test]
fn large_numbers_on_the_way_hide_no_wrong_derivative() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.variable("a", 34.0), tape.variable("b", 700.0));
    for (loss, by, right) in [
        ((1.0 - a.sigmoid()).ln(), a, -1.0),
        ((a.exp() + 1.0).ln(), a, 1.0),
        (b.exp().ln() * 1e-3, b, 1e-3),
        ((b - 699.0).exp().ln(), b, 1.0),
    ] {
        let report = check_gradient(loss, &[by]).unwrap();
        assert!(report.passed(), "{report}");
        for wrong in [1.0 + 1e-4, 1.0 - 1e-4] {
            let report = check_given_gradient(loss, by, right * wrong).unwrap();
            assert_eq!(report.verdict(), Verdict::Fail, "{report}");
        }
    }
}

#[test]
fn small_parameters_in_a_narrow_domain_and_large_ones_are_checked_at_their_own_scale() {
    let tape = Tape::<f64>::new();
    let (variance, large) = (tape.variable("variance", 1e-7), tape.variable("large", -3e9));
    let loss = variance.ln() + variance.recip() * 1e-7 * 2.0 + (large * 1e-9).sin();
    let report = check_gradient(loss, &[variance, large]).unwrap();
    assert_eq!(report.verdict(), Verdict::Pass, "{report}");
}

#[test]
fn single_precision_has_a_tolerance_of_its_own() {
    let tape = Tape::<f32>::new();
    let x = tape.variable("x", arr1(&[0.5f32, -1.5, 4.0]));
    let loss = (x.tanh() + x * x).sum();
    assert_eq!(check_gradient(loss, &[x]).unwrap().verdict(), Verdict::Pass);
    assert_eq!(check_hessian(loss, &[x]).unwrap().verdict(), Verdict::Pass);
    let wrong = loss.grad(x).value().unwrap() * 1.05;
    assert_eq!(check_given_gradient(loss, x, &wrong).unwrap().verdict(), Verdict::Fail);
}

#[test]
fn a_given_step_takes_plain_central_differences() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", 2.0);
    let report = Check::new().step(0.5).tolerance(0.02).gradient(x.powi(3), &[x]).unwrap();
    let component = &report.components[0];
    // ((2.5)³ − (1.5)³) / 1, exactly.
    assert_eq!((component.analytical, component.numerical), (12.0, 12.25));
    assert_eq!(component.relative_error, 0.25 / 24.25);
    assert!(report.passed());
    assert!(!Check::new().step(0.5).tolerance(0.01).gradient(x.powi(3), &[x]).unwrap().passed());
}

#[test]
fn the_values_at_hand_stay_as_they_are() {
    let tape = Tape::new();
    let (loss, theta) = logistic(&tape);
    let (before, value) = (theta.value().unwrap(), loss.value().unwrap());
    check_gradient(loss, &[theta]).unwrap();
    check_hessian(loss, &[theta]).unwrap();
    check_directions(loss, &[theta]).unwrap();
    assert_eq!(theta.value().unwrap(), before);
    assert_eq!(loss.value().unwrap(), value);
}

#[test]
fn random_directions_follow_the_seed() {
    let tape = Tape::new();
    let (loss, theta) = logistic(&tape);
    let numbers = |seed| -> Vec<f64> {
        let report = Check::new().seed(seed).number_of_directions(3).directions(loss, &[theta]).unwrap();
        report.components.iter().map(|component| component.analytical).collect()
    };
    assert_eq!(numbers(1), numbers(1));
    assert_ne!(numbers(1), numbers(2));
}

#[test]
fn many_parameters_are_checked_by_directions_and_shown_in_part() {
    let tape = Tape::<f64>::new();
    let x = tape.variable("x", Array::linspace(-2.0, 2.0, 500));
    let loss = (x.sin() * x).sum();
    let report = check_directions(loss, &[x]).unwrap();
    assert_eq!((report.verdict(), report.components.len()), (Verdict::Pass, 10));
    let report = check_gradient(loss, &[x]).unwrap();
    assert!(report.passed(), "{report}");
    assert!(report.to_string().lines().count() < 30);
    assert_eq!(format!("{report:#}").lines().count(), 502);
}

#[test]
fn what_can_not_be_checked_says_why() {
    let tape = Tape::<f64>::new();
    let (x, unbound) = (tape.variable("x", 1.0), tape.input("w", &[]));
    let loss = x * 2.0;
    let message = |error: Error| error.to_string();
    assert!(message(check_gradient(loss, &[loss]).unwrap_err()).contains("mul"));
    assert!(message(check_gradient(loss, &[unbound]).unwrap_err()).contains("`w`"));
    assert!(message(check_gradient((x - 1.0).ln(), &[x]).unwrap_err()).contains("-inf"));
    assert!(message(Check::new().step(0.0).gradient(loss, &[x]).unwrap_err()).contains("step"));
    assert_eq!(check_gradient(loss, &[]).unwrap().verdict(), Verdict::Unclear);
    let pair = tape.variable("pair", arr1(&[1.0, 2.0]));
    assert!(message(check_gradient(pair, &[pair]).unwrap_err()).contains("not one number"));
}
