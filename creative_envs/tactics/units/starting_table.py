"""The unit table balancing starts from: counters as in military history, roughly even."""

from __future__ import annotations

from typing import Final

from creative_envs.tactics.units.table import UnitTable

TYPES: Final = ("spear", "bow", "cavalry", "lancer", "heavy", "mage", "fencer", "gunner")
_STATS: Final = {
    "cost": (14, 14, 17, 23, 19, 20, 16, 17),
    "strength": (360, 330, 340, 402, 380, 300, 300, 364),
    "melee": (20, 13, 34, 36, 27, 9, 23, 12),
    "ranged": (7, 18, 0, 0, 0, 22, 0, 19),
    "range": (2, 4, 1, 1, 1, 3, 1, 4),
    "ammunition": (4, 14, 0, 0, 0, 11, 0, 9),
    "reload": (3, 3, 3, 3, 3, 3, 3, 4),
    "speed": (10, 10, 22, 22, 8, 10, 14, 11),
    "mounted": (0, 0, 1, 1, 0, 0, 0, 0),
    "impact": (0, 0, 0, 100, 0, 0, 0, 0),
    "piercing": (0, 0, 0, 0, 0, 1, 0, 0),
}
_MELEE: Final = (
    (100, 100, 139, 154, 48, 92, 100, 100),
    (100, 88, 80, 93, 125, 80, 113, 100),
    (93, 193, 100, 125, 55, 170, 136, 185),
    (72, 220, 100, 100, 75, 200, 110, 160),
    (140, 100, 102, 64, 133, 107, 90, 100),
    (80, 110, 100, 100, 100, 100, 100, 70),
    (100, 115, 93, 100, 60, 120, 142, 125),
    (100, 100, 100, 93, 99, 100, 93, 128),
)
_RANGED: Final = (
    (100, 146, 100, 61, 60, 113, 100, 93),
    (100, 100, 95, 101, 40, 88, 70, 100),
    (125, 92, 100, 113, 94, 125, 80, 106),
    (99, 80, 84, 80, 79, 93, 96, 74),
    (93, 113, 93, 113, 65, 85, 142, 100),
    (100, 100, 80, 100, 170, 131, 92, 100),
    (150, 96, 133, 96, 80, 100, 89, 141),
    (107, 100, 100, 110, 95, 100, 75, 125),
)
"""Per cent of damage, by attacker and target."""


def starting_table() -> UnitTable:
    """The table balancing starts from."""
    return UnitTable("starting", TYPES, _STATS, _MELEE, _RANGED)
