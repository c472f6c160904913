//! Triangles, and solving with a triangular matrix.

use crate::ops::linalg::Linalg;
use crate::rules::{Adjoints, Rule};
use crate::scalar::{Scalar, real};
use crate::tape::Var;

impl<'t, T: Scalar> Var<'t, T> {
    /// The matrices in the last two axes with zeros above the diagonal. vjp: the same of the adjoint.
    #[track_caller]
    pub fn lower_triangle(self) -> Self {
        self.masked("lower_triangle", |row, column| if row >= column { 1.0 } else { 0.0 })
    }

    /// The matrices in the last two axes with zeros below the diagonal. vjp: the same of the adjoint.
    #[track_caller]
    pub fn upper_triangle(self) -> Self {
        self.masked("upper_triangle", |row, column| if row <= column { 1.0 } else { 0.0 })
    }

    /// `L⁻¹b` of `self`, a lower triangular L (what stands above its diagonal isn't read). b is a vector or a matrix, for
    /// each of L's batch (the axes before the last two); of a fixed L it may be a vector a row.
    ///
    /// vjp: `b̄ = L⁻ᵀx̄`, `L̄ = −b̄xᵀ` on and below the diagonal. A 0 on the diagonal is an error of evaluation that names it.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{arr1, arr2};
    /// let tape = Tape::<f64>::new();
    /// let l = tape.variable("L", arr2(&[[2.0, 0.0], [1.0, 4.0]]));
    /// let b = tape.variable("b", arr1(&[2.0, 9.0]));
    /// assert_eq!(l.solve_lower(b).value()?, arr1(&[1.0, 2.0]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn solve_lower(self, b: Var<'t, T>) -> Self {
        self.solve_by(Linalg::SolveTriangular { lower: true, transposed: false }, b)
    }

    /// `L⁻ᵀb` of a lower triangular L, as [`solve_lower`](Self::solve_lower).
    #[track_caller]
    pub fn solve_lower_t(self, b: Var<'t, T>) -> Self {
        self.solve_by(Linalg::SolveTriangular { lower: true, transposed: true }, b)
    }

    /// `U⁻¹b` of `self`, an upper triangular U, as [`solve_lower`](Self::solve_lower).
    #[track_caller]
    pub fn solve_upper(self, b: Var<'t, T>) -> Self {
        self.solve_by(Linalg::SolveTriangular { lower: false, transposed: false }, b)
    }

    /// `U⁻ᵀb` of an upper triangular U, as [`solve_lower`](Self::solve_lower).
    #[track_caller]
    pub fn solve_upper_t(self, b: Var<'t, T>) -> Self {
        self.solve_by(Linalg::SolveTriangular { lower: false, transposed: true }, b)
    }

    /// The matrices in the last two axes, elementwise times a mask; where that is 0 the result is, whatever stands there.
    #[track_caller]
    pub(super) fn masked(self, name: &str, mask: impl Fn(usize, usize) -> f64) -> Self {
        if self.is_failed() {
            return self;
        }
        let Some(&[n, m]) = self.shape().trailing().last_chunk::<2>() else {
            return self.tape().fail(name, &[self], "the operand must have the two axes of a matrix".into());
        };
        let mask = self.tape().constant_of(name, &[n, m], |elements| {
            for (at, element) in elements.iter_mut().enumerate() {
                *element = real(mask(at / m, at % m));
            }
        });
        self.strong_mul(mask)
    }
}

pub(super) fn vjp<'t, T: Scalar>(lower: bool, transposed: bool, rule: &Rule<'t, T>) -> Adjoints<'t, T> {
    let (a, x) = (rule.args[0], rule.output);
    let b_bar = a.linalg(Linalg::SolveTriangular { lower, transposed: !transposed }, rule.adjoint);
    rule.each(|index| {
        if index == 1 {
            return Some(b_bar);
        }
        let outer = Linalg::Product { ta: false, tb: true, strong: true };
        let a_bar = -if transposed { x.linalg(outer, b_bar) } else { b_bar.linalg(outer, x) };
        Some(if lower { a_bar.lower_triangle() } else { a_bar.upper_triangle() })
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::test_support::{assert_close, check, check_rows, random};
    use crate::{Error, Tape, Var};
    use ndarray::{ArrayD, arr1, arr2};

    fn matrix(shape: &[usize], seed: u64) -> ArrayD<f64> {
        let mut a = random(shape, seed);
        let n = shape[shape.len() - 1];
        a.iter_mut().enumerate().filter(|(at, _)| at / n % n == at % n).for_each(|(_, x)| *x += 2.0);
        a
    }

    type Solve = for<'t> fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;
    const SOLVES: [Solve; 4] =
        [|a, b| a.solve_lower(b), |a, b| a.solve_lower_t(b), |a, b| a.solve_upper(b), |a, b| a.solve_upper_t(b)];

    #[test]
    fn triangular_solves_have_their_derivatives_to_second_order() {
        for solve in SOLVES {
            check(&[matrix(&[3, 3], 1), random(&[3], 2)], |x| solve(x[0], x[1]));
            check(&[matrix(&[2, 2, 2], 3), random(&[2, 2, 2], 4)], |x| solve(x[0], x[1]));
            check(&[matrix(&[1, 1], 5), random(&[1, 2], 6)], |x| solve(x[0], x[1]));
        }
    }

    #[test]
    fn a_solution_solves_the_equation_of_the_triangle_alone() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.constant(matrix(&[3, 3], 7)), tape.constant(random(&[3, 2], 8)));
        let (lower, upper) = (a.lower_triangle(), a.upper_triangle());
        let sides = [
            lower.dot(a.solve_lower(b)),
            lower.t().dot(a.solve_lower_t(b)),
            upper.dot(a.solve_upper(b)),
            upper.t().dot(a.solve_upper_t(b)),
        ];
        for side in sides {
            assert_close(&side.value().unwrap(), &b.value().unwrap(), 1e-15);
        }
    }

    #[test]
    fn rows_of_matrices_and_rows_of_right_hand_sides_stream() {
        for solve in SOLVES {
            let operands = [matrix(&[50, 2, 2], 9), random(&[50, 2], 10)];
            check_rows(&operands, &[true, true], |x| solve(x[0], x[1]));
        }
        let tape = Tape::<f64>::new();
        let (l, b) = (tape.variable("L", matrix(&[3, 3], 11)), tape.data("b", random(&[40, 3], 12)));
        let y = l.solve_lower(b);
        let fixed = l.solve_lower(tape.constant(random(&[40, 3], 12)).t()).t();
        assert_close(&tape.compile(&[y]).unwrap().run(&[]).unwrap()[0], &fixed.value().unwrap(), 1e-14);
        let [by_rows, by_fixed] = [y, fixed].map(|y| (y * y).sum().grad(l));
        assert_close(&by_rows.value().unwrap(), &by_fixed.value().unwrap(), 1e-13);
    }

    #[test]
    fn a_zero_on_the_diagonal_is_an_error_that_names_it() {
        let tape = Tape::<f64>::new();
        let l = tape.variable("L", arr2(&[[1.0, 0.0], [1.0, 0.0]]));
        let x = l.solve_lower(tape.constant(arr1(&[1.0, 1.0])));
        let errors = [x.value().unwrap_err(), tape.compile(&[x]).unwrap().run(&[]).unwrap_err()];
        for error in errors {
            assert!(matches!(error, Error::Singular { pivot: 1, matrix: 0, .. }), "{error}");
        }
    }
}
