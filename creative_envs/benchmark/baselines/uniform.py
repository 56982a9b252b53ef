"""The floor: actions drawn uniformly among the legal ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.protocol import Agent, Context, Observation, Policy
from creative_envs.core.sampling import sample_legal


class Uniform(Agent):
    """Legal actions drawn uniformly."""

    def train(self, context: Context) -> Policy:
        """Learns nothing and takes no step."""
        return UniformPolicy()


class UniformPolicy(Policy):
    """Draws each action among those its mask allows."""

    def reset(self, seed: int, count: int) -> None:
        """Begins to draw anew."""
        self._rng = np.random.default_rng(seed)

    def act(self, observation: Observation) -> NDArray[Any]:
        """A legal action for each episode, shape (count,)."""
        return sample_legal(observation["action_mask"], self._rng)
