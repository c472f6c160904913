//! Positive expressions by their logarithms: what `ln` makes of sums, products, quotients and powers of exponentials.
//!
//! A node is taken as a sum of terms `±w·eˡ`. An exponential, a probability, a density has a logarithm l of its own
//! ([`leaf`](Rewriter::log_of_leaf)); whatever else stands beside it is a weight w, whose sign nobody knows. Terms are closed under
//! products, powers and choices, sums of them under sums, so `ln` of all of these is built from the logarithms without forming an
//! exponential: `ln w + l` of a term, log-sum-exp of a sum, `a + ln(1 − e^(b − a))` of a difference, and log-sum-exp with weights
//! where there are some. An expression without exponentials is a weight as a whole and stays as it is.
//!
//! The forms of nodes are kept, and found with a stack of their own: however deep an expression, nothing recurses.

use super::Rewriter;
use super::atom::Atom;
use super::form::{Form, Known, Term};
use super::rewrite::{Rewrite, Rule, Rules, together};
use crate::graph::NodeId;
use crate::ops::{Binary, LaneOp, Lanewise, Op, Reduce, Unary, Weighted};
use crate::scalar::{Scalar, real};
use crate::shape::Axes;
use smallvec::{SmallVec, smallvec};

/// How many summands of a sum are looked at together; more are sums of sums.
const SUMMANDS: usize = 256;
/// How many terms a sum may take over from its summands.
const MOST_TERMS: usize = 16;

