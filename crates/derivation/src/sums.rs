//! Losses that are functions of sums over the observations, `L = √S`: each sum is derived by itself, then the loss by the sums.

use crate::derive::Found;
use crate::document::{Line, Section};
use crate::formula::Formula;
use crate::local::{dotted, number, rules};
use crate::loss::parts;
use crate::names::{Landmark, is_scaled_sum, reachable};
use crate::number::Number;
use crate::observation::{Composer, ONE, Of, rows_of_one};
use crate::pool::Id;
use crate::write::{View, write};

/// The names of the sums that the loss is a function of; none if one is a part of another, or the loss depends on other names, too.
pub(crate) fn named(found: &Found) -> Vec<Landmark> {
    let pool = &found.imported.pool;
    let (sums, others): (Vec<Landmark>, Vec<Landmark>) =
        found.landmarks.iter().cloned().partition(|landmark| is_scaled_sum(pool, landmark.definition));
    let is_within = |sum: &Landmark| {
        let parts = reachable(pool, &[sum.definition]);
        sums.iter().any(|other| parts.contains(&other.symbol))
    };
    // The δ of layers are of the whole loss.
    let has_layers = found.adjoints.iter().any(|adjoint| adjoint.name.is_some());
    let is_of_others = others.iter().any(|other| pool.contains(found.loss, other.symbol));
    let is_of_sums = found.parts.term.is_none() && !has_layers && !is_of_others && !sums.iter().any(is_within);
    if is_of_sums { sums } else { Vec::new() }
}

/// What the sums are derived from: the steps of one observation, and the derivatives of each sum.
pub(crate) fn sections(found: &Found) -> Vec<Section> {
    let mut sections = Vec::new();
    for sum in named(found) {
        let Some(mut part) = of_sum(found, &sum) else { return Vec::new() };
        let Some(term) = part.parts.term else { return Vec::new() };
        let name = write(&mut part.imported.pool, sum.symbol, View::All);
        let mut one = Composer::new(&mut part, term, Of::Sum).one_observation();
        one.title = format!("{ONE} of {}", name.text());
        sections.push(one);
        let mut lines = Vec::new();
        for (parameter, gradient) in part.parameters.clone().into_iter().zip(part.gradients.clone()) {
            let pool = &mut part.imported.pool;
            let by = write(pool, parameter, View::All);
            let mut line = Line::new(Formula::derivative(name.clone(), by), number(pool, parameter));
            line.step(write(pool, gradient, View::All), None);
            if let Some((simpler, of)) = part.with_rows_of_one(gradient) {
                let note = rows_of_one(&mut part, &of);
                line.step(write(&mut part.imported.pool, simpler, View::All), Some(note));
            }
            lines.push(line);
        }
        sections.push(Section { title: format!("All observations of {}", name.text()), lines });
    }
    sections
}

/// The derivation of one of the sums.
pub(crate) fn of_sum(found: &Found, sum: &Landmark) -> Option<Found> {
    let mut part = found.clone();
    let needed = reachable(&part.imported.pool, &[sum.definition]);
    part.landmarks.retain(|landmark| landmark.symbol != sum.symbol && needed.contains(&landmark.symbol));
    part.parameters.retain(|parameter| needed.contains(parameter));
    part.loss = sum.definition;
    part.loss_name = part.imported.pool.as_symbol(sum.symbol)?.name.clone();
    part.parts = parts(&mut part.imported.pool, sum.definition);
    let written = part.written.definitions.get(&sum.symbol).copied();
    part.written.term = written.and_then(|written| parts(&mut part.imported.pool, written).term);
    (part.adjoints, part.gradients, part.term_gradients) = Default::default();
    let is_separate = part.parts.is_separate(&part.imported.pool, &part.landmarks, &part.parameters);
    part.keep_written_term();
    part.sweep().ok().filter(|()| is_separate).map(|()| part)
}

/// The derivatives of the loss by the sums.
pub(crate) fn outer_lines(found: &mut Found, sums: &[Landmark]) -> Vec<Line> {
    let loss = Formula::named(&found.loss_name);
    let mut lines = Vec::new();
    for sum in sums {
        let Some(adjoint) = found.adjoints.iter().find(|adjoint| adjoint.of == sum.symbol) else { continue };
        let (value, whole) = (adjoint.value, found.loss);
        let pool = &mut found.imported.pool;
        let by = write(pool, sum.symbol, View::All);
        let mut line = Line::new(Formula::derivative(loss.clone(), by), number(pool, sum.symbol));
        let note = rules(pool, whole, sum.symbol);
        line.step(write(pool, value, View::All), note);
        lines.push(line);
    }
    lines
}

/// `∂L/∂S · ∂S/∂θ`, and what of the loss depends on the parameter beside the sums; `None` if no sum depends on it.
pub(crate) fn chained(found: &mut Found, sums: &[Landmark], parameter: Id) -> Option<Formula> {
    let loss = Formula::named(&found.loss_name);
    let pool = &mut found.imported.pool;
    let by = write(pool, parameter, View::All);
    let mut terms = Vec::new();
    for sum in sums {
        if reachable(pool, &[sum.definition]).contains(&parameter) {
            let of = write(pool, sum.symbol, View::All);
            terms.push(dotted(Formula::derivative(loss.clone(), of.clone()), Formula::derivative(of, by.clone())));
        }
    }
    if terms.is_empty() {
        return None;
    }
    let one = pool.number(Number::ONE);
    if let Some(&direct) = pool.adjoints(found.loss, one, &[parameter]).get(&parameter) {
        terms.push(write(pool, direct, View::All));
    }
    Some(Formula::added(terms))
}
