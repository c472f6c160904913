//! The section of one observation: the derivatives of its part of the loss, or of a sum.

use crate::derive::Found;
use crate::document::{Line, Section};
use crate::formula::{Binding, Formula, Part};
use crate::local::{
    dotted, factors, has_product, is_array_of_all, is_elementwise_in, is_local, is_softmax_of, is_whole_row,
    left_factor, number, rules, softmax_line, summed_product, view_by, write_row, write_row_element,
};
use crate::names::Landmark;
use crate::number::Number;
use crate::pool::{Id, Pool};
use crate::write::{View, write, write_by, write_column, write_element, write_factor, write_verbatim};
use std::collections::{BTreeSet, HashSet};

/// What the section of one observation's part of the loss is called; that of a sum's part says of which.
pub(crate) const ONE: &str = "One observation";

/// What the terms of all observations add up to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Loss,
    /// A sum that the loss is a function of.
    Sum,
}

/// The adjoints of one observation's term, and the name it has.
pub(crate) struct Composer<'f> {
    found: &'f mut Found,
    term: Id,
    of: Of,
    /// Beside each landmark and parameter, its adjoint; those of landmarks last to first.
    adjoints: Vec<(Id, Id)>,
}

impl<'f> Composer<'f> {
    pub(crate) fn new(found: &'f mut Found, term: Id, of: Of) -> Self {
        let values = found.adjoints.iter().rev().map(|adjoint| (adjoint.of, adjoint.by_rows));
        let adjoints =
            values.chain(found.parameters.iter().copied().zip(found.term_gradients.iter().copied())).collect();
        Self { found, term, of, adjoints }
    }

    fn term_name(&self) -> Formula {
        let letters = &self.found.imported.pool.letters;
        let letter = letters.term.filter(|_| self.of == Of::Loss);
        let mut name = Formula::named(letter.unwrap_or(&self.found.loss_name));
        if letter.is_none()
            && let Part::Name(_, below) = &mut name.part
        {
            below.push_str(letters.row);
        }
        name
    }

    /// Whether the derivative by a name is written by its components: that by what goes into a softmax alone.
    fn is_by_components(&self, by: Id) -> bool {
        let users = self.users(by);
        let pool = &self.found.imported.pool;
        let is_softmax = |user: &Option<Landmark>| user.as_ref().is_some_and(|user| is_softmax_of(pool, user, by));
        !users.is_empty() && users.iter().all(is_softmax) && !is_array_of_all(pool, by)
    }

    /// The derivative of the term by a name, written as its adjoint is.
    fn slope(&mut self, by: Id) -> Formula {
        let pool = &mut self.found.imported.pool;
        let adjoint = self.adjoints.iter().find(|&&(of, _)| of == by).map(|&(_, adjoint)| adjoint);
        let view = adjoint.map_or(View::One, |adjoint| view_by(pool, adjoint, by));
        let by = write(pool, by, view);
        Formula::derivative(self.term_name(), by)
    }

    pub(crate) fn one_observation(mut self) -> Section {
        let mut line = Line::new(self.term_name(), None);
        let pool = &mut self.found.imported.pool;
        let normal = write(pool, self.term, View::One);
        defined_by(&mut line, pool, self.found.written.term, normal, View::One);
        let mut lines = vec![line];
        for (by, adjoint) in self.adjoints.clone() {
            // What is beside the sum over the observations has names, too.
            if self.users(by).is_empty() && !self.found.parameters.contains(&by) {
                continue;
            }
            self.derivative(by, adjoint, &mut lines);
        }
        Section { title: ONE.into(), lines }
    }

    /// The lines that give the derivative of the term by one name: the local derivatives, then their product.
    fn derivative(&mut self, by: Id, adjoint: Id, lines: &mut Vec<Line>) {
        let users = self.users(by);
        // What only changes its order in the product isn't written twice.
        let is_plain = matches!(users.as_slice(), [Some(user)] if self.is_plain_product(user, by));
        let mut symbolic = Vec::new();
        let mut substituted = Vec::new();
        for user in &users {
            match user {
                None => {
                    let (raw, note) = self.local(self.term, by);
                    symbolic.push(raw.clone());
                    substituted.push((raw, note));
                }
                Some(user) => {
                    lines.extend(self.local_line(user, by));
                    let (formula, product) = self.product(user, by);
                    symbolic.push(formula);
                    substituted.push((product, None));
                }
            }
        }
        let by_components = self.is_by_components(by);
        let slope = match by_components {
            true => Formula::derivative(self.term_name(), write_element(&mut self.found.imported.pool, by, View::One)),
            false => self.slope(by),
        };
        let mut line = Line::new(slope, number(&self.found.imported.pool, by));
        if users.iter().any(Option::is_some) {
            line.step(Formula::added(symbolic), None);
        }
        let note = substituted.iter().find_map(|(_, note)| note.clone());
        let terms: Vec<Formula> = substituted.into_iter().map(|(formula, _)| formula).collect();
        if !users.is_empty() && !is_plain {
            line.step(Formula::added(terms), note);
        }
        let view = view_by(&self.found.imported.pool, adjoint, by);
        let written = |pool: &mut Pool, adjoint: Id| match by_components {
            true => write_row_element(pool, adjoint),
            false => write_row(pool, adjoint, by, view),
        };
        line.step(written(&mut self.found.imported.pool, adjoint), None);
        if let Some((simpler, of)) = self.found.with_rows_of_one(adjoint) {
            let note = self.assumption(&of);
            line.step(written(&mut self.found.imported.pool, simpler), Some(note));
        }
        if let Some(name) = self.found.adjoints.iter().find(|adjoint| adjoint.of == by).and_then(|adjoint| adjoint.name)
        {
            let pool = &mut self.found.imported.pool;
            line.step(if by_components { write_element(pool, name, View::One) } else { write(pool, name, view) }, None);
        }
        lines.push(line);
    }

