"""A small two-layer classifier trained in numpy: enough for the models that judge melodies."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

LEAK: Final = 0.1
"""Slope of the hidden units below zero."""
_BETAS: Final = (0.9, 0.999)
_EPSILON: Final = 1e-8


class Network(NamedTuple):
    """``logit = leaky_relu(x @ w1 + b1) @ w2 + b2``."""

    w1: Float32
    """(D, H)"""
    b1: Float32
    """(H,)"""
    w2: Float32
    """(H,)"""
    b2: Float32
    """(1,)"""

    def logits(self, x: Float32) -> Float32:
        """(n,) log-odds of the positive class."""
        hidden = x @ self.w1 + self.b1
        return np.asarray(np.maximum(hidden, LEAK * hidden) @ self.w2 + self.b2[0], np.float32)


class Standard(NamedTuple):
    """Mean and scale (D,) of the columns of the inputs; rare ones are not blown up to unit size."""

    mean: Float32
    scale: Float32

    @classmethod
    def of(cls, x: Float32) -> Standard:
        """Measures inputs (n, D)."""
        mean, variance = x.mean(axis=0), x.var(axis=0)
        return cls(mean, (1.0 / np.sqrt(variance + variance.mean() + 1e-12)).astype(np.float32))


def _gradients(
    network: list[Float32], x: Float32, y: Float32, weight: Float32, drop: Float32
) -> list[Float32]:
    """Gradients of the weighted logistic loss, with dropout on the hidden units."""
    w1, b1, w2, b2 = network
    hidden = x @ w1 + b1
    active = np.where(hidden > 0, np.float32(1), np.float32(LEAK)) * drop
    hidden = hidden * active
    error = weight * (1 / (1 + np.exp(-np.clip(hidden @ w2 + b2[0], -30, 30))) - y) / len(y)
    error = error.astype(np.float32)
    back = np.outer(error, w2) * active
    return [x.T @ back, back.sum(0), hidden.T @ error, error.sum(keepdims=True)]


def train(
    x: Float32,
    positive: NDArray[np.bool_],
    weight: Float32,
    rng: np.random.Generator,
    hidden: int = 16,
    steps: int = 600,
    batch: int = 256,
    rate: float = 2e-3,
    decay: float = 1e-2,
    dropout: float = 0.25,
    rows: Int64 | None = None,
    standard: Standard | None = None,
) -> Network:
    """Trains by Adam with decoupled weight decay and a linearly falling rate.

    Args:
        x: (n, D) inputs.
        positive: (n,) classes.
        weight: (n,) weights of the samples, of mean about 1.
        rng: source of randomness.
        hidden: H.
        steps: steps.
        batch: samples in a step.
        rate: first learning rate.
        decay: weight decay for each unit of learning rate, applied to w1.
        dropout: share of hidden units left out at each step.
        rows: the samples to train on; all by default.
        standard: how to standardise the inputs; measured on all of them by default.

    Returns:
        The network, with the standardisation of the inputs folded in.
    """
    d = x.shape[1]
    rows = np.arange(len(x)) if rows is None else rows
    mean, scale = Standard.of(x) if standard is None else standard
    parameters = [
        (rng.standard_normal((d, hidden)) / np.sqrt(d)).astype(np.float32),
        np.zeros(hidden, np.float32),
        (rng.standard_normal(hidden) / np.sqrt(hidden)).astype(np.float32),
        np.zeros(1, np.float32),
    ]
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    y = positive.astype(np.float32)
    for step in range(steps):
        some = rows[rng.integers(0, len(rows), batch)]
        drop = (rng.random((batch, hidden)) >= dropout).astype(np.float32) / (1 - dropout)
        inputs = (x[some] - mean) * scale
        gradients = _gradients(parameters, inputs, y[some], weight[some], drop)
        now = rate * (1 - step / steps)
        parameters[0] *= np.float32(1 - now * decay)
        for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
            m += (1 - _BETAS[0]) * (g - m)
            v += (1 - _BETAS[1]) * (g * g - v)
            unbiased = v / (1 - _BETAS[1] ** (step + 1))
            p -= now * m / (1 - _BETAS[0] ** (step + 1)) / (np.sqrt(unbiased) + _EPSILON)
    w1, b1, w2, b2 = parameters
    w1 = w1 * scale[:, None]
    return Network(w1, b1 - mean @ w1, w2, b2)
