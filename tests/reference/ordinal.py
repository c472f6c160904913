"""Writes ordinal.json: ordinal and multinomial fits in 40 digits by mpmath, compared here with statsmodels.

The housing data are those of R's MASS (Madsen 1976), whose `polr` and `nnet::multinom` are quoted in its help pages.
"""
import itertools, json, pathlib
import mpmath as mp
import numpy as np
import pandas as pd
from statsmodels.miscmodels.ordinal_model import OrderedModel
import statsmodels.api as sm

mp.mp.dps = 40
HERE = pathlib.Path(__file__).parent
FREQ = [21, 21, 28, 34, 22, 36, 10, 11, 36, 61, 23, 17, 43, 35, 40, 26, 18, 54, 13, 9, 10, 8, 8, 12, 6, 7, 9, 18, 6, 7, 15, 13,
        13, 7, 5, 11, 14, 19, 37, 17, 23, 40, 3, 5, 23, 78, 46, 43, 48, 45, 86, 15, 25, 62, 20, 23, 20, 10, 22, 24, 7, 10, 21,
        57, 23, 13, 31, 21, 13, 5, 6, 13]


def housing():
    cells = itertools.product(["Low", "High"], ["Tower", "Apartment", "Atrium", "Terrace"], ["Low", "Medium", "High"],
                              ["Low", "Medium", "High"])
    rows = [(sat, infl, kind, cont, freq) for (cont, kind, infl, sat), freq in zip(cells, FREQ)]
    return pd.DataFrame(rows, columns=["Sat", "Infl", "Type", "Cont", "Freq"])


def newton(loss, start):
    """The minimum of a loss with its gradient and Hessian."""
    theta = mp.matrix(start)
    value, gradient, hessian = loss(theta)
    for _ in range(60):
        step = mp.lu_solve(hessian, -gradient)
        length = mp.mpf(1)
        while True:
            trial = loss(theta + length * step)
            if trial is not None and trial[0] <= value + abs(value) * mp.mpf(10) ** -38:
                break
            length /= 2
        theta += length * step
        value, gradient, hessian = trial
        if mp.norm(step) < mp.mpf(10) ** -32:
            break
    inverse = hessian ** -1
    return theta, [mp.sqrt(inverse[i, i]) for i in range(len(theta))], value, inverse


def ordinal(x, y, weights, levels):
    n, p = x.shape

    def loss(theta):
        cuts = [-mp.inf] + [theta[p + k] for k in range(levels - 1)] + [mp.inf]
        size = p + levels - 1
        value, gradient, hessian = mp.mpf(0), mp.zeros(size, 1), mp.zeros(size, size)
        for i in range(n):
            eta = mp.fsum(mp.mpf(float(x[i, j])) * theta[j] for j in range(p))
            ends = []
            for cut in (int(y[i]) + 1, int(y[i])):
                if mp.isinf(cuts[cut]):
                    ends.append((mp.mpf(cuts[cut] > 0), mp.mpf(0), mp.mpf(0), None))
                else:
                    s = 1 / (1 + mp.exp(eta - cuts[cut]))
                    v = {j: mp.mpf(-float(x[i, j])) for j in range(p)}
                    v[p + cut - 1] = mp.mpf(1)
                    ends.append((s, s * (1 - s), s * (1 - s) * (1 - 2 * s), v))
            prob = ends[0][0] - ends[1][0]
            if prob <= 0:
                return None
            d, dd = {}, {}
            for sign, (_, f, f2, v) in zip((1, -1), ends):
                for j, a in (v or {}).items():
                    d[j] = d.get(j, 0) + sign * f * a
                    for k, b in v.items():
                        dd[j, k] = dd.get((j, k), 0) + sign * f2 * a * b
            w = mp.mpf(float(weights[i]))
            value -= w * mp.log(prob)
            for j, a in d.items():
                gradient[j] -= w * a / prob
                for k, b in d.items():
                    hessian[j, k] -= w * (dd.get((j, k), 0) / prob - a * b / prob ** 2)
        return value, gradient, hessian

    shares = np.cumsum([weights[y == k].sum() for k in range(levels)])[:-1] / weights.sum()
    return newton(loss, [0] * p + [float(np.log(s / (1 - s))) for s in shares])


