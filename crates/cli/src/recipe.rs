//! Which columns of a file play which role in a model.

use crate::args::{DataArgs, ModelArgs};
use crate::error::{Error, Result};
use crate::output;
use crate::progress::Reading;
use crate::table::{self, Request, Role, Source, Table};
use crate::terms::{self, Term, Variable};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// The names of the levels of each categorical variable, under the variable's name in the design.
pub type Levels = BTreeMap<String, Vec<String>>;

/// The columns of a model, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The response.
    pub response: String,
    /// What the response is, where that has to be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The observations' weights.
    #[serde(deserialize_with = "Option::deserialize")] // a saved model says that there are none
    pub weights: Option<String>,
    /// The known part of the linear predictor.
    #[serde(deserialize_with = "Option::deserialize")]
    pub offset: Option<String>,
    /// The terms, in order.
    pub terms: Vec<Term>,
    /// Whether there is an intercept.
    pub intercept: bool,
    /// The coefficients that are left out, as the columns before them make theirs up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliased: Vec<String>,
}

/// What a response is, where that has to be said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// This level; all others are failures.
    Success(String),
    /// The response counts successes, this column failures.
    Failures(String),
    /// It is one of several classes.
    Classes,
}

impl Recipe {
    /// The recipe that the arguments give for a file with these columns, one of which may tell clusters of rows.
    pub fn new(args: &ModelArgs, names: &[String], cluster: Option<&str>) -> Result<Recipe> {
        let column = |option: &str, name: &str| {
            terms::find(name, names)
                .map(|_| name.to_owned())
                .map_err(|error| Error::Usage(format!("{option}: {error}")))
        };
        let response =
            column("--response", &args.response).map_err(|error| match args.response.starts_with("cbind(") {
                true => Error::Usage(format!(
                    "{error}; R's cbind(successes, failures) is --response successes --failures failures"
                )),
                false => error,
            })?;
        let outcome = match (&args.success, &args.failures) {
            (Some(level), _) => Some(Outcome::Success(level.clone())),
            (None, Some(name)) => Some(Outcome::Failures(column("--failures", name)?)),
            (None, None) => None,
        };
        let weights = args.weights.as_deref().map(|name| column("--weights", name)).transpose()?;
        let offset = args.offset.as_deref().map(|name| column("--offset", name)).transpose()?;
        let cluster = cluster.map(|name| column("--cluster", name)).transpose()?;
        let mut recipe = Recipe {
            response,
            outcome,
            weights,
            offset,
            terms: Vec::new(),
            intercept: !args.no_intercept,
            aliased: Vec::new(),
        };
        recipe.check_roles(cluster.as_ref())?;
        recipe.terms = match &args.terms {
            Some(text) => recipe.written_terms(text, names)?,
            None => recipe.other_columns(names, cluster.as_ref())?,
        };
        // Each term has a coefficient, at least: what could never be fitted isn't read.
        models::check_curvature(recipe.terms.len())?;
        if recipe.terms.is_empty() && !recipe.intercept {
            return Err(Error::Usage("the model has no terms and no intercept; name columns with --terms".into()));
        }
        Ok(recipe)
    }

    /// The columns of the file that it reads.
    pub fn columns(&self) -> impl Iterator<Item = &String> {
        let roles = [Some(&self.response), self.failures(), self.weights.as_ref(), self.offset.as_ref()];
        roles.into_iter().flatten().chain(self.variables().map(|variable| &variable.column))
    }

