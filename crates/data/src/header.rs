//! The first line of a text file: whether it names the columns.

/// What the first line of a text file is.
///
/// ```
/// use data::{Csv, Error, Header, Source};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("plot.csv");
/// # std::fs::write(&path, "8.3,70\n8.6,65\n")?;
/// assert!(matches!(Csv::open(&[&path]), Err(Error::NumbersAsNames { .. }))); // 8.3,70
/// let source = Csv::open_with(&[&path], b',', Header::Absent)?;
/// assert_eq!(source.fields()[1].name, "V2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// The columns' names. Numbers alone are refused: they are most likely a row.
    #[default]
    Words,
    /// The columns' names, whatever they look like.
    Names,
    /// A row: the columns are called V1, V2, …
    Absent,
}

/// So many cells of a line of numbers are shown.
const SHOWN: usize = 8;

impl Header {
    /// The columns' names, of the cells of the first line.
    ///
    /// # Errors
    /// The line, where it holds numbers alone and may not.
    pub fn names(self, cells: Vec<String>, is_number: impl Fn(&str) -> bool) -> Result<Vec<String>, String> {
        let are_numbers = || {
            let mut filled = cells.iter().filter(|cell| !cell.is_empty()).peekable();
            filled.peek().is_some() && filled.all(|cell| is_number(cell))
        };
        match self {
            Header::Absent => Ok((1..=cells.len()).map(|place| format!("V{place}")).collect()),
            Header::Words if are_numbers() => Err(beginning(&cells)),
            Header::Words | Header::Names => Ok(cells),
        }
    }
}

fn beginning(cells: &[String]) -> String {
    let shown = cells[..cells.len().min(SHOWN)].join(",");
    if cells.len() > SHOWN { shown + ",…" } else { shown }
}
