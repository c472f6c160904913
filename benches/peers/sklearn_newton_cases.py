"""scikit-learn's Newton solver, beside its L-BFGS in `sklearn_cases`."""

from sklearn_cases import logistic_fit, set_threads  # noqa: F401

CASES = {"logistic-fit": lambda data: logistic_fit(data, solver="newton-cholesky")}
