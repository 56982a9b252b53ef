"""The unit table a designer would write down: counters as in military history, not yet balanced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from creative_envs.tactics.units.table import UnitTable
from creative_envs.tactics.vocabulary import N_TYPES

TYPES: Final = ("spear", "bow", "cavalry", "lancer", "heavy", "mage", "fencer", "gunner")
_STATS: Final = {
    "cost": (14, 14, 17, 23, 19, 20, 16, 17),
    "strength": (360, 330, 340, 380, 380, 240, 280, 340),
    "melee": (25, 11, 25, 27, 27, 9, 23, 13),
    "ranged": (6, 18, 0, 0, 0, 21, 0, 19),
    "range": (2, 4, 1, 1, 1, 3, 1, 4),
    "ammunition": (2, 14, 0, 0, 0, 12, 0, 12),
    "reload": (3, 3, 3, 3, 3, 3, 3, 4),
    "speed": (10, 10, 20, 20, 8, 10, 14, 9),
    "mounted": (0, 0, 1, 1, 0, 0, 0, 0),
    "impact": (0, 0, 0, 100, 0, 0, 0, 0),
    "piercing": (0, 0, 0, 0, 0, 1, 0, 0),
}
_MELEE: Final[Mapping[str, Mapping[str, int]]] = {
    "spear": {"cavalry": 150, "lancer": 175, "heavy": 60},
    "cavalry": {"bow": 170, "mage": 170, "gunner": 170, "fencer": 120, "heavy": 55},
    "lancer": {"bow": 150, "mage": 160, "gunner": 150, "spear": 90, "heavy": 75, "fencer": 110},
    "heavy": {"spear": 115, "fencer": 90, "cavalry": 90, "lancer": 90},
    "fencer": {"bow": 115, "mage": 120, "gunner": 125, "heavy": 60},
}
_RANGED: Final[Mapping[str, Mapping[str, int]]] = {
    "spear": {"heavy": 60},
    "bow": {"heavy": 40, "cavalry": 95, "lancer": 115, "fencer": 70},
    "mage": {"heavy": 150, "fencer": 115},
    "gunner": {"heavy": 95, "lancer": 110, "fencer": 75},
}
"""Per cent of damage against a type; 100 where nothing is said."""


def starting_table() -> UnitTable:
    """The table balancing starts from."""
    return UnitTable("starting", TYPES, _STATS, _against(_MELEE), _against(_RANGED))


def _against(said: Mapping[str, Mapping[str, int]]) -> tuple[tuple[int, ...], ...]:
    table = np.full((N_TYPES, N_TYPES), 100)
    for attacker, targets in said.items():
        for target, per_cent in targets.items():
            table[TYPES.index(attacker), TYPES.index(target)] = per_cent
    return tuple(tuple(row) for row in table.tolist())
