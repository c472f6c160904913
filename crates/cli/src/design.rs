//! From the columns of a table to the design of a model.
//!
//! Numbers, and products of numbers, are columns of one matrix; categories stay codes. Coding follows R: an effect for each
//! level but the first, and for all levels of the first factor where there is no intercept.

use crate::error::{Error, Result};
use crate::recipe::{Levels, Recipe};
use crate::response;
use crate::table::{Column, Lines, Omitted, Request, Role, Table, Values};
use crate::terms::{self, Term, Variable};
use models::Design;
use ndarray::{Array1, Array2};
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The arrays that a design borrows.
#[derive(Debug)]
pub struct Columns {
    /// Whether there is an intercept.
    pub intercept: bool,
    /// The names and the cells of the numeric columns.
    names: Vec<String>,
    x: Array2<f64>,
    factors: Vec<Factor>,
    interactions: Vec<[String; 2]>,
    /// The term, by its place, of each numeric column, each factor and each interaction.
    terms: [Vec<usize>; 3],
    /// The coefficients that are left out.
    aliased: Vec<String>,
    offset: Option<Array1<f64>>,
    weights: Option<Array1<f64>>,
    /// The levels of all categorical variables.
    pub levels: Levels,
}

#[derive(Debug)]
struct Factor {
    name: String,
    levels: Vec<String>,
    codes: Array1<usize>,
}

impl Columns {
    /// The arrays of a fitted model without any rows: what a saved recipe and its levels make, before data are read.
    pub fn without_rows(recipe: &Recipe, levels: &Levels) -> Result<Columns> {
        let names: BTreeSet<String> = recipe.variables().map(Variable::name).collect();
        let column = |name: String| {
            let (role, values) = match levels.get(&name) {
                Some(levels) => (Role::Factor, Values::Categories { codes: Vec::new(), levels: levels.clone() }),
                None => (Role::Covariate, Values::Numbers(Vec::new())),
            };
            Column { request: Request { column: 0, name, role, levels: None }, values }
        };
        let columns = names.into_iter().map(column).collect();
        let (path, lines, omitted) = (PathBuf::new(), Lines::default(), Omitted::default());
        Columns::of(recipe, &Table { path, columns, rows: 0, lines, omitted })
    }

    /// The arrays of a model; its levels are the table's.
    pub fn of(recipe: &Recipe, table: &Table) -> Result<Columns> {
        let mut builder = Builder { table, terms: &recipe.terms, numbers: Vec::new(), columns: Columns::empty(recipe) };
        for (place, term) in recipe.terms.iter().enumerate() {
            builder.add(term)?;
            let Columns { factors, interactions, terms, .. } = &mut builder.columns;
            let lengths = [builder.numbers.len(), factors.len(), interactions.len()];
            terms.iter_mut().zip(lengths).for_each(|(of, length)| of.resize(length, place));
        }
        let Builder { numbers, mut columns, .. } = builder;
        terms::check_names(numbers.iter().map(|(name, _)| name))?;
        let (names, numbers): (Vec<String>, Vec<Vec<f64>>) = numbers.into_iter().unzip();
        columns.names = names;
        columns.x = matrix(table.rows, &numbers);
        columns.offset = table.numbers(Role::Offset).map(owned);
        columns.weights = response::weights(table);
        Ok(columns)
    }

    fn empty(recipe: &Recipe) -> Columns {
        Columns {
            intercept: recipe.intercept,
            names: Vec::new(),
            x: Array2::zeros((0, 0)),
            factors: Vec::new(),
            interactions: Vec::new(),
            terms: Default::default(),
            aliased: recipe.aliased.clone(),
            offset: None,
            weights: None,
            levels: Levels::new(),
        }
    }

