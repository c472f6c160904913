//! The distributions that statistics are compared with.

use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor, Normal, StudentsT};

/// What an estimate over its standard error is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reference {
    Normal,
    /// Student's t with its degrees of freedom.
    Student(f64),
}

impl Reference {
    /// The probability of a statistic at least as large in size; NaN where there is no such distribution.
    pub(crate) fn two_sided(self, statistic: f64) -> f64 {
        if statistic.is_nan() {
            return f64::NAN;
        }
        let size = statistic.abs();
        2.0 * match self {
            Reference::Normal => Normal::new(0.0, 1.0).map_or(f64::NAN, |normal| normal.sf(size)),
            Reference::Student(df) => StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |student| student.sf(size)),
        }
    }

    /// The quantile of a probability; NaN where there is none.
    pub(crate) fn quantile(self, probability: f64) -> f64 {
        if !(probability > 0.0 && probability < 1.0) {
            return f64::NAN;
        }
        match self {
            Reference::Normal => Normal::new(0.0, 1.0).map_or(f64::NAN, |normal| normal.inverse_cdf(probability)),
            Reference::Student(df) => {
                StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |student| student.inverse_cdf(probability))
            }
        }
    }
}

/// The probability of a chi-squared statistic at least as large.
pub(super) fn chi_squared_tail(statistic: f64, df: f64) -> f64 {
    ChiSquared::new(df).map_or(f64::NAN, |chi_squared| chi_squared.sf(statistic.max(0.0)))
}

/// The probability of an F statistic at least as large.
pub(super) fn f_tail(statistic: f64, df: f64, residual_df: f64) -> f64 {
    FisherSnedecor::new(df, residual_df).map_or(f64::NAN, |f| f.sf(statistic.max(0.0)))
}
