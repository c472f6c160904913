//! The Hessian: the gradient differentiated along a direction, and the matrix that takes the direction to it.

use crate::derive::Found;
use crate::document::{Line, Section};
use crate::error::Result;
use crate::formula::{Binding, Formula, Part};
use crate::labels::of_labels;
use crate::names::reachable;
use crate::number::Number;
use crate::observation::rows_of_one;
use crate::pool::{Id, Node, Pool, Reduction, Role};
use crate::write::{View, write};
use std::collections::HashMap;

/// The Hessian by a parameter, as an expression.
pub(crate) struct Hessian {
    /// The matrix, or what it makes of the direction.
    pub(crate) value: Id,
    /// The direction, where the parameter is no vector.
    pub(crate) direction: Option<Id>,
    /// The names of what changes along the direction, each by those before it.
    pub(crate) changes: Vec<(Id, Id)>,
}

/// The Hessian by parameter number `place`; `None` if there is no such parameter.
pub(crate) fn hessian(found: &mut Found, place: usize) -> Result<Option<Hessian>> {
    let (Some(&parameter), Some(&gradient)) = (found.parameters.get(place), found.gradients.get(place)) else {
        return Ok(None);
    };
    let dims = found.imported.pool.dims(parameter).to_vec();

    let pool = &mut found.imported.pool;
    let direction = match dims.as_slice() {
        [] => pool.number(Number::ONE),
        _ => pool.symbol(pool.letters.direction, Role::Given, None, dims.clone()),
    };
    let along = Along { parameter, gradient, direction };
    if dims.len() < 2 {
        let (value, _) = along.change(found, false)?;
        let pool = &mut found.imported.pool;
        let matrix = if dims.is_empty() { Some(value) } else { matrix_of(pool, value, direction) };
        if let Some(matrix) = matrix {
            return Ok(Some(Hessian { value: pool.simplify(matrix), direction: None, changes: Vec::new() }));
        }
    }
    let (value, mut changes) = along.change(found, true)?;
    let used = reachable(&found.imported.pool, &[value]);
    changes.retain(|(name, _)| used.contains(name));
    Ok(Some(Hessian { value, direction: Some(direction), changes }))
}

/// A gradient's change as its parameter moves along a direction.
struct Along {
    parameter: Id,
    gradient: Id,
    direction: Id,
}

impl Along {
    /// The change of the gradient, and the names of the changes it is written by, if they are to have such.
    fn change(&self, found: &mut Found, are_named: bool) -> Result<(Id, Vec<(Id, Id)>)> {
        let mut tangents = HashMap::from([(self.parameter, self.direction)]);
        let mut changes = Vec::new();
        let forwards = found.landmarks.iter().map(|landmark| (landmark.symbol, landmark.definition));
        let backwards =
            found.adjoints.iter().rev().filter_map(|adjoint| adjoint.name.map(|name| (name, adjoint.value)));
        for (symbol, definition) in forwards.chain(backwards).collect::<Vec<_>>() {
            let pool = &mut found.imported.pool;
            let mut tangent = change(pool, definition, &tangents);
            if are_named && !pool.operands(tangent).is_empty() {
                let named = pool.change_of(symbol, tangent);
                changes.push((named, tangent));
                tangent = named;
            }
            tangents.insert(symbol, tangent);
            found.check_size()?;
        }
        Ok((change(&mut found.imported.pool, self.gradient, &tangents), changes))
    }
}

fn change(pool: &mut Pool, id: Id, tangents: &HashMap<Id, Id>) -> Id {
    let tangent = pool.tangent(id, tangents);
    let tangent = pool.by_name(tangent);
    pool.simplify(tangent)
}

