"""What the order of actions in the references alone gives: a Markov model with escapes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.baselines.demonstrations import Demonstrations, demonstrations
from creative_envs.benchmark.baselines.scripts import positions
from creative_envs.benchmark.protocol import Agent, Context, Observation, Policy
from creative_envs.core.sampling import sample_legal

ORDER: Final = 3
"""How many earlier actions of the work are looked at, at most."""
START: Final = -1
"""Stands before a work's first action."""

Counts = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Actions that followed a context, shape (m,), and how often each did, shape (m,)."""


class Markov(Agent):
    """An order-3 model of the references' actions, with escapes to lower orders."""

    def train(self, context: Context) -> Policy:
        """Counts what follows what in the training references; takes no step."""
        return MarkovPolicy(demonstrations(context))


class MarkovPolicy(Policy):
    """Draws actions as they follow one another in known works.

    The longest context is asked first. With probability t / (n + t), t kinds of legal actions
    having been seen n times in it, the next shorter one is (method C of Witten and Bell, 1991, as
    in the PPM models of Cleary and Witten, 1984); after the empty one, any legal action.

    Args:
        known: What to count in.
        order: The length of the longest context.
    """

    def __init__(self, known: Demonstrations, order: int = ORDER) -> None:
        self._order = order
        self._counts: dict[tuple[int, ...], Counts] = {}
        for length in range(order + 1):
            self._counts.update(_count(known, length))

    def reset(self, seed: int, count: int) -> None:
        """Begins works whose past is empty."""
        self._rng = np.random.default_rng(seed)
        self._past = np.full((count, self._order), START, np.int64)

    def act(self, observation: Observation) -> NDArray[Any]:
        """A legal action for each episode, shape (count,)."""
        mask = observation["action_mask"]
        self._past[positions(observation) == 0] = START
        chances = self._rng.random((len(mask), 2 * self._order + 2))
        actions = sample_legal(mask, self._rng)
        for row, past in enumerate(self._past.tolist()):
            drawn = self._draw(past, mask[row], chances[row].tolist())
            if drawn is not None:
                actions[row] = drawn
        self._past = np.concatenate([self._past[:, 1:], actions[:, None]], axis=1)
        return actions

    def _draw(self, past: list[int], mask: NDArray[np.int8], chances: list[float]) -> int | None:
        """The next action after a past; None where it escapes every context."""
        for shorter in range(self._order + 1):
            known = self._counts.get(tuple(past[shorter:]))
            if known is None:
                continue
            actions, counts = known
            total = (counts * (mask[actions] != 0)).cumsum()
            seen, kinds = int(total[-1]), int(np.count_nonzero(mask[actions]))
            if chances[2 * shorter] * (seen + kinds) < seen:
                place = np.searchsorted(total, chances[2 * shorter + 1] * seen, side="right")
                return int(actions[place])
        return None


def _count(known: Demonstrations, length: int) -> dict[tuple[int, ...], Counts]:
    """What follows each context of this length."""
    count, most = known.actions.shape
    padded = np.concatenate([np.full((count, length), START), known.actions], axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, length + 1, axis=1)
    written = np.arange(most) < known.length[:, None]
    kinds, times = np.unique(windows[written], axis=0, return_counts=True)
    _, first = np.unique(kinds[:, :length], axis=0, return_index=True) if length else (None, [0])
    ends = [*first[1:], len(kinds)]
    return {
        tuple(kinds[begin, :length].tolist()): (kinds[begin:end, length], times[begin:end])
        for begin, end in zip(first, ends, strict=True)
    }
