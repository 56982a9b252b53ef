"""Long-tailed memberships, of which scores are made: 1 / (1 + z^2) instead of a hard edge.

Without plateaus far away, so that search and learning always see which way to go.
"""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def membership(value: float, low: float, high: float, width: float) -> float:
    """1 from low to high, 1 / (1 + z^2) beyond, z in units of the width."""
    z = max(low - value, value - high, 0.0) / width
    return 1.0 / (1.0 + z * z)


@njit(cache=True, nogil=True, error_model="numpy")
def nearness(deviation: float, tolerance: float, width: float) -> float:
    """Membership of a deviation: 1 up to the tolerance either way, less beyond it."""
    return membership(deviation, -tolerance, tolerance, width)
