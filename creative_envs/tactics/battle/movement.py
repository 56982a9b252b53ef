"""Moving: what stances and routes make of what squads see."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.tactics.battle.sight import cells_between, reach_of, shoots
from creative_envs.tactics.battle.state import Squad, Squads, Whole
from creative_envs.tactics.terrain.travel import UNREACHABLE, step_cost
from creative_envs.tactics.units.table import Unit, Units
from creative_envs.tactics.vocabulary import (
    CHARGE,
    COLUMNS,
    DIRECT,
    HOLD,
    ROCK,
    ROWS,
    SKIRMISH,
    SOUTH,
)

CLOSE: Final = 2
"""Cells at which squads on hold answer an enemy, skirmishers fall back, and routes are left."""
MOST_POINTS: Final = 120
"""Movement points a squad can save: enough for the dearest step there is (84) whatever is left over
from the one before."""
LEAST_STEP: Final = 20
"""Points below which no step is possible."""
CHARGE_HASTE: Final = 4
"""Those who charge move by this part of their speed faster."""
RELOAD_AFTER_MOVE: Final = 2
"""Ticks shooters need after a step before they can strike."""
DETOUR: Final = 32
"""Points a way may be longer than the shortest, to get round others."""
LEG_COLUMNS: Final = np.array([9, 20], np.int64)
LEG_ROWS: Final = np.array([1, 3], np.int64)
"""Way points of the northern route, in own columns; the southern one is its mirror image."""
_STEPS: Final = np.array(
    [[1, 0], [1, 1], [1, -1], [0, 1], [0, -1], [-1, 0], [-1, 1], [-1, -1]], np.int64
)
"""Steps (onward, towards the middle of the field) in the order in which equals are preferred: the
same for both sides and both flanks. Onward is forward, or back for those who give way."""


@njit(cache=True, nogil=True, error_model="numpy")
def move_all(
    squads: Squads,
    living: Whole,
    count: Whole,
    cell: Whole,
    tick: int,
    first: int,
    terrain: NDArray[np.int8],
    travel: NDArray[np.int16],
    units: Units,
) -> None:
    """Moves squads one after another, the side ``first`` first.

    Args:
        squads: Of the `State`, after `sight.look_about`, as are the next three.
        living: See there.
        count: See there.
        cell: See there.
        tick: Since the battle began.
        first: 0 left, 1 right.
        terrain: Shape (16, 24).
        travel: See `terrain.travel.travel_costs`, shape (2, 384, 384).
        units: The unit table.
    """
    for turn in range(2):
        side = first if turn == 0 else 1 - first
        for place in range(count[side]):
            number = living[side, place]
            squad = squads[number]
            if tick < squad.wait:
                continue
            unit = units[squad.kind]
            falls_back = _falls_back(squad, unit)
            if not falls_back and _stands(squad, unit, terrain[squad.row, squad.column]):
                squad.points, squad.before = 0, -1  # one at rest saves none
                continue
            speed = unit.speed
            if squad.stance == CHARGE:
                speed += unit.speed // CHARGE_HASTE
            squad.points = min(squad.points + speed, MOST_POINTS)
            if squad.points < LEAST_STEP:
                continue
            if falls_back:
                enemies = living[1 - side, : count[1 - side]]
                step = _step_away(squad, side, squads, enemies, terrain, cell)
            else:
                faced = squad.nearest if squad.stance == HOLD else squad.target
                goal = _goal(squad, squads[faced], side, unit.mounted, travel)
                step = _step_towards(squad, side, unit.mounted, goal, terrain, travel, cell)
            if step < 0:
                squad.points = 0
                continue
            row, column = step // COLUMNS, step % COLUMNS
            diagonal = row != squad.row and column != squad.column
            cost = step_cost(unit.mounted, terrain[row, column], diagonal)
            if squad.points >= cost:
                cell[squad.row, squad.column] = -1
                cell[row, column] = number
                _enter(squad, unit, row, column, cost)


@njit(cache=True, nogil=True, error_model="numpy")
def _enter(squad: Squad, unit: Unit, row: int, column: int, cost: int) -> None:
    """Moves a squad into a neighbouring cell."""
    squad.points -= cost
    squad.before = squad.row * COLUMNS + squad.column
    squad.row, squad.column = row, column
    squad.run += 1
    if shoots(squad, unit):
        squad.cooldown = max(squad.cooldown, RELOAD_AFTER_MOVE)


@njit(cache=True, nogil=True, error_model="numpy")
def _falls_back(squad: Squad, unit: Unit) -> bool:
    """Whether a skirmisher gives way: one that shoots or is half spent, to an enemy near by."""
    if squad.stance != SKIRMISH or squad.distance != CLOSE:
        return False
    return shoots(squad, unit) or 2 * squad.strength < squad.full


@njit(cache=True, nogil=True, error_model="numpy")
def _stands(squad: Squad, unit: Unit, ground: int) -> bool:
    """Whether a squad stays where it is.

    An enemy in the next cell holds it fast (zone of control). Shooters stand to shoot what is in
    reach, those who charge only when it is close. On hold, squads answer what comes close.
    """
    if squad.distance <= 1:
        return True
    shooter = shoots(squad, unit)
    if squad.stance == HOLD:
        return shooter or squad.distance > CLOSE
    if not shooter:
        return False
    if squad.stance == CHARGE:
        return bool(squad.distance <= CLOSE)
    return bool(squad.distance <= reach_of(squad, unit, ground))


@njit(cache=True, nogil=True, error_model="numpy")
def _goal(squad: Squad, target: Squad, side: int, mounted: int, travel: NDArray[np.int16]) -> int:
    """Cell a squad walks to: the next way point of its route, then its target."""
    if squad.distance <= CLOSE:
        squad.leg = len(LEG_COLUMNS)
    here = squad.row * COLUMNS + squad.column
    while squad.route != DIRECT and squad.leg < len(LEG_COLUMNS):
        row, column = LEG_ROWS[squad.leg], LEG_COLUMNS[squad.leg]
        if squad.route == SOUTH:
            row = ROWS - 1 - row
        if side == 1:
            column = COLUMNS - 1 - column
        point = row * COLUMNS + column
        arrived = cells_between(squad.row, squad.column, row, column) <= 1
        if not arrived and travel[mounted, point, here] < UNREACHABLE:
            return int(point)
        squad.leg += 1
    return int(target.row * COLUMNS + target.column)


@njit(cache=True, nogil=True, error_model="numpy")
def _step_towards(
    squad: Squad,
    side: int,
    mounted: int,
    goal: int,
    terrain: NDArray[np.int8],
    travel: NDArray[np.int16],
    cell: Whole,
) -> int:
    """The free neighbouring cell through which the goal is nearest; -1 if all lead away.

    Nobody goes straight back to where they came from: blocked squads would step to and fro.
    """
    forward, inward = 1 - 2 * side, 1 if squad.row < ROWS // 2 else -1
    best, least = -1, travel[mounted, goal, squad.row * COLUMNS + squad.column] + DETOUR
    for step in range(len(_STEPS)):
        row = squad.row + inward * _STEPS[step, 1]
        column = squad.column + forward * _STEPS[step, 0]
        if row < 0 or row >= ROWS or column < 0 or column >= COLUMNS:
            continue
        ground, there = terrain[row, column], row * COLUMNS + column
        if ground == ROCK or cell[row, column] >= 0 or there == squad.before:
            continue
        cost = step_cost(mounted, ground, _STEPS[step, 0] != 0 and _STEPS[step, 1] != 0)
        cost += travel[mounted, goal, there]
        if cost < least:
            best, least = there, cost
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def _step_away(
    squad: Squad,
    side: int,
    squads: Squads,
    enemies: Whole,
    terrain: NDArray[np.int8],
    cell: Whole,
) -> int:
    """The free neighbouring cell that is farthest from all enemies; -1 if none is farther."""
    back, inward = 2 * side - 1, 1 if squad.row < ROWS // 2 else -1
    best, most = -1, squad.distance
    for step in range(len(_STEPS)):
        row = squad.row + inward * _STEPS[step, 1]
        column = squad.column + back * _STEPS[step, 0]
        if row < 0 or row >= ROWS or column < 0 or column >= COLUMNS:
            continue
        if terrain[row, column] == ROCK or cell[row, column] >= 0:
            continue
        least = 1 << 30
        for number in enemies:
            enemy = squads[number]
            least = min(least, cells_between(row, column, enemy.row, enemy.column))
        if least > most:
            best, most = row * COLUMNS + column, least
    return best
