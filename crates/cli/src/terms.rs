//! The terms of a model as they are written on the command line: `a,b,factor(c),a:b,a*b`.
//!
//! A term is a column, `factor(column)` (or `factor(column, ref=level)`, with the level whose effect is 0), or several of
//! these joined by `:` (their interaction). `a*b` is short for
//! `a,b,a:b`, `a*b*c` for all the products of some of the three. A name that would be misread stands in backquotes; a whole
//! item that is a column's name is that column, whatever characters it holds.

use crate::error::{Error, Result};
use crate::names::{listed, nearest_level, no_column};
use data::Levels;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// A column in a term.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The column's name.
    pub column: String,
    /// Written `factor(…)`: categories, whatever the cells look like.
    pub factor: bool,
    /// The level whose effect is 0, if it isn't the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// A term: one variable, or the interaction of several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The variables whose product this is.
    pub variables: Vec<Variable>,
}

impl Variable {
    /// Its name in the design, which coefficients carry.
    pub fn name(&self) -> String {
        if self.factor { format!("factor({})", self.column) } else { self.column.clone() }
    }
}

impl Term {
    /// The column as it is.
    pub fn column(name: &str) -> Term {
        Term { variables: vec![Variable { column: name.into(), factor: false, reference: None }] }
    }

    /// The name of its coefficient, if it is numeric.
    pub fn name(&self) -> String {
        self.variables.iter().map(Variable::name).collect::<Vec<_>>().join(":")
    }

    /// The variables' names, sorted: the same for terms that differ in the order of their variables.
    pub fn variable_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.variables.iter().map(Variable::name).collect();
        names.sort();
        names
    }
}

/// Reads `--terms`, for a file with these columns; each term is listed once, in the order of its first mention.
pub fn parse(text: &str, names: &[String]) -> Result<Vec<Term>> {
    let (mut terms, mut seen) = (Vec::<Term>::new(), HashSet::new());
    for item in split(text, ',') {
        let new = parse_item(item.trim(), names)?;
        let mut variables = terms.iter().chain(&new).flat_map(|term| &term.variables);
        let references = factor_references(&mut variables)?;
        check_variables(terms.iter().chain(&new).flat_map(|term| &term.variables))?;
        terms.extend(new.into_iter().filter(|term| seen.insert(term.variable_names())));
        // A factor's reference is the same in all terms, wherever it is written.
        for variable in terms.iter_mut().flat_map(|term| &mut term.variables).filter(|variable| variable.factor) {
            variable.reference = references.get(&variable.column).cloned();
        }
    }
    Ok(terms)
}

/// Refuses a column that is called as the factor of another.
fn check_variables<'t>(variables: impl Iterator<Item = &'t Variable>) -> Result<()> {
    let mut seen = HashMap::new();
    for variable in variables {
        if *seen.entry(variable.name()).or_insert(variable.factor) != variable.factor {
            return Err(Error::Usage(format!(
                "--terms: `{}` is a column and the factor of another; rename the column",
                variable.name()
            )));
        }
    }
    Ok(())
}

/// The reference levels that are written, by column; refused if a column has two.
fn factor_references(variables: &mut dyn Iterator<Item = &Variable>) -> Result<HashMap<String, String>> {
    let mut references = HashMap::<String, String>::new();
    for Variable { column, reference, .. } in variables {
        let Some(level) = reference else { continue };
        match references.insert(column.clone(), level.clone()) {
            Some(other) if other != *level => {
                return Err(Error::Usage(format!(
                    "--terms: factor({column}) has the reference `{other}` in one term and `{level}` in another; choose one"
                )));
            }
            _ => {}
        }
    }
    Ok(references)
}

/// The terms of one item between commas.
fn parse_item(item: &str, names: &[String]) -> Result<Vec<Term>> {
    if names.iter().any(|name| name == item) {
        return Ok(vec![Term::column(item)]);
    }
    let crossed = split(item, '*')
        .into_iter()
        .map(|interaction| {
            let variables = split(interaction, ':').into_iter().map(|text| parse_variable(text.trim(), item, names));
            Ok(Term { variables: variables.collect::<Result<_>>()? })
        })
        .collect::<Result<Vec<Term>>>()?;
    products(&crossed)
}

/// Every product of one or more of these terms, the shorter ones first; refused if there are more than a model can have.
fn products(crossed: &[Term]) -> Result<Vec<Term>> {
    let number = 1usize.checked_shl(crossed.len() as u32).map_or(usize::MAX, |number| number - 1);
    models::check_curvature(number)?;
    let mut subsets: Vec<Vec<usize>> = vec![Vec::new()];
    for place in 0..crossed.len() {
        let with: Vec<Vec<usize>> = subsets.iter().map(|subset| [subset.as_slice(), &[place]].concat()).collect();
        subsets.extend(with);
    }
    subsets.sort_by_key(|subset| (subset.len(), subset.clone()));
    let product = |subset: &Vec<usize>| {
        let mut variables: Vec<Variable> = Vec::new();
        for variable in subset.iter().filter_map(|&place| crossed.get(place)).flat_map(|term| &term.variables) {
            if !variables.contains(variable) {
                variables.push(variable.clone());
            }
        }
        Term { variables }
    };
    Ok(subsets.iter().skip(1).map(product).collect())
}

