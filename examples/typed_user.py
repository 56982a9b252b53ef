"""The types of the package, as a user's type checker sees them: ``mypy --strict`` passes here.

Run it with the name of a file to write, such as ``python examples/typed_user.py melody.mid``.
"""

from __future__ import annotations

import sys
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from creative_envs import OneHotTokens, artefact, check_creative_env, sample_legal
from creative_envs.benchmark.protocol import Agent, Context, Observation, Policy
from creative_envs.melody.artefact import Melody
from creative_envs.melody.env import MelodyEnv

ENV_ID = "creative_envs/MelodyComposition-v0"


class Legal:
    """An agent of the benchmark that learns nothing."""

    def train(self, context: Context) -> Policy:
        """Returns itself, without a step."""
        self.reset(context.seed, 1)
        return self

    def reset(self, seed: int, count: int) -> None:
        """Begins a sample."""
        self.rng = np.random.default_rng(seed)

    def act(self, observation: Observation) -> NDArray[Any]:
        """Any legal action of each row."""
        assert isinstance(observation, dict)
        return np.asarray(sample_legal(observation["action_mask"], self.rng))


def compose(seed: int) -> Melody:
    """A melody of random legal actions."""
    env = gym.make(ENV_ID, bars=4)
    assert isinstance(env.unwrapped, MelodyEnv)
    check_creative_env(env)
    rng = np.random.default_rng(seed)
    observation, info = env.reset(seed=seed)
    ended = False
    while not ended:
        action = sample_legal(observation["action_mask"], rng)
        observation, _, ended, _, info = env.step(action)
    made = artefact(ENV_ID, info["work"], bars=4)
    assert isinstance(made, Melody)
    return made


if __name__ == "__main__":
    agent: Agent = Legal()
    flat: gym.Env[NDArray[np.float32], Any] = OneHotTokens(gym.make(ENV_ID))
    print(flat.observation_space.shape, compose(seed=0).save(sys.argv[1]))
