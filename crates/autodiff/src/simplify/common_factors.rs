//! Factors that a quotient has above and below: `x·x/|x|`, `(x·y)/x`. The product of the upper ones may leave the range of the numbers where
//! the quotient doesn't, and 0 by underflow is a wrong number that nobody notices. Where `x/x` is NaN, so is what stands instead.

use super::Rewriter;
use super::rewrite::Rewrite;
use crate::graph::NodeId;
use crate::ops::{Binary, Op, Unary};
use crate::scalar::Scalar;
use smallvec::{SmallVec, smallvec};

const MUL: Op = Op::Binary(Binary::Mul);
const DIV: Op = Op::Binary(Binary::Div);

/// How many factors are looked at.
const MOST_FACTORS: usize = 8;

/// The highest power that is opened.
const HIGHEST_POWER: i32 = 64;

/// `xᵖ·|x|ˢ`, where p is `above[0] − below[0]` and s is `above[1] − below[1]`.
struct Factor {
    x: NodeId,
    above: [i32; 2],
    below: [i32; 2],
}

impl Factor {
    /// Whether a power of x, or of its size, stands above and below; `x/|x|` is the sign.
    fn is_common(&self) -> bool {
        let meets = |above: usize, below: usize| self.above[above].min(self.below[below]) > 0;
        [(0, 0), (1, 1), (0, 1), (1, 0)].iter().any(|&(above, below)| meets(above, below))
    }

    /// p and s once `x² = |x|²` has taken out of one what the other has.
    fn powers(&self) -> [i32; 2] {
        let [mut p, mut s] = [0, 1].map(|kind| self.above[kind] - self.below[kind]);
        while p.signum() * s.signum() < 0 && p.abs().max(s.abs()) >= 2 {
            let (from, to) = if p.abs() >= 2 { (&mut p, &mut s) } else { (&mut s, &mut p) };
            let pair = 2 * from.signum();
            *from -= pair;
            *to += pair;
        }
        [p, s]
    }

    /// Whether the sign of x is left of it.
    fn is_sign(&self) -> bool {
        matches!(self.powers(), [1, -1] | [-1, 1])
    }

    /// Whether that is all there has ever been.
    fn is_plain_sign(&self) -> bool {
        self.is_sign() && self.above[0] + self.above[1] == 1
    }
}

/// What is multiplied and divided by, and the sign.
#[derive(Default)]
struct Fraction {
    factors: SmallVec<[Factor; 4]>,
    is_negative: bool,
}

/// What a fraction becomes without its common factors, as an equation: of its first such factor.
fn equation(op: Op, fraction: &Fraction) -> &'static str {
    let common = fraction.factors.iter().find(|factor| factor.is_common());
    match common {
        Some(factor) if factor.is_sign() => "(a·x)/(b·|x|) → sign(x)·a/b",
        Some(factor) if factor.above[1] + factor.below[1] > 0 => "(a·x²)/(b·|x|) → |x|·a/b",
        Some(factor) if op != DIV && factor.powers() == [0, 0] => "(a/x)·(b·x) → a·b",
        Some(factor) if op != DIV && factor.powers()[0] != 0 => "(a/xᵐ)·(b·xⁿ) → a·b·xⁿ⁻ᵐ",
        Some(factor) if factor.powers()[0] != 0 => "(a·xⁿ)/(b·xᵐ) → (a/b)·xⁿ⁻ᵐ",
        _ => Rewrite::CommonFactor.equation(),
    }
}

