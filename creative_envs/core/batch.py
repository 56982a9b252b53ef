"""The engine: a batch of works in progress, stepped together.

The scalar environment is a batch of one, the native vector environment a batch of N; neither
knows a rule the other does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.arguments import require_count, require_one_of, shown
from creative_envs.core.errors import InvalidAction, InvalidArgument, ResetNeeded
from creative_envs.core.legality import legalise
from creative_envs.core.randomness import counter_hash, counter_uniforms
from creative_envs.core.reward import work_reward
from creative_envs.core.task import Scores, Task, as_array, check_brief

RewardKind = Literal["terminal", "shaped"]
BriefPer = Literal["episode", "work"]
NoveltyWeight = float | Sequence[float]

WEIGHT_WORD: Final = "novelty_weight"
"""Name of ``brief[0]`` in briefs given in words."""

_MOST_WORKS: Final = 2**16
_MOST_BRIEFS: Final = 2**64 - 1
_WEIGHT_STREAM: Final = 2**32
_WORK_KEY_STREAM: Final = 2**33


@dataclass(frozen=True)
class Settings:
    """What every domain's environments let the user choose.

    Attributes:
        works: K, how many works make an episode.
        novelty_weight: w, a number in [0, 1], or (low, high) to draw it anew each episode.
        reward: "terminal" pays when a work is finished; "shaped" pays the same sum in advance as
            differences of a potential, where the domain defines one.
        brief_per: Whether a brief lasts an episode or a single work of it.
        briefs: How many different episodes there are, as far as chance decides them: briefs and
            drawn novelty weights; None for as many as there are keys.
    """

    works: int = 1
    novelty_weight: NoveltyWeight = 0.5
    reward: RewardKind = "terminal"
    brief_per: BriefPer = "episode"
    briefs: int | None = None

    def check(self, task: Task) -> None:
        """Raises `InvalidArgument` for a value this task's environments cannot take."""
        require_count("works", self.works, _MOST_WORKS)
        if self.briefs is not None:
            require_count("briefs", self.briefs, _MOST_BRIEFS)
        low, high = self.weight_range
        if not 0 <= low <= high <= 1:
            raise InvalidArgument(
                f"novelty_weight is a number or a (low, high) pair within [0, 1], "
                f"got {shown(self.novelty_weight)}"
            )
        for name, kind in (("reward", RewardKind), ("brief_per", BriefPer)):
            require_one_of(name, getattr(self, name), get_args(kind))
        if self.reward == "shaped" and not task.has_potential:
            raise InvalidArgument(f"{task.name} defines no potential: use reward='terminal'")

    @cached_property
    def weight_range(self) -> tuple[float, float]:
        """Lowest and highest novelty weight; NaN where the setting is no number and no pair."""
        weight = as_array(self.novelty_weight)
        if weight.dtype.kind not in "fiu" or weight.shape not in ((), (2,)):
            return np.nan, np.nan
        low, high = np.broadcast_to(weight, 2).tolist()
        return float(low), float(high)


@dataclass(frozen=True)
class FinishedWorks:
    """The works that ended in a step: ``rows`` (n,) of the batch, and all that is known of them."""

    rows: NDArray[np.int64]
    tokens: NDArray[np.int16]
    length: NDArray[np.int32]
    brief: NDArray[np.float32]
    scores: Scores
    reward: NDArray[np.float64]


class StepResult(NamedTuple):
    """Outcome of a step, every array of shape (N,); rows that were not active hold zeros."""

    reward: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    illegal: NDArray[np.bool_]
    executed: NDArray[np.int64]
    finished: FinishedWorks | None


