"""Looking about: whom a squad strikes, or walks to."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.tactics.battle.state import Squad, Squads, Whole
from creative_envs.tactics.units.table import Unit, Units
from creative_envs.tactics.vocabulary import HILL, NEAREST, VALUABLE, WEAKEST

SIGHT: Final = 9
"""Cells within which squads choose whom to walk to; beyond it they know only the nearest."""
LONG_RANGE: Final = 3
"""Range from which a hill adds one more cell."""
_WORST: Final = -(1 << 40)


@njit(cache=True, nogil=True, error_model="numpy")
def cells_between(row: int, column: int, other_row: int, other_column: int) -> int:
    """Steps between two cells, diagonal ones counting one (Chebyshev)."""
    return max(abs(row - other_row), abs(column - other_column))


@njit(cache=True, nogil=True, error_model="numpy")
def reach_of(squad: Squad, unit: Unit, ground: int) -> int:
    """Cells a squad on this terrain can strike over: 1 once it has no shots left."""
    if squad.ammunition == 0:
        return 1
    return int(unit.range + (unit.range >= LONG_RANGE and ground == HILL))


@njit(cache=True, nogil=True, error_model="numpy")
def shoots(squad: Squad, unit: Unit) -> bool:
    """Whether a squad is made for shooting and still can."""
    return bool(unit.ranged > unit.melee and squad.ammunition > 0)


@njit(cache=True, nogil=True, error_model="numpy")
def appeal(squad: Squad, unit: Unit, enemy: Squad, its_cost: int, distance: int) -> int:
    """How much a squad's priority draws it to an enemy; the weaker of two equals draws more."""
    if squad.priority == NEAREST:
        draw = -100 * distance
    elif squad.priority == WEAKEST:
        draw = -enemy.per_cent - 6 * distance
    elif squad.priority == VALUABLE:
        draw = 5 * (its_cost - distance)
    elif shoots(squad, unit):
        draw = unit.ranged_against[enemy.kind] - 5 * distance
    else:
        draw = unit.melee_against[enemy.kind] - 5 * distance
    return int(draw * 128 - enemy.per_cent)


@njit(cache=True, nogil=True, error_model="numpy")
def look_about(
    squads: Squads,
    living: Whole,
    count: Whole,
    terrain: NDArray[np.int8],
    units: Units,
) -> None:
    """Writes target, reach and nearest enemy of every living squad, from where all stand now.

    Args:
        squads: Of the `State`, as are the next two.
        living: See there.
        count: See there.
        terrain: Shape (16, 24).
        units: The unit table.
    """
    for side in range(2):
        other = 1 - side
        for place in range(count[side]):
            squad = squads[living[side, place]]
            unit = units[squad.kind]
            reach = reach_of(squad, unit, terrain[squad.row, squad.column])
            least, nearest = 1 << 30, -1
            seen, best_seen, struck, best_struck = -1, _WORST, -1, _WORST
            for rank in range(count[other]):
                number = living[other, rank]
                enemy = squads[number]
                distance = cells_between(squad.row, squad.column, enemy.row, enemy.column)
                if distance < least:
                    least, nearest = distance, number
                if distance > SIGHT:
                    continue
                draw = appeal(squad, unit, enemy, units[enemy.kind].cost, distance)
                if draw > best_seen:
                    seen, best_seen = number, draw
                if distance <= reach and draw > best_struck:
                    struck, best_struck = number, draw
            squad.nearest, squad.distance, squad.in_reach = nearest, least, struck >= 0
            if struck >= 0:
                squad.target = struck
            else:
                squad.target = seen if seen >= 0 else nearest