    /// The variables of the terms.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.terms.iter().flat_map(|term| &term.variables)
    }

    /// The terms of `--terms`; `1` alone stands for none but the intercept, as in R.
    fn written_terms(&self, text: &str, names: &[String]) -> Result<Vec<Term>> {
        if text.trim() == "1" && !names.iter().any(|name| name == "1") {
            return Ok(Vec::new());
        }
        let terms = terms::parse(text, names)?;
        let of_response =
            |variable: &&Variable| [Some(&self.response), self.failures()].contains(&Some(&variable.column));
        match terms.iter().flat_map(|term| &term.variables).find(of_response) {
            Some(Variable { column, .. }) => {
                Err(Error::Usage(format!("--terms: `{column}` is the response; it can't be a term too")))
            }
            None => Ok(terms),
        }
    }

    /// Refuses the column of the response in another role: such a model fits itself.
    fn check_roles(&self, cluster: Option<&String>) -> Result<()> {
        // Weights, offset and clusters may well be one column; of the response and the failures none may be another.
        const OF_RESPONSE: usize = 2;
        let roles = [
            ("--response", Some(&self.response)),
            ("--failures", self.failures()),
            ("--weights", self.weights.as_ref()),
            ("--offset", self.offset.as_ref()),
            ("--cluster", cluster),
        ];
        for (place, (option, column)) in roles.iter().enumerate() {
            let mut taken = roles.iter().take(place.min(OF_RESPONSE)).filter(|(_, other)| other == column);
            if let (Some(column), Some((other, _))) = (column, taken.next()) {
                return Err(Error::Usage(format!(
                    "{option}: `{column}` is the column of {other} already; name another"
                )));
            }
        }
        Ok(())
    }

    /// The column of the failures beside a response of successes.
    fn failures(&self) -> Option<&String> {
        match &self.outcome {
            Some(Outcome::Failures(column)) => Some(column),
            _ => None,
        }
    }

    /// Refuses what no command line gives: a term without variables, or one listed twice.
    pub fn check(&self) -> std::result::Result<(), String> {
        let mut seen = HashSet::new();
        for (place, term) in self.terms.iter().enumerate() {
            let variables = term.variable_names();
            match () {
                () if variables.is_empty() => return Err(format!("`terms[{place}]` has no variables")),
                () if !seen.insert(variables) => {
                    return Err(format!("`terms[{place}]`: the term `{}` is listed twice", term.name()));
                }
                () => {}
            }
        }
        Ok(())
    }

    /// All columns that play no other role, in the file's order.
    fn other_columns(&self, names: &[String], cluster: Option<&String>) -> Result<Vec<Term>> {
        let taken = [Some(&self.response), self.failures(), self.weights.as_ref(), self.offset.as_ref(), cluster];
        let others = names.iter().enumerate().filter(|(_, name)| !taken.contains(&Some(name)));
        others
            .map(|(place, name)| match name.is_empty() {
                _ if is_row_names(name) => Err(Error::Usage(format!(
                    "column `{name}` has the names of the rows that pandas saved; save the table without its index, or say with --terms which columns to use"
                ))),
                true => Err(Error::Usage(format!(
                    "column {} has no name, as when row names were saved; give it a name, or say with --terms which columns to use",
                    place + 1
                ))),
                false => Ok(Term::column(name)),
            })
            .collect()
    }

    /// Reads what a fit needs: response, in this role if it is numbers, weights, offset, the variables of the terms, and clusters.
    pub fn read_for_fit(
        &self,
        source: Box<dyn Source>,
        numbers: Role,
        cluster: Option<&str>,
        reading: &Reading,
    ) -> Result<Table> {
        let response = match self.outcome {
            Some(Outcome::Success(_) | Outcome::Classes) => Role::Outcome,
            _ => numbers,
        };
        let mut columns = vec![Named::column(&self.response, response)];
        columns.extend(self.failures().map(|name| Named::column(name, Role::Failures)));
        columns.extend(self.weights.as_ref().map(|name| Named::column(name, Role::Weights)));
        columns.extend(self.predictors(|variable| if variable.factor { Role::Factor } else { Role::Term }));
        columns.extend(cluster.map(|name| Named::column(name, Role::Cluster)));
        let requests = requests(&columns, source.names())?;
        table::read(source, &requests, reading)
    }

    /// Warns of levels of these columns, by their names in the design, that may well not be what they seem.
    pub fn warn_of_levels<'l>(
        &'l self,
        levels: impl IntoIterator<Item = (&'l str, &'l [String])>,
        data: &DataArgs,
    ) -> Result<()> {
        let variable = |name: &str| self.variables().find(|variable| variable.name() == name);
        let column = |name| variable(name).map_or(name, |variable| variable.column.as_str());
        let of_columns = levels.into_iter().map(|(name, levels)| (column(name), levels));
        let doubts = table::doubts(of_columns, data.na_words.is_some());
        doubts.into_iter().try_for_each(|doubt| output::message(&format!("warning: {doubt}")))
    }

    /// What a prediction needs of a file with these columns: offset and the variables of the terms, those with levels being categorical.
    pub fn requests_of_prediction(&self, levels: &Levels, names: &[String]) -> Result<Vec<Request>> {
        let role = |variable: &Variable| match levels.contains_key(&variable.name()) {
            true => Role::Factor,
            false => Role::Covariate,
        };
        let mut requests = requests(&self.predictors(role), names)?;
        for request in requests.iter_mut().filter(|request| request.role == Role::Factor) {
            let of_model = levels.get(&request.name);
            request.levels = of_model.map(|levels| Arc::new(data::Levels::known(levels.clone())));
        }
        Ok(requests)
    }

    fn predictors(&self, role: impl Fn(&Variable) -> Role) -> Vec<Named<'_>> {
        let offset = self.offset.iter().map(|name| Named::column(name, Role::Offset));
        let mut columns: Vec<Named> = offset.collect();
        let mut seen = HashSet::new();
        let variables = self
            .terms
            .iter()
            .flat_map(|term| &term.variables)
            .filter(|variable| seen.insert((&variable.column, variable.factor)));
        columns.extend(variables.map(|variable| Named {
            column: &variable.column,
            name: variable.name(),
            role: role(variable),
        }));
        columns
    }
}

/// Whether pandas calls an index so that it saves as a column of Parquet.
fn is_row_names(column: &str) -> bool {
    column.strip_prefix("__index_level_").is_some_and(|rest| rest.ends_with("__"))
}

/// A column to read, by name.
struct Named<'r> {
    column: &'r str,
    name: String,
    role: Role,
}

impl<'r> Named<'r> {
    /// A column in this role, under its own name.
    fn column(column: &'r str, role: Role) -> Named<'r> {
        Named { column, name: column.to_owned(), role }
    }
}

fn requests(columns: &[Named], names: &[String]) -> Result<Vec<Request>> {
    let places: HashMap<&str, usize> =
        names.iter().enumerate().map(|(place, name)| (name.as_str(), place)).rev().collect();
    let request = |wanted: &Named| {
        let column = places.get(wanted.column).map_or_else(|| terms::find(wanted.column, names), |&place| Ok(place))?;
        Ok(Request { column, name: wanted.name.clone(), role: wanted.role, levels: None })
    };
    let mut requests = columns.iter().map(request).collect::<Result<Vec<Request>>>()?;
    // Of the bad cells of a row the first is told.
    requests.sort_by_key(|request| request.column);
    Ok(requests)
}
