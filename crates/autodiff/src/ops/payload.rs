//! What operations carry beside their operands that doesn't fit four bytes: an [`Op`](super::Op) holds its place here.

use crate::hash::Fingerprint;
use crate::scalar::Scalar;
use crate::shape::Dims;
use crate::value::Slices;

#[derive(Clone)]
pub(crate) struct Payloads<T> {
    scalars: Vec<T>,
    permutations: Vec<Dims>,
    slices: Vec<Slices>,
}

impl<T> Default for Payloads<T> {
    fn default() -> Self {
        Payloads { scalars: Vec::new(), permutations: Vec::new(), slices: Vec::new() }
    }
}

/// Appends to a table; the place of what is new.
fn keep<P>(table: &mut Vec<P>, payload: P) -> u32 {
    table.push(payload);
    table.len() as u32 - 1
}

impl<T: Scalar> Payloads<T> {
    /// Adds all payloads, in their order.
    pub(crate) fn add_to(&self, fingerprint: &mut Fingerprint) {
        fingerprint.add_numbers(&self.scalars);
        fingerprint.add((&self.permutations, &self.slices));
    }

    pub(crate) fn scalar(&self, index: u32) -> T {
        self.scalars[index as usize]
    }

    pub(crate) fn permutation(&self, index: u32) -> &Dims {
        &self.permutations[index as usize]
    }

    pub(crate) fn slices(&self, index: u32) -> &Slices {
        &self.slices[index as usize]
    }

    pub(crate) fn keep_scalar(&mut self, scalar: T) -> u32 {
        keep(&mut self.scalars, scalar)
    }

    pub(crate) fn keep_permutation(&mut self, order: Dims) -> u32 {
        keep(&mut self.permutations, order)
    }

    pub(crate) fn keep_slices(&mut self, slices: Slices) -> u32 {
        keep(&mut self.slices, slices)
    }

    /// The same in another scalar.
    pub(crate) fn converted<S: Scalar>(&self, scalar: impl Fn(T) -> S) -> Payloads<S> {
        Payloads {
            scalars: self.scalars.iter().map(|&x| scalar(x)).collect(),
            permutations: self.permutations.clone(),
            slices: self.slices.clone(),
        }
    }
}
