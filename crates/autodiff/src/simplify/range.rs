//! Logarithms of expressions whose powers leave the range of the numbers: `ln(1/(1 + a²) + ½/(1 + b²))`. Where the expression is huge,
//! tiny or not defined for its parts being infinite, its logarithm is taken of those of its powers; elsewhere it stays as it is.

use super::Rewriter;
use super::atom::Atom;
use super::form::{Algebraic, Form, Known, NODES, Term};
use super::monomial::Monomial;
use super::rewrite::{Rewrite, Rules};
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Unary};
use crate::scalar::{Scalar, real};

impl<T: Scalar> Rewriter<'_, T> {
    /// `ln x`, which is `near` where x is moderate.
    pub(super) fn ln_in_range(&mut self, x: NodeId, near: Option<NodeId>) -> Option<NodeId> {
        let Some(far) = self.by_powers(x, |rewriter| {
            let form = rewriter.form_of(x);
            rewriter.ln_of_form(&form, x)
        }) else {
            return near;
        };
        let near = near.unwrap_or_else(|| self.as_it_is(|rewriter| rewriter.unary(Unary::Ln, x)));
        let is_near = self.is_moderate(x);
        let log = self.make(Op::Select, &[is_near, near, far]);
        self.logs_of.insert(log, Atom::Plain(x));
        Some(log)
    }

    /// `ln(1 + x)`, as it stands where x is moderate.
    pub(super) fn ln_1p_in_range(&mut self, x: NodeId) -> Option<NodeId> {
        let far = self.by_powers(x, |rewriter| {
            let form = rewriter.form_of(x);
            let one = rewriter.number(T::one());
            let terms = [Term::plain(one)].into_iter().chain(rewriter.terms_of(&form, x)).collect();
            let (form, _) = rewriter.sum_of(terms, x)?;
            rewriter.ln_of_form(&form, x)
        })?;
        let near = self.as_it_is(|rewriter| rewriter.unary(Unary::Ln1p, x));
        let (size, high) = (self.unary(Unary::Abs, x), self.number(high_bound()));
        let is_near = self.make(Op::Binary(Binary::Lt), &[size, high]);
        let log = self.make(Op::Select, &[is_near, near, far]);
        self.logs_of.insert(log, Atom::OnePlus(x));
        Some(log)
    }

    /// `a/b`, where a is a summand of b but for a number and b is a sum of powers that may leave the range.
    pub(super) fn share_in_range(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        if self.seen(b)? != Op::Binary(Binary::Add) || !self.has_powers(a) || !matches!(self.form_of(b), Form::Plain) {
            return None;
        }
        let is_part = |&(part, _): &(NodeId, bool)| self.quotient_of_monomials(a, part).factors.is_empty();
        if !self.summands(b).iter().any(is_part) {
            return None;
        }
        let near = match self.share_apart(a, b) {
            Some(share) => share,
            None => self.as_it_is(|rewriter| rewriter.make(Op::Binary(Binary::Div), &[a, b])),
        };
        let far = self.by_powers(near, |rewriter| {
            let [of_a, of_b] = [a, b].map(|x| rewriter.term(x));
            let share = rewriter.product(Binary::Div, of_a, of_b);
            let (weight, power) = (rewriter.signed_weight(share), rewriter.unary(Unary::Exp, share.log?));
            Some(rewriter.make(Op::Binary(Binary::Mul), &[weight, power]))
        })?;
        let is_near = self.is_moderate(b);
        let share = self.make(Op::Select, &[is_near, near, far]);
        self.shares.insert(share, near);
        Some(share)
    }

    /// A summand without exponentials as a term that stays in range.
    pub(super) fn term_in_range(&mut self, x: NodeId) -> Term {
        let found = self.by_powers(x, |rewriter| {
            let form = rewriter.form_of(x);
            let term = (!matches!(form, Form::Plain)).then(|| rewriter.as_term(&form, x))?;
            let weight = rewriter.signed_weight(term);
            Some((rewriter.fitted(weight, x), rewriter.fitted(term.log?, x)))
        });
        let Some((weight, log)) = found else { return Term::plain(x) };
        let (is_near, zero) = (self.is_moderate(x), self.number(T::zero()));
        let weight = self.make(Op::Select, &[is_near, x, weight]);
        let log = self.make(Op::Select, &[is_near, zero, log]);
        Term { negative: false, weight: Some(weight), log: Some(log) }
    }

    /// What `build` makes of x where its powers are exponentials, if there are some.
    fn by_powers<R>(&mut self, x: NodeId, build: impl FnOnce(&mut Self) -> Option<R>) -> Option<R> {
        if self.algebraic.is_some() || !self.rewrites.contains(Rewrite::LnPower) {
            return None;
        }
        let nodes = self.algebraic_nodes(x)?;
        self.algebraic = Some(nodes);
        let forms = std::mem::take(&mut self.forms);
        let built = build(self);
        (self.algebraic, self.forms) = (None, forms);
        if built.is_some() {
            self.apply(Rewrite::LnPower)?;
        }
        built
    }

    fn is_moderate(&mut self, x: NodeId) -> NodeId {
        let high = high_bound::<T>();
        let (size, low, high) = (self.unary(Unary::Abs, x), self.number(high.recip()), self.number(high));
        let is_large = self.make(Op::Binary(Binary::Gt), &[size, low]);
        let is_small = self.make(Op::Binary(Binary::Lt), &[size, high]);
        self.make(Op::Binary(Binary::Mul), &[is_large, is_small])
    }

    /// Whether an expression is made of powers by arithmetic.
    pub(super) fn has_powers(&self, x: NodeId) -> bool {
        self.algebraic_nodes(x).is_some()
    }

    /// The nodes that an expression is made of by arithmetic, if there are powers among them.
    fn algebraic_nodes(&self, x: NodeId) -> Option<Algebraic> {
        let (mut found, mut open) = (Algebraic::new(), Algebraic::from_slice(&[x]));
        let mut has_power = false;
        while let Some(node) = open.pop() {
            if found.len() + open.len() >= NODES {
                break;
            }
            let args = self.graph.args(node);
            let is_inner = match self.seen(node) {
                Some(Op::Powi(n)) if n.abs() > 1 => {
                    has_power = true;
                    true
                }
                Some(Op::Powf(_)) => {
                    has_power = true;
                    true
                }
                Some(Op::Binary(Binary::Mul)) => {
                    has_power |= self.has_repeated_factor(node);
                    true
                }
                Some(Op::Binary(Binary::Add | Binary::Sub | Binary::Div)) => true,
                Some(Op::Unary(Unary::Neg | Unary::Recip | Unary::Sqrt) | Op::Broadcast) => true,
                _ => false,
            };
            if is_inner && !found.contains(&node) {
                found.push(node);
                open.extend(args.iter().copied());
            }
        }
        has_power.then_some(found)
    }

    fn has_repeated_factor(&self, product: NodeId) -> bool {
        self.monomial(product).factors.iter().any(|&(_, count)| count.abs() > 1)
    }

    /// A power of what has no exponentials in it, or a product with one, as an exponential.
    pub(super) fn power_as_exponential(&mut self, id: NodeId) -> Option<Known> {
        let (op, args) = (self.seen(id)?, self.graph.args(id));
        let x = *args.first()?;
        let is_plain =
            |rewriter: &Self, x: NodeId| matches!(rewriter.forms.get(&x), None | Some(Known { form: Form::Plain, .. }));
        let term = match op {
            Op::Powi(n) if n != 0 && is_plain(self, x) => self.power_term(x, n),
            Op::Powf(_) if is_plain(self, x) => {
                let (p, log) = (self.exponent(op)?, self.unary(Unary::Ln, x));
                Term::exponential(self.times(p, log))
            }
            Op::Binary(Binary::Mul) if self.has_repeated_factor(id) => {
                let Monomial { number, factors } = self.monomial(id);
                let mut term = Term::plain(self.number(number));
                for (factor, count) in factors {
                    let part = match count {
                        1 => self.term(factor),
                        count if is_plain(self, factor) => self.power_term(factor, count),
                        _ => return None,
                    };
                    term = self.product(Binary::Mul, term, part);
                }
                term
            }
            _ => return None,
        };
        Some(Known { form: Form::Term(term), uses: Rules::new() })
    }

    /// `xⁿ` as `±e^(n·ln |x|)`.
    fn power_term(&mut self, x: NodeId, n: i32) -> Term {
        let log = self.ln_size(x);
        let log = self.times(real(f64::from(n)), log);
        let weight = (n % 2 != 0).then(|| self.unary(Unary::Signum, x));
        Term { negative: false, weight, log: Some(log) }
    }

    /// `ln |x|`, of a product or quotient by those of its factors, whose own derivatives stay in range.
    pub(super) fn ln_size(&mut self, x: NodeId) -> NodeId {
        let Monomial { number, factors } = self.monomial(x);
        let mut log = (number.abs() != T::one()).then(|| self.number(number.abs().ln()));
        for (factor, count) in factors {
            let size = self.unary(Unary::Abs, factor);
            let of_factor = self.unary(Unary::Ln, size);
            let of_factor = self.times(real(f64::from(count)), of_factor);
            log = Some(log.map_or(of_factor, |log| self.make(Op::Binary(Binary::Add), &[log, of_factor])));
        }
        log.unwrap_or_else(|| self.number(T::zero()))
    }
}

/// The squares of what is within, and of their reciprocals, are in range.
fn high_bound<T: Scalar>() -> T {
    T::min_positive_value().sqrt().sqrt().recip()
}
