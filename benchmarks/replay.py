"""What is timed of environments: recorded actions, replayed.

Choosing actions costs nothing in the timed runs: an environment reset with the same seed does the
same again. Nothing here knows a suite, so that it also runs where only Gymnasium is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import Subject

SEED: Final = 0
ScalarPolicy = Callable[[Any], int]


def coin(sides: int) -> ScalarPolicy:
    """One of so many actions at random, whatever is observed."""
    rng = np.random.default_rng(SEED)
    return lambda _: int(rng.integers(sides))


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


def stepping(
    env: Any, stream: Sequence[NDArray[Any]], reset: Callable[[], object] | None = None
) -> Subject:
    """Steps environments through actions, of each (N,); a unit is one step of one."""

    def run() -> int:
        for actions in stream:
            env.step(actions)
        return len(stream) * len(stream[0])

    return Subject(reset or (lambda: env.reset(seed=SEED)), run)


def chance(sides: int, steps: int, num_envs: int) -> list[NDArray[np.int32]]:
    """Actions at random, ``steps`` arrays (N,)."""
    drawn = np.random.default_rng(SEED).integers(sides, size=(steps, num_envs))
    return list(drawn.astype(np.int32))
