//! What to write instead: forms that lose digits, and those that keep them.

use crate::graph::{Graph, NodeId};
use crate::ops::{Binary, Op, Reduce, Unary};
use crate::scalar::Scalar;

/// The form to write instead of what lost digits at the first of `way`, the nodes from there on to the result: a form that
/// the node or one that uses it is part of, or else what holds for its operation.
pub(super) fn advice<T: Scalar>(graph: &Graph<T>, way: &[NodeId]) -> Option<&'static str> {
    let view = View(graph);
    let form = way.iter().find_map(|&id| view.form(id));
    form.or_else(|| way.first().and_then(|&id| in_general(graph.op(id))))
}

/// What holds for an operation, whatever it is part of.
fn in_general(op: Op) -> Option<&'static str> {
    Some(match op {
        Op::Binary(Binary::Sub | Binary::Add) => {
            "the difference of nearly equal numbers by what they are computed from, before that is rounded: \
             f(a) − f(b) as a product with a − b"
        }
        Op::Unary(Unary::Exp | Unary::Exp2 | Unary::NormPdf | Unary::Gaussian | Unary::NormCdf | Unary::Erfc) => {
            "its logarithm, which doesn't leave the range: sums for products, `logsumexp` for sums, `softmax` for \
             quotients by a sum"
        }
        Op::Reduce(Reduce::Prod, _) => "a long product, which leaves the range, as the sum of the factors' `ln()`",
        Op::Reduce(Reduce::Sum | Reduce::Mean, _) | Op::MatMul { .. } | Op::Linear => {
            "sums whose terms cancel with the terms centred first, or as sums of differences"
        }
        Op::Powi(_) | Op::Powf(_) | Op::Binary(Binary::Mul | Binary::StrongMul | Binary::Div) => {
            "it after dividing by a typical size, or its logarithm: it leaves the range"
        }
        _ => return None,
    })
}

/// A graph as the forms see it: through changes of shape.
struct View<'g, T: Scalar>(&'g Graph<T>);

const EXP: Op = Op::Unary(Unary::Exp);
const COS: Op = Op::Unary(Unary::Cos);
const TANH: Op = Op::Unary(Unary::Tanh);
const SIGMOID: Op = Op::Unary(Unary::Sigmoid);
const SQRT: Op = Op::Unary(Unary::Sqrt);
const LN: Op = Op::Unary(Unary::Ln);
const LGAMMA: Op = Op::Unary(Unary::Lgamma);
const ERF: Op = Op::Unary(Unary::Erf);
const NORM_CDF: Op = Op::Unary(Unary::NormCdf);