def multinomial(x, y, weights, classes):
    n, p = x.shape

    def loss(theta):
        size = p * (classes - 1)
        value, gradient, hessian = mp.mpf(0), mp.zeros(size, 1), mp.zeros(size, size)
        for i in range(n):
            row = [mp.mpf(float(c)) for c in x[i]]
            eta = [mp.mpf(0)] + [mp.fsum(row[j] * theta[k * p + j] for j in range(p)) for k in range(classes - 1)]
            odds = [mp.exp(e) for e in eta]
            total = mp.fsum(odds)
            prob = [o / total for o in odds]
            w = mp.mpf(float(weights[i]))
            value -= w * mp.log(prob[y[i]])
            for k in range(classes - 1):
                for j in range(p):
                    gradient[k * p + j] += w * (prob[k + 1] - (y[i] == k + 1)) * row[j]
                    for l in range(classes - 1):
                        h = w * prob[k + 1] * ((k == l) - prob[l + 1]) * row[j]
                        for m in range(p):
                            hessian[k * p + j, l * p + m] += h * row[m]
        return value, gradient, hessian

    return newton(loss, [0] * (p * (classes - 1)))


def report(fit, names):
    theta, errors, loss, _ = fit
    text = lambda numbers: [float(mp.nstr(number, 20)) for number in numbers]
    k = len(theta)
    return {"names": names, "estimates": text(theta), "std_errors": text(errors), "log_likelihood": float(-loss),
            "deviance": float(2 * loss), "aic": float(2 * loss + 2 * k)}


def levels_of(row, theta):
    """The probabilities of the levels."""
    eta = mp.fsum(mp.mpf(float(cell)) * part for cell, part in zip(row, theta))
    cumulated = [mp.mpf(0)] + [1 / (1 + mp.exp(eta - cut)) for cut in list(theta)[len(row):]] + [mp.mpf(1)]
    return [above - below for below, above in zip(cumulated, cumulated[1:])]


def classes_of(row, theta):
    """The probabilities of the classes."""
    blocks = [list(theta)[k:k + len(row)] for k in range(0, len(theta), len(row))]
    odds = [mp.mpf(1)] + [mp.exp(mp.fsum(mp.mpf(float(cell)) * part for cell, part in zip(row, block))) for block in blocks]
    return [o / mp.fsum(odds) for o in odds]


def predictions(fit, rows, probabilities):
    """The probabilities of each row, and their standard errors by the delta method, with difference quotients of 40 digits."""
    theta, _, _, inverse = fit
    step, found = mp.mpf(10) ** -13, []
    for row in rows:
        slopes = []
        for place in range(len(theta)):
            up, down = theta.copy(), theta.copy()
            up[place] += step
            down[place] -= step
            slopes.append([(a - b) / (2 * step) for a, b in zip(probabilities(row, up), probabilities(row, down))])
        errors = []
        for k in range(len(slopes[0])):
            g = mp.matrix([slope[k] for slope in slopes])
            errors.append(float(mp.sqrt((g.T * inverse * g)[0])))
        found.append({"probabilities": [float(p) for p in probabilities(row, theta)], "std_errors": errors})
    return found


def deviances(fit, x, y, w, lasts):
    """The deviances of the models of the first columns."""
    return [float(2 * fit(x[:, :last], y, w, 3)[2]) for last in lasts]


def close(what, ours, theirs, tolerance):
    worst = np.max(np.abs(np.array(ours) / np.array(theirs) - 1))
    assert worst < tolerance, (what, worst)
    print(f"{what}: {worst:.1e}")


