use autodiff::Tape;
use ndarray::{arr1, arr2};
use playground::engine::Data;
use playground::language::{FUNCTIONS, parse, record::record};
use playground::{Engine, Mistake};
use proptest::prelude::*;

fn mistake(text: &str) -> (String, Mistake) {
    let mistake = Engine::new(text).err().unwrap_or_else(|| panic!("{text} is read"));
    (text[mistake.span.start..mistake.span.end].into(), mistake)
}

/// Letters that formulas use may be names, too: formulas then use others.
#[test]
fn letters_of_formulas_may_be_names() {
    for text in
        ["mean((y-n)^2) with n", "sum((y - L - l)^2) with L, l", "sum(y*ℓ) with ℓ", "sum(exp(e)) where e = y - x"]
    {
        let text = parse(text).expect("a loss");
        assert!(playground::derivation::derivation(&text).is_ok(), "{text:?}");
    }
}

#[test]
fn mistakes_are_underlined_with_a_hint() {
    for (text, part, message, hint) in [
        ("sum(y - sigmiod(x))", "sigmiod", "no function", "did you mean `sigmoid`?"),
        ("sum(y*ln(prob)) where probs = x", "prob", "no meaning", "did you mean `probs`?"),
        ("sum(y*ln(q)) where p = x", "q", "no meaning", "where q = …"),
        ("sum(y*ln(2k))", "k", "operator is missing", "write `*`"),
        ("sum((y - x)", "", "`)` is expected before the end", "still open"),
        ("sum(y) + ", "", "expected before the end", "missing"),
        ("y - x", "y - x", "not one number", "sum"),
        ("sum(max(x))", "max(x)", "takes 2 arguments, not 1", "larger"),
        ("sum(p) where p = p*x", "p", "defined by itself", "other names"),
        ("sum(p) where p = q, q = p", "p", "defined by itself", "other names"),
        ("sum(x # 2)", "#", "means nothing", "no comments"),
        ("sum(x) where y = 2", "y", "has a meaning already", "another name"),
        ("sum(x*theta)", "x*theta", "a number for each point, and a vector of 2 numbers", "`X*theta`"),
        ("sum(X*W) with W[3,2]", "X*W", "a row of 2 numbers for each point, and a matrix of 3 × 2", "agree"),
        ("sum(huber(y - X*theta, 1))", "huber", "no function `huber`", "if(|x| < 1, x^2/2, |x| - 1/2)"),
        ("crossentropy(y, X*theta)", "crossentropy", "no function `crossentropy`", "mean(softplus(x) - y*x)"),
        ("theta'*theta", "'", "means nothing here", "sum(theta^2)"),
        ("sum(rowsum(x))", "rowsum(x)", "along each row of a matrix", "gives each point a row"),
        ("sum(W) with W[0]", "0", "a length from 1", "W[2, 3]"),
        ("sum(x = 2)", "=", "`)` is expected", "to compare, there are <"),
        ("sum(x == 2)", "=", "`)` is expected", "to compare, there are <"),
        ("sum(if(0 < x < 1, x, 2))", "<", "`)` is expected", "`(0 < x)*(x < 1)`"),
        ("sum(e^x)", "e", "no meaning", "`exp(…)`"),
        ("sum(exp)", "exp", "no meaning", "it is a function: write `exp(…)`"),
        ("sum(y - Xθ)", "Xθ", "no meaning", "to multiply, write `X*θ`"),
        ("sum(y - Xtheta)", "Xtheta", "no meaning", "to multiply, write `X*theta`"),
        ("sum(y*ln x)", "ln", "stands in parentheses", "write `ln(x)`"),
        ("sum(y*Log(x))", "Log", "no function", "did you mean `log`?"),
        ("sum(Y*Softmax(Y))", "Softmax", "no function", "did you mean `softmax`?"),
        ("sum(y*ln(p) where p = x", "where", "`)` is missing before `where`", "still open"),
        ("sum((y - c)*(x - 1 with c", "with", "`)` is missing before `with`", "parenthesis is still open"),
        ("sum(if x > 0 then y else 1)", "if", "stands in parentheses", "`if(x > 0, 1, 0)`"),
        ("sum(x if y > 0 else 1)", "if", "not expected", "`if(x > 0, 1, 0)`"),
        ("sum(if(y > 0, x) else 1)", "if(y > 0, x)", "3 arguments, not 2", "`if(x > 0, 1, 0)`"),
        ("sum(y > 0 ? x : 1)", "?", "means nothing", "`if(x > 0, 1, 0)`"),
        (
            "sum(A*B) with A[2,2], B[2,2]",
            "A*B",
            "both fit a matrix of 2 × 2",
            "`A @ B` for the matrix product, `A .* B`",
        ),
        ("sum(X*(W*v)) with W[2,3], v[3]", "(W*v)", "a matrix of 2 × 3 numbers and a vector of 3", "`W @ v`"),
        ("sum(yln(x))", "yln", "no function", "to multiply, write `y*ln(…)`"),
        ("sum(x*θ₁)", "θ₁", "no meaning", "write `θ[1]`"),
        ("sum(X*θ) + theta[2]", "theta[2]", "there is no", "`theta` is a vector of 2 numbers, counted from 0"),
        ("sum(X*θ) + theta[0, 0]", "theta[0, 0]", "there is no `theta[0,0]`", "vector of 2"),
        ("sum(a[0]*x) with a", "a[0]", "there is no", "`a` is one number"),
        ("sum(X[1])", "X[1]", "a value for each point", "only parameters"),
        ("sum(x[0])", "x[0]", "a value for each point", "only parameters"),
        ("sum(x*theta[1.5])", "1.5", "a place counted from 0", "theta[0]"),
        ("sum((x)[0])", "[", "`)` is expected", "only parameters have elements"),
        ("sum(x⁻)", "⁻", "no number", "1e-3"),
        ("sum(x) = 2", "=", "not expected", "where"),
        ("1e999", "1e999", "too large", "1.8e308"),
        ("sum(exp*x) where exp = 3", "exp", "`exp` is a function", "another name"),
        ("sum(x*Φ) where Φ = 3", "Φ", "is a function", "another name"),
        ("sum(x*log) with log", "log", "`log` is a function", "another name"),
        ("sum(exp(X), axis=1)", "axis", "no `axis`", "`rowsum(…)`"),
        ("sum(X, 1)", "sum(X, 1)", "takes 1 argument, not 2", "of each row of a matrix it is `rowsum`"),
        (
            "sum((y - X*theta)^2) + lambda*sum(theta^2) with theta, lambda",
            "(y - X*theta)",
            "don't fit",
            "`theta` is one number here, and X has two columns: write `with theta[2], lambda`",
        ),
        ("sum((y - X*θ)²) + λ·sum(θ²) with λ", "θ", "no meaning", "write `with theta[2], lambda`"),
        ("X*w with w", "X*w", "not one number", "write `with w[2]`"),
        ("", "", "before the end", "missing"),
    ] {
        let (found, mistake) = mistake(text);
        assert_eq!(found, part, "{text}: {mistake}");
        assert!(mistake.message.contains(message), "{text}: {mistake}");
        assert!(mistake.hint.contains(hint), "{text}: {mistake}");
    }
}

