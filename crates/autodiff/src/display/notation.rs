//! How an operation and its operands are written: as a call or with an infix sign.

use crate::graph::{Graph, NodeId};
use crate::ops::{Binary, Op, Unary};
use crate::scalar::Scalar;

/// The signs between two operands, and how tightly they bind.
const SIGNS: &[(Binary, &str, u8)] = &[
    (Binary::Lt, "<", 1),
    (Binary::Le, "≤", 1),
    (Binary::Gt, ">", 1),
    (Binary::Ge, "≥", 1),
    (Binary::Equal, "==", 1),
    (Binary::NotEqual, "≠", 1),
    (Binary::Add, "+", 2),
    (Binary::Sub, "-", 2),
    (Binary::Mul, "*", 3),
    (Binary::StrongMul, "*", 3),
    (Binary::Div, "/", 3),
    (Binary::StrongDiv, "/", 3),
    (Binary::Pow, "^", 5),
];

/// How tightly a product of matrices, a negation, a power, and what needs no parentheses bind.
const PRODUCT: u8 = 3;
const NEGATION: u8 = 4;
const POWER: u8 = 5;
const ATOM: u8 = 6;

/// A written operand or result, and how tightly its outermost sign binds.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) text: String,
    binds: u8,
}

impl Text {
    /// What never needs parentheses.
    pub(super) fn atom(text: impl Into<String>) -> Self {
        Self { text: text.into(), binds: ATOM }
    }

    /// The text, in parentheses where it binds less tightly than `least`.
    fn at_least(&self, least: u8) -> String {
        if self.binds >= least { self.text.clone() } else { format!("({})", self.text) }
    }
}

/// A node in algebra: `a + b`, `x^3`, `Aᵀ · B`, and calls for the rest.
pub(super) fn algebra<T: Scalar>(graph: &Graph<T>, id: NodeId, operands: &[Text]) -> Text {
    match (graph.op(id), operands) {
        (Op::Binary(binary), [a, b]) => match sign(binary) {
            Some((sign, binds)) if binds == POWER => between(a, sign, b, POWER + 1, POWER + 1, POWER),
            Some((sign, binds)) => between(a, sign, b, binds, binds + 1, binds),
            None => call(graph, id, operands),
        },
        (Op::Unary(Unary::Neg), [x]) => Text { text: format!("-{}", x.at_least(NEGATION)), binds: NEGATION },
        (Op::Powi(n), [x]) => Text { text: format!("{}^{n}", x.at_least(ATOM)), binds: POWER },
        (Op::Powf(p), [x]) => Text { text: format!("{}^{}", x.at_least(ATOM), graph.payloads.scalar(p)), binds: POWER },
        (Op::MatMul { ta, tb, .. }, [a, b]) => {
            let side = |x: &Text, transposed: bool| match transposed {
                true => Text::atom(format!("{}ᵀ", x.at_least(ATOM))),
                false => x.clone(),
            };
            between(&side(a, ta), "·", &side(b, tb), PRODUCT, PRODUCT + 1, PRODUCT)
        }
        _ => call(graph, id, operands),
    }
}

fn between(a: &Text, sign: &str, b: &Text, least_a: u8, least_b: u8, binds: u8) -> Text {
    Text { text: format!("{} {sign} {}", a.at_least(least_a), b.at_least(least_b)), binds }
}

/// A node as a call: `sum(%3, axes [0])`.
pub(super) fn call<T: Scalar>(graph: &Graph<T>, id: NodeId, operands: &[Text]) -> Text {
    let mut arguments: Vec<String> = operands.iter().map(|operand| operand.text.clone()).collect();
    let ndim = graph.args(id).first().map_or(0, |&x| graph.shape(x).ndim());
    transpose(&mut arguments, graph.op(id).transposes());
    arguments.extend(graph.op(id).parameters(&graph.payloads, ndim, graph.shape(id)));
    Text::atom(format!("{}({})", graph.operation(id), arguments.join(", ")))
}

fn transpose(arguments: &mut [String], transposed: [bool; 2]) {
    for (argument, _) in arguments.iter_mut().zip(transposed).filter(|&(_, transposed)| transposed) {
        argument.push('ᵀ');
    }
}

/// The sign an operation of two operands is written with.
fn sign(binary: Binary) -> Option<(&'static str, u8)> {
    SIGNS.iter().find(|&&(other, ..)| other == binary).map(|&(_, sign, binds)| (sign, binds))
}

/// A number to read: four digits after the point, or two and a power of ten.
pub(crate) fn short<T: Scalar>(x: T) -> String {
    let x = x.to_f64().unwrap_or(f64::NAN);
    // A zero without a sign.
    let (x, magnitude) = (x + 0.0, x.abs());
    if !x.is_finite() || x == x.trunc() && magnitude < 1e6 {
        return x.to_string();
    }
    if !(1e-3..1e5).contains(&magnitude) {
        return format!("{x:.2e}");
    }
    format!("{x:.4}").trim_end_matches('0').to_string()
}

/// The first elements of an array.
pub(super) fn preview<T: Scalar>(values: impl ExactSizeIterator<Item = T>, is_scalar: bool) -> String {
    let len = values.len();
    let mut shown: Vec<String> = values.take(if len > 4 { 3 } else { 4 }).map(short).collect();
    if is_scalar {
        return shown.concat();
    }
    if len > 4 {
        shown.push("…".into());
    }
    format!("[{}]", shown.join(", "))
}
