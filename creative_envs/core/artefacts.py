"""From ``info["work"]`` to the typed work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import load_env_creator

from creative_envs.core.errors import InvalidArgument
from creative_envs.core.task import Artefact, Task


def task_type_of(env_id: str) -> type[Task]:
    """The task class behind an environment's id.

    Raises:
        InvalidArgument: The id is not one of this package's kind of environment.
        gymnasium.error.NameNotFound: There is no such id (the message suggests the nearest).
    """
    creator: Any = gym.spec(env_id).entry_point
    if isinstance(creator, str):
        creator = load_env_creator(creator)
    task_type = getattr(creator, "task_type", None)
    if task_type is None:
        raise InvalidArgument(f"{env_id} makes no works: its class has no task_type")
    return task_type  # type: ignore[no-any-return]


def artefact(env_id: str, work: Mapping[str, Any]) -> Artefact:
    """Turns a work into its domain's type (a Melody, say), which can ``save`` itself.

    Args:
        env_id: Id of the environment the work was made in.
        work: ``info["work"]``, or what a log keeps of it: ``tokens`` (L, F), ``length`` and
            ``brief`` (B,); scores are kept as provenance where given.
    """
    return task_type_of(env_id).artefact(work)
