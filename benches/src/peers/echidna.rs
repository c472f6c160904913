//! echidna: a tape of single numbers, recorded once and replayed; a row of the data is some two operations a column, so that
//! only small data fit.

use super::converted;
use crate::Result;
use crate::contest::Contest;
use crate::data::Array;
use crate::settings::Dtype;
use crate::vector::Real;
use num_traits::Float;

/// The most elements a design matrix may have.
const MOST: usize = 1 << 20;

pub(super) fn enter<T: Real>(contest: &mut Contest<'_>, arrays: &[Array<'_, T>]) -> Result<()> {
    let settings = contest.settings();
    let fits = settings.rows * settings.cols <= MOST && settings.dtype == Dtype::F64 && settings.threads == 1;
    if settings.case != "logistic-gradient" || !fits {
        return Ok(());
    }
    let numbers = |name: &str| converted(arrays, name, |x| x.to_f64().unwrap_or(f64::NAN));
    let ((_, x), (_, y), (_, theta)) = (numbers("x")?, numbers("y")?, numbers("theta")?);
    let loss = |theta: &[echidna::BReverse<f64>]| {
        let mut loss = theta[0] * 0.0;
        for (row, &y) in x.chunks_exact(theta.len()).zip(&y) {
            let mut z = theta[0] * row[0];
            for (&theta, &x) in theta.iter().zip(row).skip(1) {
                z = z + theta * x;
            }
            loss = loss + z.exp().ln_1p() - z * y;
        }
        loss
    };
    let (mut tape, _) = echidna::record(loss, &theta);
    contest.enter("echidna", move || {
        let gradient = tape.gradient(&theta);
        Ok(gradient.iter().sum::<f64>() + tape.output_value())
    })
}
