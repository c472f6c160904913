//! A recording as expressions, in the words of a textbook: `log_loss` and `softplus` are written out, `logsumexp` is a logarithm of a sum.

use crate::letters::Letters;
use crate::names::{defined, reachable};
use crate::number::Number;
use crate::pool::{Dims, Function, Id, Len, Node, Pool, Reduction, Role};
use autodiff::{Parameters, RecordedNode, Recording, Scalar, Shape};
use ndarray::ArrayD;
use std::collections::HashMap;
use std::sync::Arc;

/// What a recording has become.
#[derive(Clone, Debug, Default)]
pub(crate) struct Imported {
    pub(crate) pool: Pool,
    /// What the nodes of the recording have become, each by the user's name if it has one.
    pub(crate) nodes: Vec<Id>,
    /// The outputs of the recording.
    pub(crate) outputs: Vec<Id>,
    /// The constant arrays, by their symbols.
    pub(crate) constants: Vec<(Id, ArrayD<f64>)>,
}

pub(crate) fn dims_of(shape: &Shape) -> Dims {
    let rows = shape.has_rows().then_some(Len::Rows);
    rows.into_iter().chain(shape.trailing().iter().map(|&len| Len::Of(len))).collect()
}

/// Imports a recording; `parameters` are places of nodes that the derivative is by.
pub(crate) fn import<T: Scalar>(recording: &Recording<T>, parameters: &[usize]) -> Imported {
    let mut imported = Imported::default();
    imported.pool.letters = Letters::beside(recording.nodes.iter().filter_map(|node| node.name.as_deref()));
    let mut ids: Vec<Id> = Vec::with_capacity(recording.nodes.len());
    let mut uses = vec![0; recording.nodes.len()];
    for &operand in recording.nodes.iter().flat_map(|node| &node.operands) {
        if let Some(uses) = uses.get_mut(operand) {
            *uses += 1;
        }
    }
    let mut depends = vec![false; recording.nodes.len()];
    for (place, node) in recording.nodes.iter().enumerate() {
        depends[place] = parameters.contains(&place) || node.operands.iter().any(|&operand| depends[operand]);
        let operands: Vec<Id> = node.operands.iter().filter_map(|&operand| ids.get(operand).copied()).collect();
        let dims = dims_of(&node.shape);
        let id = match node.operation.as_str() {
            _ if parameters.contains(&place) => {
                let name = node.name.clone().unwrap_or_else(|| format!("%{}", node.number));
                imported.pool.symbol(&name, Role::Parameter, Some(node.number), dims)
            }
            "input" => {
                let name = node.name.clone().unwrap_or_else(|| format!("%{}", node.number));
                imported.pool.symbol(&name, Role::Given, Some(node.number), dims)
            }
            "constant" => imported.constant(node, dims),
            "gather" if imported.is_identity(&operands) => imported.one_hot(&operands, node, dims),
            "slice" => match imported.element(&operands, node) {
                Some(element) => element,
                None => imported.pool.operation(recording, node, &operands),
            },
            _ => imported.pool.operation(recording, node, &operands),
        };
        let id = imported.pool.as_softmax(id).unwrap_or(id);
        imported.pool.numbers.entry(id).or_insert(node.number);
        if matches!(imported.pool.node(id), Node::Sum(_)) {
            imported.pool.recorded_sums.insert(id);
        }
        let is_output = recording.outputs.contains(&place);
        ids.push(if is_output { id } else { imported.named(id, node, depends[place] && uses[place] > 1) });
    }
    imported.outputs = recording.outputs.iter().filter_map(|&output| ids.get(output).copied()).collect();
    imported.nodes = ids;
    imported
}

impl Imported {
    fn constant<T: Scalar>(&mut self, node: &RecordedNode<T>, dims: Dims) -> Id {
        let Parameters::Array(array) = &node.parameters else {
            return self.pool.symbol("constant", Role::Given, Some(node.number), dims);
        };
        let array = array.mapv(|x| x.to_f64().unwrap_or(f64::NAN));
        let is_identity = array.ndim() == 2
            && array.shape().first() == array.shape().last()
            && array.indexed_iter().all(|(at, &x)| x == f64::from(u8::from(at[0] == at[1])));
        if is_identity && node.name.is_none() {
            let len = dims.first().copied().unwrap_or(Len::Of(1));
            return self.pool.identity(len);
        }
        let name = node.name.clone().unwrap_or_else(|| format!("c{}", node.number));
        let id = self.pool.symbol(&name, Role::Given, Some(node.number), dims);
        self.constants.push((id, array));
        id
    }

