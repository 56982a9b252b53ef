"""Genetic search with niches of briefs: what is found for one brief serves those near it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.baselines.scripts import UNSET, Scripted, nearest
from creative_envs.benchmark.baselines.search import SIDE_BY_SIDE, Played, Search, run, sizes, vary
from creative_envs.benchmark.baselines.uniform import UniformPolicy
from creative_envs.benchmark.protocol import Agent, Context, Policy

FEWEST: Final = 32
MOST: Final = 256
"""Bounds of the number of elites."""
WORKS_PER_ELITE: Final = 8
"""An elite is kept for so many works that the budget pays for at least."""
NEIGHBOURS: Final = 16
"""A brief's niche: the elites made for the nearest briefs."""
TOURNAMENT: Final = 3
"""A parent is the best of so many, drawn from the niche."""


class Genetic(Agent):
    """Genetic search with an archive of elites by brief; no search once trained."""

    deterministic = True

    def train(self, context: Context) -> Policy:
        """Evolves elites until the budget is spent."""
        vector = context.make_vec_env(SIDE_BY_SIDE)
        length, brief_size = sizes(vector)
        capacity = int(np.clip(context.budget // length // WORKS_PER_ELITE, FEWEST, MOST))
        archive = Archive(capacity, length, brief_size)
        search_seed, seed = np.random.SeedSequence(context.seed).generate_state(2).tolist()
        search = NicheSearch(archive, np.random.default_rng(search_seed))
        run(search, context, vector, seed)
        return ElitePolicy(archive) if archive.size else UniformPolicy()


class Archive:
    """Works, each with the brief it was made for.

    Args:
        capacity: M, how many it holds.
        length: L.
        brief_size: B.
    """

    def __init__(self, capacity: int, length: int, brief_size: int) -> None:
        self.size = 0
        self._genomes = np.full((capacity, length), UNSET, np.int64)
        self._brief = np.zeros((capacity, brief_size), np.float32)
        self._reward = np.zeros(capacity, np.float64)

    @property
    def genomes(self) -> NDArray[np.int64]:
        """Actions of each work, shape (size, L)."""
        return self._genomes[: self.size]

    @property
    def brief(self) -> NDArray[np.float32]:
        """Shape (size, B)."""
        return self._brief[: self.size]

    @property
    def reward(self) -> NDArray[np.float64]:
        """Shape (size,)."""
        return self._reward[: self.size]

    @property
    def full(self) -> bool:
        """Whether a work only comes in for another."""
        return self.size == len(self._genomes)

    def add(self, genome: NDArray[np.int64], brief: NDArray[np.float32], reward: float) -> None:
        """Takes a work in; once full, for the worst of its niche, if it is better.

        As in restricted tournament selection (Harik, 1995), works compete with those like them
        alone: here, with those made for nearly the same.
        """
        if self.full:
            niche = nearest(brief[None], self.brief, NEIGHBOURS)[0]
            place = niche[self.reward[niche].argmin()]
            if reward <= self._reward[place]:
                return
        else:
            place = self.size
            self.size += 1
        self._genomes[place], self._brief[place], self._reward[place] = genome, brief, reward


class NicheSearch(Search):
    """Children of good works made for nearby briefs.

    Args:
        archive: Filled with works drawn uniformly first.
        rng: Where the randomness comes from.
    """

    def __init__(self, archive: Archive, rng: np.random.Generator) -> None:
        self._archive, self._rng = archive, rng

    def propose(self, rows: NDArray[np.int64], brief: NDArray[np.float32]) -> NDArray[np.int64]:
        """Children of the briefs' niches, or drawn works while there are few."""
        archive = self._archive
        if not archive.full:
            return np.full((len(rows), archive.genomes.shape[1]), UNSET, np.int64)
        niche = nearest(brief, archive.brief, NEIGHBOURS)
        first, second = self._best_of_some(niche), self._best_of_some(niche)
        return vary(archive.genomes[first], archive.genomes[second], self._rng)

    def learn(self, played: Played) -> None:
        """Offers the works to the archive."""
        for genome, brief, reward in zip(
            played.actions, played.brief, played.reward.tolist(), strict=True
        ):
            self._archive.add(genome, brief, reward)

    def _best_of_some(self, niche: NDArray[np.int64]) -> NDArray[np.int64]:
        """The winner of a tournament in each niche (n, k), shape (n,)."""
        drawn = self._rng.integers(0, niche.shape[1], (len(niche), TOURNAMENT))
        entrants = np.take_along_axis(niche, drawn, axis=1)
        best = self._archive.reward[entrants].argmax(axis=1)
        winners: NDArray[np.int64] = entrants[np.arange(len(niche)), best]
        return winners


class ElitePolicy(Scripted):
    """Answers a brief by the work made for the nearest one; later works by the next nearest.

    Args:
        archive: With at least one work.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def choose(
        self, brief: NDArray[np.float32], rows: NDArray[np.int64], work: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The nearest elites' actions, shape (n, L)."""
        archive = self._archive
        ranked = nearest(brief, archive.brief, archive.size)
        return archive.genomes[ranked[np.arange(len(rows)), work % archive.size]]
