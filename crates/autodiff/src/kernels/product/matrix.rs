//! A strided matrix read in place.

#![allow(unsafe_code)]

use crate::kernels::Level;
use ndarray::{ArrayRef, IxDyn};
use std::marker::PhantomData;

/// Bytes that a cache moves at once.
pub(super) const LINE: usize = 64;

/// A `rows × cols` matrix somewhere in memory: element `(i, j)` is `i·row_stride + j·col_stride` elements from the first.
///
/// Strides may be negative (a reversed axis) or zero (a broadcast one). Every element of the matrix is borrowed for `'a`;
/// what lies between elements is not, so no reference to more than neighbouring elements is ever made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a, T> {
    first: *const T,
    rows: usize,
    cols: usize,
    row_stride: isize,
    col_stride: isize,
    elements: PhantomData<&'a T>,
}

impl<'a, T: Copy> Matrix<'a, T> {
    /// The elements of a slice, row after row; the empty matrix if there are fewer than `rows·cols`.
    #[inline(always)]
    pub(crate) fn row_major(data: &'a [T], rows: usize, cols: usize) -> Self {
        let rows = if data.len() < rows * cols { 0 } else { rows };
        Self::new(data.as_ptr(), [rows, cols], [cols as isize, 1])
    }

    /// A two-dimensional array with `cols` columns; the empty matrix if it is something else.
    #[inline(always)]
    pub(crate) fn of_rows(array: &'a ArrayRef<T, IxDyn>, cols: usize) -> Self {
        match (array.shape(), array.strides()) {
            (&[rows, found], &[row_stride, col_stride]) if found == cols => {
                Self::new(array.as_ptr(), [rows, cols], [row_stride, col_stride])
            }
            _ => Self::new(array.as_ptr(), [0, cols], [0, 1]),
        }
    }

    /// All elements must be borrowed for `'a`.
    #[inline(always)]
    fn new(first: *const T, [rows, cols]: [usize; 2], strides: [isize; 2]) -> Self {
        // An axis of one element never uses its stride; naming it the unit stride sends more shapes down the fast paths.
        let col_stride = if cols > 1 { strides[1] } else { 1 };
        let row_stride = match rows {
            0 | 1 if col_stride != 1 => 1,
            0 | 1 => cols as isize,
            _ => strides[0],
        };
        Self { first, rows, cols, row_stride, col_stride, elements: PhantomData }
    }

    /// Number of rows.
    #[inline(always)]
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[inline(always)]
    pub(crate) fn cols(&self) -> usize {
        self.cols
    }

    /// The same memory with the axes exchanged.
    #[inline(always)]
    pub(crate) fn transposed(&self) -> Self {
        Self { rows: self.cols, cols: self.rows, row_stride: self.col_stride, col_stride: self.row_stride, ..*self }
    }

    /// Rows `start .. start + rows`.
    ///
    /// # Panics
    /// If there are fewer rows.
    #[inline(always)]
    pub(crate) fn row_block(&self, start: usize, rows: usize) -> Self {
        assert!(start <= self.rows && rows <= self.rows - start);
        // Wrapping: an empty block may lie past the end, and nothing reads it.
        Self { first: self.first.wrapping_offset(start as isize * self.row_stride), rows, ..*self }
    }

    /// `rows × cols` elements from `(i, j)` on.
    ///
    /// # Panics
    /// If there are fewer.
    #[inline(always)]
    pub(crate) fn part(&self, [i, j]: [usize; 2], [rows, cols]: [usize; 2]) -> Self {
        self.row_block(i, rows).transposed().row_block(j, cols).transposed()
    }

    /// Are the elements of a row neighbours in memory?
    #[inline(always)]
    pub(crate) fn rows_are_slices(&self) -> bool {
        self.col_stride == 1
    }

    /// Are the elements of a column neighbours in memory?
    #[inline(always)]
    pub(crate) fn cols_are_slices(&self) -> bool {
        self.row_stride == 1
    }

