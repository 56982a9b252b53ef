"""From an environment's id to what training and evaluation need of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import gymnasium as gym
from gymnasium.vector import AutoresetMode

import creative_envs
from agents.config import suggestion
from agents.errors import ConfigError
from agents.vec_env import Credit, SB3VecEnv
from creative_envs.core.arguments import shown
from creative_envs.core.artefacts import task_type_of
from creative_envs.core.errors import CreativeEnvsError, InvalidArgument, reason_of
from creative_envs.core.task import Task, keywords_of
from creative_envs.core.vector import CreativeVectorEnv

HELD_OUT: Final = "test"
"""The split whose briefs no training run has seen."""
VALIDATION: Final = "valid"
"""The split by whose briefs a run chooses among its policies."""

gym.register_envs(creative_envs)


def check_env_id(env_id: str) -> None:
    """Raises `ConfigError`, suggesting the nearest id, unless a creative environment has this one.

    An id of the form ``module:id`` imports the module first, as in `gymnasium.make`.
    """
    try:
        _task_type(env_id)
    except ImportError as error:
        raise ConfigError(f"No environment {shown(env_id)}: {reason_of(error)}") from error
    except gym.error.Error as error:
        known = [known for known in gym.registry if known.startswith("creative_envs/")]
        raise ConfigError(
            f"No environment {shown(env_id)}{suggestion(env_id.rpartition(':')[2], known)}"
        ) from error
    except InvalidArgument as error:
        raise ConfigError(f"{env_id} is not a creative environment: {error}") from error


def _task_type(env_id: str) -> type[Task]:
    module, _, name = env_id.rpartition(":")
    if module:
        __import__(module)
    return task_type_of(name)


def make_training_envs(
    env_id: str,
    env_kwargs: Mapping[str, Any],
    n_envs: int,
    reward_scale: float = 1.0,
    credit: Credit = "episode",
) -> SB3VecEnv:
    """Makes environments to train in.

    Raises:
        ConfigError: A keyword the environment does not take, or not with this value.
    """
    if env_kwargs.get("split") == HELD_OUT:
        raise ConfigError(f"split={HELD_OUT!r} is kept for evaluation: train on another split")
    try:
        return SB3VecEnv.make(
            env_id, n_envs, reward_scale=reward_scale, credit=credit, staggered=True, **env_kwargs
        )
    except (CreativeEnvsError, TypeError) as error:
        raise ConfigError(f"{env_id}: {error}") from error


def make_test_envs(
    env_id: str, env_kwargs: Mapping[str, Any], n_envs: int, split: str = HELD_OUT
) -> CreativeVectorEnv:
    """Makes environments whose briefs are of one split, where the task has splits.

    Briefs outside training are without limit, whatever ``briefs`` says.
    """
    keywords = {name: value for name, value in env_kwargs.items() if name != "briefs"}
    if has_splits(_task_type(env_id)):
        keywords["split"] = split
    env = gym.make_vec(env_id, num_envs=n_envs, autoreset_mode=AutoresetMode.NEXT_STEP, **keywords)
    return env.unwrapped


def has_splits(task_type: type[Task]) -> bool:
    """Whether a task takes its briefs from one of several splits."""
    return "split" in keywords_of(task_type.__init__)
