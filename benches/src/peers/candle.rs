//! candle: tensors with automatic differentiation, recorded anew at each call.
//!
//! It takes its number of threads from the environment variable RAYON_NUM_THREADS.

use super::converted;
use crate::Result;
use crate::contest::Contest;
use crate::data::Array;
use crate::settings::Dtype;
use crate::vector::Real;
use candle_core::{DType, Device, Tensor, Var};

pub(super) fn enter<T: Real>(contest: &mut Contest<'_>, arrays: &[Array<'_, T>]) -> Result<()> {
    if contest.settings().case != "logistic-gradient" {
        return Ok(());
    }
    let dtype = match contest.settings().dtype {
        Dtype::F64 => DType::F64,
        Dtype::F32 => DType::F32,
    };
    let tensor = |name: &str| -> Result<Tensor> {
        let (shape, elements) = converted(arrays, name, |x| x.to_f64().unwrap_or(f64::NAN))?;
        Ok(Tensor::from_vec(elements, shape, &Device::Cpu)?.to_dtype(dtype)?)
    };
    let (x, y, theta) = (tensor("x")?, tensor("y")?, tensor("theta")?);
    let theta = Var::from_tensor(&theta.unsqueeze(1)?)?;
    contest.enter("candle", move || {
        let z = x.matmul(&theta)?.squeeze(1)?;
        // softplus(z) − y·z, the softplus without overflow.
        let softplus = (z.relu()? + (z.abs()?.neg()?.exp()? + 1.0)?.log()?)?;
        let loss = (softplus - (&y * &z)?)?.sum_all()?;
        let gradients = loss.backward()?;
        let gradient = gradients.get(&theta).ok_or("candle gives no gradient")?;
        let total = (gradient.sum_all()? + loss)?.to_dtype(DType::F64)?;
        Ok(total.to_scalar::<f64>()?)
    })
}
