"""Tactics as arrays: up to twelve squads, each with a type, a cell and orders.

A tactic has shape (12, 7), int16; a row is (type, own column, row, stance, priority, route, delay)
in the numbers of `creative_envs.tactics.vocabulary`, or -1 throughout where there is no squad. Rows
that are used come first; earlier ones matter more, as a smaller budget cuts off the later ones.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.tactics.vocabulary import (
    COLUMN,
    DEPLOY_COLUMNS,
    MOST_OF_A_TYPE,
    MOST_SQUADS,
    N_TYPES,
    NORTH,
    ROCK,
    ROUTE,
    ROW,
    ROWS,
    SOUTH,
    SQUAD_SIZE,
    TYPE,
)

Tactics = NDArray[np.int16]


def no_squads(count: int) -> Tactics:
    """So many empty tactics, shape (n, 12, 7)."""
    squads: Tactics = np.full((count, MOST_SQUADS, SQUAD_SIZE), -1, np.int16)
    return squads


def cost_of(tactics: Tactics, cost: NDArray[np.int64]) -> NDArray[np.int64]:
    """Points that armies (n, 12, 7) cost by the price of each type (8,), shape (n,)."""
    types = tactics[:, :, TYPE]
    return np.asarray(np.where(types >= 0, cost[types], 0).sum(axis=1))


def counted(tactics: Tactics) -> NDArray[np.int64]:
    """Squads of each type, shape (n, 8)."""
    types = tactics[:, :, TYPE, None]
    return np.asarray((types == np.arange(N_TYPES)).sum(axis=1))


def flipped(tactics: Tactics) -> Tactics:
    """The same tactics with north and south exchanged, shape (n, 12, 7)."""
    turned = tactics.copy()
    used = tactics[:, :, TYPE] >= 0
    turned[:, :, ROW] = np.where(used, ROWS - 1 - tactics[:, :, ROW], -1)
    route = tactics[:, :, ROUTE]
    turned[:, :, ROUTE] = np.where(route == NORTH, SOUTH, np.where(route == SOUTH, NORTH, route))
    return turned


@njit(cache=True, nogil=True, error_model="numpy")
def muster(
    tactic: Tactics,
    budget: int,
    terrain: NDArray[np.int8],
    cost: NDArray[np.int64],
    fielded: Tactics,
) -> None:
    """What of a tactic can take the field: within budget and caps, each squad on a free cell.

    Squads are taken in order; one that is too dear, or beyond the cap of its type, stays at home. A
    squad whose cell is rock or taken stands on the nearest free one of the deployment area, of
    equals on the one nearer to the middle row, then to the rear: so that north and south are alike.

    Args:
        tactic: Shape (m, 7); the first twelve that can are taken.
        budget: Points.
        terrain: Of the field, shape (16, 24), mirror-symmetric.
        cost: Points by type, shape (8,).
        fielded: Written, shape (12, 7).
    """
    fielded[:] = -1
    taken = np.zeros((ROWS, DEPLOY_COLUMNS), np.bool_)
    number = np.zeros(N_TYPES, np.int64)
    used = 0
    for squad in range(len(tactic)):
        kind = tactic[squad, TYPE]
        if used == MOST_SQUADS:
            break
        if kind < 0 or cost[kind] > budget or number[kind] == MOST_OF_A_TYPE:
            continue
        best_row, best_column, least = -1, -1, 1 << 30
        for row in range(ROWS):
            for column in range(DEPLOY_COLUMNS):
                if taken[row, column] or terrain[row, column] == ROCK:
                    continue
                down, across = row - tactic[squad, ROW], column - tactic[squad, COLUMN]
                away, outward = down * down + across * across, abs(2 * row - (ROWS - 1))
                worse = (away * ROWS + outward) * DEPLOY_COLUMNS + column
                if worse < least:
                    best_row, best_column, least = row, column, worse
        if best_row < 0:
            continue
        # One by one: assigning arrays makes Numba compile what an error would say of shapes.
        for attribute in range(SQUAD_SIZE):
            fielded[used, attribute] = tactic[squad, attribute]
        fielded[used, ROW], fielded[used, COLUMN] = best_row, best_column
        taken[best_row, best_column] = True
        number[kind] += 1
        budget -= cost[kind]
        used += 1
