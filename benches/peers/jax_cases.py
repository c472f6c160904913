"""JAX: `jit` of what its automatic differentiation gives."""

import os

import jax
import jax.numpy as jnp
import jax_tasks
from jax.nn import log_softmax, softplus


def set_threads(threads):
    # The number of threads is that of the processors the process may use.
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[-threads:]))


def logistic_loss(theta, x, y):
    z = x @ theta
    return jnp.sum(y * softplus(-z) + (1 - y) * softplus(z))


def compiled(function, data, names):
    jax.config.update("jax_enable_x64", data[names[0]].dtype == "float64")
    arguments = [jnp.asarray(data[name]) for name in names]
    jitted = jax.jit(function)

    def call():
        return jax.tree.leaves(jax.block_until_ready(jitted(*arguments)))

    return call


def logistic_gradient(data):
    return compiled(jax.value_and_grad(logistic_loss), data, ["theta", "x", "y"])


def logistic_hvp(data):
    def hvp(theta, direction, x, y):
        return jax.jvp(lambda theta: jax.grad(logistic_loss)(theta, x, y), (theta,), (direction,))[1]

    return compiled(hvp, data, ["theta", "direction", "x", "y"])


def logistic_hessian(data):
    return compiled(jax.hessian(logistic_loss), data, ["theta", "x", "y"])


def softmax_gradient(data):
    def loss(weights, x, labels):
        return -jnp.sum(labels * log_softmax(x @ weights, axis=1))

    return compiled(jax.value_and_grad(loss), data, ["weights", "x", "labels"])


def mlp_gradient(data):
    def loss(parameters, x, y):
        w1, b1, w2, b2 = parameters
        prediction = (jnp.tanh(x @ w1 + b1) @ w2)[:, 0] + b2[0]
        return jnp.mean((prediction - y) ** 2)

    def value_and_grad(w1, b1, w2, b2, x, y):
        return jax.value_and_grad(loss)((w1, b1, w2, b2), x, y)

    return compiled(value_and_grad, data, ["w1", "b1", "w2", "b2", "x", "y"])


def task(loss, parameters, given):
    """Value and gradient of `loss` by its first arguments."""

    def case(data):
        return compiled(jax.value_and_grad(loss, tuple(range(len(parameters)))), data, parameters + given)

    return case


def runge_kutta(data):
    return task(jax_tasks.runge_kutta(int(data["steps"][0])), ["rates", "start"], [])(data)


def factorisation(data):
    loss = jax_tasks.factorisation(data["whose"].astype(int), data["whats"].astype(int))
    return task(loss, ["people", "things"], ["ratings"])(data)


CASES = {
    "hidden-markov": task(jax_tasks.hidden_markov, ["transition", "means"], ["y"]),
    "gaussian-process": task(jax_tasks.gaussian_process, ["parameters"], ["x", "y"]),
    "attention": task(jax_tasks.attention, ["queries", "keys", "values"], []),
    "convolution": task(jax_tasks.convolution, ["filters", "weights"], ["images", "y"]),
    "runge-kutta": runge_kutta,
    "recurrent": task(jax_tasks.recurrent, ["inward", "onward", "bias"], ["x"]),
    "factorisation": factorisation,
    "logistic-gradient": logistic_gradient,
    "logistic-hvp": logistic_hvp,
    "logistic-hessian": logistic_hessian,
    "softmax-gradient": softmax_gradient,
    "mlp-gradient": mlp_gradient,
}
