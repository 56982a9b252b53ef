"""The convergent phase: one work made better by mask and resample.

Each round masks a span of the best work so far, in several places, has the policy write it anew
after the tokens before it, puts the old rest back where it is legal, and keeps the best result: a
stochastic hill climb whose proposals come from the policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from agents.agent import Agent
from agents.errors import ConfigError
from agents.ideation.workbench import (
    Draft,
    Drafts,
    Floats,
    Ints,
    Workbench,
    check_temperatures,
)
from creative_envs.core.artefacts import read_work
from creative_envs.core.errors import CreativeEnvsError
from creative_envs.core.retrace import retrace

Measure = Literal["reward", "quality"]

SPANS: Final = (1, 2)
"""Tokens masked at a time; a round takes one of these lengths. At equal forward passes, longer ones
find poorer works: in tactics and patches the shorter the better, in melodies two are best."""
PROPOSALS: Final = 8
"""Per round: with 4 works are as good, and take twice the time."""


@dataclass(frozen=True)
class Habit:
    """How proposals are made.

    Attributes:
        by: What is made better.
        spans: Tokens masked at a time; a round takes one of these lengths.
        proposals: Per round.
        temperature: Of sampling.

    Raises:
        ConfigError: A value out of range.
    """

    by: Measure = "reward"
    spans: Sequence[int] = SPANS
    proposals: int = PROPOSALS
    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Raises `ConfigError` for a value out of range."""
        if self.by not in get_args(Measure):
            raise ConfigError(f"by is one of {', '.join(get_args(Measure))}, got {self.by!r}")
        if not len(self.spans) or min(self.spans) < 1:
            raise ConfigError(f"spans are lengths of at least 1, got {self.spans!r}")
        if self.proposals < 1:
            raise ConfigError(f"proposals must be at least 1, got {self.proposals!r}")
        check_temperatures(self.temperature)


@dataclass(frozen=True)
class Focus:
    """How a work was made better.

    Attributes:
        start: The work it began with.
        best: The best found; ``start`` where nothing was better.
        values: The best reward or quality before the first round and after each, never falling;
            shape (steps + 1,).
        passes: Forward passes spent until then, shape (steps + 1,).
        scored: How many works were scored on the way.
    """

    start: Draft
    best: Draft
    values: Floats
    passes: Ints
    scored: int


def focus(
    agent: Agent,
    work: Draft | Mapping[str, Any],
    steps: int = 64,
    *,
    seed: int = 0,
    by: Measure = "reward",
    spans: Sequence[int] = SPANS,
    proposals: int = PROPOSALS,
    temperature: float = 1.0,
) -> Focus:
    """Makes a work better; never worse.

    Args:
        agent: Of a trained run; of portfolios, works count as the first of an episode.
        work: A draft, or a work as in ``info["work"]``, whose actions are found from its tokens.
        steps: Rounds.
        seed: Decides everything drawn.
        by: What is made better; see `Habit`, as for the others.
        spans: As there.
        proposals: As there.
        temperature: As there.

    Raises:
        ConfigError: An argument out of range, or a work that this environment's rules cannot make.
    """
    if steps < 0:
        raise ConfigError(f"steps must be at least 0, got {steps!r}")
    habit = Habit(by, spans, proposals, temperature)
    bench = Workbench(agent.config, agent.policy)
    brief, actions = _read(bench, work)
    refining = Refining(bench, bench.replay(brief, actions), habit)
    start = refining.best[0]
    rng = np.random.default_rng(seed)
    values, passes = [refining.value[0]], [0]
    for _ in range(steps):
        refining.step(rng)
        values.append(refining.value[0])
        passes.append(int(refining.passes[0]))
    scored = int(refining.scored[0])
    return Focus(start, refining.best[0], np.array(values), np.array(passes), scored)


