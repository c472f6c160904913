//! The rows that were left out because a cell has no value.

/// Which rows were left out, and which columns made it so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Omitted {
    /// Their places among all rows of the file, from 0, in order.
    pub rows: Vec<usize>,
    /// The columns with missing values in these rows, each with their number, in the order of first mention.
    columns: Vec<(String, usize)>,
}

impl Omitted {
    /// Notes that a row is left out, for missing values in these columns.
    pub fn note<'c>(&mut self, row: usize, columns: impl IntoIterator<Item = &'c str>) {
        self.rows.push(row);
        let mut seen: Vec<&str> = Vec::new();
        for column in columns {
            if seen.contains(&column) {
                continue;
            }
            seen.push(column);
            match self.columns.iter_mut().find(|(known, _)| known == column) {
                Some((_, count)) => *count += 1,
                None => self.columns.push((column.to_owned(), 1)),
            }
        }
    }

    /// Adds the rows of a part that follows; their places are among those of their part.
    pub fn absorb(&mut self, part: Omitted) {
        self.rows.extend(part.rows);
        for (column, count) in part.columns {
            match self.columns.iter_mut().find(|(known, _)| *known == column) {
                Some((_, all)) => *all += count,
                None => self.columns.push((column, count)),
            }
        }
    }

    /// What is said of predictions; nothing if no row was left out.
    pub fn warning(&self) -> Option<String> {
        self.sentence().map(|sentence| sentence + "; their predictions are NA")
    }

    /// All rows of the file in order, given how many were kept: the place of each among those, none for those left out.
    pub fn among(&self, kept: usize) -> impl Iterator<Item = Option<usize>> {
        let mut omitted = self.rows.iter().copied().peekable();
        let mut next = 0..kept;
        (0..kept + self.rows.len()).map(move |row| match omitted.next_if_eq(&row) {
            Some(_) => None,
            None => next.next(),
        })
    }

    /// The columns with the number of their missing values: `3 in `age`, 1 in `lwt``.
    pub fn listed(&self) -> String {
        const SHOWN: usize = 6;
        let of = |(column, count): &(String, usize)| format!("{count} in `{column}`");
        let mut text = self.columns.iter().take(SHOWN).map(of).collect::<Vec<_>>().join(", ");
        if self.columns.len() > SHOWN {
            text.push_str(&format!(", and in {} columns more", self.columns.len() - SHOWN));
        }
        text
    }

    /// How many rows were left out and why, in a sentence; none if none were.
    pub fn sentence(&self) -> Option<String> {
        match self.rows.len() {
            0 => None,
            1 => Some(format!("1 row is left out for missing values: {}", self.listed())),
            rows => Some(format!("{rows} rows are left out for missing values: {}", self.listed())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_counts_once_for_each_column() {
        let mut omitted = Omitted::default();
        assert_eq!(omitted.sentence(), None);
        omitted.note(0, ["a"]);
        assert_eq!(omitted.sentence().unwrap(), "1 row is left out for missing values: 1 in `a`");
        omitted.note(4, ["b", "a", "b"]);
        assert_eq!(omitted.sentence().unwrap(), "2 rows are left out for missing values: 2 in `a`, 1 in `b`");
        assert_eq!(omitted.among(3).collect::<Vec<_>>(), [None, Some(0), Some(1), Some(2), None]);
    }
}
