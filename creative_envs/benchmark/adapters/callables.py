"""Agents and policies made of a plain function that chooses one action for one episode.

An agent in a file of its own, ``creative-bench run --agents mine.py:Lowest``::

    from creative_envs.benchmark.adapters.callables import from_function

    def lowest(observation):
        "Always the first legal action."
        return observation["action_mask"].argmax()

    Lowest = from_function(lowest)
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.errors import InvalidPolicy
from creative_envs.benchmark.protocol import Agent, Context, Observation, ObservationKind, Policy

Choose = Callable[[Any], Any] | Callable[[Any, np.random.Generator], Any]
"""From the observation of one episode, without a leading axis, to an action; a second parameter
is given the episode's own generator."""


class OneByOne:
    """A policy that asks a function for each episode in turn.

    Args:
        choose: See `Choose`.

    Attributes:
        choose: As given.
    """

    def __init__(self, choose: Choose) -> None:
        self.choose: Callable[..., Any] = choose
        self._draws = _draws(choose)
        self._generators: list[np.random.Generator] = []

    def reset(self, seed: int, count: int) -> None:
        """Begins ``count`` episodes; each draws from its own generator, whatever the count."""
        children = np.random.SeedSequence(seed).spawn(count)
        self._generators = [np.random.default_rng(child) for child in children]

    def act(self, observation: Observation) -> NDArray[np.int64]:
        """An action for each of the episodes, shape (count,).

        Raises:
            InvalidPolicy: The function did not give one whole number.
        """
        return np.array([self._act(observation, i) for i in range(len(self._generators))], np.int64)

    def _act(self, observation: Observation, index: int) -> int:
        if isinstance(observation, dict):
            own: Any = {key: value[index] for key, value in observation.items()}
        else:
            own = observation[index]
        action = self.choose(own, self._generators[index]) if self._draws else self.choose(own)
        try:
            return operator.index(action)
        except TypeError as error:
            raise InvalidPolicy(
                f"{_name(self.choose)} gives one action, a whole number, for one observation; "
                f"it gave {action!r}"
            ) from error


def one_by_one(choose: Choose) -> Policy:
    """The policy that asks this function for each episode in turn."""
    return OneByOne(choose)


def from_function(
    choose: Choose,
    *,
    observation: ObservationKind = "dict",
    deterministic: bool | None = None,
) -> type[Agent]:
    """Makes an agent of a function; it learns nothing.

    Args:
        choose: See `Choose`. Its docstring becomes the agent's.
        observation: What it is shown: "dict", or "flat" for one vector.
        deterministic: Whether it draws nothing; by default, whether it takes no generator.

    Returns:
        A class, as ``file.py:Name`` and ``package.module:Name`` are to name.
    """
    kind = observation
    draws_nothing = not _draws(choose) if deterministic is None else deterministic

    class FromFunction:
        observation: ClassVar[ObservationKind] = kind
        deterministic: ClassVar[bool] = draws_nothing

        def train(self, context: Context) -> Policy:
            """Takes no step."""
            return one_by_one(choose)

    FromFunction.__name__ = FromFunction.__qualname__ = _name(choose)
    FromFunction.__module__ = getattr(choose, "__module__", __name__)
    FromFunction.__doc__ = inspect.getdoc(choose)
    return FromFunction


def _draws(choose: Choose) -> bool:
    """Whether the function takes a generator beside the observation."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(choose).parameters.values()
    needed = [p for p in parameters if p.kind in positional and p.default is p.empty]
    return len(needed) > 1


def _name(choose: Callable[..., Any]) -> str:
    return str(getattr(choose, "__name__", type(choose).__name__))
