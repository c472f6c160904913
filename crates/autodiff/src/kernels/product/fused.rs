//! `a·b + c` by the fused instruction.
//!
//! `Fast<true>` is to be used only where the processor has it: vectors of 32 bytes need AVX2 and FMA, vectors of 64 bytes
//! AVX-512F as well, enabled in the function that the kernel is inlined into. [`dispatch`](crate::kernels) sees to it.

#![allow(unsafe_code)]

use super::{MulAdd, Number};
use crate::kernels::math::{Fast, VectorMath};
use std::mem::transmute_copy;

/// Whole registers by intrinsics: a register tile of plain arrays is only
/// sometimes recognised as vectors, and twenty times slower when it is not.
macro_rules! fused {
    ($t:ident, $fma256:ident, $fma512:ident) => {
        impl<const FMA: bool> MulAdd<$t> for Fast<FMA> {
            #[inline(always)]
            fn fma(a: $t, b: $t, c: $t) -> $t {
                <Self as VectorMath<$t>>::fma(a, b, c)
            }

            #[inline(always)]
            fn fma_lanes<const L: usize>(a: [$t; L], b: [$t; L], c: [$t; L]) -> [$t; L] {
                #[cfg(target_arch = "x86_64")]
                if FMA {
                    use std::arch::x86_64::{$fma256, $fma512};
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
        }
    };
}

fused!(f64, _mm256_fmadd_pd, _mm512_fmadd_pd);
fused!(f32, _mm256_fmadd_ps, _mm512_fmadd_ps);

#[inline(always)]
fn by_lane<T: Number, M: MulAdd<T>, const L: usize>(a: [T; L], b: [T; L], c: [T; L]) -> [T; L] {
    let mut out = c;
    for l in 0..L {
        out[l] = M::fma(a[l], b[l], c[l]);
    }
    out
}
