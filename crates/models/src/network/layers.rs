//! The layers of a network: widths, activations and head, recorded once for fits and predictions, and where fits start.

use crate::error::{Error, Result, check_memory};
use crate::family::Family;
use crate::link::Link;
use crate::objective::Block;
use crate::random::Random;
use autodiff::Var;
use serde::{Deserialize, Serialize};

/// What a parameter takes: its name, and its value, gradient and what methods keep beside them.
const BYTES_A_PARAMETER: usize = 200;
/// The most that all of them may take: 16 GiB, or half of all there are addresses for.
const MOST_BYTES: usize = if usize::BITS > 34 { 1 << (34 % usize::BITS) } else { 1 << 31 };

/// What a hidden unit makes of its sum.
///
/// ```
/// use models::network::{Activation, Network};
/// use ndarray::{arr1, arr2};
/// let (x, y) = (arr2(&[[0.0], [1.0]]), arr1(&[0.0, 1.0]));
/// let network = Network::regression(&x, &y, models::Family::Gaussian)?.with_hidden(3, Activation::Relu)?;
/// # let _ = network;
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Activation {
    /// `σ(z) = 1/(1 + e⁻ᶻ)`.
    Sigmoid,
    /// `tanh z`.
    Tanh,
    /// `max(z, 0)`.
    Relu,
}

/// A hidden layer.
///
/// ```
/// use models::network::{Activation, Network};
/// use ndarray::{arr1, arr2};
/// let (x, y) = (arr2(&[[0.0], [1.0], [2.0], [3.0]]), arr1(&[0.0, 1.0, 1.5, 1.7]));
/// let network = Network::regression(&x, &y, models::Family::Gaussian)?.with_hidden(3, Activation::Tanh)?;
/// assert_eq!(network.layers().hidden[0].width, 3);
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// The number of its units.
    pub width: usize,
    /// What they make of their sums.
    pub activation: Activation,
}

/// What a network predicts.
///
/// ```
/// use models::network::{Activation, Network};
/// use ndarray::{arr1, arr2};
/// let (x, y) = (arr2(&[[0.0], [1.0], [2.0], [3.0]]), arr1(&[0.0, 1.0, 1.5, 1.7]));
/// let network = Network::regression(&x, &y, models::Family::Gaussian)?.with_hidden(3, Activation::Tanh)?;
/// assert!(matches!(network.layers().head, models::network::Head::Glm { .. }));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Head {
    /// The mean of a response, as a generalised linear model has it: one output, the linear predictor.
    Glm {
        /// The distribution of the response.
        family: Family,
        /// The link between its mean and the output.
        link: Link,
    },
    /// The probabilities of classes, as softmax regression has them: an output for each class but the first, whose
    /// predictor is 0.
    Softmax {
        /// The classes.
        classes: Vec<String>,
    },
}

/// The layers of a network.
///
/// ```
/// use models::network::{Activation, Network};
/// use ndarray::{arr1, arr2};
/// let (x, y) = (arr2(&[[0.0], [1.0], [2.0], [3.0]]), arr1(&[0.0, 1.0, 1.5, 1.7]));
/// let network = Network::regression(&x, &y, models::Family::Gaussian)?.with_hidden(3, Activation::Tanh)?;
/// assert_eq!((network.layers().inputs, network.layers().head.outputs()), (1, 1));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layers {
    /// The number of columns that come in.
    pub inputs: usize,
    /// The hidden layers, in order.
    pub hidden: Vec<Hidden>,
    /// What comes out.
    pub head: Head,
}

impl Activation {
    fn record<'t>(self, z: Var<'t, f64>) -> Var<'t, f64> {
        match self {
            Activation::Sigmoid => z.sigmoid(),
            Activation::Tanh => z.tanh(),
            Activation::Relu => z.relu(),
        }
    }

    /// The largest weight that a layer starts with: what keeps the variance of its outputs, or with [`Relu`](Self::Relu) of
    /// the half that is passed on, that of its inputs.
    fn largest_weight(self, inputs: usize, outputs: usize) -> f64 {
        match self {
            Activation::Sigmoid | Activation::Tanh => glorot(inputs, outputs),
            Activation::Relu => (6.0 / inputs as f64).sqrt(),
        }
    }
}

/// `√(6/(inputs + outputs))`, by Glorot & Bengio (2010).
fn glorot(inputs: usize, outputs: usize) -> f64 {
    (6.0 / (inputs + outputs) as f64).sqrt()
}

impl Head {
    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        match self {
            Head::Glm { .. } => 1,
            Head::Softmax { classes } => classes.len().saturating_sub(1),
        }
    }
}

