//! What operations carry beside their operands that doesn't fit four bytes: an [`Op`](super::Op) holds its place here.

use crate::hash::{Fingerprint, SmallMap};
use crate::scalar::Scalar;
use crate::shape::Dims;
use crate::value::Slices;
use std::hash::Hash;

#[derive(Clone)]
pub(crate) struct Payloads<T> {
    scalars: Vec<T>,
    permutations: Interned<Dims>,
    slices: Interned<Slices>,
}

impl<T> Default for Payloads<T> {
    fn default() -> Self {
        Payloads { scalars: Vec::new(), permutations: Interned::default(), slices: Interned::default() }
    }
}

/// A table that holds everything once, so that operations with the same payload are the same operation.
#[derive(Clone)]
struct Interned<P> {
    payloads: Vec<P>,
    places: SmallMap<P, u32>,
}

impl<P> Default for Interned<P> {
    fn default() -> Self {
        Interned { payloads: Vec::new(), places: SmallMap::default() }
    }
}

impl<P: Clone + Eq + Hash> Interned<P> {
    /// The place of a payload.
    fn keep(&mut self, payload: P) -> u32 {
        let next = self.payloads.len() as u32;
        let place = *self.places.entry(payload.clone()).or_insert(next);
        if place == next {
            self.payloads.push(payload);
        }
        place
    }
}

impl<T: Scalar> Payloads<T> {
    /// Adds all payloads, in their order.
    pub(crate) fn add_to(&self, fingerprint: &mut Fingerprint) {
        fingerprint.add_numbers(&self.scalars);
        fingerprint.add((&self.permutations.payloads, &self.slices.payloads));
    }

    pub(crate) fn scalar(&self, index: u32) -> T {
        self.scalars[index as usize]
    }

    pub(crate) fn permutation(&self, index: u32) -> &Dims {
        &self.permutations.payloads[index as usize]
    }

    pub(crate) fn slices(&self, index: u32) -> &Slices {
        &self.slices.payloads[index as usize]
    }

    pub(crate) fn keep_scalar(&mut self, scalar: T) -> u32 {
        self.scalars.push(scalar);
        self.scalars.len() as u32 - 1
    }

    pub(crate) fn keep_permutation(&mut self, order: Dims) -> u32 {
        self.permutations.keep(order)
    }

    pub(crate) fn keep_slices(&mut self, slices: Slices) -> u32 {
        self.slices.keep(slices)
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
