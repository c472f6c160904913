"""Writes restricted.json: the maxima of 300 log-binomial and 300 identity-binomial likelihoods within their domains.

The data come of the generator below, which `crates/models/tests/all/restricted.rs` has too. The maxima are found by SciPy's
linear programmes (is there a maximum?), by CVXPY with Clarabel, and by a barrier followed to 1e-13 in NumPy, which must agree.

    pip install numpy scipy cvxpy clarabel && python restricted.py > restricted.json
"""

import json
import sys

import cvxpy as cp
import numpy as np
from scipy.optimize import linprog

from splitmix import Random


def problem(random):
    n, p = 12 + int(random.unit() * 70.0), 1 + int(random.unit() * 4.0)
    kinds = [int(random.unit() * 3.0) for _ in range(p)]
    x = np.empty((n, p))
    for i in range(n):
        for j in range(p):
            u = random.unit()
            x[i, j] = [2.0 * u - 1.0, float(u > 0.6), float(int(u * 5.0))][kinds[j]]
    chance, slope, grouped = 0.05 + 0.9 * random.unit(), random.unit() - 0.5, random.unit() < 0.3
    y, trials = np.empty(n), np.empty(n)
    for i in range(n):
        q = min(max(chance + slope * x[i, 0], 0.02), 0.98)
        count = 1 + int(random.unit() * 4.0) if grouped else 1
        trials[i] = count
        y[i] = sum(random.unit() < q for _ in range(count)) / count
    return x, y, trials


def parts(link, eta):
    """ln of the mean and of its complement, with first and second derivatives."""
    if link == "identity":
        return (np.log(eta), 1 / eta, -1 / eta**2), (np.log1p(-eta), -1 / (1 - eta), -1 / (1 - eta) ** 2)
    odds = np.exp(eta) / -np.expm1(eta)
    zero = np.zeros_like(eta)
    return (eta, zero + 1, zero), (np.log(-np.expm1(eta)), -odds, -odds * (1 + odds))


def barrier(link, x, y, w, theta):
    inside = (lambda e: (e < 0).all()) if link == "log" else (lambda e: (e > 0).all() and (e < 1).all())

    def value(eta, nu):
        (a, a1, a2), (b, b1, b2) = parts(link, eta)
        s, n = w * y, w * (1 - y)
        f = [-(s * u + n * v) for u, v in ((a, b), (a1, b1), (a2, b2))]
        ends = [(-eta, -1.0)] if link == "log" else [(eta, 1.0), (1 - eta, -1.0)]
        for slack, sign in ends:
            f[0] = f[0] - nu * np.log(slack)
            f[1] = f[1] - nu * sign / slack
            f[2] = f[2] + nu / slack**2
        return f

    nu = 1.0
    while nu > 1e-13:
        for _ in range(200):
            eta = x @ theta
            f, g, h = value(eta, nu)
            gradient, hessian = x.T @ g, x.T @ (h[:, None] * x)
            d = np.sqrt(np.diag(hessian))
            step = -np.linalg.lstsq(hessian / np.outer(d, d), gradient / d, rcond=1e-13)[0] / d
            if -gradient @ step < 1e-20:
                break
            size = 1.0
            while size > 1e-14 and not (
                inside(x @ (theta + size * step))
                and value(x @ (theta + size * step), nu)[0].sum() <= f.sum() + 1e-4 * size * (gradient @ step)
            ):
                size /= 2
            if size <= 1e-14:
                break
            theta = theta + size * step
        nu *= 0.2
    eta = x @ theta
    (a, _, _), (b, _, _) = parts(link, eta)
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = -(np.where(y > 0, w * y * a, 0) + np.where(y < 1, w * (1 - y) * b, 0)).sum()
    slack = (-eta if link == "log" else np.minimum(eta, 1 - eta)).min()
    return theta, loss, slack


def by_clarabel(link, x, y, w):
    theta = cp.Variable(x.shape[1])
    eta = x @ theta
    s, n = w * y, w * (1 - y)
    constraints = [eta <= 0] if link == "log" else [eta >= 0, eta <= 1]
    terms = []
    if link == "log":
        terms.append(s @ eta)
        some = np.flatnonzero(n)
        if len(some):
            t = cp.Variable(len(some))
            constraints += [cp.exp(t) + cp.exp(eta[some]) <= 1]
            terms.append(n[some] @ t)
    else:
        some = np.flatnonzero(s)
        terms += [s[some] @ cp.log(eta[some])] if len(some) else []
        some = np.flatnonzero(n)
        terms += [n[some] @ cp.log(1 - eta[some])] if len(some) else []
    solve = cp.Problem(cp.Maximize(sum(terms)), constraints)
    solve.solve(solver=cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    return -solve.value


def has_no_maximum(link, x, y):
    """A direction along which the predictors of some rows of zeros fall for ever, and no other row's changes."""
    if link != "log":
        return False
    ones, zeros = x[y > 0], x[y == 0]
    found = linprog(
        zeros.sum(axis=0) if len(zeros) else np.zeros(x.shape[1]),
        A_ub=zeros if len(zeros) else None,
        b_ub=np.zeros(len(zeros)) if len(zeros) else None,
        A_eq=ones if len(ones) else None,
        b_eq=np.zeros(len(ones)) if len(ones) else None,
        bounds=[(-1, 1)] * x.shape[1],
    )
    return found.fun < -1e-7


def main():
    random, problems = Random(20), []
    for link in ("log", "identity"):
        for number in range(300):
            columns, y, trials = problem(random)
            x = np.column_stack([np.ones(len(y)), columns])
            if np.linalg.matrix_rank(x) < x.shape[1]:
                problems.append({"kind": "deficient"})
                continue
            if has_no_maximum(link, x, y):
                problems.append({"kind": "none"})
                continue
            mean = min(max((trials * y).sum() / trials.sum(), 0.01), 0.99)
            start = np.zeros(x.shape[1])
            start[0] = np.log(mean) if link == "log" else mean
            theta, loss, slack = barrier(link, x, y, trials, start)
            other = by_clarabel(link, x, y, trials)
            assert abs(loss - other) <= 1e-6 * max(1.0, abs(loss)), (link, number, loss, other)
            kind = "interior" if slack > 1e-6 else "boundary"
            problems.append({"kind": kind, "loss": loss})
    kinds = [one["kind"] for one in problems]
    print({kind: kinds.count(kind) for kind in set(kinds)}, file=sys.stderr)
    print('{"seed": 20, "problems": [\n' + ",\n".join(map(json.dumps, problems)) + "\n]}")


main()
