//! A fitted network and what it predicts.

use super::{Head, Layers};
use crate::design::check_columns_finite;
use crate::error::{Error, Result};
use crate::evaluate::Layout;
use crate::fit::Fit;
use crate::ridge::Ridge;
use crate::softmax::likelihood::{of_all_classes, probabilities};
use crate::softmax::{check_classes, most_probable};
use autodiff::{Tape, bind};
use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

/// A fitted network: all that prediction needs.
///
/// ```
/// use models::network::{Activation, Network};
/// use ndarray::{arr1, arr2};
/// let (x, y) = (arr2(&[[0.0], [1.0], [2.0], [3.0]]), arr1(&[0.0, 1.0, 1.5, 1.7]));
/// let network = Network::regression(&x, &y, models::Family::Gaussian)?.with_hidden(3, Activation::Tanh)?;
/// let fit = network.fit(&Default::default())?;
/// assert_eq!(fit.predict(&x)?.dim(), (4, 1));
/// # Ok::<(), models::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkFit {
    /// The layers.
    pub layers: Layers,
    /// The weight of the ridge penalty.
    pub ridge: f64,
    /// The number of rows.
    pub rows: usize,
    /// The seed that the starting weights were drawn from.
    pub seed: u64,
    /// The optimiser's outcome; its parameters are for each layer the weights (those of an input side by side) and the
    /// biases.
    pub fit: Fit,
}

impl NetworkFit {
    /// Makes sure that what was read from a file is a fit: see [`Fit::check`].
    ///
    /// # Errors
    /// As [`Fit::check`]; layers, classes or a penalty that don't fit the parameters.
    pub fn check(&self) -> Result<()> {
        if let Head::Softmax { classes } = &self.layers.head {
            check_classes(classes)?;
        }
        if let Head::Glm { family, .. } = &self.layers.head {
            family.check_parameters()?;
        }
        let (found, expected) = (self.fit.parameters.len(), self.layers.check()?);
        if found != expected {
            return Err(Error::CountMismatch { what: "parameters", found, expected });
        }
        Ridge::new(self.ridge)?;
        self.fit.check()
    }

    /// What the network predicts for rows of the same columns: a column of mean responses, or a column of probabilities for
    /// each class.
    ///
    /// # Errors
    /// Another number of columns than the fit's; a cell that is not finite; a fit that [`check`](Self::check) refuses.
    pub fn predict<'a>(&self, x: impl Into<ArrayView2<'a, f64>>) -> Result<Array2<f64>> {
        let outputs = self.outputs(x.into())?;
        Ok(match &self.layers.head {
            Head::Glm { link, .. } => outputs.mapv(|eta| link.mean(eta)),
            Head::Softmax { classes } => {
                let mut out = Array2::zeros((outputs.nrows(), classes.len()));
                for (mut row, eta) in out.axis_iter_mut(Axis(0)).zip(outputs.outer_iter()) {
                    let of_classes = probabilities(&of_all_classes(eta.iter().copied(), classes.len(), 0));
                    row.assign(&ArrayView1::from(&of_classes));
                }
                out
            }
        })
    }

    /// The most probable class of each row, by its place; the first of those that tie.
    ///
    /// # Errors
    /// As [`predict`](Self::predict); a network that doesn't predict classes.
    pub fn predict_class<'a>(&self, x: impl Into<ArrayView2<'a, f64>>) -> Result<Vec<usize>> {
        match self.layers.head {
            Head::Softmax { .. } => Ok(most_probable(&self.predict(x)?)),
            Head::Glm { .. } => {
                Err(Error::Unavailable { what: "the class of a row", needs: "a network for class labels" })
            }
        }
    }

    /// The outputs, a column each.
    fn outputs(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        self.check()?;
        let (found, expected) = (x.ncols(), self.layers.inputs);
        if found != expected {
            return Err(Error::CountMismatch { what: "columns", found, expected });
        }
        check_columns_finite(x, |column| format!("x{}", column + 1))?;
        let layout = Layout::of(&self.layers.blocks(), &[]);
        let tape = Tape::new();
        let outputs = self.layers.record(tape.rows("X", &[self.layers.inputs]), &layout.record(&tape));
        let blocks = layout.blocks(ArrayView1::from(&self.fit.parameters));
        let mut data = layout.bind(&blocks);
        data.push(bind("X", x));
        let values = tape.compile(&[outputs])?.run(&data)?.into_iter().next().unwrap_or_default();
        let flat: Vec<f64> = values.iter().copied().collect();
        let shape = (x.nrows(), self.layers.head.outputs());
        Array2::from_shape_vec(shape, flat).map_err(|_| Error::CountMismatch {
            what: "outputs",
            found: values.len(),
            expected: shape.0 * shape.1,
        })
    }
}
