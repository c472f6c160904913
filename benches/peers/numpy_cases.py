"""NumPy and SciPy: closed forms, as one writes them by hand; OpenBLAS for the products."""

import numpy as np
from scipy.special import expit, log_softmax


def set_threads(threads):
    """OpenBLAS took its number from the environment."""


def logistic_gradient(data):
    x, y, theta = data["x"], data["y"], data["theta"]

    def call():
        z = x @ theta
        loss = np.sum(np.logaddexp(0, z) - y * z)
        return loss, x.T @ (expit(z) - y)

    return call


def logistic_hvp(data):
    x, theta, direction = data["x"], data["theta"], data["direction"]

    def call():
        p = expit(x @ theta)
        return (x.T @ (p * (1 - p) * (x @ direction)),)

    return call


def logistic_hessian(data):
    x, theta = data["x"], data["theta"]

    def call():
        p = expit(x @ theta)
        return (x.T @ ((p * (1 - p))[:, None] * x),)

    return call


def softmax_gradient(data):
    x, labels, weights = data["x"], data["labels"], data["weights"]

    def call():
        z = x @ weights
        log_p = log_softmax(z, axis=1)
        return -np.sum(labels * log_p), x.T @ (np.exp(log_p) - labels)

    return call


def mlp_gradient(data):
    x, y, w1, b1, w2, b2 = (data[name] for name in ["x", "y", "w1", "b1", "w2", "b2"])

    def call():
        h = np.tanh(x @ w1 + b1)
        residual = (h @ w2)[:, 0] + b2[0] - y
        loss = np.mean(residual**2)
        dr = 2 * residual / len(y)
        da = dr[:, None] * w2[:, 0] * (1 - h * h)
        return loss, x.T @ da, da.sum(axis=0), h.T @ dr, dr.sum()

    return call


CASES = {
    "logistic-gradient": logistic_gradient,
    "logistic-hvp": logistic_hvp,
    "logistic-hessian": logistic_hessian,
    "softmax-gradient": softmax_gradient,
    "mlp-gradient": mlp_gradient,
}
