//! `glm check`: the gradient of the model's log-likelihood against finite differences, on the user's own data.

use crate::args::CheckArgs;
use crate::design::Columns;
use crate::error::{Exit, Result};
use crate::input::Input;
use crate::output;
use models::{Glm, Objective, check_gradient};

/// How many standard errors, or so, the second point lies away from the first in every parameter.
const FAR: f64 = 2.0;

/// Checks the gradient at two points, and prints both tables.
pub fn run(args: &CheckArgs) -> Result<Exit> {
    let input = Input::read(&args.data, &args.model, None)?;
    let (columns, y) = (Columns::to_fit(&input.recipe, &input.table)?, input.response()?);
    let glm = input.glm(&columns, &y)?;
    let start = glm.start().map_err(|error| input.error(error))?;
    let mut exit = Exit::Done;
    for (words, point) in [("Where the fit starts", start.clone()), ("Some standard errors away", away(&glm, &start))] {
        let report = check_gradient(&glm, &point).map_err(|error| input.error(error))?;
        output::print(&format!("{words}:\n{report:#}\n\n"))?;
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
