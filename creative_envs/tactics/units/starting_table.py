"""The unit table balancing starts from: what it had found under an earlier state of the rules."""

from __future__ import annotations

from typing import Final

from creative_envs.tactics.units.table import UnitTable

TYPES: Final = ("spear", "bow", "cavalry", "lancer", "heavy", "mage", "fencer", "gunner")
_STATS: Final = {
    "cost": (14, 14, 17, 23, 19, 20, 13, 17),
    "strength": (335, 520, 299, 430, 380, 366, 300, 320),
    "melee": (20, 12, 38, 35, 34, 8, 23, 12),
    "ranged": (7, 18, 0, 0, 0, 25, 0, 17),
    "range": (2, 4, 1, 1, 1, 3, 1, 4),
    "ammunition": (4, 14, 0, 0, 0, 14, 0, 11),
    "reload": (3, 3, 3, 3, 3, 3, 3, 4),
    "speed": (10, 10, 22, 24, 7, 10, 11, 13),
    "mounted": (0, 0, 1, 1, 0, 0, 0, 0),
    "impact": (0, 0, 0, 100, 0, 0, 0, 0),
    "piercing": (0, 0, 0, 0, 0, 1, 0, 0),
}
_MELEE: Final = (
    (100, 107, 139, 154, 40, 81, 100, 82),
    (88, 88, 74, 86, 110, 56, 113, 100),
    (93, 207, 100, 100, 55, 170, 156, 198),
    (72, 220, 100, 87, 75, 200, 97, 220),
    (140, 100, 90, 64, 166, 107, 90, 125),
    (88, 118, 94, 86, 100, 125, 74, 88),
    (100, 115, 93, 88, 60, 106, 132, 102),
    (80, 100, 100, 86, 99, 107, 93, 128),
)
_RANGED: Final = (
    (107, 166, 114, 61, 56, 98, 114, 116),
    (100, 100, 95, 86, 40, 88, 70, 100),
    (118, 101, 134, 92, 94, 141, 80, 93),
    (99, 100, 62, 92, 119, 124, 67, 55),
    (86, 99, 80, 138, 65, 79, 142, 93),
    (100, 114, 86, 114, 170, 115, 92, 91),
    (220, 120, 142, 71, 64, 50, 53, 122),
    (100, 134, 114, 110, 95, 100, 80, 116),
)
"""Per cent of damage, by attacker and target."""


def starting_table() -> UnitTable:
    """The table balancing starts from."""
    return UnitTable("starting", TYPES, _STATS, _MELEE, _RANGED)
