"""This project's own learner as an agent: PPO with causal attention over a work's tokens.

Its code is ``agents``, which lies beside ``creative_envs`` in a checkout and is not installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.adapters.rollouts import whole_rollouts
from creative_envs.benchmark.plugins import require_project

if TYPE_CHECKING:
    from creative_envs.benchmark.protocol import Context, ObservationKind

LONG: Final = 1_000_000
"""Budgets from which on the presets' own rollouts are used: they are tuned for as many steps."""
ENVS: Final = 32
STEPS: Final = 64
"""Of rollouts in short budgets. Half as many, or a quarter, earned no more of 60,000 steps."""


class PPOAttention:
    """PPO with this project's attention: its presets, from scratch, schedules over the budget.

    Attributes:
        size: Of the network: "nano", "small" or "base".
    """

    observation: ClassVar[ObservationKind] = "dict"
    deterministic: ClassVar[bool] = False
    size: ClassVar[str] = "nano"

    def train(self, context: Context) -> AttentionPolicy:
        """Learns until the budget is spent; steps after the last whole rollout teach nothing."""
        config = self.config(context)  # before torch, so that who lacks both is told of a checkout

        import torch

        from creative_envs.benchmark.adapters.vectors import EntropyDecay

        torch.set_num_threads(config.threads)
        vector: Any = context.make_vec_env(config.n_envs)
        # `agents` reads these off a native vector, which is not to be stepped uncounted.
        vector.task, vector.settings = vector.unwrapped.task, vector.unwrapped.settings
        portfolio = vector.settings.works > 1
        env = _agents("vec_env").SB3VecEnv(
            vector, config.reward_scale, config.credit, staggered=portfolio
        )
        model = _agents("training").make_model(config, env, torch.device(context.device))
        with context.until_spent():
            model.learn(context.budget, EntropyDecay(config.final_ent_coef))
        return AttentionPolicy(model.policy)

    def config(self, context: Context) -> Any:
        """The preset's settings for this environment and budget, an `agents.config.RunConfig`."""
        chosen: dict[str, Any] = {
            "env": context.env_id,
            "size": self.size,
            "timesteps": context.budget,
            "seed": context.seed,
            "threads": 1,
        }
        if context.budget < LONG:
            steps = whole_rollouts(context.budget, ENVS, STEPS)
            chosen |= {"n_envs": ENVS, "n_steps": steps, "batch_size": ENVS * steps // 4}
        return _agents("config").resolve(chosen, assignments=["start=null"])


class AttentionPolicy:
    """Samples from a trained policy, with a generator of its own."""

    def __init__(self, policy: Any) -> None:
        self.policy = policy.to("cpu")
        self.policy.set_training_mode(False)

    def reset(self, seed: int, count: int) -> None:
        """Begins; what the policy remembers of works in progress is forgotten."""
        import torch

        self._generator = torch.Generator().manual_seed(seed)
        self.policy.features_extractor.forget()

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Samples an action (n,) for each episode."""
        import torch

        tensors = {name: torch.as_tensor(values) for name, values in observation.items()}
        with torch.no_grad():
            chances = self.policy.get_distribution(tensors).distribution.probs
            actions = torch.multinomial(chances, 1, generator=self._generator)[:, 0]
        return np.asarray(actions.numpy())

    def save(self, folder: Path) -> None:
        """Writes the parameters as safetensors."""
        from safetensors.torch import save_model

        save_model(self.policy, str(folder / "policy.safetensors"))


def _agents(name: str) -> Any:
    """A module of `agents`, imported where it is there."""
    require_project()
    return import_module(f"agents.{name}")
