//! `a·b + c` by the fused instruction, and what else compilers make whole registers of only sometimes.
//!
//! `Fast<true>` is to be used only where the processor has it: vectors of 32 bytes need AVX2 and FMA, vectors of 64 bytes
//! AVX-512F as well, enabled in the function that the kernel is inlined into. [`dispatch`](crate::kernels) sees to it.

#![allow(unsafe_code)]

use super::number::{dots_by_lane, four_dots_by_lane, load_elements};
use super::{MulAdd, Number};
use crate::kernels::math::{Fast, VectorMath};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;
#[cfg(target_arch = "x86_64")]
use std::mem::transmute_copy;

/// Whole registers by intrinsics: a register tile of plain arrays is only
/// sometimes recognised as vectors, and twenty times slower when it is not.
macro_rules! fused {
    ($t:ident, $fma256:ident, $fma512:ident, $dots:ident, $four_dots:ident, $load256:ident, $load512:ident) => {
        impl<const FMA: bool> MulAdd<$t> for Fast<FMA> {
            const UNROLLED: bool = true;
            const FOUR_DOTS: bool = FMA && cfg!(target_arch = "x86_64");

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
            fn dots<const L: usize, const N: usize>(a: [&[$t]; N], b: &[$t]) -> [$t; N] {
                #[cfg(target_arch = "x86_64")]
                if FMA && size_of::<[$t; L]>() >= 32 {
                    // SAFETY: the caller has the instructions.
                    return unsafe { $dots(a, b) };
                }
                dots_by_lane::<$t, Self, N>(a, b)
            }

            #[inline(always)]
            fn four_dots<const L: usize, const N: usize, const IN_ORDER: bool>(
                a: [&[$t]; N],
                b: [&[$t]; 4],
            ) -> [[$t; 4]; N] {
                #[cfg(target_arch = "x86_64")]
                if FMA && size_of::<[$t; L]>() >= 32 {
                    // SAFETY: the caller has the instructions.
                    return unsafe { $four_dots::<N, IN_ORDER>(a, b) };
                }
                four_dots_by_lane::<$t, Self, N>(a, b)
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

fused!(f64, _mm256_fmadd_pd, _mm512_fmadd_pd, dots_of_doubles, four_dots_of_doubles, load_4_doubles, load_8_doubles);
fused!(f32, _mm256_fmadd_ps, _mm512_fmadd_ps, dots_of_singles, four_dots_of_singles, load_8_singles, load_16_singles);

#[inline(always)]
fn by_lane<T: Number, M: MulAdd<T>, const L: usize>(a: [T; L], b: [T; L], c: [T; L]) -> [T; L] {
    let mut out = c;
    for l in 0..L {
        out[l] = M::fma(a[l], b[l], c[l]);
    }
    out
}

/// Dot products on registers of 32 bytes.
///
/// Not as loops over arrays: how those come out of the compiler depends on what is done with the sums afterwards. And not on
/// registers of 64 bytes: a load of that size mostly lies in two lines of the cache, and where neither is there yet, as in
/// data that are read for the first time, processors (Zen 5) are up to 1.4 times slower by them.
macro_rules! dots {
    ($dots:ident, $four_dots:ident, $some_vectors:ident, $t:ident, $lanes:literal, $zero:ident, $load:ident, $fma:ident, $sum:ident,
     $load_part:ident, $sums:ident) => {
        /// [`MulAdd::dots`]. Needs AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        #[inline(always)]
        unsafe fn $dots<const N: usize>(a: [&[$t]; N], b: &[$t]) -> [$t; N] {
            let mut len = b.len();
            for n in 0..N {
                len = len.min(a[n].len());
            }
            let (vectors, rest) = (len / $lanes, len % $lanes);
            // SAFETY: of all slices, `vectors * $lanes + rest` elements are read; the caller has the instructions.
            unsafe {
                // One sum for each product: the next row's, which doesn't wait for this one's, hides the latency.
                let mut acc = [$zero(); N];
                for vector in 0..vectors {
                    let at = vector * $lanes;
                    let x = $load(b.as_ptr().add(at));
                    for n in 0..N {
                        acc[n] = $fma(x, $load(a[n].as_ptr().add(at)), acc[n]);
                    }
                }
                if rest > 0 {
                    let at = vectors * $lanes;
                    let x = $load_part(b.as_ptr().add(at), rest);
                    for n in 0..N {
                        acc[n] = $fma(x, $load_part(a[n].as_ptr().add(at), rest), acc[n]);
                    }
                }
                let mut sums = [0.0; N];
                for n in 0..N {
                    sums[n] = $sum(acc[n]);
                }
                sums
            }
        }

        /// [`MulAdd::four_dots`]. Needs AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        #[inline(always)]
        unsafe fn $four_dots<const N: usize, const IN_ORDER: bool>(a: [&[$t]; N], b: [&[$t]; 4]) -> [[$t; 4]; N] {
            let mut len = b[0].len().min(b[1].len()).min(b[2].len()).min(b[3].len());
            for n in 0..N {
                len = len.min(a[n].len());
            }
            let (a, b) = (a.map(<[$t]>::as_ptr), b.map(<[$t]>::as_ptr));
            let (vectors, rest) = (len / $lanes, len % $lanes);
            // SAFETY: of all slices, `vectors * $lanes + rest` elements are read; the caller has the instructions.
            unsafe {
                match vectors {
                    1 => $some_vectors::<N, 1, IN_ORDER>(a, b, 1, rest),
                    2 => $some_vectors::<N, 2, IN_ORDER>(a, b, 2, rest),
                    3 => $some_vectors::<N, 3, IN_ORDER>(a, b, 3, rest),
                    4 => $some_vectors::<N, 4, IN_ORDER>(a, b, 4, rest),
                    5 => $some_vectors::<N, 5, IN_ORDER>(a, b, 5, rest),
                    6 => $some_vectors::<N, 6, IN_ORDER>(a, b, 6, rest),
                    7 => $some_vectors::<N, 7, IN_ORDER>(a, b, 7, rest),
                    8 => $some_vectors::<N, 8, IN_ORDER>(a, b, 8, rest),
                    _ => $some_vectors::<N, 0, IN_ORDER>(a, b, vectors, rest),
                }
            }
        }

        /// [`MulAdd::four_dots`] of `vectors` whole registers, of which the compiler knows that they are `V` if that isn't 0, and
        /// `rest` elements: narrow rows in a cache are a twentieth faster without the loop. `$load_part` loads what is left of a
        /// slice, `$sums` adds the lanes of four registers. Needs AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        #[inline(always)]
        unsafe fn $some_vectors<const N: usize, const V: usize, const IN_ORDER: bool>(
            a: [*const $t; N],
            b: [*const $t; 4],
            vectors: usize,
            rest: usize,
        ) -> [[$t; 4]; N] {
            let vectors = if V > 0 { V } else { vectors };
            // SAFETY: the caller's, who has that many elements and the instructions.
            unsafe {
                let mut acc = [[$zero(); 4]; N];
                if IN_ORDER {
                    for k in 0..4 {
                        for vector in 0..V {
                            let at = vector * $lanes;
                            let x = $load(b[k].add(at));
                            for n in 0..N {
                                acc[n][k] = $fma(x, $load(a[n].add(at)), acc[n][k]);
                            }
                        }
                    }
                }
                let first = if IN_ORDER { V } else { 0 };
                for vector in first..vectors {
                    let at = vector * $lanes;
                    for k in 0..4 {
                        let x = $load(b[k].add(at));
                        for n in 0..N {
                            acc[n][k] = $fma(x, $load(a[n].add(at)), acc[n][k]);
                        }
                    }
                }
                if rest > 0 {
                    let at = vectors * $lanes;
                    for k in 0..4 {
                        let x = $load_part(b[k].add(at), rest);
                        for n in 0..N {
                            acc[n][k] = $fma(x, $load_part(a[n].add(at), rest), acc[n][k]);
                        }
                    }
                }
                let mut sums = [[0.0; 4]; N];
                for n in 0..N {
                    sums[n] = $sums(acc[n]);
                }
                sums
            }
        }
    };
}

dots!(
    dots_of_doubles,
    four_dots_of_doubles,
    some_vectors_of_doubles,
    f64,
    4,
    _mm256_setzero_pd,
    _mm256_loadu_pd,
    _mm256_fmadd_pd,
    sum_doubles,
    load_4_doubles,
    sums_of_doubles
);
dots!(
    dots_of_singles,
    four_dots_of_singles,
    some_vectors_of_singles,
    f32,
    8,
    _mm256_setzero_ps,
    _mm256_loadu_ps,
    _mm256_fmadd_ps,
    sum_singles,
    load_8_singles,
    sums_of_singles
);

/// The sum of the lanes of each register. Needs AVX2.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn sums_of_doubles(acc: [__m256d; 4]) -> [f64; 4] {
    // SAFETY: a register has the array's bytes; the caller has the instructions.
    unsafe {
        let (first, last) = (_mm256_hadd_pd(acc[0], acc[1]), _mm256_hadd_pd(acc[2], acc[3]));
        let (low, high) = (_mm256_permute2f128_pd::<0x20>(first, last), _mm256_permute2f128_pd::<0x31>(first, last));
        transmute_copy(&_mm256_add_pd(low, high))
    }
}

/// As [`sums_of_doubles`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn sums_of_singles(acc: [__m256; 4]) -> [f32; 4] {
    // SAFETY: as in `sums_of_doubles`.
    unsafe {
        let four = _mm256_hadd_ps(_mm256_hadd_ps(acc[0], acc[1]), _mm256_hadd_ps(acc[2], acc[3]));
        transmute_copy(&_mm_add_ps(_mm256_castps256_ps128(four), _mm256_extractf128_ps::<1>(four)))
    }
}

/// The sum of a register's lanes, as [`sums_of_doubles`] adds them. Needs AVX2.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn sum_doubles(acc: __m256d) -> f64 {
    // SAFETY: registers only; the caller has the instructions.
    unsafe {
        let pairs = _mm256_hadd_pd(acc, acc);
        _mm_cvtsd_f64(_mm_add_sd(_mm256_castpd256_pd128(pairs), _mm256_extractf128_pd::<1>(pairs)))
    }
}

/// As [`sum_doubles`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn sum_singles(acc: __m256) -> f32 {
    // SAFETY: registers only; the caller has the instructions.
    unsafe {
        let pairs = _mm256_hadd_ps(acc, acc);
        let fours = _mm256_hadd_ps(pairs, pairs);
        _mm_cvtss_f32(_mm_add_ss(_mm256_castps256_ps128(fours), _mm256_extractf128_ps::<1>(fours)))
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
