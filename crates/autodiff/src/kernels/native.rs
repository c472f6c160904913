//! The arithmetic of `f64` and `f32` as code that is generic in the element type sees it.
//!
//! Which of the two (or neither) the type is, is known when the code is compiled for it: the branches and conversions
//! below leave nothing behind.

#![allow(unsafe_code)]

use super::by_type::by_type;
use super::math::{Fast, Logistic, VectorMath, vector_functions};
use super::product::MulAdd;
use super::reference::Reference;
use crate::scalar::Scalar;

/// Vector code for `f64` and `f32`, the scalar's own functions for all else. `FMA` as in [`Fast`].
#[derive(Clone, Copy)]
pub(crate) struct Native<const FMA: bool>;

macro_rules! native {
    ($($(#[$doc:meta])* $name:ident: $file:ident::$function:ident, |$x:ident| $reference:expr;)*) => {
        impl<T: Scalar, const FMA: bool> VectorMath<T> for Native<FMA> {
            $(
                #[inline(always)]
                fn $name(x: T) -> T {
                    by_type(
                        x,
                        #[inline(always)]
                        |x: f64| <Fast<FMA> as VectorMath<f64>>::$name(x),
                        #[inline(always)]
                        |x: f32| <Fast<FMA> as VectorMath<f32>>::$name(x),
                        #[inline(always)]
                        |x: T| <Reference as VectorMath<T>>::$name(x),
                    )
                }
            )*

            #[inline(always)]
            fn fma(a: T, b: T, c: T) -> T {
                by_type(
                    [a, b, c],
                    #[inline(always)]
                    |[a, b, c]: [f64; 3]| <Fast<FMA> as VectorMath<f64>>::fma(a, b, c),
                    #[inline(always)]
                    |[a, b, c]: [f32; 3]| <Fast<FMA> as VectorMath<f32>>::fma(a, b, c),
                    #[inline(always)]
                    |[a, b, c]: [T; 3]| a * b + c,
                )
            }

            #[inline(always)]
            fn logistic_from(x: T, t: T) -> Logistic<T> {
                by_type(
                    [x, t],
                    #[inline(always)]
                    |[x, t]: [f64; 2]| <Fast<FMA> as VectorMath<f64>>::logistic_from(x, t),
                    #[inline(always)]
                    |[x, t]: [f32; 2]| <Fast<FMA> as VectorMath<f32>>::logistic_from(x, t),
                    #[inline(always)]
                    |[x, t]: [T; 2]| <Reference as VectorMath<T>>::logistic_from(x, t),
                )
            }

            #[inline(always)]
            fn sin_tile<const L: usize>(x: [T; L]) -> [T; L] {
                by_type(
                    x,
                    #[inline(always)]
                    |x: [f64; L]| <Fast<FMA> as VectorMath<f64>>::sin_tile(x),
                    #[inline(always)]
                    |x: [f32; L]| <Fast<FMA> as VectorMath<f32>>::sin_tile(x),
                    #[inline(always)]
                    |x: [T; L]| <Reference as VectorMath<T>>::sin_tile(x),
                )
            }

            #[inline(always)]
            fn cos_tile<const L: usize>(x: [T; L]) -> [T; L] {
                by_type(
                    x,
                    #[inline(always)]
                    |x: [f64; L]| <Fast<FMA> as VectorMath<f64>>::cos_tile(x),
                    #[inline(always)]
                    |x: [f32; L]| <Fast<FMA> as VectorMath<f32>>::cos_tile(x),
                    #[inline(always)]
                    |x: [T; L]| <Reference as VectorMath<T>>::cos_tile(x),
                )
            }
        }
    };
}

vector_functions!(native);

impl<T: Scalar, const FMA: bool> MulAdd<T> for Native<FMA> {
    const UNROLLED: bool = true;
    const FOUR_DOTS: bool = FMA && cfg!(target_arch = "x86_64");

    #[inline(always)]
    fn fma(a: T, b: T, c: T) -> T {
        <Self as VectorMath<T>>::fma(a, b, c)
    }

    #[inline(always)]
    fn fma_lanes<const L: usize>(a: [T; L], b: [T; L], c: [T; L]) -> [T; L] {
        by_type(
            [a, b, c],
            #[inline(always)]
            |[a, b, c]: [[f64; L]; 3]| <Fast<FMA> as MulAdd<f64>>::fma_lanes(a, b, c),
            #[inline(always)]
            |[a, b, c]: [[f32; L]; 3]| <Fast<FMA> as MulAdd<f32>>::fma_lanes(a, b, c),
            #[inline(always)]
            |[a, b, c]: [[T; L]; 3]| {
                let mut out = c;
                for lane in 0..L {
                    out[lane] = a[lane] * b[lane] + c[lane];
                }
                out
            },
        )
    }

    #[inline(always)]
    fn dots<const L: usize, const N: usize>(a: [&[T]; N], b: &[T]) -> [T; N] {
        // Raw parts: only what borrows nothing can be asked for its type.
        by_type(
            (all_parts(a), parts(b)),
            #[inline(always)]
            // SAFETY: the parts of slices, whose elements have been found to be of this type.
            |(a, b): ([Parts<f64>; N], Parts<f64>)| unsafe { Fast::<FMA>::dots::<L, N>(slices(a), slice(b)) },
            #[inline(always)]
            // SAFETY: likewise.
            |(a, b): ([Parts<f32>; N], Parts<f32>)| unsafe { Fast::<FMA>::dots::<L, N>(slices(a), slice(b)) },
            #[inline(always)]
            |_: ([Parts<T>; N], Parts<T>)| <Reference as MulAdd<T>>::dots::<L, N>(a, b),
        )
    }

    #[inline(always)]
    fn four_dots<const L: usize, const N: usize, const IN_ORDER: bool>(a: [&[T]; N], b: [&[T]; 4]) -> [[T; 4]; N] {
        by_type(
            (all_parts(a), all_parts(b)),
            #[inline(always)]
            // SAFETY: as in `dots`.
            |(a, b): ([Parts<f64>; N], [Parts<f64>; 4])| unsafe {
                Fast::<FMA>::four_dots::<L, N, IN_ORDER>(slices(a), slices(b))
            },
            #[inline(always)]
            // SAFETY: as in `dots`.
            |(a, b): ([Parts<f32>; N], [Parts<f32>; 4])| unsafe {
                Fast::<FMA>::four_dots::<L, N, IN_ORDER>(slices(a), slices(b))
            },
            #[inline(always)]
            |_: ([Parts<T>; N], [Parts<T>; 4])| <Reference as MulAdd<T>>::four_dots::<L, N, IN_ORDER>(a, b),
        )
    }

    #[inline(always)]
    fn load<const L: usize>(x: &[T], lanes: usize) -> [T; L] {
        by_type(
            parts(x),
            #[inline(always)]
            // SAFETY: as in `dots`.
            |x: Parts<f64>| unsafe { Fast::<FMA>::load::<L>(slice(x), lanes) },
            #[inline(always)]
            // SAFETY: as in `dots`.
            |x: Parts<f32>| unsafe { Fast::<FMA>::load::<L>(slice(x), lanes) },
            #[inline(always)]
            |_: Parts<T>| <Reference as MulAdd<T>>::load(x, lanes),
        )
    }
}

/// A slice as what borrows nothing.
type Parts<T> = (*const T, usize);

#[inline(always)]
fn parts<T>(x: &[T]) -> Parts<T> {
    (x.as_ptr(), x.len())
}

#[inline(always)]
fn all_parts<T, const N: usize>(all: [&[T]; N]) -> [Parts<T>; N] {
    let mut out = [parts(&[]); N];
    for k in 0..N {
        out[k] = parts(all[k]);
    }
    out
}

/// The slice of these parts, which must be one that is borrowed for as long.
#[inline(always)]
unsafe fn slice<'a, T>((first, len): Parts<T>) -> &'a [T] {
    // SAFETY: the caller's.
    unsafe { std::slice::from_raw_parts(first, len) }
}

/// As [`slice`], for each.
#[inline(always)]
unsafe fn slices<'a, T, const N: usize>(all: [Parts<T>; N]) -> [&'a [T]; N] {
    let mut out: [&[T]; N] = [&[]; N];
    for k in 0..N {
        // SAFETY: the caller's.
        out[k] = unsafe { slice(all[k]) };
    }
    out
}
