"""An adversary: it learns the references by heart. Benchmarks that reward it measure recall."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.baselines.demonstrations import (
    Demonstrations,
    demonstrations,
    playable,
    task_of,
)
from creative_envs.benchmark.baselines.scripts import Scripted, extended, nearest
from creative_envs.benchmark.protocol import Agent, Context, Policy
from creative_envs.core.task import Task

AT_A_TIME: Final = 16
"""Known works that are looked at together."""


class Memoriser(Agent):
    """Writes the training reference whose brief is nearest the one asked for."""

    deterministic = True

    def train(self, context: Context) -> Policy:
        """Keeps the training references; takes no step."""
        return Recital(demonstrations(context), task_of(context))


class Recital(Scripted):
    """Answers a brief by the known work made for the nearest one; later works by the next nearest.

    A work that is not legal for the brief as it stands would come out as another, so the nearest
    legal one is taken. Where none is, masked actions give way to the next legal ones.

    Args:
        known: What it may recite.
        task: Whose rules tell what is legal.
    """

    def __init__(self, known: Demonstrations, task: Task) -> None:
        self._known, self._task = known, task

    def choose(
        self, brief: NDArray[np.float32], rows: NDArray[np.int64], work: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The nearest works' actions, shape (n, L); the novelty weight plays no part."""
        ranked = nearest(brief[:, 1:], self._known.brief[:, 1:], len(self._known.brief))
        skipped = work % ranked.shape[1]
        chosen = ranked[np.arange(len(work)), skipped]
        for first in range(0, ranked.shape[1], AT_A_TIME):
            open_rows = np.flatnonzero(skipped >= 0)
            if not open_rows.size:
                break
            candidates = ranked[open_rows, first : first + AT_A_TIME]
            legal = self._legal(candidates, brief[open_rows])
            rank = legal.cumsum(axis=1)
            hit = legal & (rank == skipped[open_rows, None] + 1)
            found = hit.any(axis=1)
            chosen[open_rows[found]] = candidates[hit]
            skipped[open_rows] = np.where(found, -1, skipped[open_rows] - rank[:, -1])
        return extended(self._known.actions[chosen], self._known.length[chosen])

    def _legal(
        self, candidates: NDArray[np.int64], brief: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Which known works (n, k) are legal for the briefs (n, B), shape (n, k)."""
        chosen = candidates.ravel()
        asked = np.repeat(brief, candidates.shape[1], axis=0)
        known = self._known
        legal = playable(self._task, known.actions[chosen], known.length[chosen], asked)
        return legal.reshape(candidates.shape)
