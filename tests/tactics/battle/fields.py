"""Minimal maps, small armies and a unit table of round numbers, to work battles out by hand.

A squad of strength 100 has 7000 points of it in battle (`state.VIGOUR`), and a power of 10 at full
strength and 100 per cent takes 1000 of them in a blow. A plain cell costs 20 movement points, 28
diagonally; on foot squads save 10 a tick, so they step in ticks 1, 3, 5, ...
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np

from creative_envs.tactics.battle.engine import Pairings, Rules, fight, record
from creative_envs.tactics.squads import no_squads
from creative_envs.tactics.terrain.ground import Fields, Ground, stacked
from creative_envs.tactics.terrain.travel import travel_costs
from creative_envs.tactics.units.table import UnitTable
from creative_envs.tactics.vocabulary import (
    ADVANCE,
    COLUMNS,
    DELAYS,
    DIRECT,
    MOST_SQUADS,
    N_TYPES,
    NEAREST,
    PRIORITIES,
    ROUTES,
    ROWS,
    STANCES,
    TERRAIN_SIGNS,
)

TYPES = ("foot", "bow", "horse", "lancer", "giant", "mage", "post", "thrower")
STATS = {
    "cost": (10, 20, 30, 30, 80, 20, 10, 10),
    "strength": (100, 100, 100, 100, 100, 100, 1000, 100),
    "melee": (10, 5, 10, 10, 100, 5, 1, 10),
    "ranged": (0, 10, 0, 0, 0, 10, 0, 5),
    "range": (1, 4, 1, 1, 1, 4, 1, 2),
    "ammunition": (0, 3, 0, 0, 0, 100, 0, 2),
    "reload": (5, 5, 5, 5, 5, 5, 20, 5),
    "speed": (10, 10, 20, 20, 10, 10, 1, 10),
    "mounted": (0, 0, 1, 1, 0, 0, 0, 0),
    "impact": (0, 0, 0, 100, 0, 0, 0, 0),
    "piercing": (0, 0, 0, 0, 0, 1, 0, 0),
}
"""A post is there to be walked to and struck: on hold it hardly moves or strikes, and lasts."""
OTHER_SIDE = MOST_SQUADS
"""Number of the right side's first squad in a recording."""
Against = Mapping[tuple[str, str], int]


def table_of(
    melee_against: Against | None = None,
    ranged_against: Against | None = None,
    **changes: Mapping[str, int],
) -> UnitTable:
    """The table above with some stats of some types changed: ``strength={"post": 100}``."""
    stats = {
        stat: tuple(
            changes.get(stat, {}).get(kind, value)
            for kind, value in zip(TYPES, values, strict=True)
        )
        for stat, values in STATS.items()
    }
    return UnitTable("round", TYPES, stats, _against(melee_against), _against(ranged_against))


def _against(said: Against | None) -> tuple[tuple[int, ...], ...]:
    table = np.full((N_TYPES, N_TYPES), 100)
    for (attacker, target), per_cent in (said or {}).items():
        table[TYPES.index(attacker), TYPES.index(target)] = per_cent
    return tuple(tuple(row) for row in table.tolist())


ROUND = table_of()


def squad(kind, row, column, orders="", delay=0):
    """A squad (7,); of orders such as "hold weakest north", "advance nearest direct" goes unsaid.

    The column is the side's own and may lie outside its deployment area, to keep battles short.
    """
    words = orders.split()

    def said(words_of_a_kind, unsaid):
        return next((number for number, w in enumerate(words_of_a_kind) if w in words), unsaid)

    strange = set(words) - {*STANCES, *PRIORITIES, *ROUTES}
    assert not strange, strange
    places = said(STANCES, ADVANCE), said(PRIORITIES, NEAREST), said(ROUTES, DIRECT)
    return (TYPES.index(kind), column, row, *places, DELAYS.index(delay))


def army(*squads):
    """A tactic (12, 7)."""
    tactic = no_squads(1)[0]
    for place, one in enumerate(squads):
        tactic[place] = one
    return tactic


def post(row, column):
    return squad("post", row, column, "hold")


def mark(row, column, stance="advance"):
    """A post that only waits: shots take of it what they take of anybody, as it does not hold."""
    return squad("post", row, column, stance, delay=DELAYS[-1])


def far_post():
    """A target in the right side's last column, for those who walk straight along row 8."""
    return army(post(8, 0))


def ground_of(rows=None, everywhere="."):
    """A map of one terrain but for some rows, drawn as their left half of twelve signs."""
    halves = [everywhere * (COLUMNS // 2)] * ROWS
    for row, half in (rows or {}).items():
        halves[row] = half
    return Ground.from_text("drawn", "\n".join(half + half[::-1] for half in halves))


def lopsided(cells, everywhere="."):
    """A map of one terrain but for some cells, {(row, column of the field): sign}, for `record`."""
    terrain = np.full((ROWS, COLUMNS), TERRAIN_SIGNS.index(everywhere), np.int8)
    for place, sign in cells.items():
        terrain[place] = TERRAIN_SIGNS.index(sign)
    return SimpleNamespace(cells=terrain, travel=travel_costs(terrain))


PLAIN_GROUND = ground_of()
PLAIN_FIELDS = stacked([PLAIN_GROUND])


def fought(left, right, ground=PLAIN_GROUND, table=ROUND, first=0):
    """A recording of the left army against the right one."""
    return record(ground, left, right, table.records, first)


def outcome_of(left, right, ticks, table=ROUND, fields: Fields = PLAIN_FIELDS, **rules):
    """What so many ticks come to."""
    sides = np.zeros(1, np.int64), left[None], right[None], np.zeros(1, np.int64)
    return fight(Pairings(*sides), fields, table.records, Rules(ticks=ticks, **rules))


def path(recording, number=0):
    """Cells (row, column of the field) a squad has stood in, one after another."""
    places = zip(
        recording.row[:, number].tolist(), recording.column[:, number].tolist(), strict=True
    )
    walked: list[tuple[int, int]] = []
    for place in places:
        if not walked or walked[-1] != place:
            walked.append(place)
    return walked


def steps(recording, number=0):
    """Ticks in which a squad moved."""
    moved = (np.diff(recording.row[:, number]) != 0) | (np.diff(recording.column[:, number]) != 0)
    return np.flatnonzero(moved).tolist()


def strikes(recording, number=0):
    """(tick, squad struck) for every blow of a squad."""
    struck = recording.struck[:, number]
    return [(tick, int(struck[tick])) for tick in np.flatnonzero(struck >= 0).tolist()]


def losses(recording, number=OTHER_SIDE):
    """{tick: strength points lost in it}."""
    lost = -np.diff(recording.strength[:, number])
    return {tick: int(lost[tick]) for tick in np.flatnonzero(lost).tolist()}
