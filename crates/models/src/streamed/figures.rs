//! Deviance and likelihood of a fit, block by block: the sums that `inference::merit` forms of rows in memory.

use super::StreamedGlm;
use crate::error::Result;
use crate::evaluate::RowProgram;
use crate::fit::Options;
use crate::glm::{Glm, GlmFit};
use crate::inference::merit::{Figures, Sum};
use crate::objective::Objective;
use ndarray::ArrayView1;

impl StreamedGlm<'_> {
    pub(super) fn figures(&self, fit: &GlmFit) -> Result<Figures> {
        let parameters = ArrayView1::from(fit.coefficients());
        let program = RowProgram::new(&self.glm)?;
        let [mut deviance, mut pearson, mut weights, mut responses] = [Sum::default(); 4];
        self.each_with(&program, parameters, |block, predictors| {
            block.add_deviance(predictors, &mut deviance);
            block.add_pearson(predictors, &mut pearson);
            block.add_weights(predictors, &mut weights);
            block.add_responses(predictors, &mut responses);
        })?;
        let deviance = deviance.value();
        let counted = self.glm.counted(self.totals.observed, weights.value());
        let null = self.null_intercept(responses.value() / weights.value())?;
        let [mut likelihood, mut null_deviance] = [Sum::default(); 2];
        self.each_with(&program, parameters, |block, predictors| {
            block.add_log_likelihood(predictors, deviance / counted, &mut likelihood);
            block.add_deviance(&block.constant(null), &mut null_deviance);
        })?;
        Ok(Figures {
            observations: self.totals.observed,
            pearson: pearson.value(),
            pearson_size: pearson.value().sqrt(),
            deviance,
            log_likelihood: likelihood.value(),
            null_deviance: null_deviance.value(),
        })
    }

    /// The intercept of the model without other terms, at this mean response.
    fn null_intercept(&self, mean: f64) -> Result<f64> {
        if !self.glm.design().has_intercept() {
            return Ok(0.0);
        }
        if self.glm.design().offset().is_none() {
            return Ok(self.glm.link().predictor(mean));
        }
        let null = StreamedGlm::over(self.glm.null(), self.origin.clone())?;
        Ok(null.fit(&Options::default())?.coefficients()[0])
    }

    /// The blocks with their linear predictors.
    fn each_with(
        &self,
        program: &RowProgram,
        parameters: ArrayView1<'_, f64>,
        mut take: impl FnMut(&Glm<'_>, &[f64]),
    ) -> Result<()> {
        self.each(|block, _| {
            take(block, &program.run(&block.bind(), parameters)?.eta);
            Ok(())
        })
    }
}
