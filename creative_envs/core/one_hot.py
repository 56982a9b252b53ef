"""A flat view of the observation, for algorithms that take one vector (CleanRL style, DQN).

Raw token ids are a poor input for an MLP: 7 is not more than 3. Here every token column becomes a
one-hot block, all zeros where nothing is written yet, so that a plain MLP is a fair baseline.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv, VectorObservationWrapper, VectorWrapper
from numpy.typing import NDArray


class _Layout:
    """Where each part of the flat vector lies."""

    def __init__(self, space: spaces.Dict) -> None:
        tokens = space["tokens"]
        assert isinstance(tokens, spaces.Box)
        length, _ = tokens.shape
        sizes = tokens.high[0].astype(np.int64) + 1
        self.starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self.token_width = int(sizes.sum())
        self.slices: dict[str, slice] = {"tokens": slice(0, length * self.token_width)}
        end = self.slices["tokens"].stop
        for key, part in space.spaces.items():
            if key == "tokens":
                continue
            width = int(np.prod(part.shape or (1,)))
            self.slices[key] = slice(end, end + width)
            end += width
        self.size = end

    def space(self) -> spaces.Box:
        return spaces.Box(-np.inf, np.inf, (self.size,), np.float32)

    def flatten(self, observation: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Flattens a batch: every entry (N, ...) to one array (N, size)."""
        tokens = observation["tokens"]
        count, length, columns = tokens.shape
        flat = np.zeros((count, self.size), np.float32)
        written = (tokens >= 0).reshape(count, -1)
        starts = (np.arange(length)[:, None] * self.token_width + self.starts[None]).ravel()
        positions = starts + tokens.reshape(count, length * columns)
        rows = np.broadcast_to(np.arange(count)[:, None], positions.shape)
        flat[rows[written], positions[written]] = 1.0
        for key, where in self.slices.items():
            if key != "tokens":
                flat[:, where] = observation[key].reshape(count, -1)
        return flat


class OneHotTokens(gym.ObservationWrapper[NDArray[np.float32], np.int64, Any]):
    """Turns the Dict observation into one float32 vector.

    Attributes:
        slices: Where each entry of the Dict lies in the vector. ``tokens`` is L blocks, one a
            token row, each the concatenation of a one-hot block per column; the others are
            flattened as they are.
    """

    def __init__(self, env: gym.Env[Any, np.int64]) -> None:
        super().__init__(env)
        assert isinstance(env.observation_space, spaces.Dict)
        self._layout = _Layout(env.observation_space)
        self.slices = self._layout.slices
        self.observation_space = self._layout.space()  # type: ignore[assignment]

    def observation(self, observation: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Flattens one observation to shape (size,)."""
        batch = {key: value[None] for key, value in observation.items()}
        return np.asarray(self._layout.flatten(batch)[0])


class OneHotTokensVector(VectorObservationWrapper[Any, Any, Any, Any]):
    """`OneHotTokens` for vector environments; works in every autoreset mode."""

    def __init__(self, env: VectorEnv[Any, Any, Any]) -> None:
        VectorWrapper.__init__(self, env)
        assert isinstance(env.single_observation_space, spaces.Dict)
        self._layout = _Layout(env.single_observation_space)
        self.slices = self._layout.slices
        self.single_observation_space = self._layout.space()
        self.observation_space = spaces.Box(
            -np.inf, np.inf, (env.num_envs, self._layout.size), np.float32
        )

    def step(self, actions: Any) -> Any:
        """Steps and flattens, the final observations of same-step autoreset included."""
        observation, reward, terminated, truncated, info = self.env.step(actions)
        if "final_obs" in info:
            for row in info["_final_obs"].nonzero()[0]:
                batch = {key: value[None] for key, value in info["final_obs"][row].items()}
                info["final_obs"][row] = self._layout.flatten(batch)[0]
        return self.observations(observation), reward, terminated, truncated, info

    def observations(self, observations: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Flattens a batch of observations to shape (N, size)."""
        return self._layout.flatten(observations)
