//! Which parts of a loss get a name in its derivation: those that the user named, linear predictors, what is made of them, and what
//! is used more than once.

use crate::formula::Formula;
use crate::number::Number;
use crate::pool::{Id, Len, Node, Pool, Reduction, Role};
use crate::write::has_pi;
use std::collections::{BTreeSet, HashMap, HashSet};

/// A named part of a loss.
#[derive(Clone, Debug)]
pub(crate) struct Landmark {
    pub(crate) symbol: Id,
    /// What it stands for, by the names before it.
    pub(crate) definition: Id,
    pub(crate) kind: Kind,
    /// Whether the recording has it by this symbol already.
    pub(crate) is_recorded: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A matrix product, and what is added to it.
    Predictor,
    /// A function of a predictor.
    Activation,
    Other,
}

/// Functions that textbooks give a name of its own to.
const ACTIVATIONS: &[&str] = &["sigmoid", "tanh", "relu", "norm_cdf", "sin"];

/// A part that is to be named: an expression, or a symbol that has a definition already.
struct Candidate {
    id: Id,
    kind: Kind,
}

/// Names parts of `roots`, which depend on `parameters`, in the order in which they are computed.
pub(crate) fn landmarks(pool: &mut Pool, roots: &[Id], parameters: &[Id]) -> Vec<Landmark> {
    let candidates = candidates(pool, roots, parameters);
    let predictors: Vec<Id> =
        candidates.iter().filter(|candidate| candidate.kind == Kind::Predictor).map(|candidate| candidate.id).collect();
    let mut names = Names::new(pool, predictors.len());
    let mut symbols: HashMap<Id, Id> = HashMap::new();
    let mut landmarks = Vec::new();
    for Candidate { id, kind } in candidates {
        let old = defined(pool, id).unwrap_or(id);
        let definition = pool.replace(old, &symbols);
        let symbol = match *pool.node(id) {
            Node::Symbol(place) => {
                if pool.as_symbol(id).is_some_and(|symbol| symbol.name.is_empty()) {
                    let name = names.choose(pool, id, old, kind, &predictors);
                    pool.symbols[place as usize].name = name;
                }
                pool.symbols[place as usize].role = Role::Defined(definition);
                id
            }
            _ => {
                let name = names.choose(pool, id, id, kind, &predictors);
                let dims = pool.dims(id).to_vec();
                let number = pool.numbers.get(&id).copied();
                pool.symbol(&name, Role::Defined(definition), number, dims)
            }
        };
        if symbol != id {
            symbols.insert(id, symbol);
        }
        pool.aliases.insert(definition, symbol);
        landmarks.push(Landmark { symbol, definition, kind, is_recorded: symbol == id });
    }
    mark_layers(pool, &landmarks);
    landmarks
}

/// What goes into a matrix product is a row as a whole; what doesn't is written by its components.
fn mark_layers(pool: &mut Pool, landmarks: &[Landmark]) {
    let mut whole: HashSet<Id> = HashSet::new();
    for user in landmarks.iter().rev() {
        let depends = |pool: &Pool, of: Id| pool.contains(user.definition, of);
        let products: Vec<Id> = pool.reachable(user.definition);
        let products: Vec<Id> =
            products.into_iter().filter(|&node| matches!(pool.node(node), Node::MatMul(..))).collect();
        for landmark in landmarks {
            let is_multiplied = products.iter().any(|&product| pool.contains(product, landmark.symbol));
            if is_multiplied || whole.contains(&user.symbol) && depends(pool, landmark.symbol) {
                whole.insert(landmark.symbol);
            }
        }
    }
    for symbol in whole {
        pool.set_whole(symbol);
    }
}

/// What a symbol stands for.
pub(crate) fn defined(pool: &Pool, id: Id) -> Option<Id> {
    match pool.as_symbol(id)?.role {
        Role::Defined(definition) => Some(definition),
        _ => None,
    }
}

/// The operands; of a symbol, what it stands for.
fn parts(pool: &Pool, id: Id) -> Vec<Id> {
    defined(pool, id).map_or_else(|| pool.operands(id), |definition| vec![definition])
}

