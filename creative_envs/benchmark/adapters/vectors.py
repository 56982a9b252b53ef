"""A native vector environment as Stable-Baselines3 wants it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import VectorEnv
from numpy.typing import NDArray
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

MASKS = "action_masks"
"""The method that sb3-contrib's MaskablePPO asks environments for."""


class NativeVecEnv(VecEnv):
    """Serves a vector environment in SAME_STEP mode, without a Python loop over environments.

    Infos hold what algorithms need, ``terminal_observation`` and ``TimeLimit.truncated`` where an
    episode has ended, and nothing else.

    Args:
        vector: With observations as dictionaries, as `Context.make_vec_env` makes it.
        reward_scale: Factor on rewards as the learner sees them.
    """

    def __init__(self, vector: VectorEnv[Any, Any, Any], reward_scale: float = 1.0) -> None:
        self.vector = vector
        self.reward_scale = reward_scale
        self._actions = np.zeros(vector.num_envs, np.int64)
        self._observation: dict[str, NDArray[Any]] = {}
        super().__init__(
            vector.num_envs, vector.single_observation_space, vector.single_action_space
        )

    def reset(self) -> VecEnvObs:
        """Begins an episode in every environment, with the seeds of an earlier `seed` call."""
        self._observation, _ = self.vector.reset(seed=self._seeds[0])
        self._reset_seeds()
        return self._observation

    def step_async(self, actions: NDArray[np.int64]) -> None:
        """Notes the actions, shape (N,)."""
        self._actions = actions

    def step_wait(self) -> VecEnvStepReturn:
        """Executes the noted actions."""
        self._observation, reward, terminated, truncated, info = self.vector.step(self._actions)
        ended = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for row in ended.nonzero()[0]:
            infos[row]["terminal_observation"] = info["final_obs"][row]
            infos[row]["TimeLimit.truncated"] = bool(truncated[row] and not terminated[row])
        return self._observation, (reward * self.reward_scale).astype(np.float32), ended, infos

    def close(self) -> None:
        """Closes the vector environment."""
        self.vector.close()

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """An attribute of the vector environment, once for each of the indices."""
        rows = self._get_indices(indices)
        if attr_name == MASKS:
            return [self.env_method] * len(list(rows))
        return [getattr(self.vector, attr_name) for _ in rows]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Refused: the environments share their attributes."""
        raise NotImplementedError("The environments of a native vector have no attributes each.")

    def env_method(
        self,
        method_name: str,
        *method_args: Any,
        indices: VecEnvIndices = None,
        **method_kwargs: Any,
    ) -> list[Any]:
        """The rows of the masks that are observed; there are no other methods."""
        if method_name != MASKS:
            raise AttributeError(f"Environments of a native vector have no method {method_name!r}.")
        masks = self._observation["action_mask"] != 0
        return [masks[row] for row in self._get_indices(indices)]

    def env_is_wrapped(
        self, wrapper_class: type[gym.Wrapper[Any, Any, Any, Any]], indices: VecEnvIndices = None
    ) -> list[bool]:
        """Never: the native vector has no wrapped environments inside."""
        return [False for _ in self._get_indices(indices)]

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """None: training shows nothing."""
        return [None] * self.num_envs


class EntropyDecay(BaseCallback):
    """Lets the weight of an entropy bonus fall in a straight line, rollout by rollout.

    Args:
        final: Its value in the end.
    """

    def __init__(self, final: float) -> None:
        super().__init__()
        self.final = final

    def _on_training_start(self) -> None:
        self.first = self.model.ent_coef  # type: ignore[attr-defined]

    def _on_rollout_start(self) -> None:
        done = self.num_timesteps / self.locals["total_timesteps"]
        self.model.ent_coef = self.first + (self.final - self.first) * min(done, 1.0)  # type: ignore[attr-defined]

    def _on_step(self) -> bool:
        return True
