//! The sections of a derivation: the loss, one observation, all observations.

use crate::derive::Found;
use crate::document::{Line, Section};
use crate::formula::{Binding, Formula, Part};
use crate::functions::rule_of;
use crate::names::Landmark;
use crate::number::Number;
use crate::pool::{Id, Node, Pool, Reduction};
use crate::write::{View, is_outer, write};
use std::collections::HashSet;

pub(crate) fn sections(found: &mut Found) -> Vec<Section> {
    let mut sections = vec![loss(found)];
    if let Some(term) = found.parts.term
        && !found.landmarks.is_empty()
    {
        sections.push(Composer::new(found, term).one_observation());
    }
    sections.push(all_observations(found));
    sections
}

fn loss(found: &mut Found) -> Section {
    let mut lines = Vec::new();
    let mut line = Line::new(Formula::named(&found.loss_name), None);
    line.step(loss_formula(found), None);
    lines.push(line);
    for Landmark { symbol, definition, .. } in found.landmarks.clone().into_iter().rev() {
        let pool = &mut found.imported.pool;
        let mut line = Line::new(write(pool, symbol, View::All), number(pool, symbol));
        line.step(write(pool, definition, View::All), None);
        lines.push(line);
    }
    Section { title: "The loss".into(), lines }
}

/// The loss, written as a sum over the observations and the rest.
fn loss_formula(found: &mut Found) -> Formula {
    let parts = found.parts;
    let pool = &mut found.imported.pool;
    let Some(term) = parts.term else { return write(pool, found.loss, View::All) };
    let mut sum = pool.reduce(Reduction::Sum, &[0], term);
    if parts.is_mean {
        let count = pool.row_count();
        sum = pool.over(sum, count);
    }
    let whole = pool.plus(sum, parts.rest);
    write(pool, whole, View::All)
}

fn number(pool: &Pool, id: Id) -> Option<usize> {
    pool.as_symbol(id).and_then(|symbol| symbol.number)
}

/// The adjoints of one observation's term, and the name it has.
struct Composer<'f> {
    found: &'f mut Found,
    term: Id,
    /// Beside each landmark and parameter, its adjoint; those of landmarks last to first.
    adjoints: Vec<(Id, Id)>,
}

impl<'f> Composer<'f> {
    fn new(found: &'f mut Found, term: Id) -> Self {
        let values = found.adjoints.iter().rev().map(|adjoint| (adjoint.of, adjoint.value));
        let adjoints =
            values.chain(found.parameters.iter().copied().zip(found.term_gradients.iter().copied())).collect();
        Self { found, term, adjoints }
    }

    fn term_name(&self) -> Formula {
        let mut name = Formula::named("ℓ");
        if matches!(self.found.loss_name.as_str(), "ℓ" | "ell" | "l")
            && let Part::Name(_, below) = &mut name.part
        {
            *below = "i".into();
        }
        name
    }

    fn slope(&mut self, by: Id) -> Formula {
        let by = write(&mut self.found.imported.pool, by, View::One);
        Formula::derivative(self.term_name(), by)
    }

    fn one_observation(mut self) -> Section {
        let mut line = Line::new(self.term_name(), None);
        line.step(write(&mut self.found.imported.pool, self.term, View::One), None);
        let mut lines = vec![line];
        for (by, adjoint) in self.adjoints.clone() {
            self.derivative(by, adjoint, &mut lines);
        }
        Section { title: "One observation".into(), lines }
    }

    /// The lines that give the derivative of the term by one name: the local derivatives, then their product.
    fn derivative(&mut self, by: Id, adjoint: Id, lines: &mut Vec<Line>) {
        let users = self.users(by);
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
        let mut line = Line::new(self.slope(by), number(&self.found.imported.pool, by));
        if users.iter().any(Option::is_some) {
            line.step(Formula::joined(symbolic, "+", Binding::Sum), None);
        }
        let note = substituted.iter().find_map(|(_, note)| note.clone());
        let terms: Vec<Formula> = substituted.into_iter().map(|(formula, _)| formula).collect();
        let sum =
            if terms.len() == 1 { terms.into_iter().next() } else { Some(Formula::joined(terms, "+", Binding::Sum)) };
        if let Some(sum) = sum.filter(|_| !users.is_empty()) {
            line.step(sum, note);
        }
        let view = view_of(&self.found.imported.pool, adjoint);
        line.step(write(&mut self.found.imported.pool, adjoint, view), None);
        if let Some((simpler, of)) = self.found.with_rows_of_one(adjoint) {
            let note = self.assumption(&of);
            line.step(write(&mut self.found.imported.pool, simpler, view), Some(note));
        }
        if let Some(name) = self.found.adjoints.iter().find(|adjoint| adjoint.of == by).and_then(|adjoint| adjoint.name)
        {
            line.step(write(&mut self.found.imported.pool, name, View::Row), None);
        }
        lines.push(line);
    }

