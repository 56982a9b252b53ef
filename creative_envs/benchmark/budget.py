"""The budget: every environment step of training counts, and none beyond the limit is made.

Counting is the harness's, not the algorithm's: libraries overrun the number of steps they are asked
for, by a rollout or more.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper
from numpy.typing import NDArray

from creative_envs.benchmark.errors import BudgetExhausted
from creative_envs.benchmark.meter import Meter
from creative_envs.benchmark.training_log import Recorder, Trace
from creative_envs.benchmark.waking import woken
from creative_envs.core.batch import Batch, StepResult
from creative_envs.core.one_hot import OneHotTokens, OneHotTokensVector

__all__ = ["Meter", "counted", "counted_vector", "until_spent", "watched"]


@contextmanager
def until_spent(meter: Meter) -> Iterator[None]:
    """Ends quietly where the budget does.

    Any exception raised after a step was refused counts as its consequence, such as the EOFError
    of whoever waits for the subprocess that was refused it; who waits in vain is woken. A
    KeyboardInterrupt never does.
    """
    try:
        with woken(meter.refused, lambda: BudgetExhausted("A subprocess was refused a step.")):
            yield
    except BudgetExhausted:
        pass
    except Exception:
        if not meter.exhausted:
            raise


class _Here(threading.local):
    """What is going on in this thread."""

    metered = False


_HERE: Final = _Here()


@dataclass
class Watch:
    """What `watched` saw: ``uncounted`` steps, made in this process and counted by no meter."""

    uncounted: int = 0


@contextmanager
def watched() -> Iterator[Watch]:
    """Watches for environment steps that no meter counts, in all threads of this process.

    A guard against mistakes, such as an agent that makes its environments itself: steps of
    subprocesses, and searches that score works without an environment, are not seen.
    """
    watch, original = Watch(), Batch.step

    def step(self: Batch, actions: NDArray[np.int64], active: NDArray[np.bool_]) -> StepResult:
        if not _HERE.metered:
            watch.uncounted += int(np.count_nonzero(active))
        return original(self, actions, active)

    Batch.step = step  # type: ignore[method-assign]
    try:
        yield watch
    finally:
        Batch.step = original  # type: ignore[method-assign]


class CountedEnv(gym.Wrapper[Any, Any, Any, Any]):
    """Counts the steps of an environment, and records the works made in it."""

    def __init__(self, env: gym.Env[Any, Any], meter: Meter) -> None:
        super().__init__(env)
        self.meter = meter
        self._recorder = Recorder(meter.folder, meter.windows, at_once=True)
        self._trace = Trace(1)

    def reset(self, **keywords: Any) -> tuple[Any, dict[str, Any]]:
        """Begins an episode; costs nothing."""
        observation, info = self.env.reset(**keywords)
        self._trace.begin(_ROW, observation["brief"][None])
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Makes a step, if the budget has one left.

        Raises:
            BudgetExhausted: It has not. A step that fails for another reason counts.
        """
        total = _take(self.meter, self._recorder, 1)
        _HERE.metered = True
        try:
            observation, reward, terminated, truncated, info = self.env.step(action)
        finally:
            _HERE.metered = False
        self._trace.note(info["executed_action"])
        if terminated:
            self._recorder.add(self._trace.end((0,), total))
        return observation, reward, terminated, truncated, info

    def action_masks(self) -> NDArray[np.bool_]:
        """Which actions are legal now, shape (A,)."""
        return np.asarray(self.env.get_wrapper_attr("action_masks")())

    def get_state(self) -> dict[str, Any]:
        """As the environment's."""
        return dict(self.env.get_wrapper_attr("get_state")())

    def set_state(self, state: dict[str, Any]) -> None:
        """As the environment's. An episode gone on with from a set state is not recorded."""
        self.env.get_wrapper_attr("set_state")(state)
        self._trace.forget()

    def close(self) -> None:
        """Writes what was recorded, and closes the environment."""
        self._recorder.flush()
        super().close()


