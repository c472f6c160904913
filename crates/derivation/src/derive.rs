//! The derivation itself: names, local derivatives, adjoints backwards, closed forms.

use crate::error::{Error, Result};
use crate::formula::BAR;
use crate::import::{Imported, import};
use crate::local::one_row;
use crate::loss::{Parts, parts};
use crate::names::{Kind, Landmark, defined, is_sum, landmarks, reachable};
use crate::number::Number;
use crate::pool::{Id, Len, MOST_NODES, MOST_WRITTEN, Node, Pool, Reduction, Role};
use crate::predictors::with_predictors;
use crate::simplify::MOST_CHOSEN;
use crate::spelling::tell_apart;
use crate::verbatim::{Written, as_written};
use crate::write::{View, write};
use autodiff::{RecordedNode, Recording, Scalar, Var};
use std::collections::HashMap;

/// What a derivation has found, as expressions.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) imported: Imported,
    pub(crate) loss_name: String,
    pub(crate) loss: Id,
    /// The loss as the user wrote it.
    pub(crate) written: Written,
    pub(crate) parts: Parts,
    /// In the order in which they are computed.
    pub(crate) landmarks: Vec<Landmark>,
    /// The adjoints of the landmarks, in their order; those of layers by the names of the ones after them.
    pub(crate) adjoints: Vec<Adjoint>,
    pub(crate) parameters: Vec<Id>,
    /// What one observation adds to the gradients, summed over them.
    pub(crate) term_gradients: Vec<Id>,
    /// The gradients by the parameters, in their order.
    pub(crate) gradients: Vec<Id>,
}

/// The adjoint of a landmark.
#[derive(Clone, Debug)]
pub(crate) struct Adjoint {
    pub(crate) of: Id,
    pub(crate) value: Id,
    /// The same, what each row adds to it told apart.
    pub(crate) by_rows: Id,
    /// How often it has the derivative of the whole loss, whose sum is scaled: n times that of a mean.
    pub(crate) times: Id,
    /// Its own name, where several layers each have one: δ₂.
    pub(crate) name: Option<Id>,
}

#[track_caller]
pub(crate) fn find<T: Scalar>(loss: Var<'_, T>, thetas: &[Var<'_, T>]) -> Result<Found> {
    let outputs: Vec<Var<'_, T>> = std::iter::once(loss).chain(thetas.iter().copied()).collect();
    let mut recording = loss.tape().recording(&outputs)?;
    name_means(&mut recording);
    let shape = loss.shape();
    if !shape.is_scalar() {
        return Err(Error::NotANumber { shape: shape.to_string() });
    }
    let places = recording.outputs.get(1..).unwrap_or_default();
    if let Some(theta) = thetas.iter().find(|theta| theta.operation() != "input") {
        return Err(Error::NotAnInput { name: theta.name().unwrap_or_else(|| theta.operation()) });
    }
    let mut imported = import(&recording, places);
    let loss_id = imported.outputs.first().copied().ok_or(Error::TooLarge { limit: MOST_NODES })?;
    let parameters: Vec<Id> = imported.outputs.get(1..).unwrap_or_default().to_vec();
    let loss_id = with_predictors(&mut imported.pool, loss_id, &parameters);
    let loss_name = loss.name().unwrap_or_else(|| imported.pool.letters.loss.into());
    check_size(&imported.pool)?;

    let whole = parts(&mut imported.pool, loss_id);
    let mut roots: Vec<Id> = whole.term.into_iter().chain(whole.scale).chain([whole.rest]).collect();
    if reachable(&imported.pool, &roots).into_iter().any(|id| is_sum(&imported.pool, id)) {
        // A function of sums over the observations: each of them has a name.
        roots = vec![loss_id];
    }
    let landmarks = landmarks(&mut imported.pool, &roots, &parameters);
    imported.pool.has_lying_rows = has_matrices(&imported.pool, loss_id, &landmarks, &parameters);
    let names: HashMap<Id, Id> = name_parts(&mut imported.pool, &landmarks);
    let pool = &mut imported.pool;
    let loss_expression = pool.replace(loss_id, &names);
    check_written(pool, &[loss_expression])?;
    let rest = pool.replace(whole.rest, &names);
    let rest = without_landmarks(pool, rest, &landmarks);
    let term = whole.term.map(|term| pool.replace(term, &names));
    let scale = whole.scale.map(|scale| pool.replace(scale, &names));
    let mut parts = Parts { term, scale, rest };
    if !parts.is_separate(pool, &landmarks, &parameters) {
        parts = Parts { term: None, scale: None, rest: loss_expression };
    }

    let term_gradients = Vec::new();
    let mut found = Found {
        term_gradients,
        loss_name,
        loss: loss_expression,
        written: Written::default(),
        parts,
        landmarks,
        adjoints: Vec::new(),
        gradients: Vec::new(),
        parameters,
        imported,
    };
    found.sweep()?;
    found.written = as_written(&recording, &mut found.imported, &names);
    found.keep_written_term();
    tell_apart(&mut found.imported.pool);
    Ok(found)
}