class Batch:
    """N episodes of a task in progress, as a structure of arrays."""

    STATE: Final = [
        "tokens",
        "length",
        "brief",
        "mask",
        "scratch",
        "earlier",
        "work_index",
        "key",
        "potential",
        "ongoing",
    ]

    def __init__(self, task: Task, size: int, settings: Settings) -> None:
        """Allocates a batch of ``size`` episodes, none of which has begun."""
        settings.check(task)
        self.task, self.size, self.settings = task, size, settings
        others = settings.works - 1
        self.tokens = np.full((size, task.max_length, len(task.token_sizes)), -1, np.int16)
        self.length = np.zeros(size, np.int32)
        self.brief = np.zeros((size, task.brief_size), np.float32)
        self.mask = np.zeros((size, task.n_actions), np.int8)
        self.mask[:, 0] = 1
        self.scratch = np.zeros((size, task.scratch_size), np.int32)
        self.earlier = np.zeros((size, others, 1 + task.memory_size), np.float32)
        self.work_index = np.zeros(size, np.int32)
        self.key = np.zeros(size, np.uint64)
        self.potential = np.zeros(size, np.float64)
        self.ongoing = np.zeros(size, np.bool_)
        self._seen: dict[str, NDArray[Any]] = {
            "tokens": self.tokens,
            "brief": self.brief,
            "action_mask": self.mask,
        }
        if others:
            self._seen["works"] = self.earlier

    def begin_episodes(
        self,
        rows: NDArray[np.int64],
        keys: NDArray[np.uint64],
        briefs: NDArray[np.float32] | None = None,
    ) -> None:
        """Begins an episode in each of the rows.

        Args:
            rows: Which, shape (n,).
            keys: The randomness of each episode, shape (n,).
            briefs: Briefs to use instead of drawn ones, shape (B,) or (n, B); where entry 0 is
                NaN the novelty weight is drawn as ever.
        """
        limit = self.settings.briefs
        self.key[rows] = keys if limit is None else keys % np.uint64(limit)
        self.work_index[rows] = 0
        self.earlier[rows] = 0
        self.ongoing[rows] = True
        if briefs is None:
            self._draw_briefs(rows)
        else:
            self.brief[rows] = briefs
            unsaid = rows[np.isnan(self.brief[rows, 0])]
            self.brief[unsaid, 0] = self._draw_weights(unsaid)
        self._begin_works(rows)

    def step(self, actions: NDArray[np.int64], active: NDArray[np.bool_]) -> StepResult:
        """Executes an action in every active row.

        Args:
            actions: In 0 .. A - 1, shape (N,), checked by `check_actions`.
            active: Which rows to step, shape (N,); all of them must be ongoing.

        Raises:
            ResetNeeded: An active row has no ongoing episode.
        """
        executed = np.empty(self.size, np.int64)
        illegal = np.empty(self.size, np.bool_)
        reward = np.empty(self.size, np.float64)
        cost = self.task.illegal_cost
        if not legalise(actions, active, self.ongoing, self.mask, cost, executed, illegal, reward):
            raise ResetNeeded("The episode has ended or not begun: call reset() before step().")
        finished = np.zeros(self.size, np.bool_)
        self.task.advance(
            executed,
            active,
            self.tokens,
            self.length,
            self.brief,
            self.mask,
            self.scratch,
            finished,
        )
        terminated = np.zeros(self.size, np.bool_)
        works = self._score(finished.nonzero()[0]) if np.count_nonzero(finished) else None
        if self.settings.reward == "shaped":
            self._pay_in_advance(reward, active & ~finished)
        if works is not None:
            reward[works.rows] += works.reward - self.potential[works.rows]
            self._close_works(works, terminated)
        return StepResult(reward, terminated, illegal, executed, works)

    def observation(self, rows: NDArray[np.int64] | None = None) -> dict[str, NDArray[Any]]:
        """Copies of what agents see, every array with a row for each of ``rows`` (default: all)."""
        copies = {k: a.copy() if rows is None else a[rows] for k, a in self._seen.items()}
        copies.update(self.task.context(copies["brief"]))
        copies.update(self.task.views(copies["tokens"], copies["brief"]))
        return copies

    def first_observation(self) -> dict[str, NDArray[Any]]:
        """Copies of what the agent of the first row sees: the scalar environment's observation."""
        copies = {key: array[0].copy() for key, array in self._seen.items()}
        for told in (self.task.context(self.brief), self.task.views(self.tokens, self.brief)):
            for key, array in told.items():
                copies[key] = array[0]
        return copies

    def get_state(self) -> dict[str, NDArray[Any]]:
        """Copies of all state, enough to continue exactly."""
        return {name: getattr(self, name).copy() for name in self.STATE}

    def set_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Restores what `get_state` gave."""
        for name in self.STATE:
            own, given = getattr(self, name), np.asarray(state.get(name))
            if given.shape != own.shape or given.dtype != own.dtype:
                raise InvalidArgument(
                    f"State {name!r} is {given.dtype}{given.shape}, this environment's is "
                    f"{own.dtype}{own.shape}: was it made with the same arguments?"
                )
        for name in self.STATE:
            getattr(self, name)[...] = state[name]

    def _draw_briefs(self, rows: NDArray[np.int64]) -> None:
        keys = self.key[rows]
        if self.settings.brief_per == "work":
            keys = counter_hash(keys, self.work_index[rows].astype(np.uint64) + _WORK_KEY_STREAM)
        self.brief[rows] = self.task.draw_briefs(keys)
        self.brief[rows, 0] = self._draw_weights(rows)

    def _draw_weights(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        low, high = self.settings.weight_range
        if low == high:
            return np.full(len(rows), low)
        uniforms = counter_uniforms(self.key[rows], 1, first=_WEIGHT_STREAM)[:, 0]
        return np.asarray(low + (high - low) * uniforms)

    def _begin_works(self, rows: NDArray[np.int64]) -> None:
        self.tokens[rows] = -1
        self.length[rows] = 0
        self.potential[rows] = 0
        self.task.begin(rows, self.brief, self.mask, self.scratch)

    def _score(self, rows: NDArray[np.int64]) -> FinishedWorks:
        tokens, length, brief = self.tokens[rows], self.length[rows], self.brief[rows]
        scores = self.task.score(tokens, length, brief, self.earlier[rows])
        reward = work_reward(scores.quality, scores.novelty, brief[:, 0])
        return FinishedWorks(rows, tokens, length, brief, scores, reward)

    def _pay_in_advance(self, reward: NDArray[np.float64], rows: NDArray[np.bool_]) -> None:
        potential = self.task.potential(self.tokens, self.length, self.brief, self.scratch)
        reward[rows] += potential[rows] - self.potential[rows]
        self.potential[rows] = potential[rows]

    def _close_works(self, works: FinishedWorks, terminated: NDArray[np.bool_]) -> None:
        """Ends the episodes whose last work this was; begins the next work of the others."""
        rows = works.rows
        last = self.work_index[rows] == self.settings.works - 1
        over, going_on = rows[last], rows[~last]
        terminated[over] = True
        self.ongoing[over] = False
        self.mask[over] = 0
        self.mask[over, 0] = 1
        if going_on.size:
            known = works.scores.memory
            left = works.tokens[~last], works.length[~last], works.brief[~last]
            memory = self.task.memory(*left) if known is None else known[~last]
            index = self.work_index[going_on]
            self.earlier[going_on, index, 0] = 1
            self.earlier[going_on, index, 1:] = memory
            self.work_index[going_on] += 1
            if self.settings.brief_per == "work":
                self._draw_briefs(going_on)
            self._begin_works(going_on)


def check_actions(actions: Any, size: int, n_actions: int) -> NDArray[np.int64]:
    """Returns the actions as int64 (size,), or raises `InvalidAction` saying what is wrong."""
    array = as_array(actions)
    if array.dtype.kind not in "iu" or array.shape != (size,):
        raise InvalidAction(
            f"Actions are whole numbers of shape ({size},), got {array.dtype} of shape "
            f"{array.shape}."
        )
    if array.min() < 0 or array.max() >= n_actions:
        raise InvalidAction(
            f"Actions lie in 0..{n_actions - 1}, got {int(array.min())}..{int(array.max())}."
        )
    return array.astype(np.int64, copy=False)


def check_briefs(task: Task, brief: Any, size: int) -> NDArray[np.float32]:
    """Reads the ``brief`` of reset's options: one for all, or one for each of ``size`` rows.

    A brief in words that leaves the novelty weight unsaid has NaN there: see `begin_episodes`.
    """
    if isinstance(brief, Mapping):
        vector = task.parse_brief(brief)
        if WEIGHT_WORD not in brief:
            vector[0] = np.nan
        return vector
    if as_array(brief).ndim == 1:
        return task.parse_brief(brief)
    briefs = check_brief(brief, task.brief_size)
    if len(briefs) != size:
        raise InvalidArgument(f"Give one brief, or one for each of {size}: got {len(briefs)}.")
    return briefs
