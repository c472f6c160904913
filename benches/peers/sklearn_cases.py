"""scikit-learn: the loss its linear classifiers minimise (private, but what `fit` runs)."""

import numpy as np
from sklearn._loss import HalfBinomialLoss, HalfMultinomialLoss
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model._linear_loss import LinearModelLoss

THREADS = 1


def set_threads(threads):
    global THREADS
    THREADS = threads


def logistic_gradient(data):
    x, y, theta = data["x"], np.array(data["y"]), np.array(data["theta"])
    model = LinearModelLoss(base_loss=HalfBinomialLoss(), fit_intercept=False)

    def call():
        # The model's loss is the mean over the rows.
        loss, gradient = model.loss_gradient(theta, x, y, n_threads=THREADS)
        return np.float64(loss * len(y)), gradient * len(y)

    return call


def softmax_gradient(data):
    x, weights = data["x"], np.array(data["weights"])
    classes = np.argmax(data["labels"], axis=1).astype(x.dtype)
    model = LinearModelLoss(base_loss=HalfMultinomialLoss(n_classes=weights.shape[1]), fit_intercept=False)
    coefficients = np.asfortranarray(weights.T)

    def call():
        loss, gradient = model.loss_gradient(coefficients, x, classes, n_threads=THREADS)
        return np.float64(loss * len(classes)), gradient * len(classes)

    return call


def logistic_fit(data, solver="lbfgs"):
    x, y = data["x"], np.array(data["y"])
    loss = LinearModelLoss(base_loss=HalfBinomialLoss(), fit_intercept=True)
    asked = False

    def call():
        nonlocal asked
        # Both solvers stop at this largest component of the mean loss's gradient.
        model = LogisticRegression(C=np.inf, solver=solver, tol=1e-6, max_iter=1000).fit(x, y)
        if asked:
            return ()
        asked = True
        parameters = np.append(model.coef_[0], model.intercept_)
        return (np.float64(loss.loss(parameters, x, y) * len(y)),)

    return call


CASES = {
    "logistic-gradient": logistic_gradient,
    "softmax-gradient": softmax_gradient,
    "logistic-fit": logistic_fit,
}
