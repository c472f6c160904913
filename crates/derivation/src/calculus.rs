//! Differentiation of expressions: the partial of an elementwise expression, adjoints backwards through all others, tangents forwards.

use crate::number::Number;
use crate::pool::{Dims, Id, Len, Node, Pool, Reduction};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

impl Pool {
    /// The derivative of `id`, elementwise in `by`, by the same element of `by`.
    pub(crate) fn partial(&mut self, id: Id, by: Id) -> Id {
        let ones = HashMap::from([(by, self.number(Number::ONE))]);
        self.elementwise_tangent(id, &ones)
    }

    /// The sum of the partials times tangents; parts that aren't elementwise count only if they have a tangent.
    fn elementwise_tangent(&mut self, id: Id, given: &HashMap<Id, Id>) -> Id {
        let mut tangents = given.clone();
        let zero = self.number(Number::ZERO);
        let inner = self.elementwise_part(id, given);
        for node in inner {
            if tangents.contains_key(&node) {
                continue;
            }
            let tangent = |pool: &Id, tangents: &HashMap<Id, Id>| tangents.get(pool).copied().unwrap_or(zero);
            let found = match self.node(node).clone() {
                Node::Sum(terms) => {
                    let terms: Vec<Id> = terms.iter().map(|term| tangent(term, &tangents)).collect();
                    self.sum(&terms)
                }
                Node::Product(factors) => {
                    let mut terms = Vec::new();
                    for (place, factor) in factors.iter().enumerate() {
                        let slope = tangent(factor, &tangents);
                        if slope != zero {
                            let mut product = factors.clone();
                            product[place] = slope;
                            terms.push(self.product(&product));
                        }
                    }
                    self.sum(&terms)
                }
                Node::Power(base, exponent) => {
                    let slope = tangent(&base, &tangents);
                    let factors = [(base, exponent.plus(Number::MINUS_ONE)), (slope, Number::ONE)];
                    let power = self.product_of_powers(&factors);
                    self.scaled(power, exponent)
                }
                Node::Call(function, args) if &*function.name == "select" && args.len() == 3 => {
                    let branches: Vec<Id> = args[1..].iter().map(|arg| tangent(arg, &tangents)).collect();
                    if branches.iter().all(|&branch| branch == zero) {
                        zero
                    } else {
                        self.call_of(function, &[args[0], branches[0], branches[1]])
                    }
                }
                Node::Call(function, args) => {
                    let mut terms = Vec::new();
                    for (place, arg) in args.iter().enumerate() {
                        let slope = tangent(arg, &tangents);
                        if slope != zero {
                            let outer = self.slope(&function, &args, node, place);
                            terms.push(self.times(outer, slope));
                        }
                    }
                    self.sum(&terms)
                }
                _ => zero,
            };
            tangents.insert(node, found);
        }
        tangents.get(&id).copied().unwrap_or(zero)
    }

    /// The nodes reached from `id` through elementwise ones alone, operands first; nothing below those in `ends`.
    fn elementwise_part(&self, id: Id, ends: &HashMap<Id, Id>) -> Vec<Id> {
        let mut seen = std::collections::BTreeSet::new();
        let mut pending = vec![id];
        while let Some(node) = pending.pop() {
            if seen.insert(node) && self.is_elementwise(node) && !ends.contains_key(&node) {
                pending.extend(self.operands(node));
            }
        }
        seen.into_iter().collect()
    }

