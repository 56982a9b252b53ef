"""The scalar environment: a batch of one episode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from creative_envs.core.arguments import read_seed, shown
from creative_envs.core.batch import (
    Batch,
    BriefPer,
    FinishedWorks,
    NoveltyWeight,
    RewardKind,
    Settings,
    check_briefs,
)
from creative_envs.core.errors import InvalidAction, InvalidArgument, ResetNeeded
from creative_envs.core.information import step_info, work_info
from creative_envs.core.spaces import action_space, observation_space
from creative_envs.core.task import Artefact, Task, make_task

Observation = dict[str, NDArray[Any]]


class CreativeEnv(gym.Env[Observation, np.int64]):
    """An environment in which an agent makes works and is paid for their quality and novelty.

    Subclasses name their task in ``task_type``; its arguments are the environment's further
    keywords.

    Args:
        render_mode: One of the task's render modes, or None.
        works: K, how many works make an episode.
        novelty_weight: w in [0, 1], or (low, high) to draw it anew each episode.
        reward: "terminal" or "shaped".
        brief_per: "episode" or "work".
        briefs: How many different briefs chance draws from; None for no limit. With few of them one
            sees how well a policy does for briefs it has not met.
        **task_arguments: Arguments of the task.

    Raises:
        InvalidArgument: An unknown keyword, or a value it cannot take.
    """

    task_type: ClassVar[type[Task]]
    metadata: ClassVar[dict[str, Any]] = {"render_modes": [], "render_fps": 4}  # type: ignore[misc]

    def __init__(
        self,
        *,
        render_mode: str | None = None,
        works: int = 1,
        novelty_weight: NoveltyWeight = 0.5,
        reward: RewardKind = "terminal",
        brief_per: BriefPer = "episode",
        briefs: int | None = None,
        **task_arguments: Any,
    ) -> None:
        self.task = make_task(self.task_type, task_arguments, CreativeEnv.__init__)
        check_render_mode(self.task, render_mode)
        self.render_mode = render_mode
        self.settings = Settings(works, novelty_weight, reward, brief_per, briefs)
        self._batch = Batch(self.task, 1, self.settings)
        self._actions = np.zeros(1, np.int64)
        self._active = np.ones(1, np.bool_)
        self._finished: FinishedWorks | None = None
        self.observation_space = observation_space(self.task, works)  # type: ignore[assignment]
        self.action_space = action_space(self.task)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begins an episode.

        Args:
            seed: Reseeds the generator that draws episode keys.
            options: ``{"brief": ...}`` sets the brief, as a vector (B,) or in the domain's words,
                for the episode (for its first work with ``brief_per="work"``).

        Raises:
            InvalidBrief: The brief has the wrong size, is not finite or leaves [0, 1].
            InvalidArgument: An unknown option, or a seed that is no whole number from 0.
        """
        briefs = read_options(self.task, options, 1)
        super().reset(seed=read_seed(seed))
        self._batch.begin_episodes(_FIRST_ROW, draw_keys([self.np_random]), briefs)
        self._finished = None
        return self._observe(), {}

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Writes one token of the work.

        A masked action is executed as the next legal index, cyclically, at a small cost.

        Raises:
            InvalidAction: The action lies outside the action space.
            ResetNeeded: The episode has ended or not begun.
        """
        self._actions[0] = self._check_action(action)
        result = self._batch.step(self._actions, self._active)
        self._finished = result.finished
        info = step_info(self.task, result)
        reward, terminated = result.reward.item(0), result.terminated.item(0)
        return self._observe(), reward, terminated, False, info

    def action_masks(self) -> NDArray[np.bool_]:
        """Which actions are legal now, shape (A,); the name sb3-contrib's MaskablePPO asks for."""
        return np.asarray(self._batch.mask[0] != 0)

    def artefact(self) -> Artefact:
        """The work as its domain's type: the one in progress, or the one just finished.

        Raises:
            ResetNeeded: No work has begun.
        """
        return self.task.artefact_of(self._work())

    def render(self) -> Any:
        """Draws the work in progress (or just finished); consumes no randomness."""
        if self.render_mode is None:
            gym.logger.warn(
                "render() draws nothing without a render mode: "
                f"pass render_mode=... (one of {self.task.render_modes}) to gym.make."
            )
            return None
        return self.task.render(self._work(), self.render_mode)

    def get_state(self) -> dict[str, Any]:
        """All state: with `set_state` an environment continues exactly where this one stands."""
        return {"batch": self._batch.get_state(), "rng": self.np_random.bit_generator.state}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Continues from what `get_state` gave.

        Raises:
            InvalidArgument: The state is of an environment made with other arguments.
        """
        self._batch.set_state(state["batch"])
        self.np_random.bit_generator.state = state["rng"]
        self._finished = None

    def _check_action(self, action: Any) -> int:
        is_array = isinstance(action, (np.ndarray, np.generic))
        is_number = is_array and action.shape == () and action.dtype.kind in "iu"
        value = action.item() if is_number else action
        if type(value) is not int or not 0 <= value < self.task.n_actions:
            raise InvalidAction(
                f"An action is a whole number in 0..{self.task.n_actions - 1}, got {shown(action)}."
            )
        return value

    def _observe(self) -> Observation:
        return self._batch.first_observation()

    def _work(self) -> dict[str, Any]:
        batch = self._batch
        if self._finished is not None:
            return work_info(self.task, self._finished, 0)
        if not batch.length[0] and not batch.ongoing[0]:
            raise ResetNeeded("There is no work yet: call reset() first.")
        return {
            "tokens": batch.tokens[0].copy(),
            "length": int(batch.length[0]),
            "brief": batch.brief[0].copy(),
        }


_FIRST_ROW = np.zeros(1, np.int64)


def draw_keys(generators: list[np.random.Generator]) -> NDArray[np.uint64]:
    """Draws an episode's key from each generator, shape (n,)."""
    return np.array([g.bit_generator.random_raw() for g in generators], np.uint64)


def check_render_mode(task: Task, render_mode: str | None) -> None:
    """Raises `InvalidArgument` for a render mode the task does not have."""
    if render_mode is None:
        return
    if not isinstance(render_mode, str) or render_mode not in task.render_modes:
        raise InvalidArgument(
            f"render_mode: {task.name} renders in the modes {task.render_modes}, "
            f"not {shown(render_mode)}"
        )


def read_options(
    task: Task, options: Mapping[str, Any] | None, size: int
) -> NDArray[np.float32] | None:
    """Reads reset's options; the only one is ``brief``."""
    if options is None:
        return None
    if not isinstance(options, Mapping):
        raise InvalidArgument(
            f"options of reset are a dict such as {{'brief': ...}}, got {shown(options)}"
        )
    unknown = [shown(name) for name in options if name != "brief"]
    if unknown:
        raise InvalidArgument(f"Unknown reset options {', '.join(unknown)}; known: 'brief'")
    if "brief" not in options:
        return None
    return check_briefs(task, options["brief"], size)
