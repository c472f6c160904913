//! Parquet: columns with types of their own. Numbers are numbers; text and booleans are categories, as the words in which CSV
//! writes booleans are. Files are read as those that don't fit in memory are, so that their cells mean the same.

use super::advice::booleans as booleans_in;
use super::column::{Builder, Column, Request};
use super::role::Role;
use super::source::{Format, Source, Table, place};
use super::{Lines, Omitted, Spelling};
use crate::error::{Error, Result};
use crate::progress::Reading;
use data::{Block, Kind, Nulls, Source as _};
use std::path::{Path, PathBuf};
use std::sync::Once;

/// A Parquet file whose schema has been read.
pub struct ParquetSource {
    path: PathBuf,
    names: Vec<String>,
    spelling: Spelling,
    source: data::Parquet,
    /// Its rows, and its bytes.
    size: (usize, u64),
}

impl ParquetSource {
    /// Reads the schema.
    pub fn open(path: &Path, format: &Format) -> Result<ParquetSource> {
        keep_readers_quiet();
        let source = data::Parquet::open(&[path])?.with_words_of_booleans();
        let names = source.fields().iter().map(|field| field.name.clone()).collect();
        let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let (size, spelling) = ((source.rows().unwrap_or(0), bytes), format.spelling.clone());
        let nulls = if format.omit { Nulls::Drop } else { Nulls::Refuse };
        let source = source.with_missing(spelling.missing.clone()).with_nulls(nulls).with_finite_numbers();
        Ok(ParquetSource { path: path.into(), names, spelling, source, size })
    }

    /// Whether a request is for words: one for a term or a response is where the file has them.
    fn is_for_words(&self, request: &Request) -> bool {
        match request.role {
            Role::Factor | Role::Outcome | Role::Cluster => true,
            Role::Term | Role::Response | Role::Quantity => {
                self.source.fields().get(request.column).is_some_and(|field| field.kind == Kind::Words)
            }
            Role::Weights | Role::Offset | Role::Covariate | Role::Failures => false,
        }
    }
}

/// Refuses booleans in columns that are to be numbers and aren't the response, by their places in the source: the library has them as 0 and 1, which no
/// text file means by True.
pub fn check_booleans(
    source: &data::Parquet,
    file: &Path,
    columns: impl IntoIterator<Item = (usize, Role)>,
) -> Result<()> {
    let is_number = |role| matches!(role, Role::Failures | Role::Weights | Role::Offset | Role::Covariate);
    let mut booleans = columns.into_iter().filter(|&(at, role)| is_number(role) && source.holds_booleans(at));
    let found = booleans.next().and_then(|(at, role)| Some((source.fields().get(at)?, role)));
    found.map_or(Ok(()), |(field, role)| {
        let place = format!("{}, column `{}`", file.display(), field.name);
        Err(Error::Data { place, reason: booleans_in(role) })
    })
}

impl Source for ParquetSource {
    fn path(&self) -> &Path {
        &self.path
    }

    fn names(&self) -> &[String] {
        &self.names
    }

