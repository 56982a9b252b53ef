"""What is timed of the suite: its vectors under recorded actions, and its scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.domains import Domain, Scoring, Unscored, Works
from benchmarks.replay import SEED, ScalarPolicy, stepping
from benchmarks.timing import Subject
from creative_envs.core.sampling import sample_legal
from creative_envs.core.task import Task
from creative_envs.core.vector import CreativeVectorEnv

Actions = NDArray[np.int64]
Policy = Callable[[dict[str, NDArray[Any]]], Actions]


def random_legal() -> Policy:
    """Legal actions at random."""
    rng = np.random.default_rng(SEED)
    return lambda observation: sample_legal(observation["action_mask"], rng)


def demonstrated(domain: Domain) -> Policy:
    """The actions of demonstrated works, each for its own brief."""
    actions, _, briefs = domain.demonstrations
    work_of = {brief[1:].tobytes(): row for row, brief in enumerate(briefs)}

    def play(observation: dict[str, NDArray[Any]]) -> Actions:
        works = [work_of[brief[1:].tobytes()] for brief in observation["brief"]]
        length = (observation["tokens"][:, :, 0] >= 0).sum(axis=1)
        return np.maximum(actions[works, np.minimum(length, actions.shape[1] - 1)], 0)

    return play


def alone(policy: Policy) -> ScalarPolicy:
    """A policy for batches, applied to a single observation."""
    return lambda observation: int(policy({k: v[None] for k, v in observation.items()})[0])


def vector_replay(env: CreativeVectorEnv, policy: Policy, steps: int) -> Subject:
    """Replays what the policy does in a native vector environment; a unit is one step of one."""
    observation, _ = env.reset(seed=SEED)
    stream = []
    for _ in range(steps):
        stream.append(policy(observation))
        observation, *_ = env.step(stream[-1])
    return stepping(env, stream)


def random_works(domain: Domain, count: int) -> Works:
    """The first works that random legal play finishes in as many environments."""
    env = domain.make_vec(count, Unscored)
    observation, _ = env.reset(seed=SEED)
    policy = random_legal()
    works: dict[int, dict[str, Any]] = {}
    while len(works) < count:
        observation, _, _, _, info = env.step(policy(observation))
        for row in info.get("_work", np.zeros(0)).nonzero()[0]:
            works.setdefault(int(row), {key: info["work"][key][row] for key in Works._fields})
    tokens, length, brief = (np.stack([w[key] for w in works.values()]) for key in Works._fields)
    return Works(tokens, length.astype(np.int32), brief)


def scoring(scoring: Scoring, task: Task, works: Works, repeats: int, at_once: bool) -> Subject:
    """Scores finished works, all in one call or one by one; a unit is one work."""
    count = len(works.length)
    rows = [slice(None)] if at_once else [slice(i, i + 1) for i in range(count)]
    calls = [scoring.prepare(task, works.take(row)) for row in rows]

    def run() -> int:
        for _ in range(repeats):
            for call in calls:
                call()
        return repeats * count

    return Subject(lambda: None, run)
