"""Counting what happens: control of zones and camps, and how an army behaves."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.tactics.battle.state import Squads, Whole
from creative_envs.tactics.units.table import Units
from creative_envs.tactics.vocabulary import (
    COLUMNS,
    DEPLOY_COLUMNS,
    ROWS,
    ZONE_COLUMNS,
    ZONE_ROWS,
)

N_ZONES: Final = len(ZONE_ROWS)
MOST_IN_CAMP: Final = 4
"""Squads in the enemy's camp that count."""
SAMPLE_TICKS: Final = 4
"""Every so many ticks the armies' positions are sampled."""
FORWARD, SPREAD, LEAN, SAMPLES = range(4)
"""Columns of `Tally.shape`: sums over samples of the mean own column, the mean distance from the
mean row and the mean row, in thousandths of a cell; and how many samples."""
_ZONE_ROWS: Final = np.array(ZONE_ROWS, np.int64)
_MILLI: Final = 1000


class Tally(NamedTuple):
    """What a battle has come to, side by side; int64."""

    value: NDArray[np.int64]
    """(2,) thousandths of points of what is left of each army."""
    zones: NDArray[np.int64]
    """(2,) zone-ticks held: with more squads in the zone than the enemy."""
    camp: NDArray[np.int64]
    """(2,) squad-ticks in the enemy's camp, `MOST_IN_CAMP` squads at most counting."""
    dealt: NDArray[np.int64]
    """(2, 2) damage dealt hand to hand and from afar."""
    shape: NDArray[np.int64]
    """(2, 4), see `FORWARD`."""
    ticks: NDArray[np.int64]
    """(1,) how long it lasted."""


@njit(cache=True, nogil=True, error_model="numpy")
def count_control(
    squads: Squads, living: Whole, count: Whole, ticks: int, zones: Whole, camp: Whole
) -> None:
    """Adds control of zones (2,) and camps (2,) as squads stand now, for so many ticks."""
    lead = np.zeros(N_ZONES, np.int64)
    for side in range(2):
        inside = 0
        for place in range(count[side]):
            squad = squads[living[side, place]]
            own = squad.column if side == 0 else COLUMNS - 1 - squad.column
            inside += own >= COLUMNS - DEPLOY_COLUMNS
            if ZONE_COLUMNS[0] <= squad.column <= ZONE_COLUMNS[1]:
                for zone in range(N_ZONES):
                    if _ZONE_ROWS[zone, 0] <= squad.row <= _ZONE_ROWS[zone, 1]:
                        lead[zone] += 1 - 2 * side
        camp[side] += ticks * min(inside, MOST_IN_CAMP)
    for zone in range(N_ZONES):
        zones[0] += ticks * (lead[zone] > 0)
        zones[1] += ticks * (lead[zone] < 0)


@njit(cache=True, nogil=True, error_model="numpy")
def count_shape(squads: Squads, living: Whole, count: Whole, shape: Whole) -> None:
    """Adds a sample of where the armies stand to (2, 4)."""
    for side in range(2):
        number = count[side]
        if number == 0:
            continue
        rows, columns = 0, 0
        for place in range(number):
            squad = squads[living[side, place]]
            rows += squad.row
            columns += squad.column if side == 0 else COLUMNS - 1 - squad.column
        deviation = 0
        for place in range(number):
            deviation += abs(squads[living[side, place]].row * number - rows)
        shape[side, FORWARD] += _MILLI * columns // number
        shape[side, SPREAD] += _MILLI * deviation // (number * number)
        # Rounded towards the middle, so that mirrored battles round alike.
        off_centre = 2 * rows - (ROWS - 1) * number
        lean = _MILLI * abs(off_centre) // (2 * number)
        shape[side, LEAN] += lean if off_centre > 0 else -lean
        shape[side, SAMPLES] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def count_value(squads: Squads, living: Whole, count: Whole, units: Units, value: Whole) -> None:
    """Adds what is left of the armies, in thousandths of points, to (2,)."""
    for side in range(2):
        for place in range(count[side]):
            squad = squads[living[side, place]]
            worth = units[squad.kind].cost * _MILLI
            value[side] += worth * squad.strength // squad.full
