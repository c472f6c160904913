//! The derivatives of elementwise functions as textbooks write them, each with the rule's name.

use crate::number::Number;
use crate::pool::{Function, Id, Pool};

/// The derivative of a function of one argument, formed from the argument and the value.
type Derivative = fn(&mut Pool, Id, Id) -> Id;

/// A row of the table: the name in the catalogue, the rule as it is written beside a step, the derivative.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) derivative: Derivative,
}

const fn rule(name: &'static str, text: &'static str, derivative: Derivative) -> Rule {
    Rule { name, text, derivative }
}

/// The table. Where it helps, a derivative is written by the value: σ′ = σ(1 − σ).
pub(crate) const RULES: &[Rule] = &[
    rule("exp", "(eˣ)′ = eˣ", |_, _, y| y),
    rule("ln", "(ln x)′ = 1/x", |pool, x, _| pool.power(x, Number::MINUS_ONE)),
    rule("sigmoid", "σ′ = σ(1 − σ)", |pool, _, y| {
        let rest = complement(pool, y);
        pool.times(y, rest)
    }),
    rule("tanh", "tanh′ = 1 − tanh²", |pool, _, y| {
        let square = pool.power(y, Number::whole(2));
        complement(pool, square)
    }),
    rule("norm_cdf", "Φ′ = φ", |pool, x, _| pool.call("norm_pdf", &[x])),
    rule("norm_pdf", "φ′(x) = −x·φ(x)", |pool, x, y| {
        let product = pool.times(x, y);
        pool.negated(product)
    }),
    rule("abs", "|x|′ = sign x", |pool, x, _| pool.call("signum", &[x])),
    rule("relu", "max(0, x)′ = [x > 0]", |pool, x, _| pool.call("step", &[x])),
    rule("sin", "sin′ = cos", |pool, x, _| pool.call("cos", &[x])),
    rule("cos", "cos′ = −sin", |pool, x, _| {
        let sin = pool.call("sin", &[x]);
        pool.negated(sin)
    }),
    rule("tan", "tan′ = 1 + tan²", |pool, _, y| {
        let square = pool.power(y, Number::whole(2));
        one_plus(pool, square)
    }),
    rule("asin", "arcsin′(x) = 1/√(1 − x²)", |pool, x, _| one_minus_square(pool, x, Number::Ratio(-1, 2))),
    rule("acos", "arccos′(x) = −1/√(1 − x²)", |pool, x, _| {
        let slope = one_minus_square(pool, x, Number::Ratio(-1, 2));
        pool.negated(slope)
    }),
    rule("atan", "arctan′(x) = 1/(1 + x²)", |pool, x, _| one_plus_square(pool, x, Number::MINUS_ONE)),
    rule("sinh", "sinh′ = cosh", |pool, x, _| pool.call("cosh", &[x])),
    rule("cosh", "cosh′ = sinh", |pool, x, _| pool.call("sinh", &[x])),
    rule("ln_cosh", "(ln cosh)′ = tanh", |pool, x, _| pool.call("tanh", &[x])),
    rule("asinh", "arsinh′(x) = 1/√(1 + x²)", |pool, x, _| one_plus_square(pool, x, Number::Ratio(-1, 2))),
    rule("acosh", "arcosh′(x) = 1/√(x² − 1)", |pool, x, _| {
        let square = pool.power(x, Number::whole(2));
        let one = pool.number(Number::ONE);
        let difference = pool.minus(square, one);
        pool.power(difference, Number::Ratio(-1, 2))
    }),
    rule("atanh", "artanh′(x) = 1/(1 − x²)", |pool, x, _| one_minus_square(pool, x, Number::MINUS_ONE)),
    rule("cbrt", "(∛x)′ = 1/(3·(∛x)²)", |pool, _, y| {
        let square = pool.power(y, Number::whole(-2));
        pool.scaled(square, Number::Ratio(1, 3))
    }),
    rule("logit", "logit′(x) = 1/(x(1 − x))", |pool, x, _| {
        let rest = complement(pool, x);
        let product = pool.times(x, rest);
        pool.power(product, Number::MINUS_ONE)
    }),
    rule("erf", "erf′(x) = 2/√π·exp(−x²)", |pool, x, _| gauss(pool, x, 1.0)),
    rule("erfc", "erfc′(x) = −2/√π·exp(−x²)", |pool, x, _| gauss(pool, x, -1.0)),
    rule("lgamma", "(ln Γ)′ = ψ", |pool, x, _| pool.call("digamma", &[x])),
    rule("digamma", "ψ′ = ψ₁", |pool, x, _| polygamma(pool, 1, x)),
    rule("signum", "sign′ = 0", |pool, _, _| pool.number(Number::ZERO)),
    rule("step", "[x > 0]′ = 0", |pool, _, _| pool.number(Number::ZERO)),
    rule("floor", "⌊x⌋′ = 0", |pool, _, _| pool.number(Number::ZERO)),
    rule("ceil", "⌈x⌉′ = 0", |pool, _, _| pool.number(Number::ZERO)),
    rule("round", "round′ = 0", |pool, _, _| pool.number(Number::ZERO)),
    rule("trunc", "trunc′ = 0", |pool, _, _| pool.number(Number::ZERO)),
    rule("stop_gradient", "0 by decree", |pool, _, _| pool.number(Number::ZERO)),
];

