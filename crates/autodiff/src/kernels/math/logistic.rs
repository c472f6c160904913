//! The logistic family: `sigmoid`, `softplus`, and both of `±x` at once.
//!
//! Everything comes from `t = exp(−|x|)` in `[0, 1]`, so that nothing overflows and each tail keeps its relative
//! accuracy down to the subnormals: `softplus(±x) = max(±x, 0) + ln(1 + t)`, and the sigmoids are `1/(1 + t)` and
//! `t/(1 + t)` (Mächler 2012, *Accurately computing log(1 − exp(−|a|))*).

use super::exp::exp_of_negative;
use super::format::Format;
use super::log::ln_1p_of_unit;
use super::vector_math::Logistic;

/// `e^(−|x|)`
#[inline(always)]
pub(crate) fn exp_neg_abs<F: Format, const FMA: bool>(x: F) -> F {
    exp_of_negative::<_, FMA>(-x.abs())
}

/// `1/(1 + e⁻ˣ)`; bit for bit what [`logistic_from`] gives, so that fusing the two changes no result.
///
/// Measured error at most 2.7 ulp (`f32`: 2.8).
#[inline(always)]
pub(crate) fn sigmoid<F: Format, const FMA: bool>(x: F) -> F {
    let t = exp_neg_abs::<_, FMA>(x);
    let larger = F::ONE / (F::ONE + t);
    if x > F::ZERO { larger } else { t * larger }
}

/// `ln(1 + eˣ)`.
///
/// Measured error at most 1.9 ulp (`f32`: 2.0).
#[inline(always)]
pub(crate) fn softplus<F: Format, const FMA: bool>(x: F) -> F {
    let t = exp_neg_abs::<_, FMA>(x);
    let linear = if x > F::ZERO { x } else { F::ZERO };
    linear + ln_1p_of_unit::<_, FMA>(t)
}

/// Softplus and sigmoid of `x` and of `−x`, from `t = e^(−|x|)`, one logarithm (which divides too) and one division.
///
/// Measured error at most 1.9 ulp in the softplus, 2.7 ulp (`f32`: 2.0 and 2.8) in the sigmoids, subnormal results included.
#[inline(always)]
pub(crate) fn logistic_from<F: Format, const FMA: bool>(x: F, t: F) -> Logistic<F> {
    let log = ln_1p_of_unit::<_, FMA>(t);
    let larger = F::ONE / (F::ONE + t);
    let smaller = t * larger;
    let positive = x > F::ZERO;
    let linear = if positive { x } else { F::ZERO };
    let linear_neg = if positive { F::ZERO } else { -x };
    Logistic {
        softplus: linear + log,
        softplus_neg: linear_neg + log,
        softplus_far: log,
        sigmoid: if positive { larger } else { smaller },
        sigmoid_neg: if positive { smaller } else { larger },
    }
}

#[cfg(test)]
mod tests {
    use super::{sigmoid, softplus};
    use crate::kernels::math::test_support::{assert_close, everywhere, grid};
    use crate::kernels::math::{Fast, VectorMath};

    fn points() -> impl Iterator<Item = f64> {
        everywhere().chain(grid(-746.0, 746.0, 20_000)).chain(grid(-8.0, 8.0, 20_000))
    }

    fn sigmoid_by_std(x: f64) -> f64 {
        if x > 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
    }

    fn softplus_by_std(x: f64) -> f64 {
        if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
    }

    #[test]
    fn both_tails_keep_their_relative_accuracy() {
        assert_close(sigmoid::<_, true>, sigmoid_by_std, points(), 4);
        assert_close(sigmoid::<_, false>, sigmoid_by_std, points(), 4);
        assert_close(softplus::<_, true>, softplus_by_std, points(), 3);
        assert_close(softplus::<_, false>, softplus_by_std, points(), 3);
    }

    #[test]
    fn the_family_is_its_members_at_both_signs() {
        for x in points() {
            let family = Fast::<false>::logistic(x);
            let members =
                [softplus::<_, false>(x), softplus::<_, false>(-x), sigmoid::<_, false>(x), sigmoid::<_, false>(-x)];
            let fields = [family.softplus, family.softplus_neg, family.sigmoid, family.sigmoid_neg];
            for (field, member) in fields.into_iter().zip(members) {
                assert!(field == member || x.is_nan() && field.is_nan(), "at {x:e}");
            }
            assert!(family.softplus_far == softplus::<_, false>(-x.abs()) || x.is_nan(), "at {x:e}");
        }
    }

    #[test]
    fn limits_are_reached_without_nan() {
        let far = Fast::<true>::logistic(f64::INFINITY);
        assert_eq!([far.softplus, far.softplus_neg], [f64::INFINITY, 0.0]);
        assert_eq!([far.sigmoid, far.sigmoid_neg], [1.0, 0.0]);
        let middle = Fast::<true>::logistic(-0.0);
        assert_eq!([middle.sigmoid, middle.sigmoid_neg], [0.5, 0.5]);
        assert_eq!([middle.softplus, middle.softplus_neg], [std::f64::consts::LN_2; 2]);
    }
}

#[cfg(test)]
mod tests_single {
    use super::{sigmoid, softplus};
    use crate::kernels::math::test_support::{assert_close_single, everywhere_single, grid_single};
    use crate::kernels::math::{Fast, VectorMath};

    fn points() -> impl Iterator<Item = f32> {
        everywhere_single().chain(grid_single(-105.0, 105.0, 20_000)).chain(grid_single(-8.0, 8.0, 20_000))
    }

    fn sigmoid_by_std(x: f64) -> f64 {
        if x > 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
    }

    fn softplus_by_std(x: f64) -> f64 {
        if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
    }

    #[test]
    fn both_tails_keep_their_relative_accuracy() {
        assert_close_single(sigmoid::<_, true>, sigmoid_by_std, points(), 4);
        assert_close_single(sigmoid::<_, false>, sigmoid_by_std, points(), 4);
        assert_close_single(softplus::<_, true>, softplus_by_std, points(), 3);
        assert_close_single(softplus::<_, false>, softplus_by_std, points(), 3);
    }

    #[test]
    fn the_family_is_its_members_at_both_signs() {
        for x in points() {
            let family = Fast::<false>::logistic(x);
            let members =
                [softplus::<_, false>(x), softplus::<_, false>(-x), sigmoid::<_, false>(x), sigmoid::<_, false>(-x)];
            let fields = [family.softplus, family.softplus_neg, family.sigmoid, family.sigmoid_neg];
            for (field, member) in fields.into_iter().zip(members) {
                assert!(field == member || x.is_nan() && field.is_nan(), "at {x:e}");
            }
            assert!(family.softplus_far == softplus::<_, false>(-x.abs()) || x.is_nan(), "at {x:e}");
        }
    }

    #[test]
    fn limits_are_reached_without_nan() {
        let far = Fast::<true>::logistic(f32::INFINITY);
        assert_eq!([far.softplus, far.softplus_neg], [f32::INFINITY, 0.0]);
        assert_eq!([far.sigmoid, far.sigmoid_neg], [1.0, 0.0]);
        let middle = Fast::<true>::logistic(-0.0);
        assert_eq!([middle.sigmoid, middle.sigmoid_neg], [0.5, 0.5]);
        assert_eq!([middle.softplus, middle.softplus_neg], [std::f32::consts::LN_2; 2]);
    }
}