/// The matrix A of `A·direction`, if the expression, linear in the direction, is of such a form.
fn matrix_of(pool: &mut Pool, id: Id, direction: Id) -> Option<Id> {
    if id == direction {
        return Some(match pool.dims(direction).first() {
            Some(&len) => pool.identity(len),
            None => pool.number(Number::ONE),
        });
    }
    match pool.node(id).clone() {
        Node::Number(number) if number.is_zero() => Some(id),
        Node::Sum(terms) => {
            let rows = pool.dims(id).first().copied();
            let mut matrices = Vec::new();
            for term in terms {
                let matrix = matrix_of(pool, term, direction)?;
                // A number that is added to a vector is added to each of its components.
                matrices.push(match rows.filter(|_| pool.is_scalar(term)) {
                    Some(len) => {
                        let one = pool.number(Number::ONE);
                        let ones = pool.broadcast(one, &[len]);
                        pool.outer(ones, matrix)
                    }
                    None => matrix,
                });
            }
            Some(pool.sum(&matrices))
        }
        Node::Product(factors) => {
            let place = factors.iter().position(|&factor| pool.contains(factor, direction))?;
            let mut others = factors.clone();
            let linear = others.remove(place);
            let matrix = matrix_of(pool, linear, direction)?;
            let (mut scalars, arrays): (Vec<Id>, Vec<Id>) =
                others.into_iter().partition(|&factor| pool.is_scalar(factor));
            let weight = pool.product(&arrays);
            scalars.push(match (arrays.is_empty(), pool.is_scalar(linear)) {
                (true, _) => matrix,
                // A vector times what is one number: the outer product with its row.
                (false, true) if pool.dims(weight).len() == 1 => pool.outer(weight, matrix),
                (false, false) if pool.dims(weight).len() == 1 => {
                    let diagonal = pool.diag(weight);
                    pool.matmul(diagonal, matrix)
                }
                _ => return None,
            });
            Some(pool.product(&scalars))
        }
        // A choice is a weight of 1 or 0 on each branch.
        Node::Call(function, args) if &*function.name == "select" && args.len() == 3 => {
            let is_one_or_zero =
                matches!(pool.node(args[0]), Node::Call(condition, _) if is_comparison(&condition.name));
            if !is_one_or_zero || pool.dims(id).len() != 1 || pool.contains(args[0], direction) {
                return None;
            }
            let [then, otherwise] = [matrix_of(pool, args[1], direction)?, matrix_of(pool, args[2], direction)?];
            let is_zero = |pool: &Pool, matrix: Id| pool.as_number(matrix).is_some_and(Number::is_zero);
            if !is_zero(pool, then) && !is_zero(pool, otherwise) {
                let [(first, of), (second, also_of)] = [then, otherwise].map(|matrix| weighted(pool, matrix));
                if of == also_of {
                    let weight = pool.call_of(function, &[args[0], first, second]);
                    let diagonal = pool.diag(weight);
                    return Some(pool.matmul(diagonal, of));
                }
            }
            let one = pool.number(Number::ONE);
            let complement = pool.minus(one, args[0]);
            let mut branches = Vec::new();
            for (weight, matrix) in [(args[0], then), (complement, otherwise)] {
                if !is_zero(pool, matrix) {
                    let diagonal = pool.diag(weight);
                    branches.push(pool.matmul(diagonal, matrix));
                }
            }
            Some(pool.sum(&branches))
        }
        Node::MatMul(a, b) if !pool.contains(a, direction) => {
            let matrix = matrix_of(pool, b, direction)?;
            Some(pool.matmul(a, matrix))
        }
        Node::Reduce(Reduction::Sum, axes, x) if axes == [0] && pool.dims(x).len() == 1 => {
            let one = pool.number(Number::ONE);
            row_of(pool, x, one, direction)
        }
        _ => None,
    }
}

/// The w and A of a matrix `diag(w)·A`: a number, where it is a multiple of A.
fn weighted(pool: &mut Pool, matrix: Id) -> (Id, Id) {
    let one = pool.number(Number::ONE);
    match pool.node(matrix).clone() {
        Node::MatMul(left, of) => match *pool.node(left) {
            Node::Diag(weight) => (weight, of),
            _ => (one, matrix),
        },
        Node::Product(factors) => {
            let (mut scalars, others): (Vec<Id>, Vec<Id>) =
                factors.into_iter().partition(|&factor| pool.is_scalar(factor));
            let &[other] = others.as_slice() else { return (one, matrix) };
            let (weight, of) = weighted(pool, other);
            scalars.push(weight);
            (pool.product(&scalars), of)
        }
        _ => (one, matrix),
    }
}