impl<T: Scalar> Rewriter<'_, T> {
    /// `ln x` in its log-domain form, if x has one.
    pub(super) fn log_of(&mut self, x: NodeId) -> Option<NodeId> {
        let Known { form, uses } = self.form(x);
        let log = self.ln_of_form(&form, x)?;
        self.note(uses);
        let log = self.fitted(log, x);
        self.logs_of.insert(log, Atom::Plain(x));
        Some(log)
    }

    /// `ln(1 + x)` in its log-domain form, if x has one.
    pub(super) fn log_of_one_plus(&mut self, x: NodeId) -> Option<NodeId> {
        let Known { form, uses } = self.form(x);
        if matches!(form, Form::Plain) {
            return None;
        }
        let one = self.number(T::one());
        let terms = [Term::plain(one)].into_iter().chain(self.terms_of(&form, x)).collect();
        let (form, more) = self.sum_of(terms, x)?;
        let log = self.ln_of_form(&form, x)?;
        self.note(together(uses, &more));
        let log = self.fitted(log, x);
        self.logs_of.insert(log, Atom::OnePlus(x));
        Some(log)
    }

    /// x as one term; what is no exponential is a weight.
    pub(super) fn term(&mut self, x: NodeId) -> Term {
        let form = self.form(x).form;
        let Term { negative, weight, log } = match form {
            Form::Plain => Term::plain(x),
            form => self.as_term(&form, x),
        };
        let [weight, log] = [weight, log].map(|part| part.map(|part| self.fitted(part, x)));
        Term { negative, weight, log }
    }

    /// l, if x is `eˡ`.
    pub(super) fn known_log(&mut self, x: NodeId) -> Option<NodeId> {
        match self.form(x).form {
            Form::Term(term) => Some(self.fitted(term.positive()?, x)),
            _ => None,
        }
    }

    /// The form of a node, whatever it owes itself to.
    pub(super) fn form_of(&mut self, x: NodeId) -> Form {
        self.form(x).form
    }

    fn note(&mut self, uses: Rules) {
        let source_line = self.source;
        self.applied.extend(uses.into_iter().map(|rule| rule.at(source_line)));
    }

    /// The form of a node. Those of its operands are found first.
    pub(super) fn form(&mut self, x: NodeId) -> Known {
        let mut stack = vec![x];
        while let Some(&id) = stack.last() {
            if self.forms.contains_key(&id) {
                stack.pop();
                continue;
            }
            let operands = self.operands_with_forms(id);
            let before = stack.len();
            stack.extend(operands.iter().filter(|operand| !self.forms.contains_key(*operand)));
            if stack.len() == before {
                let known = self.form_with_rules(id, &operands);
                self.forms.insert(id, known);
                stack.pop();
            }
        }
        self.forms.get(&x).cloned().unwrap_or(Known { form: Form::Plain, uses: Rules::new() })
    }

    /// The nodes whose forms decide that of a node.
    fn operands_with_forms(&self, id: NodeId) -> SmallVec<[NodeId; 4]> {
        let args = self.graph.args(id);
        let is_outside = self.algebraic.as_ref().is_some_and(|nodes| !nodes.contains(&id));
        if is_outside || self.scaled_sums.contains_key(&id) {
            return SmallVec::new();
        }
        match self.seen(id) {
            Some(Op::Binary(Binary::Add | Binary::Sub) | Op::Unary(Unary::Neg)) => {
                self.summands(id).into_iter().map(|(summand, _)| summand).collect()
            }
            Some(
                Op::Binary(Binary::Mul | Binary::Div | Binary::Maximum | Binary::Minimum)
                | Op::Binary(Binary::Hypot | Binary::HypotExcess | Binary::Direction)
                | Op::MatMul { strong: false, .. }
                | Op::Concatenate(_),
            ) => args.into(),
            Some(Op::Select) => args[1..].into(),
            Some(
                Op::Unary(Unary::Recip | Unary::Sqrt | Unary::Rsqrt | Unary::Cbrt | Unary::Abs)
                | Op::Binary(Binary::Pow)
                | Op::Powi(_)
                | Op::Powf(_)
                | Op::Reduce(Reduce::Sum | Reduce::Mean | Reduce::Max | Reduce::Min | Reduce::Prod | Reduce::Norm, _)
                | Op::Lanewise(Lanewise { op: LaneOp::CumSum, .. })
                | Op::Reshape
                | Op::Broadcast
                | Op::Permute(_)
                | Op::Slice(_)
                | Op::Gather,
            ) => smallvec![args[0]],
            _ => SmallVec::new(),
        }
    }

    /// The summands of a sum or difference, each with whether it is subtracted.
    pub(super) fn summands(&self, id: NodeId) -> SmallVec<[(NodeId, bool); 4]> {
        let mut open: SmallVec<[(NodeId, bool); 4]> = smallvec![(id, false)];
        let mut found = SmallVec::new();
        while let Some((node, negative)) = open.pop() {
            let is_whole = node == id || !self.forms.contains_key(&node) && found.len() + open.len() < SUMMANDS;
            match (self.seen(node), self.graph.args(node)) {
                (Some(Op::Unary(Unary::Neg)), &[a]) if is_whole => open.push((a, !negative)),
                (Some(Op::Binary(op @ (Binary::Add | Binary::Sub))), &[a, b]) if is_whole => {
                    open.push((b, negative != (op == Binary::Sub)));
                    open.push((a, negative));
                }
                _ => found.push((node, negative)),
            }
        }
        found
    }

    /// The form of a node, and all rules it owes itself to: those for what was made on the way count once the form is used.
    fn form_with_rules(&mut self, id: NodeId, operands: &[NodeId]) -> Known {
        let before = self.applied.len();
        let Known { form, uses } = self.form_from_operands(id, operands);
        let on_the_way: Rules = self.applied.drain(before..).map(|applied| applied.into()).collect();
        Known { form, uses: together(uses, &on_the_way) }
    }

    fn form_from_operands(&mut self, id: NodeId, operands: &[NodeId]) -> Known {
        let plain = Known { form: Form::Plain, uses: Rules::new() };
        let Some(op) = self.seen(id) else { return plain };
        if let Some(&sum) = self.scaled_sums.get(&id) {
            return self.form_of_scaled(sum);
        }
        if self.algebraic.is_some()
            && let Some(known) = self.power_as_exponential(id)
        {
            return known;
        }
        let at_once = match op {
            Op::Binary(Binary::Add | Binary::Sub) if operands.len() == 2 => self.difference_of_probabilities(id),
            op => self.leaf(id, op),
        };
        if let Some((form, uses)) = at_once {
            return Known { form, uses };
        }
        let known = |operand: &NodeId| self.forms.get(operand);
        let exponentials = operands.iter().filter_map(known).filter(|known| !matches!(known.form, Form::Plain));
        let uses = exponentials.map(|known| known.uses.clone()).reduce(|uses, more| together(uses, &more));
        let Some(uses) = uses else { return plain };
        let Some((form, more)) = self.composed(id, op) else { return plain };
        Known { form, uses: together(uses, &more) }
    }

    /// The form of an operation on exponentials.
    fn composed(&mut self, id: NodeId, op: Op) -> Option<(Form, Rules)> {
        match op {
            Op::Binary(Binary::Add | Binary::Sub) | Op::Unary(Unary::Neg) => {
                let mut terms = Vec::new();
                for (summand, negative) in self.summands(id) {
                    let form = self.form(summand).form;
                    let parts = match &form {
                        Form::Plain => vec![self.term_in_range(summand)],
                        // In a recursion every step would have the terms of all before it.
                        Form::Sum(parts) if terms.len() + parts.len() > MOST_TERMS => {
                            vec![self.as_term(&form, summand)]
                        }
                        form => self.terms_of(form, summand),
                    };
                    terms.extend(parts.into_iter().map(|term| Term { negative: term.negative != negative, ..term }));
                }
                self.sum_of(terms, id)
            }
            Op::Reduce(reduce @ (Reduce::Sum | Reduce::Mean), axes) => self.reduced(id, reduce, axes),
            Op::MatMul { ta, tb, .. } => self.product_of_vectors(id, [ta, tb]),
            _ => {
                let term = self.composed_term(id, op)?;
                let rewrite = match op {
                    Op::Reshape | Op::Broadcast | Op::Permute(_) | Op::Slice(_) | Op::Gather | Op::Concatenate(_) => {
                        return Some((Form::Term(term), Rules::new()));
                    }
                    Op::Select
                    | Op::Binary(Binary::Maximum | Binary::Minimum)
                    | Op::Reduce(Reduce::Max | Reduce::Min, _) => Rewrite::LnSelect,
                    Op::Lanewise(_) => Rewrite::CumLogSumExp,
                    _ => Rewrite::LnProduct,
                };
                self.if_on(rewrite, Form::Term(term))
            }
        }
    }

    /// A form that owes itself to `rule`, if its rewrite is switched on.
    pub(super) fn if_on(&self, rule: impl Into<Rule>, form: Form) -> Option<(Form, Rules)> {
        let rule = rule.into();
        self.rewrites.contains(rule.rewrite).then(|| (form, Rules::from_elem(rule, 1)))
    }

    /// The terms of a form, of a node that `like` is.
    pub(super) fn terms_of(&mut self, form: &Form, like: NodeId) -> Vec<Term> {
        match form {
            Form::Sum(terms) => terms.to_vec(),
            form => vec![self.as_term(form, like)],
        }
    }

    /// A form as one term: of a sum of unknown sign, the sign is the weight (of a value: the sum in units of its size).
    pub(super) fn as_term(&mut self, form: &Form, like: NodeId) -> Term {
        match form {
            Form::Plain => Term::plain(like),
            Form::Term(term) => *term,
            Form::Reduced { x, w, axes } => self.sign_and_log(*x, *w, *axes),
            Form::Sum(terms) => {
                if let Some((plus, minus)) = self.of_known_signs(terms, like) {
                    return self.larger_and_rest(plus, minus);
                }
                match self.stacked(terms, like) {
                    Some((x, w)) => self.sign_and_log(x, w, Axes::NONE.with(self.graph.shape(like).ndim())),
                    None => Term::plain(like),
                }
            }
        }
    }

    /// `eᵃ − eᵇ` as the larger of the two times what is left of 1.
    fn larger_and_rest(&mut self, a: NodeId, b: NodeId) -> Term {
        let distance = self.difference_apart(a, b);
        let zero = self.number(T::zero());
        let is_first = self.make(Op::Binary(Binary::Ge), &[distance, zero]);
        let back = self.negated(distance);
        let [of_second, rest] = [distance, back].map(|exponent| self.make(Op::Unary(Unary::ExpM1), &[exponent]));
        let of_first = self.negated(rest);
        let weight = Some(self.make(Op::Select, &[is_first, of_first, of_second]));
        let log = Some(self.make(Op::Select, &[is_first, a, b]));
        Term { negative: false, weight, log }
    }

    /// `Σ w·eˣ` by its sign and the logarithm of its size.
    pub(super) fn sign_and_log(&mut self, x: NodeId, w: NodeId, axes: Axes) -> Term {
        if self.of_values {
            return self.scaled_sum(x, w, axes);
        }
        let [weight, log] =
            [Weighted::Sign, Weighted::LogAbs].map(|part| Some(self.make(Op::Weighted(part, axes), &[x, w])));
        Term { negative: false, weight, log }
    }

    /// `ln` of a form, if it has one; `like` is of its shape.
    pub(super) fn ln_of_form(&mut self, form: &Form, like: NodeId) -> Option<NodeId> {
        match form {
            Form::Plain => None,
            Form::Term(term) => self.ln_of_term(*term),
            Form::Reduced { x, w, axes } => Some(self.make(Op::Weighted(Weighted::LogSumExp, *axes), &[*x, *w])),
            Form::Sum(terms) => {
                if let Some((plus, minus)) = self.of_known_signs(terms, like) {
                    let rest = self.log1mexp_of_difference(plus, minus);
                    return Some(self.total(plus, rest));
                }
                let (x, w) = self.stacked(terms, like)?;
                let axes = Axes::NONE.with(self.graph.shape(like).ndim());
                Some(self.make(Op::Weighted(Weighted::LogSumExp, axes), &[x, w]))
            }
        }
    }

    fn ln_of_term(&mut self, term: Term) -> Option<NodeId> {
        let log = term.log?;
        let term = self.with_log_of_weight(term);
        match term.positive() {
            Some(log) => Some(log),
            // The logarithm of a negative number stays what it is.
            None if term.weight.is_none() => None,
            None => {
                let weight = self.signed_weight(term);
                let ln_weight = self.ln_of_weight(weight);
                Some(self.total(log, ln_weight))
            }
        }
    }

    /// `ln` of a weight: by its own form if that is a sum, else as it is, since splitting a product would lead back to it.
    fn ln_of_weight(&mut self, weight: NodeId) -> NodeId {
        let form = self.form_of(weight);
        if matches!(form, Form::Sum(_))
            && let Some(log) = self.ln_of_form(&form, weight)
        {
            return log;
        }
        let ln = Op::Unary(Unary::Ln);
        match form {
            Form::Plain => self.make(ln, &[weight]),
            _ => self.as_it_is(|rewriter| rewriter.make(ln, &[weight])),
        }
    }

    /// The weight with the term's sign; 1 where there is none.
    pub(super) fn signed_weight(&mut self, term: Term) -> NodeId {
        match (term.weight, term.negative) {
            (Some(weight), true) => self.negated(weight),
            (Some(weight), false) => weight,
            (None, negative) => self.number(if negative { -T::one() } else { T::one() }),
        }
    }

    /// The term with a weight that is known to be positive, or a number, made part of the exponent.
    pub(super) fn with_log_of_weight(&mut self, term: Term) -> Term {
        let Some(weight) = term.weight else { return term };
        let (log_weight, negative) = match self.seen_number(weight) {
            Some(number) if number != T::zero() => (self.number(number.abs().ln()), number < T::zero()),
            Some(_) => return term,
            None if self.is_positive_constant(weight) => (self.make(Op::Unary(Unary::Ln), &[weight]), false),
            None => return term,
        };
        let log = match term.log {
            Some(log) => self.total(log, log_weight),
            None => log_weight,
        };
        Term { negative: term.negative != negative, weight: None, log: Some(log) }
    }

    /// Whether a node is an array of constants, all of them positive, or 0 (whose logarithm is then that of nothing).
    pub(super) fn is_positive_constant(&self, x: NodeId) -> bool {
        let mut x = x;
        while let Some(Op::Reshape | Op::Broadcast) = self.seen(x) {
            x = self.graph.args(x)[0];
        }
        match self.seen(x) {
            Some(Op::Constant(index)) => self.graph.constants[index as usize].iter().all(|&c| c >= T::zero()),
            Some(Op::Scalar(index)) => self.graph.payloads.scalar(index) > T::zero(),
            _ => false,
        }
    }

    /// `a + b`.
    pub(super) fn total(&mut self, a: NodeId, b: NodeId) -> NodeId {
        match (self.graph.scalar_value(a), self.graph.scalar_value(b)) {
            (Some(zero), _) if zero == T::zero() => b,
            (_, Some(zero)) if zero == T::zero() => a,
            _ => self.make(Op::Binary(Binary::Add), &[a, b]),
        }
    }

    /// `a − b`.
    pub(super) fn difference(&mut self, a: NodeId, b: NodeId) -> NodeId {
        match (self.graph.scalar_value(a), self.graph.scalar_value(b)) {
            (Some(zero), _) if zero == T::zero() => self.negated(b),
            (_, Some(zero)) if zero == T::zero() => a,
            _ => self.make(Op::Binary(Binary::Sub), &[a, b]),
        }
    }

    /// `factor·x`.
    pub(super) fn multiple(&mut self, factor: f64, x: NodeId) -> NodeId {
        self.multiple_of(real(factor), x)
    }

    /// As [`multiple`](Self::multiple), for a factor with all digits of the scalar.
    pub(super) fn multiple_of(&mut self, factor: T, x: NodeId) -> NodeId {
        if factor.abs() == T::one() {
            return if factor > T::zero() { x } else { self.negated(x) };
        }
        let factor = self.number(factor);
        self.make(Op::Binary(Binary::Mul), &[factor, x])
    }

    /// x, of the shape of `like` unless it is a single number.
    pub(super) fn fitted(&mut self, x: NodeId, like: NodeId) -> NodeId {
        if self.graph.shape(x).is_scalar() { x } else { self.stretched(x, like) }
    }

    /// x of the shape of `like`.
    pub(super) fn stretched(&mut self, x: NodeId, like: NodeId) -> NodeId {
        let shape = self.graph.node(like).shape;
        if self.graph.node(x).shape == shape { x } else { self.make_as(Op::Broadcast, &[x], shape) }
    }
}
