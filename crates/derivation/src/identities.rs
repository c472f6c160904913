//! What functions are to each other: `e^{ln x} = x`, `1/(1 + e^{−x}) = σ(x)`, `|−x| = |x|`.
//!
//! An identity is in here only if both sides agree at all finite numbers where the left one has a value, which the tests check on random
//! points and at the edges; where the left side has none (∞/∞), the right one may.

use crate::build::Factors;
use crate::number::Number;
use crate::pool::{Dims, Function, Id, Len, Node, Pool, Reduction, broadcast_dims};
use autodiff::{Tape, catalogue};

impl Pool {
    /// A call by name.
    pub(crate) fn call(&mut self, name: &str, args: &[Id]) -> Id {
        self.call_of(Function { name: name.into(), order: 0 }, args)
    }

    pub(crate) fn call_of(&mut self, function: Function, args: &[Id]) -> Id {
        let known = match (&*function.name, args) {
            _ if self.is_verbatim => None,
            ("exp", &[x]) => self.exp(x),
            ("ln", &[x]) => self.ln(x),
            ("sigmoid", &[x]) => self.complement_of_negative("sigmoid", x),
            ("norm_cdf", &[x]) => self.complement_of_negative("norm_cdf", x),
            ("abs" | "signum", &[x]) => self.sign_moved_out(&function.name, x),
            ("maximum" | "minimum", &[a, b]) if a == b => Some(a),
            ("select", &[condition, a, b]) => match self.as_number(condition) {
                Some(number) => Some(if number.is_zero() { b } else { a }),
                None if a == b => Some(a),
                None => self.select_of_negatives(&function, condition, [a, b]),
            },
            ("share" | "lt" | "le" | "gt" | "ge", &[a, b]) if self.as_number(b).is_none() => {
                self.compared_to_zero(&function, a, b)
            }
            _ => None,
        };
        if let Some(known) = known.or_else(|| self.without_value(&function, args)) {
            return known;
        }
        let dims = args.iter().fold(Vec::new(), |dims, &arg| broadcast_dims(&dims, self.dims(arg)));
        self.intern(Node::Call(function, args.to_vec()), dims)
    }

    /// A function of numbers whose value isn't finite, such as ln 0: ∞ or NaN.
    fn without_value(&mut self, function: &Function, args: &[Id]) -> Option<Id> {
        if self.is_verbatim || function.order > 0 || args.iter().any(|&arg| self.as_number(arg).is_none()) {
            return None;
        }
        let known = catalogue::operations().find(|operation| operation.name() == &*function.name)?;
        if known.operands().len() != args.len() {
            return None;
        }
        let tape = Tape::<f64>::new();
        let args: Vec<_> =
            args.iter().filter_map(|&arg| self.as_number(arg)).map(|x| tape.constant(x.to_f64())).collect();
        let value = known.record(&tape, &args).item().ok()?;
        (!value.is_finite()).then(|| self.number(Number::from_f64(value)))
    }

    /// `{−a if c, else −b} = −{a if c, else b}`, a zero being either.
    fn select_of_negatives(&mut self, function: &Function, condition: Id, branches: [Id; 2]) -> Option<Id> {
        let signs = branches.map(|branch| self.split_coefficient(branch).0);
        let is_negative = signs.iter().any(|sign| sign.is_negative());
        if !is_negative || !signs.iter().all(|sign| sign.is_negative() || sign.is_zero()) {
            return None;
        }
        let [a, b] = branches.map(|branch| self.negated(branch));
        let positive = self.call_of(function.clone(), &[condition, a, b]);
        Some(self.negated(positive))
    }