    fn assumption(&mut self, of: &[Id]) -> String {
        let names: Vec<String> =
            of.iter().map(|&x| write(&mut self.found.imported.pool, x, View::Row).text()).collect();
        format!("as the components of {} sum to 1", names.join(", "))
    }

    /// What uses a name: landmarks, and `None` for the term itself.
    fn users(&self, by: Id) -> Vec<Option<Landmark>> {
        let pool = &self.found.imported.pool;
        let mut users = Vec::new();
        if pool.contains(self.term, by) {
            users.push(None);
        }
        let reached: HashSet<Id> = self.adjoints.iter().map(|&(of, _)| of).collect();
        let landmarks = self.found.landmarks.iter().rev();
        users.extend(
            landmarks
                .filter(|landmark| reached.contains(&landmark.symbol) && pool.contains(landmark.definition, by))
                .cloned()
                .map(Some),
        );
        users
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
        (write(pool, raw, View::One), note)
    }

    /// The line of a local derivative, where it is a number: `∂π/∂η = π(1 − π)`.
    fn local_line(&mut self, user: &Landmark, by: Id) -> Option<Line> {
        let pool = &mut self.found.imported.pool;
        let of = write(pool, user.symbol, View::One);
        let written = write(pool, by, View::One);
        if let Node::Softmax(..) = pool.node(user.definition) {
            return softmax_line(pool, user, by);
        }
        if let Some(x) = left_factor(pool, user.definition, by)
            && pool.dims(by).len() == 1
        {
            let mut line = Line::new(Formula::derivative(of, written), number(pool, user.symbol));
            line.step(write(pool, x, View::Row), None);
            return Some(line);
        }
        if !is_elementwise_in(pool, user.definition, by) || pool.dims(by) != pool.dims(user.symbol) {
            return None;
        }
        let raw = pool.partial(user.definition, by);
        let raw = pool.by_name(raw);
        let simple = pool.simplify(raw);
        let note = rules(pool, user.definition, by);
        let mut line = Line::new(Formula::derivative(of, written), number(pool, user.symbol));
        line.step(write(pool, raw, View::One), note);
        line.step(write(pool, simple, View::One), None);
        Some(line)
    }

