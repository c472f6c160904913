//! The columns of files, and what each is read as.

use crate::error::{Error, Result};
use crate::source::{Field, Kind, check_names};
use std::path::{Path, PathBuf};

/// The columns of files by name, and those that are read once more under another name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Columns {
    pub(crate) fields: Vec<Field>,
    /// Where the cells of each come from.
    origins: Vec<Origin>,
    /// The columns that further files have beside these, each with the first of those files.
    pub(crate) others: Vec<(String, PathBuf)>,
}

/// Where the cells of a column come from.
#[derive(Clone, Debug, PartialEq)]
struct Origin {
    /// The name that the files have for it.
    name: String,
    /// The place of that name in the first file.
    place: usize,
    /// Whether no file has told its kind yet.
    is_untold: bool,
    /// The first file that has it of another kind than those before, unless its kind was chosen.
    other: Option<PathBuf>,
}

/// A column to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The name that the files have for it.
    pub(crate) origin: String,
    /// The place of that name in the first file.
    pub(crate) place: usize,
    /// What its cells are to be.
    pub(crate) kind: Kind,
}

impl Columns {
    /// The columns of a file: of those without a kind, another file has to tell it.
    pub(crate) fn of(file: &Path, columns: impl IntoIterator<Item = (String, Option<Kind>)>) -> Result<Self> {
        let mut found = Columns::default();
        for (place, (name, kind)) in columns.into_iter().enumerate() {
            let origin = Origin { name: name.clone(), place, is_untold: kind.is_none(), other: None };
            found.push(&name, origin, kind.unwrap_or(Kind::Numbers));
        }
        check_names(file, &found.fields)?;
        Ok(found)
    }

    fn push(&mut self, name: &str, origin: Origin, kind: Kind) {
        self.fields.push(Field { name: name.into(), kind, row: Vec::new() });
        self.origins.push(origin);
    }

    /// Takes the cells of these columns as numbers or as words.
    pub(crate) fn take_as(&mut self, kind: Kind, columns: &[&str]) -> Result<()> {
        for column in columns {
            let place = self.find(column)?;
            self.fields[place].kind = kind;
            self.origins[place].other = None;
        }
        Ok(())
    }

    /// Adds columns of words, each given by its name and the column whose cells it has.
    pub(crate) fn add_words(&mut self, columns: &[(&str, &str)]) -> Result<()> {
        for (name, column) in columns {
            let origin = Origin { other: None, ..self.origins[self.find(column)?].clone() };
            self.push(name, origin, Kind::Words);
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

    /// What is to be read for the columns at these places; refuses one that files have of several kinds, unless one was chosen.
    pub(crate) fn wanted(&self, columns: &[usize]) -> Result<Vec<Wanted>> {
        let wanted = |(field, origin): (&Field, &Origin)| match &origin.other {
            None => Ok(Wanted { origin: origin.name.clone(), place: origin.place, kind: field.kind }),
            Some(file) => {
                let (file, column) = (file.clone(), origin.name.clone());
                Err(Error::SeveralKinds { file, column, are_words: field.kind != Kind::Words })
            }
        };
        let found = columns.iter().filter_map(|&column| self.fields.get(column).zip(self.origins.get(column)));
        found.map(wanted).collect()
    }

    /// Takes in the columns of a further file; refuses one that lacks a column of these, and notes which it has beside these, or of another kind.
    pub(crate) fn join(&mut self, other: &Columns, file: &Path) -> Result<()> {
        for (field, origin) in self.fields.iter_mut().zip(&mut self.origins) {
            let found = other.fields.iter().position(|other| other.name == field.name);
            let found = found.ok_or_else(|| other.lacks(&field.name, file))?;
            let (kind, is_untold) = (other.fields[found].kind, other.origins[found].is_untold);
            if origin.is_untold {
                field.kind = kind;
            } else if !is_untold && kind != field.kind && origin.other.is_none() {
                origin.other = Some(file.into());
            }
            origin.is_untold &= is_untold;
        }
        for Field { name, .. } in &other.fields {
            let is_known = self.find(name).is_ok() || self.others.iter().any(|(known, _)| known == name);
            if !is_known {
                self.others.push((name.clone(), file.into()));
            }
        }
        Ok(())
    }
}
