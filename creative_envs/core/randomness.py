"""Counter-based randomness: everything an episode draws is a hash of its one 64-bit key.

A sub-environment draws one key an episode from its own generator; tasks derive all else from
``(key, counter)``. Hence a scalar environment, Gymnasium's vectorised copies of it and the native
vector environment see the same episodes, in whatever order their works end.

The hash is SplitMix64's finaliser (Steele, Lea and Flood, 2014) over ``key + counter * golden``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_SHIFT_1, _SHIFT_2, _SHIFT_3 = np.uint64(30), np.uint64(27), np.uint64(31)
_TO_UNIT: Final = 2.0**-53
_FLOAT_SHIFT: Final = np.uint64(11)
_ONE: Final = np.uint64(1)


@njit(cache=True, nogil=True, error_model="numpy")
def hash_word(key: np.uint64, counter: np.uint64) -> np.uint64:
    """The uniform 64-bit word of one key and counter."""
    z = key + (counter + _ONE) * _GOLDEN
    z = (z ^ (z >> _SHIFT_1)) * _MIX_1
    z = (z ^ (z >> _SHIFT_2)) * _MIX_2
    return np.uint64(z ^ (z >> _SHIFT_3))


@njit(cache=True, nogil=True, error_model="numpy")
def counter_hash(keys: NDArray[np.uint64], counters: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Hashes each key with its counter, both of shape (n,), to a uniform 64-bit word."""
    words = np.empty(keys.shape[0], np.uint64)
    for row in range(keys.shape[0]):
        words[row] = hash_word(keys[row], counters[row])
    return words


@njit(cache=True, nogil=True, error_model="numpy")
def counter_uniforms(keys: NDArray[np.uint64], count: int, first: int = 0) -> NDArray[np.float64]:
    """Draws ``count`` uniform numbers in [0, 1) for every key.

    Args:
        keys: Episode keys, shape (n,).
        count: How many numbers each key gives.
        first: Counter of the first one; disjoint counter ranges are independent streams.

    Returns:
        Shape (n, count), a pure function of the arguments.
    """
    uniforms = np.empty((keys.shape[0], count))
    for row in range(keys.shape[0]):
        for number in range(count):
            word = hash_word(keys[row], np.uint64(first + number))
            uniforms[row, number] = np.float64(word >> _FLOAT_SHIFT) * _TO_UNIT
    return uniforms