    /// The node by its name, if the user gave it one (be it a number), or if it is a root or reciprocal that is shared: `1/μ²` shall
    /// stay that, whatever μ is. What is shared and depends on the parameters gets a name later.
    fn named<T: Scalar>(&mut self, id: Id, node: &RecordedNode<T>, is_shared: bool) -> Id {
        let pool = &mut self.pool;
        if pool.as_symbol(id).is_some() {
            return id;
        }
        let (_, rest) = pool.split_coefficient(id);
        let is_root = rest.is_some_and(|rest| matches!(pool.node(rest), Node::Power(_, exponent) if exponent.is_negative() || exponent.as_whole().is_none()));
        let name = match &node.name {
            Some(name) => name.clone(),
            None if is_shared && is_root => String::new(),
            None => return id,
        };
        let dims = pool.dims(id).to_vec();
        pool.symbol(&name, Role::Defined(id), Some(node.number), dims)
    }

    /// An element of a vector, or a row of a matrix, by a unit vector: `θᵢ = eᵢᵀθ`.
    fn element<T: Scalar>(&mut self, operands: &[Id], node: &RecordedNode<T>) -> Option<Id> {
        let (&[x], Parameters::Other(slices)) = (operands, &node.parameters) else { return None };
        let mut ranges = slices.first()?.trim_matches(['[', ']']).split(", ");
        let place: usize = ranges.next()?.parse().ok()?;
        let dims = self.pool.dims(x).clone();
        let (&Len::Of(len), Some(shape)) = (dims.first()?, node.shape.trailing().get(1..)) else { return None };
        let is_whole = dims.iter().skip(1).eq(shape.iter().map(|&len| Len::Of(len)).collect::<Vec<_>>().iter());
        if place >= len || !is_whole {
            return None;
        }
        let unit = self.unit(place, len);
        match dims.len() {
            1 => {
                let product = self.pool.times(unit, x);
                Some(self.pool.reduce(Reduction::Sum, &[0], product))
            }
            2 => {
                let transposed = self.pool.transpose(x);
                let row = self.pool.matmul(transposed, unit);
                Some(self.pool.reshape(row, &dims_of(&node.shape)))
            }
            _ => None,
        }
    }

    /// The unit vector of a place and length.
    fn unit(&mut self, place: usize, len: usize) -> Id {
        let is_it = |id: Id| {
            let symbol = self.pool.as_symbol(id);
            symbol.is_some_and(|symbol| symbol.unit == Some(place)) && **self.pool.dims(id) == [Len::Of(len)]
        };
        if let Some(&(known, _)) = self.constants.iter().find(|(id, _)| is_it(*id)) {
            return known;
        }
        let id =
            self.pool.symbol(&format!("{}[{place}]", self.pool.letters.unit), Role::Given, None, vec![Len::Of(len)]);
        if let Some(symbol) = self.pool.symbols.last_mut() {
            symbol.unit = Some(place);
        }
        let values = (0..len).map(|at| f64::from(u8::from(at == place))).collect();
        self.constants.push((id, ndarray::Array1::from_vec(values).into_dyn()));
        id
    }

    fn is_identity(&self, operands: &[Id]) -> bool {
        operands.first().is_some_and(|&table| *self.pool.node(table) == Node::Identity)
    }

    /// The rows of an identity matrix that labels choose: a 1 in the label's column.
    fn one_hot<T: Scalar>(&mut self, operands: &[Id], node: &RecordedNode<T>, dims: Dims) -> Id {
        let labels = operands.get(1).and_then(|&labels| self.pool.as_symbol(labels)).map(|symbol| symbol.name.clone());
        let name = labels.map_or_else(|| "Y".into(), |labels| format!("onehot({labels})"));
        let id = self.pool.symbol(&name, Role::Given, Some(node.number), dims);
        if let Some(symbol) = self.pool.symbols.last_mut() {
            symbol.rows_sum_to_one = true;
        }
        id
    }
}

