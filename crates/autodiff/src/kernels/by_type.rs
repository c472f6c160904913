//! What is done for `f64`, for `f32`, or for every other scalar: known when the code is compiled for one, so that nothing of the choice is
//! left.

use std::any::Any;

/// `x` as a `B`, which it must be.
#[inline(always)]
pub(crate) fn same<A: Copy + 'static, B: Copy + 'static>(x: A) -> Option<B> {
    (&x as &dyn Any).downcast_ref::<B>().copied()
}

/// Calls the function of the element type.
#[inline(always)]
pub(super) fn by_type<
    A: Copy + 'static,
    D: Copy + 'static,
    S: Copy + 'static,
    B: Copy + 'static,
    D2: Copy + 'static,
    S2: Copy + 'static,
>(
    x: A,
    double: impl Fn(D) -> D2,
    single: impl Fn(S) -> S2,
    other: impl Fn(A) -> B,
) -> B {
    if let Some(x) = same::<A, D>(x)
        && let Some(y) = same::<D2, B>(double(x))
    {
        return y;
    }
    if let Some(x) = same::<A, S>(x)
        && let Some(y) = same::<S2, B>(single(x))
    {
        return y;
    }
    other(x)
}
