//! The data all contenders of a case work on: drawn, not read, with a fixed seed.

use crate::vector::Real;
use autodiff::{Tape, Var};
use ndarray::{Array1, Array2};

/// Operations that a step of the recurrence of `scalar-replay` takes.
pub const STEP: usize = 4;

/// Numbers that look random: splitmix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub struct Draws(u64);

impl Draws {
    /// The same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Draws(seed)
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ z >> 31) as f64 / 2f64.powi(64)
    }

    /// Puts `items` in any order, each equally likely.
    pub fn shuffle<I>(&mut self, items: &mut [I]) {
        for last in (1..items.len()).rev() {
            items.swap((self.uniform() * (last + 1) as f64) as usize, last);
        }
    }

    /// Uniform in [−1, 1).
    pub fn symmetric<T: Real>(&mut self) -> T {
        T::of(2.0 * self.uniform() - 1.0)
    }

    /// A vector of such numbers times `scale`.
    pub fn vector<T: Real>(&mut self, len: usize, scale: f64) -> Array1<T> {
        Array1::from_shape_simple_fn(len, || self.symmetric::<T>() * T::of(scale))
    }

    /// A matrix of such numbers times `scale`.
    pub fn matrix<T: Real>(&mut self, rows: usize, cols: usize, scale: f64) -> Array2<T> {
        Array2::from_shape_simple_fn((rows, cols), || self.symmetric::<T>() * T::of(scale))
    }
}

/// A named array, as peers are given it.
#[derive(Clone, Debug)]
pub struct Array<'a, T> {
    /// Its name.
    pub name: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its elements, row-major.
    pub elements: &'a [T],
}

/// The parameters and the loss of a logistic regression of `cols` columns, recorded on inputs `X`, `y` and `theta`.
pub fn record_logistic<'t, T: Real>(tape: &'t Tape<T>, cols: usize) -> (Var<'t, T>, Var<'t, T>) {
    let (x, y) = (tape.rows("X", &[cols]), tape.rows("y", &[]));
    let theta = tape.input("theta", &[cols]);
    (theta, x.linear(theta).sigmoid().log_loss(y).sum())
}

/// A logistic regression: design matrix, labels, coefficients, and a direction for Hessian-vector products.
#[derive(Clone, Debug)]
pub struct Logistic<T> {
    /// The design matrix.
    pub x: Array2<T>,
    /// Labels, 0 or 1.
    pub y: Array1<T>,
    /// Coefficients.
    pub theta: Array1<T>,
    /// A direction.
    pub direction: Array1<T>,
}

impl<T: Real> Logistic<T> {
    /// Data of the given shape, with linear predictors of a few units.
    pub fn draw(rows: usize, cols: usize) -> Self {
        let mut draws = Draws::new(1);
        let scale = 3.0 / (cols as f64).sqrt();
        let (theta, direction) = (draws.vector(cols, scale), draws.vector(cols, scale));
        let x = draws.matrix(rows, cols, 1.0);
        let y = Array1::from_shape_simple_fn(rows, || T::of(f64::from(draws.uniform() < 0.4)));
        Logistic { x, y, theta, direction }
    }

    /// The bytes of design matrix and labels.
    pub fn bytes(&self) -> usize {
        (self.x.len() + self.y.len()) * size_of::<T>()
    }

    /// The design matrix, row after row.
    pub fn design(&self) -> &[T] {
        // It was drawn row-major.
        self.x.as_slice().unwrap_or(&[])
    }

    /// Design matrix, labels and coefficients as slices.
    pub fn slices(&self) -> (&[T], &[T], &[T]) {
        (self.design(), self.y.as_slice().unwrap_or(&[]), self.theta.as_slice().unwrap_or(&[]))
    }

    /// What peers are given.
    pub fn arrays(&self) -> Vec<Array<'_, T>> {
        let (rows, cols) = self.x.dim();
        let (x, y, theta) = self.slices();
        let direction = self.direction.as_slice().unwrap_or(&[]);
        vec![
            Array { name: "x", shape: vec![rows, cols], elements: x },
            Array { name: "y", shape: vec![rows], elements: y },
            Array { name: "theta", shape: vec![cols], elements: theta },
            Array { name: "direction", shape: vec![cols], elements: direction },
        ]
    }
}

/// The sum of all numbers.
pub fn digest<'a, T: Real>(numbers: impl IntoIterator<Item = &'a T>) -> f64 {
    numbers.into_iter().map(|&x| x.to_f64().unwrap_or(f64::NAN)).sum()
}
