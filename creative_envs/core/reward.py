"""The reward of a finished work, the same in every domain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def work_reward(
    quality: NDArray[np.float32],
    novelty: NDArray[np.float32],
    novelty_weight: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Quality x ((1 - w) + w x novelty): novelty is worth nothing without quality.

    Args:
        quality: In [0, 1], shape (n,).
        novelty: In [0, 1], shape (n,).
        novelty_weight: w in [0, 1], shape (n,).

    Returns:
        In [0, 1], shape (n,).
    """
    weight = novelty_weight.astype(np.float64)
    return np.asarray(quality.astype(np.float64) * ((1.0 - weight) + weight * novelty))
