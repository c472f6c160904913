//! candle: tensors with automatic differentiation, recorded anew at each call.
//!
//! It takes its number of threads from the environment variable RAYON_NUM_THREADS. The gradient of a product is computed by
//! both of its factors, the data too.

use super::converted;
use crate::Result;
use crate::contest::Contest;
use crate::data::Array;
use crate::settings::Dtype;
use crate::vector::Real;
use candle_core::{D, DType, Device, Tensor, Var};

pub(super) fn enter<T: Real>(contest: &mut Contest<'_>, arrays: &[Array<'_, T>]) -> Result<()> {
    let dtype = match contest.settings().dtype {
        Dtype::F64 => DType::F64,
        Dtype::F32 => DType::F32,
    };
    let data = Data { arrays, dtype };
    match contest.settings().case.as_str() {
        "logistic-gradient" => contest.enter("candle", logistic_gradient(&data)?),
        "softmax-gradient" => contest.enter("candle", softmax_gradient(&data)?),
        "mlp-gradient" => contest.enter("candle", mlp_gradient(&data)?),
        _ => Ok(()),
    }
}

struct Data<'a, T> {
    arrays: &'a [Array<'a, T>],
    dtype: DType,
}

impl<T: Real> Data<'_, T> {
    fn tensor(&self, name: &str) -> Result<Tensor> {
        let (shape, elements) = converted(self.arrays, name, |x| x.to_f64().unwrap_or(f64::NAN))?;
        Ok(Tensor::from_vec(elements, shape, &Device::Cpu)?.to_dtype(self.dtype)?)
    }

    fn parameter(&self, name: &str) -> Result<Var> {
        Ok(Var::from_tensor(&self.tensor(name)?)?)
    }
}

fn logistic_gradient<T: Real>(data: &Data<'_, T>) -> Result<impl FnMut() -> Result<f64> + use<T>> {
    let (x, y) = (data.tensor("x")?, data.tensor("y")?);
    let theta = Var::from_tensor(&data.tensor("theta")?.unsqueeze(1)?)?;
    Ok(move || {
        let z = x.matmul(&theta)?.squeeze(1)?;
        // softplus(z) − y·z, the softplus without overflow.
        let softplus = (z.relu()? + (z.abs()?.neg()?.exp()? + 1.0)?.log()?)?;
        let loss = (softplus - (&y * &z)?)?.sum_all()?;
        total(&loss, [&theta])
    })
}

fn softmax_gradient<T: Real>(data: &Data<'_, T>) -> Result<impl FnMut() -> Result<f64> + use<T>> {
    let (x, weights) = (data.tensor("x")?, data.parameter("weights")?);
    let classes = data.tensor("labels")?.argmax_keepdim(1)?;
    Ok(move || {
        let z = x.matmul(&weights)?;
        // log Σ exp(z − largest) − (z − largest) of the row's class; the largest cancels, so its gradient need not be known.
        let z = z.broadcast_sub(&z.detach().max_keepdim(D::Minus1)?)?;
        let logarithms = z.exp()?.sum_keepdim(D::Minus1)?.log()?;
        let loss = (logarithms - z.gather(&classes, D::Minus1)?)?.sum_all()?;
        total(&loss, [&weights])
    })
}

fn mlp_gradient<T: Real>(data: &Data<'_, T>) -> Result<impl FnMut() -> Result<f64> + use<T>> {
    let (x, y) = (data.tensor("x")?, data.tensor("y")?.unsqueeze(1)?);
    let (w1, b1) = (data.parameter("w1")?, data.parameter("b1")?);
    let (w2, b2) = (data.parameter("w2")?, data.parameter("b2")?);
    Ok(move || {
        let hidden = x.matmul(&w1)?.broadcast_add(&b1)?.tanh()?;
        let prediction = hidden.matmul(&w2)?.broadcast_add(&b2)?;
        let loss = (prediction - &y)?.sqr()?.mean_all()?;
        total(&loss, [&w1, &b1, &w2, &b2])
    })
}

/// The sum of the loss and its gradients.
fn total<const N: usize>(loss: &Tensor, parameters: [&Var; N]) -> Result<f64> {
    let gradients = loss.backward()?;
    let mut total = loss.clone();
    for parameter in parameters {
        total = (total + gradients.get(parameter).ok_or("candle gives no gradient")?.sum_all()?)?;
    }
    Ok(total.to_dtype(DType::F64)?.to_scalar::<f64>()?)
}
