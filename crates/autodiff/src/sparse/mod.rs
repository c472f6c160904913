//! Sparse derivatives: where a Jacobian or Hessian may differ from 0, found in the recording; which of its columns one product can
//! separate; and the values, by as many products as there are colours.
//!
//! | file | what is there |
//! |---|---|
//! | [`sets`], [`depend`] | index sets, and how operations pass them on |
//! | [`colouring`] | columns that share a product |
//! | [`matrix`] | patterns and sparse matrices as plain data |
//! | [`row_blocks`] | Jacobians of many small functions, one a row, without any colouring |

mod colouring;
mod depend;
mod matrix;
mod row_blocks;
mod sets;
#[cfg(test)]
mod tests;

pub use matrix::{Csc, Csr, Pattern};
pub use row_blocks::RowBlock;

use crate::derivative::reverse;
use crate::error::{Error, Result};
use crate::scalar::Scalar;
use crate::tape::Var;
use colouring::Colouring;
use std::panic::Location;

/// A sparse matrix of derivatives: the pattern, and a node that has the values at its places.
///
/// The values are a node like any other: [`compile`](crate::Tape::compile) them, run the program with other data, and make a matrix of the
/// result with [`Pattern::with_values`]; or differentiate them again.
#[derive(Clone, Debug)]
pub struct SparseDerivative<'t, T: Scalar> {
    /// Where the matrix may differ from 0.
    pub pattern: Pattern,
    /// The values at the pattern's places, row by row: a vector.
    pub values: Var<'t, T>,
    /// How many products give them.
    pub colours: usize,
}

impl<T: Scalar> SparseDerivative<'_, T> {
    /// The matrix, by the values at hand.
    ///
    /// # Errors
    /// As [`Var::value`].
    pub fn value(&self) -> Result<Csr<T>> {
        self.pattern.with_values(self.values.value()?)
    }
}

impl<'t, T: Scalar> Var<'t, T> {
    /// Where the Jacobian by `x` may differ from 0, for any values of the inputs: a row for each element of `self`, a column for each of
    /// `x`, both in row-major order.
    ///
    /// Found in the recording, by index sets (Griewank, Walther, *Evaluating Derivatives*, 2008, chapter 7): a place may be in the pattern
    /// although the derivative is 0 there, but never the other way round. Look-ups are by the indices at hand, if there are any.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::s;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", &[1.0, 2.0, 3.0]);
    /// let f = x.slice(s![1..]) * x.slice(s![..-1]);
    /// let pattern = f.jacobian_pattern(x)?;
    /// assert_eq!((pattern.row(0), pattern.row(1)), (&[0, 1][..], &[1, 2][..]));
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// # Errors
    /// The first error of the recording; nodes on the rows or of another tape; memory that can't be had.
    #[track_caller]
    pub fn jacobian_pattern(self, x: Self) -> Result<Pattern> {
        self.check_fixed("jacobian_pattern", x)?;
        Ok(Pattern::of_rows(x.len(), depend::dependences(self, x)?))
    }

    /// Where the Hessian of a scalar by `x` may differ from 0: as [`jacobian_pattern`](Self::jacobian_pattern), of the gradient.
    ///
    /// # Errors
    /// As [`jacobian_pattern`](Self::jacobian_pattern), and of a node that is an array.
    #[track_caller]
    pub fn hessian_pattern(self, x: Self) -> Result<Pattern> {
        Ok(self.grad(x).jacobian_pattern(x)?.symmetric())
    }

