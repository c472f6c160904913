//! `a·b + c` by the fused instruction, and what else compilers make whole registers of only sometimes.
//!
//! `Fast<true>` is to be used only where the processor has it: vectors of 32 bytes need AVX2 and FMA, vectors of 64 bytes
//! AVX-512F as well, enabled in the function that the kernel is inlined into. [`dispatch`](crate::kernels) sees to it.

#![allow(unsafe_code)]

use super::number::{dots_by_lane, load_elements};
use super::{MulAdd, Number};
use crate::kernels::math::{Fast, VectorMath};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;
use std::mem::transmute_copy;

/// Whole registers by intrinsics: a register tile of plain arrays is only
/// sometimes recognised as vectors, and twenty times slower when it is not.
macro_rules! fused {
    ($t:ident, $fma256:ident, $fma512:ident, $dots256:ident, $load256:ident, $load512:ident) => {
        impl<const FMA: bool> MulAdd<$t> for Fast<FMA> {
            #[inline(always)]
            fn fma(a: $t, b: $t, c: $t) -> $t {
                <Self as VectorMath<$t>>::fma(a, b, c)
            }

            #[inline(always)]
            fn fma_lanes<const L: usize>(a: [$t; L], b: [$t; L], c: [$t; L]) -> [$t; L] {
                #[cfg(target_arch = "x86_64")]
                if FMA {
                    if size_of::<[$t; L]>() == 64 {
                        // SAFETY: arrays and registers have the same 64 bytes; the
                        // caller has the instruction, see the head of this file.
                        return unsafe {
                            let (a, b, c) = (transmute_copy(&a), transmute_copy(&b), transmute_copy(&c));
                            transmute_copy(&$fma512(a, b, c))
                        };
                    }
                    if size_of::<[$t; L]>() == 32 {
                        // SAFETY: as above, with 32 bytes.
                        return unsafe {
                            let (a, b, c) = (transmute_copy(&a), transmute_copy(&b), transmute_copy(&c));
                            transmute_copy(&$fma256(a, b, c))
                        };
                    }
                }
                by_lane::<$t, Self, L>(a, b, c)
            }

            #[inline(always)]
            fn dots<const L: usize, const N: usize>(a: &[$t], b: [&[$t]; N]) -> [$t; N] {
                #[cfg(target_arch = "x86_64")]
                if FMA && size_of::<[$t; L]>() >= 32 {
                    // SAFETY: the caller has the instructions.
                    return unsafe { $dots256(a, b) };
                }
                dots_by_lane::<$t, Self, L, N>(a, b)
            }

            #[inline(always)]
            fn load<const L: usize>(x: &[$t], lanes: usize) -> [$t; L] {
                #[cfg(target_arch = "x86_64")]
                if FMA {
                    let lanes = lanes.min(L).min(x.len());
                    if size_of::<[$t; L]>() == 64 {
                        // SAFETY: as many elements are read as the slice has; the array has the register's 64 bytes.
                        return unsafe { transmute_copy(&$load512(x.as_ptr(), lanes)) };
                    }
                    if size_of::<[$t; L]>() == 32 {
                        // SAFETY: as above, with 32 bytes.
                        return unsafe { transmute_copy(&$load256(x.as_ptr(), lanes)) };
                    }
                }
                load_elements(x, lanes)
            }
        }
    };
}

fused!(f64, _mm256_fmadd_pd, _mm512_fmadd_pd, dots_4_doubles, load_4_doubles, load_8_doubles);
fused!(f32, _mm256_fmadd_ps, _mm512_fmadd_ps, dots_8_singles, load_8_singles, load_16_singles);

#[inline(always)]
fn by_lane<T: Number, M: MulAdd<T>, const L: usize>(a: [T; L], b: [T; L], c: [T; L]) -> [T; L] {
    let mut out = c;
    for l in 0..L {
        out[l] = M::fma(a[l], b[l], c[l]);
    }
    out
}

