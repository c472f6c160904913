//! burn: tensors with automatic differentiation, recorded anew at each call, on its backend of Rust alone for processors.
//!
//! It works in the current pool of rayon, which has the number of threads asked for; most elementwise operations take one
//! thread all the same.

use super::converted;
use crate::Result;
use crate::contest::Contest;
use crate::data::Array;
use crate::settings::Dtype;
use crate::vector::Real;
use burn_tensor::activation::{log_sigmoid, log_softmax};
use burn_tensor::module::linear;
use burn_tensor::{DType, Device, Gradients, Tensor, TensorData};

pub(super) fn enter<T: Real>(contest: &mut Contest<'_>, arrays: &[Array<'_, T>]) -> Result<()> {
    let dtype = match contest.settings().dtype {
        Dtype::F64 => DType::F64,
        Dtype::F32 => DType::F32,
    };
    let data = Data { arrays, dtype, device: Device::flex().autodiff() };
    match contest.settings().case.as_str() {
        "logistic-gradient" => contest.enter("burn", logistic_gradient(&data)?),
        "softmax-gradient" => contest.enter("burn", softmax_gradient(&data)?),
        "mlp-gradient" => contest.enter("burn", mlp_gradient(&data)?),
        _ => Ok(()),
    }
}

struct Data<'a, T> {
    arrays: &'a [Array<'a, T>],
    dtype: DType,
    device: Device,
}

impl<T: Real> Data<'_, T> {
    fn tensor<const D: usize>(&self, name: &str) -> Result<Tensor<D>> {
        let (shape, elements) = converted(self.arrays, name, |x| x.to_f64().unwrap_or(f64::NAN))?;
        Ok(Tensor::from_data(TensorData::new(elements, shape), (&self.device, self.dtype)))
    }

    /// A vector as a matrix of one column.
    fn column(&self, name: &str) -> Result<Tensor<2>> {
        Ok(self.tensor::<1>(name)?.unsqueeze_dim(1))
    }
}

fn logistic_gradient<T: Real>(data: &Data<'_, T>) -> Result<impl FnMut() -> Result<f64> + use<T>> {
    let (x, not_y) = (data.tensor::<2>("x")?, data.column("y")?.neg() + 1.0);
    let theta = data.column("theta")?.require_grad();
    Ok(move || {
        let z = x.clone().matmul(theta.clone());
        // softplus(z) − y·z; `softplus` itself is the identity where it is above 20, which is a relative error of 1e-10.
        let loss = (not_y.clone() * z.clone() - log_sigmoid(z)).sum();
        let mut gradients = loss.backward();
        total([loss, sum(&theta, &mut gradients)?])
    })
}

fn softmax_gradient<T: Real>(data: &Data<'_, T>) -> Result<impl FnMut() -> Result<f64> + use<T>> {
    let (x, weights) = (data.tensor::<2>("x")?, data.tensor::<2>("weights")?.require_grad());
    let classes = data.tensor::<2>("labels")?.argmax(1);
    Ok(move || {
        let logarithms = log_softmax(x.clone().matmul(weights.clone()), 1);
        let loss = logarithms.gather(1, classes.clone()).sum().neg();
        let mut gradients = loss.backward();
        total([loss, sum(&weights, &mut gradients)?])
    })
}

fn mlp_gradient<T: Real>(data: &Data<'_, T>) -> Result<impl FnMut() -> Result<f64> + use<T>> {
    let (x, y) = (data.tensor::<2>("x")?, data.column("y")?);
    let (w1, w2) = (data.tensor::<2>("w1")?.require_grad(), data.tensor::<2>("w2")?.require_grad());
    let (b1, b2) = (data.tensor::<1>("b1")?.require_grad(), data.tensor::<1>("b2")?.require_grad());
    Ok(move || {
        let hidden = linear(x.clone(), w1.clone(), Some(b1.clone())).tanh();
        let loss = (linear(hidden, w2.clone(), Some(b2.clone())) - y.clone()).square().mean();
        let mut gradients = loss.backward();
        let [w1, w2] = [sum(&w1, &mut gradients)?, sum(&w2, &mut gradients)?];
        let [b1, b2] = [sum(&b1, &mut gradients)?, sum(&b2, &mut gradients)?];
        total([loss, w1, b1, w2, b2])
    })
}

/// The sum of a parameter's gradient.
fn sum<const D: usize>(parameter: &Tensor<D>, gradients: &mut Gradients) -> Result<Tensor<1>> {
    Ok(parameter.grad_remove(gradients).ok_or("burn gives no gradient")?.sum())
}

fn total<const N: usize>(sums: [Tensor<1>; N]) -> Result<f64> {
    sums.into_iter().try_fold(0.0, |total, sum| Ok(total + sum.try_into_scalar::<f64>()?))
}
