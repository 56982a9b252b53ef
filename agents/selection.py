"""Choosing among a run's policies: the one whose sampled works are best for held-out briefs."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Final

import numpy as np
import safetensors.torch
from stable_baselines3.common.callbacks import BaseCallback

from agents.callbacks import History, tensorboard_writers
from agents.checkpoint import POLICY, policy_tensors
from agents.config import RunConfig
from agents.environments import VALIDATION, make_test_envs
from agents.errors import ConfigError
from agents.evaluation import sample_works
from agents.sealed import Sealed
from creative_envs.core.errors import InvalidArgument

SELECTION_SEED: Final = 2_000_003
"""Added to a run's seed for the works its policies are chosen by: not those of the final table."""
SCORES_FILE: Final = "best.json"
"""Beside the best policy: when it was the run's, and the means of its sampled works."""
SHOWN: Final = ("reward", "quality", "novelty")


class Selection(BaseCallback):
    """Keeps the policy whose works have the highest mean reward for briefs not trained on.

    It samples where every n-th rollout begins and at the end of training, always for the same
    briefs and with the same random numbers, and leaves all generators alone. The score goes into
    the history's entry of the rollout before, and so into checkpoints: the best so far is the
    highest there. A rollout that finished no work has no entry; then the next one is sampled after.

    Put this before the callback that takes checkpoints: the best policy must be on the disk before
    a checkpoint tells of it.

    Args:
        config: The run's settings.
        history: The run's record.
        folder: Where the best policy is kept.
        reference_sha256: Of the environment's reference data.
    """

    def __init__(
        self, config: RunConfig, history: History, folder: Path, reference_sha256: str
    ) -> None:
        super().__init__()
        self.config, self.history, self.folder = config, history, folder
        self.reference_sha256 = reference_sha256
        trained_on = config.env_kwargs.get("split", "train")
        self.split = "train" if trained_on == VALIDATION else VALIDATION

    def _init_callback(self) -> None:
        """Fails here, not in the middle of a run, where the environment knows no such split."""
        try:
            make_test_envs(self.config.env, self.config.env_kwargs, 1, self.split).close()
        except InvalidArgument as error:
            raise ConfigError(f"{error} (asked for by select_every; 0 never samples)") from error

    def _on_rollout_start(self) -> None:
        self._select(self.config.select_every)

    def _on_step(self) -> bool:
        return True

    def _on_training_end(self) -> None:
        self._select(every=1)

    def _select(self, every: int) -> None:
        """Samples if the last time is so many rollouts ago, and keeps a policy that is better."""
        if not self.history or self.history[-1]["timesteps"] != self.num_timesteps:
            return
        before = [entry for entry in self.history if "held_out" in entry]
        since = self.num_timesteps - (before[-1]["timesteps"] if before else 0)
        if since < every * self.config.rollout:
            return
        scores = self._sample()
        if scores["reward"] > max((entry["held_out"] for entry in before), default=-math.inf):
            self._keep(scores)
        self.history[-1]["held_out"] = scores["reward"]

    def _sample(self) -> dict[str, float]:
        config, policy = self.config, self.model.policy
        seed = config.seed + SELECTION_SEED
        works = sample_works(config, policy, config.select_works, seed, self.split)
        policy.features_extractor.forget()
        means = {name: float(np.mean([work[name] for work in works])) for name in SHOWN}
        for writer in tensorboard_writers(self.logger):
            for name, value in means.items():
                writer.add_scalar(f"held_out/{name}", value, self.num_timesteps)
        return means

    def _keep(self, scores: dict[str, float]) -> None:
        """Stores the policy as the best so far; the one before goes once this one is safe."""
        told = {"timesteps": self.num_timesteps, "works": self.config.select_works} | scores
        contents = {
            POLICY: safetensors.torch.save(policy_tensors(self.model.policy)),
            SCORES_FILE: json.dumps(told, indent=2).encode(),
        }
        Sealed(contents, self.reference_sha256).write(self.folder, self.num_timesteps, keep=1)
