"""The reference works that training knows, as actions."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.protocol import Context
from creative_envs.core.env import CreativeEnv
from creative_envs.core.task import Task

MOST: Final = 512
"""Works that are asked for; some domains take a tenth of a second to make one."""


class Demonstrations(NamedTuple):
    """Training references (R_train).

    Attributes:
        actions: Shape (n, L), -1 beyond each length.
        length: Shape (n,).
        brief: Those extracted from the works, shape (n, B); column 0 means nothing.
    """

    actions: NDArray[np.int64]
    length: NDArray[np.int32]
    brief: NDArray[np.float32]


def demonstrations(context: Context) -> Demonstrations:
    """Works by the makers of the references that rewards are made of; takes no step.

    Raises:
        NotImplementedError: The domain has none.
    """
    return Demonstrations(*task_of(context).demonstrations(MOST))


def playable(
    task: Task,
    actions: NDArray[np.int64],
    length: NDArray[np.int32],
    brief: NDArray[np.float32],
) -> NDArray[np.bool_]:
    """Which works the rules let be made for other briefs: every action legal, the last one final.

    Args:
        task: Whose rules.
        actions: Shape (n, L).
        length: Shape (n,).
        brief: Shape (n, B).

    Returns:
        Shape (n,).
    """
    count = len(length)
    tokens = np.full((count, task.max_length, len(task.token_sizes)), -1, np.int16)
    mask = np.zeros((count, task.n_actions), np.int8)
    scratch = np.zeros((count, task.scratch_size), np.int32)
    written, finished = np.zeros(count, np.int32), np.zeros(count, np.bool_)
    rows, good = np.arange(count), np.ones(count, np.bool_)
    task.begin(rows, brief, mask, scratch)
    for step in range(int(length.max(initial=0))):
        wanted = step < length
        good &= ~wanted | (~finished & (mask[rows, actions[:, step]] != 0))
        chosen = np.where(good & wanted, actions[:, step], 0)
        task.advance(chosen, good & wanted, tokens, written, brief, mask, scratch, finished)
    return np.logical_and(good, finished)


def task_of(context: Context) -> Task:
    """The domain that is trained in."""
    environment = context.make_env().unwrapped
    assert isinstance(environment, CreativeEnv)
    return environment.task
