"""What is timed: melody environments under recorded action streams, and CartPole beside them.

Actions are recorded first and replayed in the timed runs, so that choosing them costs nothing
there: an environment reset with the same seed does the same again.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import Subject
from creative_envs.core.sampling import sample_legal
from creative_envs.core.task import Scores
from creative_envs.core.vector import CreativeVectorEnv
from creative_envs.melody.actions import N_DURATIONS
from creative_envs.melody.env import MelodyEnv, MelodyVectorEnv
from creative_envs.melody.events import Events
from creative_envs.melody.task import MelodyTask

HUMAN_BRIEFS_ID: Final = "benchmarks/HumanBriefs-v0"
SEED: Final = 0
HUMAN_WORKS: Final = 512
Actions = NDArray[np.int64]
_SPELLING: Final = ("tokens", "length", "brief")
Policy = Callable[[dict[str, NDArray[Any]]], Actions]
ScalarPolicy = Callable[[Any], int]


class HumanBriefsTask(MelodyTask):
    """Briefs of held-out human melodies, so that those very melodies can be played."""

    def __init__(self) -> None:
        super().__init__()
        _, _, self._human_briefs = self.reference_works(HUMAN_WORKS)

    def draw_briefs(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """The brief of the human melody a key names."""
        return self._human_briefs[(keys % np.uint64(len(self._human_briefs))).astype(np.int64)]


class UnscoredTask(MelodyTask):
    """Melodies that are written but not judged: what remains is the cost of everything else."""

    def score(self, tokens: Any, length: Any, brief: Any, earlier: Any) -> Scores:
        """Full marks at no cost."""
        ones = np.ones(len(length), np.float32)
        return Scores(
            craft=ones,
            adherence=ones,
            novelty=ones,
            valid=np.ones(len(length), np.bool_),
            terms=np.ones((len(length), len(self.term_names)), np.float32),
            descriptor=np.ones((len(length), len(self.descriptor_names)), np.float32),
        )


class HumanBriefsEnv(MelodyEnv):
    """`MelodyEnv` on `HumanBriefsTask`."""

    task_type = HumanBriefsTask


class HumanBriefsVectorEnv(MelodyVectorEnv):
    """`MelodyVectorEnv` on `HumanBriefsTask`."""

    task_type = HumanBriefsTask


class UnscoredVectorEnv(MelodyVectorEnv):
    """`MelodyVectorEnv` on `UnscoredTask`."""

    task_type = UnscoredTask


def random_legal() -> Policy:
    """Legal actions at random."""
    rng = np.random.default_rng(SEED)
    return lambda observation: sample_legal(observation["action_mask"], rng)


def human(task: MelodyTask) -> Policy:
    """The actions of human melodies, each for its own brief."""
    tokens, _, briefs = task.reference_works(HUMAN_WORKS)
    written = tokens[:, :, 0].astype(np.int64) * N_DURATIONS + tokens[:, :, 1]
    work_of = {brief[1:].tobytes(): row for row, brief in enumerate(briefs)}

    def play(observation: dict[str, NDArray[Any]]) -> Actions:
        works = [work_of[brief[1:].tobytes()] for brief in observation["brief"]]
        length = (observation["tokens"][:, :, 0] >= 0).sum(axis=1)
        return np.maximum(written[works, np.minimum(length, written.shape[1] - 1)], 0)

    return play


def alone(policy: Policy) -> ScalarPolicy:
    """A policy for batches, applied to a single observation."""
    return lambda observation: int(policy({k: v[None] for k, v in observation.items()})[0])


def coin() -> ScalarPolicy:
    """One of two actions at random, whatever is observed."""
    rng = np.random.default_rng(SEED)
    return lambda _: int(rng.integers(2))


def vector_replay(env: CreativeVectorEnv, policy: Policy, steps: int) -> Subject:
    """Replays what the policy does in a native vector environment; a unit is one step of one."""
    observation, _ = env.reset(seed=SEED)
    stream = []
    for _ in range(steps):
        stream.append(policy(observation))
        observation, *_ = env.step(stream[-1])

    def run() -> int:
        for actions in stream:
            env.step(actions)
        return steps * env.num_envs

    return Subject(lambda: env.reset(seed=SEED), run)


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

    def run() -> int:
        for actions in stream:
            env.step(actions)
        return steps * num_envs

    return Subject(lambda: env.reset(seed=SEED), run)


def envpool_cartpole(num_envs: int, steps: int) -> Subject | None:
    """EnvPool's CartPole (C++) on one thread, or None where EnvPool is not installed."""
    if find_spec("envpool") is None:
        return None
    import envpool

    env = envpool.make_gymnasium("CartPole-v1", num_envs=num_envs, num_threads=1, seed=SEED)
    stream = np.random.default_rng(SEED).integers(2, size=(steps, num_envs)).astype(np.int32)

    def run() -> int:
        for actions in stream:
            env.step(actions)
        return steps * num_envs

    return Subject(env.reset, run)


def random_works(task: MelodyTask, count: int) -> Events:
    """The first works that random legal play finishes in as many environments."""
    env = UnscoredVectorEnv(count)
    observation, _ = env.reset(seed=SEED)
    policy = random_legal()
    works: dict[int, dict[str, Any]] = {}
    while len(works) < count:
        observation, _, _, _, info = env.step(policy(observation))
        for row in info.get("_work", np.zeros(0)).nonzero()[0]:
            works.setdefault(int(row), {key: info["work"][key][row] for key in _SPELLING})
    tokens, length, brief = (np.stack([w[key] for w in works.values()]) for key in _SPELLING)
    return task.events(tokens, length.astype(np.int32), brief)


def human_works(task: MelodyTask, count: int) -> Events:
    """Held-out human works."""
    return task.events(*task.reference_works(count))


def scoring(task: MelodyTask, works: Events, repeats: int, at_once: bool) -> Subject:
    """Craft and novelty of finished works, all in one call or one by one; a unit is one work."""
    nothing_earlier = np.zeros((len(works.length), 0, 1 + task.memory_size), np.float32)
    rows = [slice(None)] if at_once else [slice(i, i + 1) for i in range(len(works.length))]
    batches = [(works.take(row), nothing_earlier[row]) for row in rows]

    def run() -> int:
        for _ in range(repeats):
            for events, earlier in batches:
                task.reference.craft.score(*events)
                task.reference.library.score(*events[:3], earlier)
        return repeats * len(works.length)

    return Subject(lambda: None, run)


gym.register(HUMAN_BRIEFS_ID, entry_point=HumanBriefsEnv)
