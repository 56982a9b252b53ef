"""The book: sixteen archetypal tactics, named as military history names their like.

Four of each doctrine, in the order of the doctrines: two for training, two held out for scoring.
Squads stand in the order in which a budget is spent; the last ones are for rich armies only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from creative_envs.tactics.squads import Tactics, no_squads
from creative_envs.tactics.units.starting_table import TYPES
from creative_envs.tactics.vocabulary import PRIORITIES, ROUTES, STANCES


class Line(NamedTuple):
    """Squads of a type abreast, with the same orders."""

    kind: str
    column: int
    rows: Sequence[int]
    stance: str
    priority: str = "nearest"
    route: str = "direct"
    delay: int = 0
    """Index into `vocabulary.DELAYS`."""


_TRAINING: Final[Mapping[str, Sequence[Line]]] = {
    "phalanx": (
        Line("spear", 7, (6, 7, 8, 9), "advance"),
        Line("heavy", 7, (5, 10), "advance"),
        Line("bow", 6, (7, 8), "advance", "weakest"),
        Line("heavy", 6, (6, 9), "advance"),
        Line("fencer", 6, (4, 11), "advance", "valuable"),
    ),
    "refused flank": (
        Line("heavy", 7, (2, 3, 4), "charge"),
        Line("mage", 6, (2, 4), "advance", "counter"),
        Line("fencer", 7, (5,), "charge", "weakest"),
        Line("spear", 5, (7, 9, 11), "hold"),
        Line("fencer", 6, (1, 5), "charge", "weakest"),
    ),
    "cavalry rush": (
        Line("cavalry", 7, (5, 7, 8, 10), "charge"),
        Line("lancer", 7, (6, 9), "charge", "counter"),
        Line("spear", 7, (4, 11), "advance"),
        Line("lancer", 6, (6, 9), "charge", "counter"),
    ),
    "double envelopment": (
        Line("cavalry", 7, (1, 2), "charge", "valuable", "north"),
        Line("cavalry", 7, (13, 14), "charge", "valuable", "south"),
        Line("lancer", 7, (3,), "charge", "valuable", "north"),
        Line("lancer", 7, (12,), "charge", "valuable", "south"),
        Line("spear", 6, (7, 8), "advance"),
        Line("bow", 5, (6, 9), "advance", "weakest"),
    ),
    "archer line": (
        Line("bow", 6, (5, 7, 8, 10), "advance", "weakest"),
        Line("spear", 7, (6, 9), "advance"),
        Line("gunner", 5, (6, 9), "advance", "weakest"),
        Line("spear", 7, (4, 11), "advance"),
        Line("gunner", 5, (7,), "advance", "weakest"),
    ),
    "skirmish line": (
        Line("gunner", 7, (4, 6, 9, 11), "skirmish", "valuable"),
        Line("bow", 6, (5, 7, 8, 10), "skirmish", "weakest"),
        Line("fencer", 7, (7, 8), "advance"),
        Line("mage", 6, (6,), "skirmish", "counter"),
    ),
    "hammer and anvil": (
        Line("heavy", 7, (6, 7, 9), "advance"),
        Line("bow", 6, (7, 8), "advance", "weakest"),
        Line("lancer", 7, (1, 2), "charge", "valuable", "north", 1),
        Line("mage", 6, (6,), "advance", "counter"),
        Line("spear", 7, (5, 10), "advance"),
    ),
    "south hook": (
        Line("fencer", 7, (11, 12, 13), "charge", "valuable", "south"),
        Line("bow", 5, (6, 7, 8), "advance", "weakest"),
        Line("cavalry", 7, (14,), "charge", "valuable", "south"),
        Line("spear", 6, (6, 8), "advance"),
        Line("gunner", 5, (5, 9), "advance", "nearest"),
    ),
}
_HELD_OUT: Final[Mapping[str, Sequence[Line]]] = {
    "swarm": (
        Line("fencer", 7, (5, 7, 8, 10), "charge", "valuable"),
        Line("spear", 7, (3, 6, 9, 12), "charge"),
        Line("gunner", 5, (7, 8), "advance", "weakest"),
        Line("heavy", 6, (6, 9), "charge"),
    ),
    "three columns": (
        Line("spear", 7, (2, 7, 12), "charge"),
        Line("heavy", 7, (3, 8, 13), "advance"),
        Line("bow", 6, (2, 13), "advance", "weakest"),
        Line("fencer", 7, (6, 9), "advance", "weakest"),
    ),
    "lance point": (
        Line("lancer", 7, (6, 7, 8, 9), "charge", "counter", "direct", 1),
        Line("cavalry", 7, (4, 11), "charge", "weakest"),
        Line("mage", 6, (7, 8), "advance", "counter"),
        Line("cavalry", 6, (5,), "charge", "weakest"),
    ),
    "raid": (
        Line("cavalry", 7, (0, 1, 2, 3), "charge", "valuable", "north"),
        Line("lancer", 6, (1, 2), "charge", "valuable", "north"),
        Line("spear", 7, (7, 8), "advance"),
        Line("gunner", 6, (7, 8), "skirmish", "weakest"),
    ),
    "gun battery": (
        Line("gunner", 6, (6, 7, 8, 9), "advance", "valuable"),
        Line("heavy", 7, (7, 8), "advance"),
        Line("bow", 5, (6, 9), "advance", "weakest"),
        Line("spear", 7, (6, 9), "advance"),
    ),
    "storm of mages": (
        Line("mage", 6, (5, 7, 8, 10), "advance", "counter"),
        Line("fencer", 7, (6, 9), "advance"),
        Line("bow", 6, (6, 9), "advance", "weakest"),
        Line("spear", 7, (7, 8), "advance"),
    ),
    "combined arms": (
        Line("spear", 7, (6, 8), "advance"),
        Line("bow", 6, (6, 8), "advance", "weakest"),
        Line("cavalry", 7, (3, 4), "charge", "counter", "north", 1),
        Line("mage", 6, (7,), "advance", "counter"),
        Line("heavy", 7, (7, 9), "advance"),
        Line("fencer", 7, (11,), "charge", "valuable", "south"),
    ),
    "late reserve": (
        Line("spear", 7, (5, 7, 9), "advance"),
        Line("gunner", 6, (6, 8), "advance", "weakest"),
        Line("lancer", 3, (7, 8), "charge", "valuable", "direct", 2),
        Line("bow", 6, (7,), "advance", "weakest"),
        Line("heavy", 7, (6, 8), "advance"),
    ),
}
TRAINING_NAMES: Final = tuple(_TRAINING)
HELD_OUT_NAMES: Final = tuple(_HELD_OUT)


@lru_cache(maxsize=1)
def training_book() -> Tactics:
    """The eight tactics training may meet, shape (8, 12, 7), in the order of `TRAINING_NAMES`."""
    return np.asarray(np.stack([_tactic(lines) for lines in _TRAINING.values()]))


@lru_cache(maxsize=1)
def held_out_book() -> Tactics:
    """The eight kept for scoring, shape (8, 12, 7), in the order of `HELD_OUT_NAMES`."""
    return np.asarray(np.stack([_tactic(lines) for lines in _HELD_OUT.values()]))


def _tactic(lines: Sequence[Line]) -> Tactics:
    tactic: Tactics = no_squads(1)[0]
    used = 0
    for line in lines:
        orders = STANCES.index(line.stance), PRIORITIES.index(line.priority)
        for row in line.rows:
            kind, route = TYPES.index(line.kind), ROUTES.index(line.route)
            tactic[used] = (kind, line.column, row, *orders, route, line.delay)
            used += 1
    return tactic
