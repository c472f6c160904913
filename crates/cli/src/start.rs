//! Where a fit starts: what `--start` says.

use crate::args::EstimationArgs;
use crate::error::{Error, Result};
use crate::saved::Saved;
use models::Objective;
use models::fit::Options;
use std::collections::HashMap;
use std::path::Path;

/// How the loss of a model with coefficients of these names is minimised.
pub fn options(args: &EstimationArgs, names: &[String]) -> Result<Options> {
    let mut options = Options::default();
    if let Some(most) = args.max_iterations {
        options.max_iterations = most;
    }
    options.start = args.start.as_deref().map(|text| read(text, names)).transpose()?;
    Ok(options)
}

/// How the loss of a model with these blocks of coefficients is minimised.
pub fn options_of<O: Objective>(args: &EstimationArgs, model: &O) -> Result<Options> {
    let names: Vec<String> = model.blocks().iter().flat_map(|block| block.names().to_vec()).collect();
    options(args, &names)
}

/// The starting values of coefficients of these names: numbers, or a file with numbers, in their order; or the coefficients of a
/// saved model, by name.
fn read(text: &str, names: &[String]) -> Result<Vec<f64>> {
    let given = match numbers(text) {
        Ok(numbers) => numbers,
        Err(word) => {
            let path = Path::new(text);
            if !path.exists() {
                return Err(Error::Usage(format!(
                    "--start: `{text}` is neither a file nor a list of numbers, such as 0.5,-1,2 (`{word}` is none)"
                )));
            }
            of_file(path, names)?
        }
    };
    if given.len() != names.len() {
        return Err(Error::Usage(format!(
            "--start: there are {} numbers, but the model has {} coefficients: {}",
            given.len(),
            names.len(),
            crate::names::listed(names)
        )));
    }
    match given.iter().find(|number| !number.is_finite()) {
        Some(number) => Err(Error::Usage(format!("--start: {number} is not a finite number; start nearer to 0"))),
        None => Ok(given),
    }
}

fn of_file(path: &Path, names: &[String]) -> Result<Vec<f64>> {
    let failed = |error: std::io::Error| Error::file(path, format!("can't be read: {error}"));
    let text = std::fs::read_to_string(path).map_err(failed)?;
    if !text.trim_start().starts_with('{') {
        return numbers(&text).map_err(|word| {
            Error::file(
                path,
                format!("--start needs numbers or a model saved by `glm fit --save`; `{word}` is no number"),
            )
        });
    }
    let saved = Saved::read(path)?;
    let fit = saved.fit.outcome();
    let known: HashMap<&String, f64> = fit.names.iter().zip(fit.parameters.iter().copied()).collect();
    if !names.iter().any(|name| known.contains_key(name)) {
        return Err(Error::file(path, "--start: the saved model has none of this model's coefficients"));
    }
    Ok(names.iter().map(|name| known.get(name).copied().unwrap_or(0.0)).collect())
}

/// Numbers between commas or spaces, or the first word that is none.
fn numbers(text: &str) -> std::result::Result<Vec<f64>, &str> {
    let words = text.split(|character: char| character == ',' || character.is_whitespace());
    words.filter(|word| !word.is_empty()).map(|word| word.parse().map_err(|_| word)).collect()
}
