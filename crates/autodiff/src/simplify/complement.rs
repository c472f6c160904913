//! `1 − p` and `1 + t`, which cancel near 0, as functions of one piece; and `eˣ − 1`.

use super::Rewriter;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Normalise, Op, Reduce, Unary};
use crate::scalar::Scalar;

/// How many terms before the last one are looked at.
const MOST_EARLIER: usize = 6;

impl<T: Scalar> Rewriter<'_, T> {
    /// What `a + b` is of one piece.
    pub(super) fn stable_sum(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        for (number, x) in [(a, b), (b, a)] {
            if self.is_number(number, T::one()) {
                return self.one_plus_function(x);
            }
            if self.is_number(number, -T::one()) {
                return self.minus_one(x);
            }
            let found = self.log_sum_with_shift(number, x).or_else(|| self.common_factor(number, x, false));
            let found = found.or_else(|| self.sum_with_root(number, x));
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// What `a − b` is of one piece.
    pub(super) fn stable_difference(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        if self.is_number(a, T::one()) {
            return self.one_minus(b);
        }
        if self.is_number(b, T::one())
            && let Some(difference) = self.minus_one(a)
        {
            return Some(difference);
        }
        if self.is_number(a, T::one() + T::one())
            && let Some(x) = self.operand_of(b, Op::Unary(Unary::Erfc))
        {
            self.apply(Rewrite::Complement.by("2 − erfc x → erfc(−x)"))?;
            let minus_x = self.negated(x);
            return Some(self.make(Op::Unary(Unary::Erfc), &[minus_x]));
        }
        self.common_factor(a, b, true)
            .or_else(|| self.common_factor(b, a, true).map(|negative| self.negated(negative)))
            .or_else(|| self.difference_of_pair(a, b))
            .or_else(|| self.difference_of_functions(a, b))
            .or_else(|| self.difference_of_arcs(a, b))
    }

    /// `a − b` of roots, logarithms and logarithms of sums that cancel.
    fn difference_of_pair(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let swapped = |rewriter: &mut Self, rule: fn(&mut Self, NodeId, NodeId) -> Option<NodeId>| {
            rule(rewriter, a, b).or_else(|| rule(rewriter, b, a).map(|negative| rewriter.negated(negative)))
        };
        self.difference_of_roots(a, b)
            .or_else(|| self.difference_of_logs(a, b))
            .or_else(|| swapped(self, Self::ln_of_ratio_at_zero))
            .or_else(|| swapped(self, Self::langevin))
            .or_else(|| swapped(self, Self::log_sum_less_summand))
            .or_else(|| swapped(self, Self::log_softmax_by_hand))
    }

    /// A sum whose last term and one before it, of the other sign, belong together.
    pub(super) fn joined_with_earlier(&mut self, sum: NodeId, last: NodeId, subtracts: bool) -> Option<NodeId> {
        let is_candidate = matches!(
            self.seen(last)?,
            Op::Unary(Unary::Ln | Unary::Ln1p | Unary::Log1mexp | Unary::Softplus)
                | Op::Binary(Binary::Logaddexp)
                | Op::Reduce(Reduce::LogSumExp, _)
        );
        if !is_candidate || !matches!(self.seen(sum)?, Op::Binary(Binary::Add | Binary::Sub)) {
            return None;
        }
        let mut summands = self.few_summands(sum);
        let (place, joined) = summands.iter().enumerate().find_map(|(place, &(summand, negative))| {
            let joined = match (negative, subtracts) {
                (false, true) => self.difference_of_pair(summand, last),
                (true, false) => self.difference_of_pair(last, summand),
                _ => None,
            };
            joined.map(|joined| (place, joined))
        })?;
        summands.remove(place);
        Some(summands.into_iter().fold(joined, |sum, (summand, negative)| {
            self.make(Op::Binary(if negative { Binary::Sub } else { Binary::Add }), &[sum, summand])
        }))
    }

    /// The last summands of a sum, and whether they are subtracted; what is before them counts as one.
    fn few_summands(&self, sum: NodeId) -> smallvec::SmallVec<[(NodeId, bool); 4]> {
        let (mut rest, mut found) = (sum, smallvec::SmallVec::new());
        while let (Some(Op::Binary(op @ (Binary::Add | Binary::Sub))), &[a, b]) =
            (self.seen(rest), self.graph.args(rest))
            && found.len() < MOST_EARLIER
        {
            found.push((b, op == Binary::Sub));
            rest = a;
        }
        found.push((rest, false));
        found
    }

    /// `f(a) − f(b)` of functions whose tails a difference cancels, or that differ by less than they are.
    fn difference_of_functions(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let (Op::Unary(f), Op::Unary(g)) = (self.seen(a)?, self.seen(b)?) else { return None };
        let [u, v] = [a, b].map(|x| self.graph.args(x)[0]);
        match (f, g) {
            (Unary::Cosh, Unary::Cosh) | (Unary::Cos, Unary::Cos) => {
                self.apply(Rewrite::Complement.by(match f {
                    Unary::Cosh => "cosh x − cosh y → 2 sinh((x + y)/2)·sinh((x − y)/2)",
                    _ => "cos x − cos y → −2 sin((x + y)/2)·sin((x − y)/2)",
                }))?;
                let (half_sum, half_distance) = (self.mean_of(u, v, Binary::Add), self.mean_of(u, v, Binary::Sub));
                let odd = if f == Unary::Cosh { Unary::Sinh } else { Unary::Sin };
                let parts = [half_sum, half_distance].map(|x| self.unary(odd, x));
                let product = self.make(Op::Binary(Binary::Mul), &parts);
                Some(self.multiple(if f == Unary::Cosh { 2.0 } else { -2.0 }, product))
            }
            (Unary::Cosh, Unary::Cos) => {
                self.apply(Rewrite::Complement.by("cosh x − cos y → 2 sinh²(x/2) + 2 sin²(y/2)"))?;
                let parts = [(Unary::Sinh, u), (Unary::Sin, v)].map(|(odd, x)| self.twice_squared(odd, x));
                Some(self.make(Op::Binary(Binary::Add), &parts))
            }
            (Unary::Sigmoid, Unary::Sigmoid) | (Unary::NormCdf, Unary::NormCdf) | (Unary::Erf, Unary::Erf) => {
                self.difference_in_tail(f, u, v)
            }
            _ => None,
        }
    }

    fn mean_of(&mut self, u: NodeId, v: NodeId, op: Binary) -> NodeId {
        let sum = self.make(Op::Binary(op), &[u, v]);
        self.multiple(0.5, sum)
    }

    /// `2f(x/2)²`.
    fn twice_squared(&mut self, f: Unary, x: NodeId) -> NodeId {
        let half = self.multiple(0.5, x);
        let value = self.unary(f, half);
        let square = self.make(Op::Binary(Binary::Mul), &[value, value]);
        self.multiple(2.0, square)
    }

    /// `p(u) − p(v)` of probabilities, in the right tail by their complements.
    fn difference_in_tail(&mut self, p: Unary, u: NodeId, v: NodeId) -> Option<NodeId> {
        // What this rule makes has the same form.
        if [u, v].iter().any(|&x| self.seen(x) == Some(Op::Select)) {
            return None;
        }
        self.apply(Rewrite::Complement.by(match p {
            Unary::Sigmoid => "σ(a) − σ(b) → σ(−b) − σ(−a), in the right tail",
            Unary::Erf => "erf a − erf b → erfc b − erfc a, in the right tail",
            _ => "Φ(a) − Φ(b) → Φ(−b) − Φ(−a), in the right tail",
        }))?;
        let (sum, zero) = (self.make(Op::Binary(Binary::Add), &[u, v]), self.number(T::zero()));
        let is_right = self.make(Op::Binary(Binary::Gt), &[sum, zero]);
        let [minus_u, minus_v] = [u, v].map(|x| self.negated(x));
        let [high, low] = [[minus_v, u], [minus_u, v]].map(|[right, left]| {
            let tail = self.make(Op::Select, &[is_right, right, left]);
            match p {
                Unary::Erf => {
                    let back = self.negated(tail);
                    self.unary(Unary::Erfc, back)
                }
                p => self.unary(p, tail),
            }
        });
        Some(self.make(Op::Binary(Binary::Sub), &[high, low]))
    }

    /// `c ± c·t` as `c·(1 ± t)`.
    fn common_factor(&mut self, number: NodeId, product: NodeId, subtracts: bool) -> Option<NodeId> {
        if let (Op::Binary(Binary::Mul), &[x, y]) = (self.seen(product)?, self.graph.args(product))
            && let Some(t) = if x == number { Some(y) } else { (y == number).then_some(x) }
            && self.graph.scalar_value(number).is_none()
        {
            let sum = if subtracts { self.one_minus(t)? } else { self.one_plus_function(t)? };
            return Some(self.make(Op::Binary(Binary::Mul), &[number, sum]));
        }
        let c = self.seen_number(number)?;
        let (factor, t) = match (self.seen(product)?, self.graph.args(product)) {
            (Op::Binary(Binary::Mul), &[x, y]) if self.is_number(x, c) => (x, y),
            (Op::Binary(Binary::Mul), &[x, y]) if self.is_number(y, c) => (y, x),
            (Op::Binary(Binary::Div), &[t, y]) if self.is_number(y, c.recip()) => (number, t),
            _ => return None,
        };
        if c == T::one() {
            return None;
        }
        let sum = if subtracts { self.one_minus(t)? } else { self.one_plus_function(t)? };
        Some(self.make(Op::Binary(Binary::Mul), &[factor, sum]))
    }

    /// The node that x is the negative of.
    pub(super) fn negative_of(&self, x: NodeId) -> Option<NodeId> {
        match (self.seen(x)?, self.graph.args(x)) {
            (Op::Unary(Unary::Neg), &[inner]) => Some(inner),
            (Op::Binary(Binary::Mul), &[number, inner]) if self.is_number(number, -T::one()) => Some(inner),
            (Op::Binary(Binary::Mul), &[inner, number]) if self.is_number(number, -T::one()) => Some(inner),
            _ => None,
        }
    }

    /// `1 + x` of one piece.
    pub(super) fn one_plus_function(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some(negative) = self.negative_of(x) {
            return self.one_minus(negative);
        }
        let Op::Unary(unary) = self.seen(x)? else { return None };
        let z = self.graph.args(x)[0];
        match unary {
            Unary::Tanh => {
                self.apply(Rewrite::Complement.by("1 + tanh x → 2σ(2x)"))?;
                Some(self.double_sigmoid(2.0, z))
            }
            Unary::Erf => {
                self.apply(Rewrite::Complement.by("1 + erf x → erfc(−x)"))?;
                let minus_z = self.negated(z);
                Some(self.make(Op::Unary(Unary::Erfc), &[minus_z]))
            }
            Unary::ExpM1 => {
                self.apply(Rewrite::Complement.by("1 + exp_m1(x) → eˣ"))?;
                Some(self.make(Op::Unary(Unary::Exp), &[z]))
            }
            _ => None,
        }
    }

    /// `x − 1` of one piece.
    fn minus_one(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some(z) = self.operand_of(x, Op::Unary(Unary::Exp)) {
            self.apply(Rewrite::ExpM1)?;
            return Some(self.unary(Unary::ExpM1, z));
        }
        let negative = self.one_minus(x)?;
        Some(self.negated(negative))
    }

    /// `1 − x` of one piece.
    pub(super) fn one_minus(&mut self, x: NodeId) -> Option<NodeId> {
        if let Some(negative) = self.negative_of(x) {
            return self.one_plus_function(negative);
        }
        if let Some(z) = self.squared_tanh(x) {
            self.apply(Rewrite::Complement.by("1 − tanh² x → 4σ(2x)σ(−2x)"))?;
            let twice = self.multiple(2.0, z);
            let slope = self.make(Op::Unary(Unary::SigmoidSlope), &[twice]);
            return Some(self.multiple(4.0, slope));
        }
        if let (Op::Select, &[condition, a, b]) = (self.seen(x)?, self.graph.args(x)) {
            let choice = self.one_minus_choice(condition, [a, b]);
            return choice.or_else(|| self.one_minus_by_log(x)).or_else(|| self.one_minus_power(x));
        }
        if let (Op::Binary(Binary::LogaddexpWeight), &[a, b]) = (self.seen(x)?, self.graph.args(x)) {
            self.apply(Rewrite::Complement.by("1 − σ(a − b) → σ(b − a)"))?;
            return Some(self.make(Op::Binary(Binary::LogaddexpWeight), &[b, a]));
        }
        if let Some((other, sum)) = self.other_share(x).or_else(|| self.rest_of_quotient(x)) {
            self.apply(Rewrite::Complement.by("1 − a/(a + b) → b/(a + b)"))?;
            return Some(self.make(Op::Binary(Binary::Div), &[other, sum]));
        }
        let rest = self.one_minus_mixture(x).or_else(|| self.one_minus_by_log(x));
        if let Some(rest) = rest.or_else(|| self.one_minus_power(x)) {
            return Some(rest);
        }
        let Op::Unary(unary) = self.seen(x)? else { return None };
        let z = self.graph.args(x)[0];
        let (rewrite, of_minus) = match unary {
            Unary::Sigmoid => (Rewrite::OneMinusSigmoid, Unary::Sigmoid),
            Unary::NormCdf => (Rewrite::Complement, Unary::NormCdf),
            Unary::Tanh => {
                self.apply(Rewrite::Complement.by("1 − tanh x → 2σ(−2x)"))?;
                return Some(self.double_sigmoid(-2.0, z));
            }
            Unary::Erf | Unary::Erfc => {
                let (other, equation) = match unary {
                    Unary::Erf => (Unary::Erfc, "1 − erf x → erfc x"),
                    _ => (Unary::Erf, "1 − erfc x → erf x"),
                };
                self.apply(Rewrite::Complement.by(equation))?;
                return Some(self.make(Op::Unary(other), &[z]));
            }
            Unary::Cos => {
                self.apply(Rewrite::Complement.by("1 − cos x → 2 sin²(x/2)"))?;
                return Some(self.twice_squared(Unary::Sin, z));
            }
            Unary::Cosh => {
                self.apply(Rewrite::Complement.by("1 − cosh x → −2 sinh²(x/2)"))?;
                let excess = self.twice_squared(Unary::Sinh, z);
                return Some(self.negated(excess));
            }
            Unary::Exp => {
                self.apply(Rewrite::ExpM1.by("1 − eˣ → −exp_m1(x)"))?;
                let difference = self.make(Op::Unary(Unary::ExpM1), &[z]);
                return Some(self.negated(difference));
            }
            _ => return None,
        };
        self.apply(rewrite)?;
        let minus_z = self.negated(z);
        Some(self.make(Op::Unary(of_minus), &[minus_z]))
    }

    /// `1 − x` of a product, a power or an element of what has a logarithm.
    fn one_minus_by_log(&mut self, x: NodeId) -> Option<NodeId> {
        let is_composed = matches!(
            self.seen(x)?,
            Op::Binary(Binary::Mul | Binary::Pow)
                | Op::Powi(_)
                | Op::Powf(_)
                | Op::Unary(Unary::Sqrt)
                | Op::Reduce(Reduce::Prod, _)
                | Op::Select
                | Op::Normalise(Normalise::Softmax, _)
                | Op::Slice(_)
                | Op::Reshape
                | Op::Gather
        );
        let log = if is_composed { self.known_log(x)? } else { return None };
        self.apply(Rewrite::Complement.by("1 − eˡ → −exp_m1(l)"))?;
        let difference = self.unary(Unary::ExpM1, log);
        Some(self.negated(difference))
    }

    /// Of a share `a/(a + b)`: b, and the sum.
    fn other_share(&self, x: NodeId) -> Option<(NodeId, NodeId)> {
        let (part, sum) = match (self.seen(x)?, self.graph.args(x)) {
            (Op::Unary(Unary::Recip), &[sum]) => (None, sum),
            (Op::Binary(Binary::Div), &[a, sum]) => (Some(a), sum),
            _ => return None,
        };
        let is_part = |x: NodeId| part.map_or(self.is_number(x, T::one()), |part| self.same(part, x));
        match (self.seen(sum)?, self.graph.args(sum)) {
            (Op::Binary(Binary::Add), &[a, b]) if is_part(a) => Some((b, sum)),
            (Op::Binary(Binary::Add), &[a, b]) if is_part(b) => Some((a, sum)),
            _ => None,
        }
    }

    /// Of a quotient `a/b` whose parts have terms in common: b − a, and b.
    fn rest_of_quotient(&mut self, x: NodeId) -> Option<(NodeId, NodeId)> {
        let (Op::Binary(Binary::Div), &[a, b]) = (self.seen(x)?, self.graph.args(x)) else { return None };
        let rest = self.difference_with_less(b, a)?;
        Some((self.sum_of_multiples(&rest), b))
    }

    /// `1 − select(c, a, b)` as the choice of the complements, if one of them is of one piece.
    fn one_minus_choice(&mut self, condition: NodeId, branches: [NodeId; 2]) -> Option<NodeId> {
        let is_probability = |rewriter: &Self, branch: NodeId| {
            matches!(rewriter.seen(branch), Some(Op::Unary(Unary::Sigmoid | Unary::NormCdf | Unary::Erf | Unary::Tanh)))
        };
        if !branches.iter().any(|&branch| is_probability(self, branch)) {
            return None;
        }
        self.apply(Rewrite::Complement.by("1 − select(c, a, b) → select(c, 1 − a, 1 − b)"))?;
        let one = self.number(T::one());
        let [a, b] = branches.map(|branch| self.make(Op::Binary(Binary::Sub), &[one, branch]));
        Some(self.make(Op::Select, &[condition, a, b]))
    }

    /// `2σ(factor·z)`.
    fn double_sigmoid(&mut self, factor: f64, z: NodeId) -> NodeId {
        let scaled = self.multiple(factor, z);
        let sigmoid = self.make(Op::Unary(Unary::Sigmoid), &[scaled]);
        self.multiple(2.0, sigmoid)
    }

    /// The z whose `tanh² z` a node is.
    fn squared_tanh(&self, x: NodeId) -> Option<NodeId> {
        let base = match (self.seen(x)?, self.graph.args(x)) {
            (Op::Powi(2), &[base]) => base,
            (Op::Binary(Binary::Mul), &[a, b]) if a == b => a,
            _ => return None,
        };
        self.operand_of(base, Op::Unary(Unary::Tanh))
    }
}
