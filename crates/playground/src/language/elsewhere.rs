//! Names of other languages (R, NumPy, SciPy, PyTorch, Stan, spreadsheets), and what to write in their place.

/// Names that mean the same, and the expression to write.
type Row = (&'static [&'static str], &'static str);

/// What the language writes by its own functions and signs. `x`, `y` stand for arguments, `a`, `b` for those that are numbers.
pub(super) const EXPRESSIONS: &[Row] = &[
    (&["pnorm", "ndtr", "norm_cdf", "normal_cdf", "std_normal_cdf", "cdf", "normsdist"], "Phi(x)"),
    (&["dnorm", "norm_pdf", "normal_pdf", "std_normal_pdf", "pdf"], "exp(-x^2/2)/sqrt(2*pi)"),
    (&["log_ndtr", "std_normal_lcdf", "log_norm_cdf"], "ln(Phi(x))"),
    (&["logistic", "plogis", "inv_logit", "invlogit", "ilogit"], "sigmoid(x)"),
    (&["qlogis"], "logit(x)"),
    (&["logsigmoid", "log_sigmoid", "log_inv_logit", "log_expit"], "ln(sigmoid(x))"),
    (&["log1p_exp", "log1pexp", "log1exp"], "softplus(x)"),
    (&["log1m"], "ln(1 - x)"),
    (&["log1m_exp", "log1mexp"], "ln(1 - exp(x))"),
    (&["logaddexp", "log_add_exp"], "ln(exp(x) + exp(y))"),
    (&["log_sum_exp", "lse"], "logsumexp(X)"),
    (&["log_softmax", "logsoftmax"], "ln(softmax(X))"),
    (&["log10"], "ln(x)/ln(10)"),
    (&["log2"], "ln(x)/ln(2)"),
    (&["exp2"], "2^x"),
    (&["exp10"], "10^x"),
    (&["square", "sq", "sqr"], "x^2"),
    (&["cube"], "x^3"),
    (&["pow", "power", "powi", "powf", "float_power"], "x^y"),
    (&["reciprocal", "recip"], "1/x"),
    (&["rsqrt", "inv_sqrt"], "1/sqrt(x)"),
    (&["cbrt"], "sign(x)*abs(x)^(1/3)"),
    (&["hypot"], "sqrt(x^2 + y^2)"),
    (&["add"], "x + y"),
    (&["sub", "subtract", "minus"], "x - y"),
    (&["mul", "multiply", "times", "elt_multiply"], "x*y"),
    (&["div", "divide", "true_divide", "elt_divide"], "x/y"),
    (&["neg", "negative"], "-x"),
    (&["fabs", "absolute", "magnitude"], "abs(x)"),
    (&["sgn", "signum"], "sign(x)"),
    (&["heaviside", "step"], "if(x > 0, 1, 0)"),
    (&["ifelse", "if_else", "select", "cond", "iif"], "if(x > 0, x, y)"),
    (&["clip", "clamp"], "min(max(x, 0), 1)"),
    (&["pmax", "fmax", "maximum", "amax"], "max(x, y)"),
    (&["pmin", "fmin", "minimum", "amin"], "min(x, y)"),
    (&["leaky_relu", "leakyrelu"], "max(x, 0.01*x)"),
    (&["relu6"], "min(max(x, 0), 6)"),
    (&["elu"], "if(x > 0, x, exp(x) - 1)"),
    (&["softsign"], "x/(1 + |x|)"),
    (&["mish"], "x*tanh(softplus(x))"),
    (&["hardtanh"], "min(max(x, -1), 1)"),
    (&["dexp"], "a*exp(-a*x)"),
    (&["pexp"], "1 - exp(-a*x)"),
    (&["gelu"], "x*Phi(x)"),
    (&["silu", "swish"], "x*sigmoid(x)"),
    (&["tan"], "sin(x)/cos(x)"),
    (&["cot"], "cos(x)/sin(x)"),
    (&["sec"], "1/cos(x)"),
    (&["csc", "cosec"], "1/sin(x)"),
    (&["coth"], "1/tanh(x)"),
    (&["sech"], "1/cosh(x)"),
    (&["csch"], "1/sinh(x)"),
    (&["sinc"], "sin(x)/x"),
    (&["asin", "arcsin"], "atan(x/sqrt(1 - x^2))"),
    (&["acos", "arccos"], "pi/2 - atan(x/sqrt(1 - x^2))"),
    (&["asinh", "arcsinh"], "ln(x + sqrt(x^2 + 1))"),
    (&["acosh", "arccosh"], "ln(x + sqrt(x^2 - 1))"),
    (&["atanh", "arctanh"], "ln((1 + x)/(1 - x))/2"),
    (&["log_cosh", "logcosh", "lncosh"], "ln(cosh(x))"),
    (&["erfc"], "1 - erf(x)"),
    (&["gamma", "tgamma"], "exp(lgamma(x))"),
    (&["gammaln", "loggamma", "lngamma", "lgam"], "lgamma(x)"),
    (&["factorial"], "exp(lgamma(x + 1))"),
    (&["lfactorial", "log_factorial"], "lgamma(x + 1)"),
    (&["lbeta", "betaln"], "lgamma(x) + lgamma(y) - lgamma(x + y)"),
    (&["lchoose", "binomial_coefficient_log"], "lgamma(x + 1) - lgamma(y + 1) - lgamma(x - y + 1)"),
    (&["choose", "comb", "binom"], "exp(lgamma(x + 1) - lgamma(y + 1) - lgamma(x - y + 1))"),
    (&["average", "avg", "E", "expectation"], "mean(x)"),
    (&["total", "add_reduce", "reduce_sum"], "sum(x)"),
    (&["sumsq", "ssq", "sum_of_squares", "dot_self"], "sum(x^2)"),
    (&["dot", "inner", "vdot", "dot_product", "crossprod"], "sum(x*y)"),
    (&["var", "variance", "nanvar"], "mean((x - mean(x))^2)"),
    (&["std", "sd", "stdev", "stddev"], "sqrt(mean((x - mean(x))^2))"),
    (&["cov", "covariance"], "mean((x - mean(x))*(y - mean(y)))"),
    (&["mse", "mse_loss"], "mean((y - x)^2)"),
    (&["mae", "l1_loss"], "mean(|y - x|)"),
    (&["rmse"], "sqrt(mean((y - x)^2))"),
    (&["huber", "huber_loss", "smooth_l1_loss"], "if(|x| < 1, x^2/2, |x| - 1/2)"),
    (&["pinball", "quantile_loss"], "max(a*x, (a - 1)*x)"),
    (&["hinge", "hinge_loss"], "max(0, 1 - y*x)"),
    (&LOGISTIC_LOSSES, "mean(softplus(x) - y*x)"),
    (&["prod", "product"], "exp(sum(ln(x)))"),
    (&["rowsums", "row_sums", "row_sum"], "rowsum(X)"),
    (&["rowmeans", "row_means", "row_mean"], "rowmean(X)"),
    (&["rowmaxs", "row_max", "row_maxs"], "rowmax(X)"),
    (&["matmul", "mm", "mv", "mdot", "mmult"], "X*theta"),
    (&["nrow", "ncol", "length", "len", "size", "numel", "count", "n", "shape"], "sum(0*x + 1)"),
    (&["ones", "ones_like"], "0*x + 1"),
    (&["zeros", "zeros_like"], "0*x"),
];

