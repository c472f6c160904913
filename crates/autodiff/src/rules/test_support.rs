//! What the tests of the operations on arrays share: an operation is a closure that records it.

use crate::check::{check_gradient, check_hessian};
use crate::{Result, Tape, Var};
use ndarray::ArrayD;

/// `n` numbers in (−1, 1), the same ones for the same seed.
pub(crate) fn random(shape: &[usize], seed: u64) -> ArrayD<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03;
    ArrayD::from_shape_fn(shape, |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    })
}

/// A fixed combination of the elements of `y`, so that no two of them have the same adjoint.
fn weighed<'t>(y: Var<'t, f64>) -> Var<'t, f64> {
    let shape = y.shape();
    let weights = random(shape.trailing(), 77);
    (y * y.tape().constant(weights)).sum()
}

/// The operation's gradient and Hessian agree with extrapolated differences, its program with the interpreter.
#[track_caller]
pub(crate) fn check<F>(operands: &[ArrayD<f64>], record: F)
where
    F: for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
{
    let tape = Tape::new();
    let inputs: Vec<_> = operands.iter().enumerate().map(|(i, x)| tape.variable(&format!("x{i}"), x)).collect();
    let value = record(&inputs);
    let loss = weighed(value);
    assert_eq!(tape.check(), Ok(()));
    let gradient = check_gradient(loss, &inputs).unwrap();
    assert!(gradient.passed(), "{gradient}");
    let hessian = check_hessian(loss, &inputs).unwrap();
    assert!(hessian.passed(), "{hessian}");
    let mut outputs = vec![value];
    outputs.extend(loss.grads(&inputs));
    outputs.extend(inputs.iter().map(|&x| loss.hessian(x)));
    assert_programs_agree(&tape, &outputs);
}

/// On the rows, the leading axis of the operands in `on_rows`, the operation has the values and gradients that it has of the
/// same arrays as fixed inputs, for any number of rows and threads.
#[track_caller]
pub(crate) fn check_rows<F>(operands: &[ArrayD<f64>], on_rows: &[bool], record: F)
where
    F: for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
{
    let evaluated = |streamed: bool| -> Result<Vec<ArrayD<f64>>> {
        let tape = Tape::new();
        let leaf = |(i, x): (usize, &ArrayD<f64>)| {
            let name = format!("x{i}");
            if streamed && on_rows[i] { tape.data(&name, x) } else { tape.variable(&name, x) }
        };
        let inputs: Vec<_> = operands.iter().enumerate().map(leaf).collect();
        let value = record(&inputs);
        // Squares, so that the adjoint differs from element to element without an array as long as the rows.
        let loss = (value * value + value).sum();
        let mut outputs = vec![value];
        outputs.extend(loss.grads(&inputs));
        if streamed {
            let one = tape.compile(&outputs)?.with_threads(1).run(&[])?;
            let two = tape.compile(&outputs)?.with_threads(2).run(&[])?;
            assert_eq!(one, two, "threads change bits");
        }
        Ok(tape.compile(&outputs)?.run(&[])?.into_vec())
    };
    let (streamed, fixed) = (evaluated(true).unwrap(), evaluated(false).unwrap());
    for (streamed, fixed) in streamed.iter().zip(&fixed) {
        assert_close(streamed, fixed, 1e-12);
    }
}

/// Programs and the interpreter give the same values.
#[track_caller]
pub(crate) fn assert_programs_agree(tape: &Tape<f64>, outputs: &[Var<'_, f64>]) {
    let results = tape.compile(outputs).unwrap().run(&[]).unwrap();
    for (result, output) in results.iter().zip(outputs) {
        assert_close(result, &output.value().unwrap(), 1e-12);
    }
}

/// The arrays agree, relative to the largest element.
#[track_caller]
pub(crate) fn assert_close(found: &ArrayD<f64>, expected: &ArrayD<f64>, tolerance: f64) {
    assert_eq!(found.shape(), expected.shape());
    let largest = expected.iter().filter(|x| x.is_finite()).fold(1e-300, |a: f64, x| a.max(x.abs()));
    for (a, b) in found.iter().zip(expected) {
        let same = a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= tolerance * largest;
        assert!(same, "{found} is not {expected}");
    }
}

/// The value, the gradient of its sum, and the gradient of that one's sum, by an input with the elements `x`.
pub(crate) fn orders<F>(x: &[f64], record: F) -> [ArrayD<f64>; 3]
where
    F: for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>,
{
    let tape = Tape::new();
    let x = tape.variable("x", ndarray::Array1::from(x.to_vec()));
    let y = record(x);
    let first = y.sum().grad(x);
    let outputs = [y, first, first.sum().grad(x)];
    assert_programs_agree(&tape, &outputs);
    outputs.map(|output| output.value().unwrap())
}
