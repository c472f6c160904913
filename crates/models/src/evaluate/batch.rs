//! The gradient on some of the rows: one program for all batches, which the batch's rows are copied together for.

use super::{Layout, Replay};
use crate::error::Result;
use crate::objective::Objective;
use autodiff::{Binding, Tape, bind, bind_indices};
use ndarray::{Array0, Array1, ArrayD, ArrayView1, ArrayViewD, Axis, CowArray, IxDyn, Slice, arr0};

/// Evaluates an objective on batches of its rows.
pub(crate) struct BatchEvaluator<'o> {
    layout: Layout,
    gradient: Replay,
    numbers: Vec<Source<'o, f64>>,
    indices: Vec<Source<'o, usize>>,
    /// The batch's share in the rows, where there is a penalty to share.
    share: Option<Array0<f64>>,
    rows: usize,
}

/// An array that an input is bound to, and memory for a batch of it, if it is on the rows.
struct Source<'o, E> {
    name: String,
    array: CowArray<'o, E, IxDyn>,
    batch: Option<ArrayD<E>>,
}

impl<'o, E: Copy + Default> Source<'o, E> {
    fn new(name: String, array: CowArray<'o, E, IxDyn>, batch: Option<usize>) -> Self {
        let memory = |size: usize| {
            let mut dims = array.shape().to_vec();
            dims.iter_mut().take(1).for_each(|rows| *rows = size.min(*rows));
            ArrayD::from_elem(IxDyn(&dims), E::default())
        };
        Self { name, batch: batch.map(memory), array }
    }

    /// The number of rows, if it is on the rows.
    fn rows(&self) -> Option<usize> {
        self.batch.as_ref().map(|_| self.array.len_of(Axis(0)))
    }

    /// The name, and the rows copied together.
    fn gather(&mut self, rows: &[usize]) -> (&str, ArrayViewD<'_, E>) {
        let Some(batch) = &mut self.batch else { return (&self.name, self.array.view()) };
        for (mut place, &row) in batch.axis_iter_mut(Axis(0)).zip(rows) {
            place.assign(&self.array.index_axis(Axis(0), row));
        }
        (&self.name, batch.slice_axis(Axis(0), Slice::from(..rows.len())))
    }
}

/// The input that the batch's share is bound to.
const SHARE: &str = "share of the rows";

impl<'o> BatchEvaluator<'o> {
    /// An evaluator of batches of at most `size` rows.
    pub(crate) fn new<O: Objective>(objective: &'o O, size: usize) -> Result<Self> {
        let layout = Layout::new(objective);
        let tape = Tape::new();
        let parameters = layout.record(&tape);
        let recording = objective.record(&tape, &parameters)?;
        // Of the penalty, only the batch's share.
        let others = recording.penalty.map(|penalty| penalty * (1.0 - tape.input(SHARE, &[])));
        let loss = others.map_or(recording.loss, |others| recording.loss - others);
        let mut outputs = vec![loss];
        outputs.extend(loss.grads(&parameters));
        let program = tape.compile(&outputs)?;
        let on_rows: Vec<&str> = program.row_inputs().collect();
        let (mut numbers, mut indices) = (Vec::new(), Vec::new());
        for binding in objective.bind() {
            let batch = on_rows.contains(&binding.name()).then_some(size);
            let name = binding.name().to_string();
            match binding.indices().is_some() {
                true => indices.extend(binding.into_indices().map(|array| Source::new(name, array, batch))),
                false => numbers.extend(binding.into_numbers().map(|array| Source::new(name, array, batch))),
            }
        }
        let lengths = numbers.iter().filter_map(Source::rows).chain(indices.iter().filter_map(Source::rows));
        let rows = lengths.min().unwrap_or(0);
        let share = recording.penalty.map(|_| arr0(1.0));
        Ok(Self { layout, gradient: Replay::new(program), numbers, indices, share, rows })
    }

    /// The number of rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The loss of a row, in the mean over the batch, and its gradient; a penalty is shared out evenly over all rows.
    pub(crate) fn at(
        &mut self,
        rows: &[usize],
        parameters: ArrayView1<'_, f64>,
        gradient: &mut Array1<f64>,
    ) -> Result<f64> {
        let mean = 1.0 / rows.len().max(1) as f64;
        if let Some(share) = &mut self.share {
            share.fill(rows.len() as f64 / self.rows.max(1) as f64);
        }
        let blocks = self.layout.blocks(parameters);
        let numbers: Vec<_> = self.numbers.iter_mut().map(|source| source.gather(rows)).collect();
        let indices: Vec<_> = self.indices.iter_mut().map(|source| source.gather(rows)).collect();
        let mut data: Vec<Binding<'_, f64>> = numbers.iter().map(|(name, array)| bind(name, array)).collect();
        data.extend(indices.iter().map(|(name, array)| bind_indices(name, array)));
        data.extend(self.layout.bind(&blocks));
        data.extend(self.share.as_ref().map(|share| bind(SHARE, share)));
        self.gradient.run(&data)?;
        let loss = self.layout.write_gradient(&self.gradient.outputs, gradient);
        *gradient *= mean;
        Ok(loss * mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Evaluator;
    use crate::{Design, Family, Glm};
    use ndarray::{Array2, arr1};

    #[test]
    fn batches_add_up_to_the_whole_with_its_penalty() {
        let x = Array2::from_shape_fn((7, 2), |(row, column)| ((row * 5 + column * 3) % 7) as f64 - 2.0);
        let (y, group) = (Array1::from_iter((0..7).map(|row| f64::from(row % 2))), arr1(&[0, 1, 2, 0, 1, 2, 2]));
        let design = Design::new(&x).with_factor("group", &["a", "b", "c"], &group).unwrap();
        let glm = Glm::new(design, &y, Family::Binomial).unwrap().with_ridge(0.7).unwrap();
        let parameters = arr1(&[0.3, -0.4, 0.2, 0.5, -0.1]);
        let whole = Evaluator::new(&glm).unwrap().at(parameters.clone()).unwrap();
        let mut batches = BatchEvaluator::new(&glm, 3).unwrap();
        assert_eq!(batches.rows(), 7);
        let (mut loss, mut sum, mut gradient) = (0.0, Array1::<f64>::zeros(5), Array1::zeros(5));
        for rows in [&[6, 1, 3][..], &[0, 5, 2], &[4]] {
            let weight = rows.len() as f64;
            loss += weight * batches.at(rows, parameters.view(), &mut gradient).unwrap();
            sum.scaled_add(weight, &gradient);
        }
        approx::assert_relative_eq!(loss, whole.loss, max_relative = 1e-14);
        sum.iter().zip(&whole.gradient).for_each(|(a, b)| approx::assert_relative_eq!(a, b, max_relative = 1e-12));
    }
}
