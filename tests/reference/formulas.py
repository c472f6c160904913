"""Losses as formulas: values, gradients and Hessians, and how far each moves when the inputs are rounded (`formulas.json`).

mpmath with 1300 digits, derivatives by central difference quotients, rounded to the nearest f64. A formula is Python's own notation, which
`crates/autodiff/tests/formulas/main.rs` records as it stands. Every point of `formulas_list.py` is there but for those with a result beyond
the range of f64: none is left out for what this library makes of it.
"""

import json
import math
import pathlib
import re
import sys

import mpmath as mp
from formulas_list import FORMULAS

mp.mp.dps = 1300
STEP = mp.mpf(10) ** -150
ROUNDING = mp.mpf(2) ** -53


class Vector(list):
    """Elementwise arithmetic, numbers stretched."""

    def with_each(self, other, f):
        other = other if isinstance(other, Vector) else [other] * len(self)
        return Vector(f(a, b) for a, b in zip(self, other))

    def __add__(self, other):
        return self.with_each(other, lambda a, b: a + b)

    def __sub__(self, other):
        return self.with_each(other, lambda a, b: a - b)

    def __mul__(self, other):
        return self.with_each(other, lambda a, b: a * b)

    def __truediv__(self, other):
        return self.with_each(other, lambda a, b: a / b)

    def __pow__(self, other):
        return self.with_each(other, lambda a, b: a**b)

    def __neg__(self):
        return Vector(-a for a in self)

    def __rsub__(self, other):
        return self.with_each(other, lambda a, b: b - a)

    def __rtruediv__(self, other):
        return self.with_each(other, lambda a, b: b / a)

    __radd__, __rmul__ = __add__, __mul__


def elementwise(f):
    def apply(*args):
        vectors = [a for a in args if isinstance(a, Vector)]
        if not vectors:
            return f(*args)
        columns = [a if isinstance(a, Vector) else [a] * len(vectors[0]) for a in args]
        return Vector(f(*row) for row in zip(*columns))

    return apply


def cumsum(x):
    return Vector(mp.fsum(x[: i + 1]) for i in range(len(x)))


def normalised(x):
    largest = max(x)
    e = Vector(mp.exp(v - largest) for v in x)
    return e / mp.fsum(e)


R = 1 / mp.sqrt(2)
NAMES = {
    name: elementwise(f)
    for name, f in {
        "exp": mp.exp,
        "ln": mp.log,
        "ln_1p": lambda x: mp.log(1 + x),
        "exp_m1": lambda x: mp.exp(x) - 1,
        "sqrt": mp.sqrt,
        "cbrt": mp.cbrt,
        "sinh": mp.sinh,
        "cosh": mp.cosh,
        "tanh": mp.tanh,
        "sin": mp.sin,
        "cos": mp.cos,
        "tan": mp.tan,
        "atan": mp.atan,
        "asinh": mp.asinh,
        "acosh": mp.acosh,
        "atanh": mp.atanh,
        "erf": mp.erf,
        "erfc": mp.erfc,
        "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
        "softplus": lambda x: mp.log(1 + mp.exp(x)),
        "norm_cdf": lambda x: mp.erfc(-x * R) / 2,
        "norm_pdf": lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
        "lgamma": mp.loggamma,
        "abs": abs,
        "maximum": max,
        "minimum": min,
        "hypot": lambda x, y: mp.sqrt(x * x + y * y),
        "relu": lambda x: max(x, mp.mpf(0)),
        "recip": lambda x: 1 / x,
        "xlogy": lambda x, y: x * mp.log(y) if x else mp.mpf(0),
        "lt": lambda a, b: a < b,
        "select": lambda c, a, b: a if c else b,
        "log_loss": lambda p, y: -(y * mp.log(p) + (1 - y) * mp.log(1 - p)),
    }.items()
}
NAMES |= {
    "sum": mp.fsum,
    "mean": lambda x: mp.fsum(x) / len(x),
    "prod": mp.fprod,
    "max": max,
    "min": min,
    "dot": mp.fdot,
    "norm": lambda x: mp.sqrt(mp.fsum(v * v for v in x)),
    "logsumexp": lambda x: mp.log(mp.fsum(mp.exp(v) for v in x)),
    "softmax": normalised,
    "log_softmax": lambda x: Vector(mp.log(v) for v in normalised(x)),
    "cumsum": cumsum,
    "vector": lambda *x: Vector(mp.mpf(v) for v in x),
}


