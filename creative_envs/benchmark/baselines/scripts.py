"""Policies that follow scripts: sequences of actions fixed before a work begins."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.protocol import Observation, Policy
from creative_envs.core.sampling import sample_legal

UNSET: Final = -1
"""In the place of an action: draw a legal one."""


def legalised(
    scripted: NDArray[np.int64], mask: NDArray[np.int8], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Actions as scripted; the next legal one where that is masked, as environments do.

    Args:
        scripted: Shape (n,); where `UNSET`, a legal action is drawn.
        mask: Shape (n, A).
        rng: Where the randomness comes from.

    Returns:
        Legal actions, shape (n,).
    """
    actions, given = sample_legal(mask, rng), scripted != UNSET
    actions[given] = scripted[given]
    masked = np.flatnonzero(mask[np.arange(len(mask)), actions] == 0)
    n_actions = mask.shape[1]
    following = (actions[masked, None] + np.arange(n_actions)) % n_actions
    steps = (mask[masked[:, None], following] != 0).argmax(axis=1)
    actions[masked] = following[np.arange(len(masked)), steps]
    return actions


def extended(actions: NDArray[np.int64], length: NDArray[np.int32]) -> NDArray[np.int64]:
    """Scripts that begin again where they end, for briefs under which they do not suffice.

    Args:
        actions: Shape (n, L).
        length: How many of them are set, at least 1, shape (n,).

    Returns:
        Shape (n, L).
    """
    return np.take_along_axis(actions, np.arange(actions.shape[1]) % length[:, None], axis=1)


def positions(observation: Observation) -> NDArray[np.int64]:
    """How many token rows of each work are written, shape (n,)."""
    tokens: NDArray[np.int16] = observation["tokens"]
    return np.asarray(np.count_nonzero(tokens[:, :, 0] >= 0, axis=1), np.int64)


def nearest(
    brief: NDArray[np.float32], known: NDArray[np.float32], count: int
) -> NDArray[np.int64]:
    """Which of the known briefs (m, B) are nearest each of some briefs (n, B), nearest first.

    Distances are Euclidean; of equally near ones the first is named first.

    Args:
        brief: Shape (n, B).
        known: Shape (m, B).
        count: How many to name, at most m.

    Returns:
        Shape (n, count).
    """
    apart: NDArray[np.float32] = np.square(brief[:, None] - known).sum(axis=2)
    ranked: NDArray[np.int64] = np.argsort(apart, axis=1, kind="stable")[:, :count]
    return ranked


class Scripted(Policy, ABC):
    """Chooses a script whenever a work begins, and follows it.

    A scripted action that is masked gives way to the next legal one.
    """

    def reset(self, seed: int, count: int) -> None:
        """Begins episodes none of which has a script yet."""
        self.rng = np.random.default_rng(seed)
        self._work = np.full(count, -1, np.int64)
        self._script: NDArray[np.int64] | None = None

    def act(self, observation: Observation) -> NDArray[Any]:
        """The next action of each episode's script, shape (count,)."""
        position = positions(observation)
        if self._script is None:
            shape = observation["tokens"].shape[:2]
            self._script = np.full(shape, UNSET, np.int64)
        begun = np.flatnonzero(position == 0)
        if begun.size:
            self._work[begun] += 1
            brief = observation["brief"][begun]
            self._script[begun] = self.choose(brief, begun, self._work[begun])
        rows, length = self._script.shape
        scripted = self._script[np.arange(rows), np.minimum(position, length - 1)]
        return legalised(scripted, observation["action_mask"], self.rng)

    @abstractmethod
    def choose(
        self, brief: NDArray[np.float32], rows: NDArray[np.int64], work: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Scripts for works that begin.

        Args:
            brief: Shape (n, B).
            rows: In which of the episodes, shape (n,).
            work: Which works of their episodes these are, counted from 0, shape (n,).

        Returns:
            Shape (n, L), `UNSET` where actions are to be drawn.
        """
