//! What a sum over the rows is the sum of: a loss split into its rows.

use crate::graph::NodeId;
use crate::ops::{Binary, Op, Reduce, Unary};
use crate::scalar::Scalar;
use crate::tape::Var;

/// A node as a sum over the rows: see [`Var::by_row`].
///
/// ```
/// use autodiff::Tape;
/// let tape = Tape::<f64>::new();
/// let (y, mu) = (tape.data("y", &[1.0, 4.0]), tape.variable("mu", 2.0));
/// let by_row = ((y - mu).powi(2).sum() + mu * mu).by_row().expect("a sum over the rows");
/// assert_eq!(by_row.terms.value()?, ndarray::arr1(&[1.0, 4.0]).into_dyn());
/// assert_eq!(by_row.rest.expect("the penalty").item()?, 4.0);
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ByRow<'t, T: Scalar> {
    /// The terms, one number a row.
    pub terms: Var<'t, T>,
    /// What is added to their sum and has no rows: a penalty, say.
    pub rest: Option<Var<'t, T>>,
}

/// A node still to be split; what all its elements are multiplied by before they are added up.
type Part<'t, T> = (Var<'t, T>, Option<Var<'t, T>>);

impl<'t, T: Scalar> Var<'t, T> {
    /// This number as a sum of terms, one a row; `None` where it isn't written as one. Scores of single observations are the
    /// derivatives of the terms.
    ///
    /// Sums, means and dot products over the rows are sums of terms; so are their multiples, quotients, sums and differences
    /// with each other and with what has no rows.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::arr2;
    /// let tape = Tape::<f64>::new();
    /// let (x, y) = (tape.data("X", &[[1.0, 0.0], [1.0, 2.0]]), tape.data("y", &[1.0, 2.0]));
    /// let theta = tape.variable("theta", &[0.0, 0.0]);
    /// let loss = 0.5 * (y - x.linear(theta)).powi(2).sum() + (theta * theta).sum();
    /// let scores = loss.by_row().unwrap().terms.jacobian(theta);
    /// assert_eq!(scores.value()?, arr2(&[[-1.0, 0.0], [-2.0, -4.0]]).into_dyn());
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn by_row(self) -> Option<ByRow<'t, T>> {
        if self.is_failed() || !self.shape().is_scalar() {
            return None;
        }
        let on_rows = self.depending_on_rows();
        let (mut terms, mut rest) = (None, None);
        let mut parts: Vec<Part<'t, T>> = vec![(self, None)];
        while let Some((node, factor)) = parts.pop() {
            if !on_rows[node.id().index()] {
                let added = times(node, factor).sum();
                rest = Some(rest.map_or(added, |rest: Self| rest + added));
            } else if let Some(added) = node.summed_terms(factor) {
                terms = Some(terms.map_or(added, |terms: Self| terms + added));
            } else {
                parts.extend(node.parts(factor, &on_rows)?);
            }
        }
        terms.map(|terms| ByRow { terms, rest })
    }

    /// By node, whether it depends on the rows.
    fn depending_on_rows(self) -> Vec<bool> {
        let inner = self.tape().inner();
        let graph = &inner.graph;
        let mut depends = vec![false; self.id().index() + 1];
        for index in 0..depends.len() {
            let id = NodeId(index as u32);
            depends[index] = graph.shape(id).has_rows() || graph.args(id).iter().any(|arg| depends[arg.index()]);
        }
        depends
    }

    fn operation_and_operands(self) -> (Op, Vec<Self>) {
        let inner = self.tape().inner();
        let operands = inner.graph.args(self.id()).iter().map(|&arg| Self::new(self.tape(), arg)).collect();
        (inner.graph.op(self.id()), operands)
    }

    /// The terms of a node that is itself a sum over the rows, times `factor`, those of one row added up.
    #[track_caller]
    fn summed_terms(self, factor: Option<Self>) -> Option<Self> {
        let (op, operands) = self.operation_and_operands();
        match (op, operands.as_slice()) {
            (Op::Reduce(reduce @ (Reduce::Sum | Reduce::Mean), axes), &[x]) if x.has_rows() && axes.contains(0) => {
                let fits = axes.iter().count() == 1 || is_plain(factor);
                let terms = fits.then(|| times(x, factor).summed_but_for_rows())?;
                Some(if reduce == Reduce::Mean { terms / x.lane_count(axes) } else { terms })
            }
            // The elements of AᵀB, all added up.
            (Op::MatMul { .. }, &[a, b]) if a.has_rows() && b.has_rows() && is_plain(factor) => {
                Some(times(a.summed_but_for_rows() * b.summed_but_for_rows(), factor))
            }
            _ => None,
        }
    }

    /// The operands that a node with sums over the rows below it adds up to, each with its factor; `None` where it isn't linear in
    /// them.
    #[track_caller]
    fn parts(self, factor: Option<Self>, on_rows: &[bool]) -> Option<Vec<Part<'t, T>>> {
        let (op, operands) = self.operation_and_operands();
        let is_whole = |x: &Self| x.shape() == self.shape();
        let fixed = |x: Self| !on_rows[x.id().index()];
        let negated = || Some(-times(self.tape().scalar(T::one()), factor));
        match (op, operands.as_slice()) {
            (Op::Unary(Unary::Neg), &[a]) => Some(vec![(a, negated())]),
            (Op::Binary(Binary::Add), [a, b]) if is_whole(a) && is_whole(b) => Some(vec![(*a, factor), (*b, factor)]),
            (Op::Binary(Binary::Sub), [a, b]) if is_whole(a) && is_whole(b) => {
                Some(vec![(*a, factor), (*b, negated())])
            }
            (Op::Binary(Binary::Mul), &[a, b]) if fixed(a) && is_whole(&b) => Some(vec![(b, Some(times(a, factor)))]),
            (Op::Binary(Binary::Mul), &[a, b]) if fixed(b) && is_whole(&a) => Some(vec![(a, Some(times(b, factor)))]),
            (Op::Binary(Binary::Div), &[a, b]) if fixed(b) && is_whole(&a) => {
                let factor = factor.unwrap_or_else(|| self.tape().scalar(T::one()));
                Some(vec![(a, Some(factor / b))])
            }
            // All elements are added up in the end, so along which axes is all the same.
            (Op::Reduce(Reduce::Sum, _) | Op::Reshape, &[a]) if is_plain(factor) => Some(vec![(a, factor)]),
            _ => None,
        }
    }

    fn has_rows(self) -> bool {
        self.shape().has_rows()
    }

    #[track_caller]
    fn summed_but_for_rows(self) -> Self {
        let axes: Vec<usize> = (1..self.shape().ndim()).collect();
        if axes.is_empty() { self } else { self.sum_axes(&axes) }
    }
}

