"""Craft of a batch of works, in one kernel."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.core.typicality import TypicalityArrays, vector_log_typicality
from creative_envs.melody.craft.discriminator import (
    Discriminators,
    discriminator_log_typicality,
)
from creative_envs.melody.craft.encoding import Encoding, encode, new_encoding
from creative_envs.melody.craft.feature_names import FEATURE_GROUP, GROUP_NAMES, N_FEATURES
from creative_envs.melody.craft.features import Scratch, new_scratch, work_features
from creative_envs.melody.craft.ngram import BackoffTable
from creative_envs.melody.craft.notes import Int8
from creative_envs.melody.events import Events

Float32 = NDArray[np.float32]

TERM_NAMES: Final = (*GROUP_NAMES, "joint", "discriminator")
"""Names of the terms of craft: the typicality of each group of features, of all features jointly,
and of the discriminators' opinion."""
N_TERMS: Final = len(TERM_NAMES)
HUMAN_CRAFT: Final = 0.87
"""Published craft of the median human window."""
RANDOM_CRAFT: Final = 0.15
"""Published craft of the median work of random legal actions."""
JOINT_WEIGHT: Final = 0.5
DISCRIMINATOR_WEIGHT: Final = 0.5

_N_GROUPS: Final = len(GROUP_NAMES)
_JOINT: Final = _N_GROUPS
_DISCRIMINATOR: Final = _N_GROUPS + 1
_GROUP: Final = np.array(FEATURE_GROUP)
_GROUP_SIZE: Final = np.bincount(_GROUP)


class CraftArrays(NamedTuple):
    """Everything the kernel needs to know of the human works."""

    table: BackoffTable
    typicality: TypicalityArrays
    discriminators: Discriminators
    scale: NDArray[np.float64]
    """(2,) negative raw logs of the median human and random work; see `published`."""


@njit(cache=True, nogil=True, error_model="numpy")
def published(raw_log: float, scale: NDArray[np.float64]) -> float:
    """Craft in [0, 1] from the raw log of `raw_log_craft`: a monotone map, so ranks stay.

    Linear from random legal works to the human median, so that every step on the way pays a
    learner alike; above the human median up to 1, below random works falling towards 0.
    """
    human, random = scale[0], scale[1]
    distance = max(-raw_log, 0.0)
    if distance < human:
        return float(1.0 - (1.0 - HUMAN_CRAFT) * distance / human)
    slope = (HUMAN_CRAFT - RANDOM_CRAFT) / (random - human)
    if distance < random:
        return float(HUMAN_CRAFT - slope * (distance - human))
    return float(RANDOM_CRAFT * np.exp(-slope / RANDOM_CRAFT * (distance - random)))


@njit(cache=True, nogil=True, error_model="numpy")
def log_terms(
    pitch: Int8,
    duration: Int8,
    length: int,
    metre: int,
    mode: int,
    bars: int,
    arrays: CraftArrays,
    scratch: Scratch,
    encoding: Encoding,
    vectors: Float32,
    hidden: Float32,
    out: Float32,
) -> int:
    """Log of every term of one work's craft.

    Args:
        pitch: (E,) event pitches.
        duration: (E,) event durations.
        length: events.
        metre: index into METRES.
        mode: index into MODES.
        bars: bars of the work.
        arrays: the model.
        scratch: working space.
        encoding: working space.
        vectors: (4, N_FEATURES) working space: features, log-typicalities, scores, product.
        hidden: working space.
        out: (N_TERMS,) filled.

    Returns:
        How many notes sound; `out` is meaningless if none does.
    """
    out[:] = 0.0
    n = work_features(pitch, duration, length, metre, mode, bars, arrays.table, scratch, vectors[0])
    if n == 0:
        return 0
    out[_JOINT] = vector_log_typicality(
        vectors[0], metre, arrays.typicality, vectors[1], vectors[2], vectors[3]
    )
    for feature in range(N_FEATURES):
        group = _GROUP[feature]
        out[group] += vectors[1, feature] / _GROUP_SIZE[group]
    if arrays.discriminators.b2.shape[0] > 0:
        filled = encode(
            scratch.notes, n, metre, mode, bars, scratch.form.likeness, vectors[2], encoding
        )
        out[_DISCRIMINATOR] = discriminator_log_typicality(
            encoding, filled, metre, arrays.discriminators, arrays.typicality.normal_scores, hidden
        )
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def raw_log_craft(terms: Float32) -> float:
    """Log of the raw craft: mean of the groups' log terms, and half the other two, compressed.

    The joint and the discriminators' terms lie at their floor for works unlike human ones; left
    so, they would drown what a learner far from human works can improve on, the groups.
    """
    total = 0.0
    for group in range(_N_GROUPS):
        total += terms[group]
    total /= _N_GROUPS
    total -= JOINT_WEIGHT * np.log1p(-terms[_JOINT])
    total -= DISCRIMINATOR_WEIGHT * np.log1p(-terms[_DISCRIMINATOR])
    return float(total)