    /// `[a > b] = [a − b > 0]`, where that is no longer; a positive factor of the difference left out.
    fn compared_to_zero(&mut self, function: &Function, a: Id, b: Id) -> Option<Id> {
        let difference = self.minus(a, b);
        let shortest = self.as_expanded(difference).unwrap_or(difference);
        let (scale, rest) = self.monic(shortest);
        let sign = if scale.is_negative() { Number::MINUS_ONE } else { Number::ONE };
        let rest = rest.filter(|&rest| self.cost(rest) <= self.cost(a).min(self.cost(b)))?;
        let (signed, zero) = (self.scaled(rest, sign), self.number(Number::ZERO));
        Some(self.call_of(function.clone(), &[signed, zero]))
    }

    /// `e⁰ = 1`, `e^{k·ln x} = xᵏ`.
    fn exp(&mut self, x: Id) -> Option<Id> {
        let (coefficient, rest) = self.split_coefficient(x);
        let Some(rest) = rest else { return coefficient.is_zero().then(|| self.number(Number::ONE)) };
        let inner = self.as_call(rest, "ln")?;
        coefficient.as_whole()?;
        Some(self.power(inner, coefficient))
    }

    /// `ln 1 = 0`, `ln eˣ = x`, `ln(eˣ·r) = x + ln r`, `ln(1/x) = −ln x`.
    fn ln(&mut self, x: Id) -> Option<Id> {
        if self.as_number(x).is_some_and(Number::is_one) {
            return Some(self.number(Number::ZERO));
        }
        if let Some(exponent) = self.as_call(x, "exp") {
            return Some(exponent);
        }
        let factors = match self.node(x).clone() {
            Node::Product(factors) => factors,
            _ => vec![x],
        };
        let exponential = factors.iter().position(|&factor| self.as_call(factor, "exp").is_some());
        if let Some(place) = exponential {
            let exponent = self.as_call(factors[place], "exp")?;
            let mut others = factors;
            others.remove(place);
            let rest = self.product(&others);
            let rest = self.call("ln", &[rest]);
            return Some(self.plus(exponent, rest));
        }
        factors.iter().all(|&factor| self.divides_by_array(factor)).then(|| {
            let inverse = self.power(x, Number::MINUS_ONE);
            let log = self.call("ln", &[inverse]);
            self.negated(log)
        })
    }

    /// `f(−x) = 1 − f(x)`, for σ and Φ: of a negative, and of a difference whose negative there is already, so that differences stay
    /// as they were written first.
    fn complement_of_negative(&mut self, name: &str, x: Id) -> Option<Id> {
        if let Node::Product(factors) = self.node(x)
            && let &[number, sum] = factors.as_slice()
            && self.as_number(number) == Some(Number::MINUS_ONE)
            && let Node::Sum(terms) = self.node(sum).clone()
        {
            // The difference as it was written.
            let difference = self.negated_terms(&terms);
            return Some(self.call(name, &[difference]));
        }
        let positive = match self.node(x).clone() {
            Node::Sum(terms) => self.negated_terms(&terms),
            _ => self.negated(x),
        };
        if positive == x || !self.is_negative(x) && !self.has_call(name, positive) {
            return None;
        }
        let value = self.call(name, &[positive]);
        let one = self.number(Number::ONE);
        Some(self.minus(one, value))
    }

    /// Whether this is a negative multiple, or a sum of such; not of a difference, which has either sign as it is written.
    fn is_negative(&mut self, x: Id) -> bool {
        let is_negative = |pool: &mut Self, term: Id| pool.split_coefficient(term).0.is_negative();
        match self.node(x).clone() {
            Node::Number(_) => false,
            Node::Sum(terms) => terms.iter().all(|&term| is_negative(self, term)),
            Node::Product(factors) => {
                let has_difference = factors.iter().any(|&factor| match self.node(factor).clone() {
                    Node::Sum(terms) => terms.iter().any(|&term| is_negative(self, term)),
                    _ => false,
                });
                is_negative(self, x) && !has_difference
            }
            _ => false,
        }
    }

