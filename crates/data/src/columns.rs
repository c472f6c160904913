//! The columns of files, and what each is read as.

use crate::error::{Error, Result};
use crate::source::{Field, Kind, check_names};
use std::path::Path;

/// The columns of files by name, and those that are read once more under another name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Columns {
    pub(crate) fields: Vec<Field>,
    /// The name that the files have for each.
    origins: Vec<String>,
    /// Those whose kind no file has told yet.
    untold: Vec<bool>,
}

/// A column to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The name that the files have for it.
    pub(crate) origin: String,
    /// What its cells are to be.
    pub(crate) kind: Kind,
}

impl Columns {
    /// The columns of a file: of those without a kind, another file has to tell it.
    pub(crate) fn of(file: &Path, columns: impl IntoIterator<Item = (String, Option<Kind>)>) -> Result<Self> {
        let mut found = Columns::default();
        for (name, kind) in columns {
            found.untold.push(kind.is_none());
            found.push(&name, &name, kind.unwrap_or(Kind::Numbers));
        }
        check_names(file, &found.fields)?;
        Ok(found)
    }

    fn push(&mut self, name: &str, origin: &str, kind: Kind) {
        self.fields.push(Field { name: name.into(), kind, row: Vec::new() });
        self.origins.push(origin.into());
    }

    /// Takes the cells of these columns as numbers or as words.
    pub(crate) fn take_as(&mut self, kind: Kind, columns: &[&str]) -> Result<()> {
        for column in columns {
            let place = self.find(column)?;
            self.fields[place].kind = kind;
        }
        Ok(())
    }

    /// Adds columns of words, each given by its name and the column whose cells it has.
    pub(crate) fn add_words(&mut self, columns: &[(&str, &str)]) -> Result<()> {
        for (name, column) in columns {
            let origin = self.origins[self.find(column)?].clone();
            self.push(name, &origin, Kind::Words);
        }
        check_names(Path::new(""), &self.fields)
    }

    fn find(&self, name: &str) -> Result<usize> {
        let place = self.fields.iter().position(|field| field.name == name);
        place.ok_or_else(|| self.lacks(name, Path::new("")))
    }

    /// The error of a column that this file lacks, which has these.
    fn lacks(&self, name: &str, file: &Path) -> Error {
        let known = self.fields.iter().map(|field| field.name.clone()).collect();
        Error::MissingColumn { file: file.into(), name: name.into(), known }
    }

    /// What is to be read for the columns at these places.
    pub(crate) fn wanted(&self, columns: &[usize]) -> Vec<Wanted> {
        let wanted = |&column: &usize| {
            let (field, origin) = (self.fields.get(column)?, self.origins.get(column)?);
            Some(Wanted { origin: origin.clone(), kind: field.kind })
        };
        columns.iter().filter_map(wanted).collect()
    }

    /// Takes in the columns of a further file; refuses one that lacks a column of these, or has it of another kind.
    pub(crate) fn join(&mut self, other: &Columns, file: &Path) -> Result<()> {
        for (place, field) in self.fields.iter_mut().enumerate() {
            let found = other.fields.iter().position(|other| other.name == field.name);
            let found = found.ok_or_else(|| other.lacks(&field.name, file))?;
            let kind = other.fields[found].kind;
            match () {
                () if other.untold[found] || kind == field.kind => {}
                () if self.untold[place] => field.kind = kind,
                () => {
                    let found = if kind == Kind::Words { "words" } else { "numbers" };
                    return Err(Error::Kind {
                        file: file.into(),
                        column: field.name.clone(),
                        found: found.into(),
                        expected: "the same as in the first file",
                    });
                }
            }
            self.untold[place] &= other.untold[found];
        }
        Ok(())
    }
}