@njit(cache=True, nogil=True, error_model="numpy")
def craft_kernel(
    pitch: Int8,
    duration: Int8,
    length: NDArray[np.int32],
    metre: Int8,
    mode: Int8,
    bars: int,
    arrays: CraftArrays,
    craft: Float32,
    terms: Float32,
) -> None:
    """Scores a batch of works.

    Args:
        pitch: (n, E) event pitches.
        duration: (n, E) event durations.
        length: (n,) events.
        metre: (n,) metres.
        mode: (n,) modes.
        bars: bars of every work.
        arrays: the model, `CraftModel.arrays`.
        craft: (n,) filled; 0 for a work without notes.
        terms: (n, N_TERMS) filled, each in [0, 1].
    """
    scratch = new_scratch(pitch.shape[1], bars)
    encoding = new_encoding(bars)
    vectors = np.zeros((4, N_FEATURES), np.float32)
    hidden = np.zeros(arrays.discriminators.b1.shape[0], np.float32)
    logs = np.zeros(N_TERMS, np.float32)
    for w in range(length.shape[0]):
        n = log_terms(
            pitch[w],
            duration[w],
            length[w],
            metre[w],
            mode[w],
            bars,
            arrays,
            scratch,
            encoding,
            vectors,
            hidden,
            logs,
        )
        if n == 0:
            craft[w] = 0.0
            terms[w] = 0.0
            continue
        craft[w] = published(raw_log_craft(logs), arrays.scale)
        for t in range(N_TERMS):
            terms[w, t] = np.exp(logs[t])


@njit(cache=True, nogil=True, error_model="numpy")
def encode_works(
    works: Events,
    bars: int,
    table: BackoffTable,
    typicality: TypicalityArrays,
    offset: NDArray[np.int64],
    place: NDArray[np.int32],
    value: Float32,
) -> None:
    """Encodes a batch of works for the discriminators.

    Args:
        works: n works.
        bars: their bars.
        table: n-gram models.
        typicality: tables of the features.
        offset: (n + 1,) filled with where each work's entries begin.
        place: filled with the entries' places; large enough for the longest encodings.
        value: filled with the entries' values.
    """
    scratch = new_scratch(works.pitch.shape[1], bars)
    encoding = new_encoding(bars)
    vectors = np.zeros((4, N_FEATURES), np.float32)
    offset[0] = 0
    for w in range(works.length.shape[0]):
        metre, mode = works.metre[w], works.mode[w]
        n = work_features(
            works.pitch[w],
            works.duration[w],
            works.length[w],
            metre,
            mode,
            bars,
            table,
            scratch,
            vectors[0],
        )
        filled = 0
        if n > 0:
            vector_log_typicality(vectors[0], metre, typicality, vectors[1], vectors[2], vectors[3])
            filled = encode(
                scratch.notes, n, metre, mode, bars, scratch.form.likeness, vectors[2], encoding
            )
        begin = offset[w]
        place[begin : begin + filled] = encoding.place[:filled]
        value[begin : begin + filled] = encoding.value[:filled]
        offset[w + 1] = begin + filled