class CountedVector(VectorWrapper[Any, Any, Any, Any, Any]):
    """Counts the steps of a native vector, N each time, and records the works made in it.

    With next-step autoreset, the step in which an episode begins anew executes nothing there but
    counts all the same: `AutoresetMode.SAME_STEP` wastes none of the budget.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], meter: Meter) -> None:
        super().__init__(env)
        self.meter = meter
        self._recorder = Recorder(meter.folder, meter.windows)
        self._trace = Trace(env.num_envs)
        self._mode = env.metadata["autoreset_mode"]
        self._over = np.zeros(env.num_envs, np.bool_)

    def reset(
        self, *, seed: Any = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begins episodes, in all environments or those of a mask; costs nothing."""
        observation, info = self.env.reset(seed=seed, options=options)
        mask = (options or {}).get("reset_mask")
        rows = np.ones(self.num_envs, np.bool_) if mask is None else mask
        self._over[rows] = False
        self._trace.begin(rows, observation["brief"])
        return observation, info

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Makes a step in every environment, if the budget has N left.

        Raises:
            BudgetExhausted: It has not, and no environment is stepped. A step that fails for
                another reason counts.
        """
        total = _take(self.meter, self._recorder, self.num_envs)
        _HERE.metered = True
        try:
            outcome = self.env.step(actions)
        finally:
            _HERE.metered = False
        observation, _, terminated, _, info = outcome
        self._record(total, observation["brief"], terminated, info)
        return outcome

    def action_masks(self) -> NDArray[np.bool_]:
        """Which actions are legal now, shape (N, A)."""
        return np.asarray(self.unwrapped.action_masks())  # type: ignore[attr-defined]

    def get_state(self) -> dict[str, Any]:
        """As the vector's."""
        return dict(self.unwrapped.get_state())  # type: ignore[attr-defined]

    def set_state(self, state: dict[str, Any]) -> None:
        """As the vector's. Episodes gone on with from a set state are not recorded."""
        self.unwrapped.set_state(state)  # type: ignore[attr-defined]
        self._trace.forget()
        self._over = np.array(state["ended"])

    def close(self, **keywords: Any) -> None:
        """Writes what was recorded, and closes the vector."""
        self._recorder.flush()
        super().close(**keywords)

    def _record(
        self,
        total: int,
        briefs: NDArray[np.float32],
        terminated: NDArray[np.bool_],
        info: dict[str, Any],
    ) -> None:
        executed = info.get("executed_action", 0)
        if "final_info" in info:
            executed = executed + info["final_info"]["executed_action"]
        self._trace.note(executed)
        if self._mode == AutoresetMode.NEXT_STEP and np.count_nonzero(self._over):
            self._trace.begin(self._over, briefs)
        if np.count_nonzero(terminated):
            self._recorder.add(self._trace.end(terminated.nonzero()[0].tolist(), total))
            if self._mode == AutoresetMode.SAME_STEP:
                self._trace.begin(terminated, briefs)
        self._over = terminated.copy()


class _FlatEnv(OneHotTokens):
    def action_masks(self) -> NDArray[np.bool_]:
        """Which actions are legal now, shape (A,)."""
        return np.asarray(self.env.get_wrapper_attr("action_masks")())


class _FlatVector(OneHotTokensVector):
    def action_masks(self) -> NDArray[np.bool_]:
        """Which actions are legal now, shape (N, A)."""
        return np.asarray(self.unwrapped.action_masks())  # type: ignore[attr-defined]


def counted(env: gym.Env[Any, Any], meter: Meter, observation: str) -> gym.Env[Any, Any]:
    """The environment with its steps counted.

    Args:
        env: Any of this package's.
        meter: What counts them.
        observation: "dict" as it is, or "flat" as one vector; see `creative_envs.OneHotTokens`.
    """
    env = CountedEnv(env, meter)
    return _FlatEnv(env) if observation == "flat" else env


def counted_vector(
    vector: VectorEnv[Any, Any, Any], meter: Meter, observation: str
) -> VectorEnv[Any, Any, Any]:
    """The native vector with its steps counted; see `counted`."""
    vector = CountedVector(vector, meter)
    return _FlatVector(vector) if observation == "flat" else vector


def _take(meter: Meter, recorder: Recorder, steps: int) -> int:
    try:
        total = meter.take(steps)
    except BudgetExhausted:  # nothing may come after it, not even a close
        recorder.flush()
        raise
    recorder.reached(total)
    return total


_ROW: Final = np.zeros(1, np.int64)
