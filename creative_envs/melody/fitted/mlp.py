"""A small two-layer classifier of sparse inputs: enough for the models that judge melodies."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

LEAK: Final = 0.1
"""Slope of the hidden units below zero."""
BATCH: Final = 256
"""Samples in a training step."""
RATE: Final = 2e-3
"""First learning rate; it falls to zero linearly."""
_BETA_1: Final = np.float32(0.9)
_BETA_2: Final = np.float32(0.999)
_EPSILON: Final = np.float32(1e-8)


class Sparse(NamedTuple):
    """n sparse rows; the entries of row i are ``offset[i]:offset[i + 1]`` and may repeat places."""

    offset: Int64
    """(n + 1,)"""
    place: NDArray[np.int32]
    """(entries,) columns."""
    value: Float32
    """(entries,)"""

    @classmethod
    def of(cls, dense: Float32) -> Sparse:
        """The nonzero entries of a matrix (n, D)."""
        rows, places = np.nonzero(dense)
        counts = np.bincount(rows, minlength=len(dense))
        offset = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(offset, places.astype(np.int32), dense[rows, places])

    @classmethod
    def join(cls, parts: list[Sparse]) -> Sparse:
        """The rows of several parts, one after another."""
        starts = np.cumsum([0] + [len(part.place) for part in parts])
        offsets = [part.offset[:-1] + start for part, start in zip(parts, starts, strict=False)]
        return cls(
            np.concatenate([*offsets, starts[-1:]]).astype(np.int64),
            np.concatenate([part.place for part in parts]),
            np.concatenate([part.value for part in parts]),
        )

    @property
    def rows(self) -> int:
        """N."""
        return len(self.offset) - 1


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

    def in_half_precision(self) -> Network:
        """The network with every number rounded to 16 bits, as it can be stored in little space."""
        return Network(*(p.astype(np.float16).astype(np.float32) for p in self))

    def logits(self, x: Sparse) -> Float32:
        """(n,) log-odds of the positive class."""
        out = np.empty(x.rows, np.float32)
        hidden = np.empty(len(self.b1), np.float32)
        _logits(x, self, hidden, out)
        return out


@njit(cache=True, nogil=True, error_model="numpy")
def _hidden(x: Sparse, row: int, w1: Float32, b1: Float32, hidden: Float32) -> None:
    """Hidden units before their nonlinearity."""
    for h in range(hidden.shape[0]):
        hidden[h] = b1[h]
    for entry in range(x.offset[row], x.offset[row + 1]):
        value, place = x.value[entry], x.place[entry]
        for h in range(hidden.shape[0]):
            hidden[h] += value * w1[place, h]


@njit(cache=True, nogil=True, error_model="numpy")
def _logits(x: Sparse, network: Network, hidden: Float32, out: Float32) -> None:
    for row in range(out.shape[0]):
        _hidden(x, row, network.w1, network.b1, hidden)
        total = network.b2[0]
        for h in range(hidden.shape[0]):
            total += max(hidden[h], np.float32(LEAK) * hidden[h]) * network.w2[h]
        out[row] = total


@njit(cache=True, nogil=True, error_model="numpy")
def _adam(p: Float32, g: Float32, m: Float32, v: Float32, step: int, rate: float) -> None:
    """One Adam step on flat arrays; clears the gradient."""
    correct_1 = np.float32(1.0 / (1.0 - _BETA_1 ** (step + 1)))
    correct_2 = np.float32(1.0 / (1.0 - _BETA_2 ** (step + 1)))
    pace = np.float32(rate)
    for i in range(p.shape[0]):
        m[i] += (np.float32(1) - _BETA_1) * (g[i] - m[i])
        v[i] += (np.float32(1) - _BETA_2) * (g[i] * g[i] - v[i])
        p[i] -= pace * m[i] * correct_1 / (np.sqrt(v[i] * correct_2) + _EPSILON)
        g[i] = np.float32(0)


@njit(cache=True, nogil=True, error_model="numpy")
def _accumulate(
    x: Sparse,
    row: int,
    error: np.float32,
    network: Network,
    gradient: Network,
    hidden: Float32,
    keep: Float32,
) -> None:
    """Adds one sample's gradient; `hidden` holds its hidden units before their nonlinearity."""
    gradient.b2[0] += error
    for h in range(hidden.shape[0]):
        slope = keep[h] * (np.float32(1) if hidden[h] > 0 else np.float32(LEAK))
        gradient.w2[h] += error * slope * hidden[h]
        hidden[h] = error * network.w2[h] * slope
        gradient.b1[h] += hidden[h]
    for entry in range(x.offset[row], x.offset[row + 1]):
        value, place = x.value[entry], x.place[entry]
        for h in range(hidden.shape[0]):
            gradient.w1[place, h] += value * hidden[h]


