//! Parameters that are left out: held at 0, with columns that the others make up or that no row has a part in.

use super::{Design, Term};
use crate::error::{Combination, Error, Result};
use autodiff::Var;
use std::ops::Range;

impl<'a> Design<'a> {
    /// The parameters whose columns those before them make up, with these: what R's `glm` reports as NA. Without them
    /// ([`without`](Self::without)) a design has full rank.
    ///
    /// ```
    /// use models::Design;
    /// use ndarray::arr2;
    /// let x = arr2(&[[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]);
    /// let design = Design::new(&x).with_names(&["cm", "half"])?;
    /// let aliased: Vec<String> = design.aliased().into_iter().map(|aliased| aliased.column).collect();
    /// assert_eq!(aliased, ["half"]);
    /// assert_eq!(design.without(&aliased)?.names(), ["(Intercept)", "cm"]);
    /// # Ok::<(), models::Error>(())
    /// ```
    pub fn aliased(&self) -> Vec<Combination> {
        self.superfluous(usize::MAX)
    }

    /// Leaves parameters out: their columns have no part in the model.
    ///
    /// # Errors
    /// A name of no parameter.
    pub fn without<S: AsRef<str>>(mut self, names: &[S]) -> Result<Self> {
        for name in names.iter().map(AsRef::as_ref) {
            let Some(place) = self.all_names().iter().position(|known| known == name) else {
                return Err(Error::UnknownParameter { name: name.into(), known: self.names() });
            };
            self.leave_out(place);
        }
        Ok(self)
    }

    /// The design without the effects of levels, and of pairs of levels, that no row with a positive weight has; and their
    /// names.
    pub(crate) fn without_empty_levels(self) -> (Self, Vec<String>) {
        let mut filled = self.no_levels_filled();
        self.mark_filled(0..self.rows(), &mut filled);
        self.without_unfilled(&filled)
    }

    /// By place among all parameters, whether one is of something else than levels.
    pub(crate) fn no_levels_filled(&self) -> Vec<bool> {
        let of_term = |term: Term| std::iter::repeat_n(!matches!(term, Term::Levels { .. }), self.len(term));
        self.terms().into_iter().flat_map(of_term).collect()
    }

    /// Marks the parameters of levels, by place among all, that rows of these with a positive weight have.
    pub(crate) fn mark_filled(&self, rows: Range<usize>, filled: &mut [bool]) {
        let mut at = 0;
        for term in self.terms() {
            let own = at..at + self.len(term);
            at = own.end;
            let Term::Levels { codes, .. } = term else { continue };
            let codes = self.codes[codes].of_rows.view();
            let observed = self.observed_of(rows.clone()).map(|row| codes[row]).filter(|&code| code > 0);
            observed.for_each(|code| filled[own.start + code - 1] = true);
        }
    }

    /// The design without the parameters that aren't marked, and their names.
    pub(crate) fn without_unfilled(mut self, filled: &[bool]) -> (Self, Vec<String>) {
        let (mut left_out, names) = (Vec::new(), self.all_names());
        for (place, name) in names.into_iter().enumerate().filter(|(place, _)| !filled[*place]) {
            if self.parameter_at(place).is_some() {
                self.leave_out(place);
                left_out.push(name);
            }
        }
        (self, left_out)
    }

    /// The first row that one of these parameters has a part in, and which.
    pub(crate) fn first_row_of(&self, names: &[String]) -> Option<(usize, String)> {
        let all = self.all_names();
        let mut found = None;
        for row in 0..self.rows() {
            self.visit_places(row, |place, cell| {
                if cell != 0.0 && names.contains(&all[place]) {
                    found = Some((row, all[place].clone()));
                }
            });
            if found.is_some() {
                break;
            }
        }
        found
    }

    pub(super) fn leave_out(&mut self, place: usize) {
        if self.intercept && place == 0 {
            self.intercept = false;
            self.left_out.iter_mut().for_each(|other| *other -= 1);
        } else if let Err(at) = self.left_out.binary_search(&place) {
            self.left_out.insert(at, place);
        }
    }

    pub(super) fn is_left_out(&self, place: usize) -> bool {
        self.left_out.binary_search(&place).is_ok()
    }

    /// The parameter at a place among all, unless it is left out.
    pub(super) fn parameter_at(&self, place: usize) -> Option<usize> {
        self.left_out.binary_search(&place).err().map(|before| place - before)
    }

    /// The blocks of parameters, one for each term, with zeros for those that are left out.
    pub(super) fn with_left_out<'t>(&self, parameters: &[Var<'t, f64>]) -> Vec<Var<'t, f64>> {
        let mut at = 0;
        let of_term = |(term, &theta): (Term, &Var<'t, f64>)| {
            let own = at..at + self.len(term);
            at = own.end;
            let left_out: Vec<usize> = self.left_out.iter().copied().filter(|place| own.contains(place)).collect();
            if left_out.is_empty() {
                return theta;
            }
            let zero = theta.tape().constant(ndarray::arr1(&[0.0]));
            let (mut pieces, mut from) = (Vec::new(), 0);
            for (before, place) in left_out.iter().enumerate() {
                let to = place - own.start - before;
                pieces.push(theta.slice_axis(0, from..to));
                pieces.push(zero);
                from = to;
            }
            pieces.push(theta.slice_axis(0, from..own.len() - left_out.len()));
            theta.tape().concatenate(0, &pieces)
        };
        self.terms().into_iter().zip(parameters).map(of_term).collect()
    }
}
