"""From the tokens of works back to the actions that wrote them, by the rules alone.

Tokens are what is kept of a work; a policy's decisions are of actions, among those its mask
allowed. Both are found by making the work again: at each step legal actions are tried until one
writes the token that is there.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import InvalidArgument, InvalidWork
from creative_envs.core.task import Task

LIKELIEST: Final = 8
"""Actions that are tried before all others."""
MOST_TRIED: Final = 4096
"""Actions tried at a time: bounds the memory of copied states."""
NOT_SEEN: Final = -2
"""Stands for what an action writes while that is not known; no token has this value."""


class Trace(NamedTuple):
    """How n works were made.

    Attributes:
        actions: Shape (n, L), -1 beyond each length.
        mask: 1 for the actions that were legal at each step, shape (n, L, A); 0 beyond.
    """

    actions: NDArray[np.int64]
    mask: NDArray[np.int8]


def retrace(
    task: Task, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
) -> NDArray[np.int64]:
    """The actions that make these works, shape (n, L): see `trace`."""
    return trace(task, tokens, length, brief).actions


def trace(
    task: Task, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
) -> Trace:
    """Makes finished or unfinished works again, and tells how.

    Where several legal actions write the same token, any of them may be told: what follows a work
    depends on its tokens alone.

    Args:
        task: Whose rules they keep.
        tokens: Shape (n, L, F); rows beyond a work's length are not read.
        length: Shape (n,).
        brief: Shape (n, B).

    Raises:
        InvalidArgument: Shapes that are not of this task's works, or a length beyond L.
        InvalidWork: A work the rules cannot make; names the work and the token.
    """
    tokens, length, brief = np.asarray(tokens), np.asarray(length), np.asarray(brief)
    count, sizes = len(length), (task.max_length, len(task.token_sizes))
    shapes = (tokens.shape, length.shape, brief.shape)
    if shapes != ((count, *sizes), (count,), (count, task.brief_size)):
        raise InvalidArgument(
            f"{task.name}: works have tokens (n, {sizes[0]}, {sizes[1]}), length (n,) and brief "
            f"(n, {task.brief_size}); got {shapes[0]}, {shapes[1]} and {shapes[2]}."
        )
    if count and not 0 <= length.min() <= length.max() <= task.max_length:
        raise InvalidArgument(f"{task.name}: lengths lie in 0..{task.max_length}, got {length}.")
    making = _Making(task, tokens, brief)
    actions = np.full((count, task.max_length), -1, np.int64)
    mask = np.zeros((count, task.max_length, task.n_actions), np.int8)
    for step in range(int(length.max(initial=0))):
        rows = (length > step).nonzero()[0]
        mask[rows, step] = making.state["mask"][rows]
        actions[rows, step] = making.continue_with_next_token(rows, step)
    return Trace(actions, mask)


class _Making:
    """n works that are made again, step by step."""

    def __init__(self, task: Task, tokens: NDArray[np.int16], brief: NDArray[np.float32]) -> None:
        count = len(tokens)
        self.task, self.wanted = task, tokens
        self.brief = brief.astype(np.float32)
        self.state: dict[str, NDArray[Any]] = {
            "tokens": np.full(tokens.shape, -1, np.int16),
            "length": np.zeros(count, np.int32),
            "mask": np.zeros((count, task.n_actions), np.int8),
            "scratch": np.zeros((count, task.scratch_size), np.int32),
            "finished": np.zeros(count, np.bool_),
        }
        task.begin(np.arange(count), self.brief, self.state["mask"], self.state["scratch"])
        self._writes = np.full((task.n_actions, tokens.shape[2]), NOT_SEEN, np.int64)

    def continue_with_next_token(self, rows: NDArray[np.int64], step: int) -> NDArray[np.int64]:
        """Writes the token wanted at a step of the named works; returns their actions."""
        over = rows[self.state["finished"][rows]]
        if over.size:
            raise InvalidWork(
                f"{self.task.name}: work {over[0]} was finished after {step} tokens by the rules, "
                "and goes on. Was it made with other arguments?"
            )
        found = np.full(len(self.wanted), -1, np.int64)
        untried = np.zeros(self.state["mask"].shape, np.bool_)
        untried[rows] = self.state["mask"][rows] != 0
        for most in (LIKELIEST, self.task.n_actions):
            row, action = self._candidates(untried, step, most)
            for first in range(0, len(row), MOST_TRIED):
                part = slice(first, first + MOST_TRIED)
                self._attempt(row[part], action[part], step, found)
            untried[row, action] = False
            untried[found >= 0] = False
        missing = rows[found[rows] < 0]
        if missing.size:
            raise InvalidWork(
                f"{self.task.name}: no legal action writes {self.wanted[missing[0], step].tolist()}"
                f" as token {step} of work {missing[0]}. Does it belong to this brief, and to a "
                "task with these arguments?"
            )
        return found[rows]

    def _candidates(
        self, untried: NDArray[np.bool_], step: int, most: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and actions to try: in each row those that last wrote what is most like the token.

        Part of a token may depend on the work so far, such as where in a bar it stands; what an
        action wrote before is a good guess, and no more.
        """
        rows = np.flatnonzero(untried.any(axis=1))
        likeness = (self._writes == self.wanted[rows, step][:, None]).sum(axis=2)
        likeness = np.where(untried[rows], likeness, -1)
        order = np.argsort(-likeness, axis=1, kind="stable")[:, :most]
        place, rank = np.nonzero(np.take_along_axis(likeness, order, axis=1) >= 0)
        return rows[place], order[place, rank]

    def _attempt(
        self,
        row: NDArray[np.int64],
        action: NDArray[np.int64],
        step: int,
        found: NDArray[np.int64],
    ) -> None:
        """Tries actions on copies of the works; keeps the first copy with the token wanted.

        Works that have gained it already are left alone: there the actions may not be legal.
        """
        waiting = found[row] < 0
        row, action = row[waiting], action[waiting]
        copies = {name: values[row] for name, values in self.state.items()}
        self.task.advance(
            action,
            np.ones(len(row), np.bool_),
            copies["tokens"],
            copies["length"],
            self.brief[row],
            copies["mask"],
            copies["scratch"],
            copies["finished"],
        )
        written = copies["tokens"][:, step]
        self._writes[action] = written
        hit = np.flatnonzero((written == self.wanted[row, step]).all(axis=1))
        hit = hit[np.unique(row[hit], return_index=True)[1]]
        found[row[hit]] = action[hit]
        for name, values in self.state.items():
            values[row[hit]] = copies[name][hit]
