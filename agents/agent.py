"""Agents from the folders of runs: read without executing anything, ready to make works."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from agents.callbacks import Work
from agents.checkpoint import load_policy
from agents.config import RunConfig
from agents.environments import check_env_id, make_test_envs
from agents.errors import CheckpointError, ConfigError, RunError
from agents.evaluation import sample_works
from agents.policy import POLICIES, MaskedPolicy
from agents.pretrained import locate
from agents.runs import RunFolder
from agents.sealed import newest
from agents.training import choose_device, learning_rate_schedule, policy_settings
from creative_envs.core.errors import CreativeEnvsError
from creative_envs.core.task import Task
from creative_envs.core.vector import CreativeVectorEnv

Which = Literal["best", "last"]


@dataclass(frozen=True)
class Agent:
    """A trained policy with the settings of the run it comes from.

    Attributes:
        policy: Ready to sample from; an SB3 policy without an optimiser.
        config: The run's settings.
        folder: The run's.
        task: The domain, for briefs no training run has seen.
        works_per_episode: K of the run's environment.
    """

    policy: MaskedPolicy
    config: RunConfig
    folder: RunFolder
    task: Task
    works_per_episode: int

    def predict(
        self,
        observation: NDArray[Any] | dict[str, NDArray[Any]],
        state: tuple[NDArray[Any], ...] | None = None,
        episode_start: NDArray[np.bool_] | None = None,
        deterministic: bool = False,
    ) -> tuple[NDArray[np.int64], tuple[NDArray[Any], ...] | None]:
        """Chooses actions, as SB3's `predict` does, whose functions this agent can be given to.

        Args:
            observation: One, or a batch of n.
            state: Handed through; works in progress are all the memory there is.
            episode_start: Not needed.
            deterministic: The likeliest action instead of a drawn one.

        Returns:
            An action or n actions, and the state.
        """
        return self.policy.predict(observation, state, episode_start, deterministic)

    def sample(
        self, count: int, seed: int = 0, brief: ArrayLike | dict[str, Any] | None = None
    ) -> list[Work]:
        """Makes works, each as in ``info["work"]``.

        Args:
            count: How many.
            seed: Decides briefs and actions.
            brief: One for all of them, as `Task.parse_brief` reads it; drawn from those no
                training run has seen if None.

        Raises:
            ConfigError: The count is below 1.
            InvalidBrief: The environment cannot read the brief.
        """
        if count < 1:
            raise ConfigError(f"count must be at least 1, got {count!r}")
        return sample_works(self.config, self.policy, count, seed, brief=brief)


def load(run: str | Path, which: Which = "best", device: str = "auto") -> Agent:
    """Loads the agent of a run, or a shipped one; nothing in its folder is executed.

    The run's environment is made once, for its spaces. An environment named ``module:id`` in the
    run's settings imports that module, as `gymnasium.make` does.

    Args:
        run: Its folder, or the id of an environment there is a shipped model for, see
            `agents.pretrained`; an existing folder of that name wins.
        which: "best" by sampled works for held-out briefs, or "last". They are the same in a run
            with ``select_every=0``.
        device: "auto" takes CUDA where there is one.

    Raises:
        RunError: There is no run in the folder and no model of that name, or its settings are
            damaged.
        ConfigError: The environment is unknown, or the device or ``which`` does not exist.
        CheckpointError: Nothing has been saved yet, or what has been is damaged, of another
            schema, or made with other reference data.
    """
    if which not in get_args(Which):
        raise ConfigError(f"which is one of {', '.join(get_args(Which))}, got {which!r}")
    folder, config = RunFolder.open(locate(run), to_write=False)
    path = _saved(folder, config, which)
    try:
        check_env_id(config.env)
    except ConfigError as error:
        raise ConfigError(f"{folder.config}: {error}") from error
    try:
        env = make_test_envs(config.env, config.env_kwargs, 1)
    except (CreativeEnvsError, TypeError) as error:
        raise RunError(f"Cannot make the run's environment {config.env}: {error}") from error
    policy = _make_policy(config, env).to(choose_device(device))
    load_policy(policy, path, env.task.reference_sha256())
    policy.set_training_mode(False)
    return Agent(policy, config, folder, env.task, env.settings.works)


def _saved(folder: RunFolder, config: RunConfig, which: Which) -> Path:
    """Where the policy lies."""
    last, best = newest(folder.checkpoints), newest(folder.best)
    if which == "best" and config.select_every and best is not None:
        return best
    if last is None and best is not None:
        raise CheckpointError(
            f'{folder.path} holds its best policy alone: take that (which="best", --which best).'
        )
    if last is None:
        raise CheckpointError(
            f"{folder.path} has no checkpoint yet: train it first, with "
            f"python train_agent.py --resume {folder.path}"
        )
    if which == "last" or not config.select_every:
        return last
    raise CheckpointError(
        f"{folder.path} has not sampled for its best policy yet: let it train on, or take "
        'its last one (which="last", --which last).'
    )


def _make_policy(config: RunConfig, env: CreativeVectorEnv) -> MaskedPolicy:
    """A policy of the run's shape, to sample from; leaves PyTorch's generator alone."""
    with torch.random.fork_rng(devices=[]):
        return POLICIES[config.policy](
            env.single_observation_space,
            env.single_action_space,
            learning_rate_schedule(config),
            **policy_settings(config, env.task),
            learns=False,
        )
