//! The instruction set, chosen at run time.
//!
//! A [`Task`] is inlined into a function for each instruction set, so that all of its loops are compiled for it. The
//! parameters of a set are the length of a vector and the largest tile of registers for products. [`dispatch`] chooses the
//! set; the task may then give its parts functions of their own by [`Math::out_of_line`]: in one function, all loops there are
//! would take a compiler minutes.

#![allow(unsafe_code)]

use super::math::VectorMath;
use super::native::Native;
use super::product::MulAdd;
use super::reference::Reference;
use crate::scalar::Scalar;

/// The arithmetic that a task runs on.
pub(crate) trait Math<T: Scalar>: VectorMath<T> + MulAdd<T> {
    /// Whether a loop for each elementwise function is worth its machine code: whether it becomes vector instructions.
    const VECTORS: bool;

    /// Runs a part of a task, which runs as `run::<Self, L, _, _>`, in a function of its own for the same instructions.
    fn out_of_line<const L: usize, K: Task<T>>(part: K) -> K::Output;
}

impl<T: Scalar, const FMA: bool> Math<T> for Native<FMA> {
    const VECTORS: bool = true;

    #[inline(always)]
    fn out_of_line<const L: usize, K: Task<T>>(part: K) -> K::Output {
        #[cfg(target_arch = "x86_64")]
        if FMA {
            return match L * size_of::<T>() {
                // SAFETY: `avx512` alone runs tasks with fused arithmetic and vectors of 64 bytes. So it runs the caller,
                // and the processor has been found to have what it is compiled for.
                64 => unsafe { avx512::<T, K>(part) },
                // SAFETY: likewise; all other tasks with fused arithmetic run in `avx2`.
                _ => unsafe { avx2::<T, K>(part) },
            };
        }
        baseline(part)
    }
}

impl<T: Scalar> Math<T> for Reference {
    const VECTORS: bool = false;

    // Not for the instructions: compiled where it is used, an executor with all loops in one function takes two minutes, not seconds.
    #[inline(never)]
    fn out_of_line<const L: usize, K: Task<T>>(part: K) -> K::Output {
        part.run::<Self, L, 1, 1>()
    }
}

/// Work to be compiled for each instruction set. `run` must be `#[inline(always)]`.
pub(crate) trait Task<T: Scalar> {
    /// What the work gives.
    type Output;

    /// The work, with vectors of `L` elements and register tiles of `R` × `V` vectors.
    fn run<M: Math<T>, const L: usize, const R: usize, const V: usize>(self) -> Self::Output;
}

#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
fn avx512<T: Scalar, K: Task<T>>(task: K) -> K::Output {
    if size_of::<T>() == 4 { task.run::<Native<true>, 16, 8, 3>() } else { task.run::<Native<true>, 8, 8, 3>() }
}

#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn avx2<T: Scalar, K: Task<T>>(task: K) -> K::Output {
    if size_of::<T>() == 4 { task.run::<Native<true>, 8, 4, 2>() } else { task.run::<Native<true>, 4, 4, 2>() }
}

#[inline(never)]
fn baseline<T: Scalar, K: Task<T>>(task: K) -> K::Output {
    // NEON and its fused multiply-add are part of the baseline of aarch64; that of x86-64 has no such instruction.
    task.run::<Native<{ cfg!(target_arch = "aarch64") }>, 4, 4, 2>()
}

/// An instruction set that this processor has: no other can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instructions(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Baseline,
    #[cfg(all(target_arch = "x86_64", not(autodiff_baseline)))]
    Avx2,
    #[cfg(all(target_arch = "x86_64", not(autodiff_baseline)))]
    Avx512,
}

impl Instructions {
    /// All sets that this processor has, each with those before it.
    pub(crate) fn available() -> Vec<Self> {
        #[allow(unused_mut)]
        let mut sets = vec![Self(Set::Baseline)];
        #[cfg(all(target_arch = "x86_64", not(autodiff_baseline)))]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            sets.push(Self(Set::Avx2));
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512bw")
            {
                sets.push(Self(Set::Avx512));
            }
        }
        sets
    }

    pub(crate) fn widest() -> Self {
        Self::available().pop().unwrap_or(Self(Set::Baseline))
    }

    pub(crate) fn name(self) -> &'static str {
        match self.0 {
            Set::Baseline => "baseline",
            #[cfg(all(target_arch = "x86_64", not(autodiff_baseline)))]
            Set::Avx2 => "avx2",
            #[cfg(all(target_arch = "x86_64", not(autodiff_baseline)))]
            Set::Avx512 => "avx512",
        }
    }

    pub(crate) fn has_fused_multiply_add(self) -> bool {
        !cfg!(unoptimised) && (self.0 != Set::Baseline || cfg!(target_arch = "aarch64"))
    }

    /// Whether tasks run on vectors of 64 bytes.
    pub(crate) fn has_long_vectors(self) -> bool {
        !cfg!(unoptimised) && self.name() == "avx512"
    }
}

/// Runs a task on `f64` or `f32` with the instructions of a set.
///
/// To be called with either type by name, not from generic code: what it is compiled to is large. Compiled without
/// optimisation it runs plain arithmetic: there nothing becomes vectors, and a function that all of its loops are inlined into takes
/// megabytes of stack, as each variable has a place of its own.
pub(crate) fn dispatch<T: Scalar, K: Task<T>>(instructions: Instructions, task: K) -> K::Output {
    if cfg!(unoptimised) {
        return Reference::out_of_line::<4, _>(task);
    }
    match instructions.0 {
        Set::Baseline => baseline(task),
        // SAFETY: the processor has every feature that the function is compiled for, or there would be no such value.
        #[cfg(all(target_arch = "x86_64", not(autodiff_baseline)))]
        Set::Avx2 => unsafe { avx2::<T, K>(task) },
        // SAFETY: likewise.
        #[cfg(all(target_arch = "x86_64", not(autodiff_baseline)))]
        Set::Avx512 => unsafe { avx512::<T, K>(task) },
    }
}
