"""Striking: all at once, so that no side gains by being first."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.tactics.battle.sight import cells_between
from creative_envs.tactics.battle.state import Squad, Squads, Whole
from creative_envs.tactics.units.table import Unit, Units
from creative_envs.tactics.vocabulary import CHARGE, HOLD

RANGED_COVER: Final = np.array([100, 60, 80, 125, 100], np.int64)
MELEE_COVER: Final = np.array([100, 85, 75, 130, 100], np.int64)
"""Per cent of damage a squad takes where it stands, by terrain."""
CHARGE_EXPOSED: Final = 25
"""Per cent more that shots do to those who charge."""
HOLD_COVERED: Final = 25
"""Per cent less that shots do to those who hold: they keep their heads down ..."""
HOLD_POWER: Final = 70
"""... and strike with so many per cent of their power."""
SURROUND_BONUS: Final = 12
"""Per cent more melee damage for every squad that has struck the same target in this tick."""
RUN_UP: Final = 3
"""Cells a squad must have run for its impact."""


@njit(cache=True, nogil=True, error_model="numpy")
def strike_all(
    squads: Squads,
    living: Whole,
    count: Whole,
    terrain: NDArray[np.int8],
    units: Units,
    surround_bonus: int,
    dealt: Whole,
) -> None:
    """Every squad that is ready and has a target in reach strikes it.

    Args:
        squads: Of the `State`, after `sight.look_about`, as are the next two.
        living: See there.
        count: See there.
        terrain: Shape (16, 24).
        units: The unit table.
        surround_bonus: See `SURROUND_BONUS`.
        dealt: Increased by what was dealt, shape (2, 2): by side, hand to hand and from afar.
    """
    for squad in squads:
        squad.damage = squad.attackers = 0
    for side in range(2):
        for place in range(count[side]):
            squad = squads[living[side, place]]
            if squad.cooldown > 0:
                squad.cooldown -= 1
            if squad.in_reach and squad.cooldown == 0:
                target = squads[squad.target]
                ground = terrain[target.row, target.column]
                unit = units[squad.kind]
                from_afar, blow = _strike(squad, unit, target, ground, surround_bonus)
                dealt[side, from_afar] += blow
    for squad in squads:
        if squad.damage:
            squad.strength = max(squad.strength - squad.damage, 0)
            squad.per_cent = 100 * squad.strength // squad.full


@njit(cache=True, nogil=True, error_model="numpy")
def _strike(
    squad: Squad, unit: Unit, target: Squad, ground: int, surround_bonus: int
) -> tuple[int, int]:
    """One squad strikes its target: hand to hand in the next cell, else from afar.

    Returns:
        1 if from afar, else 0; and the damage.
    """
    from_afar = cells_between(squad.row, squad.column, target.row, target.column) > 1
    if from_afar:
        cover = RANGED_COVER[ground]
        if unit.piercing:
            cover = max(cover, 100)
        if target.stance == CHARGE:
            cover += CHARGE_EXPOSED
        elif target.stance == HOLD:
            cover -= HOLD_COVERED
        power = unit.ranged * unit.ranged_against[target.kind] * cover // 100
        squad.ammunition -= 1
    else:
        power = unit.melee * unit.melee_against[target.kind] * MELEE_COVER[ground] // 100
        if squad.run >= RUN_UP:
            power = power * (100 + unit.impact) // 100
        power = power * (100 + surround_bonus * target.attackers) // 100
        target.attackers += 1
    if squad.stance == HOLD:
        power = power * HOLD_POWER // 100
    blow = max(power * squad.strength // squad.full, 1)
    target.damage += blow
    squad.cooldown = unit.reload
    squad.run = 0
    return int(from_afar), blow
