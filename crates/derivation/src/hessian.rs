//! The Hessian: the gradient differentiated along a direction, and the matrix that takes the direction to it.

use crate::compose::rows_of_one;
use crate::derive::Found;
use crate::document::{Line, Section};
use crate::error::Result;
use crate::formula::{Binding, Formula, Part};
use crate::number::Number;
use crate::pool::{Id, Len, Node, Pool, Reduction, Role};
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

    let letter = found.imported.pool.letters.direction;
    let direction = found.imported.pool.symbol(letter, Role::Given, None, dims.clone());
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
    let is_vector = dims.len() <= 1;
    let matrix = if is_vector { matrix_of(pool, value, direction) } else { None };
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
            let one = pool.number(Number::ONE);
            let otherwise = pool.minus(one, args[0]);
            let mut branches = Vec::new();
            for (weight, branch) in [(args[0], args[1]), (otherwise, args[2])] {
                let matrix = matrix_of(pool, branch, direction)?;
                if !pool.as_number(matrix).is_some_and(Number::is_zero) {
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
        // Σ c·(A·direction) = (Aᵀc)·direction, a row that is written as a vector.
        Node::Reduce(Reduction::Sum, axes, x) if axes == [0] && pool.dims(x).len() == 1 => {
            let matrix = matrix_of(pool, x, direction)?;
            let ones = pool.number(Number::ONE);
            let len = pool.dims(x).first().copied().unwrap_or(Len::Of(1));
            let ones = pool.broadcast(ones, &[len]);
            let transposed = pool.transpose(matrix);
            Some(pool.matmul(transposed, ones))
        }
        _ => None,
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
    Ok(Some(Section { title: "Curvature".into(), lines: vec![line] }))
}
