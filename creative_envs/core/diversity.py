"""How various a set of works is: in effect, how many different ones there are among them.

The Vendi score (Friedman and Dieng, 2023) is the exponential of the entropy of a similarity
matrix's eigenvalues; of order 2 (Pasarkar and Dieng, 2024) it needs no eigenvalues, as the sum of
their squares is that of the matrix's entries. It also depends less on how many works there are
than the order 1 does.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from creative_envs.core.errors import InvalidArgument
from creative_envs.core.task import as_array

Float64 = NDArray[np.float64]

TOLERANCE: Final = 1e-6
"""By which similarities may miss symmetry, the diagonal and their range."""


def vendi_score(similarity: ArrayLike, weights: ArrayLike | None = None) -> float:
    """In effect, how many different works there are: the Vendi score of order 2.

        1 / sum over i, j of p_i p_j K_ij^2

    Args:
        similarity: K, shape (n, n), symmetric, in [0, 1], with 1 on the diagonal; of works,
            1 - `Insight.unlikeness`.
        weights: How much each work counts, shape (n,), at least 0; p is these over their sum. All
            count alike by default.

    Returns:
        1 for n copies of a work, n for n wholly different ones; 0 if no work counts.

    Raises:
        InvalidArgument: A wrong shape, or numbers that are not finite or out of range.
    """
    kernel = _checked_similarity(similarity)
    counts = np.ones(len(kernel)) if weights is None else _checked_weights(weights, len(kernel))
    largest = counts.max(initial=0.0)
    if largest == 0:
        return 0.0
    shares = counts / largest  # first, so that no sum overflows
    shares /= shares.sum()
    return float(1.0 / (shares @ kernel**2 @ shares))


def creative_yield(worth: ArrayLike, similarity: ArrayLike) -> float:
    """How much of worth a maker's works give, and how various: mean worth times Vendi score.

    The works' worth weighs them in the score too, so that worthless ones add no variety.

    Args:
        worth: Of each work, shape (n,), at least 0; such as its quality where it is valid and far
            enough from the references, else 0.
        similarity: As for `vendi_score`.

    Returns:
        0 if nothing has worth.

    Raises:
        InvalidArgument: As `vendi_score` does.
    """
    kernel = _checked_similarity(similarity)
    counts = _checked_weights(worth, len(kernel))
    variety = vendi_score(kernel, counts)
    return float(counts.mean()) * variety if variety else 0.0


def _checked_similarity(similarity: ArrayLike) -> Float64:
    kernel = _numbers(similarity, "similarity")
    if kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1]:
        raise InvalidArgument(f"similarity is a matrix of shape (n, n), got {kernel.shape}")
    if (kernel < -TOLERANCE).any() or (kernel > 1 + TOLERANCE).any():
        raise InvalidArgument(
            f"every similarity lies in [0, 1], got {kernel.min():g} to {kernel.max():g}"
        )
    if (np.abs(kernel - kernel.T) > TOLERANCE).any():
        raise InvalidArgument("similarity must be symmetric: compare each pair of works once")
    if (np.abs(np.diagonal(kernel) - 1) > TOLERANCE).any():
        raise InvalidArgument("each work has similarity 1 to itself: set the diagonal to 1")
    return kernel


def _checked_weights(weights: ArrayLike, count: int) -> Float64:
    counts = _numbers(weights, "weights")
    if counts.shape != (count,):
        raise InvalidArgument(f"give a weight for each of {count} works, got {counts.shape}")
    if (counts < 0).any():
        raise InvalidArgument(f"weights are at least 0, got {counts.min():g}")
    return counts


def _numbers(values: Any, name: str) -> Float64:
    array = as_array(values)
    if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
        raise InvalidArgument(f"{name}: give finite numbers in an array without gaps")
    return array.astype(np.float64)