/// All that `roots` are made of, parts first: a name after what it stands for, whatever their numbers are.
pub(crate) fn reachable(pool: &Pool, roots: &[Id]) -> Vec<Id> {
    let (mut users, mut left): (HashMap<Id, Vec<Id>>, HashMap<Id, usize>) = Default::default();
    let mut pending = roots.to_vec();
    while let Some(id) = pending.pop() {
        if left.contains_key(&id) {
            continue;
        }
        let parts: BTreeSet<Id> = parts(pool, id).into_iter().collect();
        left.insert(id, parts.len());
        for part in parts {
            users.entry(part).or_default().push(id);
            pending.push(part);
        }
    }
    let mut ready: BTreeSet<Id> = left.iter().filter(|&(_, &count)| count == 0).map(|(&id, _)| id).collect();
    let mut order = Vec::with_capacity(left.len());
    while let Some(id) = ready.pop_first() {
        order.push(id);
        for user in users.remove(&id).unwrap_or_default() {
            let count = left.entry(user).or_insert(1);
            *count -= 1;
            if *count == 0 {
                ready.insert(user);
            }
        }
    }
    order
}

fn candidates(pool: &Pool, roots: &[Id], parameters: &[Id]) -> Vec<Candidate> {
    let nodes = reachable(pool, roots);
    let mut depends: HashSet<Id> = parameters.iter().copied().collect();
    let mut users: HashMap<Id, Vec<Id>> = HashMap::new();
    for &node in &nodes {
        let parts = parts(pool, node);
        if parts.iter().any(|part| depends.contains(part)) {
            depends.insert(node);
        }
        for part in parts {
            users.entry(part).or_default().push(node);
        }
    }
    let is_product = |&&node: &&Id| depends.contains(&node) && is_product(pool, node);
    let with_offset = |&node: &Id| with_offset(pool, node, users.get(&node));
    let predictors: HashSet<Id> = nodes.iter().filter(is_product).map(with_offset).collect();
    // A predictor with a name is the name.
    let named = |id: &Id| match users.get(id).map(Vec::as_slice) {
        Some(&[user]) if defined(pool, user).is_some() => user,
        _ => *id,
    };
    let predictors: HashSet<Id> = predictors.iter().map(named).collect();
    let mut found = Vec::new();
    for &id in nodes.iter().filter(|id| depends.contains(id) && !parameters.contains(id)) {
        let definition = defined(pool, id);
        let what = definition.unwrap_or(id);
        let of_predictor = pool.operands(what).iter().any(|operand| predictors.contains(operand));
        let only_user = users.get(&id).filter(|users| users.len() == 1).and_then(|users| users.first().copied());
        let is_activation = match pool.node(what) {
            Node::Softmax(..) => true,
            Node::Call(function, _) if &*function.name == "exp" => {
                let is_part = only_user.is_some_and(|user| {
                    scaled_exponential(pool, user).is_some() || matches!(pool.node(user), Node::Reduce(..))
                });
                of_predictor && !is_part && !is_within_sum_with_one(pool, id, users.get(&id))
            }
            Node::Product(_) => scaled_exponential(pool, what).is_some_and(|exponential| {
                let is_only_use = users.get(&exponential).is_some_and(|users| users.len() == 1);
                is_only_use && pool.operands(exponential).iter().any(|operand| predictors.contains(operand))
            }),
            Node::Call(function, _) => of_predictor && ACTIVATIONS.contains(&&*function.name),
            _ => false,
        };
        let user_has_name =
            |user: Id| users.get(&user).is_some_and(|of| of.iter().any(|&of| defined(pool, of).is_some()));
        // The sum of a mean that has a name has none.
        let is_of_mean = only_user.is_some_and(|user| is_scaled_sum(pool, user) && user_has_name(user));
        let is_part = pool.as_row_of_parameters(id).is_some() || is_sum(pool, id) && !is_of_mean;
        let users = users.get(&id).map(Vec::as_slice).unwrap_or_default();
        let has_name = users.iter().any(|&user| defined(pool, user).is_some());
        let is_shared = users.len() > 1 && !is_simple(pool, id);
        // The derivative of a softmax is by its argument as a whole.
        let has_softmax = users.iter().any(|&user| matches!(pool.node(user), Node::Softmax(..)));
        let is_named = definition.is_some();
        let kind = match (predictors.contains(&id), is_activation) {
            (true, _) => Kind::Predictor,
            (_, true) => Kind::Activation,
            _ => Kind::Other,
        };
        if is_named
            || (!has_name && !roots.contains(&id) && (kind != Kind::Other || is_part || is_shared || has_softmax))
        {
            found.push(Candidate { id, kind });
        }
    }
    found
}