impl<T: Scalar> Rewriter<'_, T> {
    /// A quotient, or a product with one, without the factors that it has above and below.
    pub(super) fn without_common_factors(&mut self, op: Op, args: &[NodeId]) -> Option<NodeId> {
        let is_quotient = |&x: &NodeId| matches!(self.seen(x), Some(DIV | Op::Unary(Unary::Recip)));
        if op != DIV && !args.iter().any(is_quotient) {
            return None;
        }
        let fraction = self.fraction(op, args)?;
        // `x/|x|` alone doesn't leave the range.
        let stays = |factor: &Factor| factor.is_plain_sign() && fraction.factors.len() == 1;
        if !fraction.factors.iter().any(|factor| factor.is_common() && !stays(factor)) {
            return None;
        }
        self.apply(Rewrite::CommonFactor.by(equation(op, &fraction)))?;
        Some(self.without_common(&fraction))
    }

    /// The factors above and below, of products, quotients, powers and absolute values.
    fn fraction(&self, op: Op, args: &[NodeId]) -> Option<Fraction> {
        let &[a, b] = args else { return None };
        let mut fraction = Fraction::default();
        let mut open: SmallVec<[(NodeId, i32); MOST_FACTORS]> = smallvec![(b, if op == DIV { -1 } else { 1 }), (a, 1)];
        while let Some((node, power)) = open.pop() {
            let may_open = open.len() + fraction.factors.len() + 2 <= MOST_FACTORS;
            match (self.seen(node), self.graph.args(node)) {
                (Some(Op::Unary(Unary::Neg)), &[x]) => {
                    fraction.is_negative ^= power % 2 != 0;
                    open.push((x, power));
                }
                (Some(Op::Unary(Unary::Recip)), &[x]) => open.push((x, -power)),
                (Some(Op::Powi(n)), &[x]) if n != 0 && n.abs().max(power.abs()) <= HIGHEST_POWER => {
                    open.push((x, n * power));
                }
                (Some(MUL), &[x, y]) if may_open => open.extend([(y, power), (x, power)]),
                (Some(DIV), &[x, y]) if may_open => open.extend([(y, -power), (x, power)]),
                (Some(Op::Unary(Unary::Abs)), &[x]) => self.count_factor(&mut fraction, x, 1, power),
                _ => self.count_factor(&mut fraction, node, 0, power),
            }
        }
        Some(fraction)
    }

    fn count_factor(&self, fraction: &mut Fraction, x: NodeId, kind: usize, power: i32) {
        let place = fraction.factors.iter().position(|factor| self.same(factor.x, x)).unwrap_or_else(|| {
            fraction.factors.push(Factor { x, above: [0; 2], below: [0; 2] });
            fraction.factors.len() - 1
        });
        let factor = &mut fraction.factors[place];
        let counted = if power > 0 { &mut factor.above } else { &mut factor.below };
        counted[kind] += power.abs();
    }

    /// The quotient of what is left above and below.
    fn without_common(&mut self, fraction: &Fraction) -> NodeId {
        let [mut above, mut below] = [None; 2];
        let mut signs = SmallVec::<[NodeId; 4]>::new();
        for factor in &fraction.factors {
            if factor.is_sign() {
                signs.push(self.unary(Unary::Signum, factor.x));
                continue;
            }
            for (kind, power) in factor.powers().into_iter().enumerate().filter(|&(_, power)| power != 0) {
                let base = if kind == 0 { factor.x } else { self.unary(Unary::Abs, factor.x) };
                let side = if power > 0 { &mut above } else { &mut below };
                let power = if power.abs() == 1 { base } else { self.make(Op::Powi(power.abs()), &[base]) };
                *side = Some(side.map_or(power, |product| self.make(MUL, &[product, power])));
            }
        }
        let mut quotient = match (above, below) {
            (Some(above), Some(below)) => self.make(DIV, &[above, below]),
            (Some(above), None) => above,
            (None, Some(below)) => self.of_weights(Op::Unary(Unary::Recip), &[below]),
            (None, None) => self.number(T::one()),
        };
        quotient = signs.into_iter().fold(quotient, |quotient, sign| self.make(MUL, &[quotient, sign]));
        if fraction.is_negative {
            quotient = self.negated(quotient);
        }
        let common = fraction.factors.iter().filter(|factor| factor.is_common());
        common.fold(quotient, |quotient, factor| self.where_defined(factor.x, quotient))
    }

    /// `value` where `x/x` is 1; where it is NaN, that.
    fn where_defined(&mut self, x: NodeId, value: NodeId) -> NodeId {
        if self.graph.scalar_value(x).is_some_and(|number| number.is_finite() && number != T::zero()) {
            return value;
        }
        let [zero, most, nan] = [T::zero(), T::infinity(), T::nan()].map(|number| self.number(number));
        // An exponential is 0 or infinite by rounding alone, unless its exponent is infinite.
        let log = self.branch(x).positive();
        let looked_at = log.unwrap_or(x);
        let size = self.unary(Unary::Abs, looked_at);
        let is_finite = self.make(Op::Binary(Binary::Lt), &[size, most]);
        let undefined = self.make(MUL, &[looked_at, nan]);
        let [is_defined, undefined] = match log {
            Some(_) => [is_finite, self.unary(Unary::Exp, undefined)],
            None => {
                let is_large = self.make(Op::Binary(Binary::Gt), &[size, zero]);
                [self.make(MUL, &[is_large, is_finite]), undefined]
            }
        };
        self.make(Op::Select, &[is_defined, value, undefined])
    }
}
