"""The state of one battle, and how squads enter it."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.tactics.squads import Tactics
from creative_envs.tactics.units.table import Units
from creative_envs.tactics.vocabulary import (
    COLUMN,
    COLUMNS,
    DELAY,
    DELAYS,
    MOST_SQUADS,
    PRIORITY,
    ROCK,
    ROUTE,
    ROW,
    ROWS,
    STANCE,
    TYPE,
)

SQUADS: Final = 2 * MOST_SQUADS
"""Squads of both sides: those of the left are 0 .. 11, those of the right 12 .. 23."""
VIGOUR: Final = 70
"""Strength points of a squad in battle for each of its table's: fine enough for small blows."""
_WAITS: Final = np.array(DELAYS, np.int64)

Whole = NDArray[np.int64]


SQUAD: Final = np.dtype(
    [
        (name, np.int64)
        for name in (
            "kind",  # type, -1 where there is no squad
            "row",
            "column",  # of the field, not the side's own
            "stance",
            "priority",
            "route",
            "wait",  # tick from which it moves
            "strength",  # 0 when it is out of the battle
            "full",  # strength it began with
            "per_cent",  # of that, what is left
            "ammunition",
            "cooldown",  # ticks until it can strike
            "points",  # of movement it has saved
            "run",  # cells it has moved since its last strike
            "before",  # cell it came from by its last step, -1 once it has stood
            "leg",  # way points of its route it has passed
            "target",  # squad it strikes or walks to
            "in_reach",  # whether it can strike it from where it stands
            "nearest",  # squad of the enemy's that is nearest
            "distance",  # in cells, to that
            "damage",  # taken in this tick
            "attackers",  # squads that have struck it hand to hand in this tick
        )
    ]
)
"""What is known of a squad in battle."""
Squad = Any
"""A record of `SQUAD`, read and written in place."""
Squads = NDArray[np.void]
"""Records of `SQUAD`."""


class State(NamedTuple):
    """Everything that changes in a battle.

    Kernels take its arrays one by one: to hand on a tuple of them at every step made battles four
    times as slow.
    """

    squads: Squads
    """(24,) of `SQUAD`."""
    living: Whole
    """(2, 12) squads of each side in the battle, in order."""
    standing: Whole
    """(2,) how many."""
    cell: Whole
    """(16, 24) squad in each cell, -1 for none."""


@njit(cache=True, nogil=True, error_model="numpy")
def new_state() -> State:
    """Room for a battle."""
    return State(
        np.zeros(SQUADS, SQUAD),
        np.zeros((2, MOST_SQUADS), np.int64),
        np.zeros(2, np.int64),
        np.zeros((ROWS, COLUMNS), np.int64),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def deploy(
    state: State, left: Tactics, right: Tactics, terrain: NDArray[np.int8], units: Units
) -> None:
    """Puts both armies (12, 7) on the field; the right one's columns count from the right edge.

    A squad whose cell is rock or taken does not take part: see `squads.muster` for moving it.
    """
    state.cell[:] = -1
    state.standing[:] = 0
    for number in range(SQUADS):
        side, place = number // MOST_SQUADS, number % MOST_SQUADS
        order = left[place] if side == 0 else right[place]
        squad, kind = state.squads[number], order[TYPE]
        squad.kind, squad.strength = -1, 0
        if kind < 0:
            continue
        row = order[ROW]
        column = order[COLUMN] if side == 0 else COLUMNS - 1 - order[COLUMN]
        if terrain[row, column] == ROCK or state.cell[row, column] >= 0:
            continue
        squad.kind, squad.row, squad.column = kind, row, column
        squad.stance, squad.priority = order[STANCE], order[PRIORITY]
        squad.route, squad.wait = order[ROUTE], _WAITS[order[DELAY]]
        squad.full = squad.strength = units[kind].strength * VIGOUR
        squad.per_cent = 100
        squad.ammunition = units[kind].ammunition
        squad.cooldown = squad.points = squad.run = squad.leg = 0
        squad.target = squad.before = -1
        state.cell[row, column] = number
        state.living[side, state.standing[side]] = number
        state.standing[side] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def bury(squads: Squads, living: Whole, count: Whole, cell: Whole) -> None:
    """Takes squads without strength off the field, keeping the order of the others."""
    for side in range(2):
        kept = 0
        for place in range(count[side]):
            number = living[side, place]
            squad = squads[number]
            if squad.strength > 0:
                living[side, kept] = number
                kept += 1
            else:
                cell[squad.row, squad.column] = -1
        count[side] = kept
