"""How scores lie among those of others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating[Any]]


def percentiles(scores: Scores, standard: Scores) -> NDArray[np.float64]:
    """Per cent of the standard's numbers (m,) below each score (n,), ties counted half."""
    ordered = np.sort(standard)
    below = np.searchsorted(ordered, scores, side="left")
    up_to = np.searchsorted(ordered, scores, side="right")
    return np.asarray(50.0 * (below + up_to) / len(ordered))


def area_under_curve(positive: Scores, negative: Scores) -> float:
    """Probability that a positive scores above a negative, ties counted half."""
    return float(percentiles(positive, negative).mean() / 100)
