"""Other suites' environments, timed beside ours: CartPole, EnvPool's CartPole, MiniGrid.

Jumanji has `benchmarks.jumanji`: it needs an environment of its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Final

import gymnasium as gym

from benchmarks.replay import chance, coin, scalar_replay, stepping
from benchmarks.timing import Subject

CARTPOLE: Final = "CartPole-v1"
MINIGRID: Final = "MiniGrid-Empty-5x5-v0"
ENVPOOL: Final = "EnvPool's CartPole-v1"
CARTPOLE_ACTIONS: Final = 2
MINIGRID_ACTIONS: Final = 7
SCALAR_STEPS: Final = 3000
MINIGRID_SHARE: Final = 10
"""MiniGrid makes a tenth of the steps of the others: as native vectors go, it takes long."""
NEEDED: Final = {ENVPOOL: "envpool", MINIGRID: "minigrid"}
"""Modules that are not installed by everybody, by whose they are."""


def missing() -> list[str]:
    """What is left out because it is not installed, one line each."""
    return [
        f"{who} is left out: {module} is not installed (pip install {module})."
        for who, module in NEEDED.items()
        if find_spec(module) is None
    ]


def yardstick(steps: int = SCALAR_STEPS) -> Subject:
    """A step of CartPole through `gym.make`: what every ratio is over, on any machine."""
    return scalar_replay(gym.make(CARTPOLE), coin(CARTPOLE_ACTIONS), steps)


def scalars() -> dict[str, Subject]:
    """Single environments, those that are installed; a unit is a step."""
    found: dict[str, Callable[[], Subject]] = {
        CARTPOLE: yardstick,
        MINIGRID: _minigrid,
        ENVPOOL: lambda: _envpool(1, SCALAR_STEPS),
    }
    return _present(found)


def vectors(num_envs: int, steps: int) -> dict[str, Subject]:
    """Vectors of N, those that are installed; a unit is one step of one environment.

    MiniGrid has no native vector: it is Gymnasium's `SyncVectorEnv`, in the same process.
    """
    found: dict[str, Callable[[], Subject]] = {
        CARTPOLE: lambda: cartpole_vector(num_envs, steps),
        MINIGRID: lambda: _minigrid_vector(num_envs, max(1, steps // MINIGRID_SHARE)),
        ENVPOOL: lambda: _envpool(num_envs, steps),
    }
    return _present(found)


def _present(found: dict[str, Callable[[], Subject]]) -> dict[str, Subject]:
    return {name: make() for name, make in found.items() if name not in NEEDED or _installed(name)}


def _installed(name: str) -> bool:
    return find_spec(NEEDED[name]) is not None


def cartpole_vector(num_envs: int, steps: int) -> Subject:
    """Gymnasium's native vector CartPole under random actions."""
    env = gym.make_vec(CARTPOLE, num_envs, vectorization_mode="vector_entry_point")
    return stepping(env, chance(CARTPOLE_ACTIONS, steps, num_envs))


def _minigrid() -> Subject:
    import minigrid  # noqa: F401  registers its environments

    return scalar_replay(gym.make(MINIGRID), coin(MINIGRID_ACTIONS), SCALAR_STEPS // MINIGRID_SHARE)


def _minigrid_vector(num_envs: int, steps: int) -> Subject:
    import minigrid  # noqa: F401  registers its environments

    env = gym.make_vec(MINIGRID, num_envs, vectorization_mode="sync")
    return stepping(env, chance(MINIGRID_ACTIONS, steps, num_envs))


def _envpool(num_envs: int, steps: int) -> Subject:
    """EnvPool's CartPole (C++) on one thread."""
    import envpool

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own spaces, which Gymnasium casts
        env = envpool.make_gymnasium(CARTPOLE, num_envs=num_envs, num_threads=1, seed=0)
    return stepping(env, chance(CARTPOLE_ACTIONS, steps, num_envs), env.reset)
