"""The native vector environment as a Stable-Baselines3 `VecEnv`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

from agents.credit import LossOfOthers
from creative_envs.benchmark.adapters.vectors import NativeVecEnv
from creative_envs.core.vector import CreativeVectorEnv

Credit = Literal["episode", "work", "shared"]


class SB3VecEnv(NativeVecEnv):
    """Serves a `CreativeVectorEnv` to Stable-Baselines3 without a Python loop over environments.

    Every step returns fresh arrays, as SB3 stores an observation only after the next step.
    The info of an environment whose work has just ended holds ``work``; the one of an ended episode
    also ``terminal_observation``, ``TimeLimit.truncated`` (always False) and ``episode`` (return,
    length, seconds since the environment was made).

    Args:
        env: A native vector environment in SAME_STEP mode.
        reward_scale: Factor on rewards as the learner sees them; ``episode`` reports unscaled ones.
        credit: With "episode", the last work of a portfolio is reported as done, and actions answer
            for all works from their own on. With "work" and "shared" every work is; it answers for
            itself, with "shared" also for what it costs the others (see `agents.credit`).
        staggered: Whether first episodes are shortened by different numbers of works. Portfolios
            of works of one length stay in step otherwise: a rollout holds everybody's third works,
            the next one everybody's fourth.

    Raises:
        ValueError: The environment resets in another mode.
    """

    def __init__(
        self,
        env: CreativeVectorEnv,
        reward_scale: float = 1.0,
        credit: Credit = "episode",
        staggered: bool = False,
    ) -> None:
        mode = env.metadata["autoreset_mode"]
        if mode != AutoresetMode.SAME_STEP:
            raise ValueError(
                f"Stable-Baselines3 needs environments that reset in the same step, not {mode}: "
                "make them with autoreset_mode='SAME_STEP'."
            )
        self.env = env
        self.credit = credit
        self.loss_of_others = LossOfOthers(env.num_envs) if credit == "shared" else None
        self.staggered = staggered
        self._returns = np.zeros(env.num_envs, np.float64)
        self._lengths = np.zeros(env.num_envs, np.int64)
        self._made = time.perf_counter()
        super().__init__(env, reward_scale)

    @classmethod
    def make(
        cls,
        env_id: str,
        num_envs: int,
        *,
        reward_scale: float = 1.0,
        credit: Credit = "episode",
        staggered: bool = False,
        **env_kwargs: Any,
    ) -> SB3VecEnv:
        """Makes the registered environment natively vectorised and adapts it."""
        env = gym.make_vec(
            env_id, num_envs=num_envs, autoreset_mode=AutoresetMode.SAME_STEP, **env_kwargs
        )
        return cls(env.unwrapped, reward_scale, credit, staggered)

    def reset(self) -> VecEnvObs:
        """Begins an episode in every environment, with the seeds of an earlier `seed` call."""
        options = self._options[0] or None
        observation, _ = self.env.reset(seed=list(self._seeds), options=options)
        if self.staggered:
            self._stagger()
        self._reset_seeds()
        self._reset_options()
        self._returns[:] = 0
        self._lengths[:] = 0
        if self.loss_of_others:
            self.loss_of_others.forget(np.ones(self.num_envs, np.bool_))
        return observation

    def step_wait(self) -> VecEnvStepReturn:
        """Executes the noted actions."""
        observation, reward, terminated, _, info = self.env.step(self._actions)
        self._returns += reward
        self._lengths += 1
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        _collect_works(info, infos)
        if terminated.any():
            _collect_works(info["final_info"], infos)
            self._close_episodes(info["final_obs"], terminated.nonzero()[0], infos)
        if self.loss_of_others:
            reward = reward - self.loss_of_others.charge(infos, terminated)
        if self.credit != "episode":
            terminated = terminated | np.array(["work" in info for info in infos])
        scaled = (reward * self.reward_scale).astype(np.float32)
        return observation, scaled, terminated, infos

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """An attribute of the native environment, once for each of the indices."""
        return [getattr(self.env, attr_name) for _ in self._get_indices(indices)]

    def env_method(
        self,
        method_name: str,
        *method_args: Any,
        indices: VecEnvIndices = None,
        **method_kwargs: Any,
    ) -> list[Any]:
        """Calls a batched method, such as ``action_masks``, and returns its rows."""
        rows = getattr(self.env, method_name)(*method_args, **method_kwargs)
        return [rows[index] for index in self._get_indices(indices)]

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """A picture of every work in progress, or None without a render mode."""
        return self.env.render() or [None] * self.num_envs

    def get_state(self) -> dict[str, Any]:
        """All state: with `set_state` the environments continue exactly where these stand."""
        own = {"works": self.loss_of_others.get_state()} if self.loss_of_others else {}
        return {
            "native": self.env.get_state(),
            "returns": self._returns.copy(),
            "lengths": self._lengths.copy(),
            **own,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Continues from what `get_state` gave."""
        self.env.set_state(state["native"])
        self._returns[:] = state["returns"]
        self._lengths[:] = state["lengths"]
        if self.loss_of_others:
            self.loss_of_others.set_state(state["works"])

    def _stagger(self) -> None:
        state = self.env.get_state()
        state["batch"]["work_index"][:] = np.arange(self.num_envs) % self.env.settings.works
        self.env.set_state(state)

    def _close_episodes(
        self, final: NDArray[np.object_], rows: NDArray[np.int64], infos: list[dict[str, Any]]
    ) -> None:
        seconds = round(time.perf_counter() - self._made, 6)
        for row in rows:
            infos[row]["terminal_observation"] = final[row]
            infos[row]["TimeLimit.truncated"] = False
            infos[row]["episode"] = {
                "r": float(self._returns[row]),
                "l": int(self._lengths[row]),
                "t": seconds,
            }
        self._returns[rows] = 0
        self._lengths[rows] = 0


def _collect_works(info: Mapping[str, Any], infos: list[dict[str, Any]]) -> None:
    """Moves the finished works of a vector's info to those of its environments."""
    for row, work in finished_works(info):
        infos[row]["work"] = work


def finished_works(info: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """The works a vector's info tells of, each with the row of its environment."""
    if "work" not in info:
        return []
    return [(int(row), _row_of(info["work"], row)) for row in info["_work"].nonzero()[0]]


def _row_of(entries: Mapping[str, Any], row: int) -> dict[str, Any]:
    """One environment's values of a vector's info dictionary, without its masks."""
    values: dict[str, Any] = {}
    for key, entry in entries.items():
        if key.startswith("_"):
            continue
        if isinstance(entry, Mapping):
            values[key] = _row_of(entry, row)
        else:
            value = entry[row]
            values[key] = value.copy() if isinstance(value, np.ndarray) else value.item()
    return values