    fn assumption(&mut self, of: &[Id]) -> String {
        let names: Vec<String> =
            of.iter().map(|&x| write(&mut self.found.imported.pool, x, View::Row).text()).collect();
        format!("where the components of {} sum to 1", names.join(", "))
    }

    /// What uses a name: landmarks, and `None` for the term itself.
    fn users(&self, by: Id) -> Vec<Option<Landmark>> {
        let pool = &self.found.imported.pool;
        let mut users = Vec::new();
        let zero = |id: Id| pool.as_number(id).is_some_and(Number::is_zero);
        let reached: HashSet<Id> =
            self.adjoints.iter().filter(|&&(_, adjoint)| !zero(adjoint)).map(|&(of, _)| of).collect();
        let is_of_term = |landmark: &&Landmark| reached.contains(&landmark.symbol);
        let landmarks = self.found.landmarks.iter().rev();
        users.extend(
            landmarks
                .filter(|landmark| is_of_term(landmark) && pool.contains(landmark.definition, by))
                .cloned()
                .map(Some),
        );
        if pool.contains(self.term, by) {
            users.push(None);
        }
        users
    }

    /// Whether the product of a user's adjoint and the local derivative is written as it is: a residual times x, or δWᵀ ⊙ σ′.
    fn is_plain_product(&self, user: &Landmark, by: Id) -> bool {
        let pool = &self.found.imported.pool;
        let named = self.found.adjoints.iter().find(|adjoint| adjoint.of == user.symbol);
        let is_layer = named.is_some_and(|adjoint| has_product(pool, adjoint.name.unwrap_or(adjoint.by_rows)));
        match is_local(pool, user, by) {
            true => is_layer,
            false => left_factor(pool, user.definition, by).is_some() && pool.dims(by).len() == 1,
        }
    }

    /// A local derivative before it is simplified, and its rules.
    fn local(&mut self, of: Id, by: Id) -> (Formula, Option<String>) {
        let pool = &mut self.found.imported.pool;
        let is_elementwise = is_elementwise_in(pool, of, by);
        let raw = if is_elementwise {
            let partial = pool.partial(of, by);
            pool.by_name(partial)
        } else {
            let one = pool.number(Number::ONE);
            pool.adjoints(of, one, &[by]).get(&by).copied().unwrap_or(one)
        };
        let note = rules(pool, of, by);
        let view = view_by(pool, raw, by);
        (write_row(pool, raw, by, view), note)
    }

    /// The line of a local derivative, where it is a number: `∂π/∂η = π(1 − π)`.
    fn local_line(&mut self, user: &Landmark, by: Id) -> Option<Line> {
        let pool = &mut self.found.imported.pool;
        let of = write(pool, user.symbol, View::One);
        let written = write(pool, by, View::One);
        if is_softmax_of(pool, user, by) {
            return Some(softmax_line(pool, user, by));
        }
        if let Some(x) = left_factor(pool, user.definition, by)
            && pool.dims(by).len() == 1
        {
            let mut line = Line::new(Formula::derivative(of, written), number(pool, user.symbol));
            line.step(write_slope(pool, user.symbol, x), None);
            return Some(line);
        }
        if !is_local(pool, user, by) {
            return None;
        }
        let raw = pool.partial(user.definition, by);
        let raw = pool.by_name(raw);
        let simple = pool.simplify(raw);
        let note = rules(pool, user.definition, by);
        let mut line = Line::new(Formula::derivative(of, written), number(pool, user.symbol));
        let local = |pool: &mut Pool, slope: Id| match is_whole_row(pool, by) {
            true => write(pool, slope, View::Row),
            false => write_by(pool, slope, by, View::One),
        };
        line.step(local(pool, raw), note);
        line.step(local(pool, simple), None);
        Some(line)
    }

