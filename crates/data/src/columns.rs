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
    /// The columns that some of the files lack.
    pub(crate) partial: Vec<PartColumn>,
    /// The file that they are of; of several, the first.
    first: PathBuf,
}

/// A column that some of the files have and others lack, so that it can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartColumn {
    /// The name.
    pub name: String,
    /// The first file that has it.
    pub file: PathBuf,
    /// The first file that lacks it.
    pub lacking: PathBuf,
}

/// What a file says that a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Numbers,
    // Of files with types alone.
    #[cfg_attr(not(feature = "arrow"), allow(dead_code))]
    Booleans,
    Words,
}

/// Where the cells of a column come from.
#[derive(Clone, Debug, PartialEq)]
struct Origin {
    /// The name that the files have for it.
    name: String,
    /// The place of that name in the first file.
    place: usize,
    /// All that files say it holds, each with the first that says so, in the order of these.
    found: Vec<(Holds, PathBuf)>,
    /// The first file that lacks it, and the columns of that.
    lacking: Option<(PathBuf, Vec<String>)>,
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

impl Holds {
    /// What such a column is read as, unless something else is chosen.
    pub(crate) fn kind(self) -> Kind {
        if self == Holds::Words { Kind::Words } else { Kind::Numbers }
    }

    fn shown(self) -> &'static str {
        match self {
            Holds::Numbers => "numbers",
            Holds::Booleans => "booleans",
            Holds::Words => "words",
        }
    }
}

impl Columns {
    /// The columns of a file: of those that hold what isn't known, another file has to tell it.
    pub(crate) fn of(file: &Path, columns: impl IntoIterator<Item = (String, Option<Holds>)>) -> Result<Self> {
        let mut of_file = Columns { first: file.into(), ..Columns::default() };
        for (place, (name, holds)) in columns.into_iter().enumerate() {
            let found = holds.iter().map(|&holds| (holds, file.into())).collect();
            let origin = Origin { name: name.clone(), place, found, lacking: None };
            of_file.push(&name, origin, holds.map_or(Kind::Numbers, Holds::kind));
        }
        check_names(file, &of_file.fields)?;
        Ok(of_file)
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
        }
        Ok(())
    }

    /// Takes the columns that hold booleans in all files as words.
    #[cfg_attr(not(feature = "parquet"), allow(dead_code))]
    pub(crate) fn take_booleans_as_words(&mut self) {
        for place in 0..self.fields.len() {
            if self.holds_booleans(place) {
                self.fields[place].kind = Kind::Words;
            }
        }
    }

    /// Whether the column at this place holds booleans in all files.
    #[cfg_attr(not(feature = "parquet"), allow(dead_code))]
    pub(crate) fn holds_booleans(&self, place: usize) -> bool {
        self.origins.get(place).is_some_and(|origin| matches!(origin.found.as_slice(), [(Holds::Booleans, _)]))
    }

    /// Adds columns of words, each given by its name and the column whose cells it has.
    pub(crate) fn add_words(&mut self, columns: &[(&str, &str)]) -> Result<()> {
        for (name, column) in columns {
            let origin = self.origins[self.find(column)?].clone();
            self.push(name, origin, Kind::Words);
        }
        check_names(Path::new(""), &self.fields)
    }

    fn find(&self, name: &str) -> Result<usize> {
        let place = self.fields.iter().position(|field| field.name == name);
        place.ok_or_else(|| Error::MissingColumn { file: PathBuf::new(), name: name.into(), known: self.names() })
    }

    fn names(&self) -> Vec<String> {
        self.fields.iter().map(|field| field.name.clone()).collect()
    }

    /// What is to be read for the columns at these places; refuses one that a file lacks, or that files have of several kinds.
    pub(crate) fn wanted(&self, columns: &[usize]) -> Result<Vec<Wanted>> {
        let wanted = |(field, origin): (&Field, &Origin)| {
            origin.check()?;
            Ok(Wanted { origin: origin.name.clone(), place: origin.place, kind: field.kind })
        };
        let found = columns.iter().filter_map(|&column| self.fields.get(column).zip(self.origins.get(column)));
        found.map(wanted).collect()
    }

    /// Takes in the columns of a further file, and notes which it lacks, has beside these, or of another kind: they may well not be read.
    pub(crate) fn join(&mut self, other: &Columns, file: &Path) {
        for (field, origin) in self.fields.iter_mut().zip(&mut self.origins) {
            let Some(found) = other.fields.iter().position(|other| other.name == field.name) else {
                if origin.lacking.is_none() {
                    origin.lacking = Some((file.into(), other.names()));
                    let (name, lacking) = (field.name.clone(), file.into());
                    self.partial.push(PartColumn { name, file: self.first.clone(), lacking });
                }
                continue;
            };
            for (holds, file) in &other.origins[found].found {
                if origin.found.is_empty() {
                    field.kind = holds.kind();
                }
                if origin.found.iter().all(|(known, _)| known != holds) {
                    origin.found.push((*holds, file.clone()));
                }
            }
        }
        for Field { name, .. } in &other.fields {
            let is_known = self.find(name).is_ok() || self.partial.iter().any(|known| known.name == *name);
            if !is_known {
                let lacking = self.first.clone();
                self.partial.push(PartColumn { name: name.clone(), file: file.into(), lacking });
            }
        }
    }
}

impl Origin {
    /// Refuses a column that a file lacks, and what files have of several kinds, whatever it is to be read as: text is told apart to the letter, so that
    /// "1.0" of one file would be another level than the 1 of the next.
    fn check(&self) -> Result<()> {
        if let Some((file, known)) = &self.lacking {
            return Err(Error::MissingColumn { file: file.clone(), name: self.name.clone(), known: known.clone() });
        }
        if let [(before, first), (holds, file), ..] = self.found.as_slice() {
            return Err(Error::SeveralKinds {
                file: file.clone(),
                column: self.name.clone(),
                found: holds.shown(),
                first: first.clone(),
                expected: before.shown(),
            });
        }
        Ok(())
    }
}
