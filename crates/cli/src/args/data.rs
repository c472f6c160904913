//! The options about a data file.

use crate::error::{Error, Result};
use crate::table::{Format, Spelling};
use clap::{Args, ValueEnum};
use data::{Header, MissingWords};
use std::path::PathBuf;

/// A data file.
#[derive(Debug, Args)]
pub struct DataArgs {
    /// The data: text with a line of column names (CSV), which may be gzip, or Parquet; `-` is the standard input; of a fit and a prediction also
    /// all files of a folder or a pattern, which need the columns that are used, in any order, and may have others.
    pub data: PathBuf,
    /// What separates the columns of a text file: one character, or `tab` [default: whichever of , ; | and tab its first
    /// lines have, of several files each its own].
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// Whether the first line of a text file has the names of the columns; if not, they are called V1, V2, … [default: yes, but a
    /// line of numbers alone is refused].
    #[arg(long, value_name = "yes|no", value_enum, hide_possible_values = true)]
    pub header: Option<Answer>,
    /// The mark before the decimals: a point or a comma.
    #[arg(long, value_name = "MARK", default_value = ".", value_parser = mark)]
    pub decimal: char,
    /// What may separate thousands: a point, a comma, an apostrophe, an underscore or a space [default: nothing].
    #[arg(long, value_name = "MARK", value_parser = mark)]
    pub thousands: Option<char>,
    /// What becomes of rows with missing values in the columns that are used: `fail` refuses the file, `omit` leaves these
    /// rows out of a fit, and says how many (of a prediction it makes NA).
    #[arg(long, value_enum, default_value_t = Missing::Fail)]
    pub na: Missing,
    /// The words for a missing value, between commas, in place of NA, N/A, NaN, null and None; an empty cell always is one. Text of Parquet
    /// is to the letter: there the words named here alone are missing values, beside nulls, NaN and blanks.
    #[arg(long, value_name = "WORDS", allow_hyphen_values = true, value_delimiter = ',')]
    pub na_words: Option<Vec<String>>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Answer {
    /// It is so.
    Yes,
    /// It isn't.
    No,
}

/// What becomes of rows with missing values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Missing {
    /// They are refused.
    Fail,
    /// They are left out.
    Omit,
}

impl DataArgs {
    /// What the first line of a text file is.
    pub fn header(&self) -> Header {
        match self.header {
            None => Header::Words,
            Some(Answer::Yes) => Header::Names,
            Some(Answer::No) => Header::Absent,
        }
    }

    /// The words for a missing value.
    pub fn missing_words(&self) -> MissingWords {
        let trimmed = |words: &Vec<String>| words.iter().map(|word| word.trim().to_owned()).collect::<Vec<String>>();
        self.na_words.as_ref().map_or_else(MissingWords::default, |words| MissingWords::new(&trimmed(words)))
    }

    /// How the file is to be read.
    pub fn format(&self) -> Result<Format> {
        if !matches!(self.decimal, '.' | ',') {
            return Err(Error::Usage(format!("--decimal: `{}` is no decimal mark; give `.` or `,`", self.decimal)));
        }
        if self.thousands == Some(self.decimal) {
            let other = if self.decimal == '.' { ',' } else { '.' };
            return Err(Error::Usage(format!(
                "--thousands: `{}` is the decimal mark already; say --decimal '{other}' if that stands before the decimals",
                self.decimal
            )));
        }
        let spelling =
            Spelling { decimal: Some(self.decimal), thousands: self.thousands, missing: self.missing_words() };
        let (header, omit) = (self.header(), self.na == Missing::Omit);
        Ok(Format { delimiter: self.delimiter, header, spelling, omit, beside: None })
    }
}

fn delimiter(text: &str) -> std::result::Result<u8, String> {
    match text {
        "tab" | "\\t" | "\t" => Ok(b'\t'),
        _ => match text.as_bytes() {
            [byte] if byte.is_ascii_graphic() && *byte != b'"' || *byte == b' ' => Ok(*byte),
            _ => Err("give one character, such as ',' or ';', or tab".into()),
        },
    }
}

fn mark(text: &str) -> std::result::Result<char, String> {
    match text {
        "." | "," | "'" | "_" | " " => text.chars().next().ok_or_else(String::new),
        "space" | "\u{a0}" | "\u{202f}" => Ok(' '),
        "’" => Ok('’'),
        _ => Err("give one of . , ' _ or space".into()),
    }
}
