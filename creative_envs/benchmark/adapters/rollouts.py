"""How a budget of steps is cut into rollouts."""

from __future__ import annotations

from typing import Final

ROLLOUTS: Final = 120
"""About so many rollouts, and as many updates, make a training run."""
SMALLEST: Final = 512
LARGEST: Final = 8192
"""Steps of a rollout, of all environments: those of ``agents/presets``, tuned for millions."""


def rollout_steps(budget: int, envs: int) -> int:
    """Steps of an environment in a rollout: what `ROLLOUTS` takes, fitted to the budget."""
    size = min(max(budget / ROLLOUTS, SMALLEST), LARGEST)
    return whole_rollouts(budget, envs, round(size / envs))


def whole_rollouts(budget: int, envs: int, steps: int) -> int:
    """Steps of an environment in a rollout, about as many as asked, so that all fit the budget.

    What is left over, less than a step of all environments for each rollout, teaches nothing.
    """
    rollouts = max(1, round(budget / (envs * steps)))
    return max(2, budget // (envs * rollouts))
