"""PyTorch: eager autograd."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy


def set_threads(threads):
    torch.set_num_threads(threads)


def tensors(data, names):
    return [torch.from_numpy(data[name]) for name in names]


def logistic_gradient(data):
    x, y, theta = tensors(data, ["x", "y", "theta"])
    theta = theta.clone().requires_grad_()

    def call():
        loss = binary_cross_entropy_with_logits(x @ theta, y, reduction="sum")
        return (loss.detach(), *torch.autograd.grad(loss, theta))

    return call


def logistic_hvp(data):
    x, y, theta, direction = tensors(data, ["x", "y", "theta", "direction"])

    def loss(theta):
        return binary_cross_entropy_with_logits(x @ theta, y, reduction="sum")

    def call():
        return (torch.autograd.functional.vhp(loss, theta, direction)[1],)

    return call


def softmax_gradient(data):
    x, labels, weights = tensors(data, ["x", "labels", "weights"])
    weights = weights.clone().requires_grad_()
    classes = labels.argmax(dim=1)

    def call():
        loss = cross_entropy(x @ weights, classes, reduction="sum")
        return (loss.detach(), *torch.autograd.grad(loss, weights))

    return call


def mlp_gradient(data):
    x, y = tensors(data, ["x", "y"])
    parameters = [p.clone().requires_grad_() for p in tensors(data, ["w1", "b1", "w2", "b2"])]

    def call():
        w1, b1, w2, b2 = parameters
        prediction = (torch.tanh(x @ w1 + b1) @ w2)[:, 0] + b2[0]
        loss = torch.mean((prediction - y) ** 2)
        return (loss.detach(), *torch.autograd.grad(loss, parameters))

    return call


CASES = {
    "logistic-gradient": logistic_gradient,
    "logistic-hvp": logistic_hvp,
    "softmax-gradient": softmax_gradient,
    "mlp-gradient": mlp_gradient,
}