/// Dot products on registers of 32 bytes, by `$sum`, which adds the lanes and what is left of the slices.
///
/// Not as loops over arrays: how those come out of the compiler depends on what is done with the sums afterwards. And not on
/// registers of 64 bytes: a load of that size mostly lies in two lines of the cache, and where neither is there yet, as in
/// data that are read for the first time, processors (Zen 5) are up to 1.4 times slower by them.
macro_rules! dot {
    ($name:ident, $t:ident, $lanes:literal, $zero:ident, $load:ident, $add:ident, $fma:ident, $sum:ident) => {
        /// [`MulAdd::dots`]. Needs AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        #[inline(always)]
        unsafe fn $name<const N: usize>(a: &[$t], b: [&[$t]; N]) -> [$t; N] {
            let mut n = a.len();
            for k in 0..N {
                n = n.min(b[k].len());
            }
            let (groups, vectors) = (n / (4 * $lanes), n / $lanes);
            let mut sums = [0.0; N];
            // SAFETY: vectors that end at `vectors * $lanes` or before are within all slices; the caller has the instructions.
            unsafe {
                // Four sums hide the latency of the additions.
                let mut acc = [[$zero(); 4]; N];
                for group in 0..groups {
                    for v in 0..4 {
                        let at = (4 * group + v) * $lanes;
                        let x = $load(a.as_ptr().add(at));
                        for k in 0..N {
                            acc[k][v] = $fma(x, $load(b[k].as_ptr().add(at)), acc[k][v]);
                        }
                    }
                }
                let mut totals = [$zero(); N];
                for k in 0..N {
                    totals[k] = $add($add(acc[k][0], acc[k][1]), $add(acc[k][2], acc[k][3]));
                }
                for vector in 4 * groups..vectors {
                    let x = $load(a.as_ptr().add(vector * $lanes));
                    for k in 0..N {
                        totals[k] = $fma(x, $load(b[k].as_ptr().add(vector * $lanes)), totals[k]);
                    }
                }
                for k in 0..N {
                    sums[k] = $sum(totals[k], &a[vectors * $lanes..n], &b[k][vectors * $lanes..n]);
                }
            }
            sums
        }
    };
}

dot!(dots_4_doubles, f64, 4, _mm256_setzero_pd, _mm256_loadu_pd, _mm256_add_pd, _mm256_fmadd_pd, sum_doubles);
dot!(dots_8_singles, f32, 8, _mm256_setzero_ps, _mm256_loadu_ps, _mm256_add_ps, _mm256_fmadd_ps, sum_singles);

/// `Σ_l acc[l] + Σ_j a[j]·b[j]`, for fewer elements than lanes. Needs AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn sum_doubles(acc: __m256d, a: &[f64], b: &[f64]) -> f64 {
    // SAFETY: registers only; the caller has the instructions.
    let mut sum = unsafe {
        let pair = _mm_add_pd(_mm256_castpd256_pd128(acc), _mm256_extractf128_pd::<1>(acc));
        _mm_cvtsd_f64(_mm_add_sd(pair, _mm_unpackhi_pd(pair, pair)))
    };
    // No closures: one left out of line is compiled without the caller's instructions.
    for j in 0..a.len().min(b.len()) {
        sum = a[j].mul_add(b[j], sum);
    }
    sum
}

/// As [`sum_doubles`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn sum_singles(acc: __m256, a: &[f32], b: &[f32]) -> f32 {
    // SAFETY: chunks have the register's bytes; the caller has the instructions.
    unsafe {
        let mut four = _mm_add_ps(_mm256_castps256_ps128(acc), _mm256_extractf128_ps::<1>(acc));
        let (mut rest_a, mut rest_b) = (a, b);
        if let (Some((x, a)), Some((y, b))) = (a.split_first_chunk::<4>(), b.split_first_chunk::<4>()) {
            four = _mm_fmadd_ps(transmute_copy(x), transmute_copy(y), four);
            (rest_a, rest_b) = (a, b);
        }
        let pair = _mm_add_ps(four, _mm_movehl_ps(four, four));
        let mut sum = _mm_cvtss_f32(_mm_add_ss(pair, _mm_movehdup_ps(pair)));
        for j in 0..rest_a.len().min(rest_b.len()) {
            sum = rest_a[j].mul_add(rest_b[j], sum);
        }
        sum
    }
}

/// `n ≤ 8` elements and zeros. Needs AVX-512F.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn load_8_doubles(first: *const f64, n: usize) -> __m512d {
    // SAFETY: `n` elements are read; the caller has the instruction.
    unsafe { _mm512_maskz_loadu_pd(((1_u32 << n) - 1) as u8, first) }
}

/// `n ≤ 16` elements and zeros. Needs AVX-512F.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn load_16_singles(first: *const f32, n: usize) -> __m512 {
    // SAFETY: `n` elements are read; the caller has the instruction.
    unsafe { _mm512_maskz_loadu_ps(((1_u32 << n) - 1) as u16, first) }
}

/// `n ≤ 4` elements and zeros. Needs AVX2.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn load_4_doubles(first: *const f64, n: usize) -> __m256d {
    const MASK: [i64; 8] = [-1, -1, -1, -1, 0, 0, 0, 0];
    // SAFETY: of the mask, elements 4 − n to 7 − n are read; of the slice, `n`; the caller has the instructions.
    unsafe { _mm256_maskload_pd(first, _mm256_loadu_si256(MASK.as_ptr().add(4 - n).cast())) }
}

/// `n ≤ 8` elements and zeros. Needs AVX2.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn load_8_singles(first: *const f32, n: usize) -> __m256 {
    const MASK: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
    // SAFETY: of the mask, elements 8 − n to 15 − n are read; of the slice, `n`; the caller has the instructions.
    unsafe { _mm256_maskload_ps(first, _mm256_loadu_si256(MASK.as_ptr().add(8 - n).cast())) }
}
