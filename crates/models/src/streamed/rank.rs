//! Which columns of a source's rows the others make up, and roots of informations, by orthogonal transformations of the rows as they pass.

use super::rows::Origin;
use super::{StreamedGlm, StreamedSoftmax};
use crate::design::{Design, RootOfRows};
use crate::error::{Combination, Result};
use crate::evaluate::RowProgram;
use crate::objective::Objective;
use ndarray::{Array2, ArrayView1};

impl Origin<'_> {
    /// The first so many columns of a design's terms that those before them make up.
    pub(super) fn combinations(&self, terms: &Design<'_>, most: usize) -> Result<Vec<Combination>> {
        let mut root = RootOfRows::new(terms.parameters());
        self.each_cells(None, &mut |cells| {
            root.add(&cells.of_design(terms), |_| 1.0);
            Ok(())
        })?;
        Ok(terms.combinations(&root.finish(), most))
    }
}

impl StreamedGlm<'_> {
    /// A root of the expected information at these parameters.
    pub(super) fn root_at(&self, parameters: ArrayView1<'_, f64>) -> Result<Array2<f64>> {
        let program = RowProgram::new(&self.glm)?;
        let mut root = RootOfRows::new(parameters.len());
        self.origin.each_cells(None, &mut |cells| {
            let block = cells.of_glm(&self.glm);
            let weights = program.run(&block.bind(), parameters)?.information;
            root.add(block.design(), |row| weights[row]);
            Ok(())
        })?;
        root.penalise(self.glm.ridge(), self.glm.design().slope_places(1));
        Ok(root.finish())
    }
}

impl StreamedSoftmax<'_> {
    /// A root of the information at these parameters.
    pub(super) fn root_at(&self, parameters: ArrayView1<'_, f64>) -> Result<Array2<f64>> {
        let mut root = RootOfRows::new(parameters.len());
        self.origin.each_cells(None, &mut |cells| {
            cells.of_softmax(&self.model).add_information(parameters, &mut root);
            Ok(())
        })?;
        self.model.penalise(&mut root);
        Ok(root.finish())
    }
}
