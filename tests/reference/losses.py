"""Inference for losses of one's own: `losses.json`, in 40 digits (mpmath), from the data of `objectives.json`.

Newton's method on derivatives by mpmath; the covariances are the inverse Hessian, the sandwich of the rows' scores, and the
inverse of the expected information; functions of the parameters by the delta method.
"""

import json
import pathlib

import mpmath as mp

mp.mp.dps = 40
HERE = pathlib.Path(__file__).parent
OBJECTIVES = json.loads((HERE / "objectives.json").read_text())


def gradient(f, at):
    return mp.matrix([mp.diff(f, tuple(at), tuple(int(i == k) for i in range(len(at)))) for k in range(len(at))])


def hessian(f, at):
    n = len(at)
    order = lambda i, j: tuple(int(k == i) + int(k == j) for k in range(n))
    return mp.matrix(n, n) + mp.matrix([[mp.diff(f, tuple(at), order(i, j)) for j in range(n)] for i in range(n)])


def minimum(f, start):
    at = mp.matrix(start)
    for _ in range(30):
        slope, curvature = gradient(f, at), hessian(f, at)
        shift = max(mp.mpf(0), -2 * min(mp.eigsy(curvature, eigvals_only=True)) + mp.mpf("0.1") * (mp.norm(slope) > 1))
        step = mp.lu_solve(curvature + shift * mp.eye(len(at)), slope)
        while f(*(at - step)) > f(*at) + mp.mpf(10) ** -30:
            step /= 2
        at -= step
        if mp.norm(step) < mp.mpf(10) ** -25:
            break
    assert mp.norm(gradient(f, at)) < mp.mpf(10) ** -20
    return at


def inference(row, rows, start, functions, expected=None):
    """`row(parameters, i)` is the loss of a row."""
    loss = lambda *p: mp.fsum(row(p, i) for i in range(rows))
    at = minimum(loss, start)
    observed = hessian(loss, at) ** -1
    scores = [gradient(lambda *p, i=i: row(p, i), at) for i in range(rows)]
    middle = mp.matrix(len(at), len(at))
    for score in scores:
        middle += score * score.T
    out = {
        "parameters": numbers(at),
        "loss": float(loss(*at)),
        "observed": matrix(observed),
        "sandwich": matrix(observed * middle * observed),
        "delta": {},
    }
    for name, function in functions.items():
        slope = gradient(function, at)
        out["delta"][name] = [float(function(*at)), float(mp.sqrt((slope.T * observed * slope)[0]))]
    if expected:
        out["expected"] = matrix(expected(at) ** -1)
    return out


def numbers(vector):
    return [float(x) for x in vector]


def matrix(m):
    return [[float(m[i, j]) for j in range(m.cols)] for i in range(m.rows)]


def weibull():
    data = OBJECTIVES["weibull_aft"]
    x, time, event = (list(map(mp.mpf, data["data"][name])) for name in ["x", "time", "event"])

    def row(p, i):
        z = (mp.log(time[i]) - p[0] - p[1] * x[i]) / mp.exp(p[2])
        return mp.exp(z) - event[i] * (z - p[2] - mp.log(time[i]))

    def without_x(p, i):
        z = (mp.log(time[i]) - p[0]) / mp.exp(p[1])
        return mp.exp(z) - event[i] * (z - p[1] - mp.log(time[i]))

    median = lambda b0, b1, s: mp.exp(b0 + b1 + mp.exp(s) * mp.log(mp.log(2)))
    out = inference(row, len(x), data["parameters"], {"median": median, "shape": lambda b0, b1, s: mp.exp(-s)})
    smaller = inference(without_x, len(x), [2.0, -0.5], {})
    statistic = 2 * (mp.mpf(smaller["loss"]) - mp.mpf(out["loss"]))
    out["likelihood_ratio"] = [float(statistic), float(mp.erfc(mp.sqrt(statistic / 2)))]
    return out


def two_predictors():
    """A normal response whose mean and logarithm of the standard deviation depend on x."""
    data = OBJECTIVES["tobit"]["data"]
    x, y = (list(map(mp.mpf, data[name])) for name in ["x", "y"])

    def row(p, i):
        log_sigma = p[2] + p[3] * x[i]
        return ((y[i] - p[0] - p[1] * x[i]) / mp.exp(log_sigma)) ** 2 / 2 + log_sigma

    def expected(p):
        information = mp.matrix(4, 4)
        for xi in x:
            weight = mp.exp(-2 * (p[2] + p[3] * xi))
            for a, ca in enumerate([1, xi]):
                for b, cb in enumerate([1, xi]):
                    information[a, b] += weight * ca * cb
                    information[2 + a, 2 + b] += 2 * ca * cb
        return information

    n = len(x)
    slope = sum(a * b for a, b in zip(x, y)) / sum(a * a for a in x)
    ratio = {"ratio": lambda a, b, c, d: mp.exp(a + b - c - d)}
    return inference(row, n, [sum(y) / n, slope / 10, 0.5, 0.0], ratio, expected)


result = {"weibull_aft": weibull(), "two_predictors": two_predictors()}
(HERE / "losses.json").write_text(json.dumps(result, indent=1) + "\n")
