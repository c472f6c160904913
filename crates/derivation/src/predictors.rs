//! What is added to a matrix product belongs to it: in `(y − α − Xθ)²`, the predictor is `Xθ + α`.
//!
//! Sums in normal form don't know what a user added first. Here they are written by the predictors within them.

use crate::names::{defined, is_offset, reachable};
use crate::number::Number;
use crate::pool::{Id, Node, Pool, Role};
use std::collections::{BTreeSet, HashMap};

/// `loss`, with the predictors that stand in longer sums as symbols of their own, yet without names.
pub(crate) fn with_predictors(pool: &mut Pool, loss: Id, parameters: &[Id]) -> Id {
    let nodes = reachable(pool, &[loss]);
    let mut sums: HashMap<Id, Id> = HashMap::new();
    let mut found = Vec::new();
    let is_product = |pool: &Pool, node: Id| matches!(pool.node(node), Node::MatMul(..));
    let products: Vec<Id> = nodes.iter().copied().filter(|&node| is_product(pool, node)).collect();
    for product in products {
        if !parameters.iter().any(|&parameter| pool.contains(product, parameter)) {
            continue;
        }
        let Some((users, added)) = added(pool, product, &nodes) else { continue };
        if users.iter().any(|user| sums.contains_key(user)) {
            continue;
        }
        let terms: Vec<Id> = added.iter().copied().chain([product]).collect();
        let definition = pool.sum(&terms);
        let dims = pool.dims(definition).to_vec();
        let number = pool.numbers.get(&definition).copied();
        let symbol = pool.symbol("", Role::Given, number, dims);
        for user in users {
            let new = by_predictor(pool, user, &terms, product, symbol);
            sums.insert(user, new);
        }
        found.push((symbol, definition));
    }
    for &node in &nodes {
        if let (Node::Symbol(place), Some(definition)) = (pool.node(node).clone(), defined(pool, node)) {
            let new = pool.replace(definition, &sums);
            pool.symbols[place as usize].role = Role::Defined(new);
        }
    }
    for (symbol, definition) in found {
        if let Node::Symbol(place) = *pool.node(symbol) {
            pool.symbols[place as usize].role = Role::Defined(definition);
        }
    }
    pool.replace(loss, &sums)
}

/// The sums that use the product, and what is added to it in each of them; `None` if something else uses it, or there is nothing added.
fn added(pool: &mut Pool, product: Id, nodes: &[Id]) -> Option<(Vec<Id>, BTreeSet<Id>)> {
    let (mut sums, mut common): (Vec<Id>, Option<BTreeSet<Id>>) = (Vec::new(), None);
    for &node in nodes {
        let uses = pool.operands(node).contains(&product);
        match pool.node(node).clone() {
            Node::Sum(terms) => {
                let split: Vec<(Number, Option<Id>)> = terms.iter().map(|&term| pool.split_coefficient(term)).collect();
                let Some(&(scale, _)) = split.iter().find(|(_, rest)| *rest == Some(product)) else { continue };
                let beside = split.iter().filter(|&&(by, _)| by == scale).filter_map(|&(_, rest)| rest);
                let here = beside.filter(|&rest| rest != product && is_offset(pool, rest)).collect();
                if common.as_ref().is_some_and(|common| *common != here) {
                    return None;
                }
                common = Some(here);
                sums.push(node);
            }
            // A coefficient, whose user is a sum.
            Node::Product(factors) if uses && factors.len() == 2 && pool.as_number(factors[0]).is_some() => {}
            // A name of its own, of the product or of the sum.
            _ if uses || defined(pool, node).is_some_and(|of| of == product || sums.contains(&of)) => return None,
            _ => {}
        }
    }
    common.filter(|common| !common.is_empty()).map(|common| (sums, common))
}

/// The sum, with the terms of the predictor as the symbol.
fn by_predictor(pool: &mut Pool, sum: Id, terms: &[Id], product: Id, symbol: Id) -> Id {
    let mut kept = Vec::new();
    for term in pool.operands(sum) {
        let (scale, rest) = pool.split_coefficient(term);
        match rest {
            Some(rest) if rest == product => kept.push(pool.scaled(symbol, scale)),
            Some(rest) if terms.contains(&rest) => {}
            _ => kept.push(term),
        }
    }
    pool.sum(&kept)
}
