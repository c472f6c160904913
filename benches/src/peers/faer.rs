//! faer: for the Hessian, the general product `XᵀX` of the same shape without weights, twice the operations of a symmetric
//! one. It computes something else, so its result is not compared.

use super::converted;
use crate::Result;
use crate::contest::Contest;
use crate::data::Array;
use crate::settings::Dtype;
use crate::vector::Real;
use faer::linalg::matmul::matmul;
use faer::traits::ComplexField;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

pub(super) fn enter<T: Real>(contest: &mut Contest<'_>, arrays: &[Array<'_, T>]) -> Result<()> {
    if contest.settings().case != "logistic-hessian" {
        return Ok(());
    }
    match contest.settings().dtype {
        Dtype::F64 => enter_as(contest, converted(arrays, "x", |x| x.to_f64().unwrap_or(f64::NAN))?),
        Dtype::F32 => enter_as(contest, converted(arrays, "x", |x| x.to_f32().unwrap_or(f32::NAN))?),
    }
}

/// The rows shared out over the threads, a product each.
fn enter_as<'c, E: ComplexField + 'c>(contest: &mut Contest<'c>, (shape, x): (Vec<usize>, Vec<E>)) -> Result<()> {
    let (rows, cols, threads) = (shape[0], shape[1], contest.settings().threads);
    let mut products = vec![Mat::<E>::zeros(cols, cols); threads];
    let each = rows.div_ceil(threads) * cols;
    contest.enter_unchecked("faer", move || {
        products.par_iter_mut().zip(x.par_chunks(each)).for_each(|(product, x)| {
            let x = MatRef::from_row_major_slice(x, x.len() / cols, cols);
            matmul(product.as_mut(), Accum::Replace, x.transpose(), x, E::one_impl(), Par::Seq);
        });
        Ok(())
    })
}
