//! What a cell means, given the role that its column is to play, and the columns built from cells.

use super::Spelling;
use super::advice::{missing, no_response, not_a_number, shown, stray_text};
use super::role::Role;
use crate::names::listed;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// A column to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The column's place in the file, from 0.
    pub column: usize,
    /// What the model calls it: a column may be asked for as `x` and as `factor(x)`.
    pub name: String,
    /// What it is to be used as.
    pub role: Role,
    /// The levels that a fitted model has for it; without them they are those of the cells.
    pub levels: Option<Arc<data::Levels>>,
}

impl Request {
    /// The level that a cell of text is: without the blanks around it, unless the model has a level that is the whole to the letter, as one that was
    /// fitted to Parquet may.
    fn level<'c>(&self, whole: &'c str) -> &'c str {
        let is_known = |levels: &Arc<data::Levels>| levels.have_blanks() && levels.place_of_text(whole).is_some();
        if self.levels.as_ref().is_some_and(is_known) { whole } else { whole.trim() }
    }
}

/// A column that was read.
#[derive(Debug, PartialEq)]
pub struct Column {
    /// What was asked for.
    pub request: Request,
    /// Its cells.
    pub values: Values,
}

/// The cells of a column.
#[derive(Debug, PartialEq)]
pub enum Values {
    /// Finite numbers.
    Numbers(Vec<f64>),
    /// Categories: each row's place among the levels.
    Categories {
        /// Each row's level.
        codes: Vec<usize>,
        /// The levels' names.
        levels: Vec<String>,
    },
}

impl Values {
    /// The numbers, if it is numbers.
    pub fn numbers(&self) -> Option<&[f64]> {
        match self {
            Values::Numbers(numbers) => Some(numbers),
            Values::Categories { .. } => None,
        }
    }
}

/// Cells of one column, as they come.
#[derive(Debug)]
pub enum Builder {
    /// A term whose first cell hasn't come.
    Undecided,
    /// A term whose first cell is no number.
    Words(Levels),
    /// A term whose first cell is this word, and others are numbers.
    Stray(String),
    /// Numbers so far.
    Numbers(Vec<f64>),
    /// Categories so far.
    Categories(Levels),
}

impl Builder {
    /// A column without cells.
    pub fn new(role: Role) -> Builder {
        match role {
            Role::Weights | Role::Offset | Role::Covariate | Role::Failures => Builder::Numbers(Vec::new()),
            Role::Response | Role::Quantity | Role::Term => Builder::Undecided,
            Role::Factor | Role::Outcome | Role::Cluster => Builder::Categories(Levels::default()),
        }
    }

    /// A column whose cells are numbers or words of a file that says which.
    #[cfg(feature = "parquet")]
    pub fn of_kind(role: Role, are_words: bool) -> Builder {
        let levels = || Levels { are_text: true, ..Levels::default() };
        match role {
            Role::Term | Role::Response | Role::Quantity if are_words => Builder::Words(levels()),
            _ if are_words => Builder::Categories(levels()),
            _ => Builder::Numbers(Vec::new()),
        }
    }

    /// Adds cells of its kind.
    #[cfg(feature = "parquet")]
    pub fn extend(&mut self, cells: &data::Column) {
        match (self, cells) {
            (Builder::Numbers(numbers), data::Column::Numbers(cells)) => numbers.extend(cells),
            (Builder::Words(levels) | Builder::Categories(levels), data::Column::Words { codes, words }) => {
                levels.extend(codes, words);
            }
            _ => {}
        }
    }

