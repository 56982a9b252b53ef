"""What becomes of masked actions, so that algorithms that know no masks still finish works."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True, error_model="numpy")
def legalise(
    actions: NDArray[np.int64],
    active: NDArray[np.bool_],
    ongoing: NDArray[np.bool_],
    mask: NDArray[np.int8],
    cost: float,
    executed: NDArray[np.int64],
    illegal: NDArray[np.bool_],
    reward: NDArray[np.float64],
) -> bool:
    """Replaces every masked action by the next legal index, cyclically, at a cost.

    Args:
        actions: In 0 .. A - 1, shape (N,).
        active: Which rows act, shape (N,); the others get zeros.
        ongoing: Which rows have an episode to act in, shape (N,).
        mask: Shape (N, A), at least one 1 in every row.
        cost: What a masked action takes from the reward.
        executed: Written: what will be done, shape (N,).
        illegal: Written: whether the action was masked, shape (N,).
        reward: Written: minus the cost, or 0, shape (N,).

    Returns:
        Whether every row that acts may; if not, what was written means nothing.
    """
    n_actions = mask.shape[1]
    for row in range(actions.shape[0]):
        executed[row] = 0
        illegal[row] = False
        reward[row] = 0.0
        if not active[row]:
            continue
        if not ongoing[row]:
            return False
        action = actions[row]
        if mask[row, action] == 0:
            illegal[row] = True
            reward[row] = -cost
        for _ in range(n_actions):
            if mask[row, action] != 0:
                break
            action += 1
            if action == n_actions:
                action = 0
        executed[row] = action
    return True