/// What R, Python and LaTeX write comes with what to write here, whatever stops the reading.
#[test]
fn phrases_of_other_languages_are_explained() {
    for (text, hint) in [
        ("sum((y - X %*% theta)^2)", "`X*theta` is the matrix product already: write `*`"),
        ("np.sum((y - X@theta)**2)", "write `sum(…)` with nothing before it"),
        ("sum(scipy.special.expit(X*theta))", "write `expit(…)`"),
        ("torch.mean((y - x).pow(2))", "write `mean(…)`"),
        ("sum((y - x).pow(2))", "write `x^y`"),
        ("sum(norm.cdf(X*theta))", "write `Phi(x)`"),
        ("sum(np.where(y>0.5, y, x))", "write `if(x > 0, x, y)`"),
        ("sum((y - X.T*theta)^2)", "nothing is transposed here"),
        ("sum(x^T*y)", "nothing is transposed here"),
        ("\\sum (y - x)^2", "write `sum(…)`, without the backslash"),
        ("sum(y*\\theta)", "write `theta`, without the backslash"),
        ("\\frac{1}{2}*sum(y)", "write `(a)/(b)`"),
        ("sum(X\\cdot\\theta)", "write `*`"),
        ("sum(y == 1)", "`(x >= 1)*(x <= 1)`"),
        ("sum(mu) where mu == x", "one `=`"),
        ("mu = X*theta; sum((y-mu)^2)", "`sum(…) where mu = …`"),
        ("sum(mu) with mu = X*theta", "`where mu = …`"),
        ("sum((y - theta0 - theta1*x)^2)", "write `theta[0]`"),
        ("sum(y*theta_1)", "write `theta[1]`"),
        ("sum(y_i - x_i)", "write `y`: it is of every point"),
        ("sum(x) + 0,5*sum(theta^2)", "write `0.5`"),
        ("sum[(y - x)^2]", "write `sum(…)`"),
        ("sum(ln cosh(y - X*theta))", "write `ln(cosh(…))`"),
        ("sum((y - x)^2) # residuals", "no comments"),
        ("lambda theta: sum(y)", "write the loss alone"),
        ("def loss(theta): return sum(y)", "write the loss alone"),
        ("function(theta) sum(y)", "write the loss alone"),
        ("sum(y) + ||theta||^2", "a norm is written `norm(…)`"),
        ("max(theta)", "`max(theta, 0)`"),
        ("sum(softmax(theta))", "`exp(t)/sum(exp(t))`"),
        ("logsumexp(theta)", "`ln(sum(exp(t)))`"),
        ("y ~ X*theta", "write the loss: `sum((y - X*theta)^2)`"),
        ("sum(inv(X)*y)", "a matrix is neither inverted"),
        ("ln(det(A)) with A[2,2]", "`A[0,0]*A[1,1] - A[0,1]*A[1,0]`"),
        ("trace(A*A) with A[2,2]", "`A[0,0] + A[1,1]`"),
        ("mu <- X*theta", "`sum(…) where mu = …`"),
        ("mu <- X*theta; sum((y - mu)^2)", "`sum(…) where mu = …`"),
        ("let mu = X*theta; sum((y-mu)^2)", "`sum(…) where mu = …`"),
        ("for i in range(n): (y[i]-x[i]*theta[1])^2", "there are no loops"),
        ("for (i in 1:10) { s = s + y[i] }", "there are no loops"),
        ("sum(y*x for i in y)", "there are no loops"),
        ("sum((y[i] - x[i])^2)", "without an index"),
        ("sum((y[1:] - theta[0]*y[:-1])^2)", "without an index"),
        ("sum((y - theta[0]*y[t-1])^2)", "without an index"),
        ("sum((y - theta[0]*lag(y))^2)", "lags"),
        ("sum(theta[1:])", "one by one"),
        ("L = sum((y-X*theta)^2)", "write the loss alone, without a name"),
        ("L(theta) = sum((y-X*theta)^2)", "leave out `L(theta) =`"),
        ("E[(y-X*theta)^2]", "write `mean(…)`"),
        ("E((y-X*theta)^2)", "write `mean(x)`"),
        ("sum(where(y>0, X*theta, 0))", "`if(x > 0, 1, 0)`"),
        ("sum(sin^2(x)*theta[0])", "write `sin(x)^2`"),
        ("sum(ln²(x)*theta[0])", "write `ln(x)^2`"),
        ("sum(1,5*theta[0])", "write `1.5`"),
        ("sum(max(0,5, y))", "write `0.5`"),
        ("sum(y) where alpha = 0,1", "write `0.1`"),
        ("sum((y-X*theta)^2) // ols", "no comments"),
        ("-sum(dbinom(y, 1, plogis(X*theta), log=TRUE))", "`y*ln(p) + (n - y)*ln(1 - p)`"),
        ("-sum(dpois(y, exp(X*theta), log=TRUE))", "`y*ln(mu) - mu - lgamma(y + 1)`"),
        ("-sum(dnorm(y, X*theta, 1, log=TRUE))", "its logarithm is"),
        ("sum_i (y_i - x_i)^2", "write `sum(…)`"),
        ("argmin sum((y-X*theta)^2)", "the page minimises it"),
        ("min_theta sum((y-X*theta)^2)", "the page minimises it"),
        ("import numpy as np", "nothing is imported"),
        ("sum(y and X*theta)", "multiply conditions"),
    ] {
        let (_, mistake) = mistake(text);
        assert!(mistake.hint.contains(hint), "{text}: {mistake}");
    }
    assert!(Engine::new("sum(||x| - 1| + |x|)").is_ok());
}