/// The rule of a function.
pub(crate) fn rule_of(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// The member of order n of the polygamma family.
pub(crate) fn polygamma(pool: &mut Pool, order: u16, x: Id) -> Id {
    let name = match order {
        0 => "digamma",
        1 => "trigamma",
        _ => "polygamma",
    };
    pool.call_of(Function { name: name.into(), order }, &[x])
}

fn one_plus(pool: &mut Pool, x: Id) -> Id {
    let one = pool.number(Number::ONE);
    pool.plus(one, x)
}

fn complement(pool: &mut Pool, x: Id) -> Id {
    let one = pool.number(Number::ONE);
    pool.minus(one, x)
}

fn one_minus_square(pool: &mut Pool, x: Id, exponent: Number) -> Id {
    let square = pool.power(x, Number::whole(2));
    let rest = complement(pool, square);
    pool.power(rest, exponent)
}

fn one_plus_square(pool: &mut Pool, x: Id, exponent: Number) -> Id {
    let square = pool.power(x, Number::whole(2));
    let sum = one_plus(pool, square);
    pool.power(sum, exponent)
}

fn gauss(pool: &mut Pool, x: Id, sign: f64) -> Id {
    let square = pool.power(x, Number::whole(2));
    let exponent = pool.negated(square);
    let bell = pool.call("exp", &[exponent]);
    pool.scaled(bell, Number::from_f64(sign * std::f64::consts::FRAC_2_SQRT_PI))
}

impl Pool {
    /// The derivative of a call by its argument `place`.
    pub(crate) fn slope(&mut self, function: &Function, args: &[Id], value: Id, place: usize) -> Id {
        if function.order > 0 || &*function.name == "trigamma" {
            return self.call_of(Function { name: higher(function), order: function.order + 1 }, args);
        }
        match (rule_of(&function.name), &*function.name, args) {
            (Some(rule), _, &[x]) => (rule.derivative)(self, x, value),
            (_, "lt" | "le" | "gt" | "ge" | "equal" | "not_equal" | "share", _) => self.number(Number::ZERO),
            (_, "maximum", &[a, b]) if place == 0 => self.call("share", &[a, b]),
            (_, "maximum", &[a, b]) => self.call("share", &[b, a]),
            (_, "minimum", &[a, b]) if place == 0 => self.call("share", &[b, a]),
            (_, "minimum", &[a, b]) => self.call("share", &[a, b]),
            (_, "pow", &[a, b]) if place == 0 => {
                let one = self.number(Number::ONE);
                let less = self.minus(b, one);
                let power = self.call("pow", &[a, less]);
                self.times(b, power)
            }
            (_, "pow", &[a, _]) => {
                let log = self.call("ln", &[a]);
                self.times(value, log)
            }
            (_, "atan2", &[a, b]) => {
                let (squares, two) = ([a, b], Number::whole(2));
                let squares: Vec<Id> = squares.iter().map(|&x| self.power(x, two)).collect();
                let sum = self.sum(&squares);
                let slope = if place == 0 { b } else { self.negated(a) };
                self.over(slope, sum)
            }
            // A function without a rule here: its derivative keeps its name, with a prime.
            _ => {
                let name = if args.len() == 1 {
                    format!("{}′", function.name)
                } else {
                    format!("∂{}{}", place + 1, function.name)
                };
                self.call_of(Function { name: name.into(), order: 0 }, args)
            }
        }
    }
}

fn higher(function: &Function) -> std::sync::Arc<str> {
    match &*function.name {
        "digamma" => "trigamma".into(),
        "trigamma" => "polygamma".into(),
        _ => function.name.clone(),
    }
}
