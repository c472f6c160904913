//! The functions there are.

use autodiff::Var;

type Node<'t> = Var<'t, f64>;

/// How a function is recorded.
#[derive(Clone, Copy)]
pub(super) enum Call {
    /// Along each row of a matrix: one number of it.
    Row(for<'t> fn(Node<'t>) -> Node<'t>),
    One(for<'t> fn(Node<'t>) -> Node<'t>),
    Two(for<'t> fn(Node<'t>, Node<'t>) -> Node<'t>),
    Three(for<'t> fn(Node<'t>, Node<'t>, Node<'t>) -> Node<'t>),
}

/// A function of the language.
pub struct Function {
    /// Its names, the first of which is the usual one.
    pub names: &'static [&'static str],
    /// What it is.
    pub meaning: &'static str,
    pub(super) call: Call,
}

impl Function {
    /// How many arguments it takes.
    pub fn arguments(&self) -> usize {
        match self.call {
            Call::Row(_) | Call::One(_) => 1,
            Call::Two(_) => 2,
            Call::Three(_) => 3,
        }
    }
}

const fn one(names: &'static [&'static str], meaning: &'static str, f: for<'t> fn(Node<'t>) -> Node<'t>) -> Function {
    Function { names, meaning, call: Call::One(f) }
}

const fn row(names: &'static [&'static str], meaning: &'static str, f: for<'t> fn(Node<'t>) -> Node<'t>) -> Function {
    Function { names, meaning, call: Call::Row(f) }
}

const fn two(
    names: &'static [&'static str],
    meaning: &'static str,
    f: for<'t> fn(Node<'t>, Node<'t>) -> Node<'t>,
) -> Function {
    Function { names, meaning, call: Call::Two(f) }
}

/// All functions.
pub const FUNCTIONS: &[Function] = &[
    one(&["sum"], "the sum of all elements, over the rows too", |x| x.sum()),
    one(&["mean"], "their mean", |x| x.mean()),
    row(&["rowsum", "rowSums"], "the sum of each row of a matrix: `exp(Z)/rowsum(exp(Z))`", |x| x.sum_axes(&[1])),
    row(&["rowmean", "rowMeans"], "their mean", |x| x.mean_axes(&[1])),
    row(&["rowmax", "rowMaxs"], "the largest of each row", |x| x.max_axes(&[1])),
    row(&["logsumexp"], "ln Σ eˣ of each row", |x| x.logsumexp_axes(&[1])),
    one(&["softmax"], "eˣ/Σ eˣ of each row", |x| x.softmax(&[1])),
    one(&["norm"], "√Σx² of all elements", |x| x.norm()),
    one(&["exp"], "eˣ", |x| x.exp()),
    one(&["ln", "log"], "the natural logarithm", |x| x.ln()),
    one(&["ln1p", "log1p"], "ln(1 + x)", |x| x.ln_1p()),
    one(&["expm1"], "eˣ − 1", |x| x.exp_m1()),
    one(&["sqrt"], "√x", |x| x.sqrt()),
    one(&["abs"], "|x|, also written with bars", |x| x.abs()),
    one(&["sign"], "the sign of x, 0 at 0", |x| x.signum()),
    one(&["sigmoid", "expit", "σ"], "1/(1 + e⁻ˣ)", |x| x.sigmoid()),
    one(&["logit"], "ln(x/(1 − x))", |x| x.logit()),
    one(&["softplus"], "ln(1 + eˣ)", |x| x.softplus()),
    one(&["relu"], "max(x, 0)", |x| x.relu()),
    one(&["tanh"], "the hyperbolic tangent", |x| x.tanh()),
    one(&["cosh"], "the hyperbolic cosine", |x| x.cosh()),
    one(&["sinh"], "the hyperbolic sine", |x| x.sinh()),
    one(&["sin"], "the sine", |x| x.sin()),
    one(&["cos"], "the cosine", |x| x.cos()),
    one(&["atan", "arctan"], "the arc tangent", |x| x.atan()),
    one(&["Phi", "normcdf", "Φ"], "the normal distribution function Φ", |x| x.norm_cdf()),
    one(&["erf"], "the error function", |x| x.erf()),
    one(&["lgamma"], "ln |Γ(x)|", |x| x.lgamma()),
    two(&["max"], "the larger of two", |a, b| a.maximum(b)),
    two(&["min"], "the smaller of two", |a, b| a.minimum(b)),
    Function {
        names: &["if"],
        meaning: "the second where the first is not 0, else the third",
        call: Call::Three(|condition, yes, no| condition.select(yes, no)),
    },
];

/// The function of a name.
pub(super) fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.names.contains(&name))
}