#[test]
fn signs_of_other_languages_are_underlined_with_what_to_write() {
    for (sign, hint) in [
        ("Σ", "sum(…)"),
        ("√", "sqrt(…)"),
        ("ᵀ", "sum(…)"),
        ("'", "sum(…)"),
        ("∞", "1e9"),
        ("∇", "derives it"),
        ("!", "lgamma"),
        ("&", "multiply conditions"),
        ("{", "write ( and )"),
    ] {
        for text in [format!("sum(x{sign}y)"), format!("{sign}x"), format!("sum(x) {sign}")] {
            let (found, mistake) = mistake(&text);
            assert_eq!(found, sign, "{text}: {mistake}");
            assert!(mistake.hint.contains(hint), "{text}: {mistake}");
        }
    }
}

/// Of names of other languages, with what each is of x = 0.3 and y = 0.7 (or of a matrix with these in its rows).
const ELSEWHERE: &[(&str, f64)] = &[
    ("pnorm(x)", 0.617_911_422_188_952_7),
    ("dnorm(x)", 0.381_387_815_460_524_1),
    ("log_ndtr(x)", -0.481_410_161_588_481_1),
    ("plogis(x)", 0.574_442_516_811_659),
    ("logsigmoid(x)", -0.554_355_244_468_527),
    ("log1p_exp(x)", 0.854_355_244_468_527),
    ("log1m(x)", -0.356_674_943_938_732_4),
    ("logaddexp(x, y)", 1.213_015_252_399_952_7),
    ("log10(x)", -0.522_878_745_280_337_6),
    ("log2(x)", -1.736_965_594_166_206),
    ("exp2(x)", 1.231_144_413_344_916),
    ("square(x)", 0.09),
    ("cube(x)", 0.027),
    ("pow(x, y)", 0.430_511_620_249_934_2),
    ("power(x, y)", 0.430_511_620_249_934_2),
    ("reciprocal(x)", 10.0 / 3.0),
    ("rsqrt(x)", 1.825_741_858_350_553_6),
    ("cbrt(x)", 0.669_432_950_082_169_5),
    ("hypot(x, y)", 0.761_577_310_586_390_8),
    ("heaviside(x)", 1.0),
    ("clip(x)", 0.3),
    ("gelu(x)", 0.185_373_426_656_685_8),
    ("silu(x)", 0.172_332_755_043_497_7),
    ("relu6(x)", 0.3),
    ("elu(x)", 0.3),
    ("softsign(x)", 0.3 / 1.3),
    ("hardtanh(x)", 0.3),
    ("cot(x)", 1.0 / 0.309_336_249_609_623_2),
    ("sinc(x)", 0.985_067_355_537_798_5),
    ("tan(x)", 0.309_336_249_609_623_2),
    ("asin(x)", 0.304_692_654_015_397_5),
    ("acos(x)", 1.266_103_672_779_499),
    ("asinh(x)", 0.295_673_047_563_422_4),
    ("atanh(x)", 0.309_519_604_203_111_7),
    ("erfc(x)", 0.671_373_240_540_872_6),
    ("gamma(x)", 2.991_568_987_687_59),
    ("factorial(x)", 0.897_470_696_306_277_2),
    ("lbeta(x, y)", 1.356_665_241_349_742),
    ("prod(x)", 0.3),
    ("dot(x, y)", 0.21),
    ("var(x)", 0.0),
    ("std(x)", 0.0),
    ("cov(x, y)", 0.0),
    ("mse(x)", 0.16),
    ("nrow(x)", 1.0),
    ("n", 1.0),
    ("length(y)", 1.0),
];

