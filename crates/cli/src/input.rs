//! What `glm fit` and `glm check` start from: the model that the arguments describe, and the table that holds its data.

use crate::aliased;
use crate::args::{DataArgs, ModelArgs};
use crate::design::{self, Columns};
use crate::error::{Error, Result};
use crate::model::{self, Dispersion};
use crate::progress::Reading;
use crate::recipe::Recipe;
use crate::response;
use crate::table::{self, Table};
use models::{Family, Glm, Link};
use ndarray::Array1;

/// A model, and its data as they stand in the file.
pub struct Input {
    family: Family,
    link: Link,
    ridge: f64,
    /// Where the dispersion comes from.
    pub dispersion: Dispersion,
    /// Which columns play which role.
    pub recipe: Recipe,
    /// These columns.
    pub table: Table,
}

impl Input {
    /// Reads what the model needs from the file, and the column of the clusters, if there are any.
    pub fn read(data: &DataArgs, model: &ModelArgs, cluster: Option<&str>) -> Result<Input> {
        let (family, dispersion) = model::family(model)?;
        let role = model::role_of_response(model);
        let link = model::link(model, family)?;
        if model.levels.is_some() {
            return Err(Error::Usage("--levels is for --family multinomial and ordinal; leave it out".into()));
        }
        let source = table::open(&data.data, &data.format()?)?;
        let recipe = Recipe::new(model, source.names(), cluster).map_err(|error| error.in_file(source.path()))?;
        if recipe.outcome.is_some() && family != Family::Binomial {
            return Err(Error::Usage("--success and --failures are for --family binomial only".into()));
        }
        let mut recipe = recipe;
        let mut table = recipe.read_for_fit(source, role, cluster, &Reading::of(&data.data))?;
        design::put_references_first(&recipe, &mut table)?;
        if model.terms.is_none() {
            design::refuse_identifiers(&table)?;
        }
        if model.drop_aliased {
            recipe.aliased = aliased::find(&recipe, &table)?;
        }
        Ok(Input { family, link, ridge: model.ridge, dispersion, recipe, table })
    }

    /// The model on the arrays that were made of the table.
    pub fn glm<'a>(&self, columns: &'a Columns, y: &'a Array1<f64>) -> Result<Glm<'a>> {
        self.glm_of(self.family, columns, y)
    }

    /// The same of another family: one whose dispersion has been estimated.
    pub fn glm_of<'a>(&self, family: Family, columns: &'a Columns, y: &'a Array1<f64>) -> Result<Glm<'a>> {
        let in_table = |error| self.error(error);
        let design = columns.design().map_err(|error| {
            // Of a bad weight and a bad response, the first is told, as where the rows are read in every pass.
            let of_response = Glm::new(columns.numbers(), y, family).err();
            self.error(match of_response {
                Some(of_response) if of_response.of_cell().is_some() => of_response.or_earlier(Some(error)),
                _ => error,
            })
        })?;
        let glm = Glm::new(design, y, family).map_err(in_table)?.with_link(self.link).with_ridge(self.ridge)?;
        Ok(if self.dispersion == Dispersion::Quasi { glm.with_estimated_dispersion() } else { glm })
    }

    /// The response of each row.
    pub fn response(&self) -> Result<Array1<f64>> {
        response::response(&self.recipe, &self.table)
    }

    /// What there is to say about the data beside the fit, a sentence each.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let omitted = self.table.omitted.sentence();
        let aliased = aliased::sentence(&self.recipe);
        response::sentence(&self.recipe, &self.table).into_iter().chain(aliased).chain(omitted)
    }

    /// What the models say, in the words of the file.
    pub fn error(&self, error: models::Error) -> Error {
        match error {
            models::Error::Separation { .. } if self.family == Family::Binomial && self.link == Link::Logit => {
                Error::Separated(error)
            }
            error => Error::in_table(error, &self.table),
        }
    }
}
