//! The letters that formulas use by themselves: none of them is read as a name that the user gave. And the ways to write such a name.

use crate::formula::{Formula, Part, spelt};
use std::collections::HashSet;

/// The letters of one derivation.
#[derive(Clone, Debug)]
pub(crate) struct Letters {
    /// The number of rows.
    pub(crate) count: &'static str,
    /// A loss without a name.
    pub(crate) loss: &'static str,
    /// One observation's part of the loss; `None` where that is the loss with the row's index.
    pub(crate) term: Option<&'static str>,
    pub(crate) identity: &'static str,
    /// The change of parameters that a Hessian is applied to.
    pub(crate) direction: &'static str,
    /// The adjoint of a layer.
    pub(crate) adjoint: &'static str,
    /// A unit vector.
    pub(crate) unit: &'static str,
    /// The index of a row.
    pub(crate) row: &'static str,
    /// The index of a component.
    pub(crate) component: &'static str,
    /// That of a component within a sum over them.
    pub(crate) summed: &'static str,
    /// That within a sum in such a sum.
    pub(crate) inner: &'static str,
    /// What stands for the argument of a function where that is introduced.
    pub(crate) argument: &'static str,
    /// Whether e is the base of exponentials, and no name.
    pub(crate) has_e: bool,
}

impl Default for Letters {
    fn default() -> Self {
        Self::beside([])
    }
}

impl Letters {
    /// Letters that are read otherwise than the names.
    pub(crate) fn beside<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let (mut wholes, mut bases) = (HashSet::new(), HashSet::new());
        for name in names {
            wholes.insert(Formula::named(name).text());
            bases.insert(base(&Formula::named(name)));
        }
        // What has indices may be the letter of no name, with indices or without.
        let mut indexed = |letters: &[&'static str]| free(&mut bases, letters);
        let adjoint = indexed(&["δ", "ε", "κ", "ζ", "adjoint"]);
        let unit = indexed(&["e", "ι", "υ", "unit"]);
        let has_e = unit == "e";
        wholes.extend([adjoint, unit].map(String::from));
        let has_ell = ["ℓ", "ell", "l"].iter().any(|name| wholes.contains(*name));
        let term = (!has_ell).then_some("ℓ");
        let small: Vec<String> = wholes.iter().map(|name| name.to_lowercase()).collect();
        let mut plain = |letters: &[&'static str]| free(&mut wholes, letters);
        let letters = Self {
            loss: plain(&["L", "J", "Q", "loss"]),
            count: plain(&["n", "N", "m", "count"]),
            identity: plain(&["I", "Id", "identity"]),
            direction: plain(&["V", "U", "H", "direction"]),
            row: plain(&["i", "r", "o", "row"]),
            component: plain(&["k", "p", "s", "h", "component"]),
            summed: plain(&["j", "l", "m", "t", "other"]),
            inner: plain(&["m", "l", "u", "v", "inner"]),
            argument: "",
            term,
            adjoint,
            unit,
            has_e,
        };
        // The small letter of a matrix is that of its rows.
        wholes.extend(small);
        Self { argument: free(&mut wholes, &["t", "u", "s", "z", "argument"]), ..letters }
    }

    /// All of them but the argument of functions, as they are read.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static str> {
        let indices = [self.row, self.component, self.summed, self.inner];
        let always = [self.count, self.loss, self.identity, self.direction].into_iter().chain(indices);
        always.chain(self.term).chain(self.has_e.then_some("e"))
    }
}

/// The first letter that is not taken, or the last.
fn free(taken: &mut HashSet<String>, letters: &[&'static str]) -> &'static str {
    let free = letters.iter().find(|letter| !taken.contains(**letter)).or(letters.last()).copied().unwrap_or_default();
    taken.insert(free.into());
    free
}

/// What stands on the line of a name.
pub(crate) fn base(formula: &Formula) -> String {
    match &formula.part {
        Part::Name(base, _) => base.clone(),
        _ => formula.text(),
    }
}

/// How a symbol's name is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Spelling {
    /// With Greek letters and digits below: θ₀.
    #[default]
    Set,
    /// Its letter as a word: sigma, beside the function σ.
    Word,
    /// As it was given: `theta_0`, beside `theta0`.
    AsGiven,
    /// With the number of the tape's node below, beside another of the same name.
    Numbered,
}

impl Spelling {
    /// A name as it is written, of the tape's node of a number.
    pub(crate) fn of(self, name: &str, number: Option<usize>) -> Formula {
        let part = match (self, Formula::named(name).part) {
            (Spelling::Word, Part::Name(base, below)) => Part::Name(spelt(&base), below),
            (Spelling::AsGiven, _) => Part::Name(name.into(), String::new()),
            (Spelling::Numbered, Part::Name(base, below)) => {
                let number = number.map_or_else(String::new, |number| format!("%{number}"));
                Part::Name(base, below + &number)
            }
            (_, part) => part,
        };
        Formula::atom(part)
    }
}
