"""What plugs in: an agent is trained within a budget and gives a policy, which makes works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import gymnasium as gym
from gymnasium.vector import AutoresetMode, VectorEnv
from numpy.typing import NDArray

from creative_envs.benchmark.budget import Meter, counted, counted_vector, until_spent
from creative_envs.benchmark.suite import Environment

Observation = Any
"""A batch of n: a dictionary of arrays (n, ...), or one array (n, size) for agents that say
``observation = "flat"`` (see `creative_envs.OneHotTokens`)."""
ObservationKind = Literal["dict", "flat"]


class Policy(Protocol):
    """What training ends with: it makes works from what it observes, and from nothing else.

    Optional: ``save(folder: Path)``, called once after training where the user keeps policies.
    """

    def reset(self, seed: int, count: int) -> None:
        """Begins ``count`` episodes side by side; the seed decides everything random in them."""
        ...

    def act(self, observation: Observation) -> NDArray[Any]:
        """An action for each of the episodes, whole numbers of shape (count,).

        Every episode goes its own pace: those that have ended are still asked, to no effect.
        A work begins where no row of an episode's ``tokens`` is written yet.
        """
        ...


class Agent(Protocol):
    """An algorithm, made without arguments.

    Optional class attributes, which a protocol cannot tell type checkers of:
    ``observation = "flat"`` for one-hot vectors instead of dictionaries; ``deterministic = True``
    where its policies draw nothing, which reports then say.
    """

    def train(self, context: Context) -> Policy:
        """Learns from the context's environments, until it has enough or the budget is spent."""
        ...


@dataclass(frozen=True)
class Context:
    """What an agent is given to learn from. Pickles, so subprocesses can make environments.

    Attributes:
        environment: Which environment, as the suite names it.
        observation: What its environments show, as the agent asked.
        budget: Environment steps in all; a vector of N takes N of them a step.
        seed: Decides everything random in training.
        device: For torch: "cpu" or "cuda".
        folder: Where the agent may write what it likes; it is not kept.
        meter: Counts the steps, wherever they are made.
    """

    environment: Environment
    observation: ObservationKind
    budget: int
    seed: int
    device: str
    folder: Path
    meter: Meter

    @property
    def env_id(self) -> str:
        """Id of the environment."""
        return self.environment.id

    @property
    def left(self) -> int:
        """Steps that may still be made."""
        return self.budget - self.meter.spent

    def make_env(self) -> gym.Env[Any, Any]:
        """An environment to learn in, whose steps count.

        A step beyond the budget raises `BudgetExhausted`.
        """
        return counted(self.environment.make(), self.meter, self.observation)

    def make_vec_env(
        self, count: int, autoreset_mode: AutoresetMode = AutoresetMode.SAME_STEP
    ) -> VectorEnv[Any, Any, Any]:
        """As many environments in one native vector, whose steps count."""
        vector = self.environment.make_vec(count, autoreset_mode)
        return counted_vector(vector, self.meter, self.observation)

    @contextmanager
    def until_spent(self) -> Iterator[None]:
        """Ends quietly when the budget does: around libraries that count their steps otherwise.

        Errors that follow from it, such as those of a broken pipe to a subprocess, end here too.
        """
        with until_spent(self.meter):
            yield
