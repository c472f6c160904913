//! Solutions of equations as nodes, differentiated by the implicit function theorem.
//!
//! Where `F(x, w) = 0` and `∂F/∂x` is regular, x is a function of w with `∂x/∂w = −(∂F/∂x)⁻¹ ∂F/∂w`. So the adjoint of w is `−(∂F/∂w)ᵀλ` with
//! `(∂F/∂x)ᵀ λ = x̄`: however many steps led to x, and whatever their kind, they have no part in it. It is recorded with ordinary operations
//! at the solution, which is the node itself: so it is differentiated again, to any order (Griewank, Walther, *Evaluating Derivatives*,
//! 2008, chapter 15).

use super::body::{Body, draft_input};
use super::solver::{Outcome, Solver};
use crate::error::{Error, Result};
use crate::identity::Identity;
use crate::program::bind;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tape::{CustomOp, Tape, Var};
use ndarray::{ArrayD, ArrayViewD};
use std::fmt;
use std::panic::Location;

/// How an equation is solved: [`Tape::root`], [`Tape::fixed_point`].
///
/// ```
/// use autodiff::{Iteration, Tape};
/// let tape = Tape::<f64>::new();
/// let a = tape.variable("a", 2.0);
/// let slow = Iteration { most: 3, ..Iteration::default() };
/// let error = tape.fixed_point(a, &slow, |x| (x + a / x) * 0.5).value().unwrap_err();
/// assert!(error.to_string().contains("3 steps"), "{error}");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Iteration {
    /// The step at which the iteration ends, relative to the largest element met; in units of the scalar's rounding error: 8. Steps that rounding
    /// keeps from getting that small end it below the square root of that error.
    pub tolerance: f64,
    /// The most steps: 10 000 for a fixed point, 100 of Newton's method for a root, where 0 stands here.
    pub most: usize,
}

impl Default for Iteration {
    fn default() -> Self {
        Iteration { tolerance: 8.0, most: 0 }
    }
}