/// The row of `Σ weights ⊙ (A·direction)`, which is `(Aᵀ·weights)·direction`, written as a vector. Weights that are one number are of
/// all elements.
fn row_of(pool: &mut Pool, id: Id, weights: Id, direction: Id) -> Option<Id> {
    let stretched = |pool: &mut Pool| {
        let dims = pool.dims(id).clone();
        pool.broadcast(weights, &dims)
    };
    match pool.node(id).clone() {
        Node::Sum(terms) => {
            let rows: Option<Vec<Id>> = terms.iter().map(|&term| row_of(pool, term, weights, direction)).collect();
            Some(pool.sum(&rows?))
        }
        Node::Product(mut factors) => {
            let place = factors.iter().position(|&factor| pool.contains(factor, direction))?;
            let linear = factors.remove(place);
            let (scalars, mut arrays): (Vec<Id>, Vec<Id>) =
                factors.into_iter().partition(|&factor| pool.is_scalar(factor));
            arrays.push(weights);
            let weights = pool.product(&arrays);
            let row = match pool.is_scalar(linear) {
                true => {
                    let (total, row) =
                        (pool.reduce(Reduction::Sum, &[0], weights), matrix_of(pool, linear, direction)?);
                    pool.times(total, row)
                }
                false => row_of(pool, linear, weights, direction)?,
            };
            let scale = pool.product(&scalars);
            Some(pool.times(scale, row))
        }
        _ if id == direction => Some(stretched(pool)),
        _ => {
            let (matrix, weights) = (matrix_of(pool, id, direction)?, stretched(pool));
            let transposed = pool.transpose(matrix);
            Some(pool.matmul(transposed, weights))
        }
    }
}

fn is_comparison(name: &str) -> bool {
    matches!(name, "lt" | "le" | "gt" | "ge" | "equal" | "not_equal" | "step")
}

/// An equation whose right side may be shorter where the rows of some matrices sum to 1.
fn closed_line(found: &mut Found, left: Formula, value: Id) -> Line {
    let mut line = Line::new(left, None);
    line.step(write(&mut found.imported.pool, value, View::All), None);
    if let Some((simpler, of)) = found.with_rows_of_one(value) {
        let note = rows_of_one(found, &of);
        line.step(write(&mut found.imported.pool, simpler, View::All), Some(note));
    }
    line
}

/// The section that derives it: what changes along the way, then the whole.
pub(crate) fn section(found: &mut Found, place: usize) -> Result<Option<Section>> {
    let Some(hessian) = hessian(found, place)? else { return Ok(None) };
    let loss = Formula::named(&found.loss_name);
    let pool = &mut found.imported.pool;
    let squared = |of: Formula| {
        let two = Formula::atom(Part::Number("2".into()));
        Formula::bound(Part::Power(Box::new(of), Box::new(two)), Binding::Atom)
    };
    let mut left = vec![squared(Formula::sign("∇")), loss.clone()];
    if found.parameters.len() > 1 && hessian.direction.is_none() {
        // Of several parameters, the second derivative by one of them.
        let parameter = found.parameters[place];
        let by = write(pool, parameter, View::All);
        let below = match pool.is_scalar(parameter) {
            true => vec![Formula::sign("∂"), squared(by)],
            false => {
                let transposed = Formula::atom(Part::Transpose(Box::new(by.clone())));
                vec![Formula::sign("∂"), by, Formula::sign("∂"), transposed]
            }
        };
        let above = Formula::row(vec![squared(Formula::sign("∂")), loss], Binding::Atom);
        let below = Formula::row(below, Binding::Atom);
        left = vec![Formula::bound(Part::Fraction(Box::new(above), Box::new(below)), Binding::Product)];
    }
    if let Some(direction) = hessian.direction {
        left.push(Formula::atom(Part::Fence("[", Box::new(write(pool, direction, View::All)), "]")));
    }
    let moves = hessian.direction.map(|direction| {
        let [parameter, direction] = [found.parameters[place], direction].map(|id| write(pool, id, View::All).text());
        format!("where {parameter} changes by {direction}")
    });
    let mut lines = Vec::new();
    for (name, definition) in hessian.changes {
        let left = write(&mut found.imported.pool, name, View::All);
        lines.push(closed_line(found, left, definition));
    }
    let mut line = closed_line(found, Formula::row(left, Binding::Atom), hessian.value);
    if let Some(first) = lines.first_mut().unwrap_or(&mut line).steps.first_mut() {
        first.note = moves;
    }
    if let Some(short) = of_labels(found, hessian.value) {
        let pool = &mut found.imported.pool;
        let mut note = format!("where each {} is 0 or 1", write(pool, short.labels, View::One).text());
        if let Some((adjoint, predictor)) = short.slope {
            let term = Formula::named(pool.letters.term.unwrap_or(&found.loss_name));
            let slope = Formula::derivative(term, write(pool, predictor, View::One)).text();
            note = format!("with {} = {slope}, {note}", write(pool, adjoint, View::One).text());
        }
        line.step(write(pool, short.value, View::All), Some(note));
    }
    lines.push(line);
    Ok(Some(Section { title: "Curvature".into(), lines }))
}

