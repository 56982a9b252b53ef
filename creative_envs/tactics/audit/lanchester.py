"""A check of the engine's physics: Lanchester's laws of how numbers decide a battle.

N squads against M equal ones leave S of them with N^p - M^p = S^p. Where all can shoot at all, the
square law holds, p = 2: twice the squads are worth four times as much (F. W. Lanchester, "Aircraft
in Warfare", 1916). Where only those in front can fight, it is the linear law, p = 1. The exponent
is fitted to battles of N against M; what is wrong with striking or moving shows in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from creative_envs.tactics.battle.engine import Pairings, Rules, fight
from creative_envs.tactics.squads import Tactics, no_squads
from creative_envs.tactics.terrain.ground import Fields
from creative_envs.tactics.terrain.travel import travel_costs
from creative_envs.tactics.units.table import Units, UnitTable
from creative_envs.tactics.vocabulary import (
    CHARGE,
    COLUMN,
    COLUMNS,
    DELAY,
    HOLD,
    PLAIN,
    PRIORITY,
    ROCK,
    ROUTE,
    ROW,
    ROWS,
    STANCE,
    TYPE,
)

RANGED_BAND: Final = (1.6, 2.1)
"""Where the exponent lies in the open; below 2, as shots at one about to fall are wasted."""
CORRIDOR_BAND: Final = (0.95, 1.05)
"""Where it lies in a corridor."""
_MOST: Final = 10
_SIZES: Final = tuple((n, m) for n, m in permutations(range(1, _MOST + 1), 2))
"""Numbers of squads left and right; each pair from both sides."""
_RULES: Final = Rules(ticks=30_000, surround_bonus=0)
"""Time enough for one side to be gone, and every blow for itself."""
_ENDLESS: Final = 1 << 40
"""Shots nobody uses up."""
_RANK: Final = 5
"""Shooters abreast."""
_CORRIDOR_ROW: Final = ROWS // 2
_FROM, _TO = 0.3, 4.0
_TOLERANCE: Final = 1e-4
_GOLDEN: Final = (math.sqrt(5) - 1) / 2


class Remains(NamedTuple):
    """What n battles of unequal armies left."""

    more: NDArray[np.float64]
    """(n,) squads of the larger army."""
    fewer: NDArray[np.float64]
    """(n,) of the smaller."""
    left: NDArray[np.float64]
    """(n,) what is left of the larger, in whole squads' worth."""


def ranged_exponent(units: UnitTable) -> float:
    """The exponent for shooters in the open, two ranks a side, all in reach of all.

    Battles of every type made for shooting enter one fit. Their shots do not run out and reach
    across the field, so that the exponent tells of the engine and not of the table.

    Args:
        units: A table with at least one type that shoots better than it fights.
    """
    records = units.records.copy()
    records["ammunition"] = _ENDLESS
    records["range"] = COLUMNS
    kinds = np.flatnonzero(units.shooters).tolist()
    open_field = _fields(np.full((ROWS, COLUMNS), PLAIN, np.int8))
    return fitted_exponent(_remains(kinds, _in_ranks, HOLD, open_field, records))


def corridor_exponent(units: UnitTable) -> float:
    """The exponent for melee in a corridor one cell wide, in which only the foremost fight.

    Battles of every type made for melee enter one fit; they have nothing to throw.

    Args:
        units: A table with at least one type that fights better than it shoots.
    """
    records = units.records.copy()
    records["ammunition"] = 0
    kinds = np.flatnonzero(~units.shooters).tolist()
    corridor = np.full((ROWS, COLUMNS), ROCK, np.int8)
    corridor[_CORRIDOR_ROW] = PLAIN
    return fitted_exponent(_remains(kinds, _in_file, CHARGE, _fields(corridor), records))


def fitted_exponent(remains: Remains) -> float:
    """The p for which (N^p - M^p)^(1/p) is nearest to S, by least squares and golden section."""

    def error(power: float) -> float:
        expected = (remains.more**power - remains.fewer**power) ** (1 / power)
        return float(np.mean((expected - remains.left) ** 2))

    return _least(error, _FROM, _TO)


def _least(error: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with a single valley is least (golden-section search)."""
    while high - low > _TOLERANCE:
        near, far = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if error(near) < error(far):
            high = far
        else:
            low = near
    return (low + high) / 2


def _remains(
    kinds: Sequence[int],
    place: Callable[[int], tuple[int, int]],
    stance: int,
    fields: Fields,
    records: Units,
) -> Remains:
    """Fights armies of one type in all `_SIZES`; ``place`` gives a squad's own column and row."""
    count = len(kinds) * len(_SIZES)
    sides: tuple[Tactics, Tactics] = no_squads(count), no_squads(count)
    sizes = np.array(_SIZES * len(kinds))
    cost = np.repeat(records["cost"][kinds], len(_SIZES))
    for tactics, numbers in zip(sides, sizes.T, strict=True):
        for squad in range(_MOST):
            used = numbers > squad
            row = tactics[used, squad]
            row[:, [COLUMN, ROW]] = place(squad)
            row[:, TYPE] = np.repeat(kinds, len(_SIZES))[used]
            row[:, STANCE] = stance
            row[:, [PRIORITY, ROUTE, DELAY]] = 0
            tactics[used, squad] = row
    first = np.arange(count) % 2
    outcomes = fight(Pairings(np.zeros(count, np.int64), *sides, first), fields, records, _RULES)
    value = outcomes.value[np.arange(count), (sizes[:, 1] > sizes[:, 0]).astype(int)]
    left = value / (1000 * cost)
    return Remains(sizes.max(axis=1).astype(float), sizes.min(axis=1).astype(float), left)


def _in_ranks(squad: int) -> tuple[int, int]:
    """Own column and row of a shooter: ranks of `_RANK`, the first at the middle of the field."""
    return COLUMNS // 2 - 2 - squad // _RANK, _CORRIDOR_ROW - _RANK // 2 + squad % _RANK


def _in_file(squad: int) -> tuple[int, int]:
    """Own column and row of one in a corridor, behind the one before."""
    return COLUMNS // 2 - 2 - squad, _CORRIDOR_ROW


def _fields(terrain: NDArray[np.int8]) -> Fields:
    """A map that need not be a `Ground`."""
    return Fields(terrain[None], travel_costs(terrain)[None])
