"""Evolutionary search through the environment: every evaluation is a work paid from the budget.

A genome is a work's actions in order. Which are legal depends on the brief and on the work so
far: masked actions give way to the next legal ones while a genome is played, and what was executed
is what is learnt from.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Final, NamedTuple

import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv
from numpy.typing import NDArray

from creative_envs.benchmark.baselines.scripts import UNSET, extended, legalised, positions
from creative_envs.benchmark.protocol import Context

SIDE_BY_SIDE: Final = 32
"""Works in progress at a time."""
CROSSED: Final = 0.5
"""Share of children that have a stretch of a second parent."""
REPEATED: Final = 0.2
"""Share of children in which a stretch is copied to another place."""
MOST_MUTATED: Final = 0.1
"""Highest share of a child's genes to be drawn anew; the lowest is one gene."""


class Played(NamedTuple):
    """Works that ended in a step.

    Attributes:
        rows: In which of the `SIDE_BY_SIDE` episodes, shape (n,).
        actions: Executed, then again from the first, shape (n, L); none is unset.
        brief: They were made for, shape (n, B).
        reward: Of quality and novelty, shape (n,).
        descriptor: Shape (n, D).
    """

    rows: NDArray[np.int64]
    actions: NDArray[np.int64]
    brief: NDArray[np.float32]
    reward: NDArray[np.float64]
    descriptor: NDArray[np.float32]


class Search(ABC):
    """An algorithm that asks for works and is told what they are worth."""

    @abstractmethod
    def propose(self, rows: NDArray[np.int64], brief: NDArray[np.float32]) -> NDArray[np.int64]:
        """Genomes to be played next in some of the episodes, for their briefs (n, B).

        Returns:
            Shape (n, L), `UNSET` where an action is to be drawn.
        """

    @abstractmethod
    def learn(self, played: Played) -> None:
        """Takes notice of works that have ended."""


def run(search: Search, context: Context, vector: VectorEnv[Any, Any, Any], seed: int) -> None:
    """Plays what a search proposes until the budget is spent; closes the vector.

    Args:
        search: Is told of every work that is finished.
        context: Whose budget.
        vector: `SIDE_BY_SIDE` of its environments, which renew in the same step.
        seed: Decides the briefs, and actions in unset places.
    """
    rng = np.random.default_rng(seed)
    observation, _ = vector.reset(seed=int(rng.integers(2**31)))
    every, shape = np.arange(vector.num_envs), observation["tokens"].shape[:2]
    genomes, executed = np.full(shape, UNSET, np.int64), np.zeros(shape, np.int64)
    while context.left >= vector.num_envs:
        position = positions(observation)
        begun = np.flatnonzero(position == 0)
        if begun.size:
            genomes[begun] = search.propose(begun, observation["brief"][begun])
        actions = legalised(genomes[every, position], observation["action_mask"], rng)
        executed[every, position] = actions
        observation, _, _, _, info = vector.step(actions)
        for told in (info, info.get("final_info", {})):
            if "work" in told:
                search.learn(_played(told, executed))
    vector.close()


def _played(info: dict[str, Any], executed: NDArray[np.int64]) -> Played:
    rows, work = np.flatnonzero(info["_work"]), info["work"]
    found = (work[name][rows] for name in ("brief", "reward", "descriptor"))
    return Played(rows, extended(executed[rows], work["length"][rows]), *found)


def vary(
    first: NDArray[np.int64], second: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Children of pairs of genomes.

    A child is the first parent, with a stretch of the second in some; in some a stretch of itself
    is repeated elsewhere, as works of every kind repeat themselves; and a few genes are unset, how
    many being drawn on a logarithmic scale.

    Args:
        first: Shape (n, L).
        second: Shape (n, L).
        rng: Where the randomness comes from.

    Returns:
        Shape (n, L).
    """
    count, length = first.shape
    child = np.where(_stretches(count, length, CROSSED, rng), second, first)
    shift = rng.integers(1, length, (count, 1)) if length > 1 else np.zeros((count, 1), np.int64)
    moved = np.take_along_axis(child, (np.arange(length) - shift) % length, axis=1)
    repeated = _stretches(count, length, REPEATED, rng)
    child = np.where(repeated, moved, child)
    fewest, most = 1 / length, max(1 / length, MOST_MUTATED)
    rate = np.exp(rng.uniform(np.log(fewest), np.log(most), (count, 1)))
    child[rng.random((count, length)) < rate] = UNSET
    child[np.arange(count), rng.integers(0, length, count)] = UNSET
    return child


def _stretches(
    count: int, length: int, share: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """A stretch of places in a share of the rows, none in the others, shape (count, length)."""
    ends = np.sort(rng.integers(0, length + 1, (count, 2)), axis=1)
    ends[rng.random(count) >= share] = 0
    place = np.arange(length)
    return (place >= ends[:, :1]) & (place < ends[:, 1:])


def sizes(vector: VectorEnv[Any, Any, Any]) -> tuple[int, int]:
    """L and B: how long works may be, and how long briefs are."""
    space = vector.single_observation_space
    assert isinstance(space, spaces.Dict)
    (length, _), (brief_size,) = space["tokens"].shape or (), space["brief"].shape or ()
    return length, brief_size