@njit(cache=True, nogil=True, error_model="numpy")
def _train(
    x: Sparse,
    target: Float32,
    weight: Float32,
    rows: Int64,
    network: Network,
    gradient: Network,
    first: Network,
    second: Network,
    steps: int,
    decay: float,
    dropout: float,
    rng: np.random.Generator,
) -> None:
    """Trains in place by Adam on the weighted logistic loss, with dropout on the hidden units."""
    width = network.b1.shape[0]
    hidden, keep = np.empty(width, np.float32), np.empty(width, np.float32)
    for step in range(steps):
        for _ in range(BATCH):
            row = rows[rng.integers(0, rows.shape[0])]
            _hidden(x, row, network.w1, network.b1, hidden)
            logit = network.b2[0]
            for h in range(width):
                kept = rng.random() >= dropout
                keep[h] = np.float32(1.0 / (1.0 - dropout)) if kept else np.float32(0)
                active = max(hidden[h], np.float32(LEAK) * hidden[h])
                logit += active * keep[h] * network.w2[h]
            probability = 1.0 / (1.0 + np.exp(-max(-30.0, min(30.0, float(logit)))))
            error = float(weight[row] * (probability - target[row]) / BATCH)
            _accumulate(x, row, np.float32(error), network, gradient, hidden, keep)
        rate = float(RATE * (1.0 - step / steps))
        shrink = np.float32(1.0 - rate * decay)
        w1 = network.w1.reshape(-1)
        for i in range(w1.shape[0]):
            w1[i] *= shrink
        _adam(w1, gradient.w1.reshape(-1), first.w1.reshape(-1), second.w1.reshape(-1), step, rate)
        _adam(network.b1, gradient.b1, first.b1, second.b1, step, rate)
        _adam(network.w2, gradient.w2, first.w2, second.w2, step, rate)
        _adam(network.b2, gradient.b2, first.b2, second.b2, step, rate)


def train(
    x: Sparse,
    positive: NDArray[np.bool_],
    weight: Float32,
    width: int,
    rng: np.random.Generator,
    *,
    hidden: int,
    steps: int,
    scale: float,
    decay: float,
    dropout: float,
    rows: Int64 | None = None,
) -> Network:
    """Trains a network by Adam with decoupled weight decay.

    Args:
        x: n samples.
        positive: (n,) classes.
        weight: (n,) weights of the samples, of mean about 1.
        width: D.
        rng: source of randomness.
        hidden: H.
        steps: training steps of BATCH samples.
        scale: what the inputs are multiplied by, so that they suit the learning rate.
        decay: weight decay for each unit of learning rate, applied to w1.
        dropout: share of hidden units left out at each step.
        rows: the samples to train on; all by default.

    Returns:
        The network, with the scale folded in.
    """
    scaled = x._replace(value=x.value * np.float32(scale))
    network = Network(
        (rng.standard_normal((width, hidden)) / np.sqrt(width)).astype(np.float32),
        np.zeros(hidden, np.float32),
        (rng.standard_normal(hidden) / np.sqrt(hidden)).astype(np.float32),
        np.zeros(1, np.float32),
    )
    gradient, first, second = (Network(*(np.zeros_like(p) for p in network)) for _ in range(3))
    rows = np.arange(x.rows) if rows is None else rows
    target = positive.astype(np.float32)
    _train(
        scaled, target, weight, rows, network, gradient, first, second, steps, decay, dropout, rng
    )
    return network._replace(w1=network.w1 * np.float32(scale))
