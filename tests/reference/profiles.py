"""Writes profiles.json: for every pair of family and link data of two columns, the maximum of the likelihood, and the ends of the
95 % intervals by its profile.

An end is where the deviance over the dispersion, least over the other coefficients, is the quantile above its minimum. It is followed
from the maximum in steps of the root of that, each end of a step being the solution of the equations: the slopes along the others are 0, the
height is the step's. At each, and in between, the Hessian by the others must be positive definite and the means within the domain.

    pip install mpmath gmpy2 && python profiles.py > profiles.json
"""

import sys

import mpmath as mp

from splitmix import Random

mp.mp.dps = 40
QUANTILE = mp.mpf(2) * mp.erfinv(mp.mpf("0.95")) ** 2
TRIALS, ALPHA, ROWS, STEPS = 20, mp.mpf("0.7"), 24, 6


def cdf(x):
    return mp.ncdf(x)


# The mean of a predictor and its derivative, the predictor of a mean, and the predictors that there are.
LINKS = {
    "identity": (lambda e: e, lambda e: mp.mpf(1), lambda m: m, lambda e: True),
    "logit": (lambda e: 1 / (1 + mp.exp(-e)), lambda e: mp.exp(-e) / (1 + mp.exp(-e)) ** 2, lambda m: mp.log(m / (1 - m)), lambda e: True),
    "probit": (cdf, mp.npdf, lambda m: mp.sqrt(2) * mp.erfinv(2 * m - 1), lambda e: True),
    "cloglog": (lambda e: -mp.expm1(-mp.exp(e)), lambda e: mp.exp(e - mp.exp(e)), lambda m: mp.log(-mp.log1p(-m)), lambda e: True),
    "log": (mp.exp, mp.exp, mp.log, lambda e: True),
    "inverse": (lambda e: 1 / e, lambda e: -1 / e**2, lambda m: 1 / m, lambda e: e > 0),
    "1/mu^2": (lambda e: 1 / mp.sqrt(e), lambda e: -1 / (2 * e * mp.sqrt(e)), lambda m: 1 / m**2, lambda e: e > 0),
    "sqrt": (lambda e: e**2, lambda e: 2 * e, mp.sqrt, lambda e: e > 0),
}
# A row's loss, the variance, and the means that there are.
FAMILIES = {
    "gaussian": (lambda y, m: (y - m) ** 2 / 2, lambda m: mp.mpf(1), lambda m: True),
    "binomial": (
        lambda y, m: -(y * mp.log(m) if y else 0) - ((1 - y) * mp.log(1 - m) if y < 1 else 0),
        lambda m: m * (1 - m),
        lambda m: 0 < m < 1,
    ),
    "poisson": (lambda y, m: m - (y * mp.log(m) if y else 0), lambda m: m, lambda m: m > 0),
    "gamma": (lambda y, m: y / m + mp.log(m), lambda m: m**2, lambda m: m > 0),
    "inverse-gaussian": (lambda y, m: (y - m) ** 2 / (2 * m**2 * y), lambda m: m**3, lambda m: m > 0),
    "negative-binomial": (
        lambda y, m: mp.log1p(ALPHA * m) / ALPHA - (y * mp.log(ALPHA * m / (1 + ALPHA * m)) if y else 0),
        lambda m: m + ALPHA * m**2,
        lambda m: m > 0,
    ),
}
KNOWN = {"binomial", "poisson", "negative-binomial"}


PROBABILITIES = {"logit", "probit", "cloglog"}


def weight(family, link):
    """Trials; and of negative binomial counts whose means are probabilities, as single ones say next to nothing."""
    return TRIALS if family == "binomial" or family == "negative-binomial" and link in PROBABILITIES else 1


class Model:
    def __init__(self, family, link, x, y):
        self.family, self.link = FAMILIES[family], LINKS[link]
        self.x = [[mp.mpf(1)] + [mp.mpf(cell) for cell in row] for row in x]
        self.y = [mp.mpf(str(cell)) for cell in y]
        if family == "binomial":
            self.y = [mp.mpf(round(cell * TRIALS)) / TRIALS for cell in y]
        self.weight = mp.mpf(weight(family, link))

    def means(self, theta):
        mean, slope, _, reaches = self.link
        for row, y in zip(self.x, self.y):
            eta = mp.fdot(row, theta)
            if not (reaches(eta) and self.family[2](mean(eta))):
                raise ValueError("outside")
            yield row, y, mean(eta), slope(eta)

    def loss(self, theta):
        return self.weight * mp.fsum(self.family[0](y, m) for _, y, m, _ in self.means(theta))

    def score(self, theta):
        parts = [(row, -(y - m) / self.family[1](m) * d) for row, y, m, d in self.means(theta)]
        return [self.weight * mp.fsum(row[j] * part for row, part in parts) for j in range(3)]

    def information(self, theta):
        found = mp.matrix(3, 3)
        for row, _, m, d in self.means(theta):
            for j in range(3):
                for k in range(3):
                    found[j, k] += self.weight * row[j] * row[k] * d**2 / self.family[1](m)
        return found

    def hessian(self, theta):
        """By central differences of the score, right to some 25 digits."""
        found = mp.matrix(3, 3)
        for k in range(3):
            h = mp.mpf(10) ** -13 * (1 + abs(theta[k]))
            moved = [[value + (side * h if j == k else 0) for j, value in enumerate(theta)] for side in (1, -1)]
            up, down = self.score(moved[0]), self.score(moved[1])
            for j in range(3):
                found[j, k] = (up[j] - down[j]) / (2 * h)
        return found

    def pearson(self, theta):
        return self.weight * mp.fsum((y - m) ** 2 / self.family[1](m) for _, y, m, _ in self.means(theta)) / (len(self.y) - 3)


