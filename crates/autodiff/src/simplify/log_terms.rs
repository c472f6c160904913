//! Single terms `±w·eˡ` ([`log_domain`](super::log_domain)): the functions that have a logarithm of their own, and what products,
//! powers, choices and moved elements make of terms.

use super::Rewriter;
use super::form::{Form, Known, Term};
use super::rewrite::{Rewrite, Rule, Rules};
use crate::graph::NodeId;
use crate::ops::{Binary, LaneOp, Lanewise, Normalise, Op, Ordered, Reduce, Unary};
use crate::scalar::{Scalar, real};
use smallvec::SmallVec;

const SOFTPLUS: Op = Op::Unary(Unary::Softplus);

impl<T: Scalar> Rewriter<'_, T> {
    /// The form of a function that has one whatever its operands are.
    pub(super) fn leaf(&mut self, id: NodeId, op: Op) -> Option<(Form, Rules)> {
        if let Op::Unary(Unary::ExpM1) = op {
            // eˣ − 1, whose parts meet those of a sum around it: of 1 − (1 − eˣ), eˣ is left.
            let one = self.number(T::one());
            let terms = [Term::exponential(self.graph.args(id)[0]), Term { negative: true, ..Term::plain(one) }];
            let terms = terms.map(|term| self.with_log_of_weight(term));
            return self.if_on(Rewrite::LnDifference, Form::Sum(terms.as_slice().into()));
        }
        let (term, rule) = self.log_of_leaf(id, op)?;
        match rule {
            Some(rule) => self.if_on(rule, Form::Term(term)),
            None => Some((Form::Term(term), Rules::new())),
        }
    }

    /// The term that a function is, and the rule that says so.
    fn log_of_leaf(&mut self, id: NodeId, op: Op) -> Option<(Term, Option<Rule>)> {
        let args = self.graph.args(id);
        let (x, second) = (*args.first()?, args.last().copied()?);
        let (log, equation) = match op {
            Op::Unary(unary) => match unary {
                Unary::Exp => return Some((Term::exponential(x), None)),
                Unary::Exp2 => return Some((Term::exponential(self.multiple_of(T::LN_2(), x)), None)),
                Unary::Sigmoid => {
                    return Some((Term::exponential(self.log_sigmoid(x)), Some(Rewrite::LnSigmoid.into())));
                }
                Unary::SigmoidSlope => {
                    let minus_x = self.negated(x);
                    let parts = [x, minus_x].map(|x| self.log_sigmoid(x));
                    let equation = "ln(σ(z)·σ(−z)) → −softplus(−z) − softplus(z)";
                    return Some((
                        Term::exponential(self.total(parts[0], parts[1])),
                        Some(Rewrite::LnSigmoid.by(equation)),
                    ));
                }
                Unary::NormCdf => (self.make(Op::Unary(Unary::LogNormCdf), &[x]), "ln(Φ(x)) → log_norm_cdf(x)"),
                Unary::NormPdf => {
                    let square = self.make(Op::Binary(Binary::Mul), &[x, x]);
                    let exponent = self.multiple(-0.5, square);
                    let ln_root = (T::PI() + T::PI()).ln() * real(-0.5);
                    (self.plus_number(exponent, ln_root), "ln(φ(x)) → −x²/2 − ln √(2π)")
                }
                Unary::Gaussian => {
                    let square = self.make(Op::Binary(Binary::Mul), &[x, x]);
                    (self.negated(square), "ln(e^(−x²)) → −x²")
                }
                Unary::Erfc => {
                    let scaled = self.multiple_of(-T::SQRT_2(), x);
                    let log = self.make(Op::Unary(Unary::LogNormCdf), &[scaled]);
                    let weight = Some(self.number(T::one() + T::one()));
                    let rule = Rewrite::LnTail.by("ln(erfc x) → ln 2 + log_norm_cdf(−√2·x)");
                    return Some((Term { negative: false, weight, log: Some(log) }, Some(rule)));
                }
                Unary::Cosh => (self.make(Op::Unary(Unary::LnCosh), &[x]), "ln(cosh x) → ln_cosh(x)"),
                // ½(eˣ − e⁻ˣ) is ½(1 − e⁻²ˣ)·eˣ, and odd.
                Unary::Sinh => {
                    let zero = self.number(T::zero());
                    let is_left = self.make(Op::Binary(Binary::Lt), &[x, zero]);
                    let minus_x = self.negated(x);
                    let size = self.make(Op::Select, &[is_left, minus_x, x]);
                    let weight = self.minus_exp_m1(-2.0, size);
                    let [plus, minus] = [0.5, -0.5].map(|half| self.multiple(half, weight));
                    let weight = self.make(Op::Select, &[is_left, minus, plus]);
                    let term = Term { negative: false, weight: Some(weight), log: Some(size) };
                    return Some((term, Some(Rewrite::LnTail.by("ln |sinh x| → |x| + ln(1 − e^(−2|x|)) − ln 2"))));
                }
                _ => return None,
            },
            Op::Normalise(Normalise::Softmax, axes) => {
                let log = self.make(Op::Normalise(Normalise::LogSoftmax, axes), &[x]);
                return Some((Term::exponential(log), Some(Rewrite::LogSoftmax.into())));
            }
            // σ(a − b).
            Op::Binary(Binary::LogaddexpWeight) => {
                let distance = self.difference(x, second);
                let rule = Rewrite::LnSigmoid.by("ln(σ(a − b)) → −softplus(b − a)");
                return Some((Term::exponential(self.log_sigmoid(distance)), Some(rule)));
            }
            Op::Ordered(Ordered::ExpM1Ratio, 0) => {
                let rule = Rewrite::RatioAtZero.by("ln((eᵘ − 1)/u) → u/2 + ln_sinh_ratio(u/2)");
                return Some((Term::exponential(self.ln_exp_m1_ratio(x)), Some(rule)));
            }
            // A power, of a positive number and of what may be one.
            Op::Binary(Binary::Pow) => {
                let number = self.seen_number(x);
                if let Some(base) = number.filter(|&base| base > T::zero()) {
                    return Some((Term::exponential(self.multiple_of(base.ln(), second)), None));
                }
                if !matches!(self.forms.get(&x), Some(Known { form: Form::Plain, .. })) {
                    return None;
                }
                return Some((self.power_of_positive(x, second), Some(Rewrite::LnPower.into())));
            }
            _ => return None,
        };
        Some((Term::exponential(log), Some(Rewrite::LnTail.by(equation))))
    }

    /// `xᵖ` as `e^(p·ln x)` where x is positive.
    fn power_of_positive(&mut self, x: NodeId, p: NodeId) -> Term {
        let [zero, one] = [T::zero(), T::one()].map(|number| self.number(number));
        let is_positive = self.make(Op::Binary(Binary::Gt), &[x, zero]);
        let other = self.make(Op::Select, &[is_positive, one, x]);
        // Of x as it stands, which rules for `ln(1 + u)` are to see.
        let log = self.make(Op::Unary(Unary::Ln), &[x]);
        let log = self.make(Op::Binary(Binary::Mul), &[p, log]);
        let power = self.make(Op::Binary(Binary::Pow), &[other, p]);
        let weight = Some(self.make(Op::Select, &[is_positive, one, power]));
        let log = Some(self.make(Op::Select, &[is_positive, log, zero]));
        Term { negative: false, weight, log }
    }

    /// `ln σ(z)`.
    pub(super) fn log_sigmoid(&mut self, z: NodeId) -> NodeId {
        let minus_z = self.negated(z);
        let softplus = self.make(SOFTPLUS, &[minus_z]);
        self.negated(softplus)
    }

    fn plus_number(&mut self, x: NodeId, number: T) -> NodeId {
        let number = self.number(number);
        self.make(Op::Binary(Binary::Add), &[x, number])
    }

    /// `1 − e^(factor·x)`.
    fn minus_exp_m1(&mut self, factor: f64, x: NodeId) -> NodeId {
        let exponent = self.multiple(factor, x);
        let rest = self.make(Op::Unary(Unary::ExpM1), &[exponent]);
        self.negated(rest)
    }

    /// The term that an operation on terms gives, if it is one.
    pub(super) fn composed_term(&mut self, id: NodeId, op: Op) -> Option<Term> {
        let args: SmallArgs = self.graph.args(id).into();
        let shape = self.graph.node(id).shape;
        match op {
            Op::Binary(binary @ (Binary::Mul | Binary::Div)) => {
                // What is NaN has no derivative that a logarithm could know.
                let is_nan = |&arg: &NodeId| self.graph.scalar_value(arg).is_some_and(T::is_nan);
                if args.iter().any(is_nan) {
                    return None;
                }
                let [a, b] = [args[0], args[1]].map(|arg| self.term(arg));
                Some(self.product(binary, a, b))
            }
            Op::Binary(Binary::Hypot | Binary::HypotExcess | Binary::Direction) | Op::Reduce(Reduce::Norm, _) => {
                Some(Term::exponential(self.log_of_norm(op, &args)?))
            }
            Op::Unary(unary) => {
                let x = self.term(args[0]);
                let (negative, factor) = match unary {
                    Unary::Recip => (x.negative, -T::one()),
                    Unary::Sqrt if !x.negative => (false, real(0.5)),
                    Unary::Rsqrt if !x.negative => (false, real(-0.5)),
                    Unary::Cbrt => (x.negative, real::<T>(3.0).recip()),
                    Unary::Abs => (false, T::one()),
                    _ => return None,
                };
                let weight = x.weight.map(|weight| self.of_weights(op, &[weight]));
                let log = x.log.map(|log| self.multiple_of(factor, log));
                Some(Term { negative, weight, log })
            }
            Op::Powi(n) if n != 0 => {
                let x = self.term(args[0]);
                let weight = x.weight.map(|weight| self.of_weights(op, &[weight]));
                let log = x.log.map(|log| self.multiple_of(real(n.into()), log));
                Some(Term { negative: x.negative && n % 2 != 0, weight, log })
            }
            Op::Powf(p) => {
                let (x, p) = (self.term(args[0]), self.graph.payloads.scalar(p));
                let weight = x.weight.map(|weight| self.of_weights(op, &[weight]));
                let log = x.log.map(|log| self.multiple_of(p, log));
                (!x.negative).then_some(Term { negative: false, weight, log })
            }
            Op::Binary(Binary::Pow) => {
                let x = self.term(args[0]);
                let weight = x.weight.map(|weight| self.make(op, &[weight, args[1]]));
                // The power 0 of an exponential that underflows is 1.
                let log = x.log.map(|log| self.make(Op::Binary(Binary::StrongMul), &[args[1], log]));
                (!x.negative).then_some(Term { negative: false, weight, log })
            }
            Op::Select => {
                let branches = [args[1], args[2]].map(|arg| self.branch(arg));
                let weights = branches.map(|branch| self.signed_weight(branch));
                let zero = self.number(T::zero());
                let [a, b] = branches.map(|branch| branch.log.unwrap_or(zero));
                let log = Some(self.make(op, &[args[0], a, b]));
                let is_positive = branches.iter().all(|branch| branch.positive().is_some());
                let weight = (!is_positive).then(|| self.make(op, &[args[0], weights[0], weights[1]]));
                Some(Term { negative: false, weight, log })
            }
            Op::Binary(Binary::Maximum | Binary::Minimum) => {
                let branches = [args[0], args[1]].map(|arg| self.branch(arg));
                let [a, b] = [branches[0].positive()?, branches[1].positive()?];
                Some(Term::exponential(self.make(op, &[a, b])))
            }
            Op::Reduce(Reduce::Max | Reduce::Min, _) => {
                let x = self.branch(args[0]);
                let log = self.stretched(x.positive()?, args[0]);
                Some(Term::exponential(self.make_as(op, &[log], shape)))
            }
            Op::Reduce(Reduce::Prod, axes) => {
                let x = self.term(args[0]);
                let log = self.stretched(x.log?, args[0]);
                let log = Some(self.sum_along(log, axes));
                let weight = (x.weight.is_some() || x.negative).then(|| {
                    let weight = self.signed_weight(x);
                    let weight = self.stretched(weight, args[0]);
                    self.make(op, &[weight])
                });
                Some(Term { negative: false, weight, log })
            }
            Op::Lanewise(lanewise @ Lanewise { op: LaneOp::CumSum, .. }) => {
                let x = self.branch(args[0]);
                let log = self.stretched(x.positive()?, args[0]);
                let scan = Op::Lanewise(Lanewise { op: LaneOp::CumLogSumExp, ..lanewise });
                Some(Term::exponential(self.make(scan, &[log])))
            }
            Op::Concatenate(_) => {
                let parts: Vec<Term> = args.iter().map(|&arg| self.branch(arg)).collect();
                let zero = self.number(T::zero());
                let is_positive = parts.iter().all(|part| part.positive().is_some());
                let (mut logs, mut weights) = (SmallArgs::new(), SmallArgs::new());
                for (&part, &arg) in parts.iter().zip(&args) {
                    logs.push(self.stretched(part.log.unwrap_or(zero), arg));
                    if !is_positive {
                        let weight = self.signed_weight(part);
                        weights.push(self.stretched(weight, arg));
                    }
                }
                let log = Some(self.make_as(op, &logs, shape));
                let weight = (!is_positive).then(|| self.make_as(op, &weights, shape));
                Some(Term { negative: false, weight, log })
            }
            Op::Reshape | Op::Broadcast | Op::Permute(_) | Op::Slice(_) | Op::Gather => {
                let x = self.term(args[0]);
                let [weight, log] = [x.weight, x.log].map(|part| {
                    part.map(|part| {
                        let mut moved = args.clone();
                        moved[0] = self.stretched(part, args[0]);
                        self.make_as(op, &moved, shape)
                    })
                });
                Some(Term { weight, log, ..x })
            }
            _ => None,
        }
    }

    /// x as a term, a positive number as an exponential.
    pub(super) fn branch(&mut self, x: NodeId) -> Term {
        let term = self.term(x);
        let term = self.with_log_of_weight(term);
        let [weight, log] = [term.weight, term.log].map(|part| part.map(|part| self.fitted(part, x)));
        Term { weight, log, ..term }
    }

    pub(super) fn product(&mut self, binary: Binary, a: Term, b: Term) -> Term {
        let divides = binary == Binary::Div;
        let weight = match (a.weight, b.weight) {
            (Some(a), Some(b)) => self.product_of_weights(binary, a, b),
            (None, Some(b)) if divides => Some(self.of_weights(Op::Unary(Unary::Recip), &[b])),
            (a, b) => a.or(b),
        };
        let log = match (a.log, b.log) {
            (Some(a), Some(b)) if divides => Some(self.log_ratio(a, b)),
            (Some(a), Some(b)) => Some(self.total(a, b)),
            (None, Some(b)) if divides => Some(self.negated(b)),
            (a, b) => a.or(b),
        };
        Term { negative: a.negative != b.negative, weight, log }
    }

    /// The product or quotient of weights; `None` if it is 1.
    fn product_of_weights(&mut self, binary: Binary, a: NodeId, b: NodeId) -> Option<NodeId> {
        let product = self.of_weights(Op::Binary(binary), &[a, b]);
        (self.graph.scalar_value(product) != Some(T::one())).then_some(product)
    }

    /// What an operation makes of weights; of numbers, a number.
    pub(super) fn of_weights(&mut self, op: Op, weights: &[NodeId]) -> NodeId {
        let numbers: Option<SmallVec<[T; 2]>> = weights.iter().map(|&weight| self.seen_number(weight)).collect();
        match numbers.and_then(|numbers| self.of_numbers(op, &numbers)) {
            Some(number) => self.number(number),
            None => self.make(op, weights),
        }
    }

    /// `a − b`; of `ln σ(z)` and `ln σ(−z)` it is z.
    fn log_ratio(&mut self, a: NodeId, b: NodeId) -> NodeId {
        let argument = |rewriter: &Self, log: NodeId| {
            let softplus = rewriter.operand_of(log, Op::Unary(Unary::Neg))?;
            rewriter.operand_of(softplus, SOFTPLUS)
        };
        if let (Some(minus_z), Some(z)) = (argument(self, a), argument(self, b))
            && (self.operand_of(minus_z, Op::Unary(Unary::Neg)) == Some(z)
                || self.operand_of(z, Op::Unary(Unary::Neg)) == Some(minus_z))
        {
            return z;
        }
        self.difference(a, b)
    }

    /// `σ(a) − σ(b) = σ(a)σ(−b)(1 − e^(b − a))`, and `Φ(a) − Φ(b)`, in the right tail as `Φ(−b) − Φ(−a)`.
    pub(super) fn difference_of_probabilities(&mut self, id: NodeId) -> Option<(Form, Rules)> {
        let summands = self.summands(id);
        let &[(first, minus_first), (second, minus_second)] = &summands[..] else { return None };
        let (high, low) = match (minus_first, minus_second) {
            (false, true) => (first, second),
            (true, false) => (second, first),
            _ => return None,
        };
        // Of tanh, erf and erfc as multiples of them at a multiple of the argument.
        let (Op::Unary(function), Op::Unary(other)) = (self.seen(high)?, self.seen(low)?) else { return None };
        let (is_logistic, scale) = match function {
            _ if function != other => return None,
            Unary::Sigmoid => (true, T::one()),
            Unary::Tanh => (true, T::one() + T::one()),
            Unary::NormCdf => (false, T::one()),
            Unary::Erf => (false, T::SQRT_2()),
            Unary::Erfc => (false, -T::SQRT_2()),
            _ => return None,
        };
        let [a, b] = [high, low].map(|x| self.graph.args(x)[0]);
        let [a, b] = [a, b].map(|z| if scale == T::one() { z } else { self.multiple_of(scale, z) });
        let factor = |rewriter: &mut Self, weight: NodeId| {
            if scale == T::one() { weight } else { rewriter.multiple(2.0, weight) }
        };
        if is_logistic {
            let minus_b = self.negated(b);
            let parts = [a, minus_b].map(|z| self.log_sigmoid(z));
            let log = self.total(parts[0], parts[1]);
            let distance = self.difference_apart(b, a);
            let weight = self.minus_exp_m1(1.0, distance);
            let term = Term { negative: false, weight: Some(factor(self, weight)), log: Some(log) };
            let rule = match function {
                Unary::Tanh => Rewrite::SigmoidDifference
                    .by("ln(tanh a − tanh b) → ln 2 + ln σ(2a) + ln σ(−2b) + log1mexp(2a − 2b)"),
                _ => Rewrite::SigmoidDifference.into(),
            };
            return self.if_on(rule, Form::Term(term));
        }
        let sum = self.make(Op::Binary(Binary::Add), &[a, b]);
        let zero = self.number(T::zero());
        let on_the_right = self.make(Op::Binary(Binary::Gt), &[sum, zero]);
        let [minus_a, minus_b] = [a, b].map(|x| self.negated(x));
        let [high, low] = [[minus_b, a], [minus_a, b]].map(|[right, left]| {
            let tail = self.make(Op::Select, &[on_the_right, right, left]);
            self.make(Op::Unary(Unary::LogNormCdf), &[tail])
        });
        let distance = self.difference(low, high);
        let weight = self.minus_exp_m1(1.0, distance);
        let term = Term { negative: false, weight: Some(factor(self, weight)), log: Some(high) };
        let equation = match function {
            Unary::Erf => "ln(erf a − erf b) → ln(2Φ(√2·a) − 2Φ(√2·b)), by the smaller tail",
            Unary::Erfc => "ln(erfc a − erfc b) → ln(2Φ(−√2·a) − 2Φ(−√2·b)), by the smaller tail",
            _ => "ln(Φ(a) − Φ(b)) → ln Φ(a) + log1mexp(ln Φ(a) − ln Φ(b)), by the smaller tail",
        };
        self.if_on(Rewrite::SigmoidDifference.by(equation), Form::Term(term))
    }
}

type SmallArgs = SmallVec<[NodeId; 3]>;
