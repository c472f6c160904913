//! Expressions: a table of nodes in which equal ones are one, so that equality is that of numbers and a formula of shared parts stays small.
//!
//! Elementwise nodes (sums, products, powers, calls) broadcast as ndarray does; what they are made of (`build.rs`) is always in
//! one normal form. An operand has a smaller number than what uses it.

use crate::formula::{Binding, Formula};
use crate::letters::{Letters, Spelling};
use crate::number::Number;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A node's number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Id(pub(crate) u32);

/// The length of an axis.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Len {
    /// The open rows axis.
    Rows,
    Of(usize),
}

impl Len {
    /// The length, if there are so many rows.
    pub(crate) fn among(self, rows: usize) -> usize {
        match self {
            Len::Rows => rows,
            Len::Of(n) => n,
        }
    }
}

/// Lengths of axes.
pub(crate) type Dims = Vec<Len>;

/// An elementwise function: its name in the catalogue, and its order where it belongs to a family.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Function {
    pub(crate) name: Arc<str>,
    pub(crate) order: u16,
}

/// A reduction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Reduction {
    Sum,
    /// The sum over the rows of an adjoint, not simplified: so that what one row adds to it can be told.
    OverRows,
    Max,
    Min,
    Prod,
}

/// An expression.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Node {
    Number(Number),
    Symbol(u32),
    /// At least two terms; a term is a product if it has a coefficient.
    Sum(Vec<Id>),
    /// At least two factors; a coefficient stands first.
    Product(Vec<Id>),
    Power(Id, Number),
    Call(Function, Vec<Id>),
    /// Along axes, which vanish.
    Reduce(Reduction, Vec<usize>, Id),
    Softmax(Vec<usize>, Id),
    /// A matrix times a matrix or vector.
    MatMul(Id, Id),
    Transpose(Id),
    /// The same elements, in the shape of the node.
    Reshape(Id),
    /// Stretched to the shape of the node.
    Broadcast(Id),
    /// The diagonal matrix of a vector.
    Diag(Id),
    /// The identity matrix.
    Identity,
    /// An operation that formulas don't look into: its name and parameters.
    Opaque(Arc<str>, Vec<Id>),
}

/// What a symbol stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// An input, a constant array, or something that doesn't depend on what the derivative is by.
    Given,
    /// What the derivative is by.
    Parameter,
    /// The number of rows.
    RowCount,
    /// A name for an expression.
    Defined(Id),
}

/// A name in a formula.
#[derive(Clone, Debug)]
pub(crate) struct Symbol {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The node of the tape, if there is one.
    pub(crate) number: Option<usize>,
    /// Whether each row (of what has rows) sums to 1 along its last axis.
    pub(crate) rows_sum_to_one: bool,
    /// Whether one observation's row of it is written as a whole, not by its components.
    pub(crate) is_whole: bool,
    /// Of a unit vector, the place of its 1.
    pub(crate) unit: Option<usize>,
    pub(crate) spelling: Spelling,
    /// Whether it is the change of what has the name.
    pub(crate) is_change: bool,
}

impl Symbol {
    /// The name as it is written.
    pub(crate) fn formula(&self) -> Formula {
        let name = self.spelling.of(&self.name, self.number);
        if self.is_change { Formula::row(vec![Formula::words("d"), name], Binding::Atom) } else { name }
    }
}

/// All expressions of a derivation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    nodes: Vec<(Node, Arc<Dims>)>,
    index: HashMap<(Node, Arc<Dims>), Id>,
    pub(crate) symbols: Vec<Symbol>,
    /// What formulas call what has no name of the user's.
    pub(crate) letters: Letters,
    /// Names of expressions: where a derivative has one, it is written by its name.
    pub(crate) aliases: HashMap<Id, Id>,
    /// The tape's numbers of the nodes that expressions were recorded as.
    pub(crate) numbers: HashMap<Id, usize>,
    /// Sums as numbers times sums without a common divisor, as far as they are known.
    pub(crate) primitives: HashMap<Id, (Number, Id)>,
    /// How many terms and factors were looked at, those of known sums and products again included.
    pub(crate) work: usize,
    /// The sums that the user has recorded, in normal form: of a difference and its negative, the one to be written.
    pub(crate) recorded_sums: HashSet<Id>,
    /// Whether the observations' rows lie, as networks have them: `xW`. Else each is a column: `xᵀθ`.
    pub(crate) has_lying_rows: bool,
    /// Whether what is made stays as it is asked for, in no normal form (`verbatim.rs`).
    pub(crate) is_verbatim: bool,
    /// Whether a formula adds a number to an array, or a vector to each row of one.
    pub(crate) adds_to_each: bool,
}

