"""glum: iteratively reweighted least squares."""

import numpy as np
from glum import GeneralizedLinearRegressor


def set_threads(threads):
    # glum takes what OpenMP is given, which `compare` sets before it starts a child.
    pass


def logistic_fit(data):
    # A copy that can be written: glum standardises in place.
    x, y = np.array(data["x"]), np.array(data["y"])
    asked = False

    def call():
        nonlocal asked
        # Stops at this norm of the mean loss's gradient.
        model = GeneralizedLinearRegressor(family="binomial", alpha=0, gradient_tol=1e-6, max_iter=1000).fit(x, y)
        if asked:
            return ()
        asked = True
        z = x @ model.coef_ + model.intercept_
        return (np.sum(np.logaddexp(0, z) - y * z),)

    return call


CASES = {"logistic-fit": logistic_fit}