#[cfg(test)]
mod tests {
    use super::hessian;
    use crate::derive::find;
    use autodiff::Tape;
    use ndarray::{Array, ArrayD, IxDyn};
    use std::collections::HashMap;

    /// Numbers that are alike in no two places.
    fn numbers(shape: &[usize], phase: f64) -> ArrayD<f64> {
        let count: usize = shape.iter().product();
        Array::from_iter((0..count).map(|place| (1.7 * place as f64 + phase).sin()))
            .into_shape_with_order(IxDyn(shape))
            .expect("a shape")
    }

    /// What the changes come to, all names written out, is what the engine's Hessian makes of the direction.
    #[test]
    fn changes_are_the_products_of_the_hessian() {
        let tape = Tape::<f64>::new();
        let shapes: [(&str, &[usize]); 8] = [
            ("X", &[5, 2]),
            ("y", &[5]),
            ("Y", &[5, 3]),
            ("W", &[2, 4]),
            ("b", &[4]),
            ("U", &[4, 3]),
            ("v", &[3]),
            ("c", &[]),
        ];
        let arrays: Vec<_> =
            shapes.iter().zip(1..).map(|(&(name, shape), n)| (name, numbers(shape, n.into()))).collect();
        let [x, y, labels] = [0, 1, 2].map(|place| tape.data(arrays[place].0, arrays[place].1.clone()));
        let [w, b, u, v, c] = [3, 4, 5, 6, 7].map(|place| tape.variable(arrays[place].0, arrays[place].1.clone()));
        let layer = (x.dot(w) + b).tanh();
        let squares = (y - layer.named("H").dot(u).sigmoid().linear(v) - c).powi(2).mean();
        let softmax = -(labels * layer.dot(u).softmax(&[1]).ln()).sum();
        for (loss, by) in [(squares, vec![w, b, u]), (softmax, vec![w, b, u])] {
            let mut found = find(loss, &by).expect("a derivation");
            for (place, &parameter) in by.iter().enumerate() {
                let direction = numbers(parameter.shape().trailing(), 0.3);
                let moved = tape.constant(direction.clone());
                let engine = (loss.grad(parameter) * moved).sum().grad(parameter).value().expect("a value");
                let ours = hessian(&mut found, place).expect("a Hessian").expect("a parameter");
                assert!(ours.changes.len() > 2, "{}", ours.changes.len());
                let mut full = HashMap::new();
                for (name, definition) in ours.changes {
                    let definition = found.imported.pool.replace(definition, &full);
                    full.insert(name, definition);
                }
                let value = found.imported.pool.replace(ours.value, &full);
                let value = found.written_out(value);
                let mut values = arrays.clone();
                values.push((found.imported.pool.letters.direction, direction));
                let like = Some(found.parameters[place]);
                let value = crate::value(&found, value, like, &values).expect("a value");
                let largest = engine.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
                assert!((&engine - &value).iter().all(|x| x.abs() < 1e-12 * largest), "{engine} {value}");
            }
        }
    }
}
