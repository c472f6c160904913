//! Memory that begins where a vector does.

use std::ops::{Deref, DerefMut};

/// The bytes of the widest vectors, and of a line of the cache: a vector that lies in two lines is read twice.
const BYTES: usize = 64;

/// Numbers of which the first is at a multiple of 64 bytes, if the allocator can be held to that.
#[derive(Clone, Debug)]
pub(crate) struct Aligned<T> {
    elements: Vec<T>,
    first: usize,
    len: usize,
}

impl<T: Copy> Aligned<T> {
    /// `len` times `x`.
    pub(crate) fn new(x: T, len: usize) -> Self {
        let mut aligned = Aligned { elements: Vec::new(), first: 0, len: 0 };
        aligned.resize(len, x);
        aligned
    }

    /// Makes it `len` numbers, which may be any that were here before, or `x`.
    #[inline(always)]
    pub(crate) fn resize(&mut self, len: usize, x: T) {
        let spare = BYTES / size_of::<T>().max(1);
        self.elements.resize(len + spare, x);
        let first = self.elements.as_ptr().align_offset(BYTES);
        // Elements of an odd size may never be there.
        self.first = if first > spare { 0 } else { first };
        self.len = len;
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        &self.elements[self.first..][..self.len]
    }
}

impl<T> DerefMut for Aligned<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.elements[self.first..][..self.len]
    }
}