    /// `|c·x| = |c|·|x|`, `sign(c·x) = sign(c)·sign(x)`.
    fn sign_moved_out(&mut self, name: &str, x: Id) -> Option<Id> {
        let (coefficient, rest) = match self.node(x) {
            Node::Sum(_) => {
                let (content, primitive) = self.primitive(x);
                (content, Some(primitive))
            }
            _ => self.split_coefficient(x),
        };
        if coefficient.is_one() || coefficient.is_zero() {
            return None;
        }
        let sign = if coefficient.is_negative() { Number::MINUS_ONE } else { Number::ONE };
        let outside = if name == "abs" { coefficient.times(sign) } else { sign };
        match rest {
            Some(rest) => {
                let inside = self.call(name, &[rest]);
                Some(self.scaled(inside, outside))
            }
            None => Some(self.number(outside)),
        }
    }

    /// Of `eᵃ + eᵇ`, the factors of its reciprocal `e^{−a}·σ(a − b)`; a term 1 is `e⁰`.
    pub(crate) fn logistic(&mut self, sum: Id) -> Option<Vec<Id>> {
        let Node::Sum(terms) = self.node(sum).clone() else { return None };
        let &[first, second] = terms.as_slice() else { return None };
        let (a, b) = (self.exponent_of(first)?, self.exponent_of(second)?);
        let difference = self.minus(a, b);
        let sigmoid = self.call("sigmoid", &[difference]);
        let minus_a = self.negated(a);
        let scale = self.call("exp", &[minus_a]);
        Some(vec![scale, sigmoid])
    }

    /// The x of `eˣ`.
    fn exponent_of(&mut self, id: Id) -> Option<Id> {
        match self.as_number(id) {
            Some(number) if number.is_one() => Some(self.number(Number::ZERO)),
            Some(_) => None,
            None => self.as_call(id, "exp"),
        }
    }

    /// One exponential for all: `eᵃ·eᵇ = e^{a + b}`; then `eˣ·(1 − σ(x)) = σ(x)` and `e^{−x}·σ(x) = 1 − σ(x)`, as often as they apply.
    pub(crate) fn join_exponentials(&mut self, factors: &mut Factors) {
        if factors.exponents.is_empty() {
            return;
        }
        let mut exponent = self.sum(&std::mem::take(&mut factors.exponents));
        let bases: Vec<Id> = factors.powers.keys().copied().collect();
        for base in bases {
            let Some((other, change)) = self.sigmoid_partner(base) else { continue };
            let mut left = factors.powers.get(&base).and_then(|power| power.as_whole()).unwrap_or(0);
            let minus_change = self.negated(change);
            while left > 0 && self.divides(exponent, change) {
                exponent = self.sum(&[exponent, minus_change]);
                left -= 1;
                self.multiply(factors, base, Number::MINUS_ONE);
                self.multiply(factors, other, Number::ONE);
            }
        }
        exponent = self.join_softmax(factors, exponent);
        match self.as_number(exponent) {
            Some(number) if number.is_zero() => {}
            _ => {
                let power = self.call("exp", &[exponent]);
                match self.as_call(power, "exp") {
                    Some(_) => {
                        factors.powers.insert(power, Number::ONE);
                    }
                    None => self.multiply(factors, power, Number::ONE),
                }
            }
        }
    }

    /// `sinh x/cosh x = tanh x`, as often as it applies.
    pub(crate) fn join_tangents(&mut self, factors: &mut Factors) {
        let bases: Vec<Id> = factors.powers.keys().copied().collect();
        for sine in bases {
            let Some(x) = self.as_call(sine, "sinh") else { continue };
            let (cosine, tangent) = (self.call("cosh", &[x]), self.call("tanh", &[x]));
            let whole = |id: Id| factors.powers.get(&id).and_then(|power| power.as_whole()).unwrap_or(0);
            for _ in 0..whole(sine).min(-whole(cosine)) {
                self.multiply(factors, sine, Number::MINUS_ONE);
                self.multiply(factors, cosine, Number::ONE);
                self.multiply(factors, tangent, Number::ONE);
            }
        }
    }