    fn parts(
        self: Box<Self>,
        requests: &[Request],
        about: usize,
        reading: &Reading,
        take: &mut dyn FnMut(Table) -> Result<bool>,
    ) -> Result<()> {
        check_booleans(&self.source, &self.path, requests.iter().map(|request| (request.column, request.role)))?;
        let are_for_words: Vec<bool> = requests.iter().map(|request| self.is_for_words(request)).collect();
        let ParquetSource { path, names, spelling, source, size } = *self;
        let name = |request: &Request| names.get(request.column).map_or("", String::as_str);
        // A column of words of its own for each, since one may be asked for as numbers, too.
        let words = |place: usize| format!("\u{0}{place}");
        let (mut numbers, mut of_words) = (Vec::new(), Vec::new());
        for (place, request) in requests.iter().enumerate() {
            match are_for_words[place] {
                true => of_words.push((words(place), name(request))),
                false => numbers.push(name(request)),
            }
        }
        let of_words: Vec<(&str, &str)> = of_words.iter().map(|(name, column)| (name.as_str(), *column)).collect();
        let source = source.with_numbers(&numbers)?.with_words_of(&of_words)?;
        let column = |(place, request): (usize, &Request)| match are_for_words[place] {
            true => source.find(&words(place)),
            false => source.find(name(request)),
        };
        let columns = requests.iter().enumerate().map(column).collect::<data::Result<Vec<usize>>>()?;
        let role = |column: &str| {
            let of_numbers = requests.iter().zip(&are_for_words).filter(|(_, is_for_words)| !**is_for_words);
            of_numbers
                .map(|(request, _)| request)
                .find(|request| name(request) == column)
                .map_or(Role::Term, |request| request.role)
        };
        let begin = || Part::new(requests, &are_for_words);
        let finish = |part: Part| part.finish(&path, &names, requests, &spelling);
        let (mut part, mut read) = (begin(), 0);
        for block in source.blocks(&columns)? {
            let block = block.map_err(|error| Error::of_source(&error, role).unwrap_or_else(|| error.into()))?;
            read += block.rows + part.add(&block);
            reading.reached((size.1 as f64 * (read as f64 / size.0.max(1) as f64)) as u64)?;
            if part.rows + part.omitted.rows.len() >= about && !take(finish(std::mem::replace(&mut part, begin()))?)? {
                return Ok(());
            }
        }
        if part.rows + part.omitted.rows.len() > 0 {
            take(finish(part)?)?;
        }
        Ok(())
    }
}

/// The rows of a part so far.
struct Part {
    builders: Vec<Builder>,
    rows: usize,
    lines: Lines,
    omitted: Omitted,
    /// The number of the first row in the file, from 0.
    first: Option<usize>,
}

impl Part {
    fn new(requests: &[Request], are_for_words: &[bool]) -> Part {
        let builder = |(request, &is_for_words): (&Request, &bool)| Builder::of_kind(request.role, is_for_words);
        let builders = requests.iter().zip(are_for_words).map(builder).collect();
        Part { builders, rows: 0, lines: Lines::of_rows(), omitted: Omitted::default(), first: None }
    }

    /// Adds the rows of a block, and says how many it has been left without.
    fn add(&mut self, block: &Block) -> usize {
        for (builder, cells) in self.builders.iter_mut().zip(&block.columns) {
            builder.extend(cells);
        }
        let place = &block.place;
        match &place.kept {
            None => self.lines.note(self.rows, place.first as u64 + 1),
            Some(kept) => (self.rows..).zip(kept).for_each(|(row, &own)| self.lines.note(row, own as u64 + 1)),
        }
        self.rows += block.rows;
        let (first, before) = (*self.first.get_or_insert(place.first), self.omitted.rows.len());
        for gaps in place.gaps.chunk_by(|(row, _), (next, _)| row == next) {
            self.omitted.note(gaps[0].0 - first, gaps.iter().map(|(_, column)| column.as_str()));
        }
        self.omitted.rows.len() - before
    }

    fn finish(self, path: &Path, names: &[String], requests: &[Request], spelling: &Spelling) -> Result<Table> {
        let Part { builders, rows, lines, omitted, .. } = self;
        let column = |(builder, request): (Builder, &Request)| {
            builder.finish(request, spelling).map_err(|fault| {
                let name = names.get(request.column).map_or("", String::as_str);
                Error::Data { place: place(path, &lines.name(fault.row.unwrap_or(0)), name), reason: fault.reason }
            })
        };
        let columns = builders.into_iter().zip(requests).map(column).collect::<Result<Vec<Column>>>()?;
        Ok(Table { path: path.into(), columns, rows, lines, omitted })
    }
}

/// Leaves out the messages of panics within the crates that read Parquet: such a panic becomes an error of its own.
pub fn keep_readers_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_reader = |file: &str| ["parquet-", "arrow-"].iter().any(|name| file.contains(name));
            if !panic.location().is_some_and(|place| is_reader(place.file())) {
                hook(panic);
            }
        }));
    });
}