/// Names of other languages come with what to write, and that means what the name means there.
#[test]
fn what_to_write_for_names_of_other_languages_means_the_same() {
    let data = Data::new(&[[0.3, 0.7]]);
    for &(written, expected) in ELSEWHERE {
        let (_, mistake) = mistake(&format!("sum({written})"));
        let text = mistake.hint.strip_prefix("write `").and_then(|hint| hint.split_once('`'));
        let (text, _) = text.unwrap_or_else(|| panic!("{written}: {mistake}"));
        let found = Engine::new(&format!("sum({text})")).unwrap().loss(&data, &[0.0; 2]).unwrap();
        assert!((found - expected).abs() < 1e-9, "{written}: {text} is {found}, not {expected}");
    }
    for (written, hint) in [
        ("matmul(X, theta)", "write `X*theta`"),
        ("log_softmax(X)", "write `ln(softmax(X))`"),
        ("row_sums(X)", "write `rowsum(X)`"),
        ("row_means(X)", "write `rowmean(X)`"),
        ("t(X)", "`sum(…)` adds up the rows"),
        ("transpose(X)", "`sum(…)` adds up the rows"),
        ("normal_lpdf(y)", "logarithm as a formula"),
        ("median(x)", "isn't here"),
        ("qnorm(x)", "write the model by `Phi`"),
        ("Inf*x", "a large number"),
        ("var(x)", "divides by the number of rows n"),
        ("sd(x)", "to divide by n − 1, multiply it by n/(n − 1)"),
        ("cov(x, y)", "divides by the number of rows n"),
        ("gamma(x)", "below 0 it is |Γ(x)|"),
        ("choose(x, y)", "the sign is lost"),
        ("prod(x)", "where every x is positive"),
        ("relu6(x)", "write `min(max(x, 0), 6)`"),
        ("elu(x)", "write `if(x > 0, x, exp(x) - 1)`"),
        ("dexp(x)", "write `a*exp(-a*x)`"),
        ("sech(x)", "write `1/cosh(x)`"),
        ("np.exp(x)", "write `exp(…)` with nothing before it"),
        ("SQRT(x)", "did you mean `sqrt`?"),
        ("sigm(x)", "did you mean `sigmoid`?"),
        ("x(y - 1)", "write `x*(…)`"),
        ("“x”", "nothing is quoted"),
        ("foo(x)", "What can be written"),
        ("varx(x)", "What can be written"),
    ] {
        let (_, mistake) = mistake(&format!("sum({written})"));
        assert!(mistake.hint.contains(hint), "{written}: {mistake}");
    }
}