/// More expressions, or work on them, than formulas take that anyone would read.
pub(crate) const MOST_NODES: usize = 200_000;
pub(crate) const MOST_WORK: usize = 1_200_000;
/// More parts of one formula than anyone would read.
pub(crate) const MOST_WRITTEN: usize = 3_000;

impl Pool {
    /// Whether there is more than anyone would read. From there on products are no longer formed, and whatever comes of it is refused.
    pub(crate) fn is_too_large(&self) -> bool {
        self.nodes.len() > MOST_NODES || self.work > MOST_WORK
    }

    /// All nodes, used or not.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().map(|(node, _)| node)
    }

    pub(crate) fn node(&self, id: Id) -> &Node {
        &self.nodes[id.0 as usize].0
    }

    pub(crate) fn dims(&self, id: Id) -> &Arc<Dims> {
        &self.nodes[id.0 as usize].1
    }

    /// Whether one row of a matrix is written as a column.
    pub(crate) fn rows_stand(&self) -> bool {
        !self.has_lying_rows
    }

    pub(crate) fn is_scalar(&self, id: Id) -> bool {
        self.dims(id).is_empty()
    }

    pub(crate) fn has_rows(&self, id: Id) -> bool {
        self.dims(id).first() == Some(&Len::Rows)
    }

    /// The unit vector and the name of `eᵢᵀθ`, which is θᵢ.
    pub(crate) fn as_element(&self, id: Id) -> Option<(usize, &Symbol)> {
        let Node::Reduce(Reduction::Sum, _, product) = self.node(id) else { return None };
        let Node::Product(factors) = self.node(*product) else { return None };
        let &[a, b] = factors.as_slice() else { return None };
        let (a, b) = (self.as_symbol(a)?, self.as_symbol(b)?);
        a.unit.map(|place| (place, b)).or(b.unit.map(|place| (place, a)))
    }

    /// The node, new or known.
    pub(crate) fn intern(&mut self, node: Node, dims: impl Into<Arc<Dims>>) -> Id {
        let entry = (node, dims.into());
        if let Some(&id) = self.index.get(&entry) {
            return id;
        }
        let id = Id(self.nodes.len() as u32);
        self.nodes.push(entry.clone());
        self.index.insert(entry, id);
        id
    }

    pub(crate) fn symbol(&mut self, name: &str, role: Role, number: Option<usize>, dims: Dims) -> Id {
        let place = self.symbols.len() as u32;
        self.symbols.push(Symbol {
            name: name.into(),
            role,
            number,
            rows_sum_to_one: false,
            is_whole: false,
            unit: None,
            spelling: Spelling::default(),
            is_change: false,
        });
        self.intern(Node::Symbol(place), dims)
    }

    /// The change of what has a name, as a symbol that is written by that: dZ.
    pub(crate) fn change_of(&mut self, named: Id, definition: Id) -> Id {
        let symbol = self.as_symbol(named).cloned();
        let dims = self.dims(definition).to_vec();
        let change = self.symbol("", Role::Defined(definition), None, dims);
        if let (Some(symbol), Some(last)) = (symbol, self.symbols.last_mut()) {
            *last = Symbol { role: last.role, is_change: true, ..symbol };
        }
        change
    }

    /// Has one observation's row of a symbol written as a whole.
    pub(crate) fn set_whole(&mut self, symbol: Id) {
        if let Node::Symbol(place) = *self.node(symbol)
            && let Some(symbol) = self.symbols.get_mut(place as usize)
        {
            symbol.is_whole = true;
        }
    }

    /// The symbol that a node is.
    pub(crate) fn as_symbol(&self, id: Id) -> Option<&Symbol> {
        match self.node(id) {
            Node::Symbol(place) => self.symbols.get(*place as usize),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self, id: Id) -> Option<Number> {
        match self.node(id) {
            Node::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A call's argument, if it is one of `name` with a single argument.
    pub(crate) fn as_call(&self, id: Id, name: &str) -> Option<Id> {
        match self.node(id) {
            Node::Call(function, args) if &*function.name == name && args.len() == 1 => args.first().copied(),
            _ => None,
        }
    }

    /// Whether there is this call of a single argument.
    pub(crate) fn has_call(&self, name: &str, arg: Id) -> bool {
        let function = Function { name: name.into(), order: 0 };
        self.index.contains_key(&(Node::Call(function, vec![arg]), self.dims(arg).clone()))
    }

    pub(crate) fn operands(&self, id: Id) -> Vec<Id> {
        match self.node(id) {
            Node::Number(_) | Node::Symbol(_) | Node::Identity => Vec::new(),
            Node::Sum(operands) | Node::Product(operands) | Node::Call(_, operands) | Node::Opaque(_, operands) => {
                operands.clone()
            }
            Node::Power(x, _) | Node::Reduce(_, _, x) | Node::Softmax(_, x) | Node::Transpose(x) => vec![*x],
            Node::Reshape(x) | Node::Broadcast(x) | Node::Diag(x) => vec![*x],
            Node::MatMul(a, b) => vec![*a, *b],
        }
    }

    /// Whether a node depends on the same elements of its operands alone.
    pub(crate) fn is_elementwise(&self, id: Id) -> bool {
        matches!(self.node(id), Node::Sum(_) | Node::Product(_) | Node::Power(..) | Node::Call(..))
    }

    /// The nodes that `id` is made of, itself included, operands first.
    pub(crate) fn reachable(&self, id: Id) -> Vec<Id> {
        let mut seen = std::collections::BTreeSet::new();
        let mut pending = vec![id];
        while let Some(id) = pending.pop() {
            if seen.insert(id) {
                pending.extend(self.operands(id));
            }
        }
        seen.into_iter().collect()
    }

    /// How many parts `id` has where it is written: what occurs twice counts twice.
    pub(crate) fn written_size(&self, id: Id) -> usize {
        let mut sizes: HashMap<Id, usize> = HashMap::new();
        for node in self.reachable(id) {
            let of = |part: &Id| sizes.get(part).copied().unwrap_or(1);
            let size = self.operands(node).iter().map(of).fold(1, usize::saturating_add);
            sizes.insert(node, size);
        }
        sizes.get(&id).copied().unwrap_or(1)
    }

    /// The nodes of `id` that depend on one of `on`.
    pub(crate) fn dependent(&self, id: Id, on: &[Id]) -> std::collections::HashSet<Id> {
        let mut found = std::collections::HashSet::new();
        for node in self.reachable(id) {
            if on.contains(&node) || self.operands(node).iter().any(|operand| found.contains(operand)) {
                found.insert(node);
            }
        }
        found
    }

    pub(crate) fn contains(&self, id: Id, part: Id) -> bool {
        self.reachable(id).contains(&part)
    }

    /// `id` with parts replaced, wherever they stand.
    pub(crate) fn replace(&mut self, id: Id, by: &HashMap<Id, Id>) -> Id {
        let mut made: HashMap<Id, Id> = HashMap::new();
        for node in self.reachable(id) {
            let new = match by.get(&node) {
                Some(&new) => new,
                None => {
                    let operands = self.operands(node);
                    let new: Vec<Id> =
                        operands.iter().map(|operand| made.get(operand).copied().unwrap_or(*operand)).collect();
                    if new == operands { node } else { self.rebuild(node, &new) }
                }
            };
            if let Some(&number) = self.numbers.get(&node) {
                self.numbers.entry(new).or_insert(number);
            }
            if self.recorded_sums.contains(&node) && matches!(self.node(new), Node::Sum(_)) {
                self.recorded_sums.insert(new);
            }
            made.insert(node, new);
        }
        made.get(&id).copied().unwrap_or(id)
    }

    /// The node with other operands, in normal form.
    pub(crate) fn rebuild(&mut self, id: Id, operands: &[Id]) -> Id {
        let dims = self.dims(id).clone();
        match (self.node(id).clone(), operands) {
            (Node::Sum(_), _) => self.sum(operands),
            (Node::Product(_), _) => self.product(operands),
            (Node::Power(_, exponent), &[x]) => self.power(x, exponent),
            (Node::Call(function, _), _) => self.call_of(function, operands),
            (Node::Reduce(reduction, axes, old), &[x]) => {
                let full = self.dims(old).clone();
                self.reduce_as(reduction, &axes, x, &full)
            }
            (Node::Softmax(axes, _), &[x]) => self.softmax(&axes, x),
            (Node::MatMul(..), &[a, b]) => self.matmul(a, b),
            (Node::Transpose(_), &[x]) => self.transpose(x),
            (Node::Reshape(_), &[x]) => self.reshape(x, &dims),
            (Node::Broadcast(_), &[x]) => self.broadcast(x, &dims),
            (Node::Diag(_), &[x]) => self.diag(x),
            (node @ Node::Opaque(..), _) => {
                let Node::Opaque(name, _) = node else { return id };
                self.intern(Node::Opaque(name, operands.to_vec()), dims)
            }
            _ => id,
        }
    }
}

/// The shape that operands broadcast to.
pub(crate) fn broadcast_dims(a: &[Len], b: &[Len]) -> Dims {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let gap = long.len() - short.len();
    let mut dims = long.to_vec();
    for (axis, &len) in short.iter().enumerate() {
        let place = &mut dims[gap + axis];
        if *place == Len::Of(1) {
            *place = len;
        }
    }
    dims
}
