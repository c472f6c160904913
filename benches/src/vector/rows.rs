//! Sums over a row, and sums of rows.

use super::Real;

/// `Σ a·b`, by four vectors of sums.
#[inline(always)]
pub fn dot<T: Real, const W: usize>(a: &[T], b: &[T]) -> T {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let (va, ta) = a.as_chunks::<W>();
    let (vb, tb) = b.as_chunks::<W>();
    let mut sums = [[T::zero(); W]; 4];
    let (qa, ra) = va.as_chunks::<4>();
    let (qb, rb) = vb.as_chunks::<4>();
    for (a, b) in qa.iter().zip(qb) {
        for v in 0..4 {
            for l in 0..W {
                sums[v][l] = a[v][l].mul_add(b[v][l], sums[v][l]);
            }
        }
    }
    for (a, b) in ra.iter().zip(rb) {
        for l in 0..W {
            sums[0][l] = a[l].mul_add(b[l], sums[0][l]);
        }
    }
    let mut lanes = [T::zero(); W];
    for l in 0..W {
        lanes[l] = (sums[0][l] + sums[1][l]) + (sums[2][l] + sums[3][l]);
    }
    let mut total = lane_sum(lanes);
    for (&a, &b) in ta.iter().zip(tb) {
        total = a.mul_add(b, total);
    }
    total
}

#[inline(always)]
fn lane_sum<T: Real, const W: usize>(mut lanes: [T; W]) -> T {
    let mut n = W;
    while n > 1 {
        n /= 2;
        for l in 0..n {
            lanes[l] += lanes[l + n];
        }
    }
    lanes[0]
}

/// `Σ x²`: what reading the data once costs.
#[inline(always)]
pub fn sum_of_squares<T: Real, const W: usize>(x: &[T]) -> T {
    dot::<T, W>(x, x)
}

/// `out[j] += Σᵢ coef[i]·x[i, j]` for the row-major rows `x`: a few vectors of columns at a time, whose sums stay in
/// registers.
#[inline(always)]
pub fn add_rows<T: Real, const W: usize>(x: &[T], coef: &[T], out: &mut [T]) {
    let cols = out.len();
    let mut j = 0;
    while cols - j >= 8 * W {
        j += add_columns::<T, W, 8, 1>(x, coef, j, out);
    }
    while cols - j >= 4 * W {
        j += add_columns::<T, W, 4, 1>(x, coef, j, out);
    }
    while cols - j >= W {
        j += add_columns::<T, W, 1, 4>(x, coef, j, out);
    }
    while cols - j >= 4 {
        j += add_columns::<T, 4, 1, 4>(x, coef, j, out);
    }
    while cols - j >= 1 {
        j += add_columns::<T, 1, 1, 4>(x, coef, j, out);
    }
}

/// `V` vectors of columns, by `U` sums each.
#[inline(always)]
fn add_columns<T: Real, const W: usize, const V: usize, const U: usize>(
    x: &[T],
    coef: &[T],
    j: usize,
    out: &mut [T],
) -> usize {
    let cols = out.len();
    let mut sums = [[[T::zero(); W]; V]; U];
    let (groups, rest) = coef.as_chunks::<U>();
    for (rows, coef) in x.chunks_exact(U * cols).zip(groups) {
        for u in 0..U {
            let row = &rows[u * cols + j..][..V * W].as_chunks::<W>().0[..V];
            for v in 0..V {
                for l in 0..W {
                    sums[u][v][l] = coef[u].mul_add(row[v][l], sums[u][v][l]);
                }
            }
        }
    }
    for (row, &c) in x[groups.len() * U * cols..].chunks_exact(cols).zip(rest) {
        let row = &row[j..j + V * W].as_chunks::<W>().0[..V];
        for v in 0..V {
            for l in 0..W {
                sums[0][v][l] = c.mul_add(row[v][l], sums[0][v][l]);
            }
        }
    }
    let out = &mut out[j..j + V * W].as_chunks_mut::<W>().0[..V];
    for v in 0..V {
        for l in 0..W {
            for sums in &sums {
                out[v][l] += sums[v][l];
            }
        }
    }
    V * W
}