    /// The design of the numeric columns alone, without weights and offset.
    pub fn numbers(&self) -> Design<'_> {
        Design::new(&self.x)
    }

    /// The design on these arrays, with the columns that are left out.
    pub fn whole_design(&self) -> models::Result<Design<'_>> {
        let mut design = Design::new(&self.x).with_names(&self.names)?;
        if !self.intercept {
            design = design.without_intercept();
        }
        for factor in &self.factors {
            design = design.with_factor(&factor.name, &factor.levels, &factor.codes)?;
        }
        for [first, second] in &self.interactions {
            design = design.with_interaction(first, second)?;
        }
        if let Some(offset) = &self.offset {
            design = design.with_offset(offset)?;
        }
        if let Some(weights) = &self.weights {
            design = design.with_weights(weights)?;
        }
        Ok(design)
    }

    /// The design without what is left out.
    pub fn design(&self) -> models::Result<Design<'_>> {
        let design = self.whole_design()?;
        let known: HashSet<String> = design.names().into_iter().collect();
        // A model of some of the terms has some of these coefficients.
        let aliased: Vec<&String> = self.aliased.iter().filter(|name| known.contains(*name)).collect();
        design.without(&aliased)
    }

    /// The names of the coefficients that are left out.
    pub fn aliased(&self) -> &[String] {
        &self.aliased
    }

    /// The observations' weights.
    pub fn weights(&self) -> Option<&Array1<f64>> {
        self.weights.as_ref()
    }

    /// All columns but the intercept's with the names of their coefficients, written out as numbers: main effects in the order
    /// of their terms, then interactions, as R has them.
    pub fn written_out(&self, recipe: &Recipe) -> Result<(Vec<String>, Array2<f64>)> {
        let names = self.effect_names()?;
        let mut columns: Vec<((usize, Effect), String)> = self.all_effects().into_iter().zip(names).collect();
        let variables = |term: usize| recipe.terms.get(term).map_or(0, |term| term.variables.len());
        columns.sort_by_key(|((term, _), _)| (variables(*term), *term));
        let cells = |effect: &Effect| (0..self.x.nrows()).map(|row| effect(row)).collect();
        let numbers: Vec<Vec<f64>> = columns.iter().map(|((_, effect), _)| cells(effect)).collect();
        Ok((columns.into_iter().map(|(_, name)| name).collect(), matrix(self.x.nrows(), &numbers)))
    }

    /// The standard deviation of the column of each of these coefficients, but for the intercept's.
    pub fn spreads(&self, fitted: &[String]) -> Result<Vec<f64>> {
        let names = self.effect_names()?;
        let fitted: HashSet<&String> = fitted.iter().collect();
        let effects = names.iter().zip(self.all_effects()).filter(|(name, _)| fitted.contains(name));
        Ok(effects.map(|(_, (_, effect))| spread(self.x.nrows(), &effect)).collect())
    }

    /// The columns of all coefficients but the intercept's and those that are left out, under their names.
    pub fn named_effects(&self) -> Result<Vec<(String, Effect<'_>)>> {
        let named = self.effect_names()?.into_iter().zip(self.all_effects());
        let kept = named.filter(|(name, _)| !self.aliased.contains(name));
        Ok(kept.map(|(name, (_, effect))| (name, effect)).collect())
    }

    /// The names of all coefficients but the intercept's.
    fn effect_names(&self) -> Result<Vec<String>> {
        Ok(self.whole_design()?.names().split_off(usize::from(self.intercept)))
    }

    /// All columns of the design but the intercept's, each with its term, in the order of the coefficients.
    fn all_effects(&self) -> Vec<(usize, Effect<'_>)> {
        let [of_numbers, of_factors, of_interactions] = &self.terms;
        let main = self.names.iter().chain(self.factors.iter().map(|factor| &factor.name));
        let main = main.zip(of_numbers.iter().chain(of_factors));
        let of_main =
            |(name, &term): (&String, &usize)| self.effects(name).into_iter().map(move |effect| (term, effect));
        let mut effects: Vec<(usize, Effect)> = main.flat_map(of_main).collect();
        for ([first, second], &term) in self.interactions.iter().zip(of_interactions) {
            for factor in self.effects(first) {
                let other = self.effects(second).into_iter().map(|other| -> (usize, Effect) {
                    let factor = factor.clone();
                    (term, Rc::new(move |row| factor(row) * other(row)))
                });
                effects.extend(other);
            }
        }
        effects
    }

    /// The columns of a variable's effects, as functions of the row.
    fn effects(&self, name: &str) -> Vec<Effect<'_>> {
        if let Some(place) = self.names.iter().position(|known| known == name) {
            let column = self.x.column(place);
            return vec![Rc::new(move |row| column[row])];
        }
        let Some(factor) = self.factors.iter().find(|factor| factor.name == name) else { return Vec::new() };
        let level = |level: usize| -> Effect { Rc::new(move |row| f64::from(u8::from(factor.codes[row] == level))) };
        (1..factor.levels.len()).map(level).collect()
    }
}

/// A column of the design as a function of the row.
pub type Effect<'c> = Rc<dyn Fn(usize) -> f64 + 'c>;

/// The standard deviation of a column.
fn spread(rows: usize, cell: &Effect) -> f64 {
    let mean = (0..rows).map(|row| cell(row)).sum::<f64>() / rows as f64;
    ((0..rows).map(|row| (cell(row) - mean).powi(2)).sum::<f64>() / rows as f64).sqrt()
}

