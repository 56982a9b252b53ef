"""Counter-based randomness: everything an episode draws is a hash of its one 64-bit key.

A sub-environment draws one key an episode from its own generator; tasks derive all else from
``(key, counter)``. Hence a scalar environment, Gymnasium's vectorised copies of it and the native
vector environment see the same episodes, in whatever order their works end.

The hash is SplitMix64's finaliser (Steele, Lea and Flood, 2014) over ``key + counter * golden``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_SHIFT_1, _SHIFT_2, _SHIFT_3 = np.uint64(30), np.uint64(27), np.uint64(31)
_TO_UNIT: Final = 2.0**-53
_FLOAT_SHIFT: Final = np.uint64(11)


def counter_hash(keys: NDArray[np.uint64], counters: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Hashes keys with counters (broadcast against each other) to uniform 64-bit words."""
    keys, counters = np.atleast_1d(keys), np.atleast_1d(counters)
    z = keys + (counters + np.uint64(1)) * _GOLDEN
    z = (z ^ (z >> _SHIFT_1)) * _MIX_1
    z = (z ^ (z >> _SHIFT_2)) * _MIX_2
    return np.asarray(z ^ (z >> _SHIFT_3))


def counter_uniforms(keys: NDArray[np.uint64], count: int, first: int = 0) -> NDArray[np.float64]:
    """Draws ``count`` uniform numbers in [0, 1) for every key.

    Args:
        keys: Episode keys, shape (n,).
        count: How many numbers each key gives.
        first: Counter of the first one; disjoint counter ranges are independent streams.

    Returns:
        Shape (n, count), a pure function of the arguments.
    """
    counters = np.arange(first, first + count, dtype=np.uint64)
    words = counter_hash(keys[:, None], counters[None, :])
    return np.asarray((words >> _FLOAT_SHIFT).astype(np.float64) * _TO_UNIT)