/// Gives the mean of a column of data the name that it has in textbooks, `ȳ`, unless the user gave it one; the same mean is one node.
fn name_means<T: Scalar>(recording: &mut Recording<T>) {
    let mut means: HashMap<usize, usize> = HashMap::new();
    for place in 0..recording.nodes.len() {
        let redirect = |operand: &usize| {
            let of = recording.nodes.get(*operand).filter(|node| is_mean(node)).and_then(|node| node.operands.first());
            of.and_then(|of| means.get(of)).copied().unwrap_or(*operand)
        };
        let operands: Vec<usize> = recording.nodes[place].operands.iter().map(redirect).collect();
        let name = match operands.first().and_then(|&of| recording.nodes.get(of)) {
            Some(of) if is_mean(&recording.nodes[place]) && of.operation == "input" && of.shape.has_rows() => {
                of.name.as_ref().filter(|name| name.chars().count() == 1 && of.shape.trailing().is_empty())
            }
            _ => None,
        };
        let name = name.map(|name| format!("{name}{BAR}"));
        recording.nodes[place].operands = operands;
        let of = recording.nodes[place].operands.first().copied();
        if let (Some(name), Some(of), false) = (name, of, recording.outputs.contains(&place))
            && !means.contains_key(&of)
        {
            means.insert(of, place);
            recording.nodes[place].name = Some(name);
        }
    }
}

/// Whether this is a mean over all rows that the user gave no name.
fn is_mean<T: Scalar>(node: &RecordedNode<T>) -> bool {
    node.operation == "mean" && node.name.as_ref().is_none_or(|name| name.ends_with(BAR)) && node.shape.is_scalar()
}

/// How many signs longer a gradient may be for not being one fraction.
const ROOM: usize = 4;

/// Whether this is a product with factors below a bar.
fn is_fraction(pool: &Pool, id: Id) -> bool {
    matches!(pool.node(id), Node::Product(factors) if factors.iter().any(|&factor| pool.divides_by_array(factor)))
}

/// The sum over the rows of what each adds to a derivative: by a number, of each in its shortest form, if the sum is shorter for it.
fn summed(pool: &mut Pool, of_term: Id) -> Id {
    let sum = pool.with_sums(of_term);
    let terms = match pool.node(of_term).clone() {
        Node::Sum(terms) => terms,
        _ => vec![of_term],
    };
    let is_of_rows = |&term: &Id| match pool.node(term) {
        Node::Product(factors) => factors.iter().any(|&factor| pool.is_over_rows(factor)),
        _ => pool.is_over_rows(term),
    };
    if !pool.is_scalar(of_term) || !terms.iter().all(is_of_rows) {
        return sum;
    }
    let row = one_row(pool, of_term);
    if pool.dims(row).as_slice() != [Len::Rows] {
        return sum;
    }
    let row = pool.simplify(row);
    let again = pool.over_rows(row);
    let again = pool.with_sums(again);
    let [is, was] = [again, sum].map(|id| write(pool, id, View::All).size());
    if pool.cost(again) < pool.cost(sum) && is < was { again } else { sum }
}

/// Whether something that depends on the parameters is a matrix.
fn has_matrices(pool: &Pool, loss: Id, landmarks: &[Landmark], parameters: &[Id]) -> bool {
    let named = landmarks.iter().map(|landmark| landmark.symbol);
    let all: Vec<Id> = named.chain(parameters.iter().copied()).collect();
    let mut wholes = landmarks.iter().map(|landmark| landmark.definition).chain([loss]);
    wholes.any(|whole| pool.dependent(whole, &all).into_iter().any(|id| pool.dims(id).len() > 1))
}

/// The expressions that landmarks stand for, as the recording has them: by the user's names alone.
fn name_parts(pool: &mut Pool, landmarks: &[Landmark]) -> HashMap<Id, Id> {
    let mut recorded: HashMap<Id, Id> = HashMap::new();
    let mut names = HashMap::new();
    for landmark in landmarks.iter().filter(|landmark| !landmark.is_recorded) {
        let full = pool.replace(landmark.definition, &recorded);
        recorded.insert(landmark.symbol, full);
        names.insert(full, landmark.symbol);
    }
    names
}

/// The expression with what the landmarks stand for: the steps are those of one observation's part, without what is beside it.
fn without_landmarks(pool: &mut Pool, id: Id, landmarks: &[Landmark]) -> Id {
    let mut full: HashMap<Id, Id> = HashMap::new();
    for landmark in landmarks {
        let value = pool.replace(landmark.definition, &full);
        full.insert(landmark.symbol, value);
    }
    pool.replace(id, &full)
}