    /// Adds a cell of text, or says which cell can't play this role, and why.
    pub fn push_text(&mut self, cell: &[u8], request: &Request, spelling: &Spelling) -> Result<(), Fault> {
        let whole = utf8(cell)?;
        let text = whole.trim();
        if spelling.is_missing(text) {
            return Err(missing(text).into());
        }
        let number = || spelling.number(text);
        if matches!(self, Builder::Undecided) {
            *self = match number() {
                Some(_) => Builder::Numbers(Vec::new()),
                None => Builder::Words(Levels::default()),
            };
        }
        match self {
            Builder::Numbers(numbers) => {
                let number = number().ok_or_else(|| not_a_number(text, &request.name, request.role, spelling))?;
                numbers.push(finite(number)?);
            }
            Builder::Words(words) if number().is_some() => *self = Builder::Stray(words.first().to_owned()),
            Builder::Words(levels) | Builder::Categories(levels) => levels.push(request.level(whole)),
            Builder::Stray(_) | Builder::Undecided => {}
        }
        Ok(())
    }

    /// The finished column, or which of its cells can't play its role, and why.
    pub fn finish(self, request: &Request, spelling: &Spelling) -> Result<Column, Fault> {
        let values = match self {
            Builder::Undecided => Values::Numbers(Vec::new()),
            Builder::Numbers(numbers) => Values::Numbers(numbers),
            Builder::Stray(word) => return Err(Fault::stray(0, &word, request, spelling)),
            Builder::Words(words) => match words.stray(spelling) {
                Some((row, word)) if words.are_text => {
                    return Err(Fault { row: Some(row), reason: stray_text(word, &request.name, request.role) });
                }
                Some((row, word)) => return Err(Fault::stray(row, word, request, spelling)),
                None if request.role.is_numeric_response() => {
                    if let Some(numbers) = words.numbers(spelling) {
                        return Ok(Column { request: request.clone(), values: Values::Numbers(numbers?) });
                    }
                    let reason = no_response(words.first(), words.levels().words(), request.role);
                    return Err(Fault { row: Some(0), reason });
                }
                None => words.finish(request, spelling)?,
            },
            Builder::Categories(levels) => levels.finish(request, spelling)?,
        };
        Ok(Column { request: request.clone(), values })
    }
}

/// The text of a cell, without the blanks around it.
pub fn text(cell: &[u8]) -> Result<&str, String> {
    utf8(cell).map(str::trim)
}

fn utf8(cell: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(cell).map_err(|_| {
        format!("`{}` is not UTF-8 text; save the file in UTF-8 and try again", shown(&String::from_utf8_lossy(cell)))
    })
}

/// A cell that can't be used.
#[derive(Debug, PartialEq)]
pub struct Fault {
    /// Its row, where it isn't the one that was being added.
    pub row: Option<usize>,
    /// Why, and what to do.
    pub reason: String,
}

impl Fault {
    /// A word in a column that should be numbers.
    fn stray(row: usize, word: &str, request: &Request, spelling: &Spelling) -> Fault {
        Fault { row: Some(row), reason: not_a_number(word, &request.name, request.role, spelling) }
    }
}

impl From<String> for Fault {
    fn from(reason: String) -> Fault {
        Fault { row: None, reason }
    }
}

/// The number, if it is finite, else why it can't be used.
fn finite(number: f64) -> Result<f64, String> {
    if number.is_finite() { Ok(number) } else { Err(data::text::not_finite(number)) }
}

/// The first row of a column of words, not written as a factor, whose word is no number where others are, or is one in another spelling, as all are:
/// such a column holds neither numbers nor categories.
pub fn first_stray(words: &[String], codes: &[usize], spelling: &Spelling) -> Option<usize> {
    let are_words: Vec<bool> = words.iter().map(|word| spelling.number(word).is_none()).collect();
    let count = are_words.iter().filter(|is_word| **is_word).count();
    let are_spelled = || words.iter().all(|word| spelling.advice(word).is_some());
    let are_categories = count == 0 || count == words.len() && !are_spelled();
    let is_stray = |code: &usize| !are_categories && are_words.get(*code) == Some(&true);
    codes.iter().position(is_stray)
}

/// The levels of a categorical column, numbered as they come.
#[derive(Debug, Default)]
pub struct Levels {
    codes: Vec<usize>,
    places: HashMap<String, usize>,
    names: Vec<String>,
    /// Whether the file tells text from numbers, so that its words are told apart to the letter.
    are_text: bool,
}

