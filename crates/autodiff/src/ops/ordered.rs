//! Elementwise functions that come in families with an order, such that the derivative of one is the next: there is no
//! highest derivative, and each is as exact as the first.

use crate::kernels::{Tile, special};
use crate::scalar::Scalar;

/// A family; its member of order n is the derivative of order n of the member of order 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Ordered {
    /// The derivatives of digamma.
    Polygamma,
    /// The derivatives of `ln Φ(x)`, from the second on.
    LogNormCdf,
    /// The derivatives of `x + φ(x)/Φ(x)`.
    NormResidual,
    /// The derivatives of `sin(πx)/(πx)`.
    Sinc,
    /// The derivatives of `ln(1 + x)/x`.
    Ln1pRatio,
    /// The derivatives of `(eˣ − 1)/x`.
    ExpM1Ratio,
    /// The derivatives of `ln(sinh(x)/x)`.
    LnSinhRatio,
}

impl Ordered {
    pub(crate) fn name(self, order: u16) -> &'static str {
        match (self, order) {
            (Ordered::Polygamma, 0) => "digamma",
            (Ordered::Polygamma, 1) => "trigamma",
            (Ordered::Polygamma, _) => "polygamma",
            (Ordered::LogNormCdf, _) => "log_norm_cdf_derivative",
            (Ordered::NormResidual, 0) => "norm_residual",
            (Ordered::NormResidual, _) => "norm_residual_derivative",
            (Ordered::Sinc, 0) => "sinc",
            (Ordered::Sinc, _) => "sinc_derivative",
            (Ordered::Ln1pRatio, 0) => "ln_1p_ratio",
            (Ordered::Ln1pRatio, _) => "ln_1p_ratio_derivative",
            (Ordered::ExpM1Ratio, 0) => "exp_m1_ratio",
            (Ordered::ExpM1Ratio, _) => "exp_m1_ratio_derivative",
            (Ordered::LnSinhRatio, 0) => "ln_sinh_ratio",
            (Ordered::LnSinhRatio, _) => "ln_sinh_ratio_derivative",
        }
    }

    pub(crate) fn value<T: Scalar>(self, order: u16, x: T) -> T {
        let n = usize::from(order);
        match self {
            Ordered::Polygamma => special::polygamma(n, x),
            Ordered::LogNormCdf => special::log_norm_cdf_derivative(n, x),
            Ordered::NormResidual => special::norm_residual_derivative(n, x),
            Ordered::Sinc => special::sinc_derivative(n, x),
            Ordered::Ln1pRatio => special::ln_1p_ratio_derivative(n, x),
            Ordered::ExpM1Ratio => special::exp_m1_ratio_derivative(n, x),
            Ordered::LnSinhRatio => special::ln_sinh_ratio_derivative(n, x),
        }
    }

    /// The values of `count` tiles from `x` on, to `out`.
    pub(crate) fn map<T: Scalar>(self, order: u16, tiles: &mut [Tile<T>], [x, out]: [usize; 2], count: usize) {
        super::map_tiles(tiles, x, out, count, |x| self.value(order, x));
    }
}
