"""The learner of one domain, driven a rollout at a time so that several can learn in turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from stable_baselines3 import PPO

from agents.callbacks import History, WorkMonitor
from agents.config import RunConfig
from agents.environments import make_training_envs
from agents.evaluation import SAMPLE_SEED, Sample, sample_works
from agents.policy import MaskedPolicy
from agents.training import make_model


class Learner:
    """PPO of one domain, with schedules, optimiser and random numbers of its own.

    What it draws does not depend on who learns between its rollouts; if nothing is shared, it
    ends with the very parameters `agents.training.train` gives.

    Args:
        config: The domain's settings; its schedules run over ``config.total_timesteps``. Learning
            is on the CPU, and no policy is selected on the way.

    Raises:
        ConfigError: The environment refuses its keywords.
    """

    model: PPO

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        env = make_training_envs(
            config.env, config.env_kwargs, config.n_envs, config.reward_scale, config.credit
        )
        self.model = make_model(config, env, torch.device("cpu"))
        self._torch_state = torch.get_rng_state()
        self._numpy_state = np.random.get_state()  # noqa: NPY002 - minibatches draw from it
        self._monitor = WorkMonitor([])
        _, self._callback = self.model._setup_learn(config.total_timesteps, self._monitor)
        self._callback.on_training_start({}, {})

    @property
    def policy(self) -> MaskedPolicy:
        """As it is now."""
        policy = self.model.policy
        assert isinstance(policy, MaskedPolicy)
        return policy

    @property
    def history(self) -> History:
        """An entry for each rollout that finished works, as `WorkMonitor` records it."""
        return self._monitor.history

    @property
    def rollouts(self) -> int:
        """How many it learns from in all."""
        return self.config.total_timesteps // self.config.rollout

    def learn_rollout(self) -> None:
        """Collects a rollout and learns from it: one turn of the loop in SB3's ``learn``.

        Raises:
            RatioMismatch: The update sees another policy than the one that sampled.
        """
        model, config = self.model, self.config
        assert model.env is not None
        done = model.num_timesteps / config.total_timesteps
        first, last = config.ent_coef, config.final_ent_coef
        model.ent_coef = first + (last - first) * done
        with self._own_randomness():
            model.collect_rollouts(model.env, self._callback, model.rollout_buffer, config.n_steps)
            model._update_current_progress_remaining(model.num_timesteps, config.total_timesteps)
            model.train()

    def evaluate(self, works: int) -> dict[str, float]:
        """Measures of works sampled for held-out briefs, the same ones at every call."""
        sampled = sample_works(self.config, self.policy, works, self.config.seed + SAMPLE_SEED)
        self.policy.features_extractor.forget()
        return Sample("trained", sampled, None).measures()

    @contextmanager
    def _own_randomness(self) -> Iterator[None]:
        """Continues the learner's streams of random numbers where they stopped."""
        torch.set_rng_state(self._torch_state)
        np.random.set_state(self._numpy_state)  # noqa: NPY002 - as above
        yield
        self._torch_state = torch.get_rng_state()
        self._numpy_state = np.random.get_state()  # noqa: NPY002 - as above