def function(formula, names):
    # Numbers are those of f64, as the recording has them.
    exact = re.sub(r"(?<![\w.])(\d+\.?\d*(?:[eE][-+]?\d+)?)(?!\])", lambda m: f"_n({m.group(1)})", formula)
    exact = re.sub(r"\*\*\s*(-?)_n\((\d+)\)", r"**\1\2", exact)
    code = compile(exact, formula, "eval")

    def f(inputs):
        return eval(code, {**NAMES, **dict(zip(names, inputs)), "_n": mp.mpf})

    return f


def flattened(point):
    return [mp.mpf(v) for part in point for v in (part if isinstance(part, list) else [part])]


def shaped(flat, point):
    flat, out = list(flat), []
    for part in point:
        size = len(part) if isinstance(part, list) else None
        out.append(Vector(flat[:size]) if size else flat[0])
        flat = flat[size or 1 :]
    return out


def results(f, flat, point):
    """The value, the gradient and the Hessian, one after another."""
    steps = [STEP * (abs(v) if v else 1) for v in flat]
    n = len(flat)

    def at(*moves):
        moved = list(flat)
        for i, sign in moves:
            moved[i] += sign * steps[i]
        return f(shaped(moved, point))

    middle = at()
    ends = [(at((i, 1)), at((i, -1))) for i in range(n)]
    out = [middle] + [(up - down) / (2 * steps[i]) for i, (up, down) in enumerate(ends)]
    for i in range(n):
        for j in range(n):
            if i == j:
                up, down = ends[i]
                out.append((up - 2 * middle + down) / steps[i] ** 2)
            elif j < i:
                out.append(out[1 + n + j * n + i])
            else:
                corners = at((i, 1), (j, 1)) - at((i, 1), (j, -1)) - at((i, -1), (j, 1)) + at((i, -1), (j, -1))
                out.append(corners / (4 * steps[i] * steps[j]))
    return out


def of_point(formula, names, point):
    """The results at a point; None where one of them leaves the range of f64."""
    f, flat = function(formula, names), flattened(point)
    right = results(f, flat, point)
    moved = [mp.mpf(0)] * len(right)
    for i in range(len(flat)):
        other = list(flat)
        other[i] *= 1 + ROUNDING
        moved = [m + abs(a - b) for m, a, b in zip(moved, results(f, other, point), right)]
    right, moved = [float(v) for v in right], [float(v) for v in moved]
    return {"at": point, "right": right, "moved": moved} if all(map(math.isfinite, right + moved)) else None


if __name__ == "__main__":
    # Points whose formula hasn't changed keep their results; with `--anew` all are computed.
    path = pathlib.Path(__file__).parent / "formulas.json"
    known = json.loads(path.read_text()) if path.exists() and "--anew" not in sys.argv else {}
    lines, points_in_all = [], 0
    for name, (formula, names, points) in FORMULAS.items():
        print(name, file=sys.stderr, flush=True)
        before = known.get(name, {})
        kept = {json.dumps(p["at"]): p for p in before.get("points", []) if before["formula"] == formula}
        found = [kept.get(json.dumps(point)) or of_point(formula, names.split(), point) for point in points]
        entry = {"formula": formula, "inputs": names.split(), "points": [point for point in found if point]}
        lines.append(f"{json.dumps(name)}: {json.dumps(entry, ensure_ascii=False)}")
        points_in_all += len(entry["points"])
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{points_in_all} points of {len(FORMULAS)} losses", file=sys.stderr)