fn check_size(pool: &Pool) -> Result<()> {
    if pool.is_too_large() { Err(Error::TooLarge { limit: MOST_NODES }) } else { Ok(()) }
}

/// Refuses what is too long to be read.
fn check_written(pool: &Pool, ids: &[Id]) -> Result<()> {
    let is_long = |&id: &Id| pool.written_size(id) > MOST_WRITTEN;
    if ids.iter().any(is_long) { Err(Error::TooLarge { limit: MOST_WRITTEN }) } else { Ok(()) }
}

impl Found {
    /// The adjoints of all landmarks, last to first, then the gradients.
    ///
    /// They are those of one observation's term; the sum over the observations, its mean and what is added come in with the gradients.
    pub(crate) fn sweep(&mut self) -> Result<()> {
        let wanted: Vec<Id> =
            self.landmarks.iter().map(|landmark| landmark.symbol).chain(self.parameters.iter().copied()).collect();
        let one = self.imported.pool.number(Number::ONE);
        let times = self.parts.scale.map_or(one, |scale| self.imported.pool.power(scale, Number::MINUS_ONE));
        let mut pending: HashMap<Id, Vec<Id>> = HashMap::new();
        self.spread(self.parts.term.unwrap_or(self.loss), one, &wanted, &mut pending);
        let layers = self.landmarks.iter().filter(|landmark| landmark.kind == Kind::Predictor).count();
        for place in (0..self.landmarks.len()).rev() {
            let Landmark { symbol, definition, kind, .. } = self.landmarks[place].clone();
            let by_rows = self.total(&mut pending, symbol)?;
            let value = self.imported.pool.with_sums(by_rows);
            let name = (layers > 1 && kind == Kind::Predictor).then(|| self.name_adjoint(symbol, value));
            self.adjoints.push(Adjoint { of: symbol, value, by_rows, times, name });
            self.spread(definition, name.unwrap_or(by_rows), &wanted, &mut pending);
        }
        self.adjoints.reverse();
        let mut beside = HashMap::new();
        if self.parts.term.is_some() {
            self.spread(self.parts.rest, one, &wanted, &mut beside);
        }
        for parameter in self.parameters.clone() {
            let of_term = self.total(&mut pending, parameter)?;
            self.term_gradients.push(of_term);
            let pool = &mut self.imported.pool;
            let mut sum = summed(pool, of_term);
            if let Some(scale) = self.parts.scale {
                sum = pool.times(scale, sum);
            }
            let gradient = self.with_rest(sum, &mut beside, parameter)?;
            let gradient = self.of_all_elements(gradient, parameter);
            self.gradients.push(gradient);
        }
        Ok(())
    }

    /// The gradient of the sum over the observations and of what is beside it: `Xᵀδ + λθ`, side by side unless it is shorter as one.
    fn with_rest(&mut self, sum: Id, beside: &mut HashMap<Id, Vec<Id>>, parameter: Id) -> Result<Id> {
        let has_rest = beside.contains_key(&parameter);
        let mut rest = HashMap::from([(parameter, beside.get(&parameter).cloned().unwrap_or_default())]);
        beside.entry(parameter).or_default().push(sum);
        let joint = self.total(beside, parameter)?;
        if !has_rest {
            return Ok(joint);
        }
        let mut of_sum = HashMap::from([(parameter, vec![sum])]);
        let parts = [self.total(&mut of_sum, parameter)?, self.total(&mut rest, parameter)?];
        let pool = &mut self.imported.pool;
        let apart = pool.sum(&parts);
        let [one, two] = [joint, apart].map(|id| write(pool, id, View::All).size());
        // Over one denominator, what is of the observations and what is beside them are hard to tell apart.
        let room = if is_fraction(pool, joint) { ROOM } else { 0 };
        Ok(if two <= one + room { apart } else { joint })
    }

    /// A derivative by each element of a parameter, which is one number for all, as an array: 𝟏 of `Σ θ`.
    fn of_all_elements(&mut self, gradient: Id, parameter: Id) -> Id {
        let pool = &mut self.imported.pool;
        let is_one_for_all = pool.is_scalar(gradient) && !pool.is_scalar(parameter);
        if !is_one_for_all || pool.as_number(gradient).is_some_and(Number::is_zero) {
            return gradient;
        }
        let (one, dims) = (pool.number(Number::ONE), pool.dims(parameter).to_vec());
        let ones = pool.broadcast(one, &dims);
        pool.times(gradient, ones)
    }

    /// Refuses gradients that are too long to be read with all names written out.
    pub(crate) fn check_written_out(&mut self) -> Result<()> {
        let gradients: Vec<Id> =
            self.gradients.clone().into_iter().map(|gradient| self.written_out(gradient)).collect();
        check_written(&self.imported.pool, &gradients)
    }