    /// `|x|² = x²`, `|x|·sign x = x`; `max(x, 0)·[x > 0] = max(x, 0)`, whatever the bracket is at 0.
    pub(crate) fn join_signs(&mut self, factors: &mut Factors) {
        let bases: Vec<Id> = factors.powers.keys().copied().collect();
        let whole = |factors: &Factors, id: Id| factors.powers.get(&id).and_then(|power| power.as_whole()).unwrap_or(0);
        for base in bases {
            if let Some(x) = self.as_call(base, "abs") {
                let (power, sign) = (whole(factors, base), self.call("signum", &[x]));
                let takes_sign = power > 0 && power % 2 == 1 && whole(factors, sign) > 0;
                if power % 2 == 0 || takes_sign {
                    let power = Number::whole(power);
                    self.multiply(factors, base, power.negated());
                    self.multiply(factors, x, power);
                }
                if takes_sign {
                    self.multiply(factors, sign, Number::MINUS_ONE);
                }
            } else if let Some(bracket) = self.bracket_of_positive(base)
                && whole(factors, base) > 0
            {
                factors.powers.remove(&bracket);
            }
        }
    }

    /// `[x > 0]`, of `max(x, 0)`.
    fn bracket_of_positive(&mut self, id: Id) -> Option<Id> {
        let Node::Call(function, args) = self.node(id).clone() else { return None };
        match (&*function.name, args.as_slice()) {
            ("relu", &[x]) => Some(self.call("step", &[x])),
            ("maximum", &[x, zero]) | ("maximum", &[zero, x]) if self.as_number(zero).is_some_and(Number::is_zero) => {
                Some(self.call("share", &[x, zero]))
            }
            _ => None,
        }
    }

    /// `a·aᵇ = a^{b + 1}`, for all powers of a that stand beside it.
    pub(crate) fn join_powers(&mut self, factors: &mut Factors) {
        let powers: Vec<Id> = factors.powers.keys().copied().collect();
        for power in powers {
            let Node::Call(function, args) = self.node(power).clone() else { continue };
            let (&[base, exponent], "pow") = (args.as_slice(), &*function.name) else { continue };
            let whole = |id: Id| factors.powers.get(&id).and_then(|power| power.as_whole()).unwrap_or(0);
            let times = if whole(power) == 1 { whole(base) } else { 0 };
            if times != 0 {
                let more = self.whole(times);
                let exponent = self.plus(exponent, more);
                let joined = self.call("pow", &[base, exponent]);
                for (factor, by) in [(base, -times), (power, -1), (joined, 1)] {
                    let known = factors.powers.entry(factor).or_insert(Number::ZERO);
                    *known = known.plus(Number::whole(by));
                }
            }
        }
    }

    /// `eˣ/Σeˣ = softmax(x)`, as often as it applies; the exponent that is left.
    fn join_softmax(&mut self, factors: &mut Factors, mut exponent: Id) -> Id {
        let bases: Vec<(Id, Number)> = factors.powers.iter().map(|(&base, &power)| (base, power)).collect();
        for (base, power) in bases {
            let Some((axes, x)) = self.exponentials_summed(base) else { continue };
            let mut left = power.as_whole().unwrap_or(0);
            let minus_x = self.negated(x);
            while left < 0 && self.divides(exponent, x) {
                exponent = self.sum(&[exponent, minus_x]);
                left += 1;
                let softmax = self.softmax(&axes, x);
                self.multiply(factors, base, Number::ONE);
                self.multiply(factors, softmax, Number::ONE);
            }
        }
        exponent
    }