    /// Row `i` as a slice, of a matrix whose [rows are slices](Self::rows_are_slices).
    ///
    /// # Panics
    /// If there is no such row, or its elements aren't neighbours.
    #[inline(always)]
    pub(crate) fn row(&self, i: usize) -> &'a [T] {
        assert!(i < self.rows && self.rows_are_slices());
        if self.cols == 0 {
            return &[];
        }
        // SAFETY: row `i` exists, so its `cols` elements are borrowed for 'a; with a column stride of 1 they are neighbours.
        unsafe { std::slice::from_raw_parts(self.first.offset(i as isize * self.row_stride), self.cols) }
    }

    /// All elements, row after row, if that is how they are in memory.
    #[inline(always)]
    pub(crate) fn as_slice(&self) -> Option<&'a [T]> {
        if self.rows == 0 || self.cols == 0 {
            return Some(&[]);
        }
        if !self.rows_are_slices() || self.row_stride != self.cols as isize {
            return None;
        }
        // SAFETY: all elements are borrowed for 'a; with these strides they are neighbours, each row's after those of the row before.
        Some(unsafe { std::slice::from_raw_parts(self.first, self.rows * self.cols) })
    }

    /// Rows `i` to `i + R − 1`, as by [`row`](Self::row).
    ///
    /// # Panics
    /// If one of them doesn't exist, or its elements aren't neighbours.
    #[inline(always)]
    pub(crate) fn rows_from<const R: usize>(&self, i: usize) -> [&'a [T]; R] {
        assert!(i <= self.rows && R <= self.rows - i && self.rows_are_slices());
        let mut rows: [&'a [T]; R] = [&[]; R];
        for (k, row) in rows.iter_mut().enumerate() {
            *row = self.row(i + k);
        }
        rows
    }

    /// Asks for the `line`-th line of the cache from element `(i, j)` on, which need not be one of the matrix.
    #[inline(always)]
    pub(crate) fn prefetch(&self, [i, j]: [usize; 2], line: usize, into: Level) {
        let offset =
            (i as isize).wrapping_mul(self.row_stride).wrapping_add((j as isize).wrapping_mul(self.col_stride));
        prefetch(self.first.wrapping_offset(offset).cast::<i8>().wrapping_add(line * LINE), into);
    }

    /// Element `(i, j)`.
    ///
    /// # Panics
    /// If there is no such element.
    #[inline(always)]
    pub(crate) fn at(&self, i: usize, j: usize) -> T {
        assert!(i < self.rows && j < self.cols);
        // SAFETY: the element exists, so it is borrowed for 'a.
        unsafe { *self.first.offset(i as isize * self.row_stride + j as isize * self.col_stride) }
    }

    /// Elements `(i, j), (i, j + 1), …`, `R ≥ 1` of them.
    ///
    /// # Panics
    /// If there are no such elements.
    #[inline(always)]
    pub(crate) fn elements<const R: usize>(&self, i: usize, j: usize) -> [T; R] {
        assert!(i < self.rows && j <= self.cols && R <= self.cols - j);
        let mut out = [self.at(i, j); R];
        for (n, element) in out.iter_mut().enumerate() {
            let offset = i as isize * self.row_stride + (j + n) as isize * self.col_stride;
            // SAFETY: element (i, j + n) exists, by the assertion, so it is borrowed for 'a.
            *element = unsafe { *self.first.offset(offset) };
        }
        out
    }
}

/// Asks for a line to be brought into a cache.
#[inline(always)]
fn prefetch(_address: *const i8, _into: Level) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _MM_HINT_T1, _mm_prefetch};
        // SAFETY: a hint, which reads nothing, whatever the address is.
        unsafe {
            match _into {
                Level::First => _mm_prefetch::<_MM_HINT_T0>(_address),
                Level::Second => _mm_prefetch::<_MM_HINT_T1>(_address),
            }
        };
    }
}