/// Whether this is a number that is a sum over the observations and depends on a parameter.
pub(crate) fn is_sum(pool: &Pool, id: Id) -> bool {
    match pool.node(id) {
        Node::Reduce(Reduction::Sum, axes, x) => {
            axes.contains(&0) && pool.has_rows(*x) && pool.is_scalar(id) && depends(pool, id)
        }
        _ => false,
    }
}

/// Whether this is such a sum, or one with factors of the data alone: a mean.
pub(crate) fn is_scaled_sum(pool: &Pool, id: Id) -> bool {
    match pool.node(id) {
        Node::Product(factors) => {
            let depending: Vec<Id> = factors.iter().copied().filter(|&factor| depends(pool, factor)).collect();
            matches!(depending.as_slice(), &[sum] if is_sum(pool, sum))
        }
        _ => is_sum(pool, id),
    }
}

/// Whether this depends on a parameter.
fn depends(pool: &Pool, id: Id) -> bool {
    let is_parameter = |&id: &Id| pool.as_symbol(id).is_some_and(|symbol| symbol.role == Role::Parameter);
    reachable(pool, &[id]).iter().any(is_parameter)
}

/// Whether this is a matrix product, and not a row of a matrix that is written as one, with a unit vector.
fn is_product(pool: &Pool, id: Id) -> bool {
    matches!(pool.node(id), Node::MatMul(..)) && pool.as_row_of_parameters(id).is_none()
}

impl Pool {
    /// Of `Mᵀeᵢ`, the name of M and i.
    fn as_row_of_parameters(&self, id: Id) -> Option<(String, usize)> {
        let Node::MatMul(transposed, unit) = *self.node(id) else { return None };
        let Node::Transpose(matrix) = *self.node(transposed) else { return None };
        Some((self.as_symbol(matrix)?.name.clone(), self.as_symbol(unit)?.unit?))
    }
}

/// A matrix product with what parameters add to it: `XW + b`.
fn with_offset(pool: &Pool, product: Id, users: Option<&Vec<Id>>) -> Id {
    let Some(&[user]) = users.map(Vec::as_slice) else { return product };
    let Node::Sum(terms) = pool.node(user) else { return product };
    let only_offsets = terms.iter().all(|&term| term == product || is_offset(pool, term));
    if only_offsets { user } else { product }
}

/// Whether this is a name, a function of given ones, or another matrix product: not so a longer formula, which is read as what the
/// predictor is compared with.
pub(crate) fn is_offset(pool: &Pool, id: Id) -> bool {
    let is_given = |&x: &Id| pool.as_symbol(x).is_some_and(|symbol| symbol.role == Role::Given);
    match pool.node(id) {
        Node::MatMul(..) => true,
        Node::Call(_, args) => args.iter().all(is_given),
        _ => pool.as_symbol(id).is_some_and(|symbol| matches!(symbol.role, Role::Given | Role::Parameter)),
    }
}

/// Of a product, the exponential that the rest of it, which is given, scales: `E·exp(η)`.
fn scaled_exponential(pool: &Pool, id: Id) -> Option<Id> {
    let Node::Product(factors) = pool.node(id) else { return None };
    let is_given = |&factor: &Id| pool.as_symbol(factor).is_some_and(|symbol| symbol.role == Role::Given);
    let (given, others): (Vec<Id>, Vec<Id>) = factors.iter().copied().partition(is_given);
    match (given.is_empty(), others.as_slice()) {
        (false, &[exponential]) => pool.as_call(exponential, "exp").map(|_| exponential),
        _ => None,
    }
}

/// Whether this is 1 + id or 1 − id's only use.
fn is_within_sum_with_one(pool: &Pool, id: Id, users: Option<&Vec<Id>>) -> bool {
    users.is_some_and(|users| {
        users.iter().any(|&user| match pool.node(user) {
            Node::Sum(terms) => {
                terms.contains(&id)
                    && terms.first().and_then(|&first| pool.as_number(first)).is_some_and(Number::is_one)
            }
            _ => false,
        })
    })
}