    /// Parts that have a name are written by it; so are longer products with it, and powers of what its definition is a
    /// power of: with μ = 1/η, 1/η² is μ².
    pub(crate) fn by_name(&mut self, id: Id) -> Id {
        let mut names = self.aliases.clone();
        let reachable = self.reachable(id);
        // In the order of the names: where two fit, always the same is taken.
        let mut aliases: Vec<(Id, Id)> = names.iter().map(|(&definition, &name)| (name, definition)).collect();
        aliases.sort_unstable();
        for (name, definition) in aliases {
            if let Node::Product(factors) = self.node(definition).clone() {
                for &node in &reachable {
                    if let Some(rest) = self.without(node, &factors) {
                        let value = self.times(rest, name);
                        names.entry(node).or_insert(value);
                    }
                }
            }
            let (coefficient, rest) = self.split_coefficient(definition);
            let (Some(rest), Some(inverse)) = (rest, coefficient.recip()) else { continue };
            let Node::Power(base, exponent) = *self.node(rest) else { continue };
            for &node in &reachable {
                let Node::Power(other, power) = *self.node(node) else { continue };
                let times = exponent.recip().and_then(|exponent| power.times(exponent).as_whole());
                if other == base
                    && let Some(times) = times.filter(|_| power != Number::ONE)
                {
                    let scaled = self.scaled(name, inverse);
                    let value = self.power(scaled, Number::whole(times));
                    names.insert(node, value);
                }
            }
        }
        self.replace(id, &names)
    }

    /// A product without some of its factors, if it has these and others.
    fn without(&mut self, id: Id, factors: &[Id]) -> Option<Id> {
        let Node::Product(mut all) = self.node(id).clone() else { return None };
        if all.len() <= factors.len() || !factors.iter().all(|factor| all.contains(factor)) {
            return None;
        }
        all.retain(|factor| !factors.contains(factor));
        Some(self.product(&all))
    }

    /// What an elementwise expression is a function of: the first nodes that aren't elementwise, or are in `ends`.
    pub(crate) fn leaves(&self, id: Id, ends: &HashSet<Id>) -> Vec<Id> {
        let mut seen = std::collections::BTreeSet::new();
        let (mut pending, mut leaves) = (vec![id], Vec::new());
        while let Some(node) = pending.pop() {
            if !seen.insert(node) {
                continue;
            }
            if self.is_elementwise(node) && (node == id || !ends.contains(&node)) {
                pending.extend(self.operands(node));
            } else if node != id {
                leaves.push(node);
            }
        }
        leaves
    }

    /// The adjoints of the symbols `wanted`, given that of `id`.
    pub(crate) fn adjoints(&mut self, id: Id, seed: Id, wanted: &[Id]) -> HashMap<Id, Id> {
        let depends = self.dependent(id, wanted);
        let mut pending: BTreeMap<Id, Vec<Id>> = BTreeMap::from([(id, vec![seed])]);
        let mut found = HashMap::new();
        while let Some((node, parts)) = pending.pop_last() {
            let adjoint = self.sum(&parts);
            let adjoint = self.simplify(adjoint);
            if wanted.contains(&node) {
                found.insert(node, adjoint);
                continue;
            }
            for (operand, part) in self.pull_back(node, adjoint, &depends) {
                pending.entry(operand).or_default().push(part);
            }
        }
        found
    }

    /// The parts of the adjoints of the operands (of what an elementwise node is a function of).
    fn pull_back(&mut self, node: Id, adjoint: Id, depends: &HashSet<Id>) -> Vec<(Id, Id)> {
        let full = self.dims(node).clone();
        if self.is_elementwise(node) {
            let mut parts = Vec::new();
            for leaf in self.leaves(node, &HashSet::new()) {
                if depends.contains(&leaf) {
                    let partial = self.partial(node, leaf);
                    let partial = self.by_name(partial);
                    let partial = self.simplify(partial);
                    let product = self.times(adjoint, partial);
                    let product = self.simplify(product);
                    let like = self.dims(leaf).clone();
                    parts.push((leaf, self.sum_to(product, &full, &like)));
                }
            }
            return parts;
        }
        self.pull_back_whole(node, adjoint, &full)
            .into_iter()
            .filter(|(operand, _)| depends.contains(operand))
            .collect()
    }

