"""The rules: squads one after another, three actions each: a type, a cell, orders.

| phase | actions | meaning |
|---|---|---|
| type | 0 .. 7 | the squad's type; masked: too dear, or four of it |
| | 8 | done; masked until there is a squad |
| cell | 0 .. 127 | row x 8 + own column; masked: rock, or taken |
| orders | 0 .. 143 | ((delay x 3 + route) x 4 + priority) x 4 + stance |

A token row shows the squad in the making: type, column, row, stance, priority, route, delay, each
with one value more for "not chosen yet", and the tens of points that are left. The work ends with
"done", with the twelfth squad, or when no squad can be had any more.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.tactics.squads import Tactics, no_squads
from creative_envs.tactics.vocabulary import (
    DELAYS,
    DEPLOY_COLUMNS,
    MOST_BUDGET,
    MOST_OF_A_TYPE,
    MOST_SQUADS,
    N_TYPES,
    PRIORITIES,
    ROCK,
    ROUTES,
    ROWS,
    SQUAD_SIZE,
    STANCES,
)

DONE: Final = N_TYPES
PHASES: Final = 3
MAX_LENGTH: Final = MOST_SQUADS * PHASES
N_CELLS: Final = ROWS * DEPLOY_COLUMNS
N_ORDERS: Final = len(STANCES) * len(PRIORITIES) * len(ROUTES) * len(DELAYS)
N_ACTIONS: Final = max(N_TYPES + 1, N_CELLS, N_ORDERS)
NOT_CHOSEN: Final = np.array(
    [DONE, DEPLOY_COLUMNS, ROWS, len(STANCES), len(PRIORITIES), len(ROUTES), len(DELAYS)], np.int16
)
"""What the columns of a token hold before they are chosen; an action "done" has type 8."""
LEFT_AT: Final = SQUAD_SIZE
"""Column of the tens of points left."""
TOKEN_SIZES: Final = (*(int(size) + 1 for size in NOT_CHOSEN), MOST_BUDGET // 10 + 1)
LEFT, OF_TYPE = 0, 1
"""Where scratch holds the points left, and from where on the squads of each type."""
SCRATCH_SIZE: Final = OF_TYPE + N_TYPES


@njit(cache=True, nogil=True, error_model="numpy")
def begin_works(
    rows: NDArray[np.int64],
    budget: NDArray[np.int64],
    cost: NDArray[np.int64],
    mask: NDArray[np.int8],
    scratch: NDArray[np.int32],
) -> None:
    """Prepares armies without squads in the named rows (n,).

    Args:
        rows: Which.
        budget: Of each of them, shape (n,).
        cost: Points by type, shape (8,).
        mask: Written, shape (N, 144).
        scratch: Written, shape (N, 9).
    """
    for index in range(len(rows)):
        row = rows[index]
        scratch[row] = 0
        scratch[row, LEFT] = budget[index]
        _allow_types(cost, mask[row], scratch[row])


@njit(cache=True, nogil=True, error_model="numpy")
def advance_works(
    actions: NDArray[np.int64],
    active: NDArray[np.bool_],
    field: NDArray[np.int64],
    terrain: NDArray[np.int8],
    cost: NDArray[np.int64],
    tokens: NDArray[np.int16],
    length: NDArray[np.int32],
    mask: NDArray[np.int8],
    scratch: NDArray[np.int32],
    finished: NDArray[np.bool_],
) -> None:
    """Executes one action of every active army; see `Task.advance`.

    Args:
        actions: Shape (N,).
        active: Which, shape (N,).
        field: Index of the map of each, shape (N,).
        terrain: Of the maps, shape (M, 16, 24).
        cost: Points by type, shape (8,).
        tokens: Written, shape (N, 36, 8).
        length: Written, shape (N,).
        mask: Written, shape (N, 144).
        scratch: Written, shape (N, 9).
        finished: Written, shape (N,).
    """
    for row in range(len(actions)):
        if not active[row]:
            continue
        step, action = length[row], actions[row]
        phase = step % PHASES
        token = tokens[row, step]
        if phase == 0:
            # One by one: assigning arrays makes Numba compile what an error would say of shapes.
            for entry in range(SQUAD_SIZE):
                token[entry] = NOT_CHOSEN[entry]
            if action == DONE:
                finished[row] = True
            else:
                token[0] = action
                scratch[row, LEFT] -= cost[action]
                scratch[row, OF_TYPE + action] += 1
                _allow_cells(tokens[row], step, terrain[field[row]], mask[row])
        else:
            for entry in range(len(token)):
                token[entry] = tokens[row, step - 1, entry]
            if phase == 1:
                token[1], token[2] = action % DEPLOY_COLUMNS, action // DEPLOY_COLUMNS
                mask[row, :N_ORDERS] = 1
                mask[row, N_ORDERS:] = 0
            else:
                _give_orders(token, action)
                finished[row] = step + 1 == MAX_LENGTH or not _allow_types(
                    cost, mask[row], scratch[row]
                )
        token[LEFT_AT] = scratch[row, LEFT] // 10
        length[row] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _give_orders(token: NDArray[np.int16], action: int) -> None:
    token[3] = action % len(STANCES)
    token[4] = action // len(STANCES) % len(PRIORITIES)
    token[5] = action // (len(STANCES) * len(PRIORITIES)) % len(ROUTES)
    token[6] = action // (len(STANCES) * len(PRIORITIES) * len(ROUTES))


@njit(cache=True, nogil=True, error_model="numpy")
def _allow_types(
    cost: NDArray[np.int64], mask: NDArray[np.int8], scratch: NDArray[np.int32]
) -> bool:
    """Allows the types that can be had, and to be done; whether there is any such type."""
    mask[:] = 0
    some, squads = False, 0
    for kind in range(N_TYPES):
        number = scratch[OF_TYPE + kind]
        squads += number
        if cost[kind] <= scratch[LEFT] and number < MOST_OF_A_TYPE:
            mask[kind] = 1
            some = True
    if squads > 0:
        mask[DONE] = 1
    return some


@njit(cache=True, nogil=True, error_model="numpy")
def _allow_cells(
    tokens: NDArray[np.int16], step: int, terrain: NDArray[np.int8], mask: NDArray[np.int8]
) -> None:
    """Allows the cells of the deployment area that are no rock and not taken."""
    mask[:] = 0
    for cell in range(N_CELLS):
        if terrain[cell // DEPLOY_COLUMNS, cell % DEPLOY_COLUMNS] != ROCK:
            mask[cell] = 1
    for last in range(PHASES - 1, step, PHASES):
        mask[tokens[last, 2] * DEPLOY_COLUMNS + tokens[last, 1]] = 0


def tactics_of(tokens: NDArray[np.int16], length: NDArray[np.int32]) -> Tactics:
    """The squads with orders of works (n, 36, 8), finished or not, shape (n, 12, 7)."""
    tactics = no_squads(len(tokens))
    last = np.arange(PHASES - 1, MAX_LENGTH, PHASES)
    written = last[None] < length[:, None]
    tactics[written] = tokens[:, last, :SQUAD_SIZE][written]
    return tactics


def actions_of(tactic: Tactics) -> list[int]:
    """The actions that make a tactic (12, 7), without "done" at the end."""
    actions: list[int] = []
    for kind, column, row, stance, priority, route, delay in tactic[tactic[:, 0] >= 0].tolist():
        orders = ((delay * len(ROUTES) + route) * len(PRIORITIES) + priority) * len(STANCES)
        actions += [kind, row * DEPLOY_COLUMNS + column, orders + stance]
    return actions
