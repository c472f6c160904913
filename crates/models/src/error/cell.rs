//! Errors of one cell: where it stands, and what may stand there.

use super::Error;

impl Error {
    /// Of an error of one cell: its row, its column (the response is called `y`, then there are `offset` and `weights`), and what stands there
    /// and may.
    pub fn of_cell(&self) -> Option<(usize, &str, String)> {
        match self {
            Error::NonFinite { row, column, value } => {
                Some((*row, column, format!("the value is {value}; numbers must be finite")))
            }
            Error::OutOfRange { row, column, value, allowed } => {
                Some((*row, column, format!("the value is {value}; {allowed}")))
            }
            Error::UnknownLevel { row, factor, code, levels } => {
                Some((*row, factor, format!("the level is {code}, but there are {levels} levels, numbered from 0")))
            }
            Error::LabelOutOfRange { row, label, classes } => {
                Some((*row, "y", format!("the label is {label}, but there are {classes} classes, numbered from 0")))
            }
            _ => None,
        }
    }

    /// Of this error and another, where both are of cells, that of the earlier row; else this one.
    pub fn or_earlier(self, other: Option<Error>) -> Error {
        let row = |error: &Error| error.of_cell().map(|(row, ..)| row);
        match other {
            Some(other) if row(&other).zip(row(&self)).is_some_and(|(other, own)| other < own) => other,
            _ => self,
        }
    }
}
