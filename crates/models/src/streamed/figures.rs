//! Deviance and likelihood of a fit, block by block: the sums that `inference::merit` forms of rows in memory.

use super::StreamedGlm;
use crate::error::Result;
use crate::evaluate::RowProgram;
use crate::fit::Options;
use crate::glm::{Glm, GlmFit};
use crate::inference::merit::{Figures, Sum, root_of_squares};
use crate::objective::Objective;
use crate::pieces::{Largest, Pieces};
use ndarray::ArrayView1;

impl StreamedGlm<'_> {
    pub(super) fn figures(&self, fit: &GlmFit) -> Result<Figures> {
        let parameters = ArrayView1::from(fit.coefficients());
        let program = RowProgram::new(&self.glm)?;
        let [deviance, pearson, weights, responses] =
            self.sums(&program, parameters, |block, predictors, [deviance, pearson, weights, responses]| {
                block.add_deviance(predictors, deviance);
                block.add_pearson(predictors, pearson);
                block.add_weights(predictors, weights);
                block.add_responses(predictors, responses);
            })?;
        let counted = self.glm.counted(self.totals.observed, weights);
        let null = self.null_intercept(responses / weights)?;
        let [log_likelihood, null_deviance] =
            self.sums(&program, parameters, |block, predictors, [likelihood, null_deviance]| {
                block.add_log_likelihood(fit.coefficients(), predictors, deviance / counted, likelihood);
                block.add_deviance(&block.constant(null), null_deviance);
            })?;
        let pearson_size = root_of_squares(pearson, |size| match size {
            None => {
                let [Largest(largest)] = self.sum([Pieces::new(Largest(vec![0.0]))], |block, [largest]| {
                    block.add_largest_residual(&program.run(&block.bind(), parameters)?.eta, largest);
                    Ok(())
                })?;
                Ok(largest[0])
            }
            Some(size) => {
                let of_size = |block: &Glm<'_>, predictors: &[f64], [sum]: &mut [Pieces<Sum>; 1]| {
                    block.add_pearson_over(predictors, size, sum);
                };
                self.sums(&program, parameters, of_size).map(|[sum]| sum)
            }
        })?;
        let observations = self.totals.observed;
        Ok(Figures { observations, pearson, pearson_size, deviance, log_likelihood, null_deviance })
    }

    /// The intercept of the model without other terms, at this mean response.
    fn null_intercept(&self, mean: f64) -> Result<f64> {
        if !self.glm.design().has_intercept() {
            return Ok(0.0);
        }
        if self.glm.design().offset().is_none() {
            return Ok(self.glm.link().predictor(mean));
        }
        let null = StreamedGlm::over(self.glm.null(), self.origin.clone(), self.passes)?;
        Ok(null.fit(&Options::default())?.coefficients()[0])
    }

    /// Sums over the rows, of their linear predictors.
    fn sums<const N: usize>(
        &self,
        program: &RowProgram,
        parameters: ArrayView1<'_, f64>,
        mut add: impl FnMut(&Glm<'_>, &[f64], &mut [Pieces<Sum>; N]),
    ) -> Result<[f64; N]> {
        let nothing = std::array::from_fn(|_| Pieces::new(Sum::default()));
        let sums = self.sum(nothing, |block, sums| {
            add(block, &program.run(&block.bind(), parameters)?.eta, sums);
            Ok(())
        })?;
        Ok(sums.map(Sum::value))
    }
}
