//! Some of the rows of a design, to find out roughly what all of them would say.

use super::{Codes, Design};
use ndarray::s;

/// The fewest rows of a level that say roughly what its coefficient is.
const LEAST_OF_LEVEL: usize = 30;

impl<'a> Design<'a> {
    /// Every `stride`-th row, if these say roughly what each coefficient is: see [`has_rare_levels`](Self::has_rare_levels).
    pub(crate) fn every(&self, stride: usize) -> Option<Design<'a>> {
        let rows = s![..;stride];
        let codes = |codes: &Codes<'a>| Codes { of_rows: codes.of_rows.clone().slice_move(rows), ..codes.clone() };
        let sample = Design {
            x: self.x.slice_move(s![..;stride, ..]),
            codes: self.codes.iter().map(codes).collect(),
            offset: self.offset.map(|offset| offset.slice_move(rows)),
            weights: self.weights.map(|weights| weights.slice_move(rows)),
            columns: self.columns.clone(),
            intercept: self.intercept,
            factors: self.factors.clone(),
            interactions: self.interactions.clone(),
            left_out: self.left_out.clone(),
        };
        (!sample.has_rare_levels()).then_some(sample)
    }

    /// Whether some level has only a few of the rows. Where all of a level's ten rows fail, say, its coefficient goes far down, to where
    /// means hardly depend on it: from there, Newton's steps on all rows would be many times too long.
    pub(crate) fn has_rare_levels(&self) -> bool {
        self.codes.iter().any(|codes| {
            let mut rows = vec![0usize; codes.levels];
            for &level in &codes.of_rows {
                rows[level] += 1;
            }
            rows.into_iter().any(|rows| (1..LEAST_OF_LEVEL).contains(&rows))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2};

    #[test]
    fn a_level_with_few_rows_keeps_a_design_whole() {
        let x = Array2::zeros((10_000, 0));
        for (rows_of_rare, may_be_sampled) in [(200, false), (400, true)] {
            let codes = Array1::from_shape_fn(10_000, |row| usize::from(row < 5_000) + usize::from(row < rows_of_rare));
            let design = Design::new(&x).with_factor("level", &["a", "b", "rare"], &codes).unwrap();
            assert_eq!(design.every(10).is_some(), may_be_sampled, "{rows_of_rare}");
        }
    }
}
