"""Kinship of tactics: the squads they share, see `creative_envs.tactics.likeness`.

Novelty compares how tactics fight; of squads it looks only at those of the book. Kinship compares
tactics with each other, and with all that training may have seen, by their squads on whichever
flank.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from creative_envs.tactics.likeness import plan_distances
from creative_envs.tactics.opponents.book import training_book
from creative_envs.tactics.opponents.league import load_league
from creative_envs.tactics.squads import Tactics, flipped, no_squads

Float64 = NDArray[np.float64]


def kinship(tactics: Tactics, cost: NDArray[np.int64]) -> Float64:
    """How alike tactics (n, 12, 7) are: shape (n, n), symmetric, in [0, 1], 1 on the diagonal."""
    apart = np.minimum(
        plan_distances(tactics, tactics, cost), plan_distances(tactics, flipped(tactics), cost)
    )
    alike = 1 - np.minimum(apart, apart.T)
    np.fill_diagonal(alike, 1)
    return np.asarray(np.clip(alike, 0, 1))


def kinship_to_references(tactics: Tactics, cost: NDArray[np.int64]) -> Float64:
    """How alike each tactic is to the most similar one of the book or the training league, (n,)."""
    apart = plan_distances(tactics, _known(), cost).min(axis=1)
    return np.asarray(np.clip(1 - apart, 0, 1))


@lru_cache(maxsize=1)
def _known() -> Tactics:
    """The book's tactics and the league's, then their mirror images."""
    league = load_league("train").tactics.reshape(-1, *no_squads(1).shape[1:])
    tactics = np.concatenate([training_book(), league])
    return np.concatenate([tactics, flipped(tactics)])
