"""Writes compositions.json: f(g(x)) with its first and second derivative by x, from 450 digits.

Each function is its value and two derivatives in closed form; compositions follow by the chain rule. A row is left out where the
composition isn't differentiable twice (a pole, a branch point, a value outside the domain). With each number stands how
much of it is lost where g(x) is rounded to f64 and, in the second derivative, where its two terms cancel.
"""

import json
import sys
from mpmath import mp, mpf

mp.dps = 450
HUGE = mpf(10) ** 3000
ONE, TWO, HALF = mpf(1), mpf(2), mpf(1) / 2
ROOT_PI = mp.sqrt(mp.pi)
POINTS = [s * x for x in (1e-170, 1e-20, 1.0, 30.0, 50.0, 800.0, 1e170) for s in (1, -1)] + [0.0]


class Outside(Exception):
    """The function has no two derivatives there."""


def inside(holds):
    if not holds:
        raise Outside


def exp(x):
    if abs(x) > HUGE:
        if x > 0:
            raise Outside  # beyond all exponents: what becomes of it isn't followed
        return mpf(0)
    return mp.exp(x)


def scaled(x):
    """exp(x²)·erfc(x) for x ≥ 50, by its asymptotic series."""
    total, term, n = mpf(0), ONE, 0
    while abs(term) > mpf(10) ** -500:
        total += term
        n += 1
        following = -term * (2 * n - 1) / (2 * x * x)
        if abs(following) >= abs(term):
            break
        term = following
    return total / (x * ROOT_PI)


def erfcx(x):
    if x >= 50:
        return scaled(x)
    return exp(x * x) * erfc(x)


def erfc(x):
    if x >= 50:
        return exp(-x * x) * scaled(x)
    if x <= -50:
        return TWO - erfc(-x)
    return mp.erfc(x)


def erf(x):
    return mp.erf(x) if abs(x) < 50 else mp.sign(x) * (1 - erfc(abs(x)))


def sigmoid(x):
    return 1 / (1 + exp(-x)) if x > 0 else exp(x) / (1 + exp(x))


def softplus(x):
    return (x if x > 0 else 0) + mp.log1p(exp(-abs(x)))


def norm_pdf(x):
    return exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def norm_cdf(x):
    return erfc(-x / mp.sqrt(2)) / 2


def hazard(x):
    return mp.sqrt(2 / mp.pi) / erfcx(-x / mp.sqrt(2))


def expm1(x):
    return mp.expm1(x) if abs(x) < 1 else exp(x) - 1


def cosh(x):
    return (exp(x) + exp(-x)) / 2


def sinh(x):
    return (expm1(x) - expm1(-x)) / 2


def tanh(x):
    return 1 - 2 / (exp(2 * x) + 1) if x > 1 else (-tanh(-x) if x < -1 else mp.tanh(x))


def sech2(x):
    return 4 * sigmoid(2 * x) * sigmoid(-2 * x)


def power(x, p):
    inside(x > 0)
    return [mp.power(x, p), p * mp.power(x, p - 1), p * (p - 1) * mp.power(x, p - 2)]


def ln(x, base=ONE):
    inside(x > 0)
    return [mp.log(x) / base, 1 / x / base, -1 / x**2 / base]


def recip(x):
    inside(x != 0)
    return [1 / x, -1 / x**2, 2 / x**3]


def cbrt(x):
    inside(x != 0)
    p = mp.cbrt(abs(x))
    return [mp.sign(x) * p, 1 / (3 * p**2), -2 / (9 * x * p**2)]


def ln_1p(x):
    inside(x > -1)
    return [mp.log1p(x), 1 / (1 + x), -1 / (1 + x) ** 2]


def atanh(x):
    inside(abs(x) < 1)
    return [(mp.log1p(x) - mp.log1p(-x)) / 2, 1 / (1 - x * x), 2 * x / (1 - x * x) ** 2]


