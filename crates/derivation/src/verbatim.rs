//! The loss as the user wrote it: expressions in no normal form, which keep the order of terms and factors, and whatever would cancel.
//!
//! The recording is imported once more, with the names that its parts have by then. What is made meanwhile is only written, never
//! differentiated.

use crate::import::Imported;
use crate::loss::parts;
use crate::number::Number;
use crate::pool::{Id, Node, Pool};
use autodiff::{Recording, Scalar};
use std::collections::HashMap;

/// What the user wrote.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    pub(crate) loss: Option<Id>,
    /// What one observation adds to it, if it is a sum over the rows.
    pub(crate) term: Option<Id>,
    /// What names stand for.
    pub(crate) definitions: HashMap<Id, Id>,
}

/// Imports a recording as it was written. `names` are the names of expressions without one of the user's; `imported` has the expressions
/// that its nodes have become in normal form.
pub(crate) fn as_written<T: Scalar>(
    recording: &Recording<T>,
    imported: &mut Imported,
    names: &HashMap<Id, Id>,
) -> Written {
    imported.pool.is_verbatim = true;
    let mut written = Written::default();
    let mut ids: Vec<Id> = Vec::with_capacity(recording.nodes.len());
    for (node, &normal) in recording.nodes.iter().zip(&imported.nodes.clone()) {
        let operands: Vec<Id> = node.operands.iter().filter_map(|&operand| ids.get(operand).copied()).collect();
        let is_leaf = operands.is_empty() || matches!(node.operation.as_str(), "gather" | "slice");
        let is_number = imported.pool.as_number(normal).is_some();
        let own = match is_leaf {
            true if is_number || imported.pool.as_symbol(normal).is_none() => imported.pool.replace(normal, names),
            true => normal,
            false => imported.pool.operation(recording, node, &operands),
        };
        // By its number: what comes to the same as a named node is another.
        let symbol = imported.pool.as_symbol(normal);
        let is_defined = symbol.is_some_and(|symbol| symbol.number == Some(node.number)) && !is_leaf;
        let name = if is_defined { Some(normal) } else { names.get(&normal).copied() };
        ids.push(match name {
            Some(name) if *written.definitions.entry(name).or_insert(own) == own || is_defined => name,
            // Another form of what has the name.
            _ => own,
        });
    }
    written.loss = recording.outputs.first().and_then(|&loss| ids.get(loss)).copied();
    if let Some(loss) = written.loss {
        let loss = written.definitions.get(&loss).copied().unwrap_or(loss);
        written.loss = Some(loss);
        written.term = parts(&mut imported.pool, loss).term;
    }
    imported.pool.is_verbatim = false;
    written
}

impl Pool {
    /// The terms in their order.
    pub(crate) fn written_sum(&mut self, terms: &[Id]) -> Id {
        let mut all = Vec::new();
        for &term in terms {
            match self.node(term) {
                Node::Sum(inner) => all.extend_from_slice(inner),
                _ => all.push(term),
            }
        }
        match all.as_slice() {
            [] => self.number(Number::ZERO),
            &[single] => single,
            _ => {
                let dims = self.joint_dims(&all);
                self.intern(Node::Sum(all), dims)
            }
        }
    }

    /// Two equal factors side by side as a square: `r·r` is read as r², and so is 1/r·a·1/r as a/r².
    fn with_squares(&mut self, factors: Vec<Id>) -> Vec<Id> {
        let mut squared: Vec<Id> = Vec::new();
        for factor in factors {
            if let Node::Power(base, exponent) = *self.node(factor)
                && exponent == Number::MINUS_ONE
                && let Some(place) = squared.iter().position(|&other| other == factor)
            {
                let dims = self.dims(base).clone();
                squared[place] = self.intern(Node::Power(base, Number::whole(-2)), dims);
                continue;
            }
            let is_again = squared.last() == Some(&factor) && !matches!(self.node(factor), Node::Power(..));
            if is_again {
                squared.pop();
            }
            let square = Node::Power(factor, Number::whole(2));
            let dims = self.dims(factor).clone();
            squared.push(if is_again { self.intern(square, dims) } else { factor });
        }
        squared
    }

    /// The powers in their order, behind one number.
    pub(crate) fn written_product(&mut self, powers: &[(Id, Number)]) -> Id {
        let mut coefficient = Number::ONE;
        let mut factors = Vec::new();
        let is_of_numbers = powers.iter().all(|&(base, _)| self.as_number(base).is_some());
        for &(base, exponent) in powers {
            match self.node(base).clone() {
                Node::Number(number) if exponent.is_one() => coefficient = coefficient.times(number),
                Node::Number(number) if is_of_numbers && number.recip().is_some() && exponent == Number::MINUS_ONE => {
                    coefficient = coefficient.times(number.recip().unwrap_or(number));
                }
                Node::Product(parts) if exponent.is_one() => {
                    for part in parts {
                        match self.as_number(part) {
                            Some(number) => coefficient = coefficient.times(number),
                            None => factors.push(part),
                        }
                    }
                }
                _ if exponent.is_one() => factors.push(base),
                _ => {
                    let dims = self.dims(base).clone();
                    factors.push(self.intern(Node::Power(base, exponent), dims));
                }
            }
        }
        let mut factors = self.with_squares(factors);
        if !coefficient.is_one() || factors.is_empty() {
            factors.insert(0, self.number(coefficient));
        }
        match factors.as_slice() {
            &[single] => single,
            _ => {
                let dims = self.joint_dims(&factors);
                self.intern(Node::Product(factors), dims)
            }
        }
    }
}
