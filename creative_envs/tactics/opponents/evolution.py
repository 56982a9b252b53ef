"""Evolving tactics that win a given mean margin: best responses and generated opponents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.tactics.opponents.variation import crossed, mutated
from creative_envs.tactics.squads import Tactics

CHILDREN: Final = 16
"""Tactics tried in a generation."""
_CROSSED: Final = 0.25
"""Share of them with two parents."""
Fitness = Callable[[Tactics], NDArray[np.float64]]


def evolve(
    parents: Tactics,
    fitness: Fitness,
    generations: int,
    rng: np.random.Generator,
    cost: NDArray[np.int64],
) -> tuple[Tactics, NDArray[np.float64]]:
    """Plain elitist evolution: the best of parents and children are the next parents.

    Args:
        parents: To begin with, shape (n, 12, 7); as many survive every generation.
        fitness: From tactics (m, 12, 7) to a number for each.
        generations: How many.
        rng: Decides everything random.
        cost: Points by type, shape (8,).

    Returns:
        The last parents, the best first, and their fitness (n,).
    """
    worth = fitness(parents)
    for _ in range(generations):
        children = np.stack([_child(parents, rng, cost) for _ in range(CHILDREN)])
        pool = np.concatenate([parents, children])
        worth = np.concatenate([worth, fitness(children)])
        best = np.argsort(-worth, kind="stable")[: len(parents)]
        parents, worth = pool[best], worth[best]
    order = np.argsort(-worth, kind="stable")
    return parents[order], worth[order]


def _child(parents: Tactics, rng: np.random.Generator, cost: NDArray[np.int64]) -> Tactics:
    one = parents[rng.integers(len(parents))]
    if rng.random() < _CROSSED:
        one = crossed(one, parents[rng.integers(len(parents))], rng, cost)
    return mutated(one, rng, cost)
