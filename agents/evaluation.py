"""How good a policy is: works sampled for briefs it never saw, beside random and reference ones.

Works are sampled, not chosen greedily: a creative policy is judged by the variety it makes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.utils import obs_as_tensor

from agents.callbacks import Work, unique_share
from agents.config import RunConfig
from agents.environments import HELD_OUT, make_test_envs
from agents.policy import MaskedPolicy
from agents.vec_env import finished_works
from creative_envs.core.batch import FinishedWorks
from creative_envs.core.files import write_atomically
from creative_envs.core.information import stack, work_info
from creative_envs.core.reward import work_reward
from creative_envs.core.sampling import sample_legal
from creative_envs.core.task import Task
from creative_envs.core.vector import CreativeVectorEnv

SAMPLE_SEED: Final = 1_000_003
"""Added to a run's seed for the sampling of its works, so that the briefs are its own."""
COLUMNS: Final = (
    "reward",
    "quality",
    "craft",
    "adherence",
    "novelty",
    "audit",
    "unique",
    "difference",
    "dealt",
)
MOST_COMPARED: Final = 200
"""Works among which all pairs are compared."""


@dataclass(frozen=True)
class Sample:
    """Works of one maker.

    Attributes:
        name: Of the maker.
        works: As in ``info["work"]``.
        audit: (n,) percentile of each among reference works by a judge no reward uses;
            None in a domain without one.
        per_episode: How many of them in a row are of one episode, and so for one brief.
        dealt: Their mean quality for each other's briefs; None where that has no sense.
    """

    name: str
    works: list[Work]
    audit: NDArray[np.float64] | None
    per_episode: int = 1
    dealt: float | None = None

    def measures(self) -> dict[str, float]:
        """Means of all scores, the median audit percentile, and how much the works differ.

        "unique" is the share of different works, "difference" the mean share of their tokens in
        which two of them differ: two of an episode, if there are several in each.
        """
        means = {
            name: float(np.mean([work[name] for work in self.works]))
            for name in ("reward", "quality", "craft", "adherence", "novelty")
        }
        if self.audit is not None:
            means["audit"] = float(np.median(self.audit))
        means["unique"] = unique_share(self.works)
        if len(self.works) > 1:
            means["difference"] = mean_difference(self.works, self.per_episode)
        return means if self.dealt is None else means | {"dealt": self.dealt}

    def ranking(self) -> NDArray[np.int64]:
        """Indices of the works by reward, the best first."""
        return np.argsort([-work["reward"] for work in self.works], kind="stable")


@dataclass(frozen=True)
class Evaluation:
    """Samples of random, trained and, where the domain has them, searching and reference makers.

    Attributes:
        samples: One a maker.
        field_statistics: A table beside what the field has published; empty where it has not.
    """

    samples: tuple[Sample, ...]
    field_statistics: str = ""

    def sample(self, name: str) -> Sample | None:
        """The sample of a maker, if there is one."""
        return next((sample for sample in self.samples if sample.name == name), None)

    def table(self) -> dict[str, dict[str, float]]:
        """Measures by maker."""
        return {sample.name: sample.measures() for sample in self.samples}

    def save(self, path: Path) -> None:
        """Writes the table as JSON."""
        write_atomically(path, (json.dumps(self.table(), indent=2) + "\n").encode())

    def __str__(self) -> str:
        tables = (format_table(self.table()), self.field_statistics)
        return "\n\n".join(table for table in tables if table)


def evaluate(config: RunConfig, policy: MaskedPolicy) -> Evaluation:
    """Samples works of the policy and of a random agent, and takes as many reference works.

    Where the domain has a search, it makes a work for each brief the policy made one for.
    """
    count, seed = config.eval_works, config.seed + SAMPLE_SEED
    works = {
        "random": sample_works(config, None, count, seed),
        "trained": sample_works(config, policy, count, seed),
    }
    env = make_test_envs(config.env, config.env_kwargs, 1)
    works["search"] = searched_sample(env, works["trained"], seed)
    works[env.task.reference_maker] = reference_sample(env, count)
    each = env.settings.works
    samples = [
        Sample(name, w, audit(env.task, w), each, quality_when_dealt(env.task, w, each))
        for name, w in works.items()
        if w
    ]
    arrays = {sample.name: stack(sample.works) for sample in samples}
    return Evaluation(tuple(samples), env.task.field_statistics(arrays))


