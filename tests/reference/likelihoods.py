"""Values, gradients and second derivatives (along 1, 1.75, 2.5, …) of the losses that crates/autodiff/tests/naive_losses/likelihoods.rs
records, at moderate and extreme points: mpmath with 1300 digits, derivatives by difference quotients, rounded to the nearest f64."""

import json
import sys

from mpmath import mp, mpf, exp, log, log1p, loggamma, erf, erfc, sqrt, sinh, cosh, tanh, cos, pi, nstr

mp.dps = 1300
H = mpf(10) ** -150
R = 1 / sqrt(mpf(2))


def n(x):
    return mpf(x)


def sig(x):
    return 1 / (1 + exp(-x))


def pdf(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def Phi(x):
    return erfc(-x * R) / 2


def sm(x):
    e = [exp(v) for v in x]
    s = sum(e)
    return [v / s for v in e]


def counts(y, r):
    return loggamma(y + r) - loggamma(r) - loggamma(n(y) + 1)


def nb(y, r, m):
    return counts(y, r) + r * log(r / (r + m)) + y * log(m / (r + m))


def interval(t1, t2, k, l):
    return log(exp(-((n(t1) / l) ** k)) - exp(-((n(t2) / l) ** k)))


def hmm(a):
    e = lambda x: [exp(-((x - v) ** 2) / 2) for v in a]
    f, s = e(30), e(-40)
    f = [v / 2 for v in f]
    return log((n(0.9) * f[0] + n(0.2) * f[1]) * s[0] + (n(0.1) * f[0] + n(0.8) * f[1]) * s[1])


def two_poissons(a, b):
    d = lambda r: exp(7 * r - exp(r)) / 5040
    return log(n(0.3) * d(a) + n(0.7) * d(b))


def mix(w, p, q):
    return log(w * p + (1 - w) * q)


L = {
    "negative_binomial_by_mean": (lambda a, m: nb(4, 1 / a, m), [[1e-8, 4.5], [0.5, 3.0], [1e-8, 3.0], [30.0, 1e-3]]),
    "negative_binomial_by_probability": (lambda a, m: nb(40, 1 / a, m), [[1e-8, 31.0], [0.5, 3.0], [1e-4, 45.0]]),
    "negative_binomial_expanded": (lambda a, m: nb(4, 1 / a, m), [[1e-8, 4.5], [0.25, 7.0]]),
    "negative_binomial_log_link": (lambda a, e: nb(4, 1 / a, exp(e)), [[1e-8, 1.25], [0.5, 3.0], [1e-6, 710.0], [2.0, -300.0]]),
    "negative_binomial_log_dispersion": (lambda l, e: nb(4, exp(-l), exp(e)), [[-18.5, 1.25], [-0.5, 3.0], [-40.0, 0.5], [3.0, 20.0]]),
    "negative_binomial_by_size": (lambda r, m: nb(3, r, m), [[1e8, 4.0], [2.5, 3.5], [1e12, 1.0]]),
    "student_density": (
        lambda v, t: loggamma((v + 1) / 2) - loggamma(v / 2) - log(v * n(mp.mpf(3.141592653589793))) / 2 - (v + 1) / 2 * log(1 + t * t / v),
        [[1e8, 4.0], [3.0, 1e10], [5.0, 0.5], [1e15, 1.5]],
    ),
    "extreme_value": (lambda a, x: -(1 + 1 / a) * log(1 + a * x) - (1 + a * x) ** (-1 / a), [[1e-8, 0.25], [1e-12, -2.0], [0.2, 1.5], [-0.25, 1.0]]),
    "generalised_pareto": (lambda a, s: -log(s) - (1 / a + 1) * log(1 + a * 3 / s), [[1e-8, 2.0], [0.3, 1.5], [1e-14, 5.0]]),
    "box_cox": (lambda a, x: (x**a - 1) / a, [[1e-8, 3.0], [0.5, 2.0], [1e-14, 0.25]]),
    "gompertz": (lambda a, b: b + a * 3 - exp(b) / a * (exp(3 * a) - 1), [[1e-8, 0.5], [0.3, -1.0], [1e-14, 0.25]]),
    "zero_inflated": (lambda a, e: mix(sig(a), 1, exp(-exp(e))), [[-30.0, 8.0], [2.0, 0.5], [-800.0, 3.0], [40.0, -3.0]]),
    "zero_inflated_negative_binomial": (lambda a, e: mix(sig(a), 1, (1 + exp(e) / 2) ** -2), [[-30.0, 8.0], [2.0, 0.5], [-800.0, 400.0]]),
    "zero_truncated_poisson": (lambda e: 3 * e - exp(e) - log(1 - exp(-exp(e))), [[-30.0], [0.5], [4.0], [-300.0]]),
    "truncated_normal_tail": (lambda m, s: log(pdf((n(2.5) - m) / s)) - log(s) - log(1 - Phi((2 - m) / s)), [[-50.0, 1.0], [1.0, 0.75], [-3.0, 0.1], [40.0, 1.5]]),
    "truncated_on_both_sides": (lambda m: log(Phi(n(1.5) - m) - Phi(n(-0.5) - m)), [[40.0], [-40.0], [0.25]]),
    "ordinal_probit_by_erf": (lambda m, g: log(Phi(g - m) - Phi(-m)), [[8.0, 0.5], [-8.0, 0.5], [0.25, 1.0]]),
    "ordinal_complementary": (lambda m, g: log(exp(-exp(-m)) - exp(-exp(g - m))), [[30.0, 0.5], [-5.0, 0.5], [0.25, 1.0], [200.0, 1.0]]),
    "beta_binomial": (
        lambda a, b: loggamma(a + 3) + loggamma(b + 7) - loggamma(a + b + 10) + loggamma(a + b) - loggamma(a) - loggamma(b),
        [[1e8, 2e8], [1.5, 2.5], [1e-8, 3.0], [1e15, 4.0]],
    ),
    "dirichlet_multinomial": (
        lambda a: loggamma(sum(a)) - loggamma(sum(a) + 7) + sum(loggamma(v + x) - loggamma(v) for v, x in zip(a, (2, 0, 5))),
        [[[1e8, 3e8, 2e8]], [[0.5, 1.5, 2.5]], [[1e-8, 1.0, 1e8]]],
    ),
    "gumbel_survival": (lambda z: log(1 - exp(-exp(-z))), [[40.0], [-3.0], [0.5], [400.0]]),
    "weibull_interval": (lambda k, l: interval(1, 2, k, l), [[2.0, 0.05], [1.5, 1.0], [3.0, 1e5]]),
    "frechet_survival": (lambda x: log(1 - exp(-(x ** n(-2.5)))), [[1e10], [0.1], [1.5], [1e100]]),
    "log_logistic_survival": (lambda t, a: -log(1 + (t / a) ** n(3.5)), [[1e120, 1.0], [2.0, 1.5], [1e-20, 3.0]]),
    "two_alignments": (lambda x, y: (lambda p, q: log(p[0] * q[1] + p[1] * q[0]))(sm(x), sm(y)), [[[400.0, -400.0], [390.0, -390.0]], [[0.5, 0.25], [1.0, -1.0]], [[-800.0, 10.0], [3.0, 700.0]]]),
    "hidden_markov": (hmm, [[[0.0, 1.0]], [[30.0, -40.0]], [[-200.0, 5.0]]]),
    "focal_of_classes": (lambda x: (lambda p: -((1 - p) ** n(1.5)) * log(p))(sm(x)[0]), [[[50.0, 0.0, 1.0]], [[-50.0, 0.0, 3.0]], [[0.5, 0.25, 1.0]], [[-800.0, 0.0, 1.0]]]),
    "weighted_cross_entropy": (lambda a: -(5 * n(0.25) * log(sig(a)) + n(0.75) * log(1 - sig(a))), [[50.0], [-50.0], [0.5], [800.0]]),
    "softmax_less_maximum": (lambda x: -log(sm([v / n(0.5) for v in x])[1]), [[[500.0, -400.0, 0.0]], [[0.5, 0.25, 1.0]], [[-300.0, 300.0, 280.0]]]),
    "all_of_three": (lambda a, b, c: log(sig(a) * sig(b) * sig(c)), [[50.0, 60.0, 70.0], [-400.0, -500.0, 3.0], [0.5, 1.0, -1.0]]),
    "not_both": (lambda a, b: log(1 - sig(a) * sig(b)), [[50.0, 45.0], [-50.0, 3.0], [0.5, 0.25], [300.0, 310.0]]),
    "fisher_transform": (lambda a: log((1 + tanh(a)) / (1 - tanh(a))) / 2, [[30.0], [-30.0], [0.25], [400.0]]),
    "log_gelu": (lambda a: log(a * Phi(a)), [[40.0], [0.5], [1e-200], [9.0]]),
    "log_silu": (lambda a: log(a * sig(a)), [[40.0], [0.5], [800.0], [1e-200]]),
    "mish": (lambda a: a * tanh(log(1 + exp(a))), [[40.0], [-40.0], [0.5], [-300.0]]),
    "silu": (lambda a: a * sig(a), [[40.0], [-40.0], [0.5], [-300.0], [800.0]]),
    "at_least_one": (lambda a: log(1 - (1 - sig(a)) ** 1000000), [[-40.0], [-13.0], [-300.0]]),
    "at_least_one_of_fifty": (lambda a: 1 - (1 - sig(a)) ** 50, [[-40.0], [-3.0], [-300.0], [5.0]]),
    "kumaraswamy": (lambda a: log(1 - (1 - sig(a) ** n(2.5)) ** n(1.5)), [[0.5], [40.0], [-3.0]]),
    "cosh_by_exponentials": (lambda a: log((exp(a) + exp(-a)) / 2), [[800.0], [-800.0], [0.5], [20.0]]),
    "exactly_one": (lambda a, b: (lambda p, q: log(p * (1 - q) + q * (1 - p)))(sig(a), sig(b)), [[50.0, 45.0], [-50.0, -45.0], [0.5, 0.25], [300.0, 310.0], [40.0, -40.0]]),
    "three_parameter_rasch": (lambda a, g: log(g + (1 - g) * sig(a)), [[50.0, 0.25], [-50.0, 0.25], [0.5, 0.125]]),
    "three_parameter_rasch_miss": (lambda a: log(1 - (n(0.25) + n(0.75) * sig(a))), [[50.0], [-50.0], [0.5], [400.0]]),
    "skew_normal": (lambda x, g: log(2 * pdf(x) * Phi(g * x)), [[-30.0, 2.0], [0.5, 1.0], [50.0, 2.0]]),
    "exponentially_modified": (lambda x, l: log(l / 2 * exp(l / 2 * (l - 2 * x)) * erfc((l - x) * n(0.7071067811865476))), [[-30.0, 2.0], [0.5, 1.0], [900.0, 2.0]]),
    "inverse_gaussian_cdf": (lambda l, x: log(Phi(sqrt(l / x) * (x - 1)) + exp(2 * l) * Phi(-sqrt(l / x) * (x + 1))), [[500.0, 0.25], [2.0, 0.5]]),
    "laplace_cdf": (lambda a: log(exp(a) / 2) if a < 0 else log(1 - exp(-a) / 2), [[-800.0], [50.0], [0.5], [-0.5], [400.0]]),
    "mixture_of_sigmoids": (lambda a, b, w: mix(sig(w), sig(a), sig(b)), [[-800.0, -750.0, 0.5], [50.0, 45.0, 0.5], [3.0, -3.0, 1.0], [-400.0, 2.0, 300.0]]),
    "cure_model": (lambda a, e: -mix(sig(a), 1, exp(-exp(e))), [[-40.0, 5.0], [0.5, 0.25], [-700.0, 8.0]]),
    "competing_risks": (lambda a, b: log(exp(a) + exp(b)) - n(0.01) * (exp(a) + exp(b)), [[-800.0, -790.0], [0.5, 1.0], [5.0, -300.0]]),
    "discretised_logistic": (lambda m, s: (lambda at: log(at(n(3.5)) - at(n(2.5))))(lambda x: sig((x - m) / s)), [[60.0, 1.0], [-60.0, 1.0], [3.0, 0.5], [3.0, 0.001], [3.0, 1e6]]),
    "noise_contrastive": (lambda a, b: (lambda p, q: log(p / (p + q)) + log(q / (p + q)))(exp(a), 5 * exp(b)), [[800.0, 0.0], [-800.0, -700.0], [0.5, 0.25], [50.0, 3.0]]),
    "bernoulli_divergence": (lambda a, b: (lambda p, q: p * log(p / q) + (1 - p) * log((1 - p) / (1 - q)))(sig(a), sig(b)), [[40.0, 38.0], [-40.0, -35.0], [0.5, 1.0], [3.0, 400.0]]),
    "entropy": (lambda x: -sum(p * log(p) for p in sm(x)), [[[300.0, 0.0, -300.0]], [[0.5, 0.25, 1.0]], [[40.0, 0.0, 3.0]]]),
    "cauchy": (lambda a, s: -log(1 + (a / s) ** 2), [[1e100, 1.0], [0.5, 2.0], [1e170, 3.0], [1e-20, 1.0]]),
    "hyperbolic_secant": (lambda a: log(2 / (exp(a) + exp(-a))), [[800.0], [0.5], [-30.0]]),
    "softplus_scale": (lambda a, r: -log(log(1 + exp(a))) - (r / log(1 + exp(a))) ** 2 / 2, [[-40.0, 1e-18], [0.5, 1.0], [800.0, 30.0], [-300.0, 1e-131]]),
    "log_of_exp_m1": (lambda a: log(exp(a) - 1), [[1e-10], [0.5], [50.0], [800.0]]),
    "pseudo_huber": (lambda a, d: sqrt(1 + (a / d) ** 2) - 1, [[1e-10, 1.0], [0.5, 2.0], [1e10, 3.0]]),
    "charbonnier": (lambda a: sqrt(a * a + n(1e-6)) - n(1e-3), [[1e-10], [0.5]]),
    "welsch": (lambda a: 1 - exp(-a * a / 2), [[1e-10], [0.5], [40.0]]),
    "anscombe_difference": (lambda a: sqrt(a + 1) - sqrt(a), [[1e20], [0.5], [1e8]]),
    "log_ratio": (lambda a, b: log(a) - log(a + b), [[1e20, 3.0], [0.5, 0.25], [1e-20, 5.0]]),
    "probit_mixture": (lambda a, b: mix(sig(b), Phi(a), Phi(-a)), [[-30.0, 50.0], [0.5, 0.25], [-20.0, 300.0]]),
    "tanh_squash": (lambda a: -log(1 - tanh(a) ** 2) - a * a / 2, [[30.0], [0.5], [-400.0]]),
    "logit_by_hand": (lambda a: log(sig(a) / (1 - sig(a))), [[50.0], [-50.0], [0.5], [800.0]]),
    "survival_of_maximum": (lambda a, b: log(1 - Phi(a) * Phi(b)), [[10.0, 12.0], [0.5, 0.25], [-5.0, 3.0]]),
    "soft_minimum": (lambda x, t: -log(sum(exp(-v / t) for v in x) / len(x)) * t, [[[10.0, 13.0], 1.0], [[0.5, 0.25], 2.0], [[1.0, 2.0], 0.25]]),
    "two_poissons": (two_poissons, [[5.0, 4.0], [0.5, 2.0], [-100.0, -120.0]]),
}


def flat(at):
    return [v for x in at for v in (x if isinstance(x, list) else [x])]


def shaped(at, values):
    values = iter(values)
    return [[next(values) for _ in x] if isinstance(x, list) else next(values) for x in at]


def number(x):
    x = float(x)
    return x if abs(x) != float("inf") else ("inf" if x > 0 else "-inf")


def point(f, at):
    x = [mpf(v) for v in flat(at)]
    of = lambda values: f(*shaped(at, values))
    step = lambda direction, sign: of([v + sign * H * (abs(v) or mpf(1)) * d for v, d in zip(x, direction)])
    size = [(abs(v) or mpf(1)) for v in x]
    gradient = []
    for i in range(len(x)):
        unit = [int(i == j) for j in range(len(x))]
        gradient.append((step(unit, 1) - step(unit, -1)) / (2 * H * size[i]))
    ray = [(1 + mpf(3) / 4 * k) / size[k] for k in range(len(x))]
    smallest = min(size)
    ray = [d * smallest for d in ray]
    middle = of(x)
    second = (step(ray, 1) - 2 * middle + step(ray, -1)) / (H * smallest) ** 2
    return {
        "at": at,
        "value": number(middle),
        "gradient": shaped(at, [number(g) for g in gradient]),
        "curvature": number(second),
    }


if __name__ == "__main__":
    only = sys.argv[1:]
    table = {name: [point(f, at) for at in points] for name, (f, points) in L.items() if not only or name in only}
    rows = [f'  "{name}": {json.dumps(points, ensure_ascii=False)}' for name, points in table.items()]
    print("{\n" + ",\n".join(rows) + "\n}")
