//! The terms of a design, and the parameters they have.

use super::{Design, Factor, Interaction};
use crate::objective::Block;

/// A part of the linear predictor with a block of parameters of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Term {
    Intercept,
    /// All columns of the matrix.
    Columns,
    /// The product of two columns.
    Product(usize, usize),
    /// An effect for each level of the codes at a place but the first; where a column is named, a slope of it.
    Levels {
        codes: usize,
        column: Option<usize>,
    },
}

impl Design<'_> {
    /// Of blocks by term, those of all terms but the intercepts; the blocks may be of several predictors, one after another.
    pub(crate) fn slope_blocks<B: Copy>(&self, blocks: &[B]) -> impl Iterator<Item = B> {
        let terms = self.terms().into_iter().cycle().zip(blocks);
        terms.filter(|(term, _)| !matches!(term, Term::Intercept)).map(|(_, &block)| block)
    }

    /// All parameters but the intercepts, of one predictor or several.
    pub(crate) fn slopes<'p>(&self, parameters: &'p [f64]) -> impl Iterator<Item = &'p f64> {
        let first = usize::from(self.has_intercept());
        parameters.chunks(self.parameters().max(1)).flat_map(move |predictor| predictor.iter().skip(first))
    }

    /// The places of all parameters but the intercepts, of so many predictors.
    pub(crate) fn slope_places(&self, predictors: usize) -> impl Iterator<Item = usize> {
        let (parameters, first) = (self.parameters(), usize::from(self.has_intercept()));
        (0..predictors).flat_map(move |predictor| (first..parameters).map(move |at| predictor * parameters + at))
    }

    /// The terms in the order of their parameters.
    pub(crate) fn terms(&self) -> Vec<Term> {
        self.each_term().collect()
    }

    pub(super) fn each_term(&self) -> impl Iterator<Item = Term> {
        let intercept = self.intercept.then_some(Term::Intercept);
        let factors = self.factors.iter().map(|factor| Term::Levels { codes: factor.codes, column: None });
        let interactions = self.interactions.iter().map(|interaction| match *interaction {
            Interaction::Columns(a, b) => Term::Product(a, b),
            Interaction::ColumnFactor(column, factor) => {
                Term::Levels { codes: self.factors[factor].codes, column: Some(column) }
            }
            Interaction::Factors(_, _, codes) => Term::Levels { codes, column: None },
        });
        intercept.into_iter().chain([Term::Columns]).chain(factors).chain(interactions)
    }

    /// The number of parameters.
    pub fn parameters(&self) -> usize {
        self.places().len() - self.left_out.len()
    }

    /// The places of all parameters, those that are left out too.
    pub(super) fn places(&self) -> std::ops::Range<usize> {
        0..self.each_term().map(|term| self.len(term)).sum()
    }

    /// The number of parameters of a term, those that are left out too.
    pub(crate) fn len(&self, term: Term) -> usize {
        match term {
            Term::Intercept | Term::Product(..) => 1,
            Term::Columns => self.x.ncols(),
            Term::Levels { codes, .. } => self.codes[codes].levels - 1,
        }
    }

    /// The blocks of parameters, one for each term, with the names of their parameters.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut named = self.places().zip(self.all_names());
        let of_term = |&term: &Term| {
            let own: Vec<(usize, String)> = named.by_ref().take(self.len(term)).collect();
            Block::new(own.into_iter().filter(|(place, _)| !self.is_left_out(*place)).map(|(_, name)| name))
        };
        self.terms().iter().map(of_term).collect()
    }

    /// The parameters' names: `(Intercept)`, the columns, `factorlevel` for every level but the first, and `first:second`
    /// for interactions.
    pub fn names(&self) -> Vec<String> {
        let named = self.places().zip(self.all_names());
        named.filter(|(place, _)| !self.is_left_out(*place)).map(|(_, name)| name).collect()
    }

    /// The names of all parameters, those that are left out too.
    pub(crate) fn all_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        if self.intercept {
            names.push("(Intercept)".into());
        }
        names.extend(self.columns.iter().cloned());
        for factor in &self.factors {
            names.extend(factor.effects());
        }
        for interaction in &self.interactions {
            match *interaction {
                Interaction::Columns(a, b) => names.push(format!("{}:{}", self.columns[a], self.columns[b])),
                Interaction::ColumnFactor(column, factor) => {
                    let effects = self.factors[factor].effects();
                    names.extend(effects.map(|effect| format!("{}:{effect}", self.columns[column])));
                }
                Interaction::Factors(a, b, _) => {
                    for first in self.factors[a].effects() {
                        names.extend(self.factors[b].effects().map(|second| format!("{first}:{second}")));
                    }
                }
            }
        }
        names
    }
}

impl Factor {
    /// The names of the effects: of all levels but the reference.
    fn effects(&self) -> impl Iterator<Item = String> {
        self.levels.iter().skip(1).map(|level| format!("{}{level}", self.name))
    }
}
