"""Discriminators: small networks that tell human windows from controls and from optima.

A discriminator's log-odds enter craft as one more two-sided typicality: being *as* human-like as
human works are is worth 1, and looking "more human than human", as works optimised against a
discriminator do, gains nothing.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.core.typicality import (
    Float32,
    log_typicality,
    reference_tables,
)
from creative_envs.melody.craft.encoding import ENCODING_SIZE, Encoding
from creative_envs.melody.fitted import mlp

N_HEADS: Final = 2
"""Networks trained apart (other starts, other samples); each is a typicality of its own."""
HIDDEN: Final = 16
"""Hidden units of each."""
STEPS: Final = 2000
"""Training steps of each, at most."""
SAMPLES_OF_STEP: Final = 4
"""Small corpora have one training step for so many samples."""
INPUT_SCALE: Final = 15.0
DECAY: Final = 1.0
DROPOUT: Final = 0.25
"""How they are trained, see `mlp.train`."""
SHARE_OF_HEAD: Final = 0.75
"""Share of the samples that each is trained on."""


class Discriminators(NamedTuple):
    """N_HEADS networks side by side, with the distribution of their log-odds on human works."""

    w1: Float32
    """(D, heads * HIDDEN)"""
    b1: Float32
    """(heads * HIDDEN,)"""
    w2: Float32
    """(heads, HIDDEN)"""
    b2: Float32
    """(heads,)"""
    quantiles: Float32
    """(C, heads, K) log-odds of human works of each metre, as in `TypicalityArrays`."""
    scales: Float32
    """(C, heads)"""


def no_discriminators() -> Discriminators:
    """Of no heads: the discriminator's typicality is then always 1."""
    return Discriminators(
        w1=np.zeros((ENCODING_SIZE, 0), np.float32),
        b1=np.zeros(0, np.float32),
        w2=np.zeros((0, HIDDEN), np.float32),
        b2=np.zeros(0, np.float32),
        quantiles=np.zeros((1, 0, 1), np.float32),
        scales=np.zeros((1, 0), np.float32),
    )


def train_heads(
    x: mlp.Sparse,
    human: NDArray[np.bool_],
    weight: Float32,
    rows: NDArray[np.int64],
    rng: np.random.Generator,
) -> list[mlp.Network]:
    """Trains N_HEADS networks, each on its own random three quarters of the rows of x."""
    heads = []
    for _ in range(N_HEADS):
        own = rows[rng.random(len(rows)) < SHARE_OF_HEAD]
        head = mlp.train(
            x,
            human,
            weight,
            ENCODING_SIZE,
            rng,
            hidden=HIDDEN,
            steps=min(STEPS, len(rows) // SAMPLES_OF_STEP),
            scale=INPUT_SCALE,
            decay=DECAY,
            dropout=DROPOUT,
            rows=own,
        )
        heads.append(head.in_half_precision())
    return heads


def join_heads(
    heads: list[mlp.Network], log_odds: Float32, metre: NDArray[np.int64], n_metres: int
) -> Discriminators:
    """Puts networks side by side and calibrates them.

    Args:
        heads: the networks.
        log_odds: (n, heads) of human works that the calibrated networks were not trained on.
        metre: (n,) their metres.
        n_metres: how many metres there are.
    """
    quantiles, scales = reference_tables(log_odds, metre, n_metres)
    return Discriminators(
        w1=np.ascontiguousarray(np.concatenate([h.w1 for h in heads], axis=1)),
        b1=np.concatenate([h.b1 for h in heads]),
        w2=np.stack([h.w2 for h in heads]),
        b2=np.concatenate([h.b2 for h in heads]),
        quantiles=quantiles,
        scales=scales,
    )


def split_heads(discriminators: Discriminators) -> list[mlp.Network]:
    """The networks one by one: the inverse of `join_heads`."""
    d = discriminators
    return [
        mlp.Network(
            np.ascontiguousarray(d.w1[:, head * HIDDEN : (head + 1) * HIDDEN]),
            d.b1[head * HIDDEN : (head + 1) * HIDDEN],
            d.w2[head],
            d.b2[head : head + 1],
        )
        for head in range(len(d.b2))
    ]


@njit(cache=True, nogil=True, error_model="numpy")
def discriminator_log_typicality(
    encoding: Encoding,
    filled: int,
    metre: int,
    networks: Discriminators,
    normal_scores: Float32,
    hidden: Float32,
) -> float:
    """Mean log-typicality of the heads' log-odds; 0 if there are no heads.

    Args:
        encoding: the encoded work.
        filled: its entries.
        metre: index into METRES.
        networks: the discriminators.
        normal_scores: table of standard normal quantiles.
        hidden: (heads * HIDDEN,) scratch.
    """
    n_heads, size = networks.w2.shape
    if n_heads == 0:
        return 0.0
    width = networks.b1.shape[0]
    for h in range(width):
        hidden[h] = networks.b1[h]
    for entry in range(filled):
        place, value = encoding.place[entry], encoding.value[entry]
        for h in range(width):
            hidden[h] += value * networks.w1[place, h]
    total = 0.0
    for head in range(n_heads):
        log_odds = networks.b2[head]
        for h in range(size):
            x = hidden[head * size + h]
            log_odds += max(x, mlp.LEAK * x) * networks.w2[head, h]
        log_value, _ = log_typicality(
            log_odds, networks.quantiles[metre, head], networks.scales[metre, head], normal_scores
        )
        total += log_value
    return float(total / n_heads)
