//! The Hessian: the gradient differentiated along a direction, and the matrix that takes the direction to it.

use crate::compose::rows_of_one;
use crate::derive::Found;
use crate::document::{Line, Section};
use crate::error::Result;
use crate::formula::{Binding, Formula, Part};
use crate::labels::of_labels;
use crate::number::Number;
use crate::pool::{Id, Node, Pool, Reduction, Role};
use crate::write::{View, write};
use std::collections::HashMap;

/// The Hessian by a parameter, as an expression.
pub(crate) struct Hessian {
    /// The matrix, or what it makes of the direction.
    pub(crate) value: Id,
    /// The direction, where the parameter is no vector.
    pub(crate) direction: Option<Id>,
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
    let mut tangents = HashMap::from([(parameter, direction)]);
    let forwards = found.landmarks.iter().map(|landmark| (landmark.symbol, landmark.definition));
    let backwards = found.adjoints.iter().rev().filter_map(|adjoint| adjoint.name.map(|name| (name, adjoint.value)));
    for (symbol, definition) in forwards.chain(backwards).collect::<Vec<_>>() {
        let tangent = change(&mut found.imported.pool, definition, &tangents);
        tangents.insert(symbol, tangent);
        found.check_size()?;
    }
    let pool = &mut found.imported.pool;
    let value = change(pool, gradient, &tangents);
    let matrix = match dims.len() {
        0 => Some(value),
        1 => matrix_of(pool, value, direction),
        _ => None,
    };
    Ok(Some(match matrix {
        Some(matrix) => Hessian { value: pool.simplify(matrix), direction: None },
        None => Hessian { value, direction: Some(direction) },
    }))
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

/// The section that derives it: what changes along the way, then the whole.
pub(crate) fn section(found: &mut Found, place: usize) -> Result<Option<Section>> {
    let Some(hessian) = hessian(found, place)? else { return Ok(None) };
    let loss = Formula::named(&found.loss_name);
    let pool = &mut found.imported.pool;
    let two = Formula::atom(Part::Number("2".into()));
    let nabla = Formula::bound(Part::Power(Box::new(Formula::sign("∇")), Box::new(two)), Binding::Atom);
    let mut left = vec![nabla, loss];
    if let Some(direction) = hessian.direction {
        left.push(Formula::atom(Part::Fence("[", Box::new(write(pool, direction, View::All)), "]")));
    }
    let mut line = Line::new(Formula::row(left, Binding::Atom), None);
    line.step(write(pool, hessian.value, View::All), None);
    if let Some((simpler, of)) = found.with_rows_of_one(hessian.value) {
        let note = rows_of_one(found, &of);
        line.step(write(&mut found.imported.pool, simpler, View::All), Some(note));
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
    Ok(Some(Section { title: "Curvature".into(), lines: vec![line] }))
}
