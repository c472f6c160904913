//! Which columns of a source's rows the others make up, and roots of informations, by orthogonal transformations of the rows as they pass.

use super::{StreamedGlm, StreamedSoftmax};
use crate::design::RootOfRows;
use crate::error::{Combination, Result};
use crate::evaluate::RowProgram;
use crate::objective::Objective;
use ndarray::{Array2, ArrayView1};

impl StreamedGlm<'_> {
    /// The first so many columns that those before them make up.
    pub(super) fn combinations(&self, most: usize) -> Result<Vec<Combination>> {
        let mut root = RootOfRows::new(self.glm.design().parameters());
        self.each(|block, _| {
            root.add(block.design(), |_| 1.0);
            Ok(())
        })?;
        Ok(self.glm.design().combinations(&root.finish(), most))
    }

    /// A root of the expected information at these parameters.
    pub(super) fn root_at(&self, parameters: ArrayView1<'_, f64>) -> Result<Array2<f64>> {
        let program = RowProgram::new(&self.glm)?;
        let mut root = RootOfRows::new(parameters.len());
        self.each(|block, _| {
            let weights = program.run(&block.bind(), parameters)?.information;
            root.add(block.design(), |row| weights[row]);
            Ok(())
        })?;
        Ok(root.finish())
    }
}

impl StreamedSoftmax<'_> {
    /// The columns that those before them make up.
    pub(super) fn combinations(&self) -> Result<Vec<Combination>> {
        let mut root = RootOfRows::new(self.model.design().parameters());
        self.each(|block, _| {
            root.add(block.design(), |_| 1.0);
            Ok(())
        })?;
        Ok(self.model.design().combinations(&root.finish(), usize::MAX))
    }
}