def sample_works(
    config: RunConfig,
    policy: MaskedPolicy | None,
    count: int,
    seed: int,
    split: str = HELD_OUT,
    brief: Any = None,
) -> list[Work]:
    """Samples works, for held-out briefs unless told otherwise; leaves global generators alone.

    Every environment contributes exactly one episode, as otherwise short works, which end sooner,
    would be over-represented.

    Args:
        config: Names the environment.
        policy: Whose works; None for an agent that draws legal actions uniformly.
        count: How many, rounded up to whole episodes and cut.
        seed: Decides briefs and actions.
        split: Which briefs are drawn, where the task has splits.
        brief: One for all instead, as `Task.parse_brief` reads it.
    """
    per_episode = _works_per_episode(config)
    env = make_test_envs(config.env, config.env_kwargs, -(-count // per_episode), split)
    observation, _ = env.reset(seed=seed, options=None if brief is None else {"brief": brief})
    rng = np.random.default_rng(seed)
    ended = np.zeros(env.num_envs, np.bool_)
    works: list[list[Work]] = [[] for _ in range(env.num_envs)]
    devices = [] if policy is None or policy.device.type == "cpu" else [policy.device]
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        while not ended.all():
            actions = _choose(policy, observation, rng)
            observation, _, terminated, _, info = env.step(actions)
            for row, work in finished_works(info):
                if not ended[row]:
                    works[row].append(work)
            ended |= terminated
    return [work for row in works for work in row][:count]


def searched_sample(env: CreativeVectorEnv, works: list[Work], seed: int) -> list[Work]:
    """What search finds for the briefs of these works; nothing in a domain without one."""
    brief = stack(works)[2]
    try:
        tokens, length = env.task.searched_works(brief, env.task.search_evaluations, seed)
    except NotImplementedError:
        return []
    return _scored(env, tokens, length, brief)


def reference_sample(env: CreativeVectorEnv, count: int) -> list[Work]:
    """Held-out reference works, scored like any other; none in a domain without them."""
    task = env.task
    try:
        tokens, length, brief = task.reference_works(count)
    except NotImplementedError:
        return []
    low, high = env.settings.weight_range
    brief = brief.copy()
    brief[:, 0] = np.linspace(low, high, len(brief))
    return _scored(env, tokens, length, brief)


def _scored(
    env: CreativeVectorEnv,
    tokens: NDArray[np.int16],
    length: NDArray[np.int32],
    brief: NDArray[np.float32],
) -> list[Work]:
    """Works made elsewhere, scored like any other; every K of them are an episode."""
    task = env.task
    earlier = earlier_works(task, env.settings.works, tokens, length, brief)
    scores = task.score(tokens, length, brief, earlier)
    reward = work_reward(scores.quality, scores.novelty, brief[:, 0])
    finished = FinishedWorks(np.arange(len(tokens)), tokens, length, brief, scores, reward)
    return [work_info(task, finished, index) for index in range(len(tokens))]


def earlier_works(
    task: Task,
    works: int,
    tokens: NDArray[np.int16],
    length: NDArray[np.int32],
    brief: NDArray[np.float32],
) -> NDArray[np.float32]:
    """What each of n works finds made before it, if every K of them are an episode.

    Returns:
        As `Task.score` takes it, shape (n, K - 1, 1 + M).
    """
    earlier = np.zeros((len(tokens), works - 1, 1 + task.memory_size), np.float32)
    memory = task.memory(tokens, length, brief)
    for row in range(len(tokens)):
        place = row % works
        earlier[row, :place, 0] = 1
        earlier[row, :place, 1:] = memory[row - place : row]
    return earlier


def mean_difference(works: list[Work], per_episode: int = 1) -> float:
    """Mean share of tokens in which two works differ; the longer one's if their lengths differ.

    Args:
        works: Of episodes in a row; the first `MOST_COMPARED` count.
        per_episode: Works in each; only those of one are compared if there are several.
    """
    tokens, length, _ = stack(works[:MOST_COMPARED])
    row = np.arange(len(tokens))
    one, other = np.triu_indices(len(tokens), 1)
    if per_episode > 1:
        together = row[one] // per_episode == row[other] // per_episode
        one, other = one[together], other[together]
    if not len(one):
        return 0.0
    differing = (tokens[one] != tokens[other]).any(axis=2).sum(axis=1)
    return float((differing / np.maximum(length[one], length[other])).mean())


def quality_when_dealt(task: Task, works: list[Work], per_episode: int = 1) -> float | None:
    """Mean quality of works for the briefs of the next episode's: low if briefs are kept to.

    None where a work has no sense for another brief.
    """
    if not task.keeps_sense_for_other_briefs:
        return None
    tokens, length, brief = stack(works)
    none_earlier = np.zeros((len(works), 0, 1 + task.memory_size), np.float32)
    scores = task.score(tokens, length, np.roll(brief, per_episode, axis=0), none_earlier)
    return float(scores.quality.mean())


def audit(task: Task, works: list[Work]) -> NDArray[np.float64] | None:
    """Percentiles (n,) by the domain's independent judge; None where it has none."""
    try:
        return np.asarray(task.audit_percentile(*stack(works)), np.float64)
    except NotImplementedError:
        return None


def format_table(table: dict[str, dict[str, float]]) -> str:
    """Aligned text: a row for each maker, a column for each measure any of them has."""
    columns = [name for name in COLUMNS if any(name in row for row in table.values())]
    lines = [" " * 9 + "".join(f"{name:>11}" for name in columns)]
    for maker, row in table.items():
        cells = (format_measure(name, row[name]) if name in row else "-" for name in columns)
        lines.append(f"{maker:<9}" + "".join(f"{cell:>11}" for cell in cells))
    return "\n".join(lines)


def format_measure(name: str, value: float) -> str:
    """A measure as people read it: shares in per cent, percentiles whole, the rest decimal."""
    if name in ("unique", "difference"):
        return f"{value:.0%}"
    return f"{value:.0f}" if name == "audit" else f"{value:.3f}"


def _choose(
    policy: MaskedPolicy | None, observation: dict[str, NDArray[Any]], rng: np.random.Generator
) -> NDArray[np.int64]:
    if policy is None:
        return sample_legal(observation["action_mask"], rng)
    with torch.no_grad():
        distribution = policy.get_distribution(obs_as_tensor(observation, policy.device))
        return distribution.sample().cpu().numpy()


def _works_per_episode(config: RunConfig) -> int:
    space = make_test_envs(config.env, config.env_kwargs, 1).single_observation_space
    return 1 + space["works"].shape[0] if "works" in space.spaces else 1
