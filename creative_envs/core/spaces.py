"""The observation and action spaces every domain shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

from creative_envs.core.task import Task


def observation_space(task: Task, works: int) -> spaces.Dict:
    """The Dict space of one environment; see the contract in `creative_envs.core.task`."""
    shape = (task.max_length, len(task.token_sizes))
    highest = np.broadcast_to(np.asarray(task.token_sizes, np.int16) - 1, shape)
    entries: dict[str, spaces.Space[Any]] = {
        "tokens": spaces.Box(
            np.full(shape, -1, np.int16), highest.astype(np.int16), shape, np.int16
        ),
        "brief": spaces.Box(0.0, 1.0, (task.brief_size,), np.float32),
        "action_mask": spaces.Box(0, 1, (task.n_actions,), np.int8),
    }
    if works > 1:
        entries["works"] = spaces.Box(0.0, 1.0, (works - 1, 1 + task.memory_size), np.float32)
    entries.update(task.context_spaces() | task.view_spaces())
    return spaces.Dict(entries)


def action_space(task: Task) -> spaces.Discrete[np.int64]:
    """The Discrete space of one environment."""
    return spaces.Discrete(task.n_actions)