    /// The product of a user's adjoint and the local derivative: by their names, and as they are.
    fn product(&mut self, user: &Landmark, by: Id) -> (Formula, Formula) {
        let outer = self.slope(user.symbol);
        let named = self.found.adjoints.iter().find(|adjoint| adjoint.of == user.symbol);
        let adjoint = named.map(|adjoint| adjoint.name.unwrap_or(adjoint.by_rows));
        let pool = &mut self.found.imported.pool;
        let adjoint = adjoint.unwrap_or_else(|| pool.number(Number::ZERO));
        let inner = Formula::derivative(write(pool, user.symbol, View::One), write(pool, by, View::One));
        let chained = |outer: Formula, inner: Formula, is_row: bool| match is_row {
            true => Formula::joined(vec![outer, inner], "⊙", Binding::Product),
            false => dotted(outer, inner),
        };
        let is_row = is_whole_row(pool, by);
        let elementwise = is_local(pool, user, by);
        let is_linear = left_factor(pool, user.definition, by).is_some() && pool.dims(by).len() == 1;
        if elementwise || is_linear {
            if elementwise && has_product(pool, adjoint) {
                let raw = pool.partial(user.definition, by);
                let raw = pool.by_name(raw);
                let simple = pool.simplify(raw);
                if pool.as_number(simple).is_some_and(Number::is_one) {
                    return (chained(outer, inner, is_row), write(pool, adjoint, View::Row));
                }
                let factors = [adjoint, simple].map(|factor| write_factor(pool, factor, View::Row));
                return (chained(outer, inner, is_row), Formula::joined(factors.into(), "⊙", Binding::Product));
            }
            let local = if elementwise {
                let raw = pool.partial(user.definition, by);
                let raw = pool.by_name(raw);
                let simple = pool.simplify(raw);
                write_by(pool, simple, by, View::One)
            } else {
                let x = left_factor(pool, user.definition, by).unwrap_or(by);
                write_slope(pool, user.symbol, x)
            };
            // A gradient stands as what it is by: of a vector z = Ab, ∂z/∂b = Aᵀ stands in front of ∂ℓ/∂z.
            if !elementwise && is_array_of_all(pool, user.symbol) {
                let adjoint = write(pool, adjoint, View::Row);
                return (dotted(inner, outer), dotted(local, adjoint));
            }
            let adjoint = write_row(pool, adjoint, user.symbol, View::One);
            return (chained(outer, inner, is_row && elementwise), dotted(adjoint, local));
        }
        let values = pool.adjoints(user.definition, adjoint, &[by]);
        let value = values.get(&by).copied().unwrap_or(adjoint);
        let term = self.term_name();
        let whole = Formula::derivative(term.clone(), write(&mut self.found.imported.pool, user.symbol, View::Row));
        let pool = &mut self.found.imported.pool;
        let is_number = pool.is_scalar(by) && pool.dims(user.symbol).len() > 1;
        let has_terms = is_number || is_softmax_of(pool, user, by) && !is_array_of_all(pool, by);
        let symbolic = match has_terms {
            true => summed_product(pool, term, user, by),
            false => match factors(pool, user.definition, by) {
                Some((left, None)) => {
                    let left = write(pool, left, View::Row);
                    dotted(Formula::atom(Part::Transpose(Box::new(left))), whole)
                }
                Some((_, Some(right))) => {
                    let right = write(pool, right, View::Row);
                    dotted(whole, Formula::atom(Part::Transpose(Box::new(right))))
                }
                None if is_array_of_all(pool, by) => {
                    let [of, by] = [user.symbol, by].map(|name| write(pool, name, View::Row));
                    dotted(whole, Formula::derivative(of, by))
                }
                None => dotted(outer, inner),
            },
        };
        if has_terms && !is_number {
            return (symbolic, write_row_element(pool, value));
        }
        let view = view_by(pool, value, by);
        (symbolic, write_row(pool, value, by, view))
    }
}

/// The derivative of `A·b` by b: the row of a matrix on the rows as a column, or Aᵀ.
fn write_slope(pool: &mut Pool, of: Id, a: Id) -> Formula {
    match is_array_of_all(pool, of) {
        true => {
            let transposed = pool.transpose(a);
            write(pool, transposed, View::Row)
        }
        false => write_column(pool, a),
    }
}

/// What a name stands for: as the user wrote it, then in normal form, if that has other letters.
pub(crate) fn defined_by(line: &mut Line, pool: &mut Pool, written: Option<Id>, normal: Formula, view: View) {
    let written = written.map(|written| write_verbatim(pool, written, view));
    let letters = |formula: &Formula| -> BTreeSet<char> {
        formula.text().chars().filter(|&c| c.is_alphabetic() && c != 'ᵀ').collect()
    };
    match written {
        Some(written) if letters(&written) == letters(&normal) => line.step(written, None),
        Some(written) => {
            line.step(written, None);
            line.step(normal, None);
        }
        None => line.step(normal, None),
    }
}

/// Why a form holds that takes each row of some matrices to sum to 1.
pub(crate) fn rows_of_one(found: &mut Found, of: &[Id]) -> String {
    let names: Vec<String> = of.iter().map(|&x| write(&mut found.imported.pool, x, View::All).text()).collect();
    format!("where each row of {} sums to 1", names.join(", "))
}