def acosh(x):
    inside(x > 1)
    r = mp.sqrt((x - 1) * (x + 1))
    return [mp.log1p(x - 1 + r), 1 / r, -x / r**3]


def asinh(x):
    r = mp.sqrt(1 + x * x)
    value = mp.log1p(abs(x) + x * x / (1 + r))
    return [value if x >= 0 else -value, 1 / r, -x / r**3]


def arc(x, sign, value):
    inside(abs(x) < 1)
    r = 1 / mp.sqrt((1 - x) * (1 + x))
    return [value, sign * r, sign * x * r**3]


def logit(x):
    inside(0 < x < 1)
    w = 1 / (x * (1 - x))
    return [mp.log(x) - mp.log1p(-x), w, (2 * x - 1) * w * w]


def log1mexp(x):
    inside(x > 0)
    r = exp(-x) / -expm1(-x)
    return [mp.log(-expm1(-x)) if x < 1 else mp.log1p(-exp(-x)), r, -r * (1 + r)]


def of_sigmoid(x):
    s, t = sigmoid(x), sigmoid(-x)
    return s, t, s * t * (t - s)


def log_norm_cdf(x):
    inside(x < 40)  # 1 − Φ vanishes among the digits
    h = hazard(x)
    # Left of −1e30 the curvature −h(x + h) would cancel; there it is −1 + 1/x².
    curvature = -h * (x + h) if x > -1e30 else -1 + 1 / x**2
    return [mp.log(norm_cdf(x)), h, curvature]


def trig(x, value, slope, curvature):
    inside(abs(x) < mpf(10) ** 320 and abs(mp.cos(x)) > mpf(10) ** -150)
    return [value(x), slope(x), curvature(x)]


def gaussian(x):
    y = exp(-x * x)
    return [y, -2 * x * y, (4 * x * x - 2) * y]


FUNCTIONS = {
    "exp": lambda x: [exp(x)] * 3,
    "exp_m1": lambda x: [expm1(x), exp(x), exp(x)],
    "exp2": lambda x: [exp(x * mp.ln2), exp(x * mp.ln2) * mp.ln2, exp(x * mp.ln2) * mp.ln2**2],
    "ln": ln,
    "ln_1p": ln_1p,
    "log2": lambda x: ln(x, mp.ln2),
    "log10": lambda x: ln(x, mp.ln10),
    "recip": recip,
    "sqrt": lambda x: power(x, HALF),
    "rsqrt": lambda x: power(x, -HALF),
    "cbrt": cbrt,
    "square": lambda x: [x * x, 2 * x, TWO],
    "sin": lambda x: trig(x, mp.sin, mp.cos, lambda x: -mp.sin(x)),
    "cos": lambda x: trig(x, mp.cos, lambda x: -mp.sin(x), lambda x: -mp.cos(x)),
    "tan": lambda x: trig(x, mp.tan, lambda x: mp.sec(x) ** 2, lambda x: 2 * mp.tan(x) * mp.sec(x) ** 2),
    "asin": lambda x: arc(x, 1, mp.asin(x)),
    "acos": lambda x: arc(x, -1, mp.acos(x)),
    "atan": lambda x: [mp.atan(x), 1 / (1 + x * x), -2 * x / (1 + x * x) ** 2],
    "sinh": lambda x: [sinh(x), cosh(x), sinh(x)],
    "cosh": lambda x: [cosh(x), sinh(x), cosh(x)],
    "tanh": lambda x: [tanh(x), sech2(x), -2 * tanh(x) * sech2(x)],
    "asinh": asinh,
    "acosh": acosh,
    "atanh": atanh,
    "sigmoid": lambda x: [of_sigmoid(x)[0], of_sigmoid(x)[0] * of_sigmoid(x)[1], of_sigmoid(x)[2]],
    "softplus": lambda x: [softplus(x), sigmoid(x), sigmoid(x) * sigmoid(-x)],
    "log_sigmoid": lambda x: [-softplus(-x), sigmoid(-x), -sigmoid(x) * sigmoid(-x)],
    "logit": logit,
    "log1mexp": log1mexp,
    "gaussian": gaussian,
    "erf": lambda x: [erf(x), 2 / ROOT_PI * exp(-x * x), -4 * x / ROOT_PI * exp(-x * x)],
    "erfc": lambda x: [erfc(x), -2 / ROOT_PI * exp(-x * x), 4 * x / ROOT_PI * exp(-x * x)],
    "norm_pdf": lambda x: [norm_pdf(x), -x * norm_pdf(x), (x * x - 1) * norm_pdf(x)],
    "norm_cdf": lambda x: [norm_cdf(x), norm_pdf(x), -x * norm_pdf(x)],
    "log_norm_cdf": log_norm_cdf,
}