    pub(crate) fn check_size(&self) -> Result<()> {
        check_size(&self.imported.pool)
    }

    /// The sum of what has come to an adjoint.
    fn total(&mut self, pending: &mut HashMap<Id, Vec<Id>>, of: Id) -> Result<Id> {
        let pool = &mut self.imported.pool;
        let sum = pool.sum(&pending.remove(&of).unwrap_or_default());
        let value = pool.simplify(sum);
        check_size(pool)?;
        check_written(pool, &[value])?;
        Ok(value)
    }

    /// A layer's adjoint by a name of its own: δ₂ of z₂.
    fn name_adjoint(&mut self, of: Id, value: Id) -> Id {
        let pool = &mut self.imported.pool;
        let name = pool.as_symbol(of).map(|symbol| symbol.name.clone()).unwrap_or_default();
        let digits: String = name.chars().filter(|c| c.is_numeric()).collect();
        let below = if digits.is_empty() { format!("_{name}") } else { digits };
        let dims = pool.dims(of).to_vec();
        let is_whole = pool.as_symbol(of).is_some_and(|symbol| symbol.is_whole);
        let symbol = pool.symbol(&format!("{}{below}", pool.letters.adjoint), Role::Defined(value), None, dims);
        if is_whole {
            pool.set_whole(symbol);
        }
        symbol
    }

    fn spread(&mut self, of: Id, adjoint: Id, wanted: &[Id], pending: &mut HashMap<Id, Vec<Id>>) {
        for (operand, part) in self.imported.pool.adjoints(of, adjoint, wanted) {
            let part = self.imported.pool.by_name(part);
            pending.entry(operand).or_default().push(part);
        }
    }

    /// An expression with all names written out.
    pub(crate) fn written_out(&mut self, id: Id) -> Id {
        let pool = &mut self.imported.pool;
        let mut full: HashMap<Id, Id> = HashMap::new();
        let named: Vec<(Id, Id)> = self
            .landmarks
            .iter()
            .map(|landmark| (landmark.symbol, landmark.definition))
            .chain(self.adjoints.iter().rev().filter_map(|adjoint| adjoint.name.map(|name| (name, adjoint.value))))
            .collect();
        for (symbol, definition) in named {
            let value = pool.replace(definition, &full);
            full.insert(symbol, value);
        }
        pool.replace(id, &full)
    }

    /// An expression with all names written out, simplified again if that is clearly shorter: what names hid may cancel.
    pub(crate) fn closed_form(&mut self, id: Id) -> Id {
        let full = self.written_out(id);
        let pool = &mut self.imported.pool;
        if full == id || pool.cost(full) > MOST_CHOSEN {
            return full;
        }
        let mut forms = vec![pool.simplify(full)];
        forms.extend(pool.with_factors_in_sum(full));
        let most = write(pool, full, View::All).size();
        let sizes: Vec<usize> = forms.iter().map(|&form| write(pool, form, View::All).size()).collect();
        let shorter =
            forms.into_iter().zip(sizes).filter(|&(form, size)| size + ROOM <= most && !is_fraction(pool, form));
        shorter.min_by_key(|&(_, size)| size).map_or(full, |(form, _)| form)
    }

    /// An expression with what names stand for that are no inputs: such names of given parts, too.
    pub(crate) fn of_inputs(&mut self, id: Id) -> Id {
        let full = self.written_out(id);
        let pool = &mut self.imported.pool;
        let mut known: HashMap<Id, Id> = HashMap::new();
        for symbol in reachable(pool, &[full]) {
            if let Some(definition) = defined(pool, symbol) {
                let value = pool.replace(definition, &known);
                known.insert(symbol, value);
            }
        }
        pool.replace(full, &known)
    }

    /// The expression if each row of the given matrices sums to 1, and their names; `None` if that changes nothing.
    pub(crate) fn with_rows_of_one(&mut self, id: Id) -> Option<(Id, Vec<Id>)> {
        let pool = &mut self.imported.pool;
        let one = pool.number(Number::ONE);
        let (mut ones, mut of) = (HashMap::new(), Vec::new());
        for node in pool.reachable(id) {
            let Node::Reduce(Reduction::Sum, axes, x) = pool.node(node) else { continue };
            let is_last = pool.has_rows(*x) && axes.len() == 1 && axes.first() == Some(&(pool.dims(*x).len() - 1));
            if is_last && pool.as_symbol(*x).is_some_and(|symbol| symbol.role == Role::Given) && pool.dims(*x).len() > 1
            {
                ones.insert(node, one);
                of.push(*x);
            }
        }
        if ones.is_empty() {
            return None;
        }
        let replaced = pool.replace(id, &ones);
        Some((pool.simplify(replaced), of))
    }
}
