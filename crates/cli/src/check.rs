//! `glm check`: the gradient of the model's log-likelihood against finite differences, on the user's own data.

use crate::args::CheckArgs;
use crate::design::Columns;
use crate::error::{Error, Exit, Result};
use crate::input::Input;
use crate::output;
use autodiff::check::Report;
use models::{Objective, check_gradient};

/// How many standard errors, or so, the second point lies away from the first in every parameter; nearer where the loss is no number there.
const FAR: f64 = 2.0;
const NEARER: i32 = 40;

/// Checks the gradient at two points, and prints both tables.
pub fn run(args: &CheckArgs) -> Result<Exit> {
    let input = Input::read(&args.data, &args.model, None)?;
    let (columns, y) = (Columns::of(&input.recipe, &input.table)?, input.response()?);
    let glm = input.glm(&columns, &y)?;
    let start = glm.start().map_err(|error| input.error(error))?;
    gradient(&glm, &start, |distance| away(&glm, &start, distance), |error| input.error(error))
}

/// Checks the gradient of an objective where its fit starts, and so many standard errors `away` from there; its errors are put into the file's words.
pub fn gradient<O: Objective>(
    objective: &O,
    start: &[f64],
    away: impl Fn(f64) -> Vec<f64>,
    in_table: impl Fn(models::Error) -> Error,
) -> Result<Exit> {
    let mut exit = Exit::Done;
    let mut show = |words: &str, report: Report<f64>| {
        if !report.passed() {
            exit = Exit::CheckFailed;
        }
        output::print(&format!("{words}:\n{report:#}\n\n"))
    };
    show("Where the fit starts", check_gradient(objective, start).map_err(&in_table)?)?;
    let distances = (0..NEARER).map(|halvings| FAR * 0.5f64.powi(halvings));
    for distance in distances {
        let words = match distance == FAR {
            true => "Some standard errors away".to_owned(),
            false => format!("{distance} standard errors away (farther away, the loss is no number)"),
        };
        match check_gradient(objective, &away(distance)) {
            // Means that the family can't have, most likely.
            Err(models::Error::Autodiff(autodiff::Error::Check { .. })) => {}
            found => {
                show(&words, found.map_err(&in_table)?)?;
                return Ok(exit);
            }
        }
    }
    output::print("The loss is no number anywhere beside this point, so that no other is checked.\n")?;
    Ok(exit)
}

/// A point at which every parameter has moved, up and down in turn, by so many standard errors, or so.
pub fn away<O: Objective>(objective: &O, start: &[f64], distance: f64) -> Vec<f64> {
    let steps = objective.scales().into_iter().map(|scale| if scale > 0.0 { distance / scale } else { distance });
    let signs = [1.0, -1.0].into_iter().cycle();
    start.iter().zip(steps).zip(signs).map(|((value, step), sign)| value + sign * step).collect()
}
