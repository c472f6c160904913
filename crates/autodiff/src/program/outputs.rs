//! What a run returns.

use crate::error::{Error, Result};
use ndarray::{ArrayD, ArrayView, ArrayView1, ArrayView2, Dimension};
use std::ops::{Deref, DerefMut};

/// The outputs of a run, in the order in which they were compiled: a slice of arrays, each to be had as the number, vector or
/// matrix that it is.
///
/// ```
/// use autodiff::{Tape, bind};
/// let tape = Tape::<f64>::new();
/// let theta = tape.input("theta", &[2]);
/// let loss = (theta * theta).sum();
/// let program = tape.compile(&[loss, loss.grad(theta), loss.hessian(theta)])?;
/// let out = program.run(&[bind("theta", &[1.0, 2.0])])?;
/// assert_eq!(out.number(0)?, 5.0);
/// assert_eq!(out.vector(1)?[1], 4.0);
/// assert_eq!(out.matrix(2)?[[1, 1]], 2.0);
/// assert_eq!(out[0][[]], 5.0); // of any number of axes
/// assert_eq!(
///     out.vector(0).unwrap_err().to_string(),
///     "output 0 is a number, not a vector: take `number(0)`"
/// );
/// # Ok::<(), autodiff::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Outputs<T> {
    arrays: Vec<ArrayD<T>>,
}

impl<T> Outputs<T> {
    pub(super) fn new(arrays: Vec<ArrayD<T>>) -> Self {
        Self { arrays }
    }

    /// The output that is one number.
    ///
    /// # Errors
    /// No such output, or one that is an array.
    pub fn number(&self, index: usize) -> Result<T>
    where
        T: Copy,
    {
        self.view(index, "number").map(|number: ArrayView<'_, T, ndarray::Ix0>| *number.into_scalar())
    }

    /// The output that is a vector.
    ///
    /// # Errors
    /// No such output, or one of another number of axes.
    pub fn vector(&self, index: usize) -> Result<ArrayView1<'_, T>> {
        self.view(index, "vector")
    }

    /// The output that is a matrix.
    ///
    /// # Errors
    /// No such output, or one of another number of axes.
    pub fn matrix(&self, index: usize) -> Result<ArrayView2<'_, T>> {
        self.view(index, "matrix")
    }

    /// The arrays.
    pub fn into_vec(self) -> Vec<ArrayD<T>> {
        self.arrays
    }

    fn view<D: Dimension>(&self, index: usize, asked: &'static str) -> Result<ArrayView<'_, T, D>> {
        let count = self.arrays.len();
        let output = self.arrays.get(index).ok_or(Error::NoOutput { index, count })?;
        let other = |_| Error::OutputKind { index, asked, shape: output.shape().to_vec() };
        output.view().into_dimensionality().map_err(other)
    }
}

impl<T> Deref for Outputs<T> {
    type Target = [ArrayD<T>];
    fn deref(&self) -> &Self::Target {
        &self.arrays
    }
}

impl<T> DerefMut for Outputs<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.arrays
    }
}

impl<T> IntoIterator for Outputs<T> {
    type Item = ArrayD<T>;
    type IntoIter = std::vec::IntoIter<ArrayD<T>>;
    fn into_iter(self) -> Self::IntoIter {
        self.arrays.into_iter()
    }
}

impl<'o, T> IntoIterator for &'o Outputs<T> {
    type Item = &'o ArrayD<T>;
    type IntoIter = std::slice::Iter<'o, ArrayD<T>>;
    fn into_iter(self) -> Self::IntoIter {
        self.arrays.iter()
    }
}

impl<T> From<Outputs<T>> for Vec<ArrayD<T>> {
    fn from(outputs: Outputs<T>) -> Self {
        outputs.arrays
    }
}