impl Pool {
    /// What an operation of the recording is made of, its operands given.
    pub(crate) fn operation<T: Scalar>(
        &mut self,
        recording: &Recording<T>,
        node: &RecordedNode<T>,
        operands: &[Id],
    ) -> Id {
        let dims = &dims_of(&node.shape);
        let exponent = match node.parameters {
            Parameters::Exponent(p) => Number::from_f64(p.to_f64().unwrap_or(f64::NAN)),
            _ => Number::ONE,
        };
        match (node.operation.as_str(), operands, &node.parameters) {
            ("number", _, Parameters::Number(x)) => self.number(Number::from_f64(x.to_f64().unwrap_or(f64::NAN))),
            ("row_count", ..) => self.row_count(),
            ("powi" | "powf", &[x], _) => self.power(x, exponent),
            ("softmax", &[x], Parameters::Axes(axes)) => self.softmax(axes, x),
            ("log_softmax", &[x], Parameters::Axes(axes)) => {
                let softmax = self.softmax(axes, x);
                self.call("ln", &[softmax])
            }
            (name, &[x], Parameters::Axes(axes)) => {
                // As it was recorded: its rows may have cancelled, and are summed over all the same.
                let operand = node.operands.first().and_then(|&operand| recording.nodes.get(operand));
                let full = operand.map_or_else(|| self.dims(x).clone(), |operand| dims_of(&operand.shape).into());
                self.reduction(name, axes, x, &full, dims)
            }
            ("dot", &[a, b], Parameters::Transposed([ta, tb])) => {
                let a = if *ta { self.transpose(a) } else { a };
                let b = if *tb { self.transpose(b) } else { b };
                self.matmul(a, b)
            }
            ("linear" | "matmul", &[a, b], _) if self.dims(a).len() == 2 => self.matmul(a, b),
            ("reshape", &[x], _) => self.reshape(x, dims),
            ("broadcast_to", &[x], _) => self.broadcast(x, dims),
            ("permuted_axes", &[x], _) if dims.len() == 2 => self.transpose(x),
            ("diag", &[x], _) => self.diag(x),
            (name, _, Parameters::Order(order)) => {
                let function = Function { name: name.into(), order: *order };
                self.call_of(function, operands)
            }
            (name, _, Parameters::None) => match self.written_out(name, operands) {
                Some(id) => id,
                None if is_elementwise(name) => self.call(name, operands),
                None => self.opaque(name, operands, dims.clone()),
            },
            (name, _, Parameters::Other(parameters)) => {
                let name = format!("{name}[{}]", parameters.join(", "));
                self.opaque(&name, operands, dims.clone())
            }
            (name, ..) => self.opaque(name, operands, dims.clone()),
        }
    }

    /// A reduction of what stretches to `full`, to a result of these dimensions.
    fn reduction(&mut self, name: &str, axes: &[usize], x: Id, full: &Arc<Dims>, dims: &Dims) -> Id {
        match name {
            "sum" => self.reduce_as(Reduction::Sum, axes, x, full),
            "mean" => {
                let mut count = self.number(Number::ONE);
                for len in axes.iter().filter_map(|&axis| full.get(axis).copied()) {
                    let len = self.count(len);
                    count = self.times(count, len);
                }
                let sum = self.reduce_as(Reduction::Sum, axes, x, full);
                self.over(sum, count)
            }
            "max" => self.reduce_as(Reduction::Max, axes, x, full),
            "min" => self.reduce_as(Reduction::Min, axes, x, full),
            "prod" if self.dims(x) == full => self.reduce_as(Reduction::Prod, axes, x, full),
            "logsumexp" => {
                let exponentials = self.call("exp", &[x]);
                let sum = self.reduce_as(Reduction::Sum, axes, exponentials, full);
                self.call("ln", &[sum])
            }
            "norm" => {
                let squares = self.power(x, Number::whole(2));
                let sum = self.reduce_as(Reduction::Sum, axes, squares, full);
                self.power(sum, Number::HALF)
            }
            _ => self.opaque(&format!("{name}{axes:?}"), &[x], dims.clone()),
        }
    }