def is_minimum(hessian, others):
    part = mp.matrix([[hessian[j, k] for k in others] for j in others])
    try:
        mp.cholesky((part + part.T) / 2)
        return True
    except ValueError:
        return False


def newton(model, theta, equations, jacobian):
    """A solution of the equations, by damped steps."""
    for _ in range(200):
        values = equations(theta)
        size = max(abs(value) for value in values)
        move = mp.lu_solve(jacobian(theta), -mp.matrix(values))
        step = mp.mpf(1)
        while True:
            moved = [value + step * move[j] for j, value in enumerate(theta)]
            try:
                if max(abs(value) for value in equations(moved)) < size * (1 - step / 4) or size < mp.mpf(10) ** -25:
                    break
            except ValueError:
                pass
            step /= 2
            if step < mp.mpf(10) ** -12:
                raise ArithmeticError("no step")
        theta = moved
        if max(abs(move[j]) / (1 + abs(theta[j])) for j in range(3)) < mp.mpf(10) ** -28 and step == 1:
            return theta
    raise ArithmeticError("no solution")


def maximum(model, start):
    theta = start
    for _ in range(60):  # Fisher's scoring comes near, whatever the start
        move = mp.lu_solve(model.information(theta), -mp.matrix(model.score(theta)))
        step = mp.mpf(1)
        while step > mp.mpf(10) ** -9:
            moved = [value + step * move[j] for j, value in enumerate(theta)]
            try:
                if model.loss(moved) <= model.loss(theta):
                    break
            except ValueError:
                pass
            step /= 2
        theta = moved if step > mp.mpf(10) ** -9 else theta
        if max(abs(move[j]) for j in range(3)) < mp.mpf(10) ** -10:
            break
    theta = newton(model, theta, model.score, model.hessian)
    if not is_minimum(model.hessian(theta), range(3)):
        raise ArithmeticError("no minimum")
    return theta


def end(model, best, dispersion, index, side):
    least, covariance = model.loss(best), model.information(best) ** -1
    others = [j for j in range(3) if j != index]
    theta = best
    for number in range(1, STEPS + 1):
        height = QUANTILE * (mp.mpf(number) / STEPS) ** 2

        def equations(theta):
            score = model.score(theta)
            return [score[j] for j in others] + [2 * (model.loss(theta) - least) / dispersion - height]

        def jacobian(theta):
            hessian, score = model.hessian(theta), model.score(theta)
            rows = [[hessian[j, k] for k in range(3)] for j in others]
            return mp.matrix(rows + [[2 * score[k] / dispersion for k in range(3)]])

        if number == 1:
            reach = side * mp.sqrt(height * dispersion / covariance[index, index])
            guess = [best[j] + reach * covariance[j, index] for j in range(3)]
        else:
            guess = [2 * now - before for now, before in zip(theta, last)]
        last = theta
        theta = newton(model, guess, equations, jacobian)
        if not (is_minimum(model.hessian(theta), others) and side * (theta[index] - last[index]) > 0):
            raise ArithmeticError("left the profile")
    return theta[index]


def draw(random, family, link):
    x = [[round(2 * random.unit() - 1, 3), round(2 * random.unit() - 1, 3)] for _ in range(ROWS)]
    centre = 0.45 if family == "binomial" or link in PROBABILITIES else 4.0
    eta = float(LINKS[link][2](mp.mpf(centre)))
    size = 0.4 if link in PROBABILITIES else 0.15 * abs(eta)
    y = []
    for a, b in x:
        mean = float(LINKS[link][0](mp.mpf(eta + size * (a - 0.5 * b))))
        noise = 2 * random.unit() - 1
        if family == "binomial":
            y.append(min(max(round(TRIALS * mean * (1 + 0.4 * noise)), 0), TRIALS) / TRIALS)
        elif family in ("poisson", "negative-binomial") and weight(family, link) == 1:
            y.append(float(round(mean * (1 + 0.9 * noise))))
        else:
            y.append(round(mean * (1 + 0.4 * noise), 3))
    return x, y


def show(value):
    return mp.nstr(value, 17)


lines = []
for number, family in enumerate(FAMILIES):
    for link in LINKS:
        for seed in range(1, 50):
            x, y = draw(Random(1000 * (8 * number + list(LINKS).index(link)) + seed), family, link)
            model = Model(family, link, x, y)
            centre = LINKS[link][2](mp.fsum(model.y) / ROWS)
            try:
                best = maximum(model, [centre, mp.mpf(0), mp.mpf(0)])
                dispersion = mp.mpf(1) if family in KNOWN else model.pearson(best)
                ends = [[end(model, best, dispersion, j, side) for side in (-1, 1)] for j in range(3)]
            except (ArithmeticError, ValueError, ZeroDivisionError) as reason:
                print(f"{family} {link} {seed}: {reason}", file=sys.stderr)
                continue
            break
        else:
            raise SystemExit(f"{family} {link}: no data")
        lines.append(
            f'{{"family": "{family}", "link": "{link}", "seed": {seed},\n'
            f'  "weight": {weight(family, link)}, "x": {x},\n  "y": {y},\n'
            f'  "coefficients": [{", ".join(map(show, best))}], "dispersion": {show(dispersion)},\n'
            f'  "ends": [{", ".join(f"[{show(low)}, {show(high)}]" for low, high in ends)}]}}'
        )
        print(family, link, seed, file=sys.stderr)
print("[\n" + ",\n".join(lines) + "\n]")
