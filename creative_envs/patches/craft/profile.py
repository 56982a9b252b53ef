"""Craft: inside which bands the measures of a good composition lie.

Each measure has a long-tailed membership, 1 within its band and 1 / (1 + z^2) beyond it, z in units
of the band's width: two-sided, so that exceeding what good pictures do gains nothing, and without
plateaus far away, so that search always sees which way to go. Craft is their weighted geometric
mean, squared to spread the scale: random legal canvases then lie near .2.

Bands of photographic libraries were fitted to pictures (`fitting.fit_profile`, which a user can
apply to pictures of their own); those of drawn ones ask for more: contours that really go on.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.core.membership import membership
from creative_envs.patches.craft.measure_names import (
    DIAGONAL,
    IMBALANCE,
    LEFT_RIGHT,
    MEASURES,
    N_MEASURES,
    SLOPE,
    SLOPE_RESIDUAL,
    VARIETY,
)

Float64 = NDArray[np.float64]

SYMMETRY: Final = N_MEASURES
"""Column of a profile's table that stands for the largest symmetry nobody asked for."""
TERM_NAMES: Final = (*MEASURES[: VARIETY + 1], "repetition", "symmetry")
"""Terms of craft, named after what they look at; each is a membership in [0, 1]."""
N_TERMS: Final = len(TERM_NAMES)
TERM_MEASURE: Final = np.array(
    [SYMMETRY if name == "symmetry" else MEASURES.index(name) for name in TERM_NAMES]
)
SHARPNESS: Final = 2.0
"""Power of the geometric mean."""
UNBOUNDED: Final = 1e9
LOW_ONLY: Final = frozenset({"contour", "seam", "edge_entropy", "harmony"})
"""Terms of which there cannot be too much."""
UPPER_ONLY: Final = frozenset({"slope_residual", "imbalance", "repetition", "symmetry"})
"""Terms of which there cannot be too little."""
PATCHWORK: Final = frozenset({"reuse", "variety"})
"""Terms that only patchwork has."""
_LATE: Final = (SLOPE, SLOPE_RESIDUAL, VARIETY, IMBALANCE)
GROWING: Final = np.array([measure not in _LATE for measure in TERM_MEASURE])
"""Terms that mean something before a canvas is full."""


class Band(NamedTuple):
    """Where a measure lies in good compositions."""

    low: float
    high: float
    width: float
    """How far beyond the band the membership is one half."""
    weight: float


_BANDS_OF_PICTURES: Final = {
    "contour": Band(0.44, UNBOUNDED, 0.12, 3),
    "seam": Band(0.62, UNBOUNDED, 0.15, 2),
    "coherence": Band(0.39, 0.73, 0.15, 2),
    "slope": Band(2.0, 2.75, 0.5, 1),
    "slope_residual": Band(-UNBOUNDED, 0.7, 0.3, 1.5),
    "edge_entropy": Band(0.89, UNBOUNDED, 0.1, 1),
    "light_entropy": Band(0.42, 0.93, 0.15, 1),
    "contrast": Band(6, 28.5, 8, 1),
    "complexity": Band(1.5, 9.3, 3, 1),
    "harmony": Band(1, UNBOUNDED, 0.2, 1),
    "imbalance": Band(-UNBOUNDED, 0.39, 0.15, 1),
    "reuse": Band(-UNBOUNDED, 0.1, 0.06, 1.5),
    "variety": Band(0.8, UNBOUNDED, 0.12, 1.5),
    "repetition": Band(-UNBOUNDED, 0.46, 0.15, 1.5),
    "symmetry": Band(-UNBOUNDED, 0.4, 0.15, 3),
}
_BANDS_OF_DRAWINGS: Final = _BANDS_OF_PICTURES | {
    "contour": Band(0.8, UNBOUNDED, 0.3, 3),
    "seam": Band(0.72, UNBOUNDED, 0.3, 3),
    "coherence": Band(0.45, 0.8, 0.2, 2),
    "slope": Band(1.6, 2.7, 0.5, 1),
    "slope_residual": Band(-UNBOUNDED, 0.35, 0.25, 1.5),
    "light_entropy": Band(0.6, 0.96, 0.12, 1),
    "contrast": Band(12, 32, 8, 1),
    "complexity": Band(2, 10, 3, 1),
    "harmony": Band(0.9, UNBOUNDED, 0.2, 1),
}


def profile(photographic: bool) -> Float64:
    """The bands as a table, shape (15, 4), in the order of `TERM_NAMES`."""
    bands = _BANDS_OF_PICTURES if photographic else _BANDS_OF_DRAWINGS
    return np.array([bands[name] for name in TERM_NAMES], np.float64)


def term_values(measures: Float64) -> Float64:
    """What each term looks at in full canvases of which no order was asked, (n, 22) to (n, 15)."""
    symmetry = measures[:, LEFT_RIGHT : DIAGONAL + 1].max(axis=1, keepdims=True)
    return np.concatenate((measures, symmetry), axis=1)[:, TERM_MEASURE]


def craft_of_pictures(measures: Float64, bands: Float64) -> Float64:
    """Craft of full canvases (n, 22) of which no order was asked, by a profile's table: (n,)."""
    made, terms = np.empty(len(measures)), np.empty(N_TERMS)
    for work, row in enumerate(measures):
        made[work] = craft(row, bands, 0, True, terms)
    return made


@njit(cache=True, nogil=True, error_model="numpy")
def unasked_symmetry(measures: Float64, asked: int) -> float:
    """The largest symmetry the brief does not ask for (``asked``: 0 none, 1.. as measured)."""
    largest = 0.0
    for kind in range(DIAGONAL - LEFT_RIGHT + 1):
        if kind != asked - 1:
            largest = max(largest, measures[LEFT_RIGHT + kind])
    return largest


@njit(cache=True, nogil=True, error_model="numpy")
def craft(measures: Float64, bands: Float64, asked: int, full: bool, terms: Float64) -> float:
    """Craft of one canvas.

    Args:
        measures: From `measures.measure`, shape (22,).
        bands: A profile's table, shape (15, 4).
        asked: The symmetry the brief asks for, 0 none.
        full: Whether the canvas is; else the terms that only full ones have are left out.
        terms: Written, shape (15,); 1 for what is left out.

    Returns:
        In (0, 1].
    """
    total, weights = 0.0, 0.0
    for term in range(N_TERMS):
        terms[term] = 1.0
        if not full and not GROWING[term]:
            continue
        measure = TERM_MEASURE[term]
        value = unasked_symmetry(measures, asked) if measure == SYMMETRY else measures[measure]
        terms[term] = membership(value, bands[term, 0], bands[term, 1], bands[term, 2])
        total += bands[term, 3] * math.log(terms[term])
        weights += bands[term, 3]
    return math.exp(SHARPNESS * total / weights)