class Refining:
    """n works, each made better by itself.

    Args:
        bench: Makes the proposals.
        drafts: The works to begin with.
        habit: How proposals are made.

    Attributes:
        best: The best draft of each so far.
        value: Its reward or quality, shape (n,).
        passes: Forward passes spent on each, shape (n,).
        scored: Proposals scored for each, shape (n,).
    """

    def __init__(self, bench: Workbench, drafts: Drafts, habit: Habit) -> None:
        self.bench, self.habit = bench, habit
        works = drafts.finished
        self.best = [bench.draft(drafts, row) for row in range(len(works.rows))]
        self.value = self._values(drafts)
        self.passes = np.zeros(len(self.best), np.int64)
        self.scored = np.zeros(len(self.best), np.int64)
        self._brief, self._length = works.brief.copy(), works.length.astype(np.int64)
        self._actions = drafts.actions.copy()

    def step(self, rng: np.random.Generator, budget: Ints | None = None) -> None:
        """One round.

        Args:
            rng: Decides everything drawn.
            budget: Forward passes each work may take in all, shape (n,). Works that have spent
                theirs are left alone, and proposals that overspend are dropped.
        """
        rows = np.arange(len(self.best))
        if budget is not None:
            rows = rows[self.passes < budget]
        if not len(rows):
            return
        drafts = self._propose(rows, rng)
        shape = (len(rows), self.habit.proposals)
        value = self._values(drafts).reshape(shape)
        passes = drafts.passes.reshape(shape)
        if budget is not None:
            spent = self.passes[rows, None] + passes.cumsum(axis=1)
            value = np.where(spent <= budget[rows, None], value, -np.inf)
        self.passes[rows] += passes.sum(axis=1)
        self.scored[rows] += self.habit.proposals
        self._keep(rows, drafts, value)

    def _propose(self, rows: Ints, rng: np.random.Generator) -> Drafts:
        """Several proposals for each of the named works, one after another."""
        each = np.repeat(rows, self.habit.proposals)
        # One length a round, so that the policy is asked about all proposals equally often.
        span = np.minimum(rng.choice(np.asarray(self.habit.spans)), self._length[each])
        start = (rng.random(len(each)) * (self._length[each] - span + 1)).astype(np.int64)
        place = np.arange(self._actions.shape[1])
        masked = (place >= start[:, None]) & (place < (start + span)[:, None])
        old = self._actions[each]
        kept = np.where(masked, -1, old)
        # A proposal equal to the old work would be a wasted one.
        avoided = np.where(place == start[:, None], old, -1)
        heat, brief = self.habit.temperature, self._brief[each]
        return self.bench.make(brief, rng, temperature=heat, kept=kept, avoided=avoided)

    def _keep(self, rows: Ints, drafts: Drafts, value: Floats) -> None:
        """The best proposal of each work, where it is no worse: equals let the search wander."""
        place = value.argmax(axis=1)
        top = value[np.arange(len(rows)), place]
        kept = top >= self.value[rows]
        better = top > self.value[rows]
        source = (np.arange(len(rows)) * self.habit.proposals + place)[kept]
        target = rows[kept]
        self._actions[target] = drafts.actions[source]
        self._length[target] = drafts.finished.length[source]
        self.value[target] = top[kept]
        for row, index in zip(rows[better], source[better[kept]], strict=True):
            self.best[row] = self.bench.draft(drafts, int(index))

    def _values(self, drafts: Drafts) -> Floats:
        works = drafts.finished
        value = works.reward if self.habit.by == "reward" else works.scores.quality
        return value.astype(np.float64)


def _read(bench: Workbench, work: Draft | Mapping[str, Any]) -> tuple[NDArray[np.float32], Ints]:
    """Brief (1, B) and actions (1, L) of a work."""
    task = bench.task
    if isinstance(work, Draft):
        actions = np.full((1, task.max_length), -1, np.int64)
        actions[0, : len(work.actions)] = work.actions
        return work.work["brief"][None].astype(np.float32), actions
    try:
        tokens, length, brief = read_work(work, task.token_sizes, task.brief_size)
        rows = np.full((1, task.max_length, tokens.shape[1]), -1, np.int16)
        rows[0, :length] = tokens[:length]
        return brief[None], retrace(task, rows, np.array([length], np.int32), brief[None])
    except (CreativeEnvsError, ValueError) as error:
        raise ConfigError(f"the work to focus on: {error}") from error