    /// An operation by simpler ones, as one writes it by hand.
    fn written_out(&mut self, name: &str, operands: &[Id]) -> Option<Id> {
        let one = self.number(Number::ONE);
        Some(match (name, operands) {
            ("add", &[a, b]) => self.plus(a, b),
            ("sub", &[a, b]) => self.minus(a, b),
            ("mul" | "strong_mul", &[a, b]) => self.times(a, b),
            ("div" | "strong_div", &[a, b]) => self.over(a, b),
            ("neg", &[x]) => self.negated(x),
            ("recip" | "recip_nonnegative", &[x]) => self.power(x, Number::MINUS_ONE),
            ("sqrt", &[x]) => self.power(x, Number::HALF),
            ("rsqrt", &[x]) => self.power(x, Number::Ratio(-1, 2)),
            ("exp_m1", &[x]) => {
                let exp = self.call("exp", &[x]);
                self.minus(exp, one)
            }
            ("exp2", &[x]) => {
                let exponent = self.logarithm_of(2);
                let exponent = self.times(x, exponent);
                self.call("exp", &[exponent])
            }
            ("ln_1p", &[x]) => self.log_of_one_plus(x),
            ("log2", &[x]) => self.log_to_base(x, 2),
            ("log10", &[x]) => self.log_to_base(x, 10),
            ("softplus", &[x]) => {
                let exp = self.call("exp", &[x]);
                self.log_of_one_plus(exp)
            }
            ("log_sigmoid", &[x]) => self.log_of("sigmoid", x),
            ("log_norm_cdf", &[x]) => self.log_of("norm_cdf", x),
            ("sigmoid_slope", &[x]) => {
                let value = self.call("sigmoid", &[x]);
                let rest = self.minus(one, value);
                self.times(value, rest)
            }
            ("gaussian", &[x]) => {
                let square = self.power(x, Number::whole(2));
                let minus = self.negated(square);
                self.call("exp", &[minus])
            }
            ("log1mexp", &[x]) => {
                let minus = self.negated(x);
                let exp = self.call("exp", &[minus]);
                let rest = self.minus(one, exp);
                self.call("ln", &[rest])
            }
            ("hypot", &[a, b]) => {
                let squares: Vec<Id> = [a, b].iter().map(|&x| self.power(x, Number::whole(2))).collect();
                let sum = self.sum(&squares);
                self.power(sum, Number::HALF)
            }
            ("xlogy", &[a, b]) => {
                let log = self.call("ln", &[b]);
                self.times(a, log)
            }
            ("xlog1py", &[a, b]) => {
                let log = self.log_of_one_plus(b);
                self.times(a, log)
            }
            ("logaddexp", &[a, b]) => {
                let exponentials: Vec<Id> = [a, b].iter().map(|&x| self.call("exp", &[x])).collect();
                let sum = self.sum(&exponentials);
                self.call("ln", &[sum])
            }
            ("pow", &[a, b]) => {
                let number = self.as_number(b)?;
                self.power(a, number)
            }
            ("log_loss", &[p, y]) => {
                let (q, z) = (self.minus(one, p), self.minus(one, y));
                let (yes, no) = (self.call("ln", &[p]), self.call("ln", &[q]));
                let (yes, no) = (self.times(y, yes), self.times(z, no));
                let sum = self.plus(yes, no);
                self.negated(sum)
            }
            ("ln_beta", &[a, b]) => {
                let total = self.plus(a, b);
                let [a, b, total] = [a, b, total].map(|x| self.call("lgamma", &[x]));
                let sum = self.plus(a, b);
                self.minus(sum, total)
            }
            ("ln_rising", &[a, b]) => {
                let total = self.plus(a, b);
                let [a, total] = [a, total].map(|x| self.call("lgamma", &[x]));
                self.minus(total, a)
            }
            ("stop_gradient", &[x]) => self.call("stop_gradient", &[x]),
            _ => return None,
        })
    }

    /// The softmax that a quotient is whose exponentials or their sum have names.
    fn as_softmax(&mut self, id: Id) -> Option<Id> {
        let Node::Product(_) = self.node(id) else { return None };
        let mut exponentials = HashMap::new();
        for symbol in reachable(self, &[id]) {
            let Some(definition) = defined(self, symbol) else { continue };
            let full = self.replace(definition, &exponentials);
            let is_sum = |x: &Id| self.as_call(*x, "exp").is_some();
            match self.node(full) {
                Node::Reduce(Reduction::Sum, _, x) if is_sum(x) => exponentials.insert(symbol, full),
                _ if is_sum(&full) => exponentials.insert(symbol, full),
                _ => None,
            };
        }
        let full = self.replace(id, &exponentials);
        matches!(self.node(full), Node::Softmax(..)).then_some(full)
    }

    fn log_of(&mut self, name: &str, x: Id) -> Id {
        let value = self.call(name, &[x]);
        self.call("ln", &[value])
    }

    fn log_of_one_plus(&mut self, x: Id) -> Id {
        let one = self.number(Number::ONE);
        let sum = self.plus(one, x);
        self.call("ln", &[sum])
    }

    fn logarithm_of(&mut self, base: i64) -> Id {
        let base = self.whole(base);
        self.call("ln", &[base])
    }

    fn log_to_base(&mut self, x: Id, base: i64) -> Id {
        let (log, unit) = (self.call("ln", &[x]), self.logarithm_of(base));
        self.over(log, unit)
    }
}

/// Whether the catalogue has an elementwise operation of this name.
fn is_elementwise(name: &str) -> bool {
    name == "select"
        || autodiff::catalogue::operations().any(|operation| operation.is_elementwise() && operation.name() == name)
}
