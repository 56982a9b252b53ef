"""Small statistics the features share."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

Moments = NDArray[np.float64]
"""(6,) running sums of pairs: count, x, y, x x, y y, x y."""

_COUNTS: Final = np.arange(1, 1024)
COUNT_LOG: Final = np.concatenate([np.zeros(1), _COUNTS * np.log2(_COUNTS)])
"""c log2 c for whole counts c below 1024."""


@njit(cache=True, nogil=True, error_model="numpy")
def count_entropy(counts: NDArray[np.int64], size: int, total: int) -> float:
    """Entropy in bits of the first `size` counts, which sum to `total`; 0 for an empty sum."""
    if total <= 0:
        return 0.0
    inner = 0.0
    for i in range(size):
        inner += COUNT_LOG[counts[i]]
    return float(np.log2(total) - inner / total)


@njit(cache=True, nogil=True, error_model="numpy")
def reset_moments(moments: Moments) -> None:
    """Forgets all pairs."""
    moments[:] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def add_pair(moments: Moments, x: float, y: float) -> None:
    """Counts one pair."""
    moments[0] += 1.0
    moments[1] += x
    moments[2] += y
    moments[3] += x * x
    moments[4] += y * y
    moments[5] += x * y


@njit(cache=True, nogil=True, error_model="numpy")
def correlation(moments: Moments) -> float:
    """Pearson correlation of the pairs counted; 0 where it is undefined."""
    n = moments[0]
    if n < 3.0:
        return 0.0
    variance_x = moments[3] - moments[1] ** 2 / n
    variance_y = moments[4] - moments[2] ** 2 / n
    if variance_x < 1e-9 or variance_y < 1e-9:
        return 0.0
    covariance = moments[5] - moments[1] * moments[2] / n
    return float(covariance / np.sqrt(variance_x * variance_y))