impl Levels {
    /// Adds a row of this level.
    pub fn push(&mut self, level: &str) {
        // Neighbouring rows often share a level: a comparison is cheaper than a lookup.
        if let Some(&last) = self.codes.last()
            && self.names.get(last).is_some_and(|name| name == level)
        {
            self.codes.push(last);
            return;
        }
        let code = match self.places.get(level) {
            Some(&place) => place,
            None => {
                self.places.insert(level.into(), self.names.len());
                self.names.push(level.into());
                self.names.len() - 1
            }
        };
        self.codes.push(code);
    }

    /// Adds rows whose levels are at these places among others.
    #[cfg(feature = "parquet")]
    fn extend(&mut self, codes: &[usize], names: &[String]) {
        let mut places: Vec<Option<usize>> = vec![None; names.len()];
        for &code in codes {
            match places.get(code).copied().flatten() {
                Some(place) => self.codes.push(place),
                None => {
                    self.push(names.get(code).map_or("", String::as_str));
                    if let Some(place) = places.get_mut(code) {
                        *place = self.codes.last().copied();
                    }
                }
            }
        }
    }

    /// The first row whose word makes of the column neither numbers nor categories, and the word.
    fn stray(&self, spelling: &Spelling) -> Option<(usize, &str)> {
        let row = first_stray(&self.names, &self.codes, spelling)?;
        Some((row, self.names[self.codes[row]].as_str()))
    }

    /// The rows as numbers, if all words are, or say a truth, which is 1 or 0; one that isn't finite can't be used.
    fn numbers(&self, spelling: &Spelling) -> Option<Result<Vec<f64>, Fault>> {
        let of_truth = |name: &String| data::truth(name).map(|truth| f64::from(u8::from(truth)));
        let truths = || self.levels().truths().and_then(|_| self.names.iter().map(of_truth).collect());
        let numbers: Option<Vec<f64>> = self.names.iter().map(|name| spelling.number(name)).collect();
        let numbers = numbers.or_else(truths)?;
        let number =
            |(row, &code): (usize, &usize)| finite(numbers[code]).map_err(|reason| Fault { row: Some(row), reason });
        Some(self.codes.iter().enumerate().map(number).collect())
    }

    /// The levels that the words are by themselves.
    fn levels(&self) -> data::Levels {
        if self.are_text { data::Levels::of_text(&self.names) } else { data::Levels::of(&self.names) }
    }

