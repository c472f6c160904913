//! The sections of a derivation: the loss, one observation, all observations.

use crate::derive::Found;
use crate::document::{Line, Section};
use crate::formula::{Binding, Formula};
use crate::local::{dotted, number};
use crate::names::{defined, reachable};
use crate::observation::{Composer, Of, defined_by, rows_of_one};
use crate::pool::{Id, Node, Pool, Reduction};
use crate::sums;
use crate::write::{View, write, write_with_ties};

pub(crate) fn sections(found: &mut Found) -> Vec<Section> {
    let mut sections = vec![loss(found)];
    if let Some(term) = found.parts.term {
        sections.push(Composer::new(found, term, Of::Loss).one_observation());
    }
    sections.extend(sums::sections(found));
    sections.push(all_observations(found));
    sections
}

fn loss(found: &mut Found) -> Section {
    let mut lines = Vec::new();
    let recorded = found.imported.outputs.first();
    let node = recorded.and_then(|loss| found.imported.pool.numbers.get(loss)).copied();
    let mut line = Line::new(Formula::named(&found.loss_name), node);
    let formula = loss_formula(found);
    defined_by(&mut line, &mut found.imported.pool, found.written.loss, formula, View::All);
    lines.push(line);
    for (symbol, definition) in names(found) {
        let pool = &mut found.imported.pool;
        let value = pool.as_number(definition).map(|_| definition);
        let written = found.written.definitions.get(&symbol).copied().filter(|&written| written != symbol).or(value);
        let view = if written.is_some_and(|written| sums_along_rows(pool, written)) { View::One } else { View::All };
        let mut line = Line::new(write(pool, symbol, view), number(pool, symbol));
        let formula = write(pool, definition, view);
        defined_by(&mut line, pool, written, formula, view);
        lines.push(line);
    }
    Section { title: "The loss".into(), lines }
}

/// Whether a matrix is made of sums along its rows: it is read more easily by its elements, `pₖ = exp(zₖ)/Σⱼ exp(zⱼ)`.
fn sums_along_rows(pool: &Pool, id: Id) -> bool {
    let is_sum = |node: Id| matches!(pool.node(node), Node::Reduce(_, axes, x) if axes == &[1] && pool.has_rows(*x));
    pool.has_rows(id) && pool.dims(id).len() == 2 && pool.reachable(id).into_iter().any(is_sum)
}

/// The names that the loss has and those that it was written with, with what they stand for: what depends on the parameters, then what
/// doesn't, as they are used by the loss and by each other.
fn names(found: &Found) -> Vec<(Id, Id)> {
    let pool = &found.imported.pool;
    let landmarks = found.landmarks.iter().rev().map(|landmark| (landmark.symbol, landmark.definition));
    let mut names: Vec<(Id, Id)> = landmarks.collect();
    let mut pending = vec![found.loss];
    pending.extend(found.written.loss);
    pending.extend(names.iter().filter_map(|(symbol, _)| found.written.definitions.get(symbol)));
    while !pending.is_empty() {
        let used = reachable(pool, &std::mem::take(&mut pending)).into_iter().rev();
        for (symbol, definition) in used.filter_map(|id| Some((id, defined(pool, id)?))) {
            if !names.iter().any(|&(known, _)| known == symbol) {
                let written = found.written.definitions.get(&symbol).copied();
                names.push((symbol, written.unwrap_or(definition)));
                pending.extend(written);
            }
        }
    }
    names
}

/// The loss, written as a sum over the observations and the rest.
fn loss_formula(found: &mut Found) -> Formula {
    let parts = found.parts;
    let pool = &mut found.imported.pool;
    let Some(term) = parts.term else { return write(pool, found.loss, View::All) };
    let mut sum = pool.reduce(Reduction::Sum, &[0], term);
    if let Some(scale) = parts.scale {
        sum = pool.times(scale, sum);
    }
    let whole = pool.plus(sum, parts.rest);
    write(pool, whole, View::All)
}

fn all_observations(found: &mut Found) -> Section {
    let mut lines = Vec::new();
    let loss = Formula::named(&found.loss_name);
    for adjoint in found.adjoints.clone().into_iter().rev() {
        let Some(name) = adjoint.name else { continue };
        let pool = &mut found.imported.pool;
        let mut line = Line::new(write(pool, name, View::All), number(pool, adjoint.of));
        let slope = Formula::derivative(loss.clone(), write(pool, adjoint.of, View::All));
        let times = write(pool, adjoint.times, View::All);
        line.step(dotted(times, slope), None);
        line.step(write(pool, adjoint.value, View::All), None);
        if let Some((simpler, of)) = found.with_rows_of_one(adjoint.value) {
            let note = rows_of_one(found, &of);
            line.step(write(&mut found.imported.pool, simpler, View::All), Some(note));
        }
        lines.push(line);
    }
    let sums = sums::named(found);
    lines.extend(sums::outer_lines(found, &sums));
    let has_layers = found.adjoints.iter().any(|adjoint| adjoint.name.is_some());
    for (place, gradient) in found.gradients.clone().into_iter().enumerate() {
        let parameter = found.parameters[place];
        let pool = &mut found.imported.pool;
        let left = match found.parameters.len() {
            1 => Formula::row(vec![Formula::sign("∇"), loss.clone()], Binding::Atom),
            _ => Formula::derivative(loss.clone(), write(pool, parameter, View::All)),
        };
        let mut line = Line::new(left, number(pool, parameter));
        if let Some(chained) = sums::chained(found, &sums, parameter) {
            line.step(chained, None);
        }
        let pool = &mut found.imported.pool;
        let (formula, ties) = write_with_ties(pool, gradient, View::All);
        line.step(formula, ties);
        let assumed = found.with_rows_of_one(gradient);
        let (closed, note) = match assumed {
            Some((closed, of)) => (closed, Some(rows_of_one(found, &of))),
            None => (gradient, None),
        };
        line.step(write(&mut found.imported.pool, closed, View::All), note);
        if !has_layers {
            let full = found.closed_form(closed);
            line.step(write(&mut found.imported.pool, full, View::All), None);
        }
        lines.push(line);
    }
    Section { title: "All observations".into(), lines }
}
