//! `glm check`: the gradient of the model's log-likelihood against finite differences, on the user's own data.

use crate::args::CheckArgs;
use crate::design::Columns;
use crate::error::{Error, Exit, Result};
use crate::input::Input;
use crate::output;
use models::{Objective, check_gradient};

/// How many standard errors, or so, the second point lies away from the first in every parameter.
const FAR: f64 = 2.0;

/// Checks the gradient at two points, and prints both tables.
pub fn run(args: &CheckArgs) -> Result<Exit> {
    let input = Input::read(&args.data, &args.model, None)?;
    let (columns, y) = (Columns::of(&input.recipe, &input.table)?, input.response()?);
    let glm = input.glm(&columns, &y)?;
    let start = glm.start().map_err(|error| input.error(error))?;
    let away = away(&glm, &start);
    gradient(&glm, start, away, |error| input.error(error))
}

/// Checks the gradient of an objective where its fit starts and away from there; its errors are put into the file's words.
pub fn gradient<O: Objective>(
    objective: &O,
    start: Vec<f64>,
    away: Vec<f64>,
    in_table: impl Fn(models::Error) -> Error,
) -> Result<Exit> {
    let mut exit = Exit::Done;
    for (words, point) in [("Where the fit starts", start), ("Some standard errors away", away)] {
        let report = check_gradient(objective, &point).map_err(&in_table)?;
        output::print(&format!("{words}:\n{report:#}\n\n"))?;
        if !report.passed() {
            exit = Exit::CheckFailed;
        }
    }
    Ok(exit)
}

/// A point at which every parameter has moved, up and down in turn, by a step that suits its column.
pub fn away<O: Objective>(objective: &O, start: &[f64]) -> Vec<f64> {
    let steps = objective.scales().into_iter().map(|scale| if scale > 0.0 { FAR / scale } else { FAR });
    let signs = [1.0, -1.0].into_iter().cycle();
    start.iter().zip(steps).zip(signs).map(|((value, step), sign)| value + sign * step).collect()
}