/// Of a binary response.
const LOGISTIC_LOSSES: [&str; 10] = [
    "crossentropy",
    "cross_entropy",
    "binary_crossentropy",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "bce",
    "bceloss",
    "logloss",
    "log_loss",
    "logistic_loss",
];

/// Where an expression gives another number than the name it stands for.
const CAUTIONS: &[Row] = &[
    (
        &["var", "variance", "nanvar", "std", "sd", "stdev", "stddev", "cov", "covariance"],
        "the outer mean divides by the number of rows n; to divide by n − 1, multiply it by n/(n − 1)",
    ),
    (&LOGISTIC_LOSSES, "x is the predictor, `X*theta`; of classes, see the softmax model"),
    (&["hinge", "hinge_loss"], "y is -1 or 1; of 0 and 1, write `2*y - 1` for it"),
    (&["gamma", "tgamma"], "where x > 0; below 0 it is |Γ(x)|, without the sign"),
    (
        &["dnorm", "norm_pdf", "normal_pdf", "std_normal_pdf"],
        "its logarithm is `-x^2/2 - ln(2*pi)/2`, of `x = (y - mu)/s` less `ln(s)`",
    ),
    (
        &["factorial", "choose", "comb", "binom", "lchoose", "binomial_coefficient_log"],
        "where no argument of `lgamma` is negative; there the sign is lost",
    ),
    (&["prod", "product"], "where every x is positive; of a negative x the logarithm is NaN"),
];