frame = housing()
assert frame.Freq.sum() == 1681
indicator = lambda column, level: (frame[column] == level).astype(float)
columns = [("Infl", "Medium"), ("Infl", "High"), ("Type", "Apartment"), ("Type", "Atrium"), ("Type", "Terrace"), ("Cont", "High")]
x = np.column_stack([indicator(*column) for column in columns])
y = frame.Sat.map({"Low": 0, "Medium": 1, "High": 2}).to_numpy()
w = frame.Freq.to_numpy(float)
named = [column + level for column, level in columns]
out = {"housing": {"data": {"columns": named, "x": x.tolist(), "labels": y.tolist(), "weights": w.tolist(), "levels": ["Low", "Medium", "High"]}}}
fit = ordinal(x, y, w, 3)
out["housing"]["ordinal"] = report(fit, named + ["Low|Medium", "Medium|High"])
# The first row of each of the 24 patterns, as the file has them.
out["housing"]["ordinal"]["rows"] = predictions(fit, x[::3], levels_of)
out["housing"]["ordinal"]["deviances"] = deviances(ordinal, x, y, w, [0, 2, 5, 6])
ones = np.column_stack([np.ones(len(y)), x])
fit = multinomial(ones, y, w, 3)
out["housing"]["multinomial"] = report(fit, [f"{c}:{n}" for c in ("Medium", "High") for n in ["(Intercept)"] + named])
out["housing"]["multinomial"]["rows"] = predictions(fit, ones[::3], classes_of)
out["housing"]["multinomial"]["deviances"] = deviances(multinomial, ones, y, w, [1, 3, 6, 7])
repeated = np.repeat(np.arange(len(y)), w.astype(int))
sm_fit = OrderedModel(y[repeated], x[repeated], distr="logit").fit(method="newton", disp=False, tol=1e-14, maxiter=200)
close("housing, ordinal, coefficients", sm_fit.params[:6], out["housing"]["ordinal"]["estimates"][:6], 1e-6)
close("housing, ordinal, standard errors", sm_fit.bse[:6], out["housing"]["ordinal"]["std_errors"][:6], 1e-5)
close("housing, ordinal, likelihood", [sm_fit.llf], [out["housing"]["ordinal"]["log_likelihood"]], 1e-11)
close("housing, R: polr's deviance", [3479.149], [out["housing"]["ordinal"]["deviance"]], 1e-6)
close("housing, R: polr", [0.5663937, 1.2888191, -0.5723501, -0.3661866, -1.0910149, 0.3602841],
      out["housing"]["ordinal"]["estimates"][:6], 1e-4)
sm_fit = sm.MNLogit(y[repeated], ones[repeated]).fit(method="newton", disp=False, tol=1e-14)
close("housing, multinomial, coefficients", sm_fit.params.T.ravel(), out["housing"]["multinomial"]["estimates"], 1e-8)
close("housing, multinomial, standard errors", sm_fit.bse.T.ravel(), out["housing"]["multinomial"]["std_errors"], 1e-8)
close("housing, R: multinom's deviance", [3470.084], [out["housing"]["multinomial"]["deviance"]], 1e-6)

cars = pd.read_csv(HERE / "glm/reported/mtcars.csv")
x = cars[["mpg", "wt"]].to_numpy(float)
y = cars.carb.map(lambda carb: {1: 0, 2: 1, 3: 2, 4: 3}.get(carb, 4)).to_numpy()
w = np.ones(len(y))
out["mtcars"] = {"data": {"columns": ["mpg", "wt"], "x": x.tolist(), "labels": y.tolist(), "weights": w.tolist(), "levels": ["1", "2", "3", "4", "more"]}}
out["mtcars"]["ordinal"] = report(ordinal(x, y, w, 5), ["mpg", "wt", "1|2", "2|3", "3|4", "4|more"])
sm_fit = OrderedModel(y, x, distr="logit").fit(method="bfgs", disp=False, gtol=1e-10, maxiter=2000)
close("mtcars, ordinal, coefficients", sm_fit.params[:2], out["mtcars"]["ordinal"]["estimates"][:2], 1e-5)
close("mtcars, ordinal, standard errors", sm_fit.bse[:2], out["mtcars"]["ordinal"]["std_errors"][:2], 1e-4)
(HERE / "ordinal.json").write_text(json.dumps(out) + "\n")
housing().to_csv(HERE / "glm" / "housing.csv", index=False)
