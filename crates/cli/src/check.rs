//! `glm check`: the gradient of the model's log-likelihood against finite differences, on the user's own data.

use crate::args::CheckArgs;
use crate::design::{self, Columns};
use crate::error::{Error, Exit, Result};
use crate::model;
use crate::progress::Reading;
use crate::recipe::Recipe;
use crate::table;
use models::{Glm, Objective, check_gradient};

/// How many standard errors, or so, the second point lies away from the first in every parameter.
const FAR: f64 = 2.0;

/// Checks the gradient at two points, and prints both tables.
pub fn run(args: &CheckArgs) -> Result<Exit> {
    let family = model::family(&args.model)?;
    let link = model::link(&args.model, family)?;
    let source = table::open(&args.data.data, args.data.delimiter)?;
    let recipe = Recipe::new(&args.model, source.names()).map_err(|error| error.in_file(&args.data.data))?;
    let table = recipe.read_for_fit(source, &Reading::of(&args.data.data))?;
    let (columns, y) = (Columns::to_fit(&recipe, &table)?, design::response(&table));
    let in_table = |error| Error::in_table(error, &table);
    let design = columns.design().map_err(in_table)?;
    let glm = Glm::new(design, &y, family).map_err(in_table)?.with_link(link).with_ridge(args.model.ridge)?;
    let start = glm.start().map_err(in_table)?;
    let mut exit = Exit::Done;
    for (words, point) in [("Where the fit starts", start.clone()), ("Some standard errors away", away(&glm, &start))] {
        let report = check_gradient(&glm, &point).map_err(in_table)?;
        println!("{words}:\n{report:#}\n");
        if !report.passed() {
            exit = Exit::CheckFailed;
        }
    }
    Ok(exit)
}

/// A point at which every parameter has moved, up and down in turn, by a step that suits its column.
fn away(glm: &Glm, start: &[f64]) -> Vec<f64> {
    let steps = glm.scales().into_iter().map(|scale| if scale > 0.0 { FAR / scale } else { FAR });
    let signs = [1.0, -1.0].into_iter().cycle();
    start.iter().zip(steps).zip(signs).map(|((value, step), sign)| value + sign * step).collect()
}
