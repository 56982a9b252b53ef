"""What becomes of masked actions, so that algorithms that know no masks still finish works."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True, error_model="numpy")
def legalise(
    actions: NDArray[np.int64],
    mask: NDArray[np.int8],
    executed: NDArray[np.int64],
    illegal: NDArray[np.bool_],
) -> None:
    """Replaces every masked action by the next legal index, cyclically.

    Args:
        actions: In 0 .. A - 1, shape (N,).
        mask: Shape (N, A), at least one 1 in every row.
        executed: Written: what will be done, shape (N,).
        illegal: Written: whether the action was masked, shape (N,).
    """
    n_actions = mask.shape[1]
    for row in range(actions.shape[0]):
        action = actions[row]
        illegal[row] = mask[row, action] == 0
        for _ in range(n_actions):
            if mask[row, action] != 0:
                break
            action += 1
            if action == n_actions:
                action = 0
        executed[row] = action
