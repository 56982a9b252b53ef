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
    measures: Float64,
    share: float,
    work: int,
    briefs: Briefs,
    terms: Float64,
) -> float:
    """Compares one canvas, finished or growing, with its brief.

    Args:
        measures: From `measures.measure`, shape (22,).
        share: Of the canvas' filled cells, what has the leading ink.
        work: Row of its brief.
        briefs: Of n canvases.
        terms: Written, shape (6,).

    Returns:
        Geometric mean of the terms.
    """
    order, balance = briefs.order[work], briefs.balance[work]
    likeness = measures[LEFT_RIGHT + max(order - 1, 0)]
    terms[0] = share - briefs.share[work]
    terms[1] = measures[WARMTH] - briefs.warmth[work]
    terms[2] = measures[COMPLEXITY] - briefs.complexity[work]
    terms[3] = measures[CONTRAST] - briefs.contrast[work]
    terms[4] = math.hypot(measures[BALANCE_X] - balance[0], measures[BALANCE_Y] - balance[1])
    terms[5] = likeness - briefs.likeness[work] if order > 0 and likeness != NO_PAIRS else 0.0
    logs = 0.0
    for term in range(N_TERMS):
        terms[term] = nearness(terms[term], _TOLERANCE[term], _WIDTH[term])
        logs += math.log(terms[term])
    return math.exp(logs / N_TERMS)
