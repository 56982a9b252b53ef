"""What it costs to get from anywhere to anywhere, on foot and mounted."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.tactics.vocabulary import CELLS, COLUMNS, ROCK, ROWS

STEP_COST: Final = np.array([[20, 30, 32, 50, 0], [20, 48, 44, 60, 0]], np.int64)
"""Movement points to enter a cell, by class (foot, mounted) and terrain; rock cannot be entered."""
UNREACHABLE: Final = 30_000
DIAGONAL: Final = 14
"""Tenths of the cost of a straight step that a diagonal one costs."""


@njit(cache=True, nogil=True, error_model="numpy")
def step_cost(mounted: int, terrain: int, diagonal: bool) -> int:
    """Movement points for one step into a cell that is no rock."""
    cost = int(STEP_COST[mounted, terrain])
    return cost * DIAGONAL // 10 if diagonal else cost


@njit(cache=True, nogil=True, error_model="numpy")
def travel_costs(terrain: NDArray[np.int8]) -> NDArray[np.int16]:
    """Least movement points between all pairs of cells.

    Args:
        terrain: Shape (16, 24).

    Returns:
        Shape (2, 384, 384): by class, goal and start; `UNREACHABLE` where there is no way, as
        from rock. Cells are numbered row * 24 + column.
    """
    costs = np.empty((2, CELLS, CELLS), np.int16)
    for mounted in range(2):
        for goal in range(CELLS):
            costs[mounted, goal] = UNREACHABLE
            costs[mounted, goal, goal] = 0
            while _sweep(terrain, mounted, costs[mounted, goal]):
                pass
    return costs


@njit(cache=True, nogil=True, error_model="numpy")
def _sweep(terrain: NDArray[np.int8], mounted: int, cost: NDArray[np.int16]) -> bool:
    """Relaxes every cell once in each of both orders; whether anything changed."""
    changed = False
    for order in range(2 * CELLS):
        cell = order if order < CELLS else 2 * CELLS - 1 - order
        row, column = cell // COLUMNS, cell % COLUMNS
        if terrain[row, column] == ROCK:
            continue
        for down in range(-1, 2):
            for across in range(-1, 2):
                near_row, near_column = row + down, column + across
                if not (0 <= near_row < ROWS and 0 <= near_column < COLUMNS):
                    continue
                ground = terrain[near_row, near_column]
                if ground == ROCK or (down == 0 and across == 0):
                    continue
                step = step_cost(mounted, ground, down != 0 and across != 0)
                through = cost[near_row * COLUMNS + near_column] + step
                if through < cost[cell]:
                    cost[cell] = through
                    changed = True
    return changed