    /// The product of a user's adjoint and the local derivative: by their names, and as they are.
    fn product(&mut self, user: &Landmark, by: Id) -> (Formula, Formula) {
        let outer = self.slope(user.symbol);
        let named = self.found.adjoints.iter().find(|adjoint| adjoint.of == user.symbol);
        let adjoint = named.map(|adjoint| adjoint.name.unwrap_or(adjoint.value));
        let pool = &mut self.found.imported.pool;
        let adjoint = adjoint.unwrap_or_else(|| pool.number(Number::ZERO));
        let inner = Formula::derivative(write(pool, user.symbol, View::One), write(pool, by, View::One));
        let elementwise = is_elementwise_in(pool, user.definition, by) && pool.dims(by) == pool.dims(user.symbol);
        let is_linear = left_factor(pool, user.definition, by).is_some() && pool.dims(by).len() == 1;
        if elementwise || is_linear {
            if elementwise && has_product(pool, adjoint) {
                let raw = pool.partial(user.definition, by);
                let raw = pool.by_name(raw);
                let simple = pool.simplify(raw);
                let factors = [adjoint, simple].map(|factor| write(pool, factor, View::Row).at_least(Binding::Product));
                return (dotted(outer, inner), Formula::joined(factors.into(), "⊙", Binding::Product));
            }
            let local = if elementwise {
                let raw = pool.partial(user.definition, by);
                let raw = pool.by_name(raw);
                let simple = pool.simplify(raw);
                write(pool, simple, View::One)
            } else {
                let x = left_factor(pool, user.definition, by).unwrap_or(by);
                write(pool, x, View::Row)
            };
            let adjoint = write(pool, adjoint, View::One);
            return (dotted(outer, inner), dotted(adjoint, local));
        }
        let values = pool.adjoints(user.definition, adjoint, &[by]);
        let value = values.get(&by).copied().unwrap_or(adjoint);
        let whole = Formula::derivative(self.term_name(), write(&mut self.found.imported.pool, user.symbol, View::Row));
        let pool = &mut self.found.imported.pool;
        let symbolic = match *pool.node(user.definition) {
            Node::Softmax(..) => softmax_product(pool, user, by),
            _ => match factors(pool, user.definition, by) {
                Some((left, None)) => {
                    let left = write(pool, left, View::Row);
                    dotted(Formula::atom(Part::Transpose(Box::new(left))), whole)
                }
                Some((_, Some(right))) => {
                    let right = write(pool, right, View::Row);
                    dotted(whole, Formula::atom(Part::Transpose(Box::new(right))))
                }
                None => dotted(outer, inner),
            },
        };
        let view = view_of(pool, value);
        (symbolic, write(pool, value, view))
    }
}

/// Whether a part is a matrix product, that of a column and a row included: its components aren't written one by one.
fn has_product(pool: &Pool, id: Id) -> bool {
    pool.reachable(id).into_iter().any(|node| matches!(pool.node(node), Node::MatMul(..)) || is_outer(pool, node))
}

/// How an expression of one observation is written: by its components, or as a whole where it has matrix products.
fn view_of(pool: &Pool, id: Id) -> View {
    if has_product(pool, id) { View::Row } else { View::One }
}

/// `a·b`.
fn dotted(a: Formula, b: Formula) -> Formula {
    let one = Formula::atom(Part::Number("1".into()));
    if a == one {
        return b;
    }
    let parts = [a, b].map(|part| part.at_least(Binding::Product));
    let [a, b] = parts;
    Formula::row(vec![a, Formula::infix("·"), b], Binding::Product)
}

/// Whether `of` depends on `by` through elementwise operations alone.
fn is_elementwise_in(pool: &Pool, of: Id, by: Id) -> bool {
    let leaves = pool.leaves(of, &HashSet::from([by]));
    of == by || pool.is_elementwise(of) && leaves.iter().all(|&leaf| leaf == by || !pool.contains(leaf, by))
}

/// The A of `A·by + …`.
fn left_factor(pool: &Pool, definition: Id, by: Id) -> Option<Id> {
    factors(pool, definition, by).and_then(|(left, right)| if right.is_none() { Some(left) } else { None })
}

/// Of `A·by + …`, A; of `by·B + …`, B as the second.
fn factors(pool: &Pool, definition: Id, by: Id) -> Option<(Id, Option<Id>)> {
    let terms = match pool.node(definition) {
        Node::Sum(terms) => terms.clone(),
        _ => vec![definition],
    };
    terms.iter().find_map(|&term| match *pool.node(term) {
        Node::MatMul(a, b) if b == by => Some((a, None)),
        Node::MatMul(a, b) if a == by => Some((a, Some(b))),
        _ => None,
    })
}

/// `∂πⱼ/∂zₖ = πⱼ([j = k] − πₖ)`.
fn softmax_line(pool: &mut Pool, user: &Landmark, by: Id) -> Option<Line> {
    let [of_j, of_k] = [View::Summed, View::One].map(|view| write(pool, user.symbol, view));
    let by_k = write(pool, by, View::One);
    let same = Formula::row(vec![Formula::named("j"), Formula::infix("="), Formula::named("k")], Binding::Sum);
    let same = Formula::atom(Part::Fence("[", Box::new(same), "]"));
    let difference = Formula::row(vec![same, Formula::infix("−"), of_k], Binding::Sum);
    let mut line = Line::new(Formula::derivative(of_j.clone(), by_k), number(pool, user.symbol));
    line.step(Formula::row(vec![of_j, difference.parenthesised()], Binding::Product), Some("softmax".into()));
    Some(line)
}