    /// The Jacobian by a fixed node as a sparse matrix, by one product with J for each colour of its columns, or with Jᵀ for each of its
    /// rows, whichever are fewer: columns with no row in common share a colour (Curtis, Powell, Reed, 1974; Coleman, Moré, 1983).
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::{arr2, s};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", &[1.0, 2.0, 3.0]);
    /// let f = x.slice(s![1..]) * x.slice(s![..-1]);
    /// let jacobian = f.sparse_jacobian(x)?;
    /// assert_eq!(jacobian.colours, 2);
    /// assert_eq!(jacobian.value()?.to_dense(), arr2(&[[2.0, 1.0, 0.0], [0.0, 3.0, 2.0]]));
    ///
    /// // Compiled once, filled again with other values.
    /// let program = tape.compile(&[jacobian.values])?;
    /// let results = program.run(&[x.bind(&[1.0, 0.0, 5.0])])?;
    /// let matrix = jacobian.pattern.with_values(results.vector(0)?.to_vec())?;
    /// assert_eq!((matrix.indptr, matrix.values), (vec![0, 2, 4], vec![0.0, 1.0, 5.0, 0.0]));
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`jacobian_pattern`](Self::jacobian_pattern).
    #[track_caller]
    pub fn sparse_jacobian(self, x: Self) -> Result<SparseDerivative<'t, T>> {
        let pattern = self.jacobian_pattern(x)?;
        let transposed = pattern.transposed();
        let longest = |pattern: &Pattern| (0..pattern.shape[0]).map(|row| pattern.row(row).len()).max().unwrap_or(0);
        // As many colours as the longest row has places are needed; so the side with the shorter ones first.
        let sides = if longest(&pattern) <= longest(&transposed) { [true, false] } else { [false, true] };
        let side = |by_columns: bool| if by_columns { &pattern } else { &transposed };
        let first = colouring::by_rows(side(sides[0]));
        let (by_columns, colouring) = if longest(side(sides[1])) < first.count {
            let second = colouring::by_rows(side(sides[1]));
            if second.count < first.count { (sides[1], second) } else { (sides[0], first) }
        } else {
            (sides[0], first)
        };
        let values = if by_columns {
            let tangent = x.filled(0.0);
            let product = self.jvp(&[x], &[tangent]);
            let columns = self.products(product, tangent, &colouring, |seed| self.jvp(&[x], &[seed]));
            columns.picked(pattern.places().map(|(row, column)| [row, colouring.colours[column]]), colouring.count)
        } else {
            let adjoint = self.filled(0.0);
            let product = reverse(self, adjoint, &[x])[0];
            let rows = self.products(product, adjoint, &colouring, |seed| self.vjp(&[x], seed)[0]);
            rows.picked(pattern.places().map(|(row, column)| [column, colouring.colours[row]]), colouring.count)
        };
        self.tape().check()?;
        Ok(SparseDerivative { pattern, values, colours: colouring.count })
    }

    /// The Hessian of a scalar by a fixed node as a sparse matrix, by one Hessian-vector product for each colour of a star colouring of its
    /// pattern (Gebremedhin, Manne, Pothen, 2005): two for an arrow, where a Jacobian of that pattern takes as many as it has columns.
    ///
    /// ```
    /// use autodiff::Tape;
    /// use ndarray::s;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable("x", ndarray::Array1::linspace(0.0, 1.0, 1000));
    /// let (a, b) = (x.slice(s![..-1]), x.slice(s![1..]));
    /// let rosenbrock = (100.0 * (b - a * a).powi(2) + (1.0 - a).powi(2)).sum();
    /// let hessian = rosenbrock.sparse_hessian(x)?;
    /// assert_eq!((hessian.pattern.len(), hessian.colours), (3 * 1000 - 2, 3));
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`hessian_pattern`](Self::hessian_pattern).
    #[track_caller]
    pub fn sparse_hessian(self, x: Self) -> Result<SparseDerivative<'t, T>> {
        let gradient = self.grad(x);
        let pattern = gradient.jacobian_pattern(x)?.symmetric();
        let colouring = colouring::star(&pattern);
        let direction = x.filled(0.0);
        let product = reverse(gradient, direction, &[x])[0];
        let columns = self.products(product, direction, &colouring, |seed| gradient.vjp(&[x], seed)[0]);
        let colour = |column: usize| colouring.colours[column];
        let values = columns.picked(
            pattern.places().map(|(row, column)| {
                // A column is seen by itself in this row, or this one in the row of that.
                let is_alone = pattern.row(row).iter().all(|&other| other == column || colour(other) != colour(column));
                if is_alone { [row, colour(column)] } else { [column, colour(row)] }
            }),
            colouring.count,
        );
        self.tape().check()?;
        Ok(SparseDerivative { pattern, values, colours: colouring.count })
    }

    /// The product, linear in `direction`, for the sum of the unit directions of each colour, behind an axis for the colours.
    #[track_caller]
    fn products(self, product: Self, direction: Self, colouring: &Colouring, one: impl Fn(Self) -> Self) -> Self {
        let dims = [direction.len(), colouring.count];
        let seeds = self.tape().constant_of("the directions of a sparse derivative", &dims, |seeds| {
            for (place, &colour) in colouring.colours.iter().enumerate() {
                if let Some(seed) = seeds.get_mut([place, colour]) {
                    *seed = T::one();
                }
            }
        });
        if seeds.is_failed() || product.is_failed() || direction.is_failed() {
            return product;
        }
        let seeds = seeds.reshape_to(&direction.shape().with_last(colouring.count));
        self.tape().along_directions(product, direction, seeds, one)
    }

    /// The elements at `places` of a matrix with `columns` columns, however many axes its rows are.
    #[track_caller]
    fn picked(self, places: impl Iterator<Item = [usize; 2]>, columns: usize) -> Self {
        if self.is_failed() {
            return self;
        }
        let flat: Vec<usize> = places.map(|[row, column]| row * columns + column).collect();
        self.reshape(&[self.len()]).gather(self.tape().index_constant(flat))
    }

    /// Whether a sparse derivative of this node by `x` can be recorded.
    #[track_caller]
    fn check_fixed(self, operation: &str, x: Self) -> Result<()> {
        let (tape, source_line) = (self.tape(), Location::caller());
        tape.check()?;
        tape.check_owns(operation, &[self, x], source_line)?;
        if self.is_fixed() && x.is_fixed() {
            return Ok(());
        }
        let reason = "the number of rows is open; what is computed row by row has blocks: `row_jacobian`".into();
        Err(Error::Recording {
            operation: operation.into(),
            operands: vec![self.shape(), x.shape()],
            reason,
            source_line,
        })
    }
}
