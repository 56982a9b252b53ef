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
_SIGNATURE_SEED: Final = 20_240_229


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
class Revision:
    """Old works, and what of each is kept: its beginning, and its rest where it fits.

    The first ``start`` actions are put back. Then ``least`` or more are sampled, until the work
    stands as the old one did at some place, or ``most`` have been sampled. From there on, or else
    from as many actions on as the new work has, the old actions are put back; one that is not
    legal is sampled instead.

    Attributes:
        actions: Of the old works, -1 beyond their ends, shape (n, L).
        states: Of the old works, as in `Drafts`, shape (n, L).
        start: Shape (n,), at least 0.
        least: Shape (n,), at least 0.
        most: Shape (n,), at least ``least``.
    """

    actions: Ints
    states: NDArray[np.uint64]
    start: Ints
    least: Ints
    most: Ints


@dataclass(frozen=True)
class Drafts:
    """n finished works of a batch.

    Attributes:
        finished: Tokens, lengths, briefs and scores.
        actions: -1 beyond each length, shape (n, L).
        states: How each work stood before each of its actions, as a hash of its mask and scratch;
            0 beyond its length. Shape (n, L).
        passes: Forward passes each work took, shape (n,).
    """

    finished: FinishedWorks
    actions: Ints
    states: NDArray[np.uint64]
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
        words = max(1, self.task.scratch_size) + self.task.n_actions
        rng = np.random.default_rng(_SIGNATURE_SEED)
        self._hash_weights = rng.integers(2**64, size=words, dtype=np.uint64)

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
        revision: Revision | None = None,
    ) -> Drafts:
        """Makes a work for each brief.

        Args:
            brief: By which works are scored, shape (n, B).
            rng: Decides what is sampled; it gives a number to every work at every step.
            temperature: By which log-probabilities are divided: one for all, or (n,); above 0.
            weight: The novelty weight the policy is shown instead of the brief's: one, or (n,).
            revision: What to keep of old works; None for works that are sampled altogether.

        Raises:
            ConfigError: A temperature is not above 0, or a weight outside [0, 1].
        """
        count = len(brief)
        heat = np.broadcast_to(check_temperatures(temperature), count)
        shown = brief.copy()
        if weight is not None:
            shown[:, 0] = check_weights(weight)
        parts = []
        for first in range(0, count, MOST_AT_ONCE):
            rows = slice(first, first + MOST_AT_ONCE)
            making = _Making(self, shown[rows], heat[rows], _part(revision, rows))
            parts.append(making.run(rng))
        tokens, length, actions, states, passes = map(np.concatenate, zip(*parts, strict=True))
        return Drafts(self._scored(tokens, length, brief), actions, states, passes)

    def replay(self, brief: NDArray[np.float32], actions: Ints) -> Drafts:
        """Works of given actions, -1 beyond their ends, shape (n, L): no forward passes.

        Actions that are not legal for the brief, or do not finish the work, are sampled.
        """
        length = (actions >= 0).sum(axis=1)
        states = np.zeros(actions.shape, np.uint64)
        revision = Revision(actions, states, length, np.zeros_like(length), np.zeros_like(length))
        return self.make(brief, np.random.default_rng(0), revision=revision)

    def draft(self, drafts: Drafts, index: int) -> Draft:
        """One of them by itself."""
        work = work_info(self.task, drafts.finished, index)
        return Draft(work, drafts.actions[index, : work["length"]].copy())

    def signatures(self, batch: Batch, rows: Ints) -> NDArray[np.uint64]:
        """How works in progress stand: a hash of the scratch and mask of each, shape (n,).

        Where a task keeps no scratch, works stand alike only after equally many actions.
        """
        place = batch.scratch[rows] if self.task.scratch_size else batch.length[rows, None]
        standing = np.concatenate([place, batch.mask[rows]], axis=1)
        product: NDArray[np.uint64] = standing.astype(np.uint64) * self._hash_weights
        return product.sum(axis=1, dtype=np.uint64)

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
        revision: Revision | None,
    ) -> None:
        self.bench, self.temperature, self.revision = bench, temperature, revision
        self.batch = Batch(bench.task, len(brief), bench.settings)
        rows = np.arange(len(brief))
        self.batch.begin_episodes(rows, np.zeros(len(brief), np.uint64), brief)
        self.tokens = self.batch.tokens.copy()
        self.length = np.zeros(len(brief), np.int32)
        self.actions = np.full(self.tokens.shape[:2], -1, np.int64)
        self.states = np.zeros(self.tokens.shape[:2], np.uint64)
        self.passes = np.zeros(len(brief), np.int64)
        self.alive = np.ones(len(brief), np.bool_)
        self.place = np.zeros(len(brief), np.int64)
        """Which old action comes next."""
        self.sampled = np.zeros(len(brief), np.int64)
        """How many have been sampled in the gap."""
        self.kept = np.zeros(len(brief), np.bool_)
        """Whether the old actions are being put back."""
        if revision is not None:
            self.kept[:] = True
            self._open_gaps(revision, rows)

    def run(self, rng: np.random.Generator) -> tuple[NDArray[Any], ...]:
        """Finishes all works: their tokens, lengths, actions, states and passes."""
        asked = np.arange(len(self.alive))
        while True:
            self._put_back()
            left = int(self.alive.sum())
            if not left:
                break
            if 2 * left <= len(asked):
                asked = self.alive.nonzero()[0]
            uniforms = rng.random(len(self.alive))
            self._sample(asked, uniforms[asked])
        return self.tokens, self.length, self.actions, self.states, self.passes

    def _put_back(self) -> None:
        """Old actions, as long as there are any that may be put back."""
        if self.revision is None:
            return
        old = self.revision.actions
        while True:
            rows = (self.alive & self.kept & (self.place < old.shape[1])).nonzero()[0]
            action = old[rows, self.place[rows]]
            fits = (action >= 0) & (self.batch.mask[rows, action] != 0)
            rows, action = rows[fits], action[fits]
            if not len(rows):
                return
            self._advance(rows, action)
            self.place[rows] += 1
            self._open_gaps(self.revision, rows)

    def _sample(self, asked: Ints, uniforms: Floats) -> None:
        """One action of every work that is not finished.

        Finished works are asked about with the others, as empty ones, for as long as that is
        cheaper than to have the policy's memory of the others' beginnings made anew.
        """
        observation = self.batch.observation(asked)
        probability = self.bench.probabilities(observation, self.temperature[asked])
        cumulative = probability.cumsum(axis=1)
        drawn = (cumulative <= uniforms[:, None] * cumulative[:, -1:]).sum(axis=1)
        alive = self.alive[asked]
        rows = asked[alive]
        self.passes[rows] += 1
        self._advance(rows, drawn[alive])
        self.place[rows] += 1
        if self.revision is not None:
            in_gap = rows[~self.kept[rows]]
            self.sampled[in_gap] += 1
            self._open_gaps(self.revision, rows)
            self._close_gaps(self.revision, in_gap[self.alive[in_gap]])

    def _advance(self, rows: Ints, action: Ints) -> None:
        batch, task = self.batch, self.bench.task
        at = batch.length[rows]
        self.actions[rows, at] = action
        self.states[rows, at] = self.bench.signatures(batch, rows)
        actions = np.zeros(batch.size, np.int64)
        actions[rows] = action
        active = np.zeros(batch.size, np.bool_)
        active[rows] = True
        finished = np.zeros(batch.size, np.bool_)
        written = (batch.tokens, batch.length, batch.brief, batch.mask, batch.scratch)
        task.advance(actions, active, *written, finished)
        ended = finished.nonzero()[0]
        self.tokens[ended], self.length[ended] = batch.tokens[ended], batch.length[ended]
        self.alive[ended] = False
        batch.tokens[ended] = -1
        batch.mask[ended] = 1

    def _open_gaps(self, revision: Revision, rows: Ints) -> None:
        """Where the beginning has been put back, the policy takes over."""
        reached = (self.place[rows] == revision.start[rows]) & (revision.most[rows] > 0)
        self.kept[rows[reached & (self.sampled[rows] == 0)]] = False

    def _close_gaps(self, revision: Revision, rows: Ints) -> None:
        """Where enough has been sampled, and the work stands as the old one did, that goes on."""
        rows = rows[self.sampled[rows] >= revision.least[rows]]
        if not len(rows):
            return
        position = np.arange(revision.states.shape[1])
        same = revision.states[rows] == self.bench.signatures(self.batch, rows)[:, None]
        same &= position > revision.start[rows, None]
        shift = np.where(same, np.abs(position - self.place[rows, None]), len(position))
        found = same.any(axis=1)
        self.place[rows[found]] = shift.argmin(axis=1)[found]
        self.kept[rows[found | (self.sampled[rows] >= revision.most[rows])]] = True


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


def _part(revision: Revision | None, rows: slice) -> Revision | None:
    if revision is None:
        return None
    return Revision(*(values[rows] for values in vars(revision).values()))
