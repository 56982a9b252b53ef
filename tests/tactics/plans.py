"""Tactics to test with: one by hand, and any legal one."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from creative_envs.tactics.artefact import Enemy, Squad, Tactic
from creative_envs.tactics.squads import muster, no_squads
from creative_envs.tactics.terrain.ground import Ground
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.units.table import UnitTable
from creative_envs.tactics.vocabulary import (
    DELAYS,
    DEPLOY_COLUMNS,
    LEAST_BUDGET,
    MOST_BUDGET,
    N_TYPES,
    OBJECTIVES,
    PRIORITIES,
    ROUTES,
    ROWS,
    STANCES,
)

_EQUAL = ((100,) * N_TYPES,) * N_TYPES
UNITS = UnitTable(
    "of tests",
    ("spear", "bow", "cavalry", "lancer", "heavy", "mage", "fencer", "gunner"),
    {
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
    },
    _EQUAL,
    _EQUAL,
)
"""A table of its own, so that balancing the shipped one moves no test."""
RIVER = generate_map("river", 3)
SIZES = (
    N_TYPES,
    DEPLOY_COLUMNS,
    ROWS,
    len(STANCES),
    len(PRIORITIES),
    len(ROUTES),
    len(DELAYS),
)
"""Numbers each column of a squad's row may take."""

HAMMER = (
    *[Squad("spear", 6, 5 + i) for i in range(4)],
    *[Squad("bow", 4, 6 + i, "hold", "weakest") for i in range(3)],
    *[Squad("cavalry", 6, 1 + i, "charge", "valuable", "north") for i in range(2)],
)
GUNS = Enemy(
    "Gun line",
    (
        *[Squad("heavy", 6, 6 + i) for i in range(3)],
        *[Squad("gunner", 4, 6 + i, "skirmish") for i in range(3)],
        *[Squad("fencer", 6, 12 + i, "charge", "counter", "south", 30) for i in range(2)],
    ),
)
RIDERS = Enemy("Riders", tuple(Squad("lancer", 7, 2 + 3 * i, "charge") for i in range(4)))


def tactic(**changes: Any) -> Tactic:
    """Spears in front of bows, horse by the north; against guns and riders at a river."""
    given = {
        "squads": HAMMER,
        "ground": RIVER,
        "budget": 160,
        "objective": "hold",
        "enemies": (GUNS, RIDERS),
        "units": UNITS,
        "title": "Anvil and hammer",
    }
    return Tactic(**given | changes)


def army(rng: np.random.Generator, ground: Ground, budget: int) -> np.ndarray:
    """Any army that can take the field, shape (12, 7)."""
    rows = np.stack([rng.integers(0, size, 20) for size in SIZES], axis=1).astype(np.int16)
    fielded = no_squads(1)[0]
    muster(rows[: rng.integers(0, 21)], budget, ground.cells, UNITS.records["cost"], fielded)
    return fielded


@st.composite
def tactics(draw: st.DrawFn) -> Tactic:
    """Any tactic on one of twenty maps, against up to three enemies."""
    ground = generate_map(draw(st.sampled_from(MAP_KINDS)), draw(st.integers(0, 3)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    budget = draw(st.integers(LEAST_BUDGET, MOST_BUDGET))
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    scores = st.dictionaries(text, st.floats(0, 1), max_size=2)
    values = st.none() | st.booleans() | st.integers() | st.floats(-1e6, 1e6) | text
    brief = st.dictionaries(text, values | st.lists(values, max_size=3), max_size=3)
    names = draw(st.lists(text, max_size=3))
    return Tactic.from_rows(
        army(rng, ground, budget),
        ground,
        budget,
        draw(st.sampled_from(OBJECTIVES)),
        UNITS,
        [Enemy.from_rows(name, army(rng, ground, budget), UNITS) for name in names],
        title=draw(text),
        scores=draw(scores),
        brief=draw(brief),
        provenance=draw(brief),
    )