/// What is read as easily as a name: `1 − π`, `2η`, `1/σ`.
fn is_simple(pool: &Pool, id: Id) -> bool {
    match pool.node(id) {
        Node::Sum(terms) => terms.len() == 2 && terms.iter().any(|&term| pool.as_number(term).is_some()),
        Node::Product(factors) => factors.len() == 2 && factors.iter().any(|&factor| pool.as_number(factor).is_some()),
        Node::Reshape(_) | Node::Broadcast(_) | Node::Transpose(_) => true,
        Node::Reduce(..) => pool.as_element(id).is_some(),
        Node::Power(..) => true,
        Node::Call(function, args) => {
            matches!(&*function.name, "lt" | "le" | "gt" | "ge" | "abs" | "ln" | "signum")
                && args.iter().all(|&arg| pool.operands(arg).len() <= 2)
        }
        _ => false,
    }
}

/// The names that are taken, and those that are left.
struct Names {
    taken: HashSet<String>,
    predictors: usize,
    /// The letter of functions' arguments.
    argument: &'static str,
}

impl Names {
    fn new(pool: &Pool, predictors: usize) -> Self {
        let given = pool.symbols.iter().map(|symbol| as_read(&symbol.name));
        let numbers = pool.all().filter(|node| matches!(node, Node::Number(number) if has_pi(*number)));
        let constants = numbers.take(1).map(|_| "π".into());
        let argument = pool.letters.argument;
        let own = pool.letters.all().chain([argument]).map(String::from);
        Self { taken: given.chain(constants).chain(own).collect(), predictors, argument }
    }

    /// A name for `id`, which is `what`.
    fn choose(&mut self, pool: &Pool, id: Id, what: Id, kind: Kind, predictors: &[Id]) -> String {
        let is_matrix = pool.dims(id).len() == 2;
        let of = pool.operands(what).iter().find_map(|operand| predictors.iter().position(|other| other == operand));
        let is_last = of.is_none_or(|of| of + 1 == predictors.len());
        let layer = |place: Option<usize>| place.map_or_else(String::new, |place| (place + 1).to_string());
        let name = match (kind, pool.node(what)) {
            (Kind::Predictor, _) if self.predictors == 1 => if is_matrix { "Z" } else { "η" }.into(),
            (Kind::Predictor, _) => {
                let place = predictors.iter().position(|&other| other == id);
                format!("{}{}", if is_matrix { "Z" } else { "z" }, layer(place))
            }
            (_, Node::Softmax(..)) => if is_matrix { "Π" } else { "π" }.into(),
            (_, Node::Call(function, _)) if matches!(&*function.name, "sigmoid" | "norm_cdf") && is_last => {
                if is_matrix { "Π" } else { "π" }.into()
            }
            (_, Node::Call(function, _)) if &*function.name == "exp" && is_last => "μ".into(),
            (Kind::Activation, Node::Product(_)) => "μ".into(),
            (Kind::Activation, _) => {
                format!("{}{}", if is_matrix { "A" } else { "a" }, layer(of.filter(|_| self.predictors > 1)))
            }
            (_, Node::Power(..) | Node::Product(_)) if id != what => "μ".into(),
            (_, Node::Sum(terms)) if terms.len() == 2 && pool.dims(id).first() == Some(&Len::Rows) => {
                if is_matrix { "R" } else { "r" }.into()
            }
            (_, Node::Reduce(..)) if is_sum(pool, what) => {
                let free = ["S", "T", "Q"].into_iter().find(|&name| !self.taken.contains(name));
                free.unwrap_or("S").into()
            }
            _ => pool.as_row_of_parameters(what).map_or_else(String::new, |(of, place)| format!("{of}[{place}]")),
        };
        self.free(name, is_matrix)
    }

    /// The name, or the first letter that is not taken; of a matrix a capital one.
    fn free(&mut self, name: String, is_matrix: bool) -> String {
        let letters = match is_matrix {
            true => ["U", "V", "W", "S", "T", "Q", "G", "H"],
            false => ["u", "v", "w", "s", "t", "q", "g", "h"],
        };
        let letters = letters.map(String::from);
        let numbered = (1..).map(|n| format!("u{n}"));
        let first = Some(name).filter(|name| !name.is_empty());
        // The small letter of a matrix is that of its rows.
        let is_argument = |name: &str| is_matrix && name.to_lowercase() == self.argument;
        let is_free = |name: &String| !self.taken.contains(&as_read(name)) && !is_argument(name);
        let free = first.into_iter().chain(letters).chain(numbered).find(is_free);
        let name = free.unwrap_or_else(|| "u".into());
        self.taken.insert(as_read(&name));
        name
    }
}

/// A name as it is read: `eta` is η.
fn as_read(name: &str) -> String {
    Formula::named(name).text()
}
