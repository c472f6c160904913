//! What the models of classes start from.

use super::refused::refuse;
use crate::aliased;
use crate::args::{DataArgs, ModelArgs};
use crate::design::{self, Columns};
use crate::error::{Error, Result};
use crate::model::Kind;
use crate::names;
use crate::plots::Observation;
use crate::progress::Reading;
use crate::recipe::{Outcome, Recipe};
use crate::table::{self, Role, Table, Values};
use crate::terms;
use models::ordinal::Ordinal;
use models::softmax::Softmax;
use ndarray::{Array1, Array2};

/// A response with more classes is a number, or an identifier.
const MOST_CLASSES: usize = 100;

/// A model of classes, and its data.
pub struct Input {
    /// Which columns play which role.
    pub recipe: Recipe,
    /// These columns, as they stand in the file.
    pub table: Table,
    /// The arrays of the design.
    pub columns: Columns,
    /// The classes, in order.
    pub classes: Vec<String>,
    /// The class of each row, by its place.
    pub labels: Array1<usize>,
}

impl Input {
    /// Reads what the model needs from the file, and the column of the clusters, if there are any.
    pub fn read(data: &DataArgs, model: &ModelArgs, cluster: Option<&str>, kind: Kind) -> Result<Input> {
        refuse(model, kind)?;
        let source = table::open(&data.data, &data.format()?)?;
        let recipe = Recipe::new(model, source.names(), cluster).map_err(|error| error.in_file(source.path()))?;
        let mut recipe = Recipe { outcome: Some(Outcome::Classes), ..recipe };
        let mut table = recipe.read_for_fit(source, Role::Outcome, cluster, &Reading::of(&data.data))?;
        design::put_references_first(&recipe, &mut table)?;
        if model.terms.is_none() {
            design::refuse_identifiers(&table)?;
        }
        if model.drop_aliased {
            recipe.aliased = aliased::find(&recipe, &table)?;
        }
        let (classes, labels) = classes(&table, &recipe.response, model.levels.as_deref(), kind)?;
        let columns = Columns::of(&recipe, &table)?;
        Ok(Input { recipe, table, columns, classes, labels })
    }

    /// The multinomial model on these columns.
    pub fn multinomial<'a>(&'a self, columns: &'a Columns, ridge: f64) -> Result<Softmax<'a>> {
        let in_table = |error| self.error(error);
        let design = columns.design().map_err(in_table)?;
        Ok(Softmax::new(design, &self.classes, &self.labels).map_err(in_table)?.with_ridge(ridge)?)
    }

    /// The ordinal model on these columns.
    pub fn ordinal<'a>(&'a self, columns: &'a Columns, ridge: f64) -> Result<Ordinal<'a>> {
        let in_table = |error| self.error(error);
        let design = columns.design().map_err(in_table)?;
        Ok(Ordinal::new(design, &self.classes, &self.labels).map_err(in_table)?.with_ridge(ridge)?)
    }

    /// The standard deviation of the column of each of these terms: 0 of the intercept's.
    pub fn spreads(&self, terms: &[String]) -> Result<Vec<f64>> {
        let intercept = terms.first().is_some_and(|term| term == "(Intercept)");
        let spreads = self.columns.spreads(terms)?;
        Ok(std::iter::repeat_n(0.0, usize::from(intercept)).chain(spreads).collect())
    }

    /// Whether each class was observed in each row, beside its fitted probability.
    pub fn observations(&self, probabilities: &Array2<f64>) -> Vec<Observation> {
        let weight = |row: usize| self.columns.weights().map_or(1.0, |weights| weights[row]);
        let observation = |((row, class), &fitted): ((usize, usize), &f64)| Observation {
            fitted,
            observed: f64::from(u8::from(self.labels[row] == class)),
            weight: weight(row),
            variance: fitted * (1.0 - fitted),
        };
        probabilities.indexed_iter().map(observation).collect()
    }

    /// What there is to say about the data beside the fit, a sentence each.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        aliased::sentence(&self.recipe).into_iter().chain(self.table.omitted.sentence())
    }

    /// What the models say, in the words of the file.
    pub fn error(&self, error: models::Error) -> Error {
        Error::in_table(error, &self.table)
    }
}

/// The classes in order, and that of each row.
fn classes(
    table: &Table,
    response: &str,
    order: Option<&[String]>,
    kind: Kind,
) -> Result<(Vec<String>, Array1<usize>)> {
    let Some(Values::Categories { codes, levels }) = table.column(Role::Outcome).map(|column| &column.values) else {
        return Err(Error::Usage(format!("the column `{response}` was not read")));
    };
    let wrong = |reason: String| Err(Error::Usage(format!("--family {kind}: `{response}` {reason}")));
    check_levels(levels, response, kind)?;
    let is_number = |level: &String| level.parse::<f64>().is_ok();
    let places = match order {
        Some(order) => places(order, levels, response)?,
        None if kind == Kind::Ordinal && !levels.iter().all(is_number) => {
            return wrong(format!(
                "has levels of words: say their order, the lowest first, with --levels; they are {}",
                names::listed(levels)
            ));
        }
        None => (0..levels.len()).collect(),
    };
    let mut new = vec![0; levels.len()];
    places.iter().enumerate().for_each(|(place, &old)| new[old] = place);
    Ok((places.iter().map(|&old| levels[old].clone()).collect(), codes.iter().map(|&code| new[code]).collect()))
}

/// Refuses a response that tells no classes apart, or too many.
pub fn check_levels(levels: &[String], response: &str, kind: Kind) -> Result<()> {
    let reason = match levels {
        [only] => format!("is `{only}` in all rows; it needs two levels at least"),
        levels if levels.len() > MOST_CLASSES => format!(
            "has {} levels, {} and so on, which is more than {MOST_CLASSES}; for a number take --family gaussian",
            levels.len(),
            names::listed(&levels[..3])
        ),
        _ => return Ok(()),
    };
    Err(Error::Usage(format!("--family {kind}: `{response}` {reason}")))
}

/// The places of the levels that `--levels` lists, in its order: all there are, each once.
fn places(order: &[String], levels: &[String], response: &str) -> Result<Vec<usize>> {
    let find = |level: &String| terms::find_level("--levels", level.trim(), response, levels);
    let places = order.iter().map(find).collect::<Result<Vec<usize>>>()?;
    if let Some((_, twice)) = places.iter().enumerate().find(|(at, place)| places[..*at].contains(place)) {
        return Err(Error::Usage(format!("--levels: `{}` is listed twice", levels[*twice])));
    }
    let missing: Vec<String> =
        (0..levels.len()).filter(|place| !places.contains(place)).map(|place| levels[place].clone()).collect();
    match missing.is_empty() {
        true => Ok(places),
        false => Err(Error::Usage(format!(
            "--levels: `{response}` also has {}; list all of its levels",
            names::listed(&missing)
        ))),
    }
}
