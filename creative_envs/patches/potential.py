"""What canvases are worth as far as they are filled, by which the shaped reward pays in advance."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.patches.actions import cells_of
from creative_envs.patches.brief import decode_briefs
from creative_envs.patches.quality import Scale, judge_all


@njit(cache=True, nogil=True, error_model="numpy")
def potential(
    tokens: NDArray[np.int16], size: int, vectors: NDArray[np.float32], scale: Scale
) -> NDArray[np.float64]:
    """Quality of growing canvases: all in one kernel, since it is wanted at every step.

    Args:
        tokens: Shape (n, L, 2), -1 where nothing is placed.
        size: Cells along the side.
        vectors: Briefs, shape (n, 16).
        scale: Of the task's libraries.

    Returns:
        Craft x adherence, shape (n,), in [0, 1]; 0 for empty canvases.
    """
    briefs = decode_briefs(vectors, scale.tables.inks)
    made, kept, _ = judge_all(cells_of(tokens), size, briefs, scale)
    return made * kept
