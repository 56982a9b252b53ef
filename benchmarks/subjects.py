"""What is timed: environments under recorded action streams, and CartPole beside them.

Actions are recorded first and replayed in the timed runs, so that choosing them costs nothing
there: an environment reset with the same seed does the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, Final

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from benchmarks.domains import Domain, Scoring, Unscored, Works
from benchmarks.timing import Subject
from creative_envs.core.sampling import sample_legal
from creative_envs.core.task import Task
from creative_envs.core.vector import CreativeVectorEnv

SEED: Final = 0
Actions = NDArray[np.int64]
Policy = Callable[[dict[str, NDArray[Any]]], Actions]
ScalarPolicy = Callable[[Any], int]


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


def coin() -> ScalarPolicy:
    """One of two actions at random, whatever is observed."""
    rng = np.random.default_rng(SEED)
    return lambda _: int(rng.integers(2))


def _stepping(
    env: Any, stream: Sequence[NDArray[Any]], reset: Callable[[], object] | None = None
) -> Subject:
    """Steps environments through actions, of each (N,); a unit is one step of one."""

    def run() -> int:
        for actions in stream:
            env.step(actions)
        return len(stream) * len(stream[0])

    return Subject(reset or (lambda: env.reset(seed=SEED)), run)


def vector_replay(env: CreativeVectorEnv, policy: Policy, steps: int) -> Subject:
    """Replays what the policy does in a native vector environment; a unit is one step of one."""
    observation, _ = env.reset(seed=SEED)
    stream = []
    for _ in range(steps):
        stream.append(policy(observation))
        observation, *_ = env.step(stream[-1])
    return _stepping(env, stream)


def scalar_replay(env: gym.Env[Any, Any], policy: ScalarPolicy, steps: int) -> Subject:
    """Replays what the policy does in a scalar environment, its resets included."""
    stream: list[int] = []
    observation, _ = env.reset(seed=SEED)
    for _ in range(steps):
        stream.append(policy(observation))
        observation, _, terminated, truncated, _ = env.step(stream[-1])
        if terminated or truncated:
            observation, _ = env.reset()

    def run() -> int:
        for action in stream:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()
        return steps

    return Subject(lambda: env.reset(seed=SEED), run)


def cartpole_vector(num_envs: int, steps: int) -> Subject:
    """Gymnasium's native vector CartPole under random actions."""
    env = gym.make_vec("CartPole-v1", num_envs, vectorization_mode="vector_entry_point")
    stream = np.random.default_rng(SEED).integers(2, size=(steps, num_envs))
    return _stepping(env, list(stream))


def envpool_cartpole(num_envs: int, steps: int) -> Subject | None:
    """EnvPool's CartPole (C++) on one thread, or None where EnvPool is not installed."""
    if find_spec("envpool") is None:
        return None
    import envpool

    env = envpool.make_gymnasium("CartPole-v1", num_envs=num_envs, num_threads=1, seed=SEED)
    stream = np.random.default_rng(SEED).integers(2, size=(steps, num_envs)).astype(np.int32)
    return _stepping(env, list(stream), env.reset)


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