    /// The same for a node that is not elementwise.
    fn pull_back_whole(&mut self, node: Id, adjoint: Id, full: &Arc<Dims>) -> Vec<(Id, Id)> {
        match self.node(node).clone() {
            Node::Reduce(Reduction::Sum, axes, x) => {
                let spread = self.spread(adjoint, &axes, x);
                vec![(x, spread)]
            }
            Node::Reduce(_, axes, x) => {
                // The place of the largest, or what else a reduction depends on, has no formula of its own.
                let back = self.opaque("∂", &[node, x], self.dims(x).clone());
                let spread = self.spread(adjoint, &axes, x);
                vec![(x, self.times(spread, back))]
            }
            Node::Softmax(axes, x) => {
                let value = self.aliases.get(&node).copied().unwrap_or(node);
                let weighted = self.times(adjoint, value);
                let weighted = self.simplify(weighted);
                let total = self.reduce_as(Reduction::Sum, &axes, weighted, full);
                let total = self.spread(total, &axes, x);
                let minus = self.negated(total);
                let sum = self.plus(adjoint, minus);
                let product = self.times(value, sum);
                vec![(x, self.simplify(product))]
            }
            Node::MatMul(a, b) => {
                let adjoint = self.stretched(adjoint, full);
                let of_a = match self.dims(b).len() {
                    1 => self.outer(adjoint, b),
                    _ => {
                        let b = self.transpose(b);
                        self.matmul(adjoint, b)
                    }
                };
                let transposed = self.transpose(a);
                vec![(a, of_a), (b, self.matmul(transposed, adjoint))]
            }
            Node::Transpose(x) => vec![(x, self.transpose(adjoint))],
            Node::Reshape(x) => {
                let adjoint = self.stretched(adjoint, full);
                let dims = self.dims(x).clone();
                vec![(x, self.reshape(adjoint, &dims))]
            }
            Node::Broadcast(x) => {
                let dims = self.dims(x).clone();
                vec![(x, self.sum_to(adjoint, full, &dims))]
            }
            Node::Opaque(..) if self.is_place_of_extremum(node) => Vec::new(),
            Node::Opaque(_, operands) => {
                let mut parts = Vec::new();
                for operand in operands {
                    let dims = self.dims(operand).clone();
                    parts.push((operand, self.opaque("vjp", &[node, operand, adjoint], dims)));
                }
                parts
            }
            _ => Vec::new(),
        }
    }

    /// Whether this is 1 where the largest or smallest is: it doesn't change but at ties.
    fn is_place_of_extremum(&self, id: Id) -> bool {
        let Node::Opaque(name, operands) = self.node(id) else { return false };
        let of = operands.first().map(|&of| self.node(of));
        &**name == "∂" && matches!(of, Some(Node::Reduce(Reduction::Max | Reduction::Min, ..)))
    }

    pub(crate) fn opaque(&mut self, name: &str, operands: &[Id], dims: impl Into<Arc<Dims>>) -> Id {
        self.intern(Node::Opaque(name.into(), operands.to_vec()), dims)
    }

    /// An adjoint of what was reduced along `axes` of x, in a shape that stretches to x's.
    fn spread(&mut self, adjoint: Id, axes: &[usize], x: Id) -> Id {
        let dims = self.dims(x).clone();
        if self.is_scalar(adjoint) {
            return adjoint;
        }
        let kept: Dims =
            (0..dims.len()).map(|axis| if axes.contains(&axis) { Len::Of(1) } else { dims[axis] }).collect();
        if axes.iter().max().is_some_and(|&last| (0..=last).all(|axis| axes.contains(&axis))) {
            // Leading axes come back by stretching.
            return adjoint;
        }
        self.reshape(adjoint, &kept)
    }

