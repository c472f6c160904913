//! What an expression comes to for given numbers: recorded with the engine's operations on arrays of fixed shapes, then evaluated.

use crate::error::{Error, Result};
use crate::number::Number;
use crate::pool::{Function, Id, Node, Pool, Reduction, Role};
use autodiff::{Scalar, Tape, Var};
use ndarray::Array2;
use std::collections::HashMap;

/// An expression on a tape.
pub(crate) struct Evaluator<'p, 't, T: Scalar> {
    pub(crate) pool: &'p Pool,
    pub(crate) tape: &'t Tape<T>,
    /// The number of rows, if some data have any.
    pub(crate) rows: Option<usize>,
    /// What symbols stand for.
    pub(crate) symbols: HashMap<Id, Var<'t, T>>,
}

fn missing(reason: impl Into<String>) -> Error {
    Error::NoValue { reason: reason.into() }
}

impl<'t, T: Scalar> Evaluator<'_, 't, T> {
    /// Records the expression.
    pub(crate) fn record(&self, id: Id) -> Result<Var<'t, T>> {
        let mut made: HashMap<Id, Var<'t, T>> = HashMap::new();
        for node in self.pool.reachable(id) {
            let operands: Vec<Var<'t, T>> =
                self.pool.operands(node).iter().filter_map(|operand| made.get(operand).copied()).collect();
            let var = match self.logarithm(node) {
                Some((place, of)) => {
                    let mut others = operands.clone();
                    others.remove(place);
                    let others = self.fold(&others, |a, b| a * b)?;
                    let of = made.get(&of).copied().ok_or_else(|| missing("a logarithm is of nothing"))?;
                    self.fold(&[others, of], |a, b| a.xlogy(b))?
                }
                None => self.node(node, &operands)?,
            };
            made.insert(node, var);
        }
        made.get(&id).copied().ok_or_else(|| missing("it is empty"))
    }

    /// Of a product with a logarithm, its place among the factors and what it is of: 0·ln 0 is 0, as in likelihoods.
    fn logarithm(&self, id: Id) -> Option<(usize, Id)> {
        let Node::Product(factors) = self.pool.node(id) else { return None };
        let mut found =
            factors.iter().enumerate().filter_map(|(place, &factor)| Some((place, self.pool.as_call(factor, "ln")?)));
        found.next().filter(|_| found.next().is_none())
    }

    fn dims(&self, id: Id) -> Vec<usize> {
        self.pool.dims(id).iter().map(|&len| len.among(self.rows.unwrap_or(0))).collect()
    }

    fn number(&self, number: Number) -> Var<'t, T> {
        let as_scalar = |x: f64| self.tape.constant(T::from(x).unwrap_or_else(T::nan));
        match number {
            Number::Ratio(a, b) if b != 1 => as_scalar(a as f64) / as_scalar(b as f64),
            _ => as_scalar(number.to_f64()),
        }
    }

    fn node(&self, id: Id, operands: &[Var<'t, T>]) -> Result<Var<'t, T>> {
        Ok(match (self.pool.node(id), operands) {
            (Node::Number(number), _) => self.number(*number),
            (Node::Symbol(_), _) => match (self.symbols.get(&id), self.pool.as_symbol(id)) {
                (Some(&var), _) => var,
                (None, Some(symbol)) if symbol.role == Role::RowCount => {
                    let rows = self.rows.ok_or_else(|| missing("the number of rows isn't known"))?;
                    self.number(Number::whole(rows as i64))
                }
                (None, symbol) => {
                    return Err(missing(format!("`{}` has no value", symbol.map_or("", |symbol| &symbol.name))));
                }
            },
            (Node::Sum(_), _) => self.fold(operands, |a, b| a + b)?,
            (Node::Product(_), _) => self.fold(operands, |a, b| a * b)?,
            (Node::Power(_, exponent), &[x]) => self.power(x, *exponent),
            (Node::Call(function, _), _) => self.call(function, operands)?,
            (Node::Reduce(reduction, axes, _), &[x]) => match reduction {
                Reduction::Sum | Reduction::OverRows => x.sum_axes(axes),
                Reduction::Max => x.max_axes(axes),
                Reduction::Min => x.min_axes(axes),
                Reduction::Prod => x.prod_axes(axes),
            },
            (Node::Softmax(axes, _), &[x]) => x.softmax(axes),
            (Node::MatMul(..), &[a, b]) => a.dot(b),
            (Node::Transpose(_), &[x]) => x.t(),
            (Node::Reshape(_), &[x]) => x.reshape(&self.dims(id)),
            (Node::Broadcast(_), &[x]) => x.broadcast_to(&self.dims(id)),
            (Node::Diag(_), &[x]) => x.diag(),
            (Node::Identity, _) => {
                let len = self.dims(id).first().copied().unwrap_or(1);
                self.tape.constant(Array2::from_diag_elem(len, T::one()))
            }
            (Node::Opaque(name, of), &[value, x]) if &**name == "∂" => self.share_of_extremum(of, value, x)?,
            (Node::Opaque(name, _), _) => return Err(missing(format!("`{name}` has no formula"))),
            _ => return Err(missing("an operand is missing")),
        })
    }

    /// The derivative of a largest or smallest element by all: 1 at its place, shared evenly among ties.
    fn share_of_extremum(&self, of: &[Id], value: Var<'t, T>, x: Var<'t, T>) -> Result<Var<'t, T>> {
        let extremum = of.first().map(|&of| self.pool.node(of));
        let Some(Node::Reduce(reduction @ (Reduction::Max | Reduction::Min), axes, _)) = extremum else {
            return Err(missing("a derivative has no formula"));
        };
        let stretched = |reduced: Var<'t, T>| axes.iter().fold(reduced, |part, &axis| part.insert_axis(axis));
        let value = stretched(value);
        let sides = if *reduction == Reduction::Max { [x, value] } else { [value, x] };
        let share = self.call(&Function { name: "share".into(), order: 0 }, &sides)?;
        Ok(share / stretched(share.sum_axes(axes)))
    }

    /// Combines operands, each with as many axes as the one that has most.
    fn fold(&self, operands: &[Var<'t, T>], by: impl Fn(Var<'t, T>, Var<'t, T>) -> Var<'t, T>) -> Result<Var<'t, T>> {
        let aligned = aligned(operands);
        aligned.into_iter().reduce(by).ok_or_else(|| missing("a sum or product is empty"))
    }

    fn power(&self, x: Var<'t, T>, exponent: Number) -> Var<'t, T> {
        match exponent {
            Number::Ratio(n, 1) => match i32::try_from(n) {
                Ok(n) => x.powi(n),
                Err(_) => x.powf(T::from(n as f64).unwrap_or_else(T::nan)),
            },
            Number::Ratio(n, 2) => match i32::try_from(n) {
                Ok(n) => x.sqrt().powi(n),
                Err(_) => x.powf(T::from(exponent.to_f64()).unwrap_or_else(T::nan)),
            },
            _ => x.powf(T::from(exponent.to_f64()).unwrap_or_else(T::nan)),
        }
    }

    fn call(&self, function: &Function, operands: &[Var<'t, T>]) -> Result<Var<'t, T>> {
        let operands = aligned(operands);
        match (&*function.name, operands.as_slice()) {
            ("select", &[condition, a, b]) => Ok(condition.select(a, b)),
            ("digamma", &[x]) => Ok(x.polygamma(0)),
            ("trigamma", &[x]) => Ok(x.polygamma(1)),
            ("polygamma", &[x]) => Ok(x.polygamma(function.order)),
            (name, _) => {
                let known = autodiff::catalogue::operations().find(|operation| operation.name() == name);
                let known = known.filter(|operation| operation.operands().len() == operands.len());
                match known {
                    Some(operation) => Ok(operation.record(self.tape, &operands)),
                    None => Err(missing(format!("the function `{name}` has no formula"))),
                }
            }
        }
    }
}

/// The operands with as many axes, those in front of length 1: formulas broadcast on both sides.
fn aligned<'t, T: Scalar>(operands: &[Var<'t, T>]) -> Vec<Var<'t, T>> {
    let most = operands.iter().map(|operand| operand.shape().ndim()).max().unwrap_or(0);
    let align = |&operand: &Var<'t, T>| {
        let shape = operand.shape();
        if shape.ndim() == most || shape.ndim() == 0 {
            return operand;
        }
        let mut dims = vec![1; most - shape.ndim()];
        dims.extend_from_slice(shape.trailing());
        operand.reshape(&dims)
    };
    operands.iter().map(align).collect()
}
