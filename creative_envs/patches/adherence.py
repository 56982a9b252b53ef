"""Adherence: how well a composition keeps to its brief.

Each part of the brief is a long-tailed membership of what was made around what was asked for;
adherence is their geometric mean, so that no part can pay for another.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.core.membership import nearness
from creative_envs.patches.brief import Briefs
from creative_envs.patches.craft.measure_names import (
    BALANCE_X,
    BALANCE_Y,
    COMPLEXITY,
    CONTRAST,
    LEFT_RIGHT,
    WARMTH,
)
from creative_envs.patches.craft.measures import NO_PAIRS

Float64 = NDArray[np.float64]

TERM_NAMES: Final = (
    "keeps_lead",
    "keeps_warmth",
    "keeps_complexity",
    "keeps_contrast",
    "keeps_balance",
    "keeps_order",
)
N_TERMS: Final = len(TERM_NAMES)
_TOLERANCE: Final = np.array([0.04, 2.0, 0.4, 1.5, 0.03, 0.06])
_WIDTH: Final = np.array([0.1, 5.0, 1.2, 4.0, 0.08, 0.18])
"""In the units of each part: share of the canvas, b*, L* a pixel, L*, distance, likeness."""


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def adherence(
    cells: NDArray[np.int16],
    filled: int,
    measures: Float64,
    ink_share: Float64,
    work: int,
    briefs: Briefs,
    terms: Float64,
) -> float:
    """Compares one canvas, finished or growing, with its brief.

    Args:
        cells: Tiles, -1 where nothing is placed, shape (cells,).
        filled: How many are.
        measures: From `measures.measure`, shape (22,).
        ink_share: Of the library's tiles, shape (A, 6).
        work: Row of its brief.
        briefs: Of n canvases.
        terms: Written, shape (6,).

    Returns:
        Geometric mean of the terms.
    """
    lead, share = briefs.lead[work], 0.0
    for cell in range(len(cells)):
        if cells[cell] >= 0:
            share += ink_share[cells[cell], lead]
    order = briefs.order[work]
    likeness = measures[LEFT_RIGHT + max(order - 1, 0)]
    away = math.hypot(
        measures[BALANCE_X] - briefs.balance[work, 0], measures[BALANCE_Y] - briefs.balance[work, 1]
    )
    terms[0] = _kept(share / filled - briefs.share[work], 0)
    terms[1] = _kept(measures[WARMTH] - briefs.warmth[work], 1)
    terms[2] = _kept(measures[COMPLEXITY] - briefs.complexity[work], 2)
    terms[3] = _kept(measures[CONTRAST] - briefs.contrast[work], 3)
    terms[4] = _kept(away, 4)
    terms[5] = 1.0
    if order > 0 and likeness != NO_PAIRS:
        terms[5] = _kept(likeness - briefs.likeness[work], 5)
    logs = 0.0
    for term in range(N_TERMS):
        logs += math.log(terms[term])
    return math.exp(logs / N_TERMS)


@njit(cache=True, nogil=True, error_model="numpy")
def _kept(deviation: float, part: int) -> float:
    return nearness(deviation, _TOLERANCE[part], _WIDTH[part])