/// `Σⱼ ∂ℓ/∂πⱼ · ∂πⱼ/∂zₖ`.
fn softmax_product(pool: &mut Pool, user: &Landmark, by: Id) -> Formula {
    let of_j = write(pool, user.symbol, View::Summed);
    let by_k = write(pool, by, View::One);
    let sum = Formula::atom(Part::Sub(Box::new(Formula::sign("Σ")), Box::new(Formula::named("j"))));
    let outer = Formula::derivative(Formula::named("ℓ"), of_j.clone());
    let inner = Formula::derivative(of_j, by_k);
    Formula::row(vec![sum, Formula::space(), dotted(outer, inner)], Binding::Product)
}

/// The rules that the derivative of `of` by `by` takes, as they are written beside it.
fn rules(pool: &Pool, of: Id, by: Id) -> Option<String> {
    let depends = pool.dependent(of, &[by]);
    let mut texts: Vec<&str> = Vec::new();
    for node in pool.reachable(of).into_iter().filter(|node| depends.contains(node)) {
        let text = match pool.node(node) {
            Node::Call(function, _) => rule_of(&function.name).map(|rule| rule.text),
            Node::Power(_, exponent) if *exponent == Number::MINUS_ONE => Some("(1/x)′ = −1/x²"),
            Node::Power(_, exponent) if *exponent == Number::whole(2) => Some("(x²)′ = 2x"),
            Node::Power(..) => Some("(xᵏ)′ = k·xᵏ⁻¹"),
            Node::Product(factors) if factors.iter().filter(|factor| depends.contains(factor)).count() > 1 => {
                Some("(uv)′ = u′v + uv′")
            }
            _ => None,
        };
        if let Some(text) = text.filter(|text| !texts.contains(text)) {
            texts.push(text);
        }
    }
    (!texts.is_empty()).then(|| texts.join(", "))
}

fn all_observations(found: &mut Found) -> Section {
    let mut lines = Vec::new();
    let loss = Formula::named(&found.loss_name);
    for adjoint in found.adjoints.clone().into_iter().rev() {
        let Some(name) = adjoint.name else { continue };
        let pool = &mut found.imported.pool;
        let mut line = Line::new(write(pool, name, View::All), number(pool, adjoint.of));
        let slope = Formula::derivative(loss.clone(), write(pool, adjoint.of, View::All));
        line.step(slope, None);
        line.step(write(pool, adjoint.value, View::All), None);
        if let Some((simpler, of)) = found.with_rows_of_one(adjoint.value) {
            let note = rows_of_one(found, &of);
            line.step(write(&mut found.imported.pool, simpler, View::All), Some(note));
        }
        lines.push(line);
    }
    let has_layers = found.adjoints.iter().any(|adjoint| adjoint.name.is_some());
    for (place, gradient) in found.gradients.clone().into_iter().enumerate() {
        let parameter = found.parameters[place];
        let pool = &mut found.imported.pool;
        let left = match found.parameters.len() {
            1 => Formula::row(vec![Formula::sign("∇"), loss.clone()], Binding::Atom),
            _ => Formula::derivative(loss.clone(), write(pool, parameter, View::All)),
        };
        let mut line = Line::new(left, number(pool, parameter));
        line.step(write(pool, gradient, View::All), None);
        let assumed = found.with_rows_of_one(gradient);
        let (closed, note) = match assumed {
            Some((closed, of)) => (closed, Some(rows_of_one(found, &of))),
            None => (gradient, None),
        };
        line.step(write(&mut found.imported.pool, closed, View::All), note);
        if !has_layers {
            let full = found.written_out(closed);
            line.step(write(&mut found.imported.pool, full, View::All), None);
        }
        lines.push(line);
    }
    Section { title: "All observations".into(), lines }
}

fn rows_of_one(found: &mut Found, of: &[Id]) -> String {
    let names: Vec<String> = of.iter().map(|&x| write(&mut found.imported.pool, x, View::All).text()).collect();
    format!("as each row of {} sums to 1", names.join(", "))
}
