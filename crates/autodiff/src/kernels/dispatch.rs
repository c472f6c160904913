//! The instruction set, chosen at run time.
//!
//! A [`Task`] is inlined into a function for each instruction set, so that all of its loops are compiled for it. The
//! parameters of a set are the length of a vector and the largest tile of registers for products.

#![allow(unsafe_code)]

use super::Math;
use super::native::Native;
use crate::scalar::Scalar;
use std::any::TypeId;

/// Work to be compiled for each instruction set. `run` must be `#[inline(always)]`.
pub(crate) trait Task<T: Scalar> {
    /// The work, with vectors of `L` elements and register tiles of `R` × `V` vectors.
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
fn avx512<T: Scalar, K: Task<T>>(task: K) {
    if size_of::<T>() == 4 {
        task.run::<Native<true>, 16, 8, 3>();
    } else {
        task.run::<Native<true>, 8, 8, 3>();
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<T: Scalar, K: Task<T>>(task: K) {
    if size_of::<T>() == 4 {
        task.run::<Native<true>, 8, 4, 2>();
    } else {
        task.run::<Native<true>, 4, 4, 2>();
    }
}

/// Runs the task with the best instructions that the processor has for the element type.
pub(crate) fn dispatch<T: Scalar, K: Task<T>>(task: K) {
    let is_float = TypeId::of::<T>() == TypeId::of::<f64>() || TypeId::of::<T>() == TypeId::of::<f32>();
    if !is_float {
        return task.run::<Native<false>, 4, 4, 2>();
    }
    #[cfg(target_arch = "x86_64")]
    {
        let has_fma = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        if has_fma
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512bw")
        {
            // SAFETY: the processor has every feature that the function is compiled for.
            return unsafe { avx512::<T, K>(task) };
        }
        if has_fma {
            // SAFETY: the processor has every feature that the function is compiled for.
            return unsafe { avx2::<T, K>(task) };
        }
    }
    // NEON and its fused multiply-add are part of the baseline of aarch64; that of x86-64 has no such instruction.
    task.run::<Native<{ cfg!(target_arch = "aarch64") }>, 4, 4, 2>();
}
