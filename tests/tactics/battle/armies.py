"""Random armies and maps, for the laws that hold whatever is fought."""

from __future__ import annotations

import numpy as np

from creative_envs.tactics.battle.engine import Pairings
from creative_envs.tactics.squads import muster, no_squads
from creative_envs.tactics.terrain.ground import Ground, stacked
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.units.starting_table import starting_table
from creative_envs.tactics.vocabulary import (
    DELAYS,
    DEPLOY_COLUMNS,
    LEAST_BUDGET,
    MOST_BUDGET,
    MOST_SQUADS,
    N_TYPES,
    PRIORITIES,
    ROUTES,
    ROWS,
    STANCES,
)

UNITS = starting_table().records
GROUNDS = [generate_map(kind, seed) for kind in MAP_KINDS for seed in range(3)]
FIELDS = stacked(GROUNDS)
_BOUNDS = (
    N_TYPES,
    DEPLOY_COLUMNS,
    ROWS,
    len(STANCES),
    len(PRIORITIES),
    len(ROUTES),
    len(DELAYS),
)


def random_tactics(rng, count):
    """Tactics (n, 12, 7) with anything a squad may be and do."""
    return rng.integers(0, _BOUNDS, (count, MOST_SQUADS, len(_BOUNDS))).astype(np.int16)


def fielded(rng, ground: Ground):
    """A random army (12, 7) as it takes the field."""
    out = no_squads(1)[0]
    budget = int(rng.integers(LEAST_BUDGET, MOST_BUDGET + 1))
    muster(random_tactics(rng, 1)[0], budget, ground.cells, UNITS["cost"], out)
    return out


def random_pairings(seed, count) -> Pairings:
    """Battles on all of `GROUNDS`."""
    rng = np.random.default_rng(seed)
    field = rng.integers(0, len(GROUNDS), count)
    left, right = (np.stack([fielded(rng, GROUNDS[place]) for place in field]) for _ in range(2))
    return Pairings(field, left, right, rng.integers(0, 2, count))
