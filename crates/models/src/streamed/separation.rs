//! Whether the responses of a source's rows are separated: what the rows ask of a direction is handed over in passes.

use super::{StreamedGlm, StreamedSoftmax};
use crate::error::{Error, Result};
use crate::separation::{Inequality, Responses, of_responses};

impl StreamedGlm<'_> {
    /// The separation that a direction leads to, if it does.
    ///
    /// # Errors
    /// Whatever is wrong with the source.
    pub(super) fn separation(&self, direction: &[f64]) -> Result<Option<Error>> {
        let each_block = |take: &mut dyn FnMut(Responses<'_>)| {
            self.origin.each(&mut |cells, first| {
                let block = cells.of_glm(&self.glm);
                take(Responses { design: block.design(), y: block.response(), first });
                Ok(())
            })
        };
        let glm = &self.glm;
        of_responses(glm.design(), glm.family(), glm.link(), &each_block, direction)
    }
}

impl StreamedSoftmax<'_> {
    /// As [`StreamedGlm::separation`].
    pub(super) fn separation(&self, direction: &[f64]) -> Result<Option<Error>> {
        let each = |take: &mut dyn FnMut(Inequality<'_>)| {
            self.origin.each(&mut |cells, first| cells.of_softmax(&self.model).each_comparison(first, take))
        };
        self.model.separation(&each, direction)
    }
}
