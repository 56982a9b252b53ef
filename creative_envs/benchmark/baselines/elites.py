"""Adversaries that found one good work: they repeat it, or hide it among noise."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.baselines.scripts import UNSET, Scripted
from creative_envs.benchmark.baselines.search import SIDE_BY_SIDE, Played, Search, run, sizes, vary
from creative_envs.benchmark.protocol import Agent, Context, Policy

CAPACITY: Final = 32
"""Candidates kept."""
TRIED_AGAIN: Final = 0.5
"""Share of works that try a candidate again, for another brief."""
PRIOR: Final = 3.0
"""Works of average reward that estimates count beside a candidate's own."""
TOURNAMENT: Final = 3
"""A parent, and what is tried again, is the best of so many candidates."""


class Elite(Agent):
    """One elite: the work of the best mean reward over briefs, repeated for every brief."""

    deterministic = True

    def train(self, context: Context) -> Policy:
        """Searches until the budget is spent."""
        return Repeated(_best_work(context))


class EliteWithNoise(Agent):
    """One elite as half of the works, the other half uniform noise."""

    def train(self, context: Context) -> Policy:
        """Searches until the budget is spent."""
        return HalfNoise(_best_work(context))


class Repeated(Scripted):
    """Writes the same work whatever is asked for.

    Args:
        genome: Its actions, shape (L,).
    """

    def __init__(self, genome: NDArray[np.int64]) -> None:
        self._genome = genome

    def choose(
        self, brief: NDArray[np.float32], rows: NDArray[np.int64], work: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The work, n times, shape (n, L)."""
        return np.tile(self._genome, (len(rows), 1))


class HalfNoise(Repeated):
    """Writes the same work and legal noise by turns."""

    def choose(
        self, brief: NDArray[np.float32], rows: NDArray[np.int64], work: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The work in even places, nothing scripted in odd ones, shape (n, L)."""
        scripts = super().choose(brief, rows, work)
        scripts[(rows + work) % 2 == 1] = UNSET
        return scripts


def _best_work(context: Context) -> NDArray[np.int64]:
    vector = context.make_vec_env(SIDE_BY_SIDE)
    search_seed, seed = np.random.SeedSequence(context.seed).generate_state(2).tolist()
    search = MeanSearch(sizes(vector)[0], np.random.default_rng(search_seed))
    run(search, context, vector, seed)
    return search.best


class MeanSearch(Search):
    """Genetic search for the best mean reward, although every work is played for another brief.

    Half of the works try a candidate again. Candidates are compared by their mean reward drawn
    towards that of all works, so that luck with a single brief does not win.

    Args:
        length: L.
        rng: Where the randomness comes from.
    """

    def __init__(self, length: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._genomes = np.full((CAPACITY, length), UNSET, np.int64)
        self._sum, self._times = np.zeros(CAPACITY), np.zeros(CAPACITY)
        self._size = 0
        self._all_sum, self._all_times = 0.0, 0
        self._tried: dict[int, int] = {}

    @property
    def best(self) -> NDArray[np.int64]:
        """The best candidate, shape (L,); nothing but `UNSET` if no work was finished."""
        best: NDArray[np.int64] = self._genomes[self._estimate()[: max(self._size, 1)].argmax()]
        return best

    def propose(self, rows: NDArray[np.int64], brief: NDArray[np.float32]) -> NDArray[np.int64]:
        """A candidate again, or a child of two, or drawn works while there are few."""
        proposed = np.full((len(rows), self._genomes.shape[1]), UNSET, np.int64)
        self._tried.update(dict.fromkeys(rows.tolist(), UNSET))
        if self._size < CAPACITY:
            return proposed
        first, second = self._best_of_some(len(rows)), self._best_of_some(len(rows))
        again = self._rng.random(len(rows)) < TRIED_AGAIN
        self._tried.update(zip(rows[again].tolist(), first[again].tolist(), strict=True))
        children = vary(self._genomes[first], self._genomes[second], self._rng)
        return np.where(again[:, None], self._genomes[first], children)

    def learn(self, played: Played) -> None:
        """Counts what was tried again; a new work replaces the worst candidate if it is better."""
        self._all_sum += float(played.reward.sum())
        self._all_times += len(played.rows)
        for row, genome, reward in zip(
            played.rows.tolist(), played.actions, played.reward.tolist(), strict=True
        ):
            place = self._tried[row]
            if place == UNSET:
                self._enter(genome, reward)
            else:
                self._sum[place] += reward
                self._times[place] += 1

    def _enter(self, genome: NDArray[np.int64], reward: float) -> None:
        if self._size < CAPACITY:
            place = self._size
            self._size += 1
        else:
            estimate = self._estimate()
            place = int(estimate.argmin())
            mean = self._all_sum / self._all_times
            if (reward + PRIOR * mean) / (1 + PRIOR) <= estimate[place]:
                return
            self._tried = {r: UNSET if p == place else p for r, p in self._tried.items()}
        self._genomes[place], self._sum[place], self._times[place] = genome, reward, 1

    def _estimate(self) -> NDArray[np.float64]:
        """Mean reward of each candidate, drawn towards the mean of all works."""
        mean = self._all_sum / max(self._all_times, 1)
        estimate: NDArray[np.float64] = (self._sum + PRIOR * mean) / (self._times + PRIOR)
        return estimate

    def _best_of_some(self, count: int) -> NDArray[np.int64]:
        entrants = self._rng.integers(0, CAPACITY, (count, TOURNAMENT))
        best = self._estimate()[entrants].argmax(axis=1)
        winners: NDArray[np.int64] = entrants[np.arange(count), best]
        return winners
