//! Where a row stands in its file.

/// How a row of a table is found in the file it was read from.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Rows at which the line number does not follow on from the row before, with their line; none: the file has no lines.
    jumps: Vec<(usize, u64)>,
    /// Whether it is the file's own rows that are counted, because it has no lines.
    of_rows: bool,
}

impl Lines {
    /// The rows of a file without lines, which are noted by their number.
    #[cfg(feature = "parquet")]
    pub fn of_rows() -> Lines {
        Lines { of_rows: true, ..Lines::default() }
    }

    /// Notes the line on which a row starts; rows come in order.
    pub fn note(&mut self, row: usize, line: u64) {
        if self.line(row) != Some(line) {
            self.jumps.push((row, line));
        }
    }

    /// The row in the file's own terms: its line (from 1, the header's) in text, else its number (from 1).
    pub fn name(&self, row: usize) -> String {
        match self.line(row) {
            Some(line) if self.of_rows => format!("row {line}"),
            Some(line) => format!("line {line}"),
            None => format!("row {}", row + 1),
        }
    }

    fn line(&self, row: usize) -> Option<u64> {
        let after = self.jumps.partition_point(|(start, _)| *start <= row);
        let (start, line) = self.jumps.get(after.checked_sub(1)?)?;
        Some(line + (row - start) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_follow_on_from_the_last_jump() {
        let mut lines = Lines::default();
        for (row, line) in [2, 3, 4, 7, 8, 20].into_iter().enumerate() {
            lines.note(row, line);
        }
        let named: Vec<String> = (0..6).map(|row| lines.name(row)).collect();
        assert_eq!(named, ["line 2", "line 3", "line 4", "line 7", "line 8", "line 20"]);
        assert_eq!(lines.jumps.len(), 3);
        assert_eq!(Lines::default().name(4), "row 5");
    }
}
