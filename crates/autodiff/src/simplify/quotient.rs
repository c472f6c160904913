//! Quotients of exponentials: a softmax written by hand, as a quotient or as `x − ln Σ eˣ`.

use super::Rewriter;
use super::form::{Form, Term};
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Normalise, Op, Reduce, Unary, Weighted};
use crate::scalar::Scalar;
use crate::shape::Axes;

/// How many summands of a logarithm of a sum are looked at.
const MOST_SUMMANDS: usize = 16;
/// How deep elements are followed to the array they are of.
const MOST_DEPTH: usize = 4;

/// Nodes that only move elements.
type Moves = smallvec::SmallVec<[NodeId; MOST_DEPTH]>;

impl<T: Scalar> Rewriter<'_, T> {
    /// `a/b` for a sum of exponentials b, or for exponentials a and b: neither overflows.
    pub(super) fn stable_quotient(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        if !self.rewrites.contains(Rewrite::Softmax) {
            return None;
        }
        let sum = self.without_layout(b);
        let is_sum = match self.seen(sum)? {
            Op::Binary(Binary::Add) | Op::Reduce(Reduce::Sum | Reduce::Mean, _) => true,
            Op::Unary(Unary::Exp) => false,
            _ if self.is_power_of_sum(sum) => true,
            _ => return None,
        };
        let log_sum = match self.form_of(b) {
            Form::Plain => return None,
            Form::Sum(terms) => return self.share_of_term(a, &terms, b),
            _ => self.known_log(b),
        };
        let numerator = self.term(a);
        if numerator.log.is_none() && !is_sum {
            return None;
        }
        let Some(log_sum) = log_sum else { return self.weighted_share(numerator, sum, b) };
        self.apply(Rewrite::Softmax)?;
        let terms = match numerator.weight {
            None => vec![numerator],
            Some(_) => self.terms_of_value(a, MOST_SUMMANDS),
        };
        let zero = self.number(T::zero());
        let shares = terms.into_iter().map(|term| {
            let [weight, log] = [term.weight, term.log].map(|part| part.map(|part| self.fitted(part, a)));
            let share = self.share(log.unwrap_or(zero), sum, log_sum, b);
            let weight = self.signed_weight(Term { weight, ..term });
            let is_one = self.is_number(weight, T::one());
            if is_one {
                share
            } else {
                self.as_it_is(|rewriter| rewriter.make(Op::Binary(Binary::Mul), &[weight, share]))
            }
        });
        let shares: Vec<NodeId> = shares.collect();
        let add = |total, share| self.as_it_is(|rewriter| rewriter.make(Op::Binary(Binary::Add), &[total, share]));
        shares.into_iter().reduce(add)
    }

    /// `e^log/e^log_sum`, where the sum is of `sum` and stretched as `denominator`.
    fn share(&mut self, log: NodeId, sum: NodeId, log_sum: NodeId, denominator: NodeId) -> NodeId {
        // The sum of the same exponentials with other weights.
        let is_log_sum = matches!(self.seen(log), Some(Op::Reduce(Reduce::LogSumExp, _)));
        if is_log_sum && self.same(log, log_sum) && self.graph.node(log).shape == self.graph.node(denominator).shape {
            let one = self.number(T::one());
            return self.stretched(one, denominator);
        }
        if let Some(axes) = self.normalised_along(log, log_sum, denominator) {
            return self.make(Op::Normalise(Normalise::Softmax, axes), &[log]);
        }
        if sum == denominator
            && let Some(share) = self.share_of_summand(log, sum)
        {
            return share;
        }
        let difference = self.difference(log, log_sum);
        self.make(Op::Unary(Unary::Exp), &[difference])
    }

    /// `eˣ/(eˣ + eʸ + …)` is `σ(x − ln(eʸ + …))`.
    fn share_of_summand(&mut self, log: NodeId, sum: NodeId) -> Option<NodeId> {
        let summands = self.summands(sum);
        let mut logs = Vec::new();
        for &(summand, negative) in &summands {
            let term = self.term(summand);
            logs.push(self.with_log_of_weight(term).positive().filter(|_| !negative)?);
        }
        let place = logs.iter().position(|&other| self.same(other, log))?;
        logs.remove(place);
        let others = self.log_sum(&logs, sum);
        let is_zero = |rewriter: &Self, x: NodeId| rewriter.graph.scalar_value(x) == Some(T::zero());
        if is_zero(self, others) {
            return Some(self.make(Op::Unary(Unary::Sigmoid), &[log]));
        }
        if is_zero(self, log) {
            let minus = self.negated(others);
            return Some(self.make(Op::Unary(Unary::Sigmoid), &[minus]));
        }
        Some(self.make(Op::Binary(Binary::LogaddexpWeight), &[log, others]))
    }

    /// `v·eˣ/(v·eˣ + Σ w·eʸ)` for weights whose sign nobody knows, as `1/(1 + Σ (w/v)·eʸ⁻ˣ)`.
    fn share_of_term(&mut self, a: NodeId, terms: &[Term], b: NodeId) -> Option<NodeId> {
        let numerator = self.term(a);
        let numerator = self.with_log_of_weight(numerator);
        let log = numerator.log?;
        let is_it = |rewriter: &Self, term: &Term| {
            let [left, right] = [term.weight, numerator.weight];
            term.negative == numerator.negative
                && term.log.is_some_and(|other| rewriter.same(other, log))
                && (left == right || left.zip(right).is_some_and(|(left, right)| rewriter.same(left, right)))
        };
        let place = terms.iter().position(|term| is_it(self, term))?;
        let zero = self.number(T::zero());
        let mut ratios = vec![Term::exponential(zero)];
        for (_, &term) in terms.iter().enumerate().filter(|&(other, _)| other != place) {
            let rest = Term { log: Some(term.log.unwrap_or(zero)), ..term };
            ratios.push(self.product(Binary::Div, rest, numerator));
        }
        let (form, _) = self.sum_of(ratios, b)?;
        let sum = self.as_term(&form, b);
        let log = sum.log?;
        self.apply(Rewrite::Softmax.by("eᵃ/(eᵃ + w·eᵇ) → 1/(1 + w·e^(b − a))"))?;
        let log = self.negated(log);
        let size = self.make(Op::Unary(Unary::Exp), &[log]);
        // The sum may be negative: its sign is the weight.
        let weight = self.signed_weight(sum);
        let is_one = self.is_number(weight, T::one());
        Some(if is_one { size } else { self.make(Op::Binary(Binary::Div), &[size, weight]) })
    }

    /// `ln(eᵃ + eᵇ + …) − a` as `softplus(ln(eᵇ + …) − a)`.
    pub(super) fn log_sum_less_summand(&mut self, sum: NodeId, a: NodeId) -> Option<NodeId> {
        const LOG_ADD: Op = Op::Binary(Binary::Logaddexp);
        const SOFTPLUS: Op = Op::Unary(Unary::Softplus);
        if !matches!(self.seen(sum)?, LOG_ADD | SOFTPLUS) || !self.rewrites.contains(Rewrite::Softplus) {
            return None;
        }
        let zero = self.number(T::zero());
        let (mut open, mut summands) = (vec![sum], Vec::new());
        while let Some(node) = open.pop() {
            match (self.seen(node), self.graph.args(node)) {
                (Some(LOG_ADD), &[x, y]) => open.extend([x, y]),
                (Some(SOFTPLUS), &[z]) => summands.extend([z, zero]),
                _ => summands.push(node),
            }
            if open.len() + summands.len() > MOST_SUMMANDS {
                return None;
            }
        }
        let place = summands.iter().position(|&summand| self.same(summand, a))?;
        summands.remove(place);
        self.apply(Rewrite::Softplus.by("ln(eᵃ + eᵇ) − a → softplus(b − a)"))?;
        let others = self.log_sum(&summands, sum);
        let distance = self.difference(others, a);
        Some(self.make(SOFTPLUS, &[distance]))
    }

    /// `x − ln Σ eʸ` of one number ln Σ eʸ, where x are elements of y, or of what a constant is added to.
    fn log_softmax_of_elements(&mut self, x: NodeId, log_sum: NodeId) -> Option<NodeId> {
        if !self.graph.shape(log_sum).is_scalar() {
            return None;
        }
        let reduced = self.without_layout(log_sum);
        let Op::Reduce(Reduce::LogSumExp, axes) = self.seen(reduced)? else { return None };
        let y = self.graph.args(reduced)[0];
        if self.graph.shape(y).has_rows() || self.graph.shape(y).reduce(axes, false).row_len() != 1 {
            return None;
        }
        let whole = self.moves(x, y, MOST_DEPTH).map(|moves| (moves, y, None));
        let (moves, part, shift) = whole.or_else(|| {
            let (Op::Binary(Binary::Add), &[a, b]) = (self.seen(y)?, self.graph.args(y)) else { return None };
            [(a, b), (b, a)].into_iter().find_map(|(part, shift)| {
                let fits = self.graph.node(part).shape == self.graph.node(y).shape;
                let mut part = part;
                while self.seen(part) == Some(Op::Reshape) {
                    part = self.graph.args(part)[0];
                }
                fits.then(|| Some((self.moves(x, part, MOST_DEPTH)?, part, Some(shift))))?
            })
        })?;
        self.apply(Rewrite::LogSoftmax.by("x − ln(Σ eˣ) → log_softmax(x)"))?;
        let log = self.make(Op::Normalise(Normalise::LogSoftmax, axes), &[y]);
        let shape = self.graph.node(part).shape;
        let taken = |rewriter: &mut Self, from: NodeId| {
            let whole = rewriter.stretched(from, y);
            let is_laid_out = rewriter.graph.node(whole).shape == shape;
            let whole = if is_laid_out { whole } else { rewriter.make_as(Op::Reshape, &[whole], shape) };
            rewriter.moved(whole, &moves)
        };
        let log = taken(self, log);
        Some(match shift {
            Some(shift) => {
                let shift = taken(self, shift);
                self.difference(log, shift)
            }
            None => log,
        })
    }

    /// The operations that take x out of y, in order: none that changes a number.
    fn moves(&self, x: NodeId, y: NodeId, depth: usize) -> Option<Moves> {
        let (mut moves, mut base) = (Moves::new(), x);
        loop {
            if self.graph.node(base).shape == self.graph.node(y).shape && self.same(base, y) {
                moves.reverse();
                return Some(moves);
            }
            match self.seen(base)? {
                Op::Slice(_) | Op::Gather | Op::Reshape | Op::Permute(_) if moves.len() < MOST_DEPTH => {
                    moves.push(base);
                    base = self.graph.args(base)[0];
                }
                _ => break,
            }
        }
        // The same operation on what is taken out of its operands.
        let (op, depth) = (self.seen(x)?, depth.checked_sub(1)?);
        if self.seen(y)? != op || !op.is_elementwise() {
            return None;
        }
        let mut common: Option<Moves> = None;
        for (&a, &b) in self.graph.args(x).iter().zip(self.graph.args(y)) {
            if self.graph.shape(b).is_scalar() && self.same(a, b) {
                continue;
            }
            let moves = self.moves(a, b, depth)?;
            let are_same = |other: &Moves| {
                let same_op = |(&a, &b): (&NodeId, &NodeId)| self.same_op(self.graph.op(a), self.graph.op(b));
                other.len() == moves.len() && other.iter().zip(&moves).all(same_op)
            };
            if common.as_ref().is_some_and(|other| !are_same(other)) {
                return None;
            }
            common = Some(moves);
        }
        common
    }

    /// What the operations take out of x.
    fn moved(&mut self, x: NodeId, moves: &[NodeId]) -> NodeId {
        moves.iter().fold(x, |x, &step| {
            let (op, shape) = (self.graph.op(step), self.graph.node(step).shape);
            let mut args: smallvec::SmallVec<[NodeId; 2]> = self.graph.args(step).into();
            args[0] = x;
            self.make_as(op, &args, shape)
        })
    }

    /// `c·a/(a + b)` as `c·(a/(a + b))`, the a being one node: the derivative of the share is taken as a whole.
    pub(super) fn share_apart(&mut self, numerator: NodeId, sum: NodeId) -> Option<NodeId> {
        const ADD: Op = Op::Binary(Binary::Add);
        let (ADD, &[p, q]) = (self.seen(sum)?, self.graph.args(sum)) else { return None };
        if [p, q].contains(&numerator) {
            return None;
        }
        let part = |rewriter: &Self, x: NodeId| {
            let is_variable = rewriter.graph.scalar_value(x).is_none();
            [p, q].into_iter().find(|&part| is_variable && rewriter.same(part, x))
        };
        let (factor, part) = if let Some(part) = part(self, numerator) {
            (None, part)
        } else {
            let (Op::Binary(Binary::Mul), &[x, y]) = (self.seen(numerator)?, self.graph.args(numerator)) else {
                return None;
            };
            match (part(self, x), part(self, y)) {
                (Some(part), _) => (Some(y), part),
                (None, part) => (Some(x), part?),
            }
        };
        let share = self.make(Op::Binary(Binary::Div), &[part, sum]);
        Some(match factor {
            Some(factor) => self.make(Op::Binary(Binary::Mul), &[factor, share]),
            None => share,
        })
    }

    /// `w·eˣ/Σ w·eˣ` for weights whose sign nobody knows.
    fn weighted_share(&mut self, numerator: Term, sum: NodeId, denominator: NodeId) -> Option<NodeId> {
        let Form::Reduced { x, w, axes } = self.form_of(sum) else { return None };
        let (log, weight) = (numerator.log?, numerator.weight?);
        let (log, weight) = (self.stretched_like(log, x)?, self.stretched_like(weight, w)?);
        if numerator.negative || !self.same(log, x) || !self.same(weight, w) || !self.is_kept_axis(denominator, x, axes)
        {
            return None;
        }
        self.apply(Rewrite::Softmax.by("w·eˣ/Σ w·eˣ → softmax_weighted(x, w)"))?;
        Some(self.make(Op::Weighted(Weighted::Part, axes), &[x, w]))
    }

    /// x of the shape of `like`, if it is that or a single number.
    fn stretched_like(&mut self, x: NodeId, like: NodeId) -> Option<NodeId> {
        let fits = self.graph.shape(x).is_scalar() || self.graph.node(x).shape == self.graph.node(like).shape;
        fits.then(|| self.stretched(x, like))
    }

    /// `x − ln Σ eˣ` as `log_softmax(x)`.
    pub(super) fn log_softmax_by_hand(&mut self, x: NodeId, log_sum: NodeId) -> Option<NodeId> {
        let Some(axes) = self.normalised_along(x, log_sum, log_sum) else {
            return self.log_softmax_of_elements(x, log_sum);
        };
        self.apply(Rewrite::LogSoftmax.by("x − ln(Σ eˣ) → log_softmax(x)"))?;
        Some(self.make(Op::Normalise(Normalise::LogSoftmax, axes), &[x]))
    }

    /// The axes along which `log_sum` is log-sum-exp of x, if it stands beside x as x's own lanes do; it is stretched as `stretched`.
    fn normalised_along(&self, x: NodeId, log_sum: NodeId, stretched: NodeId) -> Option<Axes> {
        let reduced = self.without_layout(log_sum);
        let Some(Op::Reduce(Reduce::LogSumExp, axes)) = self.seen(reduced) else { return None };
        let summed = self.graph.args(reduced)[0];
        let is_it = self.graph.node(summed).shape == self.graph.node(x).shape
            && self.same(summed, x)
            && self.is_kept_axis(stretched, x, axes);
        is_it.then_some(axes)
    }

    /// Whether `reduced`, a reduction of x along axes under some layout, meets the lanes of x that it is of when both are broadcast.
    pub(super) fn is_kept_axis(&self, reduced: NodeId, x: NodeId, axes: Axes) -> bool {
        // Before it was stretched, if it was: then axes of length 1 stand for those reduced.
        let mut reduced = reduced;
        while self.seen(reduced) == Some(Op::Broadcast) {
            reduced = self.graph.args(reduced)[0];
        }
        let (part, whole) = (self.graph.shape(reduced), self.graph.shape(x));
        let Some(gap) = whole.ndim().checked_sub(part.ndim()) else { return false };
        (0..whole.ndim()).all(|axis| {
            let len = if axis < gap { Some(1) } else { part.len_of(axis - gap) };
            if axes.contains(axis) { len == Some(1) } else { len == whole.len_of(axis) }
        })
    }

    /// The node under reshapes and stretches.
    pub(super) fn without_layout(&self, x: NodeId) -> NodeId {
        let mut x = x;
        while let Some(Op::Reshape | Op::Broadcast) = self.seen(x) {
            x = self.graph.args(x)[0];
        }
        x
    }

    /// Whether operations are the same, with what they carry.
    fn same_op(&self, a: Op, b: Op) -> bool {
        let payloads = &self.graph.payloads;
        match (a, b) {
            (Op::Slice(a), Op::Slice(b)) => payloads.slices(a) == payloads.slices(b),
            (Op::Permute(a), Op::Permute(b)) => payloads.permutation(a) == payloads.permutation(b),
            (Op::Powf(a), Op::Powf(b)) => payloads.scalar(a) == payloads.scalar(b),
            (a, b) => a == b,
        }
    }

    /// Whether two nodes compute the same, as far as comparing a few operations shows.
    pub(super) fn same(&self, a: NodeId, b: NodeId) -> bool {
        let mut open: smallvec::SmallVec<[(NodeId, NodeId); 8]> = smallvec::smallvec![(a, b)];
        let mut looked_at = 0;
        while let Some((a, b)) = open.pop() {
            if a == b {
                continue;
            }
            looked_at += 1;
            let (left, right) = (self.graph.node(a), self.graph.node(b));
            let numbers = (self.graph.scalar_value(a), self.graph.scalar_value(b));
            if let (Some(left), Some(right)) = numbers
                && left == right
            {
                continue;
            }
            let (args, others) = (self.graph.args(a), self.graph.args(b));
            let is_leaf = args.is_empty() || args.len() != others.len();
            if looked_at > 16 || is_leaf || left.shape != right.shape || !self.same_op(left.op, right.op) {
                return false;
            }
            open.extend(args.iter().copied().zip(others.iter().copied()));
        }
        true
    }
}
