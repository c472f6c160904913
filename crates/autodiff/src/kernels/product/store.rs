//! Where the sums of a register tile go.

use super::Number;

/// A row-major matrix written to, one row every `stride` elements.
pub(crate) struct Output<'a, T> {
    data: &'a mut [T],
    cols: usize,
    stride: usize,
    subtracts: bool,
}

impl<'a, T: Number> Output<'a, T> {
    /// A matrix of `cols` columns.
    #[inline(always)]
    pub(crate) fn new(data: &'a mut [T], cols: usize, stride: usize) -> Self {
        assert!(cols <= stride || data.len() <= cols);
        Self { data, cols, stride, subtracts: false }
    }

    /// The same, with what would be added subtracted.
    #[inline(always)]
    pub(crate) fn subtracting(self) -> Self {
        Self { subtracts: true, ..self }
    }

    /// Number of columns.
    #[inline(always)]
    pub(crate) fn cols(&self) -> usize {
        self.cols
    }

    /// Adds the tile at `(row, col)`, or overwrites what is there unless `ADD`.
    ///
    /// Columns of the tile past the last one of the matrix are dropped.
    #[inline(always)]
    pub(crate) fn store<const ADD: bool, const R: usize, const V: usize, const L: usize>(
        &mut self,
        row: usize,
        col: usize,
        tile: [[[T; L]; V]; R],
    ) {
        for i in 0..R {
            let out = &mut self.data[(row + i) * self.stride..][..self.cols];
            for v in 0..V {
                let from = col + v * L;
                // A copy: run-time indices into the tile itself would keep its
                // sums in memory while they are accumulated.
                let mut sums = tile[i][v];
                if ADD && self.subtracts {
                    sums = sums.map(|sum| T::zero() - sum);
                }
                if let Some(out) = out[from..].first_chunk_mut::<L>() {
                    for l in 0..L {
                        out[l] = if ADD { out[l] + sums[l] } else { sums[l] };
                    }
                } else {
                    for (out, sum) in out[from..].iter_mut().zip(sums) {
                        *out = if ADD { *out + sum } else { sum };
                    }
                }
            }
        }
    }
}