    /// The adjoint of an operand of shape `dims` that stretched to `full`: summed over what was stretched.
    pub(crate) fn sum_to(&mut self, adjoint: Id, full: &Arc<Dims>, dims: &Arc<Dims>) -> Id {
        if full == dims {
            return adjoint;
        }
        let gap = full.len().saturating_sub(dims.len());
        let is_stretched = |axis: usize| {
            axis < gap || (dims.get(axis - gap) == Some(&Len::Of(1)) && full.get(axis) != Some(&Len::Of(1)))
        };
        let axes: Vec<usize> = (0..full.len()).filter(|&axis| is_stretched(axis)).collect();
        let over_rows = full.first() == Some(&Len::Rows) && axes.contains(&0);
        let others: Vec<usize> = axes.into_iter().filter(|&axis| !over_rows || axis != 0).collect();
        let mut sum = self.reduce_as(Reduction::Sum, &others, adjoint, full);
        if over_rows {
            sum = self.reduce_as(Reduction::OverRows, &[0], sum, full);
        }
        if self.is_scalar(sum) || self.dims(sum).len() == dims.len() { sum } else { self.reshape(sum, dims) }
    }

    /// In the full shape, as matrix products need it.
    fn stretched(&mut self, x: Id, full: &Arc<Dims>) -> Id {
        if self.dims(x) == full { x } else { self.broadcast(x, full) }
    }

    /// `a·bᵀ` of vectors.
    pub(crate) fn outer(&mut self, a: Id, b: Id) -> Id {
        let (m, n) = (self.dims(a).first().copied(), self.dims(b).first().copied());
        let (m, n) = (m.unwrap_or(Len::Of(1)), n.unwrap_or(Len::Of(1)));
        let column = self.reshape(a, &[m, Len::Of(1)]);
        let row = self.reshape(b, &[Len::Of(1), n]);
        self.times(column, row)
    }

    /// The derivative of `id` along directions given for symbols.
    pub(crate) fn tangent(&mut self, id: Id, along: &HashMap<Id, Id>) -> Id {
        let mut tangents = along.clone();
        let zero = self.number(Number::ZERO);
        for node in self.reachable(id) {
            if tangents.contains_key(&node) {
                continue;
            }
            let of = |x: &Id, tangents: &HashMap<Id, Id>| tangents.get(x).copied().unwrap_or(zero);
            let dims = self.dims(node).clone();
            let found = match self.node(node).clone() {
                _ if self.is_elementwise(node) => self.elementwise_tangent(node, &tangents),
                Node::Reduce(Reduction::Sum, axes, x) => {
                    let full = self.dims(x).clone();
                    let tangent = of(&x, &tangents);
                    self.reduce_as(Reduction::Sum, &axes, tangent, &full)
                }
                Node::Reduce(Reduction::Max | Reduction::Min, axes, x) => {
                    let full = self.dims(x).clone();
                    let place = self.opaque("∂", &[node, x], full.clone());
                    let tangent = self.times(place, of(&x, &tangents));
                    self.reduce_as(Reduction::Sum, &axes, tangent, &full)
                }
                Node::Softmax(axes, x) => {
                    let weighted = self.times(node, of(&x, &tangents));
                    let total = self.reduce_as(Reduction::Sum, &axes, weighted, &dims);
                    let total = self.spread(total, &axes, x);
                    let minus = self.negated(total);
                    let change = self.plus(of(&x, &tangents), minus);
                    self.times(node, change)
                }
                Node::MatMul(a, b) => {
                    let left = self.matmul(of(&a, &tangents), b);
                    let right = self.matmul(a, of(&b, &tangents));
                    self.plus(left, right)
                }
                Node::Transpose(x) => self.transpose(of(&x, &tangents)),
                Node::Reshape(x) => self.reshape(of(&x, &tangents), &dims),
                Node::Broadcast(x) if of(&x, &tangents) != zero => self.broadcast(of(&x, &tangents), &dims),
                Node::Opaque(..) if self.is_place_of_extremum(node) => zero,
                Node::Opaque(_, operands) if operands.iter().any(|x| of(x, &tangents) != zero) => {
                    let parts: Vec<Id> = operands.iter().map(|x| of(x, &tangents)).collect();
                    self.opaque("jvp", &[&[node], parts.as_slice()].concat(), dims)
                }
                _ => zero,
            };
            tangents.insert(node, found);
        }
        tangents.get(&id).copied().unwrap_or(zero)
    }
}
