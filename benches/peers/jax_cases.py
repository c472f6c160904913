"""JAX: `jit` of what its automatic differentiation gives."""

import os

import jax
import jax.numpy as jnp
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


CASES = {
    "logistic-gradient": logistic_gradient,
    "logistic-hvp": logistic_hvp,
    "logistic-hessian": logistic_hessian,
    "softmax-gradient": softmax_gradient,
    "mlp-gradient": mlp_gradient,
}