/// What two texts record is the same: their values and gradients at some data.
#[test]
fn other_spellings_mean_the_same() {
    let data = Data::new(&[[0.5, 1.0], [-1.5, 0.0], [2.0, 2.0]]);
    for (text, plain) in [
        ("sum((y − X·θ)²)", "sum((y - X*theta)^2)"),
        ("½·sum((y – X⋅θ)²) + sum(θ²)÷2", "0.5*sum((y - X*theta)^2) + sum(theta^2)/2"),
        (
            "sum(-(y*ln(π) + (1-y)*ln(1-π))) where π = σ(X*θ)",
            "sum(-(y*ln(p) + (1-y)*ln(1-p))) where p = sigmoid(X*theta)",
        ),
        ("sum(μ − y·ln(μ)) where μ = exp(η), η = X×θ", "sum(mu - y*ln(mu)) where mu = exp(X*theta)"),
        ("sum(Φ(x·θ)) with θ", "sum(Phi(x*theta)) with theta"),
        ("sum((y - β[0] - beta[1]*x)²) with β[2]", "sum((y - X*theta)^2)"),
        ("sum(exp(θ[1]·x)⁻¹) + a² where a = theta[0]", "sum(1/exp(theta[1]*x)) + theta[0]^2"),
        ("sum(2^x²·θ[0])", "sum(2^(x^2)*theta[0])"),
        ("sum(π·x·θ[0])", "sum(pi*x*theta[0])"),
        ("sum(X*W)+ W[1,2] with W[2,3]", "sum(X*W) + W[1, 2] with W[2, 3]"),
        ("sum(Y*ln(P)) where P = exp(Z)/rowsum(exp(Z)), Z = X*W with W[2,3]", "sum(Y*ln(softmax(X*W))) with W[2,3]"),
        ("sum(Y*ln(E/s)) where s = rowSums(E), E = exp(X*W) with W[2,3]", "sum(Y*ln(softmax(X*W))) with W[2,3]"),
        (
            "sum(Y*ln(E/rowsum(E))) where E = exp(Z - rowmax(Z)), Z = X*W with W[2,3]",
            "sum(Y*ln(softmax(X*W))) with W[2,3]",
        ),
        ("sum(Y*(Z - logsumexp(Z))) where Z = X*W with W[2,3]", "sum(Y*ln(softmax(X*W))) with W[2,3]"),
        ("sum(max(Z, 2*rowmean(Z)/2)) where Z = X*W with W[2,3]", "sum(max(Z, rowmean(Z))) where Z = X*W with W[2,3]"),
        ("sum((y - rowsum(X)*theta[0])^2) + theta[1]", "sum((y - (1 + x)*theta[0])^2) + theta[1]"),
    ] {
        let results = |text: &str| {
            let mut engine = Engine::new(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
            let theta: Vec<f64> = (0..engine.text().parameter_count()).map(|place| 0.3 - 0.4 * place as f64).collect();
            engine.results(&data, &theta).unwrap()
        };
        let (found, expected) = (results(text), results(plain));
        assert!((found.loss.0 - expected.loss.0).abs() < 1e-13, "{text}: {found:?}, not {expected:?}");
        for (found, expected) in found.gradient.iter().zip(&expected.gradient) {
            assert!((found.0 - expected.0).abs() < 1e-12, "{text}: {found:?}, not {expected:?}");
        }
    }
}

/// What a sum along each row gives goes with the numbers of its row; data with a number for each point don't, so that a parameter that is
/// declared too short isn't taken for a choice.
#[test]
fn only_what_goes_along_rows_stands_beside_a_matrix() {
    for text in ["sum(y*X)", "sum(Y - x)", "sum(max(X, y))", "sum(X + y*rowsum(X))", "sum(if(y > 0, X, Y))"] {
        let (_, mistake) = mistake(text);
        assert!(mistake.message.contains("don't fit"), "{text}: {mistake}");
    }
    for text in
        ["sum(X/rowsum(X))", "sum(-rowsum(X)^2*X)", "sum(max(X, 2*rowmax(X)))", "sum(if(rowsum(X) > 0, X, 2*X))"]
    {
        assert!(Engine::new(text).is_ok(), "{text}");
    }
}

#[test]
fn products_of_parameters_are_of_one_kind() {
    let loss = |text: &str| {
        let text = parse(text).unwrap();
        let tape = Tape::<f64>::new();
        let recorded = record(&text, &tape).unwrap();
        derivation::derive_all(recorded.loss, &recorded.parameters).unwrap().to_string()
    };
    // The matrix product is associative, with whichever sign.
    let with = "with A[2,3], B[3,2], v[2]";
    let gradients = |text: &str| loss(text).split("All observations").nth(1).map(str::to_owned);
    let expected = gradients(&format!("sum((y - X*A*B*v)^2) {with}"));
    assert!(expected.is_some());
    for product in ["X*(A*B)*v", "X*(A@(B@v))", "X@A@B@v", "X@(A@B)@v"] {
        assert_eq!(gradients(&format!("sum((y - {product})^2) {with}")), expected, "{product}");
    }
    // Element by element, and written so.
    for text in ["sum((A.*B)^2) with A[2,2], B[2,2]", "sum((A⊙B).^2) with A[2,2], B[2,2]"] {
        assert!(loss(text).contains("L = ‖A ⊙ B‖²"), "{text}");
    }
    assert!(loss("sum(W*W) + sum(2.*theta./3) with W[2,3], theta[2]").contains("‖W‖²"));
    assert!(loss("theta@theta").contains("‖θ‖²"));
}

#[test]
fn what_is_written_is_what_is_recorded() {
    let points = [[0.5, 1.0], [-1.5, 0.0]];
    let theta = [0.3, -0.7];
    let (x, y) = (arr1(&[0.5, -1.5]), arr1(&[1.0, 0.0]));
    let z = arr2(&[[1.0, 0.5], [1.0, -1.5]]).dot(&arr1(&theta));
    let cases: Vec<(&str, f64)> = vec![
        ("sum(1 - 2 - x)", x.mapv(|x: f64| -1.0 - x).sum()),
        ("sum(2*x^2/4 + -x)", (2.0 * &x * &x / 4.0 - &x).sum()),
        ("sum(((x))*(y))", (&x * &y).sum()),
        ("sum(-x^2)", -(&x * &x).sum()),
        ("sum(2^x^2)", x.mapv(|x: f64| 2f64.powf(x * x)).sum()),
        ("sum(|x|·y − 1)", (x.mapv(f64::abs) * &y - 1.0).sum()),
        ("mean(z) where z = X*theta", z.mean().unwrap()),
        ("sum(X*W) with W[2,3]", 0.0),
        ("sum(if(x < 0, 1, 10))", 11.0),
        ("sum(if(x ≥ 0.5, 1, 10))", 11.0),
        ("sum(b*a) where a = b + 1, b = 2*x", (2.0 * &x * (2.0 * &x + 1.0)).sum()),
        ("sum(Y*Y)", 2.0),
        ("rowsum(X*theta)", f64::NAN),
        ("2*pi", 2.0 * std::f64::consts::PI),
    ];
    for (text, expected) in cases {
        let Ok(mut engine) = Engine::new(text) else {
            assert!(expected.is_nan(), "{text}");
            continue;
        };
        let count = engine.text().parameter_count();
        let theta = if count == 2 { theta.to_vec() } else { vec![0.0; count] };
        let found = engine.loss(&Data::new(&points), &theta).unwrap();
        assert!((found - expected).abs() < 1e-14, "{text}: {found}, not {expected}");
    }
}

#[test]
fn every_function_can_be_called() {
    for function in FUNCTIONS {
        for name in function.names {
            let of_matrices = ["rowsum", "rowmean", "rowmax", "logsumexp", "softmax"];
            let argument = if of_matrices.contains(&function.names[0]) { "X" } else { "x" };
            let arguments = vec![argument; function.arguments()].join(", ");
            let mut engine = Engine::new(&format!("sum({name}({arguments}))")).unwrap();
            assert!(engine.loss(&Data::new(&[[0.5, 1.0]]), &[0.0; 2]).is_ok(), "{name}");
        }
    }
}

#[test]
fn what_is_nested_too_deep_or_too_long_is_refused() {
    assert!(mistake(&format!("{}x{}", "(".repeat(1000), ")".repeat(1000))).1.message.contains("deep"));
    assert!(mistake(&"-".repeat(2000)).1.message.contains("deep"));
    assert!(mistake(&"2^".repeat(1500)).1.message.contains("deep"));
    assert!(mistake(&"sum(".repeat(900)).1.message.contains("deep"));
    assert!(mistake(&"x".repeat(5000)).1.message.contains("bytes"));
    assert!(Engine::new(&format!("sum(x{})", " + x".repeat(900))).is_ok());
}

/// Reads a text; what is wrong with it is underlined, and said without the library's names.
fn read(text: &str) {
    let tape = Tape::<f64>::new();
    let mistake = match parse(text) {
        Ok(parsed) => record(&parsed, &tape).err(),
        Err(mistake) => Some(mistake),
    };
    if let Some(mistake) = mistake {
        assert!(text.get(mistake.span.start..mistake.span.end).is_some(), "{text:?}: {mistake:?}");
        assert!(!mistake.message.is_empty());
        for inner in [".rs", "axis", "axes", "insert_", "reshape", "::", "operand"] {
            assert!(text.contains(inner) || !mistake.to_string().contains(inner), "{text:?}: {mistake}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_read_or_underlined(text in ".{0,60}") {
        read(&text);
    }

    #[test]
    fn any_words_are_read_or_underlined(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "x", "y", "X", "Y", "theta", "p", "W", "1", "2.5", "1e9", ".", "+", "-", "*", "/", "^", "(", ")", "|", ",", "=", "<",
                "<=", "[", "]", "where", "with", "sum", "sum(", "softmax(", "if(", "ln(", "sigmoid(", "max(", "é", "½", "²", "⁻", "θ", "θ[0]", "W[0,1]", "Σ", "₁", "σ(",
            ]),
            0..25,
        ),
        separator in prop::sample::select(vec!["", " "]),
    ) {
        read(&words.join(separator));
    }
}