/// A column, in backquotes or not, or `factor(column)`.
fn parse_variable(text: &str, item: &str, names: &[String]) -> Result<Variable> {
    if names.iter().any(|name| name == unquoted(text)) {
        return known(unquoted(text), false, names);
    }
    if let Some(inside) = text.strip_prefix("factor(").and_then(|rest| rest.strip_suffix(')')) {
        return parse_factor(inside, names);
    }
    if text.is_empty() {
        return Err(Error::Usage(format!(
            "--terms: a column's name is missing in `{item}`; write terms as a,b,factor(c),a:b,a*b"
        )));
    }
    if let Some((function, _)) = text.split_once('(') {
        return Err(Error::Usage(format!(
            "--terms: `{text}` calls `{function}`, but only factor(column) is known; compute the column in the file, or put its name in backquotes"
        )));
    }
    known(unquoted(text), false, names)
}

/// What stands between the parentheses of `factor(…)`: a column, and perhaps `ref=level`.
fn parse_factor(inside: &str, names: &[String]) -> Result<Variable> {
    // A column whose name holds a comma.
    if names.iter().any(|name| name == inside) {
        return known(inside, true, names);
    }
    match split(inside, ',').as_slice() {
        [column] => known(unquoted(column.trim()), true, names),
        [column, reference] => match reference.trim().strip_prefix("ref").map(|rest| rest.trim().strip_prefix('=')) {
            Some(Some(level)) if !level.trim().is_empty() => {
                let reference = Some(unquoted(level.trim()).to_owned());
                Ok(Variable { reference, ..known(unquoted(column.trim()), true, names)? })
            }
            _ => Err(unknown_factor(inside)),
        },
        _ => Err(unknown_factor(inside)),
    }
}

fn unknown_factor(inside: &str) -> Error {
    Error::Usage(format!(
        "--terms: `factor({inside})` is not understood; write factor(column) or factor(column, ref=level), with backquotes around a level that holds a comma"
    ))
}

fn known(column: &str, factor: bool, names: &[String]) -> Result<Variable> {
    find(column, names).map(|_| Variable { column: column.into(), factor, reference: None })
}

/// The name of the coefficient of a level that is spelled out.
pub fn level_name(factor: &Variable, level: &str) -> String {
    factor.name() + level
}

/// Refuses a term that joins more than two variables, one of them categorical.
pub fn joins_many(term: &Term) -> Error {
    let names: Vec<String> = term.variables.iter().map(Variable::name).collect();
    let of = |place: usize| names[place + 1..].iter().map(move |other| (place, other));
    let pairs: Vec<String> =
        (0..names.len()).flat_map(of).map(|(place, other)| format!("{}*{other}", names[place])).collect();
    Error::Usage(format!(
        "--terms: `{}` joins more than two variables, one of them categorical, which is not supported; join two: {}",
        term.name(),
        pairs.join(",")
    ))
}

/// Refuses an interaction with a categorical variable where a variable of it is no term, or there is no intercept: it is coded by contrasts,
/// which is right beside its main effects and an intercept only.
pub fn check_interaction(terms: &[Term], first: &Variable, second: &Variable, intercept: bool) -> Result<()> {
    let [one, two] = [first, second].map(Variable::name);
    let is_term =
        |variable: &Variable| terms.iter().any(|term| term.variables.as_slice() == std::slice::from_ref(variable));
    if let Some(lacking) = [first, second].into_iter().find(|variable| !is_term(variable)) {
        return Err(Error::Usage(format!(
            "--terms: the interaction `{one}:{two}` needs `{}` as a term of its own; write {one}*{two}",
            lacking.name()
        )));
    }
    match intercept {
        true => Ok(()),
        false => Err(Error::Usage(format!(
            "--terms: the interaction `{one}:{two}` has a categorical variable, which needs an intercept; drop --no-intercept"
        ))),
    }
}

/// Refuses coefficients of one name, as a column `ga` and the level `a` of `g` have where there is no intercept.
pub fn check_names<'n>(names: impl Iterator<Item = &'n String>) -> Result<()> {
    let mut seen = HashSet::new();
    match names.into_iter().find(|name| !seen.insert(*name)) {
        None => Ok(()),
        Some(name) => Err(Error::Usage(format!(
            "--terms: two coefficients would be called `{name}`, as a column and a level of a factor are where there is no intercept; rename the column, or drop --no-intercept"
        ))),
    }
}

