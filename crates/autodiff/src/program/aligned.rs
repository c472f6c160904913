//! Memory that begins where a vector does.

use std::ops::{Deref, DerefMut};

/// The bytes of the widest vectors, and of a line of the cache: a vector that lies in two lines is read twice.
const BYTES: usize = 64;

/// Numbers of which the first is at a multiple of 64 bytes, if the allocator can be held to that.
pub(super) struct Aligned<T> {
    elements: Vec<T>,
    first: usize,
}

impl<T: Copy> Aligned<T> {
    /// `len` times `x`.
    pub(super) fn new(x: T, len: usize) -> Self {
        let spare = BYTES / size_of::<T>().max(1);
        let elements = vec![x; len + spare];
        let first = elements.as_ptr().align_offset(BYTES);
        // Elements of an odd size may never be there.
        let first = if first > spare { 0 } else { first };
        Aligned { elements, first }
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.elements[self.first..]
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.elements[self.first..]
    }
}