    /// `Xᵀeˣ/Σeˣ = Xᵀ softmax(x)`, and so within a sum: a number goes to where it makes a softmax.
    pub(crate) fn join_softmax_in_sums(&mut self, factors: &mut Factors) {
        let is_below = |&(_, power): &(&Id, &Number)| power.as_whole().is_some_and(|power| power < 0);
        let below: Vec<Id> = factors.powers.iter().filter(is_below).map(|(&base, _)| base).collect();
        for sum in below {
            if !self.is_scalar(sum) || self.exponentials_summed(sum).is_none() {
                continue;
            }
            let sums: Vec<Id> =
                factors.powers.iter().filter(|(_, power)| power.is_one()).map(|(&base, _)| base).collect();
            for of in sums {
                let Some(joined) = self.divided_within(of, sum) else { continue };
                self.multiply(factors, of, Number::MINUS_ONE);
                self.multiply(factors, sum, Number::ONE);
                self.multiply(factors, joined, Number::ONE);
                break;
            }
        }
    }

    /// A matrix product or sum by a number that what it sums is divided by, if that makes a softmax.
    fn divided_within(&mut self, of: Id, by: Id) -> Option<Id> {
        let node = self.node(of).clone();
        let (Node::MatMul(_, inner) | Node::Reduce(Reduction::Sum, _, inner)) = node else { return None };
        let quotient = self.product_of_powers(&[(inner, Number::ONE), (by, Number::MINUS_ONE)]);
        let (scalars, _) = self.split_scalars(quotient);
        match node {
            _ if !scalars.is_empty() => None,
            Node::MatMul(left, _) => Some(self.matmul(left, quotient)),
            Node::Reduce(reduction, axes, _) => Some(self.reduce(reduction, &axes, quotient)),
            _ => None,
        }
    }

    /// The axes and the x of `Σeˣ`, if it stretches back to the shape of x along these axes.
    fn exponentials_summed(&self, base: Id) -> Option<(Vec<usize>, Id)> {
        let (sum, keeps_axes) = match *self.node(base) {
            Node::Reshape(inner) => (inner, true),
            _ => (base, false),
        };
        let Node::Reduce(Reduction::Sum, axes, of) = self.node(sum) else { return None };
        let x = self.as_call(*of, "exp")?;
        let dims = self.dims(x);
        let kept: Dims =
            (0..dims.len()).map(|axis| if axes.contains(&axis) { Len::Of(1) } else { dims[axis] }).collect();
        let fits = if keeps_axes { **self.dims(base) == kept } else { axes.len() == dims.len() };
        fits.then(|| (axes.clone(), x))
    }

    /// Whether `exponent` is a positive whole multiple of `change`.
    fn divides(&mut self, exponent: Id, change: Id) -> bool {
        let ((a, x), (b, y)) = (self.monic(exponent), self.monic(change));
        x == y && b.recip().is_some_and(|b| a.times(b).as_whole().is_some_and(|times| times > 0))
    }

    fn monic(&mut self, x: Id) -> (Number, Option<Id>) {
        match self.node(x) {
            Node::Sum(_) => {
                let (content, primitive) = self.primitive(x);
                (content, Some(primitive))
            }
            _ => self.split_coefficient(x),
        }
    }

    /// For a factor σ(x): 1 − σ(x), which it becomes when multiplied by e^{−x}, and −x; for 1 − σ(x): σ(x), and x.
    fn sigmoid_partner(&mut self, base: Id) -> Option<(Id, Id)> {
        if let Some(x) = self.as_call(base, "sigmoid") {
            let one = self.number(Number::ONE);
            return Some((self.minus(one, base), self.negated(x)));
        }
        let Node::Sum(terms) = self.node(base).clone() else { return None };
        let &[one, minus_sigmoid] = terms.as_slice() else { return None };
        let (coefficient, rest) = self.split_coefficient(minus_sigmoid);
        let sigmoid = rest.filter(|_| coefficient == Number::MINUS_ONE)?;
        let x = self.as_call(sigmoid, "sigmoid")?;
        self.as_number(one).filter(|one| one.is_one())?;
        Some((sigmoid, x))
    }
}
