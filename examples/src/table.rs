//! Tables with aligned columns.

use std::fmt;

/// A table to print: columns of numbers are aligned to the right, others to the left.
///
/// ```
/// let mut table = examples::Table::new(&["node", "value"]);
/// table.row(&[&"z", &-0.25]);
/// table.row(&[&"pi", &0.5]);
/// assert_eq!(table.to_string(), "  node  value\n  z     -0.25\n  pi      0.5\n");
/// ```
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column headings.
    pub fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(ToString::to_string).collect()] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[&dyn fmt::Display]) {
        self.rows.push(cells.iter().map(ToString::to_string).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width =
            |column| self.rows.iter().filter_map(|row| row.get(column)).map(|cell: &String| cell.chars().count()).max();
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        let is_numeric =
            |column| self.rows.iter().skip(1).all(|row| row.get(column).is_none_or(|cell: &String| is_number(cell)));
        let numeric: Vec<bool> = (0..columns).map(is_numeric).collect();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, &width), &numeric) in row.iter().zip(&widths).zip(&numeric) {
                line += &if numeric { format!("  {cell:>width$}") } else { format!("  {cell:<width$}") };
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Whether a cell is a number, or several with spaces between, or empty.
fn is_number(cell: &str) -> bool {
    cell.split(' ').all(|part| part.is_empty() || part.parse::<f64>().is_ok())
}