/// Whether a factor is the same for all elements.
fn is_plain<T: Scalar>(factor: Option<Var<'_, T>>) -> bool {
    factor.is_none_or(|factor| factor.shape().is_scalar())
}

#[track_caller]
fn times<'t, T: Scalar>(x: Var<'t, T>, factor: Option<Var<'t, T>>) -> Var<'t, T> {
    factor.map_or(x, |factor| factor * x)
}

#[cfg(test)]
mod tests {
    use crate::{Tape, Var};
    use ndarray::{Axis, arr2};

    type Loss = for<'t> fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;

    /// The terms, the rest and the whole of a loss of x and θ, on all rows or on some.
    fn taken_apart(loss: Loss, rows: &[usize]) -> (Vec<f64>, Option<f64>, f64) {
        let tape = Tape::<f64>::new();
        let x = arr2(&[[0.3, 1.0], [-0.7, 2.0], [1.1, 0.5]]).select(Axis(0), rows);
        let loss = loss(tape.data("x", &x), tape.variable("theta", &[0.4, -0.2]));
        tape.check().unwrap();
        let by_row = loss.by_row().expect("a sum over the rows");
        let rest = by_row.rest.map(|rest| rest.item().unwrap());
        (by_row.terms.value().unwrap().into_iter().collect(), rest, loss.item().unwrap())
    }

    #[test]
    fn terms_are_those_of_the_rows_alone() {
        let losses: [(&str, Loss); 8] = [
            ("sum", |x, theta| x.linear(theta).exp().sum()),
            ("two sums", |x, theta| (theta * x).exp().sum() - 2 * x.linear(theta).sum()),
            ("dot", |x, theta| 0.5 * x.linear(theta).dot(x.linear(theta).sin())),
            ("factor", |x, theta| -(x.linear(theta).cos().sum() / theta.sum().exp())),
            ("two steps", |x, theta| (x * theta).sum_axes(&[0]).sum()),
            ("columns", |x, theta| ((x * theta).exp().sum_rows() * theta).sum()),
            ("product", |x, theta| (x.t_dot(x * theta) / theta.sum()).sum()),
            ("nested", |x, theta| -2 * (3 * x.linear(theta).sum() - (x * x).sum())),
        ];
        for (name, loss) in losses {
            let (terms, rest, value) = taken_apart(loss, &[0, 1, 2]);
            assert_eq!((rest, terms.len()), (None, 3), "{name}");
            approx::assert_relative_eq!(terms.iter().sum::<f64>(), value, max_relative = 1e-14);
            for (row, term) in terms.iter().enumerate() {
                approx::assert_relative_eq!(*term, taken_apart(loss, &[row]).2, max_relative = 1e-14);
            }
        }
    }

    #[test]
    fn a_penalty_is_the_rest() {
        let loss: Loss = |x, theta| x.linear(theta).exp().mean() + 3 * (theta * theta).sum();
        let (terms, rest, value) = taken_apart(loss, &[0, 1, 2]);
        approx::assert_relative_eq!(rest.unwrap(), 3.0 * (0.16 + 0.04), max_relative = 1e-14);
        approx::assert_relative_eq!(terms.iter().sum::<f64>(), value - rest.unwrap(), max_relative = 1e-14);
    }

    #[test]
    fn what_is_no_sum_over_the_rows_has_no_terms() {
        let tape = Tape::<f64>::new();
        let (x, theta) = (tape.data("x", &[1.0, 2.0]), tape.variable("theta", 2.0));
        for loss in [x.logsumexp(), x.max() * theta, x.sum().exp(), x.sum() * x.sum(), theta * theta, x * theta] {
            assert!(loss.by_row().is_none(), "{loss:?}");
        }
    }
}
