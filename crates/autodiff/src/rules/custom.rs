//! The derivative of a user's own operation, and elementwise ones in a line.

use crate::rules::{Adjoints, Rule};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::{CustomOp, Var};
use ndarray::{ArrayD, ArrayViewD};
use std::fmt::Debug;

impl<'t, T: Scalar> Var<'t, T> {
    /// An elementwise operation of one's own, in a line: its name, its value, and its derivative, recorded from the operand x
    /// and the result y with ordinary operations, hence differentiable again.
    ///
    /// ```
    /// use autodiff::Tape;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", 1.0);
    /// let y = x.elementwise("softsign", |x| x / (1.0 + x.abs()), |x, _| (x.abs() + 1.0).powi(-2));
    /// assert_eq!((y.item()?, y.grad(x).item()?, y.grad(x).grad(x).item()?), (0.5, 0.25, -0.25));
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn elementwise(
        self,
        name: &'static str,
        value: impl Fn(T) -> T + Send + Sync + 'static,
        derivative: impl for<'v> Fn(Var<'v, T>, Var<'v, T>) -> Var<'v, T> + Send + Sync + 'static,
    ) -> Self {
        self.tape().custom(Elementwise { name, value, derivative }, &[self])
    }
}

/// What [`Var::elementwise`] is given.
struct Elementwise<V, D> {
    name: &'static str,
    value: V,
    derivative: D,
}

impl<V, D> Debug for Elementwise<V, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Elementwise").field(&self.name).finish()
    }
}

impl<T, V, D> CustomOp<T> for Elementwise<V, D>
where
    T: Scalar,
    V: Fn(T) -> T + Send + Sync + 'static,
    D: for<'v> Fn(Var<'v, T>, Var<'v, T>) -> Var<'v, T> + Send + Sync + 'static,
{
    fn name(&self) -> &str {
        self.name
    }

    fn shape(&self, operands: &[Shape]) -> Result<Shape, String> {
        operands.first().cloned().ok_or_else(|| "it takes an operand".into())
    }

    fn value(&self, operands: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, String> {
        operands.first().map(|x| x.mapv(&self.value)).ok_or_else(|| "it takes an operand".into())
    }

    fn vjp<'t>(&self, operands: &[Var<'t, T>], output: Var<'t, T>, adjoint: Var<'t, T>) -> Vec<Option<Var<'t, T>>> {
        let adjoint_by = |&x: &Var<'t, T>| {
            let derivative = (self.derivative)(x, output);
            // Of another tape it is given back as it is, and refused as any operation's.
            Some(if output.tape().owns(derivative) { adjoint.strong_mul(derivative) } else { derivative })
        };
        operands.iter().map(adjoint_by).collect()
    }
}

