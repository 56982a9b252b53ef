"""The toy domain as an environment runs can name, and small settings to train in it."""

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np

from agents.config import RunConfig
from agents.vec_env import SB3VecEnv
from tests.toy_domain import COLOURS, NecklaceEnv, NecklaceVectorEnv

NECKLACES = "tests.agents.necklaces:toy/Necklaces-v0"
TINY = {"env": NECKLACES, "threads": 1, "n_envs": 8, "n_steps": 12, "batch_size": 48}

if "toy/Necklaces-v0" not in gym.registry:
    gym.register("toy/Necklaces-v0", entry_point=NecklaceEnv, vector_entry_point=NecklaceVectorEnv)


def tiny_config(**settings: Any) -> RunConfig:
    """A run of five rollouts, a second or so long."""
    return RunConfig(**{**TINY, "timesteps": 480, "eval_works": 8, "media_every": 2, **settings})


def necklace_envs(num_envs: int = 4, **keywords: Any) -> SB3VecEnv:
    return SB3VecEnv.make(NECKLACES, num_envs, **keywords)


def same_arrays(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether two mappings hold equal arrays or tensors under equal names."""
    return first.keys() == second.keys() and all(
        (first[name] == second[name]).all() for name in first
    )


def mirrored(task: Any, actions: Any, length: Any, brief: Any) -> tuple[Any, Any, Any]:
    """A symmetry necklaces could have: their colours counted from the other end."""
    return COLOURS - 1 - actions, length, np.abs(brief - np.float32([0, 1]))