/// The place of the column of this name, or an error with the nearest name there is.
pub fn find(name: &str, names: &[String]) -> Result<usize> {
    let place = names.iter().position(|known| known == name);
    place.ok_or_else(|| Error::Usage(no_column(name, names)))
}

/// The place of the level of this name, which may be a number in another spelling if all are; or an error with the levels there are.
pub fn find_level(option: &str, level: &str, column: &str, levels: &[String]) -> Result<usize> {
    Levels::known(levels.to_vec()).place(level).ok_or_else(|| {
        let near = nearest_level(level, levels).map_or(String::new(), |near| format!("did you mean `{near}`? "));
        let listed = listed(levels);
        Error::Usage(format!("{option}: `{column}` has no level `{level}`; {near}its levels are {listed}"))
    })
}

/// The parts between separators that stand outside backquotes and parentheses.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0, false);
    for (place, character) in text.char_indices() {
        match character {
            '`' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ if character == separator && !quoted && depth == 0 => {
                parts.push(&text[start..place]);
                start = place + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["age", "lwt", "race", "a:b", "log(u)", "x,y", "(Intercept)"].map(String::from).to_vec()
    }

    /// Terms in R's spelling.
    fn shown(text: &str) -> Result<Vec<String>> {
        Ok(parse(text, &names())?.iter().map(Term::name).collect())
    }

    #[test]
    fn formulas_are_told_how_they_are_written_here() {
        let said = |text: &str| parse(text, &names()).unwrap_err().to_string();
        for (text, advice) in [
            ("age + lwt", "between commas"),
            ("age - 1", "--no-intercept"),
            ("0,age", "--no-intercept"),
            (".", "--terms is left out"),
            ("race ~ age", "--response"),
            ("agee", "did you mean `age`?"),
        ] {
            assert!(said(text).contains(advice), "{}", said(text));
        }
        assert!(find("y", &["y x".into()]).unwrap_err().to_string().contains("--delimiter"));
    }

    #[test]
    fn crossed_terms_are_all_products_in_order_of_length() {
        assert_eq!(shown("age, factor(race), age:lwt").unwrap(), ["age", "factor(race)", "age:lwt"]);
        assert_eq!(shown("age*factor(race)").unwrap(), ["age", "factor(race)", "age:factor(race)"]);
        assert_eq!(
            shown("age*lwt*race").unwrap(),
            ["age", "lwt", "race", "age:lwt", "age:race", "lwt:race", "age:lwt:race"]
        );
    }

    #[test]
    fn a_term_is_listed_once_whatever_the_order_of_its_variables() {
        assert_eq!(shown("age,age*lwt,lwt:age").unwrap(), ["age", "lwt", "age:lwt"]);
    }

    #[test]
    fn names_with_odd_characters_are_whole_items_or_in_backquotes() {
        assert_eq!(shown("a:b,log(u),(Intercept)").unwrap(), ["a:b", "log(u)", "(Intercept)"]);
        assert_eq!(shown("`x,y`:age,factor(`a:b`)").unwrap(), ["x,y:age", "factor(a:b)"]);
    }

    #[test]
    fn a_reference_is_written_once_and_holds_in_all_terms() {
        let references = |text: &str| -> Result<Vec<Option<String>>> {
            let terms = parse(text, &names())?;
            Ok(terms.iter().flat_map(|term| &term.variables).map(|variable| variable.reference.clone()).collect())
        };
        let level = |name: &str| Some(name.to_owned());
        assert_eq!(shown("factor(race, ref=b)").unwrap(), ["factor(race)"]);
        assert_eq!(references("factor(race,ref = b c)").unwrap(), [level("b c")]);
        assert_eq!(references("factor(`x,y`, ref=`a,b`)").unwrap(), [level("a,b")]);
        assert_eq!(
            references("factor(race),age*factor(race, ref=2),race").unwrap(),
            [level("2"), None, None, level("2"), None]
        );
        for (text, part) in [
            ("factor(race, ref=a),factor(race, ref=b)", "`a` in one term and `b` in another"),
            ("factor(race, base=b)", "factor(column, ref=level)"),
            ("factor(race, ref=)", "factor(column, ref=level)"),
            ("factor(rcae, ref=b)", "did you mean `race`"),
        ] {
            let message = references(text).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn mistakes_are_named_with_the_nearest_column() {
        let message = |text: &str| shown(text).unwrap_err().to_string();
        assert_eq!(message("agee"), "there is no column `agee`; did you mean `age`?");
        assert!(message("zzz").contains("the columns are `age`, `lwt`"));
        assert!(message("log(age)").contains("only factor(column) is known"));
        assert!(message("age,,lwt").contains("name is missing"));
        assert!(message("age:").contains("name is missing"));
    }
}
