"""Works by the makers of the references, as actions a policy can learn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from agents.errors import UnfitEnvironment
from agents.ppo.works import WorkLayout
from creative_envs.core.batch import Settings
from creative_envs.core.task import Task

MOST_WORKS: Final = 8192
"""Demonstrations that are learned from, and so their memory, are at most so many; symmetry can make
eight times as many of them."""


@dataclass(frozen=True)
class Demonstrations:
    """Works of n makers as actions.

    Attributes:
        actions: Shape (n, L), -1 beyond each length.
        length: Shape (n,).
        brief: Shape (n, B).
    """

    actions: NDArray[np.int64]
    length: NDArray[np.int32]
    brief: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.length)

    def __getitem__(self, rows: slice) -> Demonstrations:
        """Some of them."""
        return Demonstrations(self.actions[rows], self.length[rows], self.brief[rows])

    @classmethod
    def of(cls, task: Task, settings: Settings, rng: np.random.Generator) -> Demonstrations:
        """A task's, with novelty weights drawn as its environments draw them.

        Raises:
            NotImplementedError: The task has none.
        """
        actions, length, brief = task.demonstrations(MOST_WORKS)
        brief = brief.copy()
        brief[:, 0] = rng.uniform(*settings.weight_range, len(brief))
        return cls(actions, length, brief)

    def with_symmetric(
        self, task: Task, settings: Settings, rng: np.random.Generator
    ) -> Demonstrations:
        """These and what the task's symmetries make of them, with novelty weights of their own.

        Raises:
            NotImplementedError: The task has no symmetries.
        """
        actions, length, brief = task.symmetric_demonstrations(
            self.actions, self.length, self.brief
        )
        brief = brief.copy()
        brief[:, 0] = rng.uniform(*settings.weight_range, len(brief))
        return Demonstrations(
            np.concatenate([self.actions, actions]),
            np.concatenate([self.length, length]),
            np.concatenate([self.brief, brief]),
        )

    def lay_out(self, task: Task, settings: Settings, device: torch.device) -> WorkLayout:
        """Plays all works at once; each is laid out as the first work of an episode.

        Raises:
            UnfitEnvironment: An action is illegal, or a work is not finished by its last.
        """
        n, steps = len(self), int(self.length.max())
        tokens = np.full((n, task.max_length, len(task.token_sizes)), -1, np.int16)
        written, finished = np.zeros(n, np.int32), np.zeros(n, np.bool_)
        mask = np.zeros((n, task.n_actions), np.int8)
        scratch = np.zeros((n, task.scratch_size), np.int32)
        count = self.length.astype(np.int64)
        first = count.cumsum() - count
        legal = np.empty((count.sum(), task.n_actions), np.bool_)
        task.begin(np.arange(n), self.brief, mask, scratch)
        for step in range(steps):
            active = (self.length > step) & ~finished
            actions = np.where(active, self.actions[:, step], 0)
            rows = active.nonzero()[0]
            legal[first[rows] + step] = mask[rows] != 0
            _require(task, legal[first[rows] + step, actions[rows]].all() and (actions >= 0).all())
            task.advance(actions, active, tokens, written, self.brief, mask, scratch, finished)
        _require(task, finished.all() and (written == self.length).all())
        context: dict[str, NDArray[Any]] = {"tokens": tokens, "brief": self.brief}
        context |= task.context(self.brief)
        if settings.works > 1:
            size = (n, settings.works - 1, 1 + task.memory_size)
            context["works"] = np.zeros(size, np.float32)
        taken = self.actions[np.arange(self.actions.shape[1]) < count[:, None]]
        return whole_works(context, count, device, legal, taken)


def whole_works(
    context: Mapping[str, NDArray[Any]],
    length: NDArray[np.integer[Any]],
    device: torch.device,
    legal: NDArray[np.bool_] | None = None,
    actions: NDArray[np.int64] | None = None,
    fields: Mapping[str, NDArray[Any]] | None = None,
) -> WorkLayout:
    """Lays out works from their first action to their last; see `WorkLayout`.

    Args:
        context: As `WorkLayout` takes it.
        length: Actions of each work, shape (n,).
        device: Where to.
        legal: Legal actions, shape (R, A); None where they do not matter.
        actions: Actions taken, shape (R,); None where they do not matter.
        fields: Whatever else is known of each action.
    """
    count = length.astype(np.int64)
    total = int(count.sum())
    step = np.arange(total) - np.repeat(count.cumsum() - count, count)
    legal = np.ones((total, 1), np.bool_) if legal is None else legal
    actions = np.zeros(total, np.int64) if actions is None else actions
    return WorkLayout(context, count, step, legal, actions, device, fields)


def _require(task: Task, sound: bool | np.bool_) -> None:
    if not sound:
        raise UnfitEnvironment(
            f"The demonstrations of {task.name} do not fit its rules: every action must be legal "
            "when it is taken, and the last one, and only that, must finish the work."
        )