pub(crate) fn vjp<'t, T: Scalar>(index: u32, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let tape = rule.output.tape();
    let (name, operation) = tape.custom_at(index);
    let Some(operation) = operation else { return Adjoints::new() };
    let adjoints = operation.vjp_of(&rule.args, rule.output, rule.adjoint, &rule.wanted);
    let fail = |reason: String| tape.fail(&name, &rule.args, reason);
    if adjoints.len() != rule.args.len() {
        let reason = format!("its vjp gave {} adjoints for {} operands", adjoints.len(), rule.args.len());
        let failed = fail(reason);
        return rule.each(|_| Some(failed));
    }
    rule.each(|index| {
        let (given, operand) = (adjoints[index]?, rule.args[index]);
        if let Some(failed) = tape.refused(&name, &[given]) {
            return Some(failed);
        }
        if given.shape_id() == operand.shape_id() {
            return Some(given);
        }
        let (found, expected) = (given.shape(), operand.shape());
        Some(fail(format!(
            "its vjp gave operand {index} an adjoint of shape {found}, not {expected}; sum what it broadcast"
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::test_support::{check, check_rows, random};
    use crate::{Error, Tape};
    use ndarray::{Axis, arr1};

    /// `Σₖ xₖ·wₖ` of each row x and a fixed w: a product of one's own.
    #[derive(Debug, Clone, Copy, Default)]
    struct RowDot {
        adjoints: Option<usize>,
        transposed: bool,
        narrow: bool,
    }

    impl CustomOp<f64> for RowDot {
        fn name(&self) -> &str {
            "row_dot"
        }

        fn shape(&self, operands: &[Shape]) -> Result<Shape, String> {
            let [x, w] = operands else { return Err("it takes rows and a vector".into()) };
            match (x.ndim(), x.has_rows()) {
                (2, true) if x.trailing() == w.trailing() => Ok(Shape::rows(&[])),
                (2, false) if x.trailing()[1..] == *w.trailing() => Ok(Shape::fixed(&x.trailing()[..1])),
                _ => Err("the rows must be as long as the vector".into()),
            }
        }

        fn value(&self, operands: &[ArrayViewD<'_, f64>]) -> Result<ArrayD<f64>, String> {
            if operands[0].iter().any(|&x| x > 10.0) {
                return Err("an element is above 10".into());
            }
            let products = &operands[0] * &operands[1];
            Ok(if self.narrow { products } else { products.sum_axis(Axis(1)) })
        }

        fn vjp<'t>(
            &self,
            operands: &[Var<'t, f64>],
            _: Var<'t, f64>,
            adjoint: Var<'t, f64>,
        ) -> Vec<Option<Var<'t, f64>>> {
            let (x, w) = (operands[0], operands[1]);
            let by_w = if self.transposed { x * adjoint.insert_axis(1) } else { x.t_dot(adjoint) };
            let mut adjoints = vec![Some(adjoint.outer(w)), Some(by_w)];
            adjoints.truncate(self.adjoints.unwrap_or(2));
            adjoints
        }
    }

    #[test]
    fn a_custom_operation_is_differentiated_again() {
        check(&[random(&[4, 3], 1), random(&[3], 2)], |x| x[0].tape().custom(RowDot::default(), x).exp());
    }

    #[test]
    fn a_custom_operation_streams_on_any_number_of_threads() {
        check_rows(&[random(&[2000, 3], 3), random(&[3], 4)], &[true, false], |x| {
            x[0].tape().custom(RowDot::default(), x).tanh()
        });
        check_rows(&[random(&[500, 2], 5)], &[true], |x| x[0].elementwise("cube", |x| x * x * x, |x, _| x * x * 3.0));
    }

    #[test]
    fn a_hessian_through_a_custom_operation_takes_one_pass() {
        let tape = Tape::new();
        let (x, w) = (tape.data("x", random(&[50, 3], 6)), tape.variable("w", random(&[3], 7)));
        let built_in = x.dot(w).softplus().sum().hessian(w);
        let custom = x.dot(w).elementwise("own", |z| z.exp().ln_1p(), |z, _| z.sigmoid()).sum().hessian(w);
        let program = tape.compile(&[built_in, custom]).unwrap();
        assert_eq!(program.passes(), 1);
        let results = program.run(&[]).unwrap();
        crate::rules::test_support::assert_close(&results[1], &results[0], 1e-14);
    }

    #[test]
    fn a_hessian_falls_back_where_a_custom_rule_uses_the_operation_itself() {
        let tape = Tape::new();
        let (x, w) = (tape.data("x", random(&[20, 2], 8)), tape.variable("w", random(&[2], 9)));
        let [own, built_in] = [tape.custom(RowDot::default(), &[x, w]), x.dot(w)].map(|z| (z * z * z).sum());
        let results = tape.compile(&[own.hessian(w), built_in.hessian(w)]).unwrap().run(&[]).unwrap();
        crate::rules::test_support::assert_close(&results[0], &results[1], 1e-14);
    }

    #[test]
    fn its_name_stands_in_printouts_and_errors() {
        let tape = Tape::new();
        let (x, w) = (tape.data("x", random(&[5, 2], 1)), tape.variable("w", random(&[2], 2)));
        let y = tape.custom(RowDot::default(), &[x, w]);
        assert_eq!(y.operation(), "row_dot");
        x.set_value(arr1(&[11.0, 0.0]).insert_axis(Axis(0))).unwrap();
        for error in [y.value().unwrap_err(), tape.compile(&[y]).unwrap().run(&[]).unwrap_err()] {
            assert!(matches!(&error, Error::Evaluation { operation, .. } if operation == "row_dot"), "{error}");
            assert!(error.to_string().contains("above 10"), "{error}");
        }
        let wrong = tape.custom(RowDot::default(), &[w, x]).value().unwrap_err();
        assert!(matches!(&wrong, Error::Recording { operation, .. } if operation == "row_dot"), "{wrong}");
    }

    #[test]
    fn rules_that_give_what_they_should_not_are_errors() {
        let outcomes = [
            (RowDot { adjoints: Some(1), ..RowDot::default() }, "1 adjoints for 2 operands"),
            (RowDot { transposed: true, ..RowDot::default() }, "not [2]"),
            (RowDot { narrow: true, ..RowDot::default() }, "its shape rule promised [5]"),
        ];
        for (operation, message) in outcomes {
            let tape = Tape::new();
            let (x, w) = (tape.data("x", random(&[5, 2], 1)), tape.variable("w", random(&[2], 2)));
            let y = tape.custom(operation, &[x, w]);
            let gradient = y.sum().grad(w);
            let error = y.value().and(gradient.value()).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
        }
    }
}