impl Layers {
    /// The inputs and outputs of each layer, the output layer last.
    fn shapes(&self) -> Vec<[usize; 2]> {
        let widths = std::iter::once(self.inputs).chain(self.hidden.iter().map(|hidden| hidden.width));
        let outputs = self.hidden.iter().map(|hidden| hidden.width).chain([self.head.outputs()]);
        widths.zip(outputs).map(|(inputs, outputs)| [inputs, outputs]).collect()
    }

    /// The number of parameters, unless a layer is empty or there are more than memory can hold the names and values of.
    pub(super) fn check(&self) -> Result<usize> {
        let mut parameters = 0usize;
        for [inputs, outputs] in self.shapes() {
            if inputs == 0 || outputs == 0 {
                return Err(Error::Option {
                    option: "width",
                    value: 0.0,
                    allowed: "a layer must have at least one unit",
                });
            }
            parameters = parameters.saturating_add(inputs.saturating_mul(outputs)).saturating_add(outputs);
        }
        let (what, advice) = ("the values, gradients and names", "take smaller layers");
        check_memory(what, parameters, BYTES_A_PARAMETER, MOST_BYTES, advice)?;
        Ok(parameters)
    }

    /// For each layer, from 1, its weights `weight1[input,unit]`, an input's side by side, and biases `bias1[unit]`.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let of_layer = |(layer, [inputs, outputs]): (usize, [usize; 2])| {
            let number = layer + 1;
            let of_input = move |input| (1..=outputs).map(move |unit| format!("weight{number}[{input},{unit}]"));
            let biases = (1..=outputs).map(|unit| format!("bias{number}[{unit}]"));
            [Block::new((1..=inputs).flat_map(of_input)), Block::new(biases)]
        };
        self.shapes().into_iter().enumerate().flat_map(of_layer).collect()
    }

    /// Records the outputs for the rows `x`: of a [`Head::Glm`] one number a row, of a [`Head::Softmax`] a vector.
    pub(super) fn record<'t>(&self, x: Var<'t, f64>, parameters: &[Var<'t, f64>]) -> Var<'t, f64> {
        let mut signal = x;
        let layers = parameters.chunks_exact(2).zip(self.shapes());
        for (layer, (pair, shape)) in layers.enumerate() {
            let (weights, biases) = (pair[0], pair[1]);
            signal = match (self.hidden.get(layer), &self.head) {
                (Some(hidden), _) => hidden.activation.record(signal.dot(weights.reshape(&shape)) + biases),
                (None, Head::Glm { .. }) => signal.linear(weights) + biases,
                (None, Head::Softmax { .. }) => signal.dot(weights.reshape(&shape)) + biases,
            };
        }
        signal
    }

    /// Where a fit starts: weights drawn from the seed, uniform within ±√(6/(inputs + outputs)) for sigmoid and tanh
    /// (Glorot & Bengio 2010) and ±√(6/inputs) for relu (He et al. 2015); biases 0, those of the output layer as given.
    /// Without hidden layers all weights are 0: there is no symmetry to break.
    pub(super) fn start(&self, seed: u64, output_biases: &[f64]) -> Vec<f64> {
        let mut random = Random::new(seed);
        let mut start = Vec::new();
        for (layer, [inputs, outputs]) in self.shapes().into_iter().enumerate() {
            let largest = match self.hidden.get(layer) {
                Some(hidden) => hidden.activation.largest_weight(inputs, outputs),
                None if self.hidden.is_empty() => 0.0,
                None => glorot(inputs, outputs),
            };
            start.extend((0..inputs * outputs).map(|_| largest * random.signed()));
            match layer == self.hidden.len() {
                true => start.extend_from_slice(output_biases),
                false => start.extend(std::iter::repeat_n(0.0, outputs)),
            }
        }
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_start_within_their_bounds_and_fill_them() {
        let head = Head::Softmax { classes: ["a", "b", "c"].map(String::from).to_vec() };
        let hidden = |activation| Hidden { width: 40, activation };
        let layers = Layers { inputs: 10, hidden: vec![hidden(Activation::Tanh), hidden(Activation::Relu)], head };
        let start = layers.start(7, &[0.5, -0.5]);
        assert_eq!(start.len(), layers.blocks().iter().map(Block::len).sum::<usize>());
        let largest = |range: std::ops::Range<usize>| start[range].iter().fold(0.0f64, |max, x| max.max(x.abs()));
        let bounds = [(0..400, (6.0f64 / 50.0).sqrt()), (440..2040, (6.0f64 / 40.0).sqrt())];
        for (range, bound) in bounds {
            assert!((0.97 * bound..=bound).contains(&largest(range)));
        }
        assert_eq!((largest(400..440), largest(2040..2080)), (0.0, 0.0));
        assert_eq!(start[start.len() - 2..], [0.5, -0.5]);
        assert_ne!(start[..400], layers.start(8, &[0.5, -0.5])[..400]);
        assert_eq!(layers.blocks()[2].names()[41], "weight2[2,2]");
    }
}