def triple(function, x):
    """The value and two derivatives at x, or None outside the domain."""
    try:
        return FUNCTIONS[function](x)
    except (Outside, ZeroDivisionError, OverflowError, ValueError):
        return None


def number(x):
    """To the nearest f64, in few characters."""
    if abs(x) > mpf(10) ** 400:
        return "inf" if x > 0 else "-inf"
    value = float(mp.nstr(x, 20, min_fixed=1, max_fixed=0))
    if value in (float("inf"), float("-inf")):
        return str(value)
    return int(value) if value == int(value) and abs(value) < 1e6 else value


def chain(of_f, of_g):
    """The composition's value and derivatives."""
    return [of_f[0], of_f[1] * of_g[1], of_f[2] * of_g[1] ** 2 + of_f[1] * of_g[2]]


def losses(f, of_f, of_g):
    """By how much the numbers change where g(x) does by half a unit in the last place."""
    half = mpf(2) ** -53
    terms = abs(of_f[2] * of_g[1] ** 2) + abs(of_f[1] * of_g[2])
    lost = [mpf(0), mpf(0), half * terms]
    exact = chain(of_f, of_g)
    with mp.workdps(60):
        for side in (1 + half, 1 - half):
            of_rounded = triple(f, of_g[0] * side)
            if of_rounded:
                lost = [max(a, abs(b - c)) for a, b, c in zip(lost, chain(of_rounded, of_g), exact)]
    return lost


def main():
    inner = {(g, x): triple(g, mpf(x)) for g in FUNCTIONS for x in POINTS}
    pairs = {}
    for f in FUNCTIONS:
        for g in FUNCTIONS:
            rows = []
            for place, x in enumerate(POINTS):
                of_g = inner[g, x]
                of_f = triple(f, of_g[0]) if of_g else None
                if of_f is None:
                    continue
                exact = chain(of_f, of_g)
                if not all(mp.isfinite(v) for v in exact):
                    continue
                lost = losses(f, of_f, of_g)
                if abs(exact[2]) < mpf(10) ** -400 * lost[2]:
                    exact[2] = mpf(0)  # the terms cancel to the last of the digits
                lost = [0 if a <= mpf(10) ** -13 * abs(v) else float(mp.nstr(min(a, mpf(10) ** 300), 2)) for a, v in zip(lost, exact)]
                row = [place] + [number(v) for v in exact] + lost
                while row[-1] == 0 and len(row) > 4:
                    row.pop()
                rows.append(row)
            pairs[f"{f} {g}"] = rows
        print(f, file=sys.stderr)
    lines = ",\n".join(f"{json.dumps(pair)}: {json.dumps(rows, separators=(',', ':'))}" for pair, rows in pairs.items() if rows)
    about = "f(g(x)) for 'f g': rows of the place of x in points, the value, the first and the second derivative by x, and what rounding g(x) loses of each"
    print(f'{{\n"about": {json.dumps(about)},\n"points": {json.dumps(POINTS)},\n"pairs": {{\n{lines}\n}}\n}}')


if __name__ == "__main__":
    main()