    fn first(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// The rows, with the levels in order, or those that a fitted model has, whatever else these rows hold.
    fn finish(self, request: &Request, spelling: &Spelling) -> Result<Values, Fault> {
        let plain: Option<Vec<Cow<str>>> = self.names.iter().map(|name| spelling.plain(name)).collect();
        let levels = match (&request.levels, &plain) {
            (Some(levels), _) => levels.clone(),
            (None, _) if self.are_text => Arc::new(data::Levels::of_text(&self.names)),
            (None, Some(numbers)) => Arc::new(data::Levels::of(numbers)),
            (None, None) => Arc::new(data::Levels::of(&self.names)),
        };
        let place = |name: &String| match levels.are_numbers() {
            _ if self.are_text => levels.place_of_text(name),
            true => levels.place(&spelling.plain(name).unwrap_or(name.into())),
            false => levels.place(name),
        };
        let places: Vec<Option<usize>> = self.names.iter().map(place).collect();
        let code = |(row, &code): (usize, &usize)| {
            places[code].ok_or_else(|| {
                let (level, known) = (shown(&self.names[code]), listed(levels.words()));
                let reason = format!(
                    "`{level}` is none of the categories of the fitted model, which has no coefficient for it: {known}; mend the cell, leave out the row (--na omit --na-words with this word among the others makes its prediction NA), or fit the model again to rows that have it"
                );
                Fault { row: Some(row), reason }
            })
        };
        let codes = self.codes.iter().enumerate().map(code).collect::<Result<_, _>>()?;
        Ok(Values::Categories { codes, levels: levels.words().to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(role: Role, cells: &[&str]) -> Result<Values, Fault> {
        let mut builder = Builder::new(role);
        let request = Request { column: 0, name: "x".into(), role, levels: None };
        for cell in cells {
            builder.push_text(cell.as_bytes(), &request, &Spelling::default())?;
        }
        Ok(builder.finish(&request, &Spelling::default())?.values)
    }

    fn categories(codes: &[usize], levels: &[&str]) -> Values {
        Values::Categories { codes: codes.to_vec(), levels: levels.iter().map(|level| level.to_string()).collect() }
    }

    #[test]
    fn all_cells_of_a_term_decide_its_type() {
        assert_eq!(read(Role::Term, &["1", " 2.5 ", "-1e-3"]), Ok(Values::Numbers(vec![1.0, 2.5, -1e-3])));
        assert_eq!(read(Role::Term, &["b", "c", "b", "a"]), Ok(categories(&[1, 2, 1, 0], &["a", "b", "c"])));
        let (first, last) =
            (read(Role::Term, &["?", "1", "2"]).unwrap_err(), read(Role::Term, &["1", "2", "?"]).unwrap_err());
        assert_eq!((first.row, last.row), (Some(0), None));
        assert_eq!(first.reason, last.reason);
        let commas = read(Role::Term, &["3,5", "1,25", "3,5"]).unwrap_err();
        assert!(commas.row == Some(0) && commas.reason.contains("decimal point"), "{commas:?}");
        assert_eq!(read(Role::Factor, &["3,5", "a"]), Ok(categories(&[0, 1], &["3,5", "a"])));
    }

    #[test]
    fn a_level_that_is_a_number_is_one_however_it_is_written() {
        assert_eq!(
            read(Role::Factor, &["1", "2.0", "1.0", "02", "-0", "0"]),
            Ok(categories(&[1, 2, 1, 2, 0, 0], &["0", "1", "2"]))
        );
    }

    #[test]
    fn levels_that_are_numbers_are_in_numeric_order() {
        assert_eq!(read(Role::Factor, &["10", "9", "10", "-1"]), Ok(categories(&[2, 1, 2, 0], &["-1", "9", "10"])));
    }

    #[test]
    fn a_word_among_numbers_is_named() {
        let message = read(Role::Term, &["1", "tall"]).unwrap_err().reason;
        assert!(message.starts_with("`tall` is not a number") && message.contains("factor(x)"), "{message}");
        let message = read(Role::Response, &["yes", "no", "yes"]).unwrap_err().reason;
        assert!(message.starts_with("`yes` is not a number") && message.contains("0 and 1"), "{message}");
        assert!(message.contains("the levels `no`, `yes`") && message.contains("--success"), "{message}");
        let message = read(Role::Response, &["1", "yes"]).unwrap_err().reason;
        assert!(message.starts_with("`yes` is not a number; other cells of the response are"), "{message}");
        assert!(message.contains("--na-words") && message.contains("--success"), "{message}");
        let message = read(Role::Term, &["1", "2,5"]).unwrap_err().reason;
        assert!(message.contains("decimal point"), "{message}");
    }

    #[test]
    fn missing_and_infinite_cells_are_refused_in_every_role() {
        for role in
            [Role::Response, Role::Outcome, Role::Failures, Role::Weights, Role::Offset, Role::Term, Role::Factor]
        {
            for cell in ["", " ", "NA", "nan", "NaN", "null", "N/A"] {
                assert!(read(role, &[cell]).is_err(), "{role:?} {cell:?}");
            }
        }
        for cell in ["inf", "-Infinity", "1e999"] {
            assert!(read(Role::Term, &[cell]).unwrap_err().reason.contains("finite"));
        }
    }
}
