"""The native vector environment: N episodes in one batch, behind `gymnasium.make_vec`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from creative_envs.core.arguments import read_seed, require_count, shown
from creative_envs.core.batch import (
    Batch,
    BriefPer,
    NoveltyWeight,
    RewardKind,
    Settings,
    StepResult,
    check_actions,
)
from creative_envs.core.env import Observation, check_render_mode, draw_keys, read_options
from creative_envs.core.errors import InvalidArgument
from creative_envs.core.information import vector_info
from creative_envs.core.spaces import action_space, observation_space
from creative_envs.core.task import Artefact, Task, make_task

Flags = NDArray[np.bool_]

_MOST_ENVS: Final = 2**24


class CreativeVectorEnv(VectorEnv[Observation, NDArray[np.int64], NDArray[Any]]):
    """N environments stepped by one kernel call; equal, step by step, to N scalar ones.

    Sub-environment i of a vector seeded with s owns the generator a scalar environment seeded
    with s + i would have.

    Args:
        num_envs: N.
        autoreset_mode: When finished sub-environments begin anew: in the same step, in the next
            one, or only by ``reset(options={"reset_mask": ...})``. A mode or its name.
        render_mode: One of the task's render modes, or None.
        works: See `creative_envs.core.env.CreativeEnv`, as for the others.
        novelty_weight: As there.
        reward: As there.
        brief_per: As there.
        briefs: As there.
        **task_arguments: Arguments of the task.

    Raises:
        InvalidArgument: An unknown keyword, or a value it cannot take.
    """

    task_type: ClassVar[type[Task]]

    def __init__(
        self,
        num_envs: int = 1,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        works: int = 1,
        novelty_weight: NoveltyWeight = 0.5,
        reward: RewardKind = "terminal",
        brief_per: BriefPer = "episode",
        briefs: int | None = None,
        **task_arguments: Any,
    ) -> None:
        self.task = make_task(self.task_type, task_arguments, CreativeVectorEnv.__init__)
        check_render_mode(self.task, render_mode)
        require_count("num_envs", num_envs, _MOST_ENVS)
        self.num_envs, self.render_mode = num_envs, render_mode
        self.autoreset_mode = _read_autoreset_mode(autoreset_mode)
        self.metadata = {
            "render_modes": list(self.task.render_modes),
            "render_fps": 4,
            "autoreset_mode": self.autoreset_mode,
        }
        self.settings = Settings(works, novelty_weight, reward, brief_per, briefs)
        self._batch = Batch(self.task, num_envs, self.settings)
        self._generators: list[np.random.Generator] = []
        self._ended = np.zeros(num_envs, np.bool_)
        self.single_observation_space = observation_space(self.task, works)
        self.single_action_space = action_space(self.task)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def reset(
        self,
        *,
        seed: int | list[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Observation, dict[str, Any]]:
        """Begins an episode in all sub-environments, or in those of a mask.

        Args:
            seed: s gives sub-environment i the seed s + i; or a list of N seeds.
            options: ``{"brief": (B,) or (N, B)}`` sets briefs; ``{"reset_mask": (N,) bool}``
                resets only some.

        Raises:
            InvalidBrief: A brief has the wrong size, is not finite or leaves [0, 1].
            InvalidArgument: An unknown option, a mask or a list of seeds of the wrong shape, or a
                seed that is no whole number from 0.
        """
        chosen = np.ones(self.num_envs, np.bool_)
        if isinstance(options, Mapping):
            chosen = self._read_reset_mask(options.get("reset_mask"))
            options = {name: value for name, value in options.items() if name != "reset_mask"}
        briefs = read_options(self.task, options, self.num_envs)
        self._seed(seed, chosen)
        rows = chosen.nonzero()[0]
        if briefs is not None and briefs.ndim == 2:
            briefs = briefs[rows]
        self._begin(rows, briefs)
        self._ended[rows] = False
        return self._batch.observation(), {}

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[Observation, NDArray[np.float64], Flags, Flags, dict[str, Any]]:
        """Writes one token of every work in progress; see `CreativeEnv.step`.

        Raises:
            InvalidAction: The actions have the wrong shape or type, or leave the action space.
            ResetNeeded: A sub-environment must be reset first (before the first step, or always
                with autoreset disabled).
        """
        actions = check_actions(actions, self.num_envs, self.task.n_actions)
        next_step = self.autoreset_mode == AutoresetMode.NEXT_STEP
        renewed = self._ended if next_step else np.zeros_like(self._ended)
        stepped = ~renewed
        result = self._batch.step(actions, stepped)
        if renewed.any():
            self._begin(renewed.nonzero()[0])
        self._ended = result.terminated
        info = vector_info(self.task, result, stepped)
        if self.autoreset_mode == AutoresetMode.SAME_STEP and result.terminated.any():
            info = self._renew_in_same_step(result)
        truncated = np.zeros(self.num_envs, np.bool_)
        return self._batch.observation(), result.reward, result.terminated.copy(), truncated, info

    def action_masks(self) -> NDArray[np.bool_]:
        """Which actions are legal now, shape (N, A)."""
        return np.asarray(self._batch.mask != 0)

    def artefacts(self) -> tuple[Artefact, ...]:
        """The works in progress as their domain's type."""
        return tuple(self.task.artefact_of(self._work(row)) for row in range(self.num_envs))

    def render(self) -> tuple[Any, ...] | None:
        """Draws every work in progress; consumes no randomness."""
        if self.render_mode is None:
            return None
        return tuple(
            self.task.render(self._work(row), self.render_mode) for row in range(self.num_envs)
        )

    def get_state(self) -> dict[str, Any]:
        """All state: with `set_state` an environment continues exactly where this one stands."""
        return {
            "batch": self._batch.get_state(),
            "ended": self._ended.copy(),
            "rng": [g.bit_generator.state for g in self._generators],
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Continues from what `get_state` gave.

        Raises:
            InvalidArgument: The state is of an environment made with other arguments.
        """
        self._batch.set_state(state["batch"])
        self._ended = np.array(state["ended"])
        self._generators = []
        for rng_state in state["rng"]:
            generator = np.random.Generator(np.random.PCG64())
            generator.bit_generator.state = rng_state
            self._generators.append(generator)

    def _seed(self, seed: int | list[int | None] | None, chosen: Flags) -> None:
        if isinstance(seed, list | tuple) or (isinstance(seed, np.ndarray) and seed.ndim):
            seeds = [read_seed(one) for one in seed]
        else:
            first = read_seed(seed)
            seeds = [None if first is None else first + i for i in range(self.num_envs)]
        if len(seeds) != self.num_envs:
            raise InvalidArgument(f"{len(seeds)} seeds for {self.num_envs} sub-environments")
        if not self._generators:
            self._generators = [seeding.np_random(s)[0] for s in seeds]
            return
        for row in chosen.nonzero()[0]:
            if seeds[row] is not None:
                self._generators[row] = seeding.np_random(seeds[row])[0]

    def _read_reset_mask(self, mask: Any) -> Flags:
        if mask is None:
            return np.ones(self.num_envs, np.bool_)
        if not isinstance(mask, np.ndarray) or mask.shape != (self.num_envs,) or mask.dtype != bool:
            raise InvalidArgument(f"reset_mask is a bool array of shape ({self.num_envs},)")
        if not mask.any():
            raise InvalidArgument("reset_mask chooses no sub-environment: set at least one True")
        return mask

    def _begin(self, rows: NDArray[np.int64], briefs: NDArray[np.float32] | None = None) -> None:
        keys = draw_keys([self._generators[row] for row in rows])
        self._batch.begin_episodes(rows, keys, briefs)

    def _renew_in_same_step(self, result: StepResult) -> dict[str, Any]:
        """Begins the ended episodes anew; what they ended with moves to ``final_...``."""
        ended = result.terminated.copy()
        info = vector_info(self.task, result, ~ended)
        rows = ended.nonzero()[0]
        final = self._batch.observation(rows)
        observations = np.full(self.num_envs, None, dtype=object)
        for index, row in enumerate(rows):
            observations[row] = {key: values[index] for key, values in final.items()}
        info["final_obs"], info["_final_obs"] = observations, ended
        info["final_info"], info["_final_info"] = vector_info(self.task, result, ended), ended
        self._begin(rows)
        self._ended = np.zeros_like(ended)
        return info

    def _work(self, row: int) -> dict[str, Any]:
        batch = self._batch
        return {
            "tokens": batch.tokens[row].copy(),
            "length": int(batch.length[row]),
            "brief": batch.brief[row].copy(),
        }


def _read_autoreset_mode(mode: AutoresetMode | str) -> AutoresetMode:
    for known in AutoresetMode if isinstance(mode, AutoresetMode | str) else ():
        if mode in (known, known.name, known.value):
            return known
    raise InvalidArgument(
        f"autoreset_mode is one of {[known.name for known in AutoresetMode]}, got {shown(mode)}"
    )