#[doc = include_str!("../../formulas/font.html")]
impl<T: Scalar> Tape<T> {
    /// The x with `f(x) = 0` that Newton's method finds from `start` on (with steps halved while the residual grows), as a node: f is recorded
    /// once, and may use any other node without rows. Results and arguments are as many.
    ///
    /// The derivative is that of the solution, by the implicit function theorem, to any order: not that of the steps. By `start` it is 0. It
    /// takes the Jacobian of f as a dense matrix.
    ///
    #[doc = include_str!("../../formulas/root.html")]
    ///
    /// ```
    /// use autodiff::{Iteration, Tape};
    /// // The minimum of a loss as a function of its penalty: ridge regression with one coefficient.
    /// let tape = Tape::<f64>::new();
    /// let (x, y) = (tape.constant(&[1.0, 2.0, 3.0]), tape.constant(&[1.0, 3.0, 2.0]));
    /// let penalty = tape.variable("penalty", 0.5);
    /// let start = tape.number(0.0);
    /// let best = tape.root(start, &Iteration::default(), |b| {
    ///     let loss = 0.5 * (y - b * x).powi(2).sum() + 0.5 * penalty * b * b;
    ///     loss.grad(b)
    /// });
    /// // b = xᵀy/(xᵀx + λ)
    /// assert!((best.item()? - 13.0 / 14.5).abs() < 1e-14);
    /// assert!((best.grad(penalty).item()? + 13.0 / 14.5f64.powi(2)).abs() < 1e-14);
    /// assert!((best.grad(penalty).grad(penalty).item()? - 26.0 / 14.5f64.powi(3)).abs() < 1e-14);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it is evaluated: no convergence, a singular Jacobian, a residual that isn't finite.
    #[track_caller]
    pub fn root<'t>(
        &'t self,
        start: Var<'t, T>,
        iteration: &Iteration,
        f: impl FnOnce(Var<'t, T>) -> Var<'t, T>,
    ) -> Var<'t, T> {
        self.implicit("root", Method::Newton, start, iteration, f)
    }

    /// The x with `x = g(x)` that the iteration `x ← g(x)` finds from `start` on, as a node: g is recorded once, and may use any other node without
    /// rows. It converges where g is a contraction; otherwise take [`root`](Self::root) of `x − g(x)`. Differentiated as a root is.
    ///
    #[doc = include_str!("../../formulas/fixed_point.html")]
    ///
    /// ```
    /// use autodiff::{Iteration, Tape};
    /// // Kepler's equation: the eccentric anomaly E with E = M + e·sin E.
    /// let tape = Tape::<f64>::new();
    /// let (mean, e) = (tape.variable("M", 1.0), tape.variable("e", 0.3));
    /// let anomaly = tape.fixed_point(mean, &Iteration::default(), |x| mean + e * x.sin());
    /// let x = anomaly.item()?;
    /// assert!((x - 0.3 * x.sin() - 1.0).abs() < 1e-15);
    /// assert!((anomaly.grad(e).item()? - x.sin() / (1.0 - 0.3 * x.cos())).abs() < 1e-14);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it is evaluated: no convergence, elements that aren't finite. Its derivative: as that of [`root`](Self::root).
    #[track_caller]
    pub fn fixed_point<'t>(
        &'t self,
        start: Var<'t, T>,
        iteration: &Iteration,
        g: impl FnOnce(Var<'t, T>) -> Var<'t, T>,
    ) -> Var<'t, T> {
        self.implicit("fixed_point", Method::Repetition, start, iteration, g)
    }

    #[track_caller]
    fn implicit<'t>(
        &'t self,
        name: &'static str,
        method: Method,
        start: Var<'t, T>,
        iteration: &Iteration,
        function: impl FnOnce(Var<'t, T>) -> Var<'t, T>,
    ) -> Var<'t, T> {
        match self.try_implicit(name, method, start, iteration, function) {
            Ok((equation, operands)) => self.custom(equation, &operands),
            Err(error) => self.keep_error(error),
        }
    }

    #[track_caller]
    fn try_implicit<'t>(
        &'t self,
        name: &'static str,
        method: Method,
        start: Var<'t, T>,
        iteration: &Iteration,
        function: impl FnOnce(Var<'t, T>) -> Var<'t, T>,
    ) -> Result<(Equation<T>, Vec<Var<'t, T>>)> {
        let source_line = self.source(Location::caller());
        self.check()?;
        self.check_owns(name, &[start], source_line)?;
        if start.shape().has_rows() {
            let reason = "an equation is solved for what has no rows; bind the data as a fixed input".into();
            return Err(Error::NotStreamable { operation: name.into(), reason, source_line });
        }
        let dims = start.shape();
        let x = self.input(&format!("argument of the {name} number {}", Identity::new()), dims.trailing());
        let result = function(x);
        self.check()?;
        self.check_owns(name, &[result], source_line)?;
        let fits = match method {
            Method::Newton => !result.shape().has_rows() && result.len() == x.len(),
            Method::Repetition => result.shape() == dims,
        };
        if !fits {
            let reason = "the function must give as much as it takes, an equation for each unknown".into();
            let operands = vec![dims, result.shape()];
            return Err(Error::Recording { operation: name.into(), operands, reason, source_line });
        }
        let residual = if method == Method::Newton { result } else { x - result };
        let outputs = match method {
            Method::Newton => vec![residual, result.jacobian(x)],
            Method::Repetition => vec![result],
        };
        let (solved, mut operands) = Body::cut(self, &[x], &outputs)?;
        let (residual, of_residual) = Body::cut(self, &[x], &[residual])?;
        let (solved_operands, residual_operands) = (operands.len(), of_residual.len());
        operands.insert(0, start);
        operands.extend(of_residual);
        let most = match (iteration.most, method) {
            (0, Method::Newton) => 100,
            (0, Method::Repetition) => 10_000,
            (most, _) => most,
        };
        let tolerance = iteration.tolerance;
        Ok((Equation { name, method, solved, residual, solved_operands, residual_operands, tolerance, most }, operands))
    }
}

/// How the solution is found.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Method {
    Newton,
    Repetition,
}

