//! The instruction set, chosen at run time.
//!
//! A [`Task`] is inlined into a function for each instruction set, so that all of its loops are compiled for it. The
//! parameters of a set are the length of a vector and the largest tile of registers for products.

#![allow(unsafe_code)]

use super::Math;
use super::native::Native;
use crate::scalar::Scalar;
use std::any::TypeId;
use std::mem::{ManuallyDrop, transmute_copy};

/// Work to be compiled for each instruction set. `run` must be `#[inline(always)]`.
pub(crate) trait Task<T: Scalar>: Sized {
    /// The same work on another element type.
    type On<U: Scalar>: Task<U>;

    /// The work, with vectors of `L` elements and register tiles of `R` × `V` vectors.
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self);

    /// The work on `f64` through [`with_vectors`], from a function that is not generic: it is compiled with this crate,
    /// once, and not again with every crate that runs a program.
    fn run_double(task: Self::On<f64>);

    /// The work on `f32`, likewise.
    fn run_single(task: Self::On<f32>);
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

/// Runs the task: vectorised for `f64` and `f32`, as generic code for every other element type.
pub(crate) fn dispatch<T: Scalar, K: Task<T, On<T> = K>>(task: K) {
    let task = match on::<T, f64, K>(task) {
        Ok(task) => return K::run_double(task),
        Err(task) => task,
    };
    match on::<T, f32, K>(task) {
        Ok(task) => K::run_single(task),
        Err(task) => task.run::<Native<false>, 4, 4, 2>(),
    }
}

/// The task as one on `U`, if `T` is `U`.
fn on<T: Scalar, U: Scalar, K: Task<T, On<T> = K>>(task: K) -> Result<K::On<U>, K> {
    if TypeId::of::<T>() != TypeId::of::<U>() {
        return Err(task);
    }
    let task = ManuallyDrop::new(task);
    // SAFETY: T and U are the same type, so K::On<U> is K::On<T>, which is K. The task is moved, not dropped here.
    Ok(unsafe { transmute_copy::<ManuallyDrop<K>, K::On<U>>(&task) })
}

/// Runs a task on `f64` or `f32` with the best instructions that the processor has.
pub(crate) fn with_vectors<T: Scalar, K: Task<T>>(task: K) {
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