impl<T: Scalar> View<'_, T> {
    fn op(&self, id: NodeId) -> Op {
        self.0.op(self.seen(id))
    }

    fn seen(&self, mut id: NodeId) -> NodeId {
        while let (Op::Reshape | Op::Broadcast, &[inner]) = (self.0.op(id), self.0.args(id)) {
            id = inner;
        }
        id
    }

    fn args(&self, id: NodeId) -> &[NodeId] {
        self.0.args(self.seen(id))
    }

    fn is_one(&self, id: NodeId) -> bool {
        self.0.scalar_value(self.seen(id)) == Some(T::one())
    }

    fn is_square(&self, id: NodeId) -> bool {
        match (self.op(id), self.args(id)) {
            (Op::Powi(2), _) => true,
            (Op::Binary(Binary::Mul), &[a, b]) => a == b,
            _ => false,
        }
    }

    /// Whether a node is a sum, a mean, a product or a quotient with an exponential among its terms, or one itself.
    fn holds_exponential(&self, id: NodeId, depth: usize) -> bool {
        match self.op(id) {
            Op::Unary(Unary::Exp | Unary::Gaussian | Unary::NormPdf) => true,
            Op::Binary(Binary::Add | Binary::Mul | Binary::Div) | Op::Reduce(Reduce::Sum | Reduce::Mean, _) => {
                depth > 0 && self.args(id).iter().any(|&arg| self.holds_exponential(arg, depth - 1))
            }
            _ => false,
        }
    }

    fn form(&self, id: NodeId) -> Option<&'static str> {
        match (self.op(id), self.args(id)) {
            (Op::Binary(Binary::Sub), &[a, b]) => self.difference(a, b),
            (Op::Binary(Binary::Add), &[a, b]) => self.sum(a, b).or_else(|| self.sum(b, a)),
            (LN, &[x]) => self.logarithm(x),
            (Op::Unary(Unary::Ln1p), &[x]) if self.op(x) == EXP => Some("ln(1 + eˣ) as `x.softplus()`"),
            (SQRT, &[x]) => self.root(x),
            (Op::Binary(Binary::Div), &[a, b]) => self.quotient(a, b),
            (Op::Unary(Unary::Recip), &[x]) => self.reciprocal(x),
            _ => None,
        }
    }

    fn difference(&self, a: NodeId, b: NodeId) -> Option<&'static str> {
        let one = self.is_one(a);
        Some(match (self.op(a), self.op(b)) {
            (_, SIGMOID) if one => "1 − σ(z) as `(-z).sigmoid()`",
            (_, TANH) if one => "1 − tanh x as `(x * -2.0).sigmoid() * 2.0`",
            (_, COS) if one => "1 − cos x = 2·sin²(x/2) as `(x * 0.5).sin().powi(2) * 2.0`",
            (_, EXP) if one => "1 − eˣ as `-x.exp_m1()`",
            (_, ERF) if one => "1 − erf x as `x.erfc()`",
            (_, NORM_CDF) if one => "1 − Φ(x) as `(-x).norm_cdf()`",
            (_, Op::Normalise(..)) if one => "1 − a class's probability: the sum of the others'",
            (EXP, _) if self.is_one(b) => "eˣ − 1 as `x.exp_m1()`",
            (COS, _) if self.is_one(b) => "cos x − 1 = −2·sin²(x/2) as `(x * 0.5).sin().powi(2) * -2.0`",
            (EXP, EXP) => "eᵃ − eᵇ as `b.exp() * (a - b).exp_m1()`",
            (SIGMOID, SIGMOID) => "σ(a) − σ(b) as `a.sigmoid() * (-b).sigmoid() * -(b - a).exp_m1()`",
            (LN, LN) => "ln a − ln b as `((a - b) / b).ln_1p()`",
            (SQRT, _) | (_, SQRT) => "√a − √b as `(a - b) / (a.sqrt() + b.sqrt())`",
            (NORM_CDF, NORM_CDF) => "Φ(a) − Φ(b) on the right as `(-b).norm_cdf() - (-a).norm_cdf()`",
            (LGAMMA, _) | (_, LGAMMA) => {
                "differences of ln Γ as the logarithm of a beta function or a binomial coefficient"
            }
            _ if self.is_square(a) && self.is_square(b) => "a² − b² as `(a - b) * (a + b)`",
            (Op::Reduce(Reduce::Mean, _), _) if self.is_square(b) => {
                "a mean of squares less a squared mean as `x.var()`"
            }
            _ => return None,
        })
    }

    fn sum(&self, a: NodeId, b: NodeId) -> Option<&'static str> {
        if let (Op::Unary(Unary::Neg), &[b]) = (self.op(b), self.args(b)) {
            return self.difference(a, b);
        }
        if !self.is_one(a) {
            return None;
        }
        Some(match self.op(b) {
            TANH => "1 + tanh x as `(x * 2.0).sigmoid() * 2.0`",
            COS => "1 + cos x = 2·cos²(x/2) as `(x * 0.5).cos().powi(2) * 2.0`",
            ERF => "1 + erf x as `(-x).erfc()`",
            _ => return None,
        })
    }

    fn logarithm(&self, x: NodeId) -> Option<&'static str> {
        let args = self.args(x);
        Some(match self.op(x) {
            EXP => "ln eˣ: x",
            SIGMOID => "ln σ(z) as `z.log_sigmoid()`",
            NORM_CDF => "ln Φ(x) as `x.log_norm_cdf()`",
            Op::Normalise(..) => "ln softmax(x) as `x.log_softmax()`",
            Op::Binary(Binary::Sub) if self.is_one(args[0]) && self.op(args[1]) == EXP => {
                "ln(1 − e⁻ˣ) as `x.log1mexp()`"
            }
            Op::Binary(Binary::Sub) if self.is_one(args[0]) => "ln(1 − x) as `(-x).ln_1p()`",
            Op::Binary(Binary::Add) if args.iter().all(|&arg| self.op(arg) == EXP) => "ln(eᵃ + eᵇ) as `a.logaddexp(b)`",
            _ if self.holds_exponential(x, 6) => {
                "ln Σ w·eˣ: the logarithm of each term, x + ln w, then `logaddexp` or `logsumexp` of them"
            }
            Op::Binary(Binary::Add) if args.iter().any(|&arg| self.is_one(arg)) => "ln(1 + x) as `x.ln_1p()`",
            Op::Binary(Binary::Mul) | Op::Reduce(Reduce::Prod, _) => "ln of a product: the sum of the factors' `ln()`",
            Op::Binary(Binary::Div) => "ln(a/b) as `a.ln() - b.ln()`",
            _ => return None,
        })
    }

    fn root(&self, x: NodeId) -> Option<&'static str> {
        let args = self.args(x);
        match self.op(x) {
            Op::Binary(Binary::Add) if args.iter().any(|&arg| self.is_square(arg)) => {
                Some("√(a² + b²) as `a.hypot(b)`")
            }
            Op::Reduce(Reduce::Sum, _) if self.is_square(args[0]) => Some("√Σx² as `x.norm()`"),
            _ => None,
        }
    }

    fn quotient(&self, a: NodeId, b: NodeId) -> Option<&'static str> {
        let total = matches!(self.op(b), Op::Reduce(Reduce::Sum, _) | Op::Binary(Binary::Add));
        Some(match (self.op(a), self.op(b)) {
            (EXP, EXP) => "eᵃ/eᵇ as `(a - b).exp()`",
            (EXP, _) if total && self.holds_exponential(b, 6) => {
                "eˣ/Σeˣ as `x.softmax()`, or `(a - b).sigmoid()` of two terms"
            }
            (Op::Unary(Unary::NormPdf), NORM_CDF) => "φ(x)/Φ(x) as `x.norm_hazard()`",
            (Op::Unary(Unary::Sinh), Op::Unary(Unary::Cosh)) => "sinh x/cosh x as `x.tanh()`",
            _ if self.is_one(a) => return self.reciprocal(b),
            _ => return None,
        })
    }

    fn reciprocal(&self, x: NodeId) -> Option<&'static str> {
        let args = self.args(x);
        let is_logistic = self.op(x) == Op::Binary(Binary::Add)
            && args.iter().any(|&arg| self.is_one(arg))
            && args.iter().any(|&arg| self.op(arg) == EXP);
        is_logistic.then_some("1/(1 + e⁻ᶻ) as `z.sigmoid()`")
    }
}