/// An equation to be solved. Its operands are where to start, what `solved` takes from outside, and what `residual` does.
struct Equation<T: Scalar> {
    name: &'static str,
    method: Method,
    /// Of x and what it takes from outside: the residual and its Jacobian, or the next x.
    solved: Body<T>,
    /// The residual: what is 0 at the solution.
    residual: Body<T>,
    solved_operands: usize,
    residual_operands: usize,
    tolerance: f64,
    most: usize,
}

impl<T: Scalar> fmt::Debug for Equation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Equation").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<T: Scalar> CustomOp<T> for Equation<T> {
    fn name(&self) -> &str {
        self.name
    }

    fn shape(&self, operands: &[Shape]) -> Outcome<Shape> {
        match operands.iter().any(Shape::has_rows) {
            true => Err("an equation takes what has no rows; bind the data as a fixed input".into()),
            false => operands.first().cloned().ok_or_else(|| "there is nothing to start from".into()),
        }
    }

    fn value(&self, operands: &[ArrayViewD<'_, T>]) -> Outcome<ArrayD<T>> {
        let Some((start, others)) = operands.split_first() else { return Err("there is nothing to start from".into()) };
        let program = self.solved.program().map_err(|error| error.to_string())?;
        let others = others.get(..self.solved_operands).unwrap_or_default();
        let run = |x: &ArrayD<T>| -> Outcome<Vec<ArrayD<T>>> {
            let views = std::iter::once(x.view()).chain(others.iter().map(|other| other.view()));
            let bindings: Vec<_> = views.enumerate().map(|(at, view)| bind(self.solved.name(at), view)).collect();
            Ok(program.run(&bindings).map_err(|error| error.to_string())?.into_vec())
        };
        let solver = Solver { tolerance: self.tolerance, most: self.most, run };
        match self.method {
            Method::Newton => solver.newton(start.to_owned()),
            Method::Repetition => solver.repeated(start.to_owned()),
        }
    }

    fn vjp<'t>(&self, operands: &[Var<'t, T>], output: Var<'t, T>, adjoint: Var<'t, T>) -> Vec<Option<Var<'t, T>>> {
        self.vjp_of(operands, output, adjoint, &vec![true; operands.len()])
    }

    fn vjp_of<'t>(
        &self,
        operands: &[Var<'t, T>],
        output: Var<'t, T>,
        adjoint: Var<'t, T>,
        wanted: &[bool],
    ) -> Vec<Option<Var<'t, T>>> {
        self.adjoints(operands, output, adjoint, wanted).unwrap_or_else(|error| {
            let failed = output.tape().keep_error(error);
            vec![Some(failed); operands.len()]
        })
    }
}

impl<T: Scalar> Equation<T> {
    fn adjoints<'t>(
        &self,
        operands: &[Var<'t, T>],
        output: Var<'t, T>,
        adjoint: Var<'t, T>,
        wanted: &[bool],
    ) -> Result<Vec<Option<Var<'t, T>>>> {
        let draft = self.residual.tape();
        let (inputs, residual) = (self.residual.inputs_on(&draft), self.residual.outputs_on(&draft));
        let (&[residual], Some((&x, others))) = (residual.as_slice(), inputs.split_first()) else {
            return Err(Error::Check { reason: format!("{} has no residual", self.name) });
        };
        let given = draft_input(&draft, adjoint.shape().trailing());
        let len = x.len();
        let jacobian = residual.jacobian(x).reshape(&[len, len]);
        let weights = jacobian.t().solve(given.reshape(&[len, 1])).reshape_as(residual);
        let first = 1 + self.solved_operands;
        let asked = |at: usize| wanted.get(first + at) == Some(&true);
        let by: Vec<_> = others.iter().enumerate().filter(|&(at, _)| asked(at)).map(|(_, &other)| other).collect();
        let found: Vec<_> = residual.vjp(&by, -weights);
        draft.check()?;
        let tape = output.tape();
        let mut replaced = vec![(x, output), (given, adjoint)];
        replaced.extend(others.iter().copied().zip(operands[first..].iter().copied()));
        let mut found = tape.substitute(&found, &replaced).into_iter();
        let mut adjoints = vec![None; first];
        adjoints.extend((0..self.residual_operands).map(|at| if asked(at) { found.next() } else { None }));
        Ok(adjoints)
    }
}