/// Puts the levels first whose effect is to be 0, where the terms name others than the first.
pub fn put_references_first(recipe: &Recipe, table: &mut Table) -> Result<()> {
    for variable in recipe.variables() {
        let (name, Some(reference)) = (variable.name(), &variable.reference) else { continue };
        let of_variable = |column: &&mut Column| column.request.role == Role::Factor && column.request.name == name;
        let column = table.columns.iter_mut().find(of_variable).map(|column| &mut column.values);
        let Some(Values::Categories { codes, levels }) = column else { continue };
        let place = terms::find_level("--terms", reference, &variable.column, levels)?;
        levels[..=place].rotate_right(1);
        for code in codes {
            *code = match (*code).cmp(&place) {
                Ordering::Less => *code + 1,
                Ordering::Equal => 0,
                Ordering::Greater => *code,
            };
        }
    }
    Ok(())
}

/// Refuses a column of which every row is a category of its own: that explains nothing, unless the user asks for it.
pub fn refuse_identifiers(table: &Table) -> Result<()> {
    let is_identifier = |column: &&Column| match &column.values {
        Values::Categories { levels, .. } => levels.len() >= table.rows,
        Values::Numbers(_) => false,
    };
    let mut terms = table.columns.iter().filter(|column| !matches!(column.request.role, Role::Outcome | Role::Cluster));
    match terms.find(is_identifier) {
        Some(column) => Err(are_identifiers(&table.path, &column.request.name)),
        None => Ok(()),
    }
}

/// What to say of such a column.
pub fn are_identifiers(data: &Path, column: &str) -> Error {
    Error::Data {
        place: format!("{}, column `{column}`", data.display()),
        reason:
            "every row is a category of its own, as in a column of identifiers; name the terms with --terms, with or without it"
                .into(),
    }
}

/// Columns in the making.
struct Builder<'t> {
    table: &'t Table,
    terms: &'t [Term],
    numbers: Vec<(String, Vec<f64>)>,
    columns: Columns,
}

impl Builder<'_> {
    fn add(&mut self, term: &Term) -> Result<()> {
        let cells =
            term.variables.iter().map(|variable| cells(self.table, variable)).collect::<Result<Vec<&Values>>>()?;
        let numbers: Option<Vec<&[f64]>> = cells.iter().map(|values| values.numbers()).collect();
        match (numbers, term.variables.as_slice(), cells.as_slice()) {
            (Some(numbers), ..) => self.numbers.push((term.name(), product(&numbers))),
            (None, [variable], [Values::Categories { codes, levels }]) => self.add_factor(variable, codes, levels),
            (None, [first, second], _) => self.add_interaction(first, second)?,
            _ => return Err(terms::joins_many(term)),
        }
        Ok(())
    }

    fn add_factor(&mut self, variable: &Variable, codes: &[usize], levels: &[String]) {
        let name = variable.name();
        let first = self.columns.levels.is_empty();
        self.columns.levels.insert(name.clone(), levels.to_vec());
        if first && !self.columns.intercept {
            for (place, level) in levels.iter().enumerate() {
                let indicator = codes.iter().map(|code| f64::from(u8::from(*code == place))).collect();
                self.numbers.push((terms::level_name(variable, level), indicator));
            }
            return;
        }
        self.columns.factors.push(Factor { name, levels: levels.to_vec(), codes: Array1::from_vec(codes.to_vec()) });
    }

    fn add_interaction(&mut self, first: &Variable, second: &Variable) -> Result<()> {
        terms::check_interaction(self.terms, first, second, self.columns.intercept)?;
        self.columns.interactions.push([first.name(), second.name()]);
        Ok(())
    }
}

fn cells<'t>(table: &'t Table, variable: &Variable) -> Result<&'t Values> {
    let missing = || Error::Usage(format!("the column `{}` was not read", variable.column));
    table.variable(&variable.name()).map(|column| &column.values).ok_or_else(missing)
}

/// The products of the rows' numbers.
fn product(columns: &[&[f64]]) -> Vec<f64> {
    match columns {
        [] => Vec::new(),
        [first, others @ ..] => {
            let mut product = first.to_vec();
            for other in others {
                product.iter_mut().zip(*other).for_each(|(product, number)| *product *= number);
            }
            product
        }
    }
}

/// The columns side by side, row after row.
fn matrix(rows: usize, columns: &[Vec<f64>]) -> Array2<f64> {
    let mut matrix = Array2::zeros((rows, columns.len()));
    // A band of rows at a time stays in cache while every column is laid into it.
    const BAND: usize = 256;
    for (band, mut target) in matrix.axis_chunks_iter_mut(ndarray::Axis(0), BAND).enumerate() {
        for (column, mut cells) in columns.iter().zip(target.columns_mut()) {
            cells.iter_mut().zip(column.iter().skip(band * BAND)).for_each(|(cell, number)| *cell = *number);
        }
    }
    matrix
}

fn owned(numbers: &[f64]) -> Array1<f64> {
    Array1::from_vec(numbers.to_vec())
}
