"""Works made in batches under full control: temperatures, novelty weights, parts that are kept.

The unit of cost is the *forward pass*: one state of one work that the policy was asked about.
Actions that are put back cost none. The first question about a work whose beginning was put back
is answered by one pass over that beginning, and counts once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from stable_baselines3.common.utils import obs_as_tensor

from agents.callbacks import Work
from agents.config import RunConfig
from agents.environments import HELD_OUT, make_test_envs
from agents.errors import ConfigError
from agents.policy import MaskedPolicy
from creative_envs.core.batch import Batch, FinishedWorks
from creative_envs.core.errors import CreativeEnvsError
from creative_envs.core.information import work_info
from creative_envs.core.reward import work_reward

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_AT_ONCE: Final = 512
"""Works in progress together; their keys and values take some 100 kB each in a small policy."""


@dataclass(frozen=True)
class Draft:
    """A finished work with the actions that made it.

    Attributes:
        work: As in ``info["work"]``.
        actions: Shape (length,).
    """

    work: Work
    actions: Ints


@dataclass(frozen=True)
class Drafts:
    """n finished works of a batch.

    Attributes:
        finished: Tokens, lengths, briefs and scores.
        actions: -1 beyond each length, shape (n, L).
        passes: Forward passes each work took, shape (n,).
    """

    finished: FinishedWorks
    actions: Ints
    passes: Ints


class Workbench:
    """Makes works with a policy of a run.

    In an environment of portfolios, all works are made as the first of their episodes: the policy
    is shown no earlier ones, and none are counted against novelty.

    Args:
        config: Names the environment.
        policy: Of that environment.
        split: Which briefs are drawn, where the task has splits.
    """

    def __init__(self, config: RunConfig, policy: MaskedPolicy, split: str = HELD_OUT) -> None:
        self.config, self.policy, self.split = config, policy, split
        env = make_test_envs(config.env, config.env_kwargs, 1, split)
        self.task, self.settings = env.task, env.settings

    def briefs(self, count: int, seed: int, brief: Any = None) -> NDArray[np.float32]:
        """Briefs as `agents.evaluation.sample_works` draws them, shape (count, B).

        Args:
            count: How many.
            seed: Decides them.
            brief: One for all instead, as `Task.parse_brief` reads it.

        Raises:
            ConfigError: The environment cannot read the brief.
        """
        env = make_test_envs(self.config.env, self.config.env_kwargs, count, self.split)
        options = None if brief is None else {"brief": brief}
        try:
            observation, _ = env.reset(seed=seed, options=options)
        except CreativeEnvsError as error:
            raise ConfigError(f"brief: {error}") from error
        return np.asarray(observation["brief"])

    def make(
        self,
        brief: NDArray[np.float32],
        rng: np.random.Generator,
        *,
        temperature: ArrayLike = 1.0,
        weight: ArrayLike | None = None,
        kept: Ints | None = None,
        avoided: Ints | None = None,
    ) -> Drafts:
        """Makes a work for each brief.

        Args:
            brief: By which works are scored, shape (n, B).
            rng: Decides what is sampled; it gives a number to every work at every step.
            temperature: By which log-probabilities are divided: one for all, or (n,); above 0.
            weight: The novelty weight the policy is shown instead of the brief's: one, or (n,).
            kept: Actions to put in their places, -1 where the policy is to choose, shape (n, L):
                the beginning of an old work, say, and its rest behind a gap. One that is not legal
                by then is sampled instead. None for works that are sampled altogether.
            avoided: Actions that are not sampled in their places where others are legal, -1 for
                none, shape (n, L).

        Raises:
            ConfigError: A temperature is not above 0, or a weight outside [0, 1].
        """
        count = len(brief)
        heat = np.broadcast_to(check_temperatures(temperature), count)
        shown = brief.copy()
        if weight is not None:
            shown[:, 0] = check_weights(weight)
        nothing = np.full((count, self.task.max_length), -1)
        forced = nothing if kept is None else kept
        barred = nothing if avoided is None else avoided
        parts = []
        for first in range(0, count, MOST_AT_ONCE):
            rows = slice(first, first + MOST_AT_ONCE)
            making = _Making(self, shown[rows], heat[rows], forced[rows], barred[rows])
            parts.append(making.run(rng))
        tokens, length, actions, passes = map(np.concatenate, zip(*parts, strict=True))
        return Drafts(self._scored(tokens, length, brief), actions, passes)

    def replay(self, brief: NDArray[np.float32], actions: Ints) -> Drafts:
        """Works of given actions, -1 beyond their ends, shape (n, L): no forward passes.

        Actions that are not legal for the brief, or do not finish the work, are sampled.
        """
        return self.make(brief, np.random.default_rng(0), kept=actions)

    def draft(self, drafts: Drafts, index: int) -> Draft:
        """One of them by itself."""
        work = work_info(self.task, drafts.finished, index)
        return Draft(work, drafts.actions[index, : work["length"]].copy())

    def probabilities(self, observation: dict[str, NDArray[Any]], temperature: Floats) -> Floats:
        """Of all actions, (n, A), in n states, each at its temperature (n,)."""
        with torch.no_grad():
            asked = obs_as_tensor(observation, self.policy.device)
            logits = self.policy.get_distribution(asked).distribution.logits
            heated = logits.double() / torch.as_tensor(temperature, device=logits.device)[:, None]
            return np.asarray(heated.softmax(dim=1).cpu().numpy())

    def _scored(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> FinishedWorks:
        memories = (len(tokens), self.settings.works - 1, 1 + self.task.memory_size)
        scores = self.task.score(tokens, length, brief, np.zeros(memories, np.float32))
        reward = work_reward(scores.quality, scores.novelty, brief[:, 0])
        return FinishedWorks(np.arange(len(tokens)), tokens, length, brief, scores, reward)


class _Making:
    """A batch of works on their way."""

    def __init__(
        self,
        bench: Workbench,
        brief: NDArray[np.float32],
        temperature: Floats,
        kept: Ints,
        avoided: Ints,
    ) -> None:
        self.bench, self.temperature, self.kept, self.avoided = bench, temperature, kept, avoided
        count = len(brief)
        self.batch = Batch(bench.task, count, bench.settings)
        self.batch.begin_episodes(np.arange(count), np.zeros(count, np.uint64), brief)
        self.tokens = self.batch.tokens.copy()
        self.actions = np.full(self.tokens.shape[:2], -1, np.int64)
        self.passes = np.zeros(count, np.int64)
        self.alive = np.ones(count, np.bool_)

    def run(self, rng: np.random.Generator) -> tuple[NDArray[Any], ...]:
        """Finishes all works: their tokens, lengths, actions and passes."""
        asked = np.arange(len(self.alive))
        while True:
            self._put_in_place()
            left = np.count_nonzero(self.alive)
            if not left:
                break
            if 2 * left <= len(asked):
                asked = self.alive.nonzero()[0]
            uniforms = rng.random(len(self.alive))
            self._sample(asked, uniforms[asked])
        return self.tokens, self.batch.length, self.actions, self.passes

    def _put_in_place(self) -> None:
        """The kept actions, as far as they go, until every work needs the policy."""
        rows = self.alive.nonzero()[0]
        while rows.size:
            action = self.kept[rows, self.batch.length[rows]]
            fits = (action >= 0) & (self.batch.mask[rows, action] != 0)
            rows, action = rows[fits], action[fits]
            if rows.size:
                self._advance(rows, action)
                rows = rows[self.alive[rows]]

    def _sample(self, asked: Ints, uniforms: Floats) -> None:
        """One action of every work that is not finished.

        Finished works are asked about with the others, as empty ones, for as long as that is
        cheaper than to have the policy's memory of the others' beginnings made anew.
        """
        alive = self.alive[asked]
        rows = asked[alive]
        observation = self.batch.observation(asked)
        probability = self.bench.probabilities(observation, self.temperature[asked])[alive]
        barred = self.avoided[rows, self.batch.length[rows]]
        drawn = _draw(probability, barred, uniforms[alive])
        self.passes[rows] += 1
        self._advance(rows, drawn)

    def _advance(self, rows: Ints, action: Ints) -> None:
        batch = self.batch
        self.actions[rows, batch.length[rows]] = action
        actions = np.zeros(batch.size, np.int64)
        actions[rows] = action
        active = np.zeros(batch.size, np.bool_)
        active[rows] = True
        finished = np.zeros(batch.size, np.bool_)
        written = (batch.tokens, batch.length, batch.brief, batch.mask, batch.scratch)
        self.bench.task.advance(actions, active, *written, finished)
        ended = finished.nonzero()[0]
        self.tokens[ended] = batch.tokens[ended]
        self.alive[ended] = False
        batch.tokens[ended] = -1
        batch.mask[ended] = 1


def _draw(probability: Floats, barred: Ints, uniforms: Floats) -> Ints:
    """Actions (n,) drawn by probabilities (n, A), but for barred ones (n,) that are not certain."""
    among = probability.copy()
    named = (barred >= 0).nonzero()[0]
    among[named, barred[named]] = 0
    certain = among.sum(axis=1) <= 0
    among[certain] = probability[certain]
    cumulative = among.cumsum(axis=1)
    return np.asarray((cumulative <= uniforms[:, None] * cumulative[:, -1:]).sum(axis=1))


def check_temperatures(temperature: ArrayLike) -> Floats:
    """The temperatures as an array, or `ConfigError` unless all are finite and above 0."""
    values = np.asarray(temperature)
    if values.dtype.kind not in "fiu" or not (np.isfinite(values) & (values > 0)).all():
        raise ConfigError(f"a temperature is a number above 0, got {temperature!r}")
    return values.astype(np.float64)


def check_weights(weight: ArrayLike) -> Floats:
    """The novelty weights as an array, or `ConfigError` unless all lie in [0, 1]."""
    values = np.asarray(weight)
    if values.dtype.kind not in "fiu" or not ((values >= 0) & (values <= 1)).all():
        raise ConfigError(f"a novelty weight lies in [0, 1], got {weight!r}")
    return values.astype(np.float64)
