"""Drawing legal actions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def sample_legal(mask: NDArray[np.int8], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draws an action uniformly among the legal ones.

    Args:
        mask: Shape (A,) or (N, A); 1 where an action is legal, at least one in every row.
        rng: Where the randomness comes from.

    Returns:
        An int64 array of shape () or (N,), ready for `step` of a scalar or a vector environment.

    Raises:
        ValueError: A row has no legal action.
    """
    legal = np.asarray(mask) != 0
    counts = legal.sum(axis=-1)
    if (counts == 0).any():
        raise ValueError("A mask without any legal action: was it taken from an observation?")
    chosen = (rng.random(counts.shape) * counts).astype(np.int64)
    rank = legal.cumsum(axis=-1) - 1
    return np.asarray(((rank == chosen[..., None]) & legal).argmax(axis=-1), dtype=np.int64)
