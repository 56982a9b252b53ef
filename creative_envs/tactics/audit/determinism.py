"""Whether battles are the same bit for bit, however they are fought."""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
from numba import config

from creative_envs.tactics.battle.engine import Outcomes, Pairings, fight, fight_threaded
from creative_envs.tactics.opponents.variation import random_tactic
from creative_envs.tactics.squads import no_squads
from creative_envs.tactics.terrain.ground import Fields
from creative_envs.tactics.units.table import UnitTable

BATTLES: Final = 512
_SEED: Final = 11


def battle_hash(outcomes: Outcomes) -> str:
    """SHA-256 of everything battles came to."""
    digest = hashlib.sha256()
    for array in outcomes:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def hashes(fields: Fields, units: UnitTable) -> dict[str, str]:
    """Hashes of the same battles of random armies, by how they were fought."""
    pairings = random_pairings(BATTLES, len(fields.terrain), units)
    found = {
        "all at once": fight(pairings, fields, units.records),
        "again": fight(pairings, fields, units.records),
    }
    for size in (1, 7, 64):
        parts = [
            fight(_part(pairings, slice(start, start + size)), fields, units.records)
            for start in range(0, BATTLES, size)
        ]
        joined = Outcomes(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
        found[f"in batches of {size}"] = joined
    for threads in range(1, config.NUMBA_NUM_THREADS + 1):  # type: ignore[attr-defined]
        found[f"on {threads} threads"] = fight_threaded(pairings, fields, units.records, threads)
    return {how: battle_hash(outcomes) for how, outcomes in found.items()}


def _part(pairings: Pairings, rows: slice) -> Pairings:
    field, left, right, first = pairings
    return Pairings(field[rows], left[rows], right[rows], first[rows])


def random_pairings(count: int, maps: int, units: UnitTable) -> Pairings:
    """Battles of random armies of eight squads each, always the same.

    Their cells may be rock or taken: such squads do not take part.
    """
    rng, cost = np.random.default_rng(_SEED), units.records["cost"].copy()
    armies = np.stack([random_tactic(rng, cost) for _ in range(2 * count)])
    armies[:, 8:] = no_squads(1)[:, 8:]
    return Pairings(
        rng.integers(maps, size=count), armies[:count], armies[count:], rng.integers(2, size=count)
    )
