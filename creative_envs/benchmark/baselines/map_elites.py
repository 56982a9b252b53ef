"""MAP-Elites (Mouret and Clune, 2015) in pyribs: the best work found of each kind."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.baselines.demonstrations import task_of
from creative_envs.benchmark.baselines.scripts import UNSET, Scripted, nearest
from creative_envs.benchmark.baselines.search import SIDE_BY_SIDE, Played, Search, run, sizes, vary
from creative_envs.benchmark.baselines.uniform import UniformPolicy
from creative_envs.benchmark.errors import MissingPackage
from creative_envs.benchmark.protocol import Agent, Context, Policy

CELLS: Final = 1024
"""Kinds of works that are told apart."""
DRAWN: Final = 64
"""Works drawn uniformly before any has children."""
NEAR: Final = 0.1
"""A brief is answered by one of this share of the elites, those made for the nearest briefs."""
FEWEST: Final = 4
"""Elites that a brief is answered by one of, at least."""


class MapElites(Agent):
    """MAP-Elites by pyribs, over the domain's descriptors; no search once trained."""

    def train(self, context: Context) -> Policy:
        """Fills an archive until the budget is spent."""
        vector = context.make_vec_env(SIDE_BY_SIDE)
        length, brief_size = sizes(vector)
        search_seed, seed = np.random.SeedSequence(context.seed).generate_state(2).tolist()
        descriptors = len(task_of(context).descriptor_names)
        archive = empty_archive(length, brief_size, descriptors, search_seed)
        search = CellSearch(archive, search_seed)
        run(search, context, vector, seed)
        return search.policy()


def empty_archive(length: int, brief_size: int, descriptors: int, seed: int) -> Any:
    """A pyribs archive with cells spread evenly over descriptors in [0, 1].

    Its centroids are points of a Halton sequence: in any number of dimensions they do about as
    well as those of a centroidal Voronoi tessellation (Mouret, 2023), and every run has the same.

    Args:
        length: L.
        brief_size: B.
        descriptors: How many descriptors a work has.
        seed: Decides which elites are drawn.

    Raises:
        MissingPackage: pyribs is not installed.
    """
    try:
        from ribs.archives import CVTArchive
        from scipy.stats.qmc import Halton
    except ImportError as error:
        raise MissingPackage(
            "Agent 'map-elites' needs pyribs: pip install 'creative-envs[map-elites]'"
        ) from error
    return CVTArchive(
        solution_dim=length,
        centroids=Halton(descriptors, scramble=False).random(CELLS),
        ranges=[(0.0, 1.0)] * descriptors,
        seed=seed,
        solution_dtype=np.int64,
        extra_fields={"brief": ((brief_size,), np.float32)},
    )


class CellSearch(Search):
    """Children of elites of any two kinds, each of which competes for the cell of its own kind.

    Args:
        archive: As `empty_archive` makes it.
        seed: Decides what is drawn beside the parents.
    """

    def __init__(self, archive: Any, seed: int) -> None:
        self._archive, self._rng = archive, np.random.default_rng(seed)
        self._played = 0

    def propose(self, rows: NDArray[np.int64], brief: NDArray[np.float32]) -> NDArray[np.int64]:
        """Children of elites drawn uniformly, or drawn works at first."""
        if self._played < DRAWN:
            return np.full((len(rows), self._archive.solution_dim), UNSET, np.int64)
        parents = self._archive.sample_elites(2 * len(rows))["solution"]
        return vary(parents[: len(rows)], parents[len(rows) :], self._rng)

    def learn(self, played: Played) -> None:
        """Offers the works to the cells of their kinds."""
        self._played += len(played.rows)
        self._archive.add(
            played.actions, played.reward, played.descriptor.astype(np.float64), brief=played.brief
        )

    def policy(self) -> Policy:
        """What answers by the archive as it stands; draws all actions where it is empty."""
        if self._archive.empty:
            return UniformPolicy()
        elites = self._archive.data(["solution", "brief", "objective"])
        return ArchivePolicy(elites["solution"], elites["brief"], elites["objective"])


class ArchivePolicy(Scripted):
    """Draws among the elites made for the nearest briefs, in proportion to their reward.

    The single nearest elite would leave most of the archive unused, and its variety is what it is
    for; any elite at all would not answer the brief.

    Args:
        genomes: Shape (m, L).
        brief: Those they were made for, shape (m, B).
        reward: Shape (m,).
    """

    def __init__(
        self,
        genomes: NDArray[np.int64],
        brief: NDArray[np.float32],
        reward: NDArray[np.float64],
    ) -> None:
        self._genomes, self._brief = genomes, brief
        self._worth = np.maximum(reward, np.finfo(np.float32).tiny)

    def choose(
        self, brief: NDArray[np.float32], rows: NDArray[np.int64], work: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """An elite's actions for each brief, shape (n, L)."""
        near = nearest(brief, self._brief, max(FEWEST, int(NEAR * len(self._brief))))
        total = self._worth[near].cumsum(axis=1)
        drawn = self.rng.random((len(rows), 1)) * total[:, -1:]
        chosen = near[np.arange(len(rows)), (total <= drawn).sum(axis=1)]
        scripts: NDArray[np.int64] = self._genomes[chosen]
        return scripts