/// What the language has no expression for, and why none is needed or what to do.
const ADVICE: &[Row] = &[
    (&["t", "transpose", "T"], TRANSPOSED),
    (
        &["qnorm", "probit", "ndtri", "inv_phi", "phi_inv", "ppf"],
        "the inverse of `Phi` isn't here: write the model by `Phi`",
    ),
    (&["digamma", "psi", "grad", "gradient", "diff", "deriv"], "write the loss alone: the page derives it"),
    (
        &["median", "quantile", "percentile", "sort", "rank", "cumsum", "cumprod"],
        "what sorts or adds up row after row isn't here",
    ),
    (&["rnorm", "runif", "rand", "randn", "random"], "a loss has nothing random in it: drag the points"),
    (&["function", "fn", "def"], "write the loss alone: the page makes a function of it"),
    (&["inf", "infinity"], "write a large number, such as 1e9"),
    (
        &["inv", "solve", "pinv", "ginv", "chol", "cholesky", "eig", "eigen", "svd", "qr"],
        "of a number, write `1/x`; a matrix is neither inverted nor taken apart here: what is solved for is a parameter",
    ),
    (&["det", "determinant", "logdet"], "write it by its elements: `A[0,0]*A[1,1] - A[0,1]*A[1,0]`"),
    (&["trace", "tr"], "write it by its elements: `A[0,0] + A[1,1]`"),
    (&["for", "while", "repeat", "loop", "map", "apply", "sapply", "lapply", "range", "seq"], LOOPS),
    (&["lag", "lead", "shift", "roll"], LAGS),
    (&["dbinom", "binom_pmf"], "write its logarithm, `y*ln(p) + (n - y)*ln(1 - p)`, up to what has no parameter"),
    (&["dbern", "bernoulli"], "write its logarithm: `y*ln(p) + (1 - y)*ln(1 - p)`"),
    (&["dpois", "poisson"], "write its logarithm: `y*ln(mu) - mu - lgamma(y + 1)`"),
    (&["dgamma"], "write its logarithm: `a*ln(b) + (a - 1)*ln(y) - b*y - lgamma(a)`"),
    (&["dbeta"], "write its logarithm: `lgamma(a + b) - lgamma(a) - lgamma(b) + (a - 1)*ln(y) + (b - 1)*ln(1 - y)`"),
    (
        &["dnbinom"],
        "write its logarithm: `lgamma(y + k) - lgamma(k) - lgamma(y + 1) + k*ln(k/(k + mu)) + y*ln(mu/(k + mu))`",
    ),
    (&["dgeom"], "write its logarithm: `ln(p) + y*ln(1 - p)`"),
    (&["dunif"], "a density that is 1 or 0 has no slope: leave it out"),
    (&["dlnorm"], "write its logarithm: `-(ln(y) - mu)^2/(2*s^2) - ln(s*y) - ln(2*pi)/2`"),
    (&["dlogis"], "write its logarithm: `-x - 2*softplus(-x)`"),
    (&["dweibull"], "write its logarithm: `ln(k/s) + (k - 1)*ln(y/s) - (y/s)^k`"),
    (&["dcauchy"], "write its logarithm: `-ln(1 + x^2) - ln(pi)`"),
    (&["dt"], "write its logarithm: `lgamma((k + 1)/2) - lgamma(k/2) - ln(k*pi)/2 - (k + 1)/2*ln(1 + x^2/k)`"),
    (&["minimize", "minimise", "argmin", "optim", "optimize", "fit"], "write the loss alone: the page minimises it"),
];

/// What to do without transposition.
pub(super) const TRANSPOSED: &str = "nothing is transposed here: θᵀθ is `sum(theta^2)`, and `sum(…)` adds up the rows";

/// What to do without loops.
pub(super) const LOOPS: &str = "there are no loops: `sum(…)` adds up all points, `mean(…)` takes their mean";

/// What to do without indices of points.
pub(super) const LAGS: &str =
    "`x` and `y` are of every point, without an index: one point's neighbours (lags) can't be reached";

/// Endings of the names of logarithms of densities.
const DENSITIES: &[&str] = &["_lpdf", "_lpmf", "_lupdf", "_lupmf", "logpdf", "logpmf"];

/// What to write in place of a name of another language.
pub(super) fn instead(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let has = |(names, _): &&Row| names.contains(&name) || names.contains(&lower.as_str());
    if let Some((_, expression)) = EXPRESSIONS.iter().find(has) {
        return Some(match CAUTIONS.iter().find(has) {
            Some((_, caution)) => format!("write `{expression}`: {caution}"),
            None => format!("write `{expression}`"),
        });
    }
    if DENSITIES.iter().any(|ending| lower.ends_with(ending)) {
        return Some("write the density's logarithm as a formula".into());
    }
    ADVICE.iter().find(has).map(|(_, advice)| (*advice).into())
}
